//! S7: no portion is sold twice, and none is lost.

use super::Law;
use crate::facts::{Fact, Noted, Told};
use domain::floor::{FloorEvent, ItemKey, LineVoided, OrderPlaced, OrderedLine, Step};
use domain::{DishId, LineId, OrderId};
use std::collections::{BTreeMap, BTreeSet};

/// Counted dishes are never sold beyond what is left, an order takes exactly the counted portions of its lines, an order that ends
/// and a void give back what nobody has begun to cook, once; and a refused command takes nothing.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    left: BTreeMap<DishId, Left>,
    orders: BTreeMap<OrderId, Taken>,
    lines: BTreeMap<LineId, Line>,
    begun: BTreeSet<ItemKey>,
    voided: BTreeSet<LineId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Left {
    sold_out: bool,
    count: Option<i64>,
}

#[derive(Clone, Debug, Default)]
struct Taken {
    lines: Vec<LineId>,
    portions: BTreeMap<DishId, i64>,
    /// What it has at the moment; nothing once it has ended.
    holds: bool,
}

#[derive(Clone, Debug)]
struct Line {
    quantity: i64,
    /// A set meal counts by itself too.
    set: Option<DishId>,
    parts: Vec<(DishId, i64)>,
}

type Portions = BTreeMap<DishId, i64>;

fn add(portions: &mut Portions, dish: &DishId, count: i64) {
    *portions.entry(dish.clone()).or_default() += count;
}

fn summed(portions: &[(DishId, u32)]) -> Portions {
    let mut sum = Portions::new();
    portions.iter().for_each(|(dish, count)| add(&mut sum, dish, i64::from(*count)));
    sum
}

impl Line {
    fn of(ordered: &OrderedLine) -> Line {
        let quantity = i64::from(ordered.selection.quantity);
        let set = (!ordered.selection.set.is_empty()).then(|| ordered.selection.dish.clone());
        let parts = ordered.priced.parts.iter().map(|part| (part.dish.clone(), i64::from(part.quantity))).collect();
        Line { quantity, set, parts }
    }

    fn uses(&self) -> impl Iterator<Item = (&DishId, i64)> {
        let set = self.set.iter().map(|dish| (dish, self.quantity));
        self.parts.iter().map(|(dish, count)| (dish, *count)).chain(set)
    }

    fn part(&self, quantity: i64) -> Line {
        let parts = self.parts.iter().map(|(dish, count)| (dish.clone(), count / self.quantity.max(1) * quantity)).collect();
        Line { quantity, set: self.set.clone(), parts }
    }
}

impl Stock {
    fn is_counted(&self, dish: &DishId) -> bool {
        self.left.get(dish).is_some_and(|left| left.count.is_some())
    }

    /// What lines take of counted dishes; and of dishes that are sold out.
    fn due(&self, lines: &[LineId]) -> (Portions, Option<DishId>) {
        let (mut due, mut sold_out) = (Portions::new(), None);
        for (dish, count) in lines.iter().filter_map(|line| self.lines.get(line)).flat_map(Line::uses) {
            if self.left.get(dish).is_some_and(|left| left.sold_out) {
                sold_out = Some(dish.clone());
            }
            if self.is_counted(dish) && count > 0 {
                add(&mut due, dish, count);
            }
        }
        (due, sold_out)
    }

    fn take(&mut self, order: OrderId, reserved: &[(DishId, u32)], against: &mut Vec<String>) {
        let lines = self.orders.get(&order).map(|taken| taken.lines.clone()).unwrap_or_default();
        let lines: Vec<LineId> = lines.into_iter().filter(|line| !self.voided.contains(line)).collect();
        let (due, sold_out) = self.due(&lines);
        let reserved = summed(reserved);
        if let Some(dish) = sold_out {
            against.push(format!("order {order} has {dish}, which is sold out"));
        }
        if due != reserved {
            against.push(format!("order {order} took {reserved:?} of what is counted, and its lines are {due:?}"));
        }
        for (dish, count) in &due {
            let Some(Left { count: Some(left), .. }) = self.left.get_mut(dish) else { continue };
            *left -= count;
            if *left < 0 {
                against.push(format!("order {order} took {count} of {dish}, {} more than there were", -*left));
                *left = 0; // Said once; what follows is judged by itself.
            }
        }
        if let Some(taken) = self.orders.get_mut(&order) {
            (taken.portions, taken.holds) = (reserved, true);
        }
    }

    fn put_back(&mut self, portions: &Portions) {
        for (dish, count) in portions {
            if let Some(Left { count: Some(left), .. }) = self.left.get_mut(dish) {
                *left += count;
            }
        }
    }

    fn placed(&mut self, e: &OrderPlaced, against: &mut Vec<String>) {
        self.lines.extend(e.lines.iter().map(|ordered| (ordered.line, Line::of(ordered))));
        let lines = e.lines.iter().map(|ordered| ordered.line).collect();
        self.orders.insert(e.order, Taken { lines, ..Taken::default() });
        self.take(e.order, &e.reserved, against);
    }

