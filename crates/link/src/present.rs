//! Which nodes are connected here, one connection each: the newest.
//!
//! A process that was succeeded by another of the same identity is dead, or there are two machines with one key. A dead process
//! never comes back; so one that does is the proof.

use crate::local::NodeId;
use journal::StoreKey;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// Lives remembered per node. A process start is one.
const LIVES: usize = 64;

type Node = (StoreKey, NodeId);

/// The nodes connected here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Present {
    inner: Arc<Mutex<BTreeMap<Node, Known>>>,
}

#[derive(Debug, Default)]
struct Known {
    entered: u64,
    there: Option<There>,
    /// The life that came in last.
    last: Option<u128>,
    /// Lives that others came after.
    past: VecDeque<u128>,
}

#[derive(Debug)]
struct There {
    no: u64,
    /// The life of whoever comes next.
    next: watch::Sender<Option<u128>>,
    /// Those who wait for its going are woken in the order of their coming.
    gone: Arc<Notify>,
}

/// A node's one place; left when dropped.
#[derive(Debug)]
pub(crate) struct Presence {
    present: Present,
    node: Node,
    life: u128,
    no: u64,
    next: watch::Receiver<Option<u128>>,
}

impl Present {
    /// Whether another process of this node has come after this one.
    pub fn was_succeeded(&self, node: Node, life: u128) -> bool {
        self.inner.lock().get(&node).is_some_and(|known| known.past.contains(&life))
    }

    /// Whether the node is connected.
    pub fn is_there(&self, node: Node) -> bool {
        self.inner.lock().get(&node).is_some_and(|known| known.there.is_some())
    }

    /// Takes the node's place once whoever has it has left.
    pub async fn enter(&self, node: Node, life: u128) -> Presence {
        loop {
            let gone = {
                let mut inner = self.inner.lock();
                let known = inner.entry(node).or_default();
                match &known.there {
                    None => return self.take(known, node, life),
                    Some(there) => {
                        let _ = there.next.send(Some(life));
                        // Made under the lock: no going is missed.
                        there.gone.clone().notified_owned()
                    }
                }
            };
            gone.await;
        }
    }

    fn take(&self, known: &mut Known, node: Node, life: u128) -> Presence {
        let (next, next_in) = watch::channel(None);
        known.entered += 1;
        known.there = Some(There { no: known.entered, next, gone: Arc::default() });
        Presence { present: self.clone(), node, life, no: known.entered, next: next_in }
    }
}

impl Presence {
    /// Waits until somebody wants the place, and says which life it is.
    pub async fn succeeded(&self) -> u128 {
        let mut next = self.next.clone();
        loop {
            let life = *next.borrow_and_update();
            match life {
                Some(life) => return life,
                None if next.changed().await.is_err() => std::future::pending().await,
                None => {}
            }
        }
    }

    /// The node was found in order: whichever life was here before is past.
    pub fn settle(&self) {
        let mut inner = self.present.inner.lock();
        let Some(known) = inner.get_mut(&self.node) else { return };
        if let Some(last) = known.last.replace(self.life).filter(|last| *last != self.life) {
            known.past.push_back(last);
            if known.past.len() > LIVES {
                known.past.pop_front();
            }
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut inner = self.present.inner.lock();
        if let Some(known) = inner.get_mut(&self.node)
            && let Some(there) = known.there.take_if(|there| there.no == self.no)
        {
            there.gone.notify_waiters();
        }
    }
}
