//! The server is killed again and again under load. What it had acknowledged is there exactly once, and nothing else is.

use crate::world::{Party, SOON, World, id, order, select, world};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const KILLS: usize = 40;
const CLIENTS: u64 = 4;

/// SplitMix64: the same everywhere for the same seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

/// What a client was told.
#[derive(Debug, Default)]
struct Told {
    accepted: BTreeMap<String, i64>,
    refused: BTreeSet<String>,
    cart: BTreeSet<String>,
    paid: i64,
}

/// What clients and killer share.
struct Shared {
    /// The server's address; it is another one after every restart.
    base: Mutex<String>,
    answers: AtomicUsize,
    retries: AtomicUsize,
    enough: AtomicBool,
}

struct Client {
    http: reqwest::Client,
    shared: Arc<Shared>,
    party: Party,
    cashier: String,
    dice: Dice,
    told: Told,
}

impl Client {
    /// Sends under the same id until there is a final answer.
    async fn ask(&self, method: Method, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let (key, started) = (body["order"].as_str().map_or_else(id, str::to_owned), Instant::now());
        loop {
            let url = format!("{}{path}", self.shared.base.lock().unwrap());
            let request = self.http.request(method.clone(), url).bearer_auth(token).header("idempotency-key", &key);
            let request = if method == Method::POST { request.json(body) } else { request };
            if let Ok(response) = request.timeout(Duration::from_secs(5)).send().await {
                let status = response.status().as_u16();
                if let Ok(body) = response.json::<Value>().await
                    && status < 500
                {
                    self.shared.answers.fetch_add(1, Ordering::Relaxed);
                    return (status, body);
                }
            }
            self.shared.retries.fetch_add(1, Ordering::Relaxed);
            assert!(started.elapsed() < SOON, "{path} got no answer");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> (u16, Value) {
        self.ask(Method::POST, &format!("/sessions/{}/{path}", self.party.session), token, body).await
    }

    async fn run(mut self) -> (Party, Told) {
        while !self.shared.enough.load(Ordering::Relaxed) {
            match self.dice.throw(8) {
                0..=3 => self.order_something().await,
                4 => self.order_at_a_wrong_price().await,
                5 => self.put_into_the_cart().await,
                _ => self.pay().await,
            }
        }
        (self.party, self.told)
    }

    async fn order_something(&mut self) {
        let quantity = u16::try_from(self.dice.throw(5) + 1).unwrap();
        let wish = order("rice", quantity, 300);
        let (status, view) = self.post("orders", &self.party.token, &wish).await;
        assert_eq!((status, &view["id"], &view["total"]), (201, &wish["order"], &wish["total"]), "{view}");
        self.told.accepted.insert(wish["order"].as_str().unwrap().to_owned(), wish["total"].as_i64().unwrap());
    }

    async fn order_at_a_wrong_price(&mut self) {
        let wish = order("rice", 1, 299);
        let (status, view) = self.post("orders", &self.party.token, &wish).await;
        assert_eq!((status, &view["code"]), (409, &json!("order_differs")));
        self.told.refused.insert(wish["order"].as_str().unwrap().to_owned());
    }

    async fn put_into_the_cart(&mut self) {
        let line = select("soup", 1);
        let (status, view) = self.post("cart/lines", &self.party.token, &json!({ "line": line })).await;
        match status {
            200 => drop(self.told.cart.insert(line["line"].as_str().unwrap().to_owned())),
            _ => assert_eq!(view["code"], "cart_full"),
        }
    }

    async fn pay(&mut self) {
        let path = format!("/sessions/{}", self.party.session);
        let (_, view) = self.ask(Method::GET, &path, &self.party.token, &Value::Null).await;
        let due = view["check"]["balance"].as_i64().unwrap();
        if due > 0 {
            let cash = json!({ "tender": id(), "amount": due, "received": due + 100, "order": null });
            let (status, view) = self.post("cash", &self.cashier, &cash).await;
            assert_eq!((status, &view["change"]), (201, &json!(100)), "{view}");
            self.told.paid += due;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill() {
    let mut world = world().await;
    let cashier = world.staff("cashier").await;
    let shared = Arc::new(Shared {
        base: Mutex::new(world.base()),
        answers: AtomicUsize::new(0),
        retries: AtomicUsize::new(0),
        enough: AtomicBool::new(false),
    });
    let mut clients = Vec::new();
    for n in 1..=CLIENTS {
        let (party, told) = (world.join(&format!("a{n}")).await, Told::default());
        let (http, shared, cashier) = (world.http.clone(), shared.clone(), cashier.clone());
        clients.push(tokio::spawn(Client { http, shared, party, cashier, dice: Dice(n), told }.run()));
    }
    let mut dice = Dice(2026);
    for _ in 0..KILLS {
        let goal = shared.answers.load(Ordering::Relaxed) + usize::try_from(dice.throw(40)).unwrap() + 4;
        let started = Instant::now();
        while shared.answers.load(Ordering::Relaxed) < goal {
            assert!(started.elapsed() < SOON, "no client gets an answer");
            tokio::time::sleep(Duration::from_micros(dice.throw(1500))).await;
        }
        world.kill().await;
        world.restart().await;
        *shared.base.lock().unwrap() = world.base();
    }
    shared.enough.store(true, Ordering::Relaxed);
    let mut told = Vec::new();
    for client in clients {
        told.push(client.await.unwrap());
    }
    assert!(shared.retries.load(Ordering::Relaxed) >= KILLS, "the kills hit nobody");
    for (party, told) in &told {
        compare(&world, party, told).await;
    }
    world.server.terminate().await;

    let mut journalled = BTreeMap::new();
    for order in World::journal(world.folder.path()).await {
        assert_eq!(journalled.insert(order.order.to_string(), order.total.0), None, "{} twice", order.order);
    }
    let accepted: BTreeMap<String, i64> = told.iter().flat_map(|(_, told)| told.accepted.clone()).collect();
    assert_eq!(journalled, accepted);
    assert!(told.iter().flat_map(|(_, told)| &told.refused).all(|order| !journalled.contains_key(order)));
    assert!(accepted.len() > KILLS, "{} orders", accepted.len());
}

/// Holds what the restarted server says of a party against what its client was told.
async fn compare(world: &World, party: &Party, told: &Told) {
    let view = world.party(party).await;
    let list = |name: &str| view[name].as_array().unwrap().clone();
    let orders: BTreeMap<String, i64> =
        list("orders").iter().map(|order| (order["id"].as_str().unwrap().to_owned(), order["total"].as_i64().unwrap())).collect();
    assert_eq!((orders.len(), &orders), (list("orders").len(), &told.accepted));
    let cart: BTreeSet<String> = list("cart").iter().map(|line| line["line"].as_str().unwrap().to_owned()).collect();
    assert_eq!((cart.len(), &cart), (list("cart").len(), &told.cart));
    let total: i64 = told.accepted.values().sum();
    let check = &view["check"];
    assert_eq!(
        (&check["total"], &check["paid"], &check["balance"]),
        (&json!(total), &json!(told.paid), &json!(total - told.paid))
    );
}
