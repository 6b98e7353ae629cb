//! A phone: asks for something by one way, and says what came of it.

use crate::world::id;
use domain::StoreId;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// How long a phone waits for an answer, as the diners' app does.
const PATIENCE: Duration = Duration::from_secs(10);

/// One phone and its way to the store. Use it in the place its address belongs to.
#[derive(Clone, Debug)]
pub struct Phone {
    http: Client,
    base: String,
}

/// What a phone was told.
#[derive(Debug)]
pub struct Told {
    /// 0: nothing.
    pub status: u16,
    pub body: Value,
    pub after: Duration,
}

/// A party at a table.
#[derive(Clone, Debug)]
pub struct Party {
    pub session: String,
    pub token: String,
}

impl Told {
    /// Why not, in one word.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or(if self.status == 0 { "no answer" } else { "" })
    }

    /// The body, of an answer that must have this status.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

impl Phone {
    /// A phone with this address that asks the server at `url` about a store.
    pub fn new(url: &str, store: StoreId, from: Ipv4Addr) -> Phone {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().local_address(Some(from.into())).timeout(PATIENCE).build().unwrap();
        Phone { http, base: format!("{url}/api/v1/stores/{store}") }
    }

    pub async fn get(&self, path: &str, token: &str) -> Told {
        self.send(Method::GET, path, token, None).await
    }

    /// Posts under a fresh id.
    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Told {
        self.send(Method::POST, path, token, Some((&id(), body))).await
    }

    /// Joins a table with its code.
    pub async fn join(&self, code: &str) -> Party {
        let body = json!({ "code": code, "guest": id(), "name": null, "covers": 2, "session": id() });
        let joined = self.post("/sessions/join", "", &body).await.ok(201);
        let text = |name: &str| joined[name].as_str().unwrap().to_owned();
        Party { session: text("session"), token: text("token") }
    }

    /// Sends an order, under its own id each time.
    pub async fn place(&self, party: &Party, order: &Value) -> Told {
        let key = order["order"].as_str().unwrap();
        self.send(Method::POST, &format!("/sessions/{}/orders", party.session), &party.token, Some((key, order))).await
    }

    async fn send(&self, method: Method, path: &str, token: &str, body: Option<(&str, &Value)>) -> Told {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some((key, body)) = body {
            request = request.header("idempotency-key", key).json(body);
        }
        let began = Instant::now();
        match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                Told { status, body: answer.json().await.unwrap_or_default(), after: began.elapsed() }
            }
            Err(_) => Told { status: 0, body: Value::Null, after: began.elapsed() },
        }
    }
}
