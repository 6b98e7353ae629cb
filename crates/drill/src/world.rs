//! One restaurant, both channels and their payers, on a clock of their own.

use crate::house;
use crate::wire::{ToChannel, ToDesk};
use anyhow::{Context, anyhow};
use channel_sim::{SimConfig, Simulator};
use domain::floor::FloorCommand;
use domain::payment::{AttemptState, ChannelTag, RefundState};
use domain::{Money, StoreId};
use engine::{Clock, SeededIds, Store, WriterOptions};
use journal::MemoryJournal;
use pay::wechat::CodePayApi;
use pay::{ChannelName, Channels, PaymentConfig, Transport};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use workers::{Desk, DeskSetup};

/// Noon in Beijing on 2026-11-22.
const NOON: i64 = 1_795_320_000_000;
/// Twenty past eleven in the evening: what happens from then on falls on two days of the channels' bills.
const EVENING: i64 = NOON + (11 * 60 + 20) * 60_000;
/// Where the simulator pretends to be.
const BASE: &str = "http://127.0.0.1:1";

/// The drill's time: tokio's, which leaps to the next timer whenever nothing is left to do.
#[derive(Clone, Debug)]
pub(crate) struct Virtual {
    start: Instant,
    base_ms: i64,
    /// How far our own clock is off.
    skew_ms: Arc<AtomicI64>,
}

impl Virtual {
    fn new(base_ms: i64) -> Virtual {
        Virtual { start: Instant::now(), base_ms, skew_ms: Arc::default() }
    }

    /// The true time, UTC milliseconds.
    pub fn true_ms(&self) -> i64 {
        self.base_ms + i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Puts our own clock wrong.
    pub fn skew(&self, by: Duration) {
        self.skew_ms.store(i64::try_from(by.as_millis()).unwrap_or_default(), Ordering::Relaxed);
    }
}

impl Clock for Virtual {
    fn now_ms(&self) -> i64 {
        self.true_ms() + self.skew_ms.load(Ordering::Relaxed)
    }

    fn local_minute(&self, at_ms: i64) -> u16 {
        u16::try_from((at_ms.div_euclid(60_000) + 8 * 60).rem_euclid(24 * 60)).unwrap_or_default()
    }
}

/// A restaurant with its desk at work, and the channels.
pub(crate) struct World {
    pub store: Store,
    pub desk: Arc<Desk>,
    pub channels: Simulator,
    pub clock: Virtual,
    pub wire: Arc<ToChannel>,
    stop: CancellationToken,
}

impl World {
    /// Opens the house. `v2`: WeChat Pay's codes in wallets go by API v2.
    pub async fn open(keys: &Path, seed: u64, v2: bool) -> anyhow::Result<World> {
        World::open_at(NOON, keys, false, seed, v2).await
    }

    /// The same, shortly before midnight.
    pub async fn open_in_the_evening(keys: &Path, light: bool, seed: u64, v2: bool) -> anyhow::Result<World> {
        World::open_at(EVENING, keys, light, seed, v2).await
    }

    async fn open_at(base_ms: i64, keys: &Path, light: bool, seed: u64, v2: bool) -> anyhow::Result<World> {
        let clock = Virtual::new(base_ms);
        let courier = Arc::new(ToDesk::default());
        let sim_clock = clock.clone();
        let config = SimConfig {
            seed,
            light_keys: light,
            ..SimConfig::in_process(keys, channel_sim::Clock(Arc::new(move || sim_clock.true_ms())), courier.clone())
        };
        let channels = Simulator::new(config)?;
        let wire = ToChannel::new(channels.router());
        let ours = our_side(&channels, keys, &clock, &wire, v2)?;
        let store = open_store(&clock, seed).await?;
        let setup = DeskSetup {
            store: store.clone(),
            channels: ours.all().collect(),
            notify_base: "http://127.0.0.1:2/channels".to_owned(),
        };
        let desk = Desk::new(setup);
        courier.lead_to(desk.clone());
        let stop = CancellationToken::new();
        tokio::spawn(desk.clone().run(stop.clone()));
        Ok(World { store, desk, channels, clock, wire, stop })
    }

    /// Waits, on the drill's clock.
    pub async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// The desk looks for no more work; what it is asked to do it still does.
    pub fn rest(&self) {
        self.stop.cancel();
    }

    /// Sleeps until bills of two days are there; which days.
    pub async fn sleep_until_third_morning(&self) -> anyhow::Result<[jiff::civil::Date; 2]> {
        let beijing = jiff::tz::offset(8);
        let first = beijing.to_datetime(jiff::Timestamp::from_millisecond(EVENING)?).date();
        let third = first.tomorrow()?.tomorrow()?.at(10, 30, 0, 0);
        let until = beijing.to_timestamp(third)?.as_millisecond() - self.clock.true_ms();
        tokio::time::sleep(Duration::from_millis(u64::try_from(until).unwrap_or_default())).await;
        Ok([first, first.tomorrow()?])
    }

    /// What our journal says the channel holds for us.
    pub fn kept_by_us(&self, name: ChannelName) -> Money {
        let tag = if name == ChannelName::Wechat { ChannelTag::Wechat } else { ChannelTag::Alipay };
        self.store.money(|money| {
            let captured = money.attempts.values().filter(|attempt| ChannelTag::of(attempt.way) == Some(tag));
            let captured = captured.filter(|attempt| matches!(attempt.state, AttemptState::Captured { .. }));
            let back = money.refunds.values().filter(|refund| ChannelTag::of(refund.way) == Some(tag));
            let back = back.filter(|refund| matches!(refund.state, RefundState::Succeeded { .. }));
            captured.map(|attempt| attempt.amount).sum::<Money>() - back.map(|refund| refund.amount).sum()
        })
    }

    /// Ends everything that runs.
    pub async fn close(self) {
        self.stop.cancel();
        self.channels.stop();
        self.store.stop().await;
    }
}

fn our_side(channels: &Simulator, keys: &Path, clock: &Virtual, wire: &Arc<ToChannel>, v2: bool) -> anyhow::Result<Channels> {
    let mut config: PaymentConfig = toml::from_str(&channels.merchant_toml(BASE)).context("the simulator's merchant.toml")?;
    config.resolve(keys);
    if let Some(wechat) = config.wechat.as_mut().filter(|_| v2) {
        wechat.code_pay = CodePayApi::V2;
    }
    let clock = clock.clone();
    let clock: pay::Clock = Arc::new(move || clock.now_ms());
    let wire: Arc<dyn Transport> = wire.clone();
    Channels::open_over(&config, &clock, &wire).context("the channels")
}

async fn open_store(clock: &Virtual, seed: u64) -> anyhow::Result<Store> {
    let id = StoreId(0xd1);
    let options =
        WriterOptions { snapshot_every: 0, ask_whether_ours: Duration::from_secs(24 * 60 * 60), ..WriterOptions::default() };
    let journal = Arc::new(MemoryJournal::new());
    let store = Store::open(id, journal, Arc::new(clock.clone()), Arc::new(SeededIds::new(seed)), options).await?;
    store.publish_menu(store.fresh_request(), house::menu()?).await?;
    let refused = |what: &'static str| move |refused| anyhow!("{what}: {refused:?}");
    store.publish_house(store.fresh_request(), house::house(id)?).await.map_err(refused("the house"))?;
    let opened = store.submit_floor(store.fresh_request(), FloorCommand::OpenDay).await;
    opened.map_err(|refused| anyhow!("the day: {refused:?}"))?;
    Ok(store)
}
