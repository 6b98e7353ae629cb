//! Books of our own: what every party ordered, owes and has paid, added up from the events alone and in whole fen.
//!
//! A second reading: nothing here asks the rules of the house. Every event is booked from two sides that come from different
//! facts, so that a sum that doesn't add up shows. Not read: service charge, seat fees and the least that a party spends; of a
//! party that has them only what it paid is known, not what it owes (see [`Books::due`]).

use domain::catalog::Mode;
use domain::floor::{Discount, FloorEvent, RefundWhy, Way};
use domain::{AskId, AttemptId, LineId, OrderId, RefundId, SessionId, TenderId};
use std::collections::{BTreeMap, BTreeSet};

/// What the events add up to. Amounts are fen.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub parties: BTreeMap<SessionId, PartyBook>,
    orders: BTreeMap<OrderId, OrderBook>,
    lines: BTreeMap<LineId, LineBook>,
    pub tenders: BTreeMap<TenderId, TenderBook>,
    pub refunds: BTreeMap<RefundId, RefundBook>,
    asks: BTreeMap<AskId, AskBook>,
    credited: BTreeSet<(&'static str, String)>,
    attempts: BTreeSet<AttemptId>,
}

#[derive(Debug, Default)]
pub(super) struct PartyBook {
    pays_first: bool,
    /// It has fees that are not read here.
    has_fees: bool,
    discount: Option<Discount>,
    orders: BTreeSet<OrderId>,
    tenders: Vec<TenderId>,
    refunds: Vec<RefundId>,
    asks: BTreeSet<AskId>,
    pub closed: bool,
}

#[derive(Debug)]
struct OrderBook {
    party: SessionId,
    lines: Vec<LineId>,
    /// It counts: nobody has to nod any more, and it hasn't ended.
    counts: bool,
}

#[derive(Debug)]
struct LineBook {
    order: OrderId,
    quantity: i64,
    unit: i64,
    amount: i64,
    voided: bool,
    comped: bool,
}

#[derive(Debug)]
pub(super) struct TenderBook {
    order: Option<OrderId>,
    amount: i64,
    /// What of it can go back: with the tip, without what was rounded off.
    can_go_back: i64,
    given_back: i64,
}

#[derive(Debug)]
pub(super) struct RefundBook {
    order: Option<OrderId>,
    off_check: i64,
    allowance: i64,
    pub why: RefundWhy,
    paid: bool,
}

#[derive(Debug)]
struct AskBook {
    party: SessionId,
    amount: i64,
    tip: i64,
    open: bool,
}

/// The name under which a channel's facts are told.
pub(super) fn channel_of(way: Way) -> Option<&'static str> {
    match way {
        Way::WechatJsapi | Way::WechatNative | Way::WechatH5 | Way::WechatCode => Some("wechat"),
        Way::AlipayApp | Way::AlipayQr | Way::AlipayWap | Way::AlipayCode => Some("alipay"),
        Way::Cash | Way::Card | Way::HouseAccount | Way::MemberBalance => None,
    }
}

impl Books {
    /// Books an event of the floor; what doesn't add up goes to `against`.
    pub fn book(&mut self, event: &FloorEvent, against: &mut Vec<String>) {
        match event {
            FloorEvent::TableOpened(e) => {
                let has_fees = e.service_charge_bp != 0 || e.seat_fee.0 != 0 || e.minimum_spend.0 != 0;
                let opened = PartyBook { pays_first: e.mode == Mode::PayFirst, has_fees, ..PartyBook::default() };
                self.parties.insert(e.session, opened);
            }
            FloorEvent::TableClosed(e) => self.party(e.session).closed = true,
            FloorEvent::CheckReopened(e) => self.party(e.session).closed = false,
            FloorEvent::OrderPlaced(_)
            | FloorEvent::OrderAccepted(_)
            | FloorEvent::OrderReleased(_)
            | FloorEvent::OrderEnded(_)
            | FloorEvent::OrderRevived(_)
            | FloorEvent::LineDivided(_)
            | FloorEvent::LinesMoved(_)
            | FloorEvent::PartiesMerged(_)
            | FloorEvent::PartiesUnmerged(_) => self.book_order(event, against),
            FloorEvent::LineVoided(_)
            | FloorEvent::LineComped(_)
            | FloorEvent::LineRepriced(_)
            | FloorEvent::LineWeighed(_)
            | FloorEvent::CheckDiscounted(_) => self.book_price(event, against),
            FloorEvent::PaymentAsked(_)
            | FloorEvent::AskClosed(_)
            | FloorEvent::TenderCredited(_)
            | FloorEvent::RefundAsked(_)
            | FloorEvent::RefundPaid(_) => self.book_money(event, against),
            _ => {}
        }
    }

