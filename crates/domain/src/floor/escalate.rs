//! What no screen has painted in time climbs: another screen, paper, the waiters' phones, a banner at the till.

use serde::{Deserialize, Serialize};

/// Where unseen dishes are shown besides their own screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// The fallback station's screen.
    Screen,
    /// A printer.
    Printer,
    /// The waiters' phones.
    Waiter,
    /// A banner at the till.
    Till,
}

use super::kitchen::{find, item_mut};
use super::{Decision, Floor, ItemKey, ItemsEscalated, Known, Now, done};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// A clock that is put right moves back by so much at most; by more, and it was wrong. Units: milliseconds.
const CLOCK_SLACK_MS: i64 = 5_000;

/// Shows items elsewhere too. Those that were seen meanwhile, are wanted no more, or have climbed so far already are passed over.
#[allow(clippy::unnecessary_wraps)] // The shape of every decision.
pub(super) fn escalate(floor: &Floor, items: &[ItemKey], step: Escalation, now: Now) -> Decision {
    let mut climbing: Vec<ItemKey> = items.iter().copied().filter(|key| may_climb(floor, *key, step)).collect();
    climbing.sort_unstable();
    climbing.dedup();
    if climbing.is_empty() {
        return done(Vec::new());
    }
    done(alloc::vec![ItemsEscalated { items: climbing, step, at: now.at }.into()])
}

fn may_climb(floor: &Floor, key: ItemKey, step: Escalation) -> bool {
    let Ok((order, line, item)) = find(floor, key) else { return false };
    let is_wanted = order.released_at().is_some() && line.is_fired() && line.voided.is_none();
    is_wanted && !item.is_seen() && item.escalated < Some(step)
}

/// Items that have been unseen for too long, with the highest step that is due and that they haven't reached.
pub fn due_escalations(floor: &Floor, now: Now, known: &Known) -> Vec<(Escalation, Vec<ItemKey>)> {
    let after = known.house.policy.kitchen.unseen;
    let ladder = [
        (Escalation::Screen, after.screen_s),
        (Escalation::Printer, after.printer_s),
        (Escalation::Waiter, after.waiter_s),
        (Escalation::Till, after.till_s),
    ];
    let ladder = ladder.map(|(step, seconds)| (step, i64::from(seconds) * 1000));
    let steps = || ladder.into_iter().filter(|(_, ms)| *ms > 0);
    let Some(soonest) = steps().map(|(_, ms)| ms).min() else { return Vec::new() };
    let mut due: BTreeMap<Escalation, Vec<ItemKey>> = BTreeMap::new();
    // The oldest come first: after the first that is young enough, all are. But for those at the end that seem to come from the future: the
    // clock was put back, nobody knows how long they have waited, and so they count as having waited for ever.
    let old = floor.unseen.iter().take_while(|(fired_at, _)| now.at.since_ms(*fired_at) >= soonest);
    let of_the_future = floor.unseen.iter().rev().take_while(|(fired_at, _)| fired_at.since_ms(now.at) > CLOCK_SLACK_MS);
    let aged = old.map(|(fired_at, key)| (now.at.since_ms(*fired_at), key)).chain(of_the_future.map(|(_, key)| (i64::MAX, key)));
    for (age, key) in aged {
        let step = steps().filter(|(_, ms)| age >= *ms).map(|(step, _)| step).max();
        if let Some(step) = step.filter(|step| may_climb(floor, *key, *step)) {
            due.entry(step).or_default().push(*key);
        }
    }
    due.into_iter().collect()
}

pub(super) fn escalated(floor: &mut Floor, e: &ItemsEscalated) {
    for key in &e.items {
        if let Some(item) = item_mut(floor, *key) {
            item.escalated = item.escalated.max(Some(e.step));
        }
    }
}
