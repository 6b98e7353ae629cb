//! S5′: paper that doesn't say 补打 asks for cooking, so it comes out once.

use super::Law;
use super::cooking::start_of;
use crate::facts::{Fact, Noted, Paper, Told};
use domain::floor::{FloorEvent, OrderPlaced, PrintQueued, Slip};
use domain::{DishId, JobId, LineId, OrderId, StationId};
use std::collections::{BTreeMap, BTreeSet};

/// Of a kitchen ticket as many papers without the mark 补打 come out as there is new work, and never two with the same words.
///
/// New is a slip none of whose lines has been on a slip for that station that was or may have been printed, since it was last to
/// be cooked again. Lines fired later are new; a reprint isn't, nor is a slip that is sent again because nobody knows whether it
/// came out. Voids, rushes and table changes carry no code and ask for no cooking: they are not counted. While a station is closed
/// its tickets carry the code of whoever cooks for it, so from then on an order's papers are counted over all stations.
#[derive(Clone, Debug, Default)]
pub struct PaperOnce {
    /// Where an order's lines come from, if they were moved; orders by the beginnings of their ids, as tickets name them.
    from: BTreeMap<u128, u128>,
    dishes: BTreeMap<LineId, Asked>,
    /// The slips that a line is on for a station, since it was last to be cooked again there.
    on: BTreeMap<(LineId, StationId), BTreeSet<JobId>>,
    slips: BTreeMap<JobId, Queued>,
    orders: BTreeMap<u128, Papers>,
    any_closed: bool,
    told: BTreeSet<(u128, StationId)>,
}

/// What a line says on paper.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    dish: DishId,
    quantity: u16,
    note: Option<String>,
    stations: Vec<StationId>,
}

#[derive(Clone, Debug)]
struct Queued {
    order: u128,
    station: StationId,
    is_new: bool,
    was_sent: bool,
}

/// The new slips of an order, with what comes of it elsewhere, and its unmarked papers.
#[derive(Clone, Debug, Default)]
struct Papers {
    new: BTreeMap<StationId, u32>,
    /// How many new slips say the same.
    alike: BTreeMap<(StationId, Vec<Asked>), u32>,
    again: u32,
    out: BTreeMap<StationId, u32>,
    words: BTreeMap<(StationId, String), u32>,
}

impl PaperOnce {
    fn root(&self, order: OrderId) -> u128 {
        let start = start_of(order);
        self.from.get(&start).copied().unwrap_or(start)
    }

    fn placed(&mut self, e: &OrderPlaced) {
        for ordered in &e.lines {
            let asked = Asked {
                dish: ordered.selection.dish.clone(),
                quantity: ordered.selection.quantity,
                note: ordered.selection.note.clone(),
                stations: ordered.priced.parts.iter().map(|part| part.station.clone()).collect(),
            };
            self.dishes.insert(ordered.line, asked);
        }
    }

    fn queued(&mut self, e: &PrintQueued) {
        let Slip::Kitchen { order, station, lines } = &e.slip else { return };
        let order = self.root(*order);
        let counts = |job: &JobId| self.slips.contains_key(job);
        let known = |line: &LineId| self.on.get(&(*line, station.clone())).is_some_and(|slips| slips.iter().any(counts));
        let is_new = !lines.iter().any(known);
        for line in lines {
            self.on.entry((*line, station.clone())).or_default().insert(e.job);
        }
        self.slips.insert(e.job, Queued { order, station: station.clone(), is_new, was_sent: false });
        if is_new {
            let mut says: Vec<Asked> = lines.iter().filter_map(|line| self.dishes.get(line)).cloned().collect();
            says.sort_unstable();
            let papers = self.orders.entry(order).or_default();
            *papers.new.entry(station.clone()).or_default() += 1;
            *papers.alike.entry((station.clone(), says)).or_default() += 1;
        }
    }

    /// What was never sent isn't on paper: it asks for nothing, and whoever asks again asks for something new.
    fn expired(&mut self, job: JobId) {
        if self.slips.get(&job).is_none_or(|slip| slip.was_sent) {
            return;
        }
        let Some(slip) = self.slips.remove(&job).filter(|slip| slip.is_new) else { return };
        if let Some(new) = self.orders.get_mut(&slip.order).and_then(|papers| papers.new.get_mut(&slip.station)) {
            *new = new.saturating_sub(1);
        }
    }

