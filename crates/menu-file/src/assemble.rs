//! Puts the rows of a file together into a menu, noting every cell that can't be used.
//!
//! A wrong cell gets a harmless stand-in and the rest of its row is kept, so that one mistake is reported once and not again
//! wherever the row is named.

use crate::cells::{Cells, LONGEST_LIST, at_most};
use crate::table::{Kind, Row};
use crate::{RowError, cell, faults};
use domain::menu::{
    Category, Choice, Dish, Hours, Menu, OptionGroup, OptionKind, PotRole, SetChoice, SetGroup, Station, Variant,
};
use domain::{CategoryId, Currency, DishId, GroupId, OptionId, StationId, Text, VariantId};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

const USUAL_DUE_MIN: u32 = 15;
const USUAL_OVERDUE_MIN: u32 = 25;
/// A station cooks at most so many portions in ten minutes.
const MOST_PER_TEN_MIN: u32 = 10_000;
/// A group has at most so many options.
const MOST_IN_GROUP: usize = 60;
/// A dish has at most so many options, all groups together.
const MOST_ON_DISH: usize = 200;
/// All dishes together; a shared group counts on each dish that has it.
const MOST_OPTIONS: usize = 100_000;

/// Where the things of a menu came from.
#[derive(Debug, Default)]
pub(crate) struct Origins<'a> {
    pub stations: BTreeMap<StationId, &'a Row>,
    pub dishes: BTreeMap<DishId, &'a Row>,
    /// Whether a row has a soup base, or may mean one; whatever is wrong with it is reported there.
    pub has_soup_row: bool,
    pub sizes: BTreeMap<(DishId, VariantId), &'a Row>,
    /// First row of each option group, by the name the dishes sheet uses.
    pub groups: BTreeMap<String, &'a Row>,
    /// First row of each group of a set meal.
    pub set_groups: BTreeMap<(DishId, GroupId), &'a Row>,
    pub choices: Vec<ChoiceOrigin<'a>>,
}

/// Where a choice of a set meal stands.
#[derive(Debug)]
pub(crate) struct ChoiceOrigin<'a> {
    pub set: DishId,
    pub group: GroupId,
    pub dish: DishId,
    pub row: &'a Row,
}

/// Builds the menu and validates it; what is wrong is added to `errors`.
pub(crate) fn menu(rows: &[Row], version: u32, errors: &mut Vec<RowError>) -> Menu {
    let mut origins = Origins::default();
    let currency = read_currency(rows, errors);
    let stations = read_stations(rows, &mut origins, errors);
    let categories = read_categories(rows, errors);
    let mut sizes = read_sizes(rows, &mut origins, errors);
    let groups = read_groups(rows, &mut origins, errors);
    let mut sets = read_sets(rows, &mut origins, errors);
    let mut dishes: Vec<Dish> = Vec::new();
    let mut codes: BTreeMap<String, u32> = BTreeMap::new();
    let mut options_left = MOST_OPTIONS;
    let may_be_soup = |row: &Row| !matches!(cell::pot(row.cell("pot")), Ok(PotRole::None | PotRole::ForPot));
    origins.has_soup_row = of_kind(rows, Kind::Dish).any(may_be_soup);
    for row in of_kind(rows, Kind::Dish) {
        let mut cells = Cells { row, errors };
        let Some(id) = cells.code::<DishId>("dish") else { continue };
        if let Some(first) = origins.dishes.get(&id) {
            cells.already("dish", first.number);
            continue;
        }
        let code = cells.words("code", cell::LONGEST_CODE);
        if let Some(first) = codes.get(&code).filter(|_| !code.is_empty()) {
            cells.already("code", *first);
        }
        codes.insert(code.clone(), row.number);
        let found = Found { sizes: sizes.remove(&id), set_groups: sets.remove(&id), groups: &groups };
        if let Some(dish) = read_dish(&mut cells, id.clone(), code, found) {
            let options = dish.groups.iter().map(|group| group.options.len()).sum();
            let Some(left) = options_left.checked_sub(options) else {
                cells.wrong("option_groups", Text::new("整份菜单的选项太多", "the menu as a whole has too many options"));
                break;
            };
            options_left = left;
            dishes.push(dish);
        }
        origins.dishes.insert(id, row);
    }
    let unknown = |zh: &str| Text::new(format!("菜品表里没有“{zh}”"), format!("the dishes sheet has no \"{zh}\""));
    for (dish, row) in sizes.values().flatten().map(|(dish, _, row)| (dish, *row)) {
        Cells { row, errors }.wrong("dish", unknown(dish.as_str()));
    }
    for ((dish, _), row) in origins.set_groups.iter().filter(|((dish, _), _)| !origins.dishes.contains_key(dish)) {
        Cells { row, errors }.wrong("dish", unknown(dish.as_str()));
    }
    let mut menu = Menu { version, currency, stations, categories, dishes };
    settle_choice_sizes(&mut menu, &origins, errors);
    faults::report(&menu, &origins, errors);
    menu
}

