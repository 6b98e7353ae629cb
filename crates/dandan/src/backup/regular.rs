//! Backups by themselves, again and again, and which of the old ones are kept.

use super::identity::parse_recipient;
use super::make::{self, Made, UNFINISHED};
use super::span;
use crate::heads::{HeadNote, now_ms};
use age::x25519::Recipient;
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use tokio_util::sync::CancellationToken;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// Up to which age one backup of which span is kept, in seconds. Older ones: one a day.
const STEPS: [(u64, u64); 2] = [(2 * HOUR, 1), (2 * DAY, HOUR)];
/// A failed backup is tried again after this long, or after the usual time if that is shorter.
const RETRY: Duration = Duration::from_secs(60);

/// The part of `dandan serve`'s arguments that is about backups.
#[derive(Debug, clap::Args)]
pub struct RegularArgs {
    /// A folder, best on another disk, where the server keeps making backups.
    #[arg(long, requires = "backup_recipient")]
    pub backup_to: Option<PathBuf>,
    /// Who can open them (age1…); may be given again.
    #[arg(long, value_parser = parse_recipient, requires = "backup_to")]
    pub backup_recipient: Vec<Recipient>,
    /// How often: 90s, 15m, 12h.
    #[arg(long, value_parser = span::parse, default_value = "15m")]
    pub backup_every: Duration,
    /// How long they are kept: all of two hours, then one an hour for two days, then one a day.
    #[arg(long, value_parser = span::parse, default_value = "35d")]
    pub backup_keep: Duration,
}

/// Makes backups while the server runs.
#[derive(Debug)]
pub struct Regular {
    data: PathBuf,
    to: PathBuf,
    recipients: Vec<Recipient>,
    every: Duration,
    keep: Duration,
}

impl Regular {
    /// What the arguments ask for; nothing if no folder is given.
    ///
    /// # Errors
    /// If the folder isn't there: better known at the start than when a backup is wanted.
    pub fn new(data: &Path, args: &RegularArgs) -> anyhow::Result<Option<Regular>> {
        let Some(to) = &args.backup_to else { return Ok(None) };
        if !to.is_dir() {
            bail!("the folder for backups, {}, isn't there", to.display());
        }
        Ok(Some(Regular {
            data: data.to_path_buf(),
            to: to.clone(),
            recipients: args.backup_recipient.clone(),
            every: args.backup_every,
            keep: args.backup_keep,
        }))
    }

    /// Makes one now and then again and again, until told to stop. A failure is logged, counted, and tried again.
    pub async fn run(self, stop: CancellationToken) {
        let mut last: Option<Made> = None;
        // Known from the start, so that an alarm can be set on it before the first failure.
        metrics::counter!("dandan_backup_failures_total").increment(0);
        loop {
            let (job, began) = (self.job(), Instant::now());
            let wait = match tokio::task::spawn_blocking(job).await.context("the backup was ended").flatten() {
                Ok(made) => {
                    self.succeeded(&made, last.as_ref(), began.elapsed());
                    last = Some(made);
                    self.every
                }
                Err(error) => {
                    metrics::counter!("dandan_backup_failures_total").increment(1);
                    tracing::error!(error = format!("{error:#}"), "the backup failed; it is tried again");
                    self.every.min(RETRY)
                }
            };
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
        }
    }

