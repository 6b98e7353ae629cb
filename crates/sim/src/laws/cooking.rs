//! What the kitchen must cook, read off the floor's events alone: shared by the laws that look at screens and paper.

use domain::floor::{FloorEvent, ItemKey, Step};
use domain::{LineId, OrderId, StationId};
use std::collections::BTreeMap;

/// The beginning of an order's id, which is all that the code on its ticket tells. Orders made of moved lines may share it.
pub(super) fn start_of(order: OrderId) -> u128 {
    order.0 >> 80
}

/// Every dish that was ever ordered, and what has become of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Cooking {
    lines: BTreeMap<LineId, Row>,
    orders: BTreeMap<OrderId, Vec<LineId>>,
}

#[derive(Clone, Debug)]
struct Row {
    order: OrderId,
    held: bool,
    voided: bool,
    dishes: Vec<Dish>,
}

/// What one station cooks of a line.
#[derive(Clone, Debug)]
pub(super) struct Dish {
    pub station: StationId,
    /// The kitchen was told to cook it.
    pub fired: bool,
    /// Nobody has to be told of it any more: it is being cooked, is done, or is wanted no more.
    pub over: bool,
    /// How often it was to be cooked again.
    pub remade: u32,
}

/// What an event changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// To be cooked from now on.
    pub fired: Vec<ItemKey>,
    /// Need nobody's eyes any more.
    pub over: Vec<ItemKey>,
    /// To be cooked again.
    pub again: Vec<ItemKey>,
}

impl Cooking {
    /// The order that a line stands in now, and one of its dishes.
    pub fn dish(&self, item: ItemKey) -> Option<(OrderId, &Dish)> {
        let row = self.lines.get(&item.line)?;
        Some((row.order, row.dishes.get(usize::from(item.part))?))
    }

    /// Whether there is an order that a ticket's code could mean.
    pub fn has_order_like(&self, order: OrderId) -> bool {
        let (first, last) = (start_of(order) << 80, (start_of(order) << 80) | ((1 << 80) - 1));
        self.orders.range(OrderId(first)..=OrderId(last)).next().is_some()
    }

    /// The order that a line stands in.
    pub fn order_of(&self, line: LineId) -> Option<OrderId> {
        self.lines.get(&line).map(|row| row.order)
    }

    /// Takes an event in.
    pub fn see(&mut self, event: &FloorEvent) -> Changes {
        let mut changes = Changes::default();
        match event {
            FloorEvent::OrderPlaced(e) => {
                for ordered in &e.lines {
                    let dish =
                        |part: &domain::menu::Part| Dish { station: part.station.clone(), fired: false, over: false, remade: 0 };
                    let dishes = ordered.priced.parts.iter().map(dish).collect();
                    let row = Row { order: e.order, held: ordered.hold.is_some(), voided: false, dishes };
                    self.lines.insert(ordered.line, row);
                }
                self.orders.insert(e.order, e.lines.iter().map(|ordered| ordered.line).collect());
            }
            FloorEvent::OrderReleased(e) => {
                for line in self.orders.get(&e.order).cloned().unwrap_or_default() {
                    if self.lines.get(&line).is_some_and(|row| !row.held) {
                        self.fire(line, &mut changes);
                    }
                }
            }
            FloorEvent::LinesFired(e) => e.lines.iter().for_each(|line| self.fire(*line, &mut changes)),
            FloorEvent::ItemStepped(e) => match e.step {
                Step::Start | Step::Ready | Step::Recall | Step::Serve => self.end(e.item, &mut changes),
            },
            FloorEvent::LineVoided(e) => {
                if let Some(row) = self.lines.get_mut(&e.line) {
                    row.voided = true;
                }
                self.end_line(e.line, &mut changes);
            }
            FloorEvent::OrderCollected(e) => {
                for line in self.orders.get(&e.order).cloned().unwrap_or_default() {
                    self.end_line(line, &mut changes);
                }
            }
            FloorEvent::ItemRemade(e) => {
                if let Some(dish) = self.dish_mut(e.item) {
                    dish.remade += 1;
                    dish.over = false;
                    changes.again.push(e.item);
                }
            }
            FloorEvent::LineDivided(e) => {
                if let Some(row) = self.lines.get(&e.line).cloned() {
                    self.orders.entry(row.order).or_default().push(e.into);
                    for (part, _) in row.dishes.iter().enumerate().filter(|(_, dish)| dish.fired && !dish.over) {
                        changes.fired.extend(u8::try_from(part).ok().map(|part| ItemKey { line: e.into, part }));
                    }
                    self.lines.insert(e.into, row);
                }
            }
            FloorEvent::LinesMoved(e) => {
                for line in &e.lines {
                    if let Some(row) = self.lines.get_mut(line) {
                        row.order = e.into;
                    }
                }
                if let Some(left) = self.orders.get_mut(&e.order) {
                    left.retain(|line| !e.lines.contains(line));
                }
                self.orders.insert(e.into, e.lines.clone());
            }
            // What is left over at the end of a day was signed for; nobody waits for it any more.
            FloorEvent::DayClosed(_) => {
                let lines: Vec<LineId> = self.lines.keys().copied().collect();
                lines.into_iter().for_each(|line| self.end_line(line, &mut changes));
            }
            _ => {} // Nothing about dishes.
        }
        changes
    }

    fn fire(&mut self, line: LineId, changes: &mut Changes) {
        let Some(row) = self.lines.get_mut(&line).filter(|row| !row.voided) else { return };
        for (part, dish) in row.dishes.iter_mut().enumerate().filter(|(_, dish)| !dish.fired) {
            dish.fired = true;
            changes.fired.extend(u8::try_from(part).ok().map(|part| ItemKey { line, part }));
        }
    }

    fn end(&mut self, item: ItemKey, changes: &mut Changes) {
        if let Some(dish) = self.dish_mut(item).filter(|dish| !dish.over) {
            dish.over = true;
            changes.over.push(item);
        }
    }

    fn end_line(&mut self, line: LineId, changes: &mut Changes) {
        let parts = self.lines.get(&line).map_or(0, |row| row.dishes.len());
        for part in (0..parts).filter_map(|part| u8::try_from(part).ok()) {
            self.end(ItemKey { line, part }, changes);
        }
    }

    fn dish_mut(&mut self, item: ItemKey) -> Option<&mut Dish> {
        self.lines.get_mut(&item.line)?.dishes.get_mut(usize::from(item.part))
    }
}