    fn party(&mut self, party: SessionId) -> &mut PartyBook {
        self.parties.entry(party).or_default()
    }

    fn book_order(&mut self, event: &FloorEvent, against: &mut Vec<String>) {
        match event {
            FloorEvent::OrderPlaced(e) => {
                let mut sum = 0;
                for line in &e.lines {
                    let (unit, amount) = (line.priced.unit_price.0, line.priced.amount.0);
                    let quantity = i64::from(line.selection.quantity);
                    adds_up(&format!("line {} of {quantity}", line.line), unit.saturating_mul(quantity), amount, against);
                    sum += amount;
                    let book = LineBook { order: e.order, quantity, unit, amount, voided: false, comped: false };
                    self.lines.insert(line.line, book);
                }
                adds_up(&format!("order {}", e.order), sum, e.total.0, against);
                let lines = e.lines.iter().map(|line| line.line).collect();
                self.orders.insert(e.order, OrderBook { party: e.session, lines, counts: e.nod.is_none() });
                self.party(e.session).orders.insert(e.order);
            }
            FloorEvent::OrderAccepted(e) => self.count(e.order, true),
            FloorEvent::OrderReleased(e) => self.count(e.order, true),
            FloorEvent::OrderRevived(e) => self.count(e.order, true),
            FloorEvent::OrderEnded(e) => self.count(e.order, false),
            FloorEvent::LineDivided(e) => {
                let Some(whole) = self.lines.get_mut(&e.line) else {
                    return against.push(format!("line {} is divided, and nobody ordered it", e.line));
                };
                let quantity = i64::from(e.quantity);
                let before = whole.amount;
                whole.quantity -= quantity;
                whole.amount = whole.unit * whole.quantity;
                let part = LineBook { order: whole.order, quantity, amount: whole.unit * quantity, ..*whole };
                adds_up(&format!("line {} divided", e.line), whole.amount + part.amount, before, against);
                if let Some(order) = self.orders.get_mut(&part.order) {
                    order.lines.push(e.into);
                }
                self.lines.insert(e.into, part);
            }
            FloorEvent::LinesMoved(e) => {
                if let Some(order) = self.orders.get_mut(&e.order) {
                    order.lines.retain(|line| !e.lines.contains(line));
                }
                for line in &e.lines {
                    match self.lines.get_mut(line) {
                        Some(book) => book.order = e.into,
                        None => against.push(format!("line {line} is moved, and nobody ordered it")),
                    }
                }
                self.orders.insert(e.into, OrderBook { party: e.to, lines: e.lines.clone(), counts: true });
                self.party(e.to).orders.insert(e.into);
            }
            FloorEvent::PartiesMerged(e) => self.give(&e.orders, e.into),
            FloorEvent::PartiesUnmerged(e) => self.give(&e.orders, e.from),
            _ => {}
        }
    }

    fn count(&mut self, order: OrderId, counts: bool) {
        if let Some(order) = self.orders.get_mut(&order) {
            order.counts = counts;
        }
    }

    fn give(&mut self, orders: &[OrderId], to: SessionId) {
        for id in orders {
            let Some(order) = self.orders.get_mut(id) else { continue };
            let had = std::mem::replace(&mut order.party, to);
            self.party(had).orders.remove(id);
            self.party(to).orders.insert(*id);
        }
    }

    fn book_price(&mut self, event: &FloorEvent, against: &mut Vec<String>) {
        let (line, says, becomes) = match event {
            FloorEvent::LineVoided(e) => (e.line, e.amount, None),
            FloorEvent::LineComped(e) => (e.line, e.amount, None),
            FloorEvent::LineRepriced(e) => (e.line, e.was, Some((None, e.amount.0))),
            FloorEvent::LineWeighed(e) => (e.line, e.was, Some((Some(e.unit_price.0), e.amount.0))),
            FloorEvent::CheckDiscounted(e) => {
                self.party(e.session).discount.clone_from(&e.discount);
                return;
            }
            _ => return,
        };
        let Some(book) = self.lines.get_mut(&line) else {
            return against.push(format!("{} of line {line}, which nobody ordered", event.kind()));
        };
        adds_up(&format!("{} of line {line}", event.kind()), book.amount, says.0, against);
        if book.voided {
            against.push(format!("{} of line {line}, which was voided before", event.kind()));
        }
        match (event, becomes) {
            (FloorEvent::LineVoided(_), _) => book.voided = true,
            (FloorEvent::LineComped(_), _) if book.comped => against.push(format!("line {line} is given away twice")),
            (FloorEvent::LineComped(_), _) => book.comped = true,
            (_, Some((unit, amount))) => {
                book.unit = unit.unwrap_or(book.unit);
                book.amount = amount;
                if unit.is_some() {
                    adds_up(&format!("line {line} weighed"), book.unit.saturating_mul(book.quantity), amount, against);
                }
                if amount < 0 {
                    against.push(format!("line {line} costs {amount} fen"));
                }
            }
            _ => {}
        }
    }

