//! The shared cart: one for all phones at the table. Commands are deltas, so two phones never overwrite each other.

use super::table::sitting;
use super::{CartLine, CartLinePut, CartLineRemoved, Decision, Floor, Known, Now, PutCartLine, Reject, done};
use crate::menu::{PricedLine, Selection};
use crate::{DishId, LineId, SessionId};
use alloc::vec::Vec;

/// The most lines a cart holds.
pub(super) const MOST_LINES: usize = 100;

pub(super) fn put(floor: &Floor, c: &PutCartLine, now: Now, known: &Known) -> Decision {
    let session = sitting(floor, c.session)?;
    if !session.guests.contains_key(&c.guest) {
        return Err(Reject::GuestNotJoined);
    }
    if floor.lines.contains_key(&c.line) || session.cart.iter().any(|line| line.line == c.line) {
        return Err(Reject::LineTaken);
    }
    if session.cart.len() >= MOST_LINES {
        return Err(Reject::CartFull);
    }
    let refused = |error| Reject::LineRefused { line: c.line, error };
    let priced = known.menu.price(&c.selection, session.covers, now.minute).map_err(refused)?;
    check_on_sale(floor, &c.selection, &priced)?;
    let put =
        CartLinePut { session: c.session, line: c.line, guest: c.guest, selection: c.selection.clone(), priced, at: now.at };
    done(alloc::vec![put.into()])
}

/// Sets how many of a cart line are wanted; 0 takes it out. A line that is gone already is no error: two phones may both
/// have removed it.
pub(super) fn set_quantity(floor: &Floor, session: SessionId, line: LineId, quantity: u16, now: Now, known: &Known) -> Decision {
    let party = sitting(floor, session)?;
    let standing = party.cart.iter().find(|other| other.line == line);
    match (standing, quantity) {
        (None, 0) => done(Vec::new()),
        (None, _) => Err(Reject::LineUnknown),
        (Some(_), 0) => done(alloc::vec![CartLineRemoved { session, line }.into()]),
        (Some(cart), _) if cart.selection.quantity == quantity => done(Vec::new()),
        (Some(cart), _) => {
            let mut selection = cart.selection.clone();
            selection.quantity = quantity;
            let refused = |error| Reject::LineRefused { line, error };
            let priced = known.menu.price(&selection, party.covers, now.minute).map_err(refused)?;
            check_on_sale(floor, &selection, &priced)?;
            done(alloc::vec![CartLinePut { session, line, guest: cart.guest, selection, priced, at: now.at }.into()])
        }
    }
}

fn check_on_sale(floor: &Floor, selection: &Selection, priced: &PricedLine) -> Result<(), Reject> {
    for (dish, wanted) in priced.uses(selection) {
        if let Some(left) = left_of(floor, dish).filter(|left| *left < wanted) {
            return Err(Reject::SoldOut { left });
        }
    }
    Ok(())
}

/// Portions of a dish that can still be had; none: as many as wanted.
pub(super) fn left_of(floor: &Floor, dish: &DishId) -> Option<u32> {
    floor.stock.get(dish).and_then(super::Stock::left)
}

pub(super) fn line_put(floor: &mut Floor, e: &CartLinePut) {
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    let line =
        CartLine { line: e.line, guest: e.guest, selection: e.selection.clone(), priced: e.priced.clone(), added_at: e.at };
    match session.cart.iter_mut().find(|other| other.line == e.line) {
        Some(standing) => *standing = CartLine { added_at: standing.added_at, ..line },
        None => session.cart.push(line),
    }
}

pub(super) fn line_removed(floor: &mut Floor, e: &CartLineRemoved) {
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        session.cart.retain(|line| line.line != e.line);
    }
}
