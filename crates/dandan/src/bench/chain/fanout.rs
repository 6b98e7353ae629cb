//! From an order's answer at the node that decides to its line in a kitchen's feed at another node, with hints and without.

use super::super::Plan;
use super::super::client::{Call, Client};
use super::super::load::{Ids, note, times};
use super::super::report::millis;
use super::cloud::Cloud;
use super::feed::{Feed, numbered, orders_in};
use super::shop::{People, Shop};
use super::sized;
use anyhow::{Context, ensure};
use domain::StoreId;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

const STORE: StoreId = StoreId(0xfa0);
const TABLES: usize = 40;
const ORDERS: usize = 400;
const ORDERS_QUICK: usize = 30;
/// Pauses between orders, by chance from this one to twice as long: they must not keep step with anything that looks now and then.
const PAUSE_MS: u64 = 15;
/// Lines are waited for so long after the last order.
const LINGER: Duration = Duration::from_secs(10);

/// Runs the bench.
pub(super) async fn run(plan: &Plan, cloud: &Cloud, nats: Option<&str>) -> anyhow::Result<Value> {
    let shop = Shop::add(cloud, STORE, TABLES).await?;
    let (mut people, mut figures) = (None, Vec::new());
    let orders = sized(plan, ORDERS, ORDERS_QUICK);
    for hints in [None, nats].into_iter().take(1 + usize::from(nats.is_some())) {
        let (home, copy) = (cloud.node(hints).await?, cloud.node(hints).await?);
        let known = match people.take() {
            Some(known) => known,
            None => shop.open(home.address).await?,
        };
        // Whoever is asked first decides.
        Client::connect(home.address).await?.json(Call { method: "GET", path: &shop.path("/menu"), ..Call::default() }).await?;
        let feed = Feed::open(copy.address, &shop.path("/kitchen/feed/ws"), &known.token).await?;
        let decides = (decides_for(home.address).await?, decides_for(copy.address).await?);
        ensure!(decides == (1, 0), "the nodes decide for {decides:?} stores");
        let first = figures.len() * orders;
        let sent = send(&shop, &known, home.address, first..first + orders);
        let (sent, arrived) = tokio::try_join!(sent, arrivals(feed, first..first + orders))?;
        let (mut took, mut ahead) = (times(), 0);
        for (answered, arrived) in sent.into_iter().zip(arrived) {
            ahead += usize::from(arrived < answered);
            note(&mut took, arrived.saturating_duration_since(answered).max(Duration::from_nanos(1)));
        }
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|quantile| millis(&took, quantile));
        let how = if hints.is_some() { "with NATS" } else { "without NATS" };
        println!("chain/fan-out between two nodes, {how} ({orders} orders, {ahead} there before their answer)");
        println!(
            "                        time:   [{p50:.3} ms {p99:.3} ms {max:.3} ms] p50 p99 max, from the answer to the line in the feed"
        );
        figures.push(json!({
            "nats": hints.is_some(), "orders": orders, "before_their_answer": ahead, "p50_ms": p50, "p99_ms": p99, "max_ms": max,
        }));
        people = Some(known);
        copy.stop().await?;
        home.stop().await?;
    }
    println!();
    Ok(Value::Array(figures))
}

/// Sends the orders of these numbers one after the other; when each was answered.
async fn send(shop: &Shop, people: &People, address: SocketAddr, numbers: Range<usize>) -> anyhow::Result<Vec<Instant>> {
    let (mut client, mut ids) = (Client::connect(address).await?, Ids::new(300 + numbers.start as u64));
    let mut answered = Vec::with_capacity(numbers.len());
    for number in numbers {
        let chance = ids.next() as u64 % (PAUSE_MS * 1000);
        tokio::time::sleep(Duration::from_millis(PAUSE_MS) + Duration::from_micros(chance)).await;
        let id = numbered(ids.next(), number);
        let party = people.parties.get(number % people.parties.len().max(1)).context("nobody sits there")?;
        shop.order(&mut client, party, id, &mut ids).await?;
        answered.push(Instant::now());
    }
    Ok(answered)
}

/// When each of these orders stood in the feed. Others may stand there too.
async fn arrivals(mut feed: Feed, numbers: Range<usize>) -> anyhow::Result<Vec<Instant>> {
    let mut arrived: Vec<Option<Instant>> = vec![None; numbers.len()];
    let mut missing = numbers.len();
    let until = Instant::now() + LINGER + Duration::from_millis(8 * PAUSE_MS) * u32::try_from(numbers.len())?;
    while missing > 0 {
        let frame = tokio::time::timeout_at(until.into(), feed.next()).await;
        let frame = frame.with_context(|| format!("{missing} orders never came"))??;
        let at = Instant::now();
        for order in orders_in(&frame) {
            let place = order.checked_sub(numbers.start).and_then(|place| arrived.get_mut(place));
            if let Some(place) = place.filter(|place| place.is_none()) {
                *place = Some(at);
                missing -= 1;
            }
        }
    }
    Ok(arrived.into_iter().flatten().collect())
}

/// For how many stores a node decides.
async fn decides_for(address: SocketAddr) -> anyhow::Result<u64> {
    let health = Client::connect(address).await?.json(Call { method: "GET", path: "/health", ..Call::default() }).await?;
    health["decides_for"].as_u64().context("no decides_for in the answer")
}
