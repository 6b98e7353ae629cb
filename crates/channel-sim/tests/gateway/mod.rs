//! A client of both channels that shares nothing with the adapters: it signs with ring and reads bytes.
#![allow(dead_code, clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use channel_sim::{Clock, Running, SimConfig, start};
use encoding_rs::Encoding;
use ring::{
    rand::SystemRandom,
    signature::{self, KeyPair, RsaKeyPair},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{OnceCell, mpsc};

/// A day that is long over when a test says so.
const DAY_MS: i64 = 86_400_000;

pub struct Gate {
    pub sim: Running,
    key: RsaKeyPair,
    alipay: RsaKeyPair,
    merchant: RsaKeyPair,
    serial: String,
    http: reqwest::Client,
    /// How far the simulator's clock is ahead.
    ahead_ms: Arc<AtomicI64>,
    _folder: TempDir,
}

/// An answer: its bytes as text, its node, and whether the signature covers the node as it stands.
pub struct Raw {
    pub text: String,
    pub value: Value,
    pub verified: bool,
}

fn system_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Making keys takes a second, so it is done once and copied.
async fn keys() -> &'static Path {
    static MADE: OnceCell<TempDir> = OnceCell::const_new();
    MADE.get_or_init(|| async {
        let folder = tempfile::tempdir().unwrap();
        start(SimConfig::new(folder.path().join("sim"), any())).await.unwrap().shutdown().await;
        folder
    })
    .await
    .path()
}

fn any() -> std::net::SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn pair(path: &Path) -> RsaKeyPair {
    let pem = fs::read_to_string(path).unwrap();
    let der = BASE64.decode(pem.lines().filter(|line| !line.starts_with("---")).collect::<String>()).unwrap();
    RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).unwrap()
}

fn verifies(pair: &RsaKeyPair, text: &[u8], base64: &str) -> bool {
    let public = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
    BASE64.decode(base64).is_ok_and(|signature| public.verify(text, &signature).is_ok())
}

fn serial(merchant: &Path) -> String {
    let text = fs::read_to_string(merchant).unwrap();
    let line = text.lines().find(|line| line.starts_with("merchant_serial")).unwrap();
    line.split('"').nth(1).unwrap().to_owned()
}

impl Gate {
    pub async fn open() -> Self {
        Self::open_at(1.0).await
    }

