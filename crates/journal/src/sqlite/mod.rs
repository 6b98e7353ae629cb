//! A journal in one SQLite file, for a restaurant: one writer thread, group commit, a few read-only connections.

mod backup;
mod database;
mod readers;
mod seal;
mod snapshots;
mod writer;

use std::{
    fmt,
    fs::{File, TryLockError},
    io,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use crate::{
    AppendError, CommandId, Group, Hash, Head, Journal, ReadError, Snapshot, StoredCommand, StoredEvent, StreamKey, WriteError,
    chain,
};
pub use backup::{CopyError, FileReport, StreamReport, check_file, copy_file, event_hash};
use readers::Readers;
use snapshots::Snapshots;
use writer::{Op, Writer};

/// The file in the data folder that holds the journal.
pub const DATABASE: &str = "journal.sqlite";
/// The file in the data folder that is locked while a process serves it.
const LOCK: &str = "lock";
/// The first SQLite without the WAL-reset bug (two connections and a checkpoint race could corrupt the file).
const OLDEST_SQLITE: i32 = 3_051_003;

/// Sizes of the queue and of a transaction. The defaults suit a restaurant.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    /// How many writes may wait; further callers wait for room.
    pub queue: usize,
    /// How many waiting writes share one transaction at most.
    pub batch: usize,
    /// How many read-only connections there are.
    pub readers: usize,
}

