//! `cargo xtask fuzz`: throws odd bytes at everything that reads what comes from outside, for a while.
//!
//! The targets and their seeds are in `fuzz/`; what the fuzzer learns and finds stays under `target/`. A finding becomes a seed there
//! and a test beside the parser. How it went is in `target/proof/fuzz.json`.

use crate::deny::cargo_tools;
use crate::plan::Outcome;
use crate::sh::{self, Log};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Building everything anew takes minutes on a small machine.
const BUILD: Duration = Duration::from_secs(1800);
/// Larger inputs make the fuzzer slow and find nothing new.
const LONGEST_INPUT: u32 = 8192;
/// Seeds that lie elsewhere: (target, folder).
const MORE_SEEDS: &[(&str, &str)] = &[("events", "crates/domain/tests/events")];

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 15)]
    pub seconds: u64,
    /// Runs only this target; may be repeated.
    #[arg(long)]
    pub target: Vec<String>,
    /// How many targets run beside each other.
    #[arg(long, default_value_t = 1)]
    pub jobs: usize,
    /// Looks for misused memory too. Our own code has no `unsafe`, so this asks about the crates below it, and costs twice the time.
    #[arg(long)]
    pub address: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seconds: 15, target: Vec::new(), jobs: 1, address: false }
    }
}

impl Options {
    /// Where this kind of build lies.
    fn folder(&self) -> PathBuf {
        sh::root().join(if self.address { "target/fuzz-address" } else { "target/fuzz" })
    }
}

/// How one target's run went.
#[derive(Clone, Debug)]
struct Run {
    target: String,
    runs: u64,
    per_second: u64,
    seconds: u64,
    /// What was found, and how to see it again.
    finding: Option<String>,
}

