//! The kitchen's screens: they follow their station, draw, and report what they have drawn, as the kitchen's page does.

use super::super::client::{Call, Client};
use super::super::house::BenchHouse;
use super::super::load::Ids;
use super::feed::{Feed, Traffic};
use super::stamps::Stamps;
use anyhow::Context;
use domain::StationId;
use memchr::memmem;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How long a display of 60 frames a second shows one.
const FRAME: Duration = Duration::from_micros(16_667);
/// A report names so many items at most.
const MOST: usize = 500;

/// What became of every order on the screens of one station.
#[derive(Debug)]
struct Seen {
    /// The whole frame that shows it was read.
    arrived: Stamps,
    /// It was drawn.
    painted: Stamps,
    /// The server has the report: the diner's phone says 厨房已看到.
    known: Stamps,
}

/// All screens of the run.
#[derive(Debug)]
pub(super) struct Screens {
    seen: Vec<Arc<Seen>>,
    stations: Vec<StationId>,
    tasks: Vec<JoinHandle<()>>,
    /// Reports that were accepted, and those that were not (they are sent again).
    pub reports: Arc<Reports>,
}

#[derive(Debug, Default)]
pub(super) struct Reports {
    pub accepted: AtomicU64,
    pub refused: AtomicU64,
}

/// An item on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    order: usize,
    key: String,
    /// Nobody has told the server that it was drawn.
    unseen: bool,
}

impl Screens {
    /// Puts `each` screens at every station.
    pub fn start(
        house: &BenchHouse,
        server: SocketAddr,
        token: &str,
        (each, orders, start): (usize, usize, Instant),
        traffic: &Arc<Traffic>,
    ) -> Screens {
        let stations: Vec<StationId> = house.known.menu.stations.iter().map(|station| station.id.clone()).collect();
        let fresh = || {
            let stamps = || Stamps::new(start, orders);
            Arc::new(Seen { arrived: stamps(), painted: stamps(), known: stamps() })
        };
        let seen: Vec<Arc<Seen>> = stations.iter().map(|_| fresh()).collect();
        let reports = Arc::new(Reports::default());
        let mut tasks = Vec::new();
        for (station, seen) in stations.iter().zip(&seen) {
            for number in 0..each {
                let path = house.path(&format!("/kitchen/feed?station={station}"));
                let feed = Feed { server, path, token: token.to_owned() };
                let reporter = Reporter {
                    server,
                    path: house.path("/kitchen/painted"),
                    token: token.to_owned(),
                    screen: format!("{station} {number}"),
                    ids: Ids::new(70_000 + tasks.len() as u64),
                    told: HashSet::new(),
                    seen: seen.clone(),
                    reports: reports.clone(),
                };
                let (shown, drawn) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
                tasks.push(tokio::spawn(draw(shown.1, drawn.0, seen.clone())));
                tasks.push(tokio::spawn(reporter.run(drawn.1)));
                tasks.push(tokio::spawn(read(feed, traffic.clone(), shown.0, seen.clone())));
            }
        }
        Screens { seen, stations, tasks, reports }
    }

    /// Ends them, and tells what they saw of each order: on the screens, painted, known to the server; 0 where something is missing.
    /// An order counts once the last of its stations has it, on the first of that station's screens.
    pub fn end(self, expected: impl Fn(usize) -> HashSet<StationId>) -> [Vec<u32>; 3] {
        for task in &self.tasks {
            task.abort();
        }
        let of = |pick: fn(&Seen) -> &Stamps| {
            let stations: Vec<Vec<u32>> = self.seen.iter().map(|seen| pick(seen).all()).collect();
            let orders = stations.first().map_or(0, Vec::len);
            let last = |order: usize| {
                let expected = expected(order);
                let mine = self.stations.iter().zip(&stations).filter(|(station, _)| expected.contains(*station));
                let moments: Vec<u32> = mine.map(|(_, stamps)| stamps[order]).collect();
                if moments.contains(&0) { 0 } else { moments.into_iter().max().unwrap_or(0) }
            };
            (0..orders).map(last).collect()
        };
        [of(|seen| &seen.arrived), of(|seen| &seen.painted), of(|seen| &seen.known)]
    }
}

async fn read(feed: Feed, traffic: Arc<Traffic>, shown: mpsc::UnboundedSender<(Vec<Shown>, Instant)>, seen: Arc<Seen>) {
    let take = |frame: &[u8], at: Instant| {
        let items = items_in(frame);
        seen.arrived.first(items.iter().map(|item| item.order), at);
        if !items.is_empty() {
            // A screen that no longer draws is being taken down.
            let _ = shown.send((items, at));
        }
    };
    feed.follow(&traffic, take).await
}

/// Draws what came: the page asks for a frame of the display, and knows it painted when the one after it begins.
async fn draw(
    mut shown: mpsc::UnboundedReceiver<(Vec<Shown>, Instant)>,
    drawn: mpsc::UnboundedSender<Vec<Shown>>,
    seen: Arc<Seen>,
) {
    while let Some((mut items, at)) = shown.recv().await {
        tokio::time::sleep_until((at + 2 * FRAME).into()).await;
        while let Ok((more, _)) = shown.try_recv() {
            items.extend(more);
        }
        seen.painted.first(items.iter().map(|item| item.order), Instant::now());
        if drawn.send(items).is_err() {
            return;
        }
    }
}

