//! S4: an order is what the person saw, at the price of the menu.

use super::Law;
use crate::facts::{Fact, LineWanted, Noted, OrderWanted, Told, WishId};
use domain::Money;
use domain::floor::{FloorEvent, OrderPlaced, OrderedLine};
use std::collections::BTreeMap;

/// The most one order may come to: ten million yuan. Beyond it somebody has miscounted.
const CAP_FEN: i128 = 1_000_000_000;

/// An accepted order has the lines that were wanted, at the prices that were read and that its menu says, and its total is their
/// sum, exactly.
#[derive(Clone, Debug, Default)]
pub struct Content {
    menus: BTreeMap<u32, BTreeMap<String, Money>>,
    wanted: BTreeMap<WishId, OrderWanted>,
    wish_of: BTreeMap<u128, WishId>,
}

impl Content {
    fn check(&self, command: u128, placed: &OrderPlaced) -> Option<String> {
        let lines = &placed.lines;
        let sum: i128 = lines.iter().map(|line| i128::from(line.priced.amount.0)).sum();
        if sum != i128::from(placed.total.0) {
            return Some(format!("its lines come to {sum} fen, but its total is {}", placed.total.0));
        }
        if !(0..=CAP_FEN).contains(&sum) {
            return Some(format!("it comes to {sum} fen"));
        }
        let menu = self.menus.get(&placed.menu_version);
        if menu.is_none() {
            return Some(format!("it names menu {}, which never was on sale", placed.menu_version));
        }
        if let Some(why) = lines.iter().find_map(|line| against_menu(line, menu?)) {
            return Some(why);
        }
        // An order nobody wanted is against another law.
        let wanted = self.wish_of.get(&command).and_then(|wish| self.wanted.get(wish))?;
        against_wish(placed, wanted)
    }
}

/// What is wrong with a line by itself and by its menu.
fn against_menu(line: &OrderedLine, menu: &BTreeMap<String, Money>) -> Option<String> {
    let (id, asked, priced) = (line.line, &line.selection, &line.priced);
    let due = i128::from(priced.unit_price.0) * i128::from(asked.quantity);
    if asked.quantity == 0 || due != i128::from(priced.amount.0) {
        return Some(format!("line {id} costs {} fen for {} at {}", priced.amount.0, asked.quantity, priced.unit_price.0));
    }
    let is_plain = asked.options.is_empty() && asked.set.is_empty() && asked.weight_g.is_none();
    if let Some(price) = menu.get(asked.dish.as_str()).filter(|price| is_plain && **price != priced.unit_price) {
        return Some(format!("line {id}: {} costs {} fen on the menu, not {}", asked.dish, price.0, priced.unit_price.0));
    }
    let cooked: u64 = priced.parts.iter().map(|part| u64::from(part.quantity)).sum();
    let wrong = is_plain && priced.parts.iter().any(|part| part.dish != asked.dish) || cooked < u64::from(asked.quantity);
    wrong.then(|| format!("line {id}: the kitchen gets {cooked} portions, not {} of {}", asked.quantity, asked.dish))
}

/// What differs between an order and what the person wanted.
fn against_wish(placed: &OrderPlaced, wanted: &OrderWanted) -> Option<String> {
    let taken = |line: &OrderedLine| LineWanted {
        line: line.line,
        dish: line.selection.dish.to_string(),
        quantity: line.selection.quantity,
        unit_price: line.priced.unit_price,
        note: tidy(line.selection.note.as_deref()),
    };
    let mut due: Vec<LineWanted> = wanted.lines.clone();
    due.iter_mut().for_each(|line| line.note = tidy(line.note.as_deref()));
    let mut is: Vec<LineWanted> = placed.lines.iter().map(taken).collect();
    due.sort_by_key(|line| line.line);
    is.sort_by_key(|line| line.line);
    if due.len() != is.len() {
        return Some(format!("{} lines were wanted, {} were taken", due.len(), is.len()));
    }
    if let Some((due, is)) = due.iter().zip(&is).find(|(due, is)| due != is) {
        return Some(format!("wanted was {due:?}, taken was {is:?}"));
    }
    (placed.total != wanted.total).then(|| format!("{} fen were read, {} taken", wanted.total.0, placed.total.0))
}

fn tidy(note: Option<&str>) -> Option<String> {
    note.map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned)
}

