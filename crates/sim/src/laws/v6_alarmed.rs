//! V6: what nobody sees climbs.

use super::Law;
use super::cooking::Cooking;
use crate::facts::{Fact, Noted, Told};
use domain::floor::{Escalation, FloorEvent, ItemKey, Slip};
use domain::{JobId, LineId, StationId};
use std::collections::{BTreeMap, BTreeSet};

/// What the house sets up unless somebody changes it: where a dish is shown, and after how long unseen.
const LADDER_MS: [(Escalation, i64); 4] =
    [(Escalation::Screen, 15_000), (Escalation::Printer, 30_000), (Escalation::Waiter, 45_000), (Escalation::Till, 60_000)];
/// The house looks every half second, and then it has to be written down.
const SLACK_MS: i64 = 3_000;
/// What was fired in bad weather was fired by a clock that may have been set since.
const AFTERMATH_MS: i64 = 60_000;

/// Once nothing fails any more and while a server runs, a dish that no screen has reported as drawn and no printer as printed is
/// shown at each step of the ladder when its time has come, or an alarm names it.
///
/// A screen that goes blind is noticed by this alone: what it doesn't draw climbs. An alarm names a dish as in V1.
#[derive(Clone, Debug)]
pub struct Alarmed {
    ladder: Vec<(Escalation, i64)>,
    cooking: Cooking,
    healed: bool,
    running: bool,
    /// Unseen dishes: since when by the clock in the house, how far they climbed, when to look again.
    unseen: BTreeMap<ItemKey, Unseen>,
    due: BTreeSet<(i64, ItemKey)>,
    slips: BTreeMap<JobId, (StationId, Vec<LineId>)>,
}

#[derive(Clone, Copy, Debug)]
struct Unseen {
    since_ms: i64,
    reached: Option<Escalation>,
    /// The next rung and when to look.
    next: Option<(usize, i64)>,
}

impl Alarmed {
    /// The law for a house with this ladder; a step that is off is left out.
    pub fn with(ladder: Vec<(Escalation, i64)>) -> Alarmed {
        Alarmed {
            ladder,
            cooking: Cooking::default(),
            healed: false,
            running: true,
            unseen: BTreeMap::new(),
            due: BTreeSet::new(),
            slips: BTreeMap::new(),
        }
    }

    fn start(&mut self, item: ItemKey, since_ms: i64, now_ms: i64) {
        self.settle(item);
        self.unseen.insert(item, Unseen { since_ms, reached: None, next: None });
        self.clock(item, 0, now_ms);
    }

    /// When to look at a rung: its time, but not before somebody could do something.
    fn clock(&mut self, item: ItemKey, rung: usize, now_ms: i64) {
        let Some((_, after_ms)) = self.ladder.get(rung).copied().filter(|_| self.healed && self.running) else { return };
        let Some(unseen) = self.unseen.get_mut(&item) else { return };
        if let Some((_, due_ms)) = unseen.next {
            self.due.remove(&(due_ms, item));
        }
        let due_ms = now_ms.max(unseen.since_ms.saturating_add(after_ms)).saturating_add(SLACK_MS);
        unseen.next = Some((rung, due_ms));
        self.due.insert((due_ms, item));
    }

    /// Every clock begins anew: nobody could do anything so far.
    fn clock_all(&mut self, now_ms: i64) {
        let items: Vec<ItemKey> = self.unseen.keys().copied().collect();
        items.into_iter().for_each(|item| self.clock(item, 0, now_ms));
    }

    fn stop_all(&mut self) {
        self.due.clear();
        self.unseen.values_mut().for_each(|unseen| unseen.next = None);
    }

    fn settle(&mut self, item: ItemKey) {
        if let Some((_, due_ms)) = self.unseen.remove(&item).and_then(|unseen| unseen.next) {
            self.due.remove(&(due_ms, item));
        }
    }

