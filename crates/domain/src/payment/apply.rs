//! What the money stream's facts add up to.

use super::case::Resolved;
use super::{Attempt, AttemptState, Case, CaseKind, ChannelRefund, PaymentEvent, Payments, RefundState, Source, Step};
use crate::floor::RefundWhy;
use crate::{AttemptId, Money, RefundId, Timestamp};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl Payments {
    /// Takes in what happened. Never refuses.
    pub fn apply(&mut self, event: &PaymentEvent) {
        self.add_up(event);
        self.tell(event);
    }

    fn add_up(&mut self, event: &PaymentEvent) {
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
                    timeline: Vec::new(),
                };
                self.attempts.insert(*attempt, started);
            }
            PaymentEvent::AttemptOpened { attempt, opened, .. } => self.change(*attempt, |a| {
                a.opened = Some(opened.clone());
                a.unknown_why = None;
            }),
            PaymentEvent::AttemptAsked { attempt, unknown_why, at, .. } => {
                self.change(*attempt, |a| {
                    a.asked_at = Some(*at);
                    a.times_asked += 1;
                    a.unknown_why.clone_from(unknown_why);
                });
                if unknown_why.is_none() {
                    self.unproved.remove(attempt);
                }
            }
            PaymentEvent::CloseRequested { attempt, .. } => self.change(*attempt, |a| a.closing = true),
            PaymentEvent::Captured { attempt, source, channel_txn, paid_at, .. } => {
                if *source == Source::Receipt {
                    self.unproved.insert(*attempt);
                }
                self.change(*attempt, |a| {
                    a.state = AttemptState::Captured { channel_txn: channel_txn.clone(), paid_at: *paid_at }
                });
                self.outstanding.insert(*attempt);
                self.watched.remove(attempt);
            }
            PaymentEvent::AttemptClosed { attempt, watch_until, .. } => {
                self.change(*attempt, |a| a.state = AttemptState::Closed);
                if let Some(until) = watch_until {
                    self.watched.insert(*attempt, *until);
                }
                self.outstanding.remove(attempt);
            }
            PaymentEvent::WatchEnded { attempt, .. } => {
                self.watched.remove(attempt);
            }
            PaymentEvent::AttemptFailed { attempt, code, .. } => {
                self.change(*attempt, |a| a.state = AttemptState::Failed { code: code.clone() });
                self.outstanding.remove(attempt);
            }
            PaymentEvent::MismatchSeen { attempt, what, at, .. } => {
                // From here on a person looks.
                self.unproved.remove(attempt);
                // It counts as an answer that decided nothing: nobody pays again meanwhile, and the channel is asked with pauses.
                self.change(*attempt, |a| {
                    a.asked_at = Some(*at);
                    a.times_asked += 1;
                    a.unknown_why = Some(what.clone());
                });
            }
            PaymentEvent::CaptureCredited { attempt, .. } => {
                self.change(*attempt, |a| a.credited = true);
                self.outstanding.remove(attempt);
            }
            PaymentEvent::CaptureUnplaced { attempt, .. } => {
                self.outstanding.remove(attempt);
            }
            PaymentEvent::AttemptReversed { attempt, captured: false, .. } => {
                self.change(*attempt, |a| a.state = AttemptState::Reversed);
                self.outstanding.remove(attempt);
            }
            // Captured money stays captured in the books; that it went back is a refund of its own.
            PaymentEvent::AttemptReversed { attempt, captured: true, at } => {
                self.unproved.remove(attempt);
                self.add_reversal(*attempt, *at);
            }
            PaymentEvent::RefundStarted { refund, attempt, amount, why, at } => {
                self.add_refund(*refund, *attempt, *amount, *why, *at);
            }
            PaymentEvent::RefundAnswered { refund, unknown_why, at, .. } => self.change_refund(*refund, |r| {
                r.asked_at = Some(*at);
                r.times_asked += 1;
                r.unknown_why.clone_from(unknown_why);
            }),
            PaymentEvent::RefundSucceeded { refund, channel_refund, at, .. } => {
                let state = RefundState::Succeeded { channel_refund: channel_refund.clone(), at: *at };
                self.change_refund(*refund, |r| r.state = state);
                self.outstanding_refunds.insert(*refund);
                // What the channel has given back it had.
                if let Some(refund) = self.refunds.get(refund) {
                    self.unproved.remove(&refund.attempt);
                }
            }
            PaymentEvent::RefundFailed { refund, code, dead, .. } => {
                self.change_refund(*refund, |r| r.state = RefundState::Failed { code: code.clone(), dead: *dead });
                self.outstanding_refunds.remove(refund);
            }
            PaymentEvent::RefundRetried { refund, number, .. } => {
                self.change_refund(*refund, |r| {
                    r.state = RefundState::Open;
                    r.number = *number;
                    // Nothing was heard of it yet, so it is sent and not asked after.
                    r.times_asked = 0;
                    r.unknown_why = None;
                });
                self.outstanding_refunds.insert(*refund);
            }
            PaymentEvent::RefundBooked { refund, .. } => {
                self.change_refund(*refund, |r| r.booked = true);
                self.outstanding_refunds.remove(refund);
            }
            PaymentEvent::CaseOpened { case, kind, attempt, refund, amount, detail, at, due_at } => {
                let opened = Case {
                    case: *case,
                    kind: *kind,
                    attempt: *attempt,
                    refund: *refund,
                    amount: *amount,
                    detail: detail.clone(),
                    opened_at: *at,
                    due_at: *due_at,
                    owner: None,
                    resolved: None,
                };
                self.cases.insert(*case, opened);
            }
            PaymentEvent::CaseTaken { case, by, .. } => {
                if let Some(case) = self.cases.get_mut(case) {
                    case.owner = Some(by.clone());
                }
            }
            PaymentEvent::CaseResolved { case, by, how, at } => {
                if let Some(case) = self.cases.get_mut(case) {
                    case.resolved = Some(Resolved { by: by.clone(), how: how.clone(), at: *at });
                    if let (CaseKind::ReceiptFalse, Some(attempt)) = (case.kind, &case.attempt) {
                        self.unproved.remove(attempt);
                    }
                }
            }
            PaymentEvent::BillCompared(compared) => {
                self.bills.insert(compared.key(), compared.clone());
            }
            PaymentEvent::AttemptsForgotten { before } => self.forget(*before),
        }
    }

    fn add_refund(&mut self, refund: RefundId, attempt: AttemptId, amount: Money, why: RefundWhy, at: Timestamp) {
        let Some(standing) = self.attempts.get(&attempt) else { return };
        let started = ChannelRefund {
            refund,
            attempt,
            session: standing.session,
            way: standing.way,
            amount,
            why,
            started_at: at,
            state: RefundState::Open,
            number: 0,
            asked_at: None,
            times_asked: 0,
            unknown_why: None,
            booked: false,
            timeline: Vec::new(),
        };
        self.refunds.insert(refund, started);
        self.outstanding_refunds.insert(refund);
    }

    fn add_reversal(&mut self, attempt: AttemptId, at: Timestamp) {
        let amount = self.refundable(attempt);
        // A payment is taken back once, so its own number names what went back.
        let refund = RefundId(attempt.0);
        if self.refunds.contains_key(&refund) {
            return;
        }
        self.add_refund(refund, attempt, amount, RefundWhy::TakenBack, at);
        self.change_refund(refund, |r| r.state = RefundState::Succeeded { channel_refund: None, at });
    }

    /// Lets go of what is final and old, and of cases and bills long settled.
    fn forget(&mut self, before: Timestamp) {
        let gone: BTreeSet<AttemptId> = self
            .attempts
            .values()
            .filter(|attempt| self.is_forgettable(attempt, before))
            .map(|attempt| attempt.attempt)
            .collect();
        self.attempts.retain(|id, _| !gone.contains(id));
        self.by_ask.retain(|_, id| !gone.contains(id));
        self.refunds.retain(|_, refund| !gone.contains(&refund.attempt));
        // A settled case stays with its try: it says what was refunded of it, and that it was opened already.
        let stays = |case: &Case| case.attempt.is_some_and(|id| self.attempts.contains_key(&id));
        self.cases.retain(|_, case| stays(case) || case.resolved.as_ref().is_none_or(|resolved| resolved.at >= before));
        self.bills.retain(|_, bill| bill.at >= before);
    }

    /// Writes the fact into the timeline of what it is about.
    fn tell(&mut self, event: &PaymentEvent) {
        let Some((about, at, detail)) = told(event) else { return };
        let step = Step { at, what: event.kind().to_string(), detail };
        let timeline = match about {
            About::Attempt(id) => self.attempts.get_mut(&id).map(|attempt| &mut attempt.timeline),
            About::Refund(id) => self.refunds.get_mut(&id).map(|refund| &mut refund.timeline),
        };
        if let Some(timeline) = timeline.filter(|timeline| timeline.len() < LONGEST_TIMELINE) {
            timeline.push(step);
        }
    }

    fn change_refund(&mut self, refund: RefundId, with: impl FnOnce(&mut ChannelRefund)) {
        if let Some(standing) = self.refunds.get_mut(&refund) {
            with(standing);
        }
    }

    fn change(&mut self, attempt: AttemptId, with: impl FnOnce(&mut Attempt)) {
        if let Some(standing) = self.attempts.get_mut(&attempt) {
            with(standing);
        }
    }
}

