//! Sold out (估清) and portions left, set by hand. Orders take portions in their own decision.

use super::{Decision, Floor, Known, Reject, Stock, StockSet, done};
use crate::DishId;

pub(super) fn set(floor: &Floor, dish: &DishId, sold_out: bool, remaining: Option<u32>, known: &Known) -> Decision {
    if known.menu.dish(dish).is_none() {
        return Err(Reject::DishUnknown);
    }
    let wanted = Stock { sold_out, remaining };
    if floor.stock.get(dish).copied().unwrap_or_default() == wanted {
        return done(alloc::vec::Vec::new());
    }
    done(alloc::vec![StockSet { dish: dish.clone(), sold_out, remaining }.into()])
}

pub(super) fn was_set(floor: &mut Floor, e: &StockSet) {
    if e.sold_out || e.remaining.is_some() {
        floor.stock.insert(e.dish.clone(), Stock { sold_out: e.sold_out, remaining: e.remaining });
    } else {
        floor.stock.remove(&e.dish);
    }
}
