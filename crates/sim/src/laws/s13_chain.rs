//! S13: the journal is one unbroken chain, and the same one wherever it is kept.

use super::Law;
use crate::facts::{Fact, Keeper, Noted};
use journal::{Hash, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// In every stream the events are numbered from 1 without a gap, each one's stored hash is the one its bytes and the event before
/// it call for, and epochs never fall. What the home and its copies have under the same number has the same hash.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    heads: BTreeMap<Stream, (u64, u64)>,
    /// What each has first been seen as, wherever that was.
    hashes: BTreeMap<(Stream, u64), Hash>,
    /// The last epoch in each copy.
    epochs: BTreeMap<(Keeper, Stream), u64>,
    told: BTreeSet<(Option<Keeper>, Stream, &'static str)>,
}

impl Chain {
    /// Whether an event is what it was elsewhere, or the first of its number.
    fn is_the_same(&mut self, stream: Stream, seq: u64, hash: Hash) -> bool {
        *self.hashes.entry((stream, seq)).or_insert(hash) == hash
    }

    fn say(&mut self, at: Option<Keeper>, stream: Stream, rules: [(&'static str, bool, String); 4], against: &mut Vec<String>) {
        let broken = rules.into_iter().filter(|(rule, holds, _)| !holds && self.told.insert((at, stream, rule)));
        let place = at.map(|at| format!(" in the copy of {}", at.name())).unwrap_or_default();
        against.extend(broken.map(|(_, _, why)| format!("{}{place}: {why}", stream.name())));
    }
}

impl Law for Chain {
    fn name(&self) -> &'static str {
        "S13"
    }

    fn demands(&self) -> &'static str {
        "every stream is numbered without a gap, every hash is the one that is due, epochs never fall, and home and copies have the \
         same under the same number"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Event(event) => {
                let (seq, epoch) = self.heads.insert(event.stream, (event.seq, event.epoch)).unwrap_or((0, 0));
                // A number that is given again is a gap, and nothing else.
                let same = event.seq != seq + 1 || self.is_the_same(event.stream, event.seq, event.hash);
                let rules = [
                    ("gap", event.seq == seq + 1, format!("event {} follows {seq}", event.seq)),
                    ("hash", event.hash == event.hash_due, format!("event {} has another hash than is due", event.seq)),
                    (
                        "epoch",
                        event.epoch >= epoch,
                        format!("event {} is of epoch {} after epoch {epoch}", event.seq, event.epoch),
                    ),
                    ("same", same, format!("event {} is another than a copy had", event.seq)),
                ];
                self.say(None, event.stream, rules, against);
            }
            Fact::Copied { at, stream, seq, epoch, hash, hash_due } => {
                let before = self.epochs.insert((*at, *stream), *epoch).unwrap_or(0);
                let same = self.is_the_same(*stream, *seq, *hash);
                let rules = [
                    // S15 looks at a copy's numbers.
                    ("gap", true, String::new()),
                    ("hash", hash == hash_due, format!("event {seq} has another hash than is due")),
                    ("epoch", *epoch >= before, format!("event {seq} is of epoch {epoch} after epoch {before}")),
                    ("same", same, format!("event {seq} is another than its home has")),
                ];
                self.say(Some(*at), *stream, rules, against);
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
    use crate::facts::{Durable, Told};

    /// Three events of epoch 1, the last one changed.
    fn with(change: impl Fn(&mut Durable)) -> Vec<String> {
        let mut history = History::new().taken_over(Stream::Floor, 1).floor(opened(1)).floor(joined(1, 11));
        let mut last = history.next(Stream::Floor, 9, String::new(), Told::Catalog);
        change(&mut last);
        history.fact(Fact::Event(Box::new(last))).judged(Chain::default())
    }

    #[test]
    fn a_whole_chain_is_fine_whoever_writes_it() {
        assert_eq!(with(|_| {}), [""; 0]);
        let next = seated().taken_over(Stream::Floor, 2).floor(closed(1)).taken_over(Stream::Money, 1);
        assert_eq!(next.judged(Chain::default()), [""; 0]);
    }

    #[test]
    fn a_gap_and_a_repeat_are_breaches() {
        assert_eq!(with(|event| event.seq = 4).len(), 1);
        assert_eq!(with(|event| event.seq = 2).len(), 1);
    }

    #[test]
    fn a_stream_begins_with_one() {
        let mut history = History::new();
        let mut first = history.next(Stream::Money, 1, String::new(), Told::Catalog);
        first.seq = 2;
        assert_eq!(history.fact(Fact::Event(Box::new(first))).judged(Chain::default()).len(), 1);
    }

    #[test]
    fn another_hash_is_a_breach() {
        assert_eq!(with(|event| event.hash[31] ^= 1).len(), 1);
    }

    #[test]
    fn a_lower_epoch_is_a_breach() {
        assert_eq!(with(|event| event.epoch = 0).len(), 1);
    }

    #[test]
    fn a_copy_has_what_its_home_has() {
        let whole = seated().copied(Keeper::Cloud, Stream::Floor, 1, 0).copied(Keeper::Cloud, Stream::Floor, 2, 0);
        assert_eq!(whole.clone().judged(Chain::default()), [""; 0]);
        let other = whole.fact(copied(Keeper::Follower, Stream::Floor, 2, 0, [9; 32], [9; 32]));
        assert_eq!(other.judged(Chain::default()).len(), 1);
    }

    #[test]
    fn a_copy_that_is_damaged_is_a_breach() {
        let hash = [1; 32];
        let damaged = seated().fact(copied(Keeper::Cloud, Stream::Floor, 1, 0, hash, [8; 32]));
        assert_eq!(damaged.judged(Chain::default()).len(), 1);
    }

    #[test]
    fn a_lower_epoch_in_a_copy_is_a_breach() {
        let falls = seated().copied(Keeper::Cloud, Stream::Floor, 1, 3).copied(Keeper::Cloud, Stream::Floor, 2, 2);
        assert_eq!(falls.judged(Chain::default()).len(), 1);
    }
}
