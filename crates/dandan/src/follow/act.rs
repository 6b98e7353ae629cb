//! What a person decided about a box: written down beside its journal, line by line, before it is done.

use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// One JSON line for each act.
const FILE: &str = "acts.jsonl";

/// Writes an act down durably.
pub fn write_down(folder: &Path, what: &str, by: &str, why: &str, about: &str) -> anyhow::Result<()> {
    let at_ms = engine::Clock::now_ms(&engine::SystemClock::new("UTC")?);
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join(FILE))?;
    writeln!(file, "{}", json!({ "at_ms": at_ms, "what": what, "by": by, "why": why, "about": about }))?;
    file.sync_all()?;
    Ok(())
}

/// Writes a small file durably, whole or not at all, for its owner alone.
pub fn keep_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
