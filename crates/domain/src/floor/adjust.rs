//! What the house gives away: lines for nothing (赠菜), other prices, discounts, fees let go. Each within what a role may let go
//! alone; beyond that a second person says yes.

use crate::Money;
use serde::{Deserialize, Serialize};

/// Taken off a check's dishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// In hundredths of a percent.
    Percent(u32),
    /// So much, but never more than the dishes cost.
    Amount(Money),
}

impl Discount {
    /// What it takes off dishes that cost `eaten`.
    pub fn of(&self, eaten: Money) -> Money {
        match self {
            Discount::Percent(bp) => eaten.part((*bp).min(10_000)),
            Discount::Amount(amount) => (*amount).min(eaten),
        }
    }
}

/// Fees that are let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Fees {
    pub seat_fee: bool,
    pub minimum_spend: bool,
    pub service_charge: bool,
}

use super::approval::{lets_go, reason_of, second_person};
use super::kitchen::{find_line, line_mut};
use super::table::sitting;
use super::{
    CheckDiscounted, Decision, FeesWaived, Floor, Hand, Known, Let, Line, LineComped, LineRepriced, Now, Order, OrderState,
    Reject, Session, done,
};
use crate::catalog::Mode;
use crate::money::LARGEST;
use crate::{LineId, SessionId};
use alloc::vec::Vec;

/// The whole of a price, in hundredths of a percent.
const ALL: u32 = 10_000;

/// Gives a line away. Twice changes nothing.
///
/// # Rejects
/// `ApprovalNeeded` beyond what the role may let go alone; `LinePaid` for what is paid: that needs a refund.
#[allow(clippy::too_many_arguments)]
pub(super) fn comp(
    floor: &Floor,
    session: SessionId,
    line: LineId,
    reason: &str,
    hand: &Hand,
    now: Now,
    known: &Known,
) -> Decision {
    let (_, _, standing) = changeable(floor, session, line, |standing| standing.owed())?;
    if standing.comped.is_some() {
        return done(Vec::new());
    }
    let reason = reason_of(reason)?;
    let approved_by = lets_go(hand, ALL, known)?;
    let amount = standing.amount;
    done(alloc::vec![LineComped { line, session, amount, reason, by: hand.by.clone(), approved_by, at: now.at }.into()])
}

/// Gives a line another price. A higher one needs a second person, whoever asks.
#[allow(clippy::too_many_arguments)]
pub(super) fn reprice(
    floor: &Floor,
    session: SessionId,
    line: LineId,
    amount: Money,
    reason: &str,
    hand: &Hand,
    now: Now,
    known: &Known,
) -> Decision {
    let (party, _, standing) = changeable(floor, session, line, |standing| standing.owed() - amount)?;
    let was = standing.amount;
    if standing.comped.is_some() || amount < Money::ZERO || amount == was || standing.needs_weight() {
        return Err(Reject::PriceNotPossible);
    }
    if floor.total(party) - was + amount > LARGEST {
        return Err(Reject::TooDear);
    }
    let reason = reason_of(reason)?;
    // Judged by the price of the menu, or somebody could let go of all of it bit by bit.
    let first = standing.repriced.as_ref().map_or(was, |before| before.was);
    let off = (first - amount).max(Money::ZERO);
    let approved_by = if amount > was { second_person(hand)? } else { lets_go(hand, share_of(off, first), known)? };
    done(alloc::vec![LineRepriced { line, session, amount, was, reason, by: hand.by.clone(), approved_by, at: now.at }.into()])
}

/// How much of `whole` a part of it is, in hundredths of a percent, rounded up.
fn share_of(part: Money, whole: Money) -> u32 {
    if !whole.is_positive() {
        return ALL;
    }
    u32::try_from((part.0 * i64::from(ALL) + whole.0 - 1) / whole.0).unwrap_or(ALL)
}

