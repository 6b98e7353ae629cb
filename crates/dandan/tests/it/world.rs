//! A restaurant for one test: a folder with real SQLite, the real server on it as a process, and hands to use it.

use api::Signer;
use domain::catalog::{CatalogCommand, House, Role, Staff};
use domain::floor::FloorCommand;
use domain::menu::Menu;
use domain::{StoreId, Timestamp};
use engine::{RandomIds, Store, SystemClock, WriterOptions};
use futures::StreamExt;
use journal::{Journal, SqliteJournal};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub const STORE: StoreId = StoreId(0x7e57);
pub const PIN: &str = "13579";
pub const ROLES: [(&str, Role); 7] = [
    ("waiter", Role::Waiter),
    ("cashier", Role::Cashier),
    ("cook", Role::Kitchen),
    ("lead", Role::Lead),
    ("manager", Role::Manager),
    ("owner", Role::Owner),
    ("support", Role::Support),
];
pub const SIGNING: [u8; 32] = [7; 32];
pub const PEPPER: [u8; 32] = [9; 32];
/// How long anything may take before a test gives up on it.
pub const SOON: Duration = Duration::from_secs(20);

pub fn id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    hex::encode(bytes)
}

/// What a test wants other than usual.
pub struct Plan {
    pub unpaid_minutes: u32,
    pub scan_opens_table: bool,
    pub payments: Option<PathBuf>,
    /// More arguments of `dandan serve`.
    pub args: Vec<String>,
    /// What the server writes into its log.
    pub log: &'static str,
    /// Where printers listen; the kitchen and the till print on the first.
    pub printers: Vec<String>,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            unpaid_minutes: 15,
            scan_opens_table: true,
            payments: None,
            args: Vec::new(),
            log: "warn,dandan=info",
            printers: Vec::new(),
        }
    }
}

/// A small menu with one of everything.
pub fn menu() -> Menu {
    let text = |name: &str| json!({ "zh": name, "en": name });
    let std = |price: i64| json!([{ "id": "std", "name": { "zh": "", "en": "" }, "price": price }]);
    let dish = |id: &str, price: i64, more: Value| {
        let mut dish = json!({
            "id": id, "code": id, "category": "all", "station": "wok", "name": text(id), "description": null, "image": "",
            "charge": "item", "variants": std(price), "groups": [], "set_groups": [], "allergens": [], "hours": null,
            "daily_count": null, "due_min": 5, "overdue_min": 10, "pinyin": "", "popular": false,
        });
        dish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        dish
    };
    let option = |id: &str, price: i64, max: u16, excludes: &[&str]| json!({ "id": id, "name": text(id), "price": price, "max": max, "excludes": excludes });
    let spice = json!({ "id": "spice", "name": text("spice"), "kind": "method", "min": 1, "max": 1, "options": [option("mild", 0, 1, &[]), option("hot", 0, 1, &[])] });
    let extra = json!({ "id": "extra", "name": text("extra"), "kind": "extra", "min": 0, "max": 3, "options": [option("egg", 200, 2, &[]), option("beef", 600, 1, &["vegan"]), option("vegan", 0, 1, &["beef"])] });
    let set = json!({ "id": "main", "name": text("main"), "min": 1, "max": 1, "choices": [{ "dish": "rice", "variant": "std", "surcharge": 0 }, { "dish": "soup", "variant": "std", "surcharge": 100 }] });
    serde_json::from_value(json!({
        "version": 1, "currency": "CNY",
        "stations": [{ "id": "wok", "name": text("wok") }, { "id": "bar", "name": text("bar") }],
        "categories": [{ "id": "all", "name": text("all") }],
        "dishes": [
            dish("rice", 300, json!({})),
            dish("soup", 1200, json!({ "station": "bar" })),
            dish("noodles", 1800, json!({ "groups": [spice, extra] })),
            dish("crab", 8800, json!({ "daily_count": 1 })),
            dish("fish", 4000, json!({ "charge": "weight" })),
            dish("dip", 500, json!({ "charge": "cover" })),
            dish("set", 2000, json!({ "set_groups": [set] })),
        ],
    }))
    .unwrap()
}

