//! Decisions of the money stream.

use super::{
    Attempt, AttemptState, CaseKind, ChannelResult, PaymentCommand, PaymentEvent, PaymentReject, Payments, Source, case, refund,
};
use crate::{AttemptId, Currency, Money, Timestamp};
use alloc::string::ToString;
use alloc::vec::Vec;

type Decision = Result<Vec<PaymentEvent>, PaymentReject>;

impl Payments {
    /// Decides a command; `currency` is what the store counts in.
    ///
    /// # Errors
    /// The reason it can't be.
    pub fn decide(&self, command: &PaymentCommand, now: Timestamp, currency: Currency) -> Decision {
        match command {
            PaymentCommand::StartAttempt { attempt, ask, session, way, amount, expires_at } => {
                if self.attempts.contains_key(attempt) {
                    return Err(PaymentReject::AttemptExists);
                }
                if let Some(attempt) = self.by_ask.get(ask) {
                    return Err(PaymentReject::AskHasAttempt { attempt: *attempt });
                }
                Ok(alloc::vec![PaymentEvent::AttemptStarted {
                    attempt: *attempt,
                    ask: *ask,
                    session: *session,
                    way: *way,
                    amount: *amount,
                    at: now,
                    expires_at: *expires_at,
                }])
            }
            PaymentCommand::RecordResult { attempt, source, result } => {
                let unproved = self.unproved.contains(attempt) && *source != Source::Receipt;
                let mut events = record(self.find(*attempt)?, *source, result, now, currency, unproved)?;
                events.retain(|event| !self.is_repeated_notice(event) && !self.is_repeated_reversal(event));
                self.add_cases(&mut events, now);
                Ok(events)
            }
            PaymentCommand::RequestClose { attempt } => {
                let standing = self.find(*attempt)?;
                match standing.state {
                    AttemptState::Open if standing.closing => Ok(Vec::new()),
                    AttemptState::Open => Ok(alloc::vec![PaymentEvent::CloseRequested { attempt: *attempt, at: now }]),
                    AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => Ok(Vec::new()),
                    AttemptState::Captured { .. } => Err(PaymentReject::AlreadyCaptured),
                }
            }
            PaymentCommand::EndWatch { attempt } => {
                let watched = self.watched.contains_key(attempt);
                Ok(watched.then_some(PaymentEvent::WatchEnded { attempt: *attempt, at: now }).into_iter().collect())
            }
            PaymentCommand::MarkCredited { attempt } => {
                let mut events = self.settle(*attempt, PaymentEvent::CaptureCredited { attempt: *attempt, at: now })?;
                if !events.is_empty() {
                    events.extend(case::ended_by_itself(self, CaseKind::PaidAfterClose, attempt.0, "on the check", now));
                }
                Ok(events)
            }
            PaymentCommand::MarkNoCheck { attempt } => {
                let mut events = self.settle(*attempt, PaymentEvent::CaptureUnplaced { attempt: *attempt, at: now })?;
                self.add_cases(&mut events, now);
                Ok(events)
            }
            PaymentCommand::StartRefund { refund, attempt, amount, why } => {
                refund::start(self, *refund, *attempt, *amount, *why, now)
            }
            PaymentCommand::RecordRefund { refund, source, result } => refund::record(self, *refund, *source, result, now),
            PaymentCommand::RetryRefund { refund } => refund::retry(self, *refund, now),
            PaymentCommand::MarkRefundBooked { refund } => refund::book(self, *refund, now),
            PaymentCommand::OpenCase(c) => Ok(case::opened(self, c, now).into_iter().collect()),
            PaymentCommand::TakeCase { case, by } => case::take(self, *case, by, now),
            PaymentCommand::ResolveCase { case, by, how } => case::resolve(self, *case, by, how, now),
            PaymentCommand::RecordBill(compared) => {
                Ok(alloc::vec![PaymentEvent::BillCompared(super::BillCompared { at: now, ..compared.clone() })])
            }
            PaymentCommand::ForgetBefore { before } => {
                let any = self.attempts.values().any(|attempt| self.is_forgettable(attempt, *before));
                Ok(if any { alloc::vec![PaymentEvent::AttemptsForgotten { before: *before }] } else { Vec::new() })
            }
        }
    }

    /// Final, settled with its check, with no refund and no case open.
    pub(super) fn is_forgettable(&self, attempt: &Attempt, before: Timestamp) -> bool {
        let id = attempt.attempt;
        let refunding =
            || self.outstanding_refunds.iter().filter_map(|id| self.refunds.get(id)).any(|refund| refund.attempt == id);
        let given_back_since = || self.refunds.values().any(|refund| refund.attempt == id && refund.started_at >= before);
        let in_case = || self.cases.values().any(|case| case.attempt == Some(id) && case.resolved.is_none());
        attempt.started_at < before
            && attempt.is_final()
            && !self.outstanding.contains(&id)
            && !self.watched.contains_key(&id)
            && !self.unproved.contains(&id)
            && !refunding()
            && !given_back_since()
            && !in_case()
    }

