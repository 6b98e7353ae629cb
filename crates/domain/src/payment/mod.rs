//! The money stream: tries at the payment channels, what the channels said, and captures. Paid is monotone.
//!
//! The floor says what is wanted (an *ask*); here stands what was tried (an *attempt*) and what came of it. Notice, query,
//! close result and cashier's question all become the same command, [`PaymentCommand::RecordResult`], and whichever comes
//! first decides.

mod apply;
mod case;
mod decide;
mod refund;

pub use case::{BillCompared, Case, CaseKind, OpenCase};
pub use refund::{ChannelRefund, RefundResult, RefundState};

use crate::floor::{RefundWhy, Way};
use crate::{AskId, AttemptId, CaseId, Currency, Money, RefundId, SessionId, StaffId, Timestamp};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// State of the money stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Payments {
    /// Every try of the last days, by its number at the channel.
    pub attempts: BTreeMap<AttemptId, Attempt>,
    /// The try of each wish to pay.
    pub by_ask: BTreeMap<AskId, AttemptId>,
    /// Tries that are not final, or whose money isn't on a check yet: the work that is left.
    pub outstanding: BTreeSet<AttemptId>,
    /// Closed without the channel's proof: looked at until nobody can pay them any more.
    pub watched: BTreeMap<AttemptId, Timestamp>,
    /// Money going back through a channel.
    pub refunds: BTreeMap<RefundId, ChannelRefund>,
    /// Refunds that are not final, or whose end the check doesn't know yet.
    pub outstanding_refunds: BTreeSet<RefundId>,
    /// What a person has to look at, and what they had.
    pub cases: BTreeMap<CaseId, Case>,
    /// Days compared with a channel's bill, by [`BillCompared::key`].
    pub bills: BTreeMap<String, BillCompared>,
    /// Captured on the cloud's word alone: the channel is asked as soon as it can be.
    #[serde(default)]
    pub unproved: BTreeSet<AttemptId>,
}

/// A payment channel, as the journal names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChannelTag {
    /// 微信支付.
    Wechat,
    /// 支付宝.
    Alipay,
}

impl ChannelTag {
    /// The channel that moves money in this way, if one does.
    pub fn of(way: Way) -> Option<ChannelTag> {
        match way {
            Way::WechatJsapi | Way::WechatNative | Way::WechatH5 | Way::WechatCode => Some(ChannelTag::Wechat),
            Way::AlipayApp | Way::AlipayQr | Way::AlipayWap | Way::AlipayCode => Some(ChannelTag::Alipay),
            Way::Cash | Way::Card | Way::HouseAccount | Way::MemberBalance => None,
        }
    }
}

/// One try with one channel. Recorded durably before the channel is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Attempt {
    pub attempt: AttemptId,
    pub ask: AskId,
    pub session: SessionId,
    pub way: Way,
    pub amount: Money,
    pub started_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: AttemptState,
    /// What the diner needs in order to pay, once the channel has given it.
    pub opened: Option<Opened>,
    /// Somebody wants it closed; the channel has yet to prove that it is.
    pub closing: bool,
    /// When the channel was last asked, and how often.
    pub asked_at: Option<Timestamp>,
    pub times_asked: u32,
    /// The captured money stands on the check.
    pub credited: bool,
    /// Why the last answer decided nothing.
    pub unknown_why: Option<String>,
    /// What happened to it, in order.
    pub timeline: Vec<Step>,
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Step {
    pub at: Timestamp,
    /// The kind of the event.
    pub what: String,
    /// The channel's word or code, if it said one.
    pub detail: Option<String>,
}

/// Where a try stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptState {
    /// Not final: waiting for the diner or for the channel.
    Open,
    /// The channel has the diner's money for us.
    Captured {
        /// The channel's own number.
        channel_txn: String,
        /// When, by the channel's clock.
        paid_at: Timestamp,
    },
    /// Nobody can pay it any more.
    Closed,
    /// The channel refused it.
    Failed {
        /// The channel's code.
        code: String,
    },
    /// Taken back (撤销): nobody can pay it any more, and money that had moved went back.
    Reversed,
}

/// What the diner needs to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Opened {
    /// A code to scan.
    Code {
        /// Its content.
        code_url: String,
    },
    /// Parameters for the payment sheet inside WeChat.
    Jsapi(Jsapi),
    /// The trade for the payment sheet inside Alipay.
    TradeNo {
        /// Alipay's number of it.
        trade_no: String,
    },
    /// A page of the channel's to go to.
    Browser {
        /// Where it is.
        url: String,
    },
}

/// Parameters of `wx.requestPayment`, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Jsapi {
    pub app_id: String,
    pub time_stamp: String,
    pub nonce_str: String,
    pub package: String,
    pub sign_type: String,
    pub pay_sign: String,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Source {
    Open,
    Notice,
    Query,
    Close,
    /// The answer to paying by the guest's code.
    Pay,
    Reverse,
    /// A row of the channel's bill.
    Bill,
    /// A receipt that the cloud signed for a channel's notice while the store was cut off.
    Receipt,
}

