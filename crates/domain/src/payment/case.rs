//! Cases (异常件): what about money a person must look at, each with an owner and a clock.

use super::{AttemptState, ChannelTag, PaymentEvent, PaymentReject, Payments};
use crate::text::{LONGEST_NOTE, is_plain};
use crate::{AttemptId, CaseId, Money, RefundId, StaffId, Timestamp};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// The channel hasn't given a certain answer for too long.
    UnknownTooLong,
    /// Paid after the payment had been closed.
    PaidAfterClose,
    /// More came than was owed; the rest goes back by itself.
    Doubled,
    /// The channel reports a payment that doesn't match what was asked; it never reaches a check.
    Mismatch,
    /// Captured, but the check it was for is no longer on the floor.
    NoCheck,
    /// The channel refused to give money back, or is stuck.
    RefundFailed,
    /// A reverse met a payment that had just gone through: the check owes it again.
    TakenBack,
    /// Somebody sent a notice with a false signature.
    NoticeForged,
    /// The channel reports a genuine payment nobody here asked for.
    NobodyAsked,
    /// Bill: the channel was paid, and we don't have it (掉单).
    BillMissed,
    /// Bill: a row we know nothing of (长款).
    BillExtra,
    /// Bill: we have it, and the channel doesn't (短款).
    BillShort,
    /// Bill: another amount.
    BillAmount,
    /// Bill: another state.
    BillState,
    /// Bill: booked twice.
    BillDuplicate,
    /// Bill: the account's movements don't fit the rows.
    BillFlow,
    /// Captured on a receipt of the cloud's, and the channel says that nobody paid: the cloud's key may be in other hands.
    ReceiptFalse,
}

impl CaseKind {
    /// How soon somebody should have looked. Units: minutes.
    fn minutes(self) -> u32 {
        match self {
            CaseKind::UnknownTooLong | CaseKind::TakenBack | CaseKind::Mismatch | CaseKind::ReceiptFalse => 15,
            CaseKind::PaidAfterClose | CaseKind::Doubled | CaseKind::NoCheck | CaseKind::RefundFailed => 4 * 60,
            CaseKind::NoticeForged
            | CaseKind::NobodyAsked
            | CaseKind::BillMissed
            | CaseKind::BillExtra
            | CaseKind::BillShort
            | CaseKind::BillAmount
            | CaseKind::BillState
            | CaseKind::BillDuplicate
            | CaseKind::BillFlow => 24 * 60,
        }
    }

    /// Names the case of this kind about something: the same for the same, so that it is opened once.
    pub fn about(self, subject: u128) -> CaseId {
        // An odd constant moves the kinds apart; ids are random, so nothing else meets them.
        CaseId(subject.wrapping_add((self as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)))
    }
}

/// Something about money that a person must look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Case {
    pub case: CaseId,
    pub kind: CaseKind,
    pub attempt: Option<AttemptId>,
    pub refund: Option<RefundId>,
    pub amount: Option<Money>,
    /// What was seen: a code, a number, a line of the bill.
    pub detail: String,
    pub opened_at: Timestamp,
    /// When somebody should have looked.
    pub due_at: Timestamp,
    pub owner: Option<StaffId>,
    pub resolved: Option<Resolved>,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Resolved {
    /// Nobody: it ended by itself.
    pub by: Option<StaffId>,
    pub how: String,
    pub at: Timestamp,
}

/// See [`super::PaymentCommand::OpenCase`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OpenCase {
    pub kind: CaseKind,
    /// What it is about; names the case together with the kind.
    pub subject: u128,
    pub attempt: Option<AttemptId>,
    pub refund: Option<RefundId>,
    pub amount: Option<Money>,
    pub detail: String,
}

/// The outcome of holding a day against the channel's bill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct BillCompared {
    pub channel: ChannelTag,
    /// `2026-11-22`, by Beijing time.
    pub day: String,
    /// Rows of the bill.
    pub rows: u32,
    /// Rows that are as we have them.
    pub matched: u32,
    /// Differences; each is a case.
    pub differences: u32,
    /// Found on a neighbouring day: no difference.
    pub cross_day: u32,
    /// Sum of the payments in the bill.
    pub paid: Money,
    /// Sum of the refunds and reversals in the bill.
    pub refunded: Money,
    /// The channel's fees, in hundred-thousandths of a yuan.
    pub fee_e5: i64,
    pub at: Timestamp,
}

impl BillCompared {
    /// Day and channel; sorts by day.
    pub fn key(&self) -> String {
        alloc::format!("{} {:?}", self.day, self.channel)
    }
}

/// Room for an attempt's number and a whole receipt. Units: characters.
const LONGEST_DETAIL: usize = 400;

/// A case, unless it stands already.
pub(super) fn opened(payments: &Payments, c: &OpenCase, now: Timestamp) -> Option<PaymentEvent> {
    let case = c.kind.about(c.subject);
    // Whoever saw it outstanding may have looked a moment before its end.
    let has_ended = c.kind == CaseKind::UnknownTooLong
        && c.attempt.and_then(|id| payments.attempts.get(&id)).is_some_and(|attempt| attempt.state != AttemptState::Open);
    if has_ended || payments.cases.contains_key(&case) {
        return None;
    }
    Some(fact(c, now))
}

/// A case, unless it stands and nobody has settled it: what happens again after that must be looked at again.
pub(super) fn opened_again(payments: &Payments, c: &OpenCase, now: Timestamp) -> Option<PaymentEvent> {
    let standing = payments.cases.get(&c.kind.about(c.subject));
    standing.is_none_or(|case| case.resolved.is_some()).then(|| fact(c, now))
}

