//! S3: who wants something once gets it once.

use super::Law;
use crate::facts::{Fact, Noted, Told, WishId};
use domain::floor::FloorEvent;
use domain::{LineId, OrderId};
use std::collections::{BTreeMap, BTreeSet};

/// However often a wish to order is sent, and under however many keys, at most one order comes of it; none comes of nothing.
#[derive(Clone, Debug, Default)]
pub struct OneIntent {
    wishes: BTreeSet<WishId>,
    wish_of: BTreeMap<u128, WishId>,
    order_of: BTreeMap<WishId, OrderId>,
    placed: BTreeSet<OrderId>,
    lines: BTreeMap<LineId, OrderId>,
}

impl OneIntent {
    fn placed(&mut self, command: u128, order: OrderId, lines: impl Iterator<Item = LineId>, against: &mut Vec<String>) {
        if !self.placed.insert(order) {
            against.push(format!("order {order} was placed twice"));
            return;
        }
        match self.wish_of.get(&command).filter(|wish| self.wishes.contains(wish)) {
            None => against.push(format!("order {order} was placed, but nobody wanted to order under {command:032x}")),
            Some(wish) => {
                if let Some(first) = self.order_of.get(wish) {
                    against.push(format!("of wish {} came two orders, {first} and {order}", wish.0));
                } else {
                    self.order_of.insert(*wish, order);
                }
            }
        }
        let taken = lines.filter_map(|line| Some((line, self.lines.insert(line, order)?)));
        if let Some((line, before)) = taken.last() {
            against.push(format!("line {line} stands in order {before} and in order {order}"));
        }
    }
}

impl Law for OneIntent {
    fn name(&self) -> &'static str {
        "S3"
    }

    fn demands(&self) -> &'static str {
        "of every wish to order comes at most one order, under whatever keys it is sent, and of nothing comes none"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::OrderWanted(wanted) => {
                self.wishes.insert(wanted.wish);
            }
            Fact::Sent { key, wish: Some(wish), .. } => {
                if let Some(other) = self.wish_of.insert(*key, *wish).filter(|other| other != wish) {
                    against.push(format!("key {key:032x} was used for the wishes {} and {}", other.0, wish.0));
                }
            }
            Fact::Event(event) => {
                if let Told::Floor(FloorEvent::OrderPlaced(e)) = &event.told {
                    self.placed(event.command, e.order, e.lines.iter().map(|ordered| ordered.line), against);
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

    /// A wish is sent under these keys, and orders come of it under some, each with its line.
    fn history(keys: &[u128], orders: &[(u128, u128, u128)]) -> Vec<String> {
        let mut history = seated().fact(wanted(1, 1, Some(11), &[ordered(1, "tofu", 1, 2800)]));
        for key in keys {
            history = history.fact(sent(*key, Some(1)));
        }
        for (key, order, line) in orders {
            history = history.command(*key, true, vec![placed(*order, 1, vec![ordered(*line, "tofu", 1, 2800)]).into()]);
        }
        history.judged(OneIntent::default())
    }

    #[test]
    fn one_order_comes_of_a_wish_sent_often() {
        assert_eq!(history(&[5, 5, 6, 5], &[(6, 6, 1)]), [""; 0]);
        assert_eq!(history(&[5], &[]), [""; 0]);
    }

    #[test]
    fn two_orders_of_one_wish_are_a_breach() {
        assert_eq!(history(&[5, 6], &[(5, 5, 1), (6, 6, 2)]).len(), 1);
    }

    #[test]
    fn the_same_order_twice_is_a_breach() {
        assert_eq!(history(&[5], &[(5, 5, 1), (5, 5, 1)]).len(), 1);
    }

    #[test]
    fn an_order_nobody_wanted_is_a_breach() {
        assert_eq!(history(&[5], &[(7, 7, 1)]).len(), 1);
    }

    #[test]
    fn a_line_in_two_orders_is_a_breach() {
        let first = seated().fact(wanted(1, 1, None, &[])).fact(wanted(2, 1, None, &[])).fact(sent(5, Some(1)));
        let line = || vec![ordered(1, "tofu", 1, 2800)];
        let both = first.fact(sent(6, Some(2))).command(5, true, vec![placed(5, 1, line()).into()]);
        assert_eq!(both.command(6, true, vec![placed(6, 1, line()).into()]).judged(OneIntent::default()).len(), 1);
    }

    #[test]
    fn one_key_for_two_wishes_is_a_breach() {
        assert_eq!(seated().fact(sent(5, Some(1))).fact(sent(5, Some(2))).judged(OneIntent::default()).len(), 1);
    }
}
