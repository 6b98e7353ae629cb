//! V1: once nothing fails any more, the kitchen sees every dish at once, or somebody is told.

use super::Law;
use super::cooking::{Changes, Cooking, start_of};
use crate::facts::{Fact, Noted, Told};
use domain::floor::{FloorEvent, ItemKey};
use std::collections::{BTreeMap, BTreeSet};

/// A screen that works has drawn a dish by then, counted from when it was fired or from the end of the bad weather.
pub const DRAWN_MS: i64 = 5_000;
/// Otherwise its order is on paper or somebody is told by then: after 15 s, and the look and the write of the house.
pub const TOLD_MS: i64 = 18_000;
/// What stood still in the bad weather, such as a frozen page, takes so long to come round.
pub const AFTERMATH_MS: i64 = 15_000;

/// Once nothing has failed for [`AFTERMATH_MS`], every dish that is to be cooked is drawn within [`DRAWN_MS`] on a screen that
/// isn't blind, or within [`TOLD_MS`] it climbs as unseen, its order comes out on paper, or an alarm names it.
///
/// An alarm names a dish by its item key, its line, its order or its station, or by the word `kitchen`. A dish that somebody
/// cooks or that is wanted no more needs no eyes. A dish that is cooked again is judged by its first time: a screen draws it once.
#[derive(Clone, Debug, Default)]
pub struct Painted {
    cooking: Cooking,
    healed_ms: Option<i64>,
    /// Dishes nobody has seen so far, and the time of those that were drawn late.
    waiting: BTreeMap<ItemKey, Option<i64>>,
    /// When to look at each; only once nothing fails any more.
    due: BTreeSet<(i64, ItemKey)>,
    due_of: BTreeMap<ItemKey, i64>,
    seen: BTreeSet<ItemKey>,
    blind: BTreeSet<String>,
    by_order: BTreeMap<u128, BTreeSet<ItemKey>>,
}

impl Painted {
    fn start(&mut self, item: ItemKey, now_ms: i64) {
        if self.seen.contains(&item) {
            return;
        }
        self.waiting.insert(item, None);
        if let Some((order, _)) = self.cooking.dish(item) {
            self.by_order.entry(start_of(order)).or_default().insert(item);
        }
        if let Some(healed_ms) = self.healed_ms {
            self.clock(item, now_ms.max(healed_ms + AFTERMATH_MS));
        }
    }

    fn clock(&mut self, item: ItemKey, from_ms: i64) {
        self.due.insert((from_ms + TOLD_MS, item));
        self.due_of.insert(item, from_ms);
    }

    /// Nothing more is asked of a dish.
    fn settle(&mut self, item: ItemKey) {
        self.waiting.remove(&item);
        if let Some(from_ms) = self.due_of.remove(&item) {
            self.due.remove(&(from_ms + TOLD_MS, item));
        }
    }

    fn drawn(&mut self, screen: &str, item: ItemKey, now_ms: i64) {
        if self.blind.contains(screen) || !self.seen.insert(item) {
            return;
        }
        match self.due_of.get(&item) {
            Some(from_ms) if now_ms > from_ms + DRAWN_MS => {
                self.waiting.insert(item, Some(now_ms - from_ms));
            }
            Some(_) | None => self.settle(item),
        }
    }

    fn changed(&mut self, changes: Changes, now_ms: i64) {
        changes.fired.into_iter().for_each(|item| self.start(item, now_ms));
        for item in changes.over {
            self.seen.insert(item);
            self.settle(item);
        }
    }

    fn paper(&mut self, order: u128) {
        for item in self.by_order.get(&order).cloned().unwrap_or_default() {
            self.settle(item);
        }
    }

    fn alarm(&mut self, about: &str) {
        let named = |item: &ItemKey| {
            let Some((order, dish)) = self.cooking.dish(*item) else { return false };
            about.contains("kitchen")
                || about.contains(dish.station.as_str())
                || about.contains(&item.line.to_string())
                || about.contains(&order.to_string())
        };
        let named: Vec<ItemKey> = self.waiting.keys().filter(|item| named(item)).copied().collect();
        named.into_iter().for_each(|item| self.settle(item));
    }

    /// Judges what was due before now.
    fn look(&mut self, now_ms: i64, against: &mut Vec<String>) {
        while let Some((due_ms, item)) = self.due.first().copied().filter(|(due_ms, _)| *due_ms < now_ms) {
            self.due.remove(&(due_ms, item));
            self.due_of.remove(&item);
            let late = self.waiting.remove(&item).flatten();
            let order = self.cooking.order_of(item.line).map(|order| order.to_string()).unwrap_or_default();
            against.push(match late {
                Some(ms) => format!("{item} of order {order} was drawn after {ms} ms, and nobody was told"),
                None => format!("{item} of order {order} was drawn nowhere within {TOLD_MS} ms, and nobody was told"),
            });
        }
    }
}

