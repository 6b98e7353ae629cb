//! Random evenings: whatever people do, in whatever order, the promises hold after every step.

use crate::house::*;
use crate::story::*;
use domain::catalog::Mode;
use domain::floor::*;
use domain::menu::Selection;
use domain::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::RngSeed;
use std::collections::{BTreeMap, BTreeSet};

/// So many cases from a fixed seed, so that a red run is red again; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` explore further.
pub fn config(cases: u32) -> ProptestConfig {
    let explored = std::env::var_os("PROPTEST_CASES").is_some();
    let standard = ProptestConfig::default();
    let rng_seed = match standard.rng_seed {
        RngSeed::Random => RngSeed::Fixed(20_261_122),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    ProptestConfig { cases: if explored { standard.cases } else { cases }, rng_seed, failure_persistence: None, ..standard }
}

/// What somebody does; the numbers choose among the ids that the story has by then.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Join,
    OpenTable,
    CloseTable,
    Put,
    Quantity,
    Order,
    OrderCart,
    Cancel,
    Expire,
    Paint,
    Step,
    Void,
    SeeVoid,
    Rush,
    SeeRush,
    CallNumber,
    Collect,
    Stock,
    Call,
    AnswerCall,
    Ask,
    CloseAsk,
    Credit,
    Cash,
    OpenDay,
    CloseDay,
    Wait,
    /// Begins to pay, gives up, cancels: the money may still come.
    GiveUp,
}

type Act = (Deed, u8, u8, u8);

fn deed() -> impl Strategy<Value = Deed> {
    use Deed::*;
    prop_oneof![
        30 => prop::sample::select(&[Put, Quantity, Order, Order, OrderCart, Step, Step, Step, Ask, Credit, Cash][..]),
        20 => prop::sample::select(&[Cancel, Expire, Paint, Void, SeeVoid, Rush, SeeRush, CallNumber, Collect, CloseAsk, GiveUp][..]),
        12 => prop::sample::select(&[Join, OpenTable, CloseTable, Stock, Call, AnswerCall, Wait][..]),
        2 => prop::sample::select(&[OpenDay, CloseDay, OpenDay][..]),
    ]
}

fn evening() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec((deed(), any::<u8>(), any::<u8>(), any::<u8>()), 0..140)
}

/// One of the latest there are, or an id nobody has heard of.
fn one_of<T: Copy + Default>(all: impl DoubleEndedIterator<Item = T>, choice: u8) -> T {
    let all: Vec<T> = all.rev().take(5).collect();
    if all.is_empty() || choice == u8::MAX { T::default() } else { all[usize::from(choice) % all.len()] }
}

fn dish_of(choice: u8) -> Selection {
    match choice % 9 {
        0 => plain("rice", 1 + u16::from(choice) % 3),
        1 => plain("water", 1),
        2 => plain("noodles", 1),
        3 => beef(&[("hot", 1), ("egg", u16::from(choice) % 3)].map(|(id, n)| (id, n.max(1)))),
        4 => fish(50 + 13 * u32::from(choice)),
        5 => plain("duck", 1 + u16::from(choice) % 3),
        6 => plain("last", 1),
        7 => set(&[("main", "duck", 1), ("side", "salad", 2)]),
        _ => set(&[("main", "noodles", 1), ("side", "rice", 1)]),
    }
}

/// The evening so far, and an account of it kept in another way: only from the events.
struct Evening {
    story: Story,
    /// Ids made so far.
    made: u128,
    /// Portions of each dish that stand in live orders, of those counted today.
    out: BTreeMap<DishId, i64>,
    /// Portions put on sale.
    offered: BTreeMap<DishId, i64>,
    /// Amounts by order: what its live lines cost.
    billed: BTreeMap<OrderId, BTreeMap<LineId, i64>>,
    ended: BTreeSet<OrderId>,
    released: BTreeSet<OrderId>,
    placed_in: BTreeMap<OrderId, SessionId>,
    free: BTreeSet<OrderId>,
    credited: BTreeMap<SessionId, i64>,
    credited_for: BTreeMap<OrderId, i64>,
    credited_asks: BTreeSet<AskId>,
}

