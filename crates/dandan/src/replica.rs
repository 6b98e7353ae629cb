//! What a link needs to know of a store, at its home and at its copy.

use async_trait::async_trait;
use axum::extract::ws::{Message, WebSocket};
use domain::catalog::CatalogEvent;
use engine::{Answered, Relayed, Store, SubmitError};
use journal::{Hash, Journal, ReadError, StoredEvent, Stream, StreamKey, WriteError};
use link::{Needs, NodeId, Role, Streams, Wire};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A node is known by its key: whoever has it is this node.
pub fn node_of(key: &seal::PublicKey) -> NodeId {
    let mut id = [0; 16];
    id.copy_from_slice(&key.0[..16]);
    NodeId(u128::from_be_bytes(id))
}

/// So many starts of a lost home may have gone unheard.
const STARTS_UNHEARD: u64 = 100;

/// Raises a stream's epoch above whatever a lost home may have: it grew to `heard`, and by one with each start since.
pub async fn rise_above(journal: &dyn Journal, key: StreamKey, heard: u64) -> Result<u64, RiseError> {
    loop {
        let epoch = journal.head(key).await?.epoch;
        if epoch >= heard + STARTS_UNHEARD {
            return Ok(epoch);
        }
        journal.take_over(key).await?;
    }
}

/// Why an epoch could not be raised.
#[derive(Debug, thiserror::Error)]
pub enum RiseError {
    #[error("the journal can't be read")]
    Read(#[from] ReadError),
    #[error("the journal can't be written")]
    Write(#[from] WriteError),
}

/// A link's wire over a server's socket.
pub fn wire_of(socket: WebSocket) -> Wire {
    Wire::of(
        socket,
        |bytes| Message::Binary(bytes.into()),
        |message| match message {
            Message::Binary(bytes) => Some(bytes.into()),
            _ => None,
        },
    )
}

/// All streams of a store, whose home is here.
#[derive(Debug)]
pub struct HomeStreams {
    store: Store,
    news: watch::Sender<u64>,
}

impl HomeStreams {
    pub fn new(store: Store) -> Arc<HomeStreams> {
        Arc::new(HomeStreams { store, news: watch::channel(0).0 })
    }

    /// Tells the links of every commit.
    pub async fn notice(&self, stop: &CancellationToken) {
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
impl Streams for HomeStreams {
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

/// All streams of a store, decided elsewhere.
#[derive(Debug)]
pub struct CopyStreams(watch::Sender<u64>);

impl CopyStreams {
    pub fn new() -> Arc<CopyStreams> {
        Arc::new(CopyStreams(watch::channel(0).0))
    }
}

#[async_trait]
impl Streams for CopyStreams {
    fn role(&self, _: Stream) -> Role {
        Role::Copy
    }

    async fn submit(&self, _: StreamKey, _: Relayed) -> Result<Answered, SubmitError> {
        Err(SubmitError::Unavailable)
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }

    fn poke(&self, _: StreamKey) {}
}

/// A menu is published by its hash; its bytes must be there before the event is.
#[derive(Debug)]
pub struct Menus;

impl Needs for Menus {
    fn of(&self, stream: Stream, event: &StoredEvent) -> Vec<Hash> {
        if stream != Stream::Catalog {
            return Vec::new();
        }
        let (body, _) = engine::split_sender(&event.body);
        let Ok(event) = serde_json::from_slice::<CatalogEvent>(&body) else { return Vec::new() };
        let hash_of = |hex: &str| {
            let mut hash = [0; 32];
            hex::decode_to_slice(hex, &mut hash).ok().map(|()| hash)
        };
        event.menus().into_iter().filter_map(|menu| hash_of(&menu.hash)).collect()
    }
}