impl Default for SqliteOptions {
    fn default() -> SqliteOptions {
        SqliteOptions { queue: 1024, batch: 256, readers: 4 }
    }
}

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another journal of this one, has the folder open.
    #[error("another dandan serves this folder: {}", .0.display())]
    InUse(PathBuf),
    /// The folder or its lock file cannot be used.
    #[error("the data folder {} cannot be used", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The linked SQLite has the WAL-reset bug.
    #[error("SQLite {0} may corrupt the journal; 3.51.3 or newer is needed")]
    SqliteTooOld(&'static str),
    /// The file was written by a newer dandan.
    #[error("the journal has format {found}, this program knows formats up to {known}")]
    Newer {
        /// The file's format.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// SQLite cannot open the file.
    #[error("the journal file cannot be opened")]
    Sqlite(#[from] rusqlite::Error),
}

/// Keeps streams in one SQLite file (`journal.sqlite` in the data folder).
///
/// Waiting writes of all streams share one transaction and one fsync. Answers go out after COMMIT has returned, with
/// `synchronous=FULL`. Dropping the journal finishes what is queued and closes the file.
pub struct SqliteJournal {
    folder: PathBuf,
    ops: Option<mpsc::Sender<Op>>,
    readers: Arc<Readers>,
    snapshots: Arc<Snapshots>,
    commits: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal").field("folder", &self.folder).field("commits", &self.commits()).finish_non_exhaustive()
    }
}

impl SqliteJournal {
    /// Opens the journal in a folder, making both if need be, with default options.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(folder: impl AsRef<Path>) -> Result<SqliteJournal, OpenError> {
        SqliteJournal::open_with(folder, SqliteOptions::default())
    }

    /// Opens the journal in a folder, making both if need be.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_with(folder: impl AsRef<Path>, options: SqliteOptions) -> Result<SqliteJournal, OpenError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(OpenError::SqliteTooOld(rusqlite::version()));
        }
        let folder = folder.as_ref().to_path_buf();
        let lock = lock_folder(&folder)?;
        let file = folder.join(DATABASE);
        let mut connection = database::open_writer(&file)?;
        database::migrate(&mut connection)?;
        database::drop_snapshots(&connection)?;
        let failed = |source| OpenError::Folder { path: folder.clone(), source };
        let snapshots = Arc::new(Snapshots::open(&folder).map_err(failed)?);
        sync_folder(&folder)?;

        let readers = Arc::new(Readers::new(file.clone(), options.readers));
        let commits = Arc::new(AtomicU64::new(0));
        let (ops, queue) = mpsc::channel(options.queue.max(1));
        let writer = Writer::new(file, connection, readers.clone(), commits.clone(), lock);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run(queue, options.batch.max(1)))
            .map_err(failed)?;
        Ok(SqliteJournal { folder, ops: Some(ops), readers, snapshots, commits, thread: Some(thread) })
    }

    /// Hands a write to the writer thread and waits for its answer. `Err` says whether the write was handed over.
    async fn write<T>(&self, op: impl FnOnce(oneshot::Sender<T>) -> Op) -> Result<T, Lost> {
        let (answer, answered) = oneshot::channel();
        let ops = self.ops.as_ref().ok_or(Lost::Before)?;
        ops.send(op(answer)).await.map_err(|_| Lost::Before)?;
        answered.await.map_err(|_| Lost::After)
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        self.ops = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The writer thread is gone: it stopped before or after it took the write.
enum Lost {
    Before,
    After,
}

const STOPPED: &str = "the writer thread has stopped";

impl From<Lost> for AppendError {
    fn from(lost: Lost) -> AppendError {
        match lost {
            Lost::Before => AppendError::Unavailable(STOPPED.to_owned()),
            Lost::After => AppendError::Unknown(STOPPED.to_owned()),
        }
    }
}

impl From<Lost> for WriteError {
    fn from(lost: Lost) -> WriteError {
        match lost {
            Lost::Before => WriteError::Unavailable(STOPPED.to_owned()),
            Lost::After => WriteError::Unknown(STOPPED.to_owned()),
        }
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn append(&self, group: Group) -> Result<Head, AppendError> {
        group.check()?;
        self.write(|answer| Op::Append(group, answer)).await?
    }

    async fn read(&self, key: StreamKey, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.readers.run(move |db| database::read_events(db, key, after_seq, limit)).await
    }

    async fn head(&self, key: StreamKey) -> Result<Head, ReadError> {
        let row = self.readers.run(move |db| database::read_stream(db, key)).await?;
        Ok(row.map_or_else(|| Head::empty(key), |row| row.head))
    }

    async fn take_over(&self, key: StreamKey) -> Result<u64, WriteError> {
        self.write(|answer| Op::TakeOver(key, answer)).await?
    }

    async fn command(&self, key: StreamKey, id: CommandId) -> Result<Option<StoredCommand>, ReadError> {
        self.readers.run(move |db| database::read_command(db, key, id)).await
    }

    async fn read_commands(&self, key: StreamKey, first: RangeInclusive<u64>) -> Result<Vec<StoredCommand>, ReadError> {
        self.readers.run(move |db| database::read_commands(db, key, &first)).await
    }

    async fn put_snapshot(
        &self,
        key: StreamKey,
        seq: u64,
        hash: Hash,
        code_version: u32,
        bytes: Vec<u8>,
    ) -> Result<(), WriteError> {
        self.snapshots.put(key, code_version, Snapshot { seq, hash, bytes }).await
    }

    async fn latest_snapshot(&self, key: StreamKey, code_version: u32) -> Result<Option<Snapshot>, ReadError> {
        self.snapshots.latest(key, code_version).await
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Hash, WriteError> {
        let hash = chain::blob_hash(&bytes);
        self.write(|answer| Op::PutBlob(hash, bytes, answer)).await??;
        Ok(hash)
    }

    async fn get_blob(&self, hash: Hash) -> Result<Option<Vec<u8>>, ReadError> {
        self.readers.run(move |db| database::read_blob(db, hash)).await
    }

    fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

/// Makes the folder and takes its lock, which ends with the process however it ends.
fn lock_folder(folder: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Folder { path: folder.to_path_buf(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let lock = File::create(folder.join(LOCK)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_path_buf())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Makes the names of the files in the folder durable, not only their content.
fn sync_folder(folder: &Path) -> Result<(), OpenError> {
    let synced = File::open(folder).and_then(|dir| dir.sync_all());
    synced.map_err(|source| OpenError::Folder { path: folder.to_path_buf(), source })
}