/// What a channel said about a try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum ChannelResult {
    /// Ready to be paid.
    Opened(Opened),
    /// Paid, as the channel says; compared with what was asked before it counts.
    Paid { channel_txn: String, amount: Money, currency: Currency, merchant_matches: bool, paid_at: Timestamp },
    /// Not paid so far.
    NotPaid,
    /// Closed at the channel.
    Closed,
    /// The channel knows nothing of it, so there was nothing to close: nobody has it to pay, as far as anybody can tell. It is
    /// looked at until its time is up.
    ClosedUnseen,
    /// Taken back, whatever had become of it.
    Reversed,
    /// Refused for good.
    Failed { code: String },
    /// Anything else: no answer, a broken one, a server error. Decides nothing.
    Unknown { why: String },
}

/// A command to the money stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum PaymentCommand {
    /// Records a try, before the channel hears of it.
    StartAttempt { attempt: AttemptId, ask: AskId, session: SessionId, way: Way, amount: Money, expires_at: Timestamp },
    /// Records what the channel said.
    RecordResult { attempt: AttemptId, source: Source, result: ChannelResult },
    /// Wants the try closed; it stays open until the channel proves it.
    RequestClose { attempt: AttemptId },
    /// Its time is up and the channel still says that nobody paid: the looking ends.
    EndWatch { attempt: AttemptId },
    /// The money stands on the check.
    MarkCredited { attempt: AttemptId },
    /// The check is gone: a person must look.
    MarkNoCheck { attempt: AttemptId },
    /// Records a refund, before the channel hears of it.
    StartRefund { refund: RefundId, attempt: AttemptId, amount: Money, why: RefundWhy },
    /// Records what the channel said about a refund.
    RecordRefund { refund: RefundId, source: Source, result: RefundResult },
    /// Tries a failed refund again: under the same number, or under the next where the channel has given the number up.
    RetryRefund { refund: RefundId },
    /// The check knows that the refund has ended.
    MarkRefundBooked { refund: RefundId },
    /// Puts something before a person. The same case is opened once.
    OpenCase(OpenCase),
    /// Somebody takes a case.
    TakeCase { case: CaseId, by: StaffId },
    /// Somebody has settled a case; how, in their words.
    ResolveCase { case: CaseId, by: StaffId, how: String },
    /// A day was compared with the channel's bill.
    RecordBill(BillCompared),
    /// Forgets final tries that began before this; the journal keeps them.
    ForgetBefore { before: Timestamp },
}

/// A fact of the money stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum PaymentEvent {
    AttemptStarted {
        attempt: AttemptId,
        ask: AskId,
        session: SessionId,
        way: Way,
        amount: Money,
        at: Timestamp,
        expires_at: Timestamp,
    },
    AttemptOpened {
        attempt: AttemptId,
        opened: Opened,
        at: Timestamp,
    },
    AttemptAsked {
        attempt: AttemptId,
        source: Source,
        unknown_why: Option<String>,
        at: Timestamp,
    },
    CloseRequested {
        attempt: AttemptId,
        at: Timestamp,
    },
    Captured {
        attempt: AttemptId,
        source: Source,
        channel_txn: String,
        amount: Money,
        paid_at: Timestamp,
        at: Timestamp,
    },
    AttemptClosed {
        attempt: AttemptId,
        at: Timestamp,
        /// Closed without the channel's proof: looked at until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        watch_until: Option<Timestamp>,
    },
    WatchEnded {
        attempt: AttemptId,
        at: Timestamp,
    },
    AttemptFailed {
        attempt: AttemptId,
        code: String,
        at: Timestamp,
    },
    MismatchSeen {
        attempt: AttemptId,
        source: Source,
        what: String,
        seen: String,
        at: Timestamp,
    },
    CaptureCredited {
        attempt: AttemptId,
        at: Timestamp,
    },
    CaptureUnplaced {
        attempt: AttemptId,
        at: Timestamp,
    },
    /// The channel has taken the try back; `captured` where its money had been captured before.
    AttemptReversed {
        attempt: AttemptId,
        captured: bool,
        at: Timestamp,
    },
    RefundStarted {
        refund: RefundId,
        attempt: AttemptId,
        amount: Money,
        why: RefundWhy,
        at: Timestamp,
    },
    RefundAnswered {
        refund: RefundId,
        source: Source,
        unknown_why: Option<String>,
        at: Timestamp,
    },
    RefundSucceeded {
        refund: RefundId,
        source: Source,
        channel_refund: Option<String>,
        at: Timestamp,
    },
    /// `dead`: the channel has given the number up for good, so the next try needs another.
    RefundFailed {
        refund: RefundId,
        code: String,
        dead: bool,
        at: Timestamp,
    },
    RefundRetried {
        refund: RefundId,
        number: u32,
        at: Timestamp,
    },
    RefundBooked {
        refund: RefundId,
        at: Timestamp,
    },
    CaseOpened {
        case: CaseId,
        kind: CaseKind,
        attempt: Option<AttemptId>,
        refund: Option<RefundId>,
        amount: Option<Money>,
        detail: String,
        at: Timestamp,
        due_at: Timestamp,
    },
    CaseTaken {
        case: CaseId,
        by: StaffId,
        at: Timestamp,
    },
    /// `by`: nobody where it ended by itself.
    CaseResolved {
        case: CaseId,
        by: Option<StaffId>,
        how: String,
        at: Timestamp,
    },
    BillCompared(BillCompared),
    AttemptsForgotten {
        before: Timestamp,
    },
}

