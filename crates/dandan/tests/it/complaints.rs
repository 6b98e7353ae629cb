//! Real failures of other systems (docs/complaints.md, by number), played against the server: lines that break, senders that repeat.

use crate::world::{Answer, Party, Plan, World, id, open, order, until, world};
use futures::future::join_all;
use printer_sim::{PrinterSetup, Simulator};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// A command as a device keeps it until it is answered.
#[derive(Clone)]
struct Intent {
    key: String,
    path: String,
    token: String,
    body: Value,
}

impl Intent {
    fn new(path: String, token: &str, body: Value) -> Intent {
        Intent { key: id(), path, token: token.to_owned(), body }
    }

    fn order(party: &Party, wish: &Value) -> Intent {
        let key = wish["order"].as_str().unwrap().to_owned();
        Intent { key, ..Intent::new(format!("/sessions/{}/orders", party.session), &party.token, wish.clone()) }
    }

    fn cash(party: &Party, cashier: &str, amount: i64) -> Intent {
        let body = json!({ "tender": id(), "amount": amount, "received": amount + 100 });
        Intent::new(format!("/sessions/{}/cash", party.session), cashier, body)
    }

    async fn send(&self, world: &World) -> Answer {
        world.post_as(&self.key, &self.path, &self.token, self.body.clone()).await
    }

    /// The server acts, and the line goes before anybody reads what it answered.
    async fn send_and_lose_the_answer(&self, world: &World) {
        let (before, body) = (world.heads().await, self.body.to_string());
        let url = format!("{}{}", world.base(), self.path);
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let head = [
            format!("POST /{path} HTTP/1.1"),
            format!("host: {host}"),
            format!("authorization: Bearer {}", self.token),
            format!("idempotency-key: {}", self.key),
            "content-type: application/json".to_owned(),
            format!("content-length: {}", body.len()),
        ];
        let mut line = TcpStream::connect(host).await.unwrap();
        line.write_all(format!("{}\r\n\r\n{body}", head.join("\r\n")).as_bytes()).await.unwrap();
        until("the server has acted", || async { (world.heads().await != before).then_some(()) }).await;
    }
}

/// Every order of a party: its lines with their quantities.
async fn lines(world: &World, party: &Party) -> BTreeMap<String, Vec<(String, i64)>> {
    let view = world.party(party).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |line: &Value| (text(&line["line"]), line["quantity"].as_i64().unwrap());
    let orders = view["orders"].as_array().unwrap().iter();
    let orders: Vec<_> =
        orders.map(|order| (text(&order["id"]), order["lines"].as_array().unwrap().iter().map(line).collect())).collect();
    let once: BTreeMap<_, _> = orders.iter().cloned().collect();
    assert_eq!(once.len(), orders.len(), "an order stands there twice: {view}");
    once
}

/// How often the journal of the floor says this.
async fn told(world: &World, kind: &str) -> Vec<Value> {
    let page = world.get(&format!("/audit?limit=200&kind={kind}"), &world.staff("manager").await).await.ok(200);
    assert_eq!(page["next"], Value::Null, "more than a page");
    page["entries"].as_array().unwrap().iter().map(|entry| entry["body"].clone()).collect()
}