    pub async fn open_at(time_scale: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("sim");
        fs::create_dir(&dir).unwrap();
        for entry in fs::read_dir(keys().await.join("sim")).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), dir.join(entry.file_name())).unwrap();
        }
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let ahead = ahead_ms.clone();
        let clock = Clock(Arc::new(move || system_ms() + ahead.load(Ordering::SeqCst)));
        let sim = start(SimConfig { time_scale, clock, ..SimConfig::new(&dir, any()) }).await.unwrap();
        Self {
            key: pair(&dir.join("alipay_app_key.pem")),
            alipay: pair(&dir.join("alipay_platform_key.pem")),
            merchant: pair(&dir.join("merchant_key.pem")),
            serial: serial(&dir.join("merchant.toml")),
            http: reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
            sim,
            ahead_ms,
            _folder: folder,
        }
    }

    pub fn now_ms(&self) -> i64 {
        system_ms() + self.ahead_ms.load(Ordering::SeqCst)
    }

    pub fn pass_days(&self, days: i64) {
        self.pass_ms(days * DAY_MS);
    }

    pub fn pass_ms(&self, ms: i64) {
        self.ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Signed parameters.
    fn params(&self, method: &str, biz: &Value, more: &[(&str, &str)], encoding: &'static Encoding) -> Vec<(String, String)> {
        let now = jiff::Timestamp::from_millisecond(self.now_ms()).unwrap();
        let time = jiff::tz::offset(8).to_datetime(now).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let biz = biz.to_string();
        let charset = if encoding == encoding_rs::GBK { "GBK" } else { "utf-8" };
        let mut params: BTreeMap<&str, &str> = BTreeMap::from([
            ("app_id", "SIM2021000000000001"),
            ("method", method),
            ("format", "JSON"),
            ("charset", charset),
            ("sign_type", "RSA2"),
            ("timestamp", &time),
            ("version", "1.0"),
            ("biz_content", &biz),
        ]);
        params.extend(more.iter().copied());
        let text = params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let mut sign = vec![0; self.key.public().modulus_len()];
        self.key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), &encoding.encode(&text).0, &mut sign).unwrap();
        let mut params: Vec<_> = params.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        params.push(("sign".to_owned(), BASE64.encode(sign)));
        params
    }

    pub async fn call(&self, method: &str, biz: Value, more: &[(&str, &str)]) -> Value {
        self.raw(method, biz, more).await.value
    }

    pub async fn raw(&self, method: &str, biz: Value, more: &[(&str, &str)]) -> Raw {
        let params = self.params(method, &biz, more, encoding_rs::UTF_8);
        self.send("?charset=utf-8", &params, encoding_rs::UTF_8).await
    }

    pub async fn raw_gbk(&self, method: &str, biz: Value, more: &[(&str, &str)]) -> Raw {
        let params = self.params(method, &biz, more, encoding_rs::GBK);
        self.send("?charset=GBK", &params, encoding_rs::GBK).await
    }

    /// UTF-8, but neither the address nor the content type says so.
    pub async fn badly_named(&self, method: &str, biz: Value) -> Value {
        let params = self.params(method, &biz, &[], encoding_rs::UTF_8);
        self.send("", &params, encoding_rs::UTF_8).await.value
    }

    async fn send(&self, query: &str, params: &[(String, String)], encoding: &'static Encoding) -> Raw {
        let text = |text: &str| form_urlencoded::byte_serialize(&encoding.encode(text).0).collect::<String>();
        let body = params.iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join("&");
        let request = self.http.post(format!("{}/gateway.do{query}", self.sim.base_url())).body(body);
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let bytes = answer.bytes().await.unwrap();
        self.read(&bytes, encoding)
    }

    fn read(&self, bytes: &[u8], encoding: &'static Encoding) -> Raw {
        let text = encoding.decode(bytes).0.into_owned();
        let whole: Value = serde_json::from_str(&text).unwrap();
        let (name, node) = whole.as_object().unwrap().iter().find(|(name, _)| name.ends_with("_response")).unwrap();
        let start = text.find(&format!("\"{name}\":")).unwrap() + name.len() + 3;
        let end = text.rfind(",\"sign\":").unwrap_or(text.len() - 1);
        let verified = verifies(&self.alipay, &encoding.encode(&text[start..end]).0, whole["sign"].as_str().unwrap_or(""));
        Raw { value: node.clone(), verified, text }
    }

    /// A signed call to WeChat Pay v3: status, bytes, and whether the answer was signed.
    pub async fn v3(&self, method: &str, target: &str, body: &str) -> (u16, Vec<u8>, bool) {
        let target = target.strip_prefix(&self.sim.base_url()).unwrap_or(target);
        let time = self.now_ms() / 1000;
        let nonce = format!("N{}", system_ms());
        let text = format!("{method}\n{target}\n{time}\n{nonce}\n{body}\n");
        let mut sign = vec![0; self.merchant.public().modulus_len()];
        self.merchant.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut sign).unwrap();
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"SIM1900000109\",nonce_str=\"{nonce}\",signature=\"{}\",timestamp=\"{time}\",serial_no=\"{}\"",
            BASE64.encode(sign),
            self.serial
        );
        let request = self.http.request(method.parse().unwrap(), format!("{}{target}", self.sim.base_url()));
        let request = request.header("accept", "application/json").header("content-type", "application/json");
        let request = request.header("user-agent", "wire-test").header("authorization", authorization);
        let answer = request.body(body.to_owned()).send().await.unwrap();
        let signed = answer.headers().contains_key("wechatpay-signature");
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec(), signed)
    }

    /// The same, for answers in JSON.
    pub async fn v3_json(&self, method: &str, target: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, bytes, _) = self.v3(method, target, &body).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// A notice's fields, its signature checked.
    pub fn verified(&self, body: &[u8], encoding: &'static Encoding) -> BTreeMap<String, String> {
        let params = fields(body, encoding);
        let covered =
            params.iter().filter(|(name, value)| !matches!(name.as_str(), "sign" | "sign_type" | "") && !value.is_empty());
        let text = covered.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        assert!(verifies(&self.alipay, &encoding.encode(&text).0, &params["sign"]), "{text}");
        params
    }

    /// The signed address a merchant sends a browser to.
    pub fn address(&self, method: &str, biz: &Value, more: &[(&str, &str)]) -> String {
        let params = self.params(method, biz, more, encoding_rs::UTF_8);
        let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        format!("/gateway.do?{query}")
    }

    /// Status, where to next, and the page.
    pub async fn browse(&self, path: &str) -> (u16, String, String) {
        told(self.http.get(format!("{}{path}", self.sim.base_url())).send().await.unwrap()).await
    }

    pub async fn bytes(&self, url: &str) -> Vec<u8> {
        self.http.get(url).send().await.unwrap().bytes().await.unwrap().to_vec()
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, String, String) {
        told(self.http.post(format!("{}{path}", self.sim.base_url())).form(form).send().await.unwrap()).await
    }

    /// Looks at a code in the wallet, without paying.
    pub async fn look(&self, code: &str) {
        self.http.get(channel_sim::demo_wallet_url(&self.sim.base_url(), code)).send().await.unwrap();
    }

    pub async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/control/{path}", self.sim.base_url());
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// The book's row of an order.
    pub async fn row(&self, number: &str) -> Value {
        let url = format!("{}/control/orders", self.sim.base_url());
        let rows: Vec<Value> = self.http.get(url).send().await.unwrap().json().await.unwrap();
        rows.into_iter().find(|row| row["out_trade_no"] == number).unwrap_or(json!(null))
    }
}

