//! Wrong PINs: after a few, a device waits; after more for one name, that name does; after many in all, everybody does.

use domain::{DeviceId, StaffId, Timestamp};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// A limit, how long the wait is once it is reached, and how soon tries are forgotten. Units: milliseconds.
#[derive(Clone, Copy, Debug)]
struct Rule {
    wrong: u32,
    pause_ms: i64,
}

/// Wrong PINs a device may have before it waits.
const DEVICE: Rule = Rule { wrong: 5, pause_ms: 60_000 };
/// Wrong PINs for one name, whatever device they came from. Only this name's right PIN ends the count: whoever has a PIN of their own
/// can't start over with it on somebody else's.
const PERSON: Rule = Rule { wrong: 10, pause_ms: 15 * 60_000 };
/// Wrong PINs all devices may have together within a minute before all wait.
const ALL: Rule = Rule { wrong: 30, pause_ms: 60_000 };

/// Counts wrong PINs; forgotten at a restart.
#[derive(Debug, Default)]
pub struct Lockout(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    devices: BTreeMap<DeviceId, Count>,
    people: BTreeMap<StaffId, Count>,
    all: Count,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    wrong: u32,
    last: Timestamp,
}

impl Count {
    fn wait_ms(&self, rule: Rule, now: Timestamp) -> i64 {
        if self.wrong < rule.wrong { 0 } else { rule.pause_ms - now.since_ms(self.last) }
    }

    /// Adds a try; whether it reaches the limit.
    fn add(&mut self, rule: Rule, now: Timestamp) -> bool {
        if self.is_old(rule, now) {
            self.wrong = 0;
        }
        self.wrong += 1;
        self.last = now;
        self.wrong >= rule.wrong
    }

    fn is_old(&self, rule: Rule, now: Timestamp) -> bool {
        now.since_ms(self.last) >= rule.pause_ms
    }
}

impl Counts {
    fn wait_ms(&self, device: DeviceId, staff: &StaffId, now: Timestamp) -> i64 {
        let device = self.devices.get(&device).copied().unwrap_or_default().wait_ms(DEVICE, now);
        let person = self.people.get(staff).copied().unwrap_or_default().wait_ms(PERSON, now);
        device.max(person).max(self.all.wait_ms(ALL, now)).max(0)
    }

    /// Names may be made up: what is old is forgotten, so that they can't fill the memory.
    fn forget_the_old(&mut self, now: Timestamp) {
        self.devices.retain(|_, count| !count.is_old(DEVICE, now));
        self.people.retain(|_, count| !count.is_old(PERSON, now));
    }
}

impl Lockout {
    /// Takes a try: it counts as wrong until [`Lockout::forgive`]. Counted before the slow hash runs, so that tries at once don't slip
    /// through.
    ///
    /// # Errors
    /// Seconds to wait before another try is taken.
    pub fn take_try(&self, device: DeviceId, staff: &StaffId, now: Timestamp) -> Result<(), u32> {
        let mut counts = self.0.lock();
        let wait = counts.wait_ms(device, staff, now);
        if wait > 0 {
            return Err(u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX));
        }
        counts.forget_the_old(now);
        let device_waits = counts.devices.entry(device).or_default().add(DEVICE, now);
        let person_waits = counts.people.entry(staff.clone()).or_default().add(PERSON, now);
        let all_wait = counts.all.add(ALL, now);
        if device_waits || person_waits || all_wait {
            tracing::warn!(target: "dandan::sign_in", %device, %staff, device_waits, person_waits, all_wait, "too many PINs tried");
        }
        Ok(())
    }

    /// Forgives a device and a person whose PIN was right.
    pub fn forgive(&self, device: DeviceId, staff: &StaffId) {
        let mut counts = self.0.lock();
        counts.devices.remove(&device);
        counts.people.remove(staff);
        counts.all.wrong = counts.all.wrong.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    fn named(name: &str) -> StaffId {
        name.parse().expect("a code")
    }

    #[test]
    fn five_wrong_pins_make_a_device_wait_a_minute() {
        let (lockout, device) = (Lockout::default(), DeviceId(1));
        for n in 0..5 {
            assert_eq!(lockout.take_try(device, &named(&format!("w{n}")), START), Ok(()));
        }
        assert_eq!(lockout.take_try(device, &named("w9"), START), Err(60));
        assert_eq!(lockout.take_try(DeviceId(2), &named("w9"), START), Ok(()));
        assert_eq!(lockout.take_try(device, &named("w9"), Timestamp(START.0 + 60_000)), Ok(()));
    }

    #[test]
    fn an_own_right_pin_buys_no_more_guesses_at_another_name() {
        let (lockout, device, owner, own) = (Lockout::default(), DeviceId(1), named("owner"), named("waiter"));
        let mut guesses = 0;
        for minute in 0..10 {
            let now = Timestamp(START.0 + minute * 60_000);
            for _ in 0..4 {
                guesses += u32::from(lockout.take_try(device, &owner, now).is_ok());
            }
            assert_eq!(lockout.take_try(device, &own, now), Ok(()));
            lockout.forgive(device, &own);
        }
        assert_eq!(guesses, 10);
        // The owner waits on every device, and has one try more after a quarter of an hour.
        let later = Timestamp(START.0 + 2 * 60_000 + 14 * 60_000);
        assert!(lockout.take_try(DeviceId(2), &owner, later).is_err());
        assert_eq!(lockout.take_try(DeviceId(2), &owner, Timestamp(START.0 + 30 * 60_000)), Ok(()));
    }

    #[test]
    fn many_devices_together_make_everybody_wait() {
        let lockout = Lockout::default();
        for n in 0..30_u32 {
            assert_eq!(lockout.take_try(DeviceId(n.into()), &named(&format!("w{n}")), START), Ok(()));
        }
        assert_eq!(lockout.take_try(DeviceId(99), &named("w99"), START), Err(60));
    }

    #[test]
    fn made_up_names_do_not_stay_in_memory() {
        let lockout = Lockout::default();
        for n in 0..500_i64 {
            let now = Timestamp(START.0 + n * 60_000);
            assert_eq!(lockout.take_try(DeviceId(1), &named(&format!("w{n}")), now), Ok(()));
        }
        assert!(lockout.0.lock().people.len() <= 16);
    }
}
