//! A restaurant's trade over many business days, decided by the real rules and written to a journal as the server would have.

use super::house::is_plain;
use super::load::Ids;
use anyhow::{Context, anyhow, bail};
use domain::catalog::Table;
use domain::floor::{
    Actor, AskPayment, AskedLine, CreditCapture, FloorCommand, FloorEvent, ItemKey, JoinTable, Known, PlaceOrder, PutCartLine,
    Step, TakeCash, Way,
};
use domain::menu::{Dish, Selection};
use domain::payment::{ChannelResult, Opened, PaymentCommand, Source};
use domain::{
    AskId, AttemptId, Currency, GuestId, LineId, LocalMinute, Money, OrderId, RefundId, SessionId, StaffId, StoreId, TenderId,
    Timestamp,
};
use engine::HouseRules;
use engine::machine::{Context as Decided, Machine};
use engine::machines::{Around, FloorMachine, MoneyMachine};
use journal::{CommandId, Group, Hash, Head, Journal, NewCommand, NewEvent, SqliteJournal, StoreKey, Stream, StreamKey};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Events that share a transaction while the journal is built.
const GROUP: usize = 2_000;
/// Parties of a business day.
const PARTIES: u64 = 150;
/// Parties that still sit there when the journal ends.
const SITTING: u64 = 12;
/// Milliseconds between two things that happen.
const STEP_MS: i64 = 1_300;
/// From closing to opening.
const NIGHT_MS: i64 = 9 * 3_600_000;

/// A snapshot to be put into the journal later.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub key: StreamKey,
    pub seq: u64,
    pub hash: Hash,
    pub bytes: Vec<u8>,
}

/// What was built.
#[derive(Debug)]
pub(crate) struct Built {
    pub events: u64,
    pub days: u32,
    pub orders: u64,
    /// Snapshots as a server killed at the worst moment would have left them.
    pub kept: Vec<Kept>,
}

/// One stream being written: decided at once, appended in large groups.
struct Pen<M: Machine> {
    journal: Arc<SqliteJournal>,
    key: StreamKey,
    epoch: u64,
    state: M::State,
    seq: u64,
    waiting: Group,
    appended: Option<JoinHandle<anyhow::Result<Head>>>,
    kept: Option<Kept>,
    /// A snapshot is kept once this event is written.
    keep_at: u64,
}

impl<M: Machine> Pen<M> {
    async fn new(journal: &Arc<SqliteJournal>, store: StoreId, stream: Stream, keep_at: u64) -> anyhow::Result<Pen<M>> {
        let key = StreamKey::new(StoreKey(store.0), stream);
        let epoch = journal.take_over(key).await?;
        let seq = journal.head(key).await?.seq;
        let waiting = Group { key, epoch, expected_seq: seq, at_ms: 0, events: Vec::new(), commands: Vec::new() };
        let journal = journal.clone();
        Ok(Pen { journal, key, epoch, state: M::State::default(), seq, waiting, appended: None, kept: None, keep_at })
    }

    /// Decides a command and takes it in. A refusal is a mistake in this file.
    async fn write(
        &mut self,
        command: &M::Command,
        id: u128,
        at: i64,
        neighbours: &M::Neighbours,
    ) -> anyhow::Result<Vec<M::Event>>
    where
        M::Reject: std::fmt::Debug,
    {
        let minute = u16::try_from(at.div_euclid(60_000).rem_euclid(1_440))?;
        let context = Decided::new(at, minute, [0; 32]);
        let (events, answer) = M::decide(&self.state, command, &context, neighbours)
            .map_err(|reject| anyhow!("the trade was refused: {reject:?}"))?;
        for event in &events {
            self.seq += 1;
            M::apply(&mut self.state, event, at, self.seq);
            let (kind, version) = M::kind(event);
            let body = M::encode(event).map_err(|error| anyhow!("{error}"))?;
            self.waiting.events.push(NewEvent { kind: kind.into(), version, body });
        }
        let answer = serde_json::to_vec(&Ok::<_, M::Reject>(answer))?;
        self.waiting.commands.push(NewCommand {
            id: CommandId(id),
            fingerprint: [0; 32],
            answer,
            events: u32::try_from(events.len())?,
        });
        self.waiting.at_ms = at;
        if self.waiting.events.len() >= GROUP {
            self.send().await?;
        }
        Ok(events)
    }

