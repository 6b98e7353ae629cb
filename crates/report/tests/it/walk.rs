//! A restaurant at random: people ask for this and that, and what the house refuses doesn't happen.

use domain::catalog::{House, Role};
use domain::floor::*;
use domain::menu::{Menu, Selection};
use domain::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// 2026-11-22 02:00 UTC, ten in the morning in Shanghai.
pub const MORNING: i64 = 1_795_312_800_000;

/// What happened in a walk.
pub struct Walk {
    pub log: Vec<FloorEvent>,
    pub floor: Floor,
    known: Known,
    dice: u64,
    ids: u128,
    now: i64,
}

fn text(name: &str) -> Value {
    json!({ "zh": name, "en": name })
}

fn menu() -> Menu {
    let dish = |id: &str, price: i64, station: &str, charge: &str| {
        json!({
            "id": id, "code": id, "category": "all", "station": station, "name": text(id), "description": null, "image": "",
            "charge": charge, "variants": [{ "id": "std", "name": text(""), "price": price }], "groups": [], "set_groups": [],
            "allergens": [], "hours": null, "daily_count": null, "due_min": 5, "overdue_min": 10, "pinyin": "", "popular": false,
        })
    };
    serde_json::from_value(json!({
        "version": 1, "currency": "CNY", "stations": [{ "id": "wok", "name": text("wok") }, { "id": "bar", "name": text("bar") }],
        "categories": [{ "id": "all", "name": text("all") }],
        "dishes": [dish("rice", 300, "wok", "item"), dish("soup", 1_233, "bar", "item"), dish("duck", 6_801, "wok", "item")],
    }))
    .unwrap()
}

fn house() -> House {
    let table = |id: &str, area: &str| json!({ "id": id, "name": id, "area": area, "seats": 4, "code_version": 1 });
    serde_json::from_value(json!({
        "store": StoreId(7), "name": text("Walk"), "currency": "CNY", "time_zone": "Asia/Shanghai",
        "areas": [
            { "id": "hall", "name": text("hall"), "mode": "pay_later" },
            { "id": "room", "name": text("room"), "mode": "pay_later", "service_charge_bp": 1000, "seat_fee": 500, "minimum_spend": 9000 },
            { "id": "counter", "name": text("counter"), "mode": "pay_first" },
        ],
        "tables": [table("h1", "hall"), table("h2", "hall"), table("r1", "room"), table("r2", "room"), table("c1", "counter")],
        "policy": { "scan_opens_table": true, "unpaid_minutes": 15, "rush_pause_s": 60, "cash_rounding_fen": 500, "tips_bp": [1000] },
        "accounts": [{ "id": "acme", "name": "Acme", "limit": 10_000_000 }],
    }))
    .unwrap()
}

impl Walk {
    fn start(seed: u64) -> Walk {
        let known = Known { house: Arc::new(house()), menu: Arc::new(menu()) };
        Walk { log: Vec::new(), floor: Floor::default(), known, dice: seed, ids: 0, now: MORNING }
    }

    /// So many days on which everybody pays and leaves; the last is closed.
    pub fn tidy(days: usize) -> Walk {
        let mut walk = Walk::start(1);
        for _ in 0..days {
            assert!(walk.act(FloorCommand::OpenDay));
            walk.order();
            let left = |floor: &Floor| floor.sessions.values().all(|party| party.closed_at.is_some());
            while !left(&walk.floor) || !walk.floor.open_refunds.is_empty() || !walk.floor.open_asks.is_empty() {
                walk.pay();
                walk.leave();
                for refund in walk.floor.open_refunds.clone() {
                    walk.act(FloorCommand::PayRefund { refund });
                }
                for ask in walk.floor.open_asks.clone() {
                    walk.act(FloorCommand::CloseAsk { ask, why: AskClosedWhy::Closed });
                }
            }
            assert!(walk.act(FloorCommand::CloseDay { accept_unmatched: true, by: boss() }));
            assert!(walk.floor.sessions.is_empty());
            walk.now += 3_600_000;
        }
        walk
    }