/// The chore. Without a nightly compiler it fails and says how to get one.
pub fn run(options: &Options) -> Result<ExitCode> {
    let log = Log::start(logs().join("build.log"), Instant::now() + BUILD)?;
    match check(options, &log)? {
        Outcome::Passed(remark) => println!("{remark}"),
        Outcome::Skipped(why) => bail!("{why}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds and runs the targets; the build goes into this log.
///
/// # Errors
/// A finding, with the file that shows it and the command that shows it again.
pub fn check(options: &Options, log: &Log) -> Result<Outcome> {
    let targets = chosen(&options.target)?;
    let Some(host) = nightly_host() else {
        return Ok(Outcome::Skipped(
            "the fuzzing targets need a nightly compiler: rustup toolchain install nightly --profile minimal".to_owned(),
        ));
    };
    let began = Instant::now();
    build(options, &host, log)?;
    let built = began.elapsed();
    let bin = options.folder().join(host).join("release");
    let seconds = Duration::from_secs(options.seconds);
    let runs: Vec<Run> =
        beside_each_other(&targets, options.jobs, |target| fuzz(target, &bin, seconds)).into_iter().collect::<Result<_>>()?;
    write_proof(options, built, &runs)?;
    let findings: Vec<&str> = runs.iter().filter_map(|run| run.finding.as_deref()).collect();
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    let sum: u64 = runs.iter().map(|run| run.runs).sum();
    let built = built.as_secs();
    Ok(Outcome::Passed(format!("{} targets, {sum} runs in {} s each, built in {built} s", runs.len(), options.seconds)))
}

/// Leaves what was run and found in `target/proof/fuzz.json`.
fn write_proof(options: &Options, built: Duration, runs: &[Run]) -> Result<()> {
    let file = made(sh::root().join("target/proof"))?.join("fuzz.json");
    let text = serde_json::to_string_pretty(&proof(options, built, runs))?;
    fs::write(&file, text).with_context(|| format!("can't write {}", file.display()))
}

fn proof(options: &Options, built: Duration, runs: &[Run]) -> Value {
    let targets: Vec<Value> = runs
        .iter()
        .map(|run| {
            json!({ "target": run.target, "runs": run.runs, "runs_per_s": run.per_second, "seconds": run.seconds, "finding": run.finding })
        })
        .collect();
    json!({
        "sanitizer": if options.address { "address" } else { "none" },
        "build_s": built.as_secs(),
        "targets": targets,
        "runs": runs.iter().map(|run| run.runs).sum::<u64>(),
        "findings": runs.iter().filter(|run| run.finding.is_some()).count(),
    })
}

/// Every target there is, or the named ones.
fn chosen(wanted: &[String]) -> Result<Vec<String>> {
    let folder = sh::root().join("fuzz/fuzz_targets");
    let mut all = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("can't list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "rs") {
            all.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    all.sort_unstable();
    if let Some(unknown) = wanted.iter().find(|name| !all.contains(name)) {
        bail!("no target is called {unknown}; there are {}", all.join(", "));
    }
    Ok(if wanted.is_empty() { all } else { wanted.to_vec() })
}

/// The platform that nightly builds for, if there is a nightly.
fn nightly_host() -> Option<String> {
    let text = sh::output_of(sh::command("rustc", &sh::root()).args(["+nightly", "-vV"])).ok()?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// Builds all targets with cargo-fuzz: nightly, coverage, debug assertions; how much is optimised says fuzz/Cargo.toml.
fn build(options: &Options, host: &str, log: &Log) -> Result<()> {
    let mut path = vec![cargo_tools(log).context("cargo-fuzz can't be installed")?];
    path.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    println!("building the targets; the log is {}", log.path.display());
    let mut build = sh::command("cargo", &sh::root());
    build.args(["+nightly", "fuzz", "build", "--fuzz-dir", "fuzz", "--target", host, "--codegen-units", "4", "--target-dir"]);
    build.arg(options.folder()).args(["--sanitizer", if options.address { "address" } else { "none" }]);
    log.run(build.env("PATH", std::env::join_paths(path)?)).with_context(|| format!("see {}", log.path.display()))
}

/// Runs one target, and says how fast it was.
///
/// # Errors
/// When it can't be run at all; a finding is an answer.
fn fuzz(target: &str, bin: &Path, seconds: Duration) -> Result<Run> {
    let root = sh::root();
    let corpus = made(root.join("target/fuzz-corpus").join(target))?;
    let artifacts = made(root.join("target/fuzz-artifacts").join(target))?;
    let log = Log::start(logs().join(format!("{target}.log")), Instant::now() + seconds + Duration::from_secs(120))?;
    let program = bin.join(target);
    let mut command = sh::command(&program, &root);
    command
        .arg(corpus)
        .arg(root.join("fuzz/seeds").join(target))
        .args(MORE_SEEDS.iter().filter(|(name, _)| *name == target).map(|(_, folder)| root.join(folder)))
        .arg(format!("-max_total_time={}", seconds.as_secs()))
        .arg(format!("-max_len={LONGEST_INPUT}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-timeout=10", "-rss_limit_mb=1536", "-print_final_stats=1", "-verbosity=1"]);
    let began = Instant::now();
    let status = log.status(&mut command)?;
    let text = log.text();
    let finding = (!status.success()).then(|| {
        let shown = artifact(&text).map_or_else(|| log.path.display().to_string(), str::to_owned);
        format!("{target}: a finding, {shown}\n  again: {} {shown}\n  log:   {}", program.display(), log.path.display())
    });
    let figure =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).unwrap_or_default();
    let runs = figure("stat::number_of_executed_units:");
    ensure!(runs > 0 || finding.is_some(), "{target} ran nothing; see {}", log.path.display());
    let per_second = figure("stat::average_exec_per_sec:");
    println!("{} {target} {runs} runs, {per_second} a second", if finding.is_some() { "FOUND" } else { "ok" });
    Ok(Run { target: target.to_owned(), runs, per_second, seconds: began.elapsed().as_secs(), finding })
}

/// The file libFuzzer wrote for a finding.
fn artifact(log: &str) -> Option<&str> {
    log.lines().find_map(|line| line.split_once("Test unit written to ").map(|(_, path)| path.trim()))
}

/// Works through the names with so many threads; the results come in the names' order.
fn beside_each_other<T: Send>(names: &[String], jobs: usize, work: impl Fn(&str) -> T + Sync) -> Vec<T> {
    let queue: Mutex<VecDeque<usize>> = Mutex::new((0..names.len()).collect());
    let done: Mutex<Vec<(usize, T)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(index) = next(&queue) {
                    let result = work(&names[index]);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn next(queue: &Mutex<VecDeque<usize>>) -> Option<usize> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

fn logs() -> PathBuf {
    sh::root().join("target/xtask-logs/fuzz")
}

fn made(folder: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&folder).with_context(|| format!("can't make {}", folder.display()))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_seeds_and_a_line_in_the_manifest() {
        let manifest = fs::read_to_string(sh::root().join("fuzz/Cargo.toml")).expect("fuzz/ is part of the project");
        let targets = chosen(&[]).expect("fuzz/ is part of the project");
        assert!(!targets.is_empty());
        for target in targets {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} isn't in fuzz/Cargo.toml");
            let seeds = fs::read_dir(sh::root().join("fuzz/seeds").join(&target)).expect("every target has seeds");
            assert!(seeds.count() > 0, "{target} has no seeds");
        }
        assert!(chosen(&["nothing".to_owned()]).is_err());
    }

    #[test]
    fn the_proof_counts_runs_and_findings() {
        let run = |target: &str, finding: Option<&str>| Run {
            target: target.to_owned(),
            runs: 10,
            per_second: 5,
            seconds: 2,
            finding: finding.map(str::to_owned),
        };
        let proof = proof(&Options::default(), Duration::from_secs(3), &[run("a", None), run("b", Some("crash-1"))]);
        assert_eq!((&proof["runs"], &proof["findings"], &proof["build_s"]), (&json!(20), &json!(1), &json!(3)));
        assert_eq!(proof["targets"][1]["finding"], "crash-1");
    }

    #[test]
    fn results_keep_the_order_of_the_names() {
        let names: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        assert_eq!(beside_each_other(&names, 3, str::to_owned), names);
        assert_eq!(beside_each_other(&names, 0, str::to_owned), names);
    }

    #[test]
    fn the_file_of_a_finding_is_read_from_the_log() {
        let log = "==1==ERROR\nartifact_prefix='x/'; Test unit written to x/crash-1\nBase64: AA==\n";
        assert_eq!(artifact(log), Some("x/crash-1"));
        assert_eq!(artifact("Done 5 runs"), None);
    }
}
