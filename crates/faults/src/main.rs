//! `faults`: runs real processes under real faults and says what came of it. `cargo xtask faults` builds and starts it.

use anyhow::ensure;
use clap::{Parser, ValueEnum};
use faults::dice::Dice;
use faults::report::{self, Row, Verdict};
use faults::scenario::Scenario;
use faults::world::Config;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Parser)]
#[command(about = "Real server, real disk, real processes, made to fail in every way this machine allows")]
struct Args {
    /// The `dandan` program.
    #[arg(long, env = "DANDAN", default_value = "target/debug/dandan")]
    dandan: PathBuf,
    /// About how long the trouble of all chosen scenarios lasts together; starting and checking come on top.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only this scenario; may be repeated.
    #[arg(long, value_enum)]
    only: Vec<Scenario>,
    /// Decides every choice made by chance.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Where the figures go.
    #[arg(long, default_value = "target/proof/faults.json")]
    out: PathBuf,
    /// Where the processes' logs go.
    #[arg(long, default_value = "target/faults-logs")]
    logs: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("faults: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<bool> {
    ensure!(args.dandan.is_file(), "{} is missing; cargo build -p dandan makes it", args.dandan.display());
    let program = std::path::absolute(&args.dandan)?;
    let chosen = if args.only.is_empty() { Scenario::ALL.to_vec() } else { args.only };
    let keys = tempfile::tempdir()?;
    let span = Duration::from_secs(args.seconds) / u32::try_from(chosen.len())?;
    let mut rows: Vec<Row> = Vec::new();
    for scenario in chosen {
        // Its own seed, whatever else runs: one scenario alone makes the same choices again.
        let part = Scenario::value_variants().iter().position(|one| *one == scenario).unwrap_or_default() as u64;
        let seed = Dice::new(args.seed.wrapping_add(part << 32)).throw(u64::MAX);
        let config =
            Config { program: program.clone(), seed, span, logs: args.logs.clone(), channel_keys: keys.path().join("keys") };
        let row = scenario.run(&config).await;
        eprint!("{}", report::table(std::slice::from_ref(&row)).split_once('\n').map_or("", |(_, line)| line));
        rows.push(row);
    }
    report::write(&rows, &args.out)?;
    println!("{}", report::table(&rows));
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let (passed, failed, skipped) = (count(Verdict::Passed), count(Verdict::Failed), count(Verdict::Skipped));
    let faults: u64 = rows.iter().flat_map(|row| row.faults.values()).sum();
    println!("seed {}: {faults} faults; {passed} scenarios passed, {failed} failed, {skipped} skipped", args.seed);
    Ok(failed == 0)
}
