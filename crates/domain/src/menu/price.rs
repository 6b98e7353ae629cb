//! What a selection costs and who cooks it. The only place that prices.

use super::{Allergen, Charge, Dish, Menu, OptionKind, PotRole, Selection};
use crate::text::{LONGEST_NOTE, is_plain};
use crate::{DishId, GroupId, LocalMinute, Money, OptionId, StationId, Text};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Why a line can't be ordered as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineProblem {
    /// 估清.
    SoldOut,
    /// Fewer portions are left than were asked for.
    NotEnoughLeft,
    /// Not sold at this hour.
    OffHours,
    /// No such dish or size on the menu now.
    NotOnMenu,
    /// The options don't fit the dish as it is on the menu now.
    OptionsChanged,
    /// The line is already part of an order.
    AlreadyOrdered,
    /// The price is another one now.
    PriceChanged,
    /// Its station is so far behind that guests can't order from it for now.
    Paused,
}

/// A selection that breaks a rule of its dish; says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectionError {
    /// No such dish.
    UnknownDish(DishId),
    /// No such size of the dish.
    UnknownVariant,
    /// Not sold at this hour.
    OffHours,
    /// Outside 1..=99, or more than the party has heads for a dish charged per head.
    Quantity,
    /// Missing, outside 50..=20,000 g, or given for a dish that isn't weighed.
    Weight,
    /// No such option on this dish, or named twice.
    UnknownOption(OptionId),
    /// More often than allowed for one portion, or zero times.
    OptionQuantity(OptionId),
    /// Too few or too many options of this group.
    GroupBounds(GroupId),
    /// These two exclude each other.
    Excluded(OptionId, OptionId),
    /// Not a choice of this set meal, or named twice.
    UnknownSetChoice(DishId),
    /// Too few or too many dishes of this group of the set.
    SetBounds(GroupId),
    /// Too long, or with characters that can't be printed.
    Note,
    /// The sum is larger than any check may be.
    TooDear,
}

impl SelectionError {
    /// How a phone shows it on the line.
    pub fn problem(&self) -> LineProblem {
        match self {
            SelectionError::UnknownDish(_) | SelectionError::UnknownVariant => LineProblem::NotOnMenu,
            SelectionError::OffHours => LineProblem::OffHours,
            SelectionError::Quantity
            | SelectionError::Weight
            | SelectionError::UnknownOption(_)
            | SelectionError::OptionQuantity(_)
            | SelectionError::GroupBounds(_)
            | SelectionError::Excluded(..)
            | SelectionError::UnknownSetChoice(_)
            | SelectionError::SetBounds(_)
            | SelectionError::Note
            | SelectionError::TooDear => LineProblem::OptionsChanged,
        }
    }
}

/// An option as it stands on an order and a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChosenOption {
    /// Its name when it was ordered.
    pub name: Text,
    /// How often for one portion.
    pub quantity: u16,
    /// What it is about.
    pub kind: OptionKind,
}

/// One thing a station cooks for a line. A plain dish has one part, a set meal one for each dish chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Who cooks it.
    pub station: StationId,
    /// Which dish.
    pub dish: DishId,
    /// Its name when it was ordered.
    pub name: Text,
    /// Its size when that needs saying.
    pub variant: Option<Text>,
    /// How many portions, over the whole line.
    pub quantity: u32,
    /// Who must avoid it.
    pub allergens: Vec<Allergen>,
    /// Minutes after firing until due soon.
    pub due_min: u32,
    /// Minutes after firing until overdue.
    pub overdue_min: u32,
}

/// A selection with its price and everything a ticket and a receipt will say, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedLine {
    /// Name of the dish.
    pub name: Text,
    /// Its size when that needs saying.
    pub variant: Option<Text>,
    /// Options as chosen.
    pub options: Vec<ChosenOption>,
    /// Price of one portion (or of the weight), options included.
    pub unit_price: Money,
    /// Price of the line.
    pub amount: Money,
    /// What the kitchen cooks.
    pub parts: Vec<Part>,
    /// Price of 500 g, for what is weighed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_500_g: Option<Money>,
    /// What it is to a hot pot.
    #[serde(default, skip_serializing_if = "PotRole::is_none")]
    pub pot: PotRole,
}

impl PricedLine {
    /// Portions the line `asked` takes from counted stock, dish by dish: of what is cooked, and of a set meal itself.
    pub fn uses<'a>(&'a self, asked: &'a Selection) -> impl Iterator<Item = (&'a DishId, u32)> {
        let set = (!asked.set.is_empty()).then_some((&asked.dish, u32::from(asked.quantity)));
        self.parts.iter().map(|part| (&part.dish, part.quantity)).chain(set)
    }
}

