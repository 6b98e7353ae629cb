//! The pick-up board: numbers being prepared and numbers ready.

use super::session::wire;
use crate::floor::{Floor, Item, Order};
use crate::{OrderId, Timestamp};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

wire! {
    /// The whole board, oldest first.
    PickupBoard { entries: Vec<PickupEntry> }
    /// One number.
    PickupEntry {
        order: OrderId, number: String, state: PickupState, ready_at: Option<Timestamp>,
        /// How often staff called it again; a rise means: announce once more.
        calls: u32,
    }
}

/// Whether a number can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PickupState {
    Preparing,
    Ready,
}

/// Builds the board from the pay-first orders the kitchen has and nobody has collected.
pub fn pickup_board(floor: &Floor) -> PickupBoard {
    let waiting = floor.orders.values().filter(|order| order.released_at().is_some() && order.collected_at.is_none());
    let mut numbered: Vec<(u32, &Order)> = waiting.filter_map(|order| Some((order.pick_up?, order))).collect();
    numbered.sort_by_key(|(number, order)| (*number, order.id));
    PickupBoard {
        entries: numbered
            .into_iter()
            .filter(|(_, order)| order.live_lines().next().is_some())
            .map(|(_, order)| entry(order))
            .collect(),
    }
}

fn entry(order: &Order) -> PickupEntry {
    let ready = order.is_ready();
    let last_ready = order.live_lines().flat_map(|line| &line.items).filter_map(|item: &Item| item.ready_at).max();
    PickupEntry {
        order: order.id,
        number: order.number.clone(),
        state: if ready { PickupState::Ready } else { PickupState::Preparing },
        ready_at: last_ready.filter(|_| ready),
        calls: order.calls,
    }
}
