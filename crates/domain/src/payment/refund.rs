//! Money back through a channel, driven to a final answer like a payment.

use super::case::{ended_by_itself, opened, opened_again};
use super::{AttemptState, CaseKind, OpenCase, PaymentEvent, PaymentReject, Payments, Source, Step};
use crate::floor::{RefundWhy, Way};
use crate::{AttemptId, Money, RefundId, SessionId, Timestamp};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One refund at a channel. Recorded durably before the channel is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ChannelRefund {
    pub refund: RefundId,
    pub attempt: AttemptId,
    pub session: SessionId,
    pub way: Way,
    pub amount: Money,
    pub why: RefundWhy,
    pub started_at: Timestamp,
    pub state: RefundState,
    /// Which number at the channel: 0 for the first; counts up only where the channel gave the former up.
    pub number: u32,
    pub asked_at: Option<Timestamp>,
    pub times_asked: u32,
    pub unknown_why: Option<String>,
    /// The check knows how it ended.
    pub booked: bool,
    /// What happened to it, in order.
    pub timeline: Vec<Step>,
}

/// Where a refund stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum RefundState {
    Open,
    Succeeded {
        channel_refund: Option<String>,
        at: Timestamp,
    },
    /// A person must act: the channel refused, or is stuck.
    Failed {
        code: String,
        /// The channel has given the number up.
        dead: bool,
    },
}

/// What a channel said about a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum RefundResult {
    /// The money went back.
    Succeeded { channel_refund: Option<String>, amount: Money },
    /// Accepted, under way.
    Processing,
    /// No certain answer, or one that may change: the same number is asked again.
    Unknown { why: String },
    /// Refused, or given up.
    Failed { code: String, dead: bool },
}

impl ChannelRefund {
    /// The number the channel knows it by: the same however often it is sent.
    pub fn channel_no(&self) -> String {
        match self.number {
            0 => self.refund.to_string(),
            n => alloc::format!("{}-{n}", self.refund),
        }
    }
}

impl Payments {
    /// What of a captured payment may still go back.
    pub fn refundable(&self, attempt: AttemptId) -> Money {
        let captured = match self.attempts.get(&attempt) {
            Some(standing) if matches!(standing.state, AttemptState::Captured { .. }) => standing.amount,
            // Whatever it was, the channel has taken it back.
            Some(standing) if standing.state == AttemptState::Reversed => Money::ZERO,
            Some(_) => self.mismatched(attempt),
            None => Money::ZERO,
        };
        let back = self.refunds.values().filter(|refund| refund.attempt == attempt);
        captured - back.map(|refund| refund.amount).sum()
    }

    /// What the channel holds of a payment that didn't match.
    fn mismatched(&self, attempt: AttemptId) -> Money {
        let case = self.cases.get(&CaseKind::Mismatch.about(attempt.0));
        case.and_then(|case| case.amount).unwrap_or_default()
    }
}

pub(super) fn start(
    payments: &Payments,
    refund: RefundId,
    attempt: AttemptId,
    amount: Money,
    why: RefundWhy,
    now: Timestamp,
) -> Result<Vec<PaymentEvent>, PaymentReject> {
    if payments.refunds.contains_key(&refund) {
        return Err(PaymentReject::RefundExists);
    }
    payments.attempts.get(&attempt).ok_or(PaymentReject::AttemptUnknown)?;
    let left = payments.refundable(attempt);
    if !amount.is_positive() || amount > left {
        return Err(PaymentReject::RefundTooLarge { left: left.max(Money::ZERO) });
    }
    let mut events = alloc::vec![PaymentEvent::RefundStarted { refund, attempt, amount, why, at: now }];
    if why == RefundWhy::TooMuch {
        let case = OpenCase {
            kind: CaseKind::Doubled,
            subject: attempt.0,
            attempt: Some(attempt),
            refund: Some(refund),
            amount: Some(amount),
            detail: String::new(),
        };
        events.extend(opened(payments, &case, now));
    }
    Ok(events)
}

