//! Drills: the real desk, the real adapters and the real simulator of the channels in one process, on a clock that leaps over
//! every wait. `dandan drill payments` runs every way to pay through every situation, then lives drawn by chance, and at the end
//! holds the channels' book, our journal and the channels' bills against each other, to the fen.

mod balance;
mod dice;
mod diner;
mod house;
mod lives;
mod report;
mod situation;
mod table;
mod wire;
mod world;

pub use dice::Dice;
pub use wire::ToChannel;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::time::Instant;

/// What is drilled.
#[derive(Debug, Parser)]
pub struct Args {
    #[command(subcommand)]
    drill: Drill,
}

#[derive(Debug, Subcommand)]
enum Drill {
    /// Every way to pay in every situation, and payment lives drawn by chance.
    Payments(Payments),
}

/// See [`Drill::Payments`].
#[derive(Debug, Parser)]
struct Payments {
    /// Everything that is left to chance follows from this number.
    #[arg(long, default_value_t = 20_261_122)]
    seed: u64,
    /// How many payment lives.
    #[arg(long, default_value_t = 100_000)]
    lives: u32,
    /// On how many cores; one each.
    #[arg(long, default_value_t = 2)]
    cores: usize,
    /// Only lives: the number of the batch to run again.
    #[arg(long)]
    batch: Option<u32>,
    /// Only what has this in its name, such as "WeChat JSAPI, happy"; no lives then.
    #[arg(long)]
    only: Option<String>,
    /// Only the lives.
    #[arg(long)]
    no_table: bool,
    /// Writes what was seen to this file (docs/payments.md), between its marks.
    #[arg(long)]
    write: Option<PathBuf>,
}

/// Runs a drill.
///
/// # Errors
/// When anything did not end as it must: the words name it and the seed that shows it again.
pub fn run(args: Args) -> anyhow::Result<()> {
    let Drill::Payments(args) = args.drill;
    let keys = tempdir()?;
    let started = Instant::now();
    let rows = match args.batch {
        _ if args.no_table => Vec::new(),
        Some(_) => Vec::new(),
        None => table::run(&keys.join("table"), args.seed, args.only.as_deref())?,
    };
    let table_took = started.elapsed();
    let lives = lives::run(&keys, &args_of(&args))?;
    let _ = std::fs::remove_dir_all(&keys);
    let text = report::text(&rows, &lives, table_took, started.elapsed(), args.seed);
    println!("{text}");
    if let Some(path) = &args.write {
        report::write(path, &text).with_context(|| format!("{}", path.display()))?;
    }
    let wrong: Vec<&String> = rows.iter().flat_map(|row| &row.wrong).chain(&lives.wrong).collect();
    if !wrong.is_empty() {
        let shown: Vec<_> = wrong.iter().take(20).map(|words| words.as_str()).collect();
        bail!("{} things did not end as they must:\n{}", wrong.len(), shown.join("\n"));
    }
    Ok(())
}

fn args_of(args: &Payments) -> lives::Plan {
    let lives = if args.only.is_some() { 0 } else { args.lives };
    lives::Plan { seed: args.seed, lives, cores: args.cores.max(1), only: args.batch }
}

/// A folder for the simulator's keys, which every world of the run shares.
fn tempdir() -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("dandan-drill-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
