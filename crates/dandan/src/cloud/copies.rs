//! The cloud's copies of the journals of boxes: taken from each box's link, hash by hash; nothing is ever merged.

use super::book::{Book, key};
use crate::replica::{CopyStreams, Menus, node_of, wire_of};
use async_trait::async_trait;
use axum::extract::ws::WebSocket;
use domain::StoreId;
use engine::{Clock, RandomIds, SystemClock};
use journal::{Journal, StoreKey};
use link::{Acceptor, Houses, Lines, Local, NodeId, Nodes, Quarantine, Rhythm, Status, Trouble};
use seal::PublicKey;
use std::sync::Arc;
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
        let houses = Arc::new(Kept { journal, clock: Arc::new(clock), streams: CopyStreams::new() });
        let nodes = Arc::new(Known { book });
        Copies { acceptor: Acceptor::new(nodes, houses, Lines::default(), Arc::new(RandomIds), Rhythm::default()) }
    }

    /// Serves one box's link until it is over.
    pub async fn take(&self, socket: WebSocket, stop: CancellationToken) {
        let wire = wire_of(socket);
        let ended = self.acceptor.serve(wire, stop.cancelled()).await;
        tracing::info!(%ended, "a box's link is over");
    }
}

/// What the cloud has of every box's store: a copy in the common database.
#[derive(Debug)]
struct Kept {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    streams: Arc<CopyStreams>,
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
