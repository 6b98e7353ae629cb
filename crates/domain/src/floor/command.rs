//! What can be asked of the floor.

use super::{
    AskClosedWhy, CallReason, Direction, Discount, EntryEnd, Escalation, Fees, Guarded, ItemKey, RemakeCause, ReservationEnd,
    Slip, Step, Way,
};
use crate::catalog::Role;
use crate::menu::Selection;
use crate::{
    AccountId, ApprovalId, AskId, AttemptId, CallId, CashMoveId, DishId, GuestId, JobId, LineId, Money, OrderId, PrinterId,
    QueueId, RefundId, ReservationId, SessionId, ShareId, ShiftId, StaffId, StationId, TableId, TenderId, Timestamp,
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
    CloseDay { accept_unmatched: bool, by: StaffId },
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
    VoidLine { session: SessionId, line: LineId, reason: String, hand: Hand },
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
    /// The party is more or fewer than was said.
    SetCovers { session: SessionId, covers: u16, by: StaffId },
    /// Marks a party as one to be served before others, or no longer.
    SetVip { session: SessionId, vip: bool, by: StaffId },
    /// Moves a party to another table (转台).
    MoveParty { session: SessionId, to: TableId, by: StaffId },
    /// Puts two parties onto one check (并台): what `from` has ordered is now owed by `into`.
    MergeParties { into: SessionId, from: SessionId, by: StaffId },
    /// Takes a merge back.
    UnmergeParties { into: SessionId, from: SessionId, by: StaffId },
    /// Moves lines of a party to another party's check. `order` is the id of the first order they make there; others count up.
    MoveLines { session: SessionId, lines: Vec<LineId>, to: SessionId, order: OrderId, by: StaffId },
    /// Makes two lines of one, so that a part of it can be voided, moved or given away; `into` gets `quantity` of it.
    DivideLine { session: SessionId, line: LineId, quantity: u16, into: LineId, by: StaffId },
    /// Keeps a table from being opened.
    LockTable { table: TableId, reason: String, by: StaffId },
    /// Lets a locked table be opened again.
    UnlockTable { table: TableId, by: StaffId },
    /// The table is clean.
    CleanTable { table: TableId, by: StaffId },
    /// Keeps a table, or any, for somebody (预订).
    Reserve(Reserve),
    /// A reservation is over without anybody having sat down.
    EndReservation { reservation: ReservationId, why: ReservationEnd, by: StaffId },
    /// A party takes a number and waits for a table (取号).
    TakeNumber { entry: QueueId, covers: u16, name: Option<String>, by: Option<StaffId> },
    /// Calls a waiting party.
    CallEntry { entry: QueueId, by: StaffId },
    /// A waiting party is gone.
    EndEntry { entry: QueueId, why: EntryEnd, by: Option<StaffId> },
    /// Staff take over an order that waits for a nod.
    AcceptOrder { order: OrderId, by: StaffId },
    /// Staff refuse an order that waits for a nod.
    DeclineOrder { order: OrderId, reason: String, by: StaffId },
    /// 起菜: the kitchen may cook these held lines. Nobody: the house, when the soup base has had its lead.
    FireLines { session: SessionId, lines: Vec<LineId>, by: Option<StaffId> },
    /// What a weighed line really weighs.
    ConfirmWeight { session: SessionId, line: LineId, weight_g: u32, by: StaffId },
    /// 赠菜: the line costs nothing.
    CompLine { session: SessionId, line: LineId, reason: String, hand: Hand },
    /// Gives a line another price.
    RepriceLine { session: SessionId, line: LineId, amount: Money, reason: String, hand: Hand },
    /// Gives the check a discount, another, or none.
    DiscountCheck { session: SessionId, discount: Option<Discount>, reason: String, hand: Hand },
    /// Lets fees go.
    WaiveFees { session: SessionId, fees: Fees, reason: String, hand: Hand },
    /// Asks for a second person's word on a guarded act; the act is done in the decision that gives it.
    AskApproval(AskApproval),
    /// A second person says yes: the act is done.
    GiveApproval { approval: ApprovalId, by: StaffId, role: Role },
    /// A second person says no, or whoever asked takes it back.
    RefuseApproval { approval: ApprovalId, reason: String, by: StaffId },
    /// Begins somebody's time at a till, with so much cash in its drawer.
    OpenShift { shift: ShiftId, till: String, float: Money, by: StaffId },
    /// Puts cash into the drawer or takes it out, other than for a sale.
    MoveCash { shift: ShiftId, entry: CashMoveId, direction: Direction, amount: Money, reason: String, hand: Hand },
    /// Ends somebody's time at a till; they say what they counted before they are told what should be there.
    CloseShift { shift: ShiftId, counted: Money, by: StaffId },
    /// Opens or closes a station; while it is closed another cooks for it.
    SetStation { station: StationId, open: bool, by: StaffId },
    /// Cooks an item again.
    RemakeItem { item: ItemKey, cause: RemakeCause, note: Option<String>, by: StaffId },
    /// Everything of an order that a station cooks is ready: its slip's code was scanned.
    BumpTicket { order: OrderId, station: StationId },
    /// What no screen has painted in time is shown elsewhere.
    Escalate { items: Vec<ItemKey>, step: Escalation },
    /// Puts a slip into a printer's queue.
    QueuePrint { job: JobId, printer: PrinterId, slip: Slip, by: Option<StaffId> },
    /// A slip's bytes are about to go out: from now on it may have been printed.
    PrintStarted { job: JobId },
    /// The printer says that the slip came out.
    PrintDone { job: JobId, confirmed: bool },
    /// The slip didn't come out, or nobody knows whether it did.
    PrintTrouble { job: JobId, why: String, maybe_printed: bool },
    /// Another printer takes the slip.
    MovePrint { job: JobId, to: PrinterId },
    /// The slip is too old, or nobody wants it any more.
    EndPrint { job: JobId, by: Option<StaffId> },
}

