//! Courses and fire (叫起, 起菜), and the soup base that goes first (锅底先下).

use super::kitchen::line_mut;
use super::table::sitting;
use super::{Decision, Floor, HoldWhy, ItemState, Known, Line, LinesFired, Now, Order, OrderState, Reject, Session, done};
use crate::menu::PotRole;
use crate::{LineId, OrderId, SessionId, StaffId};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Fires held lines. Lines that are fired already are passed over: two waiters may tap at once.
///
/// # Rejects
/// `NothingHeld` where none of them was ever held.
pub(super) fn fire(floor: &Floor, session: SessionId, lines: &[LineId], by: Option<&StaffId>, now: Now) -> Decision {
    let party = sitting(floor, session)?;
    let known: Vec<&Line> =
        in_kitchen(floor, party).flat_map(|order| &order.lines).filter(|line| lines.contains(&line.line)).collect();
    if known.len() != lines.len() {
        return Err(Reject::LineUnknown);
    }
    if known.is_empty() || known.iter().all(|line| line.hold.is_none()) {
        return Err(Reject::NothingHeld);
    }
    let held: Vec<LineId> = known.into_iter().filter(|line| is_held(line)).map(|line| line.line).collect();
    if held.is_empty() {
        return done(Vec::new());
    }
    done(alloc::vec![LinesFired { session, lines: held, by: by.cloned(), at: now.at }.into()])
}

/// It waits to be fired.
pub(super) fn is_held(line: &Line) -> bool {
    line.hold.is_some() && line.fired_at.is_none() && line.voided.is_none()
}

fn in_kitchen<'a>(floor: &'a Floor, party: &'a Session) -> impl Iterator<Item = &'a Order> {
    party.orders.iter().filter_map(|id| floor.orders.get(id)).filter(|order| matches!(order.state, OrderState::Released { .. }))
}

/// Whether dishes for the pot can go: a soup base of the party is on its way.
pub(super) fn soup_is_on(floor: &Floor, party: &Session) -> bool {
    let soups = in_kitchen(floor, party).flat_map(Order::live_lines).filter(|line| line.pot == PotRole::Soup);
    soups.into_iter().any(|line| line.state() >= ItemState::Started)
}

/// The party has a soup base that isn't voided, in the kitchen or waiting for a nod or money.
pub(super) fn has_soup(floor: &Floor, party: &Session) -> bool {
    let live = party
        .orders
        .iter()
        .filter_map(|id| floor.orders.get(id))
        .filter(|order| !matches!(order.state, OrderState::Ended { .. }));
    live.flat_map(Order::live_lines).any(|line| line.pot == PotRole::Soup)
}

/// What goes to the kitchen because a soup base was begun.
pub(super) fn after_soup(floor: &Floor, order: &Order, now: Now) -> Option<LinesFired> {
    let party = floor.sessions.get(&order.session)?;
    let lines: Vec<LineId> = held_for_soup(floor, party).map(|(_, line)| line.line).collect();
    (!lines.is_empty()).then_some(LinesFired { session: party.id, lines, by: None, at: now.at })
}

fn held_for_soup<'a>(floor: &'a Floor, party: &'a Session) -> impl Iterator<Item = (&'a Order, &'a Line)> {
    in_kitchen(floor, party)
        .flat_map(|order| order.lines.iter().map(move |line| (order, line)))
        .filter(|(_, line)| line.hold == Some(HoldWhy::Soup) && is_held(line))
}

/// Lines whose soup base has had its lead: they go now, whatever became of it.
pub fn due_after_soup(floor: &Floor, now: Now, known: &Known) -> Vec<(SessionId, Vec<LineId>)> {
    let lead_ms = i64::from(known.house.policy.kitchen.soup_lead_s) * 1000;
    let mut due: Vec<(SessionId, Vec<LineId>)> = Vec::new();
    for order in floor.cooking.iter().filter_map(|id: &OrderId| floor.orders.get(id)) {
        if order.released_at().is_none_or(|at| now.at.since_ms(at) < lead_ms) {
            continue;
        }
        let lines = order.lines.iter().filter(|line| line.hold == Some(HoldWhy::Soup) && is_held(line)).map(|line| line.line);
        let lines: Vec<LineId> = lines.collect();
        match due.iter_mut().find(|(session, _)| *session == order.session) {
            _ if lines.is_empty() => {}
            Some((_, more)) => more.extend(lines),
            None => due.push((order.session, lines)),
        }
    }
    due
}

pub(super) fn fired(floor: &mut Floor, e: &LinesFired) {
    for id in &e.lines {
        let Some(line) = line_mut(floor, *id) else { continue };
        line.send(e.at);
        super::kitchen::note(floor, *id);
    }
    let orders: BTreeSet<OrderId> = e.lines.iter().filter_map(|line| floor.lines.get(line)).copied().collect();
    for order in orders {
        super::announce::new_order(floor, order, &e.lines, e.at);
    }
}
