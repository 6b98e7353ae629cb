//! The box's journal on its way to the cloud, which keeps a copy: written down there, the shop's day survives the box.

use super::dial::{KEY, Membership};
use anyhow::Context;
use async_trait::async_trait;
use engine::{Answered, RandomIds, Relayed, Store, SubmitError, SystemClock};
use journal::{StoreKey, Stream, StreamKey};
use link::{
    Connect, Dialer, Lines, Local, NoNeeds, NodeId, NodeKey, Rhythm, Role, Seen, Status, Streams, Wire, WireError, websocket,
};
use rustls_platform_verifier::ConfigVerifierExt as _;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A box's end of the link.
#[derive(Debug)]
pub struct Shipping {
    dialer: Dialer,
    status: Status,
    streams: Arc<BoxStreams>,
}

impl Shipping {
    /// Makes the link of a box that has joined a cloud.
    pub fn new(folder: &Path, membership: &Membership, store: &Store) -> anyhow::Result<Shipping> {
        let key = Arc::new(NodeKey::read(&folder.join(KEY)).context("node.key can't be used; join the cloud again")?);
        let (news, _) = watch::channel(0);
        let streams = Arc::new(BoxStreams { store: store.clone(), news });
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
        let connect = Arc::new(ToCloud { url, tls: Arc::new(rustls::ClientConfig::with_platform_verifier()?) });
        let dialer = Dialer::new(node, key, local, Lines::default(), connect, Arc::new(RandomIds), Rhythm::default());
        Ok(Shipping { dialer, status, streams })
    }

    /// Ships until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let Shipping { dialer, status, streams } = self;
        tokio::join!(dialer.run(stop.cancelled()), streams.notice(&stop), show(status, &stop));
    }
}

/// A node is known by its key: whoever has it is this node.
pub fn node_of(key: &link::PublicKey) -> NodeId {
    let mut id = [0; 16];
    id.copy_from_slice(&key.0[..16]);
    NodeId(u128::from_be_bytes(id))
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

struct ToCloud {
    url: String,
    tls: Arc<rustls::ClientConfig>,
}

impl std::fmt::Debug for ToCloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ToCloud").field("url", &self.url).finish_non_exhaustive()
    }
}

#[async_trait]
impl Connect for ToCloud {
    async fn connect(&self) -> Result<Wire, WireError> {
        websocket::connect(&self.url, self.tls.clone()).await
    }
}

/// All streams of a box have their home in it.
#[derive(Debug)]
struct BoxStreams {
    store: Store,
    news: watch::Sender<u64>,
}

impl BoxStreams {
    async fn notice(&self, stop: &CancellationToken) {
        let (mut floor, mut money, mut catalog) =
            (self.store.floor_commits(), self.store.money_commits(), self.store.catalog_commits());
        loop {
            let closed = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                commit = floor.recv() => is_closed(commit.err()),
                commit = money.recv() => is_closed(commit.err()),
                commit = catalog.recv() => is_closed(commit.err()),
            };
            if closed {
                return;
            }
            self.news.send_modify(|number| *number += 1);
        }
    }
}

fn is_closed(error: Option<tokio::sync::broadcast::error::RecvError>) -> bool {
    matches!(error, Some(tokio::sync::broadcast::error::RecvError::Closed))
}

#[async_trait]
impl Streams for BoxStreams {
    fn role(&self, _: Stream) -> Role {
        Role::Home
    }

    async fn submit(&self, key: StreamKey, command: Relayed) -> Result<Answered, SubmitError> {
        self.store.submit_relayed(key.stream, command).await
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn poke(&self, key: StreamKey) {
        self.store.look(key.stream);
    }
}
