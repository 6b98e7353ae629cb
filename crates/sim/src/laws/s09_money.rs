//! S9 money: books of our own, kept from the events, in which every entry has two sides and nobody pays twice for the same.

use super::Law;
use super::books::Books;
use crate::facts::{Fact, Noted, Told, number_of};
use domain::floor::{FloorEvent, TenderCredited};
use domain::payment::PaymentEvent;
use domain::{AskId, AttemptId, SessionId};
use journal::Stream;
use std::collections::BTreeMap;

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Money {
    books: Books,
    took: BTreeMap<String, i64>,
    asked: BTreeMap<AskId, i64>,
    attempts: BTreeMap<AttemptId, i64>,
    captured: BTreeMap<AttemptId, i64>,
    /// The command whose events are being told, and the parties to which it credited a channel's money, with what they owed before.
    command: u128,
    credited: BTreeMap<SessionId, i64>,
}

impl Law for Money {
    fn name(&self) -> &'static str {
        "S9"
    }

    fn demands(&self) -> &'static str {
        "Every fen is booked from two sides that agree; a channel's payment is credited once and never beyond what the channel \
         took; no tender is given back beyond itself; what comes beyond what is owed goes back in the same step."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::ChannelTook { number, amount, .. } => *self.took.entry(number.clone()).or_default() += amount.0,
            Fact::Event(event) => {
                if event.stream == Stream::Floor && event.command != self.command {
                    self.end_command(against);
                    self.command = event.command;
                }
                match &event.told {
                    Told::Floor(event) => self.floor(event, against),
                    Told::Money(event) => self.money(event, against),
                    Told::Catalog => {}
                }
            }
            Fact::Ended => self.end_command(against),
            _ => {}
        }
    }
}

impl Money {
    fn floor(&mut self, event: &FloorEvent, against: &mut Vec<String>) {
        match event {
            FloorEvent::PaymentAsked(e) => {
                self.asked.insert(e.ask, e.amount.0 + e.tip.0);
            }
            FloorEvent::TenderCredited(e) => self.credit(e, against),
            _ => {}
        }
        self.books.book(event, against);
    }

    fn credit(&mut self, e: &TenderCredited, against: &mut Vec<String>) {
        let Some(attempt) = e.attempt else { return };
        let came = e.amount.0 + e.tip.0;
        match self.captured.get(&attempt) {
            Some(captured) if *captured == came => {}
            Some(captured) => against.push(format!("tender {} books {came} fen of {captured} captured by {attempt}", e.tender)),
            None => against.push(format!("tender {} books attempt {attempt}, which captured nothing", e.tender)),
        }
        let took = self.took.get(&number_of(attempt)).copied().unwrap_or_default();
        if came > took {
            against.push(format!("{came} fen of attempt {attempt} are booked where the channel took {took}"));
        }
        let before = self.books.due(e.session, None).unwrap_or_default();
        self.credited.entry(e.session).or_insert(before);
    }

    fn money(&mut self, event: &PaymentEvent, against: &mut Vec<String>) {
        match event {
            PaymentEvent::AttemptStarted { attempt, ask, amount, .. } => {
                match self.asked.get(ask) {
                    Some(asked) if *asked == amount.0 => {}
                    Some(asked) => against.push(format!("attempt {attempt} is for {} fen where {asked} were asked", amount.0)),
                    None => against.push(format!("attempt {attempt} is for ask {ask}, which nobody made")),
                }
                self.attempts.insert(*attempt, amount.0);
            }
            PaymentEvent::Captured { attempt, amount, .. } => {
                if self.attempts.get(attempt) != Some(&amount.0) {
                    let asked = self.attempts.get(attempt).copied().unwrap_or_default();
                    against.push(format!("attempt {attempt} captured {} fen where {asked} were asked", amount.0));
                }
                if self.captured.insert(*attempt, amount.0).is_some() {
                    against.push(format!("attempt {attempt} is captured twice"));
                }
            }
            _ => {}
        }
    }

