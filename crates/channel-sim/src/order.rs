//! What the channel's book says of one order: the words of it, and the little that follows from them alone.

use serde::{Deserialize, Serialize};

use crate::{codepay::CodePay, faults::Which};

/// Codes and prepay ids live this long.
const CODE_LIFE_MS: i64 = 2 * 60 * 60 * 1000;
/// An H5 address lives this long.
const H5_LIFE_MS: i64 = 5 * 60 * 1000;

/// How an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    /// WeChat Pay inside WeChat, mini-programs too.
    Jsapi,
    /// WeChat Pay's QR code.
    Native,
    /// WeChat Pay from a browser outside WeChat.
    H5,
    /// Alipay's QR code: no trade before it is scanned.
    Precreate,
    /// Alipay's trade made at once for a known payer.
    Create,
    /// Alipay from a browser: no trade before the payer signs in.
    Wap,
    /// Either channel's: the code on the payer's phone, read at the till.
    CodePay,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not paid; may still be.
    NotPaid,
    /// Code pay: the payer is at the password.
    UserPaying,
    /// Code pay failed. With `paid_ms` the money was taken all the same, and is kept until someone reverses.
    PayError,
    /// Paid; refunds are another matter.
    Paid,
    /// Closed unpaid.
    Closed,
    /// Code pay undone: what was taken was given back.
    Revoked,
}

/// How a refund ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundEnd {
    /// The payer has the money.
    #[default]
    Success,
    /// The money could not be delivered; the merchant must act.
    Abnormal,
    /// Nothing moved; a new refund needs a new number.
    Closed,
}

/// One refund of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub number: String,
    pub id: String,
    pub fen: i64,
    pub asked_ms: i64,
    /// Under way before, done after.
    pub done_ms: i64,
    #[serde(default)]
    pub end: RefundEnd,
    pub notify_url: Option<String>,
    /// The merchant has acknowledged its notice.
    #[serde(default)]
    pub notified: bool,
}

impl Refund {
    /// How it ended, once it has.
    pub(crate) fn ended(&self, now: i64) -> Option<RefundEnd> {
        (now >= self.done_ms).then_some(self.end)
    }
}

/// One order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub channel: Which,
    pub number: String,
    pub product: Product,
    pub fen: i64,
    pub description: String,
    #[serde(default)]
    pub attach: Option<String>,
    pub notify_url: Option<String>,
    /// The first request's parameters; a repeat must bring the same.
    pub params: String,
    /// Codes or prepay ids given out, newest last, with the time of each.
    pub codes: Vec<(String, i64)>,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub state: State,
    /// Alipay: someone has scanned the code, so there is a trade.
    pub scanned: bool,
    pub txn: String,
    pub payer: String,
    /// When money was taken.
    pub paid_ms: Option<i64>,
    /// When a code payment was undone.
    #[serde(default)]
    pub reversed_ms: Option<i64>,
    #[serde(default)]
    pub code_pay: Option<CodePay>,
    #[serde(default)]
    pub page: Page,
    /// The merchant has acknowledged the payment notice.
    pub notified: bool,
    pub refunds: Vec<Refund>,
}

/// What an Alipay order has besides.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Page {
    /// It was ordered in GBK, so its notices are in GBK.
    #[serde(default)]
    pub gbk: bool,
    /// Where the payer goes after paying.
    #[serde(default)]
    pub return_url: Option<String>,
    /// Where the payer goes instead of paying.
    #[serde(default)]
    pub quit_url: Option<String>,
}

impl Order {
    /// Given back or on its way; a refund that ends closed gives nothing back.
    pub(crate) fn refunded_fen(&self) -> i64 {
        self.refunds.iter().filter(|refund| refund.end != RefundEnd::Closed).map(|refund| refund.fen).sum()
    }

    /// Whether this code can be paid now.
    pub(crate) fn is_current(&self, code: &str, now: i64) -> bool {
        let fresh = |at: i64| now - at <= if self.product == Product::H5 { H5_LIFE_MS } else { CODE_LIFE_MS };
        match self.product {
            // A new code kills the one before.
            Product::Native => self.codes.last().is_some_and(|(c, at)| c == code && fresh(*at)),
            Product::Jsapi | Product::H5 | Product::Precreate => self.codes.iter().any(|(c, at)| c == code && fresh(*at)),
            // A trade lives until it expires.
            Product::Create | Product::Wap => self.codes.iter().any(|(c, _)| c == code),
            Product::CodePay => false,
        }
    }

