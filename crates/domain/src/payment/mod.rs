//! The money stream: tries at the payment channels, what the channels said, and captures. Paid is monotone.
//!
//! The floor says what is wanted (an *ask*); here stands what was tried (an *attempt*) and what came of it. Notice, query,
//! close result and cashier's question all become the same command, [`PaymentCommand::RecordResult`], and whichever comes
//! first decides.

mod apply;
mod decide;

use crate::floor::Way;
use crate::{AskId, AttemptId, Currency, Money, SessionId, Timestamp};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// State of the money stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Payments {
    /// Every try, by its number at the channel.
    pub attempts: BTreeMap<AttemptId, Attempt>,
    /// The try of each wish to pay.
    pub by_ask: BTreeMap<AskId, AttemptId>,
    /// Tries that are not final, or whose money isn't on a check yet: the work that is left.
    pub outstanding: BTreeSet<AttemptId>,
    /// What a person has to look at.
    pub exceptions: BTreeMap<AttemptId, MoneyException>,
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

/// Something about money that a person must look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum MoneyException {
    /// The channel reports a payment that doesn't match what was asked: it never reaches a check.
    Mismatch { what: String, seen: String, at: Timestamp },
    /// Captured, but the check it was for is gone.
    NoCheck { at: Timestamp },
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Source {
    Open,
    Notice,
    Query,
    Close,
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
    /// The money stands on the check.
    MarkCredited { attempt: AttemptId },
    /// The check is gone: a person must look.
    MarkNoCheck { attempt: AttemptId },
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
            PaymentEvent::MismatchSeen { .. } => "MismatchSeen",
            PaymentEvent::CaptureCredited { .. } => "CaptureCredited",
            PaymentEvent::CaptureUnplaced { .. } => "CaptureUnplaced",
        }
    }
}

impl Attempt {
    /// Nothing the channel says can change it any more, except that money still came.
    pub fn is_final(&self) -> bool {
        match &self.state {
            AttemptState::Open => false,
            AttemptState::Captured { .. } | AttemptState::Closed | AttemptState::Failed { .. } => true,
        }
    }
}
