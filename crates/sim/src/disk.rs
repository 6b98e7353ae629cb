//! The server's disk: what a process has written is not yet what the disk keeps. A crash loses what was not synced, a torn group is
//! gone whole (as SQLite's log has it), and a sync may be slow, fail, or find no room.

use crate::facts::{Durable, Fact, Keeper, Told};
use crate::gate::Gate;
use crate::plan::FaultKind;
use crate::storm::Storm;
use crate::witness::Witness;
use async_trait::async_trait;
use domain::floor::FloorEvent;
use domain::payment::PaymentEvent;
use engine::split_sender;
use journal::{
    AppendError, CommandId, Group, Hash, Head, Journal, MemoryJournal, ReadError, Snapshot, StoreKey, StoredCommand, StoredEvent,
    Stream, StreamKey, WriteError, genesis,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Whose disk it is; it says what the onlooker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The shop's home.
    Home,
    /// A copy.
    Copy(Keeper),
    /// A box's that was the shop's home once, and goes on alone.
    Stray,
    /// Nobody's yet: it is being filled. Nothing fails on it, and nothing is told.
    Blank,
}

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
    /// Takes what a server writes that has lost the stream to another.
    pub takes_any_epoch: bool,
    /// Leaves every eleventh event out, and says that it has it.
    pub skips: bool,
}

/// The disk. What one life of the server sees of it is a [`Mount`].
pub(crate) struct Disk {
    inner: Mutex<Inner>,
    storm: Arc<Storm>,
    witness: Arc<Witness>,
    habits: DiskHabits,
}

struct Inner {
    place: Place,
    /// What processes see: written, synced or not.
    cache: Arc<MemoryJournal>,
    /// What links see, where there are any: what is synced. (Other readers of SQLite's log see no group before its sync.)
    shipped: Option<Arc<MemoryJournal>>,
    /// What the disk keeps, in order.
    kept: Vec<Op>,
    /// Written and not yet synced, in order.
    unsynced: Vec<(u64, Op)>,
    next: u64,
    /// Tickets of what was synced before its writer came to do it.
    synced: BTreeSet<u64>,
    /// Tickets of what went together with something before it that was dropped.
    dropped: BTreeSet<u64>,
    /// The last hash of each stream that the onlooker has seen.
    chains: BTreeMap<StreamKey, Hash>,
    /// Epochs of writers that had none any more, by event, where the disk took what they wrote.
    outdated: BTreeMap<(StreamKey, u64), u64>,
}

/// Something written.
#[derive(Clone)]
pub(crate) enum Op {
    Group(Group),
    TakeOver(StreamKey),
    Blob(Vec<u8>),
}

