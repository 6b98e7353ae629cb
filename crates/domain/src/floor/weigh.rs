//! Weighed dishes: ordered by an estimate, billed by what the scale says.

use super::kitchen::{find_line, line_mut};
use super::table::sitting;
use super::{Decision, Floor, Line, LineWeighed, Now, OrderState, Reject, Session, done};
use crate::money::LARGEST;
use crate::{LineId, SessionId, StaffId};
use alloc::vec::Vec;

/// What may be weighed. Units: grams.
const WEIGHTS: core::ops::RangeInclusive<u32> = 10..=50_000;

/// Says what a line weighs; its price follows. Weighing again corrects it, until somebody pays.
pub(super) fn confirm(floor: &Floor, session: SessionId, line: LineId, weight_g: u32, by: &StaffId, now: Now) -> Decision {
    let party = sitting(floor, session)?;
    let (order, standing) = find_line(floor, line).filter(|(order, _)| order.session == session).ok_or(Reject::LineUnknown)?;
    let (Some(per_500_g), Some(was_g)) = (standing.per_500_g, standing.weight_g) else { return Err(Reject::NotWeighed) };
    if standing.voided.is_some() {
        return Err(Reject::LineVoided);
    }
    if !matches!(order.state, OrderState::Released { .. }) {
        return Err(Reject::OrderNotInKitchen);
    }
    if !WEIGHTS.contains(&weight_g) {
        return Err(Reject::WeightOutOfRange);
    }
    if let Some(ask) = party.open_ask() {
        return Err(Reject::PaymentOpen { ask: ask.ask });
    }
    if !party.tenders.is_empty() {
        return Err(Reject::CheckHasMoney);
    }
    if standing.weighed_at.is_some() && weight_g == was_g {
        return done(Vec::new());
    }
    if standing.repriced.is_some() {
        return Err(Reject::PriceNotPossible);
    }
    let price = |grams| per_500_g.by_weight(grams).ok_or(Reject::TooDear);
    // What its options cost doesn't depend on the weight.
    let unit_price = standing.unit_price - price(was_g)? + price(weight_g)?;
    let amount = unit_price.times(u32::from(standing.quantity)).ok_or(Reject::TooDear)?;
    if floor.total(party) - standing.amount + amount > LARGEST {
        return Err(Reject::TooDear);
    }
    let was = standing.amount;
    done(alloc::vec![LineWeighed { line, session, weight_g, was_g, unit_price, amount, was, by: by.clone(), at: now.at }.into()])
}

impl Floor {
    /// Lines of a party whose real weight has still to be said.
    pub fn unweighed(&self, session: &Session) -> Vec<LineId> {
        let released = session.orders.iter().filter_map(|id| self.orders.get(id)).filter(|order| order.released_at().is_some());
        released.flat_map(|order| &order.lines).filter(|line| line.needs_weight()).map(|line: &Line| line.line).collect()
    }
}

pub(super) fn weighed(floor: &mut Floor, e: &LineWeighed) {
    super::split::forget(floor, e.session);
    if let Some(line) = line_mut(floor, e.line) {
        line.weight_g = Some(e.weight_g);
        line.unit_price = e.unit_price;
        line.amount = e.amount;
        line.weighed_at = Some(e.at);
    }
}