fn house(plan: &Plan) -> House {
    let text = |name: &str| json!({ "zh": name, "en": name });
    let table =
        |id: &str, area: &str| json!({ "id": id, "name": id.to_uppercase(), "area": area, "seats": 4, "code_version": 1 });
    let hall = (1..=40).map(|n| table(&format!("a{n}"), "hall"));
    let counter = (1..=2).map(|n| table(&format!("k{n}"), "counter"));
    let printer = |(n, address): (usize, &String)| json!({ "id": format!("p{n}"), "name": format!("p{n}"), "address": address, "width_mm": 80 });
    let kitchen = ["wok", "bar"].map(|station| json!({ "station": station, "printer": "p0" }));
    serde_json::from_value(json!({
        "printers": plan.printers.iter().enumerate().map(printer).collect::<Vec<_>>(),
        "kitchen_printers": if plan.printers.is_empty() { &[] } else { &kitchen[..] },
        "till_printer": plan.printers.first().map(|_| "p0"),
        "store": STORE, "name": text("Test"), "currency": "CNY", "time_zone": "UTC",
        "areas": [{ "id": "hall", "name": text("hall"), "mode": "pay_later" }, { "id": "counter", "name": text("counter"), "mode": "pay_first" }],
        "tables": hall.chain(counter).collect::<Vec<_>>(),
        "policy": { "scan_opens_table": plan.scan_opens_table, "unpaid_minutes": plan.unpaid_minutes, "rush_pause_s": 60,
            "cash_rounding_fen": 500, "tips_bp": [1000] },
        "accounts": [{ "id": "acme", "name": "Acme", "limit": 1000 }],
    }))
    .unwrap()
}

/// The slow hash is made once for all tests.
fn pin_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| api::hash_pin(PIN, &PEPPER).unwrap()).clone()
}

const PAIRING_CODE: &str = "pair-me";

pub async fn furnish(folder: &Path, plan: &Plan) {
    write_keys(folder);
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder).unwrap());
    let gone = Arc::downgrade(&journal);
    furnish_in(journal, plan).await;
    until("the journal is closed", || std::future::ready((gone.strong_count() == 0).then_some(()))).await;
}

pub fn write_keys(folder: &Path) {
    let keys = format!("signing = \"{}\"\npepper = \"{}\"\n", hex::encode(SIGNING), hex::encode(PEPPER));
    let path = folder.join("keys.toml");
    std::fs::write(&path, keys).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// A secret of the test's store in a cloud with these keys, as the cloud derives it.
pub fn derived(what: &str) -> [u8; 32] {
    use ring::hmac::{HMAC_SHA256, Key, sign};
    let tag = sign(&Key::new(HMAC_SHA256, &SIGNING), format!("{what} of {STORE}").as_bytes());
    tag.as_ref().try_into().unwrap()
}

/// Sets the restaurant up in a journal, wherever that is.
pub async fn furnish_in(journal: Arc<dyn Journal>, plan: &Plan) {
    furnish_as(STORE, journal, plan).await;
}

/// The same as another restaurant.
pub async fn furnish_as(id: StoreId, journal: Arc<dyn Journal>, plan: &Plan) {
    let clock = Arc::new(SystemClock::new("UTC").unwrap());
    let store = Store::open(id, journal, clock, Arc::new(RandomIds), WriterOptions::default()).await.unwrap();
    store.publish_house(store.fresh_request(), House { store: id, ..house(plan) }).await.unwrap();
    for (id, role) in ROLES {
        let staff = Staff { id: id.parse().unwrap(), name: id.to_owned(), role, pin_hash: pin_hash(), left: false };
        store.submit_catalog(store.fresh_request(), CatalogCommand::PutStaff(staff)).await.unwrap();
    }
    let pairing = CatalogCommand::AllowPairing { code_hash: api::code_hash(PAIRING_CODE), until: Timestamp(i64::MAX) };
    store.submit_catalog(store.fresh_request(), pairing).await.unwrap();
    store.publish_menu(store.fresh_request(), menu()).await.unwrap();
    store.submit_floor(store.fresh_request(), FloorCommand::OpenDay).await.unwrap();
    store.stop().await;
}

/// Asks again and again until there is something, or gives up.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < SOON, "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The server as a process.
pub struct Server {
    pub url: String,
    pub log: Arc<Mutex<String>>,
    child: Child,
}

impl Server {
    pub fn command(folder: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dandan"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--time-zone", "UTC", "--store", &STORE.to_string(), "--data"])
            .arg(folder);
        if let Some(payments) = &plan.payments {
            command.arg("--payments").arg(payments);
        }
        command.args(&plan.args);
        command.env("NO_COLOR", "1").env("DANDAN_LOG", plan.log).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    pub async fn start(folder: &Path, plan: &Plan) -> Server {
        Server::run(Server::command(folder, plan)).await
    }

    /// Starts it, and waits until it says where it is.
    pub async fn run(mut command: Command) -> Server {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let url = loop {
            let line = lines.next_line().await.unwrap();
            let so_far = log.lock().unwrap().clone();
            let line = line.unwrap_or_else(|| panic!("the server ended: {so_far}"));
            log.lock().unwrap().push_str(&format!("{line}\n"));
            if let Some(address) = line.split("address=").nth(1).and_then(|rest| rest.split(' ').next()) {
                break format!("http://{address}");
            }
        };
        let kept = log.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        Server { url, log, child }
    }

    /// SIGKILL, at once.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM; how long the server took to end.
    pub async fn terminate(&mut self) -> Duration {
        let pid = self.child.id().unwrap().to_string();
        let started = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        let status = tokio::time::timeout(SOON, self.child.wait()).await.expect("the server ends").unwrap();
        let log = self.log.lock().unwrap().clone();
        assert!(status.success(), "{status}: {log}");
        started.elapsed()
    }
}

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub retry_after: Option<u32>,
    pub body: Value,
}