impl Op {
    fn stream(&self) -> Option<StreamKey> {
        match self {
            Op::Group(group) => Some(group.key),
            Op::TakeOver(key) => Some(*key),
            Op::Blob(_) => None,
        }
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    /// An empty disk. `shipped`: links read it.
    pub fn new(place: Place, storm: Arc<Storm>, witness: Arc<Witness>, habits: DiskHabits, shipped: bool) -> Arc<Disk> {
        let inner = Inner {
            place,
            cache: Arc::new(MemoryJournal::new()),
            shipped: shipped.then(Arc::default),
            kept: Vec::new(),
            unsynced: Vec::new(),
            next: 0,
            synced: BTreeSet::new(),
            dropped: BTreeSet::new(),
            chains: BTreeMap::new(),
            outdated: BTreeMap::new(),
        };
        Arc::new(Disk { inner: Mutex::new(inner), storm, witness, habits })
    }

    /// What the disk keeps, in order.
    pub fn kept(&self) -> Vec<Op> {
        self.lock().kept.clone()
    }

    /// It keeps these from now on, and nothing else.
    pub async fn put_back(&self, kept: Vec<Op>) {
        {
            let mut inner = self.lock();
            inner.kept = kept;
            inner.unsynced.clear();
        }
        self.rebuild().await;
    }

    /// It is somebody else's from now on.
    pub fn becomes(&self, place: Place) {
        self.lock().place = place;
    }

    fn place(&self) -> Place {
        self.lock().place
    }

    /// Whether everything written is synced.
    pub fn is_at_rest(&self) -> bool {
        self.lock().unsynced.is_empty()
    }

    /// Whether the other one has everything that this one has, refusals too.
    pub async fn equals(&self, other: &Disk, store: StoreKey) -> bool {
        let (here, there) = (self.cache(), other.cache());
        for stream in Stream::ALL {
            let key = StreamKey::new(store, stream);
            let heads = (here.head(key).await, there.head(key).await);
            let (Ok(one), Ok(two)) = heads else { return false };
            let commands = (here.read_commands(key, 0..=u64::MAX).await, there.read_commands(key, 0..=u64::MAX).await);
            let (Ok(ours), Ok(theirs)) = commands else { return false };
            if (one.seq, one.hash, ours.len()) != (two.seq, two.hash, theirs.len()) {
                return false;
            }
        }
        true
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

    /// What was written under this ticket is safe from now on, and with it what was written to the stream before it; false if a crash
    /// has decided about it meanwhile.
    async fn sync(&self, ticket: u64) -> bool {
        let ops = {
            let mut inner = self.lock();
            let Some((_, last)) = inner.unsynced.iter().find(|(waiting, _)| *waiting == ticket) else {
                return inner.synced.contains(&ticket);
            };
            let stream = last.stream();
            let (safe, unsynced): (Vec<_>, Vec<_>) = std::mem::take(&mut inner.unsynced)
                .into_iter()
                .partition(|(waiting, op)| *waiting == ticket || *waiting < ticket && op.stream() == stream);
            inner.unsynced = unsynced;
            inner.synced.extend(safe.iter().map(|(waiting, _)| *waiting));
            let ops: Vec<Op> = safe.into_iter().map(|(_, op)| op).collect();
            inner.kept.extend(ops.iter().cloned());
            ops
        };
        for op in &ops {
            self.tell(op).await;
            self.ship(op).await;
        }
        true
    }

    /// Lets links see what was synced.
    async fn ship(&self, op: &Op) {
        let shipped = self.lock().shipped.clone();
        if let Some(shipped) = shipped {
            write(&shipped, op.clone()).await;
        }
    }

    /// Drops what was written under this ticket, as if it had never been, and what follows it in its stream.
    async fn undo(&self, ticket: u64) {
        {
            let mut inner = self.lock();
            let stream = inner.unsynced.iter().find(|(waiting, _)| *waiting == ticket).and_then(|(_, op)| op.stream());
            let (dropped, unsynced): (Vec<_>, Vec<_>) = std::mem::take(&mut inner.unsynced)
                .into_iter()
                .partition(|(waiting, op)| *waiting == ticket || *waiting > ticket && op.stream() == stream);
            inner.unsynced = unsynced;
            inner.dropped.extend(dropped.into_iter().map(|(waiting, _)| waiting));
        }
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
        let (kept, unsynced, ships) = {
            let inner = self.lock();
            let unsynced: Vec<Op> = inner.unsynced.iter().map(|(_, op)| op.clone()).collect();
            (inner.kept.clone(), unsynced, inner.shipped.is_some())
        };
        if ships {
            let shipped = journal_of(kept.clone()).await;
            self.lock().shipped = Some(shipped);
        }
        let cache = journal_of(kept.into_iter().chain(unsynced).collect()).await;
        self.lock().cache = cache;
    }

    /// What links see.
    fn shipped(&self) -> Arc<MemoryJournal> {
        let inner = self.lock();
        inner.shipped.as_ref().unwrap_or(&inner.cache).clone()
    }

    /// Tells the onlooker what has become durable.
    async fn tell(&self, op: &Op) {
        let Op::Group(group) = op else { return };
        let Ok(events) = self.cache().read(group.key, group.expected_seq, group.events.len()).await else { return };
        let place = self.place();
        for mut event in events {
            if self.habits.rots && event.seq % 7 == 0 {
                event.body.push(b' ');
            }
            let due = {
                let mut inner = self.lock();
                let before = inner.chains.get(&group.key).copied().unwrap_or_else(|| genesis(group.key));
                inner.chains.insert(group.key, event.hash);
                let due = event.link().hash(&before);
                if let Some(epoch) = inner.outdated.get(&(group.key, event.seq)) {
                    event.epoch = *epoch;
                }
                due
            };
            self.tell_event(place, group.key.stream, event, due);
        }
        if place == Place::Home {
            self.tell_commands(group);
        }
    }

    fn tell_event(&self, place: Place, stream: Stream, event: StoredEvent, hash_due: Hash) {
        let StoredEvent { seq, epoch, hash, .. } = event;
        match place {
            Place::Home => self.witness.note(Fact::Event(Box::new(durable(stream, event, hash_due)))),
            Place::Copy(_) if self.habits.skips && seq % 11 == 0 => {}
            Place::Copy(at) => self.witness.note(Fact::Copied { at, stream, seq, epoch, hash, hash_due }),
            Place::Stray => self.witness.note(Fact::StrayEvent { stream, seq, epoch, hash }),
            Place::Blank => {}
        }
    }

    fn tell_commands(&self, group: &Group) {
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
        if self.place() == Place::Blank {
            let head = self.cache().append(group.clone()).await?;
            let ticket = self.write(Op::Group(group));
            self.sync(ticket).await;
            return Ok(head);
        }
        if self.storm.strikes(FaultKind::DiskFull) {
            return Err(AppendError::Unavailable("no space left on device".to_owned()));
        }
        if self.habits.drops_sender {
            group.events.iter_mut().for_each(|event| event.body = split_sender(&event.body).0.into_owned());
        }
        let cache = self.cache();
        if self.habits.takes_any_epoch {
            self.let_in(&cache, &mut group).await;
        }
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
                if self.lock().dropped.contains(&ticket) {
                    return Err(AppendError::Unknown("the write before it failed".to_owned()));
                }
                std::future::pending::<()>().await;
            }
        }
        if self.storm.strikes(FaultKind::JournalReplyLost) {
            return Err(AppendError::Unknown("the answer of the commit got lost".to_owned()));
        }
        Ok(head)
    }