/// Why the money stream says no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum PaymentReject {
    AttemptUnknown,
    AttemptExists,
    /// This wish to pay has its try already.
    AskHasAttempt {
        attempt: AttemptId,
    },
    NotCaptured,
    /// Paid money can't be closed away.
    AlreadyCaptured,
    /// The money stands on a check: it goes back from there.
    OnACheck,
    RefundUnknown,
    RefundExists,
    /// More than was captured would go back.
    RefundTooLarge {
        left: Money,
    },
    /// Only a failed refund is tried again.
    RefundNotFailed,
    RefundNotFinal,
    CaseUnknown,
    CaseClosed,
    /// The words are missing, too long or can't be printed.
    BadText,
}

impl PaymentEvent {
    /// The published name of the event's format.
    pub fn kind(&self) -> &'static str {
        match self {
            PaymentEvent::AttemptStarted { .. } => "AttemptStarted",
            PaymentEvent::AttemptOpened { .. } => "AttemptOpened",
            PaymentEvent::AttemptAsked { .. } => "AttemptAsked",
            PaymentEvent::CloseRequested { .. } => "CloseRequested",
            PaymentEvent::Captured { .. } => "Captured",
            PaymentEvent::AttemptClosed { .. } => "AttemptClosed",
            PaymentEvent::AttemptFailed { .. } => "AttemptFailed",
            PaymentEvent::WatchEnded { .. } => "WatchEnded",
            PaymentEvent::MismatchSeen { .. } => "MismatchSeen",
            PaymentEvent::CaptureCredited { .. } => "CaptureCredited",
            PaymentEvent::CaptureUnplaced { .. } => "CaptureUnplaced",
            PaymentEvent::AttemptReversed { .. } => "AttemptReversed",
            PaymentEvent::RefundStarted { .. } => "RefundStarted",
            PaymentEvent::RefundAnswered { .. } => "RefundAnswered",
            PaymentEvent::RefundSucceeded { .. } => "RefundSucceeded",
            PaymentEvent::RefundFailed { .. } => "RefundFailed",
            PaymentEvent::RefundRetried { .. } => "RefundRetried",
            PaymentEvent::RefundBooked { .. } => "RefundBooked",
            PaymentEvent::CaseOpened { .. } => "CaseOpened",
            PaymentEvent::CaseTaken { .. } => "CaseTaken",
            PaymentEvent::CaseResolved { .. } => "CaseResolved",
            PaymentEvent::BillCompared(_) => "BillCompared",
            PaymentEvent::AttemptsForgotten { .. } => "AttemptsForgotten",
        }
    }
}

impl Opened {
    /// The code to scan, if that is it.
    pub fn code_url(&self) -> Option<String> {
        match self {
            Opened::Code { code_url } => Some(code_url.clone()),
            Opened::Jsapi(_) | Opened::TradeNo { .. } | Opened::Browser { .. } => None,
        }
    }

    /// The parameters for WeChat's payment sheet, if that is it.
    pub fn jsapi(&self) -> Option<Jsapi> {
        match self {
            Opened::Jsapi(jsapi) => Some(jsapi.clone()),
            Opened::Code { .. } | Opened::TradeNo { .. } | Opened::Browser { .. } => None,
        }
    }

    /// The trade for Alipay's payment sheet, if that is it.
    pub fn trade_no(&self) -> Option<String> {
        match self {
            Opened::TradeNo { trade_no } => Some(trade_no.clone()),
            Opened::Code { .. } | Opened::Jsapi(_) | Opened::Browser { .. } => None,
        }
    }

    /// The channel's page, if that is it.
    pub fn browser_url(&self) -> Option<String> {
        match self {
            Opened::Browser { url } => Some(url.clone()),
            Opened::Code { .. } | Opened::Jsapi(_) | Opened::TradeNo { .. } => None,
        }
    }
}

impl Attempt {
    /// Nothing the channel says can change it any more, except that money still came.
    pub fn is_final(&self) -> bool {
        match &self.state {
            AttemptState::Open => false,
            AttemptState::Captured { .. } | AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => true,
        }
    }
}
