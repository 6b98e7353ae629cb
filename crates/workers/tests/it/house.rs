//! A restaurant with one dish and one desk, on a clock that leaps.

use crate::channel::{Fake, paid};
use domain::catalog::{Area, House, Mode, Policy, Table};
use domain::floor::{Actor, AskPayment, AskState, AskedLine, FloorCommand, JoinTable, PlaceOrder, Way};
use domain::menu::{Category, Charge, Dish, Menu, Selection, Station, Variant};
use domain::payment::{Attempt, AttemptState};
use domain::{AskId, Currency, GuestId, LineId, Money, OrderId, SessionId, StoreId, Text};
use engine::{Clock, SeededIds, Store, WriterOptions};
use journal::MemoryJournal;
use pay::{AuthCode, Channel, ChannelState, Notice, NoticeBody, Outcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use workers::{Desk, DeskSetup};

pub const PRICE: Money = Money(3_850);
const TABLES: u32 = 9;

#[derive(Clone, Debug)]
pub struct Wall {
    began: Instant,
    off_ms: Arc<AtomicI64>,
}

impl Clock for Wall {
    fn now_ms(&self) -> i64 {
        let since = i64::try_from(self.began.elapsed().as_millis()).unwrap();
        1_795_320_000_000 + since + self.off_ms.load(Ordering::SeqCst)
    }
    fn local_minute(&self, _at_ms: i64) -> u16 {
        720
    }
}

pub struct Room {
    pub store: Store,
    pub desk: Arc<Desk>,
    pub channel: Arc<Fake>,
    pub wall: Wall,
    journal: Arc<MemoryJournal>,
    stop: CancellationToken,
    opened: u64,
}

impl Room {
    pub async fn open(channel: Fake) -> Room {
        let wall = Wall { began: Instant::now(), off_ms: Arc::default() };
        let (journal, channel) = (Arc::new(MemoryJournal::new()), Arc::new(channel));
        let room = Room::over(journal, channel, wall, 1).await;
        let store = &room.store;
        store.publish_menu(store.fresh_request(), menu()).await.unwrap();
        store.publish_house(store.fresh_request(), house()).await.unwrap();
        room.floor(FloorCommand::OpenDay).await;
        room
    }

    async fn over(journal: Arc<MemoryJournal>, channel: Arc<Fake>, wall: Wall, opened: u64) -> Room {
        let options = WriterOptions { snapshot_every: 0, ..WriterOptions::default() };
        let ids = Arc::new(SeededIds::new(opened));
        let store = Store::open(StoreId(1), journal.clone(), Arc::new(wall.clone()), ids, options).await.unwrap();
        let channels: Vec<Arc<dyn Channel>> = vec![channel.clone()];
        let desk = Desk::new(DeskSetup { store: store.clone(), channels, notify_base: "http://127.0.0.1:2/channels".to_owned() });
        let stop = CancellationToken::new();
        tokio::spawn(desk.clone().run(stop.clone()));
        Room { store, desk, channel, wall, journal, stop, opened }
    }

    /// The power goes and comes back: what was only remembered is lost.
    pub async fn restart(self) -> Room {
        self.stop.cancel();
        self.store.stop().await;
        Room::over(self.journal, self.channel, self.wall, self.opened + 1).await
    }

    pub async fn floor(&self, command: FloorCommand) {
        self.store.submit_floor(self.store.fresh_request(), command).await.unwrap();
    }

    pub async fn sit_down(&self) -> SessionId {
        let ids = || self.store.fresh_id();
        let (session, guest, order) = (SessionId(ids()), GuestId(ids()), OrderId(ids()));
        let table = self.store.floor(|floor| floor.sessions.len());
        let table = format!("t{table}").parse().unwrap();
        self.floor(FloorCommand::JoinTable(JoinTable { table, guest, name: None, session, covers: Some(1) })).await;
        let selection = Selection {
            dish: "noodles".parse().unwrap(),
            variant: "std".parse().unwrap(),
            quantity: 1,
            weight_g: None,
            options: Vec::new(),
            set: Vec::new(),
            note: None,
        };
        let line = AskedLine::new(LineId(ids()), selection, PRICE, PRICE);
        let by = Actor::Guest(guest);
        let place = PlaceOrder { order, session, by, menu_version: 1, total: PRICE, lines: vec![line], note: None };
        self.floor(FloorCommand::PlaceOrder(place)).await;
        session
    }

    /// Somebody at a new table wants to pay everything.
    pub async fn ask(&self, way: Way) -> AskId {
        let (session, ask) = (self.sit_down().await, AskId(self.store.fresh_id()));
        let code = match way {
            Way::WechatCode => AuthCode::read("134567890123456789"),
            Way::AlipayCode => AuthCode::read("2812345678901234"),
            _ => None,
        };
        if let Some(code) = code {
            self.desk.remember_code(ask, code, "till-1".to_owned());
        }
        self.wish(session, ask, way).await;
        ask
    }

    pub async fn wish(&self, session: SessionId, ask: AskId, way: Way) {
        let wish = AskPayment { ask, session, way, amount: PRICE, order: None, share: None, tip: Money::ZERO, partial: false };
        self.floor(FloorCommand::AskPayment(wish)).await;
    }

    pub fn attempt(&self, ask: AskId) -> Attempt {
        let id = self.desk.attempt_of(ask).unwrap();
        self.store.money(|money| money.attempts.get(&id).cloned()).unwrap()
    }

    pub fn state(&self, ask: AskId) -> AttemptState {
        self.attempt(ask).state
    }

    pub fn is_captured(&self, ask: AskId) -> bool {
        matches!(self.state(ask), AttemptState::Captured { .. })
    }

    pub fn ask_state(&self, ask: AskId) -> AskState {
        self.store.floor(|floor| floor.sessions[&floor.asks[&ask]].asks[&ask].state.clone())
    }

    pub async fn wait(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// A genuine notice that this is paid; whether it was taken.
    pub async fn notice_of_payment(&self, ask: AskId) -> bool {
        let paid = pay::Paid { attempt_no: self.attempt(ask).attempt.to_string(), ..paid(PRICE) };
        *self.channel.notice.lock().unwrap() = Some(Notice { id: "1".to_owned(), body: NoticeBody::Paid(paid) });
        let reply = self.desk.take_notice(self.channel.name, &[], &[]).await.unwrap().unwrap();
        reply.status == 200
    }

    pub fn put_clock(&self, by_seconds: i64) {
        self.wall.off_ms.fetch_add(by_seconds * 1000, Ordering::SeqCst);
    }
}

pub fn is_paid() -> Outcome<ChannelState> {
    Outcome::Succeeded(ChannelState::Paid(paid(PRICE)))
}

pub fn is(state: ChannelState) -> Outcome<ChannelState> {
    Outcome::Succeeded(state)
}

fn house() -> House {
    let area = Area::new("hall".parse().unwrap(), Text::new("厅", "Hall"), Mode::PayLater);
    let table =
        |id: String| Table { id: id.parse().unwrap(), name: id, area: "hall".parse().unwrap(), seats: 4, code_version: 1 };
    House {
        store: StoreId(1),
        name: Text::new("店", "House"),
        currency: Currency::Cny,
        time_zone: "Asia/Shanghai".to_owned(),
        areas: vec![area],
        tables: (0..TABLES).map(|number| table(format!("t{number}"))).collect(),
        policy: Policy { scan_opens_table: true, ..Policy::default() },
        accounts: Vec::new(),
        printers: Vec::new(),
        kitchen_printers: Vec::new(),
        till_printer: None,
    }
}

pub fn menu() -> Menu {
    let text = || Text::new("牛肉面", "Beef noodles");
    let dish = Dish {
        id: "noodles".parse().unwrap(),
        code: "1".to_owned(),
        category: "all".parse().unwrap(),
        station: "wok".parse().unwrap(),
        name: text(),
        description: None,
        image: "noodles.webp".to_owned(),
        charge: Charge::Item,
        variants: vec![Variant { id: "std".parse().unwrap(), name: text(), price: PRICE }],
        groups: Vec::new(),
        set_groups: Vec::new(),
        allergens: Vec::new(),
        hours: None,
        daily_count: None,
        due_min: 10,
        overdue_min: 20,
        pinyin: "nrm".to_owned(),
        popular: false,
        pot: domain::menu::PotRole::None,
    };
    Menu {
        version: 1,
        currency: Currency::Cny,
        stations: vec![Station::new("wok".parse().unwrap(), text())],
        categories: vec![Category { id: "all".parse().unwrap(), name: text() }],
        dishes: vec![dish],
    }
}
