//! Reservations (预订). A name to call and the tail of a phone number are all that is kept of a guest.

use super::table::MOST_COVERS;
use super::{Decision, Floor, Known, Now, Reject, ReservationEnded, Reserve, TableReserved, done};
use crate::text::{LONGEST_NAME, LONGEST_NOTE, is_plain};
use crate::{ReservationId, SessionId, StaffId, TableId, Timestamp};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A guest may be written down when they stand at the door already. Units: milliseconds.
const LATEST_MS: i64 = 10 * 60_000;
/// One table is kept for nobody else so long before and after. Units: milliseconds.
const APART_MS: i64 = 90 * 60_000;

/// A table kept for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Reservation {
    pub reservation: ReservationId,
    pub name: String,
    /// The last four digits of their phone.
    pub phone_tail: Option<String>,
    pub covers: u16,
    pub for_when: Timestamp,
    /// None: any table.
    pub table: Option<TableId>,
    pub note: Option<String>,
    pub by: StaffId,
    pub at: Timestamp,
    pub ended: Option<ReservationEnd>,
    pub session: Option<SessionId>,
}

/// How a reservation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReservationEnd {
    /// They sat down.
    Seated,
    /// They called it off.
    Cancelled,
    /// They didn't come.
    NoShow,
}

/// Keeps a table, or any, for somebody.
///
/// # Rejects
/// `TimePast`; `TableReserved` where the same table is kept for somebody else within an hour and a half.
pub(super) fn reserve(floor: &Floor, c: &Reserve, now: Now, known: &Known) -> Decision {
    if floor.reservations.contains_key(&c.reservation) {
        return Err(Reject::ReservationExists);
    }
    let name = c.name.trim();
    let note = c.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    let is_tail = |tail: &str| tail.len() == 4 && tail.bytes().all(|digit| digit.is_ascii_digit());
    let fits = !name.is_empty() && is_plain(name, LONGEST_NAME) && note.is_none_or(|note| is_plain(note, LONGEST_NOTE));
    if !fits || !c.phone_tail.as_deref().is_none_or(is_tail) {
        return Err(Reject::BadText);
    }
    if !(1..=MOST_COVERS).contains(&c.covers) {
        return Err(Reject::CoversOutOfRange);
    }
    if now.at.since_ms(c.at) > LATEST_MS {
        return Err(Reject::TimePast);
    }
    if let Some(table) = &c.table {
        known.house.table(table).ok_or_else(|| Reject::TableUnknown { table: table.clone() })?;
        if let Some(other) = kept_around(floor, table, c.at) {
            return Err(Reject::TableReserved { at: other.for_when });
        }
    }
    let reserved = TableReserved {
        reservation: c.reservation,
        name: name.to_string(),
        phone_tail: c.phone_tail.clone(),
        covers: c.covers,
        for_when: c.at,
        table: c.table.clone(),
        note: note.map(ToString::to_string),
        by: c.by.clone(),
        at: now.at,
    };
    done(alloc::vec![reserved.into()])
}

/// Whoever the table is kept for too close to that time.
fn kept_around<'a>(floor: &'a Floor, table: &TableId, at: Timestamp) -> Option<&'a Reservation> {
    let live = floor.reservations.values().filter(|kept| kept.ended.is_none() && kept.table.as_ref() == Some(table));
    live.into_iter().find(|kept| kept.for_when.since_ms(at).max(at.since_ms(kept.for_when)) < APART_MS)
}

/// Nobody comes. Saying the same twice changes nothing.
///
/// # Rejects
/// `ReservationOver` where it ended in another way, and for `Seated`: that is said by opening the table.
pub(super) fn end(floor: &Floor, reservation: ReservationId, why: ReservationEnd, by: &StaffId, now: Now) -> Decision {
    let kept = floor.reservations.get(&reservation).ok_or(Reject::ReservationUnknown)?;
    match (kept.ended, why) {
        (Some(ended), _) if ended == why => done(Vec::new()),
        (Some(_), _) | (None, ReservationEnd::Seated) => Err(Reject::ReservationOver),
        (None, ReservationEnd::Cancelled | ReservationEnd::NoShow) => {
            done(alloc::vec![ReservationEnded { reservation, why, session: None, by: by.clone(), at: now.at }.into()])
        }
    }
}

/// The party that a table was kept for sits down, at whichever table.
///
/// # Rejects
/// `ReservationUnknown`, `ReservationOver`.
pub(super) fn seated(
    floor: &Floor,
    reservation: ReservationId,
    session: SessionId,
    by: &StaffId,
    now: Now,
) -> Result<ReservationEnded, Reject> {
    let kept = floor.reservations.get(&reservation).ok_or(Reject::ReservationUnknown)?;
    if kept.ended.is_some() {
        return Err(Reject::ReservationOver);
    }
    let (why, session) = (ReservationEnd::Seated, Some(session));
    Ok(ReservationEnded { reservation, why, session, by: by.clone(), at: now.at })
}

pub(super) fn reserved(floor: &mut Floor, e: &TableReserved) {
    let kept = Reservation {
        reservation: e.reservation,
        name: e.name.clone(),
        phone_tail: e.phone_tail.clone(),
        covers: e.covers,
        for_when: e.for_when,
        table: e.table.clone(),
        note: e.note.clone(),
        by: e.by.clone(),
        at: e.at,
        ended: None,
        session: None,
    };
    floor.reservations.insert(e.reservation, kept);
}

pub(super) fn ended(floor: &mut Floor, e: &ReservationEnded) {
    if let Some(kept) = floor.reservations.get_mut(&e.reservation) {
        kept.ended = Some(e.why);
        kept.session = e.session;
    }
}
