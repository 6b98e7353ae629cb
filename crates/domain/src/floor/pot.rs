//! What an order must bring: a soup base before dishes for the pot, and what every guest has. And how long its dishes take now.

use super::cart::left_of;
use super::{AskedLine, Floor, Known, Now, Reject, Session, fire};
use crate::DishId;
use crate::catalog::Mode;
use crate::menu::{PotRole, PricedLine};
use alloc::vec::Vec;

/// Checks that a hot pot gets its soup base, and its first order what every guest has.
///
/// # Rejects
/// `SoupMissing`, and `PerHeadMissing` with the dishes and how many of each.
pub(super) fn check(
    floor: &Floor,
    session: &Session,
    asked: &[AskedLine],
    priced: &[PricedLine],
    now: Now,
    known: &Known,
) -> Result<(), Reject> {
    let for_pot = priced.iter().any(|line| line.pot == PotRole::ForPot);
    let has_soup = || fire::has_soup(floor, session) || priced.iter().any(|line| line.pot == PotRole::Soup);
    let is_first = !session.orders.iter().filter_map(|id| floor.orders.get(id)).any(super::Order::is_wanted);
    if (for_pot || (session.hot_pot && is_first)) && !has_soup() {
        return Err(Reject::SoupMissing);
    }
    let area = known.house.area(&session.area);
    let Some(area) = area.filter(|area| is_first && !area.per_head.is_empty()) else { return Ok(()) };
    let brought = |dish: &&DishId| {
        let count: u32 =
            asked.iter().filter(|line| line.selection.dish == **dish).map(|line| u32::from(line.selection.quantity)).sum();
        count >= u32::from(session.covers)
    };
    let missing: Vec<DishId> =
        area.per_head.iter().filter(|dish| can_be_had(floor, dish, now, known)).filter(|dish| !brought(dish)).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(Reject::PerHeadMissing { dishes: missing, covers: session.covers }) }
}

/// Nobody has to bring what isn't on sale now.
fn can_be_had(floor: &Floor, dish: &DishId, now: Now, known: &Known) -> bool {
    let on_sale = known.menu.dish(dish).is_some_and(|dish| dish.hours.is_none_or(|hours| hours.contains(now.minute)));
    on_sale && left_of(floor, dish) != Some(0)
}

/// Gives the dishes the time they take at this hour, for this kind of order.
pub(super) fn keep_pace(priced: &mut [PricedLine], mode: Mode, now: Now, known: &Known) {
    let rules = &known.house.policy.kitchen.pace;
    let rule = rules.iter().find(|rule| rule.mode.is_none_or(|only| only == mode) && rule.hours.contains(now.minute));
    let Some(rule) = rule else { return };
    let longer = |minutes: u32| minutes.saturating_mul(u32::from(rule.percent)).div_ceil(100);
    for part in priced.iter_mut().flat_map(|line| &mut line.parts) {
        part.due_min = longer(part.due_min);
        part.overdue_min = longer(part.overdue_min);
    }
}