    fn event(&mut self, event: &FloorEvent) {
        match event {
            FloorEvent::OrderPlaced(e) => self.placed(e),
            FloorEvent::LinesMoved(e) => {
                let root = self.root(e.order);
                self.from.insert(start_of(e.into), root);
            }
            FloorEvent::LineDivided(e) => {
                if let Some(asked) = self.dishes.get(&e.line).cloned() {
                    for station in &asked.stations {
                        let slips = self.on.get(&(e.line, station.clone())).cloned().unwrap_or_default();
                        self.on.insert((e.into, station.clone()), slips);
                    }
                    self.dishes.insert(e.into, Asked { quantity: e.quantity, ..asked });
                }
            }
            FloorEvent::ItemRemade(e) => {
                let dish = self.dishes.get(&e.item.line);
                let Some(station) = dish.and_then(|dish| dish.stations.get(usize::from(e.item.part))).cloned() else { return };
                let slips = self.on.remove(&(e.item.line, station)).unwrap_or_default();
                // Words come again with it: only the reason tells one from the other.
                let order = slips.iter().filter_map(|slip| self.slips.get(slip)).map(|slip| slip.order).next();
                if let Some(papers) = order.and_then(|order| self.orders.get_mut(&order)) {
                    papers.again += 1;
                }
            }
            FloorEvent::StationSet(e) => self.any_closed |= !e.open,
            FloorEvent::PrintQueued(e) => self.queued(e),
            FloorEvent::PrintSent(e) => {
                if let Some(slip) = self.slips.get_mut(&e.job) {
                    slip.was_sent = true;
                }
            }
            FloorEvent::PrintExpired(e) => self.expired(e.job),
            _ => {} // Nothing about kitchen paper.
        }
    }

    fn paper(&mut self, paper: &Paper, against: &mut Vec<String>) {
        let Some((order, station)) = paper.ticket.clone().filter(|_| !paper.marked) else { return };
        let root = self.root(order);
        let papers = self.orders.entry(root).or_default();
        let out = papers.out.entry(station.clone()).or_default();
        *out += 1;
        let here = (*out, papers.new.get(&station).copied().unwrap_or_default());
        let words = papers.words.entry((station.clone(), paper.text.clone())).or_default();
        *words += 1;
        let alike = papers.alike.iter().filter(|((other, _), _)| self.any_closed || *other == station);
        let same = (*words, alike.map(|(_, count)| *count).max().unwrap_or(0) + papers.again);
        let all = (papers.out.values().sum::<u32>(), papers.new.values().sum::<u32>());
        let (out, new) = if self.any_closed { all } else { here };
        if out > new {
            if self.told.insert((root, station.clone())) {
                against.push(format!("{out} unmarked papers of {order} came out for {station}, and {new} slips were new"));
            }
        } else if same.0 > same.1 && self.told.insert((root, station.clone())) {
            against.push(format!("{} unmarked papers of {order} for {station} say the same", same.0));
        }
    }
}

