//! Programs of the machine that make faults: found, installed where that is allowed, or named as missing.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// A program's place on the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // The administrator's programs aren't on everybody's path.
    let more = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(more).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether we may mount and install.
pub async fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().await;
    id.is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

/// A program, installed by Debian's package manager if it is missing and we may.
///
/// # Errors
/// It is missing, with the command that installs it: a reason to skip.
pub async fn program(name: &str, package: &str) -> Result<PathBuf, String> {
    if let Some(found) = find(name) {
        return Ok(found);
    }
    let typed = format!("apt-get install -y --no-install-recommends {package}");
    if is_root().await && find("apt-get").is_some() {
        let apt = |words: &[&str]| {
            let mut command = Command::new("apt-get");
            command.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
            command
        };
        let _ = apt(&["update"]).status().await;
        let _ = apt(&["install", "-y", "--no-install-recommends", package]).status().await;
    }
    find(name).ok_or_else(|| format!("{name} is missing; to install it: {typed}"))
}

/// Runs a program to its end; its words if it failed.
///
/// # Errors
/// It can't be started, or failed.
pub async fn run(program: &Path, args: &[&str]) -> anyhow::Result<String> {
    let shown = || format!("{} {}", program.display(), args.join(" "));
    let out = Command::new(program).args(args).stdin(Stdio::null()).kill_on_drop(true).output().await.with_context(shown)?;
    if !out.status.success() {
        bail!("{}: {}: {}", shown(), out.status, String::from_utf8_lossy(&out.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}
