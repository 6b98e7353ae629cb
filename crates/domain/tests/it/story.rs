//! Given, when, then.

use crate::house::{code, known, plain};
use domain::floor::*;
use domain::menu::Selection;
use domain::*;

pub const G1: GuestId = GuestId(0x61);
pub const G2: GuestId = GuestId(0x62);
pub const S1: SessionId = SessionId(0x51);
pub const S2: SessionId = SessionId(0x52);
pub const O1: OrderId = OrderId(0x01);
pub const O2: OrderId = OrderId(0x02);
pub const L1: LineId = LineId(0x11);
pub const L2: LineId = LineId(0x12);
pub const A1: AskId = AskId(0xa1);
pub const A2: AskId = AskId(0xa2);
pub const C1: CallId = CallId(0xc1);
pub const C2: CallId = CallId(0xc2);

/// Noon of the test's only day, when lunch is sold.
pub const NOON: u16 = 720;

/// The time `minutes` after the test's beginning.
pub fn at(minutes: i64) -> Now {
    Now { at: Timestamp(minutes * 60_000), minute: LocalMinute(NOON) }
}

/// A floor with its whole history.
#[derive(Clone, Debug)]
pub struct Story {
    pub floor: Floor,
    pub log: Vec<FloorEvent>,
    pub known: Known,
    pub now: Now,
}

/// A floor on which these commands were accepted.
pub fn given(commands: impl IntoIterator<Item = FloorCommand>) -> Story {
    Story { floor: Floor::default(), log: vec![], known: known(), now: at(0) }.and(commands)
}

impl Story {
    /// Further commands that were accepted.
    pub fn and(mut self, commands: impl IntoIterator<Item = FloorCommand>) -> Story {
        for command in commands {
            let decided = self.floor.decide(&command, self.now, &self.known);
            let (events, _) = decided.unwrap_or_else(|no| panic!("given {command:?} was refused: {no:?}"));
            self.take(events);
        }
        self
    }

    /// Records facts.
    pub fn take(&mut self, events: Vec<FloorEvent>) {
        for event in events {
            self.floor.apply(&event);
            self.log.push(event);
        }
    }

    /// `minutes` after the beginning.
    pub fn at(mut self, minutes: i64) -> Story {
        self.now = Now { minute: self.now.minute, ..at(minutes) };
        self
    }

    /// At another minute of the store's day.
    pub fn minute(mut self, minute: u16) -> Story {
        self.now.minute = LocalMinute(minute);
        self
    }

    pub fn when(self, command: FloorCommand) -> Outcome {
        let decided = self.floor.decide(&command, self.now, &self.known);
        Outcome { story: self, decided }
    }

    pub fn order(&self, id: OrderId) -> &Order {
        &self.floor.orders[&id]
    }

    pub fn party(&self, id: SessionId) -> &Session {
        &self.floor.sessions[&id]
    }

    /// Portions left of a dish.
    pub fn left(&self, dish: &str) -> Option<u32> {
        self.floor.stock.get(&code(dish)).and_then(Stock::left)
    }

    pub fn balance(&self, id: SessionId) -> Money {
        self.floor.balance(self.party(id))
    }
}

/// What came of a command.
#[derive(Debug)]
pub struct Outcome {
    story: Story,
    decided: Decision,
}

impl Outcome {
    /// Exactly these facts; returns the story with them in it.
    #[track_caller]
    pub fn records<const N: usize>(self, events: [FloorEvent; N]) -> Story {
        let (recorded, _) = self.decided.expect("refused");
        assert_eq!(recorded, events);
        self.story.taking(recorded)
    }

    /// Facts of exactly these kinds.
    #[track_caller]
    pub fn records_kinds<const N: usize>(self, kinds: [&str; N]) -> Story {
        let (recorded, _) = self.decided.expect("refused");
        assert_eq!(recorded.iter().map(FloorEvent::kind).collect::<Vec<_>>(), kinds);
        self.story.taking(recorded)
    }

    #[track_caller]
    pub fn refuses(self, reject: Reject) -> Story {
        assert_eq!(self.decided.map(|(events, _)| events), Err(reject));
        self.story
    }

    #[track_caller]
    pub fn refuses_with(self, code: &str) -> Story {
        assert_eq!(self.decided.map(|(events, _)| events).map_err(|no| no.code()), Err(code));
        self.story
    }

    /// Why an order differs, line by line.
    #[track_caller]
    pub fn differs(self) -> (Vec<Difference>, Quote) {
        match self.decided {
            Err(Reject::OrderDiffers { differences, quote }) => (differences, quote),
            other => panic!("not a difference: {other:?}"),
        }
    }

