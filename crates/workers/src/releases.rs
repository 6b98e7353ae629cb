//! Puts head office's menus on sale at their time, and again when the store has changed something of them; cut off or not.

use engine::{PublishError, Refused, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// How long it is slept at most: a clock that is put right in between moves the time a menu waits for.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// After a failure: so long, doubled each time up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Puts one restaurant's menus of head office on sale.
#[derive(Debug)]
pub struct Releases {
    store: Store,
}

impl Releases {
    /// For this restaurant; [`Releases::run`] does the work.
    pub fn new(store: Store) -> Arc<Releases> {
        Arc::new(Releases { store })
    }

    /// Works until told to stop. Does nothing where another node decides the catalog.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        if !self.store.decides_catalog() {
            return;
        }
        let mut commits = self.store.catalog_commits();
        let mut failures = 0;
        loop {
            let wait = match self.store.publish_due_release().await {
                Ok(None) => {
                    failures = 0;
                    self.until_next()
                }
                Ok(Some(on_sale)) => {
                    failures = 0;
                    let (version, release) = (on_sale.menu.version, on_sale.release);
                    if on_sale.without_changes.is_empty() {
                        tracing::info!(version, %release, "head office's menu is on sale");
                    } else {
                        let faults = on_sale.without_changes.len();
                        tracing::warn!(version, %release, faults, "head office's menu is on sale without the store's own changes: they don't fit it");
                    }
                    Duration::ZERO
                }
                Err(error) => {
                    failures += 1;
                    tell(&error, failures);
                    pause_after(failures)
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                commit = commits.recv() => {
                    if matches!(commit, Err(RecvError::Closed)) {
                        return;
                    }
                }
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Until the next menu's time, as far as it can be slept through.
    fn until_next(&self) -> Duration {
        let now = self.store.now().at;
        let next = self.store.catalog(|catalog| catalog.head_office.as_ref().and_then(|office| office.next(now)));
        let ms = next.map_or(i64::MAX, |next| next.since_ms(now));
        Duration::from_millis(ms.unsigned_abs()).min(LONGEST_SLEEP)
    }
}

fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(LONGEST_PAUSE)
}

fn tell(error: &PublishError, failures: u32) {
    match error {
        // The state or the clock has moved on since it was looked at, or the journal is busy: nothing a person has to look at yet.
        PublishError::Refused(Refused::Reject(_) | Refused::Busy | Refused::Unavailable | Refused::Unknown) if failures < 3 => {
            tracing::debug!(?error, "head office's menu is not on sale yet");
        }
        PublishError::Faulty(_)
        | PublishError::Journal(_)
        | PublishError::Refused(_)
        | PublishError::Base(_)
        | PublishError::Encode(_) => {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "head office's menu can't be put on sale; the former one stays, and it is tried again"
            );
        }
    }
}
