//! How orders and dishes may move.

use super::{Breach, breach};
use domain::floor::{FloorEvent, ItemKey, OrderPlaced, Slip, Step};
use domain::{LineId, OrderId};
use std::collections::BTreeMap;

/// Where every order and dish stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Dishes {
    orders: BTreeMap<OrderId, Order>,
    lines: BTreeMap<LineId, Line>,
    slips: BTreeMap<domain::JobId, (domain::StationId, Vec<LineId>)>,
}

#[derive(Clone, Debug)]
struct Order {
    state: State,
    lines: Vec<LineId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    WaitsForNod,
    WaitsForMoney,
    Accepted,
    InKitchen,
    Ended,
}

#[derive(Clone, Debug)]
struct Line {
    order: OrderId,
    held: bool,
    voided: bool,
    items: Vec<Item>,
}

#[derive(Clone, Debug)]
struct Item {
    station: domain::StationId,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Waiting,
    Fired,
    Seen,
    Started,
    Ready,
    Served,
}

impl Dishes {
    pub(super) fn see(&mut self, event: &FloorEvent, found: &mut Vec<Breach>) {
        match event {
            FloorEvent::OrderPlaced(e) => self.placed(e),
            FloorEvent::OrderAccepted(e) => self.order(e.order, &[State::WaitsForNod], State::Accepted, "was accepted", found),
            FloorEvent::OrderReleased(e) => {
                let from = [State::WaitsForMoney, State::Accepted];
                self.order(e.order, &from, State::InKitchen, "was given to the kitchen", found);
                for line in self.lines_of(e.order) {
                    if self.lines.get(&line).is_some_and(|line| !line.held) {
                        self.fire(line);
                    }
                }
            }
            FloorEvent::OrderEnded(e) => {
                self.order(e.order, &[State::WaitsForNod, State::WaitsForMoney], State::Ended, "was ended", found);
            }
            FloorEvent::OrderRevived(e) => self.order(e.order, &[State::Ended], State::WaitsForMoney, "came back", found),
            FloorEvent::LinesFired(e) => {
                for line in &e.lines {
                    let may = self.line(*line).is_some_and(|(state, row)| {
                        state == State::InKitchen
                            && row.held
                            && !row.voided
                            && row.items.iter().all(|item| item.at == At::Waiting)
                    });
                    if !may {
                        found.push(breach(format!("line {line}"), "was fired, and wasn't held"));
                    }
                    self.fire(*line);
                }
            }
            FloorEvent::ItemsPainted(e) => {
                for item in &e.items {
                    if self.at(*item).is_none_or(|at| at == At::Waiting) {
                        found.push(breach(item, "was reported as drawn, and wasn't given to the kitchen"));
                    }
                    self.saw(*item);
                }
            }
            FloorEvent::ItemsEscalated(e) => {
                for item in &e.items {
                    let unseen = self.at(*item).is_some_and(|at| (At::Fired..At::Started).contains(&at));
                    if !unseen || self.is_voided(item.line) {
                        found.push(breach(item, "climbed as unseen, and nobody has to see it"));
                    }
                }
            }
            FloorEvent::ItemStepped(e) => self.stepped(e.item, e.step, found),
            FloorEvent::ItemRemade(e) => {
                let was = self.at(e.item);
                if was.is_none_or(|at| at < At::Seen) || self.is_voided(e.item.line) {
                    found.push(breach(e.item, format!("is to be cooked again, and stood at {was:?}")));
                }
                self.put(e.item, At::Fired);
            }
            FloorEvent::OrderCollected(e) => {
                let lines = self.lines_of(e.order);
                let live = lines.iter().filter_map(|line| self.lines.get(line)).filter(|line| !line.voided);
                let ready = live.flat_map(|line| &line.items).all(|item| item.at >= At::Ready);
                if self.state(e.order) != Some(State::InKitchen) || !ready {
                    found.push(breach(format!("order {}", e.order), "was collected, and wasn't ready"));
                }
                for line in lines {
                    if let Some(line) = self.lines.get_mut(&line).filter(|line| !line.voided) {
                        line.items.iter_mut().for_each(|item| item.at = At::Served);
                    }
                }
            }
            FloorEvent::LineVoided(e) => {
                let may = self.line(e.line).is_some_and(|(state, row)| state == State::InKitchen && !row.voided);
                if !may {
                    found.push(breach(format!("line {}", e.line), "was taken off, and wasn't on"));
                }
                if let Some(line) = self.lines.get_mut(&e.line) {
                    line.voided = true;
                }
            }
            FloorEvent::VoidAcknowledged(e) if !self.is_voided(e.item.line) => {
                found.push(breach(e.item, "was seen to be taken off, and wasn't"));
            }
            FloorEvent::LineDivided(e) => {
                if let Some(whole) = self.lines.get(&e.line).cloned() {
                    self.orders.entry(whole.order).and_modify(|order| order.lines.push(e.into));
                    self.lines.insert(e.into, whole);
                }
            }
            FloorEvent::LinesMoved(e) => {
                if self.state(e.order) != Some(State::InKitchen) {
                    found.push(breach(format!("order {}", e.order), "lost lines to another, and isn't in the kitchen"));
                }
                if let Some(order) = self.orders.get_mut(&e.order) {
                    order.lines.retain(|line| !e.lines.contains(line));
                }
                for line in &e.lines {
                    if let Some(line) = self.lines.get_mut(line) {
                        line.order = e.into;
                    }
                }
                self.orders.insert(e.into, Order { state: State::InKitchen, lines: e.lines.clone() });
            }
            FloorEvent::PrintQueued(e) => {
                if let Slip::Kitchen { station, lines, .. } = &e.slip {
                    self.slips.insert(e.job, (station.clone(), lines.clone()));
                }
            }
            FloorEvent::PrintConfirmed(e) if e.confirmed => self.confirmed(e.job),
            _ => {} // Nothing about orders and dishes.
        }
    }

