//! The kitchen's side of an order: painted, started, ready, served; voids and rushes that must be seen.

use super::table::sitting;
use super::{
    Decision, Floor, Item, ItemKey, ItemState, ItemStepped, ItemsPainted, Known, Line, LineRushed, LineVoided, Now, NumberCalled,
    Order, OrderCollected, OrderState, Reject, RushAnswered, Step, VoidAcknowledged, Voided, done,
};
use crate::catalog::Mode;
use crate::text::{LONGEST_NAME, LONGEST_NOTE, is_plain};
use crate::{DishId, LineId, OrderId, SessionId, StaffId};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Records which items a screen has drawn for the first time. Items it doesn't know, or that were seen before, add nothing:
/// a screen may repeat itself.
pub(super) fn report_painted(floor: &Floor, screen: &str, items: &[ItemKey], now: Now) -> Decision {
    if !is_plain(screen, LONGEST_NAME) {
        return Err(Reject::BadText);
    }
    let mut fresh: Vec<ItemKey> = items.iter().copied().filter(|key| is_unseen(floor, *key)).collect();
    fresh.sort_unstable();
    fresh.dedup();
    if fresh.is_empty() {
        return done(Vec::new());
    }
    done(alloc::vec![ItemsPainted { screen: screen.to_string(), items: fresh, at: now.at }.into()])
}

fn is_unseen(floor: &Floor, key: ItemKey) -> bool {
    find(floor, key).is_ok_and(|(_, _, item)| item.state != ItemState::Waiting && item.seen_at.is_none())
}

/// Moves an item on, or back. Doing a step twice changes nothing.
///
/// # Rejects
/// `ItemIs` where the step doesn't start from the item's state; `LineVoided` for a line that was taken off.
pub(super) fn step(floor: &Floor, key: ItemKey, step: Step, now: Now) -> Decision {
    let (order, line, item) = find(floor, key)?;
    if order.released_at().is_none() {
        return Err(Reject::OrderNotInKitchen);
    }
    if line.voided.is_some() {
        return Err(Reject::LineVoided);
    }
    let already = match step {
        Step::Start => item.state == ItemState::Started,
        Step::Ready => item.state == ItemState::Ready,
        Step::Recall => item.state == ItemState::Started,
        Step::Serve => item.state == ItemState::Served,
    };
    let allowed = match step {
        Step::Start => matches!(item.state, ItemState::Sent | ItemState::Seen),
        Step::Ready => matches!(item.state, ItemState::Sent | ItemState::Seen | ItemState::Started),
        Step::Recall => matches!(item.state, ItemState::Ready | ItemState::Served),
        Step::Serve => item.state == ItemState::Ready,
    };
    match (already, allowed) {
        (true, _) => done(Vec::new()),
        (false, true) => done(alloc::vec![ItemStepped { item: key, step, at: now.at }.into()]),
        (false, false) => Err(Reject::ItemIs { state: item.state }),
    }
}

/// Takes a line off a sent order. The cook must say that they saw it; portions nobody has started are on sale again.
pub(super) fn void_line(floor: &Floor, session: SessionId, line: LineId, reason: &str, by: &StaffId, now: Now) -> Decision {
    let party = sitting(floor, session)?;
    let (order, standing) = find_line(floor, line).filter(|(order, _)| order.session == session).ok_or(Reject::LineUnknown)?;
    if reason.trim().is_empty() || !is_plain(reason, LONGEST_NOTE) {
        return Err(Reject::BadText);
    }
    if standing.voided.is_some() {
        return done(Vec::new());
    }
    if order.released_at().is_none() {
        return Err(Reject::OrderNotInKitchen);
    }
    if standing.state() == ItemState::Served {
        return Err(Reject::LineServed);
    }
    if let Some(ask) = party.open_ask() {
        return Err(Reject::PaymentOpen { ask: ask.ask });
    }
    let unpaid = match party.mode {
        Mode::PayLater => floor.due(party),
        Mode::PayFirst => floor.due_for(party, order),
    };
    if unpaid < floor.cost(party, standing.amount) {
        return Err(Reject::LinePaid);
    }
    done(alloc::vec![taken_off(order, standing, reason.trim(), by, now).into()])
}

