//! `dandan restore`: a backup becomes a data folder again.

use crate::anchor::{self, Anchor};
use crate::backup::{describe, open_checked, read_identities};
use crate::heads::now_ms;
use anyhow::{Context, bail};
use journal::DATABASE;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Arguments of `dandan restore`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The backup.
    #[arg(long)]
    from: PathBuf,
    /// The key file that opens it, from where it is kept.
    #[arg(long)]
    identity: PathBuf,
    /// The new data folder: not there yet, or empty. Nothing is ever overwritten.
    #[arg(long)]
    data: PathBuf,
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    tokio::task::spawn_blocking(move || restore(&args)).await?
}

fn restore(args: &Args) -> anyhow::Result<()> {
    let (data, identities) = (&args.data, read_identities(&args.identity)?);
    let made = make_folder(data)?;
    let restored = fill(args, &identities);
    if restored.is_err() && made {
        // It was made for this; what went wrong is told either way.
        let _ = fs::remove_dir(data);
    }
    restored
}

/// Makes the folder, or finds it empty. Whether it was made.
fn make_folder(data: &Path) -> anyhow::Result<bool> {
    if data.exists() {
        let mut entries = fs::read_dir(data).with_context(|| format!("{} is no folder", data.display()))?;
        if entries.next().is_some() {
            bail!("{} is not empty; a restore goes into a new folder and overwrites nothing", data.display());
        }
        return Ok(false);
    }
    fs::create_dir_all(data).with_context(|| format!("{} can't be made", data.display()))?;
    Ok(true)
}

/// Opens and checks the backup beside its place, and gives the journal its name last.
fn fill(args: &Args, identities: &[age::x25519::Identity]) -> anyhow::Result<()> {
    let (data, now) = (&args.data, now_ms());
    let (manifest, file) = open_checked(&args.from, identities, data)?;
    let anchor = data.join(anchor::FILE);
    Anchor::restored(&args.from, manifest.streams.clone(), now).write(&anchor, now)?;
    let placed = file.persist_noclobber(data.join(DATABASE)).context("the journal can't be put in its place");
    if placed.is_err() {
        let _ = fs::remove_file(&anchor);
    }
    placed?;
    File::open(data).and_then(|folder| folder.sync_all()).with_context(|| format!("{} can't be made durable", data.display()))?;
    println!("restored into {}", data.display());
    describe(&manifest);
    if let Some(newest) = manifest.newest_ms {
        println!("  that was {} ago; nothing after it is in this journal", span((now - newest) / 1000));
    }
    println!("keys.toml isn't in a backup: put the kept copy into {} before serving it,", data.display());
    println!("or the codes on the tables and everybody's PIN must be made anew.");
    Ok(())
}

/// Seconds in words.
fn span(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    if days > 0 { format!("{days} d {hours} h") } else { format!("{hours} h {minutes} min {} s", seconds % 60) }
}
