//! A menu version: what is sold, at what price, by which station. Immutable once published.

mod price;
mod validate;

pub(crate) use price::tidy_note;
pub use price::{ChosenOption, LineProblem, Part, PricedLine, SelectionError};
pub use validate::{MenuFault, MenuRule, validate};

use crate::{CategoryId, Currency, DishId, GroupId, LocalMinute, Money, OptionId, StationId, Text, VariantId};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A whole menu. Kept once under the hash of its bytes; events name version and hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Menu {
    /// Counts up with every publication; an order carries the version it was priced with.
    pub version: u32,
    /// What prices are counted in.
    pub currency: Currency,
    /// Where dishes are cooked.
    pub stations: Vec<Station>,
    /// In the order they are shown.
    pub categories: Vec<Category>,
    /// In the order they are shown.
    pub dishes: Vec<Dish>,
}

/// A place in the kitchen that cooks and has a screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Station {
    /// Its code.
    pub id: StationId,
    /// Its name.
    pub name: Text,
    /// Cooks in its place while it is closed, and shows what nobody has seen there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<StationId>,
    /// Portions it cooks in ten minutes; none: not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_ten_min: Option<u32>,
}

impl Station {
    /// A station nobody stands in for and whose speed nobody knows.
    pub fn new(id: StationId, name: Text) -> Station {
        Station { id, name, fallback: None, per_ten_min: None }
    }
}

/// What a dish is to a hot pot (火锅).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PotRole {
    /// Nothing.
    #[default]
    None,
    /// 锅底: fired first.
    Soup,
    /// 涮菜: needs a soup base, and is fired after it.
    ForPot,
}

impl PotRole {
    /// Whether it has nothing to do with a pot.
    #[allow(clippy::trivially_copy_pass_by_ref)] // Serde's signature.
    pub fn is_none(&self) -> bool {
        *self == PotRole::None
    }
}

/// A heading of the menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Category {
    /// Its code.
    pub id: CategoryId,
    /// Its name.
    pub name: Text,
}

/// How a dish is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// Each portion has the variant's price.
    #[default]
    Item,
    /// The variant's price is for 500 g; the line says the weight.
    Weight,
    /// Per head (位): the quantity may not exceed the covers of the party.
    Cover,
}

/// What some guests must not eat (过敏原).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Allergen {
    Peanut,
    Nuts,
    Gluten,
    Egg,
    Milk,
    Soy,
    Fish,
    Shellfish,
    Sesame,
    Celery,
    Mustard,
    Alcohol,
}

/// One thing a diner can order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dish {
    /// Its code, stable over menu versions.
    pub id: DishId,
    /// The short number staff type, e.g. "108".
    pub code: String,
    /// The heading it stands under.
    pub category: CategoryId,
    /// Who cooks it.
    pub station: StationId,
    /// What it is called.
    pub name: Text,
    /// A sentence about it.
    #[serde(deserialize_with = "Option::deserialize")]
    pub description: Option<Text>,
    /// Picture file below `/images/`.
    pub image: String,
    /// How it is charged.
    pub charge: Charge,
    /// Sizes; at least one. A dish without sizes has the single variant `std`.
    pub variants: Vec<Variant>,
    /// Ways to have it.
    pub groups: Vec<OptionGroup>,
    /// Not empty: a set meal, whose parts are chosen here.
    pub set_groups: Vec<SetGroup>,
    /// What is in it that some must avoid.
    pub allergens: Vec<Allergen>,
    /// Sold only in these minutes of the store's day.
    #[serde(deserialize_with = "Option::deserialize")]
    pub hours: Option<Hours>,
    /// Portions on sale each business day (限量); none: not counted.
    #[serde(deserialize_with = "Option::deserialize")]
    pub daily_count: Option<u32>,
    /// Minutes after firing when it counts as due soon.
    pub due_min: u32,
    /// Minutes after firing when it counts as overdue.
    pub overdue_min: u32,
    /// Initials of the pinyin, for search.
    pub pinyin: String,
    /// Shown among the house's favourites.
    pub popular: bool,
    /// What it is to a hot pot.
    #[serde(default, skip_serializing_if = "PotRole::is_none")]
    pub pot: PotRole,
}