    /// Judges the rungs that were due before now.
    fn look(&mut self, now_ms: i64, against: &mut Vec<String>) {
        while let Some((due_ms, item)) = self.due.first().copied().filter(|(due_ms, _)| *due_ms < now_ms) {
            self.due.remove(&(due_ms, item));
            let Some(unseen) = self.unseen.get_mut(&item) else { continue };
            let Some((rung, _)) = unseen.next.take() else { continue };
            let Some((step, after_ms)) = self.ladder.get(rung).copied() else { continue };
            if unseen.reached >= Some(step) {
                self.clock(item, rung + 1, due_ms - SLACK_MS);
            } else {
                against.push(format!("{item} has been unseen for {after_ms} ms, and didn't climb to {step:?}"));
                self.settle(item);
            }
        }
    }

    fn event(&mut self, event: &FloorEvent, now_ms: i64) {
        let changes = self.cooking.see(event);
        let since_ms = match event {
            FloorEvent::OrderReleased(e) => e.at.0,
            FloorEvent::LinesFired(e) => e.at.0,
            FloorEvent::ItemRemade(e) => e.at.0,
            _ => now_ms, // Nothing else fires.
        };
        // The house counts by its own clock, which may be ahead.
        let since_ms = since_ms.max(now_ms);
        changes.fired.iter().chain(&changes.again).for_each(|item| self.start(*item, since_ms, now_ms));
        changes.over.iter().for_each(|item| self.settle(*item));
        match event {
            FloorEvent::ItemsPainted(e) => e.items.iter().for_each(|item| self.settle(*item)),
            FloorEvent::ItemsEscalated(e) => {
                for item in &e.items {
                    if let Some(unseen) = self.unseen.get_mut(item) {
                        unseen.reached = unseen.reached.max(Some(e.step));
                    }
                }
            }
            FloorEvent::LineDivided(e) => {
                // A part is as unseen as the whole is.
                let parts = changes.fired.iter().filter(|item| item.line == e.into).copied().collect::<Vec<ItemKey>>();
                for part in parts {
                    match self.unseen.get(&ItemKey { line: e.line, ..part }).copied() {
                        None => self.settle(part),
                        Some(whole) => {
                            self.unseen.entry(part).and_modify(|part| part.reached = whole.reached);
                        }
                    }
                }
            }
            FloorEvent::PrintQueued(e) => {
                if let Slip::Kitchen { station, lines, .. } = &e.slip {
                    self.slips.insert(e.job, (station.clone(), lines.clone()));
                }
            }
            FloorEvent::PrintConfirmed(e) if e.confirmed => {
                let Some((station, lines)) = self.slips.get(&e.job).cloned() else { return };
                let on_it = |item: &&ItemKey| {
                    lines.contains(&item.line) && self.cooking.dish(**item).is_some_and(|(_, dish)| dish.station == station)
                };
                let shown: Vec<ItemKey> = self.unseen.keys().filter(on_it).copied().collect();
                shown.into_iter().for_each(|item| self.settle(item));
            }
            _ => {} // Nothing more about eyes.
        }
    }

    fn alarm(&mut self, about: &str) {
        let named = |item: &ItemKey| {
            let Some((order, dish)) = self.cooking.dish(*item) else { return false };
            let words = [dish.station.to_string(), item.line.to_string(), order.to_string()];
            about.contains("kitchen") || words.iter().any(|word| about.contains(word))
        };
        let named: Vec<ItemKey> = self.unseen.keys().filter(|item| named(item)).copied().collect();
        named.into_iter().for_each(|item| self.settle(item));
    }
}

impl Default for Alarmed {
    fn default() -> Alarmed {
        Alarmed::with(LADDER_MS.to_vec())
    }
}

