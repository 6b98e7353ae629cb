//! What people see: the session on a phone, the kitchen's tickets, the pick-up board, the floor. Pure functions of the state.

mod expo;
mod floor;
mod inbox;
mod kitchen;
mod pickup;
mod session;

pub use expo::*;
pub use floor::*;
pub use inbox::*;
pub use kitchen::*;
pub use pickup::*;
pub use session::*;

use crate::floor::{ItemState, Line, Order, OrderState};
use serde::{Deserialize, Serialize};

/// The state of a line or an item as everyone sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum LineState {
    AwaitingPayment,
    /// Its order waits for a nod of the staff.
    AwaitingNod,
    /// 叫起: accepted, and not cooked before somebody fires it.
    Held,
    Sent,
    /// A kitchen screen has painted it.
    Seen,
    Started,
    Ready,
    Served,
    Voided,
    /// Its order ended unpaid.
    Expired,
}

/// How an item in this state, of this line and order, is shown.
fn shown(order: &Order, line: &Line, state: ItemState) -> LineState {
    if line.voided.is_some() {
        return LineState::Voided;
    }
    match (&order.state, state) {
        (OrderState::Ended { .. }, _) => LineState::Expired,
        (OrderState::AwaitingNod { .. }, _) => LineState::AwaitingNod,
        (OrderState::AwaitingPayment, _) => LineState::AwaitingPayment,
        (OrderState::Released { .. }, ItemState::Waiting) => LineState::Held,
        (OrderState::Released { .. }, ItemState::Sent) => LineState::Sent,
        (OrderState::Released { .. }, ItemState::Seen) => LineState::Seen,
        (OrderState::Released { .. }, ItemState::Started) => LineState::Started,
        (OrderState::Released { .. }, ItemState::Ready) => LineState::Ready,
        (OrderState::Released { .. }, ItemState::Served) => LineState::Served,
    }
}
