//! Money back (退款): decided by staff, or by itself where more came than is owed. Always to whoever paid it.

use super::kitchen::taken_off;
use super::{
    AskRefund, Billing, CreditCapture, Decision, Floor, FloorAnswer, FloorEvent, Now, OrderState, Refund, RefundAsked,
    RefundPaid, RefundWhy, Reject, Session, Tender, TenderCredited, Way, done,
};
use crate::catalog::Mode;
use crate::text::{LONGEST_NAME, LONGEST_NOTE, is_plain};
use crate::{AccountId, AttemptId, LineId, Money, OrderId, RefundId, TenderId};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Gives money back: for lines, which leave the check, or an amount, which the party then owes less. The check's money goes back
/// before the tip, and what was paid beyond what is owed before anything is let go.
///
/// # Rejects
/// `RefundUnclear` for lines that leave the check and would be owed again; `RefundTooLarge` beyond what is left of that payment; `AmountDiffers` where the lines cost something else.
pub(super) fn ask(floor: &Floor, c: &AskRefund, now: Now) -> Decision {
    let session = floor.sessions.get(&c.session).ok_or(Reject::SessionUnknown)?;
    if floor.refunds.contains_key(&c.refund) {
        return Err(Reject::RefundExists);
    }
    let reason = c.reason.trim();
    if reason.is_empty() || !is_plain(reason, LONGEST_NOTE) {
        return Err(Reject::BadText);
    }
    let tender = session.tenders.iter().find(|tender| tender.tender == c.tender).ok_or(Reject::TenderUnknown)?;
    let left = session.refundable(tender);
    if !c.amount.is_positive() || c.amount > left {
        return Err(Reject::RefundTooLarge { left: left.max(Money::ZERO) });
    }
    let left_of_check = left - session.refundable_tip(tender);
    let mut lines: Vec<LineId> = c.lines.clone();
    lines.sort_unstable();
    lines.dedup();
    if c.owed_again && !lines.is_empty() {
        return Err(Reject::RefundUnclear);
    }
    let (mut events, for_lines) = take_off(floor, session, c, &lines, tender, now)?;
    if !lines.is_empty() {
        check_cost(session, tender, c.amount, for_lines, left_of_check)?;
    }
    let tip = (c.amount - left_of_check).max(Money::ZERO);
    // What the party had paid beyond what it owes simply goes back; only the rest is let go.
    let too_much = overpaid(floor, session, tender).min(c.amount - tip);
    let asked = RefundAsked {
        refund: c.refund,
        session: c.session,
        tender: c.tender,
        way: tender.way,
        amount: c.amount,
        allowance: if c.owed_again { Money::ZERO } else { c.amount - tip - too_much - for_lines },
        lines,
        why: RefundWhy::Staff,
        reason: reason.to_string(),
        by: Some(c.by.clone()),
        at: now.at,
        tip,
    };
    events.push(Billing::RefundAsked(asked).into());
    if !tender.way.is_by_channel() {
        let reference = reference_of(tender.way, c.reference.as_deref())?;
        events.push(Billing::RefundPaid(RefundPaid { refund: c.refund, session: c.session, reference, at: now.at }).into());
    }
    Ok((events, FloorAnswer::Done))
}

/// For lines goes back what they cost, except what the house let go before: rounded off, or given back as an amount.
fn check_cost(session: &Session, tender: &Tender, amount: Money, for_lines: Money, left: Money) -> Result<(), Reject> {
    let about = |order: Option<OrderId>| tender.order.is_none() || order == tender.order;
    let rounded = session.tenders.iter().filter(|other| about(other.order)).map(|other| other.rounded_off);
    let allowed = session.refunds.values().filter(|refund| about(refund.order)).map(|refund| refund.allowance);
    let let_go = rounded.sum::<Money>() + allowed.sum();
    let most = for_lines.min(left);
    let expected = if for_lines - most <= let_go { most } else { for_lines };
    if amount == expected { Ok(()) } else { Err(Reject::AmountDiffers { due: expected }) }
}

/// What was paid beyond what is owed, and isn't on its way back yet.
fn overpaid(floor: &Floor, session: &Session, tender: &Tender) -> Money {
    let due = match tender.order.and_then(|order| floor.orders.get(&order)) {
        Some(order) => floor.due_for(session, order),
        None => floor.due(session),
    };
    (-due).max(Money::ZERO)
}

