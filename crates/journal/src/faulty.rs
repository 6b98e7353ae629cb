//! A journal that fails on demand, for tests and the simulator.

use std::{
    collections::VecDeque,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    AppendError, CommandId, Group, Hash, Head, Journal, ReadError, Snapshot, StoredCommand, StoredEvent, StreamKey, WriteError,
};

/// How one append goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused before anything was written; the caller is told so.
    Unavailable,
    /// Written, but the reply was lost.
    UnknownWritten,
    /// Not written, and the reply was lost.
    UnknownNotWritten,
}

/// What has happened to the stored events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rot {
    /// This event's body is not what was written.
    Altered(u64),
    /// The events after this one are gone.
    CutOffAfter(u64),
}

/// Wraps a journal. Appends meet the planned faults in order; with [`FaultyJournal::cut`] everything else fails as well.
#[derive(Debug)]
pub struct FaultyJournal {
    inner: Arc<dyn Journal>,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    faults: VecDeque<Option<Fault>>,
    cut: bool,
    rot: Option<Rot>,
}

impl FaultyJournal {
    /// Wraps a journal, without faults so far.
    pub fn new(inner: Arc<dyn Journal>) -> FaultyJournal {
        FaultyJournal { inner, plan: Mutex::default() }
    }

    /// Plans the next appends: `None` lets one through.
    pub fn plan(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.lock().faults.extend(faults);
    }

    /// Cuts the journal off, or connects it again. While cut off, nothing can be read, and only planned appends get through.
    pub fn cut(&self, cut: bool) {
        self.lock().cut = cut;
    }

    /// Lets stored events rot, or heals them. Only reads show it.
    pub fn rot(&self, rot: Option<Rot>) {
        self.lock().rot = rot;
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readable(&self) -> Result<(), ReadError> {
        match self.lock().cut {
            true => Err(ReadError::Unavailable(CUT.to_owned())),
            false => Ok(()),
        }
    }

    fn writable(&self) -> Result<(), WriteError> {
        match self.lock().cut {
            true => Err(WriteError::Unavailable(CUT.to_owned())),
            false => Ok(()),
        }
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut plan = self.lock();
        let unplanned = plan.cut.then_some(Fault::Unavailable);
        plan.faults.pop_front().unwrap_or(unplanned)
    }
}

const CUT: &str = "cut off";

#[async_trait]
impl Journal for FaultyJournal {
    async fn append(&self, group: Group) -> Result<Head, AppendError> {
        match self.next_fault() {
            None => self.inner.append(group).await,
            Some(Fault::Unavailable) => Err(AppendError::Unavailable("planned".to_owned())),
            Some(Fault::UnknownNotWritten) => Err(AppendError::Unknown("planned".to_owned())),
            Some(Fault::UnknownWritten) => {
                self.inner.append(group).await?;
                Err(AppendError::Unknown("planned".to_owned()))
            }
        }
    }

    async fn read(&self, key: StreamKey, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.readable()?;
        let mut events = self.inner.read(key, after_seq, limit).await?;
        match self.lock().rot {
            None => {}
            Some(Rot::CutOffAfter(last)) => events.retain(|event| event.seq <= last),
            Some(Rot::Altered(seq)) => events.iter_mut().filter(|event| event.seq == seq).for_each(|event| event.body.push(b' ')),
        }
        Ok(events)
    }

    async fn head(&self, key: StreamKey) -> Result<Head, ReadError> {
        self.readable()?;
        self.inner.head(key).await
    }

    async fn take_over(&self, key: StreamKey) -> Result<u64, WriteError> {
        self.writable()?;
        self.inner.take_over(key).await
    }

    async fn command(&self, key: StreamKey, id: CommandId) -> Result<Option<StoredCommand>, ReadError> {
        self.readable()?;
        self.inner.command(key, id).await
    }

    async fn read_commands(&self, key: StreamKey, first: RangeInclusive<u64>) -> Result<Vec<StoredCommand>, ReadError> {
        self.readable()?;
        self.inner.read_commands(key, first).await
    }

    async fn put_snapshot(
        &self,
        key: StreamKey,
        seq: u64,
        hash: Hash,
        code_version: u32,
        bytes: Vec<u8>,
    ) -> Result<(), WriteError> {
        self.writable()?;
        self.inner.put_snapshot(key, seq, hash, code_version, bytes).await
    }

    async fn latest_snapshot(&self, key: StreamKey, code_version: u32) -> Result<Option<Snapshot>, ReadError> {
        self.readable()?;
        self.inner.latest_snapshot(key, code_version).await
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Hash, WriteError> {
        self.writable()?;
        self.inner.put_blob(bytes).await
    }

    async fn get_blob(&self, hash: Hash) -> Result<Option<Vec<u8>>, ReadError> {
        self.readable()?;
        self.inner.get_blob(hash).await
    }

    fn commits(&self) -> u64 {
        self.inner.commits()
    }
}