fn of_kind(rows: &[Row], kind: Kind) -> impl Iterator<Item = &Row> {
    rows.iter().filter(move |row| row.kind == kind)
}

fn read_currency(rows: &[Row], errors: &mut Vec<RowError>) -> Currency {
    let mut currency = None;
    for row in of_kind(rows, Kind::Setting) {
        let mut cells = Cells { row, errors };
        if row.cell("setting") != "currency" {
            cells.wrong("setting", Text::new("目前只有 currency", "there is only `currency`"));
            continue;
        }
        let value = match row.cell("value") {
            "CNY" => Currency::Cny,
            "USD" => Currency::Usd,
            _ => {
                cells.wrong("value", Text::new("须为 CNY 或 USD", "this is CNY or USD"));
                continue;
            }
        };
        if currency.replace(value).is_some() {
            cells.wrong("setting", Text::new("货币只能写一次", "the currency stands here twice"));
        }
    }
    currency.unwrap_or_default()
}

fn read_stations<'a>(rows: &'a [Row], origins: &mut Origins<'a>, errors: &mut Vec<RowError>) -> Vec<Station> {
    let mut stations = Vec::new();
    for row in of_kind(rows, Kind::Station) {
        let mut cells = Cells { row, errors };
        let name = cells.name();
        let fallback = if row.cell("fallback").is_empty() { None } else { cells.code("fallback") };
        let portions = |text: &str| cell::count(text, 1, MOST_PER_TEN_MIN);
        let per_ten_min = if row.cell("per_ten_min").is_empty() { None } else { cells.try_read("per_ten_min", portions) };
        let Some(id) = cells.code::<StationId>("station") else { continue };
        if let Some(first) = origins.stations.get(&id) {
            cells.already("station", first.number);
            continue;
        }
        origins.stations.insert(id.clone(), row);
        stations.push(Station { id, name, fallback, per_ten_min });
    }
    stations
}

fn read_categories(rows: &[Row], errors: &mut Vec<RowError>) -> Vec<Category> {
    let mut seen = BTreeMap::new();
    let mut categories = Vec::new();
    for row in of_kind(rows, Kind::Category) {
        let mut cells = Cells { row, errors };
        let name = cells.name();
        let Some(id) = cells.code::<CategoryId>("category") else { continue };
        match seen.insert(id.clone(), row.number) {
            Some(first) => cells.already("category", first),
            None => categories.push(Category { id, name }),
        }
    }
    categories
}

type Sizes<'a> = BTreeMap<DishId, Vec<(DishId, Variant, &'a Row)>>;

fn read_sizes<'a>(rows: &'a [Row], origins: &mut Origins<'a>, errors: &mut Vec<RowError>) -> Sizes<'a> {
    let mut sizes: Sizes<'a> = BTreeMap::new();
    let mut above: Option<DishId> = None;
    for row in of_kind(rows, Kind::Size) {
        let mut cells = Cells { row, errors };
        let name = Text::new(cells.words("name_zh", cell::LONGEST_NAME), cells.words("name_en", cell::LONGEST_NAME));
        if name.zh.is_empty() != name.en.is_empty() {
            cells.wrong(if name.zh.is_empty() { "name_zh" } else { "name_en" }, both_languages());
        }
        let price = cells.money("price");
        above = cells.code_or_above("dish", above);
        let (Some(dish), Some(id)) = (above.clone(), cells.code::<VariantId>("size")) else { continue };
        if let Some(first) = origins.sizes.get(&(dish.clone(), id.clone())) {
            cells.already("size", first.number);
            continue;
        }
        origins.sizes.insert((dish.clone(), id.clone()), row);
        sizes.entry(dish.clone()).or_default().push((dish, Variant { id, name, price }, row));
    }
    sizes
}

