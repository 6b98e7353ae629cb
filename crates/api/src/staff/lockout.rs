//! Wrong PINs: after a few, a device waits; after many from all devices together, everybody does.

use domain::{DeviceId, Timestamp};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// Wrong PINs a device may have before it waits.
const WRONG_BEFORE_PAUSE: u32 = 5;
/// Wrong PINs all devices may have within a pause before all wait.
const WRONG_IN_ALL: u32 = 30;
/// How long the wait is.
const PAUSE_MS: i64 = 60_000;

/// Counts wrong PINs; forgotten at a restart.
#[derive(Debug, Default)]
pub struct Lockout(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    devices: BTreeMap<DeviceId, Count>,
    all: Count,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    wrong: u32,
    last: Timestamp,
}

impl Count {
    fn wait_ms(&self, limit: u32, now: Timestamp) -> i64 {
        if self.wrong < limit { 0 } else { PAUSE_MS - now.since_ms(self.last) }
    }

    fn add(&mut self, now: Timestamp) {
        if now.since_ms(self.last) >= PAUSE_MS {
            self.wrong = 0;
        }
        self.wrong += 1;
        self.last = now;
    }
}

impl Lockout {
    /// Seconds a device has to wait before it may try a PIN; 0: now.
    pub fn wait_s(&self, device: DeviceId, now: Timestamp) -> u32 {
        let counts = self.0.lock();
        let own = counts.devices.get(&device).copied().unwrap_or_default().wait_ms(WRONG_BEFORE_PAUSE, now);
        let wait = own.max(counts.all.wait_ms(WRONG_IN_ALL, now)).max(0);
        u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX)
    }

    /// Notes how a try went. Counted before the slow hash runs, so that tries at once don't slip through.
    pub fn note_try(&self, device: DeviceId, now: Timestamp) {
        let mut counts = self.0.lock();
        counts.devices.entry(device).or_default().add(now);
        counts.all.add(now);
    }

    /// Forgives a device whose PIN was right.
    pub fn forgive(&self, device: DeviceId) {
        let mut counts = self.0.lock();
        counts.devices.remove(&device);
        counts.all.wrong = counts.all.wrong.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_pins_make_a_device_wait_a_minute() {
        let (lockout, device, t) = (Lockout::default(), DeviceId(1), Timestamp(1_000_000));
        for _ in 0..5 {
            assert_eq!(lockout.wait_s(device, t), 0);
            lockout.note_try(device, t);
        }
        assert_eq!(lockout.wait_s(device, t), 60);
        assert_eq!(lockout.wait_s(DeviceId(2), t), 0);
        assert_eq!(lockout.wait_s(device, Timestamp(t.0 + 60_000)), 0);
    }
}