    /// Has a writer that lost its stream go on at the stream's end.
    async fn let_in(&self, cache: &MemoryJournal, group: &mut Group) {
        let Ok(head) = cache.head(group.key).await else { return };
        if group.epoch >= head.epoch {
            return;
        }
        let mut inner = self.lock();
        for n in 1..=group.events.len() as u64 {
            inner.outdated.insert((group.key, head.seq + n), group.epoch);
        }
        (group.epoch, group.expected_seq) = (head.epoch, head.seq);
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

/// A journal with these written to it.
async fn journal_of(ops: Vec<Op>) -> Arc<MemoryJournal> {
    let journal = Arc::new(MemoryJournal::new());
    for op in ops {
        write(&journal, op).await;
    }
    journal
}

async fn write(journal: &MemoryJournal, op: Op) {
    // What was once taken is taken again, but for the events of a disk that loses some.
    match op {
        Op::Group(group) => drop(journal.append(group).await),
        Op::TakeOver(key) => drop(journal.take_over(key).await),
        Op::Blob(bytes) => drop(journal.put_blob(bytes).await),
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

/// The disk as one process sees it.
#[derive(Debug)]
pub(crate) struct Mount {
    disk: Arc<Disk>,
    gate: Gate,
    life: u32,
    view: View,
}

/// What a process does with a disk.
#[derive(Debug)]
enum View {
    /// A server lives on it.
    Server,
    /// A link ships it: what is synced.
    Link,
    /// A copy is kept on it, in a database beside the process: what was handed over is done whether anybody waits for it or not. Told
    /// when the process is to die in the middle of it.
    Copy(Option<Arc<Notify>>),
}

impl Mount {
    /// For a life of the server.
    pub fn new(disk: Arc<Disk>, gate: Gate, life: u32) -> Arc<Mount> {
        Arc::new(Mount { disk, gate, life, view: View::Server })
    }

    /// For a link that ships.
    pub fn for_link(disk: Arc<Disk>, gate: Gate) -> Arc<Mount> {
        Arc::new(Mount { disk, gate, life: 0, view: View::Link })
    }

    /// For whoever keeps a copy.
    pub fn for_copy(disk: Arc<Disk>, gate: Gate, mishap: Option<Arc<Notify>>) -> Arc<Mount> {
        Arc::new(Mount { disk, gate, life: 0, view: View::Copy(mishap) })
    }

    fn journal(&self) -> Arc<MemoryJournal> {
        match self.view {
            View::Link => self.disk.shipped(),
            View::Server | View::Copy(_) => self.disk.cache(),
        }
    }

    async fn hand_over(&self, group: Group) -> Result<Head, AppendError> {
        let View::Copy(mishap) = &self.view else { return self.disk.append(group).await };
        if let Some(mishap) = mishap
            && self.disk.storm.strikes_one_in(FaultKind::CloudCrash, MID_BATCH)
        {
            mishap.notify_one();
        }
        let disk = self.disk.clone();
        let done = tokio::spawn(async move { disk.append(group).await }).await;
        done.unwrap_or_else(|_| Err(AppendError::Unknown("the connection to the database broke".to_owned())))
    }
}

/// At full strength the process that keeps a copy dies in the middle of one of so many groups.
const MID_BATCH: u64 = 60;

/// A group waits for its sync in line with those before it; other writes take this long.
const OTHER_WRITE: Duration = Duration::from_millis(2);

#[async_trait]
impl Journal for Mount {
    async fn append(&self, group: Group) -> Result<Head, AppendError> {
        self.gate.pass().await;
        // A stopped process's write reaches the disk all the same; its answer waits for the process.
        let appended = self.hand_over(group).await;
        self.gate.pass().await;
        appended
    }

    async fn read(&self, key: StreamKey, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.gate.pass().await;
        self.journal().read(key, after_seq, limit).await
    }

    async fn head(&self, key: StreamKey) -> Result<Head, ReadError> {
        self.gate.pass().await;
        self.journal().head(key).await
    }

    async fn take_over(&self, key: StreamKey) -> Result<u64, WriteError> {
        self.gate.pass().await;
        let place = self.disk.place();
        if place != Place::Blank {
            tokio::time::sleep(OTHER_WRITE).await;
            self.gate.pass().await;
        }
        // Earlier groups come first: they are in the journal or never will be.
        self.disk.sync_late().await;
        let epoch = self.disk.cache().take_over(key).await?;
        self.disk.lock().kept.push(Op::TakeOver(key));
        match place {
            Place::Home => self.disk.witness.note(Fact::TakenOver { stream: key.stream, epoch, life: self.life }),
            Place::Stray => self.disk.witness.note(Fact::Strayed { stream: key.stream, epoch }),
            Place::Copy(_) | Place::Blank => {}
        }
        self.disk.ship(&Op::TakeOver(key)).await;
        Ok(epoch)
    }

    async fn command(&self, key: StreamKey, id: CommandId) -> Result<Option<StoredCommand>, ReadError> {
        self.gate.pass().await;
        if self.disk.habits.forgets_commands {
            return Ok(None);
        }
        self.journal().command(key, id).await
    }

    async fn read_commands(&self, key: StreamKey, first: RangeInclusive<u64>) -> Result<Vec<StoredCommand>, ReadError> {
        self.gate.pass().await;
        if self.disk.habits.forgets_commands {
            return Ok(Vec::new());
        }
        self.journal().read_commands(key, first).await
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
        self.disk.lock().kept.push(Op::Blob(bytes.clone()));
        self.disk.ship(&Op::Blob(bytes)).await;
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
