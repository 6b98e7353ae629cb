//! S11 intent first: no channel hears of a payment or a refund that isn't durable in our journal.

use super::Law;
use super::books::channel_of;
use crate::facts::{Fact, Noted, Told, number_of, refund_number_of};
use domain::RefundId;
use domain::payment::PaymentEvent;
use std::collections::{BTreeMap, BTreeSet};

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct IntentFirst {
    /// The numbers we have written down, and at which channel they may be known.
    tries: BTreeMap<String, Option<&'static str>>,
    /// Of refunds: the payment's number and the amount, by their own number.
    refunds: BTreeMap<String, (String, i64)>,
    known: BTreeMap<RefundId, (String, i64)>,
    told: BTreeSet<String>,
}

impl Law for IntentFirst {
    fn name(&self) -> &'static str {
        "S11"
    }

    fn demands(&self) -> &'static str {
        "A number that a channel knows, of a payment or of a refund, was durable here before the channel heard of it, for the \
         same channel, payment and amount."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::ChannelKnows { channel, number } | Fact::ChannelTook { channel, number, .. } => {
                self.payment(channel, number, against);
            }
            Fact::ChannelKnowsRefund { number, refund, amount, .. } => self.refund(number, refund, amount.0, against),
            Fact::Event(event) => match &event.told {
                Told::Money(PaymentEvent::AttemptStarted { attempt, way, .. }) => {
                    self.tries.insert(number_of(*attempt), channel_of(*way));
                }
                Told::Money(PaymentEvent::RefundStarted { refund, attempt, amount, .. }) => {
                    let what = (number_of(*attempt), amount.0);
                    self.refunds.insert(refund_number_of(*refund), what.clone());
                    self.known.insert(*refund, what);
                }
                Told::Money(PaymentEvent::RefundRetried { refund, number, .. }) if *number > 0 => {
                    if let Some(what) = self.known.get(refund) {
                        self.refunds.insert(format!("{}-{number}", refund_number_of(*refund)), what.clone());
                    }
                }
                Told::Floor(_) | Told::Money(_) | Told::Catalog => {}
            },
            _ => {}
        }
    }
}

impl IntentFirst {
    fn refund(&mut self, number: &str, refund: &str, fen: i64, against: &mut Vec<String>) {
        let ours = self.refunds.get(refund);
        let is_ours = ours.is_some_and(|(of, amount)| of == number && *amount == fen);
        if !is_ours && self.told.insert(refund.to_owned()) {
            against.push(format!("a refund {refund} of {fen} fen of {number} is at the channel; durable here is {ours:?}"));
        }
    }

    fn payment(&mut self, channel: &'static str, number: &str, against: &mut Vec<String>) {
        let ours = self.tries.get(number);
        if ours == Some(&Some(channel)) || !self.told.insert(number.to_owned()) {
            return;
        }
        against.push(match ours {
            None => format!("{channel} knows {number}, and no such attempt is durable here"),
            Some(meant) => format!("{channel} knows {number}, which was meant for {meant:?}"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, attempt};
    use super::super::purse::{knows, knows_refund, number, refund, refund_failed, refund_started, started, took};
    use super::*;
    use domain::{Money, Timestamp};

    fn retried(number: u32) -> PaymentEvent {
        PaymentEvent::RefundRetried { refund: refund(7), number, at: Timestamp(0) }
    }

    fn knows_next(nth: u32) -> Fact {
        let refund = format!("{}-{nth}", refund(7));
        Fact::ChannelKnowsRefund { channel: "wechat", number: number(1), refund, amount: Money(3800) }
    }

    fn paid() -> History {
        History::new().money(started(1, 1, 3800)).fact(knows(1)).fact(took(1, 3800))
    }

    #[test]
    fn written_first_is_as_it_should_be() {
        let history = paid().money(refund_started(7, 1, 3800)).fact(knows_refund(7, 1, 3800)).fact(knows_refund(7, 1, 3800));
        let history = history.money(refund_failed(7, true)).money(retried(1)).fact(knows_next(1));
        assert!(history.judged(IntentFirst::default()).is_empty());
    }

    #[test]
    fn a_channel_that_hears_first_is_found_once() {
        let history = History::new().fact(knows(1)).money(started(1, 1, 3800)).fact(knows(1));
        assert_eq!(history.judged(IntentFirst::default()).len(), 1);
        assert_eq!(History::new().fact(took(3, 100)).judged(IntentFirst::default()).len(), 1);
        let alipay = Fact::ChannelKnows { channel: "alipay", number: number_of(attempt(1)) };
        let wrong = History::new().money(started(1, 1, 3800)).fact(alipay).judged(IntentFirst::default());
        assert!(wrong[0].contains("meant for"), "{wrong:?}");
    }

    #[test]
    fn a_refund_that_nobody_wrote_down_is_found() {
        assert_eq!(paid().fact(knows_refund(7, 1, 3800)).judged(IntentFirst::default()).len(), 1);
        let other_amount = paid().money(refund_started(7, 1, 3800)).fact(knows_refund(7, 1, 1));
        assert_eq!(other_amount.judged(IntentFirst::default()).len(), 1);
        let other_payment = paid().money(refund_started(7, 1, 3800)).fact(knows_refund(7, 2, 3800));
        assert_eq!(other_payment.judged(IntentFirst::default()).len(), 1);
        let next_number = paid().money(refund_started(7, 1, 3800)).fact(knows_next(1));
        assert_eq!(next_number.judged(IntentFirst::default()).len(), 1);
    }
}
