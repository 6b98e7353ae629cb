//! Time and randomness, handed to decisions as values. Tests and the simulator put their own in.

use std::{
    fmt,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
};

use jiff::{Timestamp, tz::TimeZone};
use ring::digest;

/// Tells the time. Order never depends on it: that is what sequence numbers are for.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now, in UTC milliseconds.
    fn now_ms(&self) -> i64;

    /// The minute of the store's own day (0 to 1439) at a time.
    fn local_minute(&self, at_ms: i64) -> u16;
}

/// Makes 256 bits nobody can guess, from which a decision derives its fresh ids.
pub trait IdSource: fmt::Debug + Send + Sync + 'static {
    /// A seed never given before.
    fn seed(&self) -> [u8; 32];
}

/// The machine's clock, in the store's time zone.
#[derive(Clone, Debug)]
pub struct SystemClock {
    zone: TimeZone,
}

impl SystemClock {
    /// Takes an IANA name, such as `Asia/Shanghai`.
    ///
    /// # Errors
    /// If there is no such time zone.
    pub fn new(zone: &str) -> Result<SystemClock, jiff::Error> {
        TimeZone::get(zone).map(|zone| SystemClock { zone })
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        Timestamp::now().as_millisecond()
    }

    fn local_minute(&self, at_ms: i64) -> u16 {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        let local = self.zone.to_datetime(at);
        minute(i64::from(local.hour()) * 60 + i64::from(local.minute()))
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    now_ms: AtomicI64,
    offset_minutes: i64,
}

impl ManualClock {
    /// Stands at a time, in a place so many minutes ahead of UTC.
    pub fn new(now_ms: i64, offset_minutes: i64) -> ManualClock {
        ManualClock { now_ms: AtomicI64::new(now_ms), offset_minutes }
    }

    /// Moves on, or back: real clocks do both.
    pub fn advance(&self, by_ms: i64) {
        self.now_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn local_minute(&self, at_ms: i64) -> u16 {
        minute(at_ms.div_euclid(60_000) + self.offset_minutes)
    }
}

fn minute(minutes: i64) -> u16 {
    u16::try_from(minutes.rem_euclid(24 * 60)).unwrap_or_default()
}

/// The operating system's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    /// # Panics
    /// If the operating system has no random numbers to give; guessable ids would be worse.
    fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).expect("the operating system gives random numbers");
        seed
    }
}

/// The same seeds in the same order, every time.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    given: AtomicU64,
}

impl SeededIds {
    /// Everything follows from this number.
    pub fn new(seed: u64) -> SeededIds {
        SeededIds { seed, given: AtomicU64::new(0) }
    }
}

impl IdSource for SeededIds {
    fn seed(&self) -> [u8; 32] {
        derive(&self.seed.to_be_bytes(), self.given.fetch_add(1, Ordering::Relaxed))
    }
}

/// The n-th value that follows from a seed.
pub(crate) fn derive(seed: &[u8], n: u64) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(seed);
    context.update(&n.to_be_bytes());
    let mut derived = [0; 32];
    derived.copy_from_slice(context.finish().as_ref());
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_day_is_not_the_utc_day() {
        let shanghai = SystemClock::new("Asia/Shanghai").expect("bundled");
        let noon_utc = 1_795_348_800_000 / 86_400_000 * 86_400_000 + 12 * 3_600_000;
        assert_eq!(shanghai.local_minute(noon_utc), 20 * 60);
        assert_eq!(shanghai.local_minute(noon_utc + 4 * 3_600_000 + 60_000), 1);
        assert_eq!(ManualClock::new(0, 480).local_minute(noon_utc), 20 * 60);
        assert_eq!(ManualClock::new(0, -60).local_minute(0), 23 * 60);
    }

    #[test]
    fn seeded_ids_repeat_and_differ() {
        let (a, b) = (SeededIds::new(7), SeededIds::new(7));
        let first = a.seed();
        assert_eq!(first, b.seed());
        assert_ne!(first, a.seed());
        assert_ne!(RandomIds.seed(), RandomIds.seed());
    }
}