    fn add_cases(&self, events: &mut Vec<PaymentEvent>, now: Timestamp) {
        let more: Vec<PaymentEvent> = events.iter().flat_map(|event| case::follow(self, event, now)).collect();
        events.extend(more);
    }

    fn find(&self, attempt: AttemptId) -> Result<&Attempt, PaymentReject> {
        self.attempts.get(&attempt).ok_or(PaymentReject::AttemptUnknown)
    }

    /// A channel repeats its notice for a day; the same mismatch is listed once.
    fn is_repeated_notice(&self, event: &PaymentEvent) -> bool {
        let PaymentEvent::MismatchSeen { attempt, source: Source::Notice, what, seen, .. } = event else { return false };
        let detail = Some(alloc::format!("{what} {seen}"));
        let standing = self.attempts.get(attempt);
        standing.is_some_and(|standing| standing.timeline.iter().any(|step| step.what == event.kind() && step.detail == detail))
    }

    /// A channel may say more than once that it took a payment back; only the first time does money move.
    fn is_repeated_reversal(&self, event: &PaymentEvent) -> bool {
        let PaymentEvent::AttemptReversed { attempt, captured: true, .. } = event else { return false };
        !self.refundable(*attempt).is_positive()
    }

    fn settle(&self, attempt: AttemptId, event: PaymentEvent) -> Decision {
        let standing = self.find(attempt)?;
        match (&standing.state, self.outstanding.contains(&attempt)) {
            (AttemptState::Captured { .. }, true) => Ok(alloc::vec![event]),
            (AttemptState::Captured { .. }, false) => Ok(Vec::new()),
            (AttemptState::Open | AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed, _) => {
                Err(PaymentReject::NotCaptured)
            }
        }
    }
}

/// The one place where a channel's word becomes a fact. Captured money is captured for good; money that comes after a close
/// counts all the same; a payment that doesn't match what was asked never reaches a check. `unproved`: captured on the cloud's word alone,
/// so that the channel's own is news.
fn record(
    standing: &Attempt,
    source: Source,
    result: &ChannelResult,
    now: Timestamp,
    currency: Currency,
    unproved: bool,
) -> Decision {
    let attempt = standing.attempt;
    let open = standing.state == AttemptState::Open;
    let captured = matches!(standing.state, AttemptState::Captured { .. });
    let event = match result {
        ChannelResult::Paid { .. } if captured && !unproved => return Ok(Vec::new()),
        ChannelResult::Paid { channel_txn, amount, currency: paid_in, merchant_matches, paid_at } => {
            match mismatch(standing, *amount, *paid_in, *merchant_matches, currency) {
                Some((what, seen)) => PaymentEvent::MismatchSeen { attempt, source, what, seen, at: now },
                None if captured => PaymentEvent::AttemptAsked { attempt, source, unknown_why: None, at: now },
                None => PaymentEvent::Captured {
                    attempt,
                    source,
                    channel_txn: channel_txn.clone(),
                    amount: *amount,
                    paid_at: *paid_at,
                    at: now,
                },
            }
        }
        ChannelResult::Opened(_) if standing.opened.is_some() || !open => return Ok(Vec::new()),
        ChannelResult::Opened(opened) => PaymentEvent::AttemptOpened { attempt, opened: opened.clone(), at: now },
        ChannelResult::Reversed if open || captured => PaymentEvent::AttemptReversed { attempt, captured, at: now },
        ChannelResult::Closed if open => PaymentEvent::AttemptClosed { attempt, at: now, watch_until: None },
        ChannelResult::ClosedUnseen if open => {
            let watch_until = Some(standing.expires_at.max(now).plus_minutes(1));
            PaymentEvent::AttemptClosed { attempt, at: now, watch_until }
        }
        ChannelResult::Failed { code } if open => PaymentEvent::AttemptFailed { attempt, code: code.clone(), at: now },
        ChannelResult::Unknown { why } if open => {
            PaymentEvent::AttemptAsked { attempt, source, unknown_why: Some(why.clone()), at: now }
        }
        ChannelResult::NotPaid if open => PaymentEvent::AttemptAsked { attempt, source, unknown_why: None, at: now },
        ChannelResult::Closed
        | ChannelResult::ClosedUnseen
        | ChannelResult::Reversed
        | ChannelResult::Failed { .. }
        | ChannelResult::Unknown { .. }
        | ChannelResult::NotPaid => {
            return Ok(Vec::new());
        }
    };
    Ok(alloc::vec![event])
}

fn mismatch(
    standing: &Attempt,
    amount: Money,
    paid_in: Currency,
    merchant_matches: bool,
    currency: Currency,
) -> Option<(alloc::string::String, alloc::string::String)> {
    if amount != standing.amount {
        return Some(("amount".to_string(), amount.0.to_string()));
    }
    if paid_in != currency {
        return Some(("currency".to_string(), alloc::format!("{paid_in:?}")));
    }
    (!merchant_matches).then(|| ("merchant".to_string(), "another".to_string()))
}
