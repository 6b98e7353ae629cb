//! Kitchen screens by the thousand at one node: how quickly they are let in, what each weighs, and when all have heard one order.

use super::super::Plan;
use super::super::children::Process;
use super::super::client::Client;
use super::super::load::{Ids, note, times};
use super::super::report::{Goal, count, goal, millis};
use super::cloud::Cloud;
use super::feed::Feed;
use super::shop::Shop;
use super::sized;
use anyhow::{Context, ensure};
use domain::StoreId;
use futures::StreamExt as _;
use hdrhistogram::Histogram;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const STORE: StoreId = StoreId(0x50c);
const TABLES: usize = 10;
const SOCKETS: usize = 5_000;
const SOCKETS_QUICK: usize = 200;
/// Sockets that are being opened at a time.
const AT_ONCE: usize = 64;
/// Orders that all of them hear.
const ORDERS: usize = 10;
/// How long the node is left alone with its sockets.
const REST: Duration = Duration::from_secs(5);
/// How long all sockets may take to hear an order.
const PATIENCE: Duration = Duration::from_secs(30);
/// Files that a process has open besides sockets.
const OTHER_FILES: u64 = 200;
const KIB: f64 = 1024.0;

/// An order that a socket has heard of, and when.
type Heard = (u128, Instant);

/// Runs the bench.
pub(super) async fn run(plan: &Plan, cloud: &Cloud, nats: Option<&str>) -> anyhow::Result<Value> {
    let wanted = sized(plan, SOCKETS, SOCKETS_QUICK);
    allow_files(wanted as u64 + OTHER_FILES)?;
    let shop = Shop::add(cloud, STORE, TABLES).await?;
    let node = cloud.node(nats).await?;
    let people = shop.open(node.address).await?;
    // The first feed makes what all of them share.
    let path = shop.path("/kitchen/feed/ws");
    let first = Feed::open(node.address, &path, &people.token).await?;
    let (memory, began) = (node.memory()?, Instant::now());
    let (heard, mut hears) = mpsc::unbounded_channel();
    let opened = futures::stream::iter(1..wanted).map(|_| Feed::open(node.address, &path, &people.token));
    let mut opened = opened.buffer_unordered(AT_ONCE);
    let mut listeners = vec![tokio::spawn(listen(first, heard.clone()))];
    while let Some(feed) = opened.next().await {
        listeners.push(tokio::spawn(listen(feed?, heard.clone())));
    }
    drop(opened);
    let opening = began.elapsed();
    let (each_kib, at_rest) =
        (count(node.memory()?.saturating_sub(memory)) / KIB / count(wanted as u64), rest(plan, &node).await?);
    let opened_per_s = count(wanted as u64) / opening.as_secs_f64();

    let (mut client, mut ids) = (Client::connect(node.address).await?, Ids::new(50));
    let (mut each, mut all) = (times(), times());
    let cpu = node.cpu()?;
    for party in people.parties.iter().cycle().take(ORDERS) {
        let order = ids.next();
        shop.order(&mut client, party, order, &mut ids).await?;
        let answered = Instant::now();
        note_all(&mut hears, wanted, order, answered, &mut each, &mut all).await?;
    }
    let cpu_us = (node.cpu()? - cpu).as_secs_f64() * 1e6 / count((wanted * ORDERS) as u64);
    let whole = (node.memory()?, node.cpu()?);
    for listener in listeners {
        listener.abort();
    }
    node.kill().await?;
    let [p50, max] = [0.5, 1.0].map(|quantile| millis(&all, quantile));
    let ([each_p50, each_p99], memory_mb) = ([0.5, 0.99].map(|quantile| millis(&each, quantile)), count(whole.0) / 1e6);
    println!("chain/{wanted} sockets at one node ({AT_ONCE} being opened at a time, {ORDERS} orders)");
    println!("                        opened: {opened_per_s:.0} a second, with sign-in and first frame");
    println!("                        memory: {each_kib:.1} KiB each, {memory_mb:.0} MB the whole node");
    println!("                        at rest:{:.1} % of one core", at_rest * 100.0);
    println!("                        time:   [{p50:.1} ms {max:.1} ms] p50 max, from an order's answer until all have heard it");
    println!("                                [{each_p50:.1} ms {each_p99:.1} ms] p50 p99 of each");
    println!("                        cpu:    {cpu_us:.1} us for each frame");
    if !plan.quick {
        goal("sockets at one node", count(wanted as u64), "", Goal::AtLeast(count(SOCKETS as u64)));
    }
    println!();
    Ok(json!({
        "sockets": wanted, "opened_per_s": opened_per_s, "kib_each": each_kib, "node_mb": memory_mb, "cpu_share_at_rest": at_rest,
        "orders": ORDERS, "all_heard_p50_ms": p50, "all_heard_max_ms": max, "each_p50_ms": each_p50, "each_p99_ms": each_p99,
        "cpu_us_per_frame": cpu_us,
    }))
}

/// What share of one core the node uses for its sockets while nothing happens: their beats.
async fn rest(plan: &Plan, node: &Process) -> anyhow::Result<f64> {
    let (before, began) = (node.cpu()?, Instant::now());
    tokio::time::sleep(sized(plan, REST, REST / 5)).await;
    Ok((node.cpu()? - before).as_secs_f64() / began.elapsed().as_secs_f64())
}

/// Notes when each socket heard an order, and when the last one did.
async fn note_all(
    hears: &mut mpsc::UnboundedReceiver<Heard>,
    wanted: usize,
    order: u128,
    answered: Instant,
    each: &mut Histogram<u64>,
    all: &mut Histogram<u64>,
) -> anyhow::Result<()> {
    let (mut missing, mut last) = (wanted, answered);
    let until = answered + PATIENCE;
    while missing > 0 {
        let heard = tokio::time::timeout_at(until.into(), hears.recv()).await;
        let (of, at) = heard
            .with_context(|| format!("{missing} of {wanted} sockets never heard an order"))?
            .context("all sockets are gone")?;
        ensure!(of == order, "a socket told of an order it had told of before");
        note(each, at.saturating_duration_since(answered).max(Duration::from_nanos(1)));
        (missing, last) = (missing - 1, last.max(at));
    }
    note(all, last.saturating_duration_since(answered).max(Duration::from_nanos(1)));
    Ok(())
}

/// Tells of every order once, when it first stands in the feed.
async fn listen(mut feed: Feed, heard: mpsc::UnboundedSender<Heard>) {
    let finder = memchr::memmem::Finder::new("\"order\":\"");
    let mut told = Vec::new();
    // A feed that ends is missed by whoever counts.
    while let Ok(frame) = feed.next().await {
        let at = Instant::now();
        for from in finder.find_iter(frame.as_bytes()) {
            let id = frame.get(from + finder.needle().len()..).and_then(|rest| rest.get(..32));
            let Some(order) = id.and_then(|id| u128::from_str_radix(id, 16).ok()) else { continue };
            if !told.contains(&order) {
                told.push(order);
                let _ = heard.send((order, at));
            }
        }
    }
}

/// Lets this process, and those it starts, have so many files open.
fn allow_files(wanted: u64) -> anyhow::Result<()> {
    let now = getrlimit(Resource::Nofile);
    if now.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let raised = Rlimit { current: Some(now.maximum.map_or(wanted, |most| most.min(wanted))), maximum: now.maximum };
    setrlimit(Resource::Nofile, raised).context("no more files may be opened")?;
    ensure!(raised.current == Some(wanted), "this process may open {:?} files and needs {wanted}: ulimit -Hn", raised.current);
    Ok(())
}
