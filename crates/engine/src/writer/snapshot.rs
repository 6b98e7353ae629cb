//! Snapshots of a running stream, taken beside its writer.
//!
//! A thread of its own reads the last snapshot and the events after it from the journal, as a restart would, and writes what they
//! lead to. The writer neither copies its state nor waits; what is stored has just been proven to load.

use std::{sync::Arc, thread};

use journal::{Journal, StreamKey};
use tokio::sync::oneshot;

use super::load::{Snapshotted, load};
use crate::machine::Machine;

/// A snapshot of so many bytes takes as long to read back as one event to replay (about 3 µs each): the next one waits until the
/// events behind it would cost as much as itself, so a large state is not written again and again.
const BYTES_PER_EVENT: u64 = 1024;
/// How far behind the rest of the program the thread stands in line for a core.
#[cfg(target_os = "linux")]
const NICER: i32 = 10;

impl Snapshotted {
    /// The event at which the next snapshot is due, at least `every` events later.
    pub(super) fn next(self, every: u64) -> u64 {
        self.seq.saturating_add(every.max(self.bytes / BYTES_PER_EVENT))
    }
}

/// A snapshot that is being taken; what it became, or nothing if it was not stored.
pub(super) type Taking = oneshot::Receiver<Snapshotted>;

/// Starts taking a snapshot of the stream as it is in the journal by now. A failure is logged and harms nobody.
pub(super) fn take<M: Machine>(journal: Arc<dyn Journal>, key: StreamKey) -> Taking {
    let (done, taking) = oneshot::channel();
    let runtime = tokio::runtime::Handle::current();
    let work = move || {
        step_back();
        match runtime.block_on(replay_and_store::<M>(&*journal, key)) {
            // Nobody waits once the writer is gone.
            Ok(stored) => drop(done.send(stored)),
            Err(error) => tracing::warn!(?key, error, "snapshot not stored"),
        }
    };
    if let Err(error) = thread::Builder::new().name("snapshot".to_owned()).spawn(work) {
        tracing::warn!(?key, %error, "no thread for a snapshot");
    }
    taking
}

async fn replay_and_store<M: Machine>(journal: &dyn Journal, key: StreamKey) -> Result<Snapshotted, String> {
    let (loaded, _) = load::<M>(journal, key).await.map_err(|error| error.to_string())?;
    let bytes = serde_json::to_vec(&loaded.state).map_err(|error| error.to_string())?;
    let (seq, hash, length) = (loaded.seq, loaded.chain.hash(), bytes.len() as u64);
    drop(loaded);
    journal.put_snapshot(key, seq, hash, M::SNAPSHOT_VERSION, bytes).await.map_err(|error| error.to_string())?;
    Ok(Snapshotted { seq, bytes: length })
}

/// Lets everybody else go first. Where that is refused, the snapshot is merely less polite.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        // On Linux "this process" is the calling thread alone.
        let now = rustix::process::getpriority_process(None).unwrap_or(0);
        let _ = rustix::process::setpriority_process(None, (now + NICER).min(19));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_state_is_written_more_rarely() {
        assert_eq!(Snapshotted { seq: 7, bytes: 1 << 20 }.next(50_000), 50_007);
        assert_eq!(Snapshotted { seq: 7, bytes: 200 << 20 }.next(50_000), 7 + (200 << 10));
    }
}
