//! A process killed in the middle of appending: whatever it had been told was written is there.
#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};

use journal::{
    AppendError, CommandId, Journal, SqliteJournal,
    contract::{floor, group},
};

const FOLDER: &str = "JOURNAL_TEST_CHILD_FOLDER";
const STORES: u128 = 8;

/// Not a test by itself: the process that gets killed. Appends to eight streams and prints every answer it got.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let journal = Arc::new(SqliteJournal::open(folder).unwrap());
    let append = |store: u128| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let mut seq = journal.head(floor(store)).await.unwrap().seq;
            for _ in 0..1_000_000 {
                let id = u128::from(seq) + 1;
                seq = journal.append(group(floor(store), seq, &[(id, 3)])).await.unwrap().seq;
                let mut out = std::io::stdout().lock();
                writeln!(out, "acked {store} {seq} {id}").unwrap();
                out.flush().unwrap();
            }
        })
    };
    let tasks: Vec<_> = (1..=STORES).map(append).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..5_usize {
        let acked = append_until_killed(folder.path().to_str().unwrap(), 40 + round * 37);
        let journal = SqliteJournal::open(folder.path()).unwrap();
        for (store, seq, id) in acked {
            let key = floor(store);
            let command = journal.command(key, CommandId(id)).await.unwrap();
            assert_eq!(command.unwrap().last_seq, seq);
            assert!(journal.head(key).await.unwrap().seq >= seq);
            let again = journal.append(group(key, journal.head(key).await.unwrap().seq, &[(id, 3)])).await;
            assert_eq!(again, Err(AppendError::DuplicateCommand(CommandId(id))));
        }
        for store in 1..=STORES {
            let report = journal.verify(floor(store), 0).await.unwrap();
            assert_eq!(report.broken, None);
            assert_eq!(report.checked % 3, 0, "a group is whole or absent");
        }
    }
}

/// Runs the child until it has printed so many answers, kills it, and returns every answer that came through.
fn append_until_killed(folder: &str, answers: usize) -> Vec<(u128, u64, u128)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut acked: Vec<_> = lines.by_ref().filter_map(|line| parse(&line)).take(answers).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    acked.extend(lines.filter_map(|line| parse(&line)));
    assert!(acked.len() >= answers);
    acked
}

/// Reads `acked <store> <seq> <id>`; the harness's own output shares the pipe.
fn parse(line: &str) -> Option<(u128, u64, u128)> {
    let mut words = line.split_once("acked ")?.1.split(' ');
    let store = words.next()?.parse().ok()?;
    let seq = words.next()?.parse().ok()?;
    Some((store, seq, words.next()?.parse().ok()?))
}