/// The cells that describe a group; they stand on its first row and may be left blank, or repeated, below.
#[derive(PartialEq)]
struct GroupCells {
    name: Text,
    kind: OptionKind,
    min: u16,
    max: u16,
}

fn read_group_cells(cells: &mut Cells<'_, '_>, first: Option<&Row>) -> GroupCells {
    if let Some(first) = first {
        for key in ["group_zh", "group_en", "kind", "min", "max"] {
            let here = cells.row.cell(key);
            if !here.is_empty() && here != first.cell(key) {
                cells.wrong(
                    key,
                    Text::new(
                        format!("与本组第一行（第 {} 行）不同", first.number),
                        format!("this differs from the first row of the group (row {})", first.number),
                    ),
                );
            }
        }
        return GroupCells { name: Text::default(), kind: OptionKind::Other, min: 0, max: 1 };
    }
    GroupCells {
        name: Text::new(cells.needed("group_zh"), cells.needed("group_en")),
        kind: cells.read("kind", cell::kind),
        min: cells.small("min", 0, 0),
        max: cells.small("max", 1, 1),
    }
}

fn read_groups<'a>(rows: &'a [Row], origins: &mut Origins<'a>, errors: &mut Vec<RowError>) -> BTreeMap<String, OptionGroup> {
    let mut groups: BTreeMap<String, OptionGroup> = BTreeMap::new();
    let mut options: BTreeMap<(String, OptionId), u32> = BTreeMap::new();
    let mut above: Option<(String, GroupId)> = None;
    for row in of_kind(rows, Kind::Option) {
        let mut cells = Cells { row, errors };
        above = cells.group_or_above(above);
        let option = read_option(&mut cells);
        let Some((key, id)) = above.clone() else { continue };
        let first = origins.groups.get(&key).copied();
        let about = read_group_cells(&mut cells, first);
        let group = groups.entry(key.clone()).or_insert_with(|| {
            origins.groups.insert(key.clone(), row);
            OptionGroup { id, name: about.name, kind: about.kind, min: about.min, max: about.max, options: Vec::new() }
        });
        let Some(option) = option else { continue };
        match options.insert((key, option.id.clone()), row.number) {
            Some(first) => cells.already("option", first),
            None if group.options.len() >= MOST_IN_GROUP => cells.wrong("option", at_most(MOST_IN_GROUP)),
            None => group.options.push(option),
        }
    }
    let known: BTreeSet<&str> = options.keys().map(|(_, id)| id.as_str()).collect();
    for row in of_kind(rows, Kind::Option) {
        for excluded in cell::list(row.cell("excludes")).take(LONGEST_LIST) {
            let itself = excluded == row.cell("option");
            if itself || !known.contains(excluded) {
                let reason = if itself {
                    Text::new("选项不能与自己互斥", "an option can't exclude itself")
                } else {
                    Text::new(format!("没有选项“{excluded}”"), format!("there is no option \"{excluded}\""))
                };
                Cells { row, errors }.wrong("excludes", reason);
            }
        }
    }
    groups
}

fn read_option(cells: &mut Cells<'_, '_>) -> Option<Choice> {
    let name = cells.name();
    let price = cells.money_or_nothing("price");
    let max = cells.small("times", 1, 1);
    let mut excludes: Vec<OptionId> = cells.codes("excludes");
    let id: OptionId = cells.code("option")?;
    // That it excludes itself is reported once all options are known.
    excludes.retain(|excluded| *excluded != id);
    Some(Choice { id, name, price, max, excludes })
}

