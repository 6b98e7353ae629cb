//! A simulator with the adapters' clients on it, and a shop that receives notices.
#![allow(dead_code, clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use channel_sim::{Running, SimConfig, start};
use pay::{
    Alipay, Channel, Money, Notice, NoticeRefused, Open, Outcome, PaymentConfig, WechatLogin, WechatPay, keys::read_private_file,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{OnceCell, mpsc};

/// A thousand times faster than real: the first repeat of a notice comes after 15 ms.
pub const FAST: f64 = 1000.0;

pub struct House {
    pub sim: Running,
    pub wechat: Arc<WechatPay>,
    pub alipay: Arc<Alipay>,
    pub login: WechatLogin,
    pub dir: PathBuf,
    pub http: reqwest::Client,
    _folder: Option<TempDir>,
}

/// Making keys takes a second, so it is done once and copied.
async fn keys() -> &'static Path {
    static MADE: OnceCell<TempDir> = OnceCell::const_new();
    MADE.get_or_init(|| async {
        let folder = tempfile::tempdir().unwrap();
        let sim = start(SimConfig::new(folder.path().join("sim"), "127.0.0.1:0".parse().unwrap())).await.unwrap();
        sim.shutdown().await;
        folder
    })
    .await
    .path()
}

pub async fn copy_of_keys() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("sim");
    fs::create_dir(&target).unwrap();
    for entry in fs::read_dir(keys().await.join("sim")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
    }
    folder
}

pub async fn house() -> House {
    house_at_speed(FAST).await
}

pub async fn house_at_speed(time_scale: f64) -> House {
    let folder = copy_of_keys().await;
    let dir = folder.path().join("sim");
    let mut house = open_house(&dir, time_scale).await;
    house._folder = Some(folder);
    house
}

pub async fn open_house(dir: &Path, time_scale: f64) -> House {
    let listen = "127.0.0.1:0".parse().unwrap();
    let sim = start(SimConfig { time_scale, ..SimConfig::new(dir, listen) }).await.unwrap();
    let config = read_config(&sim.merchant.config);
    let wechat = config.wechat.as_ref().unwrap();
    House {
        wechat: Arc::new(WechatPay::new(wechat, true, pay::system_clock()).unwrap()),
        alipay: Arc::new(Alipay::new(config.alipay.as_ref().unwrap(), true, pay::system_clock()).unwrap()),
        login: WechatLogin::new(wechat, true).unwrap(),
        dir: dir.to_owned(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        sim,
        _folder: None,
    }
}

pub fn read_config(path: &Path) -> PaymentConfig {
    toml::from_str(&read_private_file(path).unwrap()).unwrap()
}

impl House {
    pub async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/control/{path}", self.sim.base_url());
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    pub async fn pays(&self, code: &str) {
        let (status, body) = self.control("pay", json!({ "code": code })).await;
        assert_eq!(status, 200, "{body}");
    }

    pub async fn fault(&self, fault: Value) {
        let (status, body) = self.control("faults", fault).await;
        assert_eq!(status, 200, "{body}");
    }

    pub async fn orders(&self) -> Vec<Value> {
        let url = format!("{}/control/orders", self.sim.base_url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }
}

/// What arrived at the shop's notice address.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Arrival {
    pub fn read(&self, channel: &dyn Channel) -> Result<Notice, NoticeRefused> {
        channel.read_notice(&self.headers, &self.body, pay::system_clock()())
    }
}

pub struct Shop {
    pub url: String,
    arrivals: mpsc::UnboundedReceiver<Arrival>,
}

impl Shop {
    /// Answers as the channel wants, after refusing the first `deaf` deliveries.
    pub async fn open(channel: Arc<dyn Channel>, deaf: usize) -> Self {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let seen = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let receive = move |headers: HeaderMap, body: Bytes| {
            let (sender, channel, seen) = (sender.clone(), channel.clone(), seen.clone());
            async move {
                let arrival = Arrival {
                    headers: headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect(),
                    body: body.to_vec(),
                };
                let heard = arrival.read(&*channel).is_ok() && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) >= deaf;
                sender.send(arrival).unwrap();
                let reply = if heard { channel.notice_accepted() } else { channel.notice_refused() };
                (StatusCode::from_u16(reply.status).unwrap(), [("content-type", reply.content_type)], reply.body)
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notice", listener.local_addr().unwrap());
        let app = Router::new().route("/notice", post(receive));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, arrivals }
    }

    pub async fn next(&mut self) -> Arrival {
        tokio::time::timeout(Duration::from_secs(10), self.arrivals.recv()).await.unwrap().unwrap()
    }

    /// Whether nothing more comes for a while.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(400), self.arrivals.recv()).await.is_err()
    }
}

pub fn open(attempt_no: &str, notify_url: &str) -> Open {
    Open {
        attempt_no: attempt_no.into(),
        amount: Money(3800),
        description: "宫保鸡丁 100% + 米饭 🍚".into(),
        notify_url: notify_url.into(),
        expires_at_ms: pay::system_clock()() + 900_000,
    }
}

pub fn ok<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Succeeded(value) => value,
        Outcome::DefinitelyFailed { code, message } => panic!("failed: {code} {message}"),
        Outcome::Unknown { why } => panic!("unknown: {why}"),
    }
}

pub fn failed<T: std::fmt::Debug>(outcome: Outcome<T>) -> String {
    match outcome {
        Outcome::DefinitelyFailed { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

pub fn code_of(opened: pay::Opened) -> String {
    match opened {
        pay::Opened::Code { code_url } => code_url,
        pay::Opened::Jsapi { package, .. } => package,
        pay::Opened::TradeNo { trade_no } => trade_no,
        pay::Opened::Browser { url } => url,
    }
}