/// Gives the whole check a discount. Orders that are paid first are paid one by one and have none.
#[allow(clippy::too_many_arguments)]
pub(super) fn discount(
    floor: &Floor,
    session: SessionId,
    wanted: Option<&Discount>,
    reason: &str,
    hand: &Hand,
    now: Now,
    known: &Known,
) -> Decision {
    let party = unpaid(floor, session)?;
    if party.discount.as_ref() == wanted {
        return done(Vec::new());
    }
    let eaten = floor.eaten(party);
    let fits = match wanted {
        None => true,
        Some(Discount::Percent(bp)) => (1..=ALL).contains(bp),
        Some(Discount::Amount(amount)) => amount.is_positive() && *amount <= eaten,
    };
    if !fits || party.mode == Mode::PayFirst {
        return Err(Reject::DiscountNotPossible);
    }
    let reason = reason_of(reason)?;
    // An amount is judged by what part of today's dishes it is.
    let bp = match wanted {
        None => 0,
        Some(Discount::Percent(bp)) => *bp,
        Some(Discount::Amount(amount)) => share_of(*amount, eaten),
    };
    let approved_by = lets_go(hand, bp, known)?;
    let event = CheckDiscounted { session, discount: wanted.cloned(), reason, by: hand.by.clone(), approved_by, at: now.at };
    done(alloc::vec![event.into()])
}

/// Lets fees go, or charges them again.
pub(super) fn waive(floor: &Floor, session: SessionId, fees: Fees, reason: &str, hand: &Hand, now: Now) -> Decision {
    let party = unpaid(floor, session)?;
    if party.waived == fees {
        return done(Vec::new());
    }
    let reason = reason_of(reason)?;
    let approved_by = match second_person(hand) {
        Err(Reject::ApprovalNeeded) if hand.role.may(crate::catalog::Right::Approve) => None,
        other => other?,
    };
    done(alloc::vec![FeesWaived { session, fees, reason, by: hand.by.clone(), approved_by, at: now.at }.into()])
}

/// A check that nobody is paying and on which no money stands: what it comes to may change.
fn unpaid(floor: &Floor, session: SessionId) -> Result<&Session, Reject> {
    let party = sitting(floor, session)?;
    if let Some(ask) = party.open_ask() {
        return Err(Reject::PaymentOpen { ask: ask.ask });
    }
    if !party.tenders.is_empty() {
        return Err(Reject::CheckHasMoney);
    }
    Ok(party)
}

/// A line whose price may still change by `less`.
fn changeable(
    floor: &Floor,
    session: SessionId,
    line: LineId,
    less: impl Fn(&Line) -> Money,
) -> Result<(&Session, &Order, &Line), Reject> {
    let party = sitting(floor, session)?;
    let (order, standing) = find_line(floor, line).filter(|(order, _)| order.session == session).ok_or(Reject::LineUnknown)?;
    if standing.voided.is_some() {
        return Err(Reject::LineVoided);
    }
    if !matches!(order.state, OrderState::Released { .. }) {
        return Err(Reject::OrderNotInKitchen);
    }
    if let Some(ask) = party.open_ask() {
        return Err(Reject::PaymentOpen { ask: ask.ask });
    }
    if standing.comped.is_none() && floor.unpaid_of(party, order) < floor.cost(party, less(standing).max(Money::ZERO)) {
        return Err(Reject::LinePaid);
    }
    Ok((party, order, standing))
}

pub(super) fn comped(floor: &mut Floor, e: &LineComped) {
    super::split::forget(floor, e.session);
    if let Some(line) = line_mut(floor, e.line) {
        line.comped = Some(Let { was: e.amount, reason: e.reason.clone(), by: e.by.clone(), at: e.at });
    }
}

pub(super) fn repriced(floor: &mut Floor, e: &LineRepriced) {
    super::split::forget(floor, e.session);
    if let Some(line) = line_mut(floor, e.line) {
        line.amount = e.amount;
        // What it cost before all changes stays known.
        let was = line.repriced.as_ref().map_or(e.was, |before| before.was);
        line.repriced = Some(Let { was, reason: e.reason.clone(), by: e.by.clone(), at: e.at });
    }
}

pub(super) fn discounted(floor: &mut Floor, e: &CheckDiscounted) {
    super::split::forget(floor, e.session);
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        session.discount.clone_from(&e.discount);
    }
}

pub(super) fn waived(floor: &mut Floor, e: &FeesWaived) {
    super::split::forget(floor, e.session);
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        session.waived = e.fees;
    }
}
