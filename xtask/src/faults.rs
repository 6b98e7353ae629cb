//! `cargo xtask faults`: the real server under real faults: kills, freezes, full and failing disks, clock jumps, bad wires.
//!
//! The scenarios are in `crates/faults`; what this machine can't do is skipped and says so. The figures are left in
//! `target/proof/faults.json`, the processes' logs beside the other logs.

use crate::plan::Outcome;
use crate::schemas;
use crate::sh::{self, Log};
use anyhow::{Context, Result, bail};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Building the server and the scenarios takes minutes on a small machine, once.
const BUILD: Duration = Duration::from_secs(1800);
/// What starting, healing and checking may take beside the trouble itself.
const BESIDE: Duration = Duration::from_secs(900);
/// Where the processes of the scenarios say what they do.
const PROCESS_LOGS: &str = "target/xtask-logs/faults";

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// About how long the trouble of all scenarios lasts together; starting and checking come on top.
    #[arg(long, default_value_t = 60)]
    pub seconds: u64,
    /// Runs only this scenario; may be repeated.
    #[arg(long)]
    pub only: Vec<String>,
    /// Decides every choice made by chance.
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { seconds: 60, only: Vec::new(), seed: 2026 }
    }
}

/// The chore: builds, runs, and shows the table.
pub fn run(options: &Options) -> Result<ExitCode> {
    let root = sh::root();
    let log = Log::start(root.join(PROCESS_LOGS).join("faults.log"), Instant::now() + BUILD + BESIDE)?;
    println!("building the server; the log is {}", log.path.display());
    build(&log)?;
    let status = scenarios(options).status().context("the scenarios can't be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the scenarios against the server that was built before, as a step of `test`. What is skipped is named.
///
/// # Errors
/// A scenario failed; the log has the table.
pub fn check(log: &Log, options: &Options) -> Result<Outcome> {
    build(log)?;
    let ran = log.run(&mut scenarios(options));
    let text = log.text();
    let Some(summary) = text.lines().rev().find(|line| line.starts_with("seed ")) else {
        bail!("the scenarios came to no end; see {}", log.path.display());
    };
    if let Err(error) = ran {
        let broken: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("! ")).collect();
        bail!("{summary}\n{}\n{error:#}", broken.join("\n"));
    }
    Ok(Outcome::Passed(summary.to_owned()))
}

/// With the tests' choice of features: in `cargo xtask test` everything is built already.
fn build(log: &Log) -> Result<()> {
    log.run(sh::command("cargo", &sh::root()).args(["test", "--locked", "--workspace", "--no-run"]))
        .with_context(|| format!("the output is in {}", log.path.display()))
}

fn scenarios(options: &Options) -> Command {
    let root = sh::root();
    let mut command = sh::command(root.join("target/debug/faults"), &root);
    command.arg("--dandan").arg(schemas::program());
    command.args(["--seconds", &options.seconds.to_string(), "--seed", &options.seed.to_string()]);
    command.args(["--logs", PROCESS_LOGS]);
    for name in &options.only {
        command.args(["--only", name]);
    }
    command
}