    /// What a channel brought beyond what was owed is on its way back once the step is done.
    fn end_command(&mut self, against: &mut Vec<String>) {
        for (party, before) in std::mem::take(&mut self.credited) {
            if let Some(due) = self.books.due(party, None).filter(|due| *due < before.min(0)) {
                against.push(format!("party {party} has paid {} fen too much, and nothing of it goes back", -due));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::history::{History, opened, ordered, placed, released, staff};
    use super::super::purse::{asked, back, captured, cash, credited, paid_back, started, took, voided};
    use super::*;
    use domain::Money as Fen;
    use domain::floor::{CheckDiscounted, Discount, LineComped, LineDivided};

    /// A party that owes 3,800 fen: two portions of one dish, one of another.
    fn eaten() -> History {
        let lines = vec![ordered(1, "fish", 2, 1200), ordered(2, "rice", 1, 1400)];
        History::new().floor(opened(1)).floor(placed(1, 1, lines)).floor(released(1))
    }

    /// It is paying by WeChat, and the channel has taken the money.
    fn paying() -> History {
        eaten().floor(asked(1, 1, 3800)).money(started(1, 1, 3800)).fact(took(1, 3800)).money(captured(1, 3800))
    }

    #[test]
    fn a_plain_evening_adds_up() {
        let comped = LineComped {
            line: domain::LineId(2),
            session: domain::SessionId(1),
            amount: Fen(1400),
            reason: "生日".to_owned(),
            by: staff("lin"),
            approved_by: None,
            at: domain::Timestamp(0),
        };
        let discount = CheckDiscounted {
            session: domain::SessionId(1),
            discount: Some(Discount::Percent(1000)),
            reason: "熟客".to_owned(),
            by: staff("lin"),
            approved_by: None,
            at: domain::Timestamp(0),
        };
        let divided = LineDivided {
            order: domain::OrderId(1),
            line: domain::LineId(1),
            into: domain::LineId(3),
            quantity: 1,
            by: staff("wang"),
            at: domain::Timestamp(0),
        };
        let history = eaten().floor(divided).floor(voided(1, 3, 1200)).floor(comped).floor(discount);
        // 2400 − 1200 − 10 %, the rice for nothing.
        let history = history.floor(asked(1, 1, 1080)).money(started(1, 1, 1080)).fact(took(1, 1080)).money(captured(1, 1080));
        assert!(history.floor(credited(1, 1, 1080)).fact(Fact::Ended).judged(Money::default()).is_empty());
    }

    #[test]
    fn a_second_payment_goes_back_in_the_same_step() {
        let late = || paying().floor(domain::floor::AskClosed { ..super::super::purse::unpaid(1, 1) }).floor(cash(9, 1, 3800));
        let sent_back = late().command(5, true, vec![credited(1, 1, 3800).into(), back(7, 1, 1, 3800).into()]);
        assert!(sent_back.floor(paid_back(7, 1)).fact(Fact::Ended).judged(Money::default()).is_empty());
        let kept = late().floor(credited(1, 1, 3800)).fact(Fact::Ended).judged(Money::default());
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert!(kept[0].contains("3800 fen too much"), "{kept:?}");
    }

    #[test]
    fn a_payment_credited_twice_is_found() {
        let again = domain::floor::TenderCredited { tender: domain::TenderId(2), ..credited(1, 1, 3800) };
        let wrong = paying().floor(credited(1, 1, 3800)).floor(again).judged(Money::default()).join("\n");
        assert!(wrong.contains("wechat's payment txn1 is credited twice"), "{wrong}");
    }

    #[test]
    fn more_than_the_channel_took_is_found() {
        let nothing = eaten().floor(asked(1, 1, 3800)).money(started(1, 1, 3800)).money(captured(1, 3800));
        let wrong = nothing.floor(credited(1, 1, 3800)).judged(Money::default()).join("\n");
        assert!(wrong.contains("where the channel took 0"), "{wrong}");
        let uncaptured = eaten().floor(asked(1, 1, 3800)).money(started(1, 1, 3800)).fact(took(1, 3800));
        let wrong = uncaptured.floor(credited(1, 1, 3800)).judged(Money::default()).join("\n");
        assert!(wrong.contains("which captured nothing"), "{wrong}");
    }

    #[test]
    fn amounts_that_change_on_their_way_are_found() {
        let other_try = eaten().floor(asked(1, 1, 3800)).money(started(1, 1, 3700));
        assert!(other_try.judged(Money::default())[0].contains("for 3700 fen where 3800 were asked"));
        let other_capture = eaten().floor(asked(1, 1, 3800)).money(started(1, 1, 3800)).money(captured(1, 1));
        assert!(other_capture.judged(Money::default())[0].contains("captured 1 fen where 3800"));
        let other_tender = paying().floor(credited(1, 1, 3000)).judged(Money::default()).join("\n");
        assert!(other_tender.contains("books 3000 fen of 3800"), "{other_tender}");
    }

    #[test]
    fn more_back_than_came_is_found() {
        let history = paying().floor(credited(1, 1, 3800)).floor(back(7, 1, 1, 3000)).floor(back(8, 1, 1, 801));
        assert!(history.judged(Money::default())[0].contains("3801 fen go back of tender"));
        let twice = paying().floor(credited(1, 1, 3800)).floor(back(7, 1, 1, 3000)).floor(paid_back(7, 1)).floor(paid_back(7, 1));
        assert!(twice.judged(Money::default())[0].contains("paid twice"));
    }

    #[test]
    fn sums_that_do_not_add_up_are_found() {
        let mut order = placed(1, 1, vec![ordered(1, "fish", 2, 1200)]);
        order.total = Fen(2399);
        let wrong = History::new().floor(opened(1)).floor(order).judged(Money::default());
        assert!(wrong[0].contains("add up to 2400"), "{wrong:?}");
        let wrong = eaten().floor(voided(1, 2, 1000)).judged(Money::default());
        assert!(wrong[0].contains("LineVoided of line"), "{wrong:?}");
        let wrong = eaten().floor(voided(1, 2, 1400)).floor(voided(1, 2, 1400)).judged(Money::default());
        assert!(wrong[0].contains("voided before"), "{wrong:?}");
    }

    #[test]
    fn asking_twice_for_the_same_is_found() {
        let wrong = eaten().floor(asked(1, 1, 3800)).floor(asked(2, 1, 3800)).judged(Money::default());
        assert!(wrong[0].contains("3800 of it being paid"), "{wrong:?}");
        let wrong = eaten().floor(cash(9, 1, 3800)).floor(cash(10, 1, 3800)).judged(Money::default());
        assert!(wrong[0].contains("taken by hand"), "{wrong:?}");
    }

    #[test]
    fn cash_that_was_not_handed_over_is_found() {
        let short = domain::floor::TenderCredited { received: Some(Fen(3000)), ..cash(9, 1, 3800) };
        assert!(eaten().floor(short).judged(Money::default())[0].contains("3000 were handed over"));
    }
}