fn fact(c: &OpenCase, now: Timestamp) -> PaymentEvent {
    PaymentEvent::CaseOpened {
        case: c.kind.about(c.subject),
        kind: c.kind,
        attempt: c.attempt,
        refund: c.refund,
        amount: c.amount,
        detail: c.detail.chars().filter(|c| !c.is_control()).take(LONGEST_DETAIL).collect(),
        at: now,
        due_at: now.plus_minutes(c.kind.minutes()),
    }
}

/// Ends an open case of this kind about this subject by itself.
pub(super) fn ended_by_itself(
    payments: &Payments,
    kind: CaseKind,
    subject: u128,
    how: &str,
    now: Timestamp,
) -> Option<PaymentEvent> {
    let case = payments.cases.get(&kind.about(subject)).filter(|case| case.resolved.is_none())?;
    Some(PaymentEvent::CaseResolved { case: case.case, by: None, how: how.to_string(), at: now })
}

/// What a fact means for the cases: mismatched, late, unplaced and taken-back money opens one; a final answer ends the waiting.
pub(super) fn follow(payments: &Payments, event: &PaymentEvent, now: Timestamp) -> Vec<PaymentEvent> {
    let asked = |attempt: &AttemptId| payments.attempts.get(attempt).map(|standing| standing.amount);
    let open = |kind, attempt: &AttemptId, amount, detail: String| {
        opened(payments, &OpenCase { kind, subject: attempt.0, attempt: Some(*attempt), refund: None, amount, detail }, now)
    };
    let answered = |attempt: &AttemptId| ended_by_itself(payments, CaseKind::UnknownTooLong, attempt.0, "answered", now);
    let (case, waiting) = match event {
        PaymentEvent::MismatchSeen { attempt, what, seen, .. } => {
            let amount = seen.parse().ok().map(Money).filter(|_| what == "amount").or_else(|| asked(attempt));
            (open(CaseKind::Mismatch, attempt, amount, alloc::format!("{what} {seen}")), None)
        }
        PaymentEvent::Captured { attempt, amount, .. } => {
            let late = payments.attempts.get(attempt).is_some_and(|standing| standing.is_final());
            let case = late.then(|| open(CaseKind::PaidAfterClose, attempt, Some(*amount), String::new())).flatten();
            (case, answered(attempt))
        }
        PaymentEvent::CaptureUnplaced { attempt, .. } => (open(CaseKind::NoCheck, attempt, asked(attempt), String::new()), None),
        PaymentEvent::AttemptReversed { attempt, captured: true, .. } => {
            (open(CaseKind::TakenBack, attempt, asked(attempt), String::new()), answered(attempt))
        }
        PaymentEvent::AttemptReversed { attempt, captured: false, .. }
        | PaymentEvent::AttemptClosed { attempt, .. }
        | PaymentEvent::AttemptFailed { attempt, .. } => (None, answered(attempt)),
        // The channel knows of the money after all.
        PaymentEvent::AttemptAsked { attempt, unknown_why: None, .. } => {
            (None, ended_by_itself(payments, CaseKind::ReceiptFalse, attempt.0, "paid", now))
        }
        PaymentEvent::AttemptStarted { .. }
        | PaymentEvent::AttemptOpened { .. }
        | PaymentEvent::AttemptAsked { unknown_why: Some(_), .. }
        | PaymentEvent::CloseRequested { .. }
        | PaymentEvent::WatchEnded { .. }
        | PaymentEvent::CaptureCredited { .. }
        | PaymentEvent::RefundStarted { .. }
        | PaymentEvent::RefundAnswered { .. }
        | PaymentEvent::RefundSucceeded { .. }
        | PaymentEvent::RefundFailed { .. }
        | PaymentEvent::RefundRetried { .. }
        | PaymentEvent::RefundBooked { .. }
        | PaymentEvent::CaseOpened { .. }
        | PaymentEvent::CaseTaken { .. }
        | PaymentEvent::CaseResolved { .. }
        | PaymentEvent::BillCompared(_)
        | PaymentEvent::AttemptsForgotten { .. } => (None, None),
    };
    case.into_iter().chain(waiting).collect()
}

pub(super) fn take(payments: &Payments, case: CaseId, by: &StaffId, now: Timestamp) -> Result<Vec<PaymentEvent>, PaymentReject> {
    let standing = payments.cases.get(&case).ok_or(PaymentReject::CaseUnknown)?;
    if standing.resolved.is_some() {
        return Err(PaymentReject::CaseClosed);
    }
    if standing.owner.as_ref() == Some(by) {
        return Ok(Vec::new());
    }
    Ok(alloc::vec![PaymentEvent::CaseTaken { case, by: by.clone(), at: now }])
}

pub(super) fn resolve(
    payments: &Payments,
    case: CaseId,
    by: &StaffId,
    how: &str,
    now: Timestamp,
) -> Result<Vec<PaymentEvent>, PaymentReject> {
    let standing = payments.cases.get(&case).ok_or(PaymentReject::CaseUnknown)?;
    if standing.resolved.is_some() {
        return Ok(Vec::new());
    }
    let how = how.trim();
    if how.is_empty() || !is_plain(how, LONGEST_NOTE) {
        return Err(PaymentReject::BadText);
    }
    Ok(alloc::vec![PaymentEvent::CaseResolved { case, by: Some(by.clone()), how: how.to_string(), at: now }])
}
