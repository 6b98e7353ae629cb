//! Traces each fault of a finished menu back to the cell it came from.

use crate::RowError;
use crate::assemble::Origins;
use crate::cells::Cells;
use crate::csv_form::shorten;
use crate::table::Row;
use domain::menu::{Charge, Dish, Menu, MenuFault, MenuRule, SetChoice, Variant, validate};
use domain::{DishId, GroupId, StationId, Text, VariantId};
use std::str::FromStr;

/// Validates the menu and adds what is wrong, unless the same cell has been reported before.
pub(crate) fn report(menu: &Menu, origins: &Origins<'_>, errors: &mut Vec<RowError>) {
    for fault in validate(menu) {
        if fault.rule == MenuRule::Empty {
            // With rows that could not be read, the dishes are there, only wrong.
            if errors.is_empty() {
                errors.push(RowError::of_file("菜单里没有菜", "there are no dishes in the file"));
            }
            continue;
        }
        if fault.rule == MenuRule::NoSoup && origins.has_soup_row {
            continue;
        }
        match place(menu, origins, &fault) {
            Some((row, column, reason)) => Cells { row, errors }.wrong(column, reason),
            // It follows from a mistake that has been reported.
            None if !errors.is_empty() => {}
            None => errors.push(RowError { value: shorten(&fault.what), ..RowError::of_file(rule(&fault).zh, rule(&fault).en) }),
        }
    }
}

type Place<'a> = (&'a Row, &'static str, Text);

fn place<'a>(menu: &Menu, origins: &Origins<'a>, fault: &MenuFault) -> Option<Place<'a>> {
    if fault.rule == MenuRule::Fallback || fault.rule == MenuRule::PerTenMin {
        return place_of_station(origins, fault);
    }
    let id = fault.dish.clone().or_else(|| DishId::from_str(&fault.what).ok())?;
    let dish_row = *origins.dishes.get(&id)?;
    let reason = rule(fault);
    let at_dish = |column| Some((dish_row, column, reason.clone()));
    match fault.rule {
        MenuRule::Empty | MenuRule::Fallback | MenuRule::PerTenMin => None,
        MenuRule::NoStation => at_dish("station"),
        MenuRule::NoCategory => at_dish("category"),
        MenuRule::NoVariant => at_dish("price"),
        MenuRule::Times => at_dish("overdue_min"),
        MenuRule::Hours => at_dish("sold_from"),
        MenuRule::NoSoup => at_dish("pot"),
        MenuRule::Excludes | MenuRule::Duplicate => at_dish("option_groups"),
        MenuRule::NameMissing => place_of_name(menu.dish(&id)?, origins, &fault.what).map(|(row, column)| (row, column, reason)),
        MenuRule::Price => {
            let size = VariantId::from_str(&fault.what).ok().and_then(|size| origins.sizes.get(&(id.clone(), size)));
            size.map_or_else(|| at_dish("price"), |row| Some((*row, "price", reason.clone())))
        }
        MenuRule::Bounds if is_set_of_nothing(menu, &id) => {
            let first = origins.choices.iter().find(|origin| origin.set == id)?;
            Some((first.row, "min", Text::new("套餐里至少要有一组必选", "at least one group of a set meal must be required")))
        }
        MenuRule::Bounds => {
            let own = GroupId::from_str(&fault.what).ok().and_then(|group| origins.set_groups.get(&(id.clone(), group)));
            let row = own.or_else(|| group_row(origins, dish_row, &fault.what));
            row.map_or_else(|| at_dish("option_groups"), |row| Some((*row, "max", reason.clone())))
        }
        MenuRule::SetChoice if fault.what == id.as_str() && menu.dish(&id)?.charge != Charge::Item => at_dish("charge"),
        MenuRule::SetChoice => place_of_choice(menu, origins, &id, &fault.what),
    }
}

/// The cell of the station that the fault names.
fn place_of_station<'a>(origins: &Origins<'a>, fault: &MenuFault) -> Option<Place<'a>> {
    let column = if fault.rule == MenuRule::Fallback { "fallback" } else { "per_ten_min" };
    let row = origins.stations.get(&StationId::from_str(&fault.what).ok()?)?;
    Some((*row, column, rule(fault)))
}

/// Whether a set meal could be ordered with nothing in it.
fn is_set_of_nothing(menu: &Menu, id: &DishId) -> bool {
    let groups = menu.dish(id).map(|dish| dish.set_groups.as_slice()).unwrap_or_default();
    !groups.is_empty() && groups.iter().all(|group| group.min == 0)
}