impl Evening {
    fn new() -> Evening {
        Evening {
            story: given([]),
            made: 0x1000,
            out: BTreeMap::new(),
            offered: BTreeMap::new(),
            billed: BTreeMap::new(),
            ended: BTreeSet::new(),
            released: BTreeSet::new(),
            placed_in: BTreeMap::new(),
            free: BTreeSet::new(),
            credited: BTreeMap::new(),
            credited_for: BTreeMap::new(),
            credited_asks: BTreeSet::new(),
        }
    }

    fn fresh(&mut self) -> u128 {
        self.made += 1;
        self.made
    }

    fn session(&self, choice: u8) -> SessionId {
        one_of(self.story.floor.sessions.keys().copied(), choice)
    }

    fn an_order(&self, choice: u8) -> OrderId {
        one_of(self.story.floor.orders.keys().copied(), choice)
    }

    fn a_line(&self, choice: u8) -> (SessionId, LineId) {
        let floor = &self.story.floor;
        let line: LineId = one_of(floor.lines.keys().copied(), choice);
        let order = floor.lines.get(&line).and_then(|order| floor.orders.get(order));
        (order.map(|order| order.session).unwrap_or_default(), line)
    }

    fn an_ask(&self, choice: u8) -> (AskId, i64) {
        let floor = &self.story.floor;
        let state =
            |ask: &AskId| floor.asks.get(ask).and_then(|session| floor.sessions[session].asks.get(ask)).map(|ask| &ask.state);
        let wanted = |ask: &AskId| choice.is_multiple_of(3) || !matches!(state(ask), Some(AskState::Credited { .. }));
        let ask: AskId = one_of(floor.asks.keys().copied().filter(wanted), choice);
        let standing = floor.asks.get(&ask).and_then(|session| floor.sessions[session].asks.get(&ask));
        (ask, standing.map(|ask| ask.amount.0).unwrap_or(1))
    }

    /// Who pays what: a session, an order where the session pays first, and what is due.
    fn due(&self, choice: u8) -> (SessionId, Option<OrderId>, i64) {
        let floor = &self.story.floor;
        let session = self.session(choice);
        match floor.sessions.get(&session) {
            None => (session, None, 1),
            Some(party) if party.mode == Mode::PayLater => (session, None, floor.balance(party).0),
            Some(party) => {
                let order: OrderId = one_of(party.orders.iter().copied(), choice / 7);
                let owed = floor.orders.get(&order).map(Order::owed).unwrap_or_default();
                (session, Some(order), owed.0 - party.paid_for(order).0)
            }
        }
    }

