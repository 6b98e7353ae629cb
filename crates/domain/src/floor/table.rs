//! Tables and parties: opening, joining, closing. A party's id is the key; the sticker only leads to the party sitting there now.

use super::{
    CheckReopened, Decision, Floor, FloorAnswer, FloorEvent, GuestJoined, JoinTable, Known, Now, OpenTable, Reject, Session,
    TableClosed, TableOpened, done, marks, reserve, waiting,
};
use crate::catalog::Mode;
use crate::text::{LONGEST_NAME, LONGEST_NOTE, is_plain};
use crate::{SessionId, StaffId, TableId};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The most phones one party may have.
const MOST_GUESTS: usize = 50;
/// The most people one party may have.
pub(super) const MOST_COVERS: u16 = 99;

/// Opens a table for a party. Many parties may stand at a pay-first counter; a table in the hall seats one.
pub(super) fn open(floor: &Floor, c: &OpenTable, now: Now, known: &Known) -> Decision {
    let mut opened = opening(floor, c.session, &c.table, c.covers, Some(c.by.clone()), now, known)?;
    match (opened.mode, open_session_of(floor, &c.table)) {
        (Mode::PayLater, Some(open)) => return Err(Reject::TableTaken { session: open.id }),
        (Mode::PayLater, None) | (Mode::PayFirst, _) => {}
    }
    opened.reservation = c.reservation;
    opened.entry = c.entry;
    let mut events = alloc::vec![opened.into()];
    if let Some(reservation) = c.reservation {
        events.push(reserve::seated(floor, reservation, c.session, &c.by, now)?.into());
    }
    if let Some(entry) = c.entry {
        events.push(waiting::seated(floor, entry, c.session, &c.by, now)?.into());
    }
    Ok((events, FloorAnswer::Joined { session: c.session }))
}

/// Leads a phone to the party at the table, opening it where the house allows a scan to. At a pay-first counter every phone
/// has a party of its own.
pub(super) fn join(floor: &Floor, c: &JoinTable, now: Now, known: &Known) -> Decision {
    let table = known.house.table(&c.table).ok_or_else(|| Reject::TableUnknown { table: c.table.clone() })?;
    let mode = known.house.area(&table.area).map(|area| area.mode).unwrap_or_default();
    if c.name.as_deref().is_some_and(|name| !is_plain(name, LONGEST_NAME)) {
        return Err(Reject::BadText);
    }
    let sitting = match mode {
        Mode::PayLater => open_session_of(floor, &c.table),
        Mode::PayFirst => sessions_of(floor, &c.table).find(|session| session.guests.contains_key(&c.guest)),
    };
    let mut events: Vec<FloorEvent> = Vec::new();
    let (session, seats) = match sitting {
        Some(session) if session.guests.contains_key(&c.guest) => {
            return Ok((events, FloorAnswer::Joined { session: session.id }));
        }
        Some(session) => (session.id, session.guests.len()),
        None if !known.house.policy.scan_opens_table && mode == Mode::PayLater => return Err(Reject::TableNotOpen),
        None => {
            let covers = c.covers.unwrap_or(1);
            events.push(opening(floor, c.session, &c.table, covers, None, now, known)?.into());
            (c.session, 0)
        }
    };
    if seats >= MOST_GUESTS {
        return Err(Reject::TooManyGuests);
    }
    let given = c.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = given.map_or_else(|| alloc::format!("{}", seats + 1), ToString::to_string);
    events.push(GuestJoined { session, guest: c.guest, name, at: now.at }.into());
    Ok((events, FloorAnswer::Joined { session }))
}

fn opening(
    floor: &Floor,
    session: SessionId,
    table: &TableId,
    covers: u16,
    by: Option<StaffId>,
    now: Now,
    known: &Known,
) -> Result<TableOpened, Reject> {
    if floor.day.is_none() {
        return Err(Reject::DayNotOpen);
    }
    let table = known.house.table(table).ok_or_else(|| Reject::TableUnknown { table: table.clone() })?;
    if covers == 0 || covers > MOST_COVERS {
        return Err(Reject::CoversOutOfRange);
    }
    if floor.sessions.contains_key(&session) {
        return Err(Reject::SessionExists);
    }
    marks::check_free(floor, &table.id)?;
    let area = known.house.area(&table.area);
    // Only what is paid after the meal is charged for; a paid-first order costs what it says.
    let charged = area.filter(|area| area.mode == Mode::PayLater);
    let scanned = by.is_none();
    Ok(TableOpened {
        session,
        table: table.id.clone(),
        table_name: table.name.clone(),
        area: table.area.clone(),
        area_name: area.map(|area| area.name.clone()).unwrap_or_default(),
        mode: area.map(|area| area.mode).unwrap_or_default(),
        covers,
        at: now.at,
        by,
        service_charge_bp: charged.map(|area| area.service_charge_bp).unwrap_or_default(),
        seat_fee: charged.map(|area| area.seat_fee).unwrap_or_default(),
        minimum_spend: charged.map(|area| area.minimum_spend).unwrap_or_default(),
        hot_pot: area.is_some_and(|area| area.hot_pot),
        needs_nod: scanned && charged.is_some() && known.house.policy.service.first_order_nod,
        reservation: None,
        entry: None,
    })
}

