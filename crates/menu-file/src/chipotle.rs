//! Real orders to replay: 4,622 lines of 1,834 orders at a burrito chain, turned into a menu and into selections from it.
//!
//! The mapping (also in `docs/guide/replay-mapping.md`): a dish for each item name, a size for each unit price of it that occurs, and the choices of
//! `choice_description` as options that cost nothing, in one group for each of salsa, meat, flavour and filling. Every price is the file's own.

use crate::{LARGEST_FILE_BYTES, RowError, cell, csv_form::shorten};
use domain::menu::{
    Category, Charge, Choice, Dish, Menu, OptionGroup, OptionKind, PickedOption, PotRole, Selection, Station, Variant,
};
use domain::{CategoryId, Currency, DishId, GroupId, Money, OptionId, StationId, Text, VariantId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::str::FromStr;

const HEADINGS: &str = "order_id\tquantity\titem_name\tchoice_description\titem_total_price";
const MOST_LINES: usize = 100_000;

/// The lines of the file, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    lines: Vec<Line>,
    dishes: BTreeMap<String, DishId>,
    options: BTreeMap<String, OptionId>,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    order_no: u32,
    quantity: u16,
    item: String,
    /// Choice and how often.
    choices: BTreeMap<String, u16>,
    total: Money,
}

impl Line {
    /// Price of one portion; the parser has proved that nothing remains.
    fn unit_price(&self) -> Money {
        Money(self.total.0 / i64::from(self.quantity))
    }
}

/// One order of the file as a guest would place it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayOrder {
    /// Its number in the file.
    pub order_no: u32,
    /// What is ordered.
    pub lines: Vec<Selection>,
    /// What the file says each line costs.
    pub expected_line_totals: Vec<Money>,
    /// What the file says the order costs.
    pub expected_total: Money,
}

/// What a choice is: each kind makes one option group on a dish.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Flavour,
    Meat,
    Salsa,
    Filling,
}

const GROUPS: [Group; 4] = [Group::Flavour, Group::Meat, Group::Salsa, Group::Filling];

impl Group {
    /// By the words of the choice and the item it was made for.
    fn of(item: &str, choice: &str) -> Group {
        let is = |words: &[&str]| words.iter().any(|word| choice.contains(word));
        match Family::of(item) {
            Family::Drink => Group::Flavour,
            Family::Burrito | Family::Bowl | Family::Taco | Family::Salad | Family::Chips => {
                if is(&["Grilled", "Braised"]) {
                    Group::Meat
                } else if is(&["Salsa", "Tomato", "Tomatillo", "Chili Corn"]) {
                    Group::Salsa
                } else {
                    Group::Filling
                }
            }
        }
    }

    fn id(self) -> &'static str {
        match self {
            Group::Flavour => "flavour",
            Group::Meat => "meat",
            Group::Salsa => "salsa",
            Group::Filling => "filling",
        }
    }

    fn name(self) -> Text {
        match self {
            Group::Flavour => Text::new("口味", "Flavour"),
            Group::Meat => Text::new("肉类", "Meat"),
            Group::Salsa => Text::new("莎莎酱", "Salsa"),
            Group::Filling => Text::new("配料", "Filling"),
        }
    }

    fn kind(self) -> OptionKind {
        match self {
            Group::Flavour => OptionKind::Other,
            Group::Meat => OptionKind::Method,
            Group::Salsa | Group::Filling => OptionKind::Extra,
        }
    }
}

/// What a dish is: its category, and through it its station.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Burrito,
    Bowl,
    Taco,
    Salad,
    Chips,
    Drink,
}

const FAMILIES: [Family; 6] = [Family::Burrito, Family::Bowl, Family::Taco, Family::Salad, Family::Chips, Family::Drink];

impl Family {
    /// By the words of the item; what names no food is a drink.
    fn of(item: &str) -> Family {
        let is = |word: &str| item.contains(word);
        match () {
            () if is("Burrito") => Family::Burrito,
            () if is("Taco") => Family::Taco,
            () if is("Chips") => Family::Chips,
            () if is("Salad") => Family::Salad,
            () if is("Bowl") => Family::Bowl,
            () => Family::Drink,
        }
    }

    fn id(self) -> &'static str {
        match self {
            Family::Burrito => "burritos",
            Family::Bowl => "bowls",
            Family::Taco => "tacos",
            Family::Salad => "salads",
            Family::Chips => "chips",
            Family::Drink => "drinks",
        }
    }

    fn name(self) -> Text {
        match self {
            Family::Burrito => Text::new("卷饼", "Burritos"),
            Family::Bowl => Text::new("碗", "Bowls"),
            Family::Taco => Text::new("塔可", "Tacos"),
            Family::Salad => Text::new("沙拉", "Salads"),
            Family::Chips => Text::new("玉米片", "Chips"),
            Family::Drink => Text::new("饮料", "Drinks"),
        }
    }

    /// Station, and minutes until due and overdue.
    fn cooked(self) -> (&'static str, u32, u32) {
        match self {
            Family::Burrito | Family::Bowl | Family::Taco => ("grill", 6, 12),
            Family::Salad => ("cold", 5, 10),
            Family::Chips => ("chips", 4, 8),
            Family::Drink => ("drinks", 2, 5),
        }
    }
}

