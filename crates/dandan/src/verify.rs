//! `dandan verify`: walks the hash chain of every stream of a restaurant.

use anyhow::bail;
use domain::StoreId;
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use std::path::PathBuf;

/// Arguments of `dandan verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The restaurant's data folder; the server must not be running on it.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    data: PathBuf,
    /// Which restaurant.
    #[arg(long, env = "DANDAN_STORE", default_value = "00000000000000000000000000da2da2")]
    store: StoreId,
}

/// Runs the command; fails if any entry is not as it was written.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let journal = SqliteJournal::open(&args.data)?;
    let mut broken = false;
    for stream in Stream::ALL {
        let report = journal.verify(StreamKey::new(StoreKey(args.store.0), stream), 0).await?;
        match &report.broken {
            None => println!("{:<8} {} entries, chain intact up to {:?}", stream.name(), report.checked, report.head),
            Some(broken) => println!("{:<8} damaged at entry {}: {}", stream.name(), broken.seq, broken.why),
        }
        broken |= report.broken.is_some();
    }
    if broken {
        bail!("a journal is damaged; restore it from a backup");
    }
    Ok(())
}
