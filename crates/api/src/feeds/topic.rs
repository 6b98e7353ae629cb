//! The things that can be followed, and what a commit touches of them.

use super::parts::Parts;
use crate::cloud::CloudState;
use crate::staff::money::floor_money;
use crate::staff::printers::printer_views;
use domain::floor::{Announcement, Floor, FloorEvent, Known, Now, Said, Slip};
use domain::payment::{PaymentEvent, Payments};
use domain::view::{
    expo, expo_table, floor_house, floor_stations, floor_stock, floor_table, order_tickets, pickup_board, session_view,
    ticket_id, tickets,
};
use domain::{AttemptId, LineId, OrderId, PrinterId, SessionId, StationId, TableId};
use engine::Store;
use std::collections::{BTreeMap, BTreeSet};
use workers::{Desk, PrintDesk, PrinterState, WayOffer};

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
    /// What every party waits for, for the expediter.
    Expo,
}

/// What commits since the last look have touched.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    pub sessions: BTreeSet<SessionId>,
    pub orders: BTreeSet<OrderId>,
    pub stock: bool,
    /// Money on the floor's board: cases and ways to pay.
    pub money: bool,
    /// What concerns no single table: the queue, reservations, approvals, shifts, stations, what nobody has seen.
    pub house: bool,
    /// Slips and printers.
    pub slips: bool,
    /// Tables without a party.
    pub tables: BTreeSet<TableId>,
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
            FloorEvent::AnnouncementsPlayed(_) => {}
            FloorEvent::AccountSettled(_) => {}
            FloorEvent::CoversSet(e) => self.session(e.session),
            FloorEvent::VipSet(e) => self.whole(e.session, floor),
            FloorEvent::PartyMoved(e) => {
                self.whole(e.session, floor);
                self.tables.extend([e.from.clone(), e.to.clone()]);
            }
            FloorEvent::PartiesMerged(e) => {
                self.whole(e.into, floor);
                self.whole(e.from, floor);
            }
            FloorEvent::PartiesUnmerged(e) => {
                self.whole(e.into, floor);
                self.whole(e.from, floor);
            }
            FloorEvent::LinesMoved(e) => {
                self.order(e.order, floor);
                self.order(e.into, floor);
                self.session(e.from);
                self.session(e.to);
            }
            FloorEvent::LineDivided(e) => self.order(e.order, floor),
            FloorEvent::TableLocked(e) => self.table(&e.table),
            FloorEvent::TableUnlocked(e) => self.table(&e.table),
            FloorEvent::TableCleaned(e) => self.table(&e.table),
            FloorEvent::TableReserved(e) => self.reservation(e.table.as_ref()),
            FloorEvent::ReservationEnded(e) => {
                let kept = floor.reservations.get(&e.reservation);
                self.reservation(kept.and_then(|kept| kept.table.as_ref()));
            }
            FloorEvent::NumberTaken(_) | FloorEvent::EntryCalled(_) | FloorEvent::EntryEnded(_) => self.house = true,
            FloorEvent::OrderAccepted(e) => self.order(e.order, floor),
            FloorEvent::LinesFired(e) => {
                self.session(e.session);
                e.lines.iter().for_each(|line| self.line(*line, floor));
            }
            FloorEvent::LineWeighed(e) => self.line(e.line, floor),
            FloorEvent::LineComped(e) => self.line(e.line, floor),
            FloorEvent::LineRepriced(e) => self.line(e.line, floor),
            FloorEvent::CheckDiscounted(e) => self.session(e.session),
            FloorEvent::FeesWaived(e) => self.session(e.session),
            FloorEvent::ApprovalAsked(_) | FloorEvent::ApprovalGiven(_) | FloorEvent::ApprovalRefused(_) => self.house = true,
            FloorEvent::ShiftOpened(_) | FloorEvent::CashMoved(_) | FloorEvent::ShiftClosed(_) => self.house = true,
            // Every ticket may be another station's now.
            FloorEvent::StationSet(_) => self.all = true,
            FloorEvent::ItemRemade(e) => self.line(e.item.line, floor),
            FloorEvent::ItemsEscalated(e) => {
                self.house = true;
                e.items.iter().for_each(|item| self.line(item.line, floor));
            }
            FloorEvent::PrintQueued(e) => {
                self.slips = true;
                if let Slip::PreBill { session } = &e.slip {
                    self.session(*session);
                }
            }
            FloorEvent::PrintConfirmed(e) => {
                self.slips = true;
                // What a printer confirms counts as seen.
                if let Some(Slip::Kitchen { order, .. }) = floor.slips.get(&e.job).map(|job| &job.slip) {
                    self.order(*order, floor);
                }
            }
            FloorEvent::PrintSent(_) | FloorEvent::PrintFailed(_) | FloorEvent::PrintMoved(_) | FloorEvent::PrintExpired(_) => {
                self.slips = true;
            }
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

    /// A party with everything the kitchen has of it.
    fn whole(&mut self, session: SessionId, floor: &Floor) {
        self.session(session);
        if let Some(party) = floor.sessions.get(&session) {
            self.orders.extend(&party.orders);
        }
    }

    fn table(&mut self, table: &TableId) {
        self.tables.insert(table.clone());
    }

    fn reservation(&mut self, table: Option<&TableId>) {
        self.house = true;
        self.tables.extend(table.cloned());
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
    /// How the printers are.
    pub printers: BTreeMap<PrinterId, PrinterState>,
    /// How the box stands to its cloud.
    pub cloud: Option<CloudState>,
}

