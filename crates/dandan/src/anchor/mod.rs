//! The anchor: how far this house has come, noted outside the journal.
//!
//! A journal proves that nothing in it was changed, but not that nothing is missing at its end: an old copy of it is sound. The
//! anchor remembers the newest entry of every stream that was durable, so that an old copy isn't served as if nothing had
//! happened.

mod keeper;

use crate::heads::{HeadNote, moment};
use anyhow::{Context, bail};
use journal::{FileReport, Hash, Head, Journal, ReadError, StoredEvent, StreamKey, event_hash};
use ring::digest;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

pub use keeper::{Guard, Keeper};

/// The anchor's name in the data folder, where no other place was given.
pub const FILE: &str = "anchor.json";
const FORMAT: u32 = 1;

/// The anchor's file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    format: u32,
    /// When it was last written, UTC.
    written: String,
    /// How far each stream had come.
    pub streams: Vec<HeadNote>,
    /// When somebody brought an older journal into service, and why. Only grows.
    pub records: Vec<Record>,
    /// SHA-256 over all of the above.
    digest: String,
}

/// An older journal was brought into service.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// When, UTC.
    pub at: String,
    /// How.
    pub what: What,
    /// Why, in the words of whoever did it; of a restore, the backup's file.
    pub reason: String,
    /// What was known to exist.
    pub before: Vec<HeadNote>,
    /// What is served from now on.
    pub after: Vec<HeadNote>,
}

/// How an older journal came into service.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// `dandan restore` made the folder from a backup.
    Restored,
    /// `dandan serve --accept-older-journal`.
    AcceptedOlderJournal,
}

impl Anchor {
    /// The anchor of a folder that a backup was restored into.
    pub fn restored(from: &Path, streams: Vec<HeadNote>, now_ms: i64) -> Anchor {
        let mut anchor = Anchor { streams: streams.clone(), ..Anchor::default() };
        let reason = from.display().to_string();
        anchor.records.push(Record { at: moment(now_ms), what: What::Restored, reason, before: Vec::new(), after: streams });
        anchor
    }

    /// Reads an anchor; nothing if there is none.
    ///
    /// # Errors
    /// If it can't be read, or isn't what was written.
    pub fn read(path: &Path) -> anyhow::Result<Option<Anchor>> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("the anchor {} can't be read", path.display())),
        };
        let damaged = || format!("the anchor {} is damaged", path.display());
        let mut anchor: Anchor = serde_json::from_slice(&text).with_context(damaged)?;
        if anchor.format != FORMAT {
            bail!("the anchor {} has format {}, this program knows {FORMAT}", path.display(), anchor.format);
        }
        let digest = std::mem::take(&mut anchor.digest);
        if digest != anchor.sum()? {
            bail!("{}: it isn't what was written", damaged());
        }
        Ok(Some(anchor))
    }

    /// Puts the anchor in the place of the former one, whole or not at all.
    ///
    /// # Errors
    /// If it can't be written; the former one is still there then.
    pub fn write(&self, path: &Path, now_ms: i64) -> anyhow::Result<()> {
        let failed = || format!("the anchor {} can't be written", path.display());
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let mut anchor = Anchor { format: FORMAT, written: moment(now_ms), digest: String::new(), ..self.clone() };
        anchor.digest = anchor.sum()?;
        let mut file = tempfile::Builder::new().prefix(".anchor-").tempfile_in(folder).with_context(failed)?;
        file.write_all(&serde_json::to_vec_pretty(&anchor)?).with_context(failed)?;
        file.as_file().sync_all().with_context(failed)?;
        file.persist(path).with_context(failed)?;
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(failed)
    }

    /// SHA-256 of the anchor without its digest.
    fn sum(&self) -> anyhow::Result<String> {
        Ok(hex::encode(digest::digest(&digest::SHA256, &serde_json::to_vec(self)?)))
    }

    /// Notes how far streams have come. Whether anything moved.
    pub fn note(&mut self, heads: Vec<HeadNote>) -> bool {
        let mut moved = false;
        for head in heads {
            match self.streams.iter_mut().find(|known| known.store == head.store && known.stream == head.stream) {
                Some(known) if *known == head => {}
                Some(known) => (*known, moved) = (head, true),
                None => {
                    self.streams.push(head);
                    moved = true;
                }
            }
        }
        moved
    }

    /// Holds an open journal against the anchor: every stream that doesn't contain what once was durable.
    ///
    /// # Errors
    /// If the journal can't be read now.
    pub async fn compare(&self, journal: &dyn Journal) -> Result<Vec<Gap>, ReadError> {
        let mut gaps = Vec::new();
        for (known, key) in self.known() {
            let hash = match known.seq.checked_sub(1) {
                Some(before) => journal.read(key, before, 1).await.or_else(damaged)?.first().map(|event| event.hash),
                None => None,
            };
            gaps.extend(Gap::of(known, key, journal.head(key).await?, hash));
        }
        Ok(gaps)
    }

    /// Does the same with a journal's file, which a server may be writing to. The anchor must have been read before the file.
    ///
    /// # Errors
    /// If the file can't be read now.
    pub fn compare_file(&self, file: &Path, report: &FileReport) -> Result<Vec<Gap>, ReadError> {
        let mut gaps = Vec::new();
        for (known, key) in self.known() {
            let head =
                report.streams.iter().find(|stream| stream.key == key).map_or_else(|| Head::empty(key), |found| found.head);
            gaps.extend(Gap::of(known, key, head, event_hash(file, key, known.seq)?));
        }
        Ok(gaps)
    }

    fn known(&self) -> impl Iterator<Item = (&HeadNote, StreamKey)> {
        self.streams.iter().filter_map(|known| Some((known, known.key()?)))
    }
}