    #[track_caller]
    pub fn answer(&self) -> &FloorAnswer {
        &self.decided.as_ref().expect("refused").1
    }
}

impl Story {
    fn taking(mut self, events: Vec<FloorEvent>) -> Story {
        self.take(events);
        self
    }
}

pub fn join(session: SessionId, table: &str, guest: GuestId) -> FloorCommand {
    FloorCommand::JoinTable(JoinTable { table: code(table), guest, name: None, session, covers: Some(2) })
}

pub fn put(session: SessionId, guest: GuestId, line: LineId, selection: Selection) -> FloorCommand {
    FloorCommand::PutCartLine(PutCartLine { session, guest, line, selection })
}

/// An order at the prices of the test menu at noon.
pub fn order(order: OrderId, session: SessionId, lines: &[(LineId, Selection)]) -> PlaceOrder {
    let priced = lines.iter().map(|(line, selection)| {
        let price = known().menu.price(selection, 99, LocalMinute(NOON));
        let (unit_price, amount) = price.map(|priced| (priced.unit_price, priced.amount)).unwrap_or_default();
        AskedLine { line: *line, selection: selection.clone(), unit_price, amount }
    });
    let lines: Vec<AskedLine> = priced.collect();
    let total = lines.iter().map(|line| line.amount).sum();
    PlaceOrder { order, session, by: Actor::Staff(code("ann")), menu_version: 7, total, lines, note: None }
}

pub fn place(id: OrderId, session: SessionId, lines: &[(LineId, Selection)]) -> FloorCommand {
    FloorCommand::PlaceOrder(order(id, session, lines))
}

/// One dish in one order.
pub fn place_one(id: OrderId, session: SessionId, line: LineId, dish: &str, quantity: u16) -> FloorCommand {
    place(id, session, &[(line, plain(dish, quantity))])
}

pub fn item(line: LineId, part: u8) -> ItemKey {
    ItemKey { line, part }
}

pub fn step(line: LineId, part: u8, step: Step) -> FloorCommand {
    FloorCommand::StepItem { item: item(line, part), step }
}

pub fn paint(items: &[ItemKey]) -> FloorCommand {
    FloorCommand::ReportPainted { screen: "wok-1".into(), items: items.to_vec() }
}

pub fn void(session: SessionId, line: LineId) -> FloorCommand {
    FloorCommand::VoidLine { session, line, reason: "上错了".into(), by: code("ann") }
}

pub fn rush(session: SessionId, line: LineId) -> FloorCommand {
    FloorCommand::RushLine { session, line }
}

pub fn ask(ask: AskId, session: SessionId, amount: i64, order: Option<OrderId>) -> FloorCommand {
    FloorCommand::AskPayment(AskPayment { ask, session, way: Way::WechatNative, amount: Money(amount), order })
}

pub fn close_ask(ask: AskId) -> FloorCommand {
    FloorCommand::CloseAsk { ask, why: AskClosedWhy::Closed }
}

pub fn credit(ask: AskId, amount: i64) -> FloorCommand {
    FloorCommand::CreditCapture(CreditCapture {
        ask,
        attempt: AttemptId(ask.0),
        channel_txn: "4200".into(),
        amount: Money(amount),
        paid_at: Timestamp(1),
    })
}

pub fn cash(tender: u128, session: SessionId, amount: i64, order: Option<OrderId>) -> FloorCommand {
    let (tender, amount) = (TenderId(tender), Money(amount));
    FloorCommand::TakeCash(TakeCash { tender, session, amount, received: amount, order, by: code("ann") })
}

pub fn stock(dish: &str, sold_out: bool, remaining: Option<u32>) -> FloorCommand {
    FloorCommand::SetStock { dish: code(dish), sold_out, remaining }
}

pub const CLOSE_DAY: FloorCommand = FloorCommand::CloseDay { accept_unmatched: false };
pub const SIGN_AND_CLOSE_DAY: FloorCommand = FloorCommand::CloseDay { accept_unmatched: true };

/// A party of two sits at `t1`.
pub fn seated() -> Story {
    given([FloorCommand::OpenDay, join(S1, "t1", G1)])
}

/// A party of two has ordered ten bowls of rice at `t1`: 30.00.
pub fn ordered() -> Story {
    seated().and([place_one(O1, S1, L1, "rice", 10)])
}

/// A guest stands at the counter.
pub fn at_counter() -> Story {
    given([FloorCommand::OpenDay, join(S1, "c1", G1)])
}

/// A guest at the counter has ordered ten bowls of rice and not paid the 30.00.
pub fn unpaid() -> Story {
    at_counter().and([place_one(O1, S1, L1, "rice", 10)])
}
