//! The SQLite journal passes the suite, survives what a restaurant's box does to it, and finds what was tampered with.
#![allow(clippy::unwrap_used)]

use std::{path::Path, sync::Arc};

use journal::{
    Group, Journal, OpenError, ReadError, SqliteJournal,
    contract::{self, floor, group},
};
use rusqlite::Connection;
use tempfile::TempDir;

fn open(folder: &Path) -> SqliteJournal {
    SqliteJournal::open(folder).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    let root = TempDir::new().unwrap();
    let make = async || Arc::new(open(&tempfile::tempdir_in(root.path()).unwrap().keep())) as Arc<dyn Journal>;
    contract::run_all(make).await;
}

#[tokio::test]
async fn sqlite_keeps_everything_over_a_reopen() {
    let folder = TempDir::new().unwrap();
    contract::everything_survives_a_reopen(async || Arc::new(open(folder.path())) as Arc<dyn Journal>).await;
}

#[test]
fn a_second_dandan_on_the_same_folder_is_refused() {
    let folder = TempDir::new().unwrap();
    let first = open(folder.path());
    let second = SqliteJournal::open(folder.path()).unwrap_err();
    assert!(matches!(second, OpenError::InUse(_)));
    assert!(second.to_string().contains("another dandan serves this folder"));
    drop(first);
    open(folder.path());
}

#[test]
fn a_file_of_a_newer_dandan_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()));
    raw(folder.path()).pragma_update(None, "user_version", 99).unwrap();
    let refused = SqliteJournal::open(folder.path()).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }));
}

#[tokio::test]
async fn an_upgrade_that_died_halfway_is_done_again() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path()).unwrap();
    raw(folder.path()).execute_batch("BEGIN; CREATE TABLE event (half INTEGER);").unwrap();
    open(folder.path()).append(group(floor(1), 0, &[(1, 1)])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_groups_share_a_commit() {
    let folder = TempDir::new().unwrap();
    let journal = Arc::new(open(folder.path()));
    let append = |store| {
        let journal = journal.clone();
        tokio::spawn(async move {
            for n in 0..16 {
                journal.append(group(floor(store), n, &[(u128::from(n) + 1, 1)])).await.unwrap();
            }
        })
    };
    let tasks: Vec<_> = (0..64).map(append).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(journal.commits() < 64 * 16 / 4, "{} commits for 1024 groups", journal.commits());
}

#[tokio::test]
async fn the_wal_stays_short() {
    let folder = TempDir::new().unwrap();
    let journal = open(folder.path());
    let mut picture = vec![0; 256 << 10];
    for n in 0..80_u8 {
        picture[0] = n;
        journal.put_blob(picture.clone()).await.unwrap();
    }
    let wal = std::fs::metadata(folder.path().join("journal.sqlite-wal")).unwrap().len();
    assert!(wal < 12 << 20, "the WAL has {wal} bytes after 20 MiB of blobs");
}

#[tokio::test]
async fn a_flipped_byte_anywhere_in_an_event_is_found() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    for (column, value) in [
        ("epoch", "epoch + 1"),
        ("at_ms", "at_ms - 1"),
        ("kind", "'Counter'"),
        ("version", "version + 1"),
        ("command", "x'00000000000000000000000000000002'"),
        ("body", "CAST(replace(CAST(body AS TEXT), '7', '8') AS BLOB)"),
        ("hash", "zeroblob(32)"),
        ("kind", "CAST(x'ff' AS TEXT)"),
        ("epoch", "-1"),
        ("hash", "x'00'"),
    ] {
        let copy = copied(folder.path());
        let update = format!("UPDATE event SET {column} = {value} WHERE seq = 70");
        assert_eq!(raw(copy.path()).execute(&update, []).unwrap(), 1);
        assert_eq!(broken(copy.path()).await, Some(70), "{column} = {value}");
    }
}

#[tokio::test]
async fn missing_moved_and_rewritten_events_are_found() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    for (change, seq) in [
        ("DELETE FROM event WHERE seq = 70", 70),
        ("DELETE FROM event WHERE seq = 1", 1),
        ("DELETE FROM event WHERE seq > 90", 91),
        ("UPDATE event SET seq = CASE seq WHEN 70 THEN 171 ELSE 70 END WHERE seq IN (70, 71)", 70),
        ("UPDATE stream SET hash = zeroblob(32)", 100),
        ("UPDATE stream SET store = zeroblob(16)", 0),
    ] {
        let copy = copied(folder.path());
        let changed = raw(copy.path()).execute(change, []);
        assert!(changed.unwrap() > 0);
        match seq {
            0 => assert_eq!(broken_in(copy.path(), 0).await, Some(1), "{change}"),
            seq => assert_eq!(broken(copy.path()).await, Some(seq), "{change}"),
        }
    }
}

