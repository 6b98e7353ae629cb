//! Lines that change hands: divided in two, or moved to another party's check. A line keeps its id, its price and what the kitchen has
//! made of it.

use super::kitchen::{find_line, note};
use super::party::{both, check_no_money, check_nobody_pays, tell_kitchen};
use super::table::sitting;
use super::{Decision, Floor, FloorEvent, Line, LineDivided, LinesMoved, Now, Order, OrderState, Reject, Session, done, split};
use crate::money::LARGEST;
use crate::{DishId, LineId, Money, OrderId, SessionId, StaffId};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// Moves lines to another party's check: what comes of one order there becomes one order here.
///
/// # Rejects
/// `CheckHasMoney` or `PaymentOpen` where either party pays or has paid; `MergeNotPossible` for orders that are paid first.
pub(super) fn move_lines(
    floor: &Floor,
    session: SessionId,
    lines: &[LineId],
    to: SessionId,
    order: OrderId,
    by: &StaffId,
    now: Now,
) -> Decision {
    let (party, target) = both(floor, session, to)?;
    check_no_money(party)?;
    check_no_money(target)?;
    if lines.is_empty() {
        return Err(Reject::NothingOrdered);
    }
    let mut moving = Money::ZERO;
    let wanted: BTreeSet<LineId> = lines.iter().copied().collect();
    for line in &wanted {
        moving = moving + movable(floor, party, *line)?.1.owed();
    }
    if floor.total(target) + moving > LARGEST {
        return Err(Reject::TooDear);
    }
    let first_round = floor.next_round(target);
    let mut events: Vec<FloorEvent> = Vec::new();
    for source in party.orders.iter().filter_map(|id| floor.orders.get(id)) {
        let lines: Vec<LineId> = source.lines.iter().map(|line| line.line).filter(|line| wanted.contains(line)).collect();
        if lines.is_empty() {
            continue;
        }
        let nth = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let into = OrderId(order.0.wrapping_add(u128::from(nth)));
        if floor.orders.contains_key(&into) {
            return Err(Reject::OrderExists);
        }
        let round = first_round.saturating_add(nth);
        let number = alloc::format!("{}-{round}", target.table_name);
        let moved = LinesMoved { order: source.id, lines, from: session, to, into, round, number, by: by.clone(), at: now.at };
        events.push(moved.into());
    }
    done(events)
}

/// A line of the party that the kitchen has and nobody has taken off.
fn movable<'a>(floor: &'a Floor, party: &Session, line: LineId) -> Result<(&'a Order, &'a Line), Reject> {
    let (order, standing) = find_line(floor, line).filter(|(order, _)| order.session == party.id).ok_or(Reject::LineUnknown)?;
    if standing.voided.is_some() {
        return Err(Reject::LineVoided);
    }
    if order.released_at().is_none() {
        return Err(Reject::OrderNotInKitchen);
    }
    Ok((order, standing))
}

/// Makes two lines of one, so that a part of it can be voided, moved or given away.
///
/// # Rejects
/// `DivideNotPossible` for set meals, for what is weighed, and for a line whose price was changed; `LineTaken` for an id in use.
pub(super) fn divide(
    floor: &Floor,
    session: SessionId,
    line: LineId,
    quantity: u16,
    into: LineId,
    by: &StaffId,
    now: Now,
) -> Decision {
    let party = sitting(floor, session)?;
    let (order, standing) = movable(floor, party, line)?;
    check_nobody_pays(party)?;
    let in_a_cart = || floor.sessions.values().any(|party| party.cart.iter().any(|line| line.line == into));
    if floor.lines.contains_key(&into) || in_a_cart() {
        return Err(Reject::LineTaken);
    }
    if !(1..standing.quantity).contains(&quantity) || !is_divisible(standing) {
        return Err(Reject::DivideNotPossible);
    }
    done(alloc::vec![LineDivided { order: order.id, line, into, quantity, by: by.clone(), at: now.at }.into()])
}

