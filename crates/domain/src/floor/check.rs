//! The check (账单): what a party owes, and how money reaches it. Nothing here can cook: decisions return [`Billing`].

use super::table::sitting;
use super::{
    Ask, AskClosed, AskClosedWhy, AskPayment, AskState, CreditCapture, Floor, FloorAnswer, FloorEvent, Now, OrderState,
    PaymentAsked, Reject, Session, TakeCash, Tender, TenderCredited, Way,
};
use crate::catalog::Mode;
use crate::money::LARGEST;
use crate::{AskId, Money, OrderId, TenderId};
use alloc::vec::Vec;

/// The events a decision about money may record. There is no cooking among them.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Billing {
    PaymentAsked(PaymentAsked),
    AskClosed(AskClosed),
    TenderCredited(TenderCredited),
}

impl Billing {
    /// The order this money is for, and how much it is.
    pub(super) fn credit_for(&self) -> Option<(OrderId, Money)> {
        match self {
            Billing::TenderCredited(tender) => tender.order.map(|order| (order, tender.amount)),
            Billing::PaymentAsked(_) | Billing::AskClosed(_) => None,
        }
    }
}

impl From<Billing> for FloorEvent {
    fn from(billing: Billing) -> FloorEvent {
        match billing {
            Billing::PaymentAsked(e) => e.into(),
            Billing::AskClosed(e) => e.into(),
            Billing::TenderCredited(e) => e.into(),
        }
    }
}

type BillingDecision = Result<(Vec<Billing>, FloorAnswer), Reject>;

/// Billing facts as they go to the journal.
pub(super) fn recorded((billing, answer): (Vec<Billing>, FloorAnswer)) -> (Vec<FloorEvent>, FloorAnswer) {
    (billing.into_iter().map(FloorEvent::from).collect(), answer)
}

/// Starts a payment: fixes its amount. The try at the channel follows in the money stream.
///
/// # Rejects
/// `PaymentOpen` while another is under way: one payable is never open twice.
pub(super) fn ask(floor: &Floor, c: &AskPayment, now: Now) -> BillingDecision {
    let session = sitting(floor, c.session)?;
    if floor.asks.contains_key(&c.ask) {
        return Err(Reject::AskExists);
    }
    check_due(floor, session, c.order, c.amount)?;
    let asked = PaymentAsked { ask: c.ask, session: c.session, way: c.way, amount: c.amount, order: c.order, at: now.at };
    Ok((alloc::vec![Billing::PaymentAsked(asked)], FloorAnswer::PaymentAsked { ask: c.ask, amount: c.amount }))
}

/// Exactly what is due may be paid, and only while no other payment is under way.
fn check_due(floor: &Floor, session: &Session, order: Option<OrderId>, amount: Money) -> Result<(), Reject> {
    if let Some(open) = session.open_ask() {
        return Err(Reject::PaymentOpen { ask: open.ask });
    }
    let due = match (session.mode, order) {
        (Mode::PayLater, None) => floor.balance(session),
        (Mode::PayLater, Some(_)) => return Err(Reject::OrderUnknown),
        (Mode::PayFirst, None) => return Err(Reject::OrderNeeded),
        (Mode::PayFirst, Some(id)) => {
            let order = floor.orders.get(&id).filter(|order| order.session == session.id).ok_or(Reject::OrderUnknown)?;
            if matches!(order.state, OrderState::Ended { .. }) {
                return Err(Reject::OrderNotAwaitingPayment);
            }
            order.owed() - session.paid_for(id)
        }
    };
    if !due.is_positive() {
        return Err(Reject::NothingDue);
    }
    if amount != due {
        return Err(Reject::AmountDiffers { due });
    }
    Ok(())
}

/// Ends a wish to pay that brought no money. Said only when the channel has proved that it can bring none any more.
pub(super) fn close_ask(floor: &Floor, ask: AskId, why: &AskClosedWhy, now: Now) -> BillingDecision {
    let (session, standing) = find(floor, ask)?;
    match &standing.state {
        AskState::Open => {
            let closed = AskClosed { ask, session: session.id, why: why.clone(), at: now.at };
            Ok((alloc::vec![Billing::AskClosed(closed)], FloorAnswer::Done))
        }
        AskState::Closed { .. } => Ok((Vec::new(), FloorAnswer::Done)),
        AskState::Credited { .. } => Err(Reject::AskSettled),
    }
}

/// Puts captured money on the check. Paid is monotone: late money counts too, a second report of the same changes nothing.
pub(super) fn credit(floor: &Floor, c: &CreditCapture, now: Now) -> BillingDecision {
    let (session, standing) = find(floor, c.ask)?;
    if matches!(standing.state, AskState::Credited { .. }) {
        return Ok((Vec::new(), FloorAnswer::Done));
    }
    let credited = TenderCredited {
        tender: TenderId(c.attempt.0),
        session: session.id,
        way: standing.way,
        amount: c.amount,
        order: standing.order,
        ask: Some(c.ask),
        attempt: Some(c.attempt),
        channel_txn: Some(c.channel_txn.clone()),
        received: None,
        by: None,
        at: now.at,
    };
    Ok((alloc::vec![Billing::TenderCredited(credited)], FloorAnswer::Done))
}

pub(super) fn take_cash(floor: &Floor, c: &TakeCash, now: Now) -> BillingDecision {
    let session = sitting(floor, c.session)?;
    if session.tenders.iter().any(|tender| tender.tender == c.tender) {
        return Err(Reject::AskExists);
    }
    check_due(floor, session, c.order, c.amount)?;
    if c.received > LARGEST {
        return Err(Reject::TooDear);
    }
    if c.received < c.amount {
        return Err(Reject::NotEnoughCash { amount: c.amount });
    }
    let credited = TenderCredited {
        tender: c.tender,
        session: session.id,
        way: Way::Cash,
        amount: c.amount,
        order: c.order,
        ask: None,
        attempt: None,
        channel_txn: None,
        received: Some(c.received),
        by: Some(c.by.clone()),
        at: now.at,
    };
    Ok((alloc::vec![Billing::TenderCredited(credited)], FloorAnswer::CashTaken { change: c.received - c.amount }))
}

fn find(floor: &Floor, ask: AskId) -> Result<(&Session, &Ask), Reject> {
    let session = floor.asks.get(&ask).and_then(|session| floor.sessions.get(session)).ok_or(Reject::AskUnknown)?;
    Ok((session, session.asks.get(&ask).ok_or(Reject::AskUnknown)?))
}

pub(super) fn asked(floor: &mut Floor, e: &PaymentAsked) {
    floor.asks.insert(e.ask, e.session);
    floor.open_asks.insert(e.ask);
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        let ask = Ask { ask: e.ask, way: e.way, amount: e.amount, order: e.order, asked_at: e.at, state: AskState::Open };
        session.asks.insert(e.ask, ask);
    }
}

pub(super) fn ask_closed(floor: &mut Floor, e: &AskClosed) {
    floor.open_asks.remove(&e.ask);
    if let Some(ask) = floor.sessions.get_mut(&e.session).and_then(|session| session.asks.get_mut(&e.ask)) {
        ask.state = AskState::Closed { why: e.why.clone() };
    }
}

pub(super) fn credited(floor: &mut Floor, e: &TenderCredited) {
    if let Some(ask) = &e.ask {
        floor.open_asks.remove(ask);
    }
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    session.tenders.push(Tender { tender: e.tender, way: e.way, amount: e.amount, order: e.order, at: e.at });
    if let Some(ask) = e.ask.and_then(|ask| session.asks.get_mut(&ask)) {
        ask.state = AskState::Credited { at: e.at };
    }
}
