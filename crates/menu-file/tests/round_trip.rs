//! Whatever valid menu is written is read back the same, from both formats.
#![allow(clippy::unwrap_used)]

use domain::menu::{
    Allergen, Category, Charge, Choice, Dish, Hours, Menu, OptionGroup, OptionKind, PotRole, SetChoice, SetGroup, Station,
    Variant, validate,
};
use domain::{Currency, LocalMinute, Money, Text};
use menu_file::{Format, read_bytes, write_bytes};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

/// Words with what trips files: commas, quotes, signs that start formulas or remarks, other scripts.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[一-龥]{1,6}",
        Just("a, \"b\"".to_owned()),
        Just("=1+1".to_owned()),
        Just("'x".to_owned()),
        Just("1.50".to_owned()),
        Just("-1".to_owned()),
        Just("TRUE".to_owned()),
        Just("11:00".to_owned()),
        Just("é 🍜".to_owned())
    ]
}

fn text() -> impl Strategy<Value = Text> {
    (word(), word()).prop_map(|(zh, en)| Text { zh, en })
}

fn money() -> impl Strategy<Value = Money> {
    prop_oneof![0..100i64, 0..100_000i64, Just(1_000_000_000i64)].prop_map(Money)
}

fn kind() -> impl Strategy<Value = OptionKind> {
    prop_oneof![
        Just(OptionKind::Method),
        Just(OptionKind::Extra),
        Just(OptionKind::Avoid),
        Just(OptionKind::Soup),
        Just(OptionKind::Other)
    ]
}

/// Groups share codes between dishes, sometimes with the same content and sometimes not.
fn groups() -> impl Strategy<Value = Vec<OptionGroup>> {
    let choice = (text(), money(), 1..3u16, any::<bool>());
    let group = (text(), kind(), 0..2u16, vec(choice, 1..4));
    prop_oneof![Just(vec![shared()]), vec(group, 0..3).prop_map(|groups| groups.into_iter().enumerate().map(group_of).collect())]
}

fn shared() -> OptionGroup {
    let choice =
        |id: &str| Choice { id: id.parse().unwrap(), name: Text::new(id, id), price: Money(50), max: 1, excludes: Vec::new() };
    OptionGroup {
        id: "g0".parse().unwrap(),
        name: Text::new("辣", "Heat"),
        kind: OptionKind::Method,
        min: 0,
        max: 1,
        options: vec![choice("mild"), choice("hot")],
    }
}

type Drawn = (Text, OptionKind, u16, Vec<(Text, Money, u16, bool)>);

fn group_of((at, (name, kind, min, choices)): (usize, Drawn)) -> OptionGroup {
    let id = |i: usize| format!("o{at}-{i}").parse::<domain::OptionId>().unwrap();
    let count = choices.len();
    let options = choices.into_iter().enumerate().map(|(i, (name, price, max, excludes))| {
        let excludes = if excludes && count > 1 { vec![id((i + 1) % count)] } else { Vec::new() };
        Choice { id: id(i), name, price, max, excludes }
    });
    OptionGroup { id: format!("g{at}").parse().unwrap(), name, kind, min, max: min + 1, options: options.collect() }
}

fn allergens() -> impl Strategy<Value = Vec<Allergen>> {
    proptest::sample::subsequence(
        vec![Allergen::Celery, Allergen::Peanut, Allergen::Nuts, Allergen::Alcohol, Allergen::Milk],
        0..4,
    )
}

fn hours() -> impl Strategy<Value = Option<Hours>> {
    of((0..1440u16, 0..=1440u16).prop_filter("hours differ", |(from, to)| from != to))
        .prop_map(|hours| hours.map(|(from, to)| Hours { from_min: LocalMinute(from), to_min: LocalMinute(to) }))
}

fn variants() -> impl Strategy<Value = Vec<Variant>> {
    let plain = money().prop_map(|price| vec![Variant { id: "std".parse().unwrap(), name: Text::default(), price }]);
    let single = (money(), any::<bool>()).prop_map(|(price, named)| {
        let name = if named { Text::new("份", "Portion") } else { Text::default() };
        vec![Variant { id: if named { "std" } else { "big" }.parse().unwrap(), name, price }]
    });
    let several = vec((text(), money()), 2..4).prop_map(|sizes| {
        sizes
            .into_iter()
            .enumerate()
            .map(|(i, (name, price))| Variant { id: format!("v{i}").parse().unwrap(), name, price })
            .collect()
    });
    prop_oneof![plain, single, several]
}