/// Where a name of the dish or of one of its sizes is missing. Those of groups and options were looked at when they were read.
fn place_of_name<'a>(dish: &Dish, origins: &Origins<'a>, what: &str) -> Option<(&'a Row, &'static str)> {
    let column = |name: &Text| if name.zh.is_empty() { "name_zh" } else { "name_en" };
    if dish.name.zh.is_empty() || dish.name.en.is_empty() {
        return Some((origins.dishes.get(&dish.id)?, column(&dish.name)));
    }
    let nameless = |size: &&Variant| size.id.as_str() == what && (size.name.zh.is_empty() || size.name.en.is_empty());
    let size = dish.variants.iter().find(nameless)?;
    Some((origins.sizes.get(&(dish.id.clone(), size.id.clone()))?, column(&size.name)))
}

/// The first row of the option group that a dish calls `group`.
fn group_row<'o, 'a>(origins: &'o Origins<'a>, dish: &Row, group: &str) -> Option<&'o &'a Row> {
    let key =
        crate::cell::list(dish.cell("option_groups")).find(|key| key.split_once('.').map_or(*key, |(_, id)| id) == group)?;
    origins.groups.get(key)
}

fn place_of_choice<'a>(menu: &Menu, origins: &Origins<'a>, set: &DishId, what: &str) -> Option<Place<'a>> {
    let groups = &menu.dish(set)?.set_groups;
    let choice = groups
        .iter()
        .flat_map(|group| &group.choices)
        .find(|choice| choice.dish.as_str() == what && why_not(menu, choice).is_some())?;
    let (column, reason) = why_not(menu, choice)?;
    let origin = origins.choices.iter().find(|origin| origin.set == *set && origin.dish == choice.dish)?;
    Some((origin.row, column, reason))
}

/// Why a dish can't be part of a set meal.
fn why_not(menu: &Menu, choice: &SetChoice) -> Option<(&'static str, Text)> {
    let Some(dish) = menu.dish(&choice.dish) else {
        return Some(("choice", Text::new("菜品表里没有这道菜", "the dishes sheet has no such dish")));
    };
    if dish.variant(&choice.variant).is_none() {
        return Some(("size", Text::new("这道菜没有这种规格", "this dish has no such size")));
    }
    if !dish.set_groups.is_empty() {
        return Some(("choice", Text::new("套餐里不能再放套餐", "a set meal can't be part of another")));
    }
    if dish.charge != Charge::Item {
        return Some((
            "choice",
            Text::new("称重或按人计价的菜不能放进套餐", "a dish charged by weight or per head can't be part of a set meal"),
        ));
    }
    let required = dish.groups.iter().any(|group| group.min > 0);
    required
        .then(|| ("choice", Text::new("有必选项的菜不能放进套餐", "a dish with required options can't be part of a set meal")))
}

fn rule(fault: &MenuFault) -> Text {
    match fault.rule {
        MenuRule::Empty => Text::new("菜单里没有菜", "there are no dishes"),
        MenuRule::Duplicate => {
            Text::new(format!("“{}”在这道菜上重复", fault.what), format!("\"{}\" stands on this dish twice", fault.what))
        }
        MenuRule::NoStation => Text::new("没有这个档口，这道菜没人做", "there is no such station: nobody would cook this"),
        MenuRule::NoCategory => Text::new("分类表里没有这个分类", "the categories sheet has no such category"),
        MenuRule::NameMissing => Text::new("中英文名都要有", "a name is needed in both languages"),
        MenuRule::NoVariant => Text::new("没有价格", "there is no price"),
        MenuRule::Price => Text::new("价格不在允许范围内", "the price is out of range"),
        MenuRule::Bounds => {
            Text::new("最少不能大于最多，也不能大于可选的数量", "min is larger than max, or than what there is to choose")
        }
        MenuRule::Excludes => Text::new(
            format!("互斥的选项“{}”不在这道菜上", fault.what),
            format!("the excluded option \"{}\" isn't on this dish", fault.what),
        ),
        MenuRule::SetChoice => {
            Text::new("套餐须按份计价，可选菜须是普通菜", "a set meal is charged by portion and made of plain dishes")
        }
        MenuRule::Times => Text::new("“已超时”须大于“将超时”", "overdue must be later than due"),
        MenuRule::Hours => Text::new("开售与停售须在一天之内且不相同", "the hours lie within a day and differ"),
        MenuRule::Fallback => Text::new("档口表里没有这个档口，或写了它自己", "this is another station of the stations sheet"),
        MenuRule::PerTenMin => Text::new("须为 1 到 10000", "this is 1 to 10000"),
        MenuRule::NoSoup => {
            Text::new("菜单里没有锅底（soup），这道涮菜没法点", "the menu has no soup base (soup), so nobody could order this")
        }
    }
}