    /// What a drill or a tester may know of it.
    pub(crate) fn row(&self, now: i64) -> Row {
        Row {
            channel: self.channel,
            number: self.number.clone(),
            product: self.product,
            state: self.state,
            fen: self.fen,
            description: self.description.clone(),
            code: self.codes.last().map(|(code, _)| code.clone()),
            txn: self.txn.clone(),
            payer: self.payer.clone(),
            created_ms: self.created_ms,
            expires_ms: self.expires_ms,
            paid_ms: self.paid_ms,
            reversed_ms: self.reversed_ms,
            notified: self.notified,
            refunded_fen: self.refunded_fen(),
            refunds: self.refunds.iter().map(|refund| refund_row(refund, now)).collect(),
        }
    }
}

fn refund_row(refund: &Refund, now: i64) -> RefundRow {
    RefundRow {
        number: refund.number.clone(),
        id: refund.id.clone(),
        fen: refund.fen,
        asked_ms: refund.asked_ms,
        done_ms: refund.done_ms,
        ended: refund.ended(now),
    }
}

/// One order as the channel's book has it: what is true, whatever the merchant was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Whose book.
    pub channel: Which,
    /// The merchant's number.
    #[serde(rename = "out_trade_no")]
    pub number: String,
    /// How it is paid.
    pub product: Product,
    /// Where it stands.
    pub state: State,
    /// The amount.
    #[serde(rename = "amount_fen")]
    pub fen: i64,
    /// What the payer reads.
    pub description: String,
    /// The newest QR code, prepay id or H5 address.
    pub code: Option<String>,
    /// The channel's number, in use once paid.
    #[serde(rename = "channel_txn")]
    pub txn: String,
    /// The payer's openid.
    pub payer: String,
    /// When it was ordered.
    pub created_ms: i64,
    /// Until when it can be paid.
    pub expires_ms: i64,
    /// When money was taken; says so even when the state does not.
    pub paid_ms: Option<i64>,
    /// When a code payment was undone (the money, if taken, went back then).
    pub reversed_ms: Option<i64>,
    /// The merchant has acknowledged the payment notice.
    pub notified: bool,
    /// Given back or on its way by refunds.
    pub refunded_fen: i64,
    /// One by one.
    pub refunds: Vec<RefundRow>,
}

/// One refund of a [`Row`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundRow {
    /// The merchant's number.
    #[serde(rename = "out_refund_no")]
    pub number: String,
    /// The channel's number.
    pub id: String,
    /// The amount.
    #[serde(rename = "amount_fen")]
    pub fen: i64,
    /// When it was asked for.
    pub asked_ms: i64,
    /// When it ends, or ended.
    pub done_ms: i64,
    /// How it ended; absent while under way.
    pub ended: Option<RefundEnd>,
}

/// A first or repeated order request.
#[derive(Debug)]
pub(crate) struct NewOrder {
    pub channel: Which,
    pub number: String,
    pub product: Product,
    pub fen: i64,
    pub description: String,
    pub attach: Option<String>,
    pub notify_url: Option<String>,
    pub params: String,
    pub payer: String,
    pub expires_ms: i64,
}

/// Why an order, payment or refund was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nobody knows the number or code.
    NoSuchOrder,
    /// The number again, with other parameters.
    OtherParams,
    /// Closed before it was paid.
    Closed,
    /// Paid already.
    AlreadyPaid,
    /// Not paid, so nothing to refund.
    NotPaid,
    /// Too late to pay.
    Expired,
    /// A newer code took this one's place.
    CodeReplaced,
    /// More than was paid, or nothing.
    RefundTooLarge,
    /// The refund number again, for another sum or order.
    RefundDiffers,
    /// More refunds of one order than a channel takes.
    TooManyRefunds,
    /// Code pay: undone already.
    Reversed,
    /// Code pay: the payer is at the password.
    UserPaying,
    /// Code pay: this code was used.
    CodeUsed,
    /// Code pay: this code is too old.
    CodeExpired,
    /// Code pay: the payer has too little money.
    NotEnough,
    /// Only a code payment can be reversed.
    NotCodePay,
    /// A code payment cannot be closed, only reversed.
    MustReverse,
    /// Refunded in part, so it cannot be undone as a whole.
    AlreadyRefunded,
}

impl Refused {
    /// The name in the control API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSuchOrder => "no_such_order",
            Self::OtherParams => "other_params",
            Self::Closed => "closed",
            Self::AlreadyPaid => "already_paid",
            Self::NotPaid => "not_paid",
            Self::Expired => "expired",
            Self::CodeReplaced => "code_replaced",
            Self::RefundTooLarge => "refund_too_large",
            Self::RefundDiffers => "refund_differs",
            Self::TooManyRefunds => "too_many_refunds",
            Self::Reversed => "reversed",
            Self::UserPaying => "user_paying",
            Self::CodeUsed => "code_used",
            Self::CodeExpired => "code_expired",
            Self::NotEnough => "not_enough",
            Self::NotCodePay => "not_code_pay",
            Self::MustReverse => "must_reverse",
            Self::AlreadyRefunded => "already_refunded",
        }
    }
}
