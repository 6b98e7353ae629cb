//! Given, when, then.

use crate::house::{code, known, plain};
use domain::catalog::Role;
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
pub const O3: OrderId = OrderId(0x03);
pub const L3: LineId = LineId(0x13);
pub const L4: LineId = LineId(0x14);
pub const L5: LineId = LineId(0x15);
pub const A1: AskId = AskId(0xa1);
pub const A2: AskId = AskId(0xa2);
pub const W1: ShareId = ShareId(0xd1);
pub const W2: ShareId = ShareId(0xd2);
pub const R1: RefundId = RefundId(0xf1);
pub const R2: RefundId = RefundId(0xf2);
pub const C1: CallId = CallId(0xc1);
pub const C2: CallId = CallId(0xc2);
pub const P1: ApprovalId = ApprovalId(0x91);
pub const P2: ApprovalId = ApprovalId(0x92);
pub const V1: ReservationId = ReservationId(0x71);
pub const Q1: QueueId = QueueId(0x81);
pub const H1: ShiftId = ShiftId(0x31);
pub const J1: JobId = JobId(0x41);

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
    given_in(known(), commands)
}

/// The same in a house of another kind.
pub fn given_in(known: Known, commands: impl IntoIterator<Item = FloorCommand>) -> Story {
    Story { floor: Floor::default(), log: vec![], known, now: at(0) }.and(commands)
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

    pub fn line(&self, id: LineId) -> &Line {
        self.order(self.floor.lines[&id]).lines.iter().find(|line| line.line == id).unwrap()
    }

    /// What the kitchen's screens show.
    pub fn tickets(&self) -> Vec<view::Ticket> {
        view::tickets(&self.floor, &self.known)
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
        AskedLine { line: *line, selection: selection.clone(), unit_price, amount, course: None, seat: None, hold: false }
    });
    let lines: Vec<AskedLine> = priced.collect();
    let total = lines.iter().map(|line| line.amount).sum();
    PlaceOrder {
        order,
        session,
        by: Actor::Staff { id: code("ann"), name: "ann".into() },
        menu_version: 7,
        total,
        lines,
        note: None,
    }
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

/// The waiter Ann, with nobody beside her.
pub fn alone() -> Hand {
    Hand { by: code("ann"), role: Role::Waiter, approver: None }
}

/// The waiter Ann, and Bob, a manager, who says yes.
pub fn with_bob() -> Hand {
    Hand { approver: Some(Approver { by: code("bob"), role: Role::Manager }), ..alone() }
}

/// Somebody in this role, alone.
pub fn as_role(role: Role) -> Hand {
    Hand { role, ..alone() }
}

pub fn void(session: SessionId, line: LineId) -> FloorCommand {
    FloorCommand::VoidLine { session, line, reason: "上错了".into(), hand: with_bob() }
}

pub fn rush(session: SessionId, line: LineId) -> FloorCommand {
    FloorCommand::RushLine { session, line }
}

/// A wish to pay by a code, to change where a test needs another.
pub fn wish(ask: AskId, session: SessionId, amount: i64) -> AskPayment {
    let (way, amount, tip) = (Way::WechatNative, Money(amount), Money::ZERO);
    AskPayment { ask, session, way, amount, order: None, share: None, tip, partial: false }
}

pub fn ask(ask: AskId, session: SessionId, amount: i64, order: Option<OrderId>) -> FloorCommand {
    FloorCommand::AskPayment(AskPayment { order, ..wish(ask, session, amount) })
}

/// A wish to pay a share of a split check.
pub fn ask_share(ask: AskId, session: SessionId, amount: i64, share: ShareId) -> FloorCommand {
    FloorCommand::AskPayment(AskPayment { share: Some(share), ..wish(ask, session, amount) })
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
        refund: back_of(ask),
    })
}

/// The refund's id, should more than was owed come for this ask.
pub const fn back_of(ask: AskId) -> RefundId {
    RefundId(ask.0 << 64)
}

/// Cash, exactly as much as is due, to change where a test needs another.
pub fn notes(tender: u128, session: SessionId, amount: i64) -> TakeCash {
    TakeCash {
        tender: TenderId(tender),
        session,
        amount: Money(amount),
        received: Money(amount),
        rounded_off: Money::ZERO,
        order: None,
        share: None,
        tip: Money::ZERO,
        partial: false,
        by: code("ann"),
    }
}

pub fn cash(tender: u128, session: SessionId, amount: i64, order: Option<OrderId>) -> FloorCommand {
    FloorCommand::TakeCash(TakeCash { order, ..notes(tender, session, amount) })
}

/// A part of what is due, in cash.
pub fn part_in_cash(tender: u128, session: SessionId, amount: i64) -> FloorCommand {
    FloorCommand::TakeCash(TakeCash { partial: true, ..notes(tender, session, amount) })
}

/// Money taken beside the system.
pub fn beside(tender: u128, session: SessionId, way: Way, amount: i64, reference: &str) -> TakeTender {
    TakeTender {
        tender: TenderId(tender),
        session,
        way,
        amount: Money(amount),
        reference: reference.into(),
        order: None,
        share: None,
        tip: Money::ZERO,
        partial: false,
        by: code("ann"),
    }
}

pub fn split_evenly(session: SessionId, first: ShareId, parts: u16) -> FloorCommand {
    FloorCommand::SplitCheck(SplitCheck { session, first, how: SplitHow::Evenly(parts), by: None })
}

pub fn split_by_lines(session: SessionId, first: ShareId, parts: &[&[LineId]]) -> FloorCommand {
    let part = |(i, lines): (usize, &&[LineId])| SharePart { name: format!("客人{}", i + 1), lines: lines.to_vec() };
    let how = SplitHow::ByLines(parts.iter().enumerate().map(part).collect());
    FloorCommand::SplitCheck(SplitCheck { session, first, how, by: Some(code("ann")) })
}

/// Money back: for these lines, or for none an amount.
pub fn back(refund: RefundId, session: SessionId, tender: u128, lines: &[LineId], amount: i64) -> FloorCommand {
    let (tender, lines, amount) = (TenderId(tender), lines.to_vec(), Money(amount));
    let (reason, reference) = ("上错了".into(), Some("POS-9".into()));
    FloorCommand::AskRefund(AskRefund {
        refund,
        session,
        tender,
        lines,
        amount,
        reason,
        reference,
        owed_again: false,
        by: code("ann"),
    })
}

pub fn reopen(session: SessionId) -> FloorCommand {
    FloorCommand::ReopenCheck { session, reason: "结错了".into(), by: code("ann") }
}

pub fn settle(tender: u128, amount: i64) -> FloorCommand {
    let (tender, amount) = (TenderId(tender), Money(amount));
    FloorCommand::SettleAccount(SettleAccount {
        tender,
        account: code("acme"),
        amount,
        way: Way::Cash,
        reference: None,
        by: code("ann"),
    })
}

pub fn stock(dish: &str, sold_out: bool, remaining: Option<u32>) -> FloorCommand {
    FloorCommand::SetStock { dish: code(dish), sold_out, remaining }
}

pub fn close_day() -> FloorCommand {
    FloorCommand::CloseDay { accept_unmatched: false, by: code("mia") }
}

pub fn sign_and_close_day() -> FloorCommand {
    FloorCommand::CloseDay { accept_unmatched: true, by: code("mia") }
}

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
