//! A shop's own box behind the cloud: phones far away reach it through the cloud, are told at once when they can't, and what was sent
//! on both ways is done once.

use crate::cloud::Cloud;
use crate::world::{Plan, Server, World, id, open, order, until};
use channel_sim::SimConfig;
use pg_temp::PgTemp;
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

/// The wire between shop and cloud, which a test may cut: nothing gets through, and nobody is told.
pub struct Wire {
    pub url: String,
    whole: watch::Sender<bool>,
    carrying: Arc<AtomicUsize>,
}

impl Wire {
    pub async fn to(node: &Server) -> Wire {
        Wire::over(node.url.trim_start_matches("http://")).await
    }

    /// A wire to wherever that is, `host:port`.
    pub async fn over(target: &str) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Wire {
            url: format!("http://{}", listener.local_addr().unwrap()),
            whole: watch::channel(true).0,
            carrying: Arc::default(),
        };
        let target = target.to_owned();
        let (whole, carrying) = (wire.whole.subscribe(), wire.carrying.clone());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, target.clone(), whole.clone(), carrying.clone()));
            }
        });
        wire
    }

    /// From its return on nothing gets through.
    pub async fn cut(&self) {
        self.whole.send_replace(false);
        until("the wire is cut", || std::future::ready((self.carrying.load(Ordering::SeqCst) == 0).then_some(()))).await;
    }

    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

/// Carries one connection until the wire is cut; then both ends stay open and hear nothing, until it is mended and they are closed.
async fn carry(mut near: TcpStream, target: String, mut whole: watch::Receiver<bool>, carrying: Arc<AtomicUsize>) {
    carrying.fetch_add(1, Ordering::SeqCst);
    let far = if *whole.borrow() { TcpStream::connect(&target).await.ok() } else { None };
    if let Some(mut far) = far {
        tokio::select! {
            biased;
            _ = whole.wait_for(|whole| !whole) => {}
            _ = copy_bidirectional(&mut near, &mut far) => {}
        }
        carrying.fetch_sub(1, Ordering::SeqCst);
        let _ = whole.wait_for(|whole| *whole).await;
        drop(far);
    } else {
        carrying.fetch_sub(1, Ordering::SeqCst);
        let _ = whole.wait_for(|whole| *whole).await;
    }
}

/// A shop with a box that has joined a cloud of so many nodes, by a wire that can be cut.
pub async fn shop(nodes: usize) -> (Cloud, World, Wire) {
    shop_as(nodes, Plan::default()).await
}

pub async fn shop_as(nodes: usize, plan: Plan) -> (Cloud, World, Wire) {
    let url = tokio::task::spawn_blocking(|| PgTemp::shared().database()).await.unwrap();
    let mut cloud = Cloud::empty(url).await;
    for _ in 0..nodes {
        let node = cloud.node(&[]).await;
        cloud.nodes.push(node);
    }
    let (shop, wire) = join(&cloud, plan).await;
    (cloud, shop, wire)
}

/// A shop whose box joins this cloud, by a wire to its first node.
pub async fn join(cloud: &Cloud, plan: Plan) -> (World, Wire) {
    let wire = Wire::to(&cloud.nodes[0]).await;
    let mut shop = open(plan).await;
    let words =
        ["cloud", "invite", "--postgres", &cloud.url, "--wifi", "Laowang & Co", "--lan-url", "https://shop.test:8443", "--store"];
    let code = dandan(&words, &shop).await;
    let join = Command::new(env!("CARGO_BIN_EXE_dandan"))
        .args(["join", code.trim(), "--cloud", &wire.url, "--data"])
        .arg(shop.folder.path())
        .output()
        .await
        .unwrap();
    assert!(join.status.success(), "{}", String::from_utf8_lossy(&join.stderr));
    shop.kill().await;
    shop.restart().await;
    (shop, wire)
}

