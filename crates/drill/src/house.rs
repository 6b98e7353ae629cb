//! The drill's restaurant: one dish, a hall where guests pay after the meal, a counter where they pay first.

use domain::catalog::{Area, House, KitchenPolicy, Mode, Policy, Table};
use domain::menu::{Category, Charge, Dish, Menu, Station, Variant};
use domain::{Currency, Money, StoreId, Text};

/// What the dish costs.
pub(crate) const PRICE: Money = Money(3_850);
/// Tables of the hall.
pub(crate) const TABLES: u32 = 1_000;

pub(crate) fn house(store: StoreId) -> anyhow::Result<House> {
    let area = |id: &str, mode| anyhow::Ok(Area::new(id.parse()?, Text::new("区", "Area"), mode));
    let table =
        |id: String, area: &str| anyhow::Ok(Table { id: id.parse()?, name: id, area: area.parse()?, seats: 4, code_version: 1 });
    let mut tables = vec![table("c1".to_owned(), "counter")?];
    for number in 0..TABLES {
        tables.push(table(format!("t{number}"), "hall")?);
    }
    Ok(House {
        store,
        name: Text::new("演练", "Drill"),
        currency: Currency::Cny,
        time_zone: "Asia/Shanghai".to_owned(),
        areas: vec![area("hall", Mode::PayLater)?, area("counter", Mode::PayFirst)?],
        tables,
        // Nobody cooks in a drill: what is unseen must not stop the guests.
        policy: Policy {
            scan_opens_table: true,
            unpaid_minutes: 30,
            kitchen: KitchenPolicy { stop_unseen_s: 0, ..KitchenPolicy::default() },
            ..Policy::default()
        },
        accounts: Vec::new(),
        printers: Vec::new(),
        kitchen_printers: Vec::new(),
        till_printer: None,
    })
}

pub(crate) fn menu() -> anyhow::Result<Menu> {
    let text = || Text::new("牛肉面", "Beef noodles");
    let dish = Dish {
        id: "noodles".parse()?,
        code: "1".to_owned(),
        category: "all".parse()?,
        station: "wok".parse()?,
        name: text(),
        description: None,
        image: "noodles.webp".to_owned(),
        charge: Charge::Item,
        variants: vec![Variant { id: "std".parse()?, name: text(), price: PRICE }],
        groups: Vec::new(),
        set_groups: Vec::new(),
        allergens: Vec::new(),
        hours: None,
        daily_count: None,
        due_min: 10,
        overdue_min: 20,
        pinyin: "nrm".to_owned(),
        popular: false,
        pot: domain::menu::PotRole::None,
    };
    Ok(Menu {
        version: 1,
        currency: Currency::Cny,
        stations: vec![Station::new("wok".parse()?, text())],
        categories: vec![Category { id: "all".parse()?, name: text() }],
        dishes: vec![dish],
    })
}
