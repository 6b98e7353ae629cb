//! Business day (营业日): opened and closed by a person, not by midnight.

use super::Day;
use super::{
    AskState, DayClosed, DayOpened, Decision, Floor, FloorAnswer, ItemState, Known, Now, OrderState, Reject, Session, Stock,
    Unmatched, WaySum, done, printing, shift,
};
use crate::{Money, StaffId, Timestamp};
use alloc::string::ToString;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The figures of a business day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
#[allow(missing_docs)]
pub struct DaySummary {
    pub number: u32,
    pub opened_at: Timestamp,
    pub closed_at: Timestamp,
    /// Parties that owed something.
    pub parties: u32,
    pub covers: u32,
    pub orders: u32,
    /// Portions sold.
    pub dishes: u32,
    /// What was eaten, at the prices of the menu.
    pub gross: Money,
    /// Lines given away, and what they would have cost.
    pub comps: Money,
    pub comp_count: u32,
    /// What lower prices and discounts took off.
    pub discounts: Money,
    /// Seat fees, service charges, and what was missing to the least spend.
    pub fees: Money,
    /// Lines taken off, and what they would have cost.
    pub voids: Money,
    pub void_count: u32,
    /// Dishes cooked again.
    pub remakes: u32,
    /// What the parties owed.
    pub net: Money,
    /// Let go with refunds.
    pub allowances: Money,
    pub rounded_off: Money,
    pub tips: Money,
    /// By way of paying.
    pub taken: Vec<WaySum>,
    pub given_back: Vec<WaySum>,
    /// Still owed, and carried over.
    pub owed: Money,
    /// What the drawers had more (or less) than they should, of shifts closed in this day.
    pub over: Money,
    /// Signed for.
    pub unmatched: u32,
}

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
pub(super) fn close(floor: &Floor, accept_unmatched: bool, by: &StaffId, now: Now) -> Decision {
    let day = floor.day.ok_or(Reject::DayNotOpen)?;
    let unmatched = unmatched(floor);
    if !unmatched.is_empty() && !accept_unmatched {
        return Err(Reject::DayUnmatched { unmatched });
    }
    let unmatched_count = u32::try_from(unmatched.len()).unwrap_or(u32::MAX);
    let summary = DaySummary { closed_at: now.at, unmatched: unmatched_count, ..summary(floor, day) };
    let closed =
        DayClosed { number: day.number, at: now.at, unmatched: unmatched.clone(), by: Some(by.clone()), summary: Some(summary) };
    Ok((alloc::vec![closed.into()], FloorAnswer::DayClosed { unmatched }))
}

