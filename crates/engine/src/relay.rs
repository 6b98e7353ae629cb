//! A command on its way to the home of its stream, when that is elsewhere, and the answer on its way back.

use crate::hand::Written;
use crate::writer::SubmitError;
use async_trait::async_trait;
use journal::{CommandId, Hash, StreamKey};
use std::fmt;

/// A command as it travels: as JSON, under the id its sender gave it, so that it is carried out once however often it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// The id its sender gave it before sending it for the first time.
    pub id: CommandId,
    /// SHA-256 of who asked what.
    pub fingerprint: Hash,
    /// Who asks, as it is written into events; nobody: the house itself.
    pub by: Option<Written>,
    /// The command, as JSON.
    pub command: Vec<u8>,
}

/// What the home answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The outcome, as JSON: `{"Ok":…}` or `{"Err":…}`, as it is recorded.
    pub outcome: Vec<u8>,
    /// Everything the command led to is in the stream up to here.
    pub seq: u64,
}

/// The way to a stream's home.
#[async_trait]
pub trait Relay: fmt::Debug + Send + Sync + 'static {
    /// Brings a command to the stream's home and its answer back.
    ///
    /// # Errors
    /// `Unavailable` when the home can't be reached and has not been sent the command: nothing was done. `Unknown` when it was sent and
    /// no answer came: ask with the same id. The others are the home's own.
    async fn relay(&self, key: StreamKey, command: Relayed) -> Result<Answered, SubmitError>;
}
