//! What can be asked of the floor.

use super::{AskClosedWhy, CallReason, ItemKey, Step, Way};
use crate::menu::Selection;
use crate::{
    AskId, AttemptId, CallId, DishId, GuestId, LineId, Money, OrderId, SessionId, StaffId, TableId, TenderId, Timestamp,
};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A command to the floor: an intent, not yet a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // The fields are the ids and values their names say.
pub enum FloorCommand {
    /// Opens the business day and puts the day's counted portions on sale.
    OpenDay,
    /// Closes the business day; `accept_unmatched` signs for what is listed as unmatched.
    CloseDay { accept_unmatched: bool },
    /// Staff open a table for a party.
    OpenTable(OpenTable),
    /// A phone scans a table's code.
    JoinTable(JoinTable),
    /// Closes a settled check and frees the table.
    CloseTable { session: SessionId },
    /// Puts a line into the table's shared cart.
    PutCartLine(PutCartLine),
    /// Changes how many of a cart line; 0 removes it.
    SetCartQuantity { session: SessionId, line: LineId, quantity: u16 },
    /// Submits dishes.
    PlaceOrder(PlaceOrder),
    /// Takes back an order nobody has paid or cooked.
    CancelOrder { session: SessionId, order: OrderId },
    /// Lets an unpaid order go when its time is up.
    ExpireOrder { order: OrderId },
    /// A screen has drawn these items.
    ReportPainted { screen: String, items: Vec<ItemKey> },
    /// The kitchen or a waiter moves an item on, or back.
    StepItem { item: ItemKey, step: Step },
    /// Takes a line off a sent order (退菜).
    VoidLine { session: SessionId, line: LineId, reason: String, by: StaffId },
    /// The cook has seen that a line was voided.
    AcknowledgeVoid { item: ItemKey },
    /// A diner or waiter urges a dish (催菜).
    RushLine { session: SessionId, line: LineId },
    /// The cook has seen the rush.
    AnswerRush { item: ItemKey },
    /// Calls a pick-up number again.
    CallNumber { order: OrderId },
    /// The guest has taken the order.
    CollectOrder { order: OrderId },
    /// 估清, or how many portions are left.
    SetStock { dish: DishId, sold_out: bool, remaining: Option<u32> },
    /// Calls the waiter.
    CallWaiter { session: SessionId, call: CallId, reason: CallReason },
    /// Somebody goes.
    AnswerCall { call: CallId },
    /// Wants to pay through a channel.
    AskPayment(AskPayment),
    /// A wish to pay has ended without money; said only on the channel's proof.
    CloseAsk { ask: AskId, why: AskClosedWhy },
    /// Money captured by a channel reaches the check.
    CreditCapture(CreditCapture),
    /// Cash taken by staff.
    TakeCash(TakeCash),
}

/// See [`FloorCommand::OpenTable`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OpenTable {
    pub session: SessionId,
    pub table: TableId,
    pub covers: u16,
    pub by: StaffId,
}

/// See [`FloorCommand::JoinTable`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct JoinTable {
    pub table: TableId,
    pub guest: GuestId,
    pub name: Option<String>,
    /// The id of the session if this scan opens the table.
    pub session: SessionId,
    /// How many they are, if this scan opens the table; 1 where it isn't said.
    pub covers: Option<u16>,
}

/// See [`FloorCommand::PutCartLine`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PutCartLine {
    pub session: SessionId,
    pub guest: GuestId,
    pub line: LineId,
    pub selection: Selection,
}

/// See [`FloorCommand::PlaceOrder`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PlaceOrder {
    pub order: OrderId,
    pub session: SessionId,
    pub by: Actor,
    /// The menu the phone showed.
    pub menu_version: u32,
    /// The total the person saw; compared, never believed.
    pub total: Money,
    pub lines: Vec<AskedLine>,
    pub note: Option<String>,
}

/// One line of a submission, with the price the person saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AskedLine {
    pub line: LineId,
    pub selection: Selection,
    pub unit_price: Money,
    pub amount: Money,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A diner's phone.
    Guest(GuestId),
    /// A member of staff.
    Staff(StaffId),
}

/// See [`FloorCommand::AskPayment`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AskPayment {
    pub ask: AskId,
    pub session: SessionId,
    pub way: Way,
    pub amount: Money,
    /// Pay-first: the order it pays.
    pub order: Option<OrderId>,
}

/// See [`FloorCommand::CreditCapture`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CreditCapture {
    pub ask: AskId,
    pub attempt: AttemptId,
    pub channel_txn: String,
    pub amount: Money,
    pub paid_at: Timestamp,
}

/// See [`FloorCommand::TakeCash`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TakeCash {
    pub tender: TenderId,
    pub session: SessionId,
    /// What is settled.
    pub amount: Money,
    /// What the guest handed over.
    pub received: Money,
    /// Pay-first: the order it pays.
    pub order: Option<OrderId>,
    pub by: StaffId,
}
