//! Secrets stay where they belong: searched for in the journal, the log, the figures and every refusal, after an evening with everything on.

use crate::till::till;
use crate::world::{PEPPER, SIGNING, id, order, send};
use reqwest::Method;
use serde_json::json;
use std::path::Path;

const LONG_PIN: &str = "86420975";
const WRONG_PIN: &str = "97531864";
const WALLET: &str = "134567890187654321";
const CARD: &str = "6222021234567890128";

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_file());
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap())).collect()
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn canary_secret_absent() {
    let mut till = till().await;
    till.world.plan.log = "trace,hyper=info,mio=info,tokio_util=info";
    till.world.kill().await;
    till.world.restart().await;
    let world = &till.world;
    let merchant: toml::Table = std::fs::read_to_string(&till.sim.merchant.config).unwrap().parse().unwrap();
    let secret_of = |part: &str, name: &str| merchant[part][name].as_str().unwrap().to_owned();
    let mut said = String::new();

    let owner = world.staff("owner").await;
    world.post("/people/canary", &owner, json!({ "name": "C", "role": "cashier", "pin": LONG_PIN })).await.ok(200);
    let device = world.device().await;
    let pin = |pin: &str| json!({ "staff": "canary", "pin": pin });
    said += &world.post("/staff/sign-in", &device, pin(WRONG_PIN)).await.refused(401, "wrong_pin").to_string();
    let cashier = world.post("/staff/sign-in", &device, pin(LONG_PIN)).await.ok(200)["token"].as_str().unwrap().to_owned();
    let code = world.post("/devices/pairing-codes", &owner, json!({})).await.ok(201)["code"].as_str().unwrap().to_owned();
    world.post("/devices/pair", "", json!({ "code": code, "name": "till" })).await.ok(201);
    let party = till.hungry().await;
    let login = json!({ "js_code": "canary-js-code-1" });
    let openid = till.post(&party, "wechat-login", &party.token, login).await.ok(200)["openid"].as_str().unwrap().to_owned();
    // A card's number has no place here, and where somebody types one all the same it must not stay.
    for (path, token, body) in [
        ("code-payments", &cashier, json!({ "ask": id(), "auth_code": WALLET, "amount": 1 })),
        ("code-payments", &cashier, json!({ "ask": id(), "auth_code": CARD, "amount": 600 })),
        ("payments", &party.token, json!({ "ask": id(), "way": "wechat_jsapi", "amount": 1, "payer": openid })),
        ("void", &owner, json!({ "reason": "x", "approver": { "staff": "canary", "pin": WRONG_PIN } })),
    ] {
        said += &till.post(&party, path, token, body).await.body.to_string();
    }
    let line = order("soup", 1, 1200);
    world.place(&party, &line).await.ok(201);
    let void = format!("/sessions/{}/lines/{}/void", party.session, line["lines"][0]["line"].as_str().unwrap());
    for pin in [WRONG_PIN, LONG_PIN] {
        let body = json!({ "reason": "x", "approver": { "staff": "canary", "pin": pin } });
        said += &world.post(&void, &owner, body).await.body.to_string();
    }
    let paid = json!({ "ask": id(), "auth_code": WALLET, "amount": 600, "partial": true });
    till.post(&party, "code-payments", &cashier, paid).await;
    // Everything said in refusals, with a token in each place where none belongs.
    for path in [format!("/floor?token={owner}"), format!("/people/{LONG_PIN}?pin={LONG_PIN}"), format!("/x/{owner}")] {
        let request = world.request(Method::GET, &path, "");
        said += &send(request).await.body.to_string().replace(&owner, "").replace(LONG_PIN, "");
    }
    let figures = world.http.get(format!("{}/metrics", world.server.url)).send().await.unwrap().text().await.unwrap();
    till.world.server.terminate().await;

    let secrets = [
        ("the signing key", hex::encode(SIGNING)),
        ("the pepper", hex::encode(PEPPER)),
        ("WeChat Pay's key", secret_of("wechat", "api_v3_key")),
        ("the mini-program's secret", secret_of("wechat", "app_secret")),
        ("a PIN", LONG_PIN.to_owned()),
        ("a wrong PIN", WRONG_PIN.to_owned()),
        ("a wallet's code", WALLET.to_owned()),
        ("a card's number", CARD.to_owned()),
        ("a sign-in code of WeChat", "canary-js-code-1".to_owned()),
        ("a payer's id", openid),
        ("an owner's token", owner),
        ("a cashier's token", cashier),
        ("a guest's token", party.token.clone()),
        ("a device's token", device),
        ("a code for pairing", code),
    ];
    let log = till.world.server.log.lock().unwrap().clone();
    assert!(log.len() > 2_000, "the log says much: {} bytes", log.len());
    let kept = files(till.world.folder.path());
    assert!(kept.iter().any(|(name, bytes)| name == journal::DATABASE && bytes.len() > 20_000));
    for (what, secret) in &secrets {
        for (name, bytes) in kept.iter().filter(|(name, _)| name != "keys.toml") {
            assert!(!holds(bytes, secret), "{what} is in {name}");
        }
        assert!(!log.contains(secret), "{what} is in the log:\n{}", log.lines().find(|line| line.contains(secret)).unwrap());
        assert!(!figures.contains(secret), "{what} is in the figures");
        assert!(!said.contains(secret), "{what} is in a refusal");
    }
    // Hashes of PINs are slow ones, salted, and their secret is elsewhere.
    let database = &kept.iter().find(|(name, _)| name == journal::DATABASE).unwrap().1;
    let wal = kept.iter().find(|(name, _)| name.ends_with("-wal")).map(|(_, bytes)| bytes.as_slice()).unwrap_or_default();
    assert!(holds(database, "$argon2id$v=19$m=") || holds(wal, "$argon2id$v=19$m="));
}
