//! `cargo xtask test`: every check of the house, in the order in which a mistake is cheapest to find.

use crate::plan::{self, Lane, Outcome, Step};
use crate::sh::{self, Log};
use crate::{deny, faults, net, npm, schemas, sim, tidy, tools};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::{Command, ExitCode};

/// The WeChat main package's own limit; the platform's is 2 MB.
const WEAPP_LIMIT: u64 = 1_500_000;

#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Runs only this step and what it needs; may be repeated.
    #[arg(long)]
    only: Vec<String>,
    /// Leaves out the builds and everything that needs a server or a browser.
    #[arg(long)]
    quick: bool,
    /// Names the steps and ends.
    #[arg(long)]
    list: bool,
}

/// Says by its exit code whether all went well; the last line printed is the count.
pub fn run(options: &Options) -> Result<ExitCode> {
    let mut steps = all();
    if options.quick {
        steps.retain(|step| QUICK.contains(&step.name));
    }
    if !options.only.is_empty() {
        steps = plan::only(steps, &options.only)?;
    }
    if options.list {
        steps.iter().for_each(|step| println!("{}", step.name));
        return Ok(ExitCode::SUCCESS);
    }
    tools::check_build_tools()?;
    let report = plan::run("test", &steps);
    println!("\n{}", report.table());
    Ok(if report.failed() > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Payment lives drawn by chance in every test run; `dandan drill payments` plays a hundred thousand.
const DRILL_LIVES: &str = "2000";

const QUICK: &[&str] = &[
    "fmt",
    "tidy",
    "clippy",
    "domain-pure",
    "oracles-install",
    "nats-install",
    "rust",
    "mini-install",
    "mini-check",
    "mini-unit",
    "staff-install",
    "staff-check",
    "staff-unit",
    "office-install",
    "office-check",
    "office-unit",
];

/// Every step, cargo's and the web's lanes each in the order they run.
pub fn all() -> Vec<Step> {
    let mut steps = rust_steps();
    steps.extend(web_steps());
    steps.extend(whole_steps());
    steps
}

fn rust_steps() -> Vec<Step> {
    use Lane::Cargo;
    vec![
        Step::new("fmt", Cargo, &[], 120, |log| cargo(log, &["fmt", "--all", "--check", "--", "--color", "never"])),
        Step::new("tidy", Cargo, &[], 120, |log| {
            let found = tidy::check()?;
            log.note(&found.text())?;
            found.result().map(|()| Outcome::Passed(found.remark()))
        }),
        Step::new("domain-pure", Cargo, &[], 600, |log| cargo(log, &["check", "--locked", "-p", "domain"])),
        Step::new("clippy", Cargo, &[], 1800, |log| {
            cargo(log, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
        }),
        Step::new("rust", Cargo, &["oracles-install", "nats-install"], 2400, rust_tests),
        // Built with the tests' choice of features, so that what `rust` has built is not built again.
        Step::new("server", Cargo, &[], 1800, |log| cargo(log, &["test", "--locked", "--workspace", "--no-run"])),
        Step::new("openapi", Cargo, &["server"], 60, |_| schemas::check_document().map(|()| Outcome::passed())),
        Step::new("deny", Cargo, &[], 300, deny::check),
    ]
}

fn web_steps() -> Vec<Step> {
    use Lane::Web;
    vec![
        install("oracles-install", "tests/oracles"),
        Step::new("nats-install", Web, &[], 300, |log| {
            tools::python_env(log, &sh::root().join("tests/nats/requirements.txt")).map(|_| Outcome::passed())
        }),
        install("mini-install", "apps/mini"),
        install("staff-install", "apps/staff"),
        install("office-install", "apps/office"),
        install("client-install", "packages/client"),
        install("browser-install", "tests/browser"),
        script("mini-check", &["mini-install"], "apps/mini", "check"),
        script("mini-unit", &["mini-install"], "apps/mini", "test"),
        script("staff-check", &["staff-install"], "apps/staff", "check"),
        script("staff-unit", &["staff-install"], "apps/staff", "test"),
        script("office-check", &["office-install"], "apps/office", "check"),
        script("office-unit", &["office-install"], "apps/office", "test"),
        build("mini-h5", &["mini-install"], "apps/mini", "build:h5", "dist/h5"),
        build("staff-build", &["staff-install"], "apps/staff", "build", "dist"),
        build("office-build", &["office-install"], "apps/office", "build", "dist"),
        Step::new("mini-weapp", Web, &["mini-install"], 600, |log| {
            npm::build(log, "apps/mini", "build:weapp", "dist/weapp")?;
            let size = folder_size(&sh::root().join("apps/mini/dist/weapp"))?;
            ensure!(size <= WEAPP_LIMIT, "the WeChat package has {size} bytes, more than {WEAPP_LIMIT}");
            Ok(Outcome::Passed(format!("main package {} kB of {} kB", size / 1000, WEAPP_LIMIT / 1000)))
        }),
        build("mini-alipay", &["mini-install"], "apps/mini", "build:alipay", "dist/alipay"),
        Step::new("chromium", Web, &[], 900, |log| tools::chromium(log).map(|file| Outcome::Passed(file.display().to_string()))),
        browser_script("mini-weapp-run", &["mini-weapp", "chromium"], "test:weapp"),
        script("mini-alipay-run", &["mini-alipay"], "apps/mini", "test:alipay"),
        browser_script("mini-h5-run", &["mini-h5", "chromium"], "test:h5"),
        Step::new("client", Web, &["client-install"], 120, |log| schemas::check_client(log).map(|()| Outcome::passed())),
    ]
}

const BROWSER_NEEDS: &[&str] = &["server", "mini-h5", "staff-build", "office-build", "browser-install", "chromium"];

/// What needs the real server: the meal in a browser, the API under odd input.
fn whole_steps() -> Vec<Step> {
    vec![
        Step::new("browser", Lane::Web, BROWSER_NEEDS, 600, |log| {
            let browser = tools::chromium(log)?;
            let mut npm = npm::npm("tests/browser");
            log.run(npm.args(["test"]).env("CHROMIUM", browser).env("DANDAN", schemas::program()))?;
            Ok(Outcome::Passed(node_counts(&log.text())))
        }),
        Step::new("mini-real", Lane::Web, &["server", "mini-h5", "mini-weapp", "mini-alipay", "chromium"], 300, |log| {
            let browser = tools::chromium(log)?;
            let mut npm: Command = npm::npm("apps/mini");
            log.run(npm.args(["run", "test:real"]).env("CHROMIUM", browser).env("DANDAN", schemas::program()))
                .map(|()| Outcome::passed())
        }),
        Step::new("api", Lane::Cargo, &["server"], 600, |log| {
            let tests = sh::root().join("tests/api");
            let bin = tools::python_env(log, &tests.join("requirements.txt"))?;
            log.run(
                sh::command(bin.join("python"), &tests)
                    .arg("run.py")
                    .env("DANDAN", schemas::program())
                    .env("PYTHONDONTWRITEBYTECODE", "1"),
            )?;
            Ok(Outcome::Passed(format!("{} cases", api_cases(&log.text()))))
        }),
        Step::new("drill", Lane::Cargo, &["server"], 600, |log| {
            let mut drill = sh::command(schemas::program(), &sh::root());
            log.run(drill.args(["drill", "payments", "--lives", DRILL_LIVES]))?;
            Ok(Outcome::Passed(format!("every way in every situation, {DRILL_LIVES} lives")))
        }),
        Step::new("sim", Lane::Cargo, &[], 1800, sim::check),
        Step::new("faults", Lane::Web, &["server"], 900, |log| faults::check(log, &faults::Options::default())),
        Step::new("net", Lane::Cargo, &["server"], 600, net::check),
    ]
}

fn cargo(log: &Log, words: &[&str]) -> Result<Outcome> {
    log.run(sh::command("cargo", &sh::root()).args(words)).map(|()| Outcome::passed())
}

/// nextest where it is installed (it runs the test programs beside each other), else cargo's own runner.
fn rust_tests(log: &Log) -> Result<Outcome> {
    let mut command = sh::command("cargo", &sh::root());
    match tools::find("cargo-nextest") {
        Some(_) => command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]),
        None => command.args(["test", "--workspace", "--locked", "--no-fail-fast"]),
    };
    log.run(&mut command)?;
    let count = rust_count(&log.text()).context("no line tells how many tests ran")?;
    ensure!(count > 0, "no test ran");
    Ok(Outcome::Passed(format!("{count} tests")))
}

/// Tests that passed, by nextest's summary or the sum of cargo's result lines.
fn rust_count(text: &str) -> Option<u64> {
    let before_passed = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|w| w.starts_with("passed"))?;
        words.get(at.checked_sub(1)?)?.parse::<u64>().ok()
    };
    let counts: Vec<u64> = text
        .lines()
        .filter(|l| l.trim_start().starts_with("Summary [") || l.starts_with("test result:"))
        .filter_map(before_passed)
        .collect();
    if counts.is_empty() { None } else { Some(counts.iter().sum()) }
}

