//! Opens a backup and proves that its journal is whole, without bringing it into service.

use super::envelope::{self, Manifest};
use crate::heads::HeadNote;
use age::x25519::Identity;
use anyhow::{Context, bail};
use journal::check_file;
use std::path::Path;
use tempfile::NamedTempFile;

/// Opens a backup into a new file in `folder` that only its owner can read, and checks all of it.
///
/// # Errors
/// In words what is wrong with it. Nothing is left behind.
pub fn open_checked(from: &Path, identities: &[Identity], folder: &Path) -> anyhow::Result<(Manifest, NamedTempFile)> {
    let mut file = tempfile::Builder::new().prefix(".restoring-").tempfile_in(folder).context("no room for the journal")?;
    let manifest = envelope::open(from, identities, file.as_file_mut())?;
    file.as_file().sync_all()?;
    let report = check_file(file.path())?;
    if !report.damage.is_empty() {
        bail!("{} holds a damaged journal: {}", from.display(), report.damage.join("; "));
    }
    if HeadNote::of_file(&report.streams) != manifest.streams {
        bail!("{}: its journal doesn't end where its manifest says", from.display());
    }
    Ok((manifest, file))
}
