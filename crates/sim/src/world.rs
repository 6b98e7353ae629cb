//! One simulated restaurant, from opening to the last guest: put together, struck by its weather, healed, and judged.

use crate::channels::{Channels, Doorstep, Post};
use crate::clock::{ServerClock, TrueTime};
use crate::copies::{Copies, Machine};
use crate::disk::{Disk, Place};
use crate::facts::{Fact, Keeper, Noted, Told, Viewer};
use crate::gate::Gate;
use crate::house::{self, PEOPLE, PRINTERS, STORE};
use crate::laws::Court;
use crate::life::{KEY, Life, Parts};
use crate::net::Device;
use crate::paper::Printers;
use crate::people;
use crate::plan::{FaultKind, Plan};
use crate::seams::Seams;
use crate::storm::Storm;
use crate::witness::{Seen, Witness};
use anyhow::anyhow;
use api::Signer;
use axum::body::Body;
use axum::http::{Request, header};
use domain::catalog::{CatalogCommand, Staff};
use domain::floor::{Floor, FloorCommand};
use domain::payment::Payments;
use domain::{DeviceId, SessionId};
use drill::Dice;
use futures::future::BoxFuture;
use journal::{StoreKey, Stream, StreamKey};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// The device every member of staff works on: a number of its own each.
const DEVICES: u128 = 0xde0;
/// Nobody types a PIN here.
const PIN_HASH: &str = "none";
/// After the weather has healed, everything outstanding has so long; the longest is a payment nobody ends.
const SETTLE: Duration = Duration::from_secs(16 * 60);
/// How long the house is watched after the end, at rest.
const QUIET: Duration = Duration::from_secs(90);
/// How long people come and go at most before the weather heals.
const WEATHER: Duration = Duration::from_secs(150);

/// A world at work.
pub(crate) struct World {
    pub plan: Plan,
    pub parts: Parts,
    pub storm: Arc<Storm>,
    pub witness: Arc<Witness>,
    pub time: TrueTime,
    pub signer: Signer,
    /// The menu's version on sale, as a phone that loads now gets it.
    pub menu_version: AtomicU32,
    /// Who sits at which table of the hall.
    pub tables: Mutex<BTreeMap<&'static str, SessionId>>,
    /// What guests have asked the staff for.
    pub chores: Mutex<Vec<people::Chore>>,
    life: Mutex<Option<Arc<Life>>>,
    lives: AtomicU32,
    /// Servers that are being started, or will be.
    starting: AtomicU32,
    /// The shop has no home, and is about to get one.
    pub moving: AtomicU32,
    /// Boxes of old that go on alone.
    pub strays: AtomicU32,
}

/// Runs a world to its end.
pub(crate) fn run(plan: &Plan, keys: &Path, seams: &Seams, court: Court, traced: bool) -> anyhow::Result<(Seen, Vec<Noted>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let world = World::open(plan.clone(), keys, seams.clone(), court, traced).await?;
        world.live().await;
        Ok(world.witness.close())
    })
}

impl World {
    async fn open(plan: Plan, keys: &Path, seams: Seams, court: Court, traced: bool) -> anyhow::Result<Arc<World>> {
        let time = TrueTime::new();
        let witness = Arc::new(Witness::new(time.clone(), court, traced));
        let storm = Storm::new(&plan, witness.clone());
        let post = Arc::new(Post::default());
        let channels = Arc::new(Channels::new(keys, plan.seed, &time, post.clone(), witness.clone())?);
        let clock = ServerClock::new(time.clone());
        // The cloud's clock is right.
        let copies = Copies::new(&plan, seams.copy, &storm, &witness, &ServerClock::new(time.clone()))?;
        let disk = Disk::new(Place::Home, storm.clone(), witness.clone(), seams.disk, copies.are_there());
        let first = Machine::new(1, disk)?;
        if let Some(cloud) = &copies.cloud {
            cloud.book.enter(first.key.public());
        }
        let parts = Parts {
            seed: plan.seed,
            home: Mutex::new(first),
            copies,
            channels,
            printers: Printers::new(storm.clone(), witness.clone(), seams.printer),
            clock,
            seams,
        };
        let world = Arc::new(World {
            plan,
            parts,
            storm,
            witness,
            time,
            signer: Signer::new(&KEY),
            menu_version: AtomicU32::new(0),
            tables: Mutex::default(),
            chores: Mutex::default(),
            life: Mutex::default(),
            lives: AtomicU32::new(0),
            starting: AtomicU32::new(0),
            moving: AtomicU32::new(0),
            strays: AtomicU32::new(0),
        });
        post.lead_to(Arc::new(Door(Arc::downgrade(&world))));
        let life = world.start_life().await?;
        world.furnish(&life).await?;
        Ok(world)
    }

