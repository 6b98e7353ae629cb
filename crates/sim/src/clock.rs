//! The world's time: tokio's, which leaps to the next timer whenever nothing is left to do; and a server's clock, which may be wrong.

use engine::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::time::Instant;

/// Half past eleven in Shanghai on 2026-11-22: lunch begins.
const LUNCH: i64 = 1_795_320_000_000 - 30 * 60_000;
/// Shanghai's minutes ahead of UTC.
const AHEAD_MIN: i64 = 8 * 60;

/// The true time.
#[derive(Clone, Debug)]
pub(crate) struct TrueTime(Instant);

impl TrueTime {
    /// It is half past eleven now.
    pub fn new() -> TrueTime {
        TrueTime(Instant::now())
    }

    /// UTC milliseconds.
    pub fn now_ms(&self) -> i64 {
        LUNCH + i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// The clock in the server's machine.
#[derive(Clone, Debug)]
pub(crate) struct ServerClock {
    time: TrueTime,
    off_ms: Arc<AtomicI64>,
}

impl ServerClock {
    pub fn new(time: TrueTime) -> ServerClock {
        ServerClock { time, off_ms: Arc::default() }
    }

    /// Puts it wrong by so much; 0: right.
    pub fn put_off(&self, ms: i64) {
        self.off_ms.store(ms, Ordering::Relaxed);
    }
}

impl Clock for ServerClock {
    fn now_ms(&self) -> i64 {
        self.time.now_ms() + self.off_ms.load(Ordering::Relaxed)
    }

    fn local_minute(&self, at_ms: i64) -> u16 {
        u16::try_from((at_ms.div_euclid(60_000) + AHEAD_MIN).rem_euclid(24 * 60)).unwrap_or_default()
    }
}