/// It is so many times the same, and costs so many times the same.
fn is_divisible(line: &Line) -> bool {
    let quantity = u32::from(line.quantity);
    let is_plain = line.per_500_g.is_none() && line.weight_g.is_none() && !line.is_set;
    let is_priced = line.comped.is_none() && line.repriced.is_none() && line.unit_price.times(quantity) == Some(line.amount);
    is_plain && is_priced && line.items.iter().all(|item| item.part.quantity.is_multiple_of(quantity))
}

pub(super) fn moved(floor: &mut Floor, e: &LinesMoved) {
    let Some(source) = floor.orders.get_mut(&e.order) else { return };
    let (lines, left): (Vec<Line>, Vec<Line>) =
        core::mem::take(&mut source.lines).into_iter().partition(|line| e.lines.contains(&line.line));
    source.lines = left;
    let order = Order {
        id: e.into,
        session: e.to,
        round: e.round,
        number: e.number.clone(),
        pick_up: None,
        placed_by: source.placed_by.clone(),
        menu_version: source.menu_version,
        placed_at: source.placed_at,
        expires_at: None,
        total: lines.iter().map(|line| line.amount).sum(),
        note: source.note.clone(),
        reserved: share_reserved(source, &lines),
        state: OrderState::Released { at: source.released_at().unwrap_or(e.at) },
        lines,
        calls: 0,
        collected_at: source.collected_at,
        declined: None,
    };
    floor.orders.insert(e.into, order);
    for line in &e.lines {
        floor.lines.insert(*line, e.into);
        note(floor, *line);
    }
    match floor.orders.get(&e.order).and_then(|source| source.lines.first()).map(|line| line.line) {
        Some(line) => note(floor, line),
        None => {
            floor.cooking.remove(&e.order);
        }
    }
    if let Some(target) = floor.sessions.get_mut(&e.to) {
        target.orders.push(e.into);
    }
    split::forget(floor, e.from);
    split::forget(floor, e.to);
    let name = |session| floor.sessions.get(&session).map(Session::table_names).unwrap_or_default();
    let (from, to): (String, String) = (name(e.from), name(e.to));
    tell_kitchen(floor, &[e.into], &from, &to, e.at);
}

/// What of an order's counted portions goes with these lines; the rest stays with it.
fn share_reserved(source: &mut Order, lines: &[Line]) -> Vec<(DishId, u32)> {
    let used = |lines: &[Line], dish: &DishId| -> Option<u32> {
        lines.iter().flat_map(Line::uses).filter(|(used, _)| *used == dish).map(|(_, count)| count).reduce(|a, b| a + b)
    };
    let mut gone = Vec::new();
    let left = &source.lines;
    source.reserved.retain_mut(|(dish, count)| {
        let stays = used(left, dish).is_some();
        if let Some(moved) = used(lines, dish) {
            let moved = if stays { moved.min(*count) } else { *count };
            *count -= moved;
            gone.push((dish.clone(), moved));
        }
        stays
    });
    gone
}

pub(super) fn divided(floor: &mut Floor, e: &LineDivided) {
    let Some(order) = floor.orders.get_mut(&e.order) else { return };
    let Some(place) = order.lines.iter().position(|line| line.line == e.line) else { return };
    let whole = order.lines[place].clone();
    let rest = part_of(&whole, whole.quantity.saturating_sub(e.quantity));
    // What was cooked again was cooked again once, not twice.
    let part = Line { line: e.into, remade: Vec::new(), ..part_of(&whole, e.quantity) };
    order.lines[place] = rest;
    order.lines.insert(place + 1, part);
    let session = order.session;
    floor.lines.insert(e.into, e.order);
    note(floor, e.line);
    note(floor, e.into);
    split::forget(floor, session);
}

/// So many of a line of more.
fn part_of(whole: &Line, quantity: u16) -> Line {
    let mut part = whole.clone();
    part.quantity = quantity;
    part.amount = whole.unit_price.times(u32::from(quantity)).unwrap_or_default();
    for item in &mut part.items {
        item.part.quantity = item.part.quantity / u32::from(whole.quantity).max(1) * u32::from(quantity);
    }
    part
}
