//! The cashier's desk: drives every wish to pay, and every refund, to a final answer, whatever the channels do.
//!
//! This file looks for work and hands it out; [`crate::begin`] starts tries, [`crate::settle`] asks, closes and reverses,
//! [`crate::credit`] carries ends over to the check, [`crate::refunds`] sends money back.

use crate::duty::{Duty, asked_for, duties, led_to, pause_ms, refund_pause_ms};
use domain::floor::Way;
use domain::payment::{Attempt, CaseKind, ChannelTag, OpenCase, PaymentCommand};
use domain::{AskId, AttemptId, RefundId, Timestamp};
use engine::Store;
use pay::{AuthCode, Channel, ChannelName, Guarded};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How many calls to channels are under way at once.
const CALLS_AT_ONCE: usize = 64;
/// How often the state is looked at even if nothing was heard.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often resting channels are probed and due bills looked for.
const TEND_EVERY: Duration = Duration::from_secs(2);

/// How often a channel's verification keys are fetched anew.
const KEYS_FETCHED_EVERY: Duration = Duration::from_secs(12 * 60 * 60);

/// What the desk works with.
#[derive(Debug)]
pub struct DeskSetup {
    /// The restaurant.
    pub store: Store,
    /// The channels in service.
    pub channels: Vec<Arc<dyn Channel>>,
    /// Where channels report: `https://host/channels`; the channel's name and the store's id follow.
    pub notify_base: String,
}

/// The cashier's desk of one restaurant.
#[derive(Debug)]
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) channels: BTreeMap<ChannelName, Arc<Guarded>>,
    pub(crate) notify_base: String,
    pub(crate) calls: Semaphore,
    memory: Mutex<Memory>,
}

/// What may be forgotten: pauses between questions, and what never enters the journal, because it is the payer's.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub busy: BTreeSet<Duty>,
    /// By the clock that nobody puts right, as all that measures a pause.
    pub asked_at: BTreeMap<AttemptId, Instant>,
    pub refund_asked_at: BTreeMap<RefundId, Instant>,
    /// Alarms raised since the start; the journal knows them too.
    pub alarmed: BTreeSet<AttemptId>,
    pub payers: BTreeMap<AskId, Payer>,
    /// When a forged notice was last put before a person.
    pub forged_at: Option<Instant>,
    pub bills_looked_at: Option<Instant>,
    /// When a channel's keys were last fetched.
    pub keys_fetched_at: BTreeMap<ChannelName, Instant>,
}

/// What the way to pay needs to know of the payer, for one call.
#[derive(Clone, Debug)]
pub(crate) enum Payer {
    /// Their id in the channel's app.
    Known(String),
    /// The code in their wallet, and the till that scanned it.
    Scanned(AuthCode, String),
    /// Their browser, and where it is sent afterwards.
    Browser(IpAddr, String),
}

