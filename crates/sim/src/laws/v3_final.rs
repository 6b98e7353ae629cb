//! V3 final: once nothing fails any more, every payment and every refund comes to its end in time, or a person has it.

use super::Law;
use super::books::channel_of;
use crate::facts::{Fact, Noted, Told, number_of};
use domain::floor::{FloorEvent, Way};
use domain::payment::{CaseKind, PaymentEvent};
use domain::{AskId, AttemptId, RefundId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A payment by the code in the guest's wallet is final by then; any other so long after its time is up. Milliseconds.
const PAYMENT_MS: i64 = 60_000;
/// The check hears of the end so much later. Milliseconds.
const ASK_MS: i64 = 10_000;
/// A refund is final, or a person's, by then. Milliseconds.
const REFUND_MS: i64 = 24 * 3_600_000;

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Final {
    /// When nothing failed any more.
    healed_ms: Option<i64>,
    /// What is open, with the true time by which it must have its end, and how long it has after the healing at least.
    open: BTreeMap<Open, (i64, i64)>,
    tries: BTreeMap<AttemptId, (AskId, i64)>,
    /// What a channel took, where that isn't what was asked: only a person can end it. By the payment's number.
    took_other: BTreeSet<String>,
    /// What a person has before them.
    cases: BTreeSet<Open>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    Ask(AskId),
    Attempt(AttemptId),
    /// At the channel.
    Refund(RefundId),
    /// On the check.
    Wish(RefundId),
}

impl Law for Final {
    fn name(&self) -> &'static str {
        "V3"
    }

    fn demands(&self) -> &'static str {
        "Once nothing fails any more, a payment by the guest's code is final within 60 s and any other within 60 s of its expiry, \
         and a refund within a day, or a person has it as a case; at the end nothing is open."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let now = noted.at_ms;
        match &noted.fact {
            Fact::Healed => self.healed_ms = Some(self.healed_ms.unwrap_or(now)),
            Fact::ChannelTook { number, amount, .. } => {
                let asked = number.parse().ok().and_then(|attempt: AttemptId| self.tries.get(&attempt));
                if asked.is_none_or(|(_, asked)| *asked != amount.0) {
                    self.took_other.insert(number.clone());
                }
            }
            Fact::Event(event) => match &event.told {
                Told::Floor(told) => self.floor(told, now),
                Told::Money(told) => self.money(told, now, Timestamp(event.at_ms)),
                Told::Catalog => {}
            },
            _ => {}
        }
        if matches!(noted.fact, Fact::Ended) {
            self.ended(against);
        } else if let Some(healed) = self.healed_ms {
            self.late(now, healed, against);
        }
    }
}

impl Final {
    fn floor(&mut self, event: &FloorEvent, now: i64) {
        match event {
            FloorEvent::PaymentAsked(e) => self.begins(Open::Ask(e.ask), now + PAYMENT_MS, PAYMENT_MS),
            FloorEvent::AskClosed(e) => self.ends(Open::Ask(e.ask)),
            FloorEvent::TenderCredited(e) => {
                if let Some(ask) = e.ask {
                    self.ends(Open::Ask(ask));
                }
            }
            FloorEvent::RefundAsked(e) if channel_of(e.way).is_some() => {
                self.begins(Open::Wish(e.refund), now + REFUND_MS, REFUND_MS);
            }
            FloorEvent::RefundPaid(e) => self.ends(Open::Wish(e.refund)),
            // Checks of the day are forgotten; what is unmatched was signed for.
            FloorEvent::DayClosed(_) => self.open.retain(|what, _| !matches!(what, Open::Wish(_))),
            _ => {}
        }
    }