impl Law for Painted {
    fn name(&self) -> &'static str {
        "V1"
    }

    fn demands(&self) -> &'static str {
        "once nothing fails, every dish to be cooked is drawn within 5 s on a screen that works, or printed or alarmed within 15 s"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let now_ms = noted.at_ms;
        self.look(now_ms, against);
        match &noted.fact {
            Fact::Healed if self.healed_ms.is_none() => {
                self.healed_ms = Some(now_ms);
                let waiting: Vec<ItemKey> = self.waiting.keys().copied().collect();
                waiting.into_iter().for_each(|item| self.clock(item, now_ms + AFTERMATH_MS));
            }
            Fact::Event(event) => {
                let Told::Floor(event) = &event.told else { return };
                let changes = self.cooking.see(event);
                self.changed(changes, now_ms);
                match event {
                    FloorEvent::ItemsEscalated(e) => e.items.iter().for_each(|item| self.settle(*item)),
                    FloorEvent::LinesMoved(e) => {
                        let old = self.by_order.get(&start_of(e.order)).cloned().unwrap_or_default();
                        let moved = old.into_iter().filter(|item| e.lines.contains(&item.line));
                        self.by_order.entry(start_of(e.into)).or_default().extend(moved);
                    }
                    FloorEvent::LineDivided(e) => {
                        // Who has seen the whole has seen its part.
                        let seen: Vec<u8> = self.seen.iter().filter(|item| item.line == e.line).map(|item| item.part).collect();
                        for part in seen {
                            self.seen.insert(ItemKey { line: e.into, part });
                            self.settle(ItemKey { line: e.into, part });
                        }
                    }
                    _ => {} // Nothing more about eyes.
                }
            }
            Fact::Painted { screen, item } => self.drawn(screen, *item, now_ms),
            Fact::ScreenBlind { screen, blind: true } => {
                self.blind.insert(screen.clone());
            }
            Fact::ScreenBlind { screen, blind: false } => {
                self.blind.remove(screen);
            }
            Fact::Paper(paper) => {
                if let Some((order, _)) = &paper.ticket {
                    self.paper(start_of(*order));
                }
            }
            Fact::Alarm { about } => self.alarm(about),
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;
    use domain::floor::{Escalation, ItemsEscalated, Step};

    fn healed() -> History {
        let calm = History::new().fact(Fact::Healed).wait(AFTERMATH_MS);
        calm.floor(opened(1)).floor(placed(5, 1, vec![ordered(1, "tofu", 1, 2800)]))
    }

    fn cooking() -> History {
        healed().floor(released(5))
    }

    fn escalated() -> ItemsEscalated {
        ItemsEscalated { items: vec![item(1)], step: Escalation::Screen, at: at(0) }
    }

    fn blind(blind: bool) -> Fact {
        Fact::ScreenBlind { screen: "wok".to_owned(), blind }
    }

    /// What is found by the time that everything has had its time.
    fn found(history: History) -> usize {
        history.wait(40_000).fact(Fact::Ended).judged(Painted::default()).len()
    }

    #[test]
    fn a_dish_drawn_in_time_is_fine() {
        assert_eq!(found(cooking().wait(3_000).fact(drawn("wok", 1))), 0);
        assert_eq!(found(given().fact(drawn("wok", 1)).fact(Fact::Healed)), 0, "drawn before the weather healed");
        assert_eq!(found(healed()), 0, "nothing to cook");
    }

    #[test]
    fn somebody_told_in_time_is_fine() {
        assert_eq!(found(cooking().wait(10_000).floor(escalated())), 0);
        assert_eq!(found(cooking().wait(10_000).fact(ticket(5, "wok", false, "1 tofu"))), 0);
        assert_eq!(found(cooking().wait(10_000).fact(alarm(item(1)))), 0);
        assert_eq!(found(cooking().wait(10_000).fact(alarm("screen of station wok is off"))), 0);
        assert_eq!(found(cooking().wait(8_000).fact(drawn("wok", 1)).fact(alarm(order(5)))), 0, "late, and said so");
    }

    #[test]
    fn what_is_cooked_or_not_wanted_needs_no_eyes() {
        assert_eq!(found(cooking().floor(stepped(1, Step::Start))), 0);
        assert_eq!(found(cooking().floor(voided(5, 1, vec![]))), 0);
    }

    #[test]
    fn nobody_judges_bad_weather_but_its_end_does() {
        assert_eq!(given().wait(60_000).fact(Fact::Ended).judged(Painted::default()), [""; 0]);
        assert_eq!(found(given().wait(60_000).fact(Fact::Healed)), 1);
    }

    #[test]
    fn a_dish_drawn_nowhere_is_a_breach_told_once() {
        assert_eq!(found(cooking()), 1);
        assert_eq!(found(cooking().wait(30_000).fact(alarm(item(1)))), 1);
        assert_eq!(found(cooking().fact(alarm("printer till is off"))), 1, "another trouble");
    }

    #[test]
    fn a_dish_drawn_late_in_silence_is_a_breach() {
        assert_eq!(found(cooking().wait(8_000).fact(drawn("wok", 1))), 1);
    }

    #[test]
    fn a_blind_screen_shows_nothing() {
        assert_eq!(found(cooking().fact(blind(true)).fact(drawn("wok", 1))), 1);
        assert_eq!(found(cooking().fact(blind(true)).fact(blind(false)).fact(drawn("wok", 1))), 0);
    }
}
