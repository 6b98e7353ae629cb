//! The server's disk: what a process has written is not yet what the disk keeps. A crash loses what was not synced, a torn group is
//! gone whole (as SQLite's log has it), and a sync may be slow, fail, or find no room.

use crate::facts::{Durable, Fact, Told};
use crate::gate::Gate;
use crate::plan::FaultKind;
use crate::storm::Storm;
use crate::witness::Witness;
use async_trait::async_trait;
use domain::floor::FloorEvent;
use domain::payment::PaymentEvent;
use engine::split_sender;
use journal::{
    AppendError, CommandId, Group, Hash, Head, Journal, MemoryJournal, ReadError, Snapshot, StoredCommand, StoredEvent, Stream,
    StreamKey, WriteError, genesis,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a disk lies, in worlds that must be found out.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskHabits {
    /// Says "durable" before it is.
    pub answers_before_sync: bool,
    /// Loses durable groups in a crash as well: so many of the last.
    pub loses_synced: usize,
    /// Takes a command twice: forgets what it recorded when the server starts again.
    pub forgets_commands: bool,
    /// Alters a byte of what it keeps.
    pub rots: bool,
    /// Keeps events without their sender.
    pub drops_sender: bool,
}

/// The disk. What one life of the server sees of it is a [`Mount`].
pub(crate) struct Disk {
    inner: Mutex<Inner>,
    storm: Arc<Storm>,
    witness: Arc<Witness>,
    habits: DiskHabits,
}

struct Inner {
    /// What processes see: written, synced or not.
    cache: Arc<MemoryJournal>,
    /// What the disk keeps, in order.
    kept: Vec<Op>,
    /// Written and not yet synced, in order.
    unsynced: Vec<(u64, Op)>,
    next: u64,
    /// Tickets of what was synced before its writer came to do it.
    synced: BTreeSet<u64>,
    /// The last hash of each stream that the onlooker has seen.
    chains: BTreeMap<StreamKey, Hash>,
}

#[derive(Clone)]
enum Op {
    Group(Group),
    TakeOver(StreamKey),
    Blob(Vec<u8>),
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    pub fn new(storm: Arc<Storm>, witness: Arc<Witness>, habits: DiskHabits) -> Arc<Disk> {
        let inner = Inner {
            cache: Arc::new(MemoryJournal::new()),
            kept: Vec::new(),
            unsynced: Vec::new(),
            next: 0,
            synced: BTreeSet::new(),
            chains: BTreeMap::new(),
        };
        Arc::new(Disk { inner: Mutex::new(inner), storm, witness, habits })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> Arc<MemoryJournal> {
        self.lock().cache.clone()
    }

    /// Writes: visible to processes, not yet safe.
    fn write(&self, op: Op) -> u64 {
        let mut inner = self.lock();
        inner.next += 1;
        let ticket = inner.next;
        inner.unsynced.push((ticket, op));
        ticket
    }

    /// What was written under this ticket is safe from now on; false if a crash has decided about it meanwhile.
    async fn sync(&self, ticket: u64) -> bool {
        let op = {
            let mut inner = self.lock();
            let Some(at) = inner.unsynced.iter().position(|(waiting, _)| *waiting == ticket) else {
                return inner.synced.contains(&ticket);
            };
            let (_, op) = inner.unsynced.remove(at);
            inner.kept.push(op.clone());
            inner.synced.insert(ticket);
            op
        };
        self.tell(&op).await;
        true
    }

    /// Drops what was written under this ticket, as if it had never been.
    async fn undo(&self, ticket: u64) {
        self.lock().unsynced.retain(|(waiting, _)| *waiting != ticket);
        self.rebuild().await;
    }

    /// The machine loses its power, or the process dies: of what was not synced the disk has kept some first part.
    pub async fn crash(&self) {
        let survivors = {
            let mut inner = self.lock();
            let waiting = std::mem::take(&mut inner.unsynced);
            let kept = self.storm.below(waiting.len() as u64 + 1) as usize;
            let survivors: Vec<Op> = waiting.into_iter().take(kept).map(|(_, op)| op).collect();
            inner.kept.extend(survivors.iter().cloned());
            if self.habits.loses_synced > 0 {
                let groups = inner.kept.iter().filter(|op| matches!(op, Op::Group(_))).count();
                let mut left = groups.saturating_sub(self.habits.loses_synced);
                inner.kept.retain(|op| {
                    let is_group = matches!(op, Op::Group(_));
                    let keep = !is_group || left > 0;
                    left -= usize::from(is_group && keep);
                    keep
                });
            }
            survivors
        };
        self.rebuild().await;
        for op in &survivors {
            self.tell(op).await;
        }
    }

    /// What processes see becomes what the disk has kept, and what is on its way.
    async fn rebuild(&self) {
        let ops: Vec<Op> = {
            let inner = self.lock();
            inner.kept.iter().cloned().chain(inner.unsynced.iter().map(|(_, op)| op.clone())).collect()
        };
        let cache = MemoryJournal::new();
        for op in ops {
            // What was once taken is taken again, but for the events of a disk that loses some.
            match op {
                Op::Group(group) => drop(cache.append(group).await),
                Op::TakeOver(key) => drop(cache.take_over(key).await),
                Op::Blob(bytes) => drop(cache.put_blob(bytes).await),
            }
        }
        self.lock().cache = Arc::new(cache);
    }

    /// Tells the onlooker what has become durable.
    async fn tell(&self, op: &Op) {
        let Op::Group(group) = op else { return };
        let Ok(events) = self.cache().read(group.key, group.expected_seq, group.events.len()).await else { return };
        for mut event in events {
            if self.habits.rots && event.seq % 7 == 0 {
                event.body.push(b' ');
            }
            let before = self.lock().chains.get(&group.key).copied().unwrap_or_else(|| genesis(group.key));
            let due = event.link().hash(&before);
            self.lock().chains.insert(group.key, event.hash);
            self.witness.note(Fact::Event(Box::new(durable(group.key.stream, event, due))));
        }
        let mut last = group.expected_seq;
        for command in &group.commands {
            let first = last + 1;
            last += u64::from(command.events);
            self.witness.note(Fact::Command {
                stream: group.key.stream,
                id: command.id.0,
                fingerprint: command.fingerprint,
                accepted: command.answer.starts_with(b"{\"Ok\""),
                first_seq: first,
                last_seq: last,
            });
        }
    }

    /// Every event that the disk keeps of a stream, for the onlooker.
    pub async fn events(&self, key: StreamKey) -> Vec<StoredEvent> {
        self.cache().read(key, 0, usize::MAX).await.unwrap_or_default()
    }

    async fn append(&self, mut group: Group) -> Result<Head, AppendError> {
        if self.storm.strikes(FaultKind::DiskFull) {
            return Err(AppendError::Unavailable("no space left on device".to_owned()));
        }
        if self.habits.drops_sender {
            group.events.iter_mut().for_each(|event| event.body = split_sender(&event.body).0.into_owned());
        }
        let cache = self.cache();
        let head = cache.append(group.clone()).await?;
        let ticket = self.write(Op::Group(group));
        if !self.habits.answers_before_sync {
            tokio::time::sleep(self.storm.sync_time()).await;
            if self.storm.strikes(FaultKind::DiskError) {
                // A failed sync says nothing: the bytes may be there all the same.
                if self.storm.percent(50) {
                    self.sync(ticket).await;
                } else {
                    self.undo(ticket).await;
                }
                return Err(AppendError::Unknown("fsync: input/output error".to_owned()));
            }
            if !self.sync(ticket).await {
                std::future::pending::<()>().await;
            }
        }
        if self.storm.strikes(FaultKind::JournalReplyLost) {
            return Err(AppendError::Unknown("the answer of the commit got lost".to_owned()));
        }
        Ok(head)
    }

    /// What lies unsynced because the disk lied about it: safe after a while, unless a crash comes first.
    pub async fn sync_late(&self) {
        let waiting: Vec<u64> = self.lock().unsynced.iter().map(|(ticket, _)| *ticket).collect();
        for ticket in waiting {
            self.sync(ticket).await;
        }
    }

    /// Whether this disk answers before it has synced, and so needs [`Disk::sync_late`].
    pub fn lies(&self) -> bool {
        self.habits.answers_before_sync
    }
}

/// What a stored event says.
pub(crate) fn told(stream: Stream, body: &[u8]) -> Told {
    let (body, _) = split_sender(body);
    match stream {
        Stream::Floor => serde_json::from_slice::<FloorEvent>(&body).map_or(Told::Catalog, Told::Floor),
        Stream::Money => serde_json::from_slice::<PaymentEvent>(&body).map_or(Told::Catalog, Told::Money),
        Stream::Catalog => Told::Catalog,
    }
}

fn durable(stream: Stream, event: StoredEvent, hash_due: Hash) -> Durable {
    let (_, sender) = split_sender(&event.body);
    let told = told(stream, &event.body);
    Durable {
        stream,
        seq: event.seq,
        epoch: event.epoch,
        at_ms: event.at_ms,
        hash: event.hash,
        hash_due,
        command: event.command.0,
        kind: event.kind,
        sender,
        told,
    }
}

/// The disk as one life of the server sees it.
#[derive(Debug)]
pub(crate) struct Mount {
    disk: Arc<Disk>,
    gate: Gate,
    life: u32,
}

impl Mount {
    pub fn new(disk: Arc<Disk>, gate: Gate, life: u32) -> Arc<Mount> {
        Arc::new(Mount { disk, gate, life })
    }
}

/// A group waits for its sync in line with those before it; other writes take this long.
const OTHER_WRITE: Duration = Duration::from_millis(2);

#[async_trait]
impl Journal for Mount {
    async fn append(&self, group: Group) -> Result<Head, AppendError> {
        self.gate.pass().await;
        // A stopped process's write reaches the disk all the same; its answer waits for the process.
        let appended = self.disk.append(group).await;
        self.gate.pass().await;
        appended
    }

    async fn read(&self, key: StreamKey, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.gate.pass().await;
        self.disk.cache().read(key, after_seq, limit).await
    }

    async fn head(&self, key: StreamKey) -> Result<Head, ReadError> {
        self.gate.pass().await;
        self.disk.cache().head(key).await
    }

    async fn take_over(&self, key: StreamKey) -> Result<u64, WriteError> {
        self.gate.pass().await;
        tokio::time::sleep(OTHER_WRITE).await;
        self.gate.pass().await;
        // Earlier groups come first: they are in the journal or never will be.
        self.disk.sync_late().await;
        let epoch = self.disk.cache().take_over(key).await?;
        self.disk.lock().kept.push(Op::TakeOver(key));
        self.disk.witness.note(Fact::TakenOver { stream: key.stream, epoch, life: self.life });
        Ok(epoch)
    }

    async fn command(&self, key: StreamKey, id: CommandId) -> Result<Option<StoredCommand>, ReadError> {
        self.gate.pass().await;
        if self.disk.habits.forgets_commands {
            return Ok(None);
        }
        self.disk.cache().command(key, id).await
    }

    async fn read_commands(&self, key: StreamKey, first: RangeInclusive<u64>) -> Result<Vec<StoredCommand>, ReadError> {
        self.gate.pass().await;
        if self.disk.habits.forgets_commands {
            return Ok(Vec::new());
        }
        self.disk.cache().read_commands(key, first).await
    }

    async fn put_snapshot(&self, key: StreamKey, seq: u64, hash: Hash, version: u32, bytes: Vec<u8>) -> Result<(), WriteError> {
        self.gate.pass().await;
        // Disposable: a crash may take it.
        self.disk.cache().put_snapshot(key, seq, hash, version, bytes).await
    }

    async fn latest_snapshot(&self, key: StreamKey, code_version: u32) -> Result<Option<Snapshot>, ReadError> {
        self.gate.pass().await;
        self.disk.cache().latest_snapshot(key, code_version).await
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Hash, WriteError> {
        self.gate.pass().await;
        let hash = self.disk.cache().put_blob(bytes.clone()).await?;
        self.disk.lock().kept.push(Op::Blob(bytes));
        Ok(hash)
    }

    async fn get_blob(&self, hash: Hash) -> Result<Option<Vec<u8>>, ReadError> {
        self.gate.pass().await;
        self.disk.cache().get_blob(hash).await
    }

    fn commits(&self) -> u64 {
        self.disk.cache().commits()
    }
}
