//! S12 refund identity: one wish to give back is one refund under one live number, and it moves money once.

use super::Law;
use super::books::channel_of;
use crate::facts::{Fact, Noted, Told, number_of};
use domain::floor::{FloorEvent, RefundAsked, RefundWhy};
use domain::payment::PaymentEvent;
use domain::{AttemptId, RefundId, TenderId};
use std::collections::{BTreeMap, BTreeSet};

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct RefundIdentity {
    /// What the floor wants to go back through a channel.
    asked: BTreeMap<RefundId, Wish>,
    /// What the house gives back by itself, once for each tender or attempt.
    by_itself: BTreeSet<(TenderId, &'static str)>,
    tenders: BTreeMap<TenderId, AttemptId>,
    refunds: BTreeMap<RefundId, Refund>,
    started_by_itself: BTreeSet<(AttemptId, &'static str)>,
    /// By the payment's number.
    took: BTreeMap<String, i64>,
    gave_back: BTreeMap<String, i64>,
    told: BTreeSet<String>,
}

#[derive(Debug)]
struct Wish {
    attempt: Option<AttemptId>,
    amount: i64,
}

#[derive(Debug)]
struct Refund {
    attempt: AttemptId,
    amount: i64,
    /// Its number at the channel: 0 for the first.
    number: u32,
    /// The channel has given the number up.
    is_dead: bool,
    gave_back: i64,
}

impl Law for RefundIdentity {
    fn name(&self) -> &'static str {
        "S12"
    }

    fn demands(&self) -> &'static str {
        "One wish to give money back is one refund under one live number; a channel gives it back once, never more than it took, \
         and only what it gave back counts as gone."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Event(event) => match &event.told {
                Told::Floor(FloorEvent::TenderCredited(e)) => {
                    if let Some(attempt) = e.attempt {
                        self.tenders.insert(e.tender, attempt);
                    }
                }
                Told::Floor(FloorEvent::RefundAsked(e)) => self.asked(e, against),
                Told::Floor(FloorEvent::RefundPaid(e)) => self.paid(e.refund, against),
                Told::Money(event) => self.money(event, against),
                Told::Floor(_) | Told::Catalog => {}
            },
            Fact::ChannelTook { number, amount, .. } => *self.took.entry(number.clone()).or_default() += amount.0,
            Fact::ChannelKnowsRefund { refund, .. } => self.at_the_channel(refund, against),
            Fact::ChannelGaveBack { number, refund, amount, .. } => {
                self.gave_back(number, refund.as_deref(), amount.0, against);
            }
            _ => {}
        }
    }
}

impl RefundIdentity {
    fn asked(&mut self, e: &RefundAsked, against: &mut Vec<String>) {
        if channel_of(e.way).is_none() {
            return;
        }
        if let Some(why) = by_itself(e.why)
            && !self.by_itself.insert((e.tender, why))
        {
            against.push(format!("tender {} is to go back a second time ({why}), as refund {}", e.tender, e.refund));
        }
        let wish = Wish { attempt: self.tenders.get(&e.tender).copied(), amount: e.amount.0 };
        if self.asked.insert(e.refund, wish).is_some() {
            against.push(format!("refund {} is asked for twice", e.refund));
        }
    }