impl Answer {
    /// The body, of an answer that must have this status.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The body, of a refusal that must have this status and code and the form of one.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        self.is_refusal();
        assert_eq!((self.status, self.body["code"].as_str().unwrap()), (status, code), "{}", self.body);
        self.body
    }

    /// Asserts the form every refusal has, and that it blames the request.
    #[track_caller]
    pub fn is_refusal(&self) {
        assert!((400..500).contains(&self.status), "{} {}", self.status, self.body);
        assert_eq!(self.kind, "application/problem+json", "{} {}", self.status, self.body);
        assert_eq!(self.body["status"], self.status, "{}", self.body);
        let code = self.body["code"].as_str().unwrap();
        assert_eq!(self.body["type"], format!("/problems/{code}"));
        assert!(["zh", "en"].iter().all(|language| self.body["texts"][language].as_str().is_some_and(|text| !text.is_empty())));
    }
}

/// The restaurant.
pub struct World {
    pub server: Server,
    pub folder: TempDir,
    pub http: reqwest::Client,
    pub plan: Plan,
    signer: Signer,
    device: tokio::sync::OnceCell<String>,
}

/// A party at a table, with one phone.
#[derive(Clone, Debug)]
pub struct Party {
    pub session: String,
    pub token: String,
}

impl Drop for World {
    fn drop(&mut self) {
        let log = self.server.log.lock().unwrap().clone();
        assert!(std::thread::panicking() || !log.contains("panicked"), "the server panicked:\n{log}");
    }
}

pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub async fn world() -> World {
    open(Plan::default()).await
}

pub async fn open(plan: Plan) -> World {
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path(), &plan).await;
    open_in(folder, plan, &SIGNING).await
}

/// A restaurant that is in a folder already, with this key.
pub async fn open_in(folder: TempDir, plan: Plan, signing: &[u8; 32]) -> World {
    let server = Server::start(folder.path(), &plan).await;
    World { server, folder, http: client(), plan, signer: Signer::new(signing), device: tokio::sync::OnceCell::new() }
}

impl World {
    pub async fn kill(&mut self) {
        self.server.kill().await;
    }

    /// Starts a server on the same data; the former one must be gone.
    pub async fn restart(&mut self) {
        self.server = Server::start(self.folder.path(), &self.plan).await;
    }

    pub fn base(&self) -> String {
        format!("{}/api/v1/stores/{STORE}", self.server.url)
    }

