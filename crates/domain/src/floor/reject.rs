//! What the floor says instead of yes, and what it answers when it says yes.

use super::{ItemState, NodWhy};
use crate::menu::{LineProblem, SelectionError};
use crate::{AskId, DishId, JobId, LineId, Money, OrderId, SessionId, ShiftId, TableId, Text, Timestamp};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The answer to an accepted command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum FloorAnswer {
    Done,
    /// The party the phone or the table now belongs to.
    Joined {
        session: SessionId,
    },
    OrderAccepted {
        order: OrderId,
        number: String,
        total: Money,
        /// It waits for a nod of the staff, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nod: Option<NodWhy>,
    },
    PaymentAsked {
        ask: AskId,
        amount: Money,
    },
    CashTaken {
        change: Money,
    },
    /// The day closed; this was signed for.
    DayClosed {
        unmatched: Vec<Unmatched>,
    },
    /// A waiting party's number, and how many wait before it.
    Number {
        number: String,
        ahead: u32,
    },
    /// What was counted less what should have been there.
    ShiftClosed {
        expected: Money,
        over: Money,
    },
    /// The slip's place among those of the same content; more than 0: it says 补打.
    PrintQueued {
        copy: u32,
    },
}

/// Something that doesn't add up when a day closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Unmatched {
    /// A party still sits, owing this much.
    OpenTable { session: SessionId, table: String, balance: Money },
    /// A payment has no final answer yet.
    OpenPayment { session: SessionId, ask: AskId, amount: Money },
    /// A dish was neither served nor voided.
    Unserved { order: OrderId, line: LineId },
    /// An order waits for a nod.
    Unanswered { order: OrderId, table: String },
    /// A shift wasn't closed and its drawer not counted.
    OpenShift { shift: ShiftId, till: String, by: String },
    /// Cash taken by somebody without an open shift: no drawer answers for it.
    LooseCash { amount: Money },
    /// A slip hasn't come out.
    Unprinted { job: JobId, why: Option<String> },
}

/// One line of an order that isn't as the person saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// Which line.
    pub line: LineId,
    /// What the dish is called now; empty where it is gone.
    pub name: Text,
    /// What is different.
    pub problem: LineProblem,
    /// What the line cost on the phone.
    pub was: Money,
    /// What it costs now, if it can be had.
    pub now: Option<Money>,
    /// Portions left, where that is the problem.
    pub left: Option<u32>,
}

/// What a list of selections costs now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    /// The menu it is priced with.
    pub menu_version: u32,
    /// Line by line, as asked.
    pub lines: Vec<QuoteLine>,
    /// Sum over the lines that can be had.
    pub total: Money,
}

/// One line of a [`Quote`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteLine {
    /// Which line.
    pub line: LineId,
    /// Price of one portion.
    pub unit_price: Money,
    /// Price of the line; nothing where it can't be had.
    pub amount: Money,
    /// Why it can't be had.
    pub problem: Option<LineProblem>,
}

