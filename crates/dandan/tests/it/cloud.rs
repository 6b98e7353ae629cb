//! Several nodes over one PostgreSQL: every node serves every store, and what any of them acknowledged is there once, whatever dies.

use crate::world::{Plan, SOON, STORE, Server, client, derived, frame, furnish_as, furnish_in, id, order, until, write_keys};
use api::Signer;
use domain::StoreId;
use futures::StreamExt as _;
use journal::{Journal, PostgresJournal, PostgresOptions, StoreKey, Stream, StreamKey};
use pg_temp::PgTemp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Mutex;

/// A cloud for one test: a database of its own, a store in it, nodes as processes.
pub struct Cloud {
    pub url: String,
    pub folder: TempDir,
    pub nodes: Vec<Server>,
    pub http: reqwest::Client,
    pub journal: Arc<dyn Journal>,
}

impl Cloud {
    pub async fn start(nodes: usize, more: &[&str]) -> Cloud {
        let url = tokio::task::spawn_blocking(|| PgTemp::shared().database()).await.unwrap();
        Cloud::over(url, nodes, more).await
    }

    async fn over(url: String, nodes: usize, more: &[&str]) -> Cloud {
        let mut cloud = Cloud::empty(url).await;
        furnish_in(cloud.journal.clone(), &Plan::default()).await;
        for _ in 0..nodes {
            let node = cloud.node(more).await;
            cloud.nodes.push(node);
        }
        cloud.enter(STORE).await;
        cloud
    }

    /// A database without a store, and no node yet.
    pub async fn empty(url: String) -> Cloud {
        let folder = tempfile::tempdir().unwrap();
        write_keys(folder.path());
        let journal: Arc<dyn Journal> = Arc::new(PostgresJournal::connect(&url, PostgresOptions::default()).await.unwrap());
        Cloud { url, folder, nodes: Vec::new(), http: client(), journal }
    }

    /// Starts another node.
    pub async fn node(&self, more: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dandan"));
        command.args(["cloud", "serve", "--listen", "127.0.0.1:0", "--postgres", &self.url, "--data"]).arg(self.folder.path());
        command.args(more).env("NO_COLOR", "1").env("DANDAN_LOG", "info").stdin(Stdio::null()).kill_on_drop(true);
        Server::run(command).await
    }

    /// Enters a store into the nodes' book, as `dandan cloud add-store` does.
    pub async fn enter(&self, store: StoreId) {
        let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.execute("INSERT INTO cloud_store VALUES ($1, 'UTC', 0)", &[&store.0.to_be_bytes().to_vec()]).await.unwrap();
    }

    fn base(&self, node: usize) -> String {
        format!("{}/api/v1/stores/{STORE}", self.nodes[node].url)
    }

    pub async fn post(&self, node: usize, path: &str, token: &str, key: &str, body: &Value) -> (u16, Value) {
        let sent = self.http.post(format!("{}{path}", self.base(node))).bearer_auth(token).header("idempotency-key", key);
        match sent.json(body).timeout(Duration::from_secs(5)).send().await {
            Ok(answer) => (answer.status().as_u16(), answer.json().await.unwrap_or_default()),
            Err(_) => (0, Value::Null),
        }
    }

    /// Joins a table as a new phone, at whatever node answers.
    pub async fn join(&self, table: &str) -> (String, String) {
        let code = format!("{table}.1.{}", Signer::new(&derived("signing")).mark(&format!("table.{STORE}.{table}.1"), 10));
        let body = json!({ "code": code, "guest": id(), "name": null, "covers": 2, "session": id() });
        let key = id();
        let joined = until("a phone joins", || async {
            let (status, joined) = self.post(0, "/sessions/join", "", &key, &body).await;
            (status == 201).then_some(joined)
        });
        let joined = joined.await;
        let text = |name: &str| joined[name].as_str().unwrap().to_owned();
        (text("session"), text("token"))
    }

    /// How often each order stands in the journal, after its chain was verified.
    pub async fn orders(&self) -> BTreeMap<String, usize> {
        let key = StreamKey::new(StoreKey(STORE.0), Stream::Floor);
        let report = self.journal.verify(key, 0).await.unwrap();
        assert!(report.broken.is_none(), "{report:?}");
        let mut orders = BTreeMap::new();
        for event in self.journal.read(key, 0, 1_000_000).await.unwrap() {
            let body: Value = serde_json::from_slice(&event.body).unwrap();
            if let Some(order) = body["OrderPlaced"]["order"].as_str() {
                *orders.entry(order.to_owned()).or_default() += 1;
            }
        }
        orders
    }

