//! Makes one backup: a copy of one moment of the journal, checked, sealed, and only then given its name.

use super::envelope::{self, Manifest};
use crate::heads::{HeadNote, moment};
use age::x25519::Recipient;
use anyhow::{Context, bail};
use journal::{DATABASE, check_file, copy_file};
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What a copy in the data folder is called while it is checked and sealed.
const COPY: &str = ".backup-copy-";
/// What a backup is called before it is whole.
pub const UNFINISHED: &str = ".dandan-unfinished-";
/// Held while a backup of a folder is being made.
const LOCK: &str = "backup.lock";

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// Makes a backup of a data folder, whether a server runs on it or not. `to` is a new file, or a folder in which it gets a name.
///
/// # Errors
/// If the journal can't be read or is damaged, or the backup can't be written. Nothing is left behind.
pub fn make(data: &Path, to: &Path, recipients: &[Recipient], now_ms: i64) -> anyhow::Result<Made> {
    let journal = data.join(DATABASE);
    if !journal.exists() {
        bail!("there is no journal in {}", data.display());
    }
    let _alone = alone(data)?;
    let mut copy = tempfile::Builder::new().prefix(COPY).tempfile_in(data).context("no room for a copy in the data folder")?;
    copy_file(&journal, copy.path())?;
    let manifest = manifest(&mut copy, now_ms)?;
    let path = if to.is_dir() { to.join(file_name(&manifest)) } else { to.to_path_buf() };
    if path.exists() {
        bail!("{} exists already; a backup overwrites nothing", path.display());
    }
    let bytes = write(&path, recipients, &manifest, copy.as_file_mut())?;
    Ok(Made { path, bytes, manifest })
}

/// One backup of a folder at a time; what an interrupted one has left is removed.
fn alone(data: &Path) -> anyhow::Result<File> {
    let lock = File::create(data.join(LOCK)).context("the data folder can't be written to")?;
    if lock.try_lock().is_err() {
        bail!("another backup of {} is being made", data.display());
    }
    for entry in fs::read_dir(data)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(COPY) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(lock)
}

/// Checks the copy and describes it.
fn manifest(copy: &mut NamedTempFile, now_ms: i64) -> anyhow::Result<Manifest> {
    let report = check_file(copy.path())?;
    if !report.damage.is_empty() {
        bail!("the journal is damaged, so no backup was made of it; restore an earlier one: {}", report.damage.join("; "));
    }
    let (bytes, sha256) = envelope::digest_of(copy)?;
    copy.rewind()?;
    Ok(Manifest {
        format: envelope::FORMAT,
        made_by: concat!("dandan ", env!("CARGO_PKG_VERSION")).to_owned(),
        made_at_ms: now_ms,
        journal_format: report.format,
        streams: HeadNote::of_file(&report.streams),
        newest_ms: report.streams.iter().filter_map(|stream| stream.newest_ms).max(),
        bytes,
        sha256,
    })
}

fn write(path: &Path, recipients: &[Recipient], manifest: &Manifest, copy: &mut File) -> anyhow::Result<u64> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let failed = || format!("{} can't be written", path.display());
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).with_context(failed)?;
    envelope::seal(file.as_file_mut(), recipients, manifest, copy).with_context(failed)?;
    file.flush()?;
    file.as_file().sync_all().with_context(failed)?;
    let bytes = file.as_file().metadata()?.len();
    file.persist_noclobber(path).with_context(failed)?;
    File::open(folder)?.sync_all().with_context(failed)?;
    Ok(bytes)
}

/// `dandan-<end of the store's id>-<when>.age`: names sort by time.
fn file_name(manifest: &Manifest) -> String {
    let at = moment(manifest.made_at_ms).replace(['-', ':'], "").replace(" UTC", "Z").replace(' ', "T");
    format!("{}{at}.age", family(&manifest.streams))
}

/// How the names of a journal's backups begin.
pub fn family(streams: &[HeadNote]) -> String {
    let store = streams.first().map_or("00000000", |head| head.store.get(24..).unwrap_or("00000000"));
    format!("dandan-{store}-")
}
