//! The journal: everything that ever happened, numbered 1, 2, 3 … per stream.
//!
//! A stream has exactly one writer. The writer appends a [`Group`] at the sequence number it knows and under the epoch it was
//! given; the journal refuses anything else, so two homes can never interleave. A group is one transaction: its events, and the
//! commands they answer, are all durable or all absent. [`Journal::append`] returns only after they are durable.
//!
//! [`Journal`] is the port. [`MemoryJournal`] keeps everything in memory (tests, simulation), [`SqliteJournal`] in one SQLite
//! file (a restaurant), [`PostgresJournal`] in a PostgreSQL database (the cloud). [`FaultyJournal`] wraps another journal and fails on demand. All pass one suite, [`contract`].

#![warn(missing_docs)]

mod chain;
#[doc(hidden)]
pub mod contract;
mod faulty;
mod memory;
mod postgres;
mod sqlite;
mod types;

use std::{fmt, ops::RangeInclusive};

use async_trait::async_trait;

pub use chain::{Break, Chain, Link, VerifyReport, blob_hash, genesis};
pub use faulty::{Fault, FaultyJournal, Rot};
pub use memory::MemoryJournal;
pub use postgres::{ConnectError, Database, PARTITIONED_SCHEMA, PostgresJournal, PostgresOptions, SCHEMA, Schema};
pub use sqlite::{
    CopyError, DATABASE, FileReport, OpenError, SqliteJournal, SqliteOptions, StreamReport, check_file, copy_file, event_hash,
};
pub use types::{
    AppendError, CommandId, Group, Hash, Head, NewCommand, NewEvent, ReadError, Snapshot, StoreKey, StoredCommand, StoredEvent,
    Stream, StreamKey, WriteError,
};

/// Events read per step when a whole stream is walked.
pub const READ_CHUNK: usize = 10_000;

/// Keeps streams of events, the commands they answered, snapshots and blobs.
///
/// Every method may be called from any task. Reads see committed groups only.
#[async_trait]
pub trait Journal: Send + Sync + fmt::Debug {
    /// Appends a group, returning the stream's new head once it is durable.
    ///
    /// The group's events get the sequence numbers after `expected_seq`. A command may have no events (a refusal, or something
    /// already done); it is recorded all the same, so that a retry finds its answer.
    ///
    /// # Errors
    /// See [`AppendError`]: only `Unknown` leaves open whether the group was written.
    async fn append(&self, group: Group) -> Result<Head, AppendError>;

    /// Reads up to `limit` events with a sequence number above `after_seq`, in order and without gaps.
    ///
    /// An empty answer means the end; a short one need not. Sound events before a damaged one are returned first, then the damage.
    ///
    /// # Errors
    /// `Unavailable` if the journal cannot be read now, `Corrupt` if a row cannot be what was written.
    async fn read(&self, key: StreamKey, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError>;

    /// Returns the stream's last sequence number, its hash and its epoch; [`Head::empty`] for a stream never written.
    ///
    /// # Errors
    /// As for [`Journal::read`].
    async fn head(&self, key: StreamKey) -> Result<Head, ReadError>;

    /// Raises the stream's epoch by one, durably, and returns it. Writers with a lower epoch are refused from then on.
    ///
    /// It also settles what an `Unknown` append left open: once it returns, the earlier group is in the journal or never will be.
    ///
    /// # Errors
    /// See [`WriteError`].
    async fn take_over(&self, key: StreamKey) -> Result<u64, WriteError>;

    /// Looks up a command recorded in this stream, however old.
    ///
    /// # Errors
    /// As for [`Journal::read`].
    async fn command(&self, key: StreamKey, id: CommandId) -> Result<Option<StoredCommand>, ReadError>;

    /// Reads every recorded command whose `first_seq` lies in the range, ordered by (`first_seq`, `last_seq`, id).
    ///
    /// Refusals decided before an event so come before the command that owns it: a copy of the stream can be fed in this order.
    /// The range is the caller's bound; a stream has about as many commands as events.
    ///
    /// # Errors
    /// As for [`Journal::read`].
    async fn read_commands(&self, key: StreamKey, first: RangeInclusive<u64>) -> Result<Vec<StoredCommand>, ReadError>;

    /// Keeps a snapshot of the state after event `seq`, whose chained hash was `hash`. Old snapshots are dropped.
    ///
    /// # Errors
    /// See [`WriteError`]. Snapshots are disposable: a caller may ignore the error.
    async fn put_snapshot(
        &self,
        key: StreamKey,
        seq: u64,
        hash: Hash,
        code_version: u32,
        bytes: Vec<u8>,
    ) -> Result<(), WriteError>;

    /// Returns the newest undamaged snapshot written by this version of the code.
    ///
    /// # Errors
    /// As for [`Journal::read`].
    async fn latest_snapshot(&self, key: StreamKey, code_version: u32) -> Result<Option<Snapshot>, ReadError>;

    /// Keeps bytes under their SHA-256 and returns it. Keeping the same bytes twice changes nothing.
    ///
    /// # Errors
    /// See [`WriteError`].
    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Hash, WriteError>;

    /// Returns the bytes kept under a hash.
    ///
    /// # Errors
    /// As for [`Journal::read`]; `Corrupt` if the bytes no longer have that hash.
    async fn get_blob(&self, hash: Hash) -> Result<Option<Vec<u8>>, ReadError>;

    /// Walks the hash chain from the event after `after_seq` to the head and names the first bad event.
    ///
    /// # Errors
    /// `Unavailable` if the journal cannot be read now. Damage is not an error but the report's answer.
    async fn verify(&self, key: StreamKey, after_seq: u64) -> Result<VerifyReport, ReadError> {
        chain::verify(self, key, after_seq).await
    }

    /// Counts the transactions made durable since the journal was opened.
    fn commits(&self) -> u64;
}
