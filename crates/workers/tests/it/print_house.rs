//! A restaurant with two stations, three simulated printers and a print desk, on a clock that leaps.

use domain::catalog::{Area, House, KitchenPrinter, Mode, Policy, PrintWhen, Printer, Role, Table};
use domain::floor::{
    Actor, Approver, AskedLine, Floor, FloorCommand, Hand, ItemKey, OpenTable, PlaceOrder, PrintJob, PrintState, Slip,
};
use domain::menu::{
    Allergen, Category, Charge, Choice, Dish, Menu, OptionGroup, OptionKind, PickedOption, PotRole, Selection, Station, Variant,
};
use domain::{Currency, JobId, LineId, Money, OrderId, PrinterId, SessionId, StaffId, StoreId, Text};
use engine::{Clock, SeededIds, Store, WriterOptions};
use journal::MemoryJournal;
use printer_sim::{Faults, PrinterSetup, Simulator};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use workers::{Condition, PrintDesk, PrintTiming, SlipLink};

pub const CHICKEN: Money = Money(3_800);
pub const CUCUMBER: Money = Money(1_800);
/// A dish whose name would reset a printer, open the drawer, print large, cut, and clear what waits.
pub const EVIL: &str =
    "坏\u{1b}@\u{1b}p\0\u{19}\u{fa}菜\u{1d}!\u{11}\u{1d}VA\0\n\u{10}\u{14}\u{8}\u{1}\u{3}\u{14}\u{1}\u{6}\u{2}\u{8}完";
/// Simulated printers print at once, and nobody has to put paper in.
pub const FASTER: u32 = 4;
/// Longer than anything here takes.
pub const SOON: Duration = Duration::from_secs(15);

#[derive(Clone, Debug)]
pub struct Wall {
    began: Instant,
    off_ms: Arc<AtomicI64>,
}

impl Clock for Wall {
    fn now_ms(&self) -> i64 {
        let since = i64::try_from(self.began.elapsed().as_millis()).unwrap();
        // 2026-11-22 12:00 in Shanghai.
        1_795_320_000_000 + since + self.off_ms.load(Ordering::SeqCst)
    }
    fn local_minute(&self, _at_ms: i64) -> u16 {
        720
    }
}

pub struct Room {
    pub store: Store,
    pub desk: Arc<PrintDesk>,
    pub sim: Simulator,
    wall: Wall,
    stop: CancellationToken,
    task: JoinHandle<()>,
    seats: AtomicI64,
}

/// A dish somebody orders.
pub struct Wish {
    dish: &'static str,
    price: Money,
    quantity: u16,
    options: &'static [&'static str],
    note: Option<&'static str>,
    course: Option<u8>,
    seat: Option<u8>,
}

pub const fn wish(dish: &'static str, price: Money) -> Wish {
    Wish { dish, price, quantity: 1, options: &[], note: None, course: None, seat: None }
}

pub const ONE_CHICKEN: Wish = wish("chicken", CHICKEN);
pub const ONE_CUCUMBER: Wish = wish("cucumber", CUCUMBER);

impl Wish {
    pub fn times(self, quantity: u16) -> Wish {
        Wish { quantity, ..self }
    }
    pub fn with(self, options: &'static [&'static str]) -> Wish {
        Wish { options, ..self }
    }
    pub fn noted(self, note: &'static str) -> Wish {
        Wish { note: Some(note), ..self }
    }
    pub fn at(self, course: u8, seat: u8) -> Wish {
        Wish { course: Some(course), seat: Some(seat), ..self }
    }
}

impl Room {
    pub async fn open() -> Room {
        Room::open_as(|_| ()).await
    }

    pub async fn open_as(change: impl FnOnce(&mut House)) -> Room {
        let setups = ["hot", "cold", "till"].map(|name| PrinterSetup::new(name, 0)).to_vec();
        let sim = Simulator::start(setups).await.unwrap();
        let wall = Wall { began: Instant::now(), off_ms: Arc::default() };
        let options = WriterOptions { snapshot_every: 0, ..WriterOptions::default() };
        let (journal, ids) = (Arc::new(MemoryJournal::new()), Arc::new(SeededIds::new(1)));
        let store = Store::open(StoreId(1), journal, Arc::new(wall.clone()), ids, options).await.unwrap();
        let mut house = house(&sim);
        change(&mut house);
        store.publish_menu(store.fresh_request(), menu()).await.unwrap();
        store.publish_house(store.fresh_request(), house).await.unwrap();
        store.submit_floor(store.fresh_request(), FloorCommand::OpenDay).await.unwrap();
        let desk = desk(&store);
        let stop = CancellationToken::new();
        let task = tokio::spawn(desk.clone().run(stop.clone()));
        Room { store, desk, sim, wall, stop, task, seats: AtomicI64::new(0) }
    }

    /// The process dies in the middle of whatever it does; the next finds what the journal has.
    pub async fn crash(&mut self, between: impl AsyncFnOnce(&Room)) {
        self.task.abort();
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
        between(self).await;
        self.desk = desk(&self.store);
        self.task = tokio::spawn(self.desk.clone().run(self.stop.clone()));
    }