    fn command(&mut self, (deed, a, b, c): Act) -> Option<FloorCommand> {
        let table = ["t1", "t2", "c1", "c1"][usize::from(a) % 4];
        let id = self.fresh();
        let (session, line) = self.a_line(a);
        Some(match deed {
            Deed::Join => join(SessionId(id), table, GuestId(u128::from(b % 4))),
            Deed::OpenTable => {
                FloorCommand::OpenTable(OpenTable { session: SessionId(id), table: code(table), covers: 2, by: code("ann") })
            }
            Deed::CloseTable => FloorCommand::CloseTable { session: self.session(a) },
            Deed::Put => put(self.session(a), GuestId(u128::from(b % 4)), LineId(id), dish_of(c)),
            Deed::Quantity => {
                let session = self.session(a);
                let cart = self.story.floor.sessions.get(&session).map(|party| party.cart.clone()).unwrap_or_default();
                let line = one_of(cart.iter().map(|line| line.line), b);
                FloorCommand::SetCartQuantity { session, line, quantity: u16::from(c % 5) }
            }
            Deed::Order => {
                let lines: Vec<_> = (0..=b % 3).map(|i| (LineId(self.fresh()), dish_of(c.wrapping_add(i)))).collect();
                // Now and then a second submission under an id that is taken.
                let order = if c % 16 == 0 { self.an_order(a) } else { OrderId(id) };
                place(order, self.session(a), &lines)
            }
            Deed::OrderCart => {
                let session = self.session(a);
                let cart = self.story.floor.sessions.get(&session).map(|party| party.cart.clone()).unwrap_or_default();
                let lines: Vec<_> = cart.into_iter().map(|line| (line.line, line.selection)).collect();
                place(OrderId(id), session, &lines)
            }
            Deed::Cancel => {
                let order = if b % 4 == 0 { self.an_order(a) } else { one_of(self.story.floor.awaiting.iter().copied(), a) };
                let session = self.story.floor.orders.get(&order).map(|order| order.session).unwrap_or_default();
                FloorCommand::CancelOrder { session, order }
            }
            Deed::Expire => FloorCommand::ExpireOrder { order: self.an_order(a) },
            Deed::Paint => paint(&[item(line, 0), item(line, b % 3)]),
            Deed::Step => {
                step(line, b % 2, [Step::Start, Step::Ready, Step::Serve, Step::Ready, Step::Recall][usize::from(c) % 5])
            }
            Deed::Void => void(session, line),
            Deed::SeeVoid => FloorCommand::AcknowledgeVoid { item: item(line, b % 2) },
            Deed::Rush => rush(session, line),
            Deed::SeeRush => FloorCommand::AnswerRush { item: item(line, 0) },
            Deed::CallNumber => FloorCommand::CallNumber { order: self.an_order(a) },
            Deed::Collect => FloorCommand::CollectOrder { order: self.an_order(a) },
            Deed::Stock => {
                let dish = ["rice", "duck", "last", "set", "duck"][usize::from(a) % 5];
                stock(dish, b % 4 == 0, (b % 3 != 0).then_some(u32::from(c % 6)))
            }
            Deed::Call => FloorCommand::CallWaiter { session: self.session(a), call: CallId(id), reason: CallReason::Bill },
            Deed::AnswerCall => FloorCommand::AnswerCall { call: one_of(self.story.floor.calls.keys().copied(), a) },
            Deed::Ask => {
                let (session, order, amount) = self.due(a);
                ask(AskId(id), session, amount, order)
            }
            Deed::CloseAsk => close_ask(self.an_ask(a).0),
            Deed::Credit => {
                let (ask, amount) = self.an_ask(a);
                // The floor takes what was captured; that it is what was asked for, the money stream has seen to.
                credit(ask, if b % 8 == 0 { amount / 2 + 1 } else { amount })
            }
            Deed::Cash => {
                let (session, order, amount) = self.due(a);
                cash(id, session, amount, order)
            }
            Deed::OpenDay => FloorCommand::OpenDay,
            Deed::CloseDay => FloorCommand::CloseDay { accept_unmatched: b % 4 != 0 },
            Deed::Wait => {
                self.story.now = Now { minute: self.story.now.minute, ..at(self.story.now.at.0 / 60_000 + i64::from(a % 20)) };
                return None;
            }
            Deed::GiveUp => {
                let order = self.story.floor.orders.get(&one_of(self.story.floor.awaiting.iter().copied(), a))?;
                ask(AskId(id), order.session, order.owed().0, Some(order.id))
            }
        })
    }

    fn act(&mut self, act: Act) -> Result<(), TestCaseError> {
        let Some(command) = self.command(act) else { return Ok(()) };
        if let (Deed::GiveUp, FloorCommand::AskPayment(wish)) = (act.0, &command) {
            let after =
                [close_ask(wish.ask), FloorCommand::CancelOrder { session: wish.session, order: wish.order.unwrap_or_default() }];
            self.submit(command)?;
            return after.into_iter().try_for_each(|command| self.submit(command));
        }
        self.submit(command)
    }

