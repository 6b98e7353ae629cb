//! Copies of a journal's file are whole, and damage to one is found wherever it is.
#![allow(clippy::unwrap_used)]

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use journal::{
    CommandId, DATABASE, Group, Journal, NewCommand, ReadError, SqliteJournal, check_file,
    contract::{floor, group},
    copy_file,
};
use rusqlite::{Connection, types::Value};
use tempfile::TempDir;

/// A prime, so that the flips fall on every place within pages and rows.
const STRIDE: u64 = 43;
/// Groups of three events each that a stream has.
const GROUPS: u64 = 30;

fn file(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

/// A little of everything: three streams of two stores, refusals, blobs, and a file that was shrunk and grown.
async fn written(folder: &Path) {
    let journal = SqliteJournal::open(folder).unwrap();
    for store in 1..=2_u128 {
        let key = floor(store);
        journal.take_over(key).await.unwrap();
        for n in 0..GROUPS {
            journal
                .append(Group { epoch: 1, ..group(key, n * 3, &[(u128::from(n) + 1, 2), (u128::from(n) + 1000, 1)]) })
                .await
                .unwrap();
        }
        let refusal =
            NewCommand { id: CommandId(777), fingerprint: [7; 32], answer: b"{\"Err\":\"closed\"}".to_vec(), events: 0 };
        let group = Group { key, epoch: 1, expected_seq: GROUPS * 3, at_ms: 9, events: Vec::new(), commands: vec![refusal] };
        journal.append(group).await.unwrap();
    }
    // Longer than a page, so that it has pages of its own.
    journal.put_blob(vec![b'm'; 6000]).await.unwrap();
    journal.put_blob(b"menu".to_vec()).await.unwrap();
    drop(journal);
    let db = Connection::open(file(folder)).unwrap();
    db.execute_batch("CREATE TABLE gone (x); INSERT INTO gone VALUES (zeroblob(9000)); DROP TABLE gone;").unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

/// Everything a reader can get out of the file.
fn content(file: &Path) -> Option<Vec<Vec<Value>>> {
    let db = Connection::open(file).ok()?;
    let mut rows = Vec::new();
    for (table, order) in [("stream", "no"), ("event", "stream_no, seq"), ("command", "stream_no, id"), ("blob", "hash")] {
        let mut select = db.prepare(&format!("SELECT * FROM {table} ORDER BY {order}")).ok()?;
        let columns = select.column_count();
        let found =
            select.query_map([], |row| (0..columns).map(|n| row.get(n)).collect::<rusqlite::Result<Vec<Value>>>()).ok()?;
        rows.extend(found.collect::<rusqlite::Result<Vec<_>>>().ok()?);
    }
    Some(rows)
}

#[tokio::test]
async fn a_sound_file_has_no_findings_whether_it_is_served_or_closed() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let closed = check_file(&file(folder.path())).unwrap();
    assert_eq!(closed.damage, Vec::<String>::new());
    assert_eq!((closed.streams.len(), closed.commands, closed.blobs), (2, 122, 2));
    assert!(
        closed
            .streams
            .iter()
            .all(|stream| stream.checked == GROUPS * 3 && stream.head.seq == GROUPS * 3 && stream.newest_ms.is_some())
    );
    let served = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(check_file(&file(folder.path())).unwrap(), closed);
    assert_eq!(served.head(floor(1)).await.unwrap(), closed.streams[0].head);
}

#[tokio::test]
async fn a_flipped_byte_anywhere_in_the_file_is_found_or_changes_nothing() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let path = file(folder.path());
    let (sound, before) = (content(&path).unwrap(), check_file(&path).unwrap());
    let disk = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let length = disk.metadata().unwrap().len();
    let (mut found, mut harmless) = (0, 0);
    for at in (0..100).chain((100..length).step_by(usize::try_from(STRIDE).unwrap())) {
        let mut byte = [0];
        disk.read_exact_at(&mut byte, at).unwrap();
        disk.write_all_at(&[byte[0] ^ (1 << (at % 8))], at).unwrap();
        match check_file(&path) {
            Ok(report) if report.damage.is_empty() => {
                harmless += 1;
                // Only the epoch a stream will give out next is covered by nothing but the anchor.
                let heads = report.streams.iter().zip(&before.streams);
                let epochs_moved = heads.filter(|(now, then)| now.head.epoch != then.head.epoch).count();
                if epochs_moved == 0 {
                    assert_eq!(content(&path).as_ref(), Some(&sound), "the flip at {at} was not found and changed something");
                }
            }
            Ok(_) | Err(_) => found += 1,
        }
        disk.write_all_at(&byte, at).unwrap();
    }
    assert_eq!(check_file(&path).unwrap(), before);
    assert!(found > 500 && harmless > 0, "{found} found, {harmless} harmless");
}