fn read_sets<'a>(rows: &'a [Row], origins: &mut Origins<'a>, errors: &mut Vec<RowError>) -> BTreeMap<DishId, Vec<SetGroup>> {
    let mut sets: BTreeMap<DishId, Vec<SetGroup>> = BTreeMap::new();
    let mut seen: BTreeMap<(DishId, GroupId, DishId), u32> = BTreeMap::new();
    let (mut above_set, mut above_group): (Option<DishId>, Option<GroupId>) = (None, None);
    for row in of_kind(rows, Kind::Set) {
        let mut cells = Cells { row, errors };
        let set_above = above_set.clone();
        above_set = cells.code_or_above("dish", above_set);
        if above_set != set_above {
            above_group = None;
        }
        above_group = cells.code_or_above("group", above_group);
        let surcharge = cells.money_or_nothing("surcharge");
        // Blank where the dish has one size; filled in once all dishes are known.
        let size = if row.cell("size").is_empty() { None } else { cells.code::<VariantId>("size") };
        let dish = cells.code::<DishId>("choice");
        let (Some(set), Some(id)) = (above_set.clone(), above_group.clone()) else { continue };
        let place = (set.clone(), id.clone());
        let first = origins.set_groups.get(&place).copied();
        let about = read_group_cells(&mut cells, first);
        origins.set_groups.entry(place).or_insert(row);
        let groups = sets.entry(set.clone()).or_default();
        let at = groups.iter().position(|group| group.id == id).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push(SetGroup { id: id.clone(), name: about.name, min: about.min, max: about.max, choices: Vec::new() });
        }
        let Some(dish) = dish else { continue };
        if let Some(first) = seen.insert((set.clone(), id.clone(), dish.clone()), row.number) {
            cells.already("choice", first);
            continue;
        }
        origins.choices.push(ChoiceOrigin { set, group: id, dish: dish.clone(), row });
        groups[at].choices.push(SetChoice { dish, variant: size.unwrap_or_else(standard), surcharge });
    }
    sets
}

/// What the other sheets say about a dish.
struct Found<'a, 'b> {
    sizes: Option<Vec<(DishId, Variant, &'a Row)>>,
    set_groups: Option<Vec<SetGroup>>,
    groups: &'b BTreeMap<String, OptionGroup>,
}

fn read_dish(cells: &mut Cells<'_, '_>, id: DishId, code: String, found: Found<'_, '_>) -> Option<Dish> {
    let name = cells.name();
    let category = cells.code::<CategoryId>("category");
    let station = cells.code::<StationId>("station");
    let charge = cells.read("charge", cell::charge);
    let variants = read_variants(cells, found.sizes);
    let groups = read_dish_groups(cells, found.groups);
    let description = read_description(cells);
    let image = cells.read("image", cell::image);
    let allergens = read_allergens(cells);
    let hours = read_hours(cells);
    let daily_count =
        if cells.row.cell("daily_count").is_empty() { None } else { Some(cells.number("daily_count", 0, 0, 100_000)) };
    let due_min = cells.number("due_min", USUAL_DUE_MIN, 1, 1439);
    let overdue_min = cells.number("overdue_min", USUAL_OVERDUE_MIN, 1, 1440);
    let pinyin = cells.words("pinyin", 20);
    let popular = cells.read("popular", cell::yes);
    let pot = cells.read("pot", cell::pot);
    // Without one of these codes the row has been reported; a stand-in would only be reported again.
    Some(Dish {
        id,
        code,
        category: category.or_else(|| stand_in().parse().ok())?,
        station: station.or_else(|| stand_in().parse().ok())?,
        name,
        description,
        image,
        charge,
        variants,
        groups,
        set_groups: found.set_groups.unwrap_or_default(),
        allergens,
        hours,
        daily_count,
        due_min,
        overdue_min,
        pinyin,
        popular,
        pot,
    })
}

fn stand_in() -> &'static str {
    "-"
}

fn read_variants(cells: &mut Cells<'_, '_>, sizes: Option<Vec<(DishId, Variant, &Row)>>) -> Vec<Variant> {
    let own_price = cells.row.cell("price");
    match sizes {
        Some(sizes) => {
            if !own_price.is_empty() {
                cells.wrong(
                    "price",
                    Text::new("规格表里已有此菜的价格；这里须留空", "the sizes sheet has this dish's prices; leave this blank"),
                );
            }
            sizes.into_iter().map(|(_, variant, _)| variant).collect()
        }
        None => {
            if own_price.is_empty() {
                cells.wrong(
                    "price",
                    Text::new(
                        "须在此写价格，或在规格表里写各规格的价格",
                        "give a price here, or one for each size in the sizes sheet",
                    ),
                );
            }
            let price = cells.money_or_nothing("price");
            vec![Variant { id: standard(), name: Text::default(), price }]
        }
    }
}

