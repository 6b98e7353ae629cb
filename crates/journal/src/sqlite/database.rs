//! The SQLite file: its settings, its tables and the statements on them.

use std::{ops::RangeInclusive, path::Path, time::Duration};

use rusqlite::{
    Connection, ErrorCode, MAIN_DB, OpenFlags, OptionalExtension, Row, TransactionBehavior, config::DbConfig, params,
};

use super::{OpenError, seal};
use crate::{CommandId, Group, Hash, Head, Link, ReadError, StoredCommand, StoredEvent, StreamKey, chain};

/// Statements kept prepared per connection; more than there are.
const STATEMENTS: usize = 64;
/// "ddj1": tells a journal from any other SQLite file.
pub const APPLICATION_ID: i64 = 0x6464_6a31;

/// One step per format version, each in its own transaction. Released steps never change; add one.
const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE stream (
    no     INTEGER PRIMARY KEY,
    store  BLOB    NOT NULL,
    stream INTEGER NOT NULL,
    epoch  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    hash   BLOB    NOT NULL,
    UNIQUE (store, stream)
) STRICT;
CREATE TABLE event (
    stream_no INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    epoch     INTEGER NOT NULL,
    at_ms     INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    command   BLOB    NOT NULL,
    body      BLOB    NOT NULL,
    hash      BLOB    NOT NULL,
    PRIMARY KEY (stream_no, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE command (
    stream_no   INTEGER NOT NULL,
    id          BLOB    NOT NULL,
    fingerprint BLOB    NOT NULL,
    answer      BLOB    NOT NULL,
    first_seq   INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL,
    PRIMARY KEY (stream_no, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshot (
    stream_no    INTEGER NOT NULL,
    code_version INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    hash         BLOB    NOT NULL,
    digest       BLOB    NOT NULL,
    bytes        BLOB    NOT NULL,
    PRIMARY KEY (stream_no, code_version, seq)
) STRICT;
CREATE TABLE blob (
    hash  BLOB NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
",
    "
ALTER TABLE command ADD COLUMN seal BLOB NOT NULL DEFAULT x'';
UPDATE command SET seal = command_seal(stream_no, id, fingerprint, answer, first_seq, last_seq);
",
    "
CREATE INDEX command_by_first_seq ON command (stream_no, first_seq);
",
];

/// The newest format this program knows.
pub const FORMAT: i64 = MIGRATIONS.len() as i64;

/// A stream's row: the number that stands for it in the other tables, and its head.
#[derive(Clone, Copy, Debug)]
pub struct StreamRow {
    pub no: i64,
    pub head: Head,
}

/// Opens the file for writing: WAL, every commit fsynced, checkpoints left to the writer.
pub fn open_writer(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(file)?;
    settle(&db)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    let mut keep = 1;
    db.file_control(Some(MAIN_DB), rusqlite::FileControl::PersistWal(&mut keep))?;
    Ok(db)
}

/// Opens the file for reading only.
pub fn open_reader(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    settle(&db)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

fn settle(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.pragma_update(None, "mmap_size", 0)?;
    db.pragma_update(None, "cache_size", -16_384)
}

/// Brings the file to the newest format, one transaction per step.
pub fn migrate(db: &mut Connection) -> Result<(), OpenError> {
    let known = FORMAT;
    seal::teach(db)?;
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (version, step) in (1_i64..).zip(MIGRATIONS) {
        if version <= found {
            continue;
        }
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(())
}

/// Drops snapshots kept in the table, where they stood before they had files of their own.
pub fn drop_snapshots(db: &Connection) -> rusqlite::Result<()> {
    db.execute("DELETE FROM snapshot", []).map(drop)
}

// ── Writing: always inside the writer's transaction ──────────────────────────────────────────────────────────────────────────────

/// Finds a stream's row, making it if need be.
pub fn open_stream(db: &Connection, key: StreamKey) -> rusqlite::Result<StreamRow> {
    if let Some(row) = find_stream(db, key)? {
        return Ok(row);
    }
    let head = Head::empty(key);
    db.prepare_cached("INSERT INTO stream (store, stream, epoch, seq, hash) VALUES (?1, ?2, 0, 0, ?3)")?.execute(params![
        key.store.0.to_be_bytes(),
        key.stream.code(),
        head.hash
    ])?;
    let no = db.last_insert_rowid();
    Ok(StreamRow { no, head })
}

/// Records where a stream ends now.
pub fn write_head(db: &Connection, row: &StreamRow) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE stream SET epoch = ?2, seq = ?3, hash = ?4 WHERE no = ?1")?.execute(params![
        row.no,
        number(row.head.epoch),
        number(row.head.seq),
        row.head.hash
    ])?;
    Ok(())
}

/// Records a group's commands. If one is known already, takes the others back and returns it.
pub fn write_commands(db: &Connection, stream_no: i64, group: &Group) -> rusqlite::Result<Option<CommandId>> {
    let mut insert = db.prepare_cached(
        "INSERT INTO command (stream_no, id, fingerprint, answer, first_seq, last_seq, seal)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )?;
    let mut last_seq = group.expected_seq;
    for (written, command) in group.commands.iter().enumerate() {
        let first_seq = last_seq + 1;
        last_seq += u64::from(command.events);
        let id = command.id.0.to_be_bytes();
        let (first, last) = (number(first_seq), number(last_seq));
        let row = seal::Row {
            stream_no,
            id: &id,
            fingerprint: &command.fingerprint,
            answer: &command.answer,
            first_seq: first,
            last_seq: last,
        };
        let inserted = insert.execute(params![stream_no, id, command.fingerprint, command.answer, first, last, row.seal()])?;
        if inserted == 0 {
            take_back(db, stream_no, group, written)?;
            return Ok(Some(command.id));
        }
    }
    Ok(None)
}

fn take_back(db: &Connection, stream_no: i64, group: &Group, written: usize) -> rusqlite::Result<()> {
    let mut delete = db.prepare_cached("DELETE FROM command WHERE stream_no = ?1 AND id = ?2")?;
    for command in &group.commands[..written] {
        delete.execute(params![stream_no, command.id.0.to_be_bytes()])?;
    }
    Ok(())
}

/// Writes a group's events after the stream's head, which moves along.
pub fn write_events(db: &Connection, row: &mut StreamRow, group: &Group) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO event (stream_no, seq, epoch, at_ms, kind, version, command, body, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    row.head.epoch = group.epoch;
    for (command, event) in group.owned_events() {
        let link = Link {
            seq: row.head.seq + 1,
            epoch: group.epoch,
            at_ms: group.at_ms,
            kind: &event.kind,
            version: event.version,
            command,
            body: &event.body,
        };
        let hash = link.hash(&row.head.hash);
        insert.execute(params![
            row.no,
            number(link.seq),
            number(link.epoch),
            link.at_ms,
            link.kind,
            link.version,
            command.0.to_be_bytes(),
            link.body,
            hash,
        ])?;
        row.head.seq = link.seq;
        row.head.hash = hash;
    }
    Ok(())
}

/// Writes a blob unless it is there.
pub fn write_blob(db: &Connection, hash: &Hash, bytes: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO blob (hash, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?.execute(params![hash, bytes])?;
    Ok(())
}

/// Pages in the WAL that are not yet in the database file. Does no checkpoint.
pub fn wal_backlog(db: &Connection) -> rusqlite::Result<i64> {
    checkpoint(db, "PRAGMA wal_checkpoint(NOOP)")
}

/// Copies pages from the WAL to the database file as far as readers allow; returns how many are left.
pub fn checkpoint_passive(db: &Connection) -> rusqlite::Result<i64> {
    checkpoint(db, "PRAGMA wal_checkpoint(PASSIVE)")
}

/// Copies every page to the database file, fsyncs it and empties the WAL.
pub fn checkpoint_truncate(db: &Connection) -> rusqlite::Result<i64> {
    checkpoint(db, "PRAGMA wal_checkpoint(TRUNCATE)")
}

fn checkpoint(db: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    db.prepare_cached(pragma)?.query_row([], |row| {
        let (in_wal, copied): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok((in_wal - copied).max(0))
    })
}

// ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

fn find_stream(db: &Connection, key: StreamKey) -> rusqlite::Result<Option<StreamRow>> {
    db.prepare_cached("SELECT no, epoch, seq, hash FROM stream WHERE store = ?1 AND stream = ?2")?
        .query_row(params![key.store.0.to_be_bytes(), key.stream.code()], |row| {
            let head = Head { epoch: natural(row, 1)?, seq: natural(row, 2)?, hash: row.get(3)? };
            Ok(StreamRow { no: row.get(0)?, head })
        })
        .optional()
}

/// Reads a stream's row.
pub fn read_stream(db: &Connection, key: StreamKey) -> Result<Option<StreamRow>, ReadError> {
    find_stream(db, key).map_err(|error| read_error(&error, 0))
}

/// Reads events in order up to the first that is missing or does not decode; damage right at the start is an error that names it.
pub fn read_events(db: &Connection, key: StreamKey, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
    let mut events = Vec::with_capacity(limit.min(crate::READ_CHUNK));
    let mut read = || -> rusqlite::Result<Option<ReadError>> {
        let Some(StreamRow { no, .. }) = find_stream(db, key)? else {
            return Ok(None);
        };
        let mut select = db.prepare_cached(
            "SELECT seq, epoch, at_ms, kind, version, command, body, hash FROM event
             WHERE stream_no = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        )?;
        let mut rows = select.query(params![no, number(after_seq), number(limit as u64)])?;
        while let Some(row) = rows.next()? {
            let event = decode_event(row)?;
            let seq = after_seq + events.len() as u64 + 1;
            if event.seq != seq {
                let why = format!("missing: the next event is {}", event.seq);
                return Ok(Some(ReadError::Corrupt { seq, why }));
            }
            events.push(event);
        }
        Ok(None)
    };
    let damage = match read() {
        Ok(damage) => damage,
        Err(error) => Some(read_error(&error, after_seq + events.len() as u64 + 1)),
    };
    match damage {
        Some(ReadError::Corrupt { .. }) if !events.is_empty() => Ok(events),
        Some(error) => Err(error),
        None => Ok(events),
    }
}

pub fn decode_event(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    Ok(StoredEvent {
        seq: natural(row, 0)?,
        epoch: natural(row, 1)?,
        at_ms: row.get(2)?,
        kind: row.get(3)?,
        version: row.get(4)?,
        command: CommandId(u128::from_be_bytes(row.get(5)?)),
        body: row.get(6)?,
        hash: row.get(7)?,
    })
}

/// Reads a recorded command and checks it against its seal.
pub fn read_command(db: &Connection, key: StreamKey, id: CommandId) -> Result<Option<StoredCommand>, ReadError> {
    let read = || -> rusqlite::Result<Option<Result<StoredCommand, ReadError>>> {
        let Some(StreamRow { no, .. }) = find_stream(db, key)? else {
            return Ok(None);
        };
        db.prepare_cached(
            "SELECT id, fingerprint, answer, first_seq, last_seq, seal FROM command
             WHERE stream_no = ?1 AND id = ?2",
        )?
        .query_row(params![no, id.0.to_be_bytes()], |row| decode_command(row, no))
        .optional()
    };
    read().map_err(|error| read_error(&error, 0))?.transpose()
}

/// Reads the commands whose first event lies in the range, in order, and checks each against its seal.
pub fn read_commands(db: &Connection, key: StreamKey, first: &RangeInclusive<u64>) -> Result<Vec<StoredCommand>, ReadError> {
    let read = || -> rusqlite::Result<Result<Vec<StoredCommand>, ReadError>> {
        let Some(StreamRow { no, .. }) = find_stream(db, key)?.filter(|_| !first.is_empty()) else {
            return Ok(Ok(Vec::new()));
        };
        db.prepare_cached(
            "SELECT id, fingerprint, answer, first_seq, last_seq, seal FROM command
             WHERE stream_no = ?1 AND first_seq BETWEEN ?2 AND ?3 ORDER BY first_seq, last_seq, id",
        )?
        .query_map(params![no, number(*first.start()), number(*first.end())], |row| decode_command(row, no))?
        .collect()
    };
    read().map_err(|error| read_error(&error, 0))?
}

/// Reads a command's row; a broken seal is the inner error.
fn decode_command(row: &Row<'_>, stream_no: i64) -> rusqlite::Result<Result<StoredCommand, ReadError>> {
    let id = CommandId(u128::from_be_bytes(row.get(0)?));
    let command = StoredCommand {
        id,
        fingerprint: row.get(1)?,
        answer: row.get(2)?,
        first_seq: natural(row, 3)?,
        last_seq: natural(row, 4)?,
    };
    let sealed = seal::Row {
        stream_no,
        id: &id.0.to_be_bytes(),
        fingerprint: &command.fingerprint,
        answer: &command.answer,
        first_seq: row.get(3)?,
        last_seq: row.get(4)?,
    };
    match row.get_ref(5)?.as_blob()? == sealed.seal() {
        true => Ok(Ok(command)),
        false => Ok(Err(ReadError::Corrupt { seq: 0, why: format!("{id:?} or its answer is not what was written") })),
    }
}

/// Reads a blob and checks it against its name.
pub fn read_blob(db: &Connection, hash: Hash) -> Result<Option<Vec<u8>>, ReadError> {
    let read = || -> rusqlite::Result<Option<Vec<u8>>> {
        db.prepare_cached("SELECT bytes FROM blob WHERE hash = ?1")?.query_row([hash], |row| row.get(0)).optional()
    };
    let bytes: Option<Vec<u8>> = read().map_err(|error| read_error(&error, 0))?;
    match bytes {
        Some(bytes) if chain::blob_hash(&bytes) != hash => {
            Err(ReadError::Corrupt { seq: 0, why: "a blob no longer has its hash".to_owned() })
        }
        found => Ok(found),
    }
}

/// Sorts what SQLite says into "not now" and "damaged, at or after this event".
pub fn read_error(error: &rusqlite::Error, seq: u64) -> ReadError {
    let why = error.to_string();
    let damaged = match error {
        rusqlite::Error::SqliteFailure(code, _) => matches!(code.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase),
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => true,
        _ => false,
    };
    if damaged { ReadError::Corrupt { seq, why } } else { ReadError::Unavailable(why) }
}

/// SQLite's integers are signed. Numbers past 2^63 do not occur; one that did would match nothing.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub fn natural(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let n: i64 = row.get(column)?;
    u64::try_from(n).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, n))
}
