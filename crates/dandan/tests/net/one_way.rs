//! Wires that carry one way only, or neither: phones far away are told in time, who walks over to the shop's Wi-Fi sends the same order
//! again, and every order that was acknowledged on either way is there once.

use crate::cloud::{Cloud, all_in, orders, reached};
use crate::ground::{Ground, Place};
use crate::phone::{Party, Phone};
use crate::world::{STORE, World, order};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PHONES: u8 = 3;
/// Trade before the cut, and how long it lasts.
const BEFORE: Duration = Duration::from_secs(1);
const CUT: Duration = Duration::from_secs(8);
/// A phone far away knows within this that the shop can't be reached.
const TOLD_WITHIN: Duration = Duration::from_secs(6);
const BACK_WITHIN: Duration = Duration::from_secs(20);
/// Between two orders of a phone.
const PAUSE: Duration = Duration::from_millis(100);

/// A guest with a phone that has mobile data and can join the shop's Wi-Fi.
#[derive(Clone)]
struct Guest {
    party: Party,
    far: Phone,
    near: Phone,
}

/// What the guests saw of one cut.
#[derive(Default)]
struct Seen {
    accepted: BTreeSet<String>,
    /// Accepted by the shop's Wi-Fi only after the far way gave no answer, or said no.
    by_wifi: usize,
    unknown: usize,
    offline: usize,
    slowest: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wire_that_carries_one_way_or_none_loses_and_doubles_nothing() {
    let Some(ground) = Ground::full("one-way wires") else { return };
    let (inside, outside) = (Arc::new(ground.place(1)), Arc::new(ground.place(2)));
    let cloud = Cloud::start(&ground, 3).await;
    let node = cloud.node(&outside).await;
    let mut world = cloud.shop(&inside, &node).await;
    let far = Phone::new(&node.url, STORE, outside.address(10));
    reached(&outside, &far).await;
    let guests = guests(&inside, &outside, &world, &node.url).await;
    let mut accepted = BTreeSet::new();
    for (name, up, down) in [("to the cloud", true, false), ("to the shop", false, true), ("both ways", true, true)] {
        let enough = Arc::new(AtomicBool::new(false));
        let ordering: Vec<_> = guests
            .iter()
            .map(|guest| tokio::spawn(order_both_ways(guest.clone(), inside.clone(), outside.clone(), enough.clone())))
            .collect();
        tokio::time::sleep(BEFORE).await;
        if up {
            ground.cut(&inside, &outside);
        }
        if down {
            ground.cut(&outside, &inside);
        }
        let told = until_told(&outside, &far).await;
        tokio::time::sleep(CUT.saturating_sub(told)).await;
        ground.mend();
        let mended = Instant::now();
        reached(&outside, &far).await;
        let back = mended.elapsed();
        tokio::time::sleep(BEFORE).await;
        enough.store(true, Ordering::Relaxed);
        let mut seen = Seen::default();
        for guest in ordering {
            seen.add(guest.await.unwrap());
        }
        println!(
            "net: nothing gets {name} for {} s: far phones told after {:.1} s; {} orders acknowledged, {} of them by the Wi-Fi after {} \
             `unknown` and {} `store_offline`; the slowest answer took {:.1} s; back {:.1} s after it was mended",
            CUT.as_secs(),
            told.as_secs_f64(),
            seen.accepted.len(),
            seen.by_wifi,
            seen.unknown,
            seen.offline,
            seen.slowest.as_secs_f64(),
            back.as_secs_f64(),
        );
        assert!(told <= TOLD_WITHIN, "{name}: told after {told:?}");
        assert!(seen.slowest <= TOLD_WITHIN, "{name}: a phone waited {:?}", seen.slowest);
        assert!(back <= BACK_WITHIN, "{name}: back after {back:?}");
        assert!(seen.by_wifi > 0 && seen.offline > 0, "{name}: the cut was no cut");
        accepted.extend(seen.accepted);
    }
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

impl Seen {
    fn add(&mut self, other: Seen) {
        self.accepted.extend(other.accepted);
        self.by_wifi += other.by_wifi;
        self.unknown += other.unknown;
        self.offline += other.offline;
        self.slowest = self.slowest.max(other.slowest);
    }
}

async fn guests(inside: &Place, outside: &Place, world: &World, far: &str) -> Vec<Guest> {
    let mut guests = Vec::new();
    for number in 0..PHONES {
        let near = Phone::new(&world.server.url, STORE, inside.address(20 + number));
        let far = Phone::new(far, STORE, outside.address(20 + number));
        let (phone, code) = (near.clone(), world.code(&format!("a{}", number + 1)));
        let party = inside.run(async move { phone.join(&code).await }).await;
        guests.push(Guest { party, far, near });
    }
    guests
}

/// How long a phone far away has to ask until it is told.
async fn until_told(outside: &Place, phone: &Phone) -> Duration {
    let (began, phone) = (Instant::now(), phone.clone());
    let told = async move {
        while phone.get("/menu", "").await.code() != "store_offline" {
            assert!(began.elapsed() < 2 * TOLD_WITHIN, "nobody tells phones that the shop is cut off");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        began.elapsed()
    };
    outside.run(told).await
}

/// Orders by mobile data; whatever isn't accepted there is sent again by the Wi-Fi, and once more by mobile data.
async fn order_both_ways(guest: Guest, inside: Arc<Place>, outside: Arc<Place>, enough: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    while !enough.load(Ordering::Relaxed) {
        let wish = order("rice", 1, 300);
        let send = |phone: &Phone| {
            let (phone, party, wish) = (phone.clone(), guest.party.clone(), wish.clone());
            async move { phone.place(&party, &wish).await }
        };
        let told = outside.run(send(&guest.far)).await;
        seen.slowest = seen.slowest.max(told.after);
        if told.status != 201 {
            match told.code() {
                "unknown" => seen.unknown += 1,
                "store_offline" => seen.offline += 1,
                other => panic!("{other}: {}", told.body),
            }
            let near = inside.run(send(&guest.near)).await.ok(201);
            assert_eq!(near["id"], wish["order"]);
            seen.by_wifi += 1;
            let again = outside.run(send(&guest.far)).await;
            seen.slowest = seen.slowest.max(again.after);
            assert!(again.status == 201 || matches!(again.code(), "unknown" | "store_offline"), "{}", again.body);
        }
        seen.accepted.insert(wish["order"].as_str().unwrap().to_owned());
        tokio::time::sleep(PAUSE).await;
    }
    seen
}