impl Desk {
    /// A desk; [`Desk::run`] opens it.
    pub fn new(setup: DeskSetup) -> Arc<Desk> {
        // Rests are measured, not read off a clock: one that is put back by an hour would make a channel rest for an hour.
        let (began, base) = (Instant::now(), setup.store.now().at.0);
        let clock: pay::Clock =
            Arc::new(move || base.saturating_add(i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX)));
        let guarded = setup.channels.into_iter().map(|channel| (channel.name(), Guarded::new(channel, clock.clone())));
        Arc::new(Desk {
            channels: guarded.collect(),
            store: setup.store,
            notify_base: setup.notify_base,
            calls: Semaphore::new(CALLS_AT_ONCE),
            memory: Mutex::default(),
        })
    }

    /// Works until told to stop: at once on what a commit asks for, and twice a second on everything that is outstanding.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut floor = self.store.floor_commits();
        let mut money = self.store.money_commits();
        let mut look = tokio::time::interval(LOOK_EVERY);
        let mut tend = tokio::time::interval(TEND_EVERY);
        loop {
            let found = tokio::select! {
                // In this order, so that a simulation runs the same way twice. Looks come first: they find what a flood holds up.
                biased;
                () = stop.cancelled() => return,
                _ = tend.tick() => {
                    self.tend();
                    Vec::new()
                }
                _ = look.tick() => {
                    let now = self.store.now().at;
                    self.store.floor(|floor| self.store.money(|money| duties(floor, money, now)))
                }
                commit = money.recv() => match commit {
                    Ok(commit) => self.store.money(|money| commit.events.iter().filter_map(|e| led_to(&e.event, money)).collect()),
                    // Lagging or closed: the next look finds whatever this missed.
                    Err(_) => Vec::new(),
                },
                commit = floor.recv() => match commit {
                    Ok(commit) => commit.events.iter().filter_map(|event| asked_for(&event.event)).collect(),
                    Err(_) => Vec::new(),
                },
            };
            self.start(found);
        }
    }

    /// Probes channels that rest, and compares the bills that are due. Never holds up a payment.
    fn tend(self: &Arc<Self>) {
        for channel in self.channels.values() {
            let channel = channel.clone();
            tokio::spawn(async move { channel.probe_if_due().await });
        }
        for name in self.channels.keys().copied().filter(|name| self.keys_may_be_fetched(*name, KEYS_FETCHED_EVERY)) {
            let desk = self.clone();
            tokio::spawn(async move { desk.fetch_keys(name).await });
        }
        if self.bills_are_due() {
            let desk = self.clone();
            tokio::spawn(async move { desk.compare_due_bills().await });
        }
    }

    /// Whether so much time has passed; if so, the next to ask is told to wait.
    pub(crate) fn keys_may_be_fetched(&self, name: ChannelName, pause: Duration) -> bool {
        self.remember(|memory| {
            let may = memory.keys_fetched_at.get(&name).is_none_or(|at| at.elapsed() >= pause);
            if may {
                memory.keys_fetched_at.insert(name, Instant::now());
            }
            may
        })
    }

    /// Fetches a channel's verification keys anew, where it hands them out.
    pub(crate) async fn fetch_keys(&self, name: ChannelName) {
        let Some(channel) = self.channels.get(&name) else { return };
        if let pay::Outcome::Unknown { why } = channel.refresh_keys().await {
            tracing::warn!(channel = name.as_str(), why, "the channel's keys could not be fetched; the known ones stay");
        }
    }

    /// Starts what is due and isn't under way already.
    fn start(self: &Arc<Self>, found: Vec<Duty>) {
        let now = self.store.now().at;
        for duty in found.into_iter().filter(|duty| self.is_due(*duty, now)) {
            let desk = self.clone();
            tokio::spawn(async move {
                desk.carry_out(duty).await;
                desk.remember(|memory| memory.busy.remove(&duty));
            });
        }
    }

    fn is_due(&self, duty: Duty, now: Timestamp) -> bool {
        match duty {
            Duty::Query(id) | Duty::Open(id) | Duty::Close(id) | Duty::Reverse(id) | Duty::Watch(id) | Duty::Prove(id) => {
                let pause = self.store.money(|money| money.attempts.get(&id).map(|attempt| pause_ms(attempt, now)));
                self.remember(|memory| {
                    let rested = memory.asked_at.get(&id).is_none_or(|at| ms_since(*at) >= pause.unwrap_or_default());
                    let due = rested && memory.busy.insert(duty);
                    if due {
                        memory.asked_at.insert(id, Instant::now());
                    }
                    due
                })
            }
            Duty::DriveRefund(id) => {
                let started = self.store.money(|money| money.refunds.get(&id).map(|refund| refund.started_at));
                let pause = refund_pause_ms(now.since_ms(started.unwrap_or(now)));
                self.remember(|memory| {
                    let rested = memory.refund_asked_at.get(&id).is_none_or(|at| ms_since(*at) >= pause);
                    let due = rested && memory.busy.insert(duty);
                    if due {
                        memory.refund_asked_at.insert(id, Instant::now());
                    }
                    due
                })
            }
            Duty::Alarm(id) => self.remember(|memory| memory.alarmed.insert(id)),
            Duty::Begin(_) | Duty::Credit(_) | Duty::End(..) | Duty::Expire(_) | Duty::BeginRefund(_) | Duty::BookRefund(_) => {
                self.remember(|memory| memory.busy.insert(duty))
            }
        }
    }

    async fn carry_out(&self, duty: Duty) {
        match duty {
            Duty::Begin(ask) => self.begin(ask).await,
            Duty::Open(attempt) => self.open(attempt).await,
            Duty::Query(attempt) => self.query(attempt, domain::payment::Source::Query).await,
            Duty::Watch(attempt) => self.watch(attempt).await,
            Duty::Prove(attempt) => self.prove(attempt).await,
            Duty::Close(attempt) => self.close(attempt).await,
            Duty::Reverse(attempt) => self.reverse(attempt).await,
            Duty::Credit(attempt) => self.credit(attempt).await,
            Duty::End(ask, attempt) => self.end(ask, attempt).await,
            Duty::Expire(order) => self.expire(order).await,
            Duty::BeginRefund(refund) => self.begin_refund(refund).await,
            Duty::DriveRefund(refund) => self.drive_refund(refund).await,
            Duty::BookRefund(refund) => self.book_refund(refund).await,
            Duty::Alarm(attempt) => self.raise_unknown(attempt).await,
        }
    }

    async fn raise_unknown(&self, attempt: AttemptId) {
        let Some(standing) = self.store.money(|money| money.attempts.get(&attempt).cloned()) else { return };
        self.raise(OpenCase {
            kind: CaseKind::UnknownTooLong,
            subject: attempt.0,
            attempt: Some(attempt),
            refund: None,
            amount: Some(standing.amount),
            detail: standing.unknown_why.unwrap_or_default(),
        })
        .await;
    }

    /// Puts something before a person.
    pub(crate) async fn raise(&self, case: OpenCase) {
        let kind = case.kind;
        if let Err(refused) = self.store.submit_money(self.store.fresh_request(), PaymentCommand::OpenCase(case)).await {
            tracing::error!(?kind, ?refused, "a case could not be opened: somebody must look");
        }
    }

    /// A try and its channel.
    pub(crate) fn standing(&self, attempt: AttemptId) -> Option<(Attempt, Arc<Guarded>)> {
        let standing = self.store.money(|money| money.attempts.get(&attempt).cloned())?;
        let channel = self.channels.get(&channel_of(standing.way)?)?.clone();
        Some((standing, channel))
    }

    pub(crate) fn remember<R>(&self, with: impl FnOnce(&mut Memory) -> R) -> R {
        with(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn ms_since(at: Instant) -> i64 {
    i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// The channel that moves money in this way.
pub(crate) fn channel_of(way: Way) -> Option<ChannelName> {
    ChannelTag::of(way).map(name_of)
}

pub(crate) fn name_of(tag: ChannelTag) -> ChannelName {
    match tag {
        ChannelTag::Wechat => ChannelName::Wechat,
        ChannelTag::Alipay => ChannelName::Alipay,
    }
}

pub(crate) fn tag_of(name: ChannelName) -> ChannelTag {
    match name {
        ChannelName::Wechat => ChannelTag::Wechat,
        ChannelName::Alipay => ChannelTag::Alipay,
    }
}