    fn placed(&mut self, e: &OrderPlaced) {
        let state = if e.nod.is_some() { State::WaitsForNod } else { State::WaitsForMoney };
        self.orders.insert(e.order, Order { state, lines: e.lines.iter().map(|line| line.line).collect() });
        for ordered in &e.lines {
            let items = ordered.priced.parts.iter().map(|part| Item { station: part.station.clone(), at: At::Waiting }).collect();
            self.lines.insert(ordered.line, Line { order: e.order, held: ordered.hold.is_some(), voided: false, items });
        }
    }

    fn order(&mut self, id: OrderId, from: &[State], to: State, how: &str, found: &mut Vec<Breach>) {
        let was = self.state(id);
        if was.is_none_or(|state| !from.contains(&state)) {
            found.push(breach(format!("order {id}"), format!("{how}, and stood at {was:?}")));
        }
        if let Some(order) = self.orders.get_mut(&id) {
            order.state = to;
        }
    }

    fn stepped(&mut self, item: ItemKey, step: Step, found: &mut Vec<Breach>) {
        let was = self.at(item);
        let (may, to) = match step {
            Step::Start => (matches!(was, Some(At::Fired | At::Seen)), At::Started),
            Step::Ready => (matches!(was, Some(At::Fired | At::Seen | At::Started)), At::Ready),
            Step::Recall => (matches!(was, Some(At::Ready | At::Served)), At::Started),
            Step::Serve => (was == Some(At::Ready), At::Served),
        };
        if !may || self.is_voided(item.line) {
            found.push(breach(item, format!("did the step {step:?}, and stood at {was:?} or was taken off")));
        }
        self.put(item, to);
    }

    /// A printer has shown what is on the slip.
    fn confirmed(&mut self, job: domain::JobId) {
        let Some((station, lines)) = self.slips.get(&job).cloned() else { return };
        for line in lines {
            let Some(line) = self.lines.get_mut(&line) else { continue };
            let here = line.items.iter_mut().filter(|item| item.station == station && item.at == At::Fired);
            here.for_each(|item| item.at = At::Seen);
        }
    }

    fn saw(&mut self, item: ItemKey) {
        if self.at(item) == Some(At::Fired) {
            self.put(item, At::Seen);
        }
    }

    fn fire(&mut self, line: LineId) {
        let Some(line) = self.lines.get_mut(&line).filter(|line| !line.voided) else { return };
        line.items.iter_mut().filter(|item| item.at == At::Waiting).for_each(|item| item.at = At::Fired);
    }

    fn put(&mut self, item: ItemKey, at: At) {
        let items = self.lines.get_mut(&item.line).map(|line| &mut line.items);
        if let Some(item) = items.and_then(|items| items.get_mut(usize::from(item.part))) {
            item.at = at;
        }
    }

    fn at(&self, item: ItemKey) -> Option<At> {
        self.lines.get(&item.line)?.items.get(usize::from(item.part)).map(|item| item.at)
    }

    fn is_voided(&self, line: LineId) -> bool {
        self.lines.get(&line).is_some_and(|line| line.voided)
    }

    fn state(&self, order: OrderId) -> Option<State> {
        self.orders.get(&order).map(|order| order.state)
    }

    fn line(&self, line: LineId) -> Option<(State, &Line)> {
        let line = self.lines.get(&line)?;
        Some((self.state(line.order)?, line))
    }

