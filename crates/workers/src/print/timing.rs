//! How long the print desk waits for what.

use std::time::Duration;

/// Waits and pauses. The defaults suit printers and people; simulated printers need less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintTiming {
    /// Pauses between tries, the last for ever.
    pub pauses: [Duration; 4],
    /// How often a printer with nothing to do is asked how it is.
    pub ask_every: Duration,
    /// The same while something is wrong with it.
    pub ask_in_trouble: Duration,
    /// How long a kitchen slip waits for its printer before another prints it: somebody may be putting paper in.
    pub kitchen_patience: Duration,
    /// The same for any other slip.
    pub patience: Duration,
    /// How long a printer must stay well after a slip, besides the time it prints.
    pub settle: Duration,
    /// How long it may take to say so, besides four times the time it prints.
    pub proof: Duration,
    /// How fast it prints.
    pub mm_per_s: u32,
}

impl Default for PrintTiming {
    fn default() -> PrintTiming {
        PrintTiming {
            pauses: [1, 2, 2, 5].map(Duration::from_secs),
            // With the time an answer takes, what changes is known within ten seconds.
            ask_every: Duration::from_secs(8),
            ask_in_trouble: Duration::from_secs(5),
            kitchen_patience: Duration::from_secs(3),
            patience: Duration::from_secs(5),
            settle: Duration::from_millis(300),
            proof: Duration::from_secs(5),
            mm_per_s: 100,
        }
    }
}

impl PrintTiming {
    /// Everything so many times as fast.
    #[must_use]
    pub fn faster(&self, times: u32) -> PrintTiming {
        let times = times.max(1);
        PrintTiming {
            pauses: self.pauses.map(|pause| pause / times),
            ask_every: self.ask_every / times,
            ask_in_trouble: self.ask_in_trouble / times,
            kitchen_patience: self.kitchen_patience / times,
            patience: self.patience / times,
            settle: self.settle / times,
            proof: self.proof / times,
            mm_per_s: self.mm_per_s.saturating_mul(times),
        }
    }
}
