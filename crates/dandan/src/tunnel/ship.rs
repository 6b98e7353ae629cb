//! The box's journal on its way to the cloud, which keeps a copy: written down there, the shop's day survives the box.

use super::dial::{KEY, Membership};
use crate::replica::{HomeStreams, node_of};
use anyhow::Context;
use api::{CloudSight, CloudState};
use async_trait::async_trait;
use domain::Timestamp;
use engine::{RandomIds, Store, SystemClock};
use journal::StoreKey;
use link::{Connect, Dialer, Lines, Local, NoNeeds, Rhythm, Seen, Status, Wire, WireError, websocket};
use rustls_platform_verifier::ConfigVerifierExt as _;
use seal::NodeKey;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A box's end of the link.
#[derive(Debug)]
pub struct Shipping {
    dialer: Dialer,
    status: Status,
    streams: Arc<HomeStreams>,
}

impl Shipping {
    /// Makes the link of a box that has joined a cloud.
    pub fn new(folder: &Path, membership: &Membership, store: &Store) -> anyhow::Result<Shipping> {
        let key = Arc::new(NodeKey::read(&folder.join(KEY)).context("node.key can't be used; join the cloud again")?);
        let streams = HomeStreams::new(store.clone());
        let status = Status::new();
        let local = Local {
            store: StoreKey(store.id().0),
            journal: store.journal().clone(),
            streams: streams.clone(),
            needs: Arc::new(NoNeeds),
            clock: Arc::new(SystemClock::new("UTC")?),
            status: status.clone(),
        };
        let node = node_of(&key.public());
        let url = format!("{}/box/{}/link", membership.url.replacen("http", "ws", 1), membership.store);
        let connect = Arc::new(ToNode::new(url)?);
        let dialer = Dialer::new(node, key, local, Lines::default(), connect, Arc::new(RandomIds), Rhythm::default());
        Ok(Shipping { dialer, status, streams })
    }

    /// How it is, for the till.
    pub fn sight(&self) -> Arc<dyn CloudSight> {
        Arc::new(Sight(self.status.clone()))
    }

    /// How far it is.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Ships until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let Shipping { dialer, status, streams } = self;
        tokio::join!(dialer.run(stop.cancelled()), streams.notice(&stop), show(status, &stop));
    }
}

#[derive(Debug)]
struct Sight(Status);

impl CloudSight for Sight {
    fn now(&self) -> CloudState {
        let seen = self.0.now();
        CloudState {
            connected: seen.connected,
            since: seen.since_ms.map(Timestamp),
            unsent: seen.streams.values().map(link::Progress::unsent).sum(),
            kept_out: seen.trouble.map(|trouble| trouble.to_string()),
        }
    }
}

/// How the link is, for Prometheus and the log.
async fn show(status: Status, stop: &CancellationToken) {
    let mut seen = status.watch();
    let mut told = None;
    while let Some(Ok(())) = stop.run_until_cancelled(seen.changed()).await {
        let Seen { connected, streams, trouble, .. } = seen.borrow_and_update().clone();
        let unsent: u64 = streams.values().map(link::Progress::unsent).sum();
        metrics::gauge!("dandan_cloud_copying").set(f64::from(u8::from(connected)));
        metrics::gauge!("dandan_cloud_unsent_events").set(unsent as f64);
        if trouble.is_some() && trouble != told {
            tracing::error!(
                why = trouble.map(|trouble| trouble.to_string()),
                "the cloud keeps no copy of this journal any more; a person must look"
            );
        }
        told = trouble;
    }
}

/// The way to a node that accepts links.
pub struct ToNode {
    url: String,
    tls: Arc<rustls::ClientConfig>,
}

impl std::fmt::Debug for ToNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ToNode").field("url", &self.url).finish_non_exhaustive()
    }
}

impl ToNode {
    /// By an address of `ws://` or `wss://`.
    pub fn new(url: String) -> anyhow::Result<ToNode> {
        Ok(ToNode { url, tls: Arc::new(rustls::ClientConfig::with_platform_verifier()?) })
    }
}

#[async_trait]
impl Connect for ToNode {
    async fn connect(&self) -> Result<Wire, WireError> {
        websocket::connect(&self.url, self.tls.clone()).await
    }
}
