//! Placing an order: price it, compare with what the person saw, take its portions, number it — in one decision.

use super::cart::{MOST_LINES, left_of};
use super::table::sitting;
use super::{
    Actor, AskedLine, Billing, Decision, Difference, EndedWhy, Floor, FloorAnswer, FloorEvent, HoldWhy, Item, ItemState, Known,
    Line, Now, Order, OrderEnded, OrderPlaced, OrderReleased, OrderRevived, OrderState, OrderedLine, PlaceOrder, Quote,
    QuoteLine, Reject, Session, done, fire, nod, pot,
};
use crate::catalog::Mode;
use crate::menu::{LineProblem, PotRole, PricedLine, Selection, tidy_note};
use crate::money::LARGEST;
use crate::text::{LONGEST_NOTE, is_plain};
use crate::{DishId, LineId, Money, OrderId, SessionId};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

/// Accepts an order, or says line by line what is different from what the person saw.
///
/// # Rejects
/// `OrderDiffers` when a price, an option, an hour or the stock is another one now: nothing is ordered then.
pub(super) fn place(floor: &Floor, c: &PlaceOrder, now: Now, known: &Known) -> Decision {
    if floor.day.is_none() {
        return Err(Reject::DayNotOpen);
    }
    if floor.orders.contains_key(&c.order) {
        return Err(Reject::OrderExists);
    }
    let session = sitting(floor, c.session)?;
    let placed_by = name_of(session, &c.by)?;
    check_form(c)?;
    let priced = price_all(floor, &c.lines, session, now, known);
    let reserved = reserve(floor, c, session, known, &priced)?;
    let mut priced: Vec<PricedLine> = priced.into_iter().flatten().collect();
    let total: Money = priced.iter().map(|line| line.amount).sum();
    if floor.total(session) + total > LARGEST {
        return Err(Reject::TooDear);
    }
    pot::check(floor, session, &c.lines, &priced, now, known)?;
    let nod = nod::needed(floor, session, &c.by, &priced, now, known);
    if let (Mode::PayFirst, Some(why)) = (session.mode, &nod) {
        return Err(Reject::NotAccepting { why: why.clone() });
    }
    pot::keep_pace(&mut priced, session.mode, now, known);
    let soup_is_on = fire::soup_is_on(floor, session);
    let round = floor.next_round(session);
    let (number, pick_up, expires_at) = match session.mode {
        Mode::PayLater => (alloc::format!("{}-{round}", session.table_name), None, None),
        Mode::PayFirst => {
            let next = floor.last_pick_up + 1;
            let expires = now.at.plus_minutes(known.house.policy.unpaid_minutes);
            (pick_up_number(next), Some(next), Some(expires))
        }
    };
    let lines = c.lines.iter().zip(priced).map(|(asked, priced)| {
        let in_cart = session.cart.iter().find(|line| line.line == asked.line);
        let added_by = in_cart.and_then(|line| session.guests.get(&line.guest)).unwrap_or(&placed_by);
        // Only staff hold, and only where somebody will fire: what is paid first is cooked at once. A soup base never waits.
        let asked_to_hold = asked.hold && session.mode == Mode::PayLater && matches!(c.by, Actor::Staff { .. });
        let hold = match priced.pot {
            PotRole::Soup => None,
            PotRole::None | PotRole::ForPot if asked_to_hold => Some(HoldWhy::Asked),
            PotRole::ForPot if !soup_is_on => Some(HoldWhy::Soup),
            PotRole::None | PotRole::ForPot => None,
        };
        OrderedLine {
            line: asked.line,
            selection: asked.selection.clone(),
            priced,
            added_by: added_by.clone(),
            course: asked.course,
            seat: asked.seat,
            hold,
        }
    });
    let placed = OrderPlaced {
        order: c.order,
        session: c.session,
        round,
        number: number.clone(),
        pick_up,
        placed_by: placed_by.clone(),
        menu_version: known.menu.version,
        lines: lines.collect(),
        total,
        note: tidy_note(c.note.as_deref()),
        reserved,
        expires_at,
        at: now.at,
        nod: nod.clone(),
    };
    let mut events: Vec<FloorEvent> = alloc::vec![placed.into()];
    // A free order has nothing to wait for.
    if nod.is_none() && (session.mode == Mode::PayLater || total == Money::ZERO) {
        events.push(OrderReleased { order: c.order, at: now.at }.into());
    }
    Ok((events, FloorAnswer::OrderAccepted { order: c.order, number, total, nod }))
}

