//! The restore drill: a busy house is backed up while it serves, and comes back somewhere else as it was.

use crate::hands::{Keys, anchor, checked, key, word};
use crate::world::{STORE, World, id, order, select, until, world};
use engine::{RandomIds, Store, SystemClock, WriterOptions};
use journal::{Journal, SqliteJournal, Stream};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Everything the streams led to.
async fn states(folder: &Path) -> [Value; 3] {
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder).unwrap());
    let gone = Arc::downgrade(&journal);
    let clock = Arc::new(SystemClock::new("UTC").unwrap());
    let store = Store::open(STORE, journal, clock, Arc::new(RandomIds), WriterOptions::default()).await.unwrap();
    let states = [
        store.floor(|floor| serde_json::to_value(floor).unwrap()),
        store.money(|money| serde_json::to_value(money).unwrap()),
        store.catalog(|catalog| serde_json::to_value(catalog).unwrap()),
    ];
    store.stop().await;
    drop(store);
    until("the journal is closed", || std::future::ready((gone.strong_count() == 0).then_some(()))).await;
    states
}

/// A few parties that order, fill carts, are refused and pay.
async fn busy(world: &World, tables: std::ops::Range<usize>) -> Vec<Value> {
    let cashier = world.staff("cashier").await;
    let mut orders = Vec::new();
    for n in tables {
        let party = world.join(&format!("a{n}")).await;
        for quantity in 1..=3 {
            let wish = order("rice", quantity, 300);
            world.place(&party, &wish).await.ok(201);
            orders.push(wish);
        }
        world.place(&party, &order("rice", 1, 299)).await.refused(409, "order_differs");
        let cart = json!({ "line": select("soup", 2) });
        world.post(&format!("/sessions/{}/cart/lines", party.session), &party.token, cart).await.ok(200);
        let cash = json!({ "tender": id(), "amount": 1800, "received": 2000, "order": null });
        world.post(&format!("/sessions/{}/cash", party.session), &cashier, cash).await.ok(201);
    }
    orders
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_house_is_the_house_that_was_backed_up() {
    let mut world = world().await;
    let (keys, shelf) = (Keys::new().await, tempfile::tempdir().unwrap());
    busy(&world, 1..5).await;
    let guest = world.join("a9").await;
    let wish = order("soup", 1, 1200);
    let placed = world.place(&guest, &wish).await.ok(201);

    // The server is running, and holds the folder's lock.
    let backup = shelf.path().join("tonight.age");
    let said = keys.back_up(world.folder.path(), &backup).await.ok();
    assert!(said.contains("tonight.age") && said.contains("newest entry"), "{said}");
    world.server.terminate().await;

    let elsewhere = shelf.path().join("new-box");
    let said = keys.restore(&backup, &elsewhere).await.ok();
    assert!(said.contains("restored into") && said.contains("keys.toml isn't in a backup"), "{said}");
    let (was, is) = (checked(world.folder.path()), checked(&elsewhere));
    assert_eq!((&is.streams, is.commands, is.blobs), (&was.streams, was.commands, was.blobs));
    assert!(is.streams.iter().map(|stream| stream.checked).sum::<u64>() > 40);
    assert_eq!(states(&elsewhere).await, states(world.folder.path()).await);
    let record = &anchor(&elsewhere)["records"][0];
    assert_eq!((&record["what"], &record["reason"]), (&json!("restored"), &json!(word(&backup))));

    // The house opens on it: people stay signed in, a retry gets its first answer, and work goes on.
    let epoch = is.streams.iter().find(|stream| stream.key == key(Stream::Floor)).unwrap().head.epoch;
    std::fs::copy(world.folder.path().join("keys.toml"), elsewhere.join("keys.toml")).unwrap();
    let folder = tempfile::tempdir_in(shelf.path()).unwrap();
    std::fs::remove_dir(folder.path()).unwrap();
    std::fs::rename(&elsewhere, folder.path()).unwrap();
    world.folder = folder;
    world.restart().await;
    let again = world.place(&guest, &wish).await.ok(201);
    assert_eq!(again["number"], placed["number"]);
    assert_eq!(world.party(&guest).await["orders"].as_array().unwrap().len(), 1);
    world.place(&guest, &order("rice", 1, 300)).await.ok(201);
    world.server.terminate().await;
    let now = checked(world.folder.path());
    assert!(now.streams.iter().find(|stream| stream.key == key(Stream::Floor)).unwrap().head.epoch > epoch);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_backup_is_in_it_even_under_load() {
    let mut world = world().await;
    let (keys, shelf) = (Keys::new().await, tempfile::tempdir().unwrap());
    let (party, enough) = (world.join("a1").await, AtomicBool::new(false));
    let mut before = Vec::new();
    for _ in 0..5 {
        let wish = order("rice", 1, 300);
        world.place(&party, &wish).await.ok(201);
        before.push(wish["order"].as_str().unwrap().to_owned());
    }
    let backup = shelf.path().join("b.age");
    let load = async {
        let mut placed = 0;
        while !enough.load(Ordering::Relaxed) {
            world.place(&party, &order("rice", 1, 300)).await.ok(201);
            placed += 1;
        }
        placed
    };
    let made = async {
        let made = keys.back_up(world.folder.path(), &backup).await;
        enough.store(true, Ordering::Relaxed);
        made.ok()
    };
    let (placed, _) = tokio::join!(load, made);
    assert!(placed > 0, "nothing was ordered meanwhile");
    world.server.terminate().await;
    let elsewhere = shelf.path().join("new");
    keys.restore(&backup, &elsewhere).await.ok();
    let restored: Vec<String> = World::journal(&elsewhere).await.iter().map(|order| order.order.to_string()).collect();
    let original: Vec<String> = World::journal(world.folder.path()).await.iter().map(|order| order.order.to_string()).collect();
    assert!(before.iter().all(|order| restored.contains(order)));
    assert!(original.starts_with(&restored), "a backup is a beginning of the journal");
}
