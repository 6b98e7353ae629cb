//! Live feeds: a snapshot, then changes; a client that was away gets no gap and no repeat.

use crate::world::{Frame, Party, SOON, World, frame, order, select, world};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

fn feed_of(party: &Party) -> String {
    format!("/sessions/{}/feed", party.session)
}

/// Takes a change into a view of a party: each part comes whole.
fn fold(view: &mut Value, frame: &Frame) {
    match frame.kind.as_str() {
        "snapshot" => *view = frame.body["view"].clone(),
        "change" => view.as_object_mut().unwrap().extend(frame.body["change"].as_object().unwrap().clone()),
        other => panic!("a {other} is no news"),
    }
}

async fn put(world: &World, party: &Party) {
    let body = json!({ "line": select("rice", 1) });
    world.post(&format!("/sessions/{}/cart/lines", party.session), &party.token, body).await.ok(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_was_away_gets_exactly_what_it_missed() {
    let world = world().await;
    let party = world.join("a1").await;
    let path = feed_of(&party);
    let mut witness = world.feed(&path, &party.token, None).await;
    let first = witness.next().await.unwrap();
    assert_eq!((first.kind.as_str(), &first.id), ("heartbeat", &None));
    let snapshot = witness.next_news().await.unwrap();
    assert_eq!((snapshot.kind.as_str(), snapshot.id.clone()), ("snapshot", Some(snapshot.seq.to_string())));
    let mut news = Vec::new();
    for _ in 0..4 {
        put(&world, &party).await;
        news.push(witness.next_news().await.unwrap());
    }
    assert!(news.iter().all(|frame| frame.kind == "change"));
    for away in 0..news.len() {
        let mut resumed = world.feed(&path, &party.token, news[away].id.as_deref()).await;
        put(&world, &party).await;
        news.push(witness.next_news().await.unwrap());
        for missed in &news[away + 1..] {
            let frame = resumed.next_news().await.unwrap();
            assert_eq!((frame.seq, &frame.body["change"]), (missed.seq, &missed.body["change"]));
        }
    }
    let by_address = format!("{path}?after={}", snapshot.seq);
    let mut resumed = world.feed(&by_address, &party.token, None).await;
    for missed in &news {
        assert_eq!(resumed.next_news().await.unwrap().seq, missed.seq);
    }
    for unknown in ["0", "1", "18446744073709551615", "never"] {
        let frame = world.feed(&path, &party.token, Some(unknown)).await.next_news().await.unwrap();
        assert_eq!((frame.kind.as_str(), frame.seq), ("snapshot", news.last().unwrap().seq));
    }
}

/// A feed nobody followed is built anew, maybe from commits its followers were never told of: nobody goes on in it from before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_starts_anew_starts_with_a_snapshot() {
    let world = world().await;
    let party = world.join("a1").await;
    put(&world, &party).await;
    let read = world.party(&party).await["seq"].to_string();
    let first = world.feed(&feed_of(&party), &party.token, Some(&read)).await.next_news().await.unwrap();
    assert_eq!((first.kind.as_str(), first.body["view"]["cart"].as_array().unwrap().len()), ("snapshot", 1));
}

/// However often a phone loses its connection, it ends up with what the server says, and sees no number twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_with_a_bad_connection_sees_what_the_server_says() {
    let world = world().await;
    let party = world.join("a1").await;
    let path = feed_of(&party);
    // Keeps the feed alive, so that nobody needs a second snapshot.
    let _witness = world.feed(&path, &party.token, None).await;
    let writes = async {
        for n in 0..60 {
            match n % 3 {
                0 => put(&world, &party).await,
                1 => drop(world.place(&party, &order("rice", 1, 300)).await.ok(201)),
                _ => {
                    let line = world.party(&party).await["cart"][0]["line"].as_str().unwrap().to_owned();
                    let path = format!("/sessions/{}/cart/lines/{line}/quantity", party.session);
                    world.post(&path, &party.token, json!({ "quantity": n })).await.ok(200);
                }
            }
        }
    };
    let reads = async {
        let (mut view, mut last, mut snapshots) = (Value::Null, None::<String>, 0);
        let whole = |view: &Value| {
            view["orders"].as_array().is_some_and(|orders| orders.len() == 20)
                && view["cart"].as_array().unwrap().iter().any(|line| line["quantity"] == 59)
        };
        while !whole(&view) {
            let mut feed = world.feed(&path, &party.token, last.as_deref()).await;
            for _ in 0..3 {
                let frame = feed.next_news().await.unwrap();
                let seen = last.as_deref().map_or(0, |last| last.parse().unwrap());
                assert!(frame.seq > seen, "{} after {seen}", frame.seq);
                snapshots += usize::from(frame.kind == "snapshot");
                fold(&mut view, &frame);
                last = frame.id;
                if whole(&view) {
                    break;
                }
            }
        }
        assert_eq!(snapshots, 1);
        view
    };
    let ((), mut seen) = tokio::join!(writes, reads);
    let mut told = world.party(&party).await;
    told.as_object_mut().unwrap().remove("seq");
    seen.as_object_mut().unwrap().remove("removed");
    assert_eq!(seen, told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_feed_says_that_it_lives() {
    let world = world().await;
    let (party, staff) = (world.join("a1").await, world.staff("manager").await);
    let mut feeds = Vec::new();
    for (path, token) in [
        (feed_of(&party), &party.token),
        ("/kitchen/feed".into(), &staff),
        ("/pickup/feed".into(), &staff),
        ("/floor/feed".into(), &staff),
    ] {
        feeds.push(world.feed(&path, token, None).await);
    }
    for feed in &mut feeds {
        feed.next_news().await.unwrap();
    }
    let mut before: Vec<_> = feeds.iter().map(|_| std::time::Instant::now()).collect();
    for _ in 0..2 {
        for (feed, before) in feeds.iter_mut().zip(&mut before) {
            let frame = feed.next().await.unwrap();
            assert!(frame.came - *before < Duration::from_millis(2_500), "silent for {:?}", frame.came - *before);
            *before = frame.came;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_kitchen_sees_its_own_station_only() {
    let world = world().await;
    let (party, cook) = (world.join("a1").await, world.staff("cook").await);
    let mut wok = world.feed("/kitchen/feed?station=wok", &cook, None).await;
    let mut bar = world.feed("/kitchen/feed?station=bar", &cook, None).await;
    for feed in [&mut wok, &mut bar] {
        assert_eq!(feed.next_news().await.unwrap().body["view"]["tickets"], json!([]));
    }
    world.place(&party, &order("soup", 1, 1200)).await.ok(201);
    world.place(&party, &order("rice", 1, 300)).await.ok(201);
    let only = |frame: Frame| {
        frame.body["change"]["tickets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|ticket| ticket["items"][0]["name"]["en"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(only(bar.next_news().await.unwrap()), ["soup"]);
    assert_eq!(only(wok.next_news().await.unwrap()), ["rice"]);
    let key =
        world.get("/kitchen?station=bar", &cook).await.ok(200)["tickets"][0]["items"][0]["key"].as_str().unwrap().to_owned();
    for action in ["ready", "serve"] {
        world.post(&format!("/kitchen/items/{key}/{action}"), &cook, json!({})).await.ok(200);
    }
    let removed = loop {
        let frame = bar.next_news().await.unwrap();
        if frame.body["change"]["tickets"] == json!([]) {
            break frame.body["change"]["removed"].clone();
        }
    };
    assert_eq!(removed.as_array().unwrap().len(), 1);
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn socket(world: &World, path: &str, hello: &Value) -> Socket {
    let url = format!("{}{path}/ws", world.base()).replace("http://", "ws://");
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    socket.send(Message::text(hello.to_string())).await.unwrap();
    socket
}

/// The next text, or nothing when the server has closed.
async fn text(socket: &mut Socket) -> Option<String> {
    loop {
        match tokio::time::timeout(SOON, socket.next()).await.expect("a socket is never silent for so long")? {
            Ok(Message::Text(text)) => return Some(text.to_string()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

async fn news(socket: &mut Socket) -> Frame {
    let started = std::time::Instant::now();
    loop {
        assert!(started.elapsed() < SOON, "a socket says nothing new");
        let frame = frame(&text(socket).await.unwrap(), None);
        if frame.kind != "heartbeat" {
            return frame;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_tells_the_same_as_the_other_feed() {
    let world = world().await;
    let party = world.join("a1").await;
    let path = feed_of(&party);
    let mut events = world.feed(&path, &party.token, None).await;
    let snapshot = events.next_news().await.unwrap();
    let mut mini = socket(&world, &path, &json!({ "token": party.token, "after": null })).await;
    let same = news(&mut mini).await;
    assert_eq!((same.kind.as_str(), &same.body["view"]), ("snapshot", &snapshot.body["view"]));
    for _ in 0..3 {
        put(&world, &party).await;
        let (one, two) = (events.next_news().await.unwrap(), news(&mut mini).await);
        assert_eq!((one.seq, &one.body["change"]), (two.seq, &two.body["change"]));
    }
    let mut back = socket(&world, &path, &json!({ "token": party.token, "after": snapshot.seq })).await;
    for _ in 0..3 {
        assert_eq!(news(&mut back).await.kind, "change");
    }
    let before = std::time::Instant::now();
    while frame(&text(&mut back).await.unwrap(), None).kind != "heartbeat" {}
    assert!(before.elapsed() < Duration::from_millis(2_500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_tells_strangers_nothing() {
    let world = world().await;
    let (party, other) = (world.join("a1").await, world.join("a2").await);
    for (path, token, code) in [
        (feed_of(&party), "forged", "not_signed_in"),
        (feed_of(&party), other.token.as_str(), "not_allowed"),
        ("/kitchen/feed".to_owned(), party.token.as_str(), "not_allowed"),
        ("/pickup/feed".to_owned(), party.token.as_str(), "not_allowed"),
        ("/floor/feed".to_owned(), party.token.as_str(), "not_allowed"),
    ] {
        let mut socket = socket(&world, &path, &json!({ "token": token, "after": null })).await;
        let problem: Value = serde_json::from_str(&text(&mut socket).await.unwrap()).unwrap();
        assert_eq!(problem["code"], code, "{path}");
        assert_eq!(text(&mut socket).await, None);
    }
    for hello in
        [json!("x"), json!({}), json!({ "token": party.token, "after": -1 }), json!({ "token": party.token, "surprise": 1 })]
    {
        let mut socket = socket(&world, &feed_of(&party), &hello).await;
        assert_eq!(text(&mut socket).await, None, "{hello}");
    }
    let mut socket = socket(&world, &feed_of(&party), &json!({ "token": "x".repeat(5_000), "after": null })).await;
    assert_eq!(text(&mut socket).await, None);
}