const STATIONS: [(&str, &str, &str); 4] =
    [("grill", "烤台", "Grill"), ("cold", "凉菜", "Cold"), ("chips", "玉米片", "Chips"), ("drinks", "饮料", "Drinks")];

impl Replay {
    /// Reads the file.
    ///
    /// # Errors
    /// Every line that can't be read.
    pub fn read(path: &Path) -> Result<Replay, Vec<RowError>> {
        let unreadable =
            |e: std::io::Error| vec![RowError::of_file(format!("文件打不开：{e}"), format!("the file can't be opened: {e}"))];
        if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST_FILE_BYTES as u64 {
            return Err(vec![crate::too_large()]);
        }
        Replay::parse(&std::fs::read(path).map_err(unreadable)?)
    }

    /// Reads the bytes of the file.
    ///
    /// # Errors
    /// Every line that can't be read.
    pub fn parse(bytes: &[u8]) -> Result<Replay, Vec<RowError>> {
        let text = std::str::from_utf8(bytes).map_err(|_| vec![RowError::of_file("文件不是 UTF-8", "the file is not UTF-8")])?;
        let mut rows = (1u32..).zip(text.lines());
        if rows.next().is_none_or(|(_, first)| first != HEADINGS) {
            return Err(vec![RowError::of_file("标题行不对", format!("the first line is not: {}", HEADINGS.replace('\t', " ")))]);
        }
        let (mut lines, mut errors) = (Vec::new(), Vec::new());
        for (number, row) in rows.take(MOST_LINES + 1) {
            match read_line(row) {
                Ok(line) => lines.push(line),
                Err((column, en)) => errors.push(RowError {
                    sheet: "orders".into(),
                    row: number,
                    column: column.into(),
                    value: shorten(row),
                    reason: Text::new("此行读不懂", en),
                }),
            }
        }
        if lines.len() > MOST_LINES {
            errors.push(RowError::of_file(format!("超过 {MOST_LINES} 行"), format!("there are more than {MOST_LINES} lines")));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let items: BTreeSet<&str> = lines.iter().map(|line| line.item.as_str()).collect();
        let choices: BTreeSet<&str> = lines.iter().flat_map(|line| line.choices.keys()).map(String::as_str).collect();
        let (dishes, options) = (codes(&items), codes(&choices));
        Ok(Replay { lines, dishes, options })
    }

    /// How many lines there are.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// What all lines cost together.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.total).sum()
    }

    /// A menu on which every line of the file can be ordered at the file's price.
    pub fn menu(&self, version: u32) -> Menu {
        let mut items: BTreeMap<(Family, &str), Vec<&Line>> = BTreeMap::new();
        for line in &self.lines {
            items.entry((Family::of(&line.item), &line.item)).or_default().push(line);
        }
        let families: BTreeSet<Family> = items.keys().map(|(family, _)| *family).collect();
        let stations = STATIONS.iter().map(|(id, zh, en)| Station {
            id: code::<StationId>(id),
            name: Text::new(*zh, *en),
            fallback: None,
            per_ten_min: None,
        });
        let categories = FAMILIES.iter().filter(|family| families.contains(family));
        Menu {
            version,
            currency: Currency::Usd,
            stations: stations.collect(),
            categories: categories.map(|family| Category { id: code::<CategoryId>(family.id()), name: family.name() }).collect(),
            dishes: (1..).zip(&items).map(|(no, ((family, item), lines))| self.dish(no, *family, item, lines)).collect(),
        }
    }

    fn dish(&self, no: u32, family: Family, item: &str, lines: &[&Line]) -> Dish {
        let prices: BTreeSet<Money> = lines.iter().map(|line| line.unit_price()).collect();
        let several = prices.len() > 1;
        let size = |price: Money| {
            let label = format!("${}", cell::money_text(price));
            Variant { id: size_of(price), name: if several { Text::new(label.clone(), label) } else { Text::default() }, price }
        };
        let (station, due_min, overdue_min) = family.cooked();
        Dish {
            id: self.dishes[item].clone(),
            code: no.to_string(),
            category: code(family.id()),
            station: code(station),
            name: Text::new(item, item),
            description: None,
            image: String::new(),
            charge: Charge::Item,
            variants: prices.into_iter().map(size).collect(),
            groups: GROUPS.into_iter().filter_map(|group| self.group(group, item, lines)).collect(),
            set_groups: Vec::new(),
            allergens: Vec::new(),
            hours: None,
            daily_count: None,
            due_min,
            overdue_min,
            pinyin: String::new(),
            popular: false,
            pot: PotRole::None,
        }
    }

