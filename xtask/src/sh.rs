//! Runs other programs: where, with which environment, into which log, for how long.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The folder that holds the workspace.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or(here.clone(), Path::to_path_buf)
}

/// A command run from `dir`, without what `cargo run` adds to our environment: build scripts that watch those
/// variables (ring's does) would otherwise be rebuilt by every change between `cargo` and `cargo xtask`.
pub fn command(program: impl AsRef<OsStr>, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "CARGO" || text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    if is_ci() && std::env::var_os("CARGO_INCREMENTAL").is_none() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|v| v == "true" || v == "1")
}

/// What a program prints, when it succeeds.
pub fn output_of(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let out = command.output().with_context(|| format!("can't run {shown}"))?;
    if !out.status.success() {
        bail!("{shown}: {}\n{}", out.status, String::from_utf8_lossy(&out.stderr));
    }
    String::from_utf8(out.stdout).with_context(|| format!("{shown}: the output is not UTF-8"))
}

/// The command as a person would type it.
pub fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// The file that one step's output goes to.
#[derive(Clone, Debug)]
pub struct Log {
    pub path: PathBuf,
    until: Instant,
}

impl Log {
    /// Starts an empty log whose programs must all have ended by `until`.
    pub fn start(path: PathBuf, until: Instant) -> Result<Log> {
        let folder = path.parent().context("a log file lies in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        File::create(&path).with_context(|| format!("can't write {}", path.display()))?;
        Ok(Log { path, until })
    }

    /// Adds a line.
    pub fn note(&self, line: &str) -> Result<()> {
        writeln!(self.open()?, "{line}").context("can't write the log")
    }

    /// Runs a program with its output in this log; fails when it does, or when the step's time is up.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let shown = show(command);
        let status = self.status(command)?;
        if !status.success() {
            bail!("`{shown}` ended with {status}");
        }
        Ok(())
    }

    /// As [`Log::run`], for programs whose failure is an answer.
    pub fn status(&self, command: &mut Command) -> Result<ExitStatus> {
        let shown = show(command);
        self.note(&format!("$ {shown}"))?;
        let file = self.open()?;
        command.stdout(file.try_clone()?).stderr(file);
        command
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .env("NO_COLOR", "1")
            .env_remove("FORCE_COLOR");
        let mut child = command.spawn().with_context(|| format!("can't run {shown}"))?;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > self.until {
                kill_tree(&mut child);
                bail!("`{shown}` took too long and was ended");
            }
            sleep(Duration::from_millis(40));
        }
    }

    /// All that was written so far.
    pub fn text(&self) -> String {
        fs::read(&self.path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn open(&self) -> Result<File> {
        OpenOptions::new().append(true).open(&self.path).with_context(|| format!("can't write {}", self.path.display()))
    }
}

/// Ends a child and everything it started. They share our process group, so that Ctrl-C reaches all of them.
fn kill_tree(child: &mut Child) {
    let table = output_of(Command::new("ps").args(["-A", "-o", "pid=,ppid="])).unwrap_or_default();
    for pid in family(&table, child.id()) {
        let _ = Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// `first` and its descendants, from lines of "pid parent".
fn family(table: &str, first: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for line in table.lines() {
        let mut numbers = line.split_whitespace().filter_map(|n| n.parse().ok());
        if let (Some(pid), Some(parent)) = (numbers.next(), numbers.next()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = vec![first];
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        found.extend(children.get(&pid).into_iter().flatten().copied());
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_the_child_and_all_below_it() {
        assert_eq!(family("1 0\n 20 1\n 21 20\n 22 21\n 30 1\n", 20), [20, 21, 22]);
    }

    #[test]
    fn a_program_past_its_time_is_ended() {
        let path = std::env::temp_dir().join(format!("xtask-log-{}.txt", std::process::id()));
        let log = Log::start(path.clone(), Instant::now()).expect("a temporary file can be written");
        let error = log.run(Command::new("sleep").arg("30")).expect_err("the time is up");
        assert!(error.to_string().contains("took too long"), "{error}");
        fs::remove_file(path).expect("it was just written");
    }
}
