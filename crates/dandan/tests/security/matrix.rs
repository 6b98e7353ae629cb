//! Who may ask what: every operation of the document for everybody there is, kept as a table in `docs/access.md`.

use crate::endpoints::{Endpoint, endpoints};
use crate::world::{Party, ROLES, STORE, World, id, order, select, world};
use futures::StreamExt;
use serde_json::{Value, json};
use std::fmt::Write;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/access.md");

/// What became of a request at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// It came through to the house's rules, whatever those said.
    Open,
    /// Known, and not allowed.
    Closed,
    /// Nobody known.
    Stranger,
    /// It came through, and asked for what can't be.
    Unread,
}

async fn knock(world: &World, endpoint: &Endpoint, token: &str) -> Door {
    let request = world.request(endpoint.method.clone(), &endpoint.path, token).header("idempotency-key", id());
    let request = if let Some(body) = &endpoint.body { request.json(body) } else { request };
    let response = request.send().await.unwrap();
    let (status, kind) = (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap().to_owned());
    if kind.starts_with("text/event-stream") {
        return Door::Open;
    }
    let body: Value = response.json().await.unwrap();
    assert!(status < 500, "{} {}: {status} {body}", endpoint.method, endpoint.at);
    match body["code"].as_str() {
        Some("not_signed_in") => Door::Stranger,
        Some("not_allowed") => Door::Closed,
        Some("malformed" | "key_missing" | "wrong_type") => Door::Unread,
        _ => Door::Open,
    }
}

/// Where a body of the right form is not enough to be read.
fn body_for(at: &str, session: &str) -> Option<Value> {
    match at {
        "/approvals" => {
            let act = json!({ "act": "comp", "session": session, "line": id() });
            Some(json!({ "approval": id(), "act": act, "reason": "x" }))
        }
        "/print" => Some(json!({ "job": id(), "slip": { "slip": "pre_bill", "session": session }, "printer": "none" })),
        "/people/{id}" => Some(json!({ "name": "x", "role": "waiter", "pin": "1234" })),
        _ => None,
    }
}

/// Another device of the house, paired by the manager.
async fn second_device(world: &World, manager: &str) -> (String, String) {
    let code = world.post("/devices/pairing-codes", manager, json!({})).await.ok(201)["code"].clone();
    let paired = world.post("/devices/pair", "", json!({ "code": code, "name": "second" })).await.ok(201);
    (paired["device"].as_str().unwrap().to_owned(), paired["token"].as_str().unwrap().to_owned())
}

