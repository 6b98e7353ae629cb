//! What a link needs to know of the shop: at its home, and where copies are kept. The program's own is in `dandan::replica`, above
//! this crate; here it is once more, with nothing that wakes by chance.

use async_trait::async_trait;
use domain::catalog::CatalogEvent;
use engine::{Answered, Relayed, Store, SubmitError};
use journal::{Hash, Journal, ReadError, StoredEvent, Stream, StreamKey, WriteError};
use link::{Needs, NodeId, Role, Streams};
use seal::PublicKey;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

/// So many starts of a lost home may have gone unheard.
const STARTS_UNHEARD: u64 = 100;

/// A node is known by its key.
pub(crate) fn node_of(key: &PublicKey) -> NodeId {
    let mut id = [0; 16];
    id.copy_from_slice(&key.0[..16]);
    NodeId(u128::from_be_bytes(id))
}

/// Why an epoch could not be raised.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RiseError {
    #[error("the journal can't be read")]
    Read(#[from] ReadError),
    #[error("the journal can't be written")]
    Write(#[from] WriteError),
}

/// Raises a stream's epoch above whatever a lost home may have.
pub(crate) async fn rise_above(journal: &dyn Journal, key: StreamKey, heard: u64) -> Result<(), RiseError> {
    while journal.head(key).await?.epoch < heard + STARTS_UNHEARD {
        journal.take_over(key).await?;
    }
    Ok(())
}

/// The shop's streams at their home.
#[derive(Debug)]
pub(crate) struct HomeStreams {
    store: Store,
    /// One for each that listens: those who wait at the same one are woken in no order.
    news: Mutex<Vec<watch::Sender<u64>>>,
}

impl HomeStreams {
    pub fn new(store: Store) -> Arc<HomeStreams> {
        Arc::new(HomeStreams { store, news: Mutex::default() })
    }

    /// Tells the links of every commit, until the store is gone.
    pub async fn notice(&self) {
        let (mut floor, mut money, mut catalog) =
            (self.store.floor_commits(), self.store.money_commits(), self.store.catalog_commits());
        loop {
            let closed = tokio::select! {
                biased;
                commit = floor.recv() => is_closed(commit.err()),
                commit = money.recv() => is_closed(commit.err()),
                commit = catalog.recv() => is_closed(commit.err()),
            };
            if closed {
                return;
            }
            let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
            news.retain(|listener| !listener.is_closed());
            news.iter().for_each(|listener| listener.send_modify(|number| *number += 1));
        }
    }
}

fn is_closed(error: Option<RecvError>) -> bool {
    matches!(error, Some(RecvError::Closed))
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
        let (listener, listens) = watch::channel(0);
        self.news.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
        listens
    }

    fn poke(&self, key: StreamKey) {
        self.store.look(key.stream);
    }
}

/// The shop's streams, decided elsewhere.
#[derive(Debug)]
pub(crate) struct CopyStreams(watch::Sender<u64>);

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
pub(crate) struct Menus;

impl Needs for Menus {
    fn of(&self, stream: Stream, event: &StoredEvent) -> Vec<Hash> {
        if stream != Stream::Catalog {
            return Vec::new();
        }
        let (body, _) = engine::split_sender(&event.body);
        let Ok(CatalogEvent::MenuPublished(menu)) = serde_json::from_slice(&body) else { return Vec::new() };
        let mut hash = [0; 32];
        hex::decode_to_slice(&menu.hash, &mut hash).map_or_else(|_| Vec::new(), |()| vec![hash])
    }
}
