//! The programs this house needs: found, or named with the command that installs them.

use crate::sh::{self, Log};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Node that the web builds accept.
const NODE: (u32, u32) = (20, 19);

struct Tool {
    name: &'static str,
    why: &'static str,
    install: &'static str,
}

const BUILD_TOOLS: &[Tool] = &[
    Tool { name: "cargo", why: "builds the server", install: "https://rustup.rs (any way to Rust 1.95 or newer)" },
    Tool { name: "cc", why: "compiles the SQLite that is built in", install: "apt-get install -y build-essential" },
    Tool {
        name: "node",
        why: "builds the web apps",
        install: "apt-get install -y nodejs (20.19 or newer), or https://nodejs.org",
    },
    Tool {
        name: "npm",
        why: "fetches what the web apps are built from",
        install: "apt-get install -y npm, or https://nodejs.org",
    },
];

/// Fails with every missing tool at once.
pub fn check_build_tools() -> Result<()> {
    let mut missing: Vec<String> = BUILD_TOOLS
        .iter()
        .filter(|tool| find(tool.name).is_none())
        .map(|tool| format!("{} is missing ({}). To install it: {}", tool.name, tool.why, tool.install))
        .collect();
    if missing.is_empty() {
        let text = sh::output_of(Command::new("node").arg("--version"))?;
        if node_version(&text).is_none_or(|found| found < NODE) {
            missing.push(format!(
                "node is {}, the web apps need {}.{} or newer: https://nodejs.org",
                text.trim(),
                NODE.0,
                NODE.1
            ));
        }
    }
    if missing.is_empty() { Ok(()) } else { bail!("{}", missing.join("\n       ")) }
}

fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// A program's place on the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The Chromium that the browser tests drive: `CHROMIUM`, or the system's. As root on Debian it installs what is missing and says so.
pub fn chromium(log: &Log) -> Result<PathBuf> {
    if !has_chinese_font() {
        install(log, &["fonts-noto-cjk"], "Chinese letters would be boxes on the screenshots")?;
    }
    match find_chromium() {
        Some(file) => Ok(file),
        None => {
            install(log, &["chromium"], "the browser tests drive it")?;
            find_chromium().context("apt-get installed chromium, but it can't be found")
        }
    }
}

fn find_chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|file| file.is_file());
    named.or_else(|| find("chromium")).or_else(|| Some(PathBuf::from("/usr/bin/chromium")).filter(|file| file.is_file()))
}

fn has_chinese_font() -> bool {
    if cfg!(not(target_os = "linux")) {
        return true;
    }
    let listed = find("fc-list").and_then(|_| sh::output_of(Command::new("fc-list").arg(":lang=zh-cn")).ok());
    listed.is_some_and(|fonts| !fonts.trim().is_empty()) || Path::new("/usr/share/fonts/opentype/noto").is_dir()
}

/// Makes (once per requirements file) a Python environment under `.cache/`, called after the file's folder, and gives its folder of
/// programs.
pub fn python_env(log: &Log, requirements: &Path) -> Result<PathBuf> {
    let root = sh::root();
    let wanted = std::fs::read_to_string(requirements).with_context(|| format!("can't read {}", requirements.display()))?;
    let name = requirements.parent().and_then(Path::file_name).unwrap_or_default();
    let home = root.join(".cache").join(format!("python-{}", name.display()));
    let stamp = home.join("requirements.installed");
    let bin = home.join("bin");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && runs(&bin.join("python")) {
        return Ok(bin);
    }
    if find("python3").is_none() {
        install(log, &["python3", "python3-venv"], "some checks run in it, or come with it")?;
    }
    let make = |log: &Log| log.run(sh::command("python3", &root).args(["-m", "venv", "--clear"]).arg(&home));
    if make(log).is_err() {
        install(log, &["python3-venv"], "such checks get an environment of their own")?;
        make(log)?;
    }
    log.run(
        sh::command(bin.join("python"), &root)
            .args(["-m", "pip", "install", "--no-input", "--quiet", "--requirement"])
            .arg(requirements),
    )?;
    std::fs::write(&stamp, wanted).with_context(|| format!("can't write {}", stamp.display()))?;
    Ok(bin)
}

fn runs(program: &Path) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success())
}

/// Installs Debian packages where that is possible; else fails with the command to type.
pub fn install(log: &Log, packages: &[&str], why: &str) -> Result<()> {
    let typed = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    let is_root = sh::output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root || find("apt-get").is_none() {
        bail!("{} is missing ({why}). To install it: sudo {typed}", packages.join(" "));
    }
    println!("{} is missing ({why}); installing it: {typed}", packages.join(" "));
    let apt = |words: &[&str]| log.run(sh::command("apt-get", &sh::root()).args(words).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["update"])?;
    let mut words = vec!["install", "-y", "--no-install-recommends"];
    words.extend(packages);
    apt(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_compared_as_numbers() {
        assert!(node_version("v20.9.0\n").is_some_and(|v| v < NODE));
        assert!(node_version("v20.20.2\n").is_some_and(|v| v >= NODE));
        assert!(node_version("v100.0.0").is_some_and(|v| v >= NODE));
        assert_eq!(node_version("none"), None);
    }
}
