//! Getting in as somebody of the house: PINs guessed, codes for pairing guessed or used twice, a fresh house with nobody in it.

use crate::world::{PIN, Plan, Server, client, id, world};
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pin_bruteforce_20000() {
    let world = world().await;
    let device = world.device().await;
    let names = ["owner", "manager", "lead", "nobody"];
    let guesses = (0..20_000_usize).map(|n| (names[n % names.len()], format!("{:05}", n * 3)));
    let guesses = guesses.filter(|(_, pin)| pin != PIN).collect::<Vec<_>>();
    let (world_, device_) = (&world, &device);
    let tries = guesses.iter().map(|(staff, pin)| async move {
        let answer = world_.post("/staff/sign-in", device_, json!({ "staff": staff, "pin": pin })).await;
        answer.is_refusal();
        answer.body["code"].as_str().unwrap().to_owned()
    });
    let mut counted: BTreeMap<String, u32> = BTreeMap::new();
    let mut answers = futures::stream::iter(tries).buffer_unordered(32);
    while let Some(code) = answers.next().await {
        *counted.entry(code).or_default() += 1;
    }
    drop(answers);
    // Five PINs a minute were looked at, and none of them was right.
    let looked_at = counted.remove("wrong_pin").unwrap();
    assert!((5..=15).contains(&looked_at), "{looked_at}");
    assert_eq!(counted, BTreeMap::from([("too_many_attempts".to_owned(), u32::try_from(guesses.len()).unwrap() - looked_at)]));
    // Nor is the right one, until the wait is over.
    let waiting = world.post("/staff/sign-in", &device, json!({ "staff": "owner", "pin": PIN })).await;
    assert!(waiting.retry_after.is_some_and(|s| (1..=60).contains(&s)), "{:?}", waiting.retry_after);
    waiting.refused(429, "too_many_attempts");
    let log = world.server.log.lock().unwrap().clone();
    assert!(log.contains("too many PINs tried") && log.contains("wrong PIN"), "{log}");
    assert!(!log.contains("00003") || !log.contains("pin=00003"), "no PIN is written down");
}

/// A PIN is worth nothing away from a paired device.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pin_without_device_key_fails() {
    let world = world().await;
    let (party, owner) = (world.join("a1").await, world.staff("owner").await);
    let sign_in = json!({ "staff": "owner", "pin": PIN });
    for token in ["", "x", &party.token, &owner, &world.seal(&format!("d.{}.{}", crate::world::STORE, id()))] {
        world.post("/staff/sign-in", token, sign_in.clone()).await.refused(401, "not_signed_in");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pairing_code_rules() {
    let world = world().await;
    let manager = world.staff("manager").await;
    let mut seen = std::collections::BTreeSet::new();
    let mut last = Value::Null;
    for _ in 0..50 {
        last = world.post("/devices/pairing-codes", &manager, json!({})).await.ok(201);
        let code = last["code"].as_str().unwrap();
        assert!(code.len() >= 12 && seen.insert(code.to_owned()), "48 bits, and never the same");
    }
    let lasts_ms = last["until"].as_i64().unwrap() - now_ms(&world).await;
    assert!((1..=600_000).contains(&lasts_ms), "{lasts_ms} ms");
    let pair = |code: &str| {
        let body = json!({ "code": code, "name": "x" });
        let world = &world;
        async move { world.post("/devices/pair", "", body).await }
    };
    let code = last["code"].as_str().unwrap();
    for wrong in ["", "0", &code[1..], &format!("{code}0"), &code.to_uppercase().replace(|c: char| c.is_ascii_digit(), "1")] {
        pair(wrong).await.refused(409, "pairing_code_unknown");
    }
    pair(code).await.ok(201);
    pair(code).await.refused(409, "pairing_code_unknown");
    for _ in 0..300 {
        pair(&id()[..12]).await.refused(409, "pairing_code_unknown");
    }
    for role in ["waiter", "cashier", "cook", "lead", "support"] {
        let token = world.staff(role).await;
        world.post("/devices/pairing-codes", &token, json!({})).await.refused(403, "not_allowed");
    }
}

async fn now_ms(world: &crate::world::World) -> i64 {
    let party = world.join("a30").await;
    let mut feed = world.feed(&format!("/sessions/{}/feed", party.session), &party.token, None).await;
    feed.next().await.unwrap().body["at"].as_i64().unwrap()
}

/// A house nobody has set up yet has no users, no devices, and keys of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fresh_install_has_no_users() {
    let mut keys = Vec::new();
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), &Plan::default()).await;
        let base = format!("{}/api/v1/stores/{}", server.url, crate::world::STORE);
        let http = client();
        for path in ["/staff", "/people", "/floor", "/devices"] {
            assert_eq!(http.get(format!("{base}{path}")).send().await.unwrap().status(), 401, "{path}");
        }
        for code in ["", "pair-me", "0000", "12345678", "demo"] {
            let pair = http.post(format!("{base}/devices/pair")).header("idempotency-key", id());
            let status = pair.json(&json!({ "code": code, "name": "x" })).send().await.unwrap().status();
            assert_eq!(status, 409, "{code}");
        }
        let health: Value = http.get(format!("{}/api/v1/health", server.url)).send().await.unwrap().json().await.unwrap();
        assert_eq!(health["heads"][2], 0, "nothing is in the catalog: {health}");
        let file = folder.path().join("keys.toml");
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        keys.push(std::fs::read_to_string(file).unwrap());
    }
    assert_ne!(keys[0], keys[1]);
}
