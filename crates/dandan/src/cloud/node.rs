//! A node: the stores it serves, and who decides for each.

use super::book::{Book, Lease};
use super::boxes::Kind;
use super::copies::Copies;
use super::front;
use super::hints::Hints;
use super::office::{self, Office};
use super::receipts::Receipts;
use super::reports::Reports;
use super::site::{Part, Site};
use crate::keys::HouseKeys;
use crate::tunnel::ask::Tunnel;
use api::{Problem, Signer};
use domain::StoreId;
use engine::{Clock as _, SystemClock};
use journal::Journal;
use metrics_exporter_prometheus::PrometheusHandle;
use parking_lot::Mutex;
use pay::PaymentConfig;
use seal::{NodeKey, PublicKey};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What a node signs when it passes a request on.
pub const PASS: &str = "passed on between nodes";
/// How often leases are prolonged and looked after; several times within one.
const TEND_EVERY: Duration = Duration::from_millis(1500);
/// A node that hasn't heard of the database for so long says that it can't serve, so that a balancer leaves it out.
const UNHEARD_MS: i64 = 10_000;
/// How many stores without a node are taken on at once.
const ADOPT: i64 = 16;
/// How long connections get to end when the node stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a node is started with.
#[derive(Debug)]
pub struct NodeSetup {
    pub journal: Arc<dyn Journal>,
    pub book: Book,
    pub keys: HouseKeys,
    /// Where the other nodes reach this one.
    pub url: String,
    pub public_url: String,
    pub payments: PaymentConfig,
    pub trusted_proxy: Option<IpAddr>,
    pub hints: Arc<dyn Hints>,
    /// What brands want of their stores.
    pub office: Office,
    /// Figures over all stores.
    pub reports: Reports,
    pub metrics: PrometheusHandle,
}

/// A store's place on this node. Opening and closing happen under its lock, one at a time.
type Place = Arc<tokio::sync::Mutex<Option<Arc<Site>>>>;

/// One node of the cloud.
#[derive(Debug)]
pub struct Node {
    pub setup: NodeSetup,
    /// Nodes with the same keys believe each other.
    pub signer: Signer,
    /// Signs what boxes and tills must be able to check without the cloud.
    pub key: NodeKey,
    pub stop: CancellationToken,
    pub http: reqwest::Client,
    name: String,
    places: Mutex<BTreeMap<StoreId, Place>>,
    /// Stores being opened: a long journal takes longer to read than a lease lasts.
    opening: Mutex<BTreeSet<StoreId>>,
    /// Boxes that have called here.
    tunnels: Mutex<BTreeMap<StoreId, Arc<Tunnel>>>,
    clock: SystemClock,
    /// When the database last answered. Units: UTC milliseconds.
    heard_ms: AtomicI64,
    /// Takes the boxes' journals in.
    pub copies: Copies,
    /// Proofs of payment for shops that are cut off.
    pub receipts: Receipts,
}

