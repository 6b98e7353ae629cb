//! The channel port: what the house asks of any payment channel, and what it may hear back.

use std::net::IpAddr;

use async_trait::async_trait;
use domain::Money;
use serde::{Deserialize, Serialize};

pub use crate::auth_code::AuthCode;
pub use crate::bill::{BillAnswer, BillDay, BillRow, FlowRow};

/// Which channel an attempt went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelName {
    /// 微信支付.
    Wechat,
    /// 支付宝.
    Alipay,
}

impl ChannelName {
    /// The name in routes and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wechat => "wechat",
            Self::Alipay => "alipay",
        }
    }
}

/// What became of a call. There is no fourth case, and the third never turns into the second by waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The channel answered and the answer is proven to be its own.
    Succeeded(T),
    /// The channel refused: this call did nothing. Where an earlier call with the same number ended in
    /// `Unknown`, that one may still have worked, and only a query settles it.
    DefinitelyFailed {
        /// The channel's code, or ours in capitals when we refused before sending.
        code: String,
        /// The channel's words, for the log.
        message: String,
    },
    /// It may have happened: no answer, a server error, a wrong signature, an unreadable body, or an
    /// answer that needs a query to settle. Ask again with the same number; never start a second payment.
    Unknown {
        /// Words for the log.
        why: String,
    },
}

impl<T> Outcome<T> {
    /// Changes the value of a success and leaves the rest.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Succeeded(value) => Outcome::Succeeded(f(value)),
            Self::DefinitelyFailed { code, message } => Outcome::DefinitelyFailed { code, message },
            Self::Unknown { why } => Outcome::Unknown { why },
        }
    }

    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }

    pub(crate) fn failed(code: &str, message: impl Into<String>) -> Self {
        Self::DefinitelyFailed { code: code.to_owned(), message: message.into() }
    }
}

/// Asks a channel to let someone pay. Sending the same `Open` again is safe and renews the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Our number, unique for ever: 6 to 32 of `[0-9A-Za-z_]` ([`is_attempt_no`]).
    pub attempt_no: String,
    /// What to pay; more than nothing.
    pub amount: Money,
    /// What the payer sees; cleaned to what the channel takes.
    pub description: String,
    /// Where the channel reports; https without a query string (plain http only to the simulator).
    pub notify_url: String,
    /// Last moment to pay, UTC milliseconds. Must not change between repeats.
    pub expires_at_ms: i64,
}

/// How the payer gets to the payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenBy {
    /// Inside the channel's own app, signed in: a mini-program or the app's browser.
    InApp {
        /// The payer's id there (`openid`, `buyer_open_id`).
        payer: String,
    },
    /// A code that the payer scans from a screen or a receipt.
    Code,
    /// Any browser on the payer's phone, which is sent to the channel's page.
    Browser {
        /// The payer's own address; WeChat Pay refuses 127.0.0.1.
        payer_ip: IpAddr,
        /// Where the channel's page sends the payer afterwards. Coming back proves nothing.
        return_url: String,
    },
}

/// Takes money from the code in the payer's wallet (付款码), which the cashier has scanned. The same `attempt_no` takes it once,
/// and a code works once: an unclear answer is asked after, never sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePay {
    /// Our number, unique for ever ([`is_attempt_no`]).
    pub attempt_no: String,
    /// What to pay; more than nothing.
    pub amount: Money,
    /// What the payer sees; cleaned to what the channel takes.
    pub description: String,
    /// Where the channel reports, if it does (Alipay).
    pub notify_url: String,
    /// The digits of the wallet's code; worth money for a minute, so never logged or kept.
    pub auth_code: AuthCode,
    /// Which till, for the channel's risk rules: 1 to 32 of `[0-9A-Za-z_-]`.
    pub terminal: String,
    /// The till's or server's own address, which WeChat Pay wants to know.
    pub terminal_ip: IpAddr,
}

