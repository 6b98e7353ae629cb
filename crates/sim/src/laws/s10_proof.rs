//! S10 proof: nothing is paid that the channel didn't take.

use super::Law;
use super::books::channel_of;
use crate::facts::{Fact, Noted, Told, number_of};
use domain::floor::{FloorEvent, Way};
use domain::payment::PaymentEvent;
use domain::{AskId, AttemptId};
use std::collections::{BTreeMap, BTreeSet};

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Proof {
    /// By the number: which channel, and how much.
    took: BTreeMap<String, (&'static str, i64)>,
    tries: BTreeMap<AttemptId, Way>,
    of_ask: BTreeMap<AskId, Vec<AttemptId>>,
    captured: BTreeSet<AttemptId>,
    shown: BTreeSet<u128>,
}

impl Law for Proof {
    fn name(&self) -> &'static str {
        "S10"
    }

    fn demands(&self) -> &'static str {
        "What is captured, credited or shown as paid, the channel it was tried at had taken before: that very number and amount."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::ChannelTook { channel, number, amount } => {
                self.took.entry(number.clone()).or_insert((channel, 0)).1 += amount.0;
            }
            Fact::PaymentShown { attempt, ask, paid: true } => self.shown(*attempt, *ask, against),
            Fact::Event(event) => match &event.told {
                Told::Money(PaymentEvent::AttemptStarted { attempt, ask, way, .. }) => {
                    self.tries.insert(*attempt, *way);
                    self.of_ask.entry(*ask).or_default().push(*attempt);
                }
                Told::Money(PaymentEvent::Captured { attempt, amount, .. }) => {
                    self.captured(*attempt, amount.0, against);
                }
                Told::Floor(FloorEvent::TenderCredited(e)) if channel_of(e.way).is_some() => {
                    if e.attempt.is_none_or(|attempt| !self.captured.contains(&attempt)) {
                        against.push(format!("tender {} by {:?} stands on no captured payment", e.tender, e.way));
                    }
                }
                Told::Floor(_) | Told::Money(_) | Told::Catalog => {}
            },
            _ => {}
        }
    }
}

impl Proof {
    fn captured(&mut self, attempt: AttemptId, amount: i64, against: &mut Vec<String>) {
        let due = self.tries.get(&attempt).and_then(|way| channel_of(*way));
        match self.took.get(&number_of(attempt)) {
            None => against.push(format!("attempt {attempt} is captured, and no channel took it")),
            Some((channel, _)) if Some(*channel) != due => {
                against.push(format!("attempt {attempt} is captured by {channel}, where it was not tried"));
            }
            Some((_, took)) if *took != amount => {
                against.push(format!("attempt {attempt} is captured with {amount} fen where the channel took {took}"));
            }
            Some(_) => {}
        }
        self.captured.insert(attempt);
    }

    fn shown(&mut self, attempt: Option<AttemptId>, ask: u128, against: &mut Vec<String>) {
        let tries = match attempt {
            Some(attempt) => vec![attempt],
            None => self.of_ask.get(&AskId(ask)).cloned().unwrap_or_default(),
        };
        let is_proved = tries.iter().any(|attempt| self.took.contains_key(&number_of(*attempt)));
        if !is_proved && self.shown.insert(ask) {
            against.push(format!("a phone is told that ask {} is paid, and no channel took it", AskId(ask)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, attempt};
    use super::super::purse::{captured, credited, started, took};
    use super::*;
    use domain::Money;

    fn tried() -> History {
        History::new().money(started(1, 1, 3800))
    }

    fn shown(of: Option<u128>) -> Fact {
        Fact::PaymentShown { attempt: of.map(attempt), ask: 1, paid: true }
    }

    #[test]
    fn what_the_channel_took_is_proved() {
        let history = tried().fact(Fact::PaymentShown { attempt: Some(attempt(1)), ask: 1, paid: false });
        let history = history.fact(took(1, 3800)).money(captured(1, 3800)).floor(credited(1, 1, 3800));
        assert!(history.fact(shown(Some(1))).fact(shown(None)).judged(Proof::default()).is_empty());
    }

    #[test]
    fn a_capture_without_the_channel_is_found() {
        assert_eq!(tried().money(captured(1, 3800)).fact(took(1, 3800)).judged(Proof::default()).len(), 1);
        let other = tried().fact(took(2, 3800)).money(captured(1, 3800));
        assert!(other.judged(Proof::default())[0].contains("no channel took it"));
    }

    #[test]
    fn a_capture_of_another_amount_or_channel_is_found() {
        let wrong = tried().fact(took(1, 38)).money(captured(1, 3800)).judged(Proof::default());
        assert!(wrong[0].contains("where the channel took 38"), "{wrong:?}");
        let alipay = Fact::ChannelTook { channel: "alipay", number: number_of(attempt(1)), amount: Money(3800) };
        let wrong = tried().fact(alipay).money(captured(1, 3800)).judged(Proof::default());
        assert!(wrong[0].contains("by alipay"), "{wrong:?}");
    }

    #[test]
    fn a_credit_without_a_capture_is_found() {
        assert_eq!(tried().fact(took(1, 3800)).floor(credited(1, 1, 3800)).judged(Proof::default()).len(), 1);
    }

    #[test]
    fn a_phone_told_too_early_is_found_once() {
        assert_eq!(tried().fact(shown(Some(1))).fact(shown(None)).judged(Proof::default()).len(), 1);
        assert_eq!(History::new().fact(shown(None)).judged(Proof::default()).len(), 1);
    }
}
