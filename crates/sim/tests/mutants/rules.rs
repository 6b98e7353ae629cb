//! The house's rules, broken in one way each: the real decision is taken and then spoilt, or taken on a spoilt state.

use domain::catalog::Role;
use domain::floor::{Decision, Floor, FloorAnswer, FloorCommand, FloorEvent, Known, Now, Stock};
use domain::payment::{PaymentCommand, PaymentEvent, PaymentReject, Payments, Source};
use domain::{LineId, Money, OrderId};
use engine::Rules;
use std::sync::Arc;

/// Which way.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    OrdersTwice,
    DropsLine,
    OtherTotal,
    BelievesPrices,
    OtherParty,
    OrdersAfterClose,
    NoStock,
    ReservesNothing,
    PayingFires,
    PaidIsClosed,
    CreditsMore,
    CreditsTwice,
    CapturesUnpaid,
    CapturesLess,
    OwnYes,
    VoidsAlone,
    ForgetsMaybePrinted,
    DropsLateMoney,
    KeepsTooMuch,
    ClosesUnpaid,
    NeverClimbs,
}

impl Rules for Rule {
    fn floor(&self, state: &Floor, command: &FloorCommand, now: Now, known: &Known) -> Decision {
        match (self, command) {
            (Rule::NoStock, FloorCommand::PlaceOrder(_)) => {
                let mut state = state.clone();
                state.stock.values_mut().for_each(|stock| *stock = Stock { sold_out: false, remaining: Some(999) });
                state.decide(command, now, known)
            }
            (Rule::BelievesPrices, FloorCommand::PlaceOrder(place)) => {
                let mut known = known.clone();
                let mut menu = (*known.menu).clone();
                for line in &place.lines {
                    for dish in menu.dishes.iter_mut().filter(|dish| dish.id == line.selection.dish) {
                        dish.variants.iter_mut().for_each(|variant| variant.price = line.unit_price);
                    }
                }
                known.menu = Arc::new(menu);
                state.decide(command, now, &known)
            }
            (Rule::OrdersAfterClose, FloorCommand::PlaceOrder(place)) => {
                let mut state = state.clone();
                if let Some(party) = state.sessions.get_mut(&place.session) {
                    party.closed_at = None;
                }
                state.decide(command, now, known)
            }
            (Rule::OwnYes, FloorCommand::GiveApproval { approval, by, .. }) => {
                let mut state = state.clone();
                if let (Some(asked), Ok(another)) = (state.approvals.get_mut(approval), "wang".parse()) {
                    asked.by = another;
                }
                state.decide(&FloorCommand::GiveApproval { approval: *approval, by: by.clone(), role: Role::Lead }, now, known)
            }
            (Rule::VoidsAlone, FloorCommand::VoidLine { session, line, reason, hand }) => {
                let mut hand = hand.clone();
                hand.role = Role::Owner;
                state.decide(&FloorCommand::VoidLine { session: *session, line: *line, reason: reason.clone(), hand }, now, known)
            }
            (Rule::ForgetsMaybePrinted, FloorCommand::PrintTrouble { job, why, .. }) => {
                state.decide(&FloorCommand::PrintTrouble { job: *job, why: why.clone(), maybe_printed: false }, now, known)
            }
            (Rule::DropsLateMoney, FloorCommand::CreditCapture(capture)) => {
                let open = state.open_asks.contains(&capture.ask);
                if open { state.decide(command, now, known) } else { Ok((Vec::new(), FloorAnswer::Done)) }
            }
            (Rule::ClosesUnpaid, FloorCommand::CloseTable { session }) => {
                let closed = domain::floor::TableClosed { session: *session, at: now.at, to_clean: false };
                state.decide(command, now, known).or(Ok((vec![FloorEvent::TableClosed(closed)], FloorAnswer::Done)))
            }
            (Rule::NeverClimbs, FloorCommand::Escalate { .. }) => Ok((Vec::new(), FloorAnswer::Done)),
            _ => state.decide(command, now, known).map(|(events, answer)| (self.spoil(state, command, events), answer)),
        }
    }

