//! S8: everything moves only as it may.

mod dishes;
mod money;
mod slips;

use super::Law;
use crate::facts::{Fact, Noted, Told};
use domain::floor::FloorEvent;
use journal::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// Days, orders, dishes, wishes to pay, attempts, refunds and print jobs move only along the ways there are; captured money stays
/// captured and credited money credited, but for a refund; what is paid first is cooked once it is paid; and a stream's numbers
/// have no gap.
#[derive(Clone, Debug, Default)]
pub struct States {
    seqs: BTreeMap<Stream, u64>,
    day: Option<u32>,
    last_day: u32,
    dishes: dishes::Dishes,
    money: money::Money,
    slips: slips::Slips,
    told: BTreeSet<String>,
}

impl States {
    fn floor(&mut self, event: &FloorEvent, found: &mut Vec<Breach>) {
        match event {
            FloorEvent::DayOpened(e) => {
                if self.day.is_some() || e.number != self.last_day + 1 {
                    found.push(breach(format!("day {}", e.number), format!("was opened after day {}", self.last_day)));
                }
                (self.day, self.last_day) = (Some(e.number), e.number);
            }
            FloorEvent::DayClosed(e) => {
                if self.day != Some(e.number) {
                    found.push(breach(format!("day {}", e.number), "was closed without being open"));
                }
                self.day = None;
                self.slips.forget();
            }
            _ => {
                self.dishes.see(event, found);
                self.slips.see(event, found);
                self.money.see_floor(event, found);
            }
        }
    }
}

/// What moved, and how it may not.
#[derive(Clone, Debug)]
struct Breach {
    what: String,
    how: String,
}

fn breach(what: impl ToString, how: impl ToString) -> Breach {
    Breach { what: what.to_string(), how: how.to_string() }
}

impl Law for States {
    fn name(&self) -> &'static str {
        "S8"
    }

    fn demands(&self) -> &'static str {
        "orders, dishes, payments, refunds and slips move only as they may, paid stays paid but for a refund, and no number is missing"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let Fact::Event(event) = &noted.fact else { return };
        let mut found = Vec::new();
        let last = self.seqs.insert(event.stream, event.seq).unwrap_or(0);
        if event.seq != last + 1 {
            found.push(breach(format!("the {} stream", event.stream.name()), format!("went from {last} to {}", event.seq)));
        }
        match &event.told {
            Told::Floor(event) => self.floor(event, &mut found),
            Told::Money(event) => self.money.see(event, &mut found),
            Told::Catalog => {}
        }
        against.extend(found.into_iter().filter(|b| self.told.insert(b.what.clone())).map(|b| format!("{} {}", b.what, b.how)));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;
    use domain::floor::{DayClosed, DayOpened};

    fn begun(number: u32) -> DayOpened {
        DayOpened { number, at: at(0), stock: vec![] }
    }

    fn over(number: u32) -> DayClosed {
        DayClosed { number, at: at(0), unmatched: vec![], by: None, summary: None }
    }

    #[test]
    fn days_follow_each_other() {
        let days = History::new().floor(begun(1)).floor(over(1)).floor(begun(2));
        assert_eq!(days.clone().judged(States::default()), [""; 0]);
        assert_eq!(days.clone().floor(begun(3)).judged(States::default()).len(), 1);
        assert_eq!(days.floor(over(1)).judged(States::default()).len(), 1);
        assert_eq!(History::new().floor(begun(2)).judged(States::default()).len(), 1);
    }

    #[test]
    fn a_missing_number_is_a_breach_told_once() {
        let mut history = seated();
        for _ in 0..3 {
            history.next(Stream::Floor, 1, String::new(), Told::Catalog);
            history = history.floor(joined(1, 12));
        }
        assert_eq!(history.judged(States::default()).len(), 1);
    }
}
