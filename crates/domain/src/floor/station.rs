//! Stations that close for a while: another cooks in their place.

use super::{Decision, Floor, Known, Now, Reject, StationSet, done};
use crate::{StaffId, StationId};
use alloc::vec::Vec;

/// Opens or closes a station. Doing it twice changes nothing.
///
/// # Rejects
/// `StationNeeded` where no open station would cook in its place, or in the place of one that relies on it.
pub(super) fn set(floor: &Floor, station: &StationId, open: bool, by: &StaffId, now: Now, known: &Known) -> Decision {
    let is_closed = floor.closed_stations.contains_key(station);
    // What a new menu no longer has can still be opened, or it would stay closed for ever.
    if !is_closed && known.menu.station(station).is_none() {
        return Err(Reject::StationUnknown);
    }
    if open != is_closed {
        return done(Vec::new());
    }
    if !open && strands(floor, station, now, known) {
        return Err(Reject::StationNeeded);
    }
    done(alloc::vec![StationSet { station: station.clone(), open, by: by.clone(), at: now.at }.into()])
}

/// Whether closing a station leaves it, or one it cooks for, without a cook.
fn strands(floor: &Floor, station: &StationId, now: Now, known: &Known) -> bool {
    let mut after = Floor { closed_stations: floor.closed_stations.clone(), ..Floor::default() };
    after.closed_stations.insert(station.clone(), now.at);
    let has_cook = |other: &&StationId| *other == station || floor.cooks_for(other, known) != **other;
    after.closed_stations.keys().filter(has_cook).any(|other| after.cooks_for(other, known) == *other)
}

pub(super) fn was_set(floor: &mut Floor, e: &StationSet) {
    if e.open {
        floor.closed_stations.remove(&e.station);
    } else {
        floor.closed_stations.entry(e.station.clone()).or_insert(e.at);
    }
}
