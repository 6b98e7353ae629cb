//! V2: once nothing fails any more, everybody gets an answer soon.

use super::Law;
use crate::facts::{Fact, Noted};
use std::collections::{BTreeMap, BTreeSet};

/// How long an answer may take, counted from the first send or from the end of the bad weather.
pub const WITHIN_MS: i64 = 5_000;
/// A client that waits between two tries when the weather heals only then asks again, and a server that fell just before has to
/// start.
pub const PAUSE_MS: i64 = 10_000;

/// Once nothing fails any more, every command that is sent, or was sent before and not given up, is answered within
/// [`WITHIN_MS`] and [`PAUSE_MS`]; nobody gives up any more, and at the end nothing is unanswered.
///
/// Counted is what somebody insists on: what is wished for, or was sent more than once. A screen that says once what it has
/// drawn, and says it anew next time, waits for no answer.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    healed: bool,
    open: BTreeMap<u128, Open>,
    due: BTreeSet<(i64, u128)>,
    answered: BTreeSet<u128>,
}

#[derive(Clone, Debug)]
struct Open {
    path: String,
    insists: bool,
    due_ms: Option<i64>,
}

impl Answered {
    fn clock(&mut self, key: u128, from_ms: i64) {
        let due_ms = from_ms + WITHIN_MS + PAUSE_MS;
        if let Some(open) = self.open.get_mut(&key) {
            open.due_ms = Some(due_ms);
            self.due.insert((due_ms, key));
        }
    }

    fn settle(&mut self, key: u128) {
        self.answered.insert(key);
        if let Some(due_ms) = self.open.remove(&key).and_then(|open| open.due_ms) {
            self.due.remove(&(due_ms, key));
        }
    }

    /// Judges what was due before now.
    fn look(&mut self, now_ms: i64, against: &mut Vec<String>) {
        while let Some((due_ms, key)) = self.due.first().copied().filter(|(due_ms, _)| *due_ms < now_ms) {
            self.due.remove(&(due_ms, key));
            if let Some(open) = self.open.remove(&key).filter(|open| open.insists) {
                self.answered.insert(key); // Said once.
                against.push(format!("{key:032x} ({}) had no answer within {} ms", open.path, WITHIN_MS + PAUSE_MS));
            }
        }
    }
}

impl Law for Answered {
    fn name(&self) -> &'static str {
        "V2"
    }

    fn demands(&self) -> &'static str {
        "once nothing fails, every command somebody insists on is answered within 5 s and a pause, and nobody gives one up"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let now_ms = noted.at_ms;
        self.look(now_ms, against);
        match &noted.fact {
            Fact::Sent { key, path, wish } if !self.answered.contains(key) => match self.open.get_mut(key) {
                Some(open) => open.insists = true,
                None => {
                    self.open.insert(*key, Open { path: path.clone(), insists: wish.is_some(), due_ms: None });
                    if self.healed {
                        self.clock(*key, now_ms);
                    }
                }
            },
            Fact::Healed if !self.healed => {
                self.healed = true;
                let open: Vec<u128> = self.open.keys().copied().collect();
                open.into_iter().for_each(|key| self.clock(key, now_ms));
            }
            Fact::Answered { key, .. } => self.settle(*key),
            Fact::GaveUp { key, path } => {
                if self.healed && self.open.contains_key(key) {
                    against.push(format!("{key:032x} ({path}) was given up without an answer"));
                }
                self.settle(*key);
            }
            Fact::Ended => {
                let left = std::mem::take(&mut self.open).into_iter().filter(|(_, open)| open.insists);
                self.due.clear();
                against.extend(left.map(|(key, open)| format!("{key:032x} ({}) has no answer at the end", open.path)));
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

    fn gave_up(key: u128) -> Fact {
        Fact::GaveUp { key, path: "/orders".to_owned() }
    }

    fn found(history: History) -> usize {
        history.fact(Fact::Ended).judged(Answered::default()).len()
    }

    #[test]
    fn an_answer_in_time_is_fine() {
        let healed = || History::new().fact(sent(1, Some(1))).wait(60_000).fact(Fact::Healed);
        assert_eq!(found(healed().wait(8_000).fact(answered(1, true))), 0);
        assert_eq!(found(healed().fact(sent(1, None)).fact(answered(1, false)).fact(sent(1, None))), 0);
        assert_eq!(found(healed().fact(answered(1, true)).fact(sent(2, Some(2))).wait(8_000).fact(answered(2, true))), 0);
    }

    #[test]
    fn who_gave_up_in_bad_weather_waits_for_nothing() {
        assert_eq!(found(History::new().fact(sent(1, None)).fact(gave_up(1)).fact(Fact::Healed)), 0);
    }

    #[test]
    fn a_late_answer_is_a_breach_told_once() {
        let healed = || History::new().fact(sent(1, Some(1))).fact(Fact::Healed);
        assert_eq!(found(healed().wait(15_000).fact(answered(1, true))), 1);
        assert_eq!(
            found(healed().wait(8_000).fact(sent(1, None)).wait(8_000).fact(answered(1, true))),
            1,
            "a retry buys no time"
        );
    }

    #[test]
    fn nobody_is_left_without_an_answer() {
        assert_eq!(found(History::new().fact(Fact::Healed).fact(sent(1, Some(1)))), 1);
        assert_eq!(found(History::new().fact(sent(1, Some(1)))), 1);
        assert_eq!(found(History::new().fact(sent(1, None)).fact(sent(1, None))), 1, "sent twice: somebody waits");
        assert_eq!(found(History::new().fact(sent(1, None)).fact(Fact::Healed).fact(sent(2, None))), 0, "said once");
    }

    #[test]
    fn giving_up_in_good_weather_is_a_breach() {
        assert_eq!(found(History::new().fact(sent(1, None)).fact(Fact::Healed).fact(gave_up(1))), 1);
    }
}