    fn submit(&mut self, command: FloorCommand) -> Result<(), TestCaseError> {
        let Ok((events, _)) = self.story.floor.decide(&command, self.story.now, &self.story.known) else { return Ok(()) };
        let billing = matches!(command, FloorCommand::AskPayment(_) | FloorCommand::CloseAsk { .. });
        for event in &events {
            let is_billing =
                matches!(event, FloorEvent::PaymentAsked(_) | FloorEvent::AskClosed(_) | FloorEvent::TenderCredited(_));
            prop_assert!(!billing || is_billing, "asking and closing cook nothing: {event:?}");
            self.book(event)?;
        }
        self.story.take(events);
        self.check()
    }

    /// The second account.
    fn book(&mut self, event: &FloorEvent) -> Result<(), TestCaseError> {
        let move_out = |out: &mut BTreeMap<DishId, i64>, portions: &[(DishId, u32)], sign: i64| {
            for (dish, count) in portions {
                *out.entry(dish.clone()).or_default() += sign * i64::from(*count);
            }
        };
        match event {
            FloorEvent::DayOpened(e) => {
                self.out.clear();
                self.offered = e.stock.iter().map(|(dish, count)| (dish.clone(), i64::from(*count))).collect();
            }
            FloorEvent::StockSet(e) => {
                self.offered.remove(&e.dish);
                if let Some(remaining) = e.remaining {
                    let out = self.out.get(&e.dish).copied().unwrap_or_default();
                    self.offered.insert(e.dish.clone(), i64::from(remaining) + out);
                }
            }
            FloorEvent::OrderPlaced(e) => {
                let amounts: BTreeMap<_, _> = e.lines.iter().map(|line| (line.line, line.priced.amount.0)).collect();
                prop_assert_eq!(amounts.values().sum::<i64>(), e.total.0, "lines sum to the order");
                prop_assert_eq!(amounts.len(), e.lines.len());
                prop_assert!(!self.billed.contains_key(&e.order), "an order is accepted once");
                let known: BTreeSet<_> = self.billed.values().flat_map(|lines| lines.keys()).collect();
                prop_assert!(amounts.keys().all(|line| !known.contains(line)), "a line belongs to one order");
                self.billed.insert(e.order, amounts);
                self.placed_in.insert(e.order, e.session);
                if e.total == Money::ZERO {
                    self.free.insert(e.order);
                }
                move_out(&mut self.out, &e.reserved, 1);
            }
            FloorEvent::OrderEnded(e) => {
                prop_assert!(!self.released.contains(&e.order), "what the kitchen has never just ends");
                self.ended.insert(e.order);
                let reserved = self.story.order(e.order).reserved.clone();
                move_out(&mut self.out, &reserved, -1);
            }
            FloorEvent::OrderRevived(e) => {
                prop_assert!(self.ended.remove(&e.order));
                move_out(&mut self.out, &e.reserved, 1);
            }
            FloorEvent::OrderReleased(e) => {
                prop_assert!(self.released.insert(e.order), "released once");
                let owed: i64 = self.billed[&e.order].values().sum();
                let paid = self.credited_for.get(&e.order).copied().unwrap_or_default();
                let mode = self.story.floor.sessions[&self.placed_in[&e.order]].mode;
                prop_assert!(mode == Mode::PayLater || paid >= owed, "the counter cooks nothing unpaid");
            }
            FloorEvent::LineVoided(e) => {
                prop_assert!(self.released.contains(&e.order));
                prop_assert_eq!(self.billed.get_mut(&e.order).and_then(|lines| lines.remove(&e.line)), Some(e.amount.0));
                let paid = self.credited_for.get(&e.order).copied().unwrap_or_default();
                let left: i64 = self.billed[&e.order].values().sum();
                prop_assert!(e.amount == Money::ZERO || left >= paid, "what is paid is refunded, not voided");
                move_out(&mut self.out, &e.restocked, -1);
            }
            FloorEvent::TenderCredited(e) => {
                prop_assert!(e.amount.is_positive());
                prop_assert!(e.ask.is_none_or(|ask| self.credited_asks.insert(ask)), "an ask is credited once");
                *self.credited.entry(e.session).or_default() += e.amount.0;
                if let Some(order) = e.order {
                    *self.credited_for.entry(order).or_default() += e.amount.0;
                }
            }
            FloorEvent::TableClosed(e) => prop_assert_eq!(self.balance(e.session), 0, "nobody leaves owing or owed"),
            FloorEvent::DayClosed(_)
            | FloorEvent::TableOpened(_)
            | FloorEvent::GuestJoined(_)
            | FloorEvent::CartLinePut(_)
            | FloorEvent::CartLineRemoved(_)
            | FloorEvent::ItemsPainted(_)
            | FloorEvent::ItemStepped(_)
            | FloorEvent::VoidAcknowledged(_)
            | FloorEvent::LineRushed(_)
            | FloorEvent::RushAnswered(_)
            | FloorEvent::NumberCalled(_)
            | FloorEvent::OrderCollected(_)
            | FloorEvent::WaiterCalled(_)
            | FloorEvent::CallAnswered(_)
            | FloorEvent::PaymentAsked(_)
            | FloorEvent::AskClosed(_) => {}
        }
        Ok(())
    }

