//! How to run a simulator: over real sockets, or inside a drill with its own clock.

use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// How to run a simulator.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// Where keys, `merchant.toml` and the ledger live; made at the first start.
    pub data_dir: PathBuf,
    /// Where both channels, and the payer's page, listen; loopback only. Port 0 takes any.
    pub listen: SocketAddr,
    /// Where the control API listens, if it should not be on `listen`.
    pub control: Option<SocketAddr>,
    /// Where the channels listen with TLS as well, and ask for the merchant's certificate; any port unless chosen.
    pub tls_listen: Option<SocketAddr>,
    /// Decides which calls a fault with a percentage hits.
    pub seed: u64,
    /// How many times faster than real the waits run (notice retries, refunds on their way). 1.0 is real time.
    pub time_scale: f64,
    /// What time it is.
    pub clock: Clock,
    /// Where the book is kept.
    pub ledger: LedgerPlace,
    /// How notices reach the merchant.
    pub courier: CourierChoice,
    /// `/secapi` answers without a client certificate: for drills in one process, where there is no TLS.
    pub plain_secapi: bool,
    /// Keys made now are light ones: a keyed hash in the place of RSA, for drills that play payments by the hundred thousand.
    pub light_keys: bool,
}

impl SimConfig {
    /// A simulator at real speed.
    pub fn new(data_dir: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen,
            control: None,
            tls_listen: Some(SocketAddr::new(listen.ip(), 0)),
            seed: 1,
            time_scale: 1.0,
            clock: Clock::default(),
            ledger: LedgerPlace::File,
            courier: CourierChoice::Http,
            plain_secapi: false,
            light_keys: false,
        }
    }

    /// A simulator inside a drill: no socket and no file besides the keys, which many drills may share.
    pub fn in_process(keys: impl Into<PathBuf>, clock: Clock, courier: Arc<dyn Courier>) -> Self {
        Self {
            clock,
            ledger: LedgerPlace::Memory,
            courier: CourierChoice::Given(courier),
            plain_secapi: true,
            ..Self::new(keys, SocketAddr::from(([127, 0, 0, 1], 0)))
        }
    }
}

/// Where the book is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerPlace {
    /// `ledger.jsonl` in the data folder.
    File,
    /// Forgotten with the simulator.
    Memory,
}

/// Tells the time, in UTC milliseconds.
#[derive(Clone)]
pub struct Clock(pub Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    pub(crate) fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        }))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock(..)")
    }
}

/// Brings notices to the merchant.
#[async_trait::async_trait]
pub trait Courier: Send + Sync {
    /// Posts `body` to `url`; the answer's status and body, or nothing when there was no answer.
    async fn deliver(&self, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Option<(u16, Vec<u8>)>;
}

/// Which courier.
#[derive(Clone)]
pub enum CourierChoice {
    /// Real HTTP, to this machine only.
    Http,
    /// Whatever the drill brings.
    Given(Arc<dyn Courier>),
}

impl fmt::Debug for CourierChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "Http",
            Self::Given(_) => "Given(..)",
        })
    }
}

/// The courier with real HTTP.
pub(crate) struct HttpCourier(reqwest::Client);

impl HttpCourier {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Ok(Self(builder.build()?))
    }
}

#[async_trait::async_trait]
impl Courier for HttpCourier {
    async fn deliver(&self, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Option<(u16, Vec<u8>)> {
        let mut request = self.0.post(url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.bytes().await.unwrap_or_default().to_vec()))
    }
}
