//! The simulated restaurant: a hall where guests pay after the meal, a counter where they pay first, two stations, two printers.

use domain::catalog::{House, Role};
use domain::menu::Menu;
use domain::{Money, StoreId};
use serde_json::{Value, json};

/// Which restaurant.
pub(crate) const STORE: StoreId = StoreId(0x51);
/// Tables of the hall.
pub(crate) const TABLES: [&str; 4] = ["t1", "t2", "t3", "t4"];
/// The counter's code.
pub(crate) const COUNTER: &str = "k1";
/// A dish of which there are few.
pub(crate) const CRAB: &str = "crab";
/// Printers, by address.
pub(crate) const PRINTERS: [(&str, &str); 2] = [("hot", "127.0.0.1:9101"), ("till", "127.0.0.1:9102")];
/// Everybody who works here.
pub(crate) const PEOPLE: [(&str, Role); 8] = [
    ("wang", Role::Waiter),
    ("li", Role::Waiter),
    ("zhou", Role::Cashier),
    ("sly", Role::Cashier),
    ("chen", Role::Kitchen),
    ("lead", Role::Lead),
    ("boss", Role::Manager),
    ("owner", Role::Owner),
];

/// A dish: id, price of one portion at first, station.
pub(crate) const DISHES: [(&str, i64, &str); 6] = [
    ("rice", 300, "hot"),
    ("soup", 1_200, "bar"),
    ("noodles", 1_800, "hot"),
    (CRAB, 8_800, "hot"),
    ("duck", 6_800, "hot"),
    ("tea", 600, "bar"),
];

/// What a dish costs in a menu's version: prices go up and down from edit to edit.
pub(crate) fn price(dish: &str, version: u32) -> Money {
    let base = DISHES.iter().find(|(id, _, _)| *id == dish).map_or(0, |(_, price, _)| *price);
    Money(base + i64::from(version % 3) * 100)
}

/// The menu as it will be under this version.
pub(crate) fn menu(version: u32) -> anyhow::Result<Menu> {
    let text = |name: &str| json!({ "zh": name, "en": name });
    let dishes: Vec<Value> = DISHES
        .iter()
        .map(|(id, _, station)| {
            json!({
                "id": id, "code": id, "category": "all", "station": station, "name": text(id), "description": null, "image": "",
                "charge": "item", "groups": [], "set_groups": [], "allergens": [], "hours": null,
                "variants": [{ "id": "std", "name": { "zh": "", "en": "" }, "price": price(id, version) }],
                "daily_count": if *id == CRAB { Some(4) } else { None },
                "due_min": 5, "overdue_min": 10, "pinyin": "", "popular": false,
            })
        })
        .collect();
    Ok(serde_json::from_value(json!({
        "version": version, "currency": "CNY",
        "stations": [{ "id": "hot", "name": text("hot") }, { "id": "bar", "name": text("bar") }],
        "categories": [{ "id": "all", "name": text("all") }],
        "dishes": dishes,
    }))?)
}

/// The set-up.
pub(crate) fn house() -> anyhow::Result<House> {
    let text = |name: &str| json!({ "zh": name, "en": name });
    let table =
        |id: &str, area: &str| json!({ "id": id, "name": id.to_uppercase(), "area": area, "seats": 4, "code_version": 1 });
    let tables: Vec<Value> = TABLES.iter().map(|id| table(id, "hall")).chain([table(COUNTER, "counter")]).collect();
    let [(hot, hot_at), (till, till_at)] = PRINTERS;
    Ok(serde_json::from_value(json!({
        "store": STORE, "name": text("Sim"), "currency": "CNY", "time_zone": "Asia/Shanghai",
        "areas": [{ "id": "hall", "name": text("hall"), "mode": "pay_later" }, { "id": "counter", "name": text("counter"), "mode": "pay_first" }],
        "tables": tables,
        "policy": { "scan_opens_table": true, "unpaid_minutes": 3, "rush_pause_s": 60 },
        "printers": [
            { "id": hot, "name": hot, "address": hot_at, "width_mm": 80, "fallback": till },
            { "id": till, "name": till, "address": till_at, "width_mm": 80 },
        ],
        "kitchen_printers": [{ "station": "hot", "printer": hot }],
        "till_printer": till,
    }))?)
}
