//! A simulator in this process, on a clock of our own, and a plain client that shares no code with anyone's.
#![allow(dead_code, clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock},
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use channel_sim::{CUT_HEADER, Clock, Courier, SimConfig, Simulator};
use ring::{
    aead,
    rand::SystemRandom,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;
use tower::ServiceExt;

pub const BASE: &str = "http://127.0.0.1:7070";
pub const SHOP: &str = "http://127.0.0.1:9/notice";
/// 2026-11-22T12:00:00+08:00
const NOON_MS: i64 = 1_795_320_000_000;

/// One delivery of a notice.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub at_ms: i64,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// The merchant's side of notices: answers with the next status, 200 when none is left.
#[derive(Default)]
pub struct Shop {
    pub deliveries: Mutex<Vec<Delivery>>,
    pub answers: Mutex<VecDeque<u16>>,
    clock: OnceLock<Clock>,
}

#[async_trait::async_trait]
impl Courier for Shop {
    async fn deliver(&self, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Option<(u16, Vec<u8>)> {
        assert_eq!(url, SHOP);
        let headers = headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        let at_ms = (self.clock.get().unwrap().0)();
        self.deliveries.lock().unwrap().push(Delivery { at_ms, headers, body: String::from_utf8(body).unwrap() });
        Some((self.answers.lock().unwrap().pop_front().unwrap_or(200), b"success".to_vec()))
    }
}

/// What came back from a call.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// Status and error code.
    pub fn code(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or("").to_owned())
    }

    /// The number after the dash of `Request-ID`.
    pub fn number(&self) -> &str {
        self.header("request-id").split_once('-').unwrap().1
    }
}

pub struct Drill {
    pub sim: Simulator,
    pub shop: Arc<Shop>,
    pub clock: Clock,
    pub merchant: toml::Value,
}

fn keys() -> &'static Path {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::default();
        Simulator::new(SimConfig::in_process(folder.path().join("sim"), clock, Arc::new(Shop::default()))).unwrap();
        folder
    })
    .path()
}

/// Call it on a runtime whose clock is paused.
pub fn drill() -> Drill {
    drill_with(|_| {})
}

pub fn drill_with(change: impl FnOnce(&mut SimConfig)) -> Drill {
    let start = Instant::now();
    let clock = Clock(Arc::new(move || NOON_MS + i64::try_from(start.elapsed().as_millis()).unwrap()));
    let shop = Arc::new(Shop::default());
    let _ = shop.clock.set(clock.clone());
    let mut config = SimConfig::in_process(keys().join("sim"), clock.clone(), shop.clone());
    change(&mut config);
    let sim = Simulator::new(config).unwrap();
    let merchant = toml::from_str(&sim.merchant_toml(BASE)).unwrap();
    Drill { sim, shop, clock, merchant }
}

impl Drill {
    pub fn now_ms(&self) -> i64 {
        (self.clock.0)()
    }

    pub fn text(&self, path: &[&str]) -> String {
        path.iter().fold(&self.merchant, |value, name| &value[*name]).as_str().unwrap().to_owned()
    }

    fn wechat(&self, name: &str) -> String {
        self.text(&["wechat", name])
    }

    /// Any request; `None` when the connection broke.
    pub async fn send(&self, request: Request<Body>) -> Option<Reply> {
        let response = self.sim.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if parts.headers.contains_key(CUT_HEADER) {
            return None;
        }
        let body = to_bytes(body, usize::MAX).await.ok()?;
        Some(Reply { status: parts.status.as_u16(), headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() })
    }

