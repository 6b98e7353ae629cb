//! Pricing and the rules a menu keeps.

use crate::house::*;
use crate::properties::config;
use domain::menu::*;
use domain::*;
use proptest::prelude::*;

fn price(selection: &Selection) -> Result<PricedLine, SelectionError> {
    menu().price(selection, 2, LocalMinute(720))
}

fn costs(selection: &Selection) -> i64 {
    price(selection).unwrap().amount.0
}

fn refused(selection: &Selection) -> SelectionError {
    price(selection).unwrap_err()
}

#[test]
fn the_test_menu_may_be_published() {
    assert_eq!(validate(&menu()), []);
}

#[test]
fn every_kind_of_dish_has_its_price() {
    let large = Selection { variant: code("large"), ..plain("noodles", 2) };
    assert_eq!((costs(&plain("rice", 3)), costs(&plain("noodles", 1)), costs(&large)), (900, 1800, 5200));
    assert_eq!(costs(&Selection { quantity: 2, ..beef(&[("hot", 1), ("egg", 2), ("cheese", 1)]) }), 2 * (4200 + 400 + 350));
    assert_eq!((costs(&fish(735)), costs(&plain("tea", 2)), costs(&plain("water", 9))), (9996, 1000, 0));
    assert_eq!(costs(&set(&[("main", "duck", 1), ("side", "salad", 1), ("side", "rice", 1)])), 5900 + 2000 + 300);
}

#[test]
fn a_set_meal_is_cooked_by_the_stations_of_its_parts() {
    let meal = Selection { quantity: 3, ..set(&[("main", "noodles", 1), ("side", "salad", 2)]) };
    let parts: Vec<_> = price(&meal).unwrap().parts.iter().map(|part| (part.station.to_string(), part.quantity)).collect();
    assert_eq!(parts, [("wok".to_string(), 3), ("cold".to_string(), 6)]);
}

#[test]
fn each_rule_of_a_dish_is_named_when_broken() {
    use SelectionError as E;
    assert_eq!(refused(&plain("unicorn", 1)), E::UnknownDish(code("unicorn")));
    assert_eq!(refused(&Selection { variant: code("huge"), ..plain("rice", 1) }), E::UnknownVariant);
    assert_eq!(
        [refused(&plain("rice", 0)), refused(&plain("rice", 100)), refused(&plain("tea", 3))],
        [E::Quantity, E::Quantity, E::Quantity]
    );
    assert_eq!([refused(&fish(49)), refused(&fish(20_001)), refused(&plain("fish", 1))], [E::Weight, E::Weight, E::Weight]);
    assert_eq!(refused(&Selection { weight_g: Some(500), ..plain("rice", 1) }), E::Weight);
    assert_eq!(refused(&beef(&[])), E::GroupBounds(code("heat")));
    assert_eq!(refused(&beef(&[("hot", 1), ("mild", 1)])), E::GroupBounds(code("heat")));
    assert_eq!(refused(&beef(&[("hot", 2)])), E::OptionQuantity(code("hot")));
    assert_eq!(refused(&beef(&[("hot", 0)])), E::OptionQuantity(code("hot")));
    assert_eq!(refused(&beef(&[("hot", 1), ("egg", 2), ("cheese", 2)])), E::GroupBounds(code("extra")));
    assert_eq!(refused(&beef(&[("hot", 1), ("hot", 1)])), E::UnknownOption(code("hot")));
    assert_eq!(refused(&beef(&[("hot", 1), ("gold-leaf", 1)])), E::UnknownOption(code("gold-leaf")));
    let both = beef(&[("hot", 1), ("more-onion", 1), ("no-onion", 1)]);
    assert_eq!(refused(&both), E::Excluded(code("no-onion"), code("more-onion")));
    assert_eq!(refused(&set(&[("side", "rice", 1)])), E::SetBounds(code("main")));
    assert_eq!(refused(&set(&[("main", "noodles", 1), ("side", "rice", 3)])), E::SetBounds(code("side")));
    assert_eq!(refused(&set(&[("main", "rice", 1)])), E::UnknownSetChoice(code("rice")));
    assert_eq!(refused(&set(&[("main", "noodles", 0), ("side", "rice", 1)])), E::UnknownSetChoice(code("noodles")));
    let parts = vec![PickedDish { group: code("main"), dish: code("duck"), quantity: 1 }];
    assert_eq!(refused(&Selection { set: parts, ..plain("rice", 1) }), E::UnknownSetChoice(code("duck")), "rice is no set");
    assert_eq!(refused(&Selection { note: Some("\u{1b}".into()), ..plain("rice", 1) }), E::Note);
    assert_eq!(refused(&plain("gold", 2)), E::TooDear);
}

