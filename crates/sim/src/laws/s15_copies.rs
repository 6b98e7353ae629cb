//! S15: a copy is a beginning of what its home has, and what is sent over the link is done once.

use super::Law;
use crate::facts::{Fact, Keeper, Noted};
use journal::{Hash, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// See [`Law::demands`].
#[derive(Clone, Debug, Default)]
pub struct Prefix {
    /// The hashes of what is durable at the home.
    home: BTreeMap<Stream, Vec<Hash>>,
    /// How far each copy reaches.
    copies: BTreeMap<(Keeper, Stream), u64>,
    told: BTreeSet<(Keeper, Stream, &'static str)>,
    /// Wishes by the id of a command that was relayed for them.
    wishes: BTreeMap<u128, u128>,
    /// How often each was done.
    done: BTreeMap<u128, u32>,
    accepted: BTreeSet<u128>,
}

impl Prefix {
    fn reaches(&self, at: Keeper, stream: Stream) -> u64 {
        self.copies.get(&(at, stream)).copied().unwrap_or(0)
    }

    fn copied(&mut self, at: Keeper, stream: Stream, seq: u64, hash: &Hash, against: &mut Vec<String>) {
        let before = self.reaches(at, stream);
        let theirs = self.home.get(&stream).and_then(|home| home.get(usize::try_from(seq.checked_sub(1)?).ok()?));
        let rules = [
            ("gap", seq == before + 1, format!("has event {seq} after {before}")),
            ("ahead", theirs.is_some(), format!("has event {seq}, which is not durable at its home")),
            ("other", theirs.is_none_or(|theirs| theirs == hash), format!("has another event {seq} than its home")),
        ];
        for (rule, holds, why) in rules {
            if !holds && self.told.insert((at, stream, rule)) {
                against.push(format!("{} {why} in {}", at.name(), stream.name()));
            }
        }
        self.copies.insert((at, stream), seq);
    }

    fn done(&mut self, id: u128, against: &mut Vec<String>) {
        let Some(wish) = self.wishes.get(&id) else { return };
        let times = self.done.entry(*wish).or_default();
        *times += 1;
        if *times == 2 {
            against.push(format!("what was wished as {wish:032x} from far away is done twice"));
        }
    }
}

impl Law for Prefix {
    fn name(&self) -> &'static str {
        "S15"
    }

    fn demands(&self) -> &'static str {
        "every copy is at all times a beginning of what is durable at its home, and nobody believes it to be longer than it is; what \
         is sent over a link is done once"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Event(event) => self.home.entry(event.stream).or_default().push(event.hash),
            Fact::Copied { at, stream, seq, hash, .. } => self.copied(*at, *stream, *seq, hash, against),
            Fact::LinkShown { to, believed, .. } => {
                for (stream, believed) in believed {
                    let reaches = self.reaches(*to, *stream);
                    if *believed > reaches && self.told.insert((*to, *stream, "believed")) {
                        let (to, stream) = (to.name(), stream.name());
                        against.push(format!("{to} is believed to have {stream} up to {believed}, and has it up to {reaches}"));
                    }
                }
            }
            Fact::Relayed { wish, id } => {
                self.wishes.insert(*id, *wish);
            }
            Fact::Command { id, accepted: true, .. } => self.done(*id, against),
            Fact::RelayAnswered { wish, accepted: true } => {
                self.accepted.insert(*wish);
            }
            Fact::Ended => {
                for wish in self.accepted.iter().filter(|wish| !self.done.contains_key(*wish)) {
                    against.push(format!("what was wished as {wish:032x} from far away was answered as done, and is not"));
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

    const CLOUD: Keeper = Keeper::Cloud;
    const FLOOR: Stream = Stream::Floor;

    fn shown(believed: u64) -> Fact {
        Fact::LinkShown { to: CLOUD, believed: vec![(FLOOR, believed)], unsent: 0, trouble: None }
    }

    fn found(history: History) -> usize {
        history.judged(Prefix::default()).len()
    }

    #[test]
    fn a_copy_may_be_short_but_is_the_same() {
        let history = seated().copied(CLOUD, FLOOR, 1, 0).fact(shown(1)).copied(Keeper::Follower, FLOOR, 1, 0);
        assert_eq!(history.fact(Fact::Ended).judged(Prefix::default()), [""; 0]);
    }

    #[test]
    fn a_gap_a_repeat_and_another_event_are_breaches() {
        assert_eq!(found(seated().copied(CLOUD, FLOOR, 2, 0)), 1);
        assert_eq!(found(seated().copied(CLOUD, FLOOR, 1, 0).copied(CLOUD, FLOOR, 1, 0)), 1);
        assert_eq!(found(seated().fact(copied(CLOUD, FLOOR, 1, 0, [9; 32], [9; 32]))), 1);
    }

    #[test]
    fn a_copy_ahead_of_its_home_is_a_breach() {
        assert_eq!(found(History::new().copied(CLOUD, FLOOR, 1, 0)), 1);
    }

    #[test]
    fn believing_more_than_is_there_is_a_breach_told_once() {
        assert_eq!(found(seated().copied(CLOUD, FLOOR, 1, 0).fact(shown(2)).fact(shown(2))), 1);
    }

    /// A wish that was sent under two ids.
    fn wished() -> History {
        let relayed = |id| Fact::Relayed { wish: 5, id };
        seated().fact(relayed(1)).fact(relayed(1)).fact(relayed(2))
    }

    #[test]
    fn a_wish_is_done_once() {
        let answered = Fact::RelayAnswered { wish: 5, accepted: true };
        let once = wished().command(1, true, Vec::new()).command(2, false, Vec::new());
        assert_eq!(found(once.clone().fact(answered.clone()).fact(Fact::Ended)), 0);
        assert_eq!(found(once.command(2, true, Vec::new())), 1);
        assert_eq!(found(wished().fact(answered).fact(Fact::Ended)), 1);
    }
}