    fn money(&mut self, event: &PaymentEvent, against: &mut Vec<String>) {
        match event {
            PaymentEvent::RefundStarted { refund, attempt, amount, why, .. } => {
                match self.asked.get(refund) {
                    Some(wish) if wish.amount != amount.0 || wish.attempt.is_some_and(|of| of != *attempt) => {
                        against
                            .push(format!("refund {refund} is started with {} fen of {attempt}; asked was {wish:?}", amount.0));
                    }
                    None if *why == RefundWhy::TooMuch => {
                        against.push(format!("refund {refund} is started, and no check asked for it"));
                    }
                    Some(_) | None => {}
                }
                if let Some(why) = by_itself(*why)
                    && !self.started_by_itself.insert((*attempt, why))
                {
                    against.push(format!("attempt {attempt} is given back a second time ({why}), as refund {refund}"));
                }
                let started = Refund { attempt: *attempt, amount: amount.0, number: 0, is_dead: false, gave_back: 0 };
                if self.refunds.insert(*refund, started).is_some() {
                    against.push(format!("refund {refund} is started twice"));
                }
            }
            PaymentEvent::RefundFailed { refund, dead, .. } => {
                if let Some(refund) = self.refunds.get_mut(refund) {
                    refund.is_dead = *dead;
                }
            }
            PaymentEvent::RefundRetried { refund, number, .. } => {
                let Some(standing) = self.refunds.get_mut(refund) else { return };
                if *number != standing.number + u32::from(standing.is_dead) {
                    against.push(format!("refund {refund} gets number {number} while {} is alive", standing.number));
                }
                (standing.number, standing.is_dead) = (*number, false);
            }
            PaymentEvent::RefundSucceeded { refund, .. } => match self.refunds.get(refund) {
                None => against.push(format!("refund {refund} succeeded, and was never started")),
                Some(standing) if standing.gave_back != standing.amount => {
                    let (ours, theirs) = (standing.amount, standing.gave_back);
                    against.push(format!("refund {refund} of {ours} fen succeeded; the channel gave {theirs} back under it"));
                }
                Some(_) => {}
            },
            PaymentEvent::AttemptReversed { attempt, captured: true, .. }
                if !self.gave_back.contains_key(&number_of(*attempt)) =>
            {
                against.push(format!("captured attempt {attempt} is reversed, and the channel gave nothing back"));
            }
            _ => {}
        }
    }

    /// The check says that the money has gone back.
    fn paid(&mut self, refund: RefundId, against: &mut Vec<String>) {
        let Some(wish) = self.asked.get(&refund) else { return };
        let under_it = self.refunds.get(&refund).is_some_and(|refund| refund.gave_back > 0);
        let reversed =
            wish.attempt.is_some_and(|attempt| attempt.0 == refund.0 && self.gave_back.contains_key(&number_of(attempt)));
        if !under_it && !reversed {
            against.push(format!("refund {refund} is booked as paid, and the channel gave nothing back for it"));
        }
    }

    fn at_the_channel(&mut self, number: &str, against: &mut Vec<String>) {
        let standing = ours(number).and_then(|(id, nth)| Some((self.refunds.get(&id)?, nth)));
        let problem = match standing {
            None => "which is not ours".to_owned(),
            // An old number may still be asked about: it stays what it was.
            Some((refund, nth)) if nth <= refund.number => return,
            Some((refund, _)) => format!("while number {} is alive", refund.number),
        };
        if self.told.insert(number.to_owned()) {
            against.push(format!("a channel knows refund {number}, {problem}"));
        }
    }

    fn gave_back(&mut self, number: &str, refund: Option<&str>, amount: i64, against: &mut Vec<String>) {
        let took = self.took.get(number).copied().unwrap_or_default();
        let back = self.gave_back.entry(number.to_owned()).or_default();
        *back += amount;
        if *back > took {
            against.push(format!("{back} fen of payment {number} went back, which brought {took}"));
        }
        let Some(refund) = refund else { return };
        match ours(refund).and_then(|(id, _)| self.refunds.get_mut(&id)) {
            None => against.push(format!("money went back under {refund}, which is not ours")),
            Some(standing) => {
                standing.gave_back += amount;
                if standing.gave_back > standing.amount || number_of(standing.attempt) != number {
                    let (gave, wanted) = (standing.gave_back, standing.amount);
                    against.push(format!("{gave} fen of {number} went back for refund {refund} of {wanted} fen"));
                }
            }
        }
    }
}

/// Why the house gives back without anybody asking, once for each payment.
fn by_itself(why: RefundWhy) -> Option<&'static str> {
    match why {
        RefundWhy::Staff => None,
        RefundWhy::TooMuch => Some("too much"),
        RefundWhy::TakenBack => Some("taken back"),
        RefundWhy::NoCheck => Some("no check"),
        RefundWhy::Mismatch => Some("mismatch"),
    }
}

