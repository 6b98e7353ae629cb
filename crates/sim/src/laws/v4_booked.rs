//! V4 booked: money that a channel took stands on a check soon, or goes back, or a person has it.

use super::Law;
use crate::facts::{Fact, Noted, Told, number_of};
use domain::AttemptId;
use domain::floor::FloorEvent;
use domain::payment::{CaseKind, PaymentEvent};
use std::collections::{BTreeMap, BTreeSet};

/// How long it may take. Milliseconds.
const BOOKED_MS: i64 = 10_000;
/// A scanned wallet is taken back when the channel hasn't said by then what became of it: what it took all the same has gone back
/// within this. Milliseconds.
const WALLET_MS: i64 = 60_000;
/// For what was taken while things failed, by a payment the house had given up on: it asks with pauses of five minutes by then, and
/// the channel may have given up telling. Milliseconds.
const FOUND_MS: i64 = 310_000;

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Booked {
    healed_ms: Option<i64>,
    /// By the payment's number: when it was taken, and how much of it isn't accounted for.
    taken: BTreeMap<String, (i64, i64)>,
    asked: BTreeMap<String, i64>,
    wallets: BTreeSet<String>,
}

impl Law for Booked {
    fn name(&self) -> &'static str {
        "V4"
    }

    fn demands(&self) -> &'static str {
        "Once nothing fails any more, what a channel takes is on its check within 10 s, or has gone back, or is before a person; \
         at the end that is so of everything it ever took."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let now = noted.at_ms;
        match &noted.fact {
            Fact::Healed => self.healed_ms = Some(self.healed_ms.unwrap_or(now)),
            Fact::ChannelTook { number, amount, .. } => {
                self.taken.entry(number.clone()).or_insert((now, 0)).1 += amount.0;
            }
            Fact::ChannelGaveBack { number, amount, .. } => self.settled(number, amount.0),
            Fact::Event(event) => match &event.told {
                Told::Floor(FloorEvent::TenderCredited(e)) => {
                    if let Some(attempt) = e.attempt {
                        self.settled(&number_of(attempt), e.amount.0 + e.tip.0);
                    }
                }
                Told::Money(PaymentEvent::AttemptStarted { attempt, amount, way, .. }) => {
                    if way.is_by_code() {
                        self.wallets.insert(number_of(*attempt));
                    }
                    self.asked.insert(number_of(*attempt), amount.0);
                }
                Told::Money(PaymentEvent::CaseOpened { kind, attempt: Some(attempt), .. }) => self.case(*kind, *attempt),
                Told::Floor(_) | Told::Money(_) | Told::Catalog => {}
            },
            _ => {}
        }
        match (&noted.fact, self.healed_ms) {
            (Fact::Ended, _) => self.late(|_, _| true, against),
            (_, Some(healed)) => self.late(
                |at, wallet| {
                    let bound = if wallet { WALLET_MS } else { BOOKED_MS };
                    now > if at >= healed { at + bound } else { healed + FOUND_MS }
                },
                against,
            ),
            (_, None) => {}
        }
    }
}

impl Booked {
    fn settled(&mut self, number: &str, amount: i64) {
        let Some((_, left)) = self.taken.get_mut(number) else { return };
        *left -= amount;
        if *left <= 0 {
            self.taken.remove(number);
        }
    }

    /// A person decides about what really doesn't match, and about what has no check.
    fn case(&mut self, kind: CaseKind, attempt: AttemptId) {
        let number = number_of(attempt);
        let differs =
            || self.asked.get(&number).is_some_and(|asked| self.taken.get(&number).is_some_and(|(_, took)| took != asked));
        if kind == CaseKind::NoCheck || (kind == CaseKind::Mismatch && differs()) {
            self.taken.remove(&number);
        }
    }

    /// Told once.
    fn late(&mut self, is_late: impl Fn(i64, bool) -> bool, against: &mut Vec<String>) {
        self.taken.retain(|number, (at, left)| {
            let late = is_late(*at, self.wallets.contains(number));
            if late {
                against
                    .push(format!("{left} fen of payment {number}, taken at {at} ms, stand on no check and haven't gone back"));
            }
            !late
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, closed};
    use super::super::purse::{case, credited, started, took, took_back};
    use super::*;

    fn healed() -> History {
        History::new().fact(Fact::Healed)
    }

    fn later(history: History, seconds: i64) -> History {
        history.wait(seconds * 1000).floor(closed(9))
    }

    fn wrong(history: History) -> usize {
        history.judged(Booked::default()).len()
    }

    #[test]
    fn what_is_booked_or_goes_back_in_time_is_fine() {
        assert_eq!(wrong(later(healed().fact(took(1, 3800)).wait(8_000).floor(credited(1, 1, 3800)), 100).fact(Fact::Ended)), 0);
        assert_eq!(wrong(later(healed().fact(took(1, 3800)).fact(took_back(1, 3800)), 100).fact(Fact::Ended)), 0);
        let differs = healed().money(started(1, 1, 3800)).fact(took(1, 38)).money(case(CaseKind::Mismatch, 1));
        assert_eq!(wrong(later(differs, 100).fact(Fact::Ended)), 0);
    }

    #[test]
    fn what_was_taken_in_bad_weather_has_longer() {
        let early = || later(History::new().fact(took(1, 3800)), 3_600).fact(Fact::Healed);
        assert_eq!(wrong(later(early(), 300).floor(credited(1, 1, 3800))), 0);
        assert_eq!(wrong(later(early(), 311)), 1);
    }

    #[test]
    fn what_is_forgotten_is_found_once() {
        assert_eq!(wrong(later(later(healed().fact(took(1, 3800)), 10), 10).fact(Fact::Ended)), 1);
        assert_eq!(wrong(later(healed().fact(took(1, 3800)).fact(took_back(1, 3799)), 10)), 1);
        assert_eq!(wrong(later(healed().fact(took(1, 3800)).money(case(CaseKind::PaidAfterClose, 1)), 10)), 1);
        let lied = healed().money(started(1, 1, 3800)).fact(took(1, 3800)).money(case(CaseKind::Mismatch, 1));
        assert_eq!(wrong(later(lied, 10)), 1, "a false message is no excuse");
    }

    #[test]
    fn at_the_end_all_of_it_must_be_somewhere() {
        assert_eq!(wrong(History::new().fact(took(1, 3800)).fact(Fact::Ended)), 1);
    }
}