/// The one place where a channel's word about a refund becomes a fact. Succeeded is monotone.
pub(super) fn record(
    payments: &Payments,
    refund: RefundId,
    source: Source,
    result: &RefundResult,
    now: Timestamp,
) -> Result<Vec<PaymentEvent>, PaymentReject> {
    let standing = payments.refunds.get(&refund).ok_or(PaymentReject::RefundUnknown)?;
    if matches!(standing.state, RefundState::Succeeded { .. }) {
        return Ok(Vec::new());
    }
    let failed = matches!(standing.state, RefundState::Failed { .. });
    let event = match result {
        RefundResult::Succeeded { amount, .. } if *amount != standing.amount && failed => return Ok(Vec::new()),
        RefundResult::Succeeded { amount, .. } if *amount != standing.amount => {
            return Ok(failure(payments, standing, "AMOUNT_DIFFERS", false, now));
        }
        RefundResult::Succeeded { channel_refund, .. } => {
            let done = PaymentEvent::RefundSucceeded { refund, source, channel_refund: channel_refund.clone(), at: now };
            let mut events = alloc::vec![done];
            events.extend(ended_by_itself(payments, CaseKind::RefundFailed, refund.0, "refunded", now));
            for kind in [CaseKind::Doubled, CaseKind::PaidAfterClose, CaseKind::NoCheck, CaseKind::Mismatch] {
                if ends(payments, standing, kind) {
                    events.extend(ended_by_itself(payments, kind, standing.attempt.0, "refunded", now));
                }
            }
            return Ok(events);
        }
        RefundResult::Processing | RefundResult::Unknown { .. } if failed => return Ok(Vec::new()),
        RefundResult::Processing => PaymentEvent::RefundAnswered { refund, source, unknown_why: None, at: now },
        RefundResult::Unknown { why } => PaymentEvent::RefundAnswered { refund, source, unknown_why: Some(why.clone()), at: now },
        RefundResult::Failed { .. } if failed => return Ok(Vec::new()),
        RefundResult::Failed { code, dead } => return Ok(failure(payments, standing, code, *dead, now)),
    };
    Ok(alloc::vec![event])
}

/// Whether a refund's success is what the case of its payment waits for: the very refund it is about, or nothing left to go back.
fn ends(payments: &Payments, standing: &ChannelRefund, kind: CaseKind) -> bool {
    let about = payments.cases.get(&kind.about(standing.attempt.0)).and_then(|case| case.refund);
    match about {
        Some(refund) => refund == standing.refund,
        None => !payments.refundable(standing.attempt).is_positive(),
    }
}

fn failure(payments: &Payments, standing: &ChannelRefund, code: &str, dead: bool, now: Timestamp) -> Vec<PaymentEvent> {
    let refund = standing.refund;
    let mut events = alloc::vec![PaymentEvent::RefundFailed { refund, code: code.to_string(), dead, at: now }];
    let case = OpenCase {
        kind: CaseKind::RefundFailed,
        subject: refund.0,
        attempt: Some(standing.attempt),
        refund: Some(refund),
        amount: Some(standing.amount),
        detail: code.to_string(),
    };
    events.extend(opened_again(payments, &case, now));
    events
}

pub(super) fn retry(payments: &Payments, refund: RefundId, now: Timestamp) -> Result<Vec<PaymentEvent>, PaymentReject> {
    let standing = payments.refunds.get(&refund).ok_or(PaymentReject::RefundUnknown)?;
    let RefundState::Failed { dead, .. } = standing.state else { return Err(PaymentReject::RefundNotFailed) };
    let number = standing.number + u32::from(dead);
    Ok(alloc::vec![PaymentEvent::RefundRetried { refund, number, at: now }])
}

pub(super) fn book(payments: &Payments, refund: RefundId, now: Timestamp) -> Result<Vec<PaymentEvent>, PaymentReject> {
    let standing = payments.refunds.get(&refund).ok_or(PaymentReject::RefundUnknown)?;
    match standing.state {
        RefundState::Succeeded { .. } if standing.booked => Ok(Vec::new()),
        RefundState::Succeeded { .. } => Ok(alloc::vec![PaymentEvent::RefundBooked { refund, at: now }]),
        RefundState::Open | RefundState::Failed { .. } => Err(PaymentReject::RefundNotFinal),
    }
}
