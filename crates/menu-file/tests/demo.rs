//! The demo restaurant is read by the same code a restaurant's own file is.
#![allow(clippy::unwrap_used)]

use domain::menu::{Charge, Menu, OptionKind, validate};
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
    for station in &menu.stations {
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
    assert_eq!((modes, file.house.tables.len()), (vec![Mode::PayLater, Mode::PayFirst], 14));
    for role in [Role::Waiter, Role::Cashier, Role::Kitchen, Role::Lead, Role::Manager, Role::Owner] {
        assert!(file.staff.iter().any(|person| person.role == role), "{role:?}");
    }
}