/// A damaged entry is another one; only what can't be read now is an error.
fn damaged(error: ReadError) -> Result<Vec<StoredEvent>, ReadError> {
    match error {
        ReadError::Corrupt { .. } => Ok(Vec::new()),
        unavailable @ ReadError::Unavailable(_) => Err(unavailable),
    }
}

/// A stream that doesn't contain what once was durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What the anchor knows.
    pub known: HeadNote,
    /// Where the journal's stream ends.
    pub found: HeadNote,
    /// In what way they differ.
    pub why: Why,
}

/// In what way a journal differs from the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It ends before what the anchor knows.
    Behind,
    /// It is long enough, but its entry there is another.
    Other,
}

impl Gap {
    /// Holds one stream against what is known of it; `hash` is the one of its entry of that number.
    fn of(known: &HeadNote, key: StreamKey, head: Head, hash: Option<Hash>) -> Option<Gap> {
        let why = if head.seq < known.seq || head.epoch < known.epoch {
            Why::Behind
        } else if known.seq > 0 && (hash.is_none() || hash != known.hash()) {
            Why::Other
        } else {
            return None;
        };
        Some(Gap { known: known.clone(), found: HeadNote::new(key, head), why })
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Gap { known, found, why } = self;
        write!(f, "已知 known: {known}; 这里 here: {found} — ")?;
        match (why, known.seq.saturating_sub(found.seq)) {
            (Why::Behind, 0) => write!(f, "旧的副本 an older copy"),
            (Why::Behind, missing) => write!(f, "缺 {missing} 条 {missing} entries missing"),
            (Why::Other, _) => write!(f, "另一段历史 another history"),
        }
    }
}

/// Why a folder is not served, and what can be done, in plain words.
pub fn refusal(folder: &Path, path: &Path, gaps: &[Gap]) -> String {
    let mut text = format!(
        "不营业：{} 里的账本比本店已经到过的地方旧，或者是另一段历史。什么都没有改动。\n\
         Not serving: the journal in {} is older than this house has been, or of another history. Nothing was changed.\n",
        folder.display(),
        folder.display()
    );
    for gap in gaps {
        let _ = writeln!(text, "  {gap}");
    }
    let _ = write!(
        text,
        "锚点 anchor: {}\n\
         怎么办：放错了文件夹，就换回来；有更新的备份，就用 dandan restore 恢复它；\n\
         真的只剩这份，由负责人决定：dandan serve --accept-older-journal \"原因\"，会记进锚点。缺的订单和收款要照纸面和渠道账单补。\n\
         What to do: if this is the wrong folder, serve the right one; if there is a newer backup, dandan restore it;\n\
         if this is all there is, whoever answers for it says so: dandan serve --accept-older-journal \"REASON\". It is recorded in\n\
         the anchor. Missing orders and payments must be made good from paper and from the channels' bills.",
        path.display()
    );
    text
}