/// The fact that a line is taken off, voided or refunded.
pub(super) fn taken_off(order: &Order, line: &Line, reason: &str, by: &StaffId, now: Now) -> LineVoided {
    LineVoided {
        order: order.id,
        line: line.line,
        reason: reason.to_string(),
        by: by.clone(),
        amount: line.amount,
        restocked: restocked(order, line),
        at: now.at,
    }
}

/// Portions of a voided line that nobody has begun to cook, as far as they were counted when it was ordered.
fn restocked(order: &Order, line: &Line) -> Vec<(DishId, u32)> {
    let is_untouched = |item: &&Item| item.state < ItemState::Started;
    let cooked = line.items.iter().filter(is_untouched).map(|item| (&item.part.dish, item.part.quantity));
    let whole_set = line.is_set && line.items.iter().all(|item| is_untouched(&item));
    let set = whole_set.then_some((&line.dish, u32::from(line.quantity)));
    let counted = |(dish, _): &(&DishId, u32)| order.reserved.iter().any(|(reserved, _)| reserved == *dish);
    cooked.chain(set).filter(counted).map(|(dish, count)| (dish.clone(), count)).collect()
}

pub(super) fn acknowledge_void(floor: &Floor, key: ItemKey) -> Decision {
    let (_, _, item) = find(floor, key)?;
    if !item.void_unseen {
        return done(Vec::new());
    }
    done(alloc::vec![VoidAcknowledged { item: key }.into()])
}

/// Urges a line. A second rush within the house's pause is the same rush.
pub(super) fn rush(floor: &Floor, session: SessionId, line: LineId, now: Now, known: &Known) -> Decision {
    sitting(floor, session)?;
    let (order, standing) = find_line(floor, line).filter(|(order, _)| order.session == session).ok_or(Reject::LineUnknown)?;
    if order.released_at().is_none() {
        return Err(Reject::OrderNotInKitchen);
    }
    if standing.voided.is_some() {
        return Err(Reject::LineVoided);
    }
    if standing.state() >= ItemState::Ready {
        return Err(Reject::ItemIs { state: standing.state() });
    }
    let pause_ms = i64::from(known.house.policy.rush_pause_s) * 1000;
    if standing.rushed_at.is_some_and(|at| now.at.since_ms(at) < pause_ms) {
        return done(Vec::new());
    }
    done(alloc::vec![LineRushed { line, at: now.at }.into()])
}

pub(super) fn answer_rush(floor: &Floor, key: ItemKey) -> Decision {
    let (_, line, _) = find(floor, key)?;
    if line.rushed == 0 || line.rush_answered {
        return done(Vec::new());
    }
    done(alloc::vec![RushAnswered { line: key.line }.into()])
}

/// Announces a ready order once more.
pub(super) fn call_number(floor: &Floor, order: OrderId) -> Decision {
    let standing = floor.orders.get(&order).ok_or(Reject::OrderUnknown)?;
    if standing.released_at().is_none() {
        return Err(Reject::OrderNotInKitchen);
    }
    if !standing.is_ready() {
        return Err(Reject::ItemIs { state: standing.live_lines().map(Line::state).min().unwrap_or(ItemState::Served) });
    }
    done(alloc::vec![NumberCalled { order }.into()])
}

/// The guest takes the order. Twice changes nothing.
pub(super) fn collect(floor: &Floor, order: OrderId, now: Now) -> Decision {
    let standing = floor.orders.get(&order).ok_or(Reject::OrderUnknown)?;
    if standing.collected_at.is_some() {
        return done(Vec::new());
    }
    if standing.released_at().is_none() {
        return Err(Reject::OrderNotInKitchen);
    }
    if !standing.is_ready() {
        return Err(Reject::ItemIs { state: standing.live_lines().map(Line::state).min().unwrap_or(ItemState::Served) });
    }
    done(alloc::vec![OrderCollected { order, at: now.at }.into()])
}

