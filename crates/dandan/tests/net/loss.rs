//! A wire that loses a third of everything, both ways, for as long as a bad line lasts: what was acknowledged is there once, and what
//! was `unknown` is settled by asking again.

use crate::cloud::{Cloud, all_in, orders, reached};
use crate::ground::Ground;
use crate::phone::{Party, Phone};
use crate::world::{STORE, order};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PHONES: u8 = 4;
/// Units: percent.
const LOST: u8 = 30;
const LASTS: Duration = Duration::from_secs(22);
/// Nothing at all gets through for so long in the middle of it.
const GAP: Duration = Duration::from_secs(7);
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// What a phone saw.
#[derive(Default)]
struct Seen {
    /// Acknowledged at once.
    accepted: BTreeSet<String>,
    /// Without an answer that settles it; sent again later.
    open: Vec<Value>,
    /// What else was said, and how often.
    said: BTreeMap<String, usize>,
    slowest: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lossy_wire_loses_and_doubles_no_order() {
    let Some(ground) = Ground::full("a lossy wire") else { return };
    let (inside, outside) = (ground.place(1), ground.place(2));
    let cloud = Cloud::start(&ground, 3).await;
    let node = cloud.node(&outside).await;
    let mut world = cloud.shop(&inside, &node).await;
    let far = Phone::new(&node.url, STORE, outside.address(10));
    reached(&outside, &far).await;
    let mut guests = Vec::new();
    for number in 0..PHONES {
        let phone = Phone::new(&node.url, STORE, outside.address(20 + number));
        let (joining, code) = (phone.clone(), world.code(&format!("a{}", number + 1)));
        guests.push((phone, outside.run(async move { joining.join(&code).await }).await));
    }

    let lossy = || {
        ground.lose(&inside, &outside, LOST);
        ground.lose(&outside, &inside, LOST);
    };
    lossy();
    let enough = Arc::new(AtomicBool::new(false));
    let ordering: Vec<_> =
        guests.iter().map(|(phone, party)| outside.spawn(order_on(phone.clone(), party.clone(), enough.clone()))).collect();
    tokio::time::sleep(LASTS / 2).await;
    // Whether a call breaks by loss alone is luck; with nothing at all for a while it does, and some answers are lost with it.
    ground.cut(&inside, &outside);
    ground.cut(&outside, &inside);
    tokio::time::sleep(GAP).await;
    ground.mend();
    lossy();
    tokio::time::sleep(LASTS / 2).await;
    enough.store(true, Ordering::Relaxed);
    let mut seen = Vec::new();
    for phone in ordering {
        seen.push(phone.await.unwrap());
    }
    ground.mend();

    let began = Instant::now();
    let (mut accepted, mut settled, mut said, mut slowest) = (BTreeSet::new(), 0, BTreeMap::new(), Duration::ZERO);
    for (found, (phone, party)) in seen.into_iter().zip(&guests) {
        settled += found.open.len();
        slowest = slowest.max(found.slowest);
        found.said.into_iter().for_each(|(code, times)| *said.entry(code).or_insert(0) += times);
        accepted.extend(found.accepted);
        let (phone, party) = (phone.clone(), party.clone());
        accepted.extend(outside.run(async move { settle(&phone, &party, found.open, began).await }).await);
    }
    println!(
        "net: {LOST} % lost both ways for {} s, and all of it for {} s between: {} orders acknowledged meanwhile, {settled} more when they were sent again; otherwise \
         phones were told {said:?}; the slowest answer took {:.1} s; all settled {:.1} s after it was mended",
        LASTS.as_secs(),
        GAP.as_secs(),
        accepted.len() - settled,
        slowest.as_secs_f64(),
        began.elapsed().as_secs_f64(),
    );
    assert!(accepted.len() > settled, "not one order got through");
    assert!(said.contains_key("unknown"), "no answer was lost: {said:?}");
    assert!(slowest > Duration::from_millis(200), "no packet was sent twice");
    let world = inside
        .run(async move {
            world.server.terminate().await;
            world
        })
        .await;
    let known = orders(&all_in(world.folder.path()).await);
    assert!(known.values().all(|times| *times == 1), "{known:?}");
    assert_eq!(known.into_keys().collect::<BTreeSet<_>>(), accepted);
}

/// Orders one thing after the other; what isn't acknowledged stays open.
async fn order_on(phone: Phone, party: Party, enough: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    while !enough.load(Ordering::Relaxed) {
        let wish = order("rice", 1, 300);
        let told = phone.place(&party, &wish).await;
        seen.slowest = seen.slowest.max(told.after);
        if told.status == 201 {
            seen.accepted.insert(wish["order"].as_str().unwrap().to_owned());
        } else {
            assert!(told.status == 0 || told.status >= 500 || told.status == 202, "{}", told.body);
            *seen.said.entry(told.code().to_owned()).or_default() += 1;
            seen.open.push(wish);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    seen
}

/// Sends again what is open until it is acknowledged.
async fn settle(phone: &Phone, party: &Party, open: Vec<Value>, began: Instant) -> Vec<String> {
    let mut settled = Vec::new();
    for wish in open {
        while phone.place(party, &wish).await.status != 201 {
            assert!(began.elapsed() < SETTLED_WITHIN, "an order is never settled");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        settled.push(wish["order"].as_str().unwrap().to_owned());
    }
    settled
}
