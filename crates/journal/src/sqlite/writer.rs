//! The writer thread: the only one that changes the file.
//!
//! It takes everything that waits, stages it in one transaction, commits once and then answers. A write that must be refused is
//! refused before it touches a table, so it does not spoil the others.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{
    database::{self, StreamRow},
    readers::Readers,
};
use crate::{AppendError, Group, Hash, Head, StreamKey, WriteError};

/// With nothing to do, the WAL is checkpointed past this many pages (4 MiB).
const IDLE_BACKLOG: i64 = 1_000;
/// Past this many pages (40 MiB) it is checkpointed even while writes wait.
const HARD_BACKLOG: i64 = 10_000;

/// Something to be written, and where its answer goes.
#[derive(Debug)]
pub enum Op {
    Append(Group, oneshot::Sender<Result<Head, AppendError>>),
    TakeOver(StreamKey, oneshot::Sender<Result<u64, WriteError>>),
    PutBlob(Hash, Vec<u8>, oneshot::Sender<Result<(), WriteError>>),
}

/// A staged write: what to answer once the transaction is durable.
enum Staged {
    Append(Head, oneshot::Sender<Result<Head, AppendError>>),
    Refused(AppendError, oneshot::Sender<Result<Head, AppendError>>),
    TakeOver(u64, oneshot::Sender<Result<u64, WriteError>>),
    Done(oneshot::Sender<Result<(), WriteError>>),
}

/// What became of a transaction.
enum Outcome {
    Durable,
    NotWritten(String),
    Unknown(String),
}

/// Owns the writing connection and the lock on the folder.
#[derive(Debug)]
pub struct Writer {
    file: PathBuf,
    /// `None` after a failure, until the file could be opened again.
    connection: Option<Connection>,
    /// The committed heads of the streams seen so far.
    streams: HashMap<StreamKey, StreamRow>,
    readers: Arc<Readers>,
    commits: Arc<AtomicU64>,
    _lock: File,
    #[cfg(test)]
    pub trip: Arc<std::sync::atomic::AtomicU8>,
}

/// The heads as the running transaction would leave them.
type Heads = HashMap<StreamKey, StreamRow>;

impl Writer {
    pub fn new(file: PathBuf, connection: Connection, readers: Arc<Readers>, commits: Arc<AtomicU64>, lock: File) -> Writer {
        Writer {
            file,
            connection: Some(connection),
            streams: HashMap::new(),
            readers,
            commits,
            _lock: lock,
            #[cfg(test)]
            trip: Arc::default(),
        }
    }

    /// Serves the queue until it is closed and empty.
    pub fn run(mut self, mut queue: mpsc::Receiver<Op>, batch: usize) {
        let mut ops = Vec::with_capacity(batch);
        while queue.blocking_recv_many(&mut ops, batch) > 0 {
            self.write(ops.drain(..));
            self.checkpoint_if_due(queue.is_empty());
        }
        // Readers first: the last connection to close leaves a clean file behind.
        drop(self.readers.close_all());
    }

    /// Stages, commits, answers.
    fn write(&mut self, ops: impl ExactSizeIterator<Item = Op>) {
        if let Err(why) = self.reopen_if_needed() {
            return ops.for_each(|op| refuse(op, &why));
        }
        let mut ops = ops;
        let mut staged = Vec::with_capacity(ops.len());
        let outcome = self.transact(&mut ops, &mut staged);
        if matches!(outcome, Outcome::Unknown(_)) {
            // Before anyone hears "unknown", so that what they read next is the truth.
            let _ = self.reopen_if_needed();
        }
        for write in staged {
            write.answer(&outcome);
        }
        ops.for_each(|op| refuse(op, "an earlier write of the same transaction failed"));
    }

