//! `cargo xtask net`: shops and their cloud on networks of their own: wires that are cut, lose or carry one way only, nodes without
//! their database, and two hundred boxes that come back at once.
//!
//! The tests are in `crates/dandan/tests/net`. They make network namespaces, so they need root and a packet filter; without, they are
//! skipped and say so. What they saw is printed behind `net:`.

use crate::plan::Outcome;
use crate::sh::{self, Log};
use crate::tools;
use anyhow::{Context, Result, bail};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Building the server takes minutes on a small machine, once.
const BUILD: Duration = Duration::from_secs(1800);
/// What they have seen stands behind it.
const SAID: &str = "net: ";

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Runs only what is part of `test`.
    #[arg(long)]
    quick: bool,
    /// Runs only tests with this in their names.
    #[arg(long)]
    only: Option<String>,
}

/// The chore: builds, runs, and shows what was seen.
pub fn run(options: &Options) -> Result<ExitCode> {
    let log = Log::start(sh::root().join("target/xtask-logs/net.log"), Instant::now() + BUILD)?;
    if let Some(why) = hindrance(&log)? {
        println!("{SAID}skipped: {why}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("building the server; the log is {}", log.path.display());
    build(&log)?;
    let status = tests(if options.quick { "quick" } else { "full" }, options.only.as_deref()).status();
    let status = status.context("the tests can't be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The quick part, as a step of `test`.
///
/// # Errors
/// A test failed; the log has what was seen.
pub fn check(log: &Log) -> Result<Outcome> {
    if let Some(why) = hindrance(log)? {
        return Ok(Outcome::Skipped(why));
    }
    build(log)?;
    log.run(&mut tests("quick", None))?;
    outcome(&log.text())
}

/// The first line of a test stands behind its name.
fn outcome(text: &str) -> Result<Outcome> {
    let said = text.lines().filter_map(|line| Some(line.split_once(SAID)?.1)).filter(|line| !line.contains("not asked for"));
    let said: Vec<&str> = said.collect();
    match said.iter().find_map(|line| line.split_once("skipped: ")) {
        Some((_, why)) => Ok(Outcome::Skipped(why.to_owned())),
        None if said.is_empty() => bail!("no test says what it has seen"),
        None => Ok(Outcome::Passed(format!("{} lines of figures in the log", said.len()))),
    }
}

/// Why this machine can't run them, if it can't.
fn hindrance(log: &Log) -> Result<Option<String>> {
    if cfg!(not(target_os = "linux")) {
        return Ok(Some("only Linux has network namespaces".to_owned()));
    }
    let is_root = sh::output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root {
        return Ok(Some("only root may make network namespaces".to_owned()));
    }
    for (program, package) in [("ip", "iproute2"), ("nft", "nftables")] {
        let there = || tools::find(program).is_some() || std::path::Path::new("/usr/sbin").join(program).exists();
        if !there() && tools::install(log, &[package], "it makes and cuts the wires").is_err() {
            return Ok(Some(format!("{program} is missing; to install it: apt-get install -y {package}")));
        }
    }
    Ok(None)
}

/// With the tests' choice of features: in `cargo xtask test` everything is built already.
fn build(log: &Log) -> Result<()> {
    log.run(cargo().arg("--no-run")).with_context(|| format!("the output is in {}", log.path.display()))
}

fn cargo() -> Command {
    let mut cargo = sh::command("cargo", &sh::root());
    cargo.args(["test", "--locked", "--workspace", "--test", "net"]);
    cargo
}

/// One after the other: their figures are times.
fn tests(which: &str, only: Option<&str>) -> Command {
    let mut command = cargo();
    command.args(["--", "--test-threads=1", "--nocapture"]).args(only).env("DANDAN_NET", which);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_told_from_what_was_skipped() {
        let none = "test a::b ... net: a storm: not asked for; run `cargo xtask net`\nok\n";
        assert!(outcome(none).is_err(), "nothing ran");
        let seen = format!("{none}test c::d ... net: 3 business days\nnet: all there\nok\n");
        assert_eq!(outcome(&seen).expect("it ran"), Outcome::Passed("2 lines of figures in the log".to_owned()));
        let skipped = "test a::b ... net: days: skipped: this machine makes no networks for tests: nft is missing\nok\n";
        let why = "this machine makes no networks for tests: nft is missing".to_owned();
        assert_eq!(outcome(skipped).expect("that is no failure"), Outcome::Skipped(why));
    }
}
