//! What happened on the floor. A published format: a released event never changes.

use super::{CallReason, ItemKey, Step, Unmatched, Way};
use crate::catalog::Mode;
use crate::menu::{PricedLine, Selection};
use crate::{
    AccountId, AreaId, AskId, AttemptId, CallId, DishId, GuestId, LineId, Money, OrderId, RefundId, SessionId, ShareId, StaffId,
    TableId, TenderId, Text, Timestamp,
};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

macro_rules! floor_events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? })*) => {
        /// A fact of the floor.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum FloorEvent { $($(#[$doc])* $name($name),)* }

        $($(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[allow(missing_docs)] // Fields are the ids and values their names say.
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* })*

        impl FloorEvent {
            /// The published name of the event's format.
            pub fn kind(&self) -> &'static str {
                match self { $(FloorEvent::$name(_) => stringify!($name),)* }
            }
            /// Every kind there is, for the golden files.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($name)),*];
        }

        $(impl From<$name> for FloorEvent {
            fn from(event: $name) -> FloorEvent { FloorEvent::$name(event) }
        })*
    };
}

floor_events! {
    /// The business day began, with so many portions of the counted dishes.
    DayOpened { number: u32, at: Timestamp, stock: Vec<(DishId, u32)> }
    /// The business day ended; what was unmatched was signed for.
    DayClosed { number: u32, at: Timestamp, unmatched: Vec<Unmatched> }
    /// A party sat down.
    TableOpened { session: SessionId, table: TableId, table_name: String, area: AreaId, area_name: Text, mode: Mode, covers: u16, at: Timestamp, by: Option<StaffId>,
        /// Service charge of the area when the party sat down, in hundredths of a percent.
        #[serde(default, skip_serializing_if = "is_zero")]
        service_charge_bp: u32,
    }
    /// A phone joined the party.
    GuestJoined { session: SessionId, guest: GuestId, name: String, at: Timestamp }
    /// The party left, everything settled.
    TableClosed { session: SessionId, at: Timestamp }
    /// A line stands in the shared cart with this content, new or changed.
    CartLinePut { session: SessionId, line: LineId, guest: GuestId, selection: Selection, priced: PricedLine, at: Timestamp }
    /// A line left the shared cart.
    CartLineRemoved { session: SessionId, line: LineId }
    /// An order was accepted: priced, numbered, its portions taken from stock.
    OrderPlaced {
        order: OrderId, session: SessionId, round: u32, number: String,
        /// Pay-first orders count pick-up numbers; pay-later ones don't.
        pick_up: Option<u32>,
        placed_by: String, menu_version: u32, lines: Vec<OrderedLine>, total: Money, note: Option<String>,
        reserved: Vec<(DishId, u32)>, expires_at: Option<Timestamp>, at: Timestamp,
    }
    /// The kitchen may cook: the clock of every dish starts.
    OrderReleased { order: OrderId, at: Timestamp }
    /// An unpaid order went, and its portions are on sale again.
    OrderEnded { order: OrderId, why: EndedWhy, at: Timestamp }
    /// A paid order that had ended got portions again: these.
    OrderRevived { order: OrderId, reserved: Vec<(DishId, u32)>, at: Timestamp }
    /// A screen has drawn these items for the first time.
    ItemsPainted { screen: String, items: Vec<ItemKey>, at: Timestamp }
    /// An item moved on, or back.
    ItemStepped { item: ItemKey, step: Step, at: Timestamp }
    /// A line was taken off; portions not yet started are on sale again.
    LineVoided { order: OrderId, line: LineId, reason: String, by: StaffId, amount: Money, restocked: Vec<(DishId, u32)>, at: Timestamp }
    /// The cook has seen the void.
    VoidAcknowledged { item: ItemKey }
    /// A line was urged.
    LineRushed { line: LineId, at: Timestamp }
    /// The cook has seen the rush.
    RushAnswered { line: LineId }
    /// A pick-up number is to be announced once more.
    NumberCalled { order: OrderId }
    /// The guest has the food.
    OrderCollected { order: OrderId, at: Timestamp }
    /// Stock was corrected by hand.
    StockSet { dish: DishId, sold_out: bool, remaining: Option<u32> }
    /// The waiter was called.
    WaiterCalled { session: SessionId, call: CallId, reason: CallReason, at: Timestamp }
    /// Somebody goes.
    CallAnswered { session: SessionId, call: CallId, at: Timestamp }
    /// Somebody wants to pay this amount in this way.
    PaymentAsked {
        ask: AskId, session: SessionId, way: Way, amount: Money, order: Option<OrderId>, at: Timestamp,
        /// On top of `amount`, for the staff.
        #[serde(default, skip_serializing_if = "Money::is_zero")]
        tip: Money,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share: Option<ShareId>,
    }
    /// A wish to pay ended without money.
    AskClosed { ask: AskId, session: SessionId, why: AskClosedWhy, at: Timestamp }
    /// Money stands on the check.
    TenderCredited {
        tender: TenderId, session: SessionId, way: Way, amount: Money, order: Option<OrderId>,
        ask: Option<AskId>, attempt: Option<AttemptId>, channel_txn: Option<String>,
        /// Cash handed over; the change is what exceeds `amount`.
        received: Option<Money>, by: Option<StaffId>, at: Timestamp,
        /// On top of `amount`, for the staff.
        #[serde(default, skip_serializing_if = "Money::is_zero")]
        tip: Money,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share: Option<ShareId>,
        /// What of `amount` the house let go (抹零).
        #[serde(default, skip_serializing_if = "Money::is_zero")]
        rounded_off: Money,
        /// Slip number of the card terminal, account, or member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    }
    /// The check was split into shares that are paid apart (分单). An order or a void afterwards undoes what isn't paid of it.
    CheckSplit { session: SessionId, shares: Vec<Share>, by: Option<StaffId>, at: Timestamp }
    /// The split was undone; what is paid stays paid.
    SplitUndone { session: SessionId, at: Timestamp }
    /// Money is to go back to whoever paid it. `allowance` is what the party owes less from now on.
    RefundAsked {
        refund: RefundId, session: SessionId, tender: TenderId, way: Way, amount: Money, allowance: Money, lines: Vec<LineId>,
        why: RefundWhy, reason: String, by: Option<StaffId>, at: Timestamp,
        /// What of `amount` was a tip: it never stood on the check.
        #[serde(default, skip_serializing_if = "Money::is_zero")]
        tip: Money,
    }
    /// The money went back.
    RefundPaid { refund: RefundId, session: SessionId, reference: Option<String>, at: Timestamp }
    /// A closed check was opened again (反结账).
    CheckReopened { session: SessionId, reason: String, by: StaffId, at: Timestamp }
    /// A device has said these payments aloud.
    AnnouncementsPlayed { device: String, numbers: Vec<u32>, at: Timestamp }
    /// A customer paid what stood on their account.
    AccountSettled { tender: TenderId, account: AccountId, amount: Money, way: Way, reference: Option<String>, by: StaffId, at: Timestamp }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Serde's signature.
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A share of a split check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Share {
    pub share: ShareId,
    pub name: String,
    pub amount: Money,
    /// The lines it pays for; none where the check was split by amount.
    pub lines: Vec<LineId>,
}

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefundWhy {
    /// Staff decided it.
    Staff,
    /// More came than was owed: paid twice, or after the check was closed.
    TooMuch,
    /// The channel took it back: a reverse met a payment that had just gone through.
    TakenBack,
    /// Captured, but the check is no longer on the floor.
    NoCheck,
    /// Paid, but not as asked; a person decided that it goes back.
    Mismatch,
}

/// A line as it was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OrderedLine {
    pub line: LineId,
    pub selection: Selection,
    pub priced: PricedLine,
    /// Who put it into the cart.
    pub added_by: String,
}

/// Why an unpaid order went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum EndedWhy {
    Expired,
    Cancelled,
}

/// How a wish to pay ended without money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AskClosedWhy {
    /// Closed at the channel: nobody can pay it any more.
    Closed,
    /// The channel refused it; the text is the channel's code.
    Failed(String),
}
