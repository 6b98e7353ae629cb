//! How payments and refunds may move: paid stays paid.

use super::{Breach, breach};
use domain::catalog::Mode;
use domain::floor::{FloorEvent, OrderPlaced, TenderCredited};
use domain::payment::PaymentEvent;
use domain::{AskId, AttemptId, LineId, OrderId, RefundId, SessionId, TenderId};
use std::collections::{BTreeMap, BTreeSet};

/// Where every wish to pay, attempt and refund stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Money {
    asks: BTreeMap<AskId, Ask>,
    attempts: BTreeMap<AttemptId, Attempt>,
    credited: BTreeSet<AttemptId>,
    refunds: BTreeMap<RefundId, Refund>,
    booked: BTreeSet<RefundId>,
    tenders: BTreeMap<TenderId, Option<OrderId>>,
    /// Refunds of the checks, and whether they are paid.
    given_back: BTreeMap<RefundId, bool>,
    pay_first: BTreeSet<SessionId>,
    /// What an order that is paid first costs, and what stands for it, in fen.
    first: BTreeMap<OrderId, (i64, i64)>,
    order_of: BTreeMap<LineId, OrderId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Open,
    Credited,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    Open,
    Captured,
    Closed,
    Failed,
    Reversed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refund {
    Open,
    Succeeded,
    Failed,
}

impl Money {
    pub(super) fn see_floor(&mut self, event: &FloorEvent, found: &mut Vec<Breach>) {
        match event {
            FloorEvent::TableOpened(e) if e.mode == Mode::PayFirst => {
                self.pay_first.insert(e.session);
            }
            FloorEvent::OrderPlaced(e) => self.placed(e),
            FloorEvent::OrderReleased(e) => {
                if let Some((cost, paid)) = self.first.get(&e.order).filter(|(cost, paid)| paid < cost) {
                    let how = format!("went to the kitchen with {paid} of {cost} fen paid, and is paid first");
                    found.push(breach(format!("order {}", e.order), how));
                }
            }
            // What it costs is another sum now; whether it is enough is a matter of the money laws.
            FloorEvent::LineComped(e) => self.reprice(e.line),
            FloorEvent::LineRepriced(e) => self.reprice(e.line),
            FloorEvent::LineWeighed(e) => self.reprice(e.line),
            FloorEvent::PaymentAsked(e) => {
                let before = self.asks.insert(e.ask, Ask::Open);
                if before.is_some() {
                    found.push(breach(format!("wish {}", e.ask), "was asked twice"));
                }
            }
            FloorEvent::AskClosed(e) => {
                let was = self.asks.get(&e.ask).copied();
                if was != Some(Ask::Open) {
                    found.push(breach(format!("wish {}", e.ask), format!("was closed, and stood at {was:?}")));
                }
                if was != Some(Ask::Credited) {
                    self.asks.insert(e.ask, Ask::Closed);
                }
            }
            FloorEvent::TenderCredited(e) => self.credited(e, found),
            FloorEvent::RefundAsked(e) => {
                if self.given_back.insert(e.refund, false).is_some() {
                    found.push(breach(format!("refund {}", e.refund), "was asked twice"));
                }
                match self.tenders.get(&e.tender) {
                    None => found.push(breach(format!("refund {}", e.refund), "gives back what was never credited")),
                    Some(order) => {
                        if let Some((_, paid)) = order.and_then(|order| self.first.get_mut(&order)) {
                            *paid -= e.amount.0 - e.tip.0 - e.allowance.0;
                        }
                    }
                }
            }
            FloorEvent::RefundPaid(e) => {
                let was = self.given_back.insert(e.refund, true);
                if was != Some(false) {
                    let how = if was.is_none() { "was paid without having been asked" } else { "was paid twice" };
                    found.push(breach(format!("refund {}", e.refund), how));
                }
            }
            _ => {} // Nothing about money.
        }
    }

    fn placed(&mut self, e: &OrderPlaced) {
        if self.pay_first.contains(&e.session) {
            self.first.insert(e.order, (e.total.0, 0));
            self.order_of.extend(e.lines.iter().map(|line| (line.line, e.order)));
        }
    }

    fn reprice(&mut self, line: LineId) {
        if let Some(order) = self.order_of.get(&line) {
            self.first.remove(order);
        }
    }

