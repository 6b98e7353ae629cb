//! `dandan cloud rescue`: a box is lost, and a new one takes its place with everything the cloud has of its journal.

use super::book::{Book, key};
use crate::replica::{self, Menus};
use anyhow::{Context, ensure};
use domain::StoreId;
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use std::path::Path;
use std::sync::Arc;

const DISMISS: &str = "UPDATE cloud_box SET public_key = '' WHERE store_id = $1";

/// Who wants it, and why.
#[derive(Debug)]
pub struct Reason<'a> {
    pub by: &'a str,
    pub why: &'a str,
    pub at_ms: i64,
}

/// Writes the store's journal into a new data folder. The old box is let in no more, and should it trade on alone, nothing of it is
/// merged: the new one's epoch is above everything the old one wrote. Returns how many events were carried.
pub async fn rescue(
    journal: &Arc<dyn Journal>,
    book: &Book,
    store: StoreId,
    folder: &Path,
    reason: &Reason<'_>,
) -> anyhow::Result<u64> {
    ensure!(book.box_of(store).await?.is_some(), "the cloud knows of no box of this store");
    ensure!(!reason.by.trim().is_empty() && !reason.why.trim().is_empty(), "say who wants it, and why");
    let what = serde_json::json!({ "rescued_to": folder.display().to_string(), "why": reason.why }).to_string();
    // First: what is done must never stand without who did it.
    book.write_down(store, reason.at_ms, reason.by, "rescue", &what).await?;
    book.rows(DISMISS, &[&key(store)]).await?;
    std::fs::create_dir_all(folder).with_context(|| format!("the folder {} can't be made", folder.display()))?;
    let target = SqliteJournal::open(folder)?;
    let mut events = 0;
    for stream in Stream::ALL {
        let key = StreamKey::new(StoreKey(store.0), stream);
        // Fences the copy: a parcel of the old box that is still on its way is refused.
        let epoch = journal.take_over(key).await?;
        events += link::carry(journal, &target, key, &Menus).await?.seq;
        replica::rise_above(&target, key, epoch).await?;
    }
    Ok(events)
}
