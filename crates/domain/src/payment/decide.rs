//! Decisions of the money stream.

use super::{
    Attempt, AttemptState, ChannelResult, MoneyException, PaymentCommand, PaymentEvent, PaymentReject, Payments, Source,
};
use crate::{AttemptId, Currency, Timestamp};
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
                let mut events = record(self.find(*attempt)?, *source, result, now, currency)?;
                events.retain(|event| !self.is_repeated_notice(event));
                Ok(events)
            }
            PaymentCommand::RequestClose { attempt } => {
                let standing = self.find(*attempt)?;
                match standing.state {
                    AttemptState::Open if standing.closing => Ok(Vec::new()),
                    AttemptState::Open => Ok(alloc::vec![PaymentEvent::CloseRequested { attempt: *attempt, at: now }]),
                    AttemptState::Closed | AttemptState::Failed { .. } => Ok(Vec::new()),
                    AttemptState::Captured { .. } => Err(PaymentReject::AlreadyCaptured),
                }
            }
            PaymentCommand::MarkCredited { attempt } => {
                self.settle(*attempt, PaymentEvent::CaptureCredited { attempt: *attempt, at: now })
            }
            PaymentCommand::MarkNoCheck { attempt } => {
                self.settle(*attempt, PaymentEvent::CaptureUnplaced { attempt: *attempt, at: now })
            }
        }
    }

    fn find(&self, attempt: AttemptId) -> Result<&Attempt, PaymentReject> {
        self.attempts.get(&attempt).ok_or(PaymentReject::AttemptUnknown)
    }

    /// A channel repeats its notice for a day; the same mismatch is listed once.
    fn is_repeated_notice(&self, event: &PaymentEvent) -> bool {
        let PaymentEvent::MismatchSeen { attempt, source: Source::Notice, what, seen, .. } = event else { return false };
        let listed = self.exceptions.get(attempt);
        matches!(listed, Some(MoneyException::Mismatch { what: w, seen: s, .. }) if w == what && s == seen)
    }

    fn settle(&self, attempt: AttemptId, event: PaymentEvent) -> Decision {
        let standing = self.find(attempt)?;
        match (&standing.state, self.outstanding.contains(&attempt)) {
            (AttemptState::Captured { .. }, true) => Ok(alloc::vec![event]),
            (AttemptState::Captured { .. }, false) => Ok(Vec::new()),
            (AttemptState::Open | AttemptState::Closed | AttemptState::Failed { .. }, _) => Err(PaymentReject::NotCaptured),
        }
    }
}

/// The one place where a channel's word becomes a fact. Captured money is captured for good; money that comes after a close
/// counts all the same; a payment that doesn't match what was asked never reaches a check.
fn record(standing: &Attempt, source: Source, result: &ChannelResult, now: Timestamp, currency: Currency) -> Decision {
    let attempt = standing.attempt;
    let open = standing.state == AttemptState::Open;
    let captured = matches!(standing.state, AttemptState::Captured { .. });
    let event = match result {
        ChannelResult::Paid { .. } if captured => return Ok(Vec::new()),
        ChannelResult::Paid { channel_txn, amount, currency: paid_in, merchant_matches, paid_at } => {
            match mismatch(standing, *amount, *paid_in, *merchant_matches, currency) {
                Some((what, seen)) => PaymentEvent::MismatchSeen { attempt, source, what, seen, at: now },
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
        ChannelResult::Closed if open => PaymentEvent::AttemptClosed { attempt, at: now },
        ChannelResult::Failed { code } if open => PaymentEvent::AttemptFailed { attempt, code: code.clone(), at: now },
        ChannelResult::Unknown { why } if open => {
            PaymentEvent::AttemptAsked { attempt, source, unknown_why: Some(why.clone()), at: now }
        }
        ChannelResult::NotPaid if open => PaymentEvent::AttemptAsked { attempt, source, unknown_why: None, at: now },
        ChannelResult::Closed | ChannelResult::Failed { .. } | ChannelResult::Unknown { .. } | ChannelResult::NotPaid => {
            return Ok(Vec::new());
        }
    };
    Ok(alloc::vec![event])
}

fn mismatch(
    standing: &Attempt,
    amount: crate::Money,
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
