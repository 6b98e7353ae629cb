//! The boxes of the shop: each has a disk and a key of its own.

use super::streams::node_of;
use crate::disk::Disk;
use crate::gate::Gate;
use link::NodeId;
use seal::{KeyError, NodeKey};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A box.
pub(crate) struct Machine {
    pub key: Arc<NodeKey>,
    pub node: NodeId,
    pub disk: Arc<Disk>,
    /// Nothing gets out of it to the cloud.
    cut_off: AtomicBool,
    /// Every server that was ever started on it.
    gates: Mutex<Vec<Gate>>,
}

impl Machine {
    /// A box whose key follows from its number.
    ///
    /// # Errors
    /// If it has no key.
    pub fn new(number: u8, disk: Arc<Disk>) -> Result<Arc<Machine>, KeyError> {
        Ok(Machine::with_key(Arc::new(NodeKey::of_seed([number; 32])?), disk))
    }

    /// The same box, as far as anybody can tell, with another disk.
    pub fn with_key(key: Arc<NodeKey>, disk: Arc<Disk>) -> Arc<Machine> {
        let node = node_of(&key.public());
        Arc::new(Machine { key, node, disk, cut_off: AtomicBool::new(false), gates: Mutex::default() })
    }

    pub fn cut(&self, off: bool) {
        self.cut_off.store(off, Ordering::Relaxed);
    }

    pub fn is_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::Relaxed)
    }

    /// A server starts on it.
    pub fn starts(&self, gate: &Gate) {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner).push(gate.clone());
    }

    /// Everything on it dies.
    pub fn power_off(&self) {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(Gate::kill);
    }
}
