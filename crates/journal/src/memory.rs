//! A journal in memory, for tests and the simulator. It is the contract in its plainest form.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    AppendError, CommandId, Group, Hash, Head, Journal, Link, ReadError, Snapshot, StoredCommand, StoredEvent, StreamKey,
    WriteError, chain,
};

/// Snapshots kept per stream and version of the code.
const KEEP_SNAPSHOTS: usize = 2;

/// Keeps everything in memory. "Durable" here means: as long as the value lives.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    streams: BTreeMap<StreamKey, StreamLog>,
    snapshots: BTreeMap<(StreamKey, u32), BTreeMap<u64, Snapshot>>,
    blobs: BTreeMap<Hash, Vec<u8>>,
    commits: u64,
}

#[derive(Debug)]
struct StreamLog {
    head: Head,
    events: Vec<StoredEvent>,
    commands: BTreeMap<CommandId, StoredCommand>,
    /// The commands by first event, last event and id.
    order: BTreeSet<(u64, u64, CommandId)>,
}

impl MemoryJournal {
    /// Makes an empty journal.
    pub fn new() -> MemoryJournal {
        MemoryJournal::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn stream(&mut self, key: StreamKey) -> &mut StreamLog {
        self.streams.entry(key).or_insert_with(|| StreamLog {
            head: Head::empty(key),
            events: Vec::new(),
            commands: BTreeMap::new(),
            order: BTreeSet::new(),
        })
    }
}

impl StreamLog {
    fn append(&mut self, group: &Group) -> Result<Head, AppendError> {
        let actual = self.head;
        if group.epoch < actual.epoch || group.expected_seq != actual.seq {
            return Err(AppendError::Conflict { actual });
        }
        let known = |id: &CommandId| self.commands.contains_key(id);
        if let Some(command) = group.commands.iter().find(|c| known(&c.id)) {
            return Err(AppendError::DuplicateCommand(command.id));
        }
        self.push_events(group);
        self.push_commands(group, actual.seq);
        Ok(self.head)
    }

    fn push_events(&mut self, group: &Group) {
        self.head.epoch = group.epoch;
        for (command, event) in group.owned_events() {
            let mut stored = StoredEvent {
                seq: self.head.seq + 1,
                epoch: group.epoch,
                at_ms: group.at_ms,
                kind: event.kind.clone().into_owned(),
                version: event.version,
                body: event.body.clone(),
                command,
                hash: [0; 32],
            };
            let link: Link<'_> = stored.link();
            stored.hash = link.hash(&self.head.hash);
            self.head.seq = stored.seq;
            self.head.hash = stored.hash;
            self.events.push(stored);
        }
    }

    fn push_commands(&mut self, group: &Group, mut last_seq: u64) {
        for command in &group.commands {
            let first_seq = last_seq + 1;
            last_seq += u64::from(command.events);
            let stored = StoredCommand {
                id: command.id,
                fingerprint: command.fingerprint,
                answer: command.answer.clone(),
                first_seq,
                last_seq,
            };
            self.order.insert((first_seq, last_seq, command.id));
            self.commands.insert(command.id, stored);
        }
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, group: Group) -> Result<Head, AppendError> {
        group.check()?;
        let mut inner = self.lock();
        let head = inner.stream(group.key).append(&group)?;
        inner.commits += 1;
        Ok(head)
    }

    async fn read(&self, key: StreamKey, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        let inner = self.lock();
        let Some(log) = inner.streams.get(&key) else {
            return Ok(Vec::new());
        };
        let from = usize::try_from(after_seq).unwrap_or(usize::MAX);
        Ok(log.events.iter().skip(from).take(limit).cloned().collect())
    }

    async fn head(&self, key: StreamKey) -> Result<Head, ReadError> {
        let inner = self.lock();
        let log = inner.streams.get(&key);
        Ok(log.map_or_else(|| Head::empty(key), |log| log.head))
    }

    async fn take_over(&self, key: StreamKey) -> Result<u64, WriteError> {
        let mut inner = self.lock();
        inner.commits += 1;
        let head = &mut inner.stream(key).head;
        head.epoch += 1;
        Ok(head.epoch)
    }

    async fn command(&self, key: StreamKey, id: CommandId) -> Result<Option<StoredCommand>, ReadError> {
        let inner = self.lock();
        let log = inner.streams.get(&key);
        Ok(log.and_then(|log| log.commands.get(&id)).cloned())
    }

    async fn read_commands(&self, key: StreamKey, first: RangeInclusive<u64>) -> Result<Vec<StoredCommand>, ReadError> {
        let inner = self.lock();
        let Some(log) = inner.streams.get(&key).filter(|_| !first.is_empty()) else {
            return Ok(Vec::new());
        };
        let (from, to) = ((*first.start(), 0, CommandId(0)), (*first.end(), u64::MAX, CommandId(u128::MAX)));
        Ok(log.order.range(from..=to).filter_map(|(_, _, id)| log.commands.get(id)).cloned().collect())
    }

    async fn put_snapshot(
        &self,
        key: StreamKey,
        seq: u64,
        hash: Hash,
        code_version: u32,
        bytes: Vec<u8>,
    ) -> Result<(), WriteError> {
        let mut inner = self.lock();
        inner.commits += 1;
        let kept = inner.snapshots.entry((key, code_version)).or_default();
        kept.insert(seq, Snapshot { seq, hash, bytes });
        while kept.len() > KEEP_SNAPSHOTS {
            kept.pop_first();
        }
        Ok(())
    }

    async fn latest_snapshot(&self, key: StreamKey, code_version: u32) -> Result<Option<Snapshot>, ReadError> {
        let inner = self.lock();
        let kept = inner.snapshots.get(&(key, code_version));
        Ok(kept.and_then(|kept| kept.last_key_value()).map(|(_, snapshot)| snapshot.clone()))
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Hash, WriteError> {
        let hash = chain::blob_hash(&bytes);
        let mut inner = self.lock();
        inner.commits += 1;
        inner.blobs.insert(hash, bytes);
        Ok(hash)
    }

    async fn get_blob(&self, hash: Hash) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.lock().blobs.get(&hash).cloned())
    }

    fn commits(&self) -> u64 {
        self.lock().commits
    }
}