    fn money(&mut self, event: &PaymentEvent, now: i64, written: Timestamp) {
        match event {
            PaymentEvent::AttemptStarted { attempt, ask, way, amount, expires_at, .. } => {
                let by = match way {
                    Way::WechatCode | Way::AlipayCode => now + PAYMENT_MS,
                    // By the server's clock, which may be wrong, so only how long it is counts.
                    _ => now + expires_at.since_ms(written) + PAYMENT_MS,
                };
                self.tries.insert(*attempt, (*ask, amount.0));
                self.begins(Open::Attempt(*attempt), by, PAYMENT_MS);
                if self.open.contains_key(&Open::Ask(*ask)) {
                    self.begins(Open::Ask(*ask), by + ASK_MS, PAYMENT_MS + ASK_MS);
                }
            }
            PaymentEvent::Captured { attempt, .. }
            | PaymentEvent::AttemptClosed { attempt, .. }
            | PaymentEvent::AttemptFailed { attempt, .. }
            | PaymentEvent::AttemptReversed { attempt, .. } => self.ends(Open::Attempt(*attempt)),
            PaymentEvent::RefundStarted { refund, .. } | PaymentEvent::RefundRetried { refund, .. } => {
                self.begins(Open::Refund(*refund), now + REFUND_MS, REFUND_MS);
            }
            PaymentEvent::RefundSucceeded { refund, .. } | PaymentEvent::RefundFailed { refund, .. } => {
                self.ends(Open::Refund(*refund));
            }
            PaymentEvent::CaseOpened { kind: CaseKind::RefundFailed, refund: Some(refund), .. } => {
                self.cases.extend([Open::Refund(*refund), Open::Wish(*refund)]);
            }
            PaymentEvent::CaseOpened { kind, attempt: Some(attempt), .. } => {
                let differs = *kind == CaseKind::Mismatch && self.took_other.contains(&number_of(*attempt));
                if *kind == CaseKind::UnknownTooLong || differs {
                    self.cases.insert(Open::Attempt(*attempt));
                    self.cases.extend(self.tries.get(attempt).map(|(ask, _)| Open::Ask(*ask)));
                }
            }
            _ => {}
        }
    }

    fn begins(&mut self, what: Open, by_ms: i64, at_least_ms: i64) {
        self.open.insert(what, (by_ms, at_least_ms));
    }

    fn ends(&mut self, what: Open) {
        self.open.remove(&what);
    }

    /// What is open beyond its time is told once, and then no longer counted as open.
    fn late(&mut self, now: i64, healed: i64, against: &mut Vec<String>) {
        let cases = &self.cases;
        let late = |what: &Open, (by, at_least): (i64, i64)| now > by.max(healed + at_least) && !cases.contains(what);
        let found: Vec<Open> = self.open.iter().filter(|(what, by)| late(what, **by)).map(|(what, _)| *what).collect();
        for what in found {
            let (by, _) = self.open.remove(&what).unwrap_or_default();
            against.push(format!("{what:?} is still open at {now} ms; its time was up at {by} ms"));
        }
    }

    fn ended(&mut self, against: &mut Vec<String>) {
        let open = std::mem::take(&mut self.open);
        let left = open.into_keys().filter(|what| !self.cases.contains(what));
        against.extend(left.map(|what| format!("{what:?} is open at the end, and nobody has it")));
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, ask, at, attempt, closed, session};
    use super::super::purse::{
        asked, back, captured, case, credited, paid_back, refund, refund_done, refund_failed, refund_started, started, took,
        try_closed, unpaid,
    };
    use super::*;
    use domain::Money;

    fn by_code() -> PaymentEvent {
        PaymentEvent::AttemptStarted {
            attempt: attempt(1),
            ask: ask(1),
            session: session(1),
            way: Way::WechatCode,
            amount: Money(3800),
            at: at(0),
            expires_at: at(600_000),
        }
    }

    fn paying(by: PaymentEvent) -> History {
        History::new().floor(asked(1, 1, 3800)).money(by)
    }

    /// Something happens, so that somebody looks at the time.
    fn later(history: History, seconds: i64) -> History {
        history.wait(seconds * 1000).floor(closed(9))
    }

    fn wrong(history: History) -> Vec<String> {
        history.judged(Final::default())
    }