/// Frees a table whose check is settled. Closing twice changes nothing.
///
/// # Rejects
/// `UnpaidBalance`, `PaymentOpen` or `OrderOpen` while money or an answer is outstanding.
pub(super) fn close(floor: &Floor, session: SessionId, now: Now, known: &Known) -> Decision {
    let party = floor.sessions.get(&session).ok_or(Reject::SessionUnknown)?;
    if party.closed_at.is_some() {
        return done(Vec::new());
    }
    if let Some(ask) = party.open_ask() {
        return Err(Reject::PaymentOpen { ask: ask.ask });
    }
    if let Some(order) = floor.awaiting_of(party).or_else(|| floor.nod_of(party)) {
        return Err(Reject::OrderOpen { order });
    }
    // Money on its way back keeps nobody at the table.
    let balance = floor.due(party);
    if balance.0 != 0 {
        return Err(Reject::UnpaidBalance { balance });
    }
    let to_clean = known.house.policy.service.clean_tables;
    done(alloc::vec![TableClosed { session, at: now.at, to_clean }.into()])
}

/// Opens a closed check again (反结账), so that it can be put right. Money on it stays.
///
/// # Rejects
/// `ReopenTooLate` past the house's time, and `TableTaken` where the next party sits: a scan must lead to them alone.
pub(super) fn reopen(floor: &Floor, session: SessionId, reason: &str, by: &StaffId, now: Now, known: &Known) -> Decision {
    let party = floor.sessions.get(&session).ok_or(Reject::SessionUnknown)?;
    let closed_at = party.closed_at.ok_or(Reject::CheckOpen)?;
    let reason = reason.trim();
    if reason.is_empty() || !is_plain(reason, LONGEST_NOTE) {
        return Err(Reject::BadText);
    }
    if floor.day.is_none() {
        return Err(Reject::DayNotOpen);
    }
    let minutes = known.house.policy.reopen_minutes;
    if minutes == 0 || now.at > closed_at.plus_minutes(minutes) {
        return Err(Reject::ReopenTooLate);
    }
    if party.merged_into.is_some() {
        return Err(Reject::MergeNotPossible);
    }
    match (party.mode, party.tables().find_map(|table| open_session_of(floor, table))) {
        (Mode::PayLater, Some(open)) => return Err(Reject::TableTaken { session: open.id }),
        (Mode::PayLater, None) | (Mode::PayFirst, _) => {}
    }
    done(alloc::vec![CheckReopened { session, reason: reason.to_string(), by: by.clone(), at: now.at }.into()])
}

pub(super) fn reopened(floor: &mut Floor, e: &CheckReopened) {
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    session.closed_at = None;
    let tables: Vec<TableId> = session.tables().cloned().collect();
    for table in tables {
        if let Some(mark) = floor.marks.get_mut(&table) {
            mark.dirty_since = None;
        }
        floor.seated.entry(table).or_default().insert(e.session);
    }
}

pub(super) fn sessions_of<'a>(floor: &'a Floor, table: &TableId) -> impl Iterator<Item = &'a Session> {
    floor.seated.get(table).into_iter().flatten().filter_map(|id| floor.sessions.get(id))
}

pub(super) fn open_session_of<'a>(floor: &'a Floor, table: &TableId) -> Option<&'a Session> {
    sessions_of(floor, table).next()
}

/// The party, if it is still sitting.
///
/// # Rejects
/// `SessionClosed` for a party that has left: what it knew opens nothing any more.
pub(super) fn sitting(floor: &Floor, session: SessionId) -> Result<&Session, Reject> {
    let session = floor.sessions.get(&session).ok_or(Reject::SessionUnknown)?;
    match session.closed_at {
        None => Ok(session),
        Some(_) => Err(Reject::SessionClosed),
    }
}

pub(super) fn opened(floor: &mut Floor, e: &TableOpened) {
    floor.seated.entry(e.table.clone()).or_default().insert(e.session);
    floor.sessions.insert(
        e.session,
        Session {
            id: e.session,
            table: e.table.clone(),
            table_name: e.table_name.clone(),
            area: e.area.clone(),
            area_name: e.area_name.clone(),
            mode: e.mode,
            covers: e.covers,
            opened_at: e.at,
            closed_at: None,
            guests: Default::default(),
            cart: Vec::new(),
            orders: Vec::new(),
            asks: Default::default(),
            tenders: Vec::new(),
            calls: Vec::new(),
            service_charge_bp: e.service_charge_bp,
            split: Vec::new(),
            refunds: Default::default(),
            vip: false,
            seat_fee: e.seat_fee,
            minimum_spend: e.minimum_spend,
            waived: Default::default(),
            discount: None,
            hot_pot: e.hot_pot,
            needs_nod: e.needs_nod,
            merged: Vec::new(),
            merged_into: None,
            billed_at: None,
        },
    );
}

pub(super) fn joined(floor: &mut Floor, e: &super::GuestJoined) {
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        session.guests.insert(e.guest, String::clone(&e.name));
    }
}

pub(super) fn closed(floor: &mut Floor, e: &TableClosed) {
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    session.closed_at = Some(e.at);
    session.cart.clear();
    let tables: Vec<TableId> = session.tables().cloned().collect();
    let was_eaten_at = session.mode == Mode::PayLater;
    for table in tables {
        if let Some(seated) = floor.seated.get_mut(&table) {
            seated.remove(&e.session);
        }
        if was_eaten_at && e.to_clean {
            floor.marks.entry(table).or_default().dirty_since = Some(e.at);
        }
    }
}
