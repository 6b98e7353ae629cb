//! S5: what is to be cooked once is shown as new once.

use super::Law;
use crate::facts::{Fact, Noted, Told};
use domain::floor::{FloorEvent, ItemKey};
use std::collections::{BTreeMap, BTreeSet};

/// A screen draws a dish as new once, and once more whenever it is to be cooked again; and it is reported as drawn for the
/// first time as often.
#[derive(Clone, Debug, Default)]
pub struct KitchenOnce {
    drawn: BTreeMap<(String, ItemKey), u32>,
    reported: BTreeMap<ItemKey, u32>,
    remade: BTreeMap<ItemKey, u32>,
    told: BTreeSet<ItemKey>,
}

impl KitchenOnce {
    fn allowed(&self, item: ItemKey) -> u32 {
        1 + self.remade.get(&item).copied().unwrap_or_default()
    }

    fn against_item(&mut self, item: ItemKey, times: u32, how: &str, against: &mut Vec<String>) {
        if times > self.allowed(item) && self.told.insert(item) {
            against.push(format!("{item} was {how} as new {times} times, and is to be cooked {}", self.allowed(item)));
        }
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K) -> u32 {
    let times = counts.entry(key).or_default();
    *times += 1;
    *times
}

impl Law for KitchenOnce {
    fn name(&self) -> &'static str {
        "S5"
    }

    fn demands(&self) -> &'static str {
        "every screen draws every dish as new at most once for each time it is to be cooked"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Painted { screen, item } => {
                let times = count(&mut self.drawn, (screen.clone(), *item));
                self.against_item(*item, times, &format!("drawn by {screen}"), against);
            }
            Fact::Event(event) => match &event.told {
                Told::Floor(FloorEvent::ItemRemade(e)) => {
                    count(&mut self.remade, e.item);
                }
                Told::Floor(FloorEvent::ItemsPainted(e)) => {
                    for item in &e.items {
                        let times = count(&mut self.reported, *item);
                        self.against_item(*item, times, "reported", against);
                    }
                }
                Told::Floor(_) | Told::Money(_) | Told::Catalog => {}
            },
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;

    #[test]
    fn every_screen_may_draw_a_dish_once_and_again_when_it_is_cooked_again() {
        let once = given().fact(drawn("wok", 1)).fact(drawn("pass", 1)).floor(painted("wok", vec![item(1)]));
        let again = once.floor(remade(1)).fact(drawn("wok", 1)).floor(painted("wok", vec![item(1)]));
        assert_eq!(again.judged(KitchenOnce::default()), [""; 0]);
    }

    #[test]
    fn drawn_as_new_twice_is_a_breach_told_once() {
        let twice = given().fact(drawn("wok", 1)).fact(drawn("wok", 1)).fact(drawn("wok", 1));
        assert_eq!(twice.judged(KitchenOnce::default()).len(), 1);
        let thrice = given().fact(drawn("wok", 1)).floor(remade(1)).fact(drawn("wok", 1)).fact(drawn("wok", 1));
        assert_eq!(thrice.judged(KitchenOnce::default()).len(), 1);
    }

    #[test]
    fn reported_as_new_twice_is_a_breach() {
        let twice = given().floor(painted("wok", vec![item(1)])).floor(painted("pass", vec![item(1)]));
        assert_eq!(twice.judged(KitchenOnce::default()).len(), 1);
    }
}