    /// Hands the group to the journal, which writes it while the next one is decided.
    async fn send(&mut self) -> anyhow::Result<()> {
        self.written().await?;
        let (key, epoch, expected_seq) = (self.key, self.epoch, self.seq);
        let next = Group { key, epoch, expected_seq, at_ms: 0, events: Vec::new(), commands: Vec::new() };
        let group = std::mem::replace(&mut self.waiting, next);
        if group.commands.is_empty() {
            return Ok(());
        }
        let journal = self.journal.clone();
        self.appended = Some(tokio::spawn(async move { Ok(journal.append(group).await?) }));
        if self.kept.is_none() && self.seq >= self.keep_at {
            let bytes = serde_json::to_vec(&self.state)?;
            let head = self.written().await?.context("nothing was written")?;
            self.kept = Some(Kept { key, seq: head.seq, hash: head.hash, bytes });
        }
        Ok(())
    }

    async fn written(&mut self) -> anyhow::Result<Option<Head>> {
        match self.appended.take() {
            Some(task) => Ok(Some(task.await??)),
            None => Ok(None),
        }
    }
}

/// Writes a trade of so many events to an empty floor and money stream. `tail` events lie behind the kept snapshots.
pub(crate) async fn build(
    journal: &Arc<SqliteJournal>,
    known: Arc<Known>,
    wanted: u64,
    tail: u64,
    mut progress: impl FnMut(u64),
) -> anyhow::Result<Built> {
    let store = known.house.store;
    // About one event in sixteen is the money stream's.
    let (of_money, tail_of_money) = (wanted / 16, tail / 16);
    let floor = Pen::<FloorMachine>::new(journal, store, Stream::Floor, wanted - of_money - tail).await?;
    let money = Pen::<MoneyMachine>::new(journal, store, Stream::Money, of_money - tail_of_money).await?;
    let dishes: Vec<usize> = (0..known.menu.dishes.len()).filter(|at| is_plain(&known.menu.dishes[*at])).collect();
    let began = Timestamp(now_ms() - i64::try_from(wanted / 40)? * 60_000);
    let around = Around { known: known.clone(), rules: Arc::new(HouseRules) };
    let mut trade = Trade { floor, money, known, around, dishes, ids: Ids::new(42), at: began.0, counted: 0, orders: 0 };
    let mut days = 0;
    while trade.events() < wanted {
        trade.floor(FloorCommand::OpenDay).await?;
        days += 1;
        for party in 0..PARTIES {
            trade.party(party, true).await?;
            progress(trade.events().min(wanted));
            if trade.events() + SITTING * 40 >= wanted {
                return trade.end(days).await;
            }
        }
        trade.floor(FloorCommand::CloseDay { accept_unmatched: false, by: "manager".parse()? }).await?;
        trade.at += NIGHT_MS;
    }
    bail!("the trade ended too early")
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

struct Trade {
    floor: Pen<FloorMachine>,
    money: Pen<MoneyMachine>,
    known: Arc<Known>,
    around: Around,
    dishes: Vec<usize>,
    ids: Ids,
    at: i64,
    counted: u128,
    orders: u64,
}

impl Trade {
    fn events(&self) -> u64 {
        self.floor.seq + self.money.seq
    }

    /// Leaves the last parties sitting and makes everything durable.
    async fn end(mut self, days: u32) -> anyhow::Result<Built> {
        for party in 0..SITTING {
            self.party(party, false).await?;
        }
        self.floor.send().await?;
        self.money.send().await?;
        self.floor.written().await?;
        self.money.written().await?;
        let events = self.events();
        let kept = [self.floor.kept, self.money.kept].into_iter().flatten().collect();
        Ok(Built { events, days, orders: self.orders, kept })
    }

    /// Ids of commands grow with time, as the phones' would not: the journal is built faster, and read the same.
    fn command_id(&mut self) -> u128 {
        self.counted += 1;
        (u128::from(self.at.unsigned_abs()) << 64) | self.counted
    }

    async fn floor(&mut self, command: FloorCommand) -> anyhow::Result<Vec<FloorEvent>> {
        self.at += STEP_MS;
        let id = self.command_id();
        self.floor.write(&command, id, self.at, &self.around).await
    }

    async fn money(&mut self, command: PaymentCommand) -> anyhow::Result<()> {
        self.at += STEP_MS;
        let id = self.command_id();
        self.money.write(&command, id, self.at, &self.around).await.map(drop)
    }

    /// A party from its first scan to its last step: two phones, two rounds, everything cooked, paid, gone.
    async fn party(&mut self, number: u64, leaves: bool) -> anyhow::Result<()> {
        let known = self.known.clone();
        let tables: &[Table] = &known.house.tables;
        let table = &tables[usize::try_from(number)? % tables.len()];
        let (session, first, second) = (SessionId(self.ids.next()), GuestId(self.ids.next()), GuestId(self.ids.next()));
        for (guest, name) in [(first, "小明"), (second, "Ann")] {
            let joins = JoinTable { table: table.id.clone(), guest, name: Some(name.to_owned()), session, covers: Some(3) };
            self.floor(FloorCommand::JoinTable(joins)).await?;
        }
        for guest in [first, second] {
            let lines = self.round(session, guest).await?;
            self.cook(&lines).await?;
        }
        if !leaves {
            return Ok(());
        }
        let due = self.floor.state.sessions.get(&session).map(|party| self.floor.state.balance(party)).context("no party")?;
        if number.is_multiple_of(4) {
            let by: StaffId = "cashier".parse().map_err(|error| anyhow!("{error}"))?;
            let cash = TakeCash {
                tender: TenderId(self.ids.next()),
                session,
                amount: due,
                received: due,
                rounded_off: Money::ZERO,
                order: None,
                share: None,
                tip: Money::ZERO,
                partial: false,
                by,
            };
            self.floor(FloorCommand::TakeCash(cash)).await?;
        } else {
            self.pay(session, due).await?;
        }
        self.floor(FloorCommand::CloseTable { session }).await.map(drop)
    }

    /// Four dishes go into the cart, one by one, and are ordered.
    async fn round(&mut self, session: SessionId, guest: GuestId) -> anyhow::Result<Vec<LineId>> {
        let known = self.known.clone();
        let (mut lines, mut total) = (Vec::new(), Money::ZERO);
        for n in 0..4_u64 {
            let pick = usize::try_from(self.ids.next() % self.dishes.len() as u128)?;
            let dish: &Dish = &known.menu.dishes[self.dishes[pick]];
            let variant = dish.variants.first().context("a dish without a size")?.id.clone();
            let note = (n == 0).then(|| "少盐".to_owned());
            let selection = Selection {
                dish: dish.id.clone(),
                variant,
                quantity: 1,
                weight_g: None,
                options: Vec::new(),
                set: Vec::new(),
                note,
            };
            let priced = known.menu.price(&selection, 3, LocalMinute(0)).map_err(|error| anyhow!("{error:?}"))?;
            let line = LineId(self.ids.next());
            self.floor(FloorCommand::PutCartLine(PutCartLine { session, guest, line, selection: selection.clone() })).await?;
            total = total + priced.amount;
            lines.push(AskedLine::new(line, selection, priced.unit_price, priced.amount));
        }
        let placed: Vec<LineId> = lines.iter().map(|line| line.line).collect();
        let order = OrderId(self.ids.next());
        let menu_version = known.menu.version;
        let order = PlaceOrder { order, session, by: Actor::Guest(guest), menu_version, total, lines, note: None };
        self.floor(FloorCommand::PlaceOrder(order)).await?;
        self.orders += 1;
        Ok(placed)
    }

    async fn cook(&mut self, lines: &[LineId]) -> anyhow::Result<()> {
        let items: Vec<ItemKey> = lines.iter().map(|line| ItemKey { line: *line, part: 0 }).collect();
        self.floor(FloorCommand::ReportPainted { screen: "热菜".to_owned(), items: items.clone() }).await?;
        for item in items {
            for step in [Step::Start, Step::Ready, Step::Serve] {
                self.floor(FloorCommand::StepItem { item, step }).await?;
            }
        }
        Ok(())
    }

    async fn pay(&mut self, session: SessionId, amount: Money) -> anyhow::Result<()> {
        let (ask, attempt, way) = (AskId(self.ids.next()), AttemptId(self.ids.next()), Way::WechatNative);
        let channel_txn = format!("42{:026}", self.ids.next() % 10_u128.pow(26));
        let wish = AskPayment { ask, session, way, amount, order: None, share: None, tip: Money::ZERO, partial: false };
        self.floor(FloorCommand::AskPayment(wish)).await?;
        let expires_at = Timestamp(self.at).plus_minutes(10);
        self.money(PaymentCommand::StartAttempt { attempt, ask, session, way, amount, expires_at }).await?;
        let opened = Opened::Code { code_url: format!("weixin://wxpay/bizpayurl?pr={:011x}", attempt.0 >> 84) };
        let result = ChannelResult::Opened(opened);
        self.money(PaymentCommand::RecordResult { attempt, source: Source::Open, result }).await?;
        let paid_at = Timestamp(self.at);
        let paid = ChannelResult::Paid {
            channel_txn: channel_txn.clone(),
            amount,
            currency: Currency::Cny,
            merchant_matches: true,
            paid_at,
        };
        self.money(PaymentCommand::RecordResult { attempt, source: Source::Notice, result: paid }).await?;
        let refund = RefundId(attempt.0);
        self.floor(FloorCommand::CreditCapture(CreditCapture { ask, attempt, channel_txn, amount, paid_at, refund })).await?;
        self.money(PaymentCommand::MarkCredited { attempt }).await
    }
}