impl Menu {
    /// Prices a selection for a party of `covers` at `minute` of the store's day, checking every rule of the dish.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn price(&self, asked: &Selection, covers: u16, minute: LocalMinute) -> Result<PricedLine, SelectionError> {
        let dish = self.dish(&asked.dish).ok_or_else(|| SelectionError::UnknownDish(asked.dish.clone()))?;
        let variant = dish.variant(&asked.variant).ok_or(SelectionError::UnknownVariant)?;
        check_plain_rules(dish, asked, covers, minute)?;
        let options = chosen_options(dish, asked)?;
        let base = match dish.charge {
            Charge::Item | Charge::Cover => variant.price,
            Charge::Weight => variant.price.by_weight(asked.weight_g.unwrap_or_default()).ok_or(SelectionError::TooDear)?,
        };
        let (set_parts, set_price) = self.set_parts(dish, asked)?;
        let unit_price = base + options.price + set_price;
        let amount = unit_price.times(u32::from(asked.quantity)).ok_or(SelectionError::TooDear)?;
        let size = (!variant.name.zh.is_empty()).then(|| variant.name.clone());
        let parts = if dish.set_groups.is_empty() {
            alloc::vec![part_of(dish, size.clone(), u32::from(asked.quantity))]
        } else {
            set_parts
        };
        Ok(PricedLine {
            name: dish.name.clone(),
            variant: size,
            options: options.chosen,
            unit_price,
            amount,
            parts,
            per_500_g: (dish.charge == Charge::Weight).then_some(variant.price),
            pot: dish.pot,
        })
    }

    fn set_parts(&self, set: &Dish, asked: &Selection) -> Result<(Vec<Part>, Money), SelectionError> {
        let mut counts: BTreeMap<&GroupId, u32> = BTreeMap::new();
        let mut parts = Vec::with_capacity(asked.set.len());
        let mut price = Money::ZERO;
        for (i, pick) in asked.set.iter().enumerate() {
            let unknown = || SelectionError::UnknownSetChoice(pick.dish.clone());
            let twice = asked.set[..i].iter().any(|other| other.group == pick.group && other.dish == pick.dish);
            let group = set.set_groups.iter().find(|group| group.id == pick.group).ok_or_else(unknown)?;
            let choice = group.choices.iter().find(|choice| choice.dish == pick.dish).ok_or_else(unknown)?;
            let dish = self.dish(&choice.dish).ok_or_else(unknown)?;
            let variant = dish.variant(&choice.variant).ok_or_else(unknown)?;
            if twice || pick.quantity == 0 {
                return Err(unknown());
            }
            *counts.entry(&group.id).or_default() += u32::from(pick.quantity);
            price = price + choice.surcharge.times(u32::from(pick.quantity)).ok_or(SelectionError::TooDear)?;
            let size = (!variant.name.zh.is_empty()).then(|| variant.name.clone());
            parts.push(part_of(dish, size, u32::from(pick.quantity) * u32::from(asked.quantity)));
        }
        for group in &set.set_groups {
            let count = counts.get(&group.id).copied().unwrap_or_default();
            if count < u32::from(group.min) || count > u32::from(group.max) {
                return Err(SelectionError::SetBounds(group.id.clone()));
            }
        }
        Ok((parts, price))
    }
}

fn part_of(dish: &Dish, variant: Option<Text>, quantity: u32) -> Part {
    Part {
        station: dish.station.clone(),
        dish: dish.id.clone(),
        name: dish.name.clone(),
        variant,
        quantity,
        allergens: dish.allergens.clone(),
        due_min: dish.due_min,
        overdue_min: dish.overdue_min,
    }
}

fn check_plain_rules(dish: &Dish, asked: &Selection, covers: u16, minute: LocalMinute) -> Result<(), SelectionError> {
    let most = if dish.charge == Charge::Cover { covers.min(99) } else { 99 };
    if asked.quantity == 0 || asked.quantity > most {
        return Err(SelectionError::Quantity);
    }
    let weight_fits = match (dish.charge, asked.weight_g) {
        (Charge::Weight, Some(grams)) => (50..=20_000).contains(&grams),
        (Charge::Weight, None) | (Charge::Item | Charge::Cover, Some(_)) => false,
        (Charge::Item | Charge::Cover, None) => true,
    };
    if !weight_fits {
        return Err(SelectionError::Weight);
    }
    if dish.hours.is_some_and(|hours| !hours.contains(minute)) {
        return Err(SelectionError::OffHours);
    }
    if asked.note.as_deref().is_some_and(|note| !is_plain(note, LONGEST_NOTE)) {
        return Err(SelectionError::Note);
    }
    Ok(())
}

struct Chosen {
    chosen: Vec<ChosenOption>,
    price: Money,
}

fn chosen_options(dish: &Dish, asked: &Selection) -> Result<Chosen, SelectionError> {
    let mut chosen = Vec::with_capacity(asked.options.len());
    let mut price = Money::ZERO;
    let mut seen = 0;
    for group in &dish.groups {
        let mut count = 0u32;
        for option in &group.options {
            let mut picks = asked.options.iter().filter(|pick| pick.option == option.id);
            let Some(pick) = picks.next() else { continue };
            if picks.next().is_some() {
                return Err(SelectionError::UnknownOption(option.id.clone()));
            }
            if pick.quantity == 0 || pick.quantity > option.max {
                return Err(SelectionError::OptionQuantity(option.id.clone()));
            }
            if let Some(other) = asked.options.iter().find(|other| option.excludes.contains(&other.option)) {
                return Err(SelectionError::Excluded(option.id.clone(), other.option.clone()));
            }
            seen += 1;
            count += u32::from(pick.quantity);
            price = price + option.price.times(u32::from(pick.quantity)).ok_or(SelectionError::TooDear)?;
            chosen.push(ChosenOption { name: option.name.clone(), quantity: pick.quantity, kind: group.kind });
        }
        if count < u32::from(group.min) || count > u32::from(group.max) {
            return Err(SelectionError::GroupBounds(group.id.clone()));
        }
    }
    if seen != asked.options.len() {
        let known = |id: &OptionId| dish.groups.iter().flat_map(|group| &group.options).any(|option| option.id == *id);
        let stranger = asked.options.iter().map(|pick| &pick.option).find(|id| !known(id));
        let named = stranger.or_else(|| asked.options.first().map(|pick| &pick.option));
        return named.map_or(Ok(Chosen { chosen, price }), |id| Err(SelectionError::UnknownOption(id.clone())));
    }
    Ok(Chosen { chosen, price })
}

/// The words of a selection's note, trimmed; nothing where it is blank.
pub(crate) fn tidy_note(note: Option<&str>) -> Option<String> {
    let trimmed = note.map(str::trim).unwrap_or_default();
    (!trimmed.is_empty()).then(|| String::from(trimmed))
}
