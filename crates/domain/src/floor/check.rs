//! The check (账单): what a party owes, and how money reaches it. Nothing here can cook: decisions return [`Billing`].

use super::table::sitting;
use super::{
    AccountSettled, Ask, AskClosed, AskClosedWhy, AskPayment, AskState, CheckSplit, CreditCapture, Floor, FloorAnswer,
    FloorEvent, Known, Now, OrderState, PaymentAsked, RefundAsked, RefundPaid, Reject, Session, SplitUndone, TenderCredited,
};
use crate::catalog::Mode;
use crate::{AskId, Money, OrderId, ShareId, TenderId};
use alloc::vec::Vec;

/// The events a decision about money may record. There is no cooking among them.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Billing {
    PaymentAsked(PaymentAsked),
    AskClosed(AskClosed),
    TenderCredited(TenderCredited),
    CheckSplit(CheckSplit),
    SplitUndone(SplitUndone),
    RefundAsked(RefundAsked),
    RefundPaid(RefundPaid),
    AccountSettled(AccountSettled),
}

impl Billing {
    /// The order this money is for, and how much it is.
    pub(super) fn credit_for(&self) -> Option<(OrderId, Money)> {
        match self {
            Billing::TenderCredited(tender) => tender.order.map(|order| (order, tender.amount)),
            Billing::PaymentAsked(_)
            | Billing::AskClosed(_)
            | Billing::CheckSplit(_)
            | Billing::SplitUndone(_)
            | Billing::RefundAsked(_)
            | Billing::RefundPaid(_)
            | Billing::AccountSettled(_) => None,
        }
    }
}

impl From<Billing> for FloorEvent {
    fn from(billing: Billing) -> FloorEvent {
        match billing {
            Billing::PaymentAsked(e) => e.into(),
            Billing::AskClosed(e) => e.into(),
            Billing::TenderCredited(e) => e.into(),
            Billing::CheckSplit(e) => e.into(),
            Billing::SplitUndone(e) => e.into(),
            Billing::RefundAsked(e) => e.into(),
            Billing::RefundPaid(e) => e.into(),
            Billing::AccountSettled(e) => e.into(),
        }
    }
}

pub(super) type BillingDecision = Result<(Vec<Billing>, FloorAnswer), Reject>;

/// Billing facts as they go to the journal.
pub(super) fn recorded((billing, answer): (Vec<Billing>, FloorAnswer)) -> (Vec<FloorEvent>, FloorAnswer) {
    (billing.into_iter().map(FloorEvent::from).collect(), answer)
}

/// Starts a payment: fixes its amount. The try at the channel follows in the money stream.
///
/// # Rejects
/// `PaymentOpen` while another for the same is under way: one payable is never open twice.
pub(super) fn ask(floor: &Floor, c: &AskPayment, now: Now, known: &Known) -> BillingDecision {
    let session = sitting(floor, c.session)?;
    if floor.asks.contains_key(&c.ask) {
        return Err(Reject::AskExists);
    }
    if !c.way.is_by_channel() {
        return Err(Reject::WayNotHere);
    }
    let payable = Payable { order: c.order, share: c.share, partial: c.partial };
    check_due(floor, session, payable, c.amount, known)?;
    check_tip(c.amount, c.tip, known)?;
    let asked = PaymentAsked {
        ask: c.ask,
        session: c.session,
        way: c.way,
        amount: c.amount,
        order: c.order,
        at: now.at,
        tip: c.tip,
        share: c.share,
    };
    Ok((alloc::vec![Billing::PaymentAsked(asked)], FloorAnswer::PaymentAsked { ask: c.ask, amount: c.amount + c.tip }))
}

/// What a payment is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payable {
    pub order: Option<OrderId>,
    pub share: Option<ShareId>,
    /// Less than all that is due.
    pub partial: bool,
}

/// What is due may be paid, whole unless somebody says that it is a part, and only while nobody else pays the same.
///
/// # Rejects
/// `WeightOpen` while a dish has still to be weighed, where the house wants that.
pub(super) fn check_due(
    floor: &Floor,
    session: &Session,
    payable: Payable,
    amount: Money,
    known: &Known,
) -> Result<Money, Reject> {
    check_nobody_pays(session, payable)?;
    if known.house.policy.service.confirm_weights && session.mode == Mode::PayLater {
        let lines = floor.unweighed(session);
        if !lines.is_empty() {
            return Err(Reject::WeightOpen { lines });
        }
    }
    let due = due_of(floor, session, payable)?;
    if !due.is_positive() {
        return Err(Reject::NothingDue);
    }
    let fits = if payable.partial { amount.is_positive() && amount <= due } else { amount == due };
    if !fits {
        return Err(Reject::AmountDiffers { due });
    }
    Ok(due)
}

