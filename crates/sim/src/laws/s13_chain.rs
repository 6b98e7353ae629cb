//! S13: the journal is one unbroken chain.

use super::Law;
use crate::facts::{Fact, Noted};
use journal::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// In every stream the events are numbered from 1 without a gap, each one's stored hash is the one its bytes and the event before
/// it call for, and epochs never fall.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    heads: BTreeMap<Stream, (u64, u64)>,
    told: BTreeSet<(Stream, &'static str)>,
}

impl Law for Chain {
    fn name(&self) -> &'static str {
        "S13"
    }

    fn demands(&self) -> &'static str {
        "every stream is numbered without a gap, every hash is the one that is due, and epochs never fall"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let Fact::Event(event) = &noted.fact else { return };
        let (seq, epoch) = self.heads.insert(event.stream, (event.seq, event.epoch)).unwrap_or((0, 0));
        let rules = [
            ("gap", event.seq == seq + 1, format!("event {} follows {seq}", event.seq)),
            ("hash", event.hash == event.hash_due, format!("event {} has another hash than is due", event.seq)),
            ("epoch", event.epoch >= epoch, format!("event {} is of epoch {} after epoch {epoch}", event.seq, event.epoch)),
        ];
        let broken = rules.into_iter().filter(|(rule, holds, _)| !holds && self.told.insert((event.stream, rule)));
        against.extend(broken.map(|(_, _, why)| format!("{}: {why}", event.stream.name())));
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
}