    /// So many deeds, and at the end a day is open.
    pub fn new(seed: u64, deeds: usize) -> Walk {
        let mut walk = Walk::start(seed);
        walk.act(FloorCommand::OpenDay);
        for _ in 0..deeds {
            walk.deed();
        }
        walk.act(FloorCommand::OpenDay);
        walk
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) as usize % sides.max(1)
    }

    fn id(&mut self) -> u128 {
        self.ids += 1;
        self.ids
    }

    fn act(&mut self, command: FloorCommand) -> bool {
        let minute = (self.now.div_euclid(60_000) + 480).rem_euclid(1_440);
        let now = Now { at: Timestamp(self.now), minute: LocalMinute(u16::try_from(minute).unwrap()) };
        let Ok((events, _)) = self.floor.decide(&command, now, &self.known) else { return false };
        for event in events {
            self.floor.apply(&event);
            self.log.push(event);
        }
        true
    }

    fn some<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.roll(of.len())].clone()) }
    }

    fn session(&mut self) -> Option<Session> {
        let all: Vec<Session> = self.floor.sessions.values().cloned().collect();
        self.some(&all)
    }

    fn line(&mut self) -> Option<(Session, Order, Line)> {
        let session = self.session()?;
        let order = self.some(&session.orders).and_then(|id| self.floor.orders.get(&id)).cloned()?;
        let line = self.some(&order.lines)?;
        Some((session, order, line))
    }

    fn deed(&mut self) {
        self.now += [0, 1_000, 70_000, 400_000][self.roll(4)];
        match self.roll(100) {
            0..6 => self.sit_down(),
            6..24 => self.order(),
            24..44 => self.cook(),
            44..62 => self.pay(),
            62..70 => self.adjust(),
            70..76 => self.refund(),
            76..84 => self.move_about(),
            84..90 => self.leave(),
            90..98 => self.settle_up(),
            _ => self.close(),
        }
    }

    fn sit_down(&mut self) {
        let table = self.some(&["h1", "h2", "r1", "r2", "c1"]).unwrap().parse().unwrap();
        let covers = 1 + self.roll(5) as u16;
        let session = SessionId(self.id());
        self.act(FloorCommand::OpenTable(OpenTable { session, table, covers, by: boss(), reservation: None, entry: None }));
    }

    fn order(&mut self) {
        if self.floor.sessions.len() < 3 {
            self.sit_down();
        }
        let Some(session) = self.session() else { return };
        let lines: Vec<AskedLine> = (0..1 + self.roll(3))
            .map(|_| {
                let (dish, price) = self.some(&[("rice", 300), ("soup", 1_233), ("duck", 6_801)]).unwrap();
                let quantity = 1 + self.roll(3) as u16;
                let line = LineId(self.id());
                AskedLine::new(line, selection(dish, quantity), Money(price), Money(price * i64::from(quantity)))
            })
            .collect();
        let total = lines.iter().map(|line| line.amount).sum();
        let by = Actor::Staff { id: boss(), name: "boss".to_owned() };
        let order = OrderId(self.id());
        self.act(FloorCommand::PlaceOrder(PlaceOrder {
            order,
            session: session.id,
            by,
            menu_version: 1,
            total,
            lines,
            note: None,
        }));
    }

    fn cook(&mut self) {
        let Some((session, order, line)) = self.line() else { return };
        let item = ItemKey { line: line.line, part: 0 };
        match self.roll(12) {
            0..2 => self.act(FloorCommand::StepItem { item, step: Step::Start }),
            2..6 => self.act(FloorCommand::StepItem { item, step: Step::Ready }),
            6 => self.act(FloorCommand::StepItem { item, step: Step::Recall }),
            7..9 => self.act(FloorCommand::StepItem { item, step: Step::Serve }),
            9 => self.act(FloorCommand::RemakeItem { item, cause: RemakeCause::Cold, note: None, by: boss() }),
            10 => self.act(FloorCommand::CancelOrder { session: session.id, order: order.id }),
            _ => self.act(FloorCommand::ExpireOrder { order: order.id }),
        };
    }

    /// What may be asked of the party, and for which order.
    fn due(&self, session: &Session) -> (Money, Option<OrderId>) {
        let mut unpaid = session.orders.iter().filter_map(|id| self.floor.orders.get(id));
        match unpaid.rfind(|order| self.floor.due_for(session, order).is_positive()) {
            Some(order) if session.mode == domain::catalog::Mode::PayFirst => {
                (self.floor.due_for(session, order), Some(order.id))
            }
            _ => (self.floor.due(session), None),
        }
    }

    fn pay(&mut self) {
        let Some(session) = self.session() else { return };
        let (due, order) = self.due(&session);
        let partial = self.roll(4) == 0;
        let amount = if partial { Money((due.0 / 2).max(1)) } else { due };
        let tip = if self.roll(4) == 0 { Money(100) } else { Money::ZERO };
        let (tender, session, by, share) = (TenderId(self.id()), session.id, boss(), None);
        match self.roll(4) {
            0 => {
                let rounded_off = if self.roll(2) == 0 && !partial { Money(due.0.rem_euclid(500)) } else { Money::ZERO };
                let received = amount - rounded_off + tip;
                self.act(FloorCommand::TakeCash(TakeCash {
                    tender,
                    session,
                    amount,
                    received,
                    rounded_off,
                    order,
                    share,
                    tip,
                    partial,
                    by,
                }));
            }
            1 => {
                let way = self.some(&[Way::Card, Way::HouseAccount]).unwrap();
                let reference = if way == Way::HouseAccount { "acme" } else { "slip 1" }.to_owned();
                self.act(FloorCommand::TakeTender(TakeTender {
                    tender,
                    session,
                    way,
                    amount,
                    reference,
                    order,
                    share,
                    tip,
                    partial,
                    by,
                }));
            }
            _ => {
                let ask = AskId(self.id());
                let way = self.some(&[Way::WechatJsapi, Way::AlipayQr]).unwrap();
                self.act(FloorCommand::AskPayment(AskPayment { ask, session, way, amount, order, share, tip, partial }));
            }
        }
        self.channels();
    }

    /// Some wish to pay is paid, or given up, or paid although it was given up.
    fn channels(&mut self) {
        let asks: Vec<(AskId, Money)> = self
            .floor
            .sessions
            .values()
            .flat_map(|party| party.asks.values())
            .map(|ask| (ask.ask, ask.amount + ask.tip))
            .collect();
        let Some((ask, amount)) = self.some(&asks) else { return };
        if self.roll(5) == 0 {
            self.act(FloorCommand::CloseAsk { ask, why: AskClosedWhy::Closed });
            return;
        }
        let (attempt, refund) = (AttemptId(self.id()), RefundId(self.id()));
        let channel_txn = format!("txn{}", self.ids);
        let paid_at = Timestamp(self.now);
        self.act(FloorCommand::CreditCapture(CreditCapture { ask, attempt, channel_txn, amount, paid_at, refund }));
    }

    fn adjust(&mut self) {
        let Some((session, _, line)) = self.line() else { return };
        let (session, line, reason) = (session.id, line.line, "because".to_owned());
        match self.roll(6) {
            0 => self.act(FloorCommand::CompLine { session, line, reason, hand: hand() }),
            1 => self.act(FloorCommand::RepriceLine { session, line, amount: Money(211), reason, hand: hand() }),
            2 => {
                let discount = self.some(&[Some(Discount::Percent(1_250)), Some(Discount::Amount(Money(700))), None]).unwrap();
                self.act(FloorCommand::DiscountCheck { session, discount, reason, hand: hand() })
            }
            3 => {
                let fees =
                    Fees { service_charge: self.roll(2) == 0, seat_fee: self.roll(2) == 0, minimum_spend: self.roll(2) == 0 };
                self.act(FloorCommand::WaiveFees { session, fees, reason, hand: hand() })
            }
            _ => self.act(FloorCommand::VoidLine { session, line, reason, hand: hand() }),
        };
    }

    fn refund(&mut self) {
        let open: Vec<RefundId> = self.floor.open_refunds.iter().copied().collect();
        if let Some(refund) = self.some(&open).filter(|_| self.dice.is_multiple_of(2)) {
            self.act(FloorCommand::PayRefund { refund });
            return;
        }
        let Some(session) = self.session() else { return };
        let Some(tender) = self.some(&session.tenders) else { return };
        let left = session.refundable(&tender);
        let amount = if self.roll(2) == 0 { left } else { Money(left.0 / 3) };
        let (refund, owed_again) = (RefundId(self.id()), self.roll(3) == 0);
        self.act(FloorCommand::AskRefund(AskRefund {
            refund,
            session: session.id,
            tender: tender.tender,
            lines: Vec::new(),
            amount,
            reason: "cold".to_owned(),
            reference: Some("back 1".to_owned()),
            owed_again,
            by: boss(),
        }));
    }

    fn move_about(&mut self) {
        let (Some((session, _, line)), Some(other)) = (self.line(), self.session()) else { return };
        match self.roll(6) {
            0 => self.act(FloorCommand::MergeParties { into: session.id, from: other.id, by: boss() }),
            1 => {
                let from = session.merged.first().map_or(other.id, |party| party.session);
                self.act(FloorCommand::UnmergeParties { into: session.id, from, by: boss() })
            }
            2 => {
                let (lines, order) = (vec![line.line], OrderId(self.id() << 32));
                self.act(FloorCommand::MoveLines { session: session.id, lines, to: other.id, order, by: boss() })
            }
            3 => {
                let into = LineId(self.id());
                self.act(FloorCommand::DivideLine { session: session.id, line: line.line, quantity: 1, into, by: boss() })
            }
            4 => {
                let covers = 1 + self.roll(6) as u16;
                self.act(FloorCommand::SetCovers { session: session.id, covers, by: boss() })
            }
            _ => {
                let to = self.some(&["h1", "h2", "r1", "r2"]).unwrap().parse().unwrap();
                self.act(FloorCommand::MoveParty { session: session.id, to, by: boss() })
            }
        };
    }

    fn leave(&mut self) {
        let Some(session) = self.session() else { return };
        if self.roll(4) == 0 {
            self.act(FloorCommand::ReopenCheck { session: session.id, reason: "forgotten".to_owned(), by: boss() });
        } else {
            self.act(FloorCommand::CloseTable { session: session.id });
        }
    }

    fn settle_up(&mut self) {
        let account: AccountId = "acme".parse().unwrap();
        let owed = self.floor.accounts.get(&account).copied().unwrap_or_default();
        let (tender, amount) = (TenderId(self.id()), Money(owed.0 / 2));
        let way = self.some(&[Way::Cash, Way::Card]).unwrap();
        let reference = Some("slip 2".to_owned());
        self.act(FloorCommand::SettleAccount(SettleAccount { tender, account, amount, way, reference, by: boss() }));
    }

    /// The day ends, now and then with everybody gone; the next begins some time later.
    fn close(&mut self) {
        if self.roll(2) == 0 {
            for _ in 0..40 {
                self.pay();
                self.leave();
            }
        }
        self.act(FloorCommand::CloseDay { accept_unmatched: true, by: boss() });
        for _ in 0..self.roll(4) {
            self.refund();
            self.channels();
        }
        self.now += 3_600_000 * (1 + self.roll(12) as i64);
        if self.roll(8) > 0 {
            self.act(FloorCommand::OpenDay);
        }
    }
}

fn boss() -> StaffId {
    "boss".parse().unwrap()
}

fn hand() -> Hand {
    Hand { by: boss(), role: Role::Owner, approver: Some(Approver { by: "other".parse().unwrap(), role: Role::Manager }) }
}

fn selection(dish: &str, quantity: u16) -> Selection {
    let (dish, variant) = (dish.parse().unwrap(), "std".parse().unwrap());
    Selection { dish, variant, quantity, weight_g: None, options: Vec::new(), set: Vec::new(), note: None }
}