/// What the payer's device needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Opened {
    /// The arguments of `wx.requestPayment` (a mini-program leaves `app_id` out).
    Jsapi {
        /// `appId`
        app_id: String,
        /// `timeStamp`, seconds as text
        time_stamp: String,
        /// `nonceStr`
        nonce_str: String,
        /// `package`, `prepay_id=…` with the prefix
        package: String,
        /// `signType`, always `RSA`
        sign_type: String,
        /// `paySign`
        pay_sign: String,
    },
    /// The argument of `my.tradePay`.
    TradeNo {
        /// Alipay's number of the trade.
        trade_no: String,
    },
    /// A text to show as a QR code.
    Code {
        /// `weixin://…` or `https://qr.alipay.com/…`
        code_url: String,
    },
    /// A page of the channel's to go to.
    Browser {
        /// Where to send the payer.
        url: String,
    },
}

/// Proof of a payment, as the channel states it. Compare with [`proves`] before believing it is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// The channel's number, for people and bills.
    pub channel_txn: String,
    /// The order's total (what we asked for), not what was left after the channel's coupons.
    pub amount: Money,
    /// ISO 4217.
    pub currency: String,
    /// `mchid` or `seller_id`.
    pub merchant: String,
    /// `appid` or `app_id`.
    pub app: String,
    /// Our number.
    pub attempt_no: String,
    /// UTC milliseconds, by the channel's clock.
    pub paid_at_ms: i64,
    /// The payer's id at the channel. Personal data: keep it out of the journal.
    pub payer: Option<String>,
}

/// What a channel says about one of our numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Known and unpaid; may still be paid.
    NotPaid,
    /// Being paid right now.
    Paying,
    /// Paid.
    Paid(Paid),
    /// Cannot be paid any more. Alipay says the same of a payment refunded in full; when it gives no
    /// payment time the two cannot be told apart, so a caller that already knows of a payment keeps it.
    Closed,
    /// Unknown to the channel. Not proof that nobody can pay: an Alipay code has no trade until it is scanned.
    NotFound,
    /// Was paid, and a refund was asked for since; [`Channel::query_refund`] tells how far it got.
    Refunded(Paid),
    /// Taken back by a reverse: nobody can pay it any more and no money stays moved.
    Reversed,
    /// The wallet refused, for instance for want of money. Where `money_may_have_moved`, only a reverse makes it certain
    /// that none did.
    PayFailed {
        /// The channel's word for it.
        code: String,
        /// WeChat Pay's PAYERROR has been seen with the money taken.
        money_may_have_moved: bool,
    },
}

/// What a close achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It can no longer be paid.
    Closed,
    /// Too late: it is paid. Query for the proof.
    AlreadyPaid,
    /// The channel does not know the number; see [`ChannelState::NotFound`].
    NotFound,
}

/// What a reverse (撤销) achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reversed {
    /// Nobody can pay it any more, and money that had moved went back.
    Reversed,
    /// Not now: the payer is typing the password, or the channel says "call again".
    NotYet,
    /// The channel does not know the number.
    NotFound,
}

/// Asks for money back. The same `refund_no` moves money once, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAsk {
    /// The paid attempt.
    pub attempt_no: String,
    /// Our number for this refund: 1 to 64 of `[0-9A-Za-z_-]` ([`is_refund_no`]). Never a new one after Unknown.
    pub refund_no: String,
    /// How much goes back, positive.
    pub amount: Money,
    /// What was paid.
    pub total: Money,
    /// Shown to the payer.
    pub reason: String,
    /// Where the channel reports how it ends, if it does. Must not change between repeats.
    pub notify_url: String,
}

/// How far a refund got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundState {
    /// The paid attempt.
    pub attempt_no: String,
    /// Our refund number.
    pub refund_no: String,
    /// The channel's number, where it has one.
    pub channel_refund: Option<String>,
    /// This refund's amount (never the running total).
    pub amount: Money,
    /// Where it stands.
    pub status: RefundStatus,
    /// When it succeeded, UTC milliseconds, if told.
    pub at_ms: Option<i64>,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Accepted, under way; query later.
    Processing,
    /// The money went back.
    Succeeded,
    /// Given up by the channel; needs a new refund number.
    Closed,
    /// Stuck (for example a cancelled bank card): a person must act at the channel.
    Abnormal,
    /// The channel has no such refund, or not yet.
    NotFound,
}