/// "12 tests" from the closing lines of node's test runner.
fn node_counts(text: &str) -> String {
    let count = text.lines().rev().find_map(|line| line.trim_start_matches(['ℹ', '#', ' ']).strip_prefix("pass ")).unwrap_or("?");
    format!("{count} tests")
}

/// The sum over the runs of "N generated".
fn api_cases(text: &str) -> u64 {
    text.split(", ").filter_map(|part| part.strip_suffix(" generated")?.parse::<u64>().ok()).sum()
}

fn install(name: &'static str, project: &'static str) -> Step {
    Step::new(name, Lane::Web, &[], 900, move |log| npm::install(log, project).map(|()| Outcome::passed()))
}

fn script(name: &'static str, needs: &'static [&'static str], project: &'static str, script: &'static str) -> Step {
    Step::new(name, Lane::Web, needs, 600, move |log| npm::script(log, project, script).map(|()| Outcome::passed()))
}

fn build(
    name: &'static str,
    needs: &'static [&'static str],
    project: &'static str,
    script: &'static str,
    output: &'static str,
) -> Step {
    Step::new(name, Lane::Web, needs, 600, move |log| npm::build(log, project, script, output).map(|()| Outcome::passed()))
}

/// A script of the diners' app that drives a browser itself.
fn browser_script(name: &'static str, needs: &'static [&'static str], script: &'static str) -> Step {
    Step::new(name, Lane::Web, needs, 300, move |log| {
        if !npm::has_script("apps/mini", script) {
            return Ok(Outcome::Skipped(format!("apps/mini has no script {script}")));
        }
        let browser = tools::chromium(log)?;
        let mut npm: Command = npm::npm("apps/mini");
        log.run(npm.args(["run", script]).env("CHROMIUM", browser)).map(|()| Outcome::passed())
    })
}

fn folder_size(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder).with_context(|| format!("can't list {}", folder.display()))? {
        let entry = entry?;
        let kind = entry.metadata()?;
        sum += if kind.is_dir() { folder_size(&entry.path())? } else { kind.len() };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn counts_are_read_from_both_runners() {
        assert_eq!(rust_count("    Starting 3 tests\n     Summary [   1.2s] 3 tests run: 3 passed, 0 skipped\n"), Some(3));
        assert_eq!(rust_count("test result: ok. 2 passed; 0 failed; 0\ntest result: ok. 5 passed; 0 failed;\n"), Some(7));
        assert_eq!(rust_count("error: no such command"), None);
        assert_eq!(
            api_cases("as staff: passed, 30 generated, 30 passed, 1 s\nas diner: passed, 12 generated, 12 passed, 1 s"),
            42
        );
        assert_eq!(node_counts("ℹ tests 4\nℹ pass 4\nℹ fail 0\n"), "4 tests");
    }

    #[test]
    fn the_quick_run_is_whole_in_itself() {
        let steps = all();
        let quick: Vec<&Step> = steps.iter().filter(|s| QUICK.contains(&s.name)).collect();
        assert_eq!(quick.len(), QUICK.len(), "a quick step has no such name");
        let names: BTreeSet<&str> = QUICK.iter().copied().collect();
        assert!(quick.iter().all(|s| s.needs.iter().all(|n| names.contains(n))));
    }
}
