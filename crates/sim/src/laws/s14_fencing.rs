//! S14: who has lost a stream writes to it no more.

use super::Law;
use crate::facts::{Fact, Noted};
use journal::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// Once a server has taken a stream over, no event of an older epoch becomes durable, whoever was told what;
/// and nobody is given an epoch twice.
#[derive(Clone, Debug, Default)]
pub struct Fencing {
    reigning: BTreeMap<Stream, u64>,
    told: BTreeSet<(Stream, u64)>,
}

impl Law for Fencing {
    fn name(&self) -> &'static str {
        "S14"
    }

    fn demands(&self) -> &'static str {
        "after a take-over nothing of an older epoch becomes durable, and every take-over has a higher epoch"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::TakenOver { stream, epoch, life } => {
                let before = self.reigning.get(stream).copied();
                if before.is_some_and(|before| *epoch <= before) {
                    let before = before.unwrap_or_default();
                    against.push(format!("life {life} was given epoch {epoch} of {}, after epoch {before}", stream.name()));
                }
                self.reigning.insert(*stream, before.unwrap_or(0).max(*epoch));
            }
            Fact::Event(event) => {
                let reigning = self.reigning.get(&event.stream).copied().unwrap_or(0);
                if event.epoch < reigning && self.told.insert((event.stream, event.epoch)) {
                    let (stream, seq, epoch) = (event.stream.name(), event.seq, event.epoch);
                    against.push(format!("{stream} {seq} of epoch {epoch} became durable under epoch {reigning}"));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;
    use crate::facts::Told;

    #[test]
    fn each_writes_under_its_own_epoch() {
        let history = History::new().taken_over(Stream::Floor, 1).floor(opened(1)).taken_over(Stream::Floor, 2);
        let other_stream = history.floor(joined(1, 11)).taken_over(Stream::Money, 1);
        assert_eq!(other_stream.judged(Fencing::default()), [""; 0]);
    }

    #[test]
    fn an_event_of_the_one_before_is_a_breach_told_once() {
        let mut history = History::new().taken_over(Stream::Floor, 1).floor(opened(1)).taken_over(Stream::Floor, 2);
        for _ in 0..2 {
            let mut late = history.next(Stream::Floor, 9, String::new(), Told::Catalog);
            late.epoch = 1;
            history = history.fact(Fact::Event(Box::new(late)));
        }
        assert_eq!(history.judged(Fencing::default()).len(), 1);
    }

    #[test]
    fn an_epoch_given_twice_is_a_breach() {
        let twice = History::new().taken_over(Stream::Floor, 1).taken_over(Stream::Floor, 1);
        assert_eq!(twice.judged(Fencing::default()).len(), 1);
    }
}
