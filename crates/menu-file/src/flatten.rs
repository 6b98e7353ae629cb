//! Takes a menu apart into the rows of a file.

use crate::assemble::standard;
use crate::cell::{allergen_text, charge_text, kind_text, minute_text, money_text, pot_text};
use crate::table::{KINDS, Kind, Sheet};
use domain::menu::{Choice, Dish, Menu, OptionGroup, SetGroup, Station};
use domain::{Currency, Money, Text};
use std::collections::BTreeMap;

/// The sheets of a menu, in the order of the template.
pub(crate) fn sheets(menu: &Menu) -> Vec<Sheet> {
    let mut pool = Pool::default();
    let dishes: Vec<Vec<String>> = menu.dishes.iter().map(|dish| dish_row(dish, &mut pool)).collect();
    let mut options = pool.rows;
    KINDS
        .into_iter()
        .map(|kind| {
            let rows = match kind {
                Kind::Setting => vec![vec!["currency".to_owned(), currency(menu.currency).to_owned()]],
                Kind::Station => menu.stations.iter().map(station_row).collect(),
                Kind::Category => menu.categories.iter().map(|category| named(category.id.as_str(), &category.name)).collect(),
                Kind::Dish => dishes.clone(),
                Kind::Size => menu.dishes.iter().filter(|dish| !has_plain_price(dish)).flat_map(size_rows).collect(),
                Kind::Option => std::mem::take(&mut options),
                Kind::Set => menu.dishes.iter().flat_map(set_rows).collect(),
            };
            Sheet { kind, rows }
        })
        .collect()
}

fn currency(currency: Currency) -> &'static str {
    match currency {
        Currency::Cny => "CNY",
        Currency::Usd => "USD",
    }
}

fn named(id: &str, name: &Text) -> Vec<String> {
    vec![id.to_owned(), name.zh.clone(), name.en.clone()]
}

fn station_row(station: &Station) -> Vec<String> {
    let mut row = named(station.id.as_str(), &station.name);
    row.push(station.fallback.as_ref().map(ToString::to_string).unwrap_or_default());
    row.push(station.per_ten_min.map(|portions| portions.to_string()).unwrap_or_default());
    row
}

/// Whether the price stands in the dishes sheet.
fn has_plain_price(dish: &Dish) -> bool {
    matches!(dish.variants.as_slice(), [only] if only.id == standard() && only.name == Text::default())
}

/// Option groups written so far. The first dish with a group gives it its short name; a dish that has another version gets its own.
#[derive(Default)]
struct Pool {
    groups: BTreeMap<String, OptionGroup>,
    rows: Vec<Vec<String>>,
}

impl Pool {
    fn key(&mut self, dish: &Dish, group: &OptionGroup) -> String {
        let shared = group.id.to_string();
        let key = match self.groups.get(&shared) {
            Some(known) if known != group => format!("{}.{shared}", dish.id),
            Some(_) => return shared,
            None => shared,
        };
        self.rows.extend(group.options.iter().enumerate().map(|(i, option)| option_row(&key, group, option, i == 0)));
        self.groups.insert(key.clone(), group.clone());
        key
    }
}

fn option_row(key: &str, group: &OptionGroup, option: &Choice, first: bool) -> Vec<String> {
    let once = |text: String| if first { text } else { String::new() };
    vec![
        key.to_owned(),
        once(group.name.zh.clone()),
        once(group.name.en.clone()),
        once(kind_text(group.kind).to_owned()),
        once(group.min.to_string()),
        once(group.max.to_string()),
        option.id.to_string(),
        option.name.zh.clone(),
        option.name.en.clone(),
        money_or_blank(option.price),
        if option.max == 1 { String::new() } else { option.max.to_string() },
        joined(option.excludes.iter().map(ToString::to_string)),
    ]
}

fn money_or_blank(money: Money) -> String {
    if money == Money::ZERO { String::new() } else { money_text(money) }
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn dish_row(dish: &Dish, pool: &mut Pool) -> Vec<String> {
    let price = match dish.variants.as_slice() {
        [only] if has_plain_price(dish) => money_text(only.price),
        _ => String::new(),
    };
    let groups = dish.groups.iter().map(|group| pool.key(dish, group)).collect::<Vec<_>>();
    let about = dish.description.clone().unwrap_or_default();
    vec![
        dish.id.to_string(),
        dish.code.clone(),
        dish.name.zh.clone(),
        dish.name.en.clone(),
        dish.category.to_string(),
        dish.station.to_string(),
        price,
        charge_text(dish.charge).to_owned(),
        groups.join(" "),
        about.zh,
        about.en,
        dish.image.clone(),
        joined(dish.allergens.iter().map(|allergen| allergen_text(*allergen).to_owned())),
        dish.hours.map(|hours| minute_text(hours.from_min)).unwrap_or_default(),
        dish.hours.map(|hours| minute_text(hours.to_min)).unwrap_or_default(),
        dish.daily_count.map(|count| count.to_string()).unwrap_or_default(),
        dish.due_min.to_string(),
        dish.overdue_min.to_string(),
        dish.pinyin.clone(),
        if dish.popular { "yes".to_owned() } else { String::new() },
        pot_text(dish.pot).to_owned(),
    ]
}

fn size_rows(dish: &Dish) -> impl Iterator<Item = Vec<String>> {
    dish.variants.iter().map(|variant| {
        vec![
            dish.id.to_string(),
            variant.id.to_string(),
            variant.name.zh.clone(),
            variant.name.en.clone(),
            money_text(variant.price),
        ]
    })
}

fn set_rows(dish: &Dish) -> impl Iterator<Item = Vec<String>> {
    dish.set_groups.iter().flat_map(move |group| set_group_rows(dish, group))
}

fn set_group_rows(set: &Dish, group: &SetGroup) -> Vec<Vec<String>> {
    let row = |(i, choice): (usize, &domain::menu::SetChoice)| {
        let once = |text: String| if i == 0 { text } else { String::new() };
        vec![
            set.id.to_string(),
            group.id.to_string(),
            once(group.name.zh.clone()),
            once(group.name.en.clone()),
            once(group.min.to_string()),
            once(group.max.to_string()),
            choice.dish.to_string(),
            choice.variant.to_string(),
            money_or_blank(choice.surcharge),
        ]
    };
    group.choices.iter().enumerate().map(row).collect()
}
