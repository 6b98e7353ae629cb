//! V5: once nothing fails, a copy has soon what its home has; and until then the till shows what it lacks.

use super::Law;
use crate::facts::{Fact, Keeper, Noted};
use journal::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// A link that was cut is tried again within thirty seconds, and a day's journal goes over it in a few.
const CATCH_UP_MS: i64 = 60_000;
/// A till's figure is so old at most.
const SHOWN_MS: i64 = 2_500;

/// The copy's word that it has something takes so long at most.
const HEARD_MS: i64 = 15_000;

/// What the till says where two servers have one box's key.
const TWO_AT_WORK: &str = "another process with this node's identity";

/// See [`Law::demands`].
#[derive(Clone, Debug, Default)]
pub struct CaughtUp {
    healed_at: Option<i64>,
    /// When each event became durable at the home.
    home: BTreeMap<Stream, Vec<i64>>,
    /// How far each copy reaches.
    copies: BTreeMap<Keeper, BTreeMap<Stream, u64>>,
    told: BTreeSet<(Keeper, &'static str)>,
    /// Two servers ran on one box, and this copy keeps one of them out until a person has looked. It may be the wrong one, and as long
    /// as the till says so that is no breach.
    excused: BTreeSet<Keeper>,
}

impl CaughtUp {
    /// How many events the home had by then that a copy lacks.
    fn lacks(&self, at: Keeper, by_ms: i64) -> u64 {
        let lacks = |(stream, home): (&Stream, &Vec<i64>)| {
            let there = self.copies.get(&at).and_then(|copy| copy.get(stream)).copied().unwrap_or(0);
            (home.partition_point(|durable_at| *durable_at <= by_ms) as u64).saturating_sub(there)
        };
        self.home.iter().map(lacks).sum()
    }

    /// How many events the home has since then.
    fn younger_than(&self, since_ms: i64) -> u64 {
        self.home.values().map(|home| (home.len() - home.partition_point(|at| *at <= since_ms)) as u64).sum()
    }

    fn late(&mut self, now_ms: i64, against: &mut Vec<String>) {
        let Some(healed_at) = self.healed_at else { return };
        let by_ms = now_ms - CATCH_UP_MS;
        if by_ms < healed_at {
            return;
        }
        let keepers: Vec<Keeper> = self.copies.keys().copied().filter(|at| !self.excused.contains(at)).collect();
        for at in keepers {
            let lacks = self.lacks(at, by_ms);
            if lacks > 0 && self.told.insert((at, "late")) {
                against.push(format!("{} lacks {lacks} events that are older than {CATCH_UP_MS} ms", at.name()));
            }
        }
    }
}

impl Law for CaughtUp {
    fn name(&self) -> &'static str {
        "V5"
    }

    fn demands(&self) -> &'static str {
        "once nothing fails, every copy has within 60 s what its home has, or the till says that two servers have one key; at all times the till shows as unsent at least what the copy \
         lacks, and in the end exactly that"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let now_ms = noted.at_ms;
        match &noted.fact {
            Fact::Event(event) => self.home.entry(event.stream).or_default().push(now_ms),
            Fact::Copied { at, stream, seq, .. } => {
                self.copies.entry(*at).or_default().insert(*stream, *seq);
            }
            Fact::CopyBegun { at } => {
                self.copies.entry(*at).or_default();
            }
            Fact::CopyEnded { at } => {
                self.copies.remove(at);
            }
            // A server that starts is heard again, or says again why it isn't.
            Fact::Started { .. } => self.excused.clear(),
            Fact::Healed => self.healed_at = Some(now_ms),
            Fact::LinkShown { to, unsent, trouble, .. } => {
                match trouble.as_ref().is_some_and(|why| why.contains(TWO_AT_WORK)) {
                    true => self.excused.insert(*to),
                    false => self.excused.remove(to),
                };
                let lacks = self.lacks(*to, now_ms - SHOWN_MS);
                if *unsent < lacks && self.told.insert((*to, "hidden")) {
                    against.push(format!("{unsent} events are shown as unsent to {}, and it lacks {lacks}", to.name()));
                }
                let at_rest =
                    !self.excused.contains(to) && self.healed_at.is_some_and(|healed_at| now_ms - CATCH_UP_MS >= healed_at);
                let at_most = self.lacks(*to, now_ms) + self.younger_than(now_ms - HEARD_MS);
                if at_rest && *unsent > at_most && self.told.insert((*to, "phantom")) {
                    against.push(format!("{unsent} events are shown as unsent to {}, which has them", to.name()));
                }
            }
            _ => {}
        }
        self.late(now_ms, against);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;

    const CLOUD: Keeper = Keeper::Cloud;

    fn shown(unsent: u64) -> Fact {
        Fact::LinkShown { to: CLOUD, believed: Vec::new(), unsent, trouble: None }
    }

    /// Two events at the home, one of them in the copy, and nothing fails any more.
    fn behind() -> History {
        seated().copied(CLOUD, Stream::Floor, 1, 0).fact(Fact::Healed)
    }

    fn found(history: History) -> usize {
        history.judged(CaughtUp::default()).len()
    }

    #[test]
    fn a_copy_that_catches_up_in_time_is_fine() {
        let history = behind().fact(shown(1)).wait(50_000).copied(CLOUD, Stream::Floor, 2, 0).wait(60_000);
        assert_eq!(history.fact(shown(0)).fact(Fact::Ended).judged(CaughtUp::default()), [""; 0]);
    }

    #[test]
    fn a_copy_that_stays_behind_is_a_breach_told_once() {
        assert_eq!(found(behind().wait(60_000).fact(Fact::Ended).fact(Fact::Ended)), 1);
        let says = |why: &str| Fact::LinkShown { to: CLOUD, believed: Vec::new(), unsent: 1, trouble: Some(why.to_owned()) };
        let two = link::Trouble::Replaced.to_string();
        assert_eq!(found(behind().fact(says(&two)).wait(60_000).fact(Fact::Ended)), 0);
        assert_eq!(found(behind().fact(says(&two)).fact(shown(1)).wait(60_000).fact(Fact::Ended)), 1, "the till says it no more");
        assert_eq!(found(behind().fact(says("another trouble")).wait(60_000).fact(Fact::Ended)), 1);
        let kept = Fact::KeptOut { by: CLOUD, why: two };
        assert_eq!(found(behind().fact(kept).wait(60_000).fact(Fact::Ended)), 1, "and nobody was told");
        let never = seated().fact(Fact::CopyBegun { at: CLOUD }).fact(Fact::Healed).wait(60_000).fact(Fact::Ended);
        assert_eq!(found(never), 1);
        // While things fail it may be as late as it likes, and a copy that ended is none.
        assert_eq!(found(seated().copied(CLOUD, Stream::Floor, 1, 0).wait(600_000).fact(Fact::Ended)), 0);
        assert_eq!(found(behind().fact(Fact::CopyEnded { at: CLOUD }).wait(60_000).fact(Fact::Ended)), 0);
    }

    #[test]
    fn what_is_unsent_and_not_shown_is_a_breach() {
        assert_eq!(found(behind().wait(3_000).fact(shown(0))), 1);
        assert_eq!(found(behind().wait(3_000).fact(shown(2))), 0);
    }

    #[test]
    fn what_was_sent_is_not_shown_as_unsent_for_ever() {
        let whole = behind().copied(CLOUD, Stream::Floor, 2, 0);
        assert_eq!(found(whole.clone().fact(shown(1))), 0);
        assert_eq!(found(whole.wait(61_000).fact(shown(1))), 1);
    }
}
