//! What there is to do, read off the state, and when to ask a channel again.

use domain::floor::{AskState, Floor, FloorEvent};
use domain::payment::{Attempt, AttemptState, CaseKind, ChannelRefund, PaymentEvent, Payments, RefundState};
use domain::{AskId, AttemptId, OrderId, RefundId, Timestamp};

/// One piece of outstanding work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Duty {
    /// A wish to pay has no try yet.
    Begin(AskId),
    /// The channel hasn't said yet how the diner can pay.
    Open(AttemptId),
    /// The channel hasn't said yet whether the diner has paid.
    Query(AttemptId),
    /// The try should be closed at the channel.
    Close(AttemptId),
    /// The try should be taken back (撤销): the wallet was scanned, and no certain answer came.
    Reverse(AttemptId),
    /// Captured money isn't on its check yet.
    Credit(AttemptId),
    /// A try ended without money; its wish to pay doesn't know yet.
    End(AskId, AttemptId),
    /// An unpaid order's time is up.
    Expire(OrderId),
    /// Money is to go back, and no refund at the channel has begun.
    BeginRefund(RefundId),
    /// A refund has no final answer yet.
    DriveRefund(RefundId),
    /// A refund is done; its check doesn't know yet.
    BookRefund(RefundId),
    /// Closed without proof, and still payable for all anybody knows: is it paid after all?
    Watch(AttemptId),
    /// Captured on a receipt of the cloud's: does the channel say so too?
    Prove(AttemptId),
    /// No certain answer for too long: a person must look.
    Alarm(AttemptId),
}

/// Everything outstanding at `now`.
pub(crate) fn duties(floor: &Floor, money: &Payments, now: Timestamp) -> Vec<Duty> {
    let begin_or_end = floor.open_asks.iter().filter_map(|ask| match money.by_ask.get(ask) {
        None => Some(Duty::Begin(*ask)),
        Some(id) => money.attempts.get(id).filter(|attempt| is_dead(attempt)).map(|attempt| Duty::End(*ask, attempt.attempt)),
    });
    let open = || money.outstanding.iter().filter_map(|id| money.attempts.get(id));
    let tries = open().map(|attempt| duty_of(attempt, now));
    let alarms = open().filter(|attempt| is_unknown_too_long(attempt, now)).map(|attempt| Duty::Alarm(attempt.attempt));
    // An order whose payment is still open waits for that payment's end first.
    let paying = |order: &OrderId| floor.open_asks.iter().any(|ask| order_of(floor, *ask) == Some(*order));
    let up = |order: &&OrderId| {
        let expires = floor.orders.get(*order).and_then(|order| order.expires_at);
        expires.is_some_and(|at| now >= at) && !paying(order)
    };
    let expired = floor.awaiting.iter().filter(up).map(|order| Duty::Expire(*order));
    let going_back = floor.open_refunds.iter().filter(|id| !money.refunds.contains_key(*id)).map(|id| Duty::BeginRefund(*id));
    let refunds = money.outstanding_refunds.iter().filter_map(|id| money.refunds.get(id)).filter_map(duty_of_refund);
    let watched = money.watched.keys().map(|id| Duty::Watch(*id));
    // Where the channel has denied it, a person looks.
    let is_denied = |id: &AttemptId| money.cases.contains_key(&CaseKind::ReceiptFalse.about(id.0));
    let unproved = money.unproved.iter().filter(|id| !is_denied(id)).map(|id| Duty::Prove(*id));
    begin_or_end
        .chain(tries)
        .chain(watched)
        .chain(unproved)
        .chain(alarms)
        .chain(expired)
        .chain(going_back)
        .chain(refunds)
        .collect()
}

fn is_dead(attempt: &Attempt) -> bool {
    match &attempt.state {
        AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => true,
        AttemptState::Open | AttemptState::Captured { .. } => false,
    }
}

fn duty_of(attempt: &Attempt, now: Timestamp) -> Duty {
    let id = attempt.attempt;
    let over = attempt.closing || now >= attempt.expires_at || was_put_back(attempt, now);
    match &attempt.state {
        AttemptState::Captured { .. } => Duty::Credit(id),
        AttemptState::Open if over && attempt.way.is_by_code() => Duty::Reverse(id),
        AttemptState::Open if over => Duty::Close(id),
        AttemptState::Open if attempt.opened.is_none() && !attempt.way.is_by_code() => Duty::Open(id),
        AttemptState::Open | AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => Duty::Query(id),
    }
}

pub(crate) fn duty_of_refund(refund: &ChannelRefund) -> Option<Duty> {
    match &refund.state {
        RefundState::Open => Some(Duty::DriveRefund(refund.refund)),
        RefundState::Succeeded { .. } => Some(Duty::BookRefund(refund.refund)),
        RefundState::Failed { .. } => None,
    }
}