fn read_dish_groups(cells: &mut Cells<'_, '_>, known: &BTreeMap<String, OptionGroup>) -> Vec<OptionGroup> {
    let mut groups: Vec<OptionGroup> = Vec::new();
    for key in cells.list("option_groups") {
        match known.get(key) {
            Some(group) if groups.iter().map(|group| group.options.len()).sum::<usize>() + group.options.len() > MOST_ON_DISH => {
                cells.wrong("option_groups", at_most(MOST_ON_DISH));
            }
            Some(group) => groups.push(group.clone()),
            None => cells.wrong(
                "option_groups",
                Text::new(format!("选项表里没有组“{key}”"), format!("the options sheet has no group \"{key}\"")),
            ),
        }
    }
    let here: BTreeSet<OptionId> = groups.iter().flat_map(|group| &group.options).map(|option| option.id.clone()).collect();
    for option in groups.iter_mut().flat_map(|group| &mut group.options) {
        option.excludes.retain(|excluded| here.contains(excluded));
    }
    groups
}

fn read_description(cells: &mut Cells<'_, '_>) -> Option<Text> {
    let text = Text::new(
        cells.words("description_zh", cell::LONGEST_DESCRIPTION),
        cells.words("description_en", cell::LONGEST_DESCRIPTION),
    );
    match (cells.row.cell("description_zh").is_empty(), cells.row.cell("description_en").is_empty()) {
        (true, true) => return None,
        (false, false) => {}
        (true, false) => cells.wrong("description_zh", both_languages()),
        (false, true) => cells.wrong("description_en", both_languages()),
    }
    Some(text)
}

fn read_allergens(cells: &mut Cells<'_, '_>) -> Vec<domain::menu::Allergen> {
    let mut allergens = Vec::new();
    for word in cells.list("allergens") {
        match cell::allergen(word) {
            Ok(allergen) if allergens.contains(&allergen) => {
                cells.wrong("allergens", Text::new(format!("“{word}”写了两次"), format!("\"{word}\" stands here twice")));
            }
            Ok(allergen) => allergens.push(allergen),
            Err(reason) => cells.wrong("allergens", reason),
        }
    }
    allergens
}

fn read_hours(cells: &mut Cells<'_, '_>) -> Option<Hours> {
    let (from, to) = (cells.row.cell("sold_from"), cells.row.cell("sold_to"));
    if from.is_empty() && to.is_empty() {
        return None;
    }
    if from.is_empty() || to.is_empty() {
        let column = if from.is_empty() { "sold_from" } else { "sold_to" };
        cells.wrong(column, Text::new("开售和停售要么都写，要么都不写", "give both times or neither"));
        return None;
    }
    let from_min = cells.try_read("sold_from", cell::minute);
    let to_min = cells.try_read("sold_to", cell::minute);
    Some(Hours { from_min: from_min?, to_min: to_min? })
}

/// Gives choices of set meals whose size was left blank the only size their dish has.
fn settle_choice_sizes(menu: &mut Menu, origins: &Origins<'_>, errors: &mut Vec<RowError>) {
    let sizes: BTreeMap<DishId, Vec<VariantId>> = menu
        .dishes
        .iter()
        .map(|dish| (dish.id.clone(), dish.variants.iter().map(|variant| variant.id.clone()).collect()))
        .collect();
    let blank: BTreeMap<(&DishId, &GroupId, &DishId), &Row> = origins
        .choices
        .iter()
        .filter(|origin| origin.row.cell("size").is_empty())
        .map(|origin| ((&origin.set, &origin.group, &origin.dish), origin.row))
        .collect();
    for set in &mut menu.dishes {
        for group in &mut set.set_groups {
            for choice in &mut group.choices {
                let Some(row) = blank.get(&(&set.id, &group.id, &choice.dish)) else { continue };
                match sizes.get(&choice.dish).map(Vec::as_slice) {
                    Some([only]) => choice.variant = only.clone(),
                    Some(several) if !several.contains(&choice.variant) => Cells { row, errors }
                        .wrong("size", Text::new("这道菜有多种规格，请写明哪一种", "this dish has several sizes; say which")),
                    Some(_) | None => {}
                }
            }
        }
    }
}

/// The code of the only size of a dish that has just one.
pub(crate) fn standard() -> VariantId {
    VariantId::from_str("std").expect("`std` is a code")
}

fn both_languages() -> Text {
    Text::new("中英文须都写", "both languages are needed")
}
