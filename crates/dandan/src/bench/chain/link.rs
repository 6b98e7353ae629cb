//! A box with many days behind it joins the cloud: how quickly its journal is copied, by the real link, into the database.

use super::super::Plan;
use super::super::children::{Process, command};
use super::super::house::BenchHouse;
use super::super::report::{Goal, count, goal};
use super::super::trade;
use super::cloud::Cloud;
use super::server::Server;
use super::sized;
use anyhow::{Context, ensure};
use domain::StoreId;
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::Client;

const EVENTS: u64 = 60_000;
const EVENTS_QUICK: u64 = 3_000;
const TABLES: usize = 40;
/// How often the copy is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How long the box may take for all of it.
const PATIENCE: Duration = Duration::from_secs(90);
/// How many events the copy has, over all streams.
const COPIED: &str = "SELECT CAST(COALESCE(SUM(seq), 0) AS BIGINT) FROM stream WHERE store_id = $1";

/// Runs the bench.
pub(super) async fn run(plan: &Plan, cloud: &Cloud, client: &Client, server: Option<&Server>) -> anyhow::Result<Value> {
    let folder = plan.folder()?;
    let house = BenchHouse::make(folder.path(), TABLES, false).await?;
    let (events, groups) = fill(&house, folder.path(), sized(plan, EVENTS, EVENTS_QUICK)).await?;
    let node = cloud.node(None).await?;
    join(cloud, &house, folder.path(), &node).await?;

    let before = (node.cpu()?, server.map(|server| server.cpu()));
    let started = Instant::now();
    let mut shop = Process::serve(folder.path(), house.store, None)?;
    let (mut first, mut copied) = (None, 0);
    while copied < events {
        ensure!(started.elapsed() < PATIENCE, "{copied} of {events} events were copied in {PATIENCE:?}");
        tokio::time::sleep(LOOK).await;
        copied = count_copied(client, house.store).await?;
        if copied > 0 {
            first.get_or_insert((Instant::now(), copied));
        }
    }
    let (began, had) = first.context("nothing was copied")?;
    let took = began.elapsed();
    shop.ready("/api/v1/health").await?;
    let node_us = (node.cpu()? - before.0).as_secs_f64() * 1e6 / count(events);
    let server_us = server.zip(before.1).map(|(server, before)| (server.cpu() - before).as_secs_f64() * 1e6 / count(events));
    shop.stop().await?;
    node.stop().await?;

    let rate = count(events - had.min(events)) / took.as_secs_f64().max(LOOK.as_secs_f64());
    let of_server = server_us.map_or_else(|| "unknown".to_owned(), |us| format!("{us:.1} us"));
    println!("chain/a box of {events} events ({groups} commands) catches up, by WebSocket, one node, PostgreSQL");
    println!("                        thrpt:  {rate:.0} events/s, {:.2} s", took.as_secs_f64());
    println!("                        cpu:    {node_us:.1} us of the node for each event, {of_server} of the database");
    if !plan.quick {
        goal("events a second of one box that catches up", rate, "", Goal::AtLeast(2_000.0));
    }
    println!();
    Ok(json!({
        "events": events, "commands": groups, "seconds": took.as_secs_f64(), "events_per_s": rate, "node_us_per_event": node_us,
        "server_us_per_event": server_us,
    }))
}

/// Fills a box's journal with days of trade; its events, and the commands they came from.
async fn fill(house: &BenchHouse, folder: &Path, wanted: u64) -> anyhow::Result<(u64, usize)> {
    let journal = Arc::new(SqliteJournal::open(folder)?);
    trade::build(&journal, house.known.clone(), wanted, wanted / 4, |_| {}).await?;
    let (mut events, mut commands) = (0, 0);
    for stream in Stream::ALL {
        let key = StreamKey::new(StoreKey(house.store.0), stream);
        let seq = journal.head(key).await?.seq;
        events += seq;
        commands += journal.read_commands(key, 1..=seq).await?.len();
    }
    Ok((events, commands))
}

/// Lets the box join the cloud, as its keeper would.
async fn join(cloud: &Cloud, house: &BenchHouse, folder: &Path, node: &Process) -> anyhow::Result<()> {
    let store = house.store.to_string();
    let code = cloud.run(["cloud", "invite", "--store", &store]).await?;
    let mut join = command()?;
    join.arg("join").arg(code.trim()).arg("--cloud").arg(format!("http://{}", node.address)).arg("--data").arg(folder);
    let joined = join.output().await?;
    ensure!(joined.status.success(), "the box can't join: {}", String::from_utf8_lossy(&joined.stderr));
    Ok(())
}

async fn count_copied(client: &Client, store: StoreId) -> anyhow::Result<u64> {
    let row = client.query_one(COPIED, &[&store.0.to_be_bytes().to_vec()]).await?;
    Ok(u64::try_from(row.try_get::<_, i64>(0)?)?)
}
