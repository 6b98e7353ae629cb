//! What a menu must fulfil before it may be published: nothing on it may be impossible to order or to cook.

use super::{Charge, Dish, Menu, OptionGroup, PotRole, SetGroup, Station};
use crate::money::LARGEST;
use crate::{DishId, GroupId, Money, OptionId, StationId, Text, VariantId};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One reason a menu can't be published: where, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MenuFault {
    /// The dish it concerns; none where it is the menu as a whole.
    pub dish: Option<DishId>,
    /// What the rule is about.
    pub rule: MenuRule,
    /// The offending code or value.
    pub what: String,
}

/// The rules of a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MenuRule {
    /// There is at least one dish.
    Empty,
    /// Codes are used once.
    Duplicate,
    /// The station exists: somebody cooks it.
    NoStation,
    /// The category exists.
    NoCategory,
    /// Names stand in both languages.
    NameMissing,
    /// A dish has at least one size.
    NoVariant,
    /// Prices lie between nothing and the largest check; options may only add.
    Price,
    /// `min` ≤ `max`, and as many can be chosen as must be.
    Bounds,
    /// An excluded option exists on the dish and is not itself.
    Excludes,
    /// A part of a set meal is a plain dish of this menu, without required options, and not itself weighed.
    SetChoice,
    /// Due before overdue, both above nothing.
    Times,
    /// Hours lie within a day.
    Hours,
    /// What cooks in a closed station's place is another station of this menu.
    Fallback,
    /// A station that is counted cooks 1 to 10,000 portions in ten minutes.
    PerTenMin,
    /// Where something goes into a hot pot, there is a soup base to order.
    NoSoup,
}

/// The most portions a station can be said to cook in ten minutes.
const MOST_PER_TEN_MIN: u32 = 10_000;

/// Every fault of a menu; an empty list means it may be published.
pub fn validate(menu: &Menu) -> Vec<MenuFault> {
    let mut faults = Vec::new();
    let mut report = |dish: Option<&DishId>, rule, what: &str| {
        faults.push(MenuFault { dish: dish.cloned(), rule, what: String::from(what) });
    };
    if menu.dishes.is_empty() {
        report(None, MenuRule::Empty, "dishes");
    }
    for id in repeated(menu.dishes.iter().map(|dish| dish.id.as_str())) {
        report(None, MenuRule::Duplicate, id);
    }
    for code in repeated(menu.dishes.iter().map(|dish| dish.code.as_str()).filter(|code| !code.is_empty())) {
        report(None, MenuRule::Duplicate, code);
    }
    for id in repeated(menu.categories.iter().map(|category| category.id.as_str())) {
        report(None, MenuRule::Duplicate, id);
    }
    for id in repeated(menu.stations.iter().map(|station| station.id.as_str())) {
        report(None, MenuRule::Duplicate, id);
    }
    for station in &menu.stations {
        check_station(menu, station, &mut |rule| report(None, rule, station.id.as_str()));
    }
    // Without a soup base every order of such a dish would be refused; the first of them is named.
    let has_soup = menu.dishes.iter().any(|dish| dish.pot == PotRole::Soup);
    if let Some(dish) = menu.dishes.iter().find(|dish| !has_soup && dish.pot == PotRole::ForPot) {
        report(Some(&dish.id), MenuRule::NoSoup, dish.id.as_str());
    }
    for dish in &menu.dishes {
        check_dish(menu, dish, &mut |rule, what| report(Some(&dish.id), rule, what));
    }
    faults
}

fn check_station(menu: &Menu, station: &Station, report: &mut dyn FnMut(MenuRule)) {
    let stands_in = |id: &StationId| *id != station.id && menu.station(id).is_some();
    if !station.fallback.as_ref().is_none_or(stands_in) {
        report(MenuRule::Fallback);
    }
    if !station.per_ten_min.is_none_or(|portions| (1..=MOST_PER_TEN_MIN).contains(&portions)) {
        report(MenuRule::PerTenMin);
    }
}

