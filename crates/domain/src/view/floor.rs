//! The floor at a glance, for waiters and the till.

use super::session::wire;
use super::{PaymentState, payment_view};
use crate::catalog::{Area, Table};
use crate::floor::{Call, Day, Floor, ItemState, Known, Now, Session};
use crate::payment::Payments;
use crate::{AreaId, DishId, Money, SessionId, TableId, Text, Timestamp};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

wire! {
    /// The whole floor.
    FloorBoard { day: Option<Day>, areas: Vec<Area>, tables: Vec<FloorTable>, stock: Vec<FloorStock> }
    /// A table and whoever sits there.
    FloorTable { id: TableId, name: String, area: AreaId, seats: u16, sessions: Vec<FloorParty> }
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
    }
    /// A counted or sold-out dish.
    FloorStock { dish: DishId, name: Text, sold_out: bool, remaining: Option<u32> }
}

/// Builds the floor's board.
pub fn floor_board(floor: &Floor, payments: &Payments, now: Now, known: &Known) -> FloorBoard {
    FloorBoard {
        day: floor.day,
        areas: known.house.areas.clone(),
        tables: known.house.tables.iter().map(|table| floor_table(floor, payments, table, now)).collect(),
        stock: floor_stock(floor, known),
    }
}

/// Builds the view of one table.
pub fn floor_table(floor: &Floor, payments: &Payments, table: &Table, now: Now) -> FloorTable {
    let seated = floor.seated.get(&table.id).into_iter().flatten().filter_map(|id| floor.sessions.get(id));
    FloorTable {
        id: table.id.clone(),
        name: table.name.clone(),
        area: table.area.clone(),
        seats: table.seats,
        sessions: seated.map(|session| party(floor, payments, session, now)).collect(),
    }
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

fn party(floor: &Floor, payments: &Payments, session: &Session, now: Now) -> FloorParty {
    let (mut unseen, mut overdue) = (0, 0);
    for order in session.orders.iter().filter_map(|id| floor.orders.get(id)) {
        let Some(fired) = order.released_at() else { continue };
        for item in order.live_lines().flat_map(|line| &line.items) {
            unseen += u32::from(item.seen_at.is_none());
            overdue += u32::from(item.state < ItemState::Ready && now.at > fired.plus_minutes(item.part.overdue_min));
        }
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
        unseen,
        overdue,
        calls: session.calls.iter().filter(|call| call.answered_at.is_none()).cloned().collect(),
    }
}
