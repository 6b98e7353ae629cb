//! S20 bounded: queues, retries and messages have their bounds, and the clock that the house writes down goes forward.

use super::Law;
use crate::facts::{Fact, Noted};
use journal::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// How often a client may send the same command: once a second for five minutes. Whoever waits longer waits with pauses.
const MOST_SENDS: u32 = 300;
/// No screen and no phone needs more than this at once. Bytes.
const LONGEST_BODY: usize = 4 << 20;

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Bounded {
    sends: BTreeMap<u128, u32>,
    told: BTreeSet<&'static str>,
    /// The latest time written in each stream. Units: milliseconds.
    written: BTreeMap<Stream, i64>,
    /// A clock was disturbed: times may go back from then on.
    clock_fault: bool,
}

impl Law for Bounded {
    fn name(&self) -> &'static str {
        "S20"
    }

    fn demands(&self) -> &'static str {
        "No command is sent without end and no body is endless; the times in a stream go back only \
         where a clock was disturbed or another server took over."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Sent { key, path, .. } => {
                let sends = self.sends.entry(*key).or_default();
                *sends += 1;
                if *sends == MOST_SENDS + 1 {
                    against.push(format!("{path} is sent more than {MOST_SENDS} times under {key:032x}"));
                }
            }
            Fact::Shown { body, .. } if body.len() > LONGEST_BODY && self.told.insert("body") => {
                against.push(format!("a body of {} bytes is shown", body.len()));
            }
            Fact::Event(event) => {
                let before = self.written.insert(event.stream, event.at_ms);
                if !self.clock_fault && before.is_some_and(|before| event.at_ms < before) && self.told.insert("time") {
                    let before = before.unwrap_or_default();
                    against.push(format!("{:?} {} is written at {}, after {before}", event.stream, event.seq, event.at_ms));
                }
            }
            Fact::TakenOver { stream, .. } => {
                self.written.remove(stream);
            }
            Fact::Fault { kind } if kind.to_ascii_lowercase().contains("clock") => self.clock_fault = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, joined, seated, sent};
    use super::*;
    use crate::facts::{Told, Viewer};

    fn sends(count: u32) -> History {
        (0..count).fold(History::new(), |history, _| history.fact(sent(1, None)))
    }

    /// An event that was written an hour before the others.
    fn earlier(mut history: History) -> History {
        let mut event = history.next(Stream::Floor, 1, "GuestJoined".to_owned(), Told::Floor(joined(1, 12).into()));
        event.at_ms -= 3_600_000;
        history.fact(Fact::Event(Box::new(event)))
    }

    #[test]
    fn within_bounds_is_fine() {
        assert!(sends(MOST_SENDS).judged(Bounded::default()).is_empty());
        assert!(seated().judged(Bounded::default()).is_empty());
    }

    #[test]
    fn what_outgrows_its_bound_is_found_once() {
        assert_eq!(sends(MOST_SENDS + 5).judged(Bounded::default()).len(), 1);
        let body = "x".repeat(LONGEST_BODY + 1);
        let shown = Fact::Shown { to: Viewer::Stranger, body };
        assert_eq!(History::new().fact(shown).judged(Bounded::default()).len(), 1);
    }

    #[test]
    fn time_that_goes_back_is_found_unless_a_clock_was_disturbed() {
        assert_eq!(earlier(seated()).judged(Bounded::default()).len(), 1);
        assert!(earlier(seated().fact(Fact::Fault { kind: "ClockJump" })).judged(Bounded::default()).is_empty());
        assert!(earlier(seated().taken_over(Stream::Floor, 2)).judged(Bounded::default()).is_empty());
    }
}
