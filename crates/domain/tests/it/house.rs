//! A small restaurant to test with: two stations, a pay-later hall, a pay-first counter, and one dish of every kind.

use domain::catalog::{Area, House, HouseAccount, Mode, Policy, Table};
use domain::floor::Known;
use domain::menu::*;
use domain::*;
use std::sync::Arc;

/// Reads an id or code.
pub fn code<T: std::str::FromStr<Err = BadId>>(text: &str) -> T {
    text.parse().unwrap()
}

fn text(name: &str) -> Text {
    Text::new(format!("{name}（中文）"), name)
}

pub fn dish(id: &str, station: &str, price: i64) -> Dish {
    Dish {
        id: code(id),
        code: String::new(),
        category: code("food"),
        station: code(station),
        name: text(id),
        description: None,
        image: String::new(),
        charge: Charge::Item,
        variants: vec![Variant { id: code("std"), name: Text::default(), price: Money(price) }],
        groups: vec![],
        set_groups: vec![],
        allergens: vec![],
        hours: None,
        daily_count: None,
        due_min: 10,
        overdue_min: 20,
        pinyin: String::new(),
        popular: false,
        pot: PotRole::None,
    }
}

/// A station that nobody cooks for while it is closed, however many portions it makes.
pub fn station(id: &str) -> Station {
    Station { id: code(id), name: text(id), fallback: None, per_ten_min: None }
}

fn option(id: &str, price: i64, max: u16, excludes: &[&str]) -> Choice {
    Choice { id: code(id), name: text(id), price: Money(price), max, excludes: excludes.iter().map(|id| code(id)).collect() }
}

fn group(id: &str, kind: OptionKind, min: u16, max: u16, options: Vec<Choice>) -> OptionGroup {
    OptionGroup { id: code(id), name: text(id), kind, min, max, options }
}

fn choice(dish: &str, variant: &str, surcharge: i64) -> SetChoice {
    SetChoice { dish: code(dish), variant: code(variant), surcharge: Money(surcharge) }
}

/// `rice` plain, `water` free, `noodles` in two sizes, `beef` with options, `fish` weighed, `tea` per head, `lunch` at lunch only,
/// `duck` five a day, `last` one a day, `set` three a day and made of others, `gold` as dear as a check may be.
pub fn menu() -> Menu {
    let size = |id: &str, price| Variant { id: code(id), name: text(id), price: Money(price) };
    let beef = Dish {
        groups: vec![
            group("heat", OptionKind::Method, 1, 1, vec![option("mild", 0, 1, &[]), option("hot", 0, 1, &[])]),
            group("extra", OptionKind::Extra, 0, 3, vec![option("egg", 200, 2, &[]), option("cheese", 350, 2, &[])]),
            group(
                "onion",
                OptionKind::Avoid,
                0,
                2,
                vec![option("no-onion", 0, 1, &["more-onion"]), option("more-onion", 100, 1, &[])],
            ),
        ],
        allergens: vec![Allergen::Egg, Allergen::Milk],
        ..dish("beef", "wok", 4200)
    };
    let set = Dish {
        daily_count: Some(3),
        set_groups: vec![
            SetGroup {
                id: code("main"),
                name: text("main"),
                min: 1,
                max: 1,
                choices: vec![choice("noodles", "small", 0), choice("duck", "std", 2000)],
            },
            SetGroup {
                id: code("side"),
                name: text("side"),
                min: 1,
                max: 2,
                choices: vec![choice("rice", "std", 0), choice("salad", "std", 300)],
            },
        ],
        ..dish("set", "wok", 5900)
    };
    let lunch_hours = Hours { from_min: LocalMinute(660), to_min: LocalMinute(840) };
    Menu {
        version: 7,
        currency: Currency::Cny,
        stations: vec![station("wok"), station("cold")],
        categories: vec![Category { id: code("food"), name: text("food") }],
        dishes: vec![
            dish("rice", "wok", 300),
            dish("water", "cold", 0),
            Dish { variants: vec![size("small", 1800), size("large", 2600)], ..dish("noodles", "wok", 0) },
            beef,
            Dish { charge: Charge::Weight, ..dish("fish", "cold", 6800) },
            Dish { charge: Charge::Cover, ..dish("tea", "cold", 500) },
            Dish { hours: Some(lunch_hours), ..dish("lunch", "wok", 2200) },
            Dish { daily_count: Some(5), ..dish("duck", "wok", 8800) },
            Dish { daily_count: Some(1), ..dish("last", "cold", 4800) },
            set,
            dish("salad", "cold", 1200),
            dish("gold", "cold", money::LARGEST.0),
        ],
    }
}