    fn voided(&mut self, e: &LineVoided, against: &mut Vec<String>) {
        let given = summed(&e.restocked);
        if !self.voided.insert(e.line) && !given.is_empty() {
            against.push(format!("line {} was taken off twice", e.line));
        }
        let counted = self.orders.get(&e.order).map(|taken| taken.portions.clone()).unwrap_or_default();
        let due = self.untouched(e.line, &counted);
        if due != given {
            against.push(format!("the void of line {} put {given:?} back, and {due:?} were untouched", e.line));
        }
        self.put_back(&due);
    }

    /// Portions of a line that were counted when it was ordered and that nobody has begun to cook. What was begun once is gone,
    /// even if it is to be cooked again.
    fn untouched(&self, line: LineId, counted: &Portions) -> Portions {
        let Some(row) = self.lines.get(&line) else { return Portions::new() };
        let is_begun = |part: usize| u8::try_from(part).is_ok_and(|part| self.begun.contains(&ItemKey { line, part }));
        let mut due = Portions::new();
        for (part, (dish, count)) in row.parts.iter().enumerate() {
            if !is_begun(part) && counted.contains_key(dish) {
                add(&mut due, dish, *count);
            }
        }
        if let Some(set) = row.set.as_ref().filter(|set| counted.contains_key(*set))
            && !(0..row.parts.len()).any(is_begun)
        {
            add(&mut due, set, row.quantity);
        }
        due
    }

    fn event(&mut self, event: &FloorEvent, against: &mut Vec<String>) {
        match event {
            FloorEvent::DayOpened(e) => {
                let counted = |count: u32| Left { sold_out: false, count: Some(i64::from(count)) };
                self.left = e.stock.iter().map(|(dish, count)| (dish.clone(), counted(*count))).collect();
                // What was carried over has no part in the new day's portions.
                self.orders.values_mut().for_each(|taken| taken.portions.clear());
            }
            FloorEvent::StockSet(e) => {
                self.left.insert(e.dish.clone(), Left { sold_out: e.sold_out, count: e.remaining.map(i64::from) });
            }
            FloorEvent::OrderPlaced(e) => self.placed(e, against),
            FloorEvent::OrderRevived(e) => {
                if self.orders.get(&e.order).is_none_or(|taken| taken.holds) {
                    against.push(format!("order {} took its portions again without having given them up", e.order));
                }
                self.take(e.order, &e.reserved, against);
            }
            FloorEvent::OrderEnded(e) => {
                let Some(taken) = self.orders.get_mut(&e.order) else { return };
                if !std::mem::replace(&mut taken.holds, false) {
                    against.push(format!("order {} gave its portions back twice", e.order));
                    return;
                }
                let portions = taken.portions.clone();
                self.put_back(&portions);
            }
            FloorEvent::LineVoided(e) => self.voided(e, against),
            FloorEvent::ItemStepped(e) => match e.step {
                Step::Start | Step::Ready | Step::Recall | Step::Serve => {
                    self.begun.insert(e.item);
                }
            },
            FloorEvent::OrderCollected(e) => {
                let lines = self.orders.get(&e.order).map(|taken| taken.lines.clone()).unwrap_or_default();
                for line in lines {
                    let parts = self.lines.get(&line).map_or(0, |row| row.parts.len());
                    self.begun.extend((0..parts).filter_map(|part| Some(ItemKey { line, part: u8::try_from(part).ok()? })));
                }
            }
            FloorEvent::LineDivided(e) => {
                let Some(whole) = self.lines.get(&e.line).cloned() else { return };
                self.lines.insert(e.line, whole.part(whole.quantity - i64::from(e.quantity)));
                self.lines.insert(e.into, whole.part(i64::from(e.quantity)));
                let begun: Vec<ItemKey> = self.begun.iter().filter(|item| item.line == e.line).copied().collect();
                self.begun.extend(begun.into_iter().map(|item| ItemKey { line: e.into, ..item }));
                self.orders.entry(e.order).or_default().lines.push(e.into);
            }
            FloorEvent::LinesMoved(e) => {
                let Some(source) = self.orders.get_mut(&e.order) else { return };
                source.lines.retain(|line| !e.lines.contains(line));
                let moved = Taken { lines: e.lines.clone(), ..source.clone() };
                self.orders.insert(e.into, moved);
            }
            _ => {} // Nothing about portions.
        }
    }
}