    /// How many nodes decide for the store.
    async fn homes(&self) -> Vec<usize> {
        let mut homes = Vec::new();
        for (number, node) in self.nodes.iter().enumerate() {
            let Ok(answer) = self.http.get(format!("{}/health", node.url)).send().await else { continue };
            if answer.json::<Value>().await.is_ok_and(|health| health["decides_for"] == 1) {
                homes.push(number);
            }
        }
        homes
    }
}

/// Places orders at all nodes in turn until told to stop; which were accepted. Everything is sent again until there is an answer.
async fn order_everywhere(
    cloud: Arc<Mutex<Cloud>>,
    number: usize,
    enough: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
) -> BTreeSet<String> {
    let (bases, http, (session, token)) = {
        let cloud = cloud.lock().await;
        let bases: Vec<String> = (0..cloud.nodes.len()).map(|node| cloud.base(node)).collect();
        (bases, cloud.http.clone(), cloud.join(&format!("a{}", number + 1)).await)
    };
    let (mut accepted, mut turn) = (BTreeSet::new(), number);
    while !enough.load(Ordering::Relaxed) {
        let wish = order("rice", 1, 300);
        let began = Instant::now();
        loop {
            turn += 1;
            let sent = http
                .post(format!("{}/sessions/{session}/orders", bases[turn % bases.len()]))
                .bearer_auth(&token)
                .header("idempotency-key", wish["order"].as_str().unwrap())
                .timeout(Duration::from_secs(5))
                .json(&wish);
            if let Ok(answer) = sent.send().await {
                let status = answer.status().as_u16();
                if status == 201 {
                    accepted.insert(wish["order"].as_str().unwrap().to_owned());
                    answers.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                assert!(status >= 500, "{status}: {}", answer.text().await.unwrap_or_default());
            }
            assert!(began.elapsed() < 2 * SOON, "no answer for an order");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
    accepted
}

/// Lets phones order until so many are accepted, doing something to the cloud after a while; the longest time without an answer.
async fn trade(
    cloud: Cloud,
    phones: usize,
    wanted: usize,
    trouble: impl AsyncFnOnce(&mut Cloud),
) -> (Cloud, BTreeSet<String>, Duration) {
    let cloud = Arc::new(Mutex::new(cloud));
    let (enough, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..phones)
        .map(|number| tokio::spawn(order_everywhere(cloud.clone(), number, enough.clone(), answers.clone())))
        .collect();
    until("some orders are accepted", || std::future::ready((answers.load(Ordering::Relaxed) > wanted / 3).then_some(()))).await;
    let watch = tokio::spawn(longest_silence(answers.clone(), enough.clone()));
    trouble(&mut *cloud.lock().await).await;
    let troubled = Instant::now();
    let more = answers.load(Ordering::Relaxed) + wanted / 3;
    while answers.load(Ordering::Relaxed) < wanted.max(more) || troubled.elapsed() < Duration::from_secs(3) {
        assert!(troubled.elapsed() < 3 * SOON, "the cloud doesn't come back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    enough.store(true, Ordering::Relaxed);
    let mut accepted = BTreeSet::new();
    for client in clients {
        accepted.extend(client.await.unwrap());
    }
    let cloud = Arc::into_inner(cloud).expect("the phones have gone").into_inner();
    (cloud, accepted, watch.await.unwrap())
}

/// The longest time in which nobody got an answer.
async fn longest_silence(answers: Arc<AtomicUsize>, enough: Arc<AtomicBool>) -> Duration {
    let (mut before, mut since, mut longest) = (answers.load(Ordering::Relaxed), Instant::now(), Duration::ZERO);
    while !enough.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(2)).await;
        longest = longest.max(since.elapsed());
        let now = answers.load(Ordering::Relaxed);
        if now > before {
            (before, since) = (now, Instant::now());
        }
    }
    longest
}

async fn nothing_lost_nothing_twice(cloud: &Cloud, accepted: &BTreeSet<String>) {
    let orders = cloud.orders().await;
    let twice: Vec<_> = orders.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let lost: Vec<_> = accepted.iter().filter(|order| !orders.contains_key(*order)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_takes_orders_and_one_decides() {
    let (cloud, accepted, _) = trade(Cloud::start(3, &[]).await, 6, 90, async |_| {}).await;
    nothing_lost_nothing_twice(&cloud, &accepted).await;
    assert_eq!(cloud.homes().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_killed_and_another_takes_its_stores_on() {
    let (cloud, accepted, longest) = trade(Cloud::start(3, &[]).await, 6, 90, async |cloud| {
        let home = cloud.homes().await[0];
        cloud.nodes[home].kill().await;
    })
    .await;
    nothing_lost_nothing_twice(&cloud, &accepted).await;
    println!("{} orders; the longest time without an answer after the kill: {} ms", accepted.len(), longest.as_millis());
    assert_eq!(cloud.homes().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_ends_gives_its_stores_to_another_at_once() {
    let (cloud, accepted, longest) = trade(Cloud::start(2, &[]).await, 4, 60, async |cloud| {
        let home = cloud.homes().await[0];
        cloud.nodes[home].terminate().await;
    })
    .await;
    nothing_lost_nothing_twice(&cloud, &accepted).await;
    println!("{} orders; the longest time without an answer after a stop: {} ms", accepted.len(), longest.as_millis());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_fails_over_under_the_nodes() {
    let (mut primary, standby, url) = tokio::task::spawn_blocking(|| {
        let primary = PgTemp::start();
        let standby = primary.add_standby_sync();
        let url = primary.url_with(&standby);
        (primary, standby, url)
    })
    .await
    .unwrap();
    let standby = Arc::new(standby);
    let promoted = standby.clone();
    let (cloud, accepted, longest) = trade(Cloud::over(url, 2, &[]).await, 6, 120, async move |_| {
        let fail_over = move || {
            primary.kill9();
            promoted.promote();
        };
        tokio::task::spawn_blocking(fail_over).await.unwrap();
    })
    .await;
    nothing_lost_nothing_twice(&cloud, &accepted).await;
    println!("{} orders; the longest time without an answer after the primary died: {} ms", accepted.len(), longest.as_millis());
    drop(standby);
}

/// A NATS server of the test's own.
struct Nats {
    port: u16,
    child: tokio::process::Child,
}

impl Nats {
    async fn start(port: u16) -> Nats {
        let cached = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/python-nats/bin/nats-server");
        let program = if std::path::Path::new(cached).exists() { cached } else { "nats-server" };
        let child = Command::new(program)
            .args(["-a", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("no nats-server ({error}): run `cargo xtask test --only nats-install`"));
        until("NATS listens", || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok() }).await;
        Nats { port, child }
    }
}

/// Orders at the home; after how many milliseconds a feed of the other node tells of each.
async fn told_after(cloud: &Cloud, session: &str, token: &str, orders: usize) -> Vec<u128> {
    let home = cloud.homes().await[0];
    let copy = (home + 1) % cloud.nodes.len();
    let url = format!("{}/sessions/{session}/feed", cloud.base(copy));
    let mut feed = cloud.http.get(url).bearer_auth(token).send().await.unwrap().bytes_stream();
    let mut waits = Vec::new();
    for _ in 0..orders {
        let wish = order("rice", 1, 300);
        let key = wish["order"].as_str().unwrap();
        let (status, body) = cloud.post(home, &format!("/sessions/{session}/orders"), token, key, &wish).await;
        assert_eq!(status, 201, "{body}");
        let (began, mut text) = (Instant::now(), String::new());
        while !text.contains(key) {
            let chunk = tokio::time::timeout(SOON, feed.next()).await.expect("the feed tells of it");
            text.push_str(&String::from_utf8_lossy(&chunk.expect("the feed goes on").unwrap()));
        }
        waits.push(began.elapsed().as_millis());
    }
    waits.sort_unstable();
    waits
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_makes_copies_quick_and_is_not_needed() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut nats = Nats::start(port).await;
    let cloud = Cloud::start(2, &["--nats", &format!("nats://127.0.0.1:{}", nats.port)]).await;
    let (session, token) = cloud.join("a1").await;
    // The other node opens the store, and NATS is found.
    told_after(&cloud, &session, &token, 2).await;
    let quick = told_after(&cloud, &session, &token, 15).await;
    nats.child.kill().await.unwrap();
    let without = told_after(&cloud, &session, &token, 8).await;
    // It comes back knowing nothing.
    let _nats = Nats::start(port).await;
    let again = until("hints come again", || async {
        let waits = told_after(&cloud, &session, &token, 5).await;
        (waits[2] < 120).then_some(waits)
    });
    let again = again.await;
    println!("told after, median: with NATS {} ms, without {} ms, with it again {} ms", quick[7], without[4], again[2]);
    assert!(quick[7] < 120, "{quick:?}");
    assert!(without[7] < 3_000, "{without:?}");
    let orders = cloud.orders().await;
    assert!(orders.values().all(|times| *times == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_on_any_node_misses_nothing() {
    let cloud = Cloud::start(2, &[]).await;
    let (session, token) = cloud.join("a1").await;
    let mut feeds = Vec::new();
    for node in 0..2 {
        let url = format!("{}/sessions/{session}/feed", cloud.base(node));
        let response = cloud.http.get(url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(response.status(), 200);
        feeds.push(response.bytes_stream());
    }
    let mut wanted = BTreeSet::new();
    for turn in 0..20 {
        let wish = order("rice", 1, 300);
        let key = wish["order"].as_str().unwrap().to_owned();
        let path = format!("/sessions/{session}/orders");
        let placed = until("an order is accepted", || async {
            (cloud.post(turn % 2, &path, &token, &key, &wish).await.0 == 201).then_some(())
        });
        placed.await;
        wanted.insert(key);
    }
    for (node, mut feed) in feeds.into_iter().enumerate() {
        let (mut text, mut last) = (String::new(), 0);
        let seen = async {
            while !wanted.iter().all(|order| text.contains(order)) {
                text.push_str(&String::from_utf8_lossy(&feed.next().await.expect("the feed goes on").unwrap()));
            }
        };
        tokio::time::timeout(SOON, seen).await.unwrap_or_else(|_| panic!("node {node}'s feed lacks an order"));
        for data in text.lines().filter_map(|line| line.strip_prefix("data:")) {
            let frame = frame(data.trim(), None);
            assert!(frame.seq >= last, "node {node}'s feed goes back from {last} to {}", frame.seq);
            last = frame.seq;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_nobody_added_is_unknown_and_the_apps_are_served() {
    let cloud = Cloud::start(1, &[]).await;
    let answer = cloud.http.get(format!("{}/api/v1/stores/{:032x}/menu", cloud.nodes[0].url, 77)).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "store_unknown");
    let menu = cloud.http.get(format!("{}/menu", cloud.base(0))).send().await.unwrap();
    assert_eq!(menu.status(), 200);
    let scanned = format!("{}/s/{STORE}/t/a1.1.x", cloud.nodes[0].url);
    let scan = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap().get(scanned);
    let to = scan.send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(to, format!("/m/#/pages/enter/index?store={STORE}&code=a1.1.x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_or_code_of_one_store_is_nobodys_in_another() {
    let cloud = Cloud::start(1, &[]).await;
    let other = StoreId(0x0123);
    furnish_as(other, cloud.journal.clone(), &Plan::default()).await;
    cloud.enter(other).await;
    let (session, token) = cloud.join("a1").await;
    let there = format!("{}/api/v1/stores/{other}", cloud.nodes[0].url);
    assert_eq!(cloud.http.get(format!("{there}/menu")).send().await.unwrap().status(), 200, "the other store is served too");
    for path in [format!("/sessions/{session}"), "/floor".to_owned(), "/kitchen".to_owned()] {
        let answer = cloud.http.get(format!("{there}{path}")).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
    }
    // Each store has a key of its own, and the store is part of what is marked.
    let code = format!("a1.1.{}", Signer::new(&derived("signing")).mark(&format!("table.{STORE}.a1.1"), 10));
    let body = json!({ "code": code, "guest": id(), "name": null, "covers": 2, "session": id() });
    let joined =
        cloud.http.post(format!("{there}/sessions/join")).header("idempotency-key", id()).json(&body).send().await.unwrap();
    assert_eq!(joined.status(), 404);
    assert_eq!(joined.json::<Value>().await.unwrap()["code"], "code_unknown");
}
