//! A second box in the shop: it has every commit, takes over when a person says so, and the first one stops.

use crate::world::{Plan, Server, World, open, order, until};
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// A box that follows the test's shop.
struct Follower {
    folder: TempDir,
    child: Child,
}

impl Follower {
    async fn of(shop: &World) -> Follower {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(shop.folder.path().join("keys.toml"), folder.path().join("keys.toml")).unwrap();
        let child = follow(shop, folder.path());
        Follower { folder, child }
    }

    /// Ends following, as a person does before promoting.
    async fn stop(&mut self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        assert!(self.child.wait().await.unwrap().success());
    }
}

fn follow(shop: &World, folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_dandan"))
        .args(["follow", "--home", &shop.server.url, "--store", &crate::world::STORE.to_string(), "--data"])
        .arg(folder)
        .env("DANDAN_LOG", "info")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn dandan(words: &[&str], folder: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_dandan")).args(words).arg("--data").arg(folder).output().await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

/// The events of a stopped box's streams, every chain verified.
async fn events(folder: &Path) -> Vec<u64> {
    let journal = SqliteJournal::open(folder).unwrap();
    let mut seqs = Vec::new();
    for stream in Stream::ALL {
        let report = journal.verify(StreamKey::new(StoreKey(crate::world::STORE.0), stream), 0).await.unwrap();
        assert!(report.broken.is_none(), "{report:?}");
        seqs.push(report.head.seq);
    }
    seqs
}

async fn has_everything(shop: &World, follower: &mut Follower) {
    let heads = shop.heads().await;
    // Its journal can be looked at only while it doesn't run; a copy of the file can be read at any time.
    until("the follower has everything", || async {
        let copy = tempfile::tempdir().unwrap();
        let from = follower.folder.path().join(journal::DATABASE);
        journal::copy_file(&from, &copy.path().join(journal::DATABASE)).ok()?;
        (events(copy.path()).await == heads).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_takes_over_and_the_first_box_stops_when_it_hears() {
    let mut shop = open(Plan::default()).await;
    let mut follower = Follower::of(&shop).await;
    let party = shop.join("a1").await;
    for _ in 0..10 {
        shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    }
    has_everything(&shop, &mut follower).await;
    let sent = shop.heads().await;

    let (served, why) =
        dandan(&["serve", "--listen", "127.0.0.1:0", "--store", &crate::world::STORE.to_string()], follower.folder.path()).await;
    assert!(!served && why.contains("dandan promote"), "a follower doesn't serve: {why}");

    // The first box is only cut off and would go on: here it stays reachable, so that it can hear.
    let began = Instant::now();
    follower.stop().await;
    let (promoted, said) = dandan(&["promote", "--by", "wang", "--reason", "the first box smokes"], follower.folder.path()).await;
    assert!(promoted, "{said}");
    let new = Server::start(follower.folder.path(), &Plan::default()).await;
    println!("from the decision to serving again: {} ms", began.elapsed().as_millis());
    assert!(began.elapsed() < Duration::from_secs(30));
    let acts = std::fs::read_to_string(follower.folder.path().join("acts.jsonl")).unwrap();
    assert!(acts.contains("wang") && acts.contains("the first box smokes"), "{acts}");

    until("the first box stops", || async { shop.http.get(format!("{}/api/v1/health", shop.server.url)).send().await.err() })
        .await;
    let (served, why) =
        dandan(&["serve", "--listen", "127.0.0.1:0", "--store", &crate::world::STORE.to_string()], shop.folder.path()).await;
    assert!(!served && why.contains("Another box has taken this shop over"), "{why}");

    // Guests and staff go on where they were, with the tokens and codes they have.
    let old = std::mem::replace(&mut shop.server, new);
    assert_eq!(shop.heads().await, sent);
    shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    assert_eq!(shop.party(&party).await["orders"].as_array().unwrap().len(), 11);
    drop(old);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_catches_up_after_either_box_was_away() {
    let mut shop = open(Plan::default()).await;
    let mut follower = Follower::of(&shop).await;
    let party = shop.join("a1").await;
    shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    has_everything(&shop, &mut follower).await;
    follower.stop().await;
    for _ in 0..30 {
        shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    }
    shop.kill().await;
    shop.restart().await;
    follower.child = follow(&shop, follower.folder.path());
    has_everything(&shop, &mut follower).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_the_houses_keys_can_neither_follow_nor_stop_it() {
    let shop = open(Plan::default()).await;
    let key = format!("ed25519:{}", "ab".repeat(32));
    for path in [format!("/follower/{key}/{}", "0".repeat(40)), format!("/follower/{key}/00")] {
        let address = format!("{}{path}", shop.server.url.replacen("http", "ws", 1));
        assert!(tokio_tungstenite::connect_async(address).await.unwrap_err().to_string().contains("401"), "{path}");
    }
    for mark in ["0".repeat(40), "00".to_owned()] {
        let fence = shop.http.post(format!("{}/fence/9-9-9/{mark}", shop.server.url)).send().await.unwrap();
        assert_eq!(fence.status(), 401);
    }
    // Even with the keys: a box that is not above this one doesn't stop it.
    let mark =
        api::Signer::new(&crate::world::SIGNING).mark(&format!("{} is decided elsewhere under 0-0-0", crate::world::STORE), 20);
    let fence = shop.http.post(format!("{}/fence/0-0-0/{mark}", shop.server.url)).send().await.unwrap();
    assert_eq!(fence.status(), 403);
    assert_eq!(shop.health().await["status"], "ok");
}