/// The house says no, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Reject {
    DayNotOpen,
    DayAlreadyOpen,
    /// The day can close once somebody signs for these.
    DayUnmatched {
        unmatched: Vec<Unmatched>,
    },
    TableUnknown {
        table: TableId,
    },
    /// Nobody has opened the table, and a scan may not.
    TableNotOpen,
    TableTaken {
        session: SessionId,
    },
    CoversOutOfRange,
    /// A name, reason or note is missing, too long or can't be printed.
    BadText,
    SessionUnknown,
    /// The party has left; its code opens nothing.
    SessionClosed,
    SessionExists,
    GuestNotJoined,
    TooManyGuests,
    LineUnknown,
    /// The line id stands for something else already.
    LineTaken,
    LineRefused {
        line: LineId,
        error: SelectionError,
    },
    SoldOut {
        left: u32,
    },
    CartFull,
    NothingOrdered,
    OrderUnknown,
    OrderExists,
    /// Prices, options or stock aren't as the person saw them; nothing was ordered.
    OrderDiffers {
        differences: Vec<Difference>,
        quote: Quote,
    },
    /// The check would grow past what one check may reach.
    TooDear,
    /// Only an unpaid order can be taken back.
    OrderNotAwaitingPayment,
    OrderNotExpired,
    ItemUnknown,
    /// The item isn't where this step starts.
    ItemIs {
        state: ItemState,
    },
    /// The kitchen hasn't been given the order yet, or it is no more.
    OrderNotInKitchen,
    LineVoided,
    LineServed,
    /// Already paid: this needs a refund, not a void.
    LinePaid,
    NothingDue,
    AmountDiffers {
        due: Money,
    },
    /// One open payment at a time.
    PaymentOpen {
        ask: AskId,
    },
    AskUnknown,
    AskExists,
    AskSettled,
    NotEnoughCash {
        amount: Money,
    },
    UnpaidBalance {
        balance: Money,
    },
    /// An order waits for its payment.
    OrderOpen {
        order: OrderId,
    },
    DishUnknown,
    CallUnknown,
    CallExists,
    /// Pay-first orders are paid one by one: say which.
    OrderNeeded,
    /// This way to pay isn't taken like this.
    WayNotHere,
    /// The house takes no tips, or the tip exceeds what is paid.
    TipNotTaken,
    /// The house lets go exactly so much of cash, or nothing.
    RoundingNotAllowed {
        most: Money,
    },
    /// A slip number, account or member number is missing or can't be printed.
    ReferenceNeeded,
    AccountUnknown,
    /// So much fits on the account.
    AccountFull {
        left: Money,
    },
    ShareUnknown,
    SplitNotPossible,
    TenderUnknown,
    /// So much of that payment can still go back.
    RefundTooLarge {
        left: Money,
    },
    RefundExists,
    /// Lines that leave the check can't be owed again.
    RefundUnclear,
    RefundUnknown,
    /// The check is open already.
    CheckOpen,
    /// The house no longer opens this check again.
    ReopenTooLate,
    /// The table is kept from being opened.
    TableLocked {
        reason: String,
    },
    /// The table has to be cleaned first.
    TableDirty,
    /// Two checks can't be put together, or taken apart, like this.
    MergeNotPossible,
    /// Money stands on the check, so that its lines can't go elsewhere.
    CheckHasMoney,
    /// A line can't be divided like this.
    DivideNotPossible,
    /// An act that needs a second person.
    ApprovalNeeded,
    /// The second person is the first, or may not say so.
    ApproverNotAllowed,
    ApprovalUnknown,
    /// Somebody has answered already.
    ApprovalAnswered,
    ApprovalExists,
    /// The price is that already, or below nothing.
    PriceNotPossible,
    DiscountNotPossible,
    /// The first order needs a soup base.
    SoupMissing,
    /// The first order brings these for everybody.
    PerHeadMissing {
        dishes: Vec<DishId>,
        covers: u16,
    },
    /// These lines have to be weighed before anybody pays.
    WeightOpen {
        lines: Vec<LineId>,
    },
    NotWeighed,
    WeightOutOfRange,
    /// The house takes no orders from guests now, and says why.
    NotAccepting {
        why: NodWhy,
    },
    /// The order doesn't wait for a nod.
    OrderNotWaiting,
    /// Nothing of it is held.
    NothingHeld,
    ReservationUnknown,
    ReservationExists,
    ReservationOver,
    /// The table is kept for somebody else at that time.
    TableReserved {
        at: Timestamp,
    },
    TimePast,
    EntryUnknown,
    EntryExists,
    EntryOver,
    ShiftUnknown,
    ShiftExists,
    /// Whoever it is has an open shift already, or the till has.
    ShiftOpen,
    ShiftClosed,
    /// More cash than the drawer can hold or has.
    CashOutOfRange,
    StationUnknown,
    /// No open station would cook in its place.
    StationNeeded,
    PrinterUnknown,
    SlipUnknown,
    SlipExists,
    /// There is nothing of it to print.
    NothingToPrint,
    /// The slip is at its end.
    SlipOver,
}

