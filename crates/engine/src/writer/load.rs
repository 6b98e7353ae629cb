//! From journal to state: snapshot and tail, every event checked against the chain.

use std::panic::{AssertUnwindSafe, catch_unwind};

use journal::{Break, Chain, Journal, READ_CHUNK, ReadError, Snapshot, StoredEvent, StreamKey, WriteError};

use super::CommittedEvent;
use crate::{hand::split_sender, machine::Machine};

/// Why a stream could not be brought into service.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The stream could not be taken over.
    #[error("the stream cannot be taken over")]
    TakeOver(#[from] WriteError),
    /// The stream could not be read, or a row is damaged.
    #[error("the stream cannot be read")]
    Read(#[from] ReadError),
    /// An event is not what was written. Restore it from a copy.
    #[error("the stream is damaged")]
    Broken(#[from] Break),
    /// The stream ends before its recorded head.
    #[error("the stream ends at {found}, but had reached {recorded}")]
    CutOff {
        /// The last event found.
        found: u64,
        /// The last event once written.
        recorded: u64,
    },
    /// This program cannot read an event.
    #[error("event {seq} ({kind} version {version}) cannot be read: {why}")]
    Unreadable {
        /// The event.
        seq: u64,
        /// Its kind.
        kind: String,
        /// Its version.
        version: u16,
        /// What is wrong.
        why: String,
    },
}

/// The snapshot a state was loaded from or stored in: the last event it contains, and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshotted {
    pub seq: u64,
    pub bytes: u64,
}

/// A state and the place in the chain it corresponds to.
pub(super) struct Loaded<M: Machine> {
    pub state: M::State,
    pub seq: u64,
    pub chain: Chain,
}

impl<M: Machine> Clone for Loaded<M> {
    fn clone(&self) -> Loaded<M> {
        Loaded { state: self.state.clone(), seq: self.seq, chain: self.chain }
    }
}

impl<M: Machine> Loaded<M> {
    fn empty(key: StreamKey) -> Loaded<M> {
        Loaded { state: M::State::default(), seq: 0, chain: Chain::from_start(key) }
    }

    /// Takes in stored events: checked, decoded, applied.
    pub(super) fn replay(&mut self, events: &[StoredEvent]) -> Result<Vec<CommittedEvent<M::Event>>, StartError> {
        let mut replayed = Vec::with_capacity(events.len());
        for stored in events {
            let mut chain = self.chain;
            chain.follow(stored)?;
            let event = self.take_in(stored)?;
            self.chain = chain;
            self.seq = stored.seq;
            replayed.push(CommittedEvent { seq: stored.seq, command: stored.command, event });
        }
        Ok(replayed)
    }

    fn take_in(&mut self, stored: &StoredEvent) -> Result<M::Event, StartError> {
        let read = catch_unwind(AssertUnwindSafe(|| {
            let (body, _) = split_sender(&stored.body);
            let event = M::decode(&stored.kind, stored.version, &body)?;
            M::apply(&mut self.state, &event, stored.at_ms, stored.seq);
            Ok::<_, crate::machine::DecodeError>(event)
        }));
        let why = match read {
            Ok(Ok(event)) => return Ok(event),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the rules panicked".to_owned(),
        };
        Err(StartError::Unreadable { seq: stored.seq, kind: stored.kind.clone(), version: stored.version, why })
    }
}

/// Loads the newest usable snapshot and the events after it. Also tells which snapshot it was.
pub(super) async fn load<M: Machine>(journal: &dyn Journal, key: StreamKey) -> Result<(Loaded<M>, Snapshotted), StartError> {
    let (mut loaded, snapshotted) = match from_snapshot::<M>(journal, key).await? {
        Some(found) => found,
        None => (Loaded::empty(key), Snapshotted::default()),
    };
    let recorded = journal.head(key).await?;
    let mut chunk = Vec::new();
    let mut after = loaded.seq;
    loop {
        // The next chunk is read while this one is taken in.
        let (next, taken) = tokio::join!(journal.read(key, after, READ_CHUNK), async { loaded.replay(&chunk).map(drop) });
        taken?;
        chunk = next?;
        match chunk.last() {
            Some(last) => after = last.seq,
            None => break,
        }
    }
    if loaded.seq < recorded.seq {
        return Err(StartError::CutOff { found: loaded.seq, recorded: recorded.seq });
    }
    if loaded.seq == recorded.seq && loaded.chain.hash() != recorded.hash {
        return Err(Break { seq: recorded.seq, why: "rewritten: the recorded head has another hash".to_owned() }.into());
    }
    Ok((loaded, snapshotted))
}

/// A snapshot counts only if the journal's event has the hash it was taken at. A bad one costs time, never truth.
async fn from_snapshot<M: Machine>(journal: &dyn Journal, key: StreamKey) -> Result<Option<(Loaded<M>, Snapshotted)>, ReadError> {
    let Some(Snapshot { seq, hash, bytes }) = journal.latest_snapshot(key, M::SNAPSHOT_VERSION).await? else {
        return Ok(None);
    };
    let at = match seq.checked_sub(1) {
        Some(before) => journal.read(key, before, 1).await?,
        None => Vec::new(),
    };
    if at.first().is_none_or(|event| event.hash != hash) {
        tracing::warn!(?key, seq, "snapshot is of another history; replaying everything");
        return Ok(None);
    }
    match serde_json::from_slice(&bytes) {
        Ok(state) => {
            let snapshotted = Snapshotted { seq, bytes: bytes.len() as u64 };
            Ok(Some((Loaded { state, seq, chain: Chain::after(seq, hash) }, snapshotted)))
        }
        Err(error) => {
            tracing::warn!(?key, seq, %error, "snapshot cannot be read; replaying everything");
            Ok(None)
        }
    }
}