/// Runs a command of the program about the test's store; what it prints.
pub async fn dandan(words: &[&str], shop: &World) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_dandan"))
        .args(words)
        .arg(crate::world::STORE.to_string())
        .env("DANDAN_DATA", shop.folder.path())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub async fn ask(
    cloud: &Cloud,
    node: usize,
    request: impl FnOnce(&reqwest::Client, String) -> reqwest::RequestBuilder,
) -> (u16, Value) {
    let base = format!("{}/api/v1/stores/{}", cloud.nodes[node].url, crate::world::STORE);
    let answer = request(&cloud.http, base).timeout(Duration::from_secs(20)).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

pub async fn is_open(cloud: &Cloud) {
    until("the box has called", || async {
        (ask(cloud, 0, |http, base| http.get(format!("{base}/menu"))).await.0 == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_far_away_orders_at_the_shops_own_box_and_both_ways_are_one() {
    let (cloud, shop, _wire) = shop(2).await;
    is_open(&cloud).await;
    let joined = json!({ "code": shop.code("a1"), "guest": id(), "name": null, "covers": 2, "session": id() });
    let (status, party) =
        ask(&cloud, 0, |http, base| http.post(format!("{base}/sessions/join")).header("idempotency-key", id()).json(&joined))
            .await;
    assert_eq!(status, 201, "{party}");
    let (session, token) = (party["session"].as_str().unwrap(), party["token"].as_str().unwrap());
    let wish = order("rice", 1, 300);
    let key = wish["order"].as_str().unwrap();
    // The same order by the node that holds the call, by the other one, and on the shop's Wi-Fi.
    for node in [0, 1] {
        let (status, view) = ask(&cloud, node, |http, base| {
            http.post(format!("{base}/sessions/{session}/orders")).bearer_auth(token).header("idempotency-key", key).json(&wish)
        })
        .await;
        assert_eq!((status, &view["id"]), (201, &wish["order"]), "{view}");
    }
    shop.post_as(key, &format!("/sessions/{session}/orders"), token, wish.clone()).await.ok(201);
    let seen = shop.get(&format!("/sessions/{session}"), token).await.ok(200);
    assert_eq!(seen["orders"].as_array().unwrap().len(), 1, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_reach_phones_through_the_cloud_both_as_streams_and_as_sockets() {
    use futures::{SinkExt as _, StreamExt as _};
    let (cloud, shop, _wire) = shop(2).await;
    is_open(&cloud).await;
    let party = shop.join("a2").await;
    let path = format!("/api/v1/stores/{}/sessions/{}/feed", crate::world::STORE, party.session);
    let stream = cloud.http.get(format!("{}{path}", cloud.nodes[0].url)).bearer_auth(&party.token).send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let mut stream = stream.bytes_stream();
    // The socket comes in at the node that the box has not called.
    let address = format!("{}{path}/ws", cloud.nodes[1].url.replacen("http", "ws", 1));
    let (mut socket, _) = tokio_tungstenite::connect_async(address).await.unwrap();
    socket.send(Message::text(json!({ "token": party.token, "after": null }).to_string())).await.unwrap();
    let wish = order("rice", 2, 300);
    shop.place(&party, &wish).await.ok(201);
    let wanted = wish["order"].as_str().unwrap();
    let both = async {
        let (mut by_stream, mut by_socket) = (String::new(), String::new());
        while !by_stream.contains(wanted) {
            by_stream.push_str(&String::from_utf8_lossy(&stream.next().await.unwrap().unwrap()));
        }
        while !by_socket.contains(wanted) {
            by_socket.push_str(socket.next().await.unwrap().unwrap().to_text().unwrap());
        }
    };
    tokio::time::timeout(crate::world::SOON, both).await.expect("both tell of the order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_is_cut_off_is_said_to_be_and_comes_back() {
    let (cloud, shop, wire) = shop(1).await;
    is_open(&cloud).await;
    let party = shop.join("a3").await;
    wire.cut().await;
    let cut = Instant::now();
    let wish = order("rice", 1, 300);
    let send = |http: &reqwest::Client, base: String| {
        http.post(format!("{base}/sessions/{}/orders", party.session))
            .bearer_auth(&party.token)
            .header("idempotency-key", wish["order"].as_str().unwrap())
            .json(&wish)
    };
    let told = until("phones are told", || async {
        let (status, body) = ask(&cloud, 0, send).await;
        assert_ne!(status, 201, "nothing is promised for a shop that can't be reached");
        (body["code"] == "store_offline").then_some(body)
    });
    let told = told.await;
    println!("{} ms after the cut phones are told at once", cut.elapsed().as_millis());
    assert!(cut.elapsed() < Duration::from_secs(8));
    assert!(told["detail"].as_str().unwrap().contains("https://shop.test:8443"), "{told}");
    let began = Instant::now();
    assert_eq!(ask(&cloud, 0, send).await.1["code"], "store_offline");
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    // A person who scans is shown the way.
    let page = cloud.http.get(format!("{}/s/{}/t/{}", cloud.nodes[0].url, crate::world::STORE, shop.code("a3")));
    let page = page.header("accept", "text/html").send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("Laowang &amp; Co") && page.contains(&format!("https://shop.test:8443/t/{}", shop.code("a3"))),
        "{page}"
    );
    // In the shop everything goes on, the same order too.
    shop.place(&party, &wish).await.ok(201);
    wire.mend();
    let back = Instant::now();
    is_open(&cloud).await;
    println!("{} ms after the wire was mended the shop is there again", back.elapsed().as_millis());
    let (status, view) = ask(&cloud, 0, send).await;
    assert_eq!((status, &view["id"]), (201, &wish["order"]), "the phone's retry finds its order: {view}");
    assert_eq!(shop.party(&party).await["orders"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_for_a_shop_that_is_cut_off_waits_and_is_brought() {
    let keys = crate::till::keys().await;
    let sim = channel_sim::start(SimConfig::new(keys.path(), "127.0.0.1:0".parse().unwrap())).await.unwrap();
    let plan = Plan { payments: Some(sim.merchant.config.clone()), ..Plan::default() };
    let (cloud, shop, wire) = shop_as(1, plan).await;
    is_open(&cloud).await;
    wire.cut().await;
    let notices = format!("{}/s/{}/channels/wechat/{}", cloud.nodes[0].url, crate::world::STORE, crate::world::STORE);
    let send = |body: &'static str| cloud.http.post(&notices).header("wechatpay-serial", "x").body(body).send();
    until("the notice is kept", || async {
        let answer = send("{\"a\":1}").await.unwrap();
        let text = answer.text().await.unwrap();
        text.contains("kept for the store").then_some(())
    })
    .await;
    // The same report again takes no room.
    send("{\"a\":1}").await.unwrap();
    let (client, connection) = tokio_postgres::connect(&cloud.url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let waiting = || async { client.query_one("SELECT count(*) FROM cloud_inbox", &[]).await.unwrap().get::<_, i64>(0) };
    assert_eq!(waiting().await, 1);
    wire.mend();
    until("the notice is brought", || async { (waiting().await == 0).then_some(()) }).await;
    // It was no genuine one: the shop looked at it and said so.
    let refused = shop.figure("dandan_notices_total{channel=\"wechat\",result=\"refused\"}").await;
    assert_eq!(refused, 1.0, "the shop got the notice, once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_can_neither_join_nor_call() {
    let (cloud, shop, _wire) = shop(1).await;
    is_open(&cloud).await;
    let store = crate::world::STORE;
    let join = json!({ "code": format!("{store}.{}", "0".repeat(32)), "public_key": format!("ed25519:{}", "0".repeat(64)) });
    let answer = cloud.http.post(format!("{}/box/{store}/join", cloud.nodes[0].url)).json(&join).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let address = format!("{}/box/{store}", cloud.nodes[0].url.replacen("http", "ws", 1));
    let refused = tokio_tungstenite::connect_async(&address).await.unwrap_err().to_string();
    assert!(refused.contains("401"), "{refused}");
    // A call that was overheard is of no use later, nor for another store: the time and the store are signed.
    let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(address.as_str()).unwrap();
    request.headers_mut().insert("authorization", format!("Box 1795000000000.{}", "ab".repeat(64)).parse().unwrap());
    assert!(tokio_tungstenite::connect_async(request).await.unwrap_err().to_string().contains("401"));
    drop(shop);
}

/// Where floor, money and catalog end, and that every event up to there is what was written.
pub async fn sound_ends(journal: &dyn journal::Journal) -> Vec<journal::Head> {
    let mut heads = Vec::new();
    for stream in journal::Stream::ALL {
        let key = journal::StreamKey::new(journal::StoreKey(crate::world::STORE.0), stream);
        let report = journal.verify(key, 0).await.unwrap();
        assert!(report.broken.is_none(), "{report:?}");
        heads.push(report.head);
    }
    heads
}

pub async fn same_ends(cloud: &Cloud, shop: &World) {
    let heads = shop.heads().await;
    until("the cloud has everything", || async {
        let there: Vec<u64> = sound_ends(&*cloud.journal).await.iter().map(|head| head.seq).collect();
        (there == heads).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cloud_keeps_a_copy_and_catches_up_after_a_cut() {
    let (cloud, mut shop, wire) = shop(1).await;
    is_open(&cloud).await;
    let party = shop.join("a4").await;
    for _ in 0..20 {
        shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    }
    same_ends(&cloud, &shop).await;
    wire.cut().await;
    for _ in 0..60 {
        shop.place(&party, &order("rice", 1, 300)).await.ok(201);
        // Refusals are part of the record too.
        shop.place(&party, &order("rice", 1, 299)).await.refused(409, "order_differs");
    }
    let behind: u64 = sound_ends(&*cloud.journal).await.iter().map(|head| head.seq).sum();
    assert!(behind < shop.heads().await.iter().sum(), "the cut was no cut");
    wire.mend();
    same_ends(&cloud, &shop).await;
    let menu = shop.get("/menu", "").await.ok(200);
    let mut hash = [0; 32];
    hex::decode_to_slice(menu["hash"].as_str().unwrap(), &mut hash).unwrap();
    assert!(cloud.journal.get_blob(hash).await.unwrap().is_some(), "the menu's bytes came along");
    shop.kill().await;
    let own = journal::SqliteJournal::open(shop.folder.path()).unwrap();
    assert_eq!(
        sound_ends(&own).await.iter().map(|head| (head.seq, head.hash)).collect::<Vec<_>>(),
        sound_ends(&*cloud.journal).await.iter().map(|head| (head.seq, head.hash)).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_journal_put_back_into_the_box_is_not_merged() {
    let (cloud, mut shop, _wire) = shop(1).await;
    is_open(&cloud).await;
    let party = shop.join("a5").await;
    shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    shop.kill().await;
    let old = tempfile::tempdir().unwrap();
    journal::copy_file(&shop.folder.path().join(journal::DATABASE), &old.path().join("journal.sqlite")).unwrap();
    shop.restart().await;
    for _ in 0..5 {
        shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    }
    same_ends(&cloud, &shop).await;
    shop.kill().await;
    let before = sound_ends(&*cloud.journal).await;
    for name in ["journal.sqlite-wal", "journal.sqlite-shm", "anchor.json"] {
        let _ = std::fs::remove_file(shop.folder.path().join(name));
    }
    std::fs::copy(old.path().join("journal.sqlite"), shop.folder.path().join("journal.sqlite")).unwrap();
    shop.restart().await;
    // The shop goes on trading, from its old journal, and what it now tells is another story.
    for _ in 0..9 {
        shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    }
    let (client, connection) = tokio_postgres::connect(&cloud.url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let why = until("it is put in quarantine", || async {
        client.query_opt("SELECT why FROM cloud_quarantine LIMIT 1", &[]).await.unwrap().map(|row| row.get::<_, String>(0))
    });
    println!("kept out: {}", why.await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(sound_ends(&*cloud.journal).await, before, "the copy stays what it was");
    until("the box says so", || async { (shop.server.log.lock().unwrap().contains("a person must look")).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_box_is_replaced_from_the_clouds_copy_and_its_return_changes_nothing() {
    let (cloud, mut shop, wire) = shop(1).await;
    is_open(&cloud).await;
    let party = shop.join("a6").await;
    for _ in 0..5 {
        shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    }
    same_ends(&cloud, &shop).await;
    let sent = shop.heads().await;
    // The next order never reaches the cloud; then the box is gone.
    wire.cut().await;
    shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    shop.kill().await;
    let new = tempfile::tempdir().unwrap();
    let rescued = Command::new(env!("CARGO_BIN_EXE_dandan"))
        .args(["cloud", "rescue", "--postgres", &cloud.url, "--by", "wang", "--reason", "water in the box", "--store"])
        .arg(crate::world::STORE.to_string())
        .arg("--to")
        .arg(new.path())
        .output()
        .await
        .unwrap();
    assert!(rescued.status.success(), "{}", String::from_utf8_lossy(&rescued.stderr));
    std::fs::copy(shop.folder.path().join("keys.toml"), new.path().join("keys.toml")).unwrap();
    let code = dandan(&["cloud", "invite", "--postgres", &cloud.url, "--store"], &shop).await;
    wire.mend();
    let join = Command::new(env!("CARGO_BIN_EXE_dandan"))
        .args(["join", code.trim(), "--cloud", &wire.url, "--data"])
        .arg(new.path())
        .output()
        .await
        .unwrap();
    assert!(join.status.success(), "{}", String::from_utf8_lossy(&join.stderr));
    let old = std::mem::replace(&mut shop.folder, new);
    shop.restart().await;
    is_open(&cloud).await;
    assert_eq!(shop.heads().await, sent, "everything that was sent is there");
    shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    same_ends(&cloud, &shop).await;
    let before = sound_ends(&*cloud.journal).await;
    // The old box comes back: it is known to nobody, and nothing of what it has is merged.
    let returned = Server::start(old.path(), &Plan::default()).await;
    until("it is turned away", || async { (returned.log.lock().unwrap().contains("the cloud can't be reached")).then_some(()) })
        .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(sound_ends(&*cloud.journal).await, before);
    let (client, connection) = tokio_postgres::connect(&cloud.url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let act = client.query_one("SELECT by_whom, what FROM cloud_act", &[]).await.unwrap();
    assert_eq!(act.get::<_, String>(0), "wang");
    assert!(act.get::<_, String>(1).contains("water in the box"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_is_replaced_while_it_still_answers_is_asked_no_more() {
    let (cloud, shop, _wire) = shop(1).await;
    is_open(&cloud).await;
    same_ends(&cloud, &shop).await;
    let new = tempfile::tempdir().unwrap();
    let to = new.path().to_str().unwrap();
    let words = ["cloud", "rescue", "--postgres", &cloud.url, "--by", "wang", "--reason", "it is stolen", "--to", to, "--store"];
    dandan(&words, &shop).await;
    until("phones are told", || async {
        let (_, body) = ask(&cloud, 0, |http, base| http.get(format!("{base}/menu"))).await;
        (body["code"] == "store_offline").then_some(())
    })
    .await;
    let before = sound_ends(&*cloud.journal).await;
    let party = shop.join("a7").await;
    shop.place(&party, &order("rice", 1, 300)).await.ok(201);
    until("its link is refused", || async {
        shop.server.log.lock().unwrap().contains("the cloud can't be reached").then_some(())
    })
    .await;
    assert_eq!(sound_ends(&*cloud.journal).await, before, "what it does now is not taken");
}