/// Hall (pay later) with tables `t1` and `t2`, counter (pay first) `c1`, terrace `v1` with 10 % service charge. Tips are taken, cash
/// is rounded down to the yuan, and `acme` may have 100.00 on account.
pub fn house() -> House {
    let area = |id: &str, mode, service_charge_bp| Area {
        id: code(id),
        name: text(id),
        mode,
        service_charge_bp,
        seat_fee: Money::ZERO,
        minimum_spend: Money::ZERO,
        hot_pot: false,
        per_head: vec![],
    };
    let table =
        |id: &str, area: &str| Table { id: code(id), name: id.to_uppercase(), area: code(area), seats: 4, code_version: 1 };
    House {
        store: StoreId(1),
        name: text("单单"),
        currency: Currency::Cny,
        time_zone: "Asia/Shanghai".into(),
        areas: vec![area("hall", Mode::PayLater, 0), area("counter", Mode::PayFirst, 0), area("terrace", Mode::PayLater, 1000)],
        tables: vec![table("t1", "hall"), table("t2", "hall"), table("c1", "counter"), table("v1", "terrace")],
        policy: Policy {
            scan_opens_table: true,
            unpaid_minutes: 15,
            rush_pause_s: 180,
            cash_rounding_fen: 100,
            tips_bp: vec![500, 1000],
            reopen_minutes: 120,
            ..Policy::default()
        },
        accounts: vec![HouseAccount { id: code("acme"), name: "某公司".into(), limit: Money(10_000) }],
        printers: vec![],
        kitchen_printers: vec![],
        till_printer: None,
    }
}

pub fn known() -> Known {
    Known { house: Arc::new(house()), menu: Arc::new(menu()) }
}

/// So many portions of a dish in its first size, nothing chosen.
pub fn plain(dish: &str, quantity: u16) -> Selection {
    let variant = if dish == "noodles" { "small" } else { "std" };
    Selection { dish: code(dish), variant: code(variant), quantity, weight_g: None, options: vec![], set: vec![], note: None }
}

pub fn picked(option: &str, quantity: u16) -> PickedOption {
    PickedOption { option: code(option), quantity }
}

pub fn beef(options: &[(&str, u16)]) -> Selection {
    Selection { options: options.iter().map(|(id, n)| picked(id, *n)).collect(), ..plain("beef", 1) }
}

pub fn fish(weight_g: u32) -> Selection {
    Selection { weight_g: Some(weight_g), ..plain("fish", 1) }
}

/// A set meal of `(group, dish, quantity)`.
pub fn set(parts: &[(&str, &str, u16)]) -> Selection {
    let part =
        |(group, dish, quantity): &(&str, &str, u16)| PickedDish { group: code(group), dish: code(dish), quantity: *quantity };
    Selection { set: parts.iter().map(part).collect(), ..plain("set", 1) }
}

/// What is known in a house that differs by this much.
pub fn known_with(change: impl FnOnce(&mut House, &mut Menu)) -> Known {
    let (mut house, mut menu) = (house(), menu());
    change(&mut house, &mut menu);
    Known { house: Arc::new(house), menu: Arc::new(menu) }
}
