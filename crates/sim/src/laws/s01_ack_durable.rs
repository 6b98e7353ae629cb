//! S1: what a client was told is what the journal says, for ever.

use super::Law;
use crate::facts::{Fact, Noted};
use journal::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// A command that a client heard to be done is recorded as done, once, with all of its events; one that was refused for good
/// is not recorded as done.
///
/// Not judged: a refusal because nobody knew who asked (401) says nothing of the command, and a few commands leave no record
/// of their own (see [`leaves_a_record`]).
#[derive(Clone, Debug, Default)]
pub struct AckDurable {
    /// How each key was recorded, in any stream.
    records: BTreeMap<u128, Vec<Record>>,
    /// The events of each command: how many, from where to where.
    events: BTreeMap<(Stream, u128), (u64, u64, u64)>,
    /// Whose event stands at a place.
    log: BTreeMap<(Stream, u64), u128>,
    paths: BTreeMap<u128, String>,
    told: BTreeMap<u128, bool>,
    reported: BTreeSet<u128>,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    stream: Stream,
    accepted: bool,
    first_seq: u64,
    last_seq: u64,
}

/// What these ask for is done by the house under keys of its own, or changes nothing that is kept.
fn leaves_a_record(path: &str) -> bool {
    let end = path.rsplit('/').next().unwrap_or_default();
    let of_money = path.contains("/money/") || path.contains("/payments/");
    let without = ["check", "cancel", "refund", "ask-channel", "give-up", "send-back", "retry-refund", "compare"];
    let never = ["sign-in", "quote", "wechat-login", "alipay-login"];
    !(never.contains(&end) || of_money && without.contains(&end))
}

impl AckDurable {
    fn against_key(&mut self, key: u128, why: String, against: &mut Vec<String>) {
        if self.reported.insert(key) {
            against.push(why);
        }
    }

    fn accepted(&mut self, key: u128, against: &mut Vec<String>) {
        let done = self.records.get(&key).into_iter().flatten().find(|record| record.accepted).copied();
        let path = self.paths.get(&key).map(String::as_str).unwrap_or_default();
        match done {
            None if !leaves_a_record(path) => {}
            None => {
                let why = format!("{key:032x} ({path}) was answered as done, but no record of it is durable");
                self.against_key(key, why, against);
            }
            Some(record) => {
                let due = (record.last_seq + 1).saturating_sub(record.first_seq);
                let kept = self.events.get(&(record.stream, key)).copied().unwrap_or((0, 0, 0));
                let whole = due == 0 && kept.0 == 0 || kept == (due, record.first_seq, record.last_seq);
                if !whole {
                    let why = format!("{key:032x} was answered as done, but {} of its {due} events are durable", kept.0);
                    self.against_key(key, why, against);
                }
            }
        }
    }

    fn refused(&mut self, key: u128, code: &str, against: &mut Vec<String>) {
        let done = self.records.get(&key).is_some_and(|records| records.iter().any(|record| record.accepted));
        if code == "key_reused" {
            // The key belongs to something else, which then must be known.
            if !self.records.contains_key(&key) {
                self.against_key(key, format!("{key:032x} was called used, but nothing is recorded under it"), against);
            }
        } else if done {
            self.against_key(key, format!("{key:032x} was refused ({code}), but it is recorded as done"), against);
        }
    }
}

