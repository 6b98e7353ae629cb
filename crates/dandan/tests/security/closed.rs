//! When something is missing, the house says no: a journal that fails, keys that are not there or not keys, a clock put back.

use crate::endpoints::endpoints;
use crate::inside::inside;
use crate::world::{Plan, SIGNING, STORE, Server, client, furnish, id, order, world};
use api::Signer;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// Everybody who may change something tries everything while nothing can be written: nobody hears that it was done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fail_closed_matrix() {
    let inside = inside().await;
    let url = inside.serve().await;
    // The document and good bodies come from a house that works.
    let model = world().await;
    let party = model.join("a1").await;
    let endpoints = endpoints(&model, &party).await;
    let http = client();
    let base = format!("{url}/api/v1/stores/{STORE}");
    let join = |table: &str| {
        let text = format!("table.{STORE}.{table}.1");
        let code = format!("{table}.1.{}", Signer::new(&SIGNING).mark(&text, 10));
        json!({ "code": code, "guest": id(), "name": null, "covers": 2, "session": id() })
    };
    let post = |path: String, token: String, body: Value| {
        let request = http.post(format!("{base}{path}")).header("idempotency-key", id()).bearer_auth(token).json(&body);
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
        }
    };
    let (status, joined) = post("/sessions/join".into(), String::new(), join("a1")).await;
    assert_eq!(status, 201, "{joined}");
    let guest = joined["token"].as_str().unwrap().to_owned();
    let session = joined["session"].as_str().unwrap().to_owned();
    let operator = || Signer::new(&SIGNING).operator_token(STORE, inside.app.store.now().at);

    inside.journal.cut(true);
    let heads = inside.app.store.heads();
    let mut unavailable = 0;
    let tries = [
        (format!("/sessions/{session}/orders"), guest.clone(), order("rice", 1, 300)),
        ("/sessions/join".to_owned(), String::new(), join("a2")),
        (format!("/sessions/{session}/calls"), guest.clone(), json!({ "call": id(), "reason": "water" })),
        ("/people/mallory".to_owned(), operator(), json!({ "name": "M", "role": "owner", "pin": "1234" })),
        ("/devices/pairing-codes".to_owned(), operator(), json!({})),
        ("/tables/a3/open".to_owned(), operator(), json!({ "session": id(), "covers": 2 })),
    ];
    for (path, token, body) in tries {
        let key = body["order"].as_str().map_or_else(id, str::to_owned);
        let request = http.post(format!("{base}{path}")).header("idempotency-key", key).bearer_auth(token).json(&body);
        let answer = tokio::time::timeout(Duration::from_secs(20), request.send()).await.unwrap().unwrap();
        let status = answer.status().as_u16();
        assert_eq!(status, 503, "{path}: {}", answer.text().await.unwrap());
        unavailable += 1;
    }
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.body.is_some()) {
        let path = endpoint.path.replace(&party.session, &session);
        let (status, body) = post(path.clone(), operator(), endpoint.body.clone().unwrap()).await;
        let changes_nothing =
            ["/quote", "/check", "/sign-in"].iter().any(|end| path.ends_with(end)) || endpoint.at.contains("/money/");
        assert!(status >= 400 || changes_nothing, "{path}: {status} {body}");
        assert!(status != 500 && !body.to_string().contains("sqlite"), "{path}: {body}");
        unavailable += u32::from(status == 503);
    }
    assert!(unavailable > 20, "{unavailable}");
    // The record of who did what is not made up either.
    let audit = http.get(format!("{base}/audit")).bearer_auth(operator()).send().await.unwrap();
    let (status, text) = (audit.status().as_u16(), audit.text().await.unwrap());
    assert!(status == 503 && !text.contains("cut off"), "{status} {text}");

    inside.journal.cut(false);
    assert_eq!(inside.app.store.heads(), heads);
}

fn run_on(folder: &Path, more: &[&str]) -> tokio::process::Command {
    let args = more.iter().map(|arg| (*arg).to_owned()).collect();
    Server::command(folder, &Plan { args, ..Plan::default() })
}