impl Sight<'_> {
    /// Looks at a store's committed state.
    pub fn with<R>(
        store: &Store,
        desk: &Desk,
        printers: &PrintDesk,
        wallet: Option<&str>,
        cloud: Option<CloudState>,
        look: impl FnOnce(&Sight<'_>) -> R,
    ) -> R {
        let (known, now, offers, printers) = (store.known(), store.now(), desk.offers(), printers.states());
        store.floor(|floor| {
            store.money(|money| look(&Sight { floor, money, known: &known, now, wallet, offers, printers, cloud }))
        })
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
            Topic::Pickup => {
                if touched.all || !touched.orders.is_empty() {
                    parts.put("entries", &pickup_board(sight.floor).entries);
                }
                refresh_announcements(parts, sight, |said| matches!(said, Said::Ready { .. } | Said::Queue { .. }));
            }
            Topic::Expo => refresh_expo(parts, sight, touched),
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
    parts.put("tables", &view.tables);
    parts.put("merged_into", &view.merged_into);
    parts.put("merged", &view.merged);
    parts.put("vip", &view.vip);
    parts.put("hot_pot", &view.hot_pot);
    parts.put("per_head", &view.per_head);
    parts.put("nod", &view.nod);
    parts.put("behind_min", &view.behind_min);
}

/// How many announcements a feed carries.
const ANNOUNCEMENTS: usize = 60;

/// How many payments that nobody has said aloud yet it carries besides, however much came after them.
const UNSAID_PAYMENTS: usize = 60;
/// How far back these are looked for.
const LOOKED_BACK: usize = 2_000;

/// The latest announcements of some kinds, oldest first, and before them payments that nobody has said aloud: new orders in a rush must not
/// push money out of the till's sight.
pub fn latest(floor: &Floor, wanted: impl Fn(&Said) -> bool) -> Vec<&Announcement> {
    let (mut latest, mut unsaid): (Vec<&Announcement>, usize) = (Vec::with_capacity(ANNOUNCEMENTS), 0);
    for said in floor.announcements.values().rev().take(LOOKED_BACK).filter(|said| wanted(&said.said)) {
        let is_unsaid = matches!(said.said, Said::Paid { .. }) && said.played_at.is_none();
        if latest.len() - unsaid < ANNOUNCEMENTS {
            latest.push(said);
        } else if is_unsaid && unsaid < UNSAID_PAYMENTS {
            unsaid += 1;
            latest.push(said);
        }
    }
    latest.reverse();
    latest
}

/// What a station's screen says aloud: new orders and rushes of what it cooks, for others too while they are closed.
pub fn kitchen_news<'a>(floor: &'a Floor, known: &Known, station: Option<&StationId>) -> Vec<&'a Announcement> {
    let mine = |of: &StationId| station.is_none_or(|station| *station == floor.cooks_for(of, known));
    latest(floor, |said| match said {
        Said::NewOrder { stations, .. } | Said::Rush { stations, .. } => stations.iter().any(mine),
        Said::Ready { .. } | Said::Paid { .. } | Said::Queue { .. } => false,
    })
}

fn refresh_announcements(parts: &mut Parts, sight: &Sight<'_>, wanted: impl Fn(&Said) -> bool) {
    put_announcements(parts, latest(sight.floor, wanted));
}