fn dish() -> impl Strategy<Value = Dish> {
    let shown = (text(), of(text()), variants(), groups());
    let rest = (allergens(), hours(), of(0..500u32), 1..60u32, 0..3u8, any::<bool>(), 0..3u8);
    (shown, rest).prop_map(
        |((name, description, variants, groups), (allergens, hours, daily_count, due_min, charge, popular, pot))| Dish {
            id: "d".parse().unwrap(),
            code: String::new(),
            category: "c".parse().unwrap(),
            station: "s".parse().unwrap(),
            name,
            description,
            image: if popular { "a.svg".into() } else { String::new() },
            charge: [Charge::Item, Charge::Weight, Charge::Cover][usize::from(charge)],
            variants,
            groups,
            set_groups: Vec::new(),
            allergens,
            hours,
            daily_count,
            due_min,
            overdue_min: due_min * 2,
            pinyin: if popular { "abc".into() } else { String::new() },
            popular,
            pot: [PotRole::None, PotRole::Soup, PotRole::ForPot][usize::from(pot)],
        },
    )
}

/// Two stations that may stand in for each other.
fn stations() -> impl Strategy<Value = Vec<Station>> {
    let station = || (text(), any::<bool>(), of(1..=10_000u32));
    (station(), station()).prop_map(|(first, second)| {
        let station = |id: &str, other: &str, (name, stands_in, per_ten_min): (Text, bool, Option<u32>)| Station {
            id: id.parse().unwrap(),
            name,
            fallback: stands_in.then(|| other.parse().unwrap()),
            per_ten_min,
        };
        vec![station("s", "s2", first), station("s2", "s", second)]
    })
}

fn menu() -> impl Strategy<Value = Menu> {
    (any::<u32>(), any::<bool>(), stations(), text(), vec(dish(), 1..7), money(), 1..3u16).prop_map(
        |(version, usd, stations, category, mut dishes, surcharge, min)| {
            for (i, dish) in dishes.iter_mut().enumerate() {
                dish.id = format!("d{i}").parse().unwrap();
                dish.code = if i % 2 == 0 { format!("10{i}") } else { String::new() };
            }
            if dishes.iter().all(|dish| dish.pot != PotRole::Soup) {
                dishes[0].pot = PotRole::Soup;
            }
            let fits = |dish: &&Dish| dish.charge == Charge::Item && dish.groups.iter().all(|group| group.min == 0);
            let choice = |dish: &Dish| SetChoice {
                dish: dish.id.clone(),
                variant: dish.variants[dish.variants.len() - 1].id.clone(),
                surcharge,
            };
            let choices: Vec<SetChoice> = dishes.iter().filter(fits).map(choice).collect();
            if !choices.is_empty() {
                let group = |id: &str| SetGroup {
                    id: id.parse().unwrap(),
                    name: Text::new("选", "Pick"),
                    min,
                    max: min + 2,
                    choices: choices.clone(),
                };
                let set = Dish {
                    id: "set".parse().unwrap(),
                    code: String::new(),
                    charge: Charge::Item,
                    groups: Vec::new(),
                    set_groups: vec![group("a"), group("b")],
                    ..dishes[0].clone()
                };
                dishes.push(set);
            }
            Menu {
                version,
                currency: if usd { Currency::Usd } else { Currency::Cny },
                stations,
                categories: vec![Category { id: "c".parse().unwrap(), name: category }],
                dishes,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(menu in menu()) {
        prop_assert_eq!(validate(&menu), vec![]);
        for format in [Format::Csv, Format::Xlsx] {
            let bytes = write_bytes(&menu, format).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(&read_bytes(&bytes, format, menu.version).unwrap(), &menu);
        }
    }
}

#[test]
fn what_a_file_cannot_say_is_not_written() {
    let broken = Menu::default();
    assert!(write_bytes(&broken, Format::Csv).is_err());
}
