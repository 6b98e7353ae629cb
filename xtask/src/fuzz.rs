//! `cargo xtask fuzz`: throws odd bytes at everything that reads what a channel sent, for a while, under the address sanitizer.
//!
//! The targets and their seeds are in `fuzz/`; what the fuzzer learns and finds stays under `target/`. A finding becomes a seed there
//! and a test beside the parser.

use crate::plan::Outcome;
use crate::sh::{self, Log};
use anyhow::{Context, Result, bail, ensure};
use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const CARGO_FUZZ: &str = "0.13.1";
/// Building everything with the sanitizer takes minutes on a small machine, once.
const BUILD: Duration = Duration::from_secs(1800);
/// Larger inputs make the fuzzer slow and find nothing new.
const LONGEST_INPUT: u32 = 8192;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 60)]
    pub seconds: u64,
    /// Runs only this target; may be repeated.
    #[arg(long)]
    pub target: Vec<String>,
    /// How many targets run beside each other.
    #[arg(long, default_value_t = 1)]
    pub jobs: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { seconds: 60, target: Vec::new(), jobs: 1 }
    }
}

/// The chore. Without a nightly compiler it fails and says how to get one.
pub fn run(options: &Options) -> Result<ExitCode> {
    match check(options)? {
        Outcome::Passed(remark) => println!("{remark}"),
        Outcome::Skipped(why) => bail!("{why}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds and runs the targets.
///
/// # Errors
/// A finding, with the file that shows it and the command that shows it again.
pub fn check(options: &Options) -> Result<Outcome> {
    let targets = chosen(&options.target)?;
    let Some(host) = nightly_host() else {
        return Ok(Outcome::Skipped(
            "the fuzzing targets need a nightly compiler: rustup toolchain install nightly --profile minimal".to_owned(),
        ));
    };
    build()?;
    let bin = sh::root().join("target/fuzz").join(host).join("release");
    let seconds = Duration::from_secs(options.seconds);
    let results = beside_each_other(&targets, options.jobs, |target| fuzz(target, &bin, seconds));
    let (lines, faults): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let faults: Vec<String> = faults.into_iter().filter_map(Result::err).map(|fault| format!("{fault:#}")).collect();
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    Ok(Outcome::Passed(format!("{} targets; {}", lines.len(), lines.join(", "))))
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

/// Builds all targets as cargo-fuzz does: nightly, address sanitizer, coverage, debug assertions.
fn build() -> Result<()> {
    let root = sh::root();
    let log = Log::start(logs().join("build.log"), Instant::now() + BUILD)?;
    let tools = root.join("target/tools").join(format!("cargo-fuzz-{CARGO_FUZZ}"));
    let mut path = vec![tools.join("bin")];
    if !tools.join("bin/cargo-fuzz").is_file() {
        println!("installing cargo-fuzz {CARGO_FUZZ} under {}", tools.display());
        let mut install = sh::command("cargo", &root);
        install.args(["install", "--locked", "--quiet", "cargo-fuzz", "--version", CARGO_FUZZ, "--root"]).arg(&tools);
        log.run(&mut install).context("cargo-fuzz can't be installed")?;
    }
    path.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    println!("building the targets; the log is {}", log.path.display());
    let mut build = sh::command("cargo", &root);
    build.args(["+nightly", "fuzz", "build", "--fuzz-dir", "fuzz", "--target-dir", "target/fuzz"]);
    log.run(build.env("PATH", std::env::join_paths(path)?)).with_context(|| format!("see {}", log.path.display()))
}

/// Runs one target, and says how fast it was.
fn fuzz(target: &str, bin: &Path, seconds: Duration) -> Result<String> {
    let root = sh::root();
    let corpus = made(root.join("target/fuzz-corpus").join(target))?;
    let artifacts = made(root.join("target/fuzz-artifacts").join(target))?;
    let log = Log::start(logs().join(format!("{target}.log")), Instant::now() + seconds + Duration::from_secs(120))?;
    let program = bin.join(target);
    let mut command = sh::command(&program, &root);
    command
        .arg(corpus)
        .arg(root.join("fuzz/seeds").join(target))
        .arg(format!("-max_total_time={}", seconds.as_secs()))
        .arg(format!("-max_len={LONGEST_INPUT}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-timeout=10", "-rss_limit_mb=1536", "-print_final_stats=1", "-verbosity=1"]);
    let status = log.status(&mut command)?;
    let text = log.text();
    if !status.success() {
        let shown = artifact(&text).map_or_else(|| log.path.display().to_string(), str::to_owned);
        bail!("{target}: a finding, {shown}\n  again: {} {shown}\n  log:   {}", program.display(), log.path.display());
    }
    let figure = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
    let runs = figure("stat::number_of_executed_units:").unwrap_or_default();
    ensure!(runs > 0, "{target} ran nothing; see {}", log.path.display());
    let line = format!("{target} {runs} runs, {} a second", figure("stat::average_exec_per_sec:").unwrap_or_default());
    println!("ok {line}");
    Ok(line)
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