    fn job(&self) -> impl FnOnce() -> anyhow::Result<Made> + Send + 'static {
        let (data, to, recipients, keep) = (self.data.clone(), self.to.clone(), self.recipients.clone(), self.keep);
        move || {
            // What isn't a folder would be taken for the name of a new file.
            if !to.is_dir() {
                bail!("the folder for backups, {}, isn't there any more", to.display());
            }
            let made = make::make(&data, &to, &recipients, now_ms())?;
            // A backup was made: what can't be tidied is no reason to call it a failure.
            if let Err(error) = tidy(&to, &made.manifest.streams, keep, SystemTime::now()) {
                tracing::warn!(error = format!("{error:#}"), "old backups can't be removed");
            }
            Ok(made)
        }
    }

    #[allow(clippy::cast_precision_loss)] // Figures for Prometheus.
    fn succeeded(&self, made: &Made, last: Option<&Made>, took: Duration) {
        metrics::gauge!("dandan_backup_last_success_timestamp_seconds").set((made.manifest.made_at_ms / 1000) as f64);
        metrics::gauge!("dandan_backup_bytes").set(made.bytes as f64);
        metrics::gauge!("dandan_backup_duration_seconds").set(took.as_secs_f64());
        let path = made.path.display();
        if last.is_some() {
            tracing::debug!(%path, bytes = made.bytes, "backup made");
        } else {
            tracing::info!(%path, bytes = made.bytes, every_s = self.every.as_secs(), "backup made, and will be again");
        }
    }
}

/// Removes what the rule doesn't keep, and what interrupted backups left. The newest always stays.
fn tidy(folder: &Path, streams: &[HeadNote], keep: Duration, now: SystemTime) -> anyhow::Result<()> {
    let family = make::family(streams);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let age = now.duration_since(entry.metadata()?.modified()?).unwrap_or_default();
        if name.starts_with(UNFINISHED) && age.as_secs() > DAY {
            fs::remove_file(entry.path())?;
        } else if name.starts_with(&family) && name.ends_with(".age") {
            found.push((age, entry.path()));
        }
    }
    found.sort();
    let at = now.duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    for gone in surplus(&found.iter().map(|(age, _)| age.as_secs()).collect::<Vec<_>>(), at, keep) {
        fs::remove_file(&found[gone].1)?;
    }
    Ok(())
}

/// Which of the backups, youngest first by their ages in seconds, are not kept. Of one span the oldest is: spans are cut by the
/// clock, so that the choice stays the same from one time to the next.
fn surplus(ages: &[u64], now: u64, keep: Duration) -> Vec<usize> {
    let mut spans = BTreeSet::new();
    let mut gone = Vec::new();
    // Oldest first: the first of a span stays.
    for (index, age) in ages.iter().enumerate().rev() {
        let step = STEPS.iter().find(|(up_to, _)| age <= up_to).map_or(DAY, |(_, step)| *step);
        let first = spans.insert((step, now.saturating_sub(*age) / step));
        let every_one = step == 1;
        if index > 0 && (*age > keep.as_secs() || !(first || every_one)) {
            gone.push(index);
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_backups_get_fewer_and_the_newest_stays() {
        let keep = Duration::from_secs(35 * DAY);
        // Two months of a backup each quarter of an hour, tidied each time.
        let (mut made, mut most) = (Vec::new(), 0);
        let end = 1_800_000_000 + 60 * DAY;
        for now in (1_800_000_000..end).step_by(900) {
            made.insert(0, now);
            let ages: Vec<u64> = made.iter().map(|at| now - at).collect();
            for gone in surplus(&ages, now, keep) {
                made.remove(gone);
            }
            most = most.max(made.len());
        }
        assert!(most < 8 + 1 + 48 + 1 + 35, "{most} are kept");
        let last = made[0];
        assert!(made[8] == last - 2 * HOUR, "all of the last two hours");
        let gaps: Vec<u64> = made.windows(2).map(|pair| pair[0] - pair[1]).collect();
        assert!(
            gaps.iter().zip(&made).all(|(gap, at)| *gap <= if last - (at - gap) < 2 * DAY { HOUR + 900 } else { DAY + HOUR }),
            "{gaps:?}"
        );
        let oldest = last - made.last().expect("there are some");
        assert!(oldest > 34 * DAY && oldest <= 35 * DAY, "{oldest}");
        assert_eq!(surplus(&[900 * DAY], end, keep), Vec::<usize>::new());
        assert_eq!(surplus(&[900 * DAY, 901 * DAY], end, keep), vec![1]);
    }
}