    /// A signed v3 request.
    pub fn v3(&self, method: &str, target: &str, body: &str) -> Request<Body> {
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let nonce = format!("nonce{}", COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let timestamp = self.now_ms() / 1000;
        let text = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n");
        let der = pem(&std::fs::read_to_string(self.wechat("merchant_key_pem")).unwrap());
        let key = RsaKeyPair::from_pkcs8(&der).unwrap();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",timestamp=\"{timestamp}\",serial_no=\"{}\",signature=\"{}\"",
            self.wechat("mch_id"),
            self.wechat("merchant_serial"),
            BASE64.encode(signature)
        );
        Request::builder()
            .method(method)
            .uri(target)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("user-agent", "plain")
            .header("authorization", authorization)
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    pub async fn get(&self, target: &str) -> Reply {
        self.send(self.v3("GET", target, "")).await.unwrap()
    }

    pub async fn post(&self, target: &str, body: &Value) -> Reply {
        self.send(self.v3("POST", target, &body.to_string())).await.unwrap()
    }

    pub fn place_body(&self, number: &str) -> Value {
        json!({
            "appid": self.wechat("app_id"), "mchid": self.wechat("mch_id"), "description": "宫保鸡丁",
            "out_trade_no": number, "notify_url": SHOP, "amount": { "total": 3800, "currency": "CNY" },
        })
    }

    pub fn code_body(&self, number: &str, auth_code: &str) -> Value {
        json!({
            "appid": self.wechat("app_id"), "mchid": self.wechat("mch_id"), "description": "宫保鸡丁", "out_trade_no": number,
            "payer": { "auth_code": auth_code }, "amount": { "total": 3800, "currency": "CNY" },
            "scene_info": { "store_info": { "id": "S1" } },
        })
    }

    pub async fn charge(&self, number: &str, auth_code: &str) -> Reply {
        self.post("/v3/pay/transactions/codepay", &self.code_body(number, auth_code)).await
    }

    pub async fn reverse(&self, number: &str) -> Reply {
        let body = json!({ "appid": self.wechat("app_id"), "mchid": self.wechat("mch_id") });
        self.post(&format!("/v3/pay/transactions/out-trade-no/{number}/reverse"), &body).await
    }

    pub async fn query(&self, number: &str) -> Reply {
        self.get(&format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", self.wechat("mch_id"))).await
    }

    pub async fn state(&self, number: &str) -> String {
        let reply = self.query(number).await;
        reply.json()["trade_state"].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned()
    }

    /// Opens a native order and pays it.
    pub async fn paid_order(&self, number: &str) {
        let reply = self.post("/v3/pay/transactions/native", &self.place_body(number)).await;
        self.sim.pay(reply.json()["code_url"].as_str().unwrap()).unwrap();
    }

    pub async fn refund(&self, number: &str, refund_no: &str, fen: i64) -> Reply {
        let body = json!({
            "out_trade_no": number, "out_refund_no": refund_no, "notify_url": SHOP,
            "amount": { "refund": fen, "total": 3800, "currency": "CNY" },
        });
        self.post("/v3/refund/domestic/refunds", &body).await
    }

    pub async fn refund_status(&self, refund_no: &str) -> String {
        let reply = self.get(&format!("/v3/refund/domestic/refunds/{refund_no}")).await;
        reply.json()["status"].as_str().unwrap_or("").to_owned()
    }

    /// Whether the signature headers hold, under the public keys that `merchant.toml` names.
    pub fn is_signed(&self, header: impl Fn(&str) -> String, body: &str) -> bool {
        let serial = header("wechatpay-serial");
        let keys = self.merchant["wechat"]["verify_keys"].as_array().unwrap();
        let Some(known) = keys.iter().find(|key| key["serial"].as_str() == Some(&serial)) else {
            return false;
        };
        let der = pem(&std::fs::read_to_string(PathBuf::from(known["pem"].as_str().unwrap())).unwrap());
        let text = format!("{}\n{}\n{body}\n", header("wechatpay-timestamp"), header("wechatpay-nonce"));
        let Ok(signature) = BASE64.decode(header("wechatpay-signature")) else {
            return false;
        };
        // A 2048-bit public key's PEM has the PKCS#1 key behind 24 bytes of algorithm.
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der[24..]).verify(text.as_bytes(), &signature).is_ok()
    }

    pub fn reply_is_signed(&self, reply: &Reply) -> bool {
        self.is_signed(|name| reply.header(name).to_owned(), &reply.body)
    }

    pub fn notice_is_signed(&self, notice: &Delivery) -> bool {
        self.is_signed(|name| notice.headers.get(name).cloned().unwrap_or_default(), &notice.body)
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shop.deliveries.lock().unwrap().clone()
    }

    /// Opens an encrypted resource.
    pub fn open(&self, resource: &Value) -> Option<Value> {
        let plain = self.decrypt(resource)?;
        serde_json::from_str(&plain).ok()
    }

    pub fn decrypt(&self, resource: &Value) -> Option<String> {
        let text = |name: &str| resource[name].as_str().unwrap();
        let key = self.wechat("api_v3_key");
        let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM, key.as_bytes()).unwrap());
        let nonce = aead::Nonce::try_assume_unique_for_key(text("nonce").as_bytes()).unwrap();
        let mut bytes = BASE64.decode(text("ciphertext")).unwrap();
        let plain = key.open_in_place(nonce, aead::Aad::from(text("associated_data")), &mut bytes).ok()?;
        Some(String::from_utf8(plain.to_vec()).unwrap())
    }
}

pub fn pem(text: &str) -> Vec<u8> {
    let base64: String = text.lines().filter(|line| !line.starts_with("---")).collect();
    BASE64.decode(base64).unwrap()
}

pub async fn wait_s(seconds: u64) {
    tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
}
