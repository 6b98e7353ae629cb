//! What is wrong with a set-up that could be read.

use super::{HouseFile, StaffEntry, policy, printers};
use domain::catalog::{Area, House, Mode};
use domain::money::LARGEST;
use domain::{Money, Text};
use std::collections::BTreeSet;

/// Every misfit, in words; an empty list means the set-up can be used.
pub(super) fn of(file: &HouseFile) -> Vec<String> {
    let mut wrong = Vec::new();
    let house = &file.house;
    if is_unnamed(&house.name) {
        wrong.push("the restaurant's name is needed in both languages".to_owned());
    }
    if house.time_zone.trim().is_empty() {
        wrong.push("time_zone is empty".to_owned());
    }
    if house.tables.is_empty() {
        wrong.push("there are no tables".to_owned());
    }
    policy::misfits(&house.policy, &mut wrong);
    for area in &house.areas {
        area_misfits(area, &mut wrong);
    }
    table_misfits(house, &mut wrong);
    account_misfits(house, &mut wrong);
    printers::misfits(house, &mut wrong);
    staff_misfits(&file.staff, &mut wrong);
    names_used_twice(file, &mut wrong);
    wrong
}

fn is_unnamed(name: &Text) -> bool {
    name.zh.trim().is_empty() || name.en.trim().is_empty()
}

fn area_misfits(area: &Area, wrong: &mut Vec<String>) {
    let id = &area.id;
    if is_unnamed(&area.name) {
        wrong.push(format!("area {id}: its name is needed in both languages"));
    }
    if area.service_charge_bp > 10_000 {
        wrong.push(format!("area {id}: service_charge_bp is more than 10000 (100 %)"));
    }
    for (what, fee) in [("seat_fee", area.seat_fee), ("minimum_spend", area.minimum_spend)] {
        if fee < Money::ZERO || fee > LARGEST {
            wrong.push(format!("area {id}: {what} is an amount in fen, 0 or more"));
        }
        if fee.is_positive() && area.mode == Mode::PayFirst {
            wrong.push(format!("area {id}: {what} is charged only where guests pay after the meal (pay_later)"));
        }
    }
    let mut seen = BTreeSet::new();
    for dish in area.per_head.iter().filter(|dish| !seen.insert(*dish)) {
        wrong.push(format!("area {id}: per_head names {dish} twice"));
    }
}

fn table_misfits(house: &House, wrong: &mut Vec<String>) {
    for table in &house.tables {
        if house.area(&table.area).is_none() {
            wrong.push(format!("table {}: there is no area {}", table.id, table.area));
        }
        if table.name.trim().is_empty() || table.seats == 0 || table.code_version == 0 {
            wrong.push(format!("table {}: name, seats and code_version can't be empty or 0", table.id));
        }
    }
}

fn account_misfits(house: &House, wrong: &mut Vec<String>) {
    for account in &house.accounts {
        if account.name.trim().is_empty() || !account.limit.is_positive() {
            wrong.push(format!("account {}: it needs a name and a limit in fen", account.id));
        }
        if account.id.as_str().len() > 24 {
            wrong.push(format!("account {}: its code has more than 24 characters", account.id));
        }
    }
}

fn staff_misfits(staff: &[StaffEntry], wrong: &mut Vec<String>) {
    for person in staff {
        let digits = person.pin.bytes().all(|b| b.is_ascii_digit());
        if person.name.trim().is_empty() {
            wrong.push(format!("staff {}: the name is empty", person.id));
        }
        if !digits || !(4..=8).contains(&person.pin.len()) {
            wrong.push(format!("staff {}: a PIN is 4 to 8 digits", person.id));
        }
    }
}

fn names_used_twice(file: &HouseFile, wrong: &mut Vec<String>) {
    let HouseFile { house, staff } = file;
    let mut twice = |what: &str, names: Vec<&str>| {
        let mut seen = BTreeSet::new();
        wrong.extend(names.into_iter().filter(|name| !seen.insert(*name)).map(|name| format!("{what} {name} stands here twice")));
    };
    twice("area", house.areas.iter().map(|area| area.id.as_str()).collect());
    twice("table", house.tables.iter().map(|table| table.id.as_str()).collect());
    twice("table name", house.tables.iter().map(|table| table.name.as_str()).collect());
    twice("account", house.accounts.iter().map(|account| account.id.as_str()).collect());
    twice("printer", house.printers.iter().map(|printer| printer.id.as_str()).collect());
    twice("kitchen_printers: station", house.kitchen_printers.iter().map(|route| route.station.as_str()).collect());
    twice("staff", staff.iter().map(|person| person.id.as_str()).collect());
}
