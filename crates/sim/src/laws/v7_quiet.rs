//! V7 quiet: with nothing left to do hardly anything is sent, and at no time does a timer storm.
//!
//! Seen is what clients send and what the server says to those outside; what it does by itself within the house is not.

use super::Law;
use crate::facts::{Fact, Noted};

/// What a quiet house may say in a minute: screens that ask how things are, printers that are asked whether they are there.
const QUIET_A_MINUTE: u32 = 120;
/// More than a full house ever sends in a second, retries and all.
const STORM_A_SECOND: u32 = 500;

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Quiet {
    ended: bool,
    minute: Count,
    second: Count,
}

/// So many in one stretch of time.
#[derive(Debug, Default)]
struct Count {
    stretch: i64,
    count: u32,
}

impl Count {
    /// Counts one; whether that is just one too many for its stretch of time.
    fn exceeds(&mut self, stretch: i64, most: u32) -> bool {
        if stretch != self.stretch {
            *self = Count { stretch, count: 0 };
        }
        self.count += 1;
        self.count == most + 1
    }
}

impl Law for Quiet {
    fn name(&self) -> &'static str {
        "V7"
    }

    fn demands(&self) -> &'static str {
        "With nothing left to do at most 120 things a minute are sent, and never more than 500 in a second."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Ended => {
                self.ended = true;
                self.minute = Count::default();
            }
            Fact::Sent { path: what, .. } | Fact::Egress { to: what } => {
                if self.second.exceeds(noted.at_ms.div_euclid(1_000), STORM_A_SECOND) {
                    against.push(format!("more than {STORM_A_SECOND} things are sent in a second, at last {what}"));
                }
                if self.ended && self.minute.exceeds(noted.at_ms.div_euclid(60_000), QUIET_A_MINUTE) {
                    against.push(format!("nothing is left to do, and {what} is sent as one of {QUIET_A_MINUTE} in a minute"));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Court;
    use super::*;

    /// What is found where something is sent every so many milliseconds for five minutes, after the end or before it.
    fn sent_every(ms: i64, ended: bool) -> usize {
        let mut court = Court::of(vec![Box::new(Quiet::default())]);
        if ended {
            court.see(&Noted { at_ms: 0, fact: Fact::Ended });
        }
        let times = (0..300_000 / ms).map(|n| n * ms);
        times.map(|at_ms| court.see(&Noted { at_ms, fact: Fact::Egress { to: "printer:wok".to_owned() } }).len()).sum()
    }

    #[test]
    fn a_house_at_work_and_a_house_at_rest_are_fine() {
        assert_eq!(sent_every(10, false), 0);
        assert_eq!(sent_every(1_000, true), 0);
    }

    #[test]
    fn a_house_that_finds_no_rest_is_found_once_a_minute() {
        assert_eq!(sent_every(400, true), 5);
    }

    #[test]
    fn a_storm_is_found_at_any_time() {
        assert_eq!(sent_every(1, false), 300);
    }
}
