//! How many events per second the PostgreSQL journal takes, beside a plain insert of the same bytes on the same server.
//!
//! `cargo run --release -p journal --example pg_bench -- [--out FILE] [--seconds N] [--url URL --server-pid PID]`
//!
//! Every store has one appender that waits for its answer before it sends the next group, as an engine does. The plain insert has
//! one table, one statement per transaction, and as many rows in each as the journal had on average.
#![allow(clippy::unwrap_used)]

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use journal::{CommandId, Group, Journal, NewCommand, NewEvent, PostgresJournal, PostgresOptions, contract::floor};
use pg_temp::{PgOptions, PgTemp};
use tokio_postgres::NoTls;

/// Bytes of an event's body: about what an order's line has.
const BODY: usize = 400;
/// Stores appending at once, and events per group.
const SHAPES: [(u128, usize); 6] = [(1, 1), (1, 10), (100, 1), (100, 10), (1000, 1), (1000, 10)];
/// Of /proc's clock; the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one run came to.
#[derive(Clone, Copy, Default)]
struct Run {
    events: u64,
    transactions: u64,
    elapsed: Duration,
    server_us: f64,
    client_us: f64,
}

impl Run {
    fn per_second(&self) -> f64 {
        self.events as f64 / self.elapsed.as_secs_f64()
    }

    fn per_transaction(&self) -> f64 {
        self.events as f64 / self.transactions.max(1) as f64
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let arg = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).cloned();
    let seconds: f64 = arg("--seconds").map_or(3.5, |text| text.parse().expect("--seconds takes a number"));
    let given = arg("--url").zip(arg("--server-pid").map(|pid| pid.parse::<u32>().expect("--server-pid takes a number")));
    let own = given.is_none().then(|| PgTemp::start_with(PgOptions { fsync: true, buffers_mb: 256 }));
    let (url, server) = given.unwrap_or_else(|| own.as_ref().map(|pg| (pg.database(), pg.pid())).unwrap());

    let mut table = format!(
        "{:>6} {:>6} | {:>9} {:>8} {:>9} {:>9} | {:>9} {:>9} {:>9} | {:>5}\n",
        "stores", "events", "journal/s", "per tx", "srv µs", "cli µs", "plain/s", "srv µs", "cli µs", "ratio"
    );
    let mut json = Vec::new();
    for (stores, events) in SHAPES {
        let journal = run_journal(&url, server, stores, events, seconds).await;
        let rows = journal.per_transaction().round().max(1.0) as usize;
        let plain =
            run_plain(&url, server, if stores == 1 { 1 } else { PostgresOptions::default().writers }, rows, seconds).await;
        let ratio = journal.per_second() / plain.per_second();
        writeln!(
            table,
            "{stores:>6} {events:>6} | {:>9.0} {:>8.1} {:>9.1} {:>9.1} | {:>9.0} {:>9.1} {:>9.1} | {ratio:>5.2}",
            journal.per_second(),
            journal.per_transaction(),
            journal.server_us,
            journal.client_us,
            plain.per_second(),
            plain.server_us,
            plain.client_us,
        )
        .unwrap();
        json.push(format!(
            "  {{\"stores\": {stores}, \"events_per_group\": {events}, \"journal_events_per_s\": {:.0}, \"events_per_transaction\": {:.1}, \
             \"journal_server_us_per_event\": {:.1}, \"journal_client_us_per_event\": {:.1}, \"plain_events_per_s\": {:.0}, \
             \"plain_server_us_per_event\": {:.1}, \"plain_client_us_per_event\": {:.1}, \"ratio\": {ratio:.2}}}",
            journal.per_second(),
            journal.per_transaction(),
            journal.server_us,
            journal.client_us,
            plain.per_second(),
            plain.server_us,
            plain.client_us,
        ));
        eprint!("{}", table.lines().last().map(|line| format!("{line}\n")).unwrap_or_default());
    }
    println!("{table}");
    if let Some(out) = arg("--out") {
        std::fs::write(&out, format!("[\n{}\n]\n", json.join(",\n"))).unwrap_or_else(|why| panic!("{out}: {why}"));
    }
}

