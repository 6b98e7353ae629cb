//! Marks on tables without a party: locked, or to be cleaned.

use super::approval::reason_of;
use super::table::open_session_of;
use super::{Decision, Floor, Known, Now, Reject, TableCleaned, TableLocked, TableMark, TableUnlocked, done};
use crate::{StaffId, TableId};
use alloc::vec::Vec;

/// Keeps a table from being opened, and says why. The same reason twice changes nothing.
///
/// # Rejects
/// `TableTaken` where a party sits.
pub(super) fn lock(floor: &Floor, table: &TableId, reason: &str, by: &StaffId, now: Now, known: &Known) -> Decision {
    if known.house.table(table).is_none() {
        return Err(Reject::TableUnknown { table: table.clone() });
    }
    let reason = reason_of(reason)?;
    if let Some(open) = open_session_of(floor, table) {
        return Err(Reject::TableTaken { session: open.id });
    }
    if floor.marks.get(table).is_some_and(|mark| mark.locked.as_ref() == Some(&reason)) {
        return done(Vec::new());
    }
    done(alloc::vec![TableLocked { table: table.clone(), reason, by: by.clone(), at: now.at }.into()])
}

/// A table that isn't locked is unlocked already, even one the house no longer has.
pub(super) fn unlock(floor: &Floor, table: &TableId, by: &StaffId, now: Now) -> Decision {
    if floor.marks.get(table).is_none_or(|mark| mark.locked.is_none()) {
        return done(Vec::new());
    }
    done(alloc::vec![TableUnlocked { table: table.clone(), by: by.clone(), at: now.at }.into()])
}

/// A table that isn't dirty is clean already.
pub(super) fn clean(floor: &Floor, table: &TableId, by: &StaffId, now: Now) -> Decision {
    if floor.marks.get(table).is_none_or(|mark| mark.dirty_since.is_none()) {
        return done(Vec::new());
    }
    done(alloc::vec![TableCleaned { table: table.clone(), by: by.clone(), at: now.at }.into()])
}

pub(super) fn locked(floor: &mut Floor, e: &TableLocked) {
    floor.marks.entry(e.table.clone()).or_default().locked = Some(e.reason.clone());
}

pub(super) fn unlocked(floor: &mut Floor, e: &TableUnlocked) {
    change(floor, &e.table, |mark| mark.locked = None);
}

pub(super) fn cleaned(floor: &mut Floor, e: &TableCleaned) {
    change(floor, &e.table, |mark| mark.dirty_since = None);
}

/// Takes something off a table's mark; a mark that says nothing goes.
fn change(floor: &mut Floor, table: &TableId, take_off: impl FnOnce(&mut TableMark)) {
    let Some(mark) = floor.marks.get_mut(table) else { return };
    take_off(mark);
    if *mark == TableMark::default() {
        floor.marks.remove(table);
    }
}

/// Whether a party may sit down here.
///
/// # Rejects
/// `TableLocked`, `TableDirty`.
pub(super) fn check_free(floor: &Floor, table: &TableId) -> Result<(), Reject> {
    match floor.marks.get(table) {
        Some(TableMark { locked: Some(reason), .. }) => Err(Reject::TableLocked { reason: reason.clone() }),
        Some(TableMark { dirty_since: Some(_), .. }) => Err(Reject::TableDirty),
        Some(_) | None => Ok(()),
    }
}