/// A channel's verified message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The channel's id of the message; may repeat, and one payment may come under several ids.
    pub id: String,
    /// What it tells.
    pub body: NoticeBody,
}

/// What a notice tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeBody {
    /// A payment; check it with [`proves`].
    Paid(Paid),
    /// A refund moved. `state` is there when the notice proves it; otherwise query.
    Refund {
        /// The paid attempt.
        attempt_no: String,
        /// Our refund number, if told.
        refund_no: Option<String>,
        /// The proof, if the notice is one.
        state: Option<RefundState>,
    },
    /// Closed unpaid (or refunded in full); query before acting.
    Closed {
        /// Our number.
        attempt_no: String,
    },
    /// Genuine, but nothing we act on (a probe, a new kind).
    Other {
        /// The channel's word for it.
        kind: String,
    },
}

/// Why a notice was not believed. None of these carries key material or the body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefused {
    /// A header or field that the signature needs is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The same header or field twice: which one was signed?
    #[error("{0} appears twice")]
    Twice(String),
    /// A signature method we do not take (no downgrades).
    #[error("signature method not accepted")]
    WrongMethod,
    /// The timestamp is unreadable or more than 300 s away from our clock.
    #[error("timestamp outside the window")]
    Stale,
    /// No key under that serial.
    #[error("no key with serial {0}")]
    UnknownSerial(String),
    /// The signature is not the channel's. Also what the channel's own probes get.
    #[error("bad signature")]
    BadSignature,
    /// Genuine, but the encrypted part does not open.
    #[error("cannot decrypt")]
    CannotDecrypt,
    /// Larger than any notice is.
    #[error("too large")]
    TooLarge,
    /// Genuine or not, it is not in the documented form.
    #[error("unreadable: {0}")]
    Unreadable(&'static str),
}

/// How to answer a notice over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeReply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Exactly this body.
    pub body: &'static str,
}