/// Everything that doesn't add up right now: money not settled, dishes neither served nor voided.
pub fn unmatched(floor: &Floor) -> Vec<Unmatched> {
    let mut list = Vec::new();
    for session in floor.sessions.values() {
        // A party on another's check is listed with it.
        let is_listed = session.merged_into.is_none() || floor.due(session).0 != 0;
        if is_listed && !is_settled(floor, session) {
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
    let table = |session| floor.sessions.get(&session).map(|session| session.table_names()).unwrap_or_default();
    for order in floor.nods.iter().filter_map(|id| floor.orders.get(id)) {
        list.push(Unmatched::Unanswered { order: order.id, table: table(order.session) });
    }
    for open in floor.shifts.values().filter(|shift| shift.closed.is_none()) {
        list.push(Unmatched::OpenShift { shift: open.shift, till: open.till.clone(), by: open.by.to_string() });
    }
    let amount = shift::loose_cash(floor);
    if !floor.shifts.is_empty() && amount.0 != 0 {
        list.push(Unmatched::LooseCash { amount });
    }
    for job in floor.open_slips.values().filter_map(|job| floor.slips.get(job)) {
        list.push(Unmatched::Unprinted { job: job.job, why: job.trouble.clone() });
    }
    list
}

/// The figures of the day so far.
pub fn summary(floor: &Floor, day: Day) -> DaySummary {
    let mut sum = DaySummary { number: day.number, opened_at: day.opened_at, ..DaySummary::default() };
    for session in floor.sessions.values() {
        sum.add_party(floor, session);
    }
    for settled in floor.settlements.values() {
        add_way(&mut sum.taken, settled.way, settled.amount);
    }
    let over = |close: &super::ShiftClose| close.counted - close.figures.expected;
    sum.over = floor.shifts.values().filter_map(|shift| shift.closed.as_ref()).map(over).sum();
    sum
}

impl DaySummary {
    fn add_party(&mut self, floor: &Floor, session: &Session) {
        let charges = floor.charges(session);
        let total = floor.total(session);
        self.parties += u32::from(charges.eaten.is_positive());
        self.covers += if charges.eaten.is_positive() { u32::from(session.seats_taken()) } else { 0 };
        self.net = self.net + total;
        self.fees = self.fees + charges.shortfall + charges.service_charge + charges.seat_fee;
        self.discounts = self.discounts + charges.discount;
        self.allowances = self.allowances + session.allowance();
        self.owed = self.owed + floor.due(session);
        let orders = session.orders.iter().filter_map(|id| floor.orders.get(id));
        // An order whose lines were all moved to another check is no order any more.
        for order in orders.filter(|order| matches!(order.state, OrderState::Released { .. }) && !order.lines.is_empty()) {
            self.orders += 1;
            for line in &order.lines {
                self.add_line(line);
            }
        }
        for tender in &session.tenders {
            self.tips = self.tips + tender.tip;
            self.rounded_off = self.rounded_off + tender.rounded_off;
            add_way(&mut self.taken, tender.way, tender.amount + tender.tip - tender.rounded_off);
        }
        for refund in session.refunds.values() {
            add_way(&mut self.given_back, refund.way, refund.amount);
        }
    }

    fn add_line(&mut self, line: &super::Line) {
        let menu_price = line.repriced.as_ref().map_or(line.amount, |before| before.was);
        self.remakes += u32::try_from(line.remade.len()).unwrap_or(u32::MAX);
        if line.voided.is_some() {
            self.voids = self.voids + line.amount;
            self.void_count += 1;
            return;
        }
        self.dishes += u32::from(line.quantity);
        self.gross = self.gross + menu_price;
        if line.comped.is_some() {
            self.comps = self.comps + menu_price;
            self.comp_count += 1;
        } else {
            self.discounts = self.discounts + menu_price - line.amount;
        }
    }
}

/// Adds money in one way to sums by way.
pub(super) fn add_way(sums: &mut Vec<WaySum>, way: super::Way, amount: Money) {
    match sums.iter_mut().find(|sum| sum.way == way) {
        Some(sum) => {
            sum.count += 1;
            sum.amount = sum.amount + amount;
        }
        None => sums.push(WaySum { way, count: 1, amount }),
    }
}

/// Nothing is owed or owing, nothing is on its way back, and no order waits for its payment.
fn is_settled(floor: &Floor, session: &Session) -> bool {
    let going_back = session.refunds.values().any(|refund| refund.paid_at.is_none());
    let waits = floor.awaiting_of(session).or_else(|| floor.nod_of(session));
    // A party on another's check is settled with it.
    let merged = session.merged_into.and_then(|into| floor.sessions.get(&into)).is_some_and(|into| into.closed_at.is_none());
    floor.balance(session).0 == 0 && !going_back && waits.is_none() && !merged
}

pub(super) fn opened(floor: &mut Floor, e: &DayOpened) {
    floor.day = Some(Day { number: e.number, opened_at: e.at });
    floor.last_day = e.number;
    // Orders carried over keep their numbers, which nobody else gets, and have no part in the new day's portions.
    floor.last_pick_up = floor.orders.values().filter_map(|order| order.pick_up).max().unwrap_or_default();
    for order in floor.orders.values_mut() {
        order.reserved.clear();
    }
    floor.announcements.retain(|_, said| said.played_at.is_none() && matches!(said.said, super::Said::Paid { .. }));
    shift::forget_closed(floor);
    let mut approvals = core::mem::take(&mut floor.approvals);
    approvals.retain(|_, approval| approval.answer.is_none() && approval.act.is_about_something(floor));
    floor.approvals = approvals;
    floor.reservations.retain(|_, kept| kept.ended.is_none());
    floor.waiting.clear();
    floor.last_numbers.clear();
    floor.table_changes.clear();
    floor.stock =
        e.stock.iter().map(|(dish, count)| (dish.clone(), Stock { sold_out: false, remaining: Some(*count) })).collect();
}

/// Forgets the parties that are settled; the journal keeps them for ever. The others are carried over.
pub(super) fn closed(floor: &mut Floor, e: &DayClosed) {
    floor.day = None;
    floor.last_summary.clone_from(&e.summary);
    printing::forget_the_day(floor);
    let settled: Vec<_> = floor
        .sessions
        .values()
        .filter(|session| is_settled(floor, session) && session.open_ask().is_none())
        .map(|session| session.id)
        .collect();
    shift::carry_over(floor, &settled);
    for id in settled {
        let Some(session) = floor.sessions.remove(&id) else { continue };
        for table in session.tables() {
            floor.seated.get_mut(table).map(|seated| seated.remove(&id));
        }
        for order in session.orders.iter().filter_map(|order| floor.orders.remove(order)) {
            floor.cooking.remove(&order.id);
            for line in &order.lines {
                floor.lines.remove(&line.line);
                let keys = (0..line.items.len()).filter_map(|part| u8::try_from(part).ok());
                for key in keys.map(|part| super::ItemKey { line: line.line, part }) {
                    line.clock_of(key.part).map(|at| floor.unseen.remove(&(at, key)));
                }
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