#[test]
fn hours_may_run_over_midnight_and_end_before_their_end() {
    let span = |from, to| Hours { from_min: LocalMinute(from), to_min: LocalMinute(to) };
    let inside = |hours: Hours, minutes: [u16; 4]| minutes.map(|minute| hours.contains(LocalMinute(minute)));
    assert_eq!(inside(span(660, 840), [659, 660, 839, 840]), [false, true, true, false]);
    assert_eq!(inside(span(1320, 120), [1319, 1320, 0, 120]), [false, true, true, false]);
}

#[test]
fn a_menu_that_cannot_be_cooked_or_ordered_is_not_published() {
    let broken = |change: &dyn Fn(&mut Menu)| {
        let mut menu = menu();
        change(&mut menu);
        validate(&menu).into_iter().map(|fault| (fault.rule, fault.what)).collect::<Vec<_>>()
    };
    let dish = |menu: &mut Menu, id: &str| menu.dishes.iter().position(|dish| dish.id.as_str() == id).unwrap();
    let beef = |menu: &mut Menu| dish(menu, "beef");
    let fault = |rule: MenuRule, what: &str| vec![(rule, what.to_string())];
    assert_eq!(broken(&|m| m.dishes[0].station = code("garage")), fault(MenuRule::NoStation, "garage"));
    assert_eq!(broken(&|m| m.dishes[0].category = code("toys")), fault(MenuRule::NoCategory, "toys"));
    assert_eq!(broken(&|m| m.dishes[0].name.en.clear()), fault(MenuRule::NameMissing, "rice"));
    assert_eq!(broken(&|m| m.dishes[1].variants.clear()), fault(MenuRule::NoVariant, "water"));
    assert_eq!(broken(&|m| m.dishes[1].variants[0].price = Money(-1)), fault(MenuRule::Price, "std"));
    assert_eq!(broken(&|m| m.dishes[1].id = code("unicorn")), []);
    assert_eq!(broken(&|m| m.dishes[1].due_min = 20), fault(MenuRule::Times, "water"));
    assert_eq!(
        broken(&|m| m.dishes[1].hours = Some(Hours { from_min: LocalMinute(5), to_min: LocalMinute(5) })),
        fault(MenuRule::Hours, "water")
    );
    assert_eq!(
        broken(&|m| {
            let i = beef(m);
            m.dishes[i].groups[0].min = 3
        }),
        fault(MenuRule::Bounds, "heat")
    );
    assert_eq!(
        broken(&|m| {
            let i = beef(m);
            m.dishes[i].groups[2].options[0].excludes = vec![code("no-onion")]
        }),
        fault(MenuRule::Excludes, "no-onion")
    );
    assert_eq!(
        broken(&|m| {
            let i = dish(m, "set");
            m.dishes[i].set_groups[1].choices[0].dish = code("beef")
        }),
        fault(MenuRule::SetChoice, "beef")
    );
    assert_eq!(
        broken(&|m| {
            let twice = m.dishes[1].clone();
            m.dishes.push(twice)
        }),
        fault(MenuRule::Duplicate, "water")
    );
    assert_eq!(broken(&|m| m.dishes.clear()), fault(MenuRule::Empty, "dishes"));
}

#[test]
fn a_station_is_stood_in_for_by_another_and_cooks_a_number_that_can_be() {
    let broken = |fallback: Option<&str>, per_ten_min: Option<u32>| {
        let mut menu = menu();
        menu.stations[0].fallback = fallback.map(code);
        menu.stations[0].per_ten_min = per_ten_min;
        validate(&menu).into_iter().map(|fault| (fault.dish, fault.rule, fault.what)).collect::<Vec<_>>()
    };
    let fault = |rule: MenuRule| vec![(None, rule, "wok".to_string())];
    assert_eq!(broken(Some("cold"), Some(1)), []);
    assert_eq!(broken(None, Some(10_000)), []);
    assert_eq!(broken(Some("wok"), None), fault(MenuRule::Fallback));
    assert_eq!(broken(Some("garage"), None), fault(MenuRule::Fallback));
    assert_eq!(broken(None, Some(0)), fault(MenuRule::PerTenMin));
    assert_eq!(broken(None, Some(10_001)), fault(MenuRule::PerTenMin));
}