/// A span of the store's day, end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hours {
    /// First minute on sale.
    pub from_min: LocalMinute,
    /// First minute no longer on sale.
    pub to_min: LocalMinute,
}

impl Hours {
    /// Whether they lie within a day, and some time is between them.
    pub fn are_of_a_day(&self) -> bool {
        self.from_min.0 < 1440 && self.to_min.0 <= 1440 && self.from_min != self.to_min
    }

    /// Whether `minute` is inside; a span may run over midnight.
    pub fn contains(&self, minute: LocalMinute) -> bool {
        if self.from_min <= self.to_min {
            self.from_min <= minute && minute < self.to_min
        } else {
            minute >= self.from_min || minute < self.to_min
        }
    }
}

/// A size or portion (大/中/小份, 半份) with its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Variant {
    /// Its code within the dish.
    pub id: VariantId,
    /// Its name; both languages empty where the dish has only one size.
    pub name: Text,
    /// Price of one portion, of 500 g or of one head, by the dish's charge.
    pub price: Money,
}

/// What an option is about; the kitchen shows `avoid` in red.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OptionKind {
    /// 做法.
    Method,
    /// 加料.
    Extra,
    /// 忌口.
    Avoid,
    /// 锅底 of one side of a split pot.
    Soup,
    /// Anything else.
    #[default]
    Other,
}

/// Options that are chosen together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OptionGroup {
    /// Its code within the dish.
    pub id: GroupId,
    /// Its name.
    pub name: Text,
    /// What it is about.
    pub kind: OptionKind,
    /// At least so many; 1 or more makes the group required.
    pub min: u16,
    /// At most so many.
    pub max: u16,
    /// What can be chosen.
    pub options: Vec<Choice>,
}

/// One option of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// Its code, unique within the dish.
    pub id: OptionId,
    /// Its name.
    pub name: Text,
    /// What one of it adds to the price of each portion.
    pub price: Money,
    /// How often it may be chosen for one portion.
    pub max: u16,
    /// Options of the same dish that can't go with this one.
    pub excludes: Vec<OptionId>,
}

/// A choice within a set meal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetGroup {
    /// Its code within the dish.
    pub id: GroupId,
    /// Its name.
    pub name: Text,
    /// At least so many dishes.
    pub min: u16,
    /// At most so many dishes.
    pub max: u16,
    /// What can be chosen.
    pub choices: Vec<SetChoice>,
}

/// A dish that can be part of a set meal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetChoice {
    /// The dish; it is cooked by its own station.
    pub dish: DishId,
    /// Which size of it.
    pub variant: VariantId,
    /// What choosing it adds to the price of the set.
    pub surcharge: Money,
}

/// What a diner asks for in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The dish.
    pub dish: DishId,
    /// Its size.
    pub variant: VariantId,
    /// Portions, 1 to 99.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 99))]
    pub quantity: u16,
    /// Grams, 50 to 20,000; for dishes charged by weight, and only those.
    #[cfg_attr(feature = "openapi", schema(minimum = 50, maximum = 20000))]
    pub weight_g: Option<u32>,
    /// Options chosen.
    #[cfg_attr(feature = "openapi", schema(max_items = 40))]
    pub options: Vec<PickedOption>,
    /// Parts chosen, for a set meal.
    #[cfg_attr(feature = "openapi", schema(max_items = 40))]
    pub set: Vec<PickedDish>,
    /// A wish in words, at most 60 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub note: Option<String>,
}

/// An option and how often it was chosen for one portion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PickedOption {
    /// Which option.
    pub option: OptionId,
    /// How often, 1 or more.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 99))]
    pub quantity: u16,
}

/// A dish chosen in a set meal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PickedDish {
    /// Of which group of the set.
    pub group: GroupId,
    /// Which dish.
    pub dish: DishId,
    /// How many, 1 or more.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 99))]
    pub quantity: u16,
}

impl Menu {
    /// The station with this code.
    pub fn station(&self, id: &StationId) -> Option<&Station> {
        self.stations.iter().find(|station| station.id == *id)
    }

    /// The dish with this code, if it is on the menu.
    pub fn dish(&self, id: &DishId) -> Option<&Dish> {
        self.dishes.iter().find(|dish| dish.id == *id)
    }
}

impl Dish {
    /// The size with this code.
    pub fn variant(&self, id: &VariantId) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.id == *id)
    }
}
