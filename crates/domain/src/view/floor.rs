//! The floor at a glance, for waiters and the till.

use super::session::wire;
use super::{PaymentState, payment_view};
use crate::catalog::{Area, Table};
use crate::floor::{
    Approval, Call, CallReason, Day, Entry, Escalation, Floor, ItemKey, ItemState, Known, Line, NodWhy, Now, Order, OrderState,
    Reservation, Session, unseen_too_long,
};
use crate::menu::Station;
use crate::payment::Payments;
use crate::{AreaId, DishId, Money, OrderId, SessionId, ShiftId, StaffId, StationId, TableId, Text, Timestamp};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A reservation shows on its table so long before its time. Units: minutes.
const SHOWN_BEFORE_MIN: u32 = 60;

wire! {
    /// The whole floor.
    FloorBoard { day: Option<Day>, areas: Vec<Area>, tables: Vec<FloorTable>, stock: Vec<FloorStock>, house: FloorHouse }
    /// What concerns no single table.
    FloorHouse {
        /// Kept tables that nobody has sat down at yet, soonest first.
        reservations: Vec<Reservation>,
        /// Parties that wait for a table, in the order they came.
        waiting: Vec<Entry>,
        /// Guarded acts that wait for a second person.
        approvals: Vec<Approval>,
        /// Shifts that are open.
        shifts: Vec<FloorShift>,
        stations: Vec<FloorStation>,
        /// Dishes that nobody in the kitchen has seen, once that concerns waiters or the till.
        unseen: Vec<UnseenDish>,
        /// Orders of guests that wait for a nod.
        nods: Vec<NodOrder>,
        /// Why the way to the kitchen seems broken: guests' orders wait for a nod meanwhile.
        stopped: Option<NodWhy>,
    }
    /// A shift in short; its figures are for whoever closes it.
    FloorShift { shift: ShiftId, till: String, by: StaffId, opened_at: Timestamp }
    /// A station at a glance.
    FloorStation {
        id: StationId, name: Text, open: bool,
        /// Who cooks for it; another one while it is closed.
        cooks: StationId,
        /// Portions it has yet to make ready.
        backlog: u32,
        /// Minutes it needs for them, where somebody said how fast it is.
        behind_min: Option<u32>,
        /// Guests can't order from it for now.
        paused: bool,
    }
    /// A dish nobody has seen.
    UnseenDish {
        key: ItemKey, session: SessionId, table: String, number: String, name: Text, quantity: u32, station: StationId, fired_at: Timestamp, step: Escalation,
    }
    /// An order that waits for a nod.
    NodOrder { order: OrderId, session: SessionId, table: String, number: String, why: NodWhy, at: Timestamp, dishes: u32, total: Money }
    /// A table and whoever sits there.
    FloorTable {
        id: TableId, name: String, area: AreaId, seats: u16, sessions: Vec<FloorParty>, state: TableState,
        /// Why nobody may open it.
        locked: Option<String>,
        dirty_since: Option<Timestamp>,
        /// The next party it is kept for, within the hour.
        reserved: Option<Reservation>,
    }
    /// A party in short.
    FloorParty {
        id: SessionId, covers: u16, opened_at: Timestamp, total: Money, paid: Money, balance: Money,
        /// What may be asked now; money on its way back counts as gone.
        due: Money,
        /// A payment has no certain answer yet: nobody charges again.
        checking: bool,
        /// Dishes no kitchen screen has painted.
        unseen: u32,
        /// Dishes past their time.
        overdue: u32,
        calls: Vec<Call>,
        /// All tables it sits at, such as "A1+A2".
        tables: String,
        vip: bool,
        /// Dishes that can be carried to the table.
        ready: u32,
        /// Dishes that wait to be fired.
        held: u32,
        /// Orders that wait for a nod.
        nods: u32,
        /// Dishes that have to be weighed.
        unweighed: u32,
        /// It has asked for its bill, or the bill was printed.
        bill_asked: bool,
        last_order_at: Option<Timestamp>,
    }
    /// A counted or sold-out dish.
    FloorStock { dish: DishId, name: Text, sold_out: bool, remaining: Option<u32> }
}

/// A table at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TableState {
    /// Nobody sits here.
    Free,
    /// Kept for somebody within the hour.
    Reserved,
    /// Nobody may open it.
    Locked,
    /// It has to be cleaned.
    Dirty,
    /// A party sits and has chosen nothing.
    Seated,
    /// It is choosing, or its order waits for a nod.
    Ordering,
    /// It has ordered.
    Eating,
    /// It wants to pay.
    BillAsked,
    /// All is paid.
    Settled,
}

/// Builds the floor's board.
pub fn floor_board(floor: &Floor, payments: &Payments, now: Now, known: &Known) -> FloorBoard {
    FloorBoard {
        day: floor.day,
        areas: known.house.areas.clone(),
        tables: known.house.tables.iter().map(|table| floor_table(floor, payments, table, now)).collect(),
        stock: floor_stock(floor, known),
        house: floor_house(floor, now, known),
    }
}