/// The clock was put back since it began, so nothing tells how long that is ago: waiting for its end could take hours.
fn was_put_back(attempt: &Attempt, now: Timestamp) -> bool {
    attempt.started_at.since_ms(now) > PUT_BACK_MS
}

/// A clock that is put right by less makes no difference. Units: milliseconds.
const PUT_BACK_MS: i64 = 10_000;

/// Half a minute past the moment by which it should have ended.
fn is_unknown_too_long(attempt: &Attempt, now: Timestamp) -> bool {
    attempt.state == AttemptState::Open && now.since_ms(attempt.expires_at) > 30_000
}

/// What a fact of the floor asks for at once.
pub(crate) fn asked_for(event: &FloorEvent) -> Option<Duty> {
    if let FloorEvent::PaymentAsked(asked) = event {
        return Some(Duty::Begin(asked.ask));
    }
    let FloorEvent::RefundAsked(asked) = event else { return None };
    asked.way.is_by_channel().then_some(Duty::BeginRefund(asked.refund))
}

/// What a fact of the money stream leads to at once.
pub(crate) fn led_to(event: &PaymentEvent, money: &Payments) -> Option<Duty> {
    match event {
        PaymentEvent::Captured { attempt, .. } => Some(Duty::Credit(*attempt)),
        PaymentEvent::AttemptClosed { attempt, .. }
        | PaymentEvent::AttemptFailed { attempt, .. }
        | PaymentEvent::AttemptReversed { attempt, captured: false, .. } => {
            money.attempts.get(attempt).map(|standing| Duty::End(standing.ask, *attempt))
        }
        PaymentEvent::RefundStarted { refund, .. } | PaymentEvent::RefundRetried { refund, .. } => {
            Some(Duty::DriveRefund(*refund))
        }
        PaymentEvent::RefundSucceeded { refund, .. } => Some(Duty::BookRefund(*refund)),
        PaymentEvent::AttemptStarted { .. }
        | PaymentEvent::AttemptOpened { .. }
        | PaymentEvent::AttemptAsked { .. }
        | PaymentEvent::CloseRequested { .. }
        | PaymentEvent::WatchEnded { .. }
        | PaymentEvent::MismatchSeen { .. }
        | PaymentEvent::CaptureCredited { .. }
        | PaymentEvent::CaptureUnplaced { .. }
        | PaymentEvent::AttemptReversed { captured: true, .. }
        | PaymentEvent::RefundAnswered { .. }
        | PaymentEvent::RefundFailed { .. }
        | PaymentEvent::RefundBooked { .. }
        | PaymentEvent::CaseOpened { .. }
        | PaymentEvent::CaseTaken { .. }
        | PaymentEvent::CaseResolved { .. }
        | PaymentEvent::BillCompared(_)
        | PaymentEvent::AttemptsForgotten { .. } => None,
    }
}

/// How long to wait between two questions about a try: often while the diner stands there, then less.
///
/// # Units
/// Milliseconds.
pub(crate) fn pause_ms(attempt: &Attempt, now: Timestamp) -> i64 {
    if attempt.is_final() {
        return WATCH_PAUSE_MS;
    }
    let age = now.since_ms(attempt.started_at);
    let is_over = now >= attempt.expires_at || was_put_back(attempt, now);
    match (is_over, attempt.way.is_by_code(), age) {
        // Reversing or closing: at once, soon again, then ever less, for as long as it takes.
        (true, _, _) => match now.since_ms(attempt.expires_at) {
            ..8_000 => 2_000,
            8_000..30_000 => 5_000,
            30_000..120_000 => 15_000,
            120_000..600_000 => 60_000,
            _ => 300_000,
        },
        // The cashier and the guest are waiting.
        (false, true, ..15_000) => 3_000,
        (false, true, _) => 5_000,
        (false, false, ..60_000) => 2_000,
        (false, false, _) => 5_000,
    }
}

/// A try that was closed without proof is looked at this often. Units: milliseconds.
const WATCH_PAUSE_MS: i64 = 15_000;

/// The same for a refund; channels want to be asked after it less often.
///
/// # Units
/// Milliseconds.
pub(crate) fn refund_pause_ms(age_ms: i64) -> i64 {
    match age_ms {
        ..60_000 => 10_000,
        60_000..600_000 => 60_000,
        _ => 300_000,
    }
}

fn order_of(floor: &Floor, ask: AskId) -> Option<OrderId> {
    let session = floor.asks.get(&ask).and_then(|session| floor.sessions.get(session))?;
    session.asks.get(&ask)?.order
}

/// Whether a wish to pay is still open on the floor.
pub(crate) fn is_open(floor: &Floor, ask: AskId) -> bool {
    let session = floor.asks.get(&ask).and_then(|session| floor.sessions.get(session));
    session.and_then(|session| session.asks.get(&ask)).is_some_and(|ask| ask.state == AskState::Open)
}