/// A card terminal gives money back with a slip of its own.
fn reference_of(way: Way, given: Option<&str>) -> Result<Option<String>, Reject> {
    let given = given.map(str::trim).filter(|text| !text.is_empty() && is_plain(text, LONGEST_NAME));
    if way == Way::Card && given.is_none() {
        return Err(Reject::ReferenceNeeded);
    }
    Ok(given.map(ToString::to_string))
}

/// Takes the refunded lines off; says what they cost with their part of the service charge.
fn take_off(
    floor: &Floor,
    session: &Session,
    c: &AskRefund,
    lines: &[LineId],
    tender: &Tender,
    now: Now,
) -> Result<(Vec<FloorEvent>, Money), Reject> {
    let mut events = Vec::new();
    let mut eaten = Money::ZERO;
    for id in lines {
        let order = floor.lines.get(id).and_then(|order| floor.orders.get(order)).filter(|order| order.session == session.id);
        let order = order.filter(|order| tender.order.is_none_or(|paid| paid == order.id)).ok_or(Reject::LineUnknown)?;
        let line = order.lines.iter().find(|line| line.line == *id).ok_or(Reject::LineUnknown)?;
        if line.voided.is_some() {
            return Err(Reject::LineVoided);
        }
        if order.released_at().is_none() {
            return Err(Reject::OrderNotInKitchen);
        }
        eaten = eaten + line.owed();
        events.push(taken_off(order, line, c.reason.trim(), &c.by, now).into());
    }
    Ok((events, floor.cost(session, eaten)))
}

/// A channel's refund has reached the payer. Twice changes nothing.
pub(super) fn pay(floor: &Floor, refund: RefundId, now: Now) -> Decision {
    let (session, standing) = find(floor, refund)?;
    if standing.paid_at.is_some() {
        return done(Vec::new());
    }
    done(alloc::vec![RefundPaid { refund, session: session.id, reference: None, at: now.at }.into()])
}

fn find(floor: &Floor, refund: RefundId) -> Result<(&Session, &Refund), Reject> {
    let session = floor.refunds.get(&refund).and_then(|session| floor.sessions.get(session)).ok_or(Reject::RefundUnknown)?;
    Ok((session, session.refunds.get(&refund).ok_or(Reject::RefundUnknown)?))
}

/// The channel has taken a payment back by itself: the party owes it again.
pub(super) fn book_taken_back(floor: &Floor, refund: RefundId, attempt: AttemptId, amount: Money, now: Now) -> Decision {
    if floor.refunds.contains_key(&refund) {
        return done(Vec::new());
    }
    let paid = floor.sessions.values().find_map(|session| {
        let tender = session.tenders.iter().find(|tender| tender.attempt == Some(attempt))?;
        Some((session, tender))
    });
    let (session, tender) = paid.ok_or(Reject::TenderUnknown)?;
    let paid = |refund| RefundPaid { refund, session: session.id, reference: None, at: now.at }.into();
    let left = session.refundable(tender);
    let mut events: Vec<FloorEvent> = Vec::new();
    // Never more than the payment brought: what was on its way back went with the rest.
    let mut beyond = amount - left;
    for pending in session.refunds.values().filter(|other| other.tender == tender.tender && other.paid_at.is_none()) {
        if pending.amount <= beyond {
            beyond = beyond - pending.amount;
            events.push(paid(pending.refund));
        }
    }
    let amount = amount.min(left);
    if amount.is_positive() {
        let tip = (amount - (left - session.refundable_tip(tender))).max(Money::ZERO);
        events.push(asked_by_itself(session, tender, refund, amount, tip, RefundWhy::TakenBack, now).into());
        events.push(paid(refund));
    }
    done(events)
}

fn asked_by_itself(
    session: &Session,
    tender: &Tender,
    refund: RefundId,
    amount: Money,
    tip: Money,
    why: RefundWhy,
    now: Now,
) -> RefundAsked {
    RefundAsked {
        refund,
        session: session.id,
        tender: tender.tender,
        way: tender.way,
        amount,
        allowance: Money::ZERO,
        lines: Vec::new(),
        why,
        reason: String::new(),
        by: None,
        at: now.at,
        tip,
    }
}

