//! Licences, bans, duplicates and sources of what we depend on: `cargo deny` with deny.toml, over every platform there.
//!
//! Known weaknesses (`advisories`) are not asked about: their list lives elsewhere and changes daily, so a run could fail without
//! a change of ours.

use crate::plan::Outcome;
use crate::sh::{self, Log};
use crate::tools;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;

/// The programs that xtask/cargo-tools/requirements.txt names, and where they are.
pub fn cargo_tools(log: &Log) -> Result<PathBuf> {
    tools::python_env(log, &sh::root().join("xtask/cargo-tools/requirements.txt"))
}

/// Checks everything Cargo.lock names.
///
/// # Errors
/// A licence outside the list, a banned crate, a wildcard, a second version nobody has accepted, an unknown source; the log has the
/// paths that lead to it.
pub fn check(log: &Log) -> Result<Outcome> {
    let program = match cargo_tools(log) {
        Ok(bin) => bin.join("cargo-deny"),
        Err(why) => tools::find("cargo-deny").ok_or(why).context("cargo-deny can't be installed (cargo install cargo-deny)")?,
    };
    // It looks at every platform's crates, and a build has fetched only this one's.
    log.run(sh::command("cargo", &sh::root()).args(["fetch", "--locked", "--quiet"]))?;
    log.run(sh::command(program, &sh::root()).args([
        "--offline",
        "--locked",
        "--all-features",
        "check",
        "licenses",
        "bans",
        "sources",
    ]))?;
    let verdict = verdict(&log.text()).context("cargo-deny said nothing")?;
    ensure!(!verdict.contains("FAILED"), "{verdict}");
    Ok(Outcome::Passed(verdict))
}

/// Its closing line, such as "bans ok, licenses ok, sources ok".
fn verdict(log: &str) -> Option<String> {
    log.lines().rev().find(|line| line.contains("licenses ")).map(|line| line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_verdict_is_the_last_line_about_licences() {
        let log = "warning[duplicate]: x\n\nbans ok, licenses ok, sources ok\n";
        assert_eq!(verdict(log).as_deref(), Some("bans ok, licenses ok, sources ok"));
        assert_eq!(verdict("error: no such file\n"), None);
    }

    #[test]
    fn only_pinned_files_are_installed() {
        let text = fs::read_to_string(sh::root().join("xtask/cargo-tools/requirements.txt")).expect("it is part of the project");
        assert!(text.contains("--only-binary :all:"));
        for line in text.lines().filter(|line| line.contains("==")) {
            assert!(line.ends_with('\\'), "{line} has no hash");
        }
    }
}
