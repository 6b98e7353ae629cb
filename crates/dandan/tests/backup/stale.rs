//! An old journal is not served as if nothing had happened.

use crate::hands::{anchor, checked, dandan, key, serve, serve_refused, word};
use crate::world::{World, order, world};
use journal::{DATABASE, Stream};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

const ACCEPT: &str = "--accept-older-journal";

async fn sell(world: &World, portions: u16) {
    let party = world.join("a1").await;
    world.place(&party, &order("rice", portions, 300)).await.ok(201);
}

/// Puts another journal into a folder, as somebody does who copies files.
fn put(journal: &Path, data: &Path) {
    for file in [DATABASE.to_owned(), format!("{DATABASE}-wal"), format!("{DATABASE}-shm")] {
        let _ = std::fs::remove_file(data.join(file));
    }
    std::fs::copy(journal.join(DATABASE), data.join(DATABASE)).unwrap();
}

/// A stopped house that went on after its journal was copied: what it was, and the older copy.
async fn with_an_older_copy() -> (World, TempDir) {
    let mut world = world().await;
    sell(&world, 1).await;
    world.server.terminate().await;
    let copy = tempfile::tempdir().unwrap();
    put(world.folder.path(), copy.path());
    world.restart().await;
    sell(&world, 2).await;
    world.server.terminate().await;
    (world, copy)
}

fn floor(data: &Path) -> journal::Head {
    checked(data).streams.iter().find(|stream| stream.key == key(Stream::Floor)).unwrap().head
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_journal_is_served_only_when_somebody_says_so() {
    let (world, copy) = with_an_older_copy().await;
    let (data, newer) = (world.folder.path(), floor(world.folder.path()));
    put(copy.path(), data);
    let older = floor(data);
    assert!(older.seq < newer.seq);

    let said = serve_refused(&world, &[]).await;
    let heads = [format!("floor {} (epoch {}", newer.seq, newer.epoch), format!("floor {} (epoch {}", older.seq, older.epoch)];
    assert!(heads.iter().all(|head| said.contains(head)) && said.contains(ACCEPT) && said.contains("dandan restore"), "{said}");
    assert_eq!(floor(data), older, "nothing was changed");
    let said = dandan(&["verify", "--data", word(data)]).await.refused();
    assert!(said.contains("older than this house has been"), "{said}");
    assert!(serve_refused(&world, &[ACCEPT, " "]).await.contains("needs a reason"));

    let served = serve(&world, &[ACCEPT, "disk died; last night's copy is all there is"]).await;
    assert!(served.log.lock().unwrap().contains("an older journal is served because somebody said so"));
    served.kill().await;
    let record = anchor(data)["records"][0].clone();
    assert_eq!(record["what"], "accepted_older_journal");
    assert_eq!(record["reason"], "disk died; last night's copy is all there is");
    let known = record["before"].as_array().unwrap().iter().find(|head| head["stream"] == "floor").unwrap();
    assert_eq!((&known["seq"], &known["epoch"]), (&json!(newer.seq), &json!(newer.epoch)));
    assert!(floor(data).epoch > newer.epoch, "the lost history's epochs are over");
    serve(&world, &[]).await.kill().await;

    // The option left in a start script doesn't accept the next old copy.
    put(copy.path(), data);
    let said = serve_refused(&world, &[ACCEPT, "disk died; last night's copy is all there is"]).await;
    assert!(said.contains("this very reason before"), "{said}");
    serve(&world, &[ACCEPT, "again, on purpose"]).await.kill().await;
    assert_eq!(anchor(data)["records"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_history_of_the_same_length_is_refused() {
    let (mut world, copy) = with_an_older_copy().await;
    // The copy went on by itself somewhere else, and further than the house.
    let house = std::mem::replace(&mut world.folder, copy);
    std::fs::copy(house.path().join("keys.toml"), world.folder.path().join("keys.toml")).unwrap();
    world.restart().await;
    for portions in 1..8 {
        sell(&world, portions).await;
    }
    world.server.terminate().await;
    let copy = std::mem::replace(&mut world.folder, house);
    assert!(floor(copy.path()).seq > floor(world.folder.path()).seq);
    put(copy.path(), world.folder.path());
    let said = serve_refused(&world, &[]).await;
    assert!(said.contains("another history") || said.contains("missing"), "{said}");
    assert!(said.contains("another history"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_journal_and_a_damaged_anchor_are_refused() {
    let (world, _copy) = with_an_older_copy().await;
    let data = world.folder.path();
    let kept = tempfile::tempdir().unwrap();
    put(data, kept.path());
    std::fs::remove_file(data.join(DATABASE)).unwrap();
    assert!(serve_refused(&world, &[]).await.contains("floor 0 (epoch 0"));
    put(kept.path(), data);

    let path = data.join("anchor.json");
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let said = serve_refused(&world, &[]).await;
        assert!(said.contains("anchor") && said.contains(ACCEPT), "byte {at}: {said}");
    }
    serve(&world, &[ACCEPT, "the anchor's disk is old"]).await.kill().await;
    assert!(anchor(data)["records"][0]["reason"].as_str().unwrap().starts_with("the anchor's disk is old (the anchor"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anchor_elsewhere_knows_when_the_whole_folder_is_an_old_copy() {
    let mut world = world().await;
    sell(&world, 1).await;
    world.server.terminate().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let place = elsewhere.path().join("house-anchor.json");
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(world.folder.path()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    // Every start moves the epochs on, and the anchor notes that at once.
    serve(&world, &["--anchor", word(&place)]).await.kill().await;
    let _newer = std::mem::replace(&mut world.folder, copy);
    let said = serve_refused(&world, &["--anchor", word(&place)]).await;
    assert!(said.contains("an older copy") && said.contains("house-anchor.json"), "{said}");
    // Its own anchor is as old as it is: that is why there can be one elsewhere.
    serve(&world, &[]).await.kill().await;
    assert!(serve_refused(&world, &["--anchor", word(&elsewhere.path().join("no/such/folder/a.json"))]).await.contains("anchor"));
}
