//! `cargo xtask test`'s step `sim`, and `cargo xtask soak`: whole restaurants simulated from seeds, optimised, with everything that
//! keeps the simulator honest: broken parts that must be noticed, a canary that must fail, runs that must repeat themselves.

use crate::plan::Outcome;
use crate::sh::{self, Log};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Building everything optimised takes minutes on a small machine, once.
const BUILD: Duration = Duration::from_secs(1800);
/// Optimised all through: with the dependencies as the other tests have them the worlds take four times as long.
const OPTIMISED: &[&str] = &["--release", "--locked", "-p", "sim"];
/// Worlds in every test run.
const WORLDS: u64 = 10_000;
/// Worlds that are run twice, in two processes.
const TWICE: u64 = 50;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many worlds; a million takes some hours on two cores.
    #[arg(long, default_value_t = 1_000_000)]
    pub worlds: u64,
    /// The first seed. Say another each time: the first ten thousand are in every test run.
    #[arg(long, default_value_t = 1_000_000)]
    pub from: u64,
}

/// The long run.
pub fn soak(options: &Options) -> Result<ExitCode> {
    let log = Log::start(sh::root().join("target/xtask-logs/soak.log"), Instant::now() + BUILD)?;
    log.run(sh::command("cargo", &sh::root()).args(["build", "--release", "--locked", "-p", "sim", "--example", "sim"]))?;
    let program = sh::root().join("target/release/examples/sim");
    let seeds = format!("{}..{}", options.from, options.from + options.worlds);
    let status = Command::new(program).args(["--seeds", &seeds]).current_dir(sh::root().join("target")).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The step.
///
/// # Errors
/// A broken law, a broken part nobody noticed, a canary that did not sing, or a run that didn't repeat itself.
pub fn check(log: &Log) -> Result<Outcome> {
    // Both at once: apart they would differ in features, and parts would be built twice.
    log.run(cargo("build", OPTIMISED).args(["--example", "sim", "--test", "mutants"]))?;
    let program = sh::root().join("target/release/examples/sim");
    let proof = proof_folder()?;
    let figures = proof.join("sim.json");
    let run = |words: &[&str]| {
        let mut command = sh::command(&program, &sh::root().join("target"));
        command.args(words);
        command
    };
    log.run(run(&["--seeds", &format!("0..{WORLDS}"), "--figures"]).arg(&figures))?;
    canary(run(&["--seeds", "0..300", "--canary"]))?;
    let (first, second) = (trace(run(&[]))?, trace(run(&[]))?);
    ensure!(
        first == second,
        "the same seeds gave other runs in a second process: compare `dandan sim --seeds 0..{TWICE} --trace`"
    );
    log.run(cargo("test", OPTIMISED).args(["--test", "mutants", "--", "--ignored", "--nocapture"]))?;
    let noticed = log.text().lines().filter(|line| line.contains(": world Some(")).count();
    ensure!(noticed >= 30, "{noticed} broken parts were noticed, which is too few");
    std::fs::write(proof.join("mutants.txt"), lines(&log.text(), ": world Some("))?;
    Ok(Outcome::Passed(format!("{WORLDS} worlds, {noticed} broken parts noticed, {TWICE} worlds twice the same")))
}

fn cargo(what: &str, words: &[&str]) -> Command {
    let mut cargo = sh::command("cargo", &sh::root());
    cargo.arg(what).args(words);
    cargo
}

/// Where figures for docs/proof.md are put.
fn proof_folder() -> Result<PathBuf> {
    let folder = sh::root().join("target/proof");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
    Ok(folder)
}

/// A law that is broken on purpose must stop the run.
fn canary(mut run: Command) -> Result<()> {
    let output = run.output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success() && told.contains("canary"), "a law was broken on purpose and nobody said so: {told}");
    Ok(())
}

fn trace(mut run: Command) -> Result<String> {
    let output = run.args(["--seeds", &format!("0..{TWICE}"), "--trace"]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn lines(text: &str, with: &str) -> String {
    text.lines().filter(|line| line.contains(with)).map(|line| format!("{line}\n")).collect()
}
