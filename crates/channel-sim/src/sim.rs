//! What every handler shares, and how the faults get into every call.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header::CONTENT_LENGTH},
    response::{Html, IntoResponse, Response},
};
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Settings,
    bill::Bills,
    codepay::{Plan, next_change},
    config::{Clock, Courier, CourierChoice, HttpCourier, LedgerPlace, SimConfig},
    faults::{Faults, Hits, Kind, Op, Which},
    identity::Identity,
    ledger::{Ledger, Order},
    line::Line,
    notify,
};

/// Tells an in-process caller that the connection broke, `before` or `after` the work was done.
pub const CUT_HEADER: &str = "x-sim-cut";

/// Everything the handlers share. Locks are held for a few lines and never over an await.
pub(crate) struct Sim {
    pub identity: Identity,
    pub ledger: Mutex<Ledger>,
    pub faults: Mutex<Faults>,
    pub settings: Mutex<Settings>,
    /// What the payers behind certain codes do, where it was ordered.
    pub plans: Mutex<BTreeMap<String, Plan>>,
    /// `wx.login` codes already used.
    pub used_codes: Mutex<BTreeSet<String>>,
    /// Nonces of the last minutes, by time.
    pub nonces: Mutex<BTreeMap<String, i64>>,
    /// Bills given out, and what is to be wrong with them.
    pub bills: Mutex<Bills>,
    pub courier: Arc<dyn Courier>,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
    pub plain_secapi: bool,
    /// `http://…` of the channels.
    pub base: OnceLock<String>,
    clock: Clock,
    time_scale: f64,
    key_changes: AtomicUsize,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sim(..)")
    }
}

/// Which call this is, and the connection it came in on.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub channel: Which,
    pub op: Op,
    pub line: &'a Line,
}

/// Trouble that each protocol says in its own words.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    ServerError,
    RateLimited,
}

impl Sim {
    pub(crate) fn new(config: &SimConfig, identity: Identity) -> anyhow::Result<Arc<Self>> {
        anyhow::ensure!(config.time_scale.is_finite() && config.time_scale > 0.0, "time_scale must be more than 0");
        let ledger = match config.ledger {
            LedgerPlace::File => Ledger::open(&config.data_dir.join("ledger.jsonl"))?,
            LedgerPlace::Memory => Ledger::in_memory(),
        };
        let courier = match &config.courier {
            CourierChoice::Given(courier) => courier.clone(),
            CourierChoice::Http => {
                // Fails when a provider is already installed, which is what we want anyway.
                let _ = rustls::crypto::ring::default_provider().install_default();
                Arc::new(HttpCourier::new()?)
            }
        };
        Ok(Arc::new(Self {
            identity,
            ledger: Mutex::new(ledger),
            faults: Mutex::new(Faults::new(config.seed)),
            settings: Mutex::new(Settings::default()),
            plans: Mutex::new(BTreeMap::new()),
            used_codes: Mutex::new(BTreeSet::new()),
            nonces: Mutex::new(BTreeMap::new()),
            bills: Mutex::new(Bills::default()),
            courier,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            plain_secapi: config.plain_secapi,
            base: OnceLock::new(),
            clock: config.clock.clone(),
            time_scale: config.time_scale,
            key_changes: AtomicUsize::new(0),
        }))
    }

    /// UTC milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// `http://…` of the channels, for addresses in answers.
    pub(crate) fn base(&self) -> &str {
        self.base.get().map_or("http://127.0.0.1:7070", String::as_str)
    }

    /// A real wait, as long as it takes here.
    pub(crate) fn scaled(&self, real: Duration) -> Duration {
        real.div_f64(self.time_scale)
    }

    /// The same, in milliseconds.
    pub(crate) fn scaled_ms(&self, real_ms: u64) -> i64 {
        i64::try_from(self.scaled(Duration::from_millis(real_ms)).as_millis()).unwrap_or(i64::MAX)
    }

    /// How often WeChat Pay's keys were changed; says which of two signs now.
    pub(crate) fn key_changes(&self) -> usize {
        self.key_changes.load(Ordering::Relaxed)
    }

    pub(crate) fn rotate_key(&self) {
        self.key_changes.fetch_add(1, Ordering::Relaxed);
    }

    /// What the payer behind this code does: as ordered, or as its last digits say.
    pub(crate) fn plan(&self, auth_code: &str) -> Plan {
        let plan = self.plans.lock().get(auth_code).copied().unwrap_or_else(|| Plan::of_code(auth_code));
        Plan { after_ms: u64::try_from(self.scaled_ms(plan.after_ms)).unwrap_or(0), ..plan }
    }