#[test]
fn what_goes_into_a_pot_needs_a_soup_base_on_the_menu() {
    let with = |pots: &[(usize, PotRole)]| {
        let mut menu = menu();
        for (at, pot) in pots {
            menu.dishes[*at].pot = *pot;
        }
        validate(&menu)
    };
    let faults = with(&[(1, PotRole::ForPot), (2, PotRole::ForPot)]);
    let what: Vec<_> = faults.iter().map(|fault| (fault.dish.as_ref().unwrap().as_str(), fault.rule)).collect();
    assert_eq!(what, [("water", MenuRule::NoSoup)], "said once, at the first");
    assert_eq!(with(&[(1, PotRole::ForPot), (2, PotRole::Soup)]), []);
    assert_eq!(with(&[(1, PotRole::Soup)]), []);
}

#[test]
fn a_set_of_nothing_is_not_published() {
    let mut menu = menu();
    let set = menu.dishes.iter_mut().find(|dish| dish.id.as_str() == "set").unwrap();
    set.set_groups.iter_mut().for_each(|group| group.min = 0);
    assert_eq!(validate(&menu).iter().map(|fault| fault.rule).collect::<Vec<_>>(), [MenuRule::Bounds]);
}

const DISHES: &[&str] = &["rice", "water", "noodles", "beef", "fish", "tea", "lunch", "duck", "set", "gold", "unicorn"];
const OPTIONS: &[&str] = &["mild", "hot", "egg", "cheese", "no-onion", "more-onion", "gold-leaf"];

/// Something a phone, honest or not, may send.
fn any_selection() -> impl Strategy<Value = Selection> {
    let count = prop_oneof![8 => 0u16..4, 1 => any::<u16>()];
    let option = (prop::sample::select(OPTIONS), count.clone()).prop_map(|(id, n)| picked(id, n));
    let part = (prop::sample::select(&["main", "side", "none"][..]), prop::sample::select(DISHES), count.clone());
    let part = part.prop_map(|(group, dish, quantity)| PickedDish { group: code(group), dish: code(dish), quantity });
    let weight = prop_oneof![4 => Just(None), 2 => (0..25_000u32).prop_map(Some), 1 => any::<u32>().prop_map(Some)];
    (
        prop::sample::select(DISHES),
        prop::sample::select(&["std", "small", "large"][..]),
        count,
        weight,
        prop::collection::vec(option, 0..4),
        prop::collection::vec(part, 0..4),
        prop_oneof![9 => Just(None), 1 => any::<String>().prop_map(Some)],
    )
        .prop_map(|(dish, variant, quantity, weight_g, options, set, note)| Selection {
            dish: code(dish),
            variant: code(variant),
            quantity,
            weight_g,
            options,
            set,
            note,
        })
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn pricing_never_panics_and_what_it_accepts_keeps_every_bound(asked in any_selection(), covers in 0u16..100, minute in 0u16..1440) {
        let menu = menu();
        let Ok(line) = menu.price(&asked, covers, LocalMinute(minute)) else { return Ok(()) };
        let dish = menu.dish(&asked.dish).unwrap();
        prop_assert!((1..=99).contains(&asked.quantity));
        prop_assert!(line.amount >= Money::ZERO && line.amount <= money::LARGEST);
        prop_assert_eq!(Some(line.amount), line.unit_price.times(u32::from(asked.quantity)));
        prop_assert!(!line.parts.is_empty(), "somebody cooks it");
        prop_assert!(line.parts.iter().all(|part| part.quantity > 0 && menu.stations.iter().any(|s| s.id == part.station)));
        prop_assert_eq!(line.options.len(), asked.options.len());
        for group in &dish.groups {
            let of_group = asked.options.iter().filter(|pick| group.options.iter().any(|option| option.id == pick.option));
            let count: u32 = of_group.map(|pick| u32::from(pick.quantity)).sum();
            prop_assert!(u32::from(group.min) <= count && count <= u32::from(group.max));
        }
        prop_assert!(dish.charge != Charge::Cover || asked.quantity <= covers);
        prop_assert_eq!(asked.weight_g.is_some(), dish.charge == Charge::Weight);
        prop_assert!(dish.hours.is_none_or(|hours| hours.contains(LocalMinute(minute))));
        let portions: u32 = line.uses(&asked).filter(|(id, _)| **id == asked.dish).map(|(_, n)| n).sum();
        prop_assert_eq!(portions, u32::from(asked.quantity), "the dish ordered is counted as often as it is ordered");
    }
}
