//! Copies of a journal's file, and what can be proved about one: both from outside, with a reading connection of their own.
//!
//! Neither needs the folder's lock: a server may be writing to the file meanwhile. What they see is one moment of it.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::database::{self, APPLICATION_ID, FORMAT};
use super::seal;
use crate::{Chain, Hash, Head, ReadError, StoreKey, Stream, StreamKey, chain};

/// How many findings of SQLite's own check are told.
const FINDINGS: usize = 20;

/// Why a journal could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// SQLite cannot read the file, or cannot write the copy.
    #[error("the journal cannot be copied")]
    Sqlite(#[from] rusqlite::Error),
    /// The copy's path is not text, which SQLite needs.
    #[error("the path of the copy is not UTF-8")]
    Path,
}

/// What one file holds, and everything about it that is not as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// The version of its format.
    pub format: i64,
    /// Its streams, in the order they were made.
    pub streams: Vec<StreamReport>,
    /// How many recorded commands are what was written.
    pub commands: u64,
    /// How many blobs are what was written.
    pub blobs: u64,
    /// What is wrong, in words. Empty: nothing was found.
    pub damage: Vec<String>,
}

/// One stream of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamReport {
    /// Which stream.
    pub key: StreamKey,
    /// Where it ends.
    pub head: Head,
    /// How many of its events follow from the one before.
    pub checked: u64,
    /// When its last sound event was written, in UTC milliseconds.
    pub newest_ms: Option<i64>,
}

/// Writes a whole and compact copy of a journal's file to `to`, which must be empty or absent.
///
/// The copy holds every group committed before the call and never half of one. Nothing waits for it; only the WAL isn't
/// shortened meanwhile. The copy is not made durable.
///
/// # Errors
/// See [`CopyError`]. What is at `to` then is worthless.
pub fn copy_file(from: &Path, to: &Path) -> Result<(), CopyError> {
    let to = to.to_str().ok_or(CopyError::Path)?;
    let db = database::open_reader(from)?;
    // It forbids writing to any file, the copy too; the connection can only read the journal in any case.
    db.pragma_update(None, "query_only", false)?;
    db.execute("VACUUM INTO ?1", params![to])?;
    Ok(())
}

/// Checks all of a journal's file: SQLite's structures, every hash chain against its recorded head, every recorded command
/// against its seal and its events, every snapshot and every blob against its hash. Works on the file of a running server.
///
/// # Errors
/// `Unavailable` if the file can't be read now. Damage is not an error but the report's answer.
pub fn check_file(file: &Path) -> Result<FileReport, ReadError> {
    let mut report = FileReport::default();
    match database::open_reader(file).and_then(|db| check(&db, &mut report)) {
        Ok(()) => Ok(report),
        Err(error) if is_passing(&error) => Err(ReadError::Unavailable(error.to_string())),
        Err(error) => {
            report.damage.push(error.to_string());
            Ok(report)
        }
    }
}

/// The hash of one event of a journal's file; nothing if it isn't there. Works on the file of a running server.
///
/// # Errors
/// If it can't be read.
pub fn event_hash(file: &Path, key: StreamKey, seq: u64) -> Result<Option<Hash>, ReadError> {
    let read = || {
        let db = database::open_reader(file)?;
        let mut select = db.prepare(
            "SELECT e.hash FROM event AS e JOIN stream AS s ON s.no = e.stream_no
             WHERE s.store = ?1 AND s.stream = ?2 AND e.seq = ?3",
        )?;
        select.query_row(params![key.store.0.to_be_bytes(), key.stream.code(), seq.cast_signed()], |row| row.get(0)).optional()
    };
    read().map_err(|error| database::read_error(&error, seq))
}

/// Whether an error says nothing about the file's content.
fn is_passing(error: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, PermissionDenied, SystemIoFailure};
    let rusqlite::Error::SqliteFailure(code, _) = error else { return false };
    matches!(code.code, CannotOpen | DatabaseBusy | DatabaseLocked | DiskFull | OutOfMemory | PermissionDenied | SystemIoFailure)
}

/// Looks at one moment of the file. An error ends the look; what was found before stays in the report.
fn check(db: &Connection, report: &mut FileReport) -> rusqlite::Result<()> {
    db.execute_batch("BEGIN")?;
    let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = pragma("application_id")?;
    if application != APPLICATION_ID {
        report.damage.push(format!("the file is marked {application:#x}, which is no journal"));
    }
    report.format = pragma("user_version")?;
    if report.format < 1 || report.format > FORMAT {
        report.damage.push(format!("the file has format {}; this program knows 1 to {FORMAT}", report.format));
    }
    check_structure(db, report)?;
    for (no, key, head) in streams(db, report)? {
        let stream = walk(db, no, key, head, report)?;
        report.streams.push(stream);
        check_commands(db, no, head, report)?;
        check_snapshots(db, no, key, report)?;
    }
    check_strays(db, report)?;
    check_blobs(db, report)
}

/// SQLite's own check: pages, order, types, indices.
fn check_structure(db: &Connection, report: &mut FileReport) -> rusqlite::Result<()> {
    let mut pragma = db.prepare(&format!("PRAGMA integrity_check({FINDINGS})"))?;
    let findings = pragma.query_map([], |row| row.get::<_, String>(0))?;
    for finding in findings {
        let finding = finding?;
        if finding != "ok" {
            report.damage.push(finding);
        }
    }
    Ok(())
}

