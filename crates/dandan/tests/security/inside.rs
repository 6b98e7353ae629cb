//! The same house in this process: for what is tried a million times, and for a journal that fails.

use crate::world::{PEPPER, Plan, SIGNING, STORE, furnish, until};
use api::{App, Crowd, Hub, Lockout, Signer};
use engine::{RandomIds, Store, SystemClock, WriterOptions};
use journal::{FaultyJournal, Journal, SqliteJournal};
use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use workers::{Desk, DeskSetup, PrintDesk};

/// A house with its checks within reach.
pub struct Inside {
    pub app: Arc<App>,
    pub journal: Arc<FaultyJournal>,
    _folder: TempDir,
}

pub async fn inside() -> Inside {
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path(), &Plan::default()).await;
    let opened = until("the folder is free", || std::future::ready(SqliteJournal::open(folder.path()).ok())).await;
    let below: Arc<dyn Journal> = Arc::new(opened);
    let journal = Arc::new(FaultyJournal::new(below));
    let clock = Arc::new(SystemClock::new("UTC").unwrap());
    let store = Store::open(STORE, journal.clone(), clock, Arc::new(RandomIds), WriterOptions::default()).await.unwrap();
    let public_url = "https://eat.example.cn".to_owned();
    let notify_base = format!("{public_url}/channels");
    let desk = Desk::new(DeskSetup { store: store.clone(), channels: Vec::new(), notify_base });
    let printers = PrintDesk::new(store.clone(), public_url.clone(), Box::new(|_| None));
    let app = App {
        wechat_login: None,
        alipay_login: None,
        public_url,
        trusted_proxy: None,
        signer: Arc::new(Signer::new(&SIGNING)),
        pepper: PEPPER.to_vec(),
        crowd: Crowd::default(),
        lockout: Lockout::default(),
        hub: Hub::new(store.clone(), desk.clone(), printers.clone(), None),
        printers,
        desk,
        demo_wallet: None,
        metrics: metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle(),
        cloud: None,
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
        store,
    };
    Inside { app: Arc::new(app), journal, _folder: folder }
}

impl Inside {
    /// Serves the house on a free port of this machine until the test ends; its address.
    pub async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = api::router(self.app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, service).into_future());
        format!("http://{address}")
    }
}

/// Numbers that look random and are the same at every run (`SplitMix64`).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `sides`.
    pub fn under(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll() % (sides as u64)).unwrap()
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.under(of.len())]
    }

    /// So many hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.roll()));
        }
        text.truncate(digits);
        text
    }
}
