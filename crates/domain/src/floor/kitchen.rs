//! The kitchen's side of an order: painted, started, ready, served; voids and rushes that must be seen.

use super::approval::{reason_of, second_person};
use super::table::sitting;
use super::{
    Decision, Floor, FloorEvent, Hand, Item, ItemKey, ItemState, ItemStepped, ItemsPainted, Known, Line, LineRushed, LineVoided,
    Now, NumberCalled, Order, OrderCollected, OrderState, Reject, RushAnswered, Step, VoidAcknowledged, Voided, announce, done,
    fire,
};
use crate::menu::PotRole;
use crate::text::{LONGEST_NAME, is_plain};
use crate::{DishId, LineId, OrderId, SessionId, StaffId, StationId, Timestamp};
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
        (false, true) => done(stepping(floor, order, line, key, step, now)),
        (false, false) => Err(Reject::ItemIs { state: item.state }),
    }
}

/// A step, and what goes to the kitchen because of it: dishes for the pot follow their soup base.
fn stepping(floor: &Floor, order: &Order, line: &Line, item: ItemKey, step: Step, now: Now) -> Vec<FloorEvent> {
    let mut events: Vec<FloorEvent> = alloc::vec![ItemStepped { item, step, at: now.at }.into()];
    let begun = line.pot == PotRole::Soup && matches!(step, Step::Start | Step::Ready);
    events.extend(begun.then(|| fire::after_soup(floor, order, now)).flatten().map(FloorEvent::from));
    events
}

/// Everything of an order that a station cooks is ready: its slip was scanned. Scanning twice changes nothing.
///
/// # Rejects
/// `ItemUnknown` where the station has nothing of the order.
pub(super) fn bump(floor: &Floor, order: OrderId, station: &StationId, now: Now, known: &Known) -> Decision {
    let standing = floor.orders.get(&order).ok_or(Reject::OrderUnknown)?;
    if standing.released_at().is_none() {
        return Err(Reject::OrderNotInKitchen);
    }
    let items =
        || standing.lines.iter().flat_map(|line| line.items.iter().enumerate().map(move |(part, item)| (line, part, item)));
    let mine = |item: &Item| item.part.station == *station || floor.cooks_for(&item.part.station, known) == *station;
    if !items().any(|(_, _, item)| mine(item)) {
        return Err(Reject::ItemUnknown);
    }
    let to_bump = items().filter(|(line, _, item)| {
        line.voided.is_none() && mine(item) && matches!(item.state, ItemState::Sent | ItemState::Seen | ItemState::Started)
    });
    let key = |line: &Line, part: usize| ItemKey { line: line.line, part: u8::try_from(part).unwrap_or(u8::MAX) };
    let events: Vec<FloorEvent> =
        to_bump.flat_map(|(line, part, _)| stepping(floor, standing, line, key(line, part), Step::Ready, now)).collect();
    done(events)
}

/// Takes a line off a sent order. Once it is fired this needs a second person, and the cook must say that they saw it; portions
/// nobody has started are on sale again.
///
/// # Rejects
/// `ApprovalNeeded` for a fired line without a second person; `LinePaid` for one that needs a refund.
pub(super) fn void_line(floor: &Floor, session: SessionId, line: LineId, reason: &str, hand: &Hand, now: Now) -> Decision {
    let party = sitting(floor, session)?;
    let (order, standing) = find_line(floor, line).filter(|(order, _)| order.session == session).ok_or(Reject::LineUnknown)?;
    let reason = reason_of(reason)?;
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
    if floor.unpaid_of(party, order) < floor.cost(party, standing.owed()) {
        return Err(Reject::LinePaid);
    }
    let approved_by = if standing.is_fired() { second_person(hand)? } else { None };
    done(alloc::vec![LineVoided { approved_by, ..taken_off(order, standing, &reason, &hand.by, now) }.into()])
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
        approved_by: None,
    }
}