impl Law for Alarmed {
    fn name(&self) -> &'static str {
        "V6"
    }

    fn demands(&self) -> &'static str {
        "once nothing fails, a dish that nobody has seen climbs every step of the house's ladder in its time, or an alarm names it"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let now_ms = noted.at_ms;
        self.look(now_ms, against);
        match &noted.fact {
            Fact::Healed if !self.healed => {
                self.healed = true;
                self.unseen.values_mut().for_each(|unseen| unseen.since_ms = unseen.since_ms.max(now_ms) + AFTERMATH_MS);
                self.clock_all(now_ms);
            }
            Fact::Started { .. } => {
                self.running = true;
                self.clock_all(now_ms);
            }
            Fact::Crashed { .. } => {
                self.running = false;
                self.stop_all();
            }
            Fact::Event(event) => {
                if let Told::Floor(event) = &event.told {
                    self.event(event, now_ms);
                }
            }
            Fact::Alarm { about } => self.alarm(about),
            Fact::Ended => self.stop_all(),
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;
    use domain::floor::{ItemsEscalated, PrintConfirmed, Step};

    fn cooking() -> History {
        History::new()
            .fact(Fact::Healed)
            .floor(opened(1))
            .floor(placed(5, 1, vec![ordered(1, "tofu", 1, 2800)]))
            .floor(released(5))
    }

    fn climbs(step: Escalation) -> ItemsEscalated {
        ItemsEscalated { items: vec![item(1)], step, at: at(0) }
    }

    fn found(history: History) -> usize {
        history.wait(200_000).fact(alarm("weather")).wait(200_000).fact(alarm("weather")).judged(Alarmed::default()).len()
    }

    #[test]
    fn what_is_seen_or_cooked_need_not_climb() {
        assert_eq!(found(cooking().wait(10_000).floor(painted("wok", vec![item(1)]))), 0);
        assert_eq!(found(cooking().wait(10_000).floor(stepped(1, Step::Ready))), 0);
        let paper = cooking().floor(queued(1, 5, vec![1], 0)).floor(PrintConfirmed { job: job(1), confirmed: true, at: at(0) });
        assert_eq!(found(paper), 0);
    }

    #[test]
    fn what_climbs_every_step_in_time_is_fine() {
        let first = cooking().wait(14_000).floor(climbs(Escalation::Screen)).wait(14_000).floor(climbs(Escalation::Printer));
        let all = first.wait(14_000).floor(climbs(Escalation::Waiter)).wait(14_000).floor(climbs(Escalation::Till));
        assert_eq!(found(all), 0);
        assert_eq!(found(cooking().wait(14_000).floor(climbs(Escalation::Till))), 0, "all steps at once");
        assert_eq!(found(cooking().wait(14_000).fact(alarm(item(1)))), 0);
    }

    #[test]
    fn what_stays_unseen_in_silence_is_a_breach_told_once() {
        assert_eq!(found(cooking()), 1);
        assert_eq!(found(cooking().wait(14_000).floor(climbs(Escalation::Screen))), 1, "it stops at the first step");
        assert_eq!(found(cooking().wait(30_000).floor(climbs(Escalation::Till))), 1, "too late for the first step");
    }

    #[test]
    fn what_is_cooked_again_begins_anew() {
        let again = cooking().floor(painted("wok", vec![item(1)])).floor(remade(1));
        assert_eq!(found(again.clone()), 1);
        assert_eq!(found(again.floor(painted("wok", vec![item(1)]))), 0);
    }

    #[test]
    fn a_blind_printer_that_confirms_nothing_shows_nothing() {
        let paper = cooking().floor(queued(1, 5, vec![1], 0)).floor(PrintConfirmed { job: job(1), confirmed: false, at: at(0) });
        assert_eq!(found(paper), 1);
    }

    #[test]
    fn nobody_climbs_in_bad_weather_or_without_a_server() {
        let bad = given().wait(200_000).fact(alarm("weather"));
        assert_eq!(bad.clone().judged(Alarmed::default()), [""; 0]);
        assert_eq!(found(bad.fact(Fact::Healed)), 1);
        let down = cooking().fact(Fact::Crashed { life: 1 });
        assert_eq!(found(down.clone()), 0);
        assert_eq!(found(down.wait(100_000).fact(Fact::Started { life: 2 })), 1);
    }
}