#[tokio::test]
async fn a_cut_off_file_is_found() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let whole = fs::read(file(folder.path())).unwrap();
    let cut = folder.path().join("cut");
    for length in [100, 4096, 10_000, whole.len() / 2, whole.len() - 4096] {
        fs::write(&cut, &whole[..length]).unwrap();
        assert!(!check_file(&cut).is_ok_and(|report| report.damage.is_empty()), "{length} bytes of {}", whole.len());
    }
    fs::write(&cut, b"").unwrap();
    assert!(!check_file(&cut).unwrap().damage.is_empty(), "an empty file is no journal");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_called_damaged() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(check_file(&file(folder.path())), Err(ReadError::Unavailable(_))));
    assert!(!file(folder.path()).exists(), "looking makes nothing");
}

#[tokio::test]
async fn rows_that_were_taken_out_or_put_in_are_found() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    for (change, told) in [
        ("UPDATE command SET answer = x'7b7d' WHERE id = (SELECT max(id) FROM command)", "or its answer"),
        ("UPDATE command SET fingerprint = zeroblob(32) WHERE first_seq = 1", "or its answer"),
        ("DELETE FROM command WHERE first_seq = 1 AND last_seq = 2", "the command of event 1"),
        ("UPDATE command SET stream_no = 9 WHERE first_seq = 1 AND stream_no = 1", "rows of a stream that isn't there"),
        ("UPDATE stream SET epoch = 0", "epoch"),
        ("UPDATE stream SET stream = 9 WHERE no = 1", "unknown kind"),
        ("UPDATE blob SET bytes = x'00' WHERE length(bytes) < 10", "blob"),
        ("PRAGMA user_version = 99", "format 99"),
        ("PRAGMA application_id = 1", "no journal"),
        ("DELETE FROM event WHERE seq > 88", "the events end at 88"),
    ] {
        let copy = TempDir::new().unwrap();
        fs::copy(file(folder.path()), file(copy.path())).unwrap();
        Connection::open(file(copy.path())).unwrap().execute_batch(change).unwrap();
        let damage = check_file(&file(copy.path())).unwrap().damage.join("\n");
        assert!(damage.contains(told), "{change}: {damage}");
    }
}

#[tokio::test]
async fn a_damaged_answer_is_never_handed_out() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    Connection::open(file(folder.path())).unwrap().execute("UPDATE command SET answer = x'7b7d'", []).unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    assert!(matches!(journal.command(floor(1), CommandId(1)).await, Err(ReadError::Corrupt { .. })));
    assert!(matches!(journal.read_commands(floor(1), 1..=9).await, Err(ReadError::Corrupt { .. })));
    assert_eq!(journal.command(floor(1), CommandId(999)).await, Ok(None));
}

#[tokio::test]
async fn a_file_of_the_first_format_is_sealed_as_it_stands() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let path = file(folder.path());
    let sealed = content(&path);
    let back = "DROP INDEX command_by_first_seq; ALTER TABLE command DROP COLUMN seal; PRAGMA user_version = 1;";
    Connection::open(&path).unwrap().execute_batch(back).unwrap();
    let old = check_file(&path).unwrap();
    assert_eq!((old.format, old.commands, old.damage.len()), (1, 122, 0));
    drop(SqliteJournal::open(folder.path()).unwrap());
    assert_eq!(content(&path), sealed);
    assert_eq!(check_file(&path).unwrap().format, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_under_load_is_one_moment_of_the_journal() {
    let folder = TempDir::new().unwrap();
    let journal = Arc::new(SqliteJournal::open(folder.path()).unwrap());
    let (writing, acked) = (journal.clone(), Arc::new(std::sync::atomic::AtomicU64::new(0)));
    let told = acked.clone();
    let load = tokio::spawn(async move {
        for n in 0_u64.. {
            writing.append(group(floor(1), n * 3, &[(u128::from(n) + 1, 3)])).await.unwrap();
            told.store(n * 3 + 3, std::sync::atomic::Ordering::Release);
        }
    });
    let mut last = 0;
    for n in 0..6 {
        while acked.load(std::sync::atomic::Ordering::Acquire) < last + 9 {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        let (from, to) = (file(folder.path()), folder.path().join(format!("copy{n}")));
        let before = acked.load(std::sync::atomic::Ordering::Acquire);
        let report = tokio::task::spawn_blocking(move || {
            copy_file(&from, &to).unwrap();
            check_file(&to).unwrap()
        });
        let report = report.await.unwrap();
        assert_eq!(report.damage, Vec::<String>::new());
        last = report.streams[0].head.seq;
        assert!(last >= before && last % 3 == 0, "{last} after {before} were acknowledged");
    }
    load.abort();
    // What exists is not overwritten.
    assert!(copy_file(&file(folder.path()), &folder.path().join("copy0")).is_err());
    assert!(copy_file(&folder.path().join("nowhere"), &folder.path().join("copy9")).is_err());
}