impl Order {
    /// Everything still wanted of it is cooked.
    pub fn is_ready(&self) -> bool {
        self.live_lines().all(|line| line.state() >= ItemState::Ready)
    }
}

fn find_line(floor: &Floor, line: LineId) -> Option<(&Order, &Line)> {
    let order = floor.lines.get(&line).and_then(|order| floor.orders.get(order))?;
    Some((order, order.lines.iter().find(|other| other.line == line)?))
}

fn find(floor: &Floor, key: ItemKey) -> Result<(&Order, &Line, &Item), Reject> {
    let (order, line) = find_line(floor, key.line).ok_or(Reject::ItemUnknown)?;
    let item = line.items.get(usize::from(key.part)).ok_or(Reject::ItemUnknown)?;
    Ok((order, line, item))
}

fn line_mut(floor: &mut Floor, line: LineId) -> Option<&mut Line> {
    let order = floor.lines.get(&line)?;
    floor.orders.get_mut(order)?.lines.iter_mut().find(|other| other.line == line)
}

fn item_mut(floor: &mut Floor, key: ItemKey) -> Option<&mut Item> {
    line_mut(floor, key.line)?.items.get_mut(usize::from(key.part))
}

pub(super) fn painted(floor: &mut Floor, e: &ItemsPainted) {
    for key in &e.items {
        let Some(item) = item_mut(floor, *key) else { continue };
        item.seen_at = item.seen_at.or(Some(e.at));
        if item.state == ItemState::Sent {
            item.state = ItemState::Seen;
        }
    }
}

pub(super) fn stepped(floor: &mut Floor, e: &ItemStepped) {
    let Some(item) = item_mut(floor, e.item) else { return };
    match e.step {
        Step::Start => {
            item.state = ItemState::Started;
            item.started_at = Some(e.at);
        }
        Step::Ready => {
            item.state = ItemState::Ready;
            item.ready_at = Some(e.at);
        }
        Step::Recall => {
            item.state = ItemState::Started;
            item.ready_at = None;
        }
        Step::Serve => item.state = ItemState::Served,
    }
}

pub(super) fn voided(floor: &mut Floor, e: &LineVoided) {
    if let Some(session) = floor.orders.get(&e.order).map(|order| order.session) {
        super::split::forget(floor, session);
    }
    let Some(line) = line_mut(floor, e.line) else { return };
    line.voided = Some(Voided { reason: String::clone(&e.reason), by: e.by.clone(), at: e.at });
    // What has been served and then refunded is no news to the kitchen.
    for item in line.items.iter_mut().filter(|item| item.state != ItemState::Served) {
        item.void_unseen = true;
    }
    super::order::put_back(floor, &e.restocked);
}

pub(super) fn void_acknowledged(floor: &mut Floor, e: &VoidAcknowledged) {
    if let Some(item) = item_mut(floor, e.item) {
        item.void_unseen = false;
    }
}

pub(super) fn rushed(floor: &mut Floor, e: &LineRushed) {
    if let Some(line) = line_mut(floor, e.line) {
        line.rushed += 1;
        line.rushed_at = Some(e.at);
        line.rush_answered = false;
    }
}

pub(super) fn rush_answered(floor: &mut Floor, e: &RushAnswered) {
    if let Some(line) = line_mut(floor, e.line) {
        line.rush_answered = true;
    }
}

pub(super) fn number_called(floor: &mut Floor, e: &NumberCalled) {
    if let Some(order) = floor.orders.get_mut(&e.order) {
        order.calls += 1;
    }
}

pub(super) fn collected(floor: &mut Floor, e: &OrderCollected) {
    let Some(order) = floor.orders.get_mut(&e.order) else { return };
    order.collected_at = Some(e.at);
    if !matches!(order.state, OrderState::Released { .. }) {
        return;
    }
    for line in order.lines.iter_mut().filter(|line| line.voided.is_none()) {
        for item in &mut line.items {
            item.state = ItemState::Served;
        }
    }
}