#[tokio::test]
async fn a_read_stops_before_damage_and_then_names_it() {
    for change in ["DELETE FROM event WHERE seq = 70", "UPDATE event SET epoch = -1 WHERE seq = 70"] {
        let folder = TempDir::new().unwrap();
        written(folder.path()).await;
        raw(folder.path()).execute(change, []).unwrap();
        let journal = open(folder.path());
        assert_eq!(journal.read(floor(1), 0, 1000).await.unwrap().len(), 69);
        assert!(matches!(journal.read(floor(1), 69, 1000).await, Err(ReadError::Corrupt { seq: 70, .. })));
    }
}

#[tokio::test]
async fn a_byte_flipped_on_disk_is_found() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let file = folder.path().join("journal.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    let needle = b"{\"command\":7,\"n\":5}";
    let at = bytes.windows(needle.len()).position(|w| w == needle).unwrap();
    bytes[at + 11] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(broken(folder.path()).await, Some(66));
}

#[tokio::test]
async fn a_damaged_snapshot_or_blob_is_never_handed_out() {
    let folder = TempDir::new().unwrap();
    let journal = open(folder.path());
    journal.put_snapshot(floor(1), 1, [1; 32], 1, b"older".to_vec()).await.unwrap();
    journal.put_snapshot(floor(1), 2, [2; 32], 1, b"newer".to_vec()).await.unwrap();
    let blob = journal.put_blob(b"picture".to_vec()).await.unwrap();
    drop(journal);
    let db = raw(folder.path());
    db.execute("UPDATE blob SET bytes = x'00'", []).unwrap();
    drop(db);
    let mut files: Vec<_> = std::fs::read_dir(folder.path().join("snapshots")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    std::fs::write(files.pop().unwrap(), b"nonsense").unwrap();
    let journal = open(folder.path());
    assert_eq!(journal.latest_snapshot(floor(1), 1).await.unwrap().unwrap().bytes, b"older");
    assert!(matches!(journal.get_blob(blob).await, Err(ReadError::Corrupt { .. })));
}

#[tokio::test]
async fn snapshots_in_the_table_of_an_older_folder_are_dropped_and_do_no_harm() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let older = "INSERT INTO snapshot (stream_no, code_version, seq, hash, digest, bytes) VALUES (1, 1, 50, x'01', x'02', x'03')";
    raw(folder.path()).execute(older, []).unwrap();
    let journal = open(folder.path());
    assert_eq!(journal.latest_snapshot(floor(1), 1).await.unwrap(), None);
    assert_eq!(journal.head(floor(1)).await.unwrap().seq, 100);
    let left: i64 = raw(folder.path()).query_row("SELECT count(*) FROM snapshot", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_transaction_that_sqlite_refuses_is_unavailable_and_the_next_one_works() {
    let folder = TempDir::new().unwrap();
    let journal = open(folder.path());
    journal.append(group(floor(1), 0, &[(1, 1)])).await.unwrap();
    // A row that SQLite itself refuses stands in for the disk: the whole transaction must go, the next one must work.
    let db = raw(folder.path());
    db.execute_batch(
        "CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.kind = 'Counted' BEGIN SELECT RAISE(ABORT, 'disk full'); END;",
    )
    .unwrap();
    let refused = journal.append(group(floor(1), 1, &[(2, 1)])).await;
    assert!(matches!(refused, Err(journal::AppendError::Unavailable(_))), "{refused:?}");
    assert_eq!(journal.command(floor(1), journal::CommandId(2)).await.unwrap(), None);
    db.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(journal.append(group(floor(1), 1, &[(2, 1)])).await.unwrap().seq, 2);
}

/// Writes 100 events to store 1: commands 1 to 10, ten events each.
async fn written(folder: &Path) {
    let journal = open(folder);
    for n in 0..10 {
        let key = floor(1);
        journal.append(Group { epoch: 0, ..group(key, n * 10, &[(u128::from(n) + 1, 10)]) }).await.unwrap();
    }
    drop(journal);
    raw(folder).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

/// A copy of a closed data folder.
fn copied(folder: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    std::fs::copy(folder.join("journal.sqlite"), copy.path().join("journal.sqlite")).unwrap();
    copy
}

/// The file without the journal's manners.
fn raw(folder: &Path) -> Connection {
    Connection::open(folder.join("journal.sqlite")).unwrap()
}

async fn broken(folder: &Path) -> Option<u64> {
    broken_in(folder, 1).await
}

async fn broken_in(folder: &Path, store: u128) -> Option<u64> {
    let report = open(folder).verify(floor(store), 0).await.unwrap();
    report.broken.map(|broken| broken.seq)
}
