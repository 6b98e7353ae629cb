//! `bench chain`: what many stores over one PostgreSQL carry, measured on real nodes and boxes, each a process of its own.
//!
//! The database is the operator's, so that its disk and its settings are those to be measured; it must be empty, and is full
//! afterwards. Everything else is made here and ended here.

mod cloud;
mod events;
mod fanout;
mod feed;
mod link;
mod server;
mod shop;
mod sockets;

use super::Plan;
use crate::database::DatabaseArgs;
use anyhow::{Context, ensure};
use cloud::Cloud;
use serde_json::{Value, json};
use server::Server;
use std::path::PathBuf;

/// What `plan.quick` leaves of a number.
fn sized<T>(plan: &Plan, usual: T, quick: T) -> T {
    if plan.quick { quick } else { usual }
}

/// Arguments of `dandan bench chain`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// NATS, to measure the fan-out with it as well as without: `nats://host:4222`.
    #[arg(long, env = "DANDAN_NATS")]
    nats: Option<String>,
    /// Where to write the figures as JSON.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Only these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// The process id of the database's server on this machine, for its CPU time; otherwise whoever listens on its port.
    #[arg(long)]
    server_pid: Option<u32>,
}

/// What is measured. The events come last: vacuum follows them for minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// From an order's answer at one node to its line in a feed of another.
    Fanout,
    /// Sockets at one node: how quickly they open, what they weigh, when all have heard an order.
    Sockets,
    /// A box that catches up.
    Link,
    /// Events a second into one database.
    Events,
}

/// Runs the bench.
pub(crate) async fn run(plan: &Plan, args: &Args) -> anyhow::Result<()> {
    let database = args.database.read()?;
    let client = database.connect().await.context("the database can't be reached")?;
    let known = client.query_typed("SELECT 1 FROM pg_class WHERE relname IN ('stream', 'cloud_store')", &[]).await?;
    ensure!(known.is_empty(), "this database has a journal in it; the bench wants one of its own, and fills it");
    let server = Server::find(args.server_pid, &database);
    if server.is_none() {
        println!("the database's server isn't on this machine: its CPU time isn't known");
    }
    let cloud = Cloud::make(plan, &args.database)?;
    let wants = |part| args.only.is_empty() || args.only.contains(&part);
    let mut figures = serde_json::Map::new();
    let mut put = |name: &str, figure: Value| drop(figures.insert(name.to_owned(), figure));
    put("cores", json!(std::thread::available_parallelism()?.get()));
    let told = client.query_typed_one("SELECT CAST(version() AS TEXT), current_setting('fsync')", &[]).await?;
    put("server", json!({ "version": told.try_get::<_, String>(0)?, "fsync": told.try_get::<_, String>(1)? }));
    if wants(Part::Fanout) {
        put("fanout", fanout::run(plan, &cloud, args.nats.as_deref()).await?);
    }
    if wants(Part::Sockets) {
        put("sockets", sockets::run(plan, &cloud, args.nats.as_deref()).await?);
    }
    if wants(Part::Link) {
        put("link", link::run(plan, &cloud, &client, server.as_ref()).await?);
    }
    if wants(Part::Events) {
        put("events", events::run(plan, &database, server.as_ref()).await?);
    }
    if let Some(out) = &args.out {
        let text = serde_json::to_string_pretty(&Value::Object(figures))?;
        std::fs::write(out, text + "\n").with_context(|| format!("{} can't be written", out.display()))?;
    }
    Ok(())
}