impl Law for Content {
    fn name(&self) -> &'static str {
        "S4"
    }

    fn demands(&self) -> &'static str {
        "an order has the lines, prices and total that the person read, and they are its menu's"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::MenuOnSale { version, prices } => {
                self.menus.insert(*version, prices.iter().cloned().collect());
            }
            Fact::OrderWanted(wanted) => {
                self.wanted.insert(wanted.wish, wanted.clone());
            }
            Fact::Sent { key, wish: Some(wish), .. } => {
                self.wish_of.insert(*key, *wish);
            }
            Fact::Event(event) => {
                if let Told::Floor(FloorEvent::OrderPlaced(e)) = &event.told
                    && let Some(why) = self.check(event.command, e)
                {
                    against.push(format!("order {}: {why}", e.order));
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

    fn lines() -> Vec<OrderedLine> {
        vec![ordered(1, "tofu", 2, 2800), ordered(2, "rice", 3, 300)]
    }

    /// Two portions of tofu and three of rice are wanted; this order comes of it.
    fn comes(change: impl Fn(&mut OrderPlaced)) -> Vec<String> {
        let prices = vec![("tofu".to_owned(), Money(2800)), ("rice".to_owned(), Money(300))];
        let mut order = placed(5, 1, lines());
        change(&mut order);
        let history = seated().fact(Fact::MenuOnSale { version: 1, prices }).fact(wanted(1, 1, Some(11), &lines()));
        history.fact(sent(5, Some(1))).command(5, true, vec![order.into()]).judged(Content::default())
    }

    #[test]
    fn what_was_read_is_taken() {
        assert_eq!(comes(|_| {}), [""; 0]);
        assert_eq!(comes(|order| order.lines.reverse()), [""; 0]);
        assert_eq!(comes(|order| order.lines[0].selection.note = Some("  ".to_owned())), [""; 0]);
    }

    #[test]
    fn another_sum_is_a_breach() {
        assert_eq!(comes(|order| order.total = Money(6499)).len(), 1);
        assert_eq!(comes(|order| order.lines[0].priced.amount = Money(5599)).len(), 1);
    }

    #[test]
    fn another_price_than_the_menus_is_a_breach_even_if_it_adds_up() {
        let dearer = |order: &mut OrderPlaced| {
            order.lines[1].priced.unit_price = Money(400);
            order.lines[1].priced.amount = Money(1200);
            order.total = Money(6800);
        };
        assert_eq!(comes(dearer).len(), 1);
        assert_eq!(comes(|order| order.menu_version = 2).len(), 1);
    }

    #[test]
    fn lines_lost_added_or_changed_are_a_breach() {
        let lost = |order: &mut OrderPlaced| {
            order.lines.pop();
            order.total = Money(5600);
        };
        assert_eq!(comes(lost).len(), 1);
        let more = |order: &mut OrderPlaced| {
            order.lines.push(ordered(3, "rice", 1, 300));
            order.total = Money(6800);
        };
        assert_eq!(comes(more).len(), 1);
        let fewer = |order: &mut OrderPlaced| {
            order.lines[0] = ordered(1, "tofu", 1, 2800);
            order.total = Money(3700);
        };
        assert_eq!(comes(fewer).len(), 1);
        assert_eq!(comes(|order| order.lines[0].selection.note = Some("no chilli".to_owned())).len(), 1);
        assert_eq!(comes(|order| order.lines[0].line = line(9)).len(), 1);
    }

    #[test]
    fn the_kitchen_gets_what_was_ordered() {
        assert_eq!(comes(|order| order.lines[0].priced.parts[0].quantity = 1).len(), 1);
        assert_eq!(comes(|order| order.lines[0].priced.parts[0].dish = dish("rice")).len(), 1);
    }

    #[test]
    fn what_nobody_can_owe_is_a_breach() {
        let huge = |order: &mut OrderPlaced| {
            order.lines[0].priced.amount = Money(2_000_000_000);
            order.total = Money(2_000_000_900);
        };
        assert_eq!(comes(huge).len(), 1);
        let negative = |order: &mut OrderPlaced| {
            order.lines[0].priced.amount = Money(-5600);
            order.total = Money(-4700);
        };
        assert_eq!(comes(negative).len(), 1);
    }
}