    async fn furnish(&self, life: &Arc<Life>) -> anyhow::Result<()> {
        let store = &life.app.store;
        store.publish_house(store.fresh_request(), house::house()?).await.map_err(|e| anyhow!("{e:?}"))?;
        for (n, (id, role)) in PEOPLE.iter().enumerate() {
            let staff =
                Staff { id: id.parse()?, name: (*id).to_owned(), role: *role, pin_hash: PIN_HASH.to_owned(), left: false };
            store.submit_catalog(store.fresh_request(), CatalogCommand::PutStaff(staff)).await.map_err(|e| anyhow!("{e:?}"))?;
            let code_hash = format!("code{n}");
            let allow = CatalogCommand::AllowPairing { code_hash: code_hash.clone(), until: domain::Timestamp(i64::MAX) };
            store.submit_catalog(store.fresh_request(), allow).await.map_err(|e| anyhow!("{e:?}"))?;
            let device = DeviceId(DEVICES + n as u128);
            let pair = CatalogCommand::PairDevice { code_hash, device, name: (*id).to_owned(), key_hash: String::new() };
            store.submit_catalog(store.fresh_request(), pair).await.map_err(|e| anyhow!("{e:?}"))?;
            self.witness.note(Fact::StaffIs { staff: (*id).to_owned(), role: *role });
        }
        self.publish_menu(life).await?;
        store.submit_floor(store.fresh_request(), FloorCommand::OpenDay).await.map_err(|e| anyhow!("{e:?}"))?;
        Ok(())
    }

    /// Puts the next version of the menu on sale.
    pub async fn publish_menu(&self, life: &Arc<Life>) -> anyhow::Result<()> {
        let store = &life.app.store;
        let next = store.catalog(|catalog| catalog.menu.as_ref().map_or(1, |menu| menu.version + 1));
        // Told first: from the moment it is on sale somebody may order by it.
        let prices = house::DISHES.iter().map(|(dish, ..)| ((*dish).to_owned(), house::price(dish, next))).collect();
        self.witness.note(Fact::MenuOnSale { version: next, prices });
        let published = store.publish_menu(store.fresh_request(), house::menu(next)?).await?;
        self.menu_version.store(published.version, Ordering::Relaxed);
        Ok(())
    }

    /// Takes the menu on sale from a server, as a phone that loads now does.
    pub fn learn_menu(&self, life: &Life) {
        let version = life.app.store.catalog(|catalog| catalog.menu.as_ref().map_or(0, |menu| menu.version));
        self.menu_version.store(version, Ordering::Relaxed);
    }

    // ── the server ──

    /// The server that runs, if one does.
    pub fn life(&self) -> Option<Arc<Life>> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A number for a server, its own.
    pub fn next_life(&self) -> u32 {
        self.lives.fetch_add(1, Ordering::Relaxed) + 1
    }

    async fn start_life(&self) -> anyhow::Result<Arc<Life>> {
        let number = self.next_life();
        let gate = Gate::new();
        let dies_after = match self.storm.strikes(FaultKind::CrashWhileStarting) {
            true => Duration::from_millis(self.storm.below(12)),
            false => Duration::MAX,
        };
        let started = tokio::select! {
            biased;
            () = tokio::time::sleep(dies_after) => {
                gate.kill();
                Err(anyhow!("it died while it started"))
            }
            started = Life::start(&self.parts, self.parts.home(), number, gate.clone(), gate.clone()) => started,
        };
        let life = Arc::new(started?);
        self.compare(&life).await;
        self.learn_menu(&life);
        self.witness.note(Fact::Started { life: number });
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = Some(life.clone());
        Ok(life)
    }