    pub fn request(&self, method: Method, path: &str, token: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base()) };
        let request = self.http.request(method, url);
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        send(self.request(Method::GET, path, token)).await
    }

    /// Posts under a fresh id.
    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.post_as(&id(), path, token, body).await
    }

    pub async fn post_as(&self, key: &str, path: &str, token: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path, token).header("idempotency-key", key).json(&body)).await
    }

    pub async fn health(&self) -> Value {
        self.get(&format!("{}/api/v1/health", self.server.url), "").await.ok(200)
    }

    /// Last sequence numbers of the three streams.
    pub async fn heads(&self) -> Vec<u64> {
        serde_json::from_value(self.health().await["heads"].clone()).unwrap()
    }

    /// A figure of `/metrics`.
    pub async fn figure(&self, name: &str) -> f64 {
        let text = self.http.get(format!("{}/metrics", self.server.url)).send().await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or_default()
    }

    /// A token with this content, as only this store's key makes it.
    pub fn seal(&self, body: &str) -> String {
        format!("{body}.{}", self.signer.mark(body, 16))
    }

    pub fn code(&self, table: &str) -> String {
        format!("{table}.1.{}", self.signer.mark(&format!("table.{STORE}.{table}.1"), 10))
    }

    /// The token of a device paired for this test.
    pub async fn device(&self) -> String {
        let pair = async || {
            let paired = self.post("/devices/pair", "", json!({ "code": PAIRING_CODE, "name": "test" })).await.ok(201);
            paired["token"].as_str().unwrap().to_owned()
        };
        self.device.get_or_init(pair).await.clone()
    }

    /// Signs somebody of this role in.
    pub async fn staff(&self, role: &str) -> String {
        let device = self.device().await;
        let signed = self.post("/staff/sign-in", &device, json!({ "staff": role, "pin": PIN })).await.ok(200);
        signed["token"].as_str().unwrap().to_owned()
    }

    /// Joins a table as a new phone.
    pub async fn join(&self, table: &str) -> Party {
        let body = json!({ "code": self.code(table), "guest": id(), "name": null, "covers": 2, "session": id() });
        let joined = self.post("/sessions/join", "", body).await.ok(201);
        let text = |name: &str| joined[name].as_str().unwrap().to_owned();
        Party { session: text("session"), token: text("token") }
    }

    pub async fn party(&self, party: &Party) -> Value {
        self.get(&format!("/sessions/{}", party.session), &party.token).await.ok(200)
    }

    pub async fn place(&self, party: &Party, order: &Value) -> Answer {
        let key = order["order"].as_str().unwrap();
        self.post_as(key, &format!("/sessions/{}/orders", party.session), &party.token, order.clone()).await
    }

    pub async fn kitchen(&self, token: &str) -> Vec<Value> {
        let kitchen = self.get("/kitchen", token).await.ok(200);
        serde_json::from_value(kitchen["tickets"].clone()).unwrap()
    }

    /// Every order event in the journal of a stopped server, after its chains were verified.
    pub async fn journal(folder: &Path) -> Vec<domain::floor::OrderPlaced> {
        let journal = SqliteJournal::open(folder).unwrap();
        for stream in journal::Stream::ALL {
            let report = journal.verify(journal::StreamKey::new(journal::StoreKey(STORE.0), stream), 0).await.unwrap();
            assert!(report.broken.is_none(), "{report:?}");
        }
        let key = journal::StreamKey::new(journal::StoreKey(STORE.0), journal::Stream::Floor);
        let events = journal.read(key, 0, 1_000_000).await.unwrap();
        let read = |event: journal::StoredEvent| serde_json::from_slice(&engine::split_sender(&event.body).0).unwrap();
        let placed = |event| match event {
            domain::floor::FloorEvent::OrderPlaced(order) => Some(order),
            _ => None,
        };
        events.into_iter().map(read).filter_map(placed).collect()
    }
}

pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (status, kind) = (response.status().as_u16(), header("content-type").unwrap_or_default());
    let retry_after = header("retry-after").and_then(|text| text.parse().ok());
    let bytes = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    Answer { status, kind, retry_after, body }
}

/// A selection of a plain dish.
pub fn select(dish: &str, quantity: u16) -> Value {
    json!({ "line": id(), "dish": dish, "variant": "std", "quantity": quantity, "weight_g": null, "options": [], "set": [], "note": null })
}

/// An order of one plain dish at this price.
pub fn order(dish: &str, quantity: u16, unit_price: i64) -> Value {
    let mut line = select(dish, quantity);
    line["unit_price"] = json!(unit_price);
    line["amount"] = json!(unit_price * i64::from(quantity));
    json!({ "order": id(), "menu_version": 1, "total": line["amount"], "lines": [line], "note": null })
}

/// One frame of a feed.
#[derive(Clone, Debug)]
pub struct Frame {
    pub kind: String,
    pub seq: u64,
    pub id: Option<String>,
    pub body: Value,
    pub came: Instant,
}

pub fn frame(text: &str, id: Option<String>) -> Frame {
    let body: Value = serde_json::from_str(text).unwrap();
    let kind = body["type"].as_str().unwrap_or_else(|| panic!("{text}")).to_owned();
    Frame { kind, seq: body["seq"].as_u64().unwrap(), id, body, came: Instant::now() }
}

/// A server-sent feed being read.
pub struct Feed {
    bytes: futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    unread: Vec<u8>,
}

impl World {
    pub async fn feed(&self, path: &str, token: &str, after: Option<&str>) -> Feed {
        let mut request = self.request(Method::GET, path, token);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Feed { bytes: response.bytes_stream().boxed(), unread: Vec::new() }
    }
}

impl Feed {
    /// The next frame; none when the server has ended the feed.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.unread.drain(..end + 2).collect();
                let text = String::from_utf8(event).unwrap();
                let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
                let Some(data) = field("data:") else { continue };
                return Some(frame(data, field("id:").map(str::to_owned)));
            }
            let chunk = tokio::time::timeout(SOON, self.bytes.next()).await.expect("a feed is never silent for so long")?;
            self.unread.extend_from_slice(&chunk.ok()?);
        }
    }

    /// The next frame that says something.
    pub async fn next_news(&mut self) -> Option<Frame> {
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < SOON, "a feed says nothing new");
            let frame = self.next().await?;
            if frame.kind != "heartbeat" {
                return Some(frame);
            }
        }
    }
}
