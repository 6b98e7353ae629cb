//! Three business days without the internet: the shop trades on, phones far away are told, and once the line is back everything is in
//! the cloud, once, hash by hash.

use crate::cloud::{Cloud, SERVER, all_in, all_of, dandan, orders, program, reached};
use crate::ground::{Ground, Place};
use crate::phone::Phone;
use crate::world::{STORE, World, id, order};
use journal::StoredEvent;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

const DAYS: usize = 3;
/// Phones in the shop, and parties with each of them one after the other, a day.
const PHONES: u8 = 20;
const PARTIES: usize = 30;
/// Phones at tables; the others order at the counter.
const TABLE_PHONES: u8 = 18;
/// The line is away for so long at least, so that the box has given up and calls again and again.
const CUT: Duration = Duration::from_secs(16);
/// From then on a phone far away must know.
const TOLD_AFTER: Duration = Duration::from_secs(12);
/// How long the box may take to call again after so long, and how long for all it has.
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// The shop's people.
struct Crew {
    manager: String,
    waiter: String,
    cook: String,
    cashier: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn three_business_days_without_the_internet_arrive_once() {
    let Some(ground) = Ground::quick("three business days cut off") else { return };
    let (inside, outside) = (ground.place(1), ground.place(2));
    let cloud = Cloud::start(&ground, 3).await;
    let node = cloud.node(&outside).await;
    let world = Arc::new(cloud.shop(&inside, &node).await);
    let far = Phone::new(&node.url, STORE, outside.address(10));
    reached(&outside, &far).await;
    let crew = Arc::new(crew(&inside, &world).await);
    let before = cloud.length().await;

    ground.unplug(&inside);
    let cut = Instant::now();
    let enough = Arc::new(AtomicBool::new(false));
    let watch = watch(&outside, far.clone(), cut, enough.clone());
    let mut accepted = BTreeSet::new();
    for day in 1..=DAYS {
        accepted.extend(business_day(&inside, &world, &crew, day < DAYS).await);
    }
    let traded = cut.elapsed();
    tokio::time::sleep(CUT.saturating_sub(traded)).await;
    enough.store(true, Ordering::Relaxed);
    let asked = watch.await.unwrap();
    assert!(asked > 0, "no far phone was told");
    assert_eq!(cloud.length().await, before, "the cut was no cut");

    let heads: u64 = inside
        .run({
            let world = world.clone();
            async move { world.heads().await.iter().sum() }
        })
        .await;
    ground.plug(&inside);
    let (back, shipped) = catch_up(&cloud, before, heads).await;
    let rate = (heads - before) as f64 / shipped.as_secs_f64();
    println!(
        "net: {DAYS} business days cut off: {} orders, {} events in {:.0} s; {asked} far phones told; the box was back {:.1} s after \
         the line; {:.2} s to catch up, {rate:.0} events/s",
        accepted.len(),
        heads - before,
        traded.as_secs_f64(),
        back.as_secs_f64(),
        shipped.as_secs_f64(),
    );
    reached(&outside, &far).await;
    is_the_same(&cloud, world, &inside, &accepted).await;
}

/// Both journals have the same events with the same hashes, every accepted order once, and no number twice.
async fn is_the_same(cloud: &Cloud, world: Arc<World>, inside: &Place, accepted: &BTreeSet<String>) {
    let mut world = Arc::into_inner(world).expect("the phones have gone");
    let world = inside
        .run(async move {
            world.server.terminate().await;
            world
        })
        .await;
    let (here, there) = (all_in(world.folder.path()).await, all_of(&*cloud.journal).await);
    assert!(here == there, "the copy isn't the journal");
    let known = orders(&there);
    assert_eq!(known.keys().cloned().collect::<BTreeSet<_>>(), *accepted);
    assert!(known.values().all(|times| *times == 1), "{known:?}");
    numbers_are_unique(&there);
    let said = dandan(program().args(["verify", "--data"]).arg(world.folder.path())).await;
    assert!(said.contains("nothing the anchor knows is missing"), "{said}");
}

/// Pick-up numbers count 1, 2, 3 … on every day, and no party has two orders of one round.
fn numbers_are_unique(streams: &[Vec<StoredEvent>]) {
    let (mut days, mut rounds) = (Vec::new(), BTreeSet::new());
    for event in streams.iter().flatten() {
        let (body, _) = engine::split_sender(&event.body);
        let body: Value = serde_json::from_slice(&body).unwrap();
        let placed = &body["OrderPlaced"];
        match event.kind.as_str() {
            "DayOpened" => days.push(0),
            "OrderPlaced" => {
                assert!(rounds.insert((placed["session"].to_string(), placed["round"].to_string())), "{body}");
                if let Some(number) = placed["pick_up"].as_u64() {
                    let last = days.last_mut().expect("a day is open");
                    assert_eq!(number, *last + 1, "{body}");
                    *last = number;
                }
            }
            _ => {}
        }
    }
    assert_eq!(days.len(), DAYS, "{days:?}");
    assert!(days.iter().all(|numbers| *numbers >= 50), "{days:?}");
}

/// After how long the first event came, and how long the others took then.
async fn catch_up(cloud: &Cloud, before: u64, wanted: u64) -> (Duration, Duration) {
    let began = Instant::now();
    let mut first = None;
    loop {
        let length = cloud.length().await;
        if length > before && first.is_none() {
            first = Some(began.elapsed());
        }
        if let Some(first) = first.filter(|_| length >= wanted) {
            return (first, began.elapsed().saturating_sub(first));
        }
        assert!(began.elapsed() < BACK_WITHIN, "{length} of {wanted} events after a minute");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn crew(inside: &Place, world: &Arc<World>) -> Crew {
    let world = world.clone();
    let hire = async move {
        let [manager, waiter, cook, cashier] = ["manager", "waiter", "cook", "cashier"].map(|role| world.staff(role));
        Crew { manager: manager.await, waiter: waiter.await, cook: cook.await, cashier: cashier.await }
    };
    inside.run(hire).await
}

/// Asks twice a second from far away. Soon every answer must be that the shop can't be reached, at once. How many were.
fn watch(outside: &Place, phone: Phone, cut: Instant, enough: Arc<AtomicBool>) -> JoinHandle<usize> {
    outside.spawn(async move {
        let mut told = 0;
        while !enough.load(Ordering::Relaxed) {
            let began = cut.elapsed();
            let answer = phone.get("/menu", "").await;
            if began > TOLD_AFTER {
                assert_eq!(answer.code(), "store_offline", "{} s after the cut", began.as_secs_f32());
                assert!(answer.after < Duration::from_secs(5), "told only after {:?}", answer.after);
                told += 1;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        told
    })
}

/// A day's trade at full speed, from the first party to the closing of the day; the orders. Opens the next day.
async fn business_day(inside: &Place, world: &Arc<World>, crew: &Arc<Crew>, another: bool) -> BTreeSet<String> {
    let url = world.server.url.clone();
    let phones = (0..PHONES).map(|number| {
        let phone = Phone::new(&url, STORE, inside.address(10 + number));
        inside.spawn(parties(phone, world.clone(), crew.clone(), number))
    });
    let mut placed = BTreeSet::new();
    for phone in phones.collect::<Vec<_>>() {
        placed.extend(phone.await.unwrap());
    }
    let (office, crew) = (Phone::new(&url, STORE, inside.address(SERVER + 1)), crew.clone());
    let night = async move {
        office.post("/day/close", &crew.manager, &json!({ "accept_unmatched": false })).await.ok(200);
        if another {
            office.post("/day/open", &crew.manager, &json!({})).await.ok(200);
        }
    };
    inside.run(night).await;
    assert!(placed.len() >= 200, "{} orders are no day", placed.len());
    placed
}

/// One party after the other: they order, it is cooked, they pay cash and go. The last phones order at the counter and pay first.
async fn parties(phone: Phone, world: Arc<World>, crew: Arc<Crew>, number: u8) -> Vec<String> {
    let mut placed = Vec::new();
    for turn in 0..PARTIES {
        let counter = number.checked_sub(TABLE_PHONES);
        let table = match counter {
            Some(counter) => format!("k{}", counter + 1),
            None => format!("a{}", usize::from(number) * 2 + 1 + turn % 2),
        };
        let party = phone.join(&world.code(&table)).await;
        let (dish, price) = if turn % 2 == 0 { ("rice", 300) } else { ("soup", 1200) };
        let wish = order(dish, 1, price);
        phone.place(&party, &wish).await.ok(201);
        let order = wish["order"].as_str().unwrap().to_owned();
        let pay = async || {
            let mut cash = json!({ "tender": id(), "amount": price, "received": price });
            if counter.is_some() {
                cash["order"] = json!(order);
            }
            phone.post(&format!("/sessions/{}/cash", party.session), &crew.cashier, &cash).await.ok(201);
        };
        let cook = async |step: &str, who: &str| {
            let item = format!("{}.0", wish["lines"][0]["line"].as_str().unwrap());
            phone.post(&format!("/kitchen/items/{item}/{step}"), who, &json!({})).await.ok(200);
        };
        if counter.is_some() {
            pay().await;
        }
        cook("start", &crew.cook).await;
        cook("ready", &crew.cook).await;
        if counter.is_some() {
            phone.post(&format!("/pickup/{order}/collected"), &crew.cook, &json!({})).await.ok(200);
        } else {
            cook("serve", &crew.waiter).await;
            pay().await;
        }
        phone.post(&format!("/sessions/{}/close", party.session), &crew.waiter, &json!({})).await.ok(200);
        placed.push(order);
    }
    placed
}