/// Longer than any life that ends; a channel that never answers fills no memory.
const LONGEST_TIMELINE: usize = 64;

enum About {
    Attempt(AttemptId),
    Refund(RefundId),
}

/// What a fact is about, when it was, and the word it brings along.
fn told(event: &PaymentEvent) -> Option<(About, Timestamp, Option<String>)> {
    Some(match event {
        PaymentEvent::AttemptStarted { attempt, at, .. }
        | PaymentEvent::AttemptOpened { attempt, at, .. }
        | PaymentEvent::CloseRequested { attempt, at }
        | PaymentEvent::AttemptClosed { attempt, at, .. }
        | PaymentEvent::WatchEnded { attempt, at }
        | PaymentEvent::CaptureCredited { attempt, at }
        | PaymentEvent::CaptureUnplaced { attempt, at }
        | PaymentEvent::AttemptReversed { attempt, at, .. } => (About::Attempt(*attempt), *at, None),
        PaymentEvent::AttemptAsked { attempt, at, unknown_why, .. } => (About::Attempt(*attempt), *at, unknown_why.clone()),
        PaymentEvent::Captured { attempt, at, channel_txn, .. } => (About::Attempt(*attempt), *at, Some(channel_txn.clone())),
        PaymentEvent::AttemptFailed { attempt, at, code } => (About::Attempt(*attempt), *at, Some(code.clone())),
        PaymentEvent::MismatchSeen { attempt, at, what, seen, .. } => {
            (About::Attempt(*attempt), *at, Some(alloc::format!("{what} {seen}")))
        }
        PaymentEvent::RefundStarted { refund, at, .. }
        | PaymentEvent::RefundRetried { refund, at, .. }
        | PaymentEvent::RefundBooked { refund, at } => (About::Refund(*refund), *at, None),
        PaymentEvent::RefundAnswered { refund, at, unknown_why, .. } => (About::Refund(*refund), *at, unknown_why.clone()),
        PaymentEvent::RefundSucceeded { refund, at, channel_refund, .. } => (About::Refund(*refund), *at, channel_refund.clone()),
        PaymentEvent::RefundFailed { refund, at, code, .. } => (About::Refund(*refund), *at, Some(code.clone())),
        PaymentEvent::CaseOpened { .. }
        | PaymentEvent::CaseTaken { .. }
        | PaymentEvent::CaseResolved { .. }
        | PaymentEvent::BillCompared(_)
        | PaymentEvent::AttemptsForgotten { .. } => return None,
    })
}
