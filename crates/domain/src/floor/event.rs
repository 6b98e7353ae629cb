//! What happened on the floor. A published format: a released event never changes.

use super::{
    CallReason, DaySummary, Direction, Discount, EntryEnd, Escalation, Fees, Guarded, ItemKey, NodWhy, RemakeCause,
    ReservationEnd, ShiftFigures, Slip, Step, Unmatched, Way,
};
use crate::catalog::{Mode, Role};
use crate::menu::{PricedLine, Selection};
use crate::{
    AccountId, ApprovalId, AreaId, AskId, AttemptId, CallId, CashMoveId, DishId, GuestId, JobId, LineId, Money, OrderId,
    PrinterId, QueueId, RefundId, ReservationId, SessionId, ShareId, ShiftId, StaffId, StationId, TableId, TenderId, Text,
    Timestamp,
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
    DayClosed { number: u32, at: Timestamp, unmatched: Vec<Unmatched>,
        /// Who closed it, and so signed for what was unmatched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<StaffId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<DaySummary>,
    }
    /// A party sat down.
    TableOpened { session: SessionId, table: TableId, table_name: String, area: AreaId, area_name: Text, mode: Mode, covers: u16, at: Timestamp, by: Option<StaffId>,
        /// Service charge of the area when the party sat down, in hundredths of a percent.
        #[serde(default, skip_serializing_if = "is_zero")]
        service_charge_bp: u32,
        /// What each guest pays for the seat.
        #[serde(default, skip_serializing_if = "Money::is_zero")]
        seat_fee: Money,
        /// The least the party spends.
        #[serde(default, skip_serializing_if = "Money::is_zero")]
        minimum_spend: Money,
        /// 火锅.
        #[serde(default, skip_serializing_if = "is_false")]
        hot_pot: bool,
        /// Its first order waits for a nod.
        #[serde(default, skip_serializing_if = "is_false")]
        needs_nod: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reservation: Option<ReservationId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<QueueId>,
    }
    /// A phone joined the party.
    GuestJoined { session: SessionId, guest: GuestId, name: String, at: Timestamp }
    /// The party left, everything settled.
    TableClosed { session: SessionId, at: Timestamp,
        /// The table has to be cleaned.
        #[serde(default, skip_serializing_if = "is_false")]
        to_clean: bool,
    }
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
        /// It waits for a nod of the staff, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nod: Option<NodWhy>,
    }
    /// The kitchen may cook: the clock of every dish starts.
    OrderReleased { order: OrderId, at: Timestamp }
    /// An order that nobody cooked went, and its portions are on sale again.
    OrderEnded { order: OrderId, why: EndedWhy, at: Timestamp,
        /// Why the staff refused it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<StaffId>,
    }
    /// A paid order that had ended got portions again: these.
    OrderRevived { order: OrderId, reserved: Vec<(DishId, u32)>, at: Timestamp }
    /// A screen has drawn these items for the first time.
    ItemsPainted { screen: String, items: Vec<ItemKey>, at: Timestamp }
    /// An item moved on, or back.
    ItemStepped { item: ItemKey, step: Step, at: Timestamp }
    /// A line was taken off; portions not yet started are on sale again.
    LineVoided { order: OrderId, line: LineId, reason: String, by: StaffId, amount: Money, restocked: Vec<(DishId, u32)>, at: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_by: Option<StaffId>,
    }
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
    /// The party is so many.
    CoversSet { session: SessionId, covers: u16, was: u16, by: StaffId, at: Timestamp }
    /// The party is served before others, or no longer.
    VipSet { session: SessionId, vip: bool, by: StaffId, at: Timestamp }
    /// The party sits at another table now.
    PartyMoved { session: SessionId, from: TableId, from_name: String, to: TableId, to_name: String, area: AreaId, area_name: Text, by: StaffId, at: Timestamp }
    /// The orders of `from` are owed by `into`, which sits at both tables now.
    PartiesMerged { into: SessionId, from: SessionId, orders: Vec<OrderId>, by: StaffId, at: Timestamp }
    /// `from` has its own check again, with these orders.
    PartiesUnmerged { into: SessionId, from: SessionId, orders: Vec<OrderId>, by: StaffId, at: Timestamp }
    /// These lines of one order belong to another party now, as an order of their own; nothing else about them changed.
    LinesMoved { order: OrderId, lines: Vec<LineId>, from: SessionId, to: SessionId, into: OrderId, round: u32, number: String, by: StaffId, at: Timestamp }
    /// One line is two now: `into` has `quantity` of it.
    LineDivided { order: OrderId, line: LineId, into: LineId, quantity: u16, by: StaffId, at: Timestamp }
    /// Nobody may open the table.
    TableLocked { table: TableId, reason: String, by: StaffId, at: Timestamp }
    /// The table may be opened again.
    TableUnlocked { table: TableId, by: StaffId, at: Timestamp }
    /// The table is clean.
    TableCleaned { table: TableId, by: StaffId, at: Timestamp }
    /// A table is kept for somebody.
    TableReserved { reservation: ReservationId, name: String, phone_tail: Option<String>, covers: u16, for_when: Timestamp, table: Option<TableId>, note: Option<String>, by: StaffId, at: Timestamp }
    /// A reservation is over.
    ReservationEnded { reservation: ReservationId, why: ReservationEnd, session: Option<SessionId>, by: StaffId, at: Timestamp }
    /// A party waits for a table under this number.
    NumberTaken { entry: QueueId, number: String, line: u8, covers: u16, name: Option<String>, by: Option<StaffId>, at: Timestamp }
    /// A waiting party was called.
    EntryCalled { entry: QueueId, by: StaffId, at: Timestamp }
    /// A party no longer waits.
    EntryEnded { entry: QueueId, why: EntryEnd, session: Option<SessionId>, by: Option<StaffId>, at: Timestamp }
    /// A person took over an order that waited for a nod.
    OrderAccepted { order: OrderId, by: StaffId, at: Timestamp }
    /// 起菜: the kitchen may cook these lines; their clocks start.
    LinesFired { session: SessionId, lines: Vec<LineId>, by: Option<StaffId>, at: Timestamp }
    /// The line weighs this much and costs that.
    LineWeighed { line: LineId, session: SessionId, weight_g: u32, was_g: u32, unit_price: Money, amount: Money, was: Money, by: StaffId, at: Timestamp }
    /// 赠菜: the line costs nothing.
    LineComped { line: LineId, session: SessionId, amount: Money, reason: String, by: StaffId, approved_by: Option<StaffId>, at: Timestamp }
    /// The line costs this much instead.
    LineRepriced { line: LineId, session: SessionId, amount: Money, was: Money, reason: String, by: StaffId, approved_by: Option<StaffId>, at: Timestamp }
    /// The check has this discount, or none.
    CheckDiscounted { session: SessionId, discount: Option<Discount>, reason: String, by: StaffId, approved_by: Option<StaffId>, at: Timestamp }
    /// These fees are let go.
    FeesWaived { session: SessionId, fees: Fees, reason: String, by: StaffId, approved_by: Option<StaffId>, at: Timestamp }
    /// A guarded act waits for a second person.
    ApprovalAsked { approval: ApprovalId, act: Guarded, reason: String, by: StaffId, role: Role, at: Timestamp }
    /// A second person said yes; the act's own event stands beside this one.
    ApprovalGiven { approval: ApprovalId, by: StaffId, at: Timestamp }
    /// A second person said no.
    ApprovalRefused { approval: ApprovalId, reason: String, by: StaffId, at: Timestamp }
    /// Somebody's time at a till began.
    ShiftOpened { shift: ShiftId, till: String, float: Money, by: StaffId, at: Timestamp }
    /// Cash went into the drawer or out of it.
    CashMoved { shift: ShiftId, entry: CashMoveId, direction: Direction, amount: Money, reason: String, by: StaffId, approved_by: Option<StaffId>, at: Timestamp }
    /// Somebody's time at a till ended; the difference is `counted` less what the figures expect.
    ShiftClosed { shift: ShiftId, counted: Money, figures: ShiftFigures, by: StaffId, at: Timestamp }
    /// A station opened or closed.
    StationSet { station: StationId, open: bool, by: StaffId, at: Timestamp }
    /// An item is cooked again.
    ItemRemade { item: ItemKey, cause: RemakeCause, note: Option<String>, by: StaffId, at: Timestamp }
    /// What no screen had painted in time is shown elsewhere.
    ItemsEscalated { items: Vec<ItemKey>, step: Escalation, at: Timestamp }
    /// A slip waits for a printer. `copy` counts the slips of the same content before it.
    PrintQueued { job: JobId, printer: PrinterId, slip: Slip, copy: u32, by: Option<StaffId>, at: Timestamp, expires_at: Timestamp }
    /// A slip's bytes go out.
    PrintSent { job: JobId, at: Timestamp }
    /// The slip came out; a printer that answers nothing can't confirm it.
    PrintConfirmed { job: JobId, confirmed: bool, at: Timestamp }
    /// The slip didn't come out, or nobody knows.
    PrintFailed { job: JobId, why: String, maybe_printed: bool, at: Timestamp }
    /// Another printer has the slip now.
    PrintMoved { job: JobId, from: PrinterId, to: PrinterId, at: Timestamp }
    /// The slip will not be printed any more.
    PrintExpired { job: JobId, by: Option<StaffId>, at: Timestamp }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Serde's signature.
fn is_false(flag: &bool) -> bool {
    !*flag
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
    /// Which course (道), from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<u8>,
    /// Who at the table it is for, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<u8>,
    /// It isn't cooked before it is fired, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldWhy>,
}

/// Why a line isn't cooked yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HoldWhy {
    /// 叫起: the table fires it.
    Asked,
    /// 锅底先下: the soup base comes first.
    Soup,
}

/// Why an order went that nobody cooked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum EndedWhy {
    Expired,
    Cancelled,
    /// The staff refused it.
    Declined,
}

/// How a wish to pay ended without money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AskClosedWhy {
    /// Closed at the channel: nobody can pay it any more.
    Closed,
    /// The channel refused it; the text is the channel's code.
    Failed(String),
}