/// Sends back what a capture brought beyond what is owed: a second payment, or one that came after the check was settled.
/// Decided together with the credit, so that no crash lies between the two.
pub(super) fn too_much(floor: &Floor, c: &CreditCapture, decided: Decision, now: Now) -> Decision {
    let (mut events, answer) = decided?;
    let credit =
        |event: &FloorEvent| if let FloorEvent::TenderCredited(credited) = event { Some(credited.clone()) } else { None };
    let Some(credited) = events.iter().find_map(credit) else { return Ok((events, answer)) };
    let Some(session) = floor.sessions.get(&credited.session) else { return Ok((events, answer)) };
    let revived = events.iter().any(|event| matches!(event, FloorEvent::OrderRevived(_)));
    let needed = needed_of(floor, session, &credited, revived).max(Money::ZERO);
    let excess = credited.amount - needed.min(credited.amount);
    if !excess.is_positive() {
        return Ok((events, answer));
    }
    // Whoever gets everything back gets the tip back too.
    let tip = if excess == credited.amount { credited.tip } else { Money::ZERO };
    let tender = Tender {
        tender: credited.tender,
        way: credited.way,
        amount: credited.amount,
        order: credited.order,
        at: credited.at,
        tip: credited.tip,
        share: credited.share,
        rounded_off: Money::ZERO,
        attempt: credited.attempt,
        reference: None,
        by: None,
    };
    events.push(asked_by_itself(session, &tender, c.refund, excess + tip, tip, RefundWhy::TooMuch, now).into());
    Ok((events, answer))
}

fn needed_of(floor: &Floor, session: &Session, credited: &TenderCredited, revived: bool) -> Money {
    let order = credited.order.and_then(|order| floor.orders.get(&order));
    let share = session.split.iter().find(|share| Some(share.share) == credited.share);
    match (session.mode, order) {
        // Whoever pays a share twice doesn't pay for the others.
        (Mode::PayLater, _) => share.map_or(floor.due(session), |share| session.unpaid_of(share).min(floor.due(session))),
        (Mode::PayFirst, None) => floor.due(session),
        (Mode::PayFirst, Some(order)) => match order.state {
            OrderState::Ended { .. } if !revived => Money::ZERO,
            OrderState::Ended { .. } => {
                let lines: Money = order.lines.iter().map(super::Line::owed).sum();
                lines - session.paid_and_let_go(order.id)
            }
            OrderState::AwaitingNod { .. } | OrderState::AwaitingPayment | OrderState::Released { .. } => {
                floor.due_for(session, order)
            }
        },
    }
}

pub(super) fn asked(floor: &mut Floor, e: &RefundAsked) {
    floor.refunds.insert(e.refund, e.session);
    if e.way.is_by_channel() {
        floor.open_refunds.insert(e.refund);
    }
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    let tender = session.tenders.iter().find(|tender| tender.tender == e.tender);
    let (order, attempt) = tender.map(|tender| (tender.order, tender.attempt)).unwrap_or_default();
    let refund = Refund {
        refund: e.refund,
        tender: e.tender,
        way: e.way,
        order,
        attempt,
        amount: e.amount,
        tip: e.tip,
        allowance: e.allowance,
        lines: e.lines.clone(),
        why: e.why,
        reason: e.reason.clone(),
        asked_at: e.at,
        paid_at: None,
        by: e.by.clone(),
    };
    session.refunds.insert(e.refund, refund);
    match e.why {
        // What came beyond what was owed was no part of any share.
        RefundWhy::TooMuch => {}
        RefundWhy::Staff | RefundWhy::TakenBack | RefundWhy::NoCheck | RefundWhy::Mismatch => session.split.clear(),
    }
}

pub(super) fn paid(floor: &mut Floor, e: &RefundPaid) {
    floor.open_refunds.remove(&e.refund);
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    let Some(refund) = session.refunds.get_mut(&e.refund) else { return };
    refund.paid_at = Some(e.at);
    let (tender, amount): (TenderId, Money) = (refund.tender, refund.amount);
    let account = session.tenders.iter().find(|other| other.tender == tender && other.way == Way::HouseAccount);
    let account = account.and_then(|tender| tender.reference.as_deref()).and_then(|code| code.parse::<AccountId>().ok());
    if let Some(owed) = account.and_then(|account| floor.accounts.get_mut(&account)) {
        *owed = *owed - amount;
    }
}
