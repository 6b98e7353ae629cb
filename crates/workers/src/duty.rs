//! What there is to do, read off the state.

use domain::floor::{AskState, Floor, FloorEvent};
use domain::payment::{Attempt, AttemptState, PaymentEvent, Payments};
use domain::{AskId, AttemptId, OrderId, Timestamp};

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
    /// Captured money isn't on its check yet.
    Credit(AttemptId),
    /// A try ended without money; its wish to pay doesn't know yet.
    End(AskId, AttemptId),
    /// An unpaid order's time is up.
    Expire(OrderId),
}

/// Everything outstanding at `now`.
pub(crate) fn duties(floor: &Floor, money: &Payments, now: Timestamp) -> Vec<Duty> {
    let begin_or_end = floor.open_asks.iter().filter_map(|ask| match money.by_ask.get(ask) {
        None => Some(Duty::Begin(*ask)),
        Some(id) => money.attempts.get(id).filter(|attempt| is_dead(attempt)).map(|attempt| Duty::End(*ask, attempt.attempt)),
    });
    let tries = money.outstanding.iter().filter_map(|id| money.attempts.get(id)).map(|attempt| duty_of(attempt, now));
    // An order whose payment is still open waits for that payment's end first.
    let paying = |order: &OrderId| floor.open_asks.iter().any(|ask| order_of(floor, *ask) == Some(*order));
    let up = |order: &&OrderId| {
        let expires = floor.orders.get(*order).and_then(|order| order.expires_at);
        expires.is_some_and(|at| now >= at) && !paying(order)
    };
    let expired = floor.awaiting.iter().filter(up).map(|order| Duty::Expire(*order));
    begin_or_end.chain(tries).chain(expired).collect()
}

fn is_dead(attempt: &Attempt) -> bool {
    match &attempt.state {
        AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => true,
        AttemptState::Open | AttemptState::Captured { .. } => false,
    }
}

fn duty_of(attempt: &Attempt, now: Timestamp) -> Duty {
    let id = attempt.attempt;
    match &attempt.state {
        AttemptState::Captured { .. } => Duty::Credit(id),
        AttemptState::Open if attempt.closing || now >= attempt.expires_at => Duty::Close(id),
        AttemptState::Open if attempt.opened.is_none() => Duty::Open(id),
        AttemptState::Open | AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => Duty::Query(id),
    }
}

/// What a fact of the floor asks for at once.
pub(crate) fn asked_for(event: &FloorEvent) -> Option<Duty> {
    let FloorEvent::PaymentAsked(asked) = event else { return None };
    Some(Duty::Begin(asked.ask))
}

/// What a fact of the money stream leads to at once.
pub(crate) fn led_to(event: &PaymentEvent, money: &Payments) -> Option<Duty> {
    match event {
        PaymentEvent::Captured { attempt, .. } => Some(Duty::Credit(*attempt)),
        PaymentEvent::AttemptClosed { attempt, .. } | PaymentEvent::AttemptFailed { attempt, .. } => {
            money.attempts.get(attempt).map(|standing| Duty::End(standing.ask, *attempt))
        }
        PaymentEvent::AttemptStarted { .. }
        | PaymentEvent::AttemptOpened { .. }
        | PaymentEvent::AttemptAsked { .. }
        | PaymentEvent::CloseRequested { .. }
        | PaymentEvent::MismatchSeen { .. }
        | PaymentEvent::CaptureCredited { .. }
        | PaymentEvent::CaptureUnplaced { .. }
        | PaymentEvent::AttemptReversed { .. }
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
        | PaymentEvent::AttemptsForgotten { .. } => None,
    }
}

/// How long to wait between two questions to a channel about a try of this age: often while the diner stands there, then less.
///
/// # Units
/// Milliseconds.
pub(crate) fn pause_ms(age_ms: i64) -> i64 {
    match age_ms {
        ..60_000 => 2_000,
        60_000..300_000 => 5_000,
        _ => 30_000,
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