/// One payment channel. Every call is safe to repeat with the same numbers.
#[async_trait]
pub trait Channel: Send + Sync + std::fmt::Debug {
    /// Which one.
    fn name(&self) -> ChannelName;
    /// Our merchant number there.
    fn merchant(&self) -> &str;
    /// Our application id there.
    fn app(&self) -> &str;
    /// Lets somebody pay. Where the channel has no such way, `DefinitelyFailed` with `NOT_SUPPORTED`.
    async fn open(&self, open: &Open, by: &OpenBy) -> Outcome<Opened>;
    /// Takes money by the payer's own code. `Succeeded` holds what the channel made of it: `Paid`, `Paying` while the payer types
    /// a password, or `PayFailed`.
    async fn pay_code(&self, pay: &CodePay) -> Outcome<ChannelState>;
    /// Takes an attempt back whatever became of it: unpaid is closed, paid goes back. For code payments only, not before
    /// [`Channel::reverse_after_ms`], and right after a query that settled nothing.
    async fn reverse(&self, attempt_no: &str) -> Outcome<Reversed>;
    /// How long after paying by code the channel wants to wait before a reverse. Units: milliseconds.
    fn reverse_after_ms(&self) -> i64;
    /// Asks what became of an attempt. Never `DefinitelyFailed`: a question that fails proves nothing.
    async fn query(&self, attempt_no: &str) -> Outcome<ChannelState>;
    /// Makes an unpaid attempt unpayable.
    async fn close(&self, attempt_no: &str) -> Outcome<Closed>;
    /// Sends money back.
    async fn refund(&self, ask: &RefundAsk) -> Outcome<RefundState>;
    /// Asks what became of a refund. Never `DefinitelyFailed`.
    async fn query_refund(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState>;
    /// Everything the channel booked on a day (Beijing time), checked for wholeness.
    async fn trade_bill(&self, day: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>>;
    /// The movements of the merchant's account on a day; `Succeeded(Ready(None))` where the channel has no such bill here.
    async fn fund_flow(&self, day: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>>;
    /// A question that moves nothing and whose true answer is known ("no such attempt"): whether the channel answers at all,
    /// and believably.
    async fn probe(&self) -> Outcome<()>;
    /// Fetches the channel's verification keys anew where it hands them out (WeChat Pay's platform certificates).
    async fn refresh_keys(&self) -> Outcome<()>;
    /// Verifies and reads a notice. Pure: no IO, and the clock is an argument.
    fn read_notice(&self, headers: &[(String, String)], body: &[u8], now_ms: i64) -> Result<Notice, NoticeRefused>;
    /// The answer once the notice is stored.
    fn notice_accepted(&self) -> NoticeReply;
    /// The answer to a refused notice, or when it could not be stored: the channel will come again.
    fn notice_refused(&self) -> NoticeReply;

    /// What a proof for this attempt must say.
    fn expects(&self, attempt_no: &str, amount: Money) -> Expected {
        Expected {
            attempt_no: attempt_no.to_owned(),
            amount,
            currency: "CNY".to_owned(),
            merchant: self.merchant().to_owned(),
            app: self.app().to_owned(),
        }
    }
}

/// What we asked for, to hold a [`Paid`] against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Our number.
    pub attempt_no: String,
    /// The amount asked.
    pub amount: Money,
    /// ISO 4217.
    pub currency: String,
    /// Our merchant number.
    pub merchant: String,
    /// Our application id.
    pub app: String,
}

/// A genuine payment that is not the one we asked for. Someone must look; nothing is credited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another attempt's.
    #[error("attempt number: expected {expected}, channel says {got}")]
    AttemptNo {
        /// Ours.
        expected: String,
        /// Theirs.
        got: String,
    },
    /// Another amount.
    #[error("amount: expected {} fen, channel says {} fen", expected.0, got.0)]
    Amount {
        /// Ours.
        expected: Money,
        /// Theirs.
        got: Money,
    },
    /// Another currency.
    #[error("currency: expected {expected}, channel says {got}")]
    Currency {
        /// Ours.
        expected: String,
        /// Theirs.
        got: String,
    },
    /// Another merchant's money.
    #[error("merchant: expected {expected}, channel says {got}")]
    Merchant {
        /// Ours.
        expected: String,
        /// Theirs.
        got: String,
    },
    /// Another application's.
    #[error("app: expected {expected}, channel says {got}")]
    App {
        /// Ours.
        expected: String,
        /// Theirs.
        got: String,
    },
}

/// Whether this payment is the one we asked for. A valid signature alone proves only who speaks.
pub fn proves(paid: &Paid, wanted: &Expected) -> Result<(), Mismatch> {
    let pair = |expected: &str, got: &str| (expected.to_owned(), got.to_owned());
    if paid.attempt_no != wanted.attempt_no {
        let (expected, got) = pair(&wanted.attempt_no, &paid.attempt_no);
        return Err(Mismatch::AttemptNo { expected, got });
    }
    if paid.merchant != wanted.merchant {
        let (expected, got) = pair(&wanted.merchant, &paid.merchant);
        return Err(Mismatch::Merchant { expected, got });
    }
    if paid.app != wanted.app {
        let (expected, got) = pair(&wanted.app, &paid.app);
        return Err(Mismatch::App { expected, got });
    }
    if paid.currency != wanted.currency {
        let (expected, got) = pair(&wanted.currency, &paid.currency);
        return Err(Mismatch::Currency { expected, got });
    }
    if paid.amount != wanted.amount {
        return Err(Mismatch::Amount { expected: wanted.amount, got: paid.amount });
    }
    Ok(())
}

/// Both channels take 6 to 32 of `[0-9A-Za-z_]`; WeChat Pay alone would take more signs.
pub fn is_attempt_no(text: &str) -> bool {
    (6..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Both channels take 1 to 64 of `[0-9A-Za-z_-]`.
pub fn is_refund_no(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
