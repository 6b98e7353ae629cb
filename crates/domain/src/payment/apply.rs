//! What the money stream's facts add up to.

use super::{Attempt, AttemptState, MoneyException, PaymentEvent, Payments};
use crate::AttemptId;

impl Payments {
    /// Takes in what happened. Never refuses.
    pub fn apply(&mut self, event: &PaymentEvent) {
        match event {
            PaymentEvent::AttemptStarted { attempt, ask, session, way, amount, at, expires_at } => {
                self.by_ask.insert(*ask, *attempt);
                self.outstanding.insert(*attempt);
                let started = Attempt {
                    attempt: *attempt,
                    ask: *ask,
                    session: *session,
                    way: *way,
                    amount: *amount,
                    started_at: *at,
                    expires_at: *expires_at,
                    state: AttemptState::Open,
                    opened: None,
                    closing: false,
                    asked_at: None,
                    times_asked: 0,
                    credited: false,
                    unknown_why: None,
                };
                self.attempts.insert(*attempt, started);
            }
            PaymentEvent::AttemptOpened { attempt, opened, .. } => self.change(*attempt, |a| {
                a.opened = Some(opened.clone());
                a.unknown_why = None;
            }),
            PaymentEvent::AttemptAsked { attempt, unknown_why, at, .. } => self.change(*attempt, |a| {
                a.asked_at = Some(*at);
                a.times_asked += 1;
                a.unknown_why.clone_from(unknown_why);
            }),
            PaymentEvent::CloseRequested { attempt, .. } => self.change(*attempt, |a| a.closing = true),
            PaymentEvent::Captured { attempt, channel_txn, paid_at, .. } => {
                self.change(*attempt, |a| {
                    a.state = AttemptState::Captured { channel_txn: channel_txn.clone(), paid_at: *paid_at }
                });
                self.outstanding.insert(*attempt);
            }
            PaymentEvent::AttemptClosed { attempt, .. } => {
                self.change(*attempt, |a| a.state = AttemptState::Closed);
                self.outstanding.remove(attempt);
            }
            PaymentEvent::AttemptFailed { attempt, code, .. } => {
                self.change(*attempt, |a| a.state = AttemptState::Failed { code: code.clone() });
                self.outstanding.remove(attempt);
            }
            PaymentEvent::MismatchSeen { attempt, what, seen, at, .. } => {
                // It counts as an answer that decided nothing: nobody pays again meanwhile, and the channel is asked with pauses.
                self.change(*attempt, |a| {
                    a.asked_at = Some(*at);
                    a.times_asked += 1;
                    a.unknown_why = Some(what.clone());
                });
                self.exceptions.insert(*attempt, MoneyException::Mismatch { what: what.clone(), seen: seen.clone(), at: *at });
            }
            PaymentEvent::CaptureCredited { attempt, .. } => {
                self.change(*attempt, |a| a.credited = true);
                self.outstanding.remove(attempt);
            }
            PaymentEvent::CaptureUnplaced { attempt, at } => {
                self.outstanding.remove(attempt);
                self.exceptions.insert(*attempt, MoneyException::NoCheck { at: *at });
            }
        }
    }

    fn change(&mut self, attempt: AttemptId, with: impl FnOnce(&mut Attempt)) {
        if let Some(standing) = self.attempts.get_mut(&attempt) {
            with(standing);
        }
    }
}