/// Pick-up numbers of a day: A001 … A999, B001 …, so that a shouted number stays short.
fn pick_up_number(count: u32) -> String {
    let letter = char::from(b'A' + u8::try_from((count.saturating_sub(1) / 999) % 26).unwrap_or(0));
    alloc::format!("{letter}{:03}", (count.saturating_sub(1)) % 999 + 1)
}

fn name_of(session: &Session, by: &Actor) -> Result<String, Reject> {
    match by {
        Actor::Guest(guest) => session.guests.get(guest).cloned().ok_or(Reject::GuestNotJoined),
        Actor::Staff { name, .. } => Ok(name.clone()),
    }
}

fn check_form(c: &PlaceOrder) -> Result<(), Reject> {
    if c.lines.is_empty() {
        return Err(Reject::NothingOrdered);
    }
    if c.lines.len() > MOST_LINES {
        return Err(Reject::CartFull);
    }
    let mut ids = BTreeSet::new();
    if !c.lines.iter().all(|line| ids.insert(line.line)) {
        return Err(Reject::LineTaken);
    }
    if c.note.as_deref().is_some_and(|note| !is_plain(note, LONGEST_NOTE)) {
        return Err(Reject::BadText);
    }
    Ok(())
}

/// The price of each line now, or why it can't be had.
type PricedLines = Vec<Option<PricedLine>>;

fn price_all(floor: &Floor, lines: &[AskedLine], session: &Session, now: Now, known: &Known) -> PricedLines {
    lines.iter().map(|asked| price_line(floor, asked.line, &asked.selection, session, now, known).ok()).collect()
}

fn price_line(
    floor: &Floor,
    line: LineId,
    selection: &Selection,
    session: &Session,
    now: Now,
    known: &Known,
) -> Result<PricedLine, LineProblem> {
    if floor.lines.contains_key(&line) {
        return Err(LineProblem::AlreadyOrdered);
    }
    known.menu.price(selection, session.covers, now.minute).map_err(|error| error.problem())
}

/// Takes the portions, or refuses with every difference at once.
fn reserve(
    floor: &Floor,
    c: &PlaceOrder,
    session: &Session,
    known: &Known,
    priced: &PricedLines,
) -> Result<Vec<(DishId, u32)>, Reject> {
    let mut taken: BTreeMap<&DishId, u32> = BTreeMap::new();
    let mut differences = Vec::new();
    let mut quote_lines = Vec::with_capacity(c.lines.len());
    let is_guest = matches!(c.by, Actor::Guest(_));
    for (asked, priced) in c.lines.iter().zip(priced) {
        let (problem, left) = match priced {
            None => (Some(why_not(floor, asked, session, known)), None),
            Some(priced) if is_guest && floor.is_paused(priced, known) => (Some(LineProblem::Paused), None),
            Some(priced) => short_of(floor, &asked.selection, priced, &mut taken),
        };
        let now_costs = priced.as_ref().map(|priced| priced.amount);
        let price_differs = now_costs.is_some_and(|amount| amount != asked.amount)
            || priced.as_ref().is_some_and(|priced| priced.unit_price != asked.unit_price);
        let shown = problem.or(price_differs.then_some(LineProblem::PriceChanged));
        if let Some(problem) = shown {
            let name = known.menu.dish(&asked.selection.dish).map(|dish| dish.name.clone()).unwrap_or_default();
            let now = now_costs.filter(|_| problem == LineProblem::PriceChanged || left.is_some());
            differences.push(Difference { line: asked.line, name, problem, was: asked.amount, now, left });
        }
        quote_lines.push(quote_line(asked.line, priced.as_ref(), problem));
    }
    let quote = quote_of(known.menu.version, quote_lines);
    if !differences.is_empty() || quote.total != c.total {
        return Err(Reject::OrderDiffers { differences, quote });
    }
    let counted = |dish: &DishId| floor.stock.get(dish).is_some_and(|stock| stock.remaining.is_some());
    Ok(taken.into_iter().filter(|(dish, _)| counted(dish)).map(|(dish, count)| (dish.clone(), count)).collect())
}