    #[test]
    fn what_ends_in_time_is_fine() {
        let paid =
            later(paying(started(1, 1, 3800)).fact(Fact::Healed), 655).money(captured(1, 3800)).floor(credited(1, 1, 3800));
        assert!(wrong(later(paid, 1_000).fact(Fact::Ended)).is_empty());
        let refunded = History::new().fact(Fact::Healed).floor(back(7, 1, 1, 1)).money(refund_started(7, 1, 1));
        let refunded = later(refunded, 3_600).money(refund_done(7)).floor(paid_back(7, 1));
        assert!(wrong(refunded.fact(Fact::Ended)).is_empty());
        let unpaid = paying(by_code()).fact(Fact::Healed).money(try_closed(1)).floor(unpaid(1, 1));
        assert!(wrong(unpaid.fact(Fact::Ended)).is_empty());
    }

    #[test]
    fn before_the_healing_there_is_no_hurry() {
        let history = later(paying(by_code()), 3_600).fact(Fact::Healed).wait(50_000).money(captured(1, 3800));
        assert!(wrong(history.floor(credited(1, 1, 3800)).fact(Fact::Ended)).is_empty());
    }

    #[test]
    fn a_payment_without_an_end_is_found_once() {
        assert!(wrong(later(paying(by_code()).fact(Fact::Healed), 55)).is_empty());
        let found = wrong(later(later(paying(by_code()).fact(Fact::Healed), 62), 1));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(wrong(later(paying(started(1, 1, 3800)).fact(Fact::Healed), 600)).is_empty());
        assert_eq!(wrong(later(paying(started(1, 1, 3800)).fact(Fact::Healed), 665)).len(), 1);
    }

    #[test]
    fn a_check_that_never_hears_of_the_end_is_found() {
        let found = wrong(later(paying(by_code()).fact(Fact::Healed).money(try_closed(1)), 75));
        assert!(found.len() == 1 && found[0].contains("Ask("), "{found:?}");
        assert_eq!(wrong(later(History::new().fact(Fact::Healed).floor(asked(1, 1, 3800)), 65)).len(), 1);
    }

    #[test]
    fn a_refund_without_an_end_is_found() {
        let started = || History::new().fact(Fact::Healed).floor(back(7, 1, 1, 1)).money(refund_started(7, 1, 1));
        assert_eq!(wrong(later(started(), 24 * 3_600 + 5)).len(), 2, "at the channel and on the check");
        assert_eq!(wrong(later(started().money(refund_done(7)), 24 * 3_600 + 5)).len(), 1);
        let given_up = || started().money(refund_failed(7, false));
        assert_eq!(wrong(later(given_up(), 24 * 3_600 + 5)).len(), 1);
        let before_a_person = PaymentEvent::CaseOpened {
            case: CaseKind::RefundFailed.about(7),
            kind: CaseKind::RefundFailed,
            attempt: Some(attempt(1)),
            refund: Some(refund(7)),
            amount: None,
            detail: String::new(),
            at: at(0),
            due_at: at(0),
        };
        assert!(wrong(later(given_up().money(before_a_person), 24 * 3_600 + 5).fact(Fact::Ended)).is_empty());
    }

    #[test]
    fn what_is_open_at_the_end_is_found_unless_a_person_has_it() {
        assert_eq!(wrong(paying(started(1, 1, 3800)).fact(Fact::Ended)).len(), 2);
        let known = paying(started(1, 1, 3800)).money(case(CaseKind::UnknownTooLong, 1)).fact(Fact::Ended);
        assert!(wrong(known).is_empty());
        let other = paying(started(1, 1, 3800)).money(case(CaseKind::Doubled, 1)).fact(Fact::Ended);
        assert_eq!(wrong(other).len(), 2, "a case about something else is no excuse");
        let mismatched =
            |fen| paying(started(1, 1, 3800)).fact(took(1, fen)).money(case(CaseKind::Mismatch, 1)).fact(Fact::Ended);
        assert!(wrong(mismatched(38)).is_empty());
        assert_eq!(wrong(mismatched(3800)).len(), 2, "a false message is no excuse");
    }
}
