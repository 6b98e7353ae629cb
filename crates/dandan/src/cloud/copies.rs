//! The cloud's copies of the journals of boxes: taken from each box's link, hash by hash; nothing is ever merged.

use super::book::{Book, key};
use crate::tunnel::ship::node_of;
use async_trait::async_trait;
use axum::extract::ws::{Message, WebSocket};
use domain::StoreId;
use domain::catalog::CatalogEvent;
use engine::{Answered, Clock, RandomIds, Relayed, SubmitError, SystemClock};
use journal::{Hash, Journal, StoreKey, StoredEvent, Stream, StreamKey};
use link::{
    Acceptor, Houses, Lines, Local, Needs, NodeId, Nodes, PublicKey, Quarantine, Rhythm, Role, Status, Streams, Trouble, Wire,
};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const QUARANTINE: &str = "INSERT INTO cloud_quarantine VALUES ($1, $2, $3, $4, $5) ON CONFLICT (store_id, life) DO NOTHING";
const KEPT_OUT: &str = "SELECT why FROM cloud_quarantine WHERE store_id = $1 AND node = $2 AND life = $3";

/// Takes the boxes' journals in.
#[derive(Debug)]
pub struct Copies {
    acceptor: Acceptor,
}

impl Copies {
    pub fn new(journal: Arc<dyn Journal>, book: Book, clock: SystemClock) -> Copies {
        let houses = Arc::new(Kept { journal, clock: Arc::new(clock), streams: Arc::new(AllCopies(watch::channel(0).0)) });
        let nodes = Arc::new(Known { book });
        Copies { acceptor: Acceptor::new(nodes, houses, Lines::default(), Arc::new(RandomIds), Rhythm::default()) }
    }

    /// Serves one box's link until it is over.
    pub async fn take(&self, socket: WebSocket, stop: CancellationToken) {
        let wire = Wire::of(
            socket,
            |bytes| Message::Binary(bytes.into()),
            |message| match message {
                Message::Binary(bytes) => Some(bytes.into()),
                _ => None,
            },
        );
        let ended = self.acceptor.serve(wire, stop.cancelled()).await;
        tracing::info!(%ended, "a box's link is over");
    }
}

/// What the cloud has of every box's store: a copy in the common database.
#[derive(Debug)]
struct Kept {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    streams: Arc<AllCopies>,
}

#[async_trait]
impl Houses for Kept {
    async fn local(&self, store: StoreKey) -> Option<Local> {
        Some(Local {
            store,
            journal: self.journal.clone(),
            streams: self.streams.clone(),
            needs: Arc::new(Menus),
            clock: self.clock.clone(),
            status: Status::new(),
        })
    }
}

/// A box decides everything about its store; the cloud nothing.
#[derive(Debug)]
struct AllCopies(watch::Sender<u64>);

#[async_trait]
impl Streams for AllCopies {
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
        let Ok(CatalogEvent::MenuPublished(menu)) = serde_json::from_slice(&body) else { return Vec::new() };
        let mut hash = [0; 32];
        hex::decode_to_slice(&menu.hash, &mut hash).map_or_else(|_| Vec::new(), |()| vec![hash])
    }
}

/// Which boxes there are, and which are kept out.
#[derive(Debug)]
struct Known {
    book: Book,
}

#[async_trait]
impl Nodes for Known {
    async fn key_of(&self, store: StoreKey, node: NodeId) -> Option<PublicKey> {
        let known = self.book.box_of(StoreId(store.0)).await.ok().flatten()?.key?;
        (node_of(&known) == node).then_some(known)
    }

    async fn quarantine(&self, found: Quarantine) {
        let (store, node, life) =
            (key(StoreId(found.store.0)), found.node.0.to_be_bytes().to_vec(), found.life.to_be_bytes().to_vec());
        let why = serde_json::to_string(&found.why).unwrap_or_default();
        if let Err(error) = self.book.rows(QUARANTINE, &[&store, &life, &node, &why, &found.at_ms]).await {
            // It is refused all the same: what put it there is found again.
            tracing::error!(error = format!("{error:#}"), "a quarantine can't be written down");
        }
    }

    async fn is_quarantined(&self, store: StoreKey, node: NodeId, life: u128) -> Option<Trouble> {
        let (store, node, life) = (key(StoreId(store.0)), node.0.to_be_bytes().to_vec(), life.to_be_bytes().to_vec());
        match self.book.rows(KEPT_OUT, &[&store, &node, &life]).await {
            Ok(rows) => rows.first().map(|row| {
                let why: String = row.get(0);
                serde_json::from_str(&why).unwrap_or(Trouble::Quarantined)
            }),
            Err(_) => Some(Trouble::Quarantined),
        }
    }
}