fn put_announcements(parts: &mut Parts, said: Vec<&Announcement>) {
    parts.put("last_announcement", &said.last().map_or(0, |last| last.number));
    // What leaves is named in one list for the whole feed: no code of a table or a ticket looks like this.
    parts.put_list("announcements", said.into_iter().map(|said| (format!("said.{}", said.number), said)));
}

fn refresh_expo(parts: &mut Parts, sight: &Sight<'_>, touched: &Touched) {
    if touched.all {
        let tables = expo(sight.floor, sight.known);
        parts.put_list("tables", tables.iter().map(|table| (table.session.to_string(), table)));
        return;
    }
    for id in &touched.sessions {
        let table = sight.floor.sessions.get(id).and_then(|session| expo_table(sight.floor, session, sight.known));
        parts.put_item("tables", &id.to_string(), table.as_ref());
    }
}

fn refresh_kitchen(station: Option<&StationId>, parts: &mut Parts, sight: &Sight<'_>, touched: &Touched) {
    let mine = |of: &StationId| station.is_none_or(|station| station == of);
    put_announcements(parts, kitchen_news(sight.floor, sight.known, station));
    if touched.all || touched.stock {
        parts.put("stock", &floor_stock(sight.floor, sight.known));
    }
    if touched.all || touched.time || touched.house {
        parts.put("floor_stations", &floor_stations(sight.floor, sight.known));
    }
    if touched.all {
        parts.put("stations", &sight.known.menu.stations);
        let wanted = tickets(sight.floor, sight.known);
        parts.put_list("tickets", wanted.iter().filter(|ticket| mine(&ticket.station)).map(|ticket| (ticket.id.clone(), ticket)));
        return;
    }
    for id in &touched.orders {
        let Some(order) = sight.floor.orders.get(id) else { continue };
        let live = order_tickets(sight.floor, order, sight.known);
        // Lines may have left the order, and with them the last it had for a station: that ticket has to go too.
        let mut shown = domain::view::stations(sight.floor, order, sight.known);
        shown.extend(sight.known.menu.stations.iter().map(|station| station.id.clone()));
        for of in shown.iter().filter(|of| mine(of)) {
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
        parts.put("money", &floor_money(sight.money, sight.known, &sight.offers, sight.now.at));
    }
    if touched.all || touched.time || touched.house || !touched.orders.is_empty() {
        parts.put("house", &floor_house(sight.floor, sight.now, sight.known));
    }
    if touched.all || touched.time || touched.slips {
        parts.put("printers", &printer_views(sight.floor, sight.known, &sight.printers));
    }
    if touched.all || touched.time {
        parts.put("cloud", &sight.cloud.clone().map(|cloud| cloud.view(sight.money)));
    }
    refresh_announcements(parts, sight, |_| true);
    let parties = touched.sessions.iter().filter_map(|id| sight.floor.sessions.get(id));
    let theirs: BTreeSet<&TableId> = parties.flat_map(|session| session.tables()).chain(&touched.tables).collect();
    let touched_table = |table: &domain::catalog::Table| touched.all || touched.time || theirs.contains(&table.id);
    for table in sight.known.house.tables.iter().filter(|table| touched_table(table)) {
        let view = floor_table(sight.floor, sight.money, table, sight.now);
        parts.put_item("tables", table.id.as_str(), Some(&view));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::floor::Way;
    use domain::{Money, Timestamp};

    fn said(floor: &mut Floor, number: u32, said: Said, played: bool) {
        let at = Timestamp(i64::from(number));
        let played_at = played.then_some(at);
        let one = Announcement { number, session: None, table_name: String::new(), at, played_at, said };
        floor.announcements.insert(number, one);
    }

    #[test]
    fn new_orders_push_no_payment_out_of_sight_before_it_was_said() {
        let mut floor = Floor::default();
        let paid = || Said::Paid { way: Way::Cash, amount: Money(100), tip: Money::ZERO };
        said(&mut floor, 1, paid(), true);
        said(&mut floor, 2, paid(), false);
        for number in 3..300 {
            let order =
                Said::NewOrder { order: OrderId(u128::from(number)), number: String::new(), dishes: 1, stations: Vec::new() };
            said(&mut floor, number, order, false);
        }
        let numbers = |wanted: fn(&Said) -> bool| latest(&floor, wanted).iter().map(|said| said.number).collect::<Vec<_>>();
        assert_eq!(numbers(|_| true)[..2], [2, 240]);
        assert_eq!(numbers(|_| true).len(), 61);
        assert_eq!(numbers(|said| matches!(said, Said::NewOrder { .. })).len(), 60);
    }
}