async fn told(answer: reqwest::Response) -> (u16, String, String) {
    let place = answer.headers().get("location").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status().as_u16(), place, answer.text().await.unwrap())
}

/// A form's fields.
pub fn fields(body: &[u8], encoding: &'static Encoding) -> BTreeMap<String, String> {
    let part = |text: &str| {
        let bytes: Vec<u8> = percent(text.as_bytes());
        encoding.decode(&bytes).0.into_owned()
    };
    let text = std::str::from_utf8(body).unwrap();
    text.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (part(name), part(value))).collect()
}

fn percent(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                u8::from_str_radix(&format!("{}{}", char::from(*rest.next().unwrap()), char::from(*rest.next().unwrap())), 16)
                    .unwrap()
            }
            other => *other,
        });
    }
    out
}

/// What arrived.
pub struct Arrival {
    pub kind: String,
    pub body: Vec<u8>,
}

/// A place for notices that answers the same whatever comes.
pub struct Shop {
    pub url: String,
    arrivals: mpsc::UnboundedReceiver<Arrival>,
}

impl Shop {
    pub async fn open(reply: &'static str) -> Self {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let receive = move |headers: HeaderMap, body: Bytes| {
            let sender = sender.clone();
            async move {
                let kind = headers["content-type"].to_str().unwrap().to_owned();
                let _ = sender.send(Arrival { kind, body: body.to_vec() });
                (StatusCode::OK, reply)
            }
        };
        let listener = tokio::net::TcpListener::bind(any()).await.unwrap();
        let url = format!("http://{}/notice", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/notice", post(receive))).await });
        Self { url, arrivals }
    }

    pub async fn next(&mut self) -> Arrival {
        tokio::time::timeout(Duration::from_secs(10), self.arrivals.recv()).await.unwrap().unwrap()
    }

    /// Whether nothing more comes for a while.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(300), self.arrivals.recv()).await.is_err()
    }
}
