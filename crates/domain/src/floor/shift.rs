//! Shifts (班次): one person at one till, with a float, a blind count, and what is over or short.

use super::Way;
use crate::{CashMoveId, Money, ShiftId, StaffId, Timestamp};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Somebody's time at a till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Shift {
    pub shift: ShiftId,
    /// The device.
    pub till: String,
    pub by: StaffId,
    pub opened_at: Timestamp,
    /// In the drawer at the beginning.
    pub float: Money,
    pub moves: Vec<CashMove>,
    /// What days that closed in the meantime have left to this shift.
    pub carried: ShiftFigures,
    pub closed: Option<ShiftClose>,
}

/// How a shift ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ShiftClose {
    pub at: Timestamp,
    pub counted: Money,
    pub figures: ShiftFigures,
}

/// Cash that went in or out, other than for a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct CashMove {
    pub entry: CashMoveId,
    pub direction: Direction,
    pub amount: Money,
    pub reason: String,
    pub by: StaffId,
    pub approved_by: Option<StaffId>,
    pub at: Timestamp,
}

/// Into the drawer, or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Direction {
    In,
    Out,
}

/// What one person took and gave back during a shift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ShiftFigures {
    /// What they took, by way; tips included, what was rounded off not.
    pub taken: Vec<WaySum>,
    /// What they gave back, by way.
    pub given_back: Vec<WaySum>,
    /// What of `taken` were tips.
    pub tips: Money,
    /// Cash they let go (抹零).
    pub rounded_off: Money,
    /// Cash paid for accounts.
    pub account_cash: Money,
    /// Cash put in and taken out, other than for sales.
    pub moved_in: Money,
    /// See `moved_in`.
    pub moved_out: Money,
    /// What should be in the drawer: the float, and all cash since.
    pub expected: Money,
}

/// Money in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct WaySum {
    pub way: Way,
    pub count: u32,
    pub amount: Money,
}

use super::approval::{reason_of, second_person};
use super::{
    CashMoved, Decision, Floor, FloorAnswer, Hand, Now, Refund, Reject, Session, Settlement, ShiftClosed, ShiftOpened, Tender,
    done,
};
use crate::SessionId;
use crate::catalog::Role;
use crate::money::LARGEST;
use crate::text::{LONGEST_NAME, is_plain};
use alloc::string::ToString;

/// Cash that somebody wants to move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub entry: CashMoveId,
    pub direction: Direction,
    pub amount: Money,
}

/// Begins somebody's time at a till. No business day need be open: drawers are counted before the doors open.
///
/// # Rejects
/// `ShiftOpen` where the person or the till has an open shift.
pub(super) fn open(floor: &Floor, shift: ShiftId, till: &str, float: Money, by: &StaffId, now: Now) -> Decision {
    if floor.shifts.contains_key(&shift) {
        return Err(Reject::ShiftExists);
    }
    let till = till.trim();
    if till.is_empty() || !is_plain(till, LONGEST_NAME) {
        return Err(Reject::BadText);
    }
    check_drawer(float)?;
    if floor.shifts.values().any(|other| other.closed.is_none() && (other.by == *by || other.till == till)) {
        return Err(Reject::ShiftOpen);
    }
    // A person's shifts never touch, so that no money falls into two of them.
    let ended = floor.shifts.values().filter(|other| other.by == *by).filter_map(|other| other.closed.as_ref());
    let at = ended.map(|close| Timestamp(close.at.0.saturating_add(1))).max().map_or(now.at, |free| free.max(now.at));
    done(alloc::vec![ShiftOpened { shift, till: till.to_string(), float, by: by.clone(), at }.into()])
}

/// What a drawer may hold.
fn check_drawer(amount: Money) -> Result<(), Reject> {
    if (Money::ZERO..=LARGEST).contains(&amount) { Ok(()) } else { Err(Reject::CashOutOfRange) }
}

