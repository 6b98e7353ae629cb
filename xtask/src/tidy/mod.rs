//! The rules no compiler knows: who may use whom, what the pure rooms may not say, what no file may contain.

mod complaints;
mod edges;
mod events;
mod links;
mod locks;
mod sources;

use crate::sh;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the checks found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Each breaks a rule and says which.
    pub broken: Vec<String>,
    /// Worth a look; never a failure.
    pub remarks: Vec<String>,
}

impl Findings {
    fn broken(&mut self, text: impl Into<String>) {
        self.broken.push(text.into());
    }

    /// All findings, one a line.
    pub fn text(&self) -> String {
        let broken = self.broken.iter().map(|b| format!("broken: {b}"));
        broken.chain(self.remarks.iter().map(|r| format!("remark: {r}"))).collect::<Vec<_>>().join("\n")
    }

    /// For the table of a test run.
    pub fn remark(&self) -> String {
        if self.remarks.is_empty() { String::new() } else { format!("{} remarks", self.remarks.len()) }
    }

    /// # Errors
    /// Something is broken.
    pub fn result(&self) -> Result<()> {
        if self.broken.is_empty() { Ok(()) } else { bail!("{} rules are broken", self.broken.len()) }
    }
}

/// `cargo xtask tidy`.
pub fn run() -> Result<()> {
    let found = check()?;
    if !found.text().is_empty() {
        println!("{}", found.text());
    }
    found.result()?;
    println!("tidy");
    Ok(())
}

/// Runs all checks.
pub fn check() -> Result<Findings> {
    let root = sh::root();
    let mut found = Findings::default();
    let mut cargo = sh::command("cargo", &root);
    let metadata = sh::output_of(cargo.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]))?;
    edges::check(&serde_json::from_str(&metadata).context("cargo metadata is JSON")?, &mut found);
    let files = text_files(&root)?;
    sources::check(&files, &mut found);
    locks::check(&files, &mut found);
    events::check(&files, &mut found);
    links::check(&root, &files, &mut found);
    complaints::check(&files, &mut found);
    Ok(found)
}

/// A file of the project: its path below the root and what it says.
#[derive(Clone, Debug)]
pub struct TextFile {
    pub path: String,
    pub text: String,
}

/// All files that are, or would be, committed and can be read as text.
fn text_files(root: &Path) -> Result<Vec<TextFile>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let listed = sh::output_of(&mut git).context("tidy asks git which files belong to the project")?;
    let mut paths: Vec<&str> = listed.split('\0').filter(|p| !p.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    let read = |path: &str| fs::read_to_string(root.join(path)).ok().map(|text| TextFile { path: path.to_owned(), text });
    Ok(paths.into_iter().filter_map(read).collect())
}
