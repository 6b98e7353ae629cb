//! A journal in PostgreSQL, for the cloud: any number of nodes, each store's rows together, one transaction for many stores.
//!
//! A stream's row in the table `stream` is its fence. Every append moves it from where the writer thinks it is, under an epoch
//! that is not over, and holds it until the commit; whoever else wants to append waits for that row and is then refused. So a
//! reader never sees a gap, and [`PostgresJournal::take_over`](crate::Journal::take_over) returns only when an append whose
//! answer was lost is over.

mod database;
mod errors;
mod pool;
mod rows;
mod schema;
mod seal;
mod session;
mod transaction;
mod writer;

use std::{
    fmt,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::types::ToSql;

use crate::{
    AppendError, CommandId, Group, Hash, Head, Journal, ReadError, Snapshot, StoreKey, StoredCommand, StoredEvent, StreamKey,
    WriteError, chain,
};
pub use database::Database;
use pool::Pool;
use rows::{Raw, number, store_id, stream_no};
pub use schema::{PARTITIONED_SCHEMA, SCHEMA, Schema};
use session::Connector;
use writer::{Append, Op, TakeOver, Writer};

/// Snapshots kept per stream and version of the code.
const KEEP_SNAPSHOTS: usize = 2;

/// Sizes and patience. The defaults suit a server with a handful of cores.
#[derive(Clone, Copy, Debug)]
pub struct PostgresOptions {
    /// How many writers there are, each with a connection of its own. A store always falls to the same one.
    pub writers: usize,
    /// How many connections read.
    pub readers: usize,
    /// How many writes may wait per writer; further callers wait for room.
    pub queue: usize,
    /// How many streams share one transaction at most. 1 where stores live on different nodes of a cluster: then no statement or
    /// transaction spans two of them.
    pub batch: usize,
    /// How many bytes of events and answers share one transaction at most, unless a single group has more.
    pub batch_bytes: usize,
    /// How the tables come to be.
    pub schema: Schema,
    /// How long a write or read waits for a server that can write before it is unavailable.
    pub connect_for: Duration,
    /// How long the server may take to answer. A COMMIT that takes longer is unknown to the caller, and never cancelled.
    pub answer_within: Duration,
    /// How long a write waits for a stream that another transaction holds.
    pub lock_wait: Duration,
    /// After how long the server ends a session that left a transaction open and says nothing. Shorter than `lock_wait`, so that
    /// who waits for a dead node's transaction gets the stream.
    pub idle_transaction: Duration,
}

impl Default for PostgresOptions {
    fn default() -> PostgresOptions {
        PostgresOptions {
            writers: 4,
            readers: 4,
            queue: 1024,
            batch: 256,
            batch_bytes: 8 << 20,
            schema: Schema::Plain,
            connect_for: Duration::from_secs(5),
            answer_within: Duration::from_secs(60),
            lock_wait: Duration::from_secs(5),
            idle_transaction: Duration::from_secs(3),
        }
    }
}

/// Why a journal could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The URL cannot be read, or asks for something there isn't.
    #[error("the URL of the PostgreSQL journal is no use: {0}")]
    Url(String),
    /// No server that can write was found.
    #[error("no PostgreSQL server that can write: {0}")]
    Unreachable(String),
    /// The tables are missing and could not be made, or are too new.
    #[error("{0}")]
    Schema(String),
}

/// Keeps streams in PostgreSQL. Cheap to share; dropping it finishes what is queued.
pub struct PostgresJournal {
    lanes: Vec<mpsc::Sender<Op>>,
    pool: Pool,
    commits: Arc<AtomicU64>,
}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJournal")
            .field("lanes", &self.lanes.len())
            .field("commits", &self.commits())
            .finish_non_exhaustive()
    }
}

impl PostgresJournal {
    /// Opens the journal in the database of a `postgres://` URL, which may name several servers; the one that can write is used,
    /// also after a failover.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect(url: &str, options: PostgresOptions) -> Result<PostgresJournal, ConnectError> {
        PostgresJournal::open(Database::read(url)?, options).await
    }

    /// Opens the journal in a database, over TLS where the database is secured.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn open(database: Database, options: PostgresOptions) -> Result<PostgresJournal, ConnectError> {
        let connector = Arc::new(Connector::new(database, &options)?);
        let client = connector.connect().await.map_err(ConnectError::Unreachable)?;
        schema::ensure(&client, options.schema).await.map_err(ConnectError::Schema)?;
        let commits = Arc::new(AtomicU64::new(0));
        let lanes = (0..options.writers.max(1)).map(|_| {
            let (ops, queue) = mpsc::channel(options.queue.max(1));
            tokio::spawn(Writer::new(connector.clone(), options, commits.clone()).run(queue));
            ops
        });
        Ok(PostgresJournal {
            lanes: lanes.collect(),
            pool: Pool::new(connector, options.readers, options.answer_within),
            commits,
        })
    }

    /// The writer a store falls to.
    fn lane(&self, store: StoreKey) -> &mpsc::Sender<Op> {
        let mixed = ((store.0 ^ (store.0 >> 64)) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        &self.lanes[mixed as usize % self.lanes.len()]
    }
}

const STOPPED: &str = "the writer has stopped";