fn streams(db: &Connection, report: &mut FileReport) -> rusqlite::Result<Vec<(i64, StreamKey, Head)>> {
    let mut select = db.prepare("SELECT no, store, stream, epoch, seq, hash FROM stream ORDER BY no")?;
    let mut rows = select.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (no, code): (i64, u8) = (row.get(0)?, row.get(2)?);
        let Some(stream) = Stream::ALL.into_iter().find(|stream| stream.code() == code) else {
            report.damage.push(format!("stream {no} is of the unknown kind {code}"));
            continue;
        };
        let key = StreamKey::new(StoreKey(u128::from_be_bytes(row.get(1)?)), stream);
        let head = Head { epoch: database::natural(row, 3)?, seq: database::natural(row, 4)?, hash: row.get(5)? };
        found.push((no, key, head));
    }
    Ok(found)
}

/// Follows a stream's chain to its recorded head.
fn walk(db: &Connection, no: i64, key: StreamKey, head: Head, report: &mut FileReport) -> rusqlite::Result<StreamReport> {
    let mut select =
        db.prepare("SELECT seq, epoch, at_ms, kind, version, command, body, hash FROM event WHERE stream_no = ?1 ORDER BY seq")?;
    let mut rows = select.query([no])?;
    let mut chain = Chain::from_start(key);
    let (mut newest_ms, mut epoch) = (None, 0);
    let name = key.stream.name();
    while let Some(row) = rows.next()? {
        let event = database::decode_event(row)?;
        if let Err(broken) = chain.follow(&event) {
            report.damage.push(format!("{name}: {broken}"));
            return Ok(StreamReport { key, head, checked: chain.seq(), newest_ms });
        }
        (newest_ms, epoch) = (Some(event.at_ms), event.epoch);
    }
    if chain.seq() != head.seq {
        report.damage.push(format!("{name}: the events end at {}, the stream is recorded to reach {}", chain.seq(), head.seq));
    } else if chain.hash() != head.hash {
        report.damage.push(format!("{name}: the recorded head at {} has another hash than its event", head.seq));
    }
    if epoch > head.epoch {
        report.damage.push(format!("{name}: the last event is of epoch {epoch}, the stream only of {}", head.epoch));
    }
    Ok(StreamReport { key, head, checked: chain.seq(), newest_ms })
}

/// Holds recorded commands against their seals, and events against the commands they name.
fn check_commands(db: &Connection, no: i64, head: Head, report: &mut FileReport) -> rusqlite::Result<()> {
    // Before format 2 commands had no seal.
    let sealed = if report.format >= 2 { "seal" } else { "NULL" };
    let mut select =
        db.prepare(&format!("SELECT id, fingerprint, answer, first_seq, last_seq, {sealed} FROM command WHERE stream_no = ?1"))?;
    let mut rows = select.query([no])?;
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_blob()?;
        let command = seal::Row {
            stream_no: no,
            id,
            fingerprint: row.get_ref(1)?.as_blob()?,
            answer: row.get_ref(2)?.as_blob()?,
            first_seq: row.get(3)?,
            last_seq: row.get(4)?,
        };
        let seal: Option<Hash> = row.get(5)?;
        let within = command.first_seq >= 1
            && command.last_seq >= command.first_seq - 1
            && u64::try_from(command.last_seq).is_ok_and(|last| last <= head.seq);
        if !within || seal.is_some_and(|seal| seal != command.seal()) {
            report.damage.push(format!("command {} or its answer is not what was written", hex(id)));
        } else {
            report.commands += 1;
        }
    }
    let mut orphans = db.prepare(
        "SELECT seq FROM event AS e LEFT JOIN command AS c ON c.stream_no = e.stream_no AND c.id = e.command
         WHERE e.stream_no = ?1 AND (c.id IS NULL OR e.seq NOT BETWEEN c.first_seq AND c.last_seq) LIMIT 1",
    )?;
    let mut rows = orphans.query([no])?;
    if let Some(row) = rows.next()? {
        report.damage.push(format!("the command of event {} is not recorded", row.get::<_, i64>(0)?));
    }
    Ok(())
}

fn check_snapshots(db: &Connection, no: i64, key: StreamKey, report: &mut FileReport) -> rusqlite::Result<()> {
    let mut select = db.prepare(
        "SELECT s.seq, s.digest, s.bytes, s.hash IS e.hash FROM snapshot AS s
         LEFT JOIN event AS e ON e.stream_no = s.stream_no AND e.seq = s.seq WHERE s.stream_no = ?1",
    )?;
    let mut rows = select.query([no])?;
    while let Some(row) = rows.next()? {
        let (seq, digest, of_this_history): (i64, Hash, bool) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let sound = chain::blob_hash(row.get_ref(2)?.as_blob()?) == digest;
        if !sound || !of_this_history {
            report.damage.push(format!("{}: the snapshot at {seq} is not what was written", key.stream.name()));
        }
    }
    Ok(())
}

/// Rows of streams that aren't there.
fn check_strays(db: &Connection, report: &mut FileReport) -> rusqlite::Result<()> {
    for table in ["event", "command", "snapshot"] {
        let stray = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE stream_no NOT IN (SELECT no FROM stream))");
        if db.query_row(&stray, [], |row| row.get(0))? {
            report.damage.push(format!("{table}: rows of a stream that isn't there"));
        }
    }
    Ok(())
}

fn check_blobs(db: &Connection, report: &mut FileReport) -> rusqlite::Result<()> {
    let mut select = db.prepare("SELECT hash, bytes FROM blob")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(0)?.as_blob()?;
        if chain::blob_hash(row.get_ref(1)?.as_blob()?) == *name {
            report.blobs += 1;
        } else {
            report.damage.push(format!("blob {} is not what was written", hex(name)));
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
