//! Holds the journal against the anchor before it is served, and keeps the anchor up to date while it is.

use super::{Anchor, FILE, Gap, Record, What, refusal};
use crate::heads::{HeadNote, moment, now_ms};
use anyhow::{Context, bail};
use domain::StoreId;
use journal::{Journal, StoreKey, Stream, StreamKey};
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the anchor is brought up to date; what is acknowledged in between and then lost isn't missed.
const EVERY: Duration = Duration::from_secs(5);

/// How a folder is guarded.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// The anchor's place, where it isn't in the data folder.
    pub anchor: Option<PathBuf>,
    /// Why an older journal is to be served all the same.
    pub accept: Option<String>,
}

/// Keeps a house's anchor.
#[derive(Debug)]
pub struct Keeper {
    path: PathBuf,
    store: StoreId,
    journal: Arc<dyn Journal>,
    anchor: Mutex<Anchor>,
}

impl Keeper {
    /// Holds a journal against its anchor, before anything is written to it.
    ///
    /// # Errors
    /// If the journal doesn't hold what the anchor knows and nobody accepted that; if the anchor can't be read.
    pub async fn open(folder: &Path, store: StoreId, journal: Arc<dyn Journal>, guard: &Guard) -> anyhow::Result<Keeper> {
        let path = guard.anchor.clone().unwrap_or_else(|| folder.join(FILE));
        let read = Anchor::read(&path);
        let damaged = read.as_ref().err().map(|error| format!("{error:#}"));
        let anchor = match (read, &guard.accept) {
            (Ok(anchor), _) => anchor,
            (Err(_), Some(_)) => None,
            (Err(error), None) => {
                return Err(error.context(
                    "没有可用的锚点，不知道账本是否完整 | it can't be said whether the journal is whole; \
                     if it is, serve it once with --accept-older-journal \"REASON\"",
                ));
            }
        };
        let known = anchor.is_some();
        let keeper = Keeper { path, store, journal, anchor: Mutex::new(anchor.unwrap_or_default()) };
        let gaps = keeper.anchor().compare(&*keeper.journal).await?;
        match &guard.accept {
            None if gaps.is_empty() => {}
            None => bail!(refusal(folder, &keeper.path, &gaps)),
            Some(reason) if damaged.is_some() || !gaps.is_empty() => keeper.accept(reason, &gaps, damaged.as_deref()).await?,
            Some(_) => tracing::warn!("nothing had to be accepted: the journal is not older than the anchor; drop the option"),
        }
        if !known && damaged.is_none() && keeper.heads().await?.iter().any(|head| head.seq > 0) {
            tracing::warn!(
                anchor = %keeper.path.display(),
                "there is no anchor yet to hold the journal against; from now on there is one"
            );
        }
        Ok(keeper)
    }

    /// Records that somebody takes the journal as it is, and sets its epochs above all that the lost history had.
    async fn accept(&self, reason: &str, gaps: &[Gap], damaged: Option<&str>) -> anyhow::Result<()> {
        let reason = reason.trim();
        if reason.is_empty() {
            bail!("--accept-older-journal needs a reason");
        }
        let mut anchor = self.anchor();
        if anchor.records.iter().any(|record| record.what == What::AcceptedOlderJournal && record.reason == reason) {
            bail!("an older journal was accepted for this very reason before; an option left in a start script accepts nothing");
        }
        for gap in gaps {
            let Some(key) = gap.known.key() else { continue };
            // Two histories must not share an epoch: the writer takes the next one.
            while self.journal.take_over(key).await? < gap.known.epoch {}
        }
        let before = gaps.iter().map(|gap| gap.known.clone()).collect();
        let after: Vec<HeadNote> = gaps.iter().map(|gap| gap.found.clone()).collect();
        let words = damaged.map_or_else(|| reason.to_owned(), |damaged| format!("{reason} ({damaged})"));
        tracing::warn!(reason, before = ?before, after = ?after, "an older journal is served because somebody said so");
        let at = moment(now_ms());
        anchor.records.push(Record { at, what: What::AcceptedOlderJournal, reason: words, before, after });
        let mut now = Vec::with_capacity(gaps.len());
        for gap in gaps {
            let Some(key) = gap.known.key() else { continue };
            now.push(HeadNote::new(key, self.journal.head(key).await?));
        }
        anchor.note(now);
        self.put(anchor).await
    }

    /// Brings the anchor up to date with what is durable. Costs three small reads, and one small file if anything moved.
    ///
    /// # Errors
    /// If the journal can't be read or the anchor can't be written.
    pub async fn note(&self) -> anyhow::Result<()> {
        let heads = self.heads().await?;
        let mut anchor = self.anchor();
        if anchor.note(heads) {
            self.put(anchor).await?;
        }
        Ok(())
    }

    /// Brings the anchor up to date for the last time; what fails is only logged, as there is nobody to hand it to.
    pub async fn note_last(&self) {
        if let Err(error) = self.note().await {
            tracing::error!(error = format!("{error:#}"), "the anchor is behind");
        }
    }

    /// Keeps the anchor up to date until told to stop.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        metrics::counter!("dandan_anchor_failures_total").increment(0);
        let mut beat = tokio::time::interval(EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(beat.tick()).await.is_some() {
            if let Err(error) = self.note().await {
                metrics::counter!("dandan_anchor_failures_total").increment(1);
                tracing::error!(error = format!("{error:#}"), "the anchor is behind");
            }
        }
    }

    async fn heads(&self) -> anyhow::Result<Vec<HeadNote>> {
        let mut heads = Vec::with_capacity(Stream::ALL.len());
        for stream in Stream::ALL {
            let key = StreamKey::new(StoreKey(self.store.0), stream);
            heads.push(HeadNote::new(key, self.journal.head(key).await?));
        }
        Ok(heads)
    }

    fn anchor(&self) -> Anchor {
        self.anchor.lock().clone()
    }

    async fn put(&self, anchor: Anchor) -> anyhow::Result<()> {
        let (path, written) = (self.path.clone(), anchor.clone());
        tokio::task::spawn_blocking(move || written.write(&path, now_ms())).await.context("the anchor's writer was ended")??;
        *self.anchor.lock() = anchor;
        Ok(())
    }
}
