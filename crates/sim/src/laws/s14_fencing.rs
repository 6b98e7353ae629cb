//! S14: who has lost a stream writes to it no more.

use super::Law;
use crate::facts::{Fact, Noted};
use journal::{Hash, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// Once a server has taken a stream over, no event of an older epoch becomes durable, whoever was told what; and nobody is given an
/// epoch twice. A box that is the shop's home no more stays below the epochs of the one that is, what it writes gets nowhere, and at
/// the end it has stopped.
#[derive(Clone, Debug, Default)]
pub struct Fencing {
    reigning: BTreeMap<Stream, u64>,
    told: BTreeSet<(Stream, u64)>,
    /// The highest epoch of a box of old.
    strayed: BTreeMap<Stream, u64>,
    /// What it wrote.
    stray: BTreeSet<Hash>,
    /// The epochs under which the home moved.
    moved: Option<BTreeMap<Stream, u64>>,
    /// A box of old may be at work.
    at_large: bool,
}

impl Fencing {
    /// A box of old has this epoch.
    fn compare(&self, stream: Stream, against: &mut Vec<String>) {
        let (Some(moved), Some(strayed)) = (&self.moved, self.strayed.get(&stream)) else { return };
        let reigning = moved.get(&stream).copied().unwrap_or(0);
        if *strayed >= reigning {
            let stream = stream.name();
            against.push(format!("a box of old has epoch {strayed} of {stream}, and the home moved under epoch {reigning}"));
        }
    }
}

impl Law for Fencing {
    fn name(&self) -> &'static str {
        "S14"
    }

    fn demands(&self) -> &'static str {
        "after a take-over nothing of an older epoch becomes durable, and every take-over has a higher epoch; a box that was replaced \
         stays below, nothing of it gets anywhere, and in the end it has stopped"
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
                if self.stray.contains(&event.hash) {
                    against.push(format!("{} {} was written by a box of old", event.stream.name(), event.seq));
                }
            }
            Fact::Strayed { stream, epoch } => {
                self.at_large = true;
                let highest = self.strayed.entry(*stream).or_insert(0);
                *highest = (*highest).max(*epoch);
                self.compare(*stream, against);
            }
            Fact::StrayEvent { hash, .. } => {
                self.stray.insert(*hash);
            }
            Fact::Copied { at, stream, seq, hash, .. } if self.stray.contains(hash) => {
                against.push(format!("{} {seq} of a box of old got into the copy of {}", stream.name(), at.name()));
            }
            Fact::HomeMoved { .. } => {
                self.moved = Some(self.reigning.clone());
                Stream::ALL.into_iter().for_each(|stream| self.compare(stream, against));
            }
            Fact::StoodDown => self.at_large = false,
            Fact::Ended if self.at_large => against.push("at the end a box of old is still at work".to_owned()),
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

    /// The home has moved under epoch 102; the former one came back under epoch 3.
    fn moved() -> History {
        let first = History::new().taken_over(Stream::Floor, 2).floor(opened(1)).taken_over(Stream::Floor, 102);
        first.fact(Fact::HomeMoved { why: "promoted" }).fact(Fact::Strayed { stream: Stream::Floor, epoch: 3 })
    }

    fn stray(seq: u64) -> Fact {
        Fact::StrayEvent { stream: Stream::Floor, seq, epoch: 3, hash: [77; 32] }
    }

    #[test]
    fn a_box_of_old_that_stops_is_fine() {
        let history = moved().fact(stray(2)).floor(joined(1, 11)).fact(Fact::StoodDown).fact(Fact::Ended);
        assert_eq!(history.judged(Fencing::default()), [""; 0]);
    }

    #[test]
    fn a_box_of_old_at_the_end_is_a_breach() {
        assert_eq!(moved().fact(Fact::Ended).judged(Fencing::default()).len(), 1);
    }

    #[test]
    fn what_a_box_of_old_writes_gets_nowhere() {
        let into_copy = moved().fact(stray(2)).fact(copied(crate::facts::Keeper::Cloud, Stream::Floor, 2, 3, [77; 32], [77; 32]));
        assert_eq!(into_copy.judged(Fencing::default()).len(), 1);
        let mut history = moved().fact(stray(2));
        let mut event = history.next(Stream::Floor, 9, String::new(), Told::Catalog);
        event.hash = [77; 32];
        assert_eq!(history.fact(Fact::Event(Box::new(event))).judged(Fencing::default()).len(), 1);
    }

    #[test]
    fn a_box_of_old_with_the_homes_epoch_is_a_breach() {
        let high = |epoch| Fact::Strayed { stream: Stream::Floor, epoch };
        assert_eq!(moved().fact(high(102)).judged(Fencing::default()).len(), 1);
        // Also where it came first.
        let first = History::new().taken_over(Stream::Floor, 2).fact(high(3)).taken_over(Stream::Floor, 3);
        assert_eq!(first.fact(Fact::HomeMoved { why: "rescued" }).judged(Fencing::default()).len(), 1);
    }
}
