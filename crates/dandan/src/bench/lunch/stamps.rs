//! Moments of many orders in little memory: one number each, filled in by those who see them.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// For each order, when something was first seen of it.
#[derive(Debug)]
pub(super) struct Stamps {
    start: Instant,
    /// Microseconds since the start; 0: not seen.
    at: Mutex<Vec<u32>>,
}

impl Stamps {
    /// None seen.
    pub fn new(start: Instant, orders: usize) -> Stamps {
        Stamps { start, at: Mutex::new(vec![0; orders]) }
    }

    /// Notes a moment for each of these orders that has none. Numbers beyond the run are somebody else's.
    pub fn first(&self, orders: impl IntoIterator<Item = usize>, now: Instant) {
        let us = u32::try_from(now.saturating_duration_since(self.start).as_micros()).unwrap_or(u32::MAX).max(1);
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        for order in orders {
            if let Some(stamp) = at.get_mut(order).filter(|stamp| **stamp == 0) {
                *stamp = us;
            }
        }
    }

    /// All moments, in microseconds since the start; 0: not seen.
    pub fn all(&self) -> Vec<u32> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_first_moment_stays_and_strange_numbers_are_nobodys() {
        let start = Instant::now();
        let stamps = Stamps::new(start, 3);
        stamps.first([1, 7], start + Duration::from_micros(5));
        stamps.first([1, 2], start + Duration::from_micros(9));
        assert_eq!(stamps.all(), [0, 5, 9]);
    }
}
