//! A party as a whole: how many, how important, at which table, on whose check (转台, 并台).

use super::table::{MOST_COVERS, open_session_of, sitting};
use super::{
    Call, CoversSet, Decision, Floor, Known, MergedParty, Now, PartiesMerged, PartiesUnmerged, PartyMoved, Reject, Session,
    TableChange, VipSet, done, marks, split,
};
use crate::catalog::Mode;
use crate::money::LARGEST;
use crate::{GuestId, OrderId, SessionId, StaffId, TableId, Timestamp};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// Says how many the party is. What each guest pays for the seat follows.
///
/// # Rejects
/// `PaymentOpen` while somebody pays; `CheckHasMoney` where money stands on the check and a seat costs something.
pub(super) fn set_covers(floor: &Floor, session: SessionId, covers: u16, by: &StaffId, now: Now) -> Decision {
    let party = sitting(floor, session)?;
    if !(1..=MOST_COVERS).contains(&covers) {
        return Err(Reject::CoversOutOfRange);
    }
    if party.covers == covers {
        return done(Vec::new());
    }
    check_nobody_pays(party)?;
    if pays_for_seats(party) && !party.tenders.is_empty() {
        return Err(Reject::CheckHasMoney);
    }
    done(alloc::vec![CoversSet { session, covers, was: party.covers, by: by.clone(), at: now.at }.into()])
}

fn pays_for_seats(party: &Session) -> bool {
    party.seat_fee.is_positive() && !party.waived.seat_fee
}

pub(super) fn set_vip(floor: &Floor, session: SessionId, vip: bool, by: &StaffId, now: Now) -> Decision {
    let party = sitting(floor, session)?;
    if party.vip == vip {
        return done(Vec::new());
    }
    done(alloc::vec![VipSet { session, vip, by: by.clone(), at: now.at }.into()])
}

/// Moves a party to another table. What its seats cost stays as it was when it sat down.
///
/// # Rejects
/// `TableTaken`, `TableLocked`, `TableDirty`; `MergeNotPossible` for a table where guests pay at another time, and for one it sits
/// at already by a merge.
pub(super) fn move_to(floor: &Floor, session: SessionId, to: &TableId, by: &StaffId, now: Now, known: &Known) -> Decision {
    let party = sitting(floor, session)?;
    if party.table == *to {
        return done(Vec::new());
    }
    let table = known.house.table(to).ok_or_else(|| Reject::TableUnknown { table: to.clone() })?;
    let area = known.house.area(&table.area);
    if party.tables().any(|own| own == to) || area.map(|area| area.mode).unwrap_or_default() != party.mode {
        return Err(Reject::MergeNotPossible);
    }
    match (party.mode, open_session_of(floor, to)) {
        (Mode::PayLater, Some(open)) => return Err(Reject::TableTaken { session: open.id }),
        (Mode::PayLater, None) | (Mode::PayFirst, _) => {}
    }
    marks::check_free(floor, to)?;
    let moved = PartyMoved {
        session,
        from: party.table.clone(),
        from_name: party.table_name.clone(),
        to: to.clone(),
        to_name: table.name.clone(),
        area: table.area.clone(),
        area_name: area.map(|area| area.name.clone()).unwrap_or_default(),
        by: by.clone(),
        at: now.at,
    };
    done(alloc::vec![moved.into()])
}

/// Puts the orders of `from` onto the check of `into`, which sits at both tables from now on. A scan at either leads to `into`.
///
/// # Rejects
/// `MergeNotPossible` for a party with itself, for orders that are paid first, and for a `from` that others were merged into;
/// `CheckHasMoney` where money stands on `from`; `PaymentOpen` while either pays.
pub(super) fn merge(floor: &Floor, into: SessionId, from: SessionId, by: &StaffId, now: Now) -> Decision {
    let (host, joins) = both(floor, into, from)?;
    if !joins.merged.is_empty() {
        return Err(Reject::MergeNotPossible);
    }
    check_nobody_pays(host)?;
    check_no_money(joins)?;
    if !joins.refunds.is_empty() {
        return Err(Reject::CheckHasMoney);
    }
    if floor.total(host) + floor.total(joins) > LARGEST {
        return Err(Reject::TooDear);
    }
    done(alloc::vec![PartiesMerged { into, from, orders: joins.orders.clone(), by: by.clone(), at: now.at }.into()])
}

/// Takes a merge back: `from` sits at its table again and owes what it had ordered before.
///
/// # Rejects
/// `CheckHasMoney` or `PaymentOpen` once somebody has begun to pay; `MergeNotPossible` where there is no such merge.
pub(super) fn unmerge(floor: &Floor, into: SessionId, from: SessionId, by: &StaffId, now: Now) -> Decision {
    let host = sitting(floor, into)?;
    let joined = host.merged.iter().find(|party| party.session == from).ok_or(Reject::MergeNotPossible)?;
    if !floor.sessions.contains_key(&from) {
        return Err(Reject::SessionUnknown);
    }
    check_no_money(host)?;
    let orders = joined.orders.iter().copied().filter(|order| host.orders.contains(order)).collect();
    done(alloc::vec![PartiesUnmerged { into, from, orders, by: by.clone(), at: now.at }.into()])
}

/// Two different parties that pay after the meal.
///
/// # Rejects
/// `MergeNotPossible`.
pub(super) fn both(floor: &Floor, one: SessionId, other: SessionId) -> Result<(&Session, &Session), Reject> {
    let (one, other) = (sitting(floor, one)?, sitting(floor, other)?);
    if one.id == other.id || one.mode != Mode::PayLater || other.mode != Mode::PayLater {
        return Err(Reject::MergeNotPossible);
    }
    Ok((one, other))
}

