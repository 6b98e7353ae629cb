//! What can be asked of the floor.

use super::{AskClosedWhy, CallReason, ItemKey, Step, Way};
use crate::menu::Selection;
use crate::{
    AccountId, AskId, AttemptId, CallId, DishId, GuestId, LineId, Money, OrderId, RefundId, SessionId, ShareId, StaffId, TableId,
    TenderId, Timestamp,
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
    /// Money that staff took in another way and record by hand: card terminal, house account, member balance.
    TakeTender(TakeTender),
    /// Splits the check into shares (分单).
    SplitCheck(SplitCheck),
    /// Undoes a split.
    UndoSplit { session: SessionId },
    /// Staff give money back.
    AskRefund(AskRefund),
    /// A channel's refund has reached the payer.
    PayRefund { refund: RefundId },
    /// The channel has taken money back by itself; the check owes it again.
    BookTakenBack { refund: RefundId, attempt: AttemptId, amount: Money },
    /// Opens a closed check again (反结账).
    ReopenCheck { session: SessionId, reason: String, by: StaffId },
    /// A device has said these payments aloud.
    ReportPlayed { device: String, numbers: Vec<u32> },
    /// A customer pays what stands on their account.
    SettleAccount(SettleAccount),
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
    /// The share of a split check it pays.
    pub share: Option<ShareId>,
    /// For the staff, on top of `amount`.
    pub tip: Money,
    /// Less than what is due may be paid; the rest in another way.
    pub partial: bool,
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
    /// The refund's id, should more have come than is owed: the same for the same attempt.
    pub refund: RefundId,
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
    /// What of `amount` the house lets go (抹零).
    pub rounded_off: Money,
    /// Pay-first: the order it pays.
    pub order: Option<OrderId>,
    /// The share of a split check it pays.
    pub share: Option<ShareId>,
    /// For the staff, on top of `amount`.
    pub tip: Money,
    /// Less than what is due may be paid; the rest in another way.
    pub partial: bool,
    pub by: StaffId,
}

/// See [`FloorCommand::TakeTender`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TakeTender {
    pub tender: TenderId,
    pub session: SessionId,
    pub way: Way,
    pub amount: Money,
    /// Slip number, account code or member number.
    pub reference: String,
    pub order: Option<OrderId>,
    pub share: Option<ShareId>,
    pub tip: Money,
    pub partial: bool,
    pub by: StaffId,
}

/// See [`FloorCommand::SplitCheck`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SplitCheck {
    pub session: SessionId,
    /// The first share's id; the others count up from it.
    pub first: ShareId,
    pub how: SplitHow,
    pub by: Option<StaffId>,
}

/// How a check is split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SplitHow {
    /// What is due, in equal parts; the first few carry the odd fen.
    Evenly(u16),
    /// By who pays for which lines; lines nobody names make a last share.
    ByLines(Vec<SharePart>),
}

/// Who pays for which lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SharePart {
    pub name: String,
    pub lines: Vec<LineId>,
}

/// See [`FloorCommand::AskRefund`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AskRefund {
    pub refund: RefundId,
    pub session: SessionId,
    /// The money that goes back: always to whoever paid it.
    pub tender: TenderId,
    /// Lines it is for; they are taken off the check.
    pub lines: Vec<LineId>,
    /// How much; with lines, exactly what they cost, less what the house let go of it before.
    pub amount: Money,
    pub reason: String,
    /// Slip number of the card terminal, where there is one.
    pub reference: Option<String>,
    /// The party owes it again: a wrong tender is put right by another. Not together with lines.
    pub owed_again: bool,
    pub by: StaffId,
}

/// See [`FloorCommand::SettleAccount`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SettleAccount {
    pub tender: TenderId,
    pub account: AccountId,
    pub amount: Money,
    pub way: Way,
    pub reference: Option<String>,
    pub by: StaffId,
}