    /// Starts a server, again and again until one stands.
    pub async fn bring_up(&self) -> Arc<Life> {
        self.starting.fetch_add(1, Ordering::Relaxed);
        loop {
            match self.start_life().await {
                Ok(life) => {
                    self.starting.fetch_sub(1, Ordering::Relaxed);
                    return life;
                }
                Err(_) => {
                    self.parts.home().disk.crash().await;
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }

    /// The server's process dies; the supervisor starts another.
    pub async fn crash(self: &Arc<Self>, life: &Arc<Life>) {
        if life.gate.is_dead() {
            return;
        }
        life.die();
        self.witness.note(Fact::Crashed { life: life.number });
        life.machine.disk.crash().await;
        let was_current = {
            let mut current = self.life.lock().unwrap_or_else(PoisonError::into_inner);
            let was = current.as_ref().is_some_and(|now| now.number == life.number);
            if was {
                *current = None;
            }
            was
        };
        if was_current {
            let world = self.clone();
            let pause = Duration::from_millis(300 + self.storm.below(2_500));
            self.starting.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                world.bring_up().await;
                world.starting.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }

    /// A second server starts while the first stands still, as a supervisor does that takes it for dead.
    pub async fn second_server(self: &Arc<Self>, first: &Arc<Life>) {
        first.gate.stop(true);
        self.starting.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(500)).await;
        self.bring_up().await;
        self.starting.fetch_sub(1, Ordering::Relaxed);
        let first = first.clone();
        let wakes = Duration::from_millis(self.storm.below(20_000));
        tokio::spawn(async move {
            tokio::time::sleep(wakes).await;
            first.gate.stop(false);
        });
    }

    /// The server at the shop's home, if just now nothing is under way that could start another.
    pub fn settled_life(&self) -> Option<Arc<Life>> {
        let life = self.life()?;
        (self.starting.load(Ordering::Relaxed) == 0 && life.gate.is_running()).then_some(life)
    }

    /// The shop's home goes dark, and with it every server on it.
    pub fn go_dark(&self, life: &Life) {
        life.machine.power_off();
        life.machine.cut(true);
        life.die();
        self.witness.note(Fact::Crashed { life: life.number });
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// From now on servers are started on another box.
    pub fn move_home(&self, to: Arc<Machine>) {
        *self.parts.home.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// Whether the server's state is what the disk's events lead to.
    pub async fn compare(&self, life: &Arc<Life>) {
        let store = &life.app.store;
        let (mut floor, mut money) = (Floor::default(), Payments::default());
        let mut seqs = [0; 2];
        for (stream, seq) in [(Stream::Floor, 0), (Stream::Money, 1)] {
            for event in life.machine.disk.events(StreamKey::new(StoreKey(STORE.0), stream)).await {
                seqs[seq] = event.seq;
                match crate::disk::told(stream, &event.body) {
                    Told::Floor(event) => floor.apply(&event),
                    Told::Money(event) => money.apply(&event),
                    Told::Catalog => {}
                }
            }
        }
        let heads = store.heads();
        // A commit between the two looks is no difference.
        if heads[0] == seqs[0] {
            let equal = store.floor(|state| *state == floor);
            self.witness.note(Fact::Compared { stream: Stream::Floor, seq: seqs[0], equal });
        }
        if heads[1] == seqs[1] {
            let equal = store.money(|state| *state == money);
            self.witness.note(Fact::Compared { stream: Stream::Money, seq: seqs[1], equal });
        }
    }

    // ── people's tools ──

    /// A stream of chance of somebody's own: taking others out of a world doesn't change it.
    pub fn dice(&self, whose: &str) -> Dice {
        let name =
            whose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        Dice::new(self.plan.seed.wrapping_mul(0x9E37_79B9) ^ name)
    }

    /// A token of somebody who works here, on their own device.
    pub fn staff_token(&self, who: &str) -> String {
        let number = PEOPLE.iter().position(|(id, _)| *id == who).unwrap_or_default();
        let device = DeviceId(DEVICES + number as u128);
        let until = self.time.now_ms() + 14 * 3_600_000 + 2 * 24 * 3_600_000;
        let pin = self.signer.mark(&format!("pin.{who}.{PIN_HASH}"), 4);
        self.sealed(format!("s.{STORE}.{who}.{device}.{until}.{pin}"))
    }

    fn sealed(&self, body: String) -> String {
        let mark = self.signer.mark(&body, 16);
        format!("{body}.{mark}")
    }

    /// The device of somebody who works here.
    pub fn staff(&self, who: &str) -> Device {
        Device::new(Viewer::Staff(who.to_owned()), self.staff_token(who))
    }

    /// The code on a table.
    pub fn code(&self, table: &str) -> String {
        format!("{table}.1.{}", self.signer.mark(&format!("table.{STORE}.{table}.1"), 10))
    }

    // ── the day ──

    async fn live(self: &Arc<Self>) {
        self.storm.begin();
        if self.plan.faults.keys().any(|kind| matches!(kind, FaultKind::ChannelWeather | FaultKind::NoticeWeather)) {
            self.parts.channels.weather(&self.storm, &mut self.dice("channels"));
        }
        for (_, address) in PRINTERS {
            tokio::spawn(self.parts.printers.clone().trouble(address.to_owned()));
        }
        tokio::spawn(people::fate::server(self.clone()));
        tokio::spawn(people::fate::channels(self.clone()));
        if self.parts.copies.are_there() {
            self.keep_copies();
        }
        people::staff_comes(self);
        let mut guests = tokio::task::JoinSet::new();
        for number in 0..self.plan.parties {
            guests.spawn(people::party::visit(self.clone(), number));
        }
        let all_gone = async { while guests.join_next().await.is_some() {} };
        let calm = self.plan.faults.is_empty();
        let early = tokio::time::timeout(if calm { SETTLE } else { WEATHER }, all_gone).await.is_ok();
        self.heal().await;
        if !early {
            let all_gone = async { while guests.join_next().await.is_some() {} };
            let _ = tokio::time::timeout(SETTLE, all_gone).await;
        }
        self.settle().await;
        self.close_day().await;
        self.witness.note(Fact::Ended);
        // Long enough for a storm of timers or messages to show.
        tokio::time::sleep(QUIET).await;
    }

    fn keep_copies(self: &Arc<Self>) {
        if let Some(follower) = &self.parts.copies.follower {
            self.witness.note(Fact::CopyBegun { at: Keeper::Follower });
            follower.follow(self);
        }
        if let Some(cloud) = &self.parts.copies.cloud {
            self.witness.note(Fact::CopyBegun { at: Keeper::Cloud });
            tokio::spawn(cloud.clone().run());
            tokio::spawn(people::faraway::watch(self.clone()));
            tokio::spawn(people::faraway::take_numbers(self.clone()));
        }
        tokio::spawn(crate::moves::fate(self.clone()));
    }

    async fn heal(self: &Arc<Self>) {
        // A shop without a home is no weather that ends by itself.
        while self.moving.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.storm.end();
        self.parts.channels.sim.clear_faults();
        self.parts.clock.put_off(0);
        self.parts.printers.heal();
        if let Some(life) = self.life() {
            life.gate.stop(false);
        }
        for _ in 0..60 {
            if self.life().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Waits until nothing is outstanding any more, or nobody could wait longer.
    async fn settle(self: &Arc<Self>) {
        let since = tokio::time::Instant::now();
        let mut quiet = 0;
        while since.elapsed() < SETTLE && quiet < 5 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.sync_late().await;
            self.parts.channels.look();
            quiet = if self.is_done() { quiet + 1 } else { 0 };
        }
        if let Some(life) = self.life() {
            self.compare(&life).await;
        }
    }

    /// Disks that lie come round to it.
    pub async fn sync_late(&self) {
        let cloud = self.parts.copies.cloud.as_ref().map(|cloud| cloud.disk.clone());
        for disk in [Some(self.parts.home().disk.clone()), cloud].into_iter().flatten() {
            if disk.lies() {
                disk.sync_late().await;
            }
        }
    }

    fn is_done(&self) -> bool {
        let Some(life) = self.life() else { return false };
        let store = &life.app.store;
        let floor = store.floor(|floor| {
            floor.open_asks.is_empty() && floor.open_refunds.is_empty() && floor.unseen.is_empty() && floor.open_slips.is_empty()
        });
        let money =
            store.money(|money| money.outstanding.is_empty() && money.outstanding_refunds.is_empty() && money.watched.is_empty());
        floor
            && money
            && self.strays.load(Ordering::Relaxed) == 0
            && self.chores.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    async fn close_day(self: &Arc<Self>) {
        let boss = self.staff("boss");
        let mut dice = self.dice("close");
        let call = crate::net::command("/day/close", people::fresh(&mut dice), serde_json::json!({ "accept_unmatched": true }));
        let _ = self.insist(&boss, call).await;
    }

    /// Which party sits at a table nobody else has, if there is one.
    pub fn take_table(&self, session: SessionId) -> Option<&'static str> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let free = house::TABLES.into_iter().find(|table| !tables.contains_key(table))?;
        tables.insert(free, session);
        Some(free)
    }

    /// The party has left its table.
    pub fn leave_table(&self, session: SessionId) {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, sits| *sits != session);
    }
}

/// Where the channels' notices arrive.
struct Door(Weak<World>);

impl Doorstep for Door {
    fn deliver(&self, path: String, headers: Vec<(String, String)>, body: Vec<u8>) -> BoxFuture<'_, Option<(u16, Vec<u8>)>> {
        Box::pin(async move {
            let world = self.0.upgrade()?;
            // What the notice tells of has happened.
            world.parts.channels.look();
            let life = world.life()?;
            let mut request = Request::post(path).header(header::HOST, "127.0.0.1:2");
            for (name, value) in &headers {
                request = request.header(name, value);
            }
            let request = request.body(Body::from(body)).ok()?;
            let reply = world.ask(&life, request).await?;
            let body = match reply.body {
                serde_json::Value::String(text) => text.into_bytes(),
                other => other.to_string().into_bytes(),
            };
            Some((reply.status, body))
        })
    }
}
