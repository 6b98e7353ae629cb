//! Splitting a check (分单): shares of fixed amounts that are paid apart. Nothing here can cook.

use super::check::BillingDecision;
use super::table::sitting;
use super::{
    Billing, CheckSplit, Floor, FloorAnswer, Line, Now, Reject, Session, Share, SharePart, SplitCheck, SplitHow, SplitUndone,
};
use crate::catalog::Mode;
use crate::text::{LONGEST_NAME, is_plain};
use crate::{LineId, Money, SessionId, ShareId};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::num::NonZeroU32;

/// The most shares a check is split into.
const MOST_SHARES: usize = 50;

/// Splits what is due. Splitting again replaces the former split; what is paid stays paid.
///
/// # Rejects
/// `SplitNotPossible` for orders that are paid first, by lines once money has come, for a split that leaves nothing to split, and
/// for the id of a share that somebody has begun to pay.
pub(super) fn split(floor: &Floor, c: &SplitCheck, now: Now) -> BillingDecision {
    let session = sitting(floor, c.session)?;
    if let Some(ask) = session.open_ask() {
        return Err(Reject::PaymentOpen { ask: ask.ask });
    }
    let due = floor.due(session);
    if !due.is_positive() {
        return Err(Reject::NothingDue);
    }
    if session.mode == Mode::PayFirst {
        return Err(Reject::SplitNotPossible);
    }
    let shares = match &c.how {
        SplitHow::Evenly(parts) => evenly(due, *parts, c.first)?,
        SplitHow::ByLines(parts) => by_lines(floor, session, parts, c.first)?,
    };
    if shares.iter().any(|share| is_used(session, share.share)) {
        return Err(Reject::SplitNotPossible);
    }
    let split = CheckSplit { session: session.id, shares, by: c.by.clone(), at: now.at };
    Ok((alloc::vec![Billing::CheckSplit(split)], FloorAnswer::Done))
}

/// Money that came for a share must never count for another.
fn is_used(session: &Session, share: ShareId) -> bool {
    let asked = session.asks.values().any(|ask| ask.share == Some(share));
    asked || session.tenders.iter().any(|tender| tender.share == Some(share))
}

fn evenly(due: Money, parts: u16, first: ShareId) -> Result<Vec<Share>, Reject> {
    let count = NonZeroU32::new(u32::from(parts)).filter(|n| n.get() >= 2 && i64::from(n.get()) <= due.0);
    let count = count.filter(|_| usize::from(parts) <= MOST_SHARES).ok_or(Reject::SplitNotPossible)?;
    let shares = due.split(count).enumerate();
    Ok(shares
        .map(|(i, amount)| Share { share: nth(first, i), name: alloc::format!("{}/{parts}", i + 1), amount, lines: Vec::new() })
        .collect())
}

fn by_lines(floor: &Floor, session: &Session, parts: &[SharePart], first: ShareId) -> Result<Vec<Share>, Reject> {
    if session.paid() != Money::ZERO || session.allowance() != Money::ZERO || parts.is_empty() || parts.len() >= MOST_SHARES {
        return Err(Reject::SplitNotPossible);
    }
    let owed: Vec<&Line> = lines_of(floor, session).filter(|line| line.owed().is_positive()).collect();
    let mut named: BTreeSet<LineId> = BTreeSet::new();
    let mut shares: Vec<(String, Vec<LineId>)> = Vec::new();
    for part in parts {
        let name = part.name.trim();
        if name.is_empty() || !is_plain(name, LONGEST_NAME) {
            return Err(Reject::BadText);
        }
        if !part.lines.iter().all(|line| owed.iter().any(|other| other.line == *line) && named.insert(*line)) {
            return Err(Reject::LineUnknown);
        }
        shares.push((name.to_string(), part.lines.clone()));
    }
    let rest: Vec<LineId> = owed.iter().map(|line| line.line).filter(|line| !named.contains(line)).collect();
    if !rest.is_empty() {
        shares.push((alloc::format!("{}", shares.len() + 1), rest));
    }
    shares.retain(|(_, lines)| !lines.is_empty());
    if shares.len() < 2 {
        return Err(Reject::SplitNotPossible);
    }
    let amount_of = |line: &LineId| owed.iter().find(|other| other.line == *line).map(|line| line.owed()).unwrap_or_default();
    let eaten: Vec<Money> = shares.iter().map(|(_, lines)| lines.iter().map(amount_of).sum()).collect();
    // Discounts and fees are shared out by what each has eaten.
    let amounts = floor.charges(session).total().divide(&eaten);
    let named = shares.into_iter().zip(amounts).enumerate();
    Ok(named.map(|(i, ((name, lines), amount))| Share { share: nth(first, i), name, amount, lines }).collect())
}

fn lines_of<'a>(floor: &'a Floor, session: &'a Session) -> impl Iterator<Item = &'a Line> {
    session
        .orders
        .iter()
        .filter_map(|id| floor.orders.get(id))
        .filter(|order| order.owed().is_positive())
        .flat_map(|order| &order.lines)
}

fn nth(first: ShareId, i: usize) -> ShareId {
    ShareId(first.0.wrapping_add(i as u128))
}

/// Undoes a split; what is paid stays paid. Twice changes nothing.
pub(super) fn undo(floor: &Floor, session: SessionId, now: Now) -> BillingDecision {
    let party = sitting(floor, session)?;
    if let Some(ask) = party.open_ask() {
        return Err(Reject::PaymentOpen { ask: ask.ask });
    }
    if party.split.is_empty() {
        return Ok((Vec::new(), FloorAnswer::Done));
    }
    Ok((alloc::vec![Billing::SplitUndone(SplitUndone { session, at: now.at })], FloorAnswer::Done))
}

pub(super) fn was_split(floor: &mut Floor, e: &CheckSplit) {
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        session.split.clone_from(&e.shares);
    }
}

/// Also what an order or a void does to a split: the amounts no longer fit.
pub(super) fn forget(floor: &mut Floor, session: SessionId) {
    if let Some(session) = floor.sessions.get_mut(&session) {
        session.split.clear();
    }
}
