//! What the kitchen's screens show: one ticket (厨打单) per order and station.

use super::session::wire;
use super::{LineState, shown};
use crate::catalog::Mode;
use crate::floor::{Escalation, Floor, Item, ItemKey, ItemState, Known, Line, Order, RemakeCause};
use crate::menu::{Allergen, ChosenOption, PotRole};
use crate::{OrderId, SessionId, StationId, Text, Timestamp};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

wire! {
    /// One order's work for one station.
    Ticket {
        /// `<order>.<station>`.
        id: String,
        order: OrderId, session: SessionId,
        /// Who cooks it; another station than the dishes' own while that one is closed.
        station: StationId,
        table: String, number: String, round: u32, mode: Mode, covers: u16, fired_at: Timestamp,
        note: Option<String>, items: Vec<TicketItem>,
        /// Served before others.
        vip: bool,
        /// Tickets are worked in this order: when the most pressing dish is due, moved forward for each reason in `rank_why`.
        rank_at: Timestamp,
        rank_why: Vec<RankWhy>,
        /// What a slip of it says as a code; scanning it makes everything on the ticket ready.
        slip_code: String,
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
        started_at: Option<Timestamp>, ready_at: Option<Timestamp>, fired_at: Timestamp,
        course: Option<u8>, seat: Option<u8>,
        /// Whose dish it is, where another station cooks it.
        own_station: StationId,
        /// It is cooked again, and why.
        remade: Option<RemakeCause>,
        /// How far it has climbed because nobody saw it.
        escalated: Option<Escalation>,
        /// Its real weight has still to be said.
        needs_weight: bool,
    }
}

/// Why a ticket goes before others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RankWhy {
    /// A dish is cooked again: 15 minutes earlier.
    Remade,
    /// Urged: 10 minutes earlier.
    Rushed,
    /// 锅底先下: 10 minutes earlier.
    Soup,
    /// 5 minutes earlier.
    Vip,
}

impl RankWhy {
    /// How many minutes it moves a ticket forward.
    pub fn minutes(self) -> i64 {
        match self {
            RankWhy::Remade => 15,
            RankWhy::Rushed | RankWhy::Soup => 10,
            RankWhy::Vip => 5,
        }
    }
}

/// The name of a ticket.
pub fn ticket_id(order: OrderId, station: &StationId) -> String {
    alloc::format!("{order}.{station}")
}

/// The code on a ticket's slip: enough of the order's id to find it again, and the station.
pub fn slip_code(order: OrderId, station: &StationId) -> String {
    alloc::format!("dd{:012x}.{station}", order.0 >> 80)
}

/// The order and the station that a slip's code stands for.
pub fn read_slip_code(floor: &Floor, code: &str) -> Option<(OrderId, StationId)> {
    let (start, station) = code.trim().strip_prefix("dd")?.split_once('.')?;
    if start.len() != 12 {
        return None;
    }
    let from = u128::from_str_radix(start, 16).ok()? << 80;
    let to = from | ((1 << 80) - 1);
    let mut found = floor.orders.range(OrderId(from)..=OrderId(to));
    let (order, _) = found.next()?;
    // Two orders whose ids begin alike: the slip could mean either.
    if found.next().is_some() {
        return None;
    }
    Some((*order, station.parse().ok()?))
}

/// Every ticket that belongs on a screen, oldest first.
pub fn tickets(floor: &Floor, known: &Known) -> Vec<Ticket> {
    let mut tickets: Vec<Ticket> = floor.orders.values().flat_map(|order| order_tickets(floor, order, known)).collect();
    tickets.sort_by(|a, b| (a.rank_at, &a.id).cmp(&(b.rank_at, &b.id)));
    tickets
}

/// The tickets of one order that belong on a screen; none before the kitchen has it and none once all is gone.
pub fn order_tickets(floor: &Floor, order: &Order, known: &Known) -> Vec<Ticket> {
    if order.released_at().is_none() {
        return Vec::new();
    }
    stations(floor, order, known).iter().filter_map(|station| ticket(floor, order, station, known)).collect()
}

