//! What is said aloud (播报): numbered, so that a device knows what it has missed. New orders and rushes for the kitchen, ready numbers
//! for the guests, payments and calls for the house.

use super::kitchen::find_line;
use super::{Announcement, AnnouncementsPlayed, Decision, Entry, Floor, Now, Order, Reject, Said, TenderCredited, done};
use crate::catalog::Mode;
use crate::text::{LONGEST_NAME, is_plain};
use crate::{LineId, OrderId, SessionId, StationId, Timestamp};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How many are kept; the oldest go first.
const KEPT: usize = 500;

/// Records which announcements a device has said for the first time; a device may repeat itself.
pub(super) fn report_played(floor: &Floor, device: &str, numbers: &[u32], now: Now) -> Decision {
    if !is_plain(device, LONGEST_NAME) {
        return Err(Reject::BadText);
    }
    let is_fresh = |number: &u32| floor.announcements.get(number).is_some_and(|said| said.played_at.is_none());
    let mut fresh: Vec<u32> = numbers.iter().copied().filter(is_fresh).collect();
    fresh.sort_unstable();
    fresh.dedup();
    if fresh.is_empty() {
        return done(Vec::new());
    }
    done(alloc::vec![AnnouncementsPlayed { device: device.to_string(), numbers: fresh, at: now.at }.into()])
}

pub(super) fn played(floor: &mut Floor, e: &AnnouncementsPlayed) {
    for number in &e.numbers {
        if let Some(said) = floor.announcements.get_mut(number) {
            said.played_at = said.played_at.or(Some(e.at));
        }
    }
}

fn say(floor: &mut Floor, session: Option<SessionId>, table_name: String, at: Timestamp, said: Said) {
    floor.last_announcement += 1;
    let number = floor.last_announcement;
    floor.announcements.insert(number, Announcement { number, session, table_name, at, played_at: None, said });
    while floor.announcements.len() > KEPT {
        // A payment that nobody has heard is kept longer than any order: it is an open matter.
        let heard = |said: &Announcement| said.played_at.is_some() || !matches!(said.said, Said::Paid { .. });
        let Some(oldest) = floor.announcements.values().find(|said| heard(said)).map(|said| said.number) else { return };
        floor.announcements.remove(&oldest);
    }
}

fn table_of(floor: &Floor, session: SessionId) -> String {
    floor.sessions.get(&session).map(|session| session.table_names()).unwrap_or_default()
}

/// The kitchen has something new of an order.
pub(super) fn new_order(floor: &mut Floor, order: OrderId, lines: &[LineId], at: Timestamp) {
    let Some(standing) = floor.orders.get(&order) else { return };
    let fresh = || standing.live_lines().filter(|line| line.is_fired() && lines.contains(&line.line));
    let stations: BTreeSet<StationId> = fresh().flat_map(|line| &line.items).map(|item| item.part.station.clone()).collect();
    let dishes = fresh().map(|line| u32::from(line.quantity)).sum();
    if dishes == 0 {
        return;
    }
    let (session, number) = (standing.session, standing.number.clone());
    let table = table_of(floor, session);
    say(floor, Some(session), table, at, Said::NewOrder { order, number, dishes, stations: stations.into_iter().collect() });
}

/// A line was urged.
pub(super) fn rush(floor: &mut Floor, line: LineId, at: Timestamp) {
    let Some((order, standing)) = find_line(floor, line) else { return };
    let stations: BTreeSet<StationId> = standing.items.iter().map(|item| item.part.station.clone()).collect();
    let (session, name) = (order.session, standing.name.clone());
    let table = table_of(floor, session);
    say(floor, Some(session), table, at, Said::Rush { line, name, stations: stations.into_iter().collect() });
}

/// An order that is paid first has become ready: its number is called.
pub(super) fn if_ready(floor: &mut Floor, line: LineId, at: Timestamp) {
    let Some(order) = find_line(floor, line).map(|(order, _)| order).filter(|order| order.is_ready()) else { return };
    ready(floor, order.id, at);
}

fn ready(floor: &mut Floor, order: OrderId, at: Timestamp) {
    let Some(standing) = floor.orders.get(&order).filter(|order: &&Order| order.pick_up.is_some()) else { return };
    let (session, number) = (standing.session, standing.number.clone());
    let mode = floor.sessions.get(&session).map(|session| session.mode);
    if mode == Some(Mode::PayFirst) {
        let table = table_of(floor, session);
        say(floor, Some(session), table, at, Said::Ready { order, number });
    }
}

/// A number is called once more.
pub(super) fn called_again(floor: &mut Floor, order: OrderId, at: Timestamp) {
    ready(floor, order, at);
}

/// Only money that a channel has proved is ever announced.
pub(super) fn paid(floor: &mut Floor, e: &TenderCredited) {
    let table = table_of(floor, e.session);
    say(floor, Some(e.session), table, e.at, Said::Paid { way: e.way, amount: e.amount, tip: e.tip });
}

/// A waiting party is called.
pub(super) fn queue(floor: &mut Floor, entry: &Entry, at: Timestamp) {
    let said = Said::Queue { entry: entry.entry, number: entry.number.clone() };
    say(floor, None, String::new(), at, said);
}