    fn credited(&mut self, e: &TenderCredited, found: &mut Vec<Breach>) {
        if self.tenders.insert(e.tender, e.order).is_some() {
            found.push(breach(format!("tender {}", e.tender), "was credited twice"));
        }
        if let Some((_, paid)) = e.order.and_then(|order| self.first.get_mut(&order)) {
            *paid += e.amount.0;
        }
        if let Some(ask) = e.ask {
            // Late money counts: a wish that was closed may still be paid.
            let was = self.asks.insert(ask, Ask::Credited);
            if !matches!(was, Some(Ask::Open | Ask::Closed)) {
                found.push(breach(format!("wish {ask}"), format!("was credited, and stood at {was:?}")));
            }
        }
    }

    pub(super) fn see(&mut self, event: &PaymentEvent, found: &mut Vec<Breach>) {
        match event {
            PaymentEvent::AttemptStarted { attempt, .. } => {
                let before = self.attempts.insert(*attempt, Attempt::Open);
                if before.is_some() {
                    found.push(breach(format!("attempt {attempt}"), "was started twice"));
                }
            }
            PaymentEvent::AttemptOpened { attempt, .. } | PaymentEvent::CloseRequested { attempt, .. } => {
                self.attempt(*attempt, &[Attempt::Open], Attempt::Open, found);
            }
            PaymentEvent::AttemptAsked { attempt, .. } => self.attempt(*attempt, &[Attempt::Open], Attempt::Open, found),
            PaymentEvent::Captured { attempt, .. } => {
                // Money that comes after a close counts all the same.
                let from = [Attempt::Open, Attempt::Closed, Attempt::Failed, Attempt::Reversed];
                self.attempt(*attempt, &from, Attempt::Captured, found);
            }
            PaymentEvent::AttemptClosed { attempt, .. } => self.attempt(*attempt, &[Attempt::Open], Attempt::Closed, found),
            PaymentEvent::AttemptFailed { attempt, .. } => self.attempt(*attempt, &[Attempt::Open], Attempt::Failed, found),
            PaymentEvent::AttemptReversed { attempt, captured: false, .. } => {
                self.attempt(*attempt, &[Attempt::Open], Attempt::Reversed, found);
            }
            PaymentEvent::AttemptReversed { attempt, captured: true, .. } => {
                self.attempt(*attempt, &[Attempt::Captured], Attempt::Captured, found);
            }
            PaymentEvent::CaptureCredited { attempt, .. } | PaymentEvent::CaptureUnplaced { attempt, .. } => {
                self.attempt(*attempt, &[Attempt::Captured], Attempt::Captured, found);
                if !self.credited.insert(*attempt) {
                    found.push(breach(format!("attempt {attempt}"), "was settled twice"));
                }
            }
            PaymentEvent::RefundStarted { refund, attempt, .. } => {
                if self.refunds.insert(*refund, Refund::Open).is_some() {
                    found.push(breach(format!("refund {refund}"), "was started twice"));
                }
                if !self.attempts.contains_key(attempt) {
                    found.push(breach(format!("refund {refund}"), "is of an attempt that nobody knows"));
                }
            }
            PaymentEvent::RefundAnswered { refund, .. } => self.refund(*refund, &[Refund::Open], Refund::Open, found),
            PaymentEvent::RefundSucceeded { refund, .. } => {
                self.refund(*refund, &[Refund::Open, Refund::Failed], Refund::Succeeded, found);
            }
            PaymentEvent::RefundFailed { refund, .. } => self.refund(*refund, &[Refund::Open], Refund::Failed, found),
            PaymentEvent::RefundRetried { refund, .. } => self.refund(*refund, &[Refund::Failed], Refund::Open, found),
            PaymentEvent::RefundBooked { refund, .. } => {
                self.refund(*refund, &[Refund::Succeeded], Refund::Succeeded, found);
                if !self.booked.insert(*refund) {
                    found.push(breach(format!("refund {refund}"), "was booked twice"));
                }
            }
            _ => {} // Looking, cases and bills change no state.
        }
    }