/// Two may pay at once only where the check is split, and then different shares.
fn check_nobody_pays(session: &Session, payable: Payable) -> Result<(), Reject> {
    let in_the_way = |ask: &&Ask| {
        ask.state == AskState::Open && (payable.share.is_none() || ask.share.is_none_or(|s| Some(s) == payable.share))
    };
    match session.asks.values().find(in_the_way) {
        Some(open) => Err(Reject::PaymentOpen { ask: open.ask }),
        None => Ok(()),
    }
}

fn due_of(floor: &Floor, session: &Session, payable: Payable) -> Result<Money, Reject> {
    match (session.mode, payable.order, payable.share) {
        (Mode::PayLater, None, None) => {
            let in_shares: Money = session.split.iter().map(|share| session.unpaid_of(share)).sum();
            // While the check is split, what nobody has as a share is paid as the rest; where all is shared out, all of it may be.
            let rest = floor.due(session) - in_shares;
            Ok(if rest.is_positive() { rest } else { floor.due(session) })
        }
        (Mode::PayLater, None, Some(id)) => {
            let share = session.split.iter().find(|share| share.share == id).ok_or(Reject::ShareUnknown)?;
            // Others may be paying their shares right now; what they pay is no longer there to be paid.
            let under_way = session.asks.values().filter(|ask| ask.state == AskState::Open).map(|ask| ask.amount);
            Ok(session.unpaid_of(share).min(floor.due(session) - under_way.sum()))
        }
        (Mode::PayLater, Some(_), _) => Err(Reject::OrderUnknown),
        (Mode::PayFirst, _, Some(_)) => Err(Reject::ShareUnknown),
        (Mode::PayFirst, None, None) => Err(Reject::OrderNeeded),
        (Mode::PayFirst, Some(id), None) => {
            let order = floor.orders.get(&id).filter(|order| order.session == session.id).ok_or(Reject::OrderUnknown)?;
            match order.state {
                OrderState::AwaitingNod { .. } | OrderState::Ended { .. } => Err(Reject::OrderNotAwaitingPayment),
                OrderState::AwaitingPayment | OrderState::Released { .. } => Ok(floor.due_for(session, order)),
            }
        }
    }
}

/// Tips only where the house takes them, and never more than what is paid.
pub(super) fn check_tip(amount: Money, tip: Money, known: &Known) -> Result<(), Reject> {
    let taken = tip == Money::ZERO || (tip.is_positive() && tip <= amount && !known.house.policy.tips_bp.is_empty());
    if taken { Ok(()) } else { Err(Reject::TipNotTaken) }
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
        amount: c.amount - standing.tip,
        order: standing.order,
        ask: Some(c.ask),
        attempt: Some(c.attempt),
        channel_txn: Some(c.channel_txn.clone()),
        received: None,
        by: None,
        at: now.at,
        tip: standing.tip,
        share: standing.share,
        rounded_off: Money::ZERO,
        reference: None,
    };
    Ok((alloc::vec![Billing::TenderCredited(credited)], FloorAnswer::Done))
}

fn find(floor: &Floor, ask: AskId) -> Result<(&Session, &Ask), Reject> {
    let session = floor.asks.get(&ask).and_then(|session| floor.sessions.get(session)).ok_or(Reject::AskUnknown)?;
    Ok((session, session.asks.get(&ask).ok_or(Reject::AskUnknown)?))
}

pub(super) fn asked(floor: &mut Floor, e: &PaymentAsked) {
    floor.asks.insert(e.ask, e.session);
    floor.open_asks.insert(e.ask);
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        let ask = Ask {
            ask: e.ask,
            way: e.way,
            amount: e.amount,
            order: e.order,
            asked_at: e.at,
            state: AskState::Open,
            tip: e.tip,
            share: e.share,
        };
        session.asks.insert(e.ask, ask);
    }
}

pub(super) fn ask_closed(floor: &mut Floor, e: &AskClosed) {
    floor.open_asks.remove(&e.ask);
    if let Some(ask) = floor.sessions.get_mut(&e.session).and_then(|session| session.asks.get_mut(&e.ask)) {
        ask.state = AskState::Closed { why: e.why.clone() };
    }
}