/// Why a line has no price: the clock is not asked again, so an hour's end between the two can't confuse the answer.
fn why_not(floor: &Floor, asked: &AskedLine, session: &Session, known: &Known) -> LineProblem {
    if floor.lines.contains_key(&asked.line) {
        return LineProblem::AlreadyOrdered;
    }
    let within =
        known.menu.dish(&asked.selection.dish).and_then(|dish| dish.hours).map(|hours| hours.from_min).unwrap_or_default();
    match known.menu.price(&asked.selection, session.covers, within) {
        Ok(_) => LineProblem::OffHours,
        Err(error) => error.problem(),
    }
}

/// Adds a line's portions to those taken by the lines above it; says what is missing, if anything.
fn short_of<'a>(
    floor: &Floor,
    asked: &'a Selection,
    priced: &'a PricedLine,
    taken: &mut BTreeMap<&'a DishId, u32>,
) -> (Option<LineProblem>, Option<u32>) {
    let mut short = (None, None);
    for (dish, wanted) in priced.uses(asked) {
        let so_far = taken.entry(dish).or_default();
        *so_far = so_far.saturating_add(wanted);
        if let Some(left) = left_of(floor, dish).filter(|left| *left < *so_far) {
            let problem = if left == 0 { LineProblem::SoldOut } else { LineProblem::NotEnoughLeft };
            short = (Some(problem), Some(left));
        }
    }
    short
}

fn quote_line(line: LineId, priced: Option<&PricedLine>, problem: Option<LineProblem>) -> QuoteLine {
    let unit_price = priced.map(|priced| priced.unit_price).unwrap_or_default();
    let amount = priced.filter(|_| problem.is_none()).map(|priced| priced.amount).unwrap_or_default();
    QuoteLine { line, unit_price, amount, problem }
}

fn quote_of(menu_version: u32, lines: Vec<QuoteLine>) -> Quote {
    let total = lines.iter().map(|line| line.amount).sum();
    Quote { menu_version, lines, total }
}

impl Floor {
    /// What these selections cost this party now. Changes nothing.
    ///
    /// # Errors
    /// `SessionUnknown` or `SessionClosed`.
    pub fn quote(&self, session: SessionId, lines: &[(LineId, Selection)], now: Now, known: &Known) -> Result<Quote, Reject> {
        let session = sitting(self, session)?;
        let mut taken = BTreeMap::new();
        let priced: Vec<_> =
            lines.iter().map(|(line, selection)| price_line(self, *line, selection, session, now, known)).collect();
        let quoted = lines.iter().zip(&priced).map(|((line, asked), priced)| match priced {
            Ok(priced) => quote_line(*line, Some(priced), short_of(self, asked, priced, &mut taken).0),
            Err(problem) => quote_line(*line, None, Some(*problem)),
        });
        Ok(quote_of(known.menu.version, quoted.collect()))
    }
}

/// Takes back an order that nobody has paid. Twice changes nothing.
pub(super) fn cancel(floor: &Floor, session: SessionId, order: OrderId, now: Now) -> Decision {
    let standing = floor.orders.get(&order).filter(|standing| standing.session == session).ok_or(Reject::OrderUnknown)?;
    match standing.state {
        OrderState::AwaitingPayment | OrderState::AwaitingNod { .. } => {}
        OrderState::Ended { why: EndedWhy::Cancelled } => return done(Vec::new()),
        OrderState::Ended { why: EndedWhy::Expired | EndedWhy::Declined } | OrderState::Released { .. } => {
            return Err(Reject::OrderNotAwaitingPayment);
        }
    }
    check_no_payment(floor, standing)?;
    done(alloc::vec![gone(order, EndedWhy::Cancelled, now)])
}

