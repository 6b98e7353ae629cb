//! The demo restaurant is read by the same code a restaurant's own file is.
#![allow(clippy::unwrap_used)]

use domain::catalog::{Area, House};
use domain::menu::{Charge, Menu, OptionKind, PotRole, validate};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn demo(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../demo").join(name)
}

fn menu() -> Menu {
    menu_file::read(&demo("menu.csv"), 1)
        .unwrap_or_else(|errors| panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

#[test]
fn the_demo_menu_has_everything_a_restaurant_has() {
    let menu = menu();
    assert!(validate(&menu).is_empty());
    assert!(menu.dishes.len() >= 84);
    assert_eq!((menu.categories.len(), menu.stations.len()), (10, 4));
    let any = |what: &dyn Fn(&domain::menu::Dish) -> bool| menu.dishes.iter().any(what);
    let groups = || menu.dishes.iter().flat_map(|dish| &dish.groups);
    assert!(any(&|dish| dish.variants.len() == 3));
    assert!(any(&|dish| dish.variants.iter().any(|variant| variant.name.zh == "半份")));
    assert!(any(&|dish| dish.charge == Charge::Weight));
    assert!(any(&|dish| dish.charge == Charge::Cover && !dish.groups.is_empty()));
    assert!(any(&|dish| dish.groups.iter().filter(|group| group.kind == OptionKind::Soup && group.min == 1).count() == 2));
    assert!(any(&|dish| dish.hours.is_some_and(|hours| (hours.from_min.0, hours.to_min.0) == (660, 840))));
    assert!(any(&|dish| dish.daily_count.is_some()) && any(&|dish| dish.popular));
    assert!(menu.dishes.iter().filter(|dish| !dish.set_groups.is_empty()).count() >= 3);
    assert!(groups().any(|group| group.min > 0) && groups().any(|group| group.max > 1));
    assert!(groups().flat_map(|group| &group.options).any(|option| !option.excludes.is_empty()));
    assert!(groups().flat_map(|group| &group.options).any(|option| option.price.is_positive() && option.max > 1));
    for dish in &menu.dishes {
        let pot = match dish.category.as_str() {
            "hotpot" if dish.charge == Charge::Item => PotRole::Soup,
            "shabu" => PotRole::ForPot,
            _ => PotRole::None,
        };
        assert!(dish.pot == pot || dish.id.as_str() == "shabu-set", "{}", dish.id);
    }
    for station in &menu.stations {
        assert!(station.fallback.is_some() && station.per_ten_min.is_some(), "{}", station.id);
        assert!(any(&|dish| dish.station == station.id), "{} cooks nothing", station.id);
    }
    for category in &menu.categories {
        assert!(any(&|dish| dish.category == category.id), "{} is empty", category.id);
    }
}

#[test]
fn every_dish_can_be_ordered() {
    use domain::menu::{PickedDish, PickedOption, Selection};
    let menu = menu();
    for dish in &menu.dishes {
        let mut options: Vec<PickedOption> = Vec::new();
        for group in &dish.groups {
            for option in group.options.iter().take(usize::from(group.min)) {
                options.push(PickedOption { option: option.id.clone(), quantity: 1 });
            }
        }
        let part = |group: &domain::menu::SetGroup| {
            (group.min > 0).then(|| PickedDish {
                group: group.id.clone(),
                dish: group.choices[0].dish.clone(),
                quantity: group.min,
            })
        };
        for variant in &dish.variants {
            let selection = Selection {
                dish: dish.id.clone(),
                variant: variant.id.clone(),
                quantity: 1,
                weight_g: (dish.charge == Charge::Weight).then_some(750),
                options: options.clone(),
                set: dish.set_groups.iter().filter_map(part).collect(),
                note: None,
            };
            let line = menu.price(&selection, 2, domain::LocalMinute(12 * 60)).unwrap();
            assert!(line.amount.is_positive() && !line.parts.is_empty(), "{}", dish.id);
        }
    }
}

#[test]
fn every_dish_has_its_own_picture() {
    let menu = menu();
    let mut pictures = BTreeSet::new();
    for dish in &menu.dishes {
        let picture = std::fs::read_to_string(demo("images").join(&dish.image)).unwrap();
        assert!(picture.starts_with("<svg ") && !picture.contains("<script"), "{}", dish.image);
        assert!(pictures.insert(picture), "{} looks like another dish", dish.id);
    }
    let files = std::fs::read_dir(demo("images")).unwrap().map(|file| file.unwrap());
    assert_eq!(files.filter(|file| file.path().extension().is_some_and(|e| e == "svg")).count(), menu.dishes.len());
}

#[test]
fn the_demo_menu_survives_both_formats() {
    let menu = menu();
    for format in [menu_file::Format::Csv, menu_file::Format::Xlsx] {
        let bytes = menu_file::write_bytes(&menu, format).unwrap();
        assert_eq!(menu_file::read_bytes(&bytes, format, 1).unwrap(), menu);
    }
}

#[test]
fn the_demo_house_is_read() {
    use domain::catalog::{Mode, Role};
    let file = menu_file::house::read(&demo("house.toml")).unwrap();
    let modes: Vec<Mode> = file.house.areas.iter().map(|area| area.mode).collect();
    let later = Mode::PayLater;
    assert_eq!((modes, file.house.tables.len()), (vec![later, Mode::PayFirst, later, later], 20));
    for role in Role::ALL {
        assert!(file.staff.iter().any(|person| person.role == role), "{role:?}");
    }
}

#[test]
fn the_demo_house_and_its_menu_fit_together() {
    let house = menu_file::house::read(&demo("house.toml")).unwrap().house;
    let menu = menu();
    let per_head: Vec<_> = house.areas.iter().flat_map(|area| &area.per_head).map(|id| menu.dish(id).unwrap()).collect();
    assert!(per_head.len() == 2 && per_head.iter().all(|dish| dish.charge == Charge::Cover));
    for station in &menu.stations {
        assert!(house.kitchen_printer(&station.id).is_some(), "{} has no printer", station.id);
    }
    for route in &house.kitchen_printers {
        assert!(menu.station(&route.station).is_some(), "there is no station {}", route.station);
    }
}

#[test]
fn the_demo_house_has_every_kind_of_area() {
    let House { areas, policy, .. } = menu_file::house::read(&demo("house.toml")).unwrap().house;
    let any = |what: &dyn Fn(&Area) -> bool| areas.iter().any(what);
    assert!(any(&|area| area.hot_pot && area.seat_fee.is_positive()));
    assert!(any(&|area| area.minimum_spend.is_positive() && area.service_charge_bp > 0));
    assert!(policy.service.clean_tables && policy.service.confirm_weights && !policy.service.first_order_nod);
    assert_eq!((policy.kitchen.pause_at_min, policy.kitchen.pace.len(), policy.service.discount_limits.len()), (45, 1, 4));
}