impl Reject {
    /// The stable code clients branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Reject::DayNotOpen => "day_not_open",
            Reject::DayAlreadyOpen => "day_already_open",
            Reject::DayUnmatched { .. } => "day_unmatched",
            Reject::TableUnknown { .. } => "table_unknown",
            Reject::TableNotOpen => "table_not_open",
            Reject::TableTaken { .. } => "table_taken",
            Reject::CoversOutOfRange => "covers_out_of_range",
            Reject::BadText => "bad_text",
            Reject::SessionUnknown => "session_unknown",
            Reject::SessionClosed => "session_closed",
            Reject::SessionExists => "session_exists",
            Reject::GuestNotJoined => "guest_not_joined",
            Reject::TooManyGuests => "too_many_guests",
            Reject::LineUnknown => "line_unknown",
            Reject::LineTaken => "line_taken",
            Reject::LineRefused { .. } => "line_refused",
            Reject::SoldOut { .. } => "sold_out",
            Reject::CartFull => "cart_full",
            Reject::NothingOrdered => "nothing_ordered",
            Reject::OrderUnknown => "order_unknown",
            Reject::OrderExists => "order_exists",
            Reject::OrderDiffers { .. } => "order_differs",
            Reject::TooDear => "too_dear",
            Reject::OrderNotAwaitingPayment => "order_not_awaiting_payment",
            Reject::OrderNotExpired => "order_not_expired",
            Reject::ItemUnknown => "item_unknown",
            Reject::ItemIs { .. } => "item_wrong_state",
            Reject::OrderNotInKitchen => "order_not_in_kitchen",
            Reject::LineVoided => "line_voided",
            Reject::LineServed => "line_served",
            Reject::LinePaid => "line_paid",
            Reject::NothingDue => "already_settled",
            Reject::AmountDiffers { .. } => "amount_differs",
            Reject::PaymentOpen { .. } => "payment_open",
            Reject::AskUnknown => "payment_unknown",
            Reject::AskExists => "payment_exists",
            Reject::AskSettled => "payment_settled",
            Reject::NotEnoughCash { .. } => "not_enough_cash",
            Reject::UnpaidBalance { .. } => "unpaid_balance",
            Reject::OrderOpen { .. } => "order_open",
            Reject::DishUnknown => "dish_unknown",
            Reject::CallUnknown => "call_unknown",
            Reject::CallExists => "call_exists",
            Reject::OrderNeeded => "order_needed",
            Reject::WayNotHere => "way_not_here",
            Reject::TipNotTaken => "tip_not_taken",
            Reject::RoundingNotAllowed { .. } => "rounding_not_allowed",
            Reject::ReferenceNeeded => "reference_needed",
            Reject::AccountUnknown => "account_unknown",
            Reject::AccountFull { .. } => "account_full",
            Reject::ShareUnknown => "share_unknown",
            Reject::SplitNotPossible => "split_not_possible",
            Reject::TenderUnknown => "tender_unknown",
            Reject::RefundTooLarge { .. } => "refund_too_large",
            Reject::RefundExists => "refund_exists",
            Reject::RefundUnclear => "refund_unclear",
            Reject::RefundUnknown => "refund_unknown",
            Reject::CheckOpen => "check_open",
            Reject::ReopenTooLate => "reopen_too_late",
            Reject::TableLocked { .. } => "table_locked",
            Reject::TableDirty => "table_dirty",
            Reject::MergeNotPossible => "merge_not_possible",
            Reject::CheckHasMoney => "check_has_money",
            Reject::DivideNotPossible => "divide_not_possible",
            Reject::ApprovalNeeded => "approval_needed",
            Reject::ApproverNotAllowed => "approver_not_allowed",
            Reject::ApprovalUnknown => "approval_unknown",
            Reject::ApprovalAnswered => "approval_answered",
            Reject::ApprovalExists => "approval_exists",
            Reject::PriceNotPossible => "price_not_possible",
            Reject::DiscountNotPossible => "discount_not_possible",
            Reject::SoupMissing => "soup_missing",
            Reject::PerHeadMissing { .. } => "per_head_missing",
            Reject::WeightOpen { .. } => "weight_open",
            Reject::NotWeighed => "not_weighed",
            Reject::WeightOutOfRange => "weight_out_of_range",
            Reject::NotAccepting { .. } => "not_accepting",
            Reject::OrderNotWaiting => "order_not_waiting",
            Reject::NothingHeld => "nothing_held",
            Reject::ReservationUnknown => "reservation_unknown",
            Reject::ReservationExists => "reservation_exists",
            Reject::ReservationOver => "reservation_over",
            Reject::TableReserved { .. } => "table_reserved",
            Reject::TimePast => "time_past",
            Reject::EntryUnknown => "entry_unknown",
            Reject::EntryExists => "entry_exists",
            Reject::EntryOver => "entry_over",
            Reject::ShiftUnknown => "shift_unknown",
            Reject::ShiftExists => "shift_exists",
            Reject::ShiftOpen => "shift_open",
            Reject::ShiftClosed => "shift_closed",
            Reject::CashOutOfRange => "cash_out_of_range",
            Reject::StationUnknown => "station_unknown",
            Reject::StationNeeded => "station_needed",
            Reject::PrinterUnknown => "printer_unknown",
            Reject::SlipUnknown => "slip_unknown",
            Reject::SlipExists => "slip_exists",
            Reject::NothingToPrint => "nothing_to_print",
            Reject::SlipOver => "slip_over",
        }
    }
}
