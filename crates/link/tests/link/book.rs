//! The acceptor's book of nodes, in memory.

use async_trait::async_trait;
use journal::StoreKey;
use link::{Local, NodeId, Nodes, Quarantine, Trouble};
use seal::PublicKey;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
pub struct Book {
    keys: Mutex<BTreeMap<(StoreKey, NodeId), PublicKey>>,
    pub quarantined: Mutex<Vec<Quarantine>>,
    pub houses: Mutex<BTreeMap<StoreKey, Local>>,
}

impl Book {
    pub fn enter(&self, store: StoreKey, node: NodeId, key: PublicKey) {
        self.keys.lock().unwrap().insert((store, node), key);
    }

    pub fn found(&self) -> Vec<Trouble> {
        self.quarantined.lock().unwrap().iter().map(|found| found.why).collect()
    }

    pub fn release(&self) {
        self.quarantined.lock().unwrap().clear();
    }
}

#[async_trait]
impl Nodes for Book {
    async fn key_of(&self, store: StoreKey, node: NodeId) -> Option<PublicKey> {
        self.keys.lock().unwrap().get(&(store, node)).copied()
    }

    async fn quarantine(&self, found: Quarantine) {
        let mut all = self.quarantined.lock().unwrap();
        if !all.iter().any(|known| (known.store, known.node, known.life) == (found.store, found.node, found.life)) {
            all.push(found);
        }
    }

    async fn is_quarantined(&self, store: StoreKey, node: NodeId, life: u128) -> Option<Trouble> {
        let all = self.quarantined.lock().unwrap();
        all.iter().find(|found| (found.store, found.node, found.life) == (store, node, life)).map(|found| found.why)
    }
}

#[derive(Clone, Debug)]
pub struct Doors(pub Arc<Book>);

#[async_trait]
impl link::Houses for Doors {
    async fn local(&self, store: StoreKey) -> Option<Local> {
        self.0.houses.lock().unwrap().get(&store).cloned()
    }
}
