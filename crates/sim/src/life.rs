//! One life of the server: the real store, desk, print desk, hub and router over the simulated disk, wires and clock. It ends by
//! dying: nothing it does from then on reaches the world.

use crate::channels::Channels;
use crate::clock::ServerClock;
use crate::copies::{Copies, Linked, Machine};
use crate::disk::Mount;
use crate::gate::Gate;
use crate::house::STORE;
use crate::paper::{PrinterLine, Printers};
use crate::seams::Seams;
use anyhow::Context;
use api::{App, Crowd, Hub, Lockout, Payable, Signer, party_code, pay_code};
use axum::Router;
use engine::{Opening, SeededIds, Store, WriterOptions};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use workers::{Desk, DeskSetup, PrintDesk, PrintTiming, SlipLink};

/// The store's key, the same in every life.
pub(crate) const KEY: [u8; 32] = [5; 32];

/// A server.
pub(crate) struct Life {
    pub number: u32,
    pub gate: Gate,
    /// The box it runs on.
    pub machine: Arc<Machine>,
    /// Its ends of the links to whoever keeps a copy.
    pub linked: Linked,
    pub app: Arc<App>,
    pub router: Router,
    stop: CancellationToken,
}

/// What every life is put together from.
pub(crate) struct Parts {
    pub seed: u64,
    /// The box that is the shop's home.
    pub home: Mutex<Arc<Machine>>,
    pub copies: Copies,
    pub channels: Arc<Channels>,
    pub printers: Arc<Printers>,
    pub clock: ServerClock,
    pub seams: Seams,
}

impl Parts {
    /// The box that is the shop's home.
    pub fn home(&self) -> Arc<Machine> {
        self.home.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Life {
    /// Starts a server on a box's disk. It fails where the disk does. Channels and printers are reached through `outside`.
    pub async fn start(parts: &Parts, machine: Arc<Machine>, number: u32, gate: Gate, outside: Gate) -> anyhow::Result<Life> {
        machine.starts(&gate);
        let store = open(parts, &machine, number, &gate).await?;
        let mut channels: Vec<Arc<dyn pay::Channel>> = parts.channels.ours(&outside, &parts.clock)?.all().collect();
        if let Some(around) = &parts.seams.channel {
            channels = channels.into_iter().map(|channel| around(channel)).collect();
        }
        let desk = Desk::new(DeskSetup { store: store.clone(), channels, notify_base: "http://127.0.0.1:2/channels".to_owned() });
        let signer = Arc::new(Signer::new(&KEY));
        let line = Arc::new(PrinterLine { printers: parts.printers.clone(), gate: outside });
        let public_url = "http://127.0.0.1:2".to_owned();
        let links = links(signer.clone());
        let printers = PrintDesk::over(line, store.clone(), public_url.clone(), links, PrintTiming::default());
        let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
        let app = Arc::new(App {
            hub: Hub::new(store.clone(), desk.clone(), printers.clone(), None),
            store,
            desk,
            printers,
            wechat_login: None,
            alipay_login: None,
            public_url,
            trusted_proxy: None,
            signer,
            pepper: vec![3; 32],
            crowd: Crowd::default(),
            lockout: Lockout::default(),
            demo_wallet: None,
            metrics,
            cloud: None,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        let linked = parts.copies.attach(&machine, &app.store, &parts.clock, &gate, number);
        let life = Life { number, gate, machine, linked, router: api::whole(app.clone(), routes()), stop: app.stop.clone(), app };
        life.work(&parts.seams);
        Ok(life)
    }

    fn work(&self, seams: &Seams) {
        let (app, stop) = (&self.app, &self.stop);
        if !seams.server.no_desk {
            tokio::spawn(app.desk.clone().run(stop.clone()));
        }
        if !seams.server.no_print_desk {
            tokio::spawn(app.printers.clone().run(stop.clone()));
        }
        if !seams.server.no_feeds {
            tokio::spawn(app.hub.clone().run(stop.clone()));
        }
        let app = app.clone();
        tokio::spawn(async move { app.end_when_lost().await });
    }

    /// Dies. The gate closes first, so that nothing that still moves inside reaches the world.
    pub fn die(&self) {
        self.gate.kill();
        self.stop.cancel();
    }
}

/// The documented routes, described once: they belong to no server.
fn routes() -> Router<Arc<App>> {
    static ROUTES: OnceLock<Router<Arc<App>>> = OnceLock::new();
    ROUTES.get_or_init(api::routes).clone()
}

async fn open(parts: &Parts, machine: &Machine, number: u32, gate: &Gate) -> anyhow::Result<Store> {
    let mount = Mount::new(machine.disk.clone(), gate.clone(), number);
    // Snapshots are made on another thread, which has no place in a run that must repeat itself.
    let options = WriterOptions { snapshot_every: 0, ..WriterOptions::default() };
    let ids = Arc::new(SeededIds::new(parts.seed.wrapping_mul(31).wrapping_add(u64::from(number))));
    let opening = Opening { rules: parts.seams.rules.clone(), options, ..Opening::new(Arc::new(parts.clock.clone()), ids) };
    Store::open_as(STORE, mount, opening).await.context("the store doesn't open")
}

fn links(signer: Arc<Signer>) -> Box<dyn Fn(SlipLink) -> Option<String> + Send + Sync> {
    Box::new(move |link| match link {
        SlipLink::Pay(session) => Some(format!("/p/{}", pay_code(&signer, STORE, Payable { session, share: None }))),
        SlipLink::Table(session) => Some(format!("/t/{}", party_code(&signer, STORE, session))),
        SlipLink::Queue(_) => None,
    })
}