async fn run_journal(url: &str, server: u32, stores: u128, events: usize, seconds: f64) -> Run {
    let journal = Arc::new(PostgresJournal::connect(url, PostgresOptions::default()).await.unwrap());
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    // Stores of their own for each shape, so that every stream begins empty.
    let stores = (0..stores).map(|n| (stores << 64) + ((events as u128) << 32) + n);
    let tasks: Vec<_> =
        stores.map(|store| tokio::spawn(append(journal.clone(), store, events, stop.clone(), count.clone()))).collect();
    measure(server, seconds, &stop, tasks, &count, || journal.commits()).await
}

async fn append(journal: Arc<PostgresJournal>, store: u128, events: usize, stop: Arc<AtomicBool>, count: Arc<AtomicU64>) {
    let key = floor(store);
    let epoch = journal.take_over(key).await.unwrap();
    let body = format!("{{\"filler\":\"{}\"}}", "x".repeat(BODY - 13)).into_bytes();
    let mut seq = 0;
    while !stop.load(Ordering::Relaxed) {
        let event = NewEvent { kind: "Counted".into(), version: 1, body: body.clone() };
        let id = CommandId((store << 20) + u128::from(seq) + 1);
        let command = NewCommand { id, fingerprint: [7; 32], answer: b"{\"Ok\":1}".to_vec(), events: events as u32 };
        let group = Group {
            key,
            epoch,
            expected_seq: seq,
            at_ms: 1_795_000_000_000,
            events: vec![event; events],
            commands: vec![command],
        };
        seq = journal.append(group).await.unwrap().seq;
        count.fetch_add(events as u64, Ordering::Relaxed);
    }
}

async fn run_plain(url: &str, server: u32, connections: usize, rows: usize, seconds: f64) -> Run {
    let (stop, count, commits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::new();
    for connection in 0..connections {
        let (client, driver) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(driver);
        let table = "CREATE TABLE IF NOT EXISTS plain (store_id BIGINT, seq BIGINT, body BYTEA, PRIMARY KEY (store_id, seq))";
        if connection == 0 {
            client.batch_execute(&format!("DROP TABLE IF EXISTS plain; {table}")).await.unwrap();
        }
        let (stop, count, commits) = (stop.clone(), count.clone(), commits.clone());
        tasks.push(tokio::spawn(async move {
            let insert = "INSERT INTO plain SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BYTEA[])";
            let insert = client.prepare(insert).await.unwrap();
            let (stores, bodies) = (vec![connection as i64; rows], vec![vec![b'x'; BODY]; rows]);
            let mut seq = 0;
            while !stop.load(Ordering::Relaxed) {
                let seqs: Vec<i64> = (seq + 1..=seq + rows as i64).collect();
                client.execute(&insert, &[&stores, &seqs, &bodies]).await.unwrap();
                seq += rows as i64;
                count.fetch_add(rows as u64, Ordering::Relaxed);
                commits.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    measure(server, seconds, &stop, tasks, &count, || commits.load(Ordering::Relaxed)).await
}

/// Lets the tasks get going, then counts what they do and what it costs.
async fn measure(
    server: u32,
    seconds: f64,
    stop: &AtomicBool,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    count: &AtomicU64,
    commits: impl Fn() -> u64,
) -> Run {
    tokio::time::sleep(Duration::from_millis(700)).await;
    let now = || (count.load(Ordering::Relaxed), commits(), server_ticks(server), ticks("self", false));
    let (began, before) = (Instant::now(), now());
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    let (elapsed, after) = (began.elapsed(), now());
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    let events = after.0 - before.0;
    let us = |ticks: f64| ticks / TICKS_PER_SECOND * 1e6 / events.max(1) as f64;
    let (server_us, client_us) = (us(after.2 - before.2), us(after.3 - before.3));
    Run { events, transactions: after.1 - before.1, elapsed, server_us, client_us }
}

/// The processor time of the postmaster, its backends, and those that have ended.
fn server_ticks(postmaster: u32) -> f64 {
    let pids = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let parent = postmaster.to_string();
    let backends = pids.filter(|pid| stat(pid).is_some_and(|fields| fields.get(1) == Some(&parent)));
    ticks(&parent, true) + backends.map(|pid| ticks(&pid, false)).sum::<f64>()
}

/// User and system time of a process, with those of its ended children if wanted.
fn ticks(pid: &str, with_children: bool) -> f64 {
    let Some(fields) = stat(pid) else { return 0.0 };
    let last = if with_children { 15 } else { 13 };
    fields[11..last].iter().filter_map(|field| field.parse::<f64>().ok()).sum()
}

/// The fields of /proc/PID/stat from the third on.
fn stat(pid: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}