    fn lines_of(&self, order: OrderId) -> Vec<LineId> {
        self.orders.get(&order).map(|order| order.lines.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::super::history::*;
    use super::super::States;
    use domain::floor::{
        EndedWhy, Escalation, HoldWhy, ItemsEscalated, LinesFired, NodWhy, OrderAccepted, OrderCollected, OrderEnded,
        OrderRevived, Step, VoidAcknowledged,
    };

    fn waiting() -> History {
        seated().floor(placed(5, 1, vec![ordered(1, "tofu", 1, 2800)]))
    }

    fn needs_nod() -> History {
        let mut order = placed(5, 1, vec![ordered(1, "tofu", 1, 2800)]);
        order.nod = Some(NodWhy::FirstOrder);
        seated().floor(order)
    }

    fn held() -> History {
        let mut line = ordered(1, "tofu", 1, 2800);
        line.hold = Some(HoldWhy::Asked);
        seated().floor(placed(5, 1, vec![line])).floor(released(5))
    }

    fn accepted() -> OrderAccepted {
        OrderAccepted { order: order(5), by: staff("wang"), at: at(0) }
    }

    fn ended() -> OrderEnded {
        OrderEnded { order: order(5), why: EndedWhy::Expired, at: at(0), reason: None, by: None }
    }

    fn revived() -> OrderRevived {
        OrderRevived { order: order(5), reserved: vec![], at: at(0) }
    }

    fn fired() -> LinesFired {
        LinesFired { session: session(1), lines: vec![line(1)], by: None, at: at(0) }
    }

    fn collected() -> OrderCollected {
        OrderCollected { order: order(5), at: at(0) }
    }

    fn escalated() -> ItemsEscalated {
        ItemsEscalated { items: vec![item(1)], step: Escalation::Screen, at: at(0) }
    }

    fn fine(history: History) {
        assert_eq!(history.judged(States::default()), [""; 0]);
    }

    fn breach(history: History) {
        let found = history.judged(States::default());
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn an_order_goes_its_ways() {
        fine(waiting().floor(released(5)));
        fine(waiting().floor(ended()).floor(revived()).floor(released(5)));
        fine(needs_nod().floor(accepted()).floor(released(5)));
        fine(needs_nod().floor(ended()));
        fine(held().floor(fired()));
    }

    #[test]
    fn an_order_goes_no_other_way() {
        breach(needs_nod().floor(released(5)));
        breach(waiting().floor(accepted()));
        breach(waiting().floor(released(5)).floor(released(5)));
        breach(waiting().floor(released(5)).floor(ended()));
        breach(waiting().floor(ended()).floor(released(5)));
        breach(waiting().floor(ended()).floor(ended()));
        breach(waiting().floor(revived()));
        breach(seated().floor(released(9)));
    }

    #[test]
    fn a_dish_goes_its_ways() {
        let cooked =
            || given().floor(painted("wok", vec![item(1)])).floor(stepped(1, Step::Start)).floor(stepped(1, Step::Ready));
        fine(cooked().floor(stepped(1, Step::Recall)).floor(stepped(1, Step::Ready)).floor(stepped(1, Step::Serve)));
        fine(cooked().floor(collected()));
        fine(cooked().floor(remade(1)).floor(escalated()).floor(stepped(1, Step::Start)));
        fine(given().floor(voided(5, 1, vec![])).floor(VoidAcknowledged { item: item(1) }));
        let paper = given().floor(queued(1, 5, vec![1], 0)).floor(domain::floor::PrintSent { job: job(1), at: at(0) });
        fine(paper.floor(domain::floor::PrintConfirmed { job: job(1), confirmed: true, at: at(0) }).floor(remade(1)));
    }

    #[test]
    fn a_dish_goes_no_other_way() {
        breach(waiting().floor(stepped(1, Step::Start)));
        breach(held().floor(stepped(1, Step::Start)));
        breach(waiting().floor(painted("wok", vec![item(1)])));
        breach(given().floor(stepped(1, Step::Serve)));
        breach(given().floor(stepped(1, Step::Recall)));
        breach(given().floor(stepped(1, Step::Ready)).floor(stepped(1, Step::Start)));
        breach(given().floor(remade(1)));
        breach(given().floor(collected()));
        breach(given().floor(fired()));
        breach(held().floor(fired()).floor(fired()));
        breach(given().floor(stepped(1, Step::Start)).floor(escalated()));
        breach(given().floor(stepped(9, Step::Start)));
    }

    #[test]
    fn what_is_taken_off_stays_off() {
        breach(given().floor(voided(5, 1, vec![])).floor(stepped(1, Step::Start)));
        breach(given().floor(voided(5, 1, vec![])).floor(voided(5, 1, vec![])));
        breach(waiting().floor(voided(5, 1, vec![])));
        breach(given().floor(VoidAcknowledged { item: item(1) }));
    }

    #[test]
    fn divided_and_moved_dishes_go_on_where_they_stood() {
        let moved = given().floor(stepped(1, Step::Ready)).floor(line_divided(5, 1, 2, 1)).floor(lines_moved(5, 6, vec![2]));
        fine(moved.clone().floor(stepped(2, Step::Serve)).floor(stepped(1, Step::Serve)));
        breach(moved.floor(stepped(2, Step::Start)));
        breach(waiting().floor(lines_moved(5, 6, vec![1])));
    }
}
