//! The things that can be followed, and what a commit touches of them.

use super::parts::Parts;
use crate::staff::money::floor_money;
use domain::floor::{Floor, FloorEvent, Known, Now};
use domain::payment::{PaymentEvent, Payments};
use domain::view::{floor_stock, floor_table, order_tickets, pickup_board, session_view, ticket_id, tickets};
use domain::{AttemptId, LineId, OrderId, SessionId, StationId};
use engine::Store;
use std::collections::BTreeSet;
use workers::{Desk, WayOffer};

/// What a feed is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// One party, for its phones.
    Session(SessionId),
    /// The kitchen's tickets, of one station or of all.
    Kitchen(Option<StationId>),
    /// The pick-up board.
    Pickup,
    /// Tables and stock, for waiters and the till.
    Floor,
}

/// What commits since the last look have touched.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    pub sessions: BTreeSet<SessionId>,
    pub orders: BTreeSet<OrderId>,
    pub stock: bool,
    /// Money on the floor's board: cases, announcements, ways to pay.
    pub money: bool,
    /// Time has passed: what depends on the hour or on an age is looked at.
    pub time: bool,
    /// So much changed that a look at everything is simpler.
    pub all: bool,
}

impl Touched {
    /// Notes what an event of the floor touches.
    pub fn note(&mut self, event: &FloorEvent, floor: &Floor) {
        match event {
            FloorEvent::DayOpened(_) | FloorEvent::DayClosed(_) => self.all = true,
            FloorEvent::TableOpened(e) => self.session(e.session),
            FloorEvent::GuestJoined(e) => self.session(e.session),
            FloorEvent::TableClosed(e) => self.session(e.session),
            FloorEvent::CartLinePut(e) => self.session(e.session),
            FloorEvent::CartLineRemoved(e) => self.session(e.session),
            FloorEvent::OrderPlaced(e) => {
                self.order(e.order, floor);
                self.stock |= !e.reserved.is_empty();
            }
            FloorEvent::OrderReleased(e) => self.order(e.order, floor),
            FloorEvent::OrderEnded(e) => {
                self.order(e.order, floor);
                self.stock = true;
            }
            FloorEvent::OrderRevived(e) => {
                self.order(e.order, floor);
                self.stock = true;
            }
            FloorEvent::ItemsPainted(e) => e.items.iter().for_each(|item| self.line(item.line, floor)),
            FloorEvent::ItemStepped(e) => self.line(e.item.line, floor),
            FloorEvent::LineVoided(e) => {
                self.order(e.order, floor);
                self.stock |= !e.restocked.is_empty();
            }
            FloorEvent::VoidAcknowledged(e) => self.line(e.item.line, floor),
            FloorEvent::LineRushed(e) => self.line(e.line, floor),
            FloorEvent::RushAnswered(e) => self.line(e.line, floor),
            FloorEvent::NumberCalled(e) => self.order(e.order, floor),
            FloorEvent::OrderCollected(e) => self.order(e.order, floor),
            FloorEvent::StockSet(_) => self.stock = true,
            FloorEvent::WaiterCalled(e) => self.session(e.session),
            FloorEvent::CallAnswered(e) => self.session(e.session),
            FloorEvent::PaymentAsked(e) => self.session(e.session),
            FloorEvent::AskClosed(e) => self.session(e.session),
            FloorEvent::TenderCredited(e) => {
                self.session(e.session);
                self.money = true;
            }
            FloorEvent::CheckSplit(e) => self.session(e.session),
            FloorEvent::SplitUndone(e) => self.session(e.session),
            FloorEvent::RefundAsked(e) => self.session(e.session),
            FloorEvent::RefundPaid(e) => self.session(e.session),
            FloorEvent::CheckReopened(e) => self.session(e.session),
            FloorEvent::AnnouncementsPlayed(_) => self.money = true,
            FloorEvent::AccountSettled(_) => {}
        }
    }

    /// Notes what an event of the money stream touches.
    pub fn note_money(&mut self, event: &PaymentEvent, money: &Payments) {
        self.money = true;
        let attempt: Option<AttemptId> = match event {
            PaymentEvent::AttemptStarted { attempt, .. }
            | PaymentEvent::AttemptOpened { attempt, .. }
            | PaymentEvent::AttemptAsked { attempt, .. }
            | PaymentEvent::CloseRequested { attempt, .. }
            | PaymentEvent::Captured { attempt, .. }
            | PaymentEvent::AttemptClosed { attempt, .. }
            | PaymentEvent::AttemptFailed { attempt, .. }
            | PaymentEvent::AttemptReversed { attempt, .. }
            | PaymentEvent::MismatchSeen { attempt, .. }
            | PaymentEvent::CaptureCredited { attempt, .. }
            | PaymentEvent::CaptureUnplaced { attempt, .. }
            | PaymentEvent::WatchEnded { attempt, .. }
            | PaymentEvent::RefundStarted { attempt, .. } => Some(*attempt),
            PaymentEvent::RefundAnswered { refund, .. }
            | PaymentEvent::RefundSucceeded { refund, .. }
            | PaymentEvent::RefundFailed { refund, .. }
            | PaymentEvent::RefundRetried { refund, .. }
            | PaymentEvent::RefundBooked { refund, .. } => money.refunds.get(refund).map(|refund| refund.attempt),
            PaymentEvent::CaseOpened { .. }
            | PaymentEvent::CaseTaken { .. }
            | PaymentEvent::CaseResolved { .. }
            | PaymentEvent::BillCompared(_)
            | PaymentEvent::AttemptsForgotten { .. } => None,
        };
        if let Some(attempt) = attempt.and_then(|id| money.attempts.get(&id)) {
            self.session(attempt.session);
        }
    }

