//! The queue for a table (取号排队): numbers by the size of the party.

use super::table::MOST_COVERS;
use super::{Decision, EntryCalled, EntryEnded, Floor, FloorAnswer, Known, Now, NumberTaken, Reject, announce, done};
use crate::text::{LONGEST_NAME, is_plain};
use crate::{QueueId, SessionId, StaffId, Timestamp};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The last line there is a letter for: Z.
const LAST_LINE: u8 = 25;

/// A party that waits for a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Entry {
    pub entry: QueueId,
    /// Such as "A12": the line, and the party's place in it today.
    pub number: String,
    /// 0 is A.
    pub line: u8,
    pub covers: u16,
    pub name: Option<String>,
    pub at: Timestamp,
    /// How often it was called, and when last.
    pub calls: u32,
    pub called_at: Option<Timestamp>,
    pub ended: Option<EntryEnd>,
    pub session: Option<SessionId>,
}

/// How waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EntryEnd {
    /// They sat down.
    Seated,
    /// They left.
    Left,
    /// They were called and didn't come (过号).
    Passed,
}

/// Gives a party a number in the line for its size, and says how many wait before it.
///
/// # Rejects
/// `DayNotOpen`: numbers count from 1 each business day.
pub(super) fn take_number(
    floor: &Floor,
    entry: QueueId,
    covers: u16,
    name: Option<&str>,
    by: Option<&StaffId>,
    now: Now,
    known: &Known,
) -> Decision {
    if floor.day.is_none() {
        return Err(Reject::DayNotOpen);
    }
    if floor.waiting.contains_key(&entry) {
        return Err(Reject::EntryExists);
    }
    if !(1..=MOST_COVERS).contains(&covers) {
        return Err(Reject::CoversOutOfRange);
    }
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if !name.is_none_or(|name| is_plain(name, LONGEST_NAME)) {
        return Err(Reject::BadText);
    }
    let line = line_for(covers, known);
    let count = floor.last_numbers.get(&line).copied().unwrap_or_default().saturating_add(1);
    let number = alloc::format!("{}{count}", char::from(b'A' + line));
    let before = floor.waiting.values().filter(|other| other.ended.is_none() && other.line == line).count();
    let ahead = u32::try_from(before).unwrap_or(u32::MAX);
    let (name, by) = (name.map(ToString::to_string), by.cloned());
    let taken = NumberTaken { entry, number: number.clone(), line, covers, name, by, at: now.at };
    Ok((alloc::vec![taken.into()], FloorAnswer::Number { number, ahead }))
}

/// The first line for parties of this size; those too large for any have one of their own.
fn line_for(covers: u16, known: &Known) -> u8 {
    let sizes = &known.house.policy.service.queue_sizes;
    let line = sizes.iter().position(|size| covers <= *size).unwrap_or(sizes.len());
    u8::try_from(line).unwrap_or(LAST_LINE).min(LAST_LINE)
}

/// Calls a waiting party. Every call is said aloud.
pub(super) fn call(floor: &Floor, entry: QueueId, by: &StaffId, now: Now) -> Decision {
    let waiting = floor.waiting.get(&entry).ok_or(Reject::EntryUnknown)?;
    if waiting.ended.is_some() {
        return Err(Reject::EntryOver);
    }
    done(alloc::vec![EntryCalled { entry, by: by.clone(), at: now.at }.into()])
}

/// A party waits no longer. Saying the same twice changes nothing.
///
/// # Rejects
/// `EntryOver` where it ended in another way, and for `Seated`: that is said by opening the table.
pub(super) fn end(floor: &Floor, entry: QueueId, why: EntryEnd, by: Option<&StaffId>, now: Now) -> Decision {
    let waiting = floor.waiting.get(&entry).ok_or(Reject::EntryUnknown)?;
    match (waiting.ended, why) {
        (Some(ended), _) if ended == why => done(Vec::new()),
        (Some(_), _) | (None, EntryEnd::Seated) => Err(Reject::EntryOver),
        (None, EntryEnd::Left | EntryEnd::Passed) => {
            done(alloc::vec![EntryEnded { entry, why, session: None, by: by.cloned(), at: now.at }.into()])
        }
    }
}

/// A waiting party sits down.
///
/// # Rejects
/// `EntryUnknown`, `EntryOver`.
pub(super) fn seated(floor: &Floor, entry: QueueId, session: SessionId, by: &StaffId, now: Now) -> Result<EntryEnded, Reject> {
    let waiting = floor.waiting.get(&entry).ok_or(Reject::EntryUnknown)?;
    if waiting.ended.is_some() {
        return Err(Reject::EntryOver);
    }
    Ok(EntryEnded { entry, why: EntryEnd::Seated, session: Some(session), by: Some(by.clone()), at: now.at })
}

pub(super) fn taken(floor: &mut Floor, e: &NumberTaken) {
    let count = floor.last_numbers.entry(e.line).or_default();
    *count = count.saturating_add(1);
    let waiting = Entry {
        entry: e.entry,
        number: e.number.clone(),
        line: e.line,
        covers: e.covers,
        name: e.name.clone(),
        at: e.at,
        calls: 0,
        called_at: None,
        ended: None,
        session: None,
    };
    floor.waiting.insert(e.entry, waiting);
}

pub(super) fn called(floor: &mut Floor, e: &EntryCalled) {
    let Some(waiting) = floor.waiting.get_mut(&e.entry) else { return };
    waiting.calls = waiting.calls.saturating_add(1);
    waiting.called_at = Some(e.at);
    let waiting = waiting.clone();
    announce::queue(floor, &waiting, e.at);
}

pub(super) fn ended(floor: &mut Floor, e: &EntryEnded) {
    if let Some(waiting) = floor.waiting.get_mut(&e.entry) {
        waiting.ended = Some(e.why);
        waiting.session = e.session;
    }
}