    fn transact(&mut self, ops: &mut impl Iterator<Item = Op>, staged: &mut Vec<Staged>) -> Outcome {
        let Some(db) = &self.connection else {
            return Outcome::NotWritten("the file is closed".to_owned());
        };
        let mut heads = Heads::new();
        let filled = begin(db)
            .and_then(|()| stage_all(db, &self.streams, &mut heads, ops, staged))
            .and_then(|()| heads.values().try_for_each(|row| database::write_head(db, row)));
        if let Err(error) = filled {
            tracing::error!(%error, "journal: nothing of this transaction was written");
            // Closing rolls back; the file is opened again before the next write.
            self.close();
            return Outcome::NotWritten(error.to_string());
        }
        match self.commit() {
            Ok(()) => {
                self.streams.extend(heads);
                Outcome::Durable
            }
            Err(error) => {
                tracing::error!(%error, "journal: the outcome of this commit is unknown");
                self.close();
                Outcome::Unknown(error.to_string())
            }
        }
    }

    fn commit(&self) -> rusqlite::Result<()> {
        let Some(db) = &self.connection else {
            return Ok(());
        };
        #[cfg(test)]
        tests::trip(&self.trip, db)?;
        db.prepare_cached("COMMIT")?.execute([])?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Closes the connection and forgets the heads: after a failure only the file knows.
    fn close(&mut self) {
        self.connection = None;
        self.streams.clear();
    }

    /// Opens the file again after a failure, with every connection closed in between, so that SQLite recovers it from what is
    /// there. The recovered WAL is then copied to the database file and fsynced: what we are about to report as written is
    /// durable even if the failed fsync left its pages behind unwritten.
    fn reopen_if_needed(&mut self) -> Result<(), String> {
        if self.connection.is_some() {
            return Ok(());
        }
        let _closed = self.readers.close_all();
        match open_again(&self.file) {
            Ok(db) => {
                self.connection = Some(db);
                Ok(())
            }
            Err(why) => {
                tracing::error!(why, "journal: the file cannot be opened again");
                Err(why)
            }
        }
    }

    /// Keeps the WAL short: when nothing waits, or when it has grown too far.
    fn checkpoint_if_due(&self, idle: bool) {
        let Some(db) = &self.connection else {
            return;
        };
        let limit = if idle { IDLE_BACKLOG } else { HARD_BACKLOG };
        let done = database::wal_backlog(db).and_then(|backlog| match backlog > limit {
            true => database::checkpoint_passive(db),
            false => Ok(backlog),
        });
        if let Err(error) = done {
            // Harmless by itself: the WAL stays the truth. The next commit will tell if the disk is ill.
            tracing::warn!(%error, "journal: checkpoint failed");
        }
    }
}

fn open_again(file: &Path) -> Result<Connection, String> {
    let db = database::open_writer(file).map_err(|error| error.to_string())?;
    match database::checkpoint_truncate(&db) {
        Ok(0) => Ok(db),
        Ok(left) => Err(format!("{left} pages of the WAL cannot be copied while someone else reads the file")),
        Err(error) => Err(error.to_string()),
    }
}

fn begin(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    Ok(())
}

fn stage_all(
    db: &Connection,
    committed: &Heads,
    heads: &mut Heads,
    ops: &mut impl Iterator<Item = Op>,
    staged: &mut Vec<Staged>,
) -> rusqlite::Result<()> {
    for op in ops {
        match op {
            Op::Append(group, answer) => match append(db, committed, heads, &group) {
                Ok(Ok(head)) => staged.push(Staged::Append(head, answer)),
                Ok(Err(refusal)) => staged.push(Staged::Refused(refusal, answer)),
                Err(error) => return fail(answer, AppendError::Unavailable, error),
            },
            Op::TakeOver(key, answer) => match take_over(db, committed, heads, key) {
                Ok(epoch) => staged.push(Staged::TakeOver(epoch, answer)),
                Err(error) => return fail(answer, WriteError::Unavailable, error),
            },
            Op::PutBlob(hash, bytes, answer) => match database::write_blob(db, &hash, &bytes) {
                Ok(()) => staged.push(Staged::Done(answer)),
                Err(error) => return fail(answer, WriteError::Unavailable, error),
            },
        }
    }
    Ok(())
}

/// Answers the write that failed and stops the transaction.
fn fail<T, E>(
    answer: oneshot::Sender<Result<T, E>>,
    unavailable: fn(String) -> E,
    error: rusqlite::Error,
) -> rusqlite::Result<()> {
    let _ = answer.send(Err(unavailable(error.to_string())));
    Err(error)
}

/// A stream's row as the running transaction sees it.
fn stream<'a>(db: &Connection, committed: &Heads, heads: &'a mut Heads, key: StreamKey) -> rusqlite::Result<&'a mut StreamRow> {
    use std::collections::hash_map::Entry;
    match heads.entry(key) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(unknown) => Ok(unknown.insert(match committed.get(&key) {
            Some(row) => *row,
            None => database::open_stream(db, key)?,
        })),
    }
}