impl Node {
    pub fn new(setup: NodeSetup) -> anyhow::Result<Arc<Node>> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        Ok(Arc::new(Node {
            signer: Signer::new(&setup.keys.signing()?),
            key: setup.keys.cloud_key()?,
            // Another one after each start: a lease of the last life is nobody's.
            name: hex::encode(random),
            stop: CancellationToken::new(),
            http: reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_secs(2)).build()?,
            places: Mutex::default(),
            opening: Mutex::default(),
            tunnels: Mutex::default(),
            clock: SystemClock::new("UTC")?,
            heard_ms: AtomicI64::new(SystemClock::new("UTC")?.now_ms()),
            copies: Copies::new(setup.journal.clone(), setup.book.clone(), SystemClock::new("UTC")?),
            receipts: Receipts::over(&setup.payments)?,
            setup,
        }))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The way to a store's box, if it has called here.
    pub fn tunnel(&self, id: StoreId) -> Option<Arc<Tunnel>> {
        self.tunnels.lock().get(&id).filter(|tunnel| !tunnel.gone.is_cancelled()).cloned()
    }

    /// Asks a box on behalf of others until it is gone, calls elsewhere, its key counts no more, or this node stops.
    pub async fn hold(self: Arc<Self>, id: StoreId, key: PublicKey, tunnel: Arc<Tunnel>) {
        if let Err(error) = self.setup.book.take_for_box(id, &self.name, &self.setup.url).await {
            return tracing::warn!(store = %id, error = format!("{error:#}"), "a box called and can't be entered");
        }
        if let Some(former) = self.tunnels.lock().insert(id, tunnel.clone()) {
            former.gone.cancel();
        }
        tracing::info!(store = %id, "a box has called");
        if let Err(error) = self.setup.office.wake(id).await {
            tracing::warn!(store = %id, error = format!("{error:#}"), "what waits from head office comes later");
        }
        let mut beat = tokio::time::interval(TEND_EVERY);
        loop {
            tokio::select! {
                () = tunnel.gone.cancelled() => break,
                () = self.stop.cancelled() => break,
                _ = beat.tick() => {
                    if let Err(error) = self.tend_box(id, key, &tunnel).await {
                        tracing::warn!(store = %id, error = format!("{error:#}"), "a box can't be looked after now");
                    }
                }
            }
        }
        tunnel.gone.cancel();
        if self.forget(id, &tunnel) {
            tracing::info!(store = %id, "a box is gone");
            let _ = self.setup.book.give_back(id, &self.name).await;
        }
    }

    /// Forgets a tunnel; false where the box has called again meanwhile.
    fn forget(&self, id: StoreId, tunnel: &Arc<Tunnel>) -> bool {
        let mut tunnels = self.tunnels.lock();
        let ours = tunnels.get(&id).is_some_and(|held| Arc::ptr_eq(held, tunnel));
        if ours {
            tunnels.remove(&id);
        }
        ours
    }

    /// Prolongs the lease, or ends the call where the box has called another node or was replaced; brings what waits.
    async fn tend_box(&self, id: StoreId, key: PublicKey, tunnel: &Tunnel) -> anyhow::Result<()> {
        let known = self.setup.book.box_of(id).await?.and_then(|shop| shop.key);
        if known != Some(key) || self.setup.book.renew(&self.name, &[id]).await?.is_empty() {
            tunnel.gone.cancel();
            return Ok(());
        }
        for notice in self.setup.book.waiting(id).await? {
            let answer = tunnel.ask(notice.request()?).await.status();
            // What the box will not have it will not have later either; the channel is asked anyway.
            if answer.is_success() || answer.is_client_error() {
                self.setup.book.delivered(id, &notice.digest).await?;
            }
        }
        Ok(())
    }

    /// Whether it can serve: it doesn't stop, and the database has answered not long ago.
    pub fn is_fit(&self) -> bool {
        !self.stop.is_cancelled() && self.now_ms() - self.heard_ms.load(Ordering::Relaxed) <= UNHEARD_MS
    }

    /// How many stores it serves, and for how many of them it decides.
    pub fn counts(&self) -> (usize, usize) {
        let open = self.open_sites();
        let boxes = self.tunnels.lock().len();
        (open.len() + boxes, open.iter().filter(|site| site.is_home()).count())
    }

    /// The store as this node serves it, opened if it isn't yet.
    ///
    /// # Errors
    /// `store_unknown`, or `unavailable` where the database can't be asked.
    pub async fn site(&self, id: StoreId) -> Result<Arc<Site>, Problem> {
        let place = self.place(id);
        let mut here = place.lock().await;
        if let Some(site) = here.as_ref().filter(|site| !site.app.store.is_stopped()) {
            return Ok(site.clone());
        }
        if self.stop.is_cancelled() {
            return Err(Problem::new("unavailable", "this node stops").retry_after(1));
        }
        if let Some(lost) = here.take() {
            lost.close().await;
        }
        self.opening.lock().insert(id);
        let opened = self.open(id).await;
        self.opening.lock().remove(&id);
        match opened {
            Ok(Some(site)) => Ok(here.insert(site).clone()),
            Ok(None) => {
                self.places.lock().remove(&id);
                Err(Problem::new("store_unknown", "no such restaurant here"))
            }
            Err(error) => {
                tracing::error!(store = %id, error = format!("{error:#}"), "the store can't be opened");
                Err(Problem::new("unavailable", "the store can't be opened now; try again").retry_after(1))
            }
        }
    }

    async fn open(&self, id: StoreId) -> anyhow::Result<Option<Arc<Site>>> {
        let zone = match self.setup.book.kind_of(id).await? {
            Kind::Cloud(zone) => zone,
            Kind::Box(_) => anyhow::bail!("the store was moved into a box"),
            Kind::Unknown => return Ok(None),
        };
        if !self.setup.book.is_decided_here(id).await? {
            // It was there a moment ago: whoever asks again hears what has become of it.
            self.setup.book.kinds.lock().remove(&id);
            anyhow::bail!("the store was moved away");
        }
        let part = match self.setup.book.take(id, &self.name, &self.setup.url).await? {
            Ok(()) => Part::Home,
            Err(Lease { url, .. }) => Part::Copy(url),
        };
        Site::open(&self.setup, id, &zone, part).await.map(Some)
    }

    fn place(&self, id: StoreId) -> Place {
        self.places.lock().entry(id).or_default().clone()
    }

    /// The stores that are open. One that is being opened or closed is not waited for.
    fn open_sites(&self) -> Vec<Arc<Site>> {
        self.places.lock().values().filter_map(|place| place.try_lock().ok()?.clone()).collect()
    }

    /// Prolongs what this node has, gives up what it lost, takes on what nobody has. Opening goes on beside it: a lease waits for nobody.
    async fn tend(self: &Arc<Self>) -> anyhow::Result<()> {
        let sites = self.open_sites();
        let (home, copies): (Vec<_>, Vec<_>) = sites.into_iter().partition(|site| site.is_home());
        let homes: Vec<StoreId> = home.iter().map(|site| site.app.store.id()).collect();
        let held: Vec<StoreId> = self.opening.lock().iter().chain(&homes).copied().collect();
        let kept = if held.is_empty() { Vec::new() } else { self.setup.book.renew(&self.name, &held).await? };
        for id in homes.iter().filter(|id| !kept.contains(id)) {
            tracing::warn!(store = %id, "the lease was lost");
            tokio::spawn(self.clone().reopen(*id));
        }
        let followed: Vec<StoreId> = copies.iter().map(|site| site.app.store.id()).collect();
        let holders = if followed.is_empty() { BTreeMap::new() } else { self.setup.book.holders(&followed).await? };
        for site in copies {
            let id = site.app.store.id();
            let same = holders.get(&id).is_some_and(|lease| lease.live && site.part == Part::Copy(lease.url.clone()));
            if !same || site.app.store.is_stopped() {
                tokio::spawn(self.clone().reopen(id));
            }
        }
        for id in self.setup.book.orphans(ADOPT).await? {
            let node = self.clone();
            tokio::spawn(async move { drop(node.site(id).await) });
        }
        Ok(())
    }

    /// Closes a store and opens it again, in whatever part is this node's now.
    async fn reopen(self: Arc<Self>, id: StoreId) {
        if let Some(site) = self.place(id).lock().await.take() {
            site.close().await;
        }
        let _ = self.site(id).await;
    }

    /// Takes a store on whose node is gone: nobody listens any more where it was. Should it live all the same, the journal refuses
    /// whatever it still decides.
    pub async fn take_from(&self, id: StoreId, url: &str) {
        tracing::warn!(store = %id, url, "the node that decides is gone");
        match self.setup.book.end(id, url).await {
            Ok(()) => self.reopen_copy_of(id, url).await,
            Err(error) => tracing::warn!(error = format!("{error:#}"), "its lease can't be ended now"),
        }
    }

    /// Of many requests that find the same node gone, the first reopens the store.
    async fn reopen_copy_of(&self, id: StoreId, url: &str) {
        let place = self.place(id);
        let stale = place.lock().await.take_if(|site| site.part == Part::Copy(url.to_owned()));
        if let Some(site) = stale {
            site.close().await;
        }
        let _ = self.site(id).await;
    }

    async fn tend_until_stopped(self: Arc<Self>) {
        let mut beat = tokio::time::interval(TEND_EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while self.stop.run_until_cancelled(beat.tick()).await.is_some() {
            match self.tend().await {
                Ok(()) => self.heard_ms.store(self.now_ms(), Ordering::Relaxed),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "leases can't be looked after now"),
            }
        }
    }

    async fn listen_to_hints(self: Arc<Self>) {
        let mut hints = self.setup.hints.follow().await;
        while let Some(Some((id, stream))) = self.stop.run_until_cancelled(hints.recv()).await {
            let place = self.places.lock().get(&id).cloned();
            // A place that is being opened reads the journal anyway.
            if let Some(site) = place.and_then(|place| place.try_lock().ok().and_then(|site| site.clone())) {
                site.app.store.look(stream);
            }
        }
    }

    async fn close(&self) {
        let sites = self.open_sites();
        futures::future::join_all(sites.iter().map(|site| site.close())).await;
        // After the writers have stopped: whoever takes a store on now finds nobody in its way.
        if let Err(error) = self.setup.book.release(&self.name).await {
            tracing::warn!(error = format!("{error:#}"), "the leases can't be given back; they end by themselves");
        }
    }
}

/// Serves until `until` is over.
pub async fn serve(
    node: Arc<Node>,
    listener: TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    tokio::spawn(node.clone().tend_until_stopped());
    tokio::spawn(node.clone().listen_to_hints());
    tokio::spawn(office::run(node.clone()));
    let stop = node.stop.clone();
    let service = front::router(node.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown({
        let (stop, node) = (stop.clone(), node.clone());
        async move {
            until.await;
            stop.cancel();
            // Feeds end with their stores, or they would keep the server open.
            node.close().await;
        }
    });
    let mut serving = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut serving => ended??,
        () = async { stop.cancelled().await; tokio::time::sleep(FAREWELL).await } => serving.abort(),
    }
    Ok(())
}