    /// Waits for what becomes of a code payment by itself, and tells the merchant when that is money.
    pub(crate) fn watch(self: &Arc<Self>, order: &Order) {
        if next_change(order).is_none() {
            return;
        }
        let (sim, channel, number) = (self.clone(), order.channel, order.number.clone());
        let watching = async move {
            loop {
                let next = sim.ledger.lock().get(channel, &number).and_then(next_change);
                let Some(at) = next else {
                    return;
                };
                let wait = u64::try_from(at - sim.now_ms()).unwrap_or(0);
                tokio::time::sleep(Duration::from_millis(wait)).await;
                sim.advance(channel, &number);
            }
        };
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = watching => {}
            }
        });
    }

    /// Does what has become due on an order; every handler that reads a code payment does this first.
    pub(crate) fn advance(self: &Arc<Self>, channel: Which, number: &str) {
        let paid = self.ledger.lock().advance(channel, number, self.now_ms());
        if let Some(order) = paid {
            notify::paid(self, &order);
        }
    }

    /// Does `work` under whatever faults hit this call; `work` is shown them, for those that are its own.
    pub(crate) async fn under_faults(
        &self,
        call: Call<'_>,
        trouble: impl Fn(Trouble) -> Response,
        work: impl FnOnce(&Hits) -> Response,
    ) -> Response {
        let hits = self.faults.lock().draw(call.channel, call.op, self.now_ms());
        sleep_ms(hits.delay_ms(Kind::Latency)).await;
        if let Some(refused) = fault_before(&hits, call.line, &trouble) {
            return refused;
        }
        let response = work(&hits);
        sleep_ms(hits.delay_ms(Kind::LateAnswer) + hits.delay_ms(Kind::PaidBeforeReply)).await;
        fault_after(&hits, call.line, &trouble, response).await
    }
}

async fn sleep_ms(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

fn fault_before(hits: &Hits, line: &Line, trouble: &impl Fn(Trouble) -> Response) -> Option<Response> {
    if hits.has(Kind::Reset) {
        return Some(cut(line, "before"));
    }
    if hits.has(Kind::BadGateway) {
        return Some(bad_gateway());
    }
    if hits.has(Kind::RateLimited) {
        return Some(trouble(Trouble::RateLimited));
    }
    hits.has(Kind::ErrorBefore).then(|| trouble(Trouble::ServerError))
}

async fn fault_after(hits: &Hits, line: &Line, trouble: &impl Fn(Trouble) -> Response, response: Response) -> Response {
    if hits.has(Kind::DropResponse) {
        return cut(line, "after");
    }
    if hits.has(Kind::BadGatewayAfter) {
        return bad_gateway();
    }
    if hits.has(Kind::RateLimitedAfter) {
        return trouble(Trouble::RateLimited);
    }
    if hits.has(Kind::ErrorAfter) {
        return trouble(Trouble::ServerError);
    }
    if hits.has(Kind::Truncated) {
        return reshaped(response, truncated).await;
    }
    let slow_ms = hits.delay_ms(Kind::SlowBody);
    if hits.has(Kind::SlowBody) {
        return reshaped(response, |bytes| trickling(bytes, slow_ms)).await;
    }
    response
}

/// Breaks the connection; a caller without one reads the header.
pub(crate) fn cut(line: &Line, when: &'static str) -> Response {
    line.cut();
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.headers_mut().insert(CUT_HEADER, HeaderValue::from_static(when));
    response
}

fn bad_gateway() -> Response {
    (StatusCode::BAD_GATEWAY, Html("<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>")).into_response()
}

async fn reshaped(response: Response, shape: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Response::from_parts(parts, shape(bytes))
}

/// The first half, then a broken connection; a moment between them, or the half would never leave.
fn truncated(bytes: Bytes) -> Body {
    let half = bytes.slice(..bytes.len() / 2);
    let broken = stream::once(async {
        sleep_ms(20).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(stream::iter([Ok(half)]).chain(broken))
}

/// Twenty pieces, evenly over the time.
fn trickling(bytes: Bytes, over_ms: u64) -> Body {
    let piece = bytes.len().div_ceil(20).max(1);
    Body::from_stream(stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep_ms(over_ms / 20).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok::<_, std::io::Error>(next), rest))
    }))
}

/// Whether an address given to us is on this machine: notices go nowhere else.
pub(crate) fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = url.parse::<reqwest::Url>() else {
        return false;
    };
    let Some(host) = url.host_str() else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    loopback && matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_stay_on_this_machine() {
        for url in ["http://127.0.0.1:1/n", "http://localhost/n", "http://[::1]:2/n", "https://127.8.8.8/n"] {
            assert!(is_on_this_machine(url), "{url}");
        }
        for url in [
            "https://example.cn/n",
            "http://192.168.1.2/n",
            "http://127.0.0.1.example.cn/",
            "file:///etc",
            "x",
            "http://0.0.0.0/",
        ] {
            assert!(!is_on_this_machine(url), "{url}");
        }
    }
}