    fn money(
        &self,
        state: &Payments,
        command: &PaymentCommand,
        now: Now,
        known: &Known,
    ) -> Result<Vec<PaymentEvent>, PaymentReject> {
        let mut events = state.decide(command, now.at, known.house.currency)?;
        match self {
            Rule::PaidIsClosed => {
                let captured = events.iter().find_map(|event| match event {
                    PaymentEvent::Captured { attempt, at, .. } => Some((*attempt, *at)),
                    _ => None,
                });
                if let Some((attempt, at)) = captured {
                    events.push(PaymentEvent::AttemptClosed { attempt, at, watch_until: None });
                }
            }
            Rule::CapturesLess => {
                for event in &mut events {
                    if let PaymentEvent::Captured { amount, .. } = event {
                        amount.0 -= 1;
                    }
                }
            }
            Rule::CapturesUnpaid => {
                let opened = events.iter().find_map(|event| match event {
                    PaymentEvent::AttemptOpened { attempt, at, .. } => Some((*attempt, *at)),
                    _ => None,
                });
                if let Some((attempt, at)) = opened
                    && let Some(standing) = state.attempts.get(&attempt)
                {
                    let (source, amount) = (Source::Notice, standing.amount);
                    events.push(PaymentEvent::Captured {
                        attempt,
                        source,
                        channel_txn: attempt.to_string(),
                        amount,
                        paid_at: at,
                        at,
                    });
                }
            }
            _ => {}
        }
        Ok(events)
    }
}

impl Rule {
    fn spoil(self, state: &Floor, command: &FloorCommand, mut events: Vec<FloorEvent>) -> Vec<FloorEvent> {
        match (self, command) {
            (Rule::OrdersTwice, FloorCommand::PlaceOrder(_)) => {
                let again = events.iter().find_map(|event| match event {
                    FloorEvent::OrderPlaced(order) => Some(order.clone()),
                    _ => None,
                });
                if let Some(mut order) = again {
                    order.order = OrderId(order.order.0 ^ (1 << 100));
                    order.lines.iter_mut().for_each(|line| line.line = LineId(line.line.0 ^ (1 << 100)));
                    order.reserved.clear();
                    events.push(FloorEvent::OrderPlaced(order));
                }
            }
            (Rule::DropsLine, FloorCommand::PlaceOrder(_)) => {
                for event in &mut events {
                    if let FloorEvent::OrderPlaced(order) = event
                        && order.lines.len() > 1
                    {
                        order.lines.pop();
                    }
                }
            }
            (Rule::OtherTotal, FloorCommand::PlaceOrder(_)) => {
                for event in &mut events {
                    if let FloorEvent::OrderPlaced(order) = event {
                        order.total = order.total + Money(100);
                    }
                }
            }
            (Rule::OtherParty, FloorCommand::PlaceOrder(_)) => {
                for event in &mut events {
                    if let FloorEvent::OrderPlaced(order) = event
                        && let Some(other) = state.sessions.keys().find(|id| **id != order.session)
                    {
                        order.session = *other;
                    }
                }
            }
            (Rule::ReservesNothing, FloorCommand::PlaceOrder(_)) => {
                for event in &mut events {
                    if let FloorEvent::OrderPlaced(order) = event {
                        order.reserved.iter_mut().for_each(|(_, portions)| *portions *= 3);
                    }
                }
            }
            (Rule::PayingFires, FloorCommand::TakeCash(_) | FloorCommand::CreditCapture(_)) => {
                let released = state.orders.keys().next().copied();
                if let (Some(order), Some(FloorEvent::TenderCredited(tender))) = (released, events.first().cloned()) {
                    events.push(FloorEvent::OrderReleased(domain::floor::OrderReleased { order, at: tender.at }));
                }
            }
            (Rule::CreditsMore, FloorCommand::CreditCapture(_)) => {
                for event in &mut events {
                    if let FloorEvent::TenderCredited(tender) = event {
                        tender.amount = tender.amount + Money(1);
                    }
                }
            }
            (Rule::CreditsTwice, FloorCommand::CreditCapture(_)) => {
                let first = events.iter().find(|event| matches!(event, FloorEvent::TenderCredited(_))).cloned();
                if let Some(FloorEvent::TenderCredited(mut tender)) = first {
                    tender.tender = domain::TenderId(tender.tender.0 ^ (1 << 100));
                    events.push(FloorEvent::TenderCredited(tender));
                }
            }
            (Rule::KeepsTooMuch, FloorCommand::CreditCapture(_)) => {
                events.retain(|event| !matches!(event, FloorEvent::RefundAsked(_)))
            }
            _ => {}
        }
        events
    }
}
