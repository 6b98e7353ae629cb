//! Starting, stopping, health and figures.

use crate::world::{STORE, Server, order, until, world};
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use serde_json::json;
use std::time::Duration;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_the_server_ends_its_feeds_snapshots_and_goes_on_later() {
    let mut world = world().await;
    let (party, cook) = (world.join("a1").await, world.staff("cook").await);
    world.place(&party, &order("rice", 2, 300)).await.ok(201);
    let before = (world.party(&party).await["orders"].clone(), world.heads().await);
    let mut feeds = [
        world.feed(&format!("/sessions/{}/feed", party.session), &party.token, None).await,
        world.feed("/kitchen/feed", &cook, None).await,
    ];
    let url = format!("{}/kitchen/feed/ws", world.base()).replace("http://", "ws://");
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let hello = tokio_tungstenite::tungstenite::Message::text(json!({ "token": cook, "after": null }).to_string());
    futures::SinkExt::send(&mut socket, hello).await.unwrap();
    for feed in &mut feeds {
        feed.next_news().await.unwrap();
    }
    let took = world.server.terminate().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    for feed in &mut feeds {
        while feed.next().await.is_some() {}
    }
    while let Some(Ok(_)) = futures::StreamExt::next(&mut socket).await {}

    let journal = SqliteJournal::open(world.folder.path()).unwrap();
    // With the versions of their snapshots.
    for ((stream, version), seq) in
        [(Stream::Floor, 3), (Stream::Money, 3), (Stream::Catalog, 1)].into_iter().zip(before.1.clone())
    {
        let key = StreamKey::new(StoreKey(STORE.0), stream);
        assert_eq!(journal.head(key).await.unwrap().seq, seq);
        let snapshot = journal.latest_snapshot(key, version).await.unwrap();
        assert_eq!(snapshot.map(|snapshot| snapshot.seq).unwrap_or_default(), seq, "{stream:?}");
    }
    drop(journal);
    world.restart().await;
    assert_eq!((world.party(&party).await["orders"].clone(), world.heads().await), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_same_folder_is_turned_away() {
    let world = world().await;
    let ran = Server::command(world.folder.path(), &world.plan).output().await.unwrap();
    assert!(!ran.status.success());
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("another dandan serves this folder"), "{said}");
    assert_eq!(world.health().await["status"], "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_that_others_can_read_are_not_used() {
    let mut world = world().await;
    world.server.terminate().await;
    let keys = world.folder.path().join("keys.toml");
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let ran = Server::command(world.folder.path(), &world.plan).output().await.unwrap();
    assert!(!ran.status.success());
    assert!(String::from_utf8_lossy(&ran.stderr).contains("chmod 600"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_untouched_journal_verifies() {
    let mut world = world().await;
    let party = world.join("a1").await;
    world.place(&party, &order("rice", 2, 300)).await.ok(201);
    world.server.terminate().await;
    let mut verify = Command::new(env!("CARGO_BIN_EXE_dandan"));
    verify.args(["verify", "--store", &STORE.to_string(), "--data"]).arg(world.folder.path());
    let ran = verify.output().await.unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_figures_follow_what_happens() {
    let world = world().await;
    let health = world.health().await;
    assert_eq!((&health["status"], &health["day_open"]), (&json!("ok"), &json!(true)));
    let (party, counter, cook) = (world.join("a1").await, world.join("k1").await, world.staff("cook").await);
    let before = (world.figure("dandan_journal_commits").await, world.heads().await);
    let wish = order("rice", 2, 300);
    world.place(&party, &wish).await.ok(201);
    world.place(&counter, &order("rice", 1, 300)).await.ok(201);
    world.place(&party, &order("rice", 1, 1)).await.refused(409, "order_differs");
    until("both orders are counted", || async { (world.figure("dandan_orders_total").await == 2.0).then_some(()) }).await;
    assert_eq!(world.figure("dandan_problems_total{code=\"order_differs\"}").await, 1.0);
    assert_eq!(world.figure("dandan_orders_awaiting_payment").await, 1.0);
    assert_eq!(world.figure("dandan_kitchen_unseen_items").await, 1.0);
    assert!(world.figure("dandan_journal_commits").await >= before.0 + 2.0);
    let heads = world.heads().await;
    assert!(heads[0] > before.1[0]);
    for (name, head) in ["floor", "money", "catalog"].iter().zip(&heads) {
        let figure = world.figure(&format!("dandan_journal_seq{{stream=\"{name}\"}}")).await;
        assert_eq!(figure.to_string(), head.to_string(), "{name}");
    }
    let key = world.kitchen(&cook).await[0]["items"][0]["key"].clone();
    world.post("/kitchen/painted", &cook, json!({ "screen": "wok", "items": [key] })).await.ok(200);
    until("the item is seen", || async { (world.figure("dandan_kitchen_unseen_items").await == 0.0).then_some(()) }).await;
    let store = world.get("", "").await.ok(200);
    assert_eq!((&store["currency"], &store["demo"], &store["utc_offset_min"]), (&json!("CNY"), &json!(false), &json!(0)));
    let page = world.http.get(format!("{}/t/{}", world.server.url, world.code("a1"))).send().await;
    assert!(page.is_ok());
    // A retry is not another order.
    world.place(&party, &wish).await.ok(201);
    assert_eq!(world.figure("dandan_orders_total").await, 2.0);
}