    fn book_money(&mut self, event: &FloorEvent, against: &mut Vec<String>) {
        match event {
            FloorEvent::PaymentAsked(e) => {
                let due = self.due(e.session, e.order);
                let under_way = self.under_way(e.session);
                if due.is_some_and(|due| e.amount.0 + under_way > due) || e.amount.0 <= 0 || e.tip.0 < 0 {
                    let (amount, due) = (e.amount.0, due.unwrap_or_default());
                    against.push(format!(
                        "ask {} is for {amount} fen where party {} owes {due}, {under_way} of it being paid",
                        e.ask, e.session
                    ));
                }
                self.asks.insert(e.ask, AskBook { party: e.session, amount: e.amount.0, tip: e.tip.0, open: true });
                self.party(e.session).asks.insert(e.ask);
            }
            FloorEvent::AskClosed(e) => self.end(e.ask),
            FloorEvent::TenderCredited(e) => self.credit(e, against),
            FloorEvent::RefundAsked(e) => {
                let order = match self.tenders.get_mut(&e.tender) {
                    None => {
                        against.push(format!("refund {} of tender {}, which nobody paid", e.refund, e.tender));
                        None
                    }
                    Some(tender) => {
                        tender.given_back += e.amount.0;
                        if tender.given_back > tender.can_go_back {
                            let (back, can) = (tender.given_back, tender.can_go_back);
                            against.push(format!("{back} fen go back of tender {}, which brought {can}", e.tender));
                        }
                        tender.order
                    }
                };
                let in_parts = e.tip.0 >= 0 && e.allowance.0 >= 0 && e.tip.0 + e.allowance.0 <= e.amount.0;
                if e.amount.0 <= 0 || !in_parts {
                    against.push(format!(
                        "refund {} of {} fen has {} of tip and {} let go",
                        e.refund, e.amount.0, e.tip.0, e.allowance.0
                    ));
                }
                let off_check = e.amount.0 - e.tip.0;
                let book = RefundBook { order, off_check, allowance: e.allowance.0, why: e.why, paid: false };
                if self.refunds.insert(e.refund, book).is_some() {
                    against.push(format!("refund {} is asked for twice", e.refund));
                }
                self.party(e.session).refunds.push(e.refund);
            }
            FloorEvent::RefundPaid(e) => match self.refunds.get_mut(&e.refund) {
                None => against.push(format!("refund {} is paid, and nobody asked for it", e.refund)),
                Some(refund) if refund.paid => against.push(format!("refund {} is paid twice", e.refund)),
                Some(refund) => refund.paid = true,
            },
            _ => {}
        }
    }