/// Builds what concerns no single table.
pub fn floor_house(floor: &Floor, now: Now, known: &Known) -> FloorHouse {
    let mut reservations: Vec<Reservation> = floor.reservations.values().filter(|kept| kept.ended.is_none()).cloned().collect();
    reservations.sort_by_key(|kept| (kept.for_when, kept.reservation));
    let mut waiting: Vec<Entry> = floor.waiting.values().filter(|entry| entry.ended.is_none()).cloned().collect();
    waiting.sort_by_key(|entry| (entry.at, entry.entry));
    let mut approvals: Vec<Approval> = floor.approvals.values().filter(|asked| asked.answer.is_none()).cloned().collect();
    approvals.sort_by_key(|asked| (asked.at, asked.approval));
    let shift = |shift: &crate::floor::Shift| FloorShift {
        shift: shift.shift,
        till: shift.till.clone(),
        by: shift.by.clone(),
        opened_at: shift.opened_at,
    };
    FloorHouse {
        reservations,
        waiting,
        approvals,
        shifts: floor.shifts.values().filter(|shift| shift.closed.is_none()).map(shift).collect(),
        stations: floor_stations(floor, known),
        unseen: floor.unseen.iter().filter_map(|(_, key)| unseen_dish(floor, *key)).collect(),
        nods: floor.nods.iter().filter_map(|id| nod_order(floor, floor.orders.get(id)?)).collect(),
        stopped: unseen_too_long(floor, now.at, known),
    }
}

/// Builds every station as the floor and the kitchen show it.
pub fn floor_stations(floor: &Floor, known: &Known) -> Vec<FloorStation> {
    let backlogs = floor.backlogs(known);
    let most = known.house.policy.kitchen.pause_at_min;
    let station = |station: &Station| {
        let behind_min = floor.behind_min_with(&station.id, &backlogs, known);
        FloorStation {
            id: station.id.clone(),
            name: station.name.clone(),
            open: !floor.closed_stations.contains_key(&station.id),
            cooks: floor.cooks_for(&station.id, known),
            backlog: backlogs.get(&station.id).copied().unwrap_or_default(),
            behind_min,
            paused: most > 0 && behind_min.is_some_and(|minutes| minutes > most),
        }
    };
    known.menu.stations.iter().map(station).collect()
}

fn unseen_dish(floor: &Floor, key: ItemKey) -> Option<UnseenDish> {
    let order = floor.lines.get(&key.line).and_then(|order| floor.orders.get(order))?;
    let line = order.lines.iter().find(|line| line.line == key.line)?;
    let item = line.items.get(usize::from(key.part))?;
    let step = item.escalated.filter(|step| *step >= Escalation::Waiter)?;
    let session = floor.sessions.get(&order.session)?;
    Some(UnseenDish {
        key,
        session: session.id,
        table: session.table_names(),
        number: order.number.clone(),
        name: item.part.name.clone(),
        quantity: item.part.quantity,
        station: item.part.station.clone(),
        fired_at: line.clock_of(key.part)?,
        step,
    })
}

fn nod_order(floor: &Floor, order: &Order) -> Option<NodOrder> {
    let OrderState::AwaitingNod { why } = &order.state else { return None };
    let session = floor.sessions.get(&order.session)?;
    Some(NodOrder {
        order: order.id,
        session: session.id,
        table: session.table_names(),
        number: order.number.clone(),
        why: why.clone(),
        at: order.placed_at,
        dishes: order.lines.iter().map(|line| u32::from(line.quantity)).sum(),
        total: order.total,
    })
}

/// Builds the view of one table.
pub fn floor_table(floor: &Floor, payments: &Payments, table: &Table, now: Now) -> FloorTable {
    let seated = floor.seated.get(&table.id).into_iter().flatten().filter_map(|id| floor.sessions.get(id));
    let sessions: Vec<&Session> = seated.collect();
    let mark = floor.marks.get(&table.id).cloned().unwrap_or_default();
    let reserved = next_reservation(floor, &table.id, now);
    let state = match (sessions.as_slice(), &mark.locked, mark.dirty_since, &reserved) {
        ([], Some(_), _, _) => TableState::Locked,
        ([], None, Some(_), _) => TableState::Dirty,
        ([], None, None, Some(_)) => TableState::Reserved,
        ([], None, None, None) => TableState::Free,
        (sitting, _, _, _) => sitting
            .iter()
            .map(|session| party_state(floor, session))
            .max_by_key(|state| urgency(*state))
            .unwrap_or(TableState::Seated),
    };
    FloorTable {
        id: table.id.clone(),
        name: table.name.clone(),
        area: table.area.clone(),
        seats: table.seats,
        sessions: sessions.into_iter().map(|session| party(floor, payments, session, now)).collect(),
        state,
        locked: mark.locked,
        dirty_since: mark.dirty_since,
        reserved,
    }
}

