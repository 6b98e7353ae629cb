//! Orders that wait for a nod of the staff: a party's first, and all while the house doesn't accept by itself (自动接单).

use crate::StationId;
use serde::{Deserialize, Serialize};

/// Why an order waits for a nod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum NodWhy {
    /// It is the first of a party that opened its table by scanning.
    FirstOrder,
    /// Dishes at this station have been unseen for too long: the way to the kitchen seems to be broken.
    KitchenUnseen {
        /// Which.
        station: StationId,
    },
    /// This station is so far behind.
    Behind {
        /// Which.
        station: StationId,
        /// Minutes.
        minutes: u32,
    },
    /// The house doesn't accept by itself at this hour.
    Hours,
}

use super::approval::reason_of;
use super::{
    Actor, Decision, EndedWhy, Floor, Known, Now, Order, OrderAccepted, OrderEnded, OrderReleased, OrderState, Reject, Session,
    done,
};
use crate::catalog::Mode;
use crate::menu::PricedLine;
use crate::{OrderId, StaffId, Timestamp};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Why this order can't simply be accepted; nothing where it can. What staff order themselves needs no nod.
pub(super) fn needed(
    floor: &Floor,
    session: &Session,
    by: &Actor,
    lines: &[PricedLine],
    now: Now,
    known: &Known,
) -> Option<NodWhy> {
    match by {
        Actor::Staff { .. } => return None,
        Actor::Guest(_) => {}
    }
    if session.needs_nod && !has_accepted(floor, session) {
        return Some(NodWhy::FirstOrder);
    }
    unseen_too_long(floor, now.at, known).or_else(|| off_the_rules(floor, session.mode, lines, now, known))
}

impl Floor {
    /// Why any order of a guest of this party would wait for a nod now.
    pub fn nod_for_guests(&self, session: &Session, now: Now, known: &Known) -> Option<NodWhy> {
        if session.needs_nod && !has_accepted(self, session) {
            return Some(NodWhy::FirstOrder);
        }
        off_the_rules(self, session.mode, &[], now, known)
    }
}

fn has_accepted(floor: &Floor, session: &Session) -> bool {
    session.orders.iter().filter_map(|id| floor.orders.get(id)).any(|order| order.released_at().is_some())
}

/// The way to the kitchen seems to be broken: something has been unseen for longer than the house allows.
pub fn unseen_too_long(floor: &Floor, at: Timestamp, known: &Known) -> Option<NodWhy> {
    let most_ms = i64::from(known.house.policy.kitchen.stop_unseen_s) * 1000;
    let (fired_at, item) = floor.unseen.first().filter(|_| most_ms > 0)?;
    if at.since_ms(*fired_at) < most_ms {
        return None;
    }
    let (_, line) = super::kitchen::find_line(floor, item.line)?;
    let station = line.items.get(usize::from(item.part)).map(|item| item.part.station.clone())?;
    Some(NodWhy::KitchenUnseen { station })
}

fn off_the_rules(floor: &Floor, mode: Mode, lines: &[PricedLine], now: Now, known: &Known) -> Option<NodWhy> {
    let rule = known.house.policy.kitchen.accept.iter().find(|rule| rule.mode == mode)?;
    if rule.hours.is_some_and(|hours| !hours.contains(now.minute)) {
        return Some(NodWhy::Hours);
    }
    if rule.behind_min == 0 {
        return None;
    }
    let stations: BTreeSet<&StationId> = lines.iter().flat_map(|line| &line.parts).map(|part| &part.station).collect();
    let behind = |station: &StationId| floor.behind_min(station, known).filter(|minutes| *minutes > rule.behind_min);
    stations.into_iter().find_map(|station| Some(NodWhy::Behind { station: station.clone(), minutes: behind(station)? }))
}

/// Takes over an order that waits: the kitchen gets it. Twice changes nothing.
pub(super) fn accept(floor: &Floor, order: OrderId, by: &StaffId, now: Now) -> Decision {
    let standing = floor.orders.get(&order).ok_or(Reject::OrderUnknown)?;
    match waiting(standing)? {
        false => done(Vec::new()),
        true => done(alloc::vec![
            OrderAccepted { order, by: by.clone(), at: now.at }.into(),
            OrderReleased { order, at: now.at }.into()
        ]),
    }
}

/// Whether it waits; an order that was taken over before doesn't any more.
fn waiting(order: &Order) -> Result<bool, Reject> {
    match order.state {
        OrderState::AwaitingNod { .. } => Ok(true),
        OrderState::Released { .. } => Ok(false),
        OrderState::AwaitingPayment | OrderState::Ended { .. } => Err(Reject::OrderNotWaiting),
    }
}

/// Refuses an order that waits, with a reason that the guest reads. Its portions are on sale again.
pub(super) fn decline(floor: &Floor, order: OrderId, reason: &str, by: &StaffId, now: Now) -> Decision {
    let standing = floor.orders.get(&order).ok_or(Reject::OrderUnknown)?;
    match &standing.state {
        OrderState::AwaitingNod { .. } => {}
        OrderState::Ended { why: EndedWhy::Declined } => return done(Vec::new()),
        OrderState::AwaitingPayment | OrderState::Released { .. } | OrderState::Ended { .. } => {
            return Err(Reject::OrderNotWaiting);
        }
    }
    let reason = Some(reason_of(reason)?);
    done(alloc::vec![OrderEnded { order, why: EndedWhy::Declined, at: now.at, reason, by: Some(by.clone()) }.into()])
}

/// The release stands beside it in the journal.
pub(super) fn accepted(floor: &mut Floor, e: &OrderAccepted) {
    floor.nods.remove(&e.order);
}