/// Lets an unpaid order go once its time is up and no payment for it is under way.
pub(super) fn expire(floor: &Floor, order: OrderId, now: Now) -> Decision {
    let standing = floor.orders.get(&order).ok_or(Reject::OrderUnknown)?;
    if standing.state != OrderState::AwaitingPayment {
        return done(Vec::new());
    }
    if standing.expires_at.is_none_or(|at| now.at < at) {
        return Err(Reject::OrderNotExpired);
    }
    check_no_payment(floor, standing)?;
    done(alloc::vec![gone(order, EndedWhy::Expired, now)])
}

fn gone(order: OrderId, why: EndedWhy, now: Now) -> FloorEvent {
    OrderEnded { order, why, at: now.at, reason: None, by: None }.into()
}

fn check_no_payment(floor: &Floor, order: &Order) -> Result<(), Reject> {
    let open = floor.sessions.get(&order.session).and_then(Session::open_ask).filter(|ask| ask.order == Some(order.id));
    open.map_or(Ok(()), |ask| Err(Reject::PaymentOpen { ask: ask.ask }))
}

/// Gives a pay-first order to the kitchen when the money just recorded covers it: the one way from money to fire.
/// An order that had ended is revived if its party and its portions are still there; otherwise the money stays on the check,
/// to go back.
pub(super) fn release_if_paid(floor: &Floor, (billing, answer): (Vec<Billing>, FloorAnswer), now: Now) -> Decision {
    let credited: Vec<(OrderId, Money)> = billing.iter().filter_map(Billing::credit_for).collect();
    let mut events: Vec<FloorEvent> = billing.into_iter().map(FloorEvent::from).collect();
    for (id, amount) in credited {
        let Some(order) = floor.orders.get(&id) else { continue };
        let before = floor.sessions.get(&order.session).map(|session| session.paid_and_let_go(id)).unwrap_or_default();
        let due: Money = order.lines.iter().map(Line::owed).sum();
        if before + amount < due {
            continue;
        }
        match order.state {
            OrderState::AwaitingPayment => events.push(OrderReleased { order: id, at: now.at }.into()),
            OrderState::Ended { .. } => {
                if let Some(reserved) = had_again(floor, order) {
                    events.push(OrderRevived { order: id, reserved, at: now.at }.into());
                    events.push(OrderReleased { order: id, at: now.at }.into());
                }
            }
            OrderState::AwaitingNod { .. } | OrderState::Released { .. } => {}
        }
    }
    Ok((events, answer))
}

/// The counted portions an ended order needs, if the house is open, its party still there and everything still on sale.
/// Counted is what is counted now, whatever it was when the order was placed.
fn had_again(floor: &Floor, order: &Order) -> Option<Vec<(DishId, u32)>> {
    sitting(floor, order.session).ok().filter(|_| floor.day.is_some())?;
    let mut needed: BTreeMap<&DishId, u32> = BTreeMap::new();
    for (dish, count) in order.live_lines().flat_map(Line::uses) {
        *needed.entry(dish).or_default() += count;
    }
    if needed.iter().any(|(dish, count)| left_of(floor, dish).is_some_and(|left| left < *count)) {
        return None;
    }
    let counted = |dish: &DishId| floor.stock.get(dish).is_some_and(|stock| stock.remaining.is_some());
    Some(needed.into_iter().filter(|(dish, _)| counted(dish)).map(|(dish, count)| (dish.clone(), count)).collect())
}

