//! How many events a second the PostgreSQL journal takes, beside a plain insert of the same bytes on the same server in the same run.
//!
//! Every store has one appender that waits for its answer before it sends the next group, as an engine does. The plain insert has one
//! table, one statement per transaction, and as many rows in each as the journal had on average; it keeps no heads, no commands, no
//! hashes.

use super::super::Plan;
use super::super::report::count;
use super::server::{Server, own_cpu};
use super::sized;
use anyhow::Context;
use journal::{
    CommandId, Database, Group, Journal, NewCommand, NewEvent, PostgresJournal, PostgresOptions, StoreKey, Stream, StreamKey,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Bytes of an event's body: about what an order's line has.
const BODY: usize = 400;
/// Stores appending at once, and events per group.
const SHAPES: [(u64, usize); 6] = [(1, 1), (1, 10), (100, 1), (100, 10), (1000, 1), (1000, 10)];
const SHAPES_QUICK: [(u64, usize); 2] = [(1, 10), (20, 1)];
/// Stores of the bench have ids from here on.
const FIRST_STORE: u128 = 0xbe << 96;
const AT_MS: i64 = 1_795_000_000_000;
const MAKE_PLAIN: &str =
    "CREATE TABLE IF NOT EXISTS bench_plain (store_id BIGINT, seq BIGINT, body BYTEA, PRIMARY KEY (store_id, seq))";
const EMPTY_PLAIN: &str = "TRUNCATE bench_plain";
const INSERT_PLAIN: &str = "INSERT INTO bench_plain SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BYTEA[])";

/// What one run came to.
#[derive(Clone, Copy, Debug)]
struct Run {
    events: u64,
    transactions: u64,
    elapsed: Duration,
    server: Option<Duration>,
    client: Duration,
}

impl Run {
    fn per_second(&self) -> f64 {
        count(self.events) / self.elapsed.as_secs_f64()
    }

    fn per_transaction(&self) -> f64 {
        count(self.events) / count(self.transactions.max(1))
    }

    /// CPU time for each event, in microseconds.
    fn us(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 1e6 / count(self.events.max(1))
    }

    fn json(&self) -> Value {
        json!({
            "events_per_s": self.per_second(), "events_per_transaction": self.per_transaction(),
            "server_us_per_event": self.server.map(|cpu| self.us(cpu)), "client_us_per_event": self.us(self.client),
        })
    }

    /// Columns of the table.
    fn words(&self) -> String {
        let server = self.server.map_or_else(|| "–".to_owned(), |cpu| format!("{:.1}", self.us(cpu)));
        format!("{:>9.0} {:>8.1} {server:>8} {:>8.1}", self.per_second(), self.per_transaction(), self.us(self.client))
    }
}

/// What the tasks of a run share.
#[derive(Clone, Debug, Default)]
struct Tally {
    over: Arc<AtomicBool>,
    events: Arc<AtomicU64>,
    transactions: Arc<AtomicU64>,
}

impl Tally {
    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    fn add(&self, events: usize) {
        self.events.fetch_add(events as u64, Ordering::Relaxed);
    }
}

/// Runs the bench.
pub(super) async fn run(plan: &Plan, database: &Database, server: Option<&Server>) -> anyhow::Result<Value> {
    let shapes: &[(u64, usize)] = if plan.quick { &SHAPES_QUICK } else { &SHAPES };
    println!(
        "chain/events into one PostgreSQL (per second, in a transaction, CPU of server and client for each in us), beside a plain insert"
    );
    println!(
        "{:>6} {:>6} | {:>9} {:>8} {:>8} {:>8} | {:>9} {:>8} {:>8} {:>8} | {:>5}",
        "stores", "group", "journal", "per tx", "server", "client", "plain", "per tx", "server", "client", "ratio"
    );
    let window = sized(plan, plan.window, Duration::from_millis(500));
    let mut figures = Vec::new();
    for &(stores, group) in shapes {
        let measured = Measured { server: server.copied(), window, warm_up: plan.warm_up };
        let journal = run_journal(database, &measured, stores, group).await?;
        let rows = journal.per_transaction().round().max(1.0) as usize;
        let connections = if stores == 1 { 1 } else { PostgresOptions::default().writers };
        let plain = run_plain(database, &measured, connections, rows).await?;
        let ratio = journal.per_second() / plain.per_second();
        println!("{stores:>6} {group:>6} | {} | {} | {ratio:>5.2}", journal.words(), plain.words());
        figures.push(json!({
            "stores": stores, "events_per_group": group, "journal": journal.json(), "plain": plain.json(), "ratio": ratio,
        }));
    }
    println!();
    Ok(Value::Array(figures))
}

async fn run_journal(database: &Database, measured: &Measured, stores: u64, group: usize) -> anyhow::Result<Run> {
    let journal = Arc::new(PostgresJournal::open(database.clone(), PostgresOptions::default()).await?);
    // Stores of their own for each shape, so that every stream begins empty.
    let store = |number| FIRST_STORE | u128::from(stores) << 64 | (group as u128) << 32 | u128::from(number);
    let keys = (0..stores).map(|number| StreamKey::new(StoreKey(store(number)), Stream::Floor));
    // Each is a commit of its own, and none of them is to be counted.
    let taken = futures::future::try_join_all(keys.map(async |key| anyhow::Ok((key, journal.take_over(key).await?)))).await?;
    let (tally, mut tasks) = (Tally::default(), JoinSet::new());
    for (key, epoch) in taken {
        tasks.spawn(append(journal.clone(), key, epoch, group, tally.clone()));
    }
    measured.run(tasks, &tally, || journal.commits()).await
}

async fn append(journal: Arc<PostgresJournal>, key: StreamKey, epoch: u64, group: usize, tally: Tally) -> anyhow::Result<()> {
    let body = format!("{{\"filler\":\"{}\"}}", "x".repeat(BODY - 13)).into_bytes();
    let event = NewEvent { kind: "Counted".into(), version: 1, body };
    let mut seq = 0;
    while tally.goes_on() {
        let id = CommandId((key.store.0 << 20) + u128::from(seq) + 1);
        let command = NewCommand { id, fingerprint: [7; 32], answer: b"{\"Ok\":1}".to_vec(), events: u32::try_from(group)? };
        let events = vec![event.clone(); group];
        let next = Group { key, epoch, expected_seq: seq, at_ms: AT_MS, events, commands: vec![command] };
        seq = journal.append(next).await?.seq;
        tally.add(group);
    }
    Ok(())
}

async fn run_plain(database: &Database, measured: &Measured, connections: usize, rows: usize) -> anyhow::Result<Run> {
    let client = database.connect().await?;
    client.batch_execute(MAKE_PLAIN).await?;
    client.batch_execute(EMPTY_PLAIN).await?;
    let (tally, mut tasks) = (Tally::default(), JoinSet::new());
    for connection in 0..connections {
        tasks.spawn(insert(database.clone(), i64::try_from(connection)?, rows, tally.clone()));
    }
    measured.run(tasks, &tally, || tally.transactions.load(Ordering::Relaxed)).await
}

async fn insert(database: Database, store: i64, rows: usize, tally: Tally) -> anyhow::Result<()> {
    let client = database.connect().await?;
    let insert = client.prepare(INSERT_PLAIN).await?;
    let (stores, bodies) = (vec![store; rows], vec![vec![b'x'; BODY]; rows]);
    let mut next = 1..;
    while tally.goes_on() {
        let seqs: Vec<i64> = next.by_ref().take(rows).collect();
        client.execute(&insert, &[&stores, &seqs, &bodies]).await?;
        tally.add(rows);
        tally.transactions.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// How a run is measured.
#[derive(Clone, Copy, Debug)]
struct Measured {
    server: Option<Server>,
    window: Duration,
    warm_up: Duration,
}

impl Measured {
    /// Lets the tasks get going, then counts what they do and what it costs.
    async fn run(&self, mut tasks: JoinSet<anyhow::Result<()>>, tally: &Tally, commits: impl Fn() -> u64) -> anyhow::Result<Run> {
        tokio::time::sleep(self.warm_up).await;
        let now = || (tally.events.load(Ordering::Relaxed), commits(), self.server.map(Server::cpu), own_cpu());
        let (began, before) = (Instant::now(), now());
        tokio::time::sleep(self.window).await;
        let (elapsed, after) = (began.elapsed(), now());
        tally.over.store(true, Ordering::Relaxed);
        while let Some(ended) = tasks.join_next().await {
            ended?.context("the database was lost")?;
        }
        Ok(Run {
            events: after.0 - before.0,
            transactions: after.1 - before.1,
            elapsed,
            server: after.2.zip(before.2).map(|(after, before)| after.saturating_sub(before)),
            client: after.3 - before.3,
        })
    }
}