/// Tokens that were good once, or are good elsewhere.
async fn void_tokens(world: &World, manager: &str) -> Vec<(&'static str, String)> {
    let hire = json!({ "name": "x", "role": "owner", "pin": "4711" });
    let owner = world.staff("owner").await;
    world.post("/people/gone", &owner, hire).await.ok(200);
    let (lost, lost_token) = second_device(world, manager).await;
    let sign_in = async |device: &str, staff: &str, pin: &str| {
        let signed = world.post("/staff/sign-in", device, json!({ "staff": staff, "pin": pin })).await.ok(200);
        signed["token"].as_str().unwrap().to_owned()
    };
    let gone = sign_in(&world.device().await, "gone", "4711").await;
    let on_lost = sign_in(&lost_token, "owner", crate::world::PIN).await;
    world.post("/people/gone/end", &owner, json!({})).await.ok(200);
    world.post(&format!("/devices/{lost}/unpair"), &owner, json!({})).await.ok(200);
    let (body, _) = owner.rsplit_once('.').unwrap();
    let part = |n: usize, with: &str| {
        let mut parts: Vec<&str> = body.split('.').collect();
        parts[n] = with;
        world.seal(&parts.join("."))
    };
    let other = id();
    vec![
        ("another store's", part(1, &other)),
        ("a former owner's", gone),
        ("an owner's on a device that was signed out", on_lost),
        ("an expired one", part(4, "1")),
        ("one of before the PIN was changed", part(5, "00000000")),
        ("a lost device's", lost_token),
        ("a device's of another store", world.seal(&format!("d.{other}.{}", id()))),
        ("a guest's of another store", world.seal(&format!("g.{other}.{}.{}", id(), id()))),
        ("an old operator's", world.seal(&format!("o.{STORE}.1"))),
        ("an edited one", owner.replacen("s.", "o.", 1)),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn role_matrix_full() {
    let world = world().await;
    let (party, other) = (world.join("a1").await, world.join("a2").await);
    // So that neither the party nor the day can close under the test.
    world.place(&party, &order("rice", 1, 300)).await.ok(201);
    let mut endpoints = endpoints(&world, &party).await;
    for endpoint in &mut endpoints {
        if let Some(body) = body_for(&endpoint.at, &party.session) {
            endpoint.body = Some(body);
        }
    }
    let mut who = vec![
        ("nobody", String::new()),
        ("device", world.device().await),
        ("diner", party.token.clone()),
        ("other diner", other.token.clone()),
    ];
    for (name, _) in ROLES {
        who.push((name, world.staff(name).await));
    }
    let manager = world.staff("manager").await;
    let void = void_tokens(&world, &manager).await;

    let mut table = String::from(concat!(
        "# 谁能调用什么 Who may ask what\n\n",
        "Every operation of `openapi.json`, asked by everybody, as the server answers; written by its test ",
        "(`UPDATE_GOLDEN=1 cargo test -p dandan --test security matrix`), which fails when an operation is added and this table is not.\n\n",
        "✓ through to the house's rules · ✗ known, and not allowed (403) · – not signed in (401). ",
        "*diner* asks for their own party, *other diner* for somebody else's.\n\n",
    ));
    let heads: Vec<&str> = who.iter().map(|(name, _)| *name).collect();
    writeln!(table, "| operation | {} |\n|--|{}", heads.join(" | "), "--|".repeat(heads.len())).unwrap();
    for endpoint in &endpoints {
        write!(table, "| {} `{}` |", endpoint.method, endpoint.at).unwrap();
        for (name, token) in &who {
            let mark = match knock(&world, endpoint, token).await {
                // Who may next to nothing tells whether the right is looked at before the rest.
                Door::Unread if *name == "support" => panic!("{} {} can't be read", endpoint.method, endpoint.at),
                Door::Open | Door::Unread => "✓",
                Door::Closed => "✗",
                Door::Stranger => "–",
            };
            write!(table, " {mark} |").unwrap();
        }
        table.push('\n');
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(TABLE, &table).unwrap();
    }
    let written = std::fs::read_to_string(TABLE).unwrap_or_default();
    let differs = table.lines().zip(written.lines()).find(|(now, then)| now != then);
    assert!(written == table, "docs/access.md says something else; first: {differs:?}");

    // A token that is void opens nothing, anywhere.
    let world = &world;
    let tries = endpoints.iter().filter(|endpoint| endpoint.signed).flat_map(|endpoint| {
        void.iter().map(move |(name, token)| async move {
            assert_eq!(knock(world, endpoint, token).await, Door::Stranger, "{name} at {}", endpoint.at);
        })
    });
    let tried = futures::stream::iter(tries).buffer_unordered(16).count().await;
    assert!(tried > 1000, "{tried}");
}

/// What the kitchen's and the floor's feeds don't say about open paths is that they are also WebSockets: see `web::ws_origin`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_partys_things_are_unknown_to_a_diner() {
    let world = world().await;
    let (party, other) = (world.join("a1").await, world.join("a2").await);
    let theirs = order("rice", 1, 300);
    world.place(&other, &theirs).await.ok(201);
    world.place(&party, &order("soup", 1, 1200)).await.ok(201);
    let in_cart = select("rice", 1);
    let put = world.post(&format!("/sessions/{}/cart/lines", other.session), &other.token, json!({ "line": in_cart })).await;
    put.ok(200);
    let before = (world.heads().await, world.party(&other).await);
    let (line, theirs) = (theirs["lines"][0]["line"].as_str().unwrap(), theirs["order"].as_str().unwrap());
    let mine = |end: String| format!("/sessions/{}/{end}", party.session);
    world.get(&mine(format!("orders/{theirs}")), &party.token).await.refused(404, "order_unknown");
    let cart_line = in_cart["line"].as_str().unwrap();
    for (path, body, code) in [
        (format!("orders/{theirs}/cancel"), json!({}), "order_unknown"),
        (format!("lines/{line}/rush"), json!({}), "line_unknown"),
        (format!("cart/lines/{cart_line}/quantity"), json!({ "quantity": 2 }), "line_unknown"),
        (format!("payments/{}/check", id()), json!({}), "payment_unknown"),
        (format!("payments/{}/cancel", id()), json!({}), "payment_unknown"),
    ] {
        world.post(&mine(path), &party.token, body).await.refused(404, code);
    }
    let pay = json!({ "ask": id(), "way": "wechat_native", "amount": 300, "order": theirs });
    world.post(&mine("payments".to_owned()), &party.token, pay).await.is_refusal();
    let Party { session, .. } = &other;
    for path in ["", "/feed", "/ways", "/pay-code", &format!("/orders/{theirs}")] {
        world.get(&format!("/sessions/{session}{path}"), &party.token).await.refused(403, "not_allowed");
    }
    assert_eq!((world.heads().await, world.party(&other).await), before);
}

/// What is asked for is told alike whether it is somebody else's or nobody's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walking_numbers_finds_nothing() {
    let world = world().await;
    let (party, other) = (world.join("a1").await, world.join("a2").await);
    let theirs = order("rice", 1, 300);
    world.place(&other, &theirs).await.ok(201);
    let world = &world;
    let ask = |path: String| {
        let token = &party.token;
        async move { world.get(&path, token).await }
    };
    let known = ask(format!("/sessions/{}/orders/{}", party.session, theirs["order"].as_str().unwrap())).await.body;
    let orders = (0..10_000).map(|_| ask(format!("/sessions/{}/orders/{}", party.session, id())));
    let mut answers = futures::stream::iter(orders).buffer_unordered(32);
    while let Some(answer) = answers.next().await {
        assert_eq!((answer.status, &answer.body), (404, &known));
    }
    drop(answers);
    let known = ask(format!("/sessions/{}", other.session)).await.body;
    for _ in 0..200 {
        assert_eq!(ask(format!("/sessions/{}", id())).await.refused(403, "not_allowed"), known);
    }
    // Numbers people can guess are no addresses.
    for short in ["1", "A001", "a1-001", "00000000000000000000000000000001"] {
        ask(format!("/sessions/{}/orders/{short}", party.session)).await.is_refusal();
    }
}