    /// The group of a dish with every choice that was ever made in it; none where there was no such choice.
    fn group(&self, group: Group, item: &str, lines: &[&Line]) -> Option<OptionGroup> {
        let mut most: BTreeMap<&str, u16> = BTreeMap::new();
        let mut max = 1;
        for line in lines {
            let chosen = line.choices.iter().filter(|(choice, _)| Group::of(item, choice) == group);
            let mut together = 0;
            for (choice, times) in chosen {
                together += times;
                let known = most.entry(choice).or_default();
                *known = (*known).max(*times);
            }
            max = max.max(together);
        }
        let option = |(choice, times): (&&str, &u16)| Choice {
            id: self.options[*choice].clone(),
            name: Text::new(*choice, *choice),
            price: Money::ZERO,
            max: *times,
            excludes: Vec::new(),
        };
        (!most.is_empty()).then(|| OptionGroup {
            id: code::<GroupId>(group.id()),
            name: group.name(),
            kind: group.kind(),
            min: 0,
            max,
            options: most.iter().map(option).collect(),
        })
    }

    /// The orders, as selections from [`Replay::menu`], in the file's order.
    pub fn orders(&self) -> Vec<ReplayOrder> {
        let mut orders: Vec<ReplayOrder> = Vec::new();
        let mut places: BTreeMap<u32, usize> = BTreeMap::new();
        for line in &self.lines {
            let at = *places.entry(line.order_no).or_insert(orders.len());
            if at == orders.len() {
                orders.push(ReplayOrder {
                    order_no: line.order_no,
                    lines: Vec::new(),
                    expected_line_totals: Vec::new(),
                    expected_total: Money::ZERO,
                });
            }
            let order = &mut orders[at];
            order.lines.push(self.selection(line));
            order.expected_line_totals.push(line.total);
            order.expected_total = order.expected_total + line.total;
        }
        orders
    }

    fn selection(&self, line: &Line) -> Selection {
        let options =
            line.choices.iter().map(|(choice, times)| PickedOption { option: self.options[choice].clone(), quantity: *times });
        Selection {
            dish: self.dishes[&line.item].clone(),
            variant: size_of(line.unit_price()),
            quantity: line.quantity,
            weight_g: None,
            options: options.collect(),
            set: Vec::new(),
            note: None,
        }
    }
}

/// A line, or the column that is wrong and why.
fn read_line(row: &str) -> Result<Line, (&'static str, &'static str)> {
    let fields: Vec<&str> = row.split('\t').collect();
    let [order_no, quantity, item, choices, total] = fields.as_slice() else {
        return Err(("", "a line has five fields"));
    };
    let order_no = cell::count(order_no, 1, 999_999_999).map_err(|_| ("order_id", "this is a number"))?;
    let quantity = cell::count(quantity, 1, 99).map_err(|_| ("quantity", "this is a number from 1 to 99"))?;
    let quantity = u16::try_from(quantity).map_err(|_| ("quantity", "this is a number from 1 to 99"))?;
    let item = cell::words(item.trim(), cell::LONGEST_NAME).ok().filter(|item| !item.is_empty());
    let item = item.ok_or(("item_name", "a name is 1 to 60 plain characters"))?;
    let dollars = total.trim().strip_prefix('$').ok_or(("item_total_price", "a price starts with $"))?;
    let total = cell::money(dollars).map_err(|_| ("item_total_price", "a price has at most two decimals"))?;
    if total.0 % i64::from(quantity) != 0 {
        return Err(("item_total_price", "the price can't be divided by the quantity"));
    }
    Ok(Line { order_no, quantity, item, choices: read_choices(choices)?, total })
}

/// The choices, however deep in brackets, each with how often it stands there.
fn read_choices(text: &str) -> Result<BTreeMap<String, u16>, (&'static str, &'static str)> {
    let mut choices = BTreeMap::new();
    if text == "NULL" {
        return Ok(choices);
    }
    for choice in text.split([',', '[', ']']).map(str::trim).filter(|choice| !choice.is_empty()) {
        let name = cell::words(choice, cell::LONGEST_NAME)
            .map_err(|_| ("choice_description", "a choice is at most 60 plain characters"))?;
        *choices.entry(name).or_insert(0u16) += 1;
    }
    if choices.len() > 40 || choices.values().any(|times| *times > 99) {
        return Err(("choice_description", "there are more than 40 choices"));
    }
    Ok(choices)
}

fn size_of(price: Money) -> VariantId {
    code(&format!("p{}", price.0))
}

/// A code for each name: its letters and digits in lower case, other signs as `-`; where two names would share one, the later gets a number.
fn codes<T: FromStr + Ord + Clone>(names: &BTreeSet<&str>) -> BTreeMap<String, T> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut codes = BTreeMap::new();
    for name in names {
        let lower: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        let words: Vec<&str> = lower.split('-').filter(|word| !word.is_empty()).collect();
        let short: String = words.join("-").chars().take(34).collect();
        let slug = if short.is_empty() { "x".to_owned() } else { short };
        let numbered = (2u32..).map(|n| format!("{slug}-{n}"));
        let free = std::iter::once(slug.clone()).chain(numbered).find(|code| !taken.contains(code)).unwrap_or_default();
        taken.insert(free.clone());
        codes.insert((*name).to_owned(), code(&free));
    }
    codes
}

/// A code that this file made itself.
fn code<T: FromStr>(text: &str) -> T {
    text.parse().ok().expect("codes made here are short and plain")
}