    fn session(&mut self, session: SessionId) {
        self.sessions.insert(session);
    }

    fn order(&mut self, order: OrderId, floor: &Floor) {
        self.orders.insert(order);
        if let Some(order) = floor.orders.get(&order) {
            self.sessions.insert(order.session);
        }
    }

    fn line(&mut self, line: LineId, floor: &Floor) {
        if let Some(order) = floor.lines.get(&line) {
            self.order(*order, floor);
        }
    }
}

/// What a topic is built from.
pub(super) struct Sight<'a> {
    pub floor: &'a Floor,
    pub money: &'a Payments,
    pub known: &'a Known,
    pub now: Now,
    pub wallet: Option<&'a str>,
    /// Which ways to pay are offered now.
    pub offers: Vec<WayOffer>,
}

impl Sight<'_> {
    /// Looks at a store's committed state.
    pub fn with<R>(store: &Store, desk: &Desk, wallet: Option<&str>, look: impl FnOnce(&Sight<'_>) -> R) -> R {
        let (known, now, offers) = (store.known(), store.now(), desk.offers());
        store.floor(|floor| store.money(|money| look(&Sight { floor, money, known: &known, now, wallet, offers })))
    }
}

impl Topic {
    /// Brings `parts` up to date as far as `touched` says they can be out of date.
    pub(super) fn refresh(&self, parts: &mut Parts, sight: &Sight<'_>, touched: &Touched) {
        match self {
            Topic::Session(id) if touched.all || touched.time || touched.stock || touched.sessions.contains(id) => {
                refresh_session(*id, parts, sight)
            }
            Topic::Session(_) => {}
            Topic::Kitchen(station) => refresh_kitchen(station.as_ref(), parts, sight, touched),
            Topic::Pickup if touched.all || !touched.orders.is_empty() => {
                parts.put("entries", &pickup_board(sight.floor).entries)
            }
            Topic::Pickup => {}
            Topic::Floor => refresh_floor(parts, sight, touched),
        }
    }
}

fn refresh_session(id: SessionId, parts: &mut Parts, sight: &Sight<'_>) {
    let Some(session) = sight.floor.sessions.get(&id) else {
        // The day closed over it: what the phone knows stays, and it is told that the party has left.
        parts.put("state", &domain::view::SessionState::Closed);
        return;
    };
    let mut view = session_view(sight.floor, sight.money, session, sight.now, sight.known);
    crate::diner::payments::add_wallet(&mut view.payments, sight.wallet);
    parts.put("id", &view.id);
    parts.put("table", &view.table);
    parts.put("mode", &view.mode);
    parts.put("covers", &view.covers);
    parts.put("state", &view.state);
    parts.put("opened_at", &view.opened_at);
    parts.put("guests", &view.guests);
    parts.put("menu_version", &view.menu_version);
    parts.put("stock", &view.stock);
    parts.put("cart", &view.cart);
    parts.put("orders", &view.orders);
    parts.put("check", &view.check);
    parts.put("payments", &view.payments);
    parts.put("calls", &view.calls);
}

fn refresh_kitchen(station: Option<&StationId>, parts: &mut Parts, sight: &Sight<'_>, touched: &Touched) {
    let mine = |of: &StationId| station.is_none_or(|station| station == of);
    if touched.all {
        parts.put("stations", &sight.known.menu.stations);
        let wanted = tickets(sight.floor);
        parts.put_list("tickets", wanted.iter().filter(|ticket| mine(&ticket.station)).map(|ticket| (ticket.id.clone(), ticket)));
        return;
    }
    for id in &touched.orders {
        let Some(order) = sight.floor.orders.get(id) else { continue };
        let live = order_tickets(sight.floor, order);
        for of in domain::view::stations(order).into_iter().filter(|of| mine(of)) {
            let ticket = live.iter().find(|ticket| ticket.station == *of);
            parts.put_item("tickets", &ticket_id(*id, of), ticket);
        }
    }
}

fn refresh_floor(parts: &mut Parts, sight: &Sight<'_>, touched: &Touched) {
    if touched.all {
        parts.put("day", &sight.floor.day);
        parts.put("areas", &sight.known.house.areas);
    }
    if touched.all || touched.stock {
        parts.put("stock", &floor_stock(sight.floor, sight.known));
    }
    if touched.all || touched.time || touched.money {
        parts.put("money", &floor_money(sight.floor, sight.money, sight.known, &sight.offers, sight.now.at));
    }
    let touched_table = |table: &domain::catalog::Table| {
        touched.all
            || touched.time
            || touched.sessions.iter().any(|id| sight.floor.sessions.get(id).is_some_and(|session| session.table == table.id))
    };
    for table in sight.known.house.tables.iter().filter(|table| touched_table(table)) {
        let view = floor_table(sight.floor, sight.money, table, sight.now);
        parts.put_item("tables", table.id.as_str(), Some(&view));
    }
}