/// Reports what was drawn, one report at a time.
struct Reporter {
    server: SocketAddr,
    path: String,
    token: String,
    screen: String,
    ids: Ids,
    told: HashSet<String>,
    seen: Arc<Seen>,
    reports: Arc<Reports>,
}

impl Reporter {
    async fn run(mut self, mut drawn: mpsc::UnboundedReceiver<Vec<Shown>>) {
        let mut client = None;
        while let Some(mut items) = drawn.recv().await {
            while let Ok(more) = drawn.try_recv() {
                items.extend(more);
            }
            // What another screen has told meanwhile needs no telling.
            let mut wanted = HashMap::new();
            for item in items {
                match item.unseen {
                    true if !self.told.contains(&item.key) => drop(wanted.insert(item.key, item.order)),
                    true => {}
                    false => {
                        wanted.remove(&item.key);
                        self.seen.known.first([item.order], Instant::now());
                    }
                }
            }
            let wanted: Vec<(String, usize)> = wanted.into_iter().collect();
            for part in wanted.chunks(MOST) {
                self.tell(&mut client, part).await;
            }
        }
    }

    /// Tells the server until it has it.
    async fn tell(&mut self, client: &mut Option<Client>, items: &[(String, usize)]) {
        let keys: Vec<&str> = items.iter().map(|(key, _)| key.as_str()).collect();
        let body = json!({ "screen": self.screen, "items": keys });
        let call = Call {
            method: "POST",
            path: &self.path,
            token: Some(&self.token),
            key: Some(self.ids.next()),
            body: Some(&body),
            ..Call::default()
        };
        let bytes = call.bytes();
        while send(client, self.server, &bytes).await.is_err() {
            self.reports.refused.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.reports.accepted.fetch_add(1, Ordering::Relaxed);
        self.seen.known.first(items.iter().map(|(_, order)| *order), Instant::now());
        self.told.extend(items.iter().map(|(key, _)| key.clone()));
    }
}

/// Sends on the connection that is there, or on a new one.
pub(super) async fn send(client: &mut Option<Client>, server: SocketAddr, bytes: &[u8]) -> anyhow::Result<()> {
    let mut connected = match client.take() {
        Some(client) => client,
        None => Client::connect(server).await?,
    };
    let reply = connected.send(bytes).await?;
    let status = reply.status;
    // One that failed is not used again.
    *client = Some(connected);
    (status == 200).then_some(()).with_context(|| format!("answered with {status}"))
}

/// The items a frame shows, each with its order's number. Tickets name their order before their items.
fn items_in(frame: &[u8]) -> Vec<Shown> {
    const ORDER: &[u8] = b"\"order\":\"";
    const KEY: &[u8] = b"\"key\":\"";
    const STATE: &[u8] = b"\"state\":\"";
    let mut items = Vec::new();
    let mut orders = memmem::find_iter(frame, ORDER).map(|at| at + ORDER.len()).peekable();
    let mut keys = memmem::find_iter(frame, KEY).map(|at| at + KEY.len()).peekable();
    let mut order = None;
    while let Some(at) = keys.next() {
        while let Some(named) = orders.next_if(|named| *named < at) {
            order = number_in(frame, named);
        }
        let end = keys.peek().copied().unwrap_or(frame.len());
        let item = &frame[at..end];
        let (Some(order), Some(quote)) = (order, memchr::memchr(b'"', item)) else { continue };
        let Ok(key) = std::str::from_utf8(&item[..quote]) else { continue };
        let unseen = memmem::find(item, STATE).is_some_and(|state| item[state + STATE.len()..].starts_with(b"sent\""));
        items.push(Shown { order, key: key.to_owned(), unseen });
    }
    items
}

/// The number an order's id ends in.
fn number_in(frame: &[u8], at: usize) -> Option<usize> {
    usize::from_str_radix(std::str::from_utf8(frame.get(at + 24..at + 32)?).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_belong_to_the_order_named_before_them() {
        let id = |n: u32| format!("{:024x}{n:08x}", 0xabcd);
        let frame = format!(
            "data: {{\"announcements\":[{{\"order\":\"{}\"}}],\"tickets\":[{{\"order\":\"{}\",\"items\":[{{\"key\":\"l1.0\",\"state\":\"sent\"}},\
             {{\"key\":\"l2.0\",\"state\":\"seen\"}}]}},{{\"order\":\"{}\",\"items\":[{{\"key\":\"l3.1\",\"state\":\"sent\"}}]}}]}}",
            id(9),
            id(5),
            id(6)
        );
        let shown = |order, key: &str, unseen| Shown { order, key: key.to_owned(), unseen };
        assert_eq!(items_in(frame.as_bytes()), [shown(5, "l1.0", true), shown(5, "l2.0", false), shown(6, "l3.1", true)]);
    }
}
