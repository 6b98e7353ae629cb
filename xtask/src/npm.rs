//! The npm projects: installed from their locks and built, each only when something changed.

use crate::sh::{self, Log};
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Never part of what a build is made from.
const NOT_SOURCES: &[&str] = &["node_modules", "dist", "test", "tests", ".cache"];

/// Projects that are built from files of another one too.
const BORROWS: &[(&str, &str)] = &[("apps/office", "apps/staff/src")];

/// `npm`, run in a project's folder.
pub fn npm(project: &str) -> Command {
    let mut command = sh::command("npm", &sh::root().join(project));
    command.env("npm_config_update_notifier", "false").env("npm_config_fund", "false").env("npm_config_audit", "false");
    command
}

/// `npm ci` without install scripts, when the lock isn't the one that was installed last.
pub fn install(log: &Log, project: &str) -> Result<()> {
    let folder = sh::root().join(project);
    let stamp = folder.join("node_modules/.installed-from");
    let wanted = fingerprint(&[folder.join("package.json"), folder.join("package-lock.json")])?;
    if is_stamped(&stamp, &wanted) {
        return log.note("the lock is the one installed");
    }
    log.run(npm(project).args(["ci", "--ignore-scripts", "--prefer-offline", "--no-progress"]))?;
    write_stamp(&stamp, &wanted)
}

/// Runs a build script of a project, when its sources changed since or its output is gone.
pub fn build(log: &Log, project: &str, script: &str, output: &str) -> Result<()> {
    let (root, folder) = (sh::root(), sh::root().join(project));
    let stamp = root.join("target/xtask-stamps").join(format!("{}-{}", project.replace('/', "-"), script.replace(':', "-")));
    let mut places = vec![folder.clone(), root.join("packages/client")];
    places.extend(BORROWS.iter().filter(|(borrower, _)| *borrower == project).map(|(_, place)| root.join(place)));
    let wanted = fingerprint(&places)?;
    if is_stamped(&stamp, &wanted) && folder.join(output).is_dir() {
        return log.note("built from these very sources before");
    }
    log.run(npm(project).args(["run", script]))?;
    anyhow::ensure!(folder.join(output).is_dir(), "`npm run {script}` left no {project}/{output}");
    write_stamp(&stamp, &wanted)
}

/// Makes cargo compile `source` anew when the files packed into it changed: cargo sees changed files, not new ones.
pub fn touch_if_changed(source: &str, packed: &[&str], stamp: &str) -> Result<()> {
    let root = sh::root();
    let stamp = root.join("target/xtask-stamps").join(stamp);
    let folders: Vec<PathBuf> = packed.iter().map(|folder| root.join(folder)).collect();
    let wanted = fingerprint(&folders)?;
    if is_stamped(&stamp, &wanted) {
        return Ok(());
    }
    let source = root.join(source);
    let file = fs::File::options().append(true).open(&source).with_context(|| format!("can't open {}", source.display()))?;
    file.set_modified(std::time::SystemTime::now()).with_context(|| format!("can't touch {}", source.display()))?;
    write_stamp(&stamp, &wanted)
}

/// Runs a script of a project.
pub fn script(log: &Log, project: &str, script: &str) -> Result<()> {
    log.run(npm(project).args(["run", script]))
}

/// Whether a project's package.json names this script.
pub fn has_script(project: &str, script: &str) -> bool {
    let text = fs::read_to_string(sh::root().join(project).join("package.json")).unwrap_or_default();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    json["scripts"][script].is_string()
}

fn is_stamped(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text == wanted)
}

fn write_stamp(stamp: &Path, wanted: &str) -> Result<()> {
    let folder = stamp.parent().context("a stamp lies in a folder")?;
    fs::create_dir_all(folder).and_then(|()| fs::write(stamp, wanted)).with_context(|| format!("can't write {}", stamp.display()))
}

/// A hash over names and contents: dates say nothing after a checkout.
fn fingerprint(places: &[PathBuf]) -> Result<String> {
    let mut files = vec![];
    for place in places {
        collect(place, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        hasher.write(file.as_os_str().as_encoded_bytes());
        hasher.write(&fs::read(file).with_context(|| format!("can't read {}", file.display()))?);
    }
    Ok(format!("{:016x} {} files\n", hasher.finish(), files.len()))
}

fn collect(place: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if place.is_file() {
        files.push(place.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(place).with_context(|| format!("can't list {}", place.display()))? {
        let entry = entry?;
        if !NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_sees_contents_and_ignores_what_is_built() {
        let folder = std::env::temp_dir().join(format!("xtask-npm-{}", std::process::id()));
        fs::create_dir_all(folder.join("dist")).expect("a temporary folder can be made");
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a temporary file can be written");
        let read = || fingerprint(std::slice::from_ref(&folder)).expect("the folder is there");
        write("a.ts", "1");
        let first = read();
        write("dist/a.js", "1");
        assert_eq!(read(), first);
        write("a.ts", "2");
        assert_ne!(read(), first);
        fs::remove_dir_all(folder).expect("it was just made");
    }
}
