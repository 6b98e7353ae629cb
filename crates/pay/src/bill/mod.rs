//! What a channel says it booked on a day, row by row (对账单): unpacked, read strictly, and held against our own book.

mod alipay;
mod archive;
mod fault;
pub mod matching;
mod table;
mod wechat;

use domain::Money;
use serde::{Deserialize, Serialize};

pub use alipay::alipay_trade;
pub use archive::{gunzip, unzip};
pub use fault::BillFault;
pub use wechat::{wechat_fund_flow, wechat_trade};

/// A calendar day in Beijing, by which both channels cut their bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BillDay(pub jiff::civil::Date);

/// Whether the channel has the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillAnswer<T> {
    /// Here it is; a day without business has no rows.
    Ready(T),
    /// Not made yet: ask again later.
    NotYet,
}

/// One row of a trade bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillRow {
    /// What it books.
    pub kind: RowKind,
    /// Our number of the attempt, as written.
    pub attempt_no: String,
    /// The channel's number.
    pub channel_txn: String,
    /// Our refund number; for refunds.
    pub refund_no: Option<String>,
    /// The channel's refund number; for refunds.
    pub channel_refund: Option<String>,
    /// How much, never negative: the order's total for payments, what was asked back for refunds.
    pub amount: Money,
    /// What of it moved on the merchant's account, never negative: less than the amount where a coupon of the merchant's paid.
    pub settled: Money,
    /// The channel's fee in hundred-thousandths of a yuan; negative where it is given back.
    pub fee_e5: i64,
    /// UTC milliseconds: when it was paid, or the refund accepted.
    pub at_ms: i64,
    /// The channel's word for how it stands, as written.
    pub state: String,
    /// The line of the file, from 1, for people who look it up.
    pub line: u32,
}

/// What a row books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// Money came.
    Payment,
    /// Money went back.
    Refund,
    /// A payment by code was taken back (撤销); stands beside its payment.
    Reversal,
}

/// One row of a fund-flow bill: a movement of the merchant's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRow {
    /// The channel's number of the payment or refund behind it.
    pub channel_no: String,
    /// The channel's word for the kind of business, as written.
    pub business: String,
    /// Positive in, negative out.
    pub amount: Money,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// The line of the file, from 1.
    pub line: u32,
}
