//! Payments said aloud (收款播报): which of them a device has played.

use super::{AnnouncementsPlayed, Decision, Floor, Now, Reject, done};
use crate::text::{LONGEST_NAME, is_plain};
use alloc::string::ToString;
use alloc::vec::Vec;

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