    fn attempt(&mut self, id: AttemptId, from: &[Attempt], to: Attempt, found: &mut Vec<Breach>) {
        let was = self.attempts.get(&id).copied();
        if was.is_none_or(|state| !from.contains(&state)) {
            found.push(breach(format!("attempt {id}"), format!("went to {to:?}, and stood at {was:?}")));
        }
        if was != Some(Attempt::Captured) {
            self.attempts.insert(id, to);
        }
    }

    fn refund(&mut self, id: RefundId, from: &[Refund], to: Refund, found: &mut Vec<Breach>) {
        let was = self.refunds.insert(id, to);
        if was.is_none_or(|state| !from.contains(&state)) {
            found.push(breach(format!("refund {id}"), format!("went to {to:?}, and stood at {was:?}")));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::super::history::*;
    use super::super::States;
    use super::*;
    use domain::floor::{AskClosed, AskClosedWhy, PaymentAsked, RefundAsked, RefundPaid, RefundWhy, Way};
    use domain::payment::Source;
    use domain::{Money as Fen, Timestamp};

    const T: Timestamp = Timestamp(0);
    const A: AttemptId = AttemptId(7);
    const R: RefundId = RefundId(8);

    fn started() -> PaymentEvent {
        let (ask, session, way, amount) = (ask(7), session(1), Way::WechatNative, Fen(2800));
        PaymentEvent::AttemptStarted { attempt: A, ask, session, way, amount, at: T, expires_at: T }
    }

    fn captured() -> PaymentEvent {
        let (channel_txn, amount) = ("t1".to_owned(), Fen(2800));
        PaymentEvent::Captured { attempt: A, source: Source::Notice, channel_txn, amount, paid_at: T, at: T }
    }

    fn shut() -> PaymentEvent {
        PaymentEvent::AttemptClosed { attempt: A, at: T, watch_until: None }
    }

    fn failed() -> PaymentEvent {
        PaymentEvent::AttemptFailed { attempt: A, code: "NO".to_owned(), at: T }
    }

    fn reversed(captured: bool) -> PaymentEvent {
        PaymentEvent::AttemptReversed { attempt: A, captured, at: T }
    }

    fn on_check() -> PaymentEvent {
        PaymentEvent::CaptureCredited { attempt: A, at: T }
    }

    fn refund() -> PaymentEvent {
        PaymentEvent::RefundStarted { refund: R, attempt: A, amount: Fen(2800), why: RefundWhy::Staff, at: T }
    }

    fn went_back() -> PaymentEvent {
        PaymentEvent::RefundSucceeded { refund: R, source: Source::Query, channel_refund: None, at: T }
    }

    fn refused() -> PaymentEvent {
        PaymentEvent::RefundFailed { refund: R, code: "NO".to_owned(), dead: false, at: T }
    }

    fn retried() -> PaymentEvent {
        PaymentEvent::RefundRetried { refund: R, number: 0, at: T }
    }

    fn booked() -> PaymentEvent {
        PaymentEvent::RefundBooked { refund: R, at: T }
    }

    fn goes(way: Vec<PaymentEvent>) -> usize {
        way.into_iter().fold(History::new(), History::money).judged(States::default()).len()
    }

    #[test]
    fn an_attempt_goes_its_ways() {
        assert_eq!(goes(vec![started(), captured(), on_check(), reversed(true)]), 0);
        assert_eq!(goes(vec![started(), shut(), captured(), on_check()]), 0, "late money counts");
        assert_eq!(goes(vec![started(), failed()]), 0);
        assert_eq!(goes(vec![started(), reversed(false)]), 0);
    }

    #[test]
    fn captured_money_stays_captured() {
        for after in [shut(), failed(), reversed(false), captured()] {
            assert_eq!(goes(vec![started(), captured(), after]), 1);
        }
    }

    #[test]
    fn an_attempt_goes_no_other_way() {
        assert_eq!(goes(vec![captured()]), 1);
        assert_eq!(goes(vec![started(), started()]), 1);
        assert_eq!(goes(vec![started(), shut(), failed()]), 1);
        assert_eq!(goes(vec![started(), on_check()]), 1);
        assert_eq!(goes(vec![started(), captured(), on_check(), on_check()]), 1);
        assert_eq!(goes(vec![started(), reversed(true)]), 1);
    }

    #[test]
    fn a_refund_goes_its_ways_and_no_other() {
        let with = |way: Vec<PaymentEvent>| goes([vec![started(), captured(), refund()], way].concat());
        assert_eq!(with(vec![refused(), retried(), went_back(), booked()]), 0);
        assert_eq!(with(vec![refused(), went_back(), booked()]), 0, "a late success counts");
        assert_eq!(with(vec![booked()]), 1);
        assert_eq!(with(vec![went_back(), refused()]), 1);
        assert_eq!(with(vec![went_back(), retried()]), 1);
        assert_eq!(with(vec![went_back(), booked(), booked()]), 1);
        assert_eq!(with(vec![refund()]), 1);
        assert_eq!(goes(vec![refund()]), 1);
    }

    fn asked() -> FloorEvent {
        let (ask, session, way, amount) = (ask(7), session(1), Way::WechatNative, Fen(2800));
        PaymentAsked { ask, session, way, amount, order: Some(order(5)), at: T, tip: Fen(0), share: None }.into()
    }

    fn closed_ask() -> FloorEvent {
        AskClosed { ask: ask(7), session: session(1), why: AskClosedWhy::Closed, at: T }.into()
    }

    fn credit(tender: u128, fen: i64, ask: Option<AskId>) -> FloorEvent {
        TenderCredited {
            tender: TenderId(tender),
            session: session(1),
            way: Way::WechatNative,
            amount: Fen(fen),
            order: Some(order(5)),
            ask,
            attempt: None,
            channel_txn: None,
            received: None,
            by: None,
            at: T,
            tip: Fen(0),
            share: None,
            rounded_off: Fen(0),
            reference: None,
        }
        .into()
    }

    fn back(tender: u128, fen: i64) -> FloorEvent {
        RefundAsked {
            refund: R,
            session: session(1),
            tender: TenderId(tender),
            way: Way::WechatNative,
            amount: Fen(fen),
            allowance: Fen(0),
            lines: vec![],
            why: RefundWhy::Staff,
            reason: "cold".to_owned(),
            by: None,
            at: T,
            tip: Fen(0),
        }
        .into()
    }

    fn back_paid() -> FloorEvent {
        RefundPaid { refund: R, session: session(1), reference: None, at: T }.into()
    }

    /// What is found at a counter where order 5 of 28.00 waits for its money, and then this happens.
    fn counter(way: Vec<FloorEvent>) -> usize {
        let mut party = opened(1);
        party.mode = Mode::PayFirst;
        let waiting = History::new().floor(party).floor(placed(5, 1, vec![ordered(1, "tofu", 1, 2800)]));
        way.into_iter().fold(waiting, History::floor).judged(States::default()).len()
    }

    #[test]
    fn a_wish_to_pay_goes_its_ways_and_no_other() {
        let paid = || credit(1, 2800, Some(ask(7)));
        assert_eq!(counter(vec![asked(), closed_ask(), paid()]), 0, "late money counts");
        assert_eq!(counter(vec![asked(), paid(), closed_ask()]), 1);
        assert_eq!(counter(vec![asked(), paid(), credit(2, 2800, Some(ask(7)))]), 1);
        assert_eq!(counter(vec![paid()]), 1);
        assert_eq!(counter(vec![asked(), closed_ask(), closed_ask()]), 1);
        assert_eq!(counter(vec![credit(1, 1400, None), credit(1, 1400, None)]), 1);
    }

    #[test]
    fn what_is_paid_first_is_cooked_once_it_is_paid() {
        let cook = || FloorEvent::from(released(5));
        assert_eq!(counter(vec![credit(1, 1400, None), credit(2, 1400, None), cook()]), 0);
        assert_eq!(counter(vec![cook()]), 1);
        assert_eq!(counter(vec![credit(1, 2799, None), cook()]), 1);
        assert_eq!(counter(vec![credit(1, 2800, None), back(1, 100), cook()]), 1);
    }

    #[test]
    fn money_goes_back_once_and_only_what_came() {
        assert_eq!(counter(vec![credit(1, 2800, None), back(1, 2800), back_paid()]), 0);
        assert_eq!(counter(vec![credit(1, 2800, None), back(1, 2800), back_paid(), back_paid()]), 1);
        assert_eq!(counter(vec![back(1, 2800)]), 1);
        assert_eq!(counter(vec![back_paid()]), 1);
    }
}