/// Puts cash into the drawer, or takes out what should be in it. The same entry twice changes nothing.
///
/// # Rejects
/// `ApprovalNeeded` for cash taken out by nobody above a cashier; `CashOutOfRange` beyond what the drawer has or can hold;
/// `ShiftExists` where the entry stands for another move.
pub(super) fn move_cash(floor: &Floor, shift: ShiftId, wanted: Wanted, reason: &str, hand: &Hand, now: Now) -> Decision {
    let standing = still_open(floor, shift)?;
    let Wanted { entry, direction, amount } = wanted;
    let reason = reason_of(reason)?;
    if let Some(moved) = standing.moves.iter().find(|moved| moved.entry == entry) {
        let is_same = (moved.direction, moved.amount, &moved.reason) == (direction, amount, &reason);
        return if is_same { done(Vec::new()) } else { Err(Reject::ShiftExists) };
    }
    if !amount.is_positive() || amount > LARGEST {
        return Err(Reject::CashOutOfRange);
    }
    let drawer = shift_figures(floor, standing).expected;
    let (after, approved_by) = match direction {
        Direction::In => (drawer + amount, None),
        Direction::Out if hand.role == Role::Manager && hand.approver.is_none() => (drawer - amount, None),
        Direction::Out => (drawer - amount, second_person(hand)?),
    };
    check_drawer(after)?;
    let moved = CashMoved { shift, entry, direction, amount, reason, by: hand.by.clone(), approved_by, at: now.at };
    done(alloc::vec![moved.into()])
}

/// Ends a shift with what was counted. Whoever counts isn't told before what should be there.
pub(super) fn close(floor: &Floor, shift: ShiftId, counted: Money, by: &StaffId, now: Now) -> Decision {
    let standing = still_open(floor, shift)?;
    check_drawer(counted)?;
    let figures = shift_figures(floor, standing);
    let answer = FloorAnswer::ShiftClosed { expected: figures.expected, over: counted - figures.expected };
    Ok((alloc::vec![ShiftClosed { shift, counted, figures, by: by.clone(), at: now.at }.into()], answer))
}

fn still_open(floor: &Floor, shift: ShiftId) -> Result<&Shift, Reject> {
    let standing = floor.shifts.get(&shift).ok_or(Reject::ShiftUnknown)?;
    if standing.closed.is_some() { Err(Reject::ShiftClosed) } else { Ok(standing) }
}

/// What a shift has taken and given back so far, and what should be in its drawer; of a closed one, as it was closed.
pub fn shift_figures(floor: &Floor, shift: &Shift) -> ShiftFigures {
    if let Some(close) = &shift.closed {
        return close.figures.clone();
    }
    let mut sum = shift.carried.clone();
    for session in floor.sessions.values() {
        sum.add_party(shift, session);
    }
    for settled in floor.settlements.values() {
        sum.add_settlement(shift, settled);
    }
    let moved = |direction| shift.moves.iter().filter(move |moved| moved.direction == direction).map(|moved| moved.amount).sum();
    sum.moved_in = moved(Direction::In);
    sum.moved_out = moved(Direction::Out);
    let cash = |sums: &[WaySum]| sums.iter().filter(|sum| sum.way == Way::Cash).map(|sum| sum.amount).sum::<Money>();
    sum.expected = shift.float + cash(&sum.taken) - cash(&sum.given_back) + sum.moved_in - sum.moved_out;
    sum
}

impl Shift {
    /// It was this person's, and began before that.
    fn has(&self, by: Option<&StaffId>, at: Timestamp) -> bool {
        by == Some(&self.by) && at >= self.opened_at
    }

    /// Its drawer answers for cash that this person took or gave back then.
    fn covers(&self, by: Option<&StaffId>, at: Timestamp) -> bool {
        self.has(by, at) && self.closed.as_ref().is_none_or(|close| at <= close.at)
    }
}

impl ShiftFigures {
    fn add_party(&mut self, shift: &Shift, session: &Session) {
        for tender in session.tenders.iter().filter(|tender| shift.has(tender.by.as_ref(), tender.at)) {
            add(&mut self.taken, tender.way, came(tender));
            self.tips = self.tips + tender.tip;
            self.rounded_off = self.rounded_off + tender.rounded_off;
        }
        for (refund, _) in by_hand(session).filter(|(refund, at)| shift.has(refund.by.as_ref(), *at)) {
            add(&mut self.given_back, refund.way, refund.amount);
        }
    }

    fn add_settlement(&mut self, shift: &Shift, settled: &Settlement) {
        if !shift.has(Some(&settled.by), settled.at) {
            return;
        }
        add(&mut self.taken, settled.way, settled.amount);
        if settled.way == Way::Cash {
            self.account_cash = self.account_cash + settled.amount;
        }
    }
}