fn append(db: &Connection, committed: &Heads, heads: &mut Heads, group: &Group) -> rusqlite::Result<Result<Head, AppendError>> {
    let row = stream(db, committed, heads, group.key)?;
    let actual = row.head;
    if group.epoch < actual.epoch || group.expected_seq != actual.seq {
        return Ok(Err(AppendError::Conflict { actual }));
    }
    if let Some(id) = database::write_commands(db, row.no, group)? {
        return Ok(Err(AppendError::DuplicateCommand(id)));
    }
    database::write_events(db, row, group)?;
    Ok(Ok(row.head))
}

fn take_over(db: &Connection, committed: &Heads, heads: &mut Heads, key: StreamKey) -> rusqlite::Result<u64> {
    let row = stream(db, committed, heads, key)?;
    row.head.epoch += 1;
    Ok(row.head.epoch)
}

impl Staged {
    /// Answers according to what became of the transaction. A receiver that went away does not matter: the journal has it.
    fn answer(self, outcome: &Outcome) {
        match self {
            Staged::Append(head, answer) => {
                let _ = answer.send(match outcome {
                    Outcome::Durable => Ok(head),
                    Outcome::NotWritten(why) => Err(AppendError::Unavailable(why.clone())),
                    Outcome::Unknown(why) => Err(AppendError::Unknown(why.clone())),
                });
            }
            // It was refused against heads that may now never be: no group of this stream was written by it in any case.
            Staged::Refused(refusal, answer) => {
                let _ = answer.send(Err(match outcome {
                    Outcome::Durable => refusal,
                    Outcome::NotWritten(why) | Outcome::Unknown(why) => AppendError::Unavailable(why.clone()),
                }));
            }
            Staged::TakeOver(epoch, answer) => {
                let _ = answer.send(written(epoch, outcome));
            }
            Staged::Done(answer) => {
                let _ = answer.send(written((), outcome));
            }
        }
    }
}

fn written<T>(value: T, outcome: &Outcome) -> Result<T, WriteError> {
    match outcome {
        Outcome::Durable => Ok(value),
        Outcome::NotWritten(why) => Err(WriteError::Unavailable(why.clone())),
        Outcome::Unknown(why) => Err(WriteError::Unknown(why.clone())),
    }
}

