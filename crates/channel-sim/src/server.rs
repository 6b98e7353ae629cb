//! Starts and stops the simulator, and lets the faults into every call.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    MerchantFiles, SimConfig, alipay, control,
    cut::{Cut, CuttingListener},
    faults::{Faults, Kind, Op, Which},
    identity::Identity,
    ledger::Ledger,
    notify, wallet, wechat,
};

/// Bodies larger than this are nobody's order.
const LARGEST_BODY: usize = 256 * 1024;

/// Everything the handlers share. Locks are held for a few lines and never over an await.
#[derive(Debug)]
pub(crate) struct Sim {
    pub identity: Identity,
    pub ledger: Mutex<Ledger>,
    pub faults: Mutex<Faults>,
    /// `wx.login` codes already used.
    pub used_codes: Mutex<BTreeSet<String>>,
    pub http: reqwest::Client,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
    time_scale: f64,
    notice_key: AtomicUsize,
}

impl Sim {
    /// UTC milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// A real wait, as long as it takes here.
    pub(crate) fn scaled(&self, real: Duration) -> Duration {
        real.div_f64(self.time_scale)
    }

    /// Which of WeChat Pay's keys signs notices now.
    pub(crate) fn notice_key(&self) -> usize {
        self.notice_key.load(Ordering::Relaxed) % 2
    }

    pub(crate) fn rotate_key(&self) {
        self.notice_key.fetch_add(1, Ordering::Relaxed);
    }

    /// Does `work` under whatever faults hit this call. `work` gets "sign wrongly" as its argument.
    pub(crate) async fn under_faults(&self, channel: Which, op: Op, cut: &Cut, work: impl FnOnce(bool) -> Response) -> Response {
        let hits = self.faults.lock().draw(channel, op);
        if hits.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(hits.delay_ms)).await;
        }
        if hits.has(Kind::Reset) {
            cut.now();
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        if hits.has(Kind::ErrorBefore) {
            return server_error(channel);
        }
        let response = work(hits.has(Kind::BadSignature));
        if hits.has(Kind::DropResponse) {
            cut.now();
        }
        if hits.has(Kind::ErrorAfter) {
            return server_error(channel);
        }
        response
    }
}

fn server_error(channel: Which) -> Response {
    match channel {
        Which::Wechat => wechat::error(500, "SYSTEM_ERROR", "系统异常，请稍后重试"),
        Which::Alipay => (StatusCode::BAD_GATEWAY, "<html>502 Bad Gateway</html>").into_response(),
    }
}

/// A simulator at work. Dropping it leaves it running; call [`Running::shutdown`].
#[derive(Debug)]
pub struct Running {
    /// Where the channels and the payer's page are.
    pub addr: SocketAddr,
    /// Where the control API is.
    pub control: SocketAddr,
    /// What the shop's server is given.
    pub merchant: MerchantFiles,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// `http://…` of the channels.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Resolves when something asked the simulator to stop.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Stops taking calls and sending notices; what is not delivered yet is sent after the next start.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.tasks.wait()).await;
    }
}

/// Starts a simulator.
///
/// # Errors
/// A listen address off this machine, a data folder that is not its own, or keys it did not make.
pub async fn start(config: SimConfig) -> anyhow::Result<Running> {
    for addr in [Some(config.listen), config.control].into_iter().flatten() {
        ensure!(
            addr.ip().is_loopback(),
            "{addr} is not on this machine: the simulator has a button that pays, so it listens on loopback only"
        );
    }
    ensure!(config.time_scale.is_finite() && config.time_scale > 0.0, "time_scale must be more than 0");
    let dir = config.data_dir.clone();
    let identity = tokio::task::spawn_blocking(move || Identity::open(&dir)).await??;
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    let addr = listener.local_addr()?;
    let base = format!("http://{addr}");
    let merchant = identity.write_merchant(&config.data_dir, &base)?;
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    // Fails when a provider is already installed, which is what we want anyway.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sim = Arc::new(Sim {
        identity,
        ledger: Mutex::new(Ledger::open(&config.data_dir.join("ledger.jsonl"))?),
        faults: Mutex::new(Faults::new(config.seed)),
        used_codes: Mutex::new(BTreeSet::new()),
        http: reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .build()?,
        tasks: tasks.clone(),
        stop: stop.clone(),
        time_scale: config.time_scale,
        notice_key: AtomicUsize::new(0),
    });

    let mut app = Router::new().merge(wechat::routes()).merge(alipay::routes()).merge(wallet::routes());
    let control_addr = match config.control.filter(|control| *control != config.listen) {
        Some(control) => {
            let listener = TcpListener::bind(control).await.with_context(|| format!("cannot listen on {control}"))?;
            let control = listener.local_addr()?;
            serve(&sim, listener, control::routes());
            control
        }
        None => {
            app = app.merge(control::routes());
            addr
        }
    };
    serve(&sim, listener, app);
    notify::resume(&sim);
    Ok(Running { addr, control: control_addr, merchant, stop, tasks })
}

fn serve(sim: &Arc<Sim>, listener: TcpListener, app: Router<Arc<Sim>>) {
    let app = app
        .layer(tower_http::limit::RequestBodyLimitLayer::new(LARGEST_BODY))
        .with_state(sim.clone())
        .into_make_service_with_connect_info::<Cut>();
    let stop = sim.stop.clone();
    sim.tasks.spawn(async move {
        let served =
            axum::serve(CuttingListener(listener), app).with_graceful_shutdown(async move { stop.cancelled().await }).await;
        if let Err(error) = served {
            tracing::error!(%error, "the simulator stopped listening");
        }
    });
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