/// What the server says as it refuses to start.
async fn refuses(folder: &Path, more: &[&str]) -> String {
    let ran =
        tokio::time::timeout(Duration::from_secs(10), run_on(folder, more).output()).await.expect("it ends by itself").unwrap();
    assert!(!ran.status.success(), "it started");
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn config_refuses_defaults() {
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path(), &Plan::default()).await;
    let keys = folder.path().join("keys.toml");
    let good = std::fs::read_to_string(&keys).unwrap();
    let with = |text: &str, mode: u32| {
        std::fs::write(&keys, text).unwrap();
        std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let pepper = hex::encode(crate::world::PEPPER);
    for (text, mode, said) in [
        (good.as_str(), 0o644, "chmod 600"),
        (good.as_str(), 0o660, "chmod 600"),
        ("", 0o600, "keys.toml"),
        ("signing = \"\"\npepper = \"\"\n", 0o600, "keys.toml"),
        (&format!("signing = \"0011\"\npepper = \"{pepper}\"\n"), 0o600, "32 bytes"),
        (&format!("signing = \"changeme\"\npepper = \"{pepper}\"\n"), 0o600, "hexadecimal"),
        (&format!("{good}\nmore = 1\n"), 0o600, "keys.toml"),
    ] {
        with(text, mode);
        let log = refuses(folder.path(), &[]).await;
        assert!(log.contains(said) || log.contains("keys.toml"), "{said}: {log}");
        assert!(!log.contains(&pepper), "a secret is told: {log}");
    }
    with(&good, 0o600);
    let server = Server::start(folder.path(), &Plan::default()).await;
    drop(server);
}

/// A folder with a journal and without its keys is not opened with new ones: every PIN and every code on a table would be void.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_keys_are_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path(), &Plan::default()).await;
    std::fs::remove_file(folder.path().join("keys.toml")).unwrap();
    let log = refuses(folder.path(), &[]).await;
    assert!(log.contains("keys.toml"), "{log}");
    assert!(!folder.path().join("keys.toml").exists());
}

/// A damaged journal is not served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_journal_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path(), &Plan::default()).await;
    let path = folder.path().join(journal::DATABASE);
    let mut bytes = std::fs::read(&path).unwrap();
    let length = bytes.len();
    for at in (100..length).step_by(97) {
        bytes[at] ^= 0x55;
    }
    std::fs::write(&path, bytes).unwrap();
    let log = refuses(folder.path(), &[]).await;
    assert!(!log.is_empty() && !log.contains("panicked"), "{log}");
}

/// Refused acts leave a trace: in the server's log who was refused what, in the journal who asked for a second person and what came of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audit_events_present() {
    let world = world().await;
    let (party, lead, manager) = (world.join("a1").await, world.staff("lead").await, world.staff("manager").await);
    let (owner, cook) = (world.staff("owner").await, world.staff("cook").await);
    let placed = order("rice", 1, 300);
    world.place(&party, &placed).await.ok(201);
    let line = placed["lines"][0]["line"].as_str().unwrap();
    let ask = |approval: &str| {
        let act = json!({ "act": "comp", "session": party.session, "line": line });
        json!({ "approval": approval, "act": act, "reason": "late" })
    };
    let (refused, given) = (id(), id());
    world.post("/approvals", &lead, ask(&refused)).await.ok(200);
    world.post(&format!("/approvals/{refused}/refuse"), &manager, json!({ "reason": "no" })).await.ok(200);
    world.post("/approvals", &lead, ask(&given)).await.ok(200);
    // Nobody says yes to themselves.
    world.post(&format!("/approvals/{given}/give"), &lead, json!({})).await.is_refusal();
    world.post(&format!("/approvals/{given}/give"), &manager, json!({})).await.ok(200);
    world.post("/day/close", &cook, json!({ "accept_unmatched": true })).await.refused(403, "not_allowed");
    world.post("/people/cook/end", &lead, json!({})).await.refused(403, "not_allowed");
    let device = world.device().await;
    world.post("/staff/sign-in", &device, json!({ "staff": "owner", "pin": "0000" })).await.refused(401, "wrong_pin");

    let audit: Value = world.get("/audit?limit=200", &owner).await.ok(200);
    let entries = audit["entries"].as_array().unwrap();
    let by = |kind: &str, staff: &str| {
        entries.iter().any(|entry| entry["kind"] == kind && entry["staff"].as_str() == Some(staff) && entry["device"].is_string())
    };
    let kinds: Vec<_> = entries.iter().map(|entry| (entry["kind"].clone(), entry["staff"].clone())).collect();
    assert!(by("ApprovalAsked", "lead") && by("ApprovalRefused", "manager") && by("LineComped", "manager"), "{kinds:?}");
    let log = world.server.log.lock().unwrap().clone();
    for (who, what) in
        [("staff=cook", "Day"), ("staff=lead", "Publish"), ("staff=owner", "wrong PIN"), ("staff=lead", "right PIN")]
    {
        assert!(log.lines().any(|line| line.contains(who) && line.contains(what)), "{who} {what}\n{log}");
    }
}
