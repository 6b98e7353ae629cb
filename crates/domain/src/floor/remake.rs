//! Dishes cooked again, with the cause.

use serde::{Deserialize, Serialize};

/// Why a dish is cooked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RemakeCause {
    /// Another dish than was ordered.
    WrongDish,
    /// The right dish, with the wrong options.
    WrongOptions,
    /// Something was in it.
    ForeignBody,
    Undercooked,
    Cold,
    /// It fell, or was spilt.
    Dropped,
    /// It went to another table.
    WrongTable,
    /// The guest doesn't like it.
    Taste,
    Other,
}

use super::kitchen::{find, item_mut, line_mut, note as note_line};
use super::{Decision, Floor, ItemKey, ItemRemade, ItemState, Now, Reject, Remade, done};
use crate::StaffId;
use crate::text::{LONGEST_NOTE, is_plain};
use alloc::string::ToString;

/// Cooks an item again: it goes to its station as if it had just been fired, with the cause.
///
/// # Rejects
/// `ItemIs` for what no cook has seen yet: it isn't cooked once.
pub(super) fn remake(floor: &Floor, item: ItemKey, cause: RemakeCause, note: Option<&str>, by: &StaffId, now: Now) -> Decision {
    let (order, line, standing) = find(floor, item)?;
    if order.released_at().is_none() {
        return Err(Reject::OrderNotInKitchen);
    }
    if line.voided.is_some() {
        return Err(Reject::LineVoided);
    }
    match standing.state {
        ItemState::Waiting | ItemState::Sent => return Err(Reject::ItemIs { state: standing.state }),
        ItemState::Seen | ItemState::Started | ItemState::Ready | ItemState::Served => {}
    }
    let note = note.map(str::trim).filter(|text| !text.is_empty());
    if note.is_some_and(|text| !is_plain(text, LONGEST_NOTE)) {
        return Err(Reject::BadText);
    }
    done(alloc::vec![ItemRemade { item, cause, note: note.map(ToString::to_string), by: by.clone(), at: now.at }.into()])
}

pub(super) fn remade(floor: &mut Floor, e: &ItemRemade) {
    let Some(item) = item_mut(floor, e.item) else { return };
    item.state = ItemState::Sent;
    item.seen_at = None;
    item.started_at = None;
    item.ready_at = None;
    item.slip = None;
    item.escalated = None;
    if let Some(line) = line_mut(floor, e.item.line) {
        line.remade.push(Remade { part: e.item.part, cause: e.cause, note: e.note.clone(), by: e.by.clone(), at: e.at });
    }
    // The guest has brought it back: its number is called again.
    let order = floor.lines.get(&e.item.line).copied();
    if let Some(order) = order.and_then(|order| floor.orders.get_mut(&order)) {
        order.collected_at = None;
    }
    note_line(floor, e.item.line);
}
