//! The data folder that every server starts from: made by initdb once per machine, then copied.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{binaries, binaries::Binaries, own};

/// The number after it changes with what initdb is told below.
const NAME: &str = "pg-temp-template-1";

/// Copies the template to a folder that doesn't exist yet.
pub fn copy(binaries: &Binaries, to: &Path) -> Result<(), String> {
    let template = template(binaries)?;
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(template).arg(to);
    binaries.as_server(&mut copy);
    binaries::run(copy).map(drop)
}

/// The template's place; it is made if it isn't there. Processes take turns.
fn template(binaries: &Binaries) -> Result<PathBuf, String> {
    let uid = rustix::process::geteuid().as_raw();
    let root = std::env::temp_dir().join(format!("{NAME}-{}-{uid}", binaries.major));
    let done = root.join("data");
    let failed = |why: std::io::Error| format!("no template for PostgreSQL in {}: {why}", root.display());
    fs::create_dir_all(&root).map_err(failed)?;
    own(binaries, &root).map_err(failed)?;
    let turn = File::create(root.join("lock")).map_err(failed)?;
    turn.lock().map_err(failed)?;
    if done.exists() {
        return Ok(done);
    }
    let unfinished = root.join("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(failed)?;
    }
    let mut initdb = binaries.command("initdb");
    initdb.args(["-A", "trust", "-U", "postgres", "--no-locale", "-E", "UTF8", "--no-sync", "--wal-segsize=4", "-D"]);
    initdb.arg(&unfinished);
    binaries::run(initdb)?;
    fs::rename(&unfinished, &done).map_err(failed)?;
    Ok(done)
}