/// What a tender really brought: with its tip, without what was rounded off.
fn came(tender: &Tender) -> Money {
    tender.amount - tender.rounded_off + tender.tip
}

/// Money that staff gave back by hand, and when.
fn by_hand(session: &Session) -> impl Iterator<Item = (&Refund, Timestamp)> {
    let refunds = session.refunds.values().filter(|refund| !refund.way.is_by_channel());
    refunds.filter_map(|refund| Some((refund, refund.paid_at?)))
}

/// Adds to sums kept in the order of the ways, so that it doesn't show what was carried over and what wasn't.
fn add(sums: &mut Vec<WaySum>, way: Way, amount: Money) {
    super::day::add_way(sums, way, amount);
    sums.sort_by_key(|sum| sum.way);
}

pub(super) fn opened(floor: &mut Floor, e: &ShiftOpened) {
    let shift = Shift {
        shift: e.shift,
        till: e.till.clone(),
        by: e.by.clone(),
        opened_at: e.at,
        float: e.float,
        moves: Vec::new(),
        carried: ShiftFigures::default(),
        closed: None,
    };
    floor.shifts.insert(e.shift, shift);
}

pub(super) fn cash_moved(floor: &mut Floor, e: &CashMoved) {
    let Some(shift) = floor.shifts.get_mut(&e.shift) else { return };
    shift.moves.push(CashMove {
        entry: e.entry,
        direction: e.direction,
        amount: e.amount,
        reason: e.reason.clone(),
        by: e.by.clone(),
        approved_by: e.approved_by.clone(),
        at: e.at,
    });
}

pub(super) fn closed(floor: &mut Floor, e: &ShiftClosed) {
    if let Some(shift) = floor.shifts.get_mut(&e.shift) {
        shift.closed = Some(ShiftClose { at: e.at, counted: e.counted, figures: e.figures.clone() });
    }
}

/// Cash that was taken or given back by somebody without a shift since the last day closed: no drawer answers for it.
pub(super) fn loose_cash(floor: &Floor) -> Money {
    let since = floor.last_summary.as_ref().map(|summary| summary.closed_at);
    let is_loose = |by: Option<&StaffId>, at: Timestamp| {
        since.is_none_or(|since| at > since) && !floor.shifts.values().any(|shift| shift.covers(by, at))
    };
    let mut loose = Money::ZERO;
    for session in floor.sessions.values() {
        let cash = session.tenders.iter().filter(|tender| tender.way == Way::Cash && is_loose(tender.by.as_ref(), tender.at));
        let back = by_hand(session).filter(|(refund, at)| refund.way == Way::Cash && is_loose(refund.by.as_ref(), *at));
        loose = loose + cash.map(came).sum() - back.map(|(refund, _)| refund.amount).sum();
    }
    let settled =
        floor.settlements.values().filter(|settled| settled.way == Way::Cash && is_loose(Some(&settled.by), settled.at));
    loose + settled.map(|settled| settled.amount).sum()
}

/// Keeps what open shifts have of the parties that are forgotten when a day closes, and of the accounts settled in it. Parties that
/// stay keep their money themselves.
pub(super) fn carry_over(floor: &mut Floor, forgotten: &[SessionId]) {
    let mut shifts = core::mem::take(&mut floor.shifts);
    for shift in shifts.values_mut().filter(|shift| shift.closed.is_none()) {
        let mut carried = core::mem::take(&mut shift.carried);
        for session in forgotten.iter().filter_map(|id| floor.sessions.get(id)) {
            carried.add_party(shift, session);
        }
        for settled in floor.settlements.values() {
            carried.add_settlement(shift, settled);
        }
        shift.carried = carried;
    }
    floor.shifts = shifts;
    floor.settlements.clear();
}

/// Forgets the shifts that belong to the day before; those closed since then are part of the new day.
pub(super) fn forget_closed(floor: &mut Floor) {
    let since = floor.last_summary.as_ref().map(|summary| summary.closed_at);
    floor.shifts.retain(|_, shift| match (&shift.closed, since) {
        (None, _) => true,
        (Some(close), Some(since)) => close.at > since,
        (Some(_), None) => false,
    });
}