/// Whose hand does what the house guards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Hand {
    pub by: StaffId,
    pub role: Role,
    /// The second person, who has shown that it is them.
    pub approver: Option<Approver>,
}

/// A second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Approver {
    pub by: StaffId,
    pub role: Role,
}

/// See [`FloorCommand::Reserve`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Reserve {
    pub reservation: ReservationId,
    /// How the guest wants to be called; no full name is needed.
    pub name: String,
    /// The last four digits of their phone.
    pub phone_tail: Option<String>,
    pub covers: u16,
    pub at: Timestamp,
    pub table: Option<TableId>,
    pub note: Option<String>,
    pub by: StaffId,
}

/// See [`FloorCommand::AskApproval`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AskApproval {
    pub approval: ApprovalId,
    pub act: Guarded,
    pub reason: String,
    pub by: StaffId,
    pub role: Role,
}

/// See [`FloorCommand::OpenTable`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OpenTable {
    pub session: SessionId,
    pub table: TableId,
    pub covers: u16,
    pub by: StaffId,
    /// The reservation they come with.
    pub reservation: Option<ReservationId>,
    /// The number they waited with.
    pub entry: Option<QueueId>,
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
    /// Which course (道), from 1; none: as it comes.
    #[serde(default)]
    pub course: Option<u8>,
    /// Who at the table it is for, from 1.
    #[serde(default)]
    pub seat: Option<u8>,
    /// 叫起: it isn't cooked until somebody fires it.
    #[serde(default)]
    pub hold: bool,
}

impl AskedLine {
    /// A line that is cooked as soon as the order is accepted.
    pub fn new(line: LineId, selection: Selection, unit_price: Money, amount: Money) -> AskedLine {
        AskedLine { line, selection, unit_price, amount, course: None, seat: None, hold: false }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A diner's phone.
    Guest(GuestId),
    /// A member of staff, and what they are called.
    Staff {
        /// Who.
        id: StaffId,
        /// What guests and the kitchen read.
        name: String,
    },
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
