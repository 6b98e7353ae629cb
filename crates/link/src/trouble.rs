//! What is wrong with a node at the other end. None of it goes away by dialing again; most of it needs a person.

use crate::form::stream;
use crate::local::NodeId;
use async_trait::async_trait;
use journal::{StoreKey, Stream};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a link isn't made, or is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Trouble {
    /// Nobody has entered this node's key here, or it signed with another. Which of the two isn't told.
    #[error("this node is not known here")]
    UnknownNode,
    /// The two ends speak different versions of the protocol.
    #[error("the two ends speak different versions")]
    Version,
    /// A person keeps it out. What the program keeps out is told what it was found wrong for.
    #[error("this node is kept out by a person")]
    Quarantined,
    /// Another process with this node's identity has taken its place. Two machines have the same key.
    #[error("another process with this node's identity is at work: two machines have the same key")]
    Replaced,
    /// The stream's home has a lower epoch than its copy: somebody else was made its home meanwhile.
    #[error("{stream:?} has another home since epoch {epoch}: this one's time is over")]
    Fenced {
        /// The stream.
        #[serde(with = "stream")]
        stream: Stream,
        /// The epoch known at the copy.
        epoch: u64,
    },
    /// The stream's home knows less than its copy: an old backup was restored, or somebody else was its home meanwhile.
    #[error("{stream:?} reaches {seq} in the copy and less at its home: an old backup was restored, or another home wrote since")]
    Behind {
        /// The stream.
        #[serde(with = "stream")]
        stream: Stream,
        /// Where the copy is.
        seq: u64,
    },
    /// Home and copy have different events under the same number.
    #[error("{stream:?} tells two different stories up to event {seq}")]
    Diverged {
        /// The stream.
        #[serde(with = "stream")]
        stream: Stream,
        /// The event at which it was noticed; the first difference is here or before.
        seq: u64,
    },
    /// Both ends say the stream's home is theirs.
    #[error("both ends are home to {stream:?}")]
    BothHome {
        /// The stream.
        #[serde(with = "stream")]
        stream: Stream,
    },
    /// What was shipped is not what was hashed: damaged on the home's disk, or on the way.
    #[error("{stream:?} event {seq} arrived damaged")]
    Altered {
        /// The stream.
        #[serde(with = "stream")]
        stream: Stream,
        /// The event.
        seq: u64,
    },
    /// The home's journal can't be read there, or its commands don't fit its events.
    #[error("{stream:?} is damaged at its home from event {seq} on")]
    Damaged {
        /// The stream.
        #[serde(with = "stream")]
        stream: Stream,
        /// The event.
        seq: u64,
    },
    /// One command's events are too large to be sent.
    #[error("{stream:?} event {seq} is too large to be sent")]
    TooLarge {
        /// The stream.
        #[serde(with = "stream")]
        stream: Stream,
        /// The event.
        seq: u64,
    },
    /// A frame that makes no sense where it came: a bug at one of the ends.
    #[error("the other end breaks the protocol")]
    Nonsense,
}

impl Trouble {
    /// Whether the dialer must be kept out until a person has looked: going on could mix two histories.
    pub fn is_grave(self) -> bool {
        match self {
            Trouble::Replaced
            | Trouble::Fenced { .. }
            | Trouble::Behind { .. }
            | Trouble::Diverged { .. }
            | Trouble::BothHome { .. } => true,
            Trouble::UnknownNode
            | Trouble::Version
            | Trouble::Quarantined
            | Trouble::Altered { .. }
            | Trouble::Damaged { .. }
            | Trouble::TooLarge { .. }
            | Trouble::Nonsense => false,
        }
    }
}

/// A node that is kept out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// The store.
    pub store: StoreKey,
    /// The node.
    pub node: NodeId,
    /// The process that was found wrong. Its next start is looked at anew, and found wrong again if it still is.
    pub life: u128,
    /// What was found.
    pub why: Trouble,
    /// When, in UTC milliseconds.
    pub at_ms: i64,
}

/// The acceptor's book of nodes. It must outlive the process.
#[async_trait]
pub trait Nodes: fmt::Debug + Send + Sync + 'static {
    /// The key a person entered for the node; nothing if nobody did, or if it was withdrawn, or if the book can't be read.
    async fn key_of(&self, store: StoreKey, node: NodeId) -> Option<seal::PublicKey>;

    /// Keeps a node out from now on. A second record of the same life changes nothing.
    async fn quarantine(&self, found: Quarantine);

    /// Why this life of the node is kept out. A book that can't be read keeps out whoever is not in hand.
    async fn is_quarantined(&self, store: StoreKey, node: NodeId, life: u128) -> Option<Trouble>;
}
