//! What the kitchen's screens show: one ticket (厨打单) per order and station.

use super::session::wire;
use super::{LineState, shown};
use crate::catalog::Mode;
use crate::floor::{Floor, Item, ItemKey, ItemState, Line, Order};
use crate::menu::{Allergen, ChosenOption};
use crate::{OrderId, StationId, Text, Timestamp};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

wire! {
    /// One order's work for one station.
    Ticket {
        /// `<order>.<station>`.
        id: String,
        order: OrderId, station: StationId, table: String, number: String, round: u32, mode: Mode, covers: u16, fired_at: Timestamp,
        note: Option<String>, items: Vec<TicketItem>,
    }
    /// One thing to cook.
    TicketItem {
        key: ItemKey, name: Text, variant: Option<Text>, options: Vec<ChosenOption>,
        /// The set meal it is part of.
        of_set: Option<Text>,
        quantity: u32, weight_g: Option<u32>, note: Option<String>, allergens: Vec<Allergen>, state: LineState, due_at: Timestamp,
        overdue_at: Timestamp, rushed: u32, rush_answered: bool, void_reason: Option<String>,
        /// The cook hasn't said yet that they saw the void.
        void_unseen: bool,
        started_at: Option<Timestamp>, ready_at: Option<Timestamp>,
    }
}

/// The name of a ticket.
pub fn ticket_id(order: OrderId, station: &StationId) -> String {
    alloc::format!("{order}.{station}")
}

/// Every ticket that belongs on a screen, oldest first.
pub fn tickets(floor: &Floor) -> Vec<Ticket> {
    let mut tickets: Vec<Ticket> = floor.orders.values().flat_map(|order| order_tickets(floor, order)).collect();
    tickets.sort_by(|a, b| (a.fired_at, &a.id).cmp(&(b.fired_at, &b.id)));
    tickets
}

/// The tickets of one order that belong on a screen; none before the kitchen has it and none once all is gone.
pub fn order_tickets(floor: &Floor, order: &Order) -> Vec<Ticket> {
    let Some(fired_at) = order.released_at() else { return Vec::new() };
    stations(order).into_iter().filter_map(|station| ticket(floor, order, station, fired_at)).collect()
}

/// The stations that cook for an order.
pub fn stations(order: &Order) -> BTreeSet<&StationId> {
    order.lines.iter().flat_map(|line| &line.items).map(|item| &item.part.station).collect()
}

fn ticket(floor: &Floor, order: &Order, station: &StationId, fired_at: Timestamp) -> Option<Ticket> {
    let session = floor.sessions.get(&order.session)?;
    let lines = order.lines.iter().flat_map(|line| line.items.iter().enumerate().map(move |(part, item)| (line, part, item)));
    let mine: Vec<(&Line, usize, &Item)> = lines.filter(|(_, _, item)| item.part.station == *station).collect();
    if !mine.iter().any(|(line, _, item)| is_wanted(line, item)) {
        return None;
    }
    let items = mine.into_iter().map(|(line, part, item)| ticket_item(order, line, part, item, fired_at)).collect();
    Some(Ticket {
        id: ticket_id(order.id, station),
        order: order.id,
        station: station.clone(),
        table: session.table_name.clone(),
        number: order.number.clone(),
        round: order.round,
        mode: session.mode,
        covers: session.covers,
        fired_at,
        note: order.note.clone(),
        items,
    })
}

/// Whether an item keeps its ticket on the screen: it isn't on the table yet, or its void wasn't seen.
fn is_wanted(line: &Line, item: &Item) -> bool {
    if line.voided.is_some() { item.void_unseen } else { item.state != ItemState::Served }
}

fn ticket_item(order: &Order, line: &Line, part: usize, item: &Item, fired_at: Timestamp) -> TicketItem {
    TicketItem {
        key: ItemKey { line: line.line, part: u8::try_from(part).unwrap_or(u8::MAX) },
        name: item.part.name.clone(),
        variant: item.part.variant.clone(),
        options: line.options.clone(),
        of_set: line.is_set.then(|| line.name.clone()),
        quantity: item.part.quantity,
        weight_g: line.weight_g,
        note: line.note.clone(),
        allergens: item.part.allergens.clone(),
        state: shown(order, line, item.state),
        due_at: fired_at.plus_minutes(item.part.due_min),
        overdue_at: fired_at.plus_minutes(item.part.overdue_min),
        rushed: line.rushed,
        rush_answered: line.rush_answered,
        void_reason: line.voided.as_ref().map(|voided| voided.reason.clone()),
        void_unseen: item.void_unseen,
        started_at: item.started_at,
        ready_at: item.ready_at,
    }
}
