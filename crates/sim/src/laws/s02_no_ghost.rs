//! S2: the kitchen sees nothing that isn't in the journal.

use super::Law;
use super::cooking::Cooking;
use crate::facts::{Fact, Noted, Told};
use domain::OrderId;
use domain::floor::{FloorEvent, ItemKey};
use std::collections::BTreeSet;

/// Whatever a screen draws or a printer prints for the kitchen is of an order that is durable and that the kitchen may cook; and what
/// the journal holds for painted was drawn.
#[derive(Clone, Debug, Default)]
pub struct NoGhost {
    cooking: Cooking,
    items: BTreeSet<ItemKey>,
    orders: BTreeSet<OrderId>,
    drawn: BTreeSet<(String, ItemKey)>,
}

impl Law for NoGhost {
    fn name(&self) -> &'static str {
        "S2"
    }

    fn demands(&self) -> &'static str {
        "every dish drawn and every ticket printed is of a durable order that the kitchen was given, and what counts as painted was drawn"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Event(event) => {
                if let Told::Floor(event) = &event.told {
                    self.cooking.see(event);
                    if let FloorEvent::ItemsPainted(painted) = event {
                        let undrawn = |item: &&ItemKey| !self.drawn.contains(&(painted.screen.clone(), **item));
                        let said = painted.items.iter().filter(undrawn);
                        against.extend(
                            said.map(|item| format!("{item} counts as painted on {}, which never drew it", painted.screen)),
                        );
                    }
                }
            }
            Fact::Painted { screen, item } => {
                self.drawn.insert((screen.clone(), *item));
                let what = match self.cooking.dish(*item) {
                    None => "which is of no durable order",
                    Some((_, dish)) if !dish.fired => "which the kitchen wasn't given",
                    Some(_) => return,
                };
                if self.items.insert(*item) {
                    against.push(format!("{screen} drew {item}, {what}"));
                }
            }
            Fact::Paper(paper) => {
                let Some((order, station)) = &paper.ticket else { return };
                if !self.cooking.has_order_like(*order) && self.orders.insert(*order) {
                    against.push(format!("{} printed a ticket for {station} of {order}, which isn't durable", paper.printer));
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

    #[test]
    fn what_was_given_to_the_kitchen_may_be_shown() {
        let history = given().fact(drawn("wok", 1)).fact(ticket(5, "wok", false, "1 tofu"));
        assert_eq!(history.judged(NoGhost::default()), [""; 0]);
        let moved = given().floor(lines_moved(5, 6, vec![1])).fact(ticket(6, "wok", false, "1 tofu"));
        assert_eq!(moved.judged(NoGhost::default()), [""; 0]);
    }

    #[test]
    fn what_nobody_kept_is_a_ghost() {
        assert_eq!(given().fact(drawn("wok", 9)).fact(drawn("wok", 9)).judged(NoGhost::default()).len(), 1);
        assert_eq!(given().fact(ticket(9, "wok", false, "1 tofu")).judged(NoGhost::default()).len(), 1);
    }

    #[test]
    fn what_the_kitchen_was_not_given_is_a_ghost() {
        let waiting = seated().floor(placed(5, 1, vec![ordered(1, "tofu", 1, 2800)])).fact(drawn("wok", 1));
        assert_eq!(waiting.judged(NoGhost::default()).len(), 1);
    }
}
