//! The cloud's book of boxes: whose key counts, and who is kept out. It outlives the cloud's process.

use crate::facts::{Fact, Keeper};
use crate::witness::Witness;
use async_trait::async_trait;
use journal::StoreKey;
use link::{NodeId, Nodes, Quarantine, Trouble};
use seal::PublicKey;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::streams::node_of;

/// The book.
pub(crate) struct Book {
    by: Keeper,
    inner: Mutex<Inner>,
    witness: Arc<Witness>,
}

#[derive(Default)]
struct Inner {
    keys: BTreeMap<NodeId, PublicKey>,
    kept_out: BTreeMap<(NodeId, u128), Trouble>,
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Book")
    }
}

impl Book {
    pub fn new(by: Keeper, witness: Arc<Witness>) -> Arc<Book> {
        Arc::new(Book { by, inner: Mutex::default(), witness })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a box in.
    pub fn enter(&self, key: PublicKey) {
        self.lock().keys.insert(node_of(&key), key);
    }

    /// A box's key counts no more.
    pub fn dismiss(&self, node: NodeId) {
        self.lock().keys.remove(&node);
    }

    /// Whether a box's key counts.
    pub fn knows(&self, node: NodeId) -> bool {
        self.lock().keys.contains_key(&node)
    }

    /// How many starts of a box were kept out.
    pub fn times_kept_out(&self, node: NodeId) -> usize {
        self.lock().kept_out.keys().filter(|(kept_out, _)| *kept_out == node).count()
    }
}

#[async_trait]
impl Nodes for Book {
    async fn key_of(&self, _: StoreKey, node: NodeId) -> Option<PublicKey> {
        self.lock().keys.get(&node).copied()
    }

    async fn quarantine(&self, found: Quarantine) {
        let mut inner = self.lock();
        if inner.kept_out.contains_key(&(found.node, found.life)) {
            return;
        }
        inner.kept_out.insert((found.node, found.life), found.why);
        drop(inner);
        self.witness.note(Fact::KeptOut { by: self.by, why: found.why.to_string() });
        if matches!(found.why, Trouble::Behind { .. } | Trouble::Diverged { .. } | Trouble::Fenced { .. }) {
            self.witness.mark("old journal kept out");
        }
    }

    async fn is_quarantined(&self, _: StoreKey, node: NodeId, life: u128) -> Option<Trouble> {
        self.lock().kept_out.get(&(node, life)).copied()
    }
}