    /// The house stops as it should.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        (&mut self.task).await.unwrap();
    }

    pub async fn floor(&self, command: FloorCommand) {
        self.store.submit_floor(self.store.fresh_request(), command).await.unwrap();
    }

    pub async fn change_house(&self, change: impl FnOnce(&mut House)) {
        let mut house = House::clone(&self.store.known().house);
        change(&mut house);
        self.store.publish_house(self.store.fresh_request(), house).await.unwrap();
    }

    pub fn leap(&self, seconds: i64) {
        self.wall.off_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// A new party at the next table.
    pub async fn sit_down(&self) -> SessionId {
        let session = SessionId(self.store.fresh_id());
        let table = format!("t{}", self.seats.fetch_add(1, Ordering::SeqCst)).parse().unwrap();
        self.floor(FloorCommand::OpenTable(OpenTable { session, table, covers: 2, by: ann(), reservation: None, entry: None }))
            .await;
        session
    }

    pub async fn order(&self, session: SessionId, wishes: Vec<Wish>) -> Vec<LineId> {
        let lines: Vec<AskedLine> = wishes.iter().map(|wish| self.asked(wish)).collect();
        let total = lines.iter().map(|line| line.amount).sum();
        let ids = lines.iter().map(|line| line.line).collect();
        let (order, by, note) =
            (OrderId(self.store.fresh_id()), Actor::Staff { id: ann(), name: "ann".to_owned() }, Some("快点".to_owned()));
        self.floor(FloorCommand::PlaceOrder(PlaceOrder { order, session, by, menu_version: 1, total, lines, note })).await;
        ids
    }

    fn asked(&self, wish: &Wish) -> AskedLine {
        let option = |option: &&str| PickedOption { option: option.parse().unwrap(), quantity: 1 };
        let selection = Selection {
            dish: wish.dish.parse().unwrap(),
            variant: "std".parse().unwrap(),
            quantity: wish.quantity,
            weight_g: None,
            options: wish.options.iter().map(option).collect(),
            set: Vec::new(),
            note: wish.note.map(str::to_owned),
        };
        AskedLine {
            line: LineId(self.store.fresh_id()),
            selection,
            unit_price: wish.price,
            amount: wish.price.times(u32::from(wish.quantity)).unwrap(),
            course: wish.course,
            seat: wish.seat,
            hold: false,
        }
    }

    /// Somebody at a new table orders.
    pub async fn order_at_new_table(&self, wishes: Vec<Wish>) -> (SessionId, Vec<LineId>) {
        let session = self.sit_down().await;
        (session, self.order(session, wishes).await)
    }

    pub async fn print(&self, printer: &str, slip: Slip) -> JobId {
        let job = JobId(self.store.fresh_id());
        self.floor(FloorCommand::QueuePrint { job, printer: id(printer), slip, by: Some(ann()) }).await;
        job
    }

    pub async fn faults(&self, printer: &str, faults: Faults) {
        self.sim.printer(printer).unwrap().set_faults(faults).await.unwrap();
    }

    /// The texts of a printer's slips, once there are so many.
    pub async fn slips(&self, printer: &str, count: usize) -> Vec<String> {
        let slips = self.sim.printer(printer).unwrap().wait_for_slips(count, SOON).await.unwrap();
        assert_eq!(slips.len(), count, "{}", slips.iter().map(|slip| slip.text.clone()).collect::<Vec<_>>().join("\n----\n"));
        for slip in &slips {
            assert!(slip.unknown.is_empty(), "the printer was told what it doesn't understand: {:?}", slip.unknown);
        }
        slips.iter().map(|slip| slip.text.clone()).collect()
    }

    pub fn count(&self, printer: &str) -> usize {
        self.sim.printer(printer).unwrap().slips().len()
    }

    pub async fn until(&self, what: &str, so: impl Fn(&Floor) -> bool) {
        let began = Instant::now();
        while !self.store.floor(&so) {
            assert!(began.elapsed() < SOON, "not {what}: {:#?}", self.store.floor(|floor| floor.slips.clone()));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// All slips have come to their end.
    pub async fn until_quiet(&self) {
        self.until("quiet", |floor| floor.open_slips.is_empty() && !floor.slips.is_empty()).await;
    }

    /// The only slip there is.
    pub fn job(&self) -> PrintJob {
        self.store.floor(|floor| {
            assert_eq!(floor.slips.len(), 1);
            floor.slips.values().next().cloned().unwrap()
        })
    }

    pub fn jobs(&self, state: PrintState) -> usize {
        self.store.floor(|floor| floor.slips.values().filter(|job| job.state == state).count())
    }

    pub fn condition(&self, printer: &str) -> Condition {
        self.desk.states()[&id(printer)].condition
    }

    /// Waits until a printer is known to be so.
    pub async fn until_known(&self, printer: &str, condition: Condition) {
        let began = Instant::now();
        while self.condition(printer) != condition {
            assert!(began.elapsed() < SOON, "{printer} is {:?}", self.desk.states());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn is_seen(&self, line: LineId) -> bool {
        self.store.floor(|floor| {
            let order = &floor.orders[&floor.lines[&line]];
            let line = order.lines.iter().find(|other| other.line == line).unwrap();
            line.items.iter().all(|item| item.seen_at.is_some())
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn desk(store: &Store) -> Arc<PrintDesk> {
    let sign = |link| match link {
        SlipLink::Pay(session) => Some(format!("/pay/{session}")),
        SlipLink::Table(session) => Some(format!("https://elsewhere.example/t/{session}")),
        SlipLink::Queue(_) => None,
    };
    let timing = PrintTiming::default().faster(FASTER);
    PrintDesk::timed(store.clone(), "https://house.example/".to_owned(), Box::new(sign), timing)
}

pub fn ann() -> StaffId {
    "ann".parse().unwrap()
}

pub fn id(printer: &str) -> PrinterId {
    printer.parse().unwrap()
}

pub fn item(line: LineId) -> ItemKey {
    ItemKey { line, part: 0 }
}

/// Ann, with the manager beside her.
pub fn hand() -> Hand {
    let approver = Some(Approver { by: "max".parse().unwrap(), role: Role::Manager });
    Hand { by: ann(), role: Role::Waiter, approver }
}

fn house(sim: &Simulator) -> House {
    let printer = |name: &str, fallback: Option<&str>| Printer {
        id: id(name),
        name: name.to_owned(),
        address: sim.printer(name).unwrap().addr().to_string(),
        width_mm: 80,
        fallback: fallback.map(id),
        no_cutter: false,
        buzzer: true,
        drawer: name == "till",
        qr_as_picture: false,
        gbk_only: false,
        silent: false,
    };
    let route =
        |station: &str| KitchenPrinter { station: station.parse().unwrap(), printer: id(station), when: PrintWhen::Always };
    let area = Area {
        id: "hall".parse().unwrap(),
        name: Text::new("大厅", "Hall"),
        mode: Mode::PayLater,
        service_charge_bp: 1_000,
        seat_fee: Money(200),
        minimum_spend: Money::ZERO,
        hot_pot: false,
        per_head: Vec::new(),
    };
    let table = |at: u32| Table {
        id: format!("t{at}").parse().unwrap(),
        name: format!("A{}", at + 1),
        area: "hall".parse().unwrap(),
        seats: 4,
        code_version: 1,
    };
    House {
        store: StoreId(1),
        name: Text::new("单单小馆", "Dandan"),
        currency: Currency::Cny,
        time_zone: "Asia/Shanghai".to_owned(),
        areas: vec![area],
        tables: (0..9).map(table).collect(),
        policy: Policy::default(),
        accounts: Vec::new(),
        printers: vec![printer("hot", Some("till")), printer("cold", None), printer("till", None)],
        kitchen_printers: vec![route("hot"), route("cold")],
        till_printer: Some(id("till")),
    }
}

fn menu() -> Menu {
    let station = |name: &str, text: &str| Station {
        id: name.parse().unwrap(),
        name: Text::new(text, name),
        fallback: None,
        per_ten_min: None,
    };
    let choice = |name: &str, text: &str| Choice {
        id: name.parse().unwrap(),
        name: Text::new(text, name),
        price: Money::ZERO,
        max: 1,
        excludes: Vec::new(),
    };
    let group = |name: &str, kind, choice| OptionGroup {
        id: name.parse().unwrap(),
        name: Text::new(name, name),
        kind,
        min: 0,
        max: 1,
        options: vec![choice],
    };
    let dish = |name: &str, text: &str, station: &str, price, pot| Dish {
        id: name.parse().unwrap(),
        code: String::new(),
        category: "all".parse().unwrap(),
        station: station.parse().unwrap(),
        name: Text::new(text, name),
        description: None,
        image: "dish.webp".to_owned(),
        charge: Charge::Item,
        variants: vec![Variant { id: "std".parse().unwrap(), name: Text::default(), price }],
        groups: vec![
            group("way", OptionKind::Method, choice("mild", "少辣")),
            group("no", OptionKind::Avoid, choice("no-coriander", "香菜")),
        ],
        set_groups: Vec::new(),
        allergens: vec![Allergen::Peanut],
        hours: None,
        daily_count: None,
        due_min: 10,
        overdue_min: 20,
        pinyin: String::new(),
        popular: false,
        pot,
    };
    Menu {
        version: 1,
        currency: Currency::Cny,
        stations: vec![station("hot", "热菜"), station("cold", "凉菜")],
        categories: vec![Category { id: "all".parse().unwrap(), name: Text::new("全部", "All") }],
        dishes: vec![
            dish("chicken", "宫保鸡丁", "hot", CHICKEN, PotRole::None),
            dish("cucumber", "拍黄瓜", "cold", CUCUMBER, PotRole::None),
            dish("broth", "清汤锅底", "hot", CHICKEN, PotRole::Soup),
            dish("beef", "肥牛", "cold", CUCUMBER, PotRole::ForPot),
            dish("evil", EVIL, "hot", CHICKEN, PotRole::None),
        ],
    }
}
