//! How long nobody got an answer.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Notes when answers come.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<Beats>);

#[derive(Debug, Default)]
struct Beats {
    last: Option<Instant>,
    longest: Duration,
}

impl Pulse {
    /// An answer came.
    pub fn beat(&self) {
        let (mut beats, now) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        if let Some(last) = beats.last.replace(now) {
            beats.longest = beats.longest.max(now - last);
        }
    }

    /// The longest time between two answers so far.
    pub fn longest(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).longest
    }
}
