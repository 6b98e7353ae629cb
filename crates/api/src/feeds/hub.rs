//! Follows the store's commits once and tells every subscriber. Each change is written once, however many follow it.

use super::parts::Parts;
use super::topic::{Sight, Topic, Touched};
use crate::cloud::{CloudSight, CloudState};
use domain::floor::FloorEvent;
use domain::payment::PaymentEvent;
use engine::{Commit, Store};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::broadcast::{self, error::TryRecvError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use workers::{Desk, PrintDesk};

/// How many changes a feed remembers for clients that were away.
const REMEMBERED: usize = 512;
/// How many changes a slow client may lag behind before it is sent away to resume.
const LAG: usize = 256;
/// How often views are looked at for what only time changes: overdue dishes and cases, hours of sale, channels that
/// rest.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A look at what was touched that takes so long holds commits up noticeably: the state can't change meanwhile.
const LONG_LOOK: Duration = Duration::from_millis(5);
/// Feeds are never silent for longer because of that.
const LONGEST_REST: Duration = Duration::from_millis(500);

/// So many commits may a client seem to be ahead after a restart.
const NO_SIGN: u64 = 8;

/// Every number ends in bits of the hub that gave it, so that none is taken for another hub's: after a restart, or on another node, the
/// same number of commits may have been shown with other changes that only time brought.
const LIFE_BITS: u32 = 10;

/// A frame as it goes out, shared by all who get it.
pub type Frame = Arc<str>;

/// Where a new subscriber starts, and how it goes on.
#[derive(Debug)]
pub struct Subscription {
    /// What it has to be told first.
    pub backlog: Vec<Frame>,
    /// What follows.
    pub changes: broadcast::Receiver<Frame>,
}

/// All feeds of a store.
#[derive(Debug)]
pub struct Hub {
    store: Store,
    desk: Arc<Desk>,
    printers: Arc<PrintDesk>,
    wallet: Option<String>,
    /// Which hub this is.
    life: u64,
    cloud: OnceLock<Arc<dyn CloudSight>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    position: u64,
    feeds: BTreeMap<Topic, Feed>,
}

#[derive(Debug)]
struct Feed {
    parts: Parts,
    /// The position the remembered changes lead on from.
    base: u64,
    remembered: VecDeque<(u64, Frame)>,
    sender: broadcast::Sender<Frame>,
}

impl Hub {
    /// A hub; [`Hub::run`] keeps it going.
    pub fn new(store: Store, desk: Arc<Desk>, printers: Arc<PrintDesk>, wallet: Option<String>) -> Arc<Hub> {
        let position = position_of(&store);
        let life = (store.fresh_id() >> 64) as u64 & ((1 << LIFE_BITS) - 1);
        Arc::new(Hub {
            store,
            desk,
            printers,
            wallet,
            life,
            cloud: OnceLock::new(),
            state: Mutex::new(State { position, feeds: BTreeMap::new() }),
        })
    }

    /// The position of the feeds now.
    pub fn position(&self) -> u64 {
        self.number(self.state.lock().position)
    }

    /// From now on the till is shown how the box stands to its cloud.
    pub fn watch_cloud(&self, cloud: Arc<dyn CloudSight>) {
        // A house has one cloud; a second one would be a bug that shows as the first.
        let _ = self.cloud.set(cloud);
    }

    /// How the box stands to its cloud; nothing where it has joined none.
    pub fn cloud(&self) -> Option<CloudState> {
        self.cloud.get().map(|cloud| cloud.now())
    }

    /// A position as it is given out.
    fn number(&self, position: u64) -> u64 {
        (position << LIFE_BITS) | self.life
    }

    /// Joins a feed. With `after` a position it still remembers, only what came since is sent; otherwise a snapshot.
    pub fn subscribe(&self, topic: &Topic, after: Option<u64>) -> Subscription {
        let mut state = self.state.lock();
        let now = self.store.now().at.0;
        if !state.feeds.contains_key(topic) {
            // A new feed may already show commits that weren't published yet. They will bring it no change, so nobody may
            // go on from a number given out before.
            state.position += 1;
        }
        let position = state.position;
        let ours = after.is_some_and(|after| self.number(after >> LIFE_BITS) == after);
        let after = after.map(|after| after >> LIFE_BITS);
        let ahead = after.map_or(0, |after| commits_ahead(after, position));
        // A guest could say any number.
        if ahead > 0 && !matches!(topic, Topic::Session(_)) {
            metrics::counter!("dandan_feed_ahead_of_journal_total").increment(1);
            tracing::warn!(
                ?topic,
                ahead,
                "a device has seen more than this journal holds: was an older one brought into service?"
            );
        }
        let feed = state.feeds.entry(topic.clone()).or_insert_with(|| self.start(topic, position));
        let changes = feed.sender.subscribe();
        let missed = after.filter(|after| ours && *after >= feed.base && *after <= position);
        let backlog = match missed {
            Some(after) => feed.remembered.iter().filter(|(seq, _)| *seq > after).map(|(_, frame)| frame.clone()).collect(),
            None => vec![frame("snapshot", self.number(position), now, Some(("view", &feed.parts.view())))],
        };
        Subscription { backlog, changes }
    }

    fn start(&self, topic: &Topic, position: u64) -> Feed {
        let mut parts = Parts::default();
        let everything = Touched { all: true, ..Touched::default() };
        Sight::with(&self.store, &self.desk, &self.printers, self.wallet.as_deref(), self.cloud(), |sight| {
            topic.refresh(&mut parts, sight, &everything)
        });
        parts.take_change();
        let (sender, _) = broadcast::channel(LAG);
        Feed { parts, base: position, remembered: VecDeque::new(), sender }
    }

    /// Follows the store until told to stop.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut floor = self.store.floor_commits();
        let mut money = self.store.money_commits();
        let mut tick = tokio::time::interval(LOOK_EVERY);
        loop {
            let mut touched = Touched::default();
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = tick.tick() => touched.time = true,
                commit = floor.recv() => match commit {
                    Ok(commit) => self.note(&commit, &mut touched),
                    Err(broadcast::error::RecvError::Lagged(_)) => touched.all = true,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                commit = money.recv() => match commit {
                    Ok(commit) => self.note_money(&commit, &mut touched),
                    Err(broadcast::error::RecvError::Lagged(_)) => touched.all = true,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
            // What else has come in meanwhile goes out in the same frame.
            loop {
                match floor.try_recv() {
                    Ok(commit) => self.note(&commit, &mut touched),
                    Err(TryRecvError::Lagged(_)) => touched.all = true,
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            loop {
                match money.try_recv() {
                    Ok(commit) => self.note_money(&commit, &mut touched),
                    Err(TryRecvError::Lagged(_)) => touched.all = true,
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            let began = Instant::now();
            self.publish(&touched);
            // What comes meanwhile goes out together: the more there is to look at, the fewer looks.
            let rest = rest_after(began.elapsed());
            if !rest.is_zero() && stop.run_until_cancelled(tokio::time::sleep(rest)).await.is_none() {
                return;
            }
        }
    }

    /// Notes what a commit touches, if anybody follows anything: a feed that starts later begins with what is committed by then.
    fn note(&self, commit: &Commit<FloorEvent>, touched: &mut Touched) {
        // Counted here, where a retry doesn't come by.
        let placed = commit.events.iter().filter(|e| matches!(e.event, FloorEvent::OrderPlaced(_))).count();
        metrics::counter!("dandan_orders_total").increment(placed as u64);
        if self.is_followed() {
            self.store.floor(|state| commit.events.iter().for_each(|e| touched.note(&e.event, state)));
        }
    }

    fn note_money(&self, commit: &Commit<PaymentEvent>, touched: &mut Touched) {
        if self.is_followed() {
            self.store.money(|state| commit.events.iter().for_each(|e| touched.note_money(&e.event, state)));
        }
    }

    fn is_followed(&self) -> bool {
        !self.state.lock().feeds.is_empty()
    }

    fn publish(&self, touched: &Touched) {
        let mut state = self.state.lock();
        let before = state.position;
        let position = position_of(&self.store).max(before + 1);
        let now = self.store.now().at.0;
        let mut spoke = false;
        Sight::with(&self.store, &self.desk, &self.printers, self.wallet.as_deref(), self.cloud(), |sight| {
            for (topic, feed) in &mut state.feeds {
                topic.refresh(&mut feed.parts, sight, touched);
                let Some(change) = feed.parts.take_change() else { continue };
                spoke = true;
                let sent = frame("change", self.number(position), now, Some(("change", &change)));
                feed.remembered.push_back((position, sent.clone()));
                if feed.remembered.len() > REMEMBERED {
                    feed.base = feed.remembered.pop_front().map_or(feed.base, |(seq, _)| seq);
                }
                // Nobody listening is no error.
                let _ = feed.sender.send(sent);
            }
        });
        if spoke || position_of(&self.store) > before {
            state.position = position;
        }
        // Parties come and go; a feed nobody follows is built again when it is wanted.
        if touched.time {
            state.feeds.retain(|_, feed| feed.sender.receiver_count() > 0);
        }
    }

    /// A sign of life for a connection that has nothing else to say.
    pub fn heartbeat(&self) -> Frame {
        frame("heartbeat", self.position(), self.store.now().at.0, None)
    }
}

/// How long commits have the state to themselves after a look of such a length: for two thirds of the time at least.
fn rest_after(look: Duration) -> Duration {
    if look < LONG_LOOK { Duration::ZERO } else { (2 * look).min(LONGEST_REST) }
}

/// Commits leave room for 255 changes that only time brings before the next one.
fn position_of(store: &Store) -> u64 {
    store.heads().iter().sum::<u64>() << 8
}

/// How many commits more than there are somebody has seen who goes on from `after`. A few are no sign of anything: changes that
/// only time brought may have run into the numbers of commits that never came.
fn commits_ahead(after: u64, position: u64) -> u64 {
    let ahead = (after >> 8).saturating_sub(position >> 8);
    if ahead > NO_SIGN { ahead } else { 0 }
}

fn frame(kind: &str, seq: u64, at: i64, body: Option<(&str, &str)>) -> Frame {
    let body = body.map(|(name, json)| format!(",\"{name}\":{json}")).unwrap_or_default();
    format!("{{\"type\":\"{kind}\",\"seq\":{seq},\"at\":{at}{body}}}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_look_needs_no_rest_and_no_rest_is_long() {
        let ms = Duration::from_millis;
        assert_eq!([ms(1), ms(5), ms(100), ms(4_000)].map(rest_after), [ms(0), ms(10), ms(200), ms(500)]);
    }

    #[test]
    fn a_client_that_has_seen_more_than_there_is_shows() {
        let position = (1000 << 8) | 3;
        for usual in [0, position, position + 200, (1008 << 8) | 255] {
            assert_eq!(commits_ahead(usual, position), 0, "{usual}");
        }
        assert_eq!(commits_ahead(1009 << 8, position), 9);
        assert_eq!(commits_ahead(u64::MAX, position), (u64::MAX >> 8) - 1000);
    }
}