impl Law for PaperOnce {
    fn name(&self) -> &'static str {
        "S5′"
    }

    fn demands(&self) -> &'static str {
        "no more kitchen tickets without the mark 补打 come out than there is new work, and no two say the same"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Event(event) => {
                if let Told::Floor(event) = &event.told {
                    self.event(event);
                }
            }
            Fact::Paper(paper) => self.paper(paper, against),
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;
    use domain::floor::{PrintExpired, PrintSent, StationSet};

    fn two_lines() -> History {
        seated().floor(placed(5, 1, vec![ordered(1, "tofu", 1, 2800), ordered(2, "rice", 1, 300)])).floor(released(5))
    }

    fn sent_out(n: u128) -> PrintSent {
        PrintSent { job: job(n), at: at(0) }
    }

    fn given_up(n: u128) -> PrintExpired {
        PrintExpired { job: job(n), by: None, at: at(0) }
    }

    #[test]
    fn lines_fired_later_have_paper_of_their_own() {
        let history = two_lines().floor(queued(1, 5, vec![1], 0)).fact(ticket(5, "wok", false, "1 tofu"));
        let later = history.floor(queued(2, 5, vec![2], 0)).fact(ticket(5, "wok", false, "1 rice"));
        assert_eq!(later.judged(PaperOnce::default()), [""; 0]);
    }

    #[test]
    fn a_marked_copy_may_come_out_at_any_time() {
        let history = two_lines().floor(queued(1, 5, vec![1], 0)).fact(ticket(5, "wok", false, "1 tofu"));
        let copies = history.fact(ticket(5, "wok", true, "1 tofu")).floor(queued(2, 5, vec![1], 1));
        assert_eq!(copies.fact(ticket(5, "wok", true, "1 tofu")).judged(PaperOnce::default()), [""; 0]);
    }

    #[test]
    fn what_is_cooked_again_is_new() {
        let history = two_lines().floor(queued(1, 5, vec![1], 0)).fact(ticket(5, "wok", false, "1 tofu")).floor(remade(1));
        let again = history.floor(queued(2, 5, vec![1], 0)).fact(ticket(5, "wok", false, "1 tofu"));
        assert_eq!(again.judged(PaperOnce::default()), [""; 0]);
    }

    #[test]
    fn what_was_never_sent_may_be_asked_for_again() {
        let history = two_lines().floor(queued(1, 5, vec![1], 0)).floor(given_up(1)).floor(queued(2, 5, vec![1], 0));
        assert_eq!(history.fact(ticket(5, "wok", false, "1 tofu")).judged(PaperOnce::default()), [""; 0]);
    }

    #[test]
    fn alike_dishes_fired_apart_have_alike_paper() {
        let lines = vec![ordered(1, "tofu", 1, 2800), ordered(2, "tofu", 1, 2800)];
        let history = seated().floor(placed(5, 1, lines)).floor(released(5)).floor(queued(1, 5, vec![1], 0));
        let both = history.fact(ticket(5, "wok", false, "1 tofu")).floor(queued(2, 5, vec![2], 0));
        assert_eq!(both.fact(ticket(5, "wok", false, "1 tofu")).judged(PaperOnce::default()), [""; 0]);
    }

    #[test]
    fn the_code_of_a_moved_order_or_of_another_cook_is_no_second_paper() {
        let moved = two_lines().floor(queued(1, 5, vec![1], 0)).floor(lines_moved(5, 6, vec![1]));
        assert_eq!(moved.fact(ticket(6, "wok", false, "1 tofu")).judged(PaperOnce::default()), [""; 0]);
        let closed = StationSet { station: station("wok"), open: false, by: staff("wang"), at: at(0) };
        let elsewhere = two_lines().floor(closed).floor(queued(1, 5, vec![1], 0));
        assert_eq!(elsewhere.fact(ticket(5, "cold", false, "1 tofu")).judged(PaperOnce::default()), [""; 0]);
    }

    #[test]
    fn the_same_slip_unmarked_twice_is_a_breach_told_once() {
        let once = two_lines().floor(queued(1, 5, vec![1], 0)).fact(ticket(5, "wok", false, "1 tofu"));
        let twice = once.fact(ticket(5, "wok", false, "1 tofu, 12:01")).fact(ticket(5, "wok", false, "1 tofu"));
        assert_eq!(twice.judged(PaperOnce::default()).len(), 1);
    }

    #[test]
    fn a_reprint_that_is_not_marked_is_a_breach_whatever_its_event_says() {
        let once = two_lines().floor(queued(1, 5, vec![1], 0)).floor(sent_out(1)).fact(ticket(5, "wok", false, "1 tofu"));
        let again = once.floor(given_up(1)).floor(queued(2, 5, vec![1], 0)).fact(ticket(5, "wok", false, "1 tofu"));
        assert_eq!(again.judged(PaperOnce::default()).len(), 1);
    }

    #[test]
    fn one_of_two_slips_twice_is_a_breach_by_its_words() {
        let queue = two_lines().floor(queued(1, 5, vec![1], 0)).floor(queued(2, 5, vec![2], 0));
        let twice = queue.fact(ticket(5, "wok", false, "1 tofu")).fact(ticket(5, "wok", false, "1 tofu"));
        assert_eq!(twice.judged(PaperOnce::default()).len(), 1);
    }

    #[test]
    fn a_divided_line_was_on_paper_with_the_whole() {
        let lines = vec![ordered(1, "tofu", 2, 2800)];
        let whole = seated().floor(placed(5, 1, lines)).floor(released(5)).floor(queued(1, 5, vec![1], 0)).floor(sent_out(1));
        let divided = whole.fact(ticket(5, "wok", false, "2 tofu")).floor(line_divided(5, 1, 2, 1));
        let again = divided.floor(queued(2, 5, vec![2], 0)).fact(ticket(5, "wok", false, "1 tofu"));
        assert_eq!(again.judged(PaperOnce::default()).len(), 1);
    }

    #[test]
    fn paper_that_nobody_asked_for_is_a_breach() {
        let stray = two_lines().fact(ticket(5, "wok", false, "1 tofu"));
        assert_eq!(stray.judged(PaperOnce::default()).len(), 1);
    }
}