    fn balance(&self, session: SessionId) -> i64 {
        let of_party = self.placed_in.iter().filter(|(order, party)| **party == session && !self.ended.contains(order));
        let billed: i64 = of_party.flat_map(|(order, _)| self.billed[order].values()).sum();
        billed - self.credited.get(&session).copied().unwrap_or_default()
    }

    /// The promises, after every step.
    fn check(&self) -> Result<(), TestCaseError> {
        let floor = &self.story.floor;
        for (dish, stock) in &floor.stock {
            let Some(remaining) = stock.remaining else { continue };
            let out = self.out.get(dish).copied().unwrap_or_default();
            prop_assert!(out >= 0, "{dish}: more came back than went out");
            prop_assert_eq!(i64::from(remaining) + out, self.offered[dish], "{}: left and sold are what was offered", dish);
        }
        for (id, party) in &floor.sessions {
            prop_assert_eq!(floor.balance(party).0, self.balance(*id), "the check is what was ordered less what was paid");
            prop_assert_eq!(floor.total(party), floor.balance(party) + party.paid());
            prop_assert!(party.asks.values().filter(|ask| ask.state == AskState::Open).count() <= 1, "one open payment");
            prop_assert!(party.closed_at.is_none() || party.cart.is_empty());
            let seated = floor.seated.get(&party.table).is_some_and(|seated| seated.contains(id));
            prop_assert_eq!(seated, party.closed_at.is_none());
        }
        for (table, seated) in &floor.seated {
            prop_assert!(table.as_str() == "c1" || seated.len() <= 1, "one party at a table of the hall");
            prop_assert!(seated.iter().all(|id| floor.sessions.contains_key(id)));
        }
        for (line, order) in &floor.lines {
            prop_assert!(floor.orders[order].lines.iter().any(|other| other.line == *line));
        }
        let numbers: Vec<u32> = floor.orders.values().filter_map(|order| order.pick_up).collect();
        prop_assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "a pick-up number is called for one order");
        let waiting = floor.orders.values().filter(|order| order.state == OrderState::AwaitingPayment);
        prop_assert_eq!(waiting.map(|order| order.id).collect::<BTreeSet<_>>(), floor.awaiting.clone());
        self.check_day()?;
        self.check_kitchen()
    }

    fn check_day(&self) -> Result<(), TestCaseError> {
        let floor = &self.story.floor;
        let just_closed = matches!(self.story.log.last(), Some(FloorEvent::DayClosed(_)));
        for party in floor.sessions.values().filter(|_| just_closed) {
            let waits = party.orders.iter().any(|order| floor.awaiting.contains(order));
            prop_assert!(
                floor.balance(party).0 != 0 || party.open_ask().is_some() || waits,
                "a settled party is not carried over"
            );
        }
        prop_assert!(floor.orders.values().all(|order| floor.sessions.contains_key(&order.session)));
        prop_assert!(floor.asks.values().chain(floor.calls.values()).all(|session| floor.sessions.contains_key(session)));
        Ok(())
    }

    /// The screens hold exactly what is to be cooked or carried, and every void until it was seen.
    fn check_kitchen(&self) -> Result<(), TestCaseError> {
        let floor = &self.story.floor;
        let tickets = view::tickets(floor);
        let mut shown = BTreeSet::new();
        for ticket in &tickets {
            prop_assert!(floor.orders[&ticket.order].released_at().is_some(), "no ticket before its time");
            for shown_item in &ticket.items {
                prop_assert!(shown.insert(shown_item.key), "an item stands on one ticket");
                let line = floor.orders[&ticket.order].lines.iter().find(|line| line.line == shown_item.key.line).unwrap();
                prop_assert_eq!(&line.items[usize::from(shown_item.key.part)].part.station, &ticket.station);
            }
        }
        for order in floor.orders.values() {
            for line in &order.lines {
                for (part, cooked) in line.items.iter().enumerate() {
                    let wanted = if line.voided.is_some() { cooked.void_unseen } else { cooked.state != ItemState::Served };
                    let is_shown = shown.contains(&item(line.line, part as u8));
                    prop_assert!(is_shown || !wanted || order.released_at().is_none(), "{line:?} is on no ticket");
                    prop_assert!(!is_shown || order.released_at().is_some());
                }
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_promises_hold_whatever_people_do(acts in evening()) {
        let mut evening = Evening::new();
        evening.act((Deed::OpenDay, 0, 0, 0))?;
        evening.act((Deed::Join, 0, 0, 0))?;
        evening.act((Deed::Join, 2, 1, 0))?;
        for act in acts {
            evening.act(act)?;
        }
        let story = evening.story;
        let mut again = Floor::default();
        let mut from_text = Floor::default();
        for event in &story.log {
            again.apply(event);
            let text = serde_json::to_string(event).unwrap();
            from_text.apply(&serde_json::from_str(&text).unwrap());
        }
        prop_assert_eq!(&again, &story.floor, "replay gives the same state");
        prop_assert_eq!(&from_text, &story.floor, "as does replay of what was written");
        let snapshot: Floor = serde_json::from_str(&serde_json::to_string(&story.floor).unwrap()).unwrap();
        prop_assert_eq!(&snapshot, &story.floor, "and a snapshot");
    }

    #[test]
    fn facts_in_any_order_never_break_a_replay(acts in evening(), seed: u64) {
        let mut evening = Evening::new();
        evening.act((Deed::OpenDay, 0, 0, 0))?;
        for act in acts {
            evening.act(act)?;
        }
        // A journal never does this; apply must not panic even so, and must be a function of what it is given.
        let mut shuffled = evening.story.log.clone();
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let fold = || shuffled.iter().fold(Floor::default(), |mut floor, event| { floor.apply(event); floor });
        prop_assert_eq!(fold(), fold());
    }
}

#[test]
fn random_evenings_see_every_kind_of_fact() {
    let mut runner = proptest::test_runner::TestRunner::new(config(1));
    let mut seen: BTreeMap<&'static str, u32> = BTreeMap::new();
    for _ in 0..150 {
        let acts = evening().new_tree(&mut runner).unwrap().current();
        let mut evening = Evening::new();
        for act in [(Deed::OpenDay, 0, 0, 0), (Deed::Join, 0, 0, 0), (Deed::Join, 2, 1, 0)].into_iter().chain(acts) {
            evening.act(act).unwrap();
        }
        evening.story.log.iter().for_each(|event| *seen.entry(event.kind()).or_default() += 1);
    }
    for kind in FloorEvent::KINDS {
        assert!(seen.get(kind).is_some_and(|count| *count >= 3), "{kind} hardly ever happens: {seen:?}");
    }
}