pub(super) fn placed(floor: &mut Floor, e: &OrderPlaced) {
    take(floor, &e.reserved);
    if let Some(count) = e.pick_up {
        floor.last_pick_up = count;
    }
    let ordered: BTreeSet<LineId> = e.lines.iter().map(|line| line.line).collect();
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        session.cart.retain(|line| !ordered.contains(&line.line));
        session.orders.push(e.order);
        session.split.clear();
    }
    for line in &ordered {
        floor.lines.insert(*line, e.order);
    }
    match e.nod {
        None => floor.awaiting.insert(e.order),
        Some(_) => floor.nods.insert(e.order),
    };
    floor.orders.insert(
        e.order,
        Order {
            id: e.order,
            session: e.session,
            round: e.round,
            number: e.number.clone(),
            pick_up: e.pick_up,
            placed_by: e.placed_by.clone(),
            menu_version: e.menu_version,
            placed_at: e.at,
            expires_at: e.expires_at,
            total: e.total,
            note: e.note.clone(),
            reserved: e.reserved.clone(),
            state: e.nod.clone().map_or(OrderState::AwaitingPayment, |why| OrderState::AwaitingNod { why }),
            lines: e.lines.iter().map(line_of).collect(),
            calls: 0,
            collected_at: None,
            declined: None,
        },
    );
}

fn line_of(ordered: &OrderedLine) -> Line {
    let priced = &ordered.priced;
    let item = |part: &crate::menu::Part| Item {
        part: part.clone(),
        state: ItemState::Waiting,
        seen_at: None,
        started_at: None,
        ready_at: None,
        void_unseen: false,
        escalated: None,
        slip: None,
        void_slip: None,
    };
    Line {
        line: ordered.line,
        dish: ordered.selection.dish.clone(),
        name: priced.name.clone(),
        variant: priced.variant.clone(),
        options: priced.options.clone(),
        is_set: !ordered.selection.set.is_empty(),
        quantity: ordered.selection.quantity,
        weight_g: ordered.selection.weight_g,
        unit_price: priced.unit_price,
        amount: priced.amount,
        note: tidy_note(ordered.selection.note.as_deref()),
        added_by: ordered.added_by.clone(),
        items: priced.parts.iter().map(item).collect(),
        rushed: 0,
        rushed_at: None,
        rush_answered: false,
        voided: None,
        course: ordered.course,
        seat: ordered.seat,
        hold: ordered.hold,
        fired_at: None,
        pot: priced.pot,
        per_500_g: priced.per_500_g,
        weighed_at: None,
        comped: None,
        repriced: None,
        remade: Vec::new(),
        rush_slips: 0,
    }
}

pub(super) fn released(floor: &mut Floor, e: &OrderReleased) {
    floor.awaiting.remove(&e.order);
    floor.nods.remove(&e.order);
    let Some(order) = floor.orders.get_mut(&e.order) else { return };
    order.state = OrderState::Released { at: e.at };
    for line in order.lines.iter_mut().filter(|line| line.hold.is_none() && line.voided.is_none()) {
        line.send(e.at);
    }
    let fired: Vec<LineId> = order.lines.iter().map(|line| line.line).collect();
    for line in &fired {
        super::kitchen::note(floor, *line);
    }
    super::announce::new_order(floor, e.order, &fired, e.at);
}

pub(super) fn ended(floor: &mut Floor, e: &OrderEnded) {
    floor.awaiting.remove(&e.order);
    floor.nods.remove(&e.order);
    let Some(order) = floor.orders.get_mut(&e.order) else { return };
    order.state = OrderState::Ended { why: e.why };
    order.declined.clone_from(&e.reason);
    let reserved = order.reserved.clone();
    put_back(floor, &reserved);
}

pub(super) fn revived(floor: &mut Floor, e: &OrderRevived) {
    floor.awaiting.insert(e.order);
    let Some(order) = floor.orders.get_mut(&e.order) else { return };
    order.state = OrderState::AwaitingPayment;
    order.reserved.clone_from(&e.reserved);
    take(floor, &e.reserved);
}

fn take(floor: &mut Floor, portions: &[(DishId, u32)]) {
    for (dish, count) in portions {
        if let Some(remaining) = floor.stock.get_mut(dish).and_then(|stock| stock.remaining.as_mut()) {
            *remaining = remaining.saturating_sub(*count);
        }
    }
}

/// Puts portions on sale again; dishes no longer counted stay so.
pub(super) fn put_back(floor: &mut Floor, portions: &[(DishId, u32)]) {
    for (dish, count) in portions {
        if let Some(remaining) = floor.stock.get_mut(dish).and_then(|stock| stock.remaining.as_mut()) {
            *remaining = remaining.saturating_add(*count);
        }
    }
}