fn ids(wishes: &[Value]) -> BTreeSet<String> {
    wishes.iter().map(|wish| wish["order"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complaint_02_a_queue_cut_off_while_it_is_sent_is_sent_again_and_there_once() {
    let mut world = world().await;
    let party = world.join("a1").await;
    let wishes: Vec<Value> = (1..=6).map(|n| order("rice", n, 300)).collect();
    let queue: Vec<Intent> = wishes.iter().map(|wish| Intent::order(&party, wish)).collect();
    for answered in &queue[..2] {
        answered.send(&world).await.ok(201);
    }
    for unheard in &queue[2..4] {
        unheard.send_and_lose_the_answer(&world).await;
    }
    world.kill().await;
    world.restart().await;
    // The device knows of two answers, so it sends the other four; an older one that forgot even those sends all.
    for intent in queue[2..].iter().chain(&queue) {
        intent.send(&world).await.ok(201);
    }
    assert_eq!(lines(&world, &party).await.into_keys().collect::<BTreeSet<_>>(), ids(&wishes));
    assert_eq!(world.party(&party).await["check"]["total"], (1..=6).sum::<i64>() * 300);
    assert_eq!(world.kitchen(&world.staff("cook").await).await.len(), 6, "and each is cooked once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complaint_03_a_printed_receipt_is_found_in_the_journal_by_its_number() {
    let printers = Simulator::start(vec![PrinterSetup::new("p0", 0)]).await.unwrap();
    let printer = printers.printer("p0").unwrap();
    let mut world = open(Plan { printers: vec![printer.addr().to_string()], ..Plan::default() }).await;
    let (party, till) = (world.join("a1").await, world.staff("cashier").await);
    let wishes = [order("rice", 2, 300), order("soup", 1, 1200)];
    for wish in &wishes {
        world.place(&party, wish).await.ok(201);
    }
    Intent::cash(&party, &till, 1800).send(&world).await.ok(201);
    let receipt = |session: &str| json!({ "job": id(), "slip": { "slip": "receipt", "session": session } });
    world.post("/print", &till, receipt(&id())).await.refused(409, "nothing_to_print");
    world.post("/print", &till, receipt(&party.session)).await.ok(200);
    let number = party.session[..8].to_uppercase();
    let paper = || async { printer.slips().into_iter().find(|slip| slip.says("结账单") && slip.says("合计")) };
    let paper = until("the receipt is on paper", paper).await;
    // The guest walks out with it, and the machine dies.
    world.kill().await;
    assert!(paper.says(&number) && paper.says("18.00"), "{}", paper.text);
    let journalled = World::journal(world.folder.path()).await.into_iter();
    let of_the_receipt: Vec<_> =
        journalled.filter(|order| order.session.to_string().to_uppercase().starts_with(&number)).collect();
    assert_eq!(of_the_receipt.iter().map(|order| order.order.to_string()).collect::<BTreeSet<_>>(), ids(&wishes));
    assert_eq!(of_the_receipt.iter().map(|order| order.total.0).sum::<i64>(), 1800);
    world.restart().await;
    let tenders = told(&world, "TenderCredited").await;
    assert_eq!(tenders.len(), 1);
    assert_eq!((&tenders[0]["session"], &tenders[0]["amount"]), (&json!(party.session), &json!(1800)));
    printers.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complaint_10_two_tabs_that_send_one_queue_at_the_same_time_act_once() {
    let world = world().await;
    let (party, till) = (world.join("a1").await, world.staff("cashier").await);
    let wishes: Vec<Value> = (1..=8).map(|n| order("rice", n, 300)).collect();
    let queue: Vec<Intent> = wishes.iter().map(|wish| Intent::order(&party, wish)).collect();
    let both = join_all(queue.iter().chain(&queue).map(|intent| intent.send(&world))).await;
    let numbers: Vec<Value> = both.into_iter().map(|answer| answer.ok(201)["number"].clone()).collect();
    assert_eq!(numbers[..8], numbers[8..], "each tab hears the same");
    assert_eq!(lines(&world, &party).await.into_keys().collect::<BTreeSet<_>>(), ids(&wishes));
    let pay = Intent::cash(&party, &till, (1..=8).sum::<i64>() * 300);
    let (one, two) = futures::join!(pay.send(&world), pay.send(&world));
    assert_eq!(one.ok(201), two.ok(201));
    assert_eq!(told(&world, "TenderCredited").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complaint_11_eight_tills_that_all_repeat_themselves_book_everything_once() {
    const TILLS: i64 = 8;
    const ROUNDS: i64 = 4;
    let world = world().await;
    let (cashier, manager) = (world.staff("cashier").await, world.staff("manager").await);
    world.post("/stock/soup", &manager, json!({ "sold_out": false, "remaining": 100 })).await.ok(200);
    let insist = async |intent: Intent| {
        let mut answers = join_all((0..3).map(|_| intent.send(&world))).await;
        answers.push(intent.send(&world).await);
        answers.into_iter().for_each(|answer| drop(answer.ok(201)));
    };
    let till = async |n: i64| {
        let party = world.join(&format!("a{n}")).await;
        for _ in 0..ROUNDS {
            insist(Intent::order(&party, &order("soup", 1, 1200))).await;
        }
        insist(Intent::cash(&party, &cashier, ROUNDS * 1200)).await;
        party
    };
    for party in join_all((1..=TILLS).map(till)).await {
        let check = world.party(&party).await["check"].clone();
        assert_eq!((&check["total"], &check["paid"], &check["state"]), (&json!(4800), &json!(4800), &json!("settled")));
        assert_eq!(check["tenders"].as_array().unwrap().len(), 1);
        assert_eq!(lines(&world, &party).await.len() as i64, ROUNDS);
    }
    let placed = told(&world, "OrderPlaced").await;
    let numbers: BTreeSet<&str> = placed.iter().map(|order| order["number"].as_str().unwrap()).collect();
    assert_eq!((placed.len() as i64, numbers.len() as i64), (TILLS * ROUNDS, TILLS * ROUNDS), "no number is given twice");
    let sum = world.get("/day", &manager).await.ok(200)["summary"].clone();
    assert_eq!((&sum["orders"], &sum["gross"]), (&json!(TILLS * ROUNDS), &json!(TILLS * ROUNDS * 1200)), "{sum}");
    assert_eq!(told(&world, "TenderCredited").await.len() as i64, TILLS);
    let floor = world.get("/floor", &manager).await.ok(200);
    let soup = floor["stock"].as_array().unwrap().iter().find(|stock| stock["dish"] == "soup").cloned().unwrap();
    assert_eq!(soup["remaining"], 100 - TILLS * ROUNDS, "no portion is counted twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complaint_12_after_a_lost_answer_the_key_tells_what_became_of_it() {
    let world = world().await;
    let (party, till) = (world.join("a1").await, world.staff("cashier").await);
    let wish = order("rice", 2, 300);
    let ask = async |wish: &Value| {
        let path = format!("/sessions/{}/orders/{}", party.session, wish["order"].as_str().unwrap());
        world.get(&path, &party.token).await
    };
    ask(&wish).await.refused(404, "order_unknown");
    Intent::order(&party, &wish).send_and_lose_the_answer(&world).await;
    let found = ask(&wish).await.ok(200);
    assert_eq!((&found["id"], &found["total"]), (&wish["order"], &json!(600)));
    assert_eq!(world.place(&party, &wish).await.ok(201)["number"], found["number"], "sent again it is the same order");
    let mut resubmitted = wish.clone();
    resubmitted["order"] = json!(id());
    let refused = world.place(&party, &resubmitted).await.refused(409, "order_differs");
    assert_eq!(refused["differences"][0]["problem"], "already_ordered", "the same cart is not ordered under another key");
    ask(&resubmitted).await.refused(404, "order_unknown");

    let pay = Intent::cash(&party, &till, 600);
    pay.send_and_lose_the_answer(&world).await;
    let tenders = world.party(&party).await["check"]["tenders"].clone();
    assert_eq!((tenders.as_array().unwrap().len(), &tenders[0]["tender"]), (1, &pay.body["tender"]));
    assert_eq!(pay.send(&world).await.ok(201)["change"], 100, "and the change is said again");
    Intent::cash(&party, &till, 600).send(&world).await.refused(409, "already_settled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complaint_14_two_devices_that_come_back_add_up_and_double_nothing() {
    let mut world = world().await;
    let (party, waiter) = (world.join("a1").await, world.staff("waiter").await);
    let (beers, tofu) = (order("rice", 3, 300), order("soup", 1, 1200));
    let (beer, half) = (beers["lines"][0]["line"].as_str().unwrap(), id());
    let at = |end: &str| format!("/sessions/{}/{end}", party.session);
    let call = |reason: &str| Intent::new(at("calls"), &party.token, json!({ "call": id(), "reason": reason }));
    let divide = json!({ "quantity": 1, "into": half });
    let phone = [Intent::order(&party, &beers), call("water")];
    let waiters = [
        Intent::new(at(&format!("lines/{beer}/divide")), &waiter, divide),
        Intent { token: waiter.clone(), ..Intent::order(&party, &tofu) },
    ];
    phone[0].send(&world).await.ok(201);
    waiters[0].send_and_lose_the_answer(&world).await;
    phone[1].send_and_lose_the_answer(&world).await;
    world.kill().await;
    world.restart().await;
    // Neither knows what the other did, or what of its own arrived.
    for _ in 0..2 {
        let all = join_all(waiters.iter().chain(&phone).map(|intent| intent.send(&world))).await;
        assert!(all.iter().all(|answer| matches!(answer.status, 200 | 201)), "{all:?}");
    }
    let there = lines(&world, &party).await;
    let of = |wish: &Value| there[wish["order"].as_str().unwrap()].iter().cloned().collect::<BTreeMap<String, i64>>();
    assert_eq!(of(&beers), BTreeMap::from([(beer.to_owned(), 2), (half.clone(), 1)]));
    assert_eq!((there.len(), of(&tofu).len()), (2, 1));
    assert_eq!(world.party(&party).await["check"]["total"], 3 * 300 + 1200);
    assert_eq!(told(&world, "LineDivided").await.len(), 1);
}
