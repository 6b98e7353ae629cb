//! `dandan bench`: what the house can carry, measured on real processes and held against a floor measured in the same run.
//!
//! The server under test is a child process of this program, started as an operator would start it. The floor is a child process
//! too: a bare handler that parses the same body and commits it through the same journal. Both get the same load in turns, so
//! that what else the machine does hits both; the ratios are what counts.

mod boxes;
mod chain;
mod children;
mod client;
mod complete;
mod floor_server;
mod footprint;
mod house;
mod kitchen;
mod load;
mod lunch;
mod notices;
mod orders;
mod recovery;
mod report;
mod trade;

use anyhow::Context;
use clap::Subcommand;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

pub use floor_server::Args as FloorArgs;
pub use floor_server::run as floor;

/// Arguments of `dandan bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// How long each measured window is: 2 where nothing is said, for notices 30, for lunch 60.
    #[arg(long, global = true)]
    seconds: Option<u64>,
    /// How often server and floor take turns.
    #[arg(long, global = true, default_value_t = 5)]
    rounds: u32,
    /// A short run that only shows that everything works.
    #[arg(long, global = true)]
    quick: bool,
    /// Where the data folders are made: on the disk to be measured, not in memory.
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Whole orders of four lines at 1, 8 and 64 connections, beside the floor.
    Orders,
    /// Orders that are placed, paid at the simulated channel and credited, beside the floor.
    Complete,
    /// From an accepted order to its change on 200 feeds.
    Kitchen,
    /// Channels report: 200 notices a second, repeated and forged ones among them; from a payment to its frame at the till.
    Notices,
    /// One store at its busiest: 500 orders a second with 40 feeds and payments, a burst, an attack, and more people than it can serve.
    Lunch(lunch::Args),
    /// Start on a journal of a million events.
    Recovery,
    /// Memory at rest and size of the program.
    Footprint,
    /// Many stores: one database, fan-out between nodes, boxes that catch up, sockets. Not among `all`: it wants a database.
    Chain(Box<chain::Args>),
    /// All of them.
    All,
    /// Many boxes that call a cloud; for tests of many that come back at once.
    #[command(hide = true)]
    Boxes(boxes::Args),
}

/// How to measure.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Length of a window.
    pub window: Duration,
    /// Length of a window in which something is kept up.
    pub long_window: Duration,
    /// Length of the standard lunch.
    pub lunch_window: Duration,
    /// Load before a window begins, not counted.
    pub warm_up: Duration,
    /// Turns of server and floor.
    pub rounds: u32,
    /// Only show that it works.
    pub quick: bool,
    folder: PathBuf,
}

impl Plan {
    /// An empty folder on the disk to be measured.
    pub fn folder(&self) -> anyhow::Result<TempDir> {
        let made = tempfile::Builder::new().prefix("dandan-bench-").tempdir_in(&self.folder);
        made.with_context(|| format!("no folder can be made in {}", self.folder.display()))
    }
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    if let What::Boxes(boxes) = args.what {
        return boxes::run(boxes, args.folder.unwrap_or_else(std::env::temp_dir)).await;
    }
    if cfg!(debug_assertions) {
        eprintln!("dandan: this is a debug build; its figures mean nothing. Use: cargo run --release -- bench …");
    }
    let seconds = |usual, quick| if args.quick { quick } else { args.seconds.unwrap_or(usual).max(1) };
    let rounds = if args.quick { 1 } else { args.rounds.max(1) };
    let plan = Plan {
        window: Duration::from_secs(seconds(2, 1)),
        long_window: Duration::from_secs(seconds(30, 3)),
        lunch_window: Duration::from_secs(seconds(60, 3)),
        warm_up: Duration::from_millis(if args.quick { 200 } else { 700 }),
        rounds,
        quick: args.quick,
        folder: args.folder.unwrap_or_else(std::env::temp_dir),
    };
    if let What::Chain(how) = &args.what {
        return chain::run(&plan, how).await;
    }
    let all = matches!(args.what, What::All);
    let wants = |what: fn(&What) -> bool| all || what(&args.what);
    if wants(|what| matches!(what, What::Orders)) {
        orders::run(&plan).await?;
    }
    if wants(|what| matches!(what, What::Complete)) {
        complete::run(&plan).await?;
    }
    if wants(|what| matches!(what, What::Kitchen)) {
        kitchen::run(&plan).await?;
    }
    if wants(|what| matches!(what, What::Notices)) {
        notices::run(&plan).await?;
    }
    if let What::Lunch(how) = args.what {
        lunch::run(&plan, how).await?;
    } else if all {
        lunch::run(&plan, lunch::Args::default()).await?;
    }
    if wants(|what| matches!(what, What::Recovery)) {
        recovery::run(&plan).await?;
    }
    if wants(|what| matches!(what, What::Footprint)) {
        footprint::run(&plan).await?;
    }
    Ok(())
}