/// The stations whose screens may show something of an order: those that cook for it, now or once they are open again, and those
/// that show what nobody has seen.
pub fn stations(floor: &Floor, order: &Order, known: &Known) -> BTreeSet<StationId> {
    let own: BTreeSet<&StationId> = order.lines.iter().flat_map(|line| &line.items).map(|item| &item.part.station).collect();
    own.into_iter()
        .flat_map(|station| [Some(floor.cooks_for(station, known)), fallback(station, known), Some(station.clone())])
        .flatten()
        .collect()
}

fn fallback(station: &StationId, known: &Known) -> Option<StationId> {
    known.menu.station(station)?.fallback.clone()
}

fn is_shown_at(floor: &Floor, item: &Item, station: &StationId, known: &Known) -> bool {
    let unseen = item.escalated.is_some() && !item.is_seen();
    floor.cooks_for(&item.part.station, known) == *station
        || (unseen && fallback(&item.part.station, known).as_ref() == Some(station))
}

fn ticket(floor: &Floor, order: &Order, station: &StationId, known: &Known) -> Option<Ticket> {
    let session = floor.sessions.get(&order.session)?;
    let lines = order.lines.iter().flat_map(|line| line.items.iter().enumerate().map(move |(part, item)| (line, part, item)));
    let mine: Vec<(&Line, usize, &Item)> =
        lines.filter(|(line, _, item)| line.is_fired() && is_shown_at(floor, item, station, known)).collect();
    if !mine.iter().any(|(line, _, item)| is_wanted(line, item)) {
        return None;
    }
    let fired_at = mine.iter().filter(|(line, _, item)| is_wanted(line, item)).filter_map(|(line, _, _)| line.fired_at).min()?;
    let (rank_at, rank_why) = rank(&mine, session.vip, fired_at);
    Some(Ticket {
        id: ticket_id(order.id, station),
        order: order.id,
        session: session.id,
        station: station.clone(),
        table: session.table_names(),
        number: order.number.clone(),
        round: order.round,
        mode: session.mode,
        covers: session.covers,
        fired_at,
        note: order.note.clone(),
        items: mine.into_iter().filter_map(|(line, part, item)| ticket_item(order, line, part, item)).collect(),
        vip: session.vip,
        rank_at,
        rank_why,
        slip_code: slip_code(order.id, station),
    })
}

/// When a ticket's most pressing dish is due, and what moves it forward. Depends on nothing but the facts, so every screen agrees.
fn rank(mine: &[(&Line, usize, &Item)], vip: bool, fired_at: Timestamp) -> (Timestamp, Vec<RankWhy>) {
    let open = || mine.iter().filter(|(line, _, item)| line.voided.is_none() && item.state < ItemState::Ready);
    let due = |(line, part, item): &(&Line, usize, &Item)| clock(line, *part).map(|at| at.plus_minutes(item.part.due_min));
    let first = open().filter_map(due).min().unwrap_or(fired_at);
    let mut why = Vec::new();
    if open().any(|(line, part, _)| line.remade.iter().any(|again| usize::from(again.part) == *part)) {
        why.push(RankWhy::Remade);
    }
    if open().any(|(line, _, _)| line.rushed > 0) {
        why.push(RankWhy::Rushed);
    }
    if open().any(|(line, _, _)| line.pot == PotRole::Soup) {
        why.push(RankWhy::Soup);
    }
    if vip && open().next().is_some() {
        why.push(RankWhy::Vip);
    }
    let earlier: i64 = why.iter().map(|reason| reason.minutes()).sum();
    (Timestamp(first.0 - earlier * 60_000), why)
}

fn clock(line: &Line, part: usize) -> Option<Timestamp> {
    line.clock_of(u8::try_from(part).unwrap_or(u8::MAX))
}

/// Whether an item keeps its ticket on the screen: it isn't on the table yet, or its void wasn't seen.
fn is_wanted(line: &Line, item: &Item) -> bool {
    if line.voided.is_some() { item.void_unseen } else { item.state != ItemState::Served }
}

fn ticket_item(order: &Order, line: &Line, part: usize, item: &Item) -> Option<TicketItem> {
    let fired_at = clock(line, part)?;
    let again = line.remade.iter().rev().find(|again| usize::from(again.part) == part);
    Some(TicketItem {
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
        fired_at,
        course: line.course,
        seat: line.seat,
        own_station: item.part.station.clone(),
        remade: again.map(|again| again.cause),
        escalated: item.escalated,
        needs_weight: line.needs_weight(),
    })
}