impl Law for Stock {
    fn name(&self) -> &'static str {
        "S7"
    }

    fn demands(&self) -> &'static str {
        "counted portions are sold once, never beyond what is left, and go back only where nobody has begun to cook them"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Event(event) => {
                if let Told::Floor(event) = &event.told {
                    self.event(event, against);
                }
            }
            Fact::Command { id, accepted: false, first_seq, last_seq, .. } if last_seq >= first_seq => {
                against.push(format!("command {id:032x} was refused, and left the events {first_seq} to {last_seq}"));
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
    use domain::floor::{DayOpened, EndedWhy, OrderEnded, OrderRevived, StockSet};

    /// A day with so many portions of tofu, and a party.
    fn day(tofu: u32) -> History {
        let opened = DayOpened { number: 1, at: at(0), stock: vec![(dish("tofu"), tofu)] };
        History::new().floor(opened).floor(super::super::history::opened(1)).floor(joined(1, 11))
    }

    fn tofu(n: u128, count: u16, reserved: u32) -> OrderPlaced {
        let mut order = placed(n, 1, vec![ordered(n, "tofu", count, 2800)]);
        order.reserved = if reserved == 0 { vec![] } else { vec![(dish("tofu"), reserved)] };
        order
    }

    fn ended(n: u128) -> OrderEnded {
        OrderEnded { order: order(n), why: EndedWhy::Expired, at: at(0), reason: None, by: None }
    }

    fn revived(n: u128, tofu: u32) -> OrderRevived {
        OrderRevived { order: order(n), reserved: vec![(dish("tofu"), tofu)], at: at(0) }
    }

    fn set(sold_out: bool, remaining: Option<u32>) -> StockSet {
        StockSet { dish: dish("tofu"), sold_out, remaining }
    }

    fn judged(history: History) -> Vec<String> {
        history.judged(Stock::default())
    }

    #[test]
    fn the_last_portion_is_sold_once() {
        assert_eq!(judged(day(3).floor(tofu(5, 2, 2)).floor(tofu(6, 1, 1))), [""; 0]);
        assert_eq!(judged(day(3).floor(tofu(5, 2, 2)).floor(tofu(6, 2, 2))).len(), 1);
    }

    #[test]
    fn portions_come_back_with_an_order_that_ends_and_are_taken_again_when_it_is_paid_late() {
        let again = day(2).floor(tofu(5, 2, 2)).floor(ended(5)).floor(tofu(6, 2, 2)).floor(ended(6)).floor(revived(5, 2));
        assert_eq!(judged(again), [""; 0]);
        let sold = day(2).floor(tofu(5, 2, 2)).floor(ended(5)).floor(tofu(6, 2, 2)).floor(revived(5, 2));
        assert_eq!(judged(sold).len(), 1);
        assert_eq!(judged(day(2).floor(tofu(5, 2, 2)).floor(ended(5)).floor(ended(5))).len(), 1);
        assert_eq!(judged(day(9).floor(tofu(5, 2, 2)).floor(revived(5, 2))).len(), 1);
    }

    #[test]
    fn an_order_takes_what_its_lines_are() {
        assert_eq!(judged(day(9).floor(tofu(5, 2, 1))).len(), 1);
        assert_eq!(judged(day(9).floor(tofu(5, 2, 0))).len(), 1);
        assert_eq!(judged(day(9).floor(set(false, None)).floor(tofu(5, 2, 0))), [""; 0]);
        assert_eq!(judged(day(9).floor(set(false, None)).floor(tofu(5, 2, 2))).len(), 1);
    }

    #[test]
    fn what_is_sold_out_is_not_sold() {
        assert_eq!(judged(day(9).floor(set(true, None)).floor(tofu(5, 2, 0))).len(), 1);
        assert_eq!(judged(day(0).floor(set(false, Some(2))).floor(tofu(5, 2, 2))), [""; 0]);
    }

    #[test]
    fn a_void_puts_back_what_nobody_has_begun_once() {
        let cooking = || day(2).floor(tofu(5, 2, 2)).floor(released(5));
        let back = || vec![(dish("tofu"), 2)];
        assert_eq!(judged(cooking().floor(voided(5, 5, back())).floor(tofu(6, 2, 2))), [""; 0]);
        assert_eq!(judged(cooking().floor(stepped(5, Step::Start)).floor(voided(5, 5, vec![]))), [""; 0]);
        assert_eq!(judged(cooking().floor(stepped(5, Step::Start)).floor(voided(5, 5, back()))).len(), 1);
        assert_eq!(judged(cooking().floor(voided(5, 5, vec![]))).len(), 1);
        let again = || cooking().floor(stepped(5, Step::Start)).floor(remade(5));
        assert_eq!(judged(again().floor(voided(5, 5, vec![]))), [""; 0]);
        assert_eq!(judged(again().floor(voided(5, 5, back()))).len(), 1);
        assert!(!judged(cooking().floor(voided(5, 5, back())).floor(voided(5, 5, back()))).is_empty());
    }

    #[test]
    fn divided_and_moved_lines_keep_their_portions() {
        let cooking = day(2).floor(tofu(5, 2, 2)).floor(released(5)).floor(line_divided(5, 5, 7, 1));
        let moved = cooking.floor(lines_moved(5, 8, vec![7])).floor(voided(8, 7, vec![(dish("tofu"), 1)]));
        assert_eq!(judged(moved.floor(voided(5, 5, vec![(dish("tofu"), 1)])).floor(tofu(6, 2, 2))), [""; 0]);
    }

    #[test]
    fn a_refused_command_takes_nothing() {
        assert_eq!(judged(day(9).command(7, false, vec![])), [""; 0]);
        assert_eq!(judged(day(9).command(7, false, vec![tofu(5, 1, 1).into()])).len(), 1);
    }
}
