//! A node that can't reach the database: the other one decides after at most a lease, nothing that was acknowledged is lost, nothing is
//! there twice, and the node serves again once it is let back.

use crate::cloud::{Cloud, all_of, orders};
use crate::ground::{Ground, Place};
use crate::phone::{Party, Phone};
use crate::world::{Plan, STORE, Server, derived, furnish_in, order, until};
use api::Signer;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Phones at each node.
const PHONES: u8 = 3;
const BEFORE: Duration = Duration::from_secs(2);
/// Longer than a lease, and than a phone waits for an answer.
const CUT: Duration = Duration::from_secs(14);

/// A lease, and the time until somebody looks after it. What a dead session holds is let go meanwhile.
const OTHER_GOES_ON_WITHIN: Duration = Duration::from_secs(12);
const BACK_WITHIN: Duration = Duration::from_secs(30);

/// What the phones of one node saw.
#[derive(Default)]
struct Seen {
    accepted: BTreeSet<String>,
    /// The longest time without an acknowledgement, on any phone.
    silence: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_cut_from_the_database_takes_nothing_with_it() {
    let Some(ground) = Ground::quick("a node cut from the database") else { return };
    let places = [ground.place(1), ground.place(2)];
    let outside = ground.place(4);
    let cloud = Cloud::start(&ground, 3).await;
    furnish_in(cloud.journal.clone(), &Plan::default()).await;
    let nodes = [cloud.node(&places[0]).await, cloud.node(&places[1]).await];
    let book = cloud.book().await;
    book.execute(
        "INSERT INTO cloud_store (store_id, time_zone, added_ms) VALUES ($1, 'UTC', 0)",
        &[&STORE.0.to_be_bytes().to_vec()],
    )
    .await
    .unwrap();

    let phones = phones(&outside, &nodes).await;
    // First the node that decides, then the other.
    for (which, homes, lasts) in [("that decides", true, CUT), ("that passes on", false, CUT / 2)] {
        let home = home(&outside, &nodes).await;
        let (cut, other) = if homes { (home, 1 - home) } else { (1 - home, home) };
        let enough = Arc::new(AtomicBool::new(false));
        let start = |node: usize| -> Vec<JoinHandle<Seen>> {
            let of_node = phones.iter().filter(|(at, _, _)| *at == node);
            of_node.map(|(_, phone, party)| outside.spawn(trade(phone.clone(), party.clone(), enough.clone()))).collect()
        };
        let (at_cut, at_other) = (start(cut), start(other));
        tokio::time::sleep(BEFORE).await;
        ground.cut(&places[cut], &cloud.database.place);
        ground.cut(&cloud.database.place, &places[cut]);
        let began = Instant::now();
        // Only a node that decided has anything to hand over.
        let taken = if homes { takes_over(&outside, &nodes[other]).await } else { Duration::ZERO };
        tokio::time::sleep(lasts.saturating_sub(began.elapsed())).await;
        if homes {
            let (url, http) = (format!("{}/health", nodes[cut].url), crate::world::client());
            let status = outside.run(async move { http.get(&url).send().await.unwrap().status().as_u16() }).await;
            assert_eq!(status, 503, "a balancer must leave it out");
        }
        ground.mend();
        let mended = Instant::now();
        let (phone, party) =
            phones.iter().find(|(at, _, _)| *at == cut).map(|(_, phone, party)| (phone.clone(), party.clone())).unwrap();
        let back = outside.run(async move {
            until("the node takes orders again", || async {
                (phone.place(&party, &order("rice", 1, 300)).await.status == 201).then_some(())
            })
            .await;
            mended.elapsed()
        });
        let back = back.await;
        tokio::time::sleep(BEFORE).await;
        enough.store(true, Ordering::Relaxed);
        let (there, here) = (sum(at_cut).await, sum(at_other).await);
        if homes {
            println!(
                "net: the other node decides {:.1} s after the one that decided was cut from the database",
                taken.as_secs_f64()
            );
        }
        println!(
            "net: the node {which} is cut from the database for {} s: {} and {} orders acknowledged at it and at the other one, the \
             longest time without {:.1} s and {:.1} s; it took orders again {:.1} s after it was mended",
            lasts.as_secs(),
            there.accepted.len(),
            here.accepted.len(),
            there.silence.as_secs_f64(),
            here.silence.as_secs_f64(),
            back.as_secs_f64(),
        );
        assert!(here.silence <= OTHER_GOES_ON_WITHIN, "the other node stood still for {:?}", here.silence);
        assert!(back <= BACK_WITHIN, "back only after {back:?}");
        let known = orders(&all_of(&*cloud.journal).await);
        assert!(known.values().all(|times| *times == 1), "{known:?}");
        let lost: Vec<_> = there.accepted.iter().chain(&here.accepted).filter(|order| !known.contains_key(*order)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}

async fn phones(outside: &Place, nodes: &[Server; 2]) -> Vec<(usize, Phone, Party)> {
    let mut phones = Vec::new();
    for (node, server) in nodes.iter().enumerate() {
        for number in 0..PHONES {
            let seat = u8::try_from(node).unwrap() * PHONES + number;
            let phone = Phone::new(&server.url, STORE, outside.address(20 + seat));
            let table = format!("a{}", seat + 1);
            let code = format!("{table}.1.{}", Signer::new(&derived("signing")).mark(&format!("table.{STORE}.{table}.1"), 10));
            let joining = phone.clone();
            phones.push((node, phone, outside.run(async move { joining.join(&code).await }).await));
        }
    }
    phones
}

/// Which node decides for the store.
async fn home(outside: &Place, nodes: &[Server; 2]) -> usize {
    let urls = [0, 1].map(|node| format!("{}/health", nodes[node].url));
    let http = crate::world::client();
    let found = async move {
        until("one node decides", || async {
            for (node, url) in urls.iter().enumerate() {
                let health: Value = http.get(url).send().await.ok()?.json().await.ok()?;
                if health["decides_for"] == 1 {
                    return Some(node);
                }
            }
            None
        })
        .await
    };
    outside.run(found).await
}

/// How long it takes until a node decides for the store.
async fn takes_over(outside: &Place, node: &Server) -> Duration {
    let (began, url, http) = (Instant::now(), format!("{}/health", node.url), crate::world::client());
    let decides = async move {
        until("the other node decides", || async {
            let health: Value = http.get(&url).send().await.ok()?.json().await.ok()?;
            (health["decides_for"] == 1).then_some(())
        })
        .await;
        began.elapsed()
    };
    outside.run(decides).await
}

/// Orders one thing after the other; each is sent again until it is acknowledged.
async fn trade(phone: Phone, party: Party, enough: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    let mut last = Instant::now();
    while !enough.load(Ordering::Relaxed) {
        let wish = order("rice", 1, 300);
        loop {
            let told = phone.place(&party, &wish).await;
            if told.status == 201 {
                break;
            }
            assert!(told.status == 0 || told.status == 202 || told.status >= 500, "{}", told.body);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        seen.silence = seen.silence.max(last.elapsed());
        last = Instant::now();
        seen.accepted.insert(wish["order"].as_str().unwrap().to_owned());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    seen
}

async fn sum(phones: Vec<JoinHandle<Seen>>) -> Seen {
    let mut sum = Seen::default();
    for phone in phones {
        let seen = phone.await.unwrap();
        sum.accepted.extend(seen.accepted);
        sum.silence = sum.silence.max(seen.silence);
    }
    sum
}