#[async_trait]
impl Journal for PostgresJournal {
    async fn append(&self, group: Group) -> Result<Head, AppendError> {
        group.check()?;
        if group.events.iter().any(|event| event.kind.contains('\0')) {
            return Err(AppendError::Invalid("an event's kind has a zero byte, which is no text to PostgreSQL"));
        }
        let (answer, answered) = oneshot::channel();
        let lane = self.lane(group.key.store);
        lane.send(Op::Append(Append { group, answer })).await.map_err(|_| AppendError::Unavailable(STOPPED.to_owned()))?;
        answered.await.map_err(|_| AppendError::Unknown(STOPPED.to_owned()))?
    }

    async fn read(&self, key: StreamKey, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params: [&(dyn ToSql + Sync); 4] = [&store_id(key), &stream_no(key), &number(after_seq), &limit];
        let rows = self.pool.query(|session| &session.events, &params).await?;
        let mut events = Vec::with_capacity(rows.len());
        for (seq, row) in (after_seq.saturating_add(1)..).zip(&rows) {
            let why = match rows::event(row) {
                Ok(event) if event.seq == seq => {
                    events.push(event);
                    continue;
                }
                Ok(event) => format!("missing: the next event is {}", event.seq),
                Err(odd) => odd.to_string(),
            };
            // The sound events before it come first.
            return if events.is_empty() { Err(ReadError::Corrupt { seq, why }) } else { Ok(events) };
        }
        Ok(events)
    }

    async fn head(&self, key: StreamKey) -> Result<Head, ReadError> {
        let rows = self.pool.query(|session| &session.head, &[&store_id(key), &stream_no(key)]).await?;
        rows.first().map_or(Ok(Head::empty(key)), |row| rows::head(row, 0).map_err(damaged))
    }

    async fn take_over(&self, key: StreamKey) -> Result<u64, WriteError> {
        let (answer, answered) = oneshot::channel();
        let op = Op::TakeOver(TakeOver { key, answer });
        self.lane(key.store).send(op).await.map_err(|_| WriteError::Unavailable(STOPPED.to_owned()))?;
        answered.await.map_err(|_| WriteError::Unknown(STOPPED.to_owned()))?
    }

    async fn command(&self, key: StreamKey, id: CommandId) -> Result<Option<StoredCommand>, ReadError> {
        let id = Raw(id.0.to_be_bytes());
        let rows = self.pool.query(|session| &session.command, &[&store_id(key), &stream_no(key), &id]).await?;
        rows.first().map(|row| rows::command(row, key).map_err(damaged)).transpose()
    }

    async fn read_commands(&self, key: StreamKey, first: RangeInclusive<u64>) -> Result<Vec<StoredCommand>, ReadError> {
        let (from, to) = (number(*first.start()), number(*first.end()));
        let params: [&(dyn ToSql + Sync); 4] = [&store_id(key), &stream_no(key), &from, &to];
        let rows = self.pool.query(|session| &session.commands, &params).await?;
        rows.iter().map(|row| rows::command(row, key).map_err(damaged)).collect()
    }

    async fn put_snapshot(
        &self,
        key: StreamKey,
        seq: u64,
        hash: Hash,
        code_version: u32,
        bytes: Vec<u8>,
    ) -> Result<(), WriteError> {
        let (store, stream, code, digest) = (store_id(key), stream_no(key), i64::from(code_version), chain::blob_hash(&bytes));
        let params: [&(dyn ToSql + Sync); 7] = [&store, &stream, &code, &number(seq), &Raw(hash), &Raw(digest), &bytes];
        self.pool.execute(|session| &session.put_snapshot, &params).await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        let unreadable = |error: ReadError| WriteError::Unknown(error.to_string());
        let kept = self.pool.query(|session| &session.kept, &[&store, &stream, &code]).await.map_err(unreadable)?;
        match kept.get(KEEP_SNAPSHOTS - 1).map(|row| row.try_get::<_, i64>(0)) {
            Some(Ok(oldest)) if kept.len() > KEEP_SNAPSHOTS => {
                self.pool.execute(|session| &session.trim, &[&store, &stream, &code, &oldest]).await
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn latest_snapshot(&self, key: StreamKey, code_version: u32) -> Result<Option<Snapshot>, ReadError> {
        let code = i64::from(code_version);
        let rows = self.pool.query(|session| &session.snapshots, &[&store_id(key), &stream_no(key), &code]).await?;
        // A damaged one is passed over: it costs time, never truth.
        Ok(rows.iter().find_map(|row| rows::snapshot(row).ok()))
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Hash, WriteError> {
        let hash = chain::blob_hash(&bytes);
        self.pool.execute(|session| &session.put_blob, &[&Raw(hash), &bytes]).await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(hash)
    }

    async fn get_blob(&self, hash: Hash) -> Result<Option<Vec<u8>>, ReadError> {
        let rows = self.pool.query(|session| &session.blob, &[&Raw(hash)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let bytes: Vec<u8> = row.try_get(0).map_err(|error| damaged(error.into()))?;
        match chain::blob_hash(&bytes) == hash {
            true => Ok(Some(bytes)),
            false => Err(damaged("a blob no longer has its hash".into())),
        }
    }

    fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

/// Something that is not about one event can't be what was written.
fn damaged(odd: Box<dyn std::error::Error + Sync + Send>) -> ReadError {
    ReadError::Corrupt { seq: 0, why: odd.to_string() }
}