fn check_dish(menu: &Menu, dish: &Dish, report: &mut dyn FnMut(MenuRule, &str)) {
    if !menu.stations.iter().any(|station| station.id == dish.station) {
        report(MenuRule::NoStation, dish.station.as_str());
    }
    if !menu.categories.iter().any(|category| category.id == dish.category) {
        report(MenuRule::NoCategory, dish.category.as_str());
    }
    if !is_named(&dish.name) {
        report(MenuRule::NameMissing, dish.id.as_str());
    }
    if dish.variants.is_empty() {
        report(MenuRule::NoVariant, dish.id.as_str());
    }
    for variant in &dish.variants {
        if !is_price(variant.price) {
            report(MenuRule::Price, variant.id.as_str());
        }
        if dish.variants.len() > 1 && !is_named(&variant.name) {
            report(MenuRule::NameMissing, variant.id.as_str());
        }
    }
    for id in repeated(dish.variants.iter().map(|variant: &super::Variant| VariantId::as_str(&variant.id))) {
        report(MenuRule::Duplicate, id);
    }
    let groups = dish.groups.iter().map(|group| GroupId::as_str(&group.id));
    for id in repeated(groups.chain(dish.set_groups.iter().map(|group| GroupId::as_str(&group.id)))) {
        report(MenuRule::Duplicate, id);
    }
    let options = dish.groups.iter().flat_map(|group| &group.options);
    for id in repeated(options.map(|option| OptionId::as_str(&option.id))) {
        report(MenuRule::Duplicate, id);
    }
    for group in &dish.groups {
        check_group(dish, group, report);
    }
    for group in &dish.set_groups {
        check_set_group(menu, group, report);
    }
    if !dish.set_groups.is_empty() && dish.charge != Charge::Item {
        report(MenuRule::SetChoice, dish.id.as_str());
    }
    // A set of nothing would be paid for and cooked by nobody.
    if !dish.set_groups.is_empty() && dish.set_groups.iter().all(|group| group.min == 0) {
        report(MenuRule::Bounds, dish.id.as_str());
    }
    if dish.due_min == 0 || dish.due_min >= dish.overdue_min || dish.overdue_min > 24 * 60 {
        report(MenuRule::Times, dish.id.as_str());
    }
    if dish.hours.is_some_and(|hours| !hours.are_of_a_day()) {
        report(MenuRule::Hours, dish.id.as_str());
    }
}

fn check_group(dish: &Dish, group: &OptionGroup, report: &mut dyn FnMut(MenuRule, &str)) {
    if !is_named(&group.name) {
        report(MenuRule::NameMissing, group.id.as_str());
    }
    let most: u32 = group.options.iter().map(|option| u32::from(option.max)).sum();
    if group.max == 0 || group.min > group.max || u32::from(group.min) > most {
        report(MenuRule::Bounds, group.id.as_str());
    }
    for option in &group.options {
        if !is_named(&option.name) {
            report(MenuRule::NameMissing, option.id.as_str());
        }
        if !is_price(option.price) {
            report(MenuRule::Price, option.id.as_str());
        }
        if option.max == 0 {
            report(MenuRule::Bounds, option.id.as_str());
        }
        for excluded in &option.excludes {
            let exists = dish.groups.iter().flat_map(|group| &group.options).any(|other| other.id == *excluded);
            if !exists || *excluded == option.id {
                report(MenuRule::Excludes, excluded.as_str());
            }
        }
    }
}

fn check_set_group(menu: &Menu, group: &SetGroup, report: &mut dyn FnMut(MenuRule, &str)) {
    if !is_named(&group.name) {
        report(MenuRule::NameMissing, group.id.as_str());
    }
    if group.max == 0 || group.min > group.max || group.choices.is_empty() {
        report(MenuRule::Bounds, group.id.as_str());
    }
    for id in repeated(group.choices.iter().map(|choice| choice.dish.as_str())) {
        report(MenuRule::Duplicate, id);
    }
    for choice in &group.choices {
        let part = menu.dish(&choice.dish);
        let fits = part.is_some_and(|part| {
            part.variant(&choice.variant).is_some()
                && part.set_groups.is_empty()
                && part.charge == Charge::Item
                && part.groups.iter().all(|group| group.min == 0)
        });
        if !fits {
            report(MenuRule::SetChoice, choice.dish.as_str());
        }
        if !is_price(choice.surcharge) {
            report(MenuRule::Price, choice.dish.as_str());
        }
    }
}

fn is_named(name: &Text) -> bool {
    !name.zh.trim().is_empty() && !name.en.trim().is_empty()
}

fn is_price(price: Money) -> bool {
    price >= Money::ZERO && price <= LARGEST
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| !seen.insert(*name)).collect()
}