fn next_reservation(floor: &Floor, table: &TableId, now: Now) -> Option<Reservation> {
    let soon = now.at.plus_minutes(SHOWN_BEFORE_MIN);
    let kept = floor.reservations.values().filter(|kept| kept.ended.is_none() && kept.table.as_ref() == Some(table));
    kept.filter(|kept| kept.for_when <= soon).min_by_key(|kept| (kept.for_when, kept.reservation)).cloned()
}

/// Which party of a counter gives the table its colour.
fn urgency(state: TableState) -> u8 {
    match state {
        TableState::BillAsked => 4,
        TableState::Ordering => 3,
        TableState::Eating => 2,
        TableState::Seated => 1,
        TableState::Settled | TableState::Free | TableState::Reserved | TableState::Locked | TableState::Dirty => 0,
    }
}

fn party_state(floor: &Floor, session: &Session) -> TableState {
    let ordered = floor.eaten(session).is_positive()
        || session.orders.iter().filter_map(|id| floor.orders.get(id)).any(|order| order.released_at().is_some());
    let settled = ordered && floor.due(session).0 == 0;
    match (settled, ordered) {
        (true, _) => TableState::Settled,
        (false, true) if bill_asked(floor, session) => TableState::BillAsked,
        (false, true) => TableState::Eating,
        (false, false) if !session.cart.is_empty() || floor.nod_of(session).is_some() || floor.awaiting_of(session).is_some() => {
            TableState::Ordering
        }
        (false, false) => TableState::Seated,
    }
}

fn last_order_at(floor: &Floor, session: &Session) -> Option<Timestamp> {
    session.orders.iter().filter_map(|id| floor.orders.get(id)).filter_map(Order::released_at).max()
}

fn bill_asked(floor: &Floor, session: &Session) -> bool {
    let called = session.calls.iter().any(|call| call.reason == CallReason::Bill && call.answered_at.is_none());
    // Whoever orders again after the bill was printed goes on eating.
    called || session.billed_at.is_some_and(|at| last_order_at(floor, session).is_none_or(|ordered| ordered <= at))
}

/// Builds the list of counted and sold-out dishes.
pub fn floor_stock(floor: &Floor, known: &Known) -> Vec<FloorStock> {
    let named = floor.stock.iter().filter_map(|(dish, stock)| Some((known.menu.dish(dish)?, stock)));
    named
        .map(|(dish, stock)| FloorStock {
            dish: dish.id.clone(),
            name: dish.name.clone(),
            sold_out: stock.left() == Some(0),
            remaining: stock.remaining,
        })
        .collect()
}

#[derive(Default)]
struct Counts {
    unseen: u32,
    overdue: u32,
    ready: u32,
    held: u32,
}

impl Counts {
    fn add(&mut self, line: &Line, now: Now) {
        if !line.is_fired() {
            self.held += 1;
            return;
        }
        for (part, item) in line.items.iter().enumerate() {
            let clock = line.clock_of(u8::try_from(part).unwrap_or(u8::MAX));
            let late = clock.is_some_and(|at| now.at > at.plus_minutes(item.part.overdue_min));
            self.unseen += u32::from(!item.is_seen());
            self.overdue += u32::from(item.state < ItemState::Ready && late);
            self.ready += u32::from(item.state == ItemState::Ready);
        }
    }
}

fn party(floor: &Floor, payments: &Payments, session: &Session, now: Now) -> FloorParty {
    let mut counts = Counts::default();
    let orders = || session.orders.iter().filter_map(|id| floor.orders.get(id));
    for line in orders().filter(|order| order.released_at().is_some()).flat_map(Order::live_lines) {
        counts.add(line, now);
    }
    let (total, paid) = (floor.total(session), session.paid());
    FloorParty {
        id: session.id,
        covers: session.covers,
        opened_at: session.opened_at,
        total,
        paid,
        balance: total - paid,
        due: floor.due(session),
        checking: session.asks.values().any(|ask| payment_view(ask, payments).state == PaymentState::Checking),
        unseen: counts.unseen,
        overdue: counts.overdue,
        calls: session.calls.iter().filter(|call| call.answered_at.is_none()).cloned().collect(),
        tables: session.table_names(),
        vip: session.vip,
        ready: counts.ready,
        held: counts.held,
        nods: u32::try_from(session.orders.iter().filter(|order| floor.nods.contains(order)).count()).unwrap_or(u32::MAX),
        unweighed: u32::try_from(floor.unweighed(session).len()).unwrap_or(u32::MAX),
        bill_asked: bill_asked(floor, session),
        last_order_at: last_order_at(floor, session),
    }
}
