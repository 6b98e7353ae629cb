//! Business day (营业日): opened and closed by a person, not by midnight.

use super::Day;
use super::{
    AskState, DayClosed, DayOpened, Decision, Floor, FloorAnswer, ItemState, Known, Now, OrderState, Reject, Session, Stock,
    Unmatched, done,
};
use alloc::vec::Vec;

pub(super) fn open(floor: &Floor, now: Now, known: &Known) -> Decision {
    if floor.day.is_some() {
        return Err(Reject::DayAlreadyOpen);
    }
    let stock = known.menu.dishes.iter().filter_map(|dish| Some((dish.id.clone(), dish.daily_count?))).collect();
    done(alloc::vec![DayOpened { number: floor.last_day + 1, at: now.at, stock }.into()])
}

/// Closes the day. Whatever doesn't add up is listed; it is signed for, never dropped, and carried over.
///
/// # Rejects
/// `DayUnmatched` while the list isn't empty and nobody has signed.
pub(super) fn close(floor: &Floor, accept_unmatched: bool, now: Now) -> Decision {
    let day = floor.day.ok_or(Reject::DayNotOpen)?;
    let unmatched = unmatched(floor);
    if !unmatched.is_empty() && !accept_unmatched {
        return Err(Reject::DayUnmatched { unmatched });
    }
    let closed = DayClosed { number: day.number, at: now.at, unmatched: unmatched.clone() };
    Ok((alloc::vec![closed.into()], FloorAnswer::DayClosed { unmatched }))
}

/// Everything that doesn't add up right now: money not settled, dishes neither served nor voided.
pub(super) fn unmatched(floor: &Floor) -> Vec<Unmatched> {
    let mut list = Vec::new();
    for session in floor.sessions.values() {
        if !is_settled(floor, session) {
            // While money goes back, what came and what is owed may be the same although the party owes.
            let balance = Some(floor.balance(session)).filter(|balance| balance.0 != 0).unwrap_or_else(|| floor.due(session));
            list.push(Unmatched::OpenTable { session: session.id, table: session.table_name.clone(), balance });
        }
        for ask in session.asks.values().filter(|ask| ask.state == AskState::Open) {
            list.push(Unmatched::OpenPayment { session: session.id, ask: ask.ask, amount: ask.amount });
        }
    }
    for order in floor.orders.values() {
        let cooking = matches!(order.state, OrderState::Released { .. });
        for line in order.live_lines().filter(|line| cooking && line.state() != ItemState::Served) {
            list.push(Unmatched::Unserved { order: order.id, line: line.line });
        }
    }
    list
}

/// Nothing is owed or owing, nothing is on its way back, and no order waits for its payment.
fn is_settled(floor: &Floor, session: &Session) -> bool {
    let going_back = session.refunds.values().any(|refund| refund.paid_at.is_none());
    floor.balance(session).0 == 0 && !going_back && floor.awaiting_of(session).is_none()
}

pub(super) fn opened(floor: &mut Floor, e: &DayOpened) {
    floor.day = Some(Day { number: e.number, opened_at: e.at });
    floor.last_day = e.number;
    // Orders carried over keep their numbers, which nobody else gets, and have no part in the new day's portions.
    floor.last_pick_up = floor.orders.values().filter_map(|order| order.pick_up).max().unwrap_or_default();
    for order in floor.orders.values_mut() {
        order.reserved.clear();
    }
    floor.settlements.clear();
    floor.announcements.retain(|_, said| said.played_at.is_none());
    floor.stock =
        e.stock.iter().map(|(dish, count)| (dish.clone(), Stock { sold_out: false, remaining: Some(*count) })).collect();
}

/// Forgets the parties that are settled; the journal keeps them for ever. The others are carried over.
pub(super) fn closed(floor: &mut Floor, e: &DayClosed) {
    floor.day = None;
    let settled: Vec<_> = floor
        .sessions
        .values()
        .filter(|session| is_settled(floor, session) && session.open_ask().is_none())
        .map(|session| session.id)
        .collect();
    for id in settled {
        let Some(session) = floor.sessions.remove(&id) else { continue };
        if let Some(seated) = floor.seated.get_mut(&session.table) {
            seated.remove(&id);
        }
        for order in session.orders.iter().filter_map(|order| floor.orders.remove(order)) {
            for line in &order.lines {
                floor.lines.remove(&line.line);
            }
        }
        for ask in session.asks.keys() {
            floor.asks.remove(ask);
        }
        for refund in session.refunds.keys() {
            floor.refunds.remove(refund);
        }
        for call in &session.calls {
            floor.calls.remove(&call.call);
        }
    }
    floor.seated.retain(|_, sessions| !sessions.is_empty());
    let _ = e.number; // The number stays as `last_day`.
}
