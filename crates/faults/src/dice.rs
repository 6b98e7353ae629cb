//! Chance from a seed: the same choices every time for the same number.

use std::time::Duration;

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same for the same seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Dice for a part of the work, so that parts don't take throws from each other.
    pub fn for_part(&mut self) -> Dice {
        Dice(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `sides` - 1; 0 where there are no sides.
    pub fn throw(&mut self, sides: u64) -> u64 {
        if sides == 0 { 0 } else { self.next() % sides }
    }

    /// Any number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.throw(high.saturating_sub(low) + 1)
    }

    /// True in so many of a thousand throws.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.throw(1000) < per_mille
    }

    /// A time up to so many milliseconds.
    pub fn up_to_ms(&mut self, ms: u64) -> Duration {
        Duration::from_micros(self.throw(ms * 1000 + 1))
    }

    /// An id of 128 bits, as it is sent.
    pub fn id(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_choices() {
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            (0..100).map(|_| dice.between(3, 9)).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        assert!(throws(7).iter().all(|throw| (3..=9).contains(throw)));
        let mut dice = Dice::new(1);
        assert_eq!(dice.throw(0), 0);
        assert_eq!(dice.id().len(), 32);
        let hits = (0..10_000).filter(|_| dice.chance(300)).count();
        assert!((2_700..=3_300).contains(&hits), "{hits}");
    }
}