/// # Rejects
/// `PaymentOpen`.
pub(super) fn check_nobody_pays(party: &Session) -> Result<(), Reject> {
    party.open_ask().map_or(Ok(()), |ask| Err(Reject::PaymentOpen { ask: ask.ask }))
}

/// Nobody has paid and nobody is paying.
///
/// # Rejects
/// `PaymentOpen`, `CheckHasMoney`.
pub(super) fn check_no_money(party: &Session) -> Result<(), Reject> {
    check_nobody_pays(party)?;
    if party.tenders.is_empty() { Ok(()) } else { Err(Reject::CheckHasMoney) }
}

pub(super) fn covers_set(floor: &mut Floor, e: &CoversSet) {
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    session.covers = e.covers;
    if session.seat_fee.is_positive() {
        split::forget(floor, e.session);
    }
}

pub(super) fn vip_set(floor: &mut Floor, e: &VipSet) {
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        session.vip = e.vip;
    }
}

pub(super) fn moved(floor: &mut Floor, e: &PartyMoved) {
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    session.table = e.to.clone();
    session.table_name.clone_from(&e.to_name);
    session.area = e.area.clone();
    session.area_name.clone_from(&e.area_name);
    let orders = session.orders.clone();
    stand_up(floor, &e.from, e.session);
    sit_down(floor, &e.to, e.session);
    tell_kitchen(floor, &orders, &e.from_name, &e.to_name, e.at);
}

/// The kitchen has to hear of orders that go to another table, as long as something of them isn't on it.
pub(super) fn tell_kitchen(floor: &mut Floor, orders: &[OrderId], from: &str, to: &str, at: Timestamp) {
    let orders: Vec<OrderId> = orders.iter().copied().filter(|order| floor.cooking.contains(order)).collect();
    if orders.is_empty() {
        return;
    }
    let number = floor.table_changes.last().map_or(1, |last| last.number + 1);
    let (from, to) = (String::from(from), String::from(to));
    floor.table_changes.push(TableChange { number, orders, from, to, at, slips: BTreeSet::new() });
}

fn sit_down(floor: &mut Floor, table: &TableId, session: SessionId) {
    floor.seated.entry(table.clone()).or_default().insert(session);
}

fn stand_up(floor: &mut Floor, table: &TableId, session: SessionId) {
    let Some(seated) = floor.seated.get_mut(table) else { return };
    seated.remove(&session);
    if seated.is_empty() {
        floor.seated.remove(table);
    }
}

fn give_orders(floor: &mut Floor, orders: &[OrderId], to: SessionId) {
    for id in orders {
        let Some(order) = floor.orders.get_mut(id) else { continue };
        let had = core::mem::replace(&mut order.session, to);
        if let Some(session) = floor.sessions.get_mut(&had) {
            session.orders.retain(|order| order != id);
        }
        if let Some(session) = floor.sessions.get_mut(&to) {
            session.orders.push(*id);
        }
    }
}

pub(super) fn merged(floor: &mut Floor, e: &PartiesMerged) {
    split::forget(floor, e.into);
    split::forget(floor, e.from);
    give_orders(floor, &e.orders, e.into);
    let Some(from) = floor.sessions.get_mut(&e.from) else { return };
    from.merged_into = Some(e.into);
    from.closed_at = Some(e.at);
    let cart = core::mem::take(&mut from.cart);
    let (open, answered) = core::mem::take(&mut from.calls).into_iter().partition(|call| call.answered_at.is_none());
    from.calls = answered;
    let (table, table_name, covers) = (from.table.clone(), from.table_name.clone(), from.covers);
    let guests: Vec<(GuestId, String)> = from.guests.iter().map(|(guest, name)| (*guest, named_at(name, &table_name))).collect();
    stand_up(floor, &table, e.from);
    sit_down(floor, &table, e.into);
    let open: Vec<Call> = open;
    for call in &open {
        floor.calls.insert(call.call, e.into);
    }
    let Some(into) = floor.sessions.get_mut(&e.into) else { return };
    for (guest, name) in guests {
        into.guests.entry(guest).or_insert(name);
    }
    into.cart.extend(cart);
    into.calls.extend(open);
    into.merged.push(MergedParty { session: e.from, table, table_name, orders: e.orders.clone(), covers });
}

/// Guests of two tables may have the same name.
fn named_at(name: &str, table: &str) -> String {
    alloc::format!("{name} ({table})")
}

pub(super) fn unmerged(floor: &mut Floor, e: &PartiesUnmerged) {
    split::forget(floor, e.into);
    give_orders(floor, &e.orders, e.from);
    let Some(from) = floor.sessions.get_mut(&e.from) else { return };
    from.merged_into = None;
    from.closed_at = None;
    let (table, table_name, guests) = (from.table.clone(), from.table_name.clone(), from.guests.clone());
    stand_up(floor, &table, e.into);
    sit_down(floor, &table, e.from);
    let Some(into) = floor.sessions.get_mut(&e.into) else { return };
    into.merged.retain(|party| party.session != e.from);
    // Guests that came with the merge take along what they had chosen; who sat at both tables stays.
    let came = |guest: &GuestId, name: &String| guests.get(guest).is_some_and(|own| *name == named_at(own, &table_name));
    let leaving: BTreeSet<GuestId> =
        into.guests.iter().filter(|(guest, name)| came(guest, name)).map(|(guest, _)| *guest).collect();
    into.guests.retain(|guest, _| !leaving.contains(guest));
    let (theirs, rest) = core::mem::take(&mut into.cart).into_iter().partition(|line| leaving.contains(&line.guest));
    into.cart = rest;
    if let Some(from) = floor.sessions.get_mut(&e.from) {
        from.cart = theirs;
    }
}