/// Which refund of ours a number names, and which of its numbers it is.
fn ours(number: &str) -> Option<(RefundId, u32)> {
    let (id, nth) = match number.split_once('-') {
        Some((id, nth)) => (id, nth.parse().ok()?),
        None => (number, 0),
    };
    Some((id.parse().ok()?, nth))
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, attempt};
    use super::super::purse::{
        back, credited, gave_back, knows_refund, number, paid_back, refund, refund_done, refund_failed, refund_started, started,
        took, took_back,
    };
    use super::*;
    use domain::{Money, Timestamp};

    fn paid() -> History {
        History::new().money(started(1, 1, 3800)).fact(took(1, 3800)).floor(credited(1, 1, 3800))
    }

    fn going_back() -> History {
        paid().floor(back(7, 1, 1, 3800)).money(refund_started(7, 1, 3800)).fact(knows_refund(7, 1, 3800))
    }

    fn retried(number: u32) -> PaymentEvent {
        PaymentEvent::RefundRetried { refund: refund(7), number, at: Timestamp(0) }
    }

    fn next(nth: u32) -> String {
        format!("{}-{nth}", refund(7))
    }

    fn wrong(history: History) -> String {
        history.judged(RefundIdentity::default()).join("\n")
    }

    #[test]
    fn one_refund_is_as_it_should_be() {
        let history = going_back().fact(knows_refund(7, 1, 3800)).fact(gave_back(7, 1, 3800)).money(refund_done(7));
        assert_eq!(wrong(history.floor(paid_back(7, 1))), "");
    }

    #[test]
    fn a_dead_number_is_followed_by_the_next() {
        let amount = Money(3800);
        let knows = Fact::ChannelKnowsRefund { channel: "wechat", number: number(1), refund: next(1), amount };
        let gave = Fact::ChannelGaveBack { channel: "wechat", number: number(1), refund: Some(next(1)), amount };
        let history = going_back().money(refund_failed(7, true)).money(retried(1)).fact(knows).fact(gave).money(refund_done(7));
        assert_eq!(wrong(history), "");
    }

    #[test]
    fn a_reversed_payment_is_a_refund_of_its_own() {
        let reversed = PaymentEvent::AttemptReversed { attempt: attempt(1), captured: true, at: Timestamp(0) };
        let taken_back = RefundAsked { why: RefundWhy::TakenBack, ..back(1, 1, 1, 3800) };
        let history = paid().fact(took_back(1, 3800)).money(reversed.clone()).floor(taken_back.clone()).floor(paid_back(1, 1));
        assert_eq!(wrong(history), "");
        let nothing = paid().money(reversed).floor(taken_back).floor(paid_back(1, 1));
        assert_eq!(nothing.judged(RefundIdentity::default()).len(), 2);
    }

    #[test]
    fn a_second_number_while_the_first_lives_is_found() {
        let knows = Fact::ChannelKnowsRefund { channel: "wechat", number: number(1), refund: next(1), amount: Money(3800) };
        assert!(wrong(going_back().fact(knows.clone()).fact(knows)).contains("while number 0 is alive"));
        assert!(wrong(going_back().money(refund_failed(7, false)).money(retried(1))).contains("gets number 1"));
    }

    #[test]
    fn a_second_refund_for_the_same_is_found() {
        assert!(wrong(going_back().floor(back(8, 1, 1, 3800))).contains("a second time"));
        assert!(wrong(going_back().money(refund_started(8, 1, 3800))).contains("no check asked for it"));
        assert!(wrong(going_back().money(refund_started(7, 1, 3800))).contains("started twice"));
        assert!(wrong(paid().floor(back(7, 1, 1, 3800)).money(refund_started(7, 1, 3700))).contains("3700 fen"));
    }

    #[test]
    fn money_that_goes_back_twice_is_found() {
        let twice = going_back().fact(gave_back(7, 1, 3800)).fact(gave_back(7, 1, 3800));
        let found = twice.judged(RefundIdentity::default());
        assert_eq!(found.len(), 2, "both the payment and the refund: {found:?}");
        assert!(wrong(paid().fact(took_back(1, 3801))).contains("which brought 3800"));
        assert!(wrong(paid().fact(gave_back(9, 1, 1))).contains("not ours"));
        assert!(wrong(paid().fact(knows_refund(9, 1, 1))).contains("not ours"));
    }

    #[test]
    fn a_refund_that_nobody_made_is_found() {
        assert!(wrong(going_back().money(refund_done(7))).contains("gave 0 back"));
        assert!(wrong(going_back().floor(paid_back(7, 1))).contains("gave nothing back"));
    }
}