/// Portions of a voided line that nobody has begun to cook, as far as they were counted when it was ordered.
fn restocked(order: &Order, line: &Line) -> Vec<(DishId, u32)> {
    // What is cooked again was cooked once: its portion is gone.
    let is_untouched = |part: usize, item: &Item| {
        item.state < ItemState::Started && !line.remade.iter().any(|remade| usize::from(remade.part) == part)
    };
    let untouched = line.items.iter().enumerate().filter(|(part, item)| is_untouched(*part, item));
    let cooked = untouched.map(|(_, item)| (&item.part.dish, item.part.quantity));
    let whole_set = line.is_set && line.items.iter().enumerate().all(|(part, item)| is_untouched(part, item));
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
    if !standing.is_fired() || standing.state() >= ItemState::Ready {
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

pub(super) fn find_line(floor: &Floor, line: LineId) -> Option<(&Order, &Line)> {
    let order = floor.lines.get(&line).and_then(|order| floor.orders.get(order))?;
    Some((order, order.lines.iter().find(|other| other.line == line)?))
}

pub(super) fn find(floor: &Floor, key: ItemKey) -> Result<(&Order, &Line, &Item), Reject> {
    let (order, line) = find_line(floor, key.line).ok_or(Reject::ItemUnknown)?;
    let item = line.items.get(usize::from(key.part)).ok_or(Reject::ItemUnknown)?;
    Ok((order, line, item))
}

pub(super) fn line_mut(floor: &mut Floor, line: LineId) -> Option<&mut Line> {
    let order = floor.lines.get(&line)?;
    floor.orders.get_mut(order)?.lines.iter_mut().find(|other| other.line == line)
}

pub(super) fn item_mut(floor: &mut Floor, key: ItemKey) -> Option<&mut Item> {
    line_mut(floor, key.line)?.items.get_mut(usize::from(key.part))
}

/// Brings the kitchen's two lists up to date with a line: what is unseen, and which orders are being cooked.
pub(super) fn note(floor: &mut Floor, line: LineId) {
    let Some((order, standing)) = find_line(floor, line) else { return };
    let cooks = order.live_lines().flat_map(|line| &line.items).any(|item| item.state < ItemState::Served);
    let (id, is_cooking) = (order.id, cooks && order.released_at().is_some());
    let live = standing.voided.is_none();
    let parts = standing.items.iter().enumerate().map(|(part, item)| (u8::try_from(part).unwrap_or(u8::MAX), item));
    let clocks: Vec<(Timestamp, ItemKey, bool)> = parts
        .filter_map(|(part, item)| Some((standing.clock_of(part)?, ItemKey { line, part }, !live || item.is_seen())))
        .collect();
    for (at, key, is_seen) in clocks {
        if is_seen {
            floor.unseen.remove(&(at, key))
        } else {
            floor.unseen.insert((at, key))
        };
    }
    if is_cooking {
        floor.cooking.insert(id)
    } else {
        floor.cooking.remove(&id)
    };
}

/// A screen has painted it, or a printer has confirmed it.
pub(super) fn saw(floor: &mut Floor, key: ItemKey, at: Timestamp) {
    let Some(item) = item_mut(floor, key) else { return };
    item.seen_at = item.seen_at.or(Some(at));
    if item.state == ItemState::Sent {
        item.state = ItemState::Seen;
    }
    note(floor, key.line);
}

impl Item {
    /// Nobody has to be told of it any more: it was shown somewhere, or somebody works on it.
    pub fn is_seen(&self) -> bool {
        self.seen_at.is_some() || matches!(self.state, ItemState::Waiting) || self.state >= ItemState::Started
    }
}

pub(super) fn painted(floor: &mut Floor, e: &ItemsPainted) {
    for key in &e.items {
        saw(floor, *key, e.at);
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
    note(floor, e.item.line);
    if e.step == Step::Ready {
        announce::if_ready(floor, e.item.line, e.at);
    }
}

pub(super) fn voided(floor: &mut Floor, e: &LineVoided) {
    if let Some(session) = floor.orders.get(&e.order).map(|order| order.session) {
        super::split::forget(floor, session);
    }
    let Some(line) = line_mut(floor, e.line) else { return };
    line.voided = Some(Voided { reason: String::clone(&e.reason), by: e.by.clone(), at: e.at });
    // What has been served and then refunded is no news to the kitchen, and what it never had isn't either.
    for item in line.items.iter_mut().filter(|item| !matches!(item.state, ItemState::Served | ItemState::Waiting)) {
        item.void_unseen = true;
    }
    note(floor, e.line);
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
        announce::rush(floor, e.line, e.at);
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
        let at = order.released_at().unwrap_or_default();
        announce::called_again(floor, e.order, at);
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
    let lines: Vec<LineId> = order.lines.iter().map(|line| line.line).collect();
    for line in lines {
        note(floor, line);
    }
}