fn refuse(op: Op, why: &str) {
    match op {
        Op::Append(_, answer) => drop(answer.send(Err(AppendError::Unavailable(why.to_owned())))),
        Op::TakeOver(_, answer) => drop(answer.send(Err(WriteError::Unavailable(why.to_owned())))),
        Op::PutBlob(.., answer) => drop(answer.send(Err(WriteError::Unavailable(why.to_owned())))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::AtomicU8;

    use super::*;
    use crate::contract::{floor, group};

    /// Makes the next COMMIT fail (1: before it did anything, 2: after it was done).
    pub fn trip(trip: &AtomicU8, db: &Connection) -> rusqlite::Result<()> {
        match trip.swap(0, Ordering::Relaxed) {
            0 => return Ok(()),
            1 => {}
            _ => db.execute_batch("COMMIT")?,
        }
        let io_error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
        Err(rusqlite::Error::SqliteFailure(io_error, None))
    }

    struct Rig {
        folder: tempfile::TempDir,
        writer: Writer,
    }

    impl Rig {
        fn new() -> Rig {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("journal.sqlite");
            let mut db = database::open_writer(&file).unwrap();
            database::migrate(&mut db).unwrap();
            let readers = Arc::new(Readers::new(file.clone(), 2));
            let lock = File::create(folder.path().join("lock")).unwrap();
            Rig { folder, writer: Writer::new(file, db, readers, Arc::default(), lock) }
        }

        fn append(&mut self, groups: Vec<Group>) -> Vec<Result<Head, AppendError>> {
            let (ops, answers): (Vec<_>, Vec<_>) = groups
                .into_iter()
                .map(|group| {
                    let (answer, answered) = oneshot::channel();
                    (Op::Append(group, answer), answered)
                })
                .unzip();
            self.writer.write(ops.into_iter());
            answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect()
        }

        fn stored(&self, store: u128) -> usize {
            let db = database::open_reader(&self.folder.path().join("journal.sqlite")).unwrap();
            database::read_events(&db, floor(store), 0, 99).unwrap().len()
        }
    }

    #[test]
    fn groups_of_one_batch_share_a_commit_and_a_refused_one_spoils_nothing() {
        let mut rig = Rig::new();
        let answers = rig.append(vec![
            group(floor(1), 0, &[(1, 2)]),
            group(floor(1), 0, &[(2, 1)]),
            group(floor(1), 2, &[(1, 1)]),
            group(floor(2), 0, &[(1, 1)]),
            group(floor(1), 2, &[(3, 1)]),
        ]);
        assert_eq!(answers[0].as_ref().unwrap().seq, 2);
        assert!(matches!(answers[1], Err(AppendError::Conflict { actual: Head { seq: 2, .. } })));
        assert!(matches!(answers[2], Err(AppendError::DuplicateCommand(_))));
        assert_eq!(answers[3].as_ref().unwrap().seq, 1);
        assert_eq!(answers[4].as_ref().unwrap().seq, 3);
        assert_eq!(rig.writer.commits.load(Ordering::Relaxed), 1);
        assert_eq!((rig.stored(1), rig.stored(2)), (3, 1));
    }

    #[test]
    fn a_failed_commit_is_unknown_for_all_and_the_file_tells_afterwards() {
        for (trip, kept) in [(1, 1), (2, 2)] {
            let mut rig = Rig::new();
            rig.append(vec![group(floor(1), 0, &[(1, 1)]), group(floor(2), 0, &[(1, 1)]), group(floor(3), 0, &[(1, 1)])]);
            rig.writer.trip.store(trip, Ordering::Relaxed);
            let answers = rig.append(vec![group(floor(1), 1, &[(2, 1)]), group(floor(2), 1, &[(2, 1)])]);
            assert!(answers.iter().all(|answer| matches!(answer, Err(AppendError::Unknown(_)))));
            assert_eq!((rig.stored(1), rig.stored(2), rig.stored(3)), (kept, kept, 1));
            // The heads were forgotten with the connection: the truth decides what comes next.
            let next = rig.append(vec![group(floor(1), kept as u64, &[(3, 1)])]);
            assert_eq!(next[0].as_ref().unwrap().seq, kept as u64 + 1);
        }
    }

    #[test]
    fn a_file_that_cannot_be_opened_again_refuses_everything_until_it_can() {
        let mut rig = Rig::new();
        rig.append(vec![group(floor(1), 0, &[(1, 1)])]);
        let file = std::mem::replace(&mut rig.writer.file, "/nowhere/journal.sqlite".into());
        rig.writer.trip.store(1, Ordering::Relaxed);
        assert!(matches!(rig.append(vec![group(floor(1), 1, &[(2, 1)])])[0], Err(AppendError::Unknown(_))));
        assert!(matches!(rig.append(vec![group(floor(1), 1, &[(2, 1)])])[0], Err(AppendError::Unavailable(_))));
        rig.writer.file = file;
        assert_eq!(rig.append(vec![group(floor(1), 1, &[(2, 1)])])[0].as_ref().unwrap().seq, 2);
    }
}
