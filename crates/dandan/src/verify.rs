//! `dandan verify`: says whether a restaurant's journal, or a backup of it, is what was written.

use crate::anchor::{self, Anchor};
use crate::backup::{describe, open_checked, read_identities};
use crate::heads::{HeadNote, moment};
use anyhow::bail;
use domain::StoreId;
use journal::{DATABASE, FileReport, StoreKey, check_file};
use std::path::{Path, PathBuf};

/// Arguments of `dandan verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The restaurant's data folder; a server may be running on it.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    data: PathBuf,
    /// Which restaurant must be in it; all that are in it are checked.
    #[arg(long, env = "DANDAN_STORE")]
    store: Option<StoreId>,
    /// Where the anchor is kept, if not in the data folder.
    #[arg(long, env = "DANDAN_ANCHOR")]
    anchor: Option<PathBuf>,
    /// Checks this backup instead, without restoring it.
    #[arg(long, requires = "identity", conflicts_with = "anchor")]
    backup: Option<PathBuf>,
    /// The key file that opens the backup.
    #[arg(long, requires = "backup")]
    identity: Option<PathBuf>,
}

/// Runs the command; fails if anything is not as it was written.
pub async fn run(args: Args) -> anyhow::Result<()> {
    if let (Some(backup), Some(identity)) = (args.backup.clone(), args.identity.clone()) {
        return tokio::task::spawn_blocking(move || verify_backup(&backup, &identity)).await?;
    }
    tokio::task::spawn_blocking(move || verify_folder(&args)).await?
}

fn verify_folder(args: &Args) -> anyhow::Result<()> {
    let file = args.data.join(DATABASE);
    if !file.exists() {
        bail!("there is no journal in {}", args.data.display());
    }
    // Before the file: a server may be writing both.
    let anchor = Anchor::read(&args.anchor.clone().unwrap_or_else(|| args.data.join(anchor::FILE)))?;
    let report = check_file(&file)?;
    print(&report);
    if !report.damage.is_empty() {
        bail!("the journal is damaged; stop the server and restore a backup");
    }
    if let Some(store) = args.store
        && !report.streams.iter().any(|stream| stream.key.store == StoreKey(store.0))
    {
        bail!("the journal holds nothing of the restaurant {store}");
    }
    let Some(anchor) = anchor else {
        println!("no anchor: whether its end is missing can't be said");
        return Ok(());
    };
    for record in &anchor.records {
        println!("{:?} on {}: {}", record.what, record.at, record.reason);
    }
    let gaps = anchor.compare_file(&file, &report)?;
    for gap in &gaps {
        println!("{gap}");
    }
    if !gaps.is_empty() {
        bail!("the journal is sound, but older than this house has been, or of another history");
    }
    println!("nothing the anchor knows is missing");
    Ok(())
}

fn verify_backup(backup: &Path, identity: &Path) -> anyhow::Result<()> {
    let (manifest, _) = open_checked(backup, &read_identities(identity)?, &std::env::temp_dir())?;
    println!("{} is whole", backup.display());
    describe(&manifest);
    Ok(())
}

fn print(report: &FileReport) {
    for stream in &report.streams {
        let newest = stream.newest_ms.map_or_else(String::new, |at_ms| format!(", newest of {}", moment(at_ms)));
        let head = HeadNote::new(stream.key, stream.head);
        println!("{} {head}: {} entries follow one from the other{newest}", head.store, stream.checked);
    }
    println!("{} recorded answers and {} blobs are what was written", report.commands, report.blobs);
    for damage in &report.damage {
        println!("damaged: {damage}");
    }
}
