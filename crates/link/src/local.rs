//! What one end of a link has of a store, and what the program does for it.

use crate::form::id;
use crate::status::Status;
use async_trait::async_trait;
use engine::{Answered, Clock, Relayed, SubmitError};
use journal::{Hash, Journal, StoreKey, StoredEvent, Stream, StreamKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// Names one node of a store. A person gave it, together with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId(#[serde(with = "id")] pub u128);

/// What this end is for a stream, as far as this link is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It ships the stream, and takes commands for it.
    Home,
    /// It takes what the home ships, and relays commands.
    Copy,
    /// The stream isn't on this link.
    None,
}

/// A store's streams as a link uses them.
#[async_trait]
pub trait Streams: fmt::Debug + Send + Sync + 'static {
    /// What this end is for a stream. Asked when a link is made: hang up for a change to take effect.
    fn role(&self, stream: Stream) -> Role;

    /// Carries out a command for a stream whose home is here.
    ///
    /// # Errors
    /// As for any command; told to whoever sent it, as it is.
    async fn submit(&self, key: StreamKey, command: Relayed) -> Result<Answered, SubmitError>;

    /// Changes whenever a stream whose home is here has recorded something, refusals included. What isn't told is found within a
    /// second.
    fn news(&self) -> watch::Receiver<u64>;

    /// The copy has new events, durable.
    fn poke(&self, key: StreamKey);

    /// What people at the acceptor's end should know, such as the hours since the link was cut. Sent with every beat.
    fn facts(&self) -> BTreeMap<String, i64> {
        BTreeMap::new()
    }
}

/// Says which blobs an event refers to: they are fetched before the event is taken.
pub trait Needs: fmt::Debug + Send + Sync + 'static {
    /// The hashes of the bytes that whoever reads the event will look for.
    fn of(&self, stream: Stream, event: &StoredEvent) -> Vec<Hash>;
}

/// Streams whose events stand for themselves.
#[derive(Clone, Copy, Debug)]
pub struct NoNeeds;

impl Needs for NoNeeds {
    fn of(&self, _: Stream, _: &StoredEvent) -> Vec<Hash> {
        Vec::new()
    }
}

/// One end's part of a store. Cheap to clone; one per store and link.
#[derive(Clone, Debug)]
pub struct Local {
    /// The store.
    pub store: StoreKey,
    /// Where its streams are kept.
    pub journal: Arc<dyn Journal>,
    /// The streams themselves.
    pub streams: Arc<dyn Streams>,
    /// Which blobs their events need.
    pub needs: Arc<dyn Needs>,
    /// What time it is, for people to read.
    pub clock: Arc<dyn Clock>,
    /// What people are shown.
    pub status: Status,
}

impl Local {
    pub(crate) fn key(&self, stream: Stream) -> StreamKey {
        StreamKey::new(self.store, stream)
    }
}
