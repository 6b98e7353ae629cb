//! A store's home is moved while people order: nothing acknowledged is lost or there twice, and nobody decides who shouldn't.

use crate::boxes::{ask, is_open, same_ends, shop, sound_ends};
use crate::cloud::Cloud;
use crate::world::{Plan, Server, derived, open_in, order, until};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::process::Command;

/// Runs `dandan home move`.
async fn home_move(to: &str, data: &std::path::Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dandan"))
        .args(["home", "move", "--to", to, "--by", "wang", "--reason", "the shop gets a box", "--store"])
        .arg(crate::world::STORE.to_string())
        .arg("--data")
        .arg(data)
        .args(more)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap()
}

#[track_caller]
fn said(output: &Output, good: bool) -> String {
    let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.success(), good, "{words}");
    words
}

async fn join(code: &str, cloud: &str, folder: &std::path::Path) {
    let join = Command::new(env!("CARGO_BIN_EXE_dandan"))
        .args(["join", code, "--cloud", cloud, "--data"])
        .arg(folder)
        .output()
        .await
        .unwrap();
    said(&join, true);
}

/// Orders at both nodes in turn until told to stop, every wish sent again until there is a final answer; what was accepted.
async fn order_on(cloud: Arc<Cloud>, table: &'static str, enough: Arc<AtomicBool>) -> BTreeSet<String> {
    let (session, token) = cloud.join(table).await;
    let mut accepted = BTreeSet::new();
    for node in [0, 1].into_iter().cycle() {
        if enough.load(Ordering::Relaxed) {
            break;
        }
        let wish = order("rice", 1, 300);
        let key = wish["order"].as_str().unwrap();
        until("there is an answer", || async {
            let (status, answer) = cloud.post(node, &format!("/sessions/{session}/orders"), &token, key, &wish).await;
            assert!(matches!(status, 0 | 201 | 202 | 503), "{status} {answer}");
            (status == 201 || (enough.load(Ordering::Relaxed) && answer["code"] == "store_offline")).then_some(status)
        })
        .await
        .eq(&201)
        .then(|| accepted.insert(key.to_owned()));
    }
    accepted
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_moves_from_the_cloud_into_a_box_while_people_order() {
    let cloud = Arc::new(Cloud::start(2, &[]).await);
    let enough = Arc::new(AtomicBool::new(false));
    let guests: Vec<_> =
        ["a1", "a2", "a3"].map(|table| tokio::spawn(order_on(cloud.clone(), table, enough.clone()))).into_iter().collect();
    tokio::time::sleep(Duration::from_millis(700)).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap().to_owned();
    let more = ["--postgres", &cloud.url, "--folder", &to, "--wifi", "Laowang", "--lan-url", "https://shop.test"];
    let words = said(&home_move("box", cloud.folder.path(), &more).await, true);
    until("phones are told", || async {
        (ask(&cloud, 0, |http, base| http.get(format!("{base}/menu"))).await.1["code"] == "store_offline").then_some(())
    })
    .await;
    enough.store(true, Ordering::Relaxed);
    let mut accepted = BTreeSet::new();
    for guest in guests {
        accepted.extend(guest.await.unwrap());
    }
    assert!(accepted.len() > 20, "only {} orders", accepted.len());
    let at_the_move = cloud.orders().await;
    assert!(accepted.iter().all(|order| at_the_move.get(order) == Some(&1)), "an order is lost, or there twice");

    let code = words.split_once("dandan join ").unwrap().1.split(' ').next().unwrap();
    join(code, &cloud.nodes[1].url, folder.path()).await;
    let shop = open_in(folder, Plan::default(), &derived("signing")).await;
    is_open(&cloud).await;
    // Everything is there, phones go on with the tokens they have, and the next order is decided by the box.
    let (session, token) = cloud.join("a9").await;
    let wish = order("rice", 1, 300);
    let key = wish["order"].as_str().unwrap();
    let (status, answer) = cloud.post(0, &format!("/sessions/{session}/orders"), &token, key, &wish).await;
    assert_eq!(status, 201, "{answer}");
    shop.get(&format!("/sessions/{session}"), &token).await.ok(200);
    same_ends(&cloud, &shop).await;
    let there = cloud.orders().await;
    assert_eq!(there.len(), at_the_move.len() + 1);
    assert!(there.values().all(|times| *times == 1), "{there:?}");
    let other = tempfile::tempdir().unwrap();
    let more = ["--postgres", &cloud.url, "--folder", other.path().to_str().unwrap()];
    let again = said(&home_move("box", cloud.folder.path(), &more).await, false);
    assert!(again.contains("isn't decided in the cloud"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_hands_its_store_over_to_the_cloud_and_never_serves_it_again() {
    let (cloud, mut shop, _wire) = shop(2).await;
    is_open(&cloud).await;
    let party = shop.join("a1").await;
    for _ in 0..30 {
        shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    }
    let folder = shop.folder.path().to_path_buf();
    let refused = said(&home_move("cloud", &folder, &[]).await, false);
    assert!(refused.contains("stop the box first"), "{refused}");
    shop.kill().await;
    // What the cloud is told is kept by the side, as if its answer had been lost.
    let (told, fenced) = (folder.join("moving.txt"), folder.join("fenced.txt"));
    let kept = tokio::spawn(async move {
        until("the cloud is told", || std::future::ready(std::fs::read_to_string(&told).ok().filter(|text| !text.is_empty())))
            .await
    });
    let words = said(&home_move("cloud", &folder, &[]).await, true);
    assert!(words.contains("decided in the cloud now"), "{words}");
    let told = kept.await.unwrap();
    let heads: Vec<u64> = sound_ends(&*cloud.journal).await.iter().map(|head| head.seq).collect();
    let own = journal::SqliteJournal::open(&folder).unwrap();
    assert_eq!(heads, sound_ends(&own).await.iter().map(|head| head.seq).collect::<Vec<_>>());
    drop(own);
    // Phones go on where they were: same table, same token, now decided by whichever node.
    for node in [0, 1] {
        let wish = order("rice", 1, 300);
        let (status, view) = until("the cloud serves it", || async {
            let (status, view) = ask(&cloud, node, |http, base| {
                http.post(format!("{base}/sessions/{}/orders", party.session))
                    .bearer_auth(&party.token)
                    .header("idempotency-key", wish["order"].as_str().unwrap())
                    .json(&wish)
            })
            .await;
            (view["code"] != "store_offline").then_some((status, view))
        })
        .await;
        assert_eq!(status, 201, "{view}");
    }
    assert_eq!(cloud.orders().await.len(), 32);
    // The box serves nobody any more.
    let refused = Server::command(&folder, &Plan::default()).stderr(Stdio::piped()).output().await.unwrap();
    assert!(said(&refused, false).contains("decided in the cloud"), "{}", std::fs::read_to_string(&fenced).unwrap());
    // The answer was lost: told once more, the cloud says the same and takes nothing.
    std::fs::write(folder.join("moving.txt"), told).unwrap();
    said(&home_move("cloud", &folder, &[]).await, true);
    assert_eq!(cloud.orders().await.len(), 32);
    let (client, connection) = tokio_postgres::connect(&cloud.url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let why: String = client.query_one("SELECT what FROM cloud_act WHERE kind = 'home-why'", &[]).await.unwrap().get(0);
    assert!(why.contains("the shop gets a box"), "{why}");
    let secrets: Vec<u8> = client.query_one("SELECT locked FROM cloud_secret", &[]).await.unwrap().get(0);
    assert!(!String::from_utf8_lossy(&secrets).contains("signing"), "the keys lie open in the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_takes_no_store_that_nobody_handed_over() {
    let (cloud, shop, wire) = shop(1).await;
    is_open(&cloud).await;
    let url = format!("{}/box/{}/hand-over", cloud.nodes[0].url, crate::world::STORE);
    for told in ["", "DDM1.e30.AAAA", "x"] {
        let answer = cloud.http.post(&url).body(told).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{told}");
    }
    // The cloud has less than the box: it refuses, and the box is the home as before.
    wire.cut().await;
    let party = shop.join("a2").await;
    shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    let key = seal::NodeKey::read(&shop.folder.path().join("node.key")).unwrap();
    let ends: Vec<Value> = ["floor", "money", "catalog"]
        .iter()
        .map(|stream| json!({ "stream": stream, "epoch": 1, "seq": 1_000_000, "hash": "00".repeat(32) }))
        .collect();
    let keys = std::fs::read_to_string(shop.folder.path().join("keys.toml")).unwrap();
    let told = json!({ "store": crate::world::STORE, "time_zone": "UTC", "ends": ends, "keys": keys, "by": "x", "why": "y", "at_ms": 1 });
    let text = seal::seal(&key, "DDM1", told.to_string().as_bytes());
    let answer = cloud.http.post(&url).body(text).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "not_whole");
    wire.mend();
    same_ends(&cloud, &shop).await;
}
