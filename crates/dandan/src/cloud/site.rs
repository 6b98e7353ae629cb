//! One store on one node: decided here, or followed.

use super::node::NodeSetup;
use crate::serve::{self, Surroundings};
use anyhow::Context;
use api::{App, CloudTrust, StaffPepper};
use async_trait::async_trait;
use axum::Router;
use domain::StoreId;
use engine::{Answered, Home, Homes, Opening, RandomIds, Relay, Relayed, Store, SubmitError, SystemClock};
use journal::{Stream, StreamKey};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::task::TaskTracker;
use workers::Releases;

/// How long what is under way gets to end when a node gives a store up.
const FAREWELL: Duration = Duration::from_secs(3);

/// Which part a node plays for a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// It decides.
    Home,
    /// Another node decides, reached here.
    Copy(String),
}

/// A store as this node serves it.
#[derive(Debug)]
pub struct Site {
    pub app: Arc<App>,
    pub router: Router,
    pub part: Part,
    workers: TaskTracker,
}

impl Site {
    /// Opens a store on this node.
    pub async fn open(setup: &NodeSetup, id: StoreId, time_zone: &str, part: Part) -> anyhow::Result<Arc<Site>> {
        let clock = Arc::new(SystemClock::new(time_zone).with_context(|| format!("{time_zone} is no time zone"))?);
        let homes = match part {
            Part::Home => Homes::default(),
            Part::Copy(_) => elsewhere(),
        };
        let opening = Opening { homes, ..Opening::new(clock, Arc::new(RandomIds)) };
        let store = Store::open_as(id, setup.journal.clone(), opening).await?;
        // Looked up after the journal was taken over: whoever moves a store changes the book first, and then takes the journal.
        if part == Part::Home && !setup.book.is_decided_here(id).await? {
            store.stop().await;
            anyhow::bail!("the store was moved away");
        }
        let public_url = format!("{}/s/{id}", setup.public_url);
        let around = Surroundings {
            public_url: &public_url,
            payments: &setup.payments,
            demo_wallet: None,
            trusted_proxy: setup.trusted_proxy,
            metrics: setup.metrics.clone(),
            cloud: Some(CloudTrust {
                key: setup.keys.cloud_key()?.public(),
                url: None,
                staff_pepper: StaffPepper(setup.keys.staff_pepper(id)?),
            }),
        };
        let app = serve::rooms(&store, &setup.book.keys_of(&setup.keys, id).await?, around)?;
        let site = Site { router: api::whole(app.clone(), routes()), app, part, workers: TaskTracker::new() };
        site.work(setup);
        tracing::info!(store = %id, part = ?site.part, "store opened");
        Ok(Arc::new(site))
    }

    pub fn is_home(&self) -> bool {
        self.part == Part::Home
    }

    fn work(&self, setup: &NodeSetup) {
        let (app, stop) = (&self.app, &self.app.stop);
        self.workers.spawn(app.hub.clone().run(stop.clone()));
        self.workers.spawn(serve::keep_figures_small(app.clone()));
        if self.is_home() {
            // Slips are printed by a box in the store: a cloud reaches no printer.
            self.workers.spawn(app.desk.clone().run(stop.clone()));
            self.workers.spawn(Releases::new(app.store.clone()).run(stop.clone()));
            self.workers.spawn(tell(setup.hints.clone(), app.clone()));
        }
    }

    /// Ends everything that serves the store here. What was accepted is in the journal.
    pub async fn close(&self) {
        self.app.stop.cancel();
        self.app.tasks.close();
        self.workers.close();
        let ended = async { tokio::join!(self.app.tasks.wait(), self.workers.wait()) };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            tracing::warn!(store = %self.app.store.id(), "some connections did not end in time");
        }
        self.app.store.stop().await;
    }
}

/// Tells the other nodes of every commit.
async fn tell(hints: Arc<dyn super::hints::Hints>, app: Arc<App>) {
    let (id, stop) = (app.store.id(), app.stop.clone());
    let (mut floor, mut money, mut catalog) = (app.store.floor_commits(), app.store.money_commits(), app.store.catalog_commits());
    loop {
        let (stream, closed) = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            commit = floor.recv() => (Stream::Floor, matches!(commit, Err(RecvError::Closed))),
            commit = money.recv() => (Stream::Money, matches!(commit, Err(RecvError::Closed))),
            commit = catalog.recv() => (Stream::Catalog, matches!(commit, Err(RecvError::Closed))),
        };
        if closed {
            return;
        }
        hints.tell((id, stream)).await;
    }
}

/// Every stream's home is another node. Requests that would decide something are passed on before they get here.
fn elsewhere() -> Homes {
    let there = || Home::There(Arc::new(NotHere));
    Homes { floor: there(), money: there(), catalog: there() }
}

#[derive(Debug)]
struct NotHere;

#[async_trait]
impl Relay for NotHere {
    async fn relay(&self, _: StreamKey, _: Relayed) -> Result<Answered, SubmitError> {
        Err(SubmitError::Unavailable)
    }
}

/// The documented routes, described once: they belong to no store.
fn routes() -> Router<Arc<App>> {
    static ROUTES: OnceLock<Router<Arc<App>>> = OnceLock::new();
    ROUTES.get_or_init(api::routes).clone()
}