impl Law for AckDurable {
    fn name(&self) -> &'static str {
        "S1"
    }

    fn demands(&self) -> &'static str {
        "every command answered as done is durable exactly once with all its events, and none answered as refused is done"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Sent { key, path, .. } => {
                self.paths.entry(*key).or_insert_with(|| path.clone());
            }
            Fact::Event(event) => {
                let (stream, seq, command) = (event.stream, event.seq, event.command);
                if let Some(before) = self.log.insert((stream, seq), command).filter(|before| *before != command)
                    && self.told.get(&before) == Some(&true)
                {
                    let why = format!("{before:032x} was answered as done, but its event {} {seq} is gone", stream.name());
                    self.against_key(before, why, against);
                }
                let kept = self.events.entry((stream, command)).or_insert((0, seq, seq));
                *kept = (kept.0 + 1, kept.1.min(seq), kept.2.max(seq));
            }
            Fact::Command { stream, id, accepted, first_seq, last_seq, .. } => {
                let records = self.records.entry(*id).or_default();
                let twice = records.iter().any(|record| record.stream == *stream);
                records.push(Record { stream: *stream, accepted: *accepted, first_seq: *first_seq, last_seq: *last_seq });
                if twice {
                    let why = format!("{id:032x} is recorded twice in the {} stream", stream.name());
                    self.against_key(*id, why, against);
                } else if *accepted && self.told.get(id) == Some(&false) {
                    self.against_key(*id, format!("{id:032x} was refused for good, and was done afterwards"), against);
                }
            }
            Fact::Answered { status: 401, .. } => {}
            Fact::Answered { key, accepted, code, .. } => {
                match accepted {
                    true => self.accepted(*key, against),
                    false => self.refused(*key, code, against),
                }
                if code != "key_reused"
                    && let Some(before) = self.told.insert(*key, *accepted)
                    && before != *accepted
                {
                    self.against_key(*key, format!("{key:032x} was answered as done and as refused"), against);
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

    fn order_placed(key: u128) -> History {
        seated().fact(sent(key, Some(1))).command(key, true, vec![placed(5, 1, vec![ordered(1, "tofu", 1, 2800)]).into()])
    }

    fn record(id: u128, accepted: bool, first_seq: u64, last_seq: u64) -> Fact {
        Fact::Command { stream: Stream::Floor, id, fingerprint: [1; 32], accepted, first_seq, last_seq }
    }

    #[test]
    fn what_is_kept_may_be_told_as_often_as_wanted() {
        let told = order_placed(5).fact(answered(5, true)).fact(answered(5, true));
        assert_eq!(told.judged(AckDurable::default()), [""; 0]);
        let refused = seated().fact(sent(6, None)).command(6, false, vec![]).fact(answered(6, false));
        assert_eq!(refused.judged(AckDurable::default()), [""; 0]);
        let nothing_new = seated().fact(sent(6, None)).command(6, true, vec![]).fact(answered(6, true));
        assert_eq!(nothing_new.judged(AckDurable::default()), [""; 0]);
    }

    #[test]
    fn done_and_not_kept_is_a_breach_told_once() {
        let lost = seated().fact(sent(5, Some(1))).fact(answered(5, true)).fact(answered(5, true));
        assert_eq!(lost.judged(AckDurable::default()).len(), 1);
    }

    #[test]
    fn done_with_a_part_of_its_events_is_a_breach() {
        let part = order_placed(5).fact(record(7, true, 4, 5)).fact(answered(7, true));
        assert_eq!(part.judged(AckDurable::default()).len(), 1);
    }

    #[test]
    fn refused_and_kept_is_a_breach_in_either_order() {
        let after = order_placed(5).fact(answered(5, false));
        assert_eq!(after.judged(AckDurable::default()).len(), 1);
        let before = seated().fact(answered(5, false)).command(5, true, vec![released(5).into()]);
        assert_eq!(before.judged(AckDurable::default()).len(), 1);
    }

    #[test]
    fn recorded_twice_is_a_breach() {
        let twice = order_placed(5).fact(record(5, true, 3, 3));
        assert_eq!(twice.judged(AckDurable::default()).len(), 1);
    }

    #[test]
    fn two_different_answers_are_a_breach() {
        let both = seated().command(6, false, vec![]).fact(answered(6, false)).fact(answered(6, true));
        assert_eq!(both.judged(AckDurable::default()).len(), 1);
    }

    #[test]
    fn an_answered_event_that_is_written_over_is_a_breach() {
        let mut history = order_placed(5).fact(answered(5, true));
        let mut other = history.next(Stream::Floor, 9, String::new(), crate::facts::Told::Catalog);
        other.seq = 3;
        assert_eq!(history.fact(Fact::Event(Box::new(other))).judged(AckDurable::default()).len(), 1);
    }

    #[test]
    fn a_stranger_refused_says_nothing_and_a_used_key_must_be_known() {
        let code = |status, code: &str| Fact::Answered { key: 5, accepted: false, status, code: code.to_owned() };
        assert_eq!(order_placed(5).fact(code(401, "not_signed_in")).judged(AckDurable::default()), [""; 0]);
        assert_eq!(order_placed(5).fact(code(409, "key_reused")).judged(AckDurable::default()), [""; 0]);
        assert_eq!(seated().fact(code(409, "key_reused")).judged(AckDurable::default()).len(), 1);
    }

    #[test]
    fn only_few_commands_leave_no_record() {
        assert!(leaves_a_record("/stores/1/sessions/2/orders/3/cancel"));
        assert!(leaves_a_record("/stores/1/sessions/2/refunds"));
        assert!(leaves_a_record("/stores/1/money/cases/2/resolve"));
        assert!(!leaves_a_record("/stores/1/sessions/2/payments/3/cancel"));
        assert!(!leaves_a_record("/stores/1/money/payments/3/refund"));
    }
}
