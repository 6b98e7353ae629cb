//! How long somebody stays signed in: whoever is let go, changes role, gets another PIN or loses the device is out at once, on feeds too.

use crate::world::{Feed, World, id, order, until, world};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A member of staff on a device of their own, listening in both ways.
struct Listener {
    token: String,
    device: String,
    device_token: String,
    feed: Feed,
    socket: Socket,
}

async fn listener(world: &World, owner: &str, name: &str) -> Listener {
    let hire = json!({ "name": name, "role": "waiter", "pin": "2468" });
    world.post(&format!("/people/{name}"), owner, hire).await.ok(200);
    let code = world.post("/devices/pairing-codes", owner, json!({})).await.ok(201)["code"].clone();
    let paired = world.post("/devices/pair", "", json!({ "code": code, "name": name })).await.ok(201);
    let device_token = paired["token"].as_str().unwrap().to_owned();
    let token = sign_in(world, &device_token, name, "2468").await;
    let mut feed = world.feed("/floor/feed", &token, None).await;
    feed.next_news().await.unwrap();
    let url = format!("{}/floor/feed/ws", world.base()).replace("http://", "ws://");
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    socket.send(Message::text(json!({ "token": token, "after": null }).to_string())).await.unwrap();
    let first = socket.next().await.unwrap().unwrap();
    assert!(first.to_text().unwrap().contains("snapshot"));
    Listener { token, device: paired["device"].as_str().unwrap().to_owned(), device_token, feed, socket }
}

async fn sign_in(world: &World, device: &str, name: &str, pin: &str) -> String {
    let signed = world.post("/staff/sign-in", device, json!({ "staff": name, "pin": pin })).await.ok(200);
    signed["token"].as_str().unwrap().to_owned()
}

impl Listener {
    /// Both feeds end before they say anything that happens from now on.
    async fn hears_no_more(&mut self, world: &World, table: &str, code: &str) {
        let started = Instant::now();
        let party = world.join(table).await;
        world.place(&party, &order("rice", 1, 300)).await.ok(201);
        while let Some(frame) = self.feed.next().await {
            assert!(!frame.body.to_string().contains(&party.session), "heard of {table}");
        }
        let mut last = Value::Null;
        while let Some(Ok(message)) = self.socket.next().await {
            let Ok(text) = message.to_text() else { break };
            assert!(!text.contains(&party.session), "heard of {table}");
            last = serde_json::from_str(text).unwrap_or(last);
        }
        assert_eq!(last["code"], code, "{last}");
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_lifecycle() {
    let world = world().await;
    let owner = world.staff("owner").await;

    let mut let_go = listener(&world, &owner, "ann").await;
    world.post("/people/ann/end", &owner, json!({})).await.ok(200);
    world.get("/floor", &let_go.token).await.refused(401, "not_signed_in");
    let_go.hears_no_more(&world, "a1", "not_signed_in").await;
    let again = world.post("/staff/sign-in", &let_go.device_token, json!({ "staff": "ann", "pin": "2468" })).await;
    again.refused(401, "wrong_pin");

    let mut unpaired = listener(&world, &owner, "bob").await;
    world.post(&format!("/devices/{}/unpair", unpaired.device), &owner, json!({})).await.ok(200);
    world.get("/floor", &unpaired.token).await.refused(401, "not_signed_in");
    world.get("/staff", &unpaired.device_token).await.refused(401, "not_signed_in");
    unpaired.hears_no_more(&world, "a2", "not_signed_in").await;

    let mut demoted = listener(&world, &owner, "cyd").await;
    world.post("/people/cyd", &owner, json!({ "name": "cyd", "role": "support", "pin": null })).await.ok(200);
    world.get("/floor", &demoted.token).await.refused(403, "not_allowed");
    demoted.hears_no_more(&world, "a3", "not_allowed").await;

    let mut new_pin = listener(&world, &owner, "dee").await;
    world.post("/people/dee", &owner, json!({ "name": "dee", "role": "waiter", "pin": "8642" })).await.ok(200);
    world.get("/floor", &new_pin.token).await.refused(401, "not_signed_in");
    new_pin.hears_no_more(&world, "a4", "not_signed_in").await;
    // A new name alone signs nobody out.
    let token = sign_in(&world, &new_pin.device_token, "dee", "8642").await;
    world.post("/people/dee", &owner, json!({ "name": "Dee", "role": "waiter", "pin": null })).await.ok(200);
    world.get("/floor", &token).await.ok(200);
}

/// A token ends by itself: 14 hours after the PIN.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shift_is_the_longest_sign_in() {
    let world = world().await;
    let device = world.device().await;
    let pin = crate::world::PIN;
    let signed = world.post("/staff/sign-in", &device, json!({ "staff": "owner", "pin": pin })).await.ok(200);
    let token = signed["token"].as_str().unwrap();
    let (body, _) = token.rsplit_once('.').unwrap();
    let until: i64 = body.split('.').nth(4).unwrap().parse().unwrap();
    assert_eq!(signed["expires_at"], until);
    let at = |until: i64| {
        let mut parts: Vec<String> = body.split('.').map(str::to_owned).collect();
        parts[4] = until.to_string();
        world.seal(&parts.join("."))
    };
    world.get("/floor", &at(until)).await.ok(200);
    world.get("/floor", &at(until - 14 * 3_600_000 - 60_000)).await.refused(401, "not_signed_in");
    assert_ne!(sign_in(&world, &device, "owner", pin).await, "", "signing in again is possible at once");
}

/// The server chooses every token itself: what a client brings along is never made into one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_fixation() {
    let world = world().await;
    let chosen = id();
    let scan = json!({ "code": world.code("a1"), "guest": chosen, "name": null, "covers": 2, "session": chosen });
    let joined = world.post("/sessions/join", &chosen, scan.clone()).await.ok(201);
    let token = joined["token"].as_str().unwrap();
    assert!(token.len() > 96 && token != chosen);
    world.get(&format!("/sessions/{chosen}"), &chosen).await.refused(401, "not_signed_in");
    // A second phone that names the first one's party gets no party of its own choosing.
    let mut second = scan;
    (second["guest"], second["code"]) = (json!(id()), json!(world.code("a2")));
    let answer = world.post("/sessions/join", "", second).await;
    answer.refused(409, "session_exists");
}

/// A party that has gone can read its receipt and do nothing more; a diner's token gives no entrance to the next party.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_diners_token_dies_with_the_party() {
    let world = world().await;
    let waiter = world.staff("waiter").await;
    let gone = world.join("a1").await;
    world.post(&format!("/sessions/{}/close", gone.session), &waiter, json!({})).await.ok(200);
    until("the table is free", || async {
        let floor = world.get("/floor", &waiter).await.ok(200);
        let table = floor["tables"].as_array().unwrap().iter().find(|table| table["id"] == "a1").cloned().unwrap();
        table["sessions"].as_array().unwrap().is_empty().then_some(())
    })
    .await;
    let next = world.join("a1").await;
    let before = world.heads().await;
    world.place(&gone, &order("rice", 1, 300)).await.refused(409, "session_closed");
    for (path, body) in [
        ("calls", json!({ "call": id(), "reason": "water" })),
        ("payments", json!({ "ask": id(), "way": "wechat_native", "amount": 1 })),
        ("split", json!({ "split": "even", "ways": 2 })),
    ] {
        world.post(&format!("/sessions/{}/{path}", gone.session), &gone.token, body).await.is_refusal();
    }
    world.get(&format!("/sessions/{}", next.session), &gone.token).await.refused(403, "not_allowed");
    assert_eq!(world.heads().await, before);
}