    fn credit(&mut self, e: &domain::floor::TenderCredited, against: &mut Vec<String>) {
        let channel = channel_of(e.way);
        if let (Some(channel), Some(txn)) = (channel, &e.channel_txn)
            && !self.credited.insert((channel, txn.clone()))
        {
            against.push(format!("{channel}'s payment {txn} is credited twice"));
        }
        if let Some(attempt) = e.attempt
            && !self.attempts.insert(attempt)
        {
            against.push(format!("attempt {attempt} is credited twice"));
        }
        if channel.is_some() != (e.channel_txn.is_some() && e.attempt.is_some()) || channel.is_some() == e.by.is_some() {
            against.push(format!("tender {} by {:?} doesn't say whose hand or which payment it is", e.tender, e.way));
        }
        if e.amount.0 <= 0 || e.tip.0 < 0 || e.rounded_off.0 < 0 || e.rounded_off.0 >= e.amount.0 {
            let (amount, tip, off) = (e.amount.0, e.tip.0, e.rounded_off.0);
            against.push(format!("tender {} of {amount} fen with {tip} of tip and {off} rounded off", e.tender));
        }
        let came = e.amount.0 - e.rounded_off.0 + e.tip.0;
        if let Some(received) = e.received.filter(|received| received.0 < came) {
            against.push(format!("tender {} counts {came} fen of cash, and {} were handed over", e.tender, received.0));
        }
        match e.ask.map(|ask| (ask, self.asks.get(&ask))) {
            None => {
                let due = self.due(e.session, e.order);
                let under_way = self.under_way(e.session);
                if let Some(due) = due.filter(|due| e.amount.0 + under_way > *due) {
                    let amount = e.amount.0;
                    against.push(format!("{amount} fen are taken by hand of party {}, which owes {due}", e.session));
                }
            }
            Some((ask, None)) => against.push(format!("tender {} is for ask {ask}, which nobody made", e.tender)),
            Some((ask, Some(book))) => {
                adds_up(&format!("tender {} for ask {ask}", e.tender), book.amount, e.amount.0, against);
                adds_up(&format!("tip of tender {} for ask {ask}", e.tender), book.tip, e.tip.0, against);
                if book.party != e.session {
                    against.push(format!("ask {ask} is of party {}, and its money stands on {}'s check", book.party, e.session));
                }
                self.end(ask);
            }
        }
        let book = TenderBook { order: e.order, amount: e.amount.0, can_go_back: came, given_back: 0 };
        if self.tenders.insert(e.tender, book).is_some() {
            against.push(format!("tender {} is credited twice", e.tender));
        }
        self.party(e.session).tenders.push(e.tender);
    }

    fn end(&mut self, ask: AskId) {
        if let Some(ask) = self.asks.get_mut(&ask) {
            ask.open = false;
        }
    }

    /// What is being paid right now.
    fn under_way(&self, party: SessionId) -> i64 {
        let Some(party) = self.parties.get(&party) else { return 0 };
        party.asks.iter().filter_map(|ask| self.asks.get(ask)).filter(|ask| ask.open).map(|ask| ask.amount).sum()
    }

    fn owed_of(&self, order: OrderId) -> i64 {
        let Some(order) = self.orders.get(&order).filter(|order| order.counts) else { return 0 };
        let lines = order.lines.iter().filter_map(|line| self.lines.get(line));
        lines.filter(|line| !line.voided && !line.comped).map(|line| line.amount).sum()
    }

    /// What the party owes in all, paid or not.
    pub fn owes(&self, party: &PartyBook) -> i64 {
        let eaten: i64 = party.orders.iter().map(|order| self.owed_of(*order)).sum();
        let off = match &party.discount {
            None => 0,
            Some(Discount::Percent(bp)) => (eaten * i64::from((*bp).min(10_000)) + 5_000) / 10_000,
            Some(Discount::Amount(amount)) => amount.0.min(eaten),
        };
        let let_go: i64 = self.refunds_of(party).map(|refund| refund.allowance).sum();
        eaten - off - let_go
    }

    /// What was credited, less what went back or is on its way.
    pub fn keeps(&self, party: &PartyBook) -> i64 {
        let came: i64 = party.tenders.iter().filter_map(|tender| self.tenders.get(tender)).map(|tender| tender.amount).sum();
        came - self.refunds_of(party).map(|refund| refund.off_check).sum::<i64>()
    }

    /// The refunds of a party.
    pub fn refunds_of<'a>(&'a self, party: &'a PartyBook) -> impl Iterator<Item = &'a RefundBook> {
        party.refunds.iter().filter_map(|refund| self.refunds.get(refund))
    }

    /// What is still to be paid, or of one order of a party that pays first; none where that can't be said here.
    pub fn due(&self, party: SessionId, order: Option<OrderId>) -> Option<i64> {
        let book = self.parties.get(&party).filter(|party| !party.has_fees)?;
        match order.filter(|_| book.pays_first) {
            None => Some(self.owes(book) - self.keeps(book)),
            Some(order) => {
                let tenders = book.tenders.iter().filter_map(|tender| self.tenders.get(tender));
                let came: i64 = tenders.filter(|tender| tender.order == Some(order)).map(|tender| tender.amount).sum();
                let refunds = self.refunds_of(book).filter(|refund| refund.order == Some(order));
                Some(self.owed_of(order) - came + refunds.map(|refund| refund.off_check - refund.allowance).sum::<i64>())
            }
        }
    }
}

/// Two sides of one entry.
fn adds_up(what: &str, ours: i64, theirs: i64, against: &mut Vec<String>) {
    if ours != theirs {
        against.push(format!("{what}: {theirs} fen are booked where the facts before add up to {ours}"));
    }
}
