//! A copy of a stream whose home is elsewhere: it follows the journal that the home's events arrive in, shows the same state and the same
//! commits as the home does, and sends every command home.
//!
//! Whoever was told "done" must find it done here too: an answer waits until the copy has come as far as the home was.

use super::load::{self, Loaded, StartError};
use super::{Handle, Message, Pending, Shared, SubmitError, WriterOptions};
use crate::machine::{Machine, Outcome};
use crate::relay::{Relay, Relayed};
use journal::{Journal, READ_CHUNK, StreamKey};
use parking_lot::RwLock;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};

/// How often a copy looks whether something is new when nobody tells it.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long an answer waits for the copy to come as far as the home was.
const CATCH_UP: Duration = Duration::from_secs(6);
/// How often it looks meanwhile.
const LOOK_SOON: Duration = Duration::from_millis(20);

/// Everything a copy is connected to.
pub struct CopyWiring {
    /// Where the home's events arrive.
    pub journal: Arc<dyn Journal>,
    /// Which stream.
    pub key: StreamKey,
    /// The way to its home.
    pub relay: Arc<dyn Relay>,
    /// Sizes.
    pub options: WriterOptions,
}

impl fmt::Debug for CopyWiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyWiring").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Loads a copy's state and starts following. Nothing is taken over, nothing is ever written.
///
/// # Errors
/// See [`StartError`].
pub async fn follow<M: Machine>(wiring: CopyWiring) -> Result<Handle<M>, StartError> {
    let (loaded, _) = load::load::<M>(&*wiring.journal, wiring.key).await?;
    tracing::info!(key = ?wiring.key, seq = loaded.seq, "copy loaded");
    let (queue, inbox) = mpsc::channel(wiring.options.queue.max(1));
    let (feed, _) = broadcast::channel(wiring.options.feed.max(1));
    let (finish, finished) = watch::channel(false);
    let ahead = loaded.clone();
    let shared = Arc::new(Shared { committed: RwLock::new(loaded), feed });
    let handle =
        Handle { shared: shared.clone(), journal: wiring.journal.clone(), key: wiring.key, queue: queue.clone(), finished };
    let copy = Copy { wiring, shared, ahead, queue: queue.downgrade() };
    tokio::spawn(async move {
        copy.run(inbox).await;
        let _ = finish.send(true);
    });
    Ok(handle)
}

struct Copy<M: Machine> {
    wiring: CopyWiring,
    shared: Arc<Shared<M>>,
    /// The committed state, or the events read after it: an event that can't be read must not leave half of itself in what is shown.
    ahead: Loaded<M>,
    queue: mpsc::WeakSender<Message<M>>,
}

impl<M: Machine> Copy<M> {
    async fn run(mut self, mut inbox: mpsc::Receiver<Message<M>>) {
        loop {
            match tokio::time::timeout(LOOK_EVERY, inbox.recv()).await {
                Ok(None) => break,
                Ok(Some(Message::Submit(pending))) => self.send_home(pending),
                Ok(Some(Message::Stop)) => inbox.close(),
                Ok(Some(Message::Look)) | Err(_) => {
                    if let Err(error) = self.look().await {
                        let key = self.wiring.key;
                        if !matches!(error, StartError::Read(journal::ReadError::Unavailable(_))) {
                            tracing::error!(?key, %error, "the copy cannot follow its home any more");
                            break;
                        }
                        tracing::warn!(?key, %error, "the journal cannot be read now");
                    }
                }
            }
        }
    }

    /// Takes in and publishes what has arrived.
    async fn look(&mut self) -> Result<(), StartError> {
        loop {
            let stored = self.wiring.journal.read(self.wiring.key, self.ahead.seq, READ_CHUNK).await?;
            if stored.is_empty() {
                return Ok(());
            }
            for group in stored.chunk_by(|a, b| a.at_ms == b.at_ms) {
                let events = self.ahead.replay(group)?;
                let mut committed = self.shared.committed.write();
                for (event, stored) in events.iter().zip(group) {
                    M::apply(&mut committed.state, &event.event, stored.at_ms, stored.seq);
                }
                (committed.seq, committed.chain) = (self.ahead.seq, self.ahead.chain);
                self.shared.publish(group[0].at_ms, events);
            }
        }
    }

    fn send_home(&self, pending: Pending<M>) {
        let (relay, key) = (self.wiring.relay.clone(), self.wiring.key);
        let (shared, queue) = (self.shared.clone(), self.queue.clone());
        tokio::spawn(async move {
            let answer = ask::<M>(&*relay, key, &pending, &shared, &queue).await;
            pending.answer(answer);
        });
    }
}

async fn ask<M: Machine>(
    relay: &dyn Relay,
    key: StreamKey,
    pending: &Pending<M>,
    shared: &Shared<M>,
    queue: &mpsc::WeakSender<Message<M>>,
) -> Result<Outcome<M>, SubmitError> {
    let submit = &pending.submit;
    let command = serde_json::to_vec(&submit.command).map_err(|_| SubmitError::Internal)?;
    let relayed = Relayed { id: submit.id, fingerprint: submit.fingerprint, by: submit.by.clone(), command };
    let answered = relay.relay(key, relayed).await?;
    let outcome: Outcome<M> = serde_json::from_slice(&answered.outcome).map_err(|error| {
        tracing::error!(?key, command = %submit.id, %error, "the home's answer cannot be read");
        SubmitError::Internal
    })?;
    let here = tokio::time::timeout(CATCH_UP, async {
        while shared.committed.read().seq < answered.seq {
            match queue.upgrade() {
                Some(queue) => drop(queue.try_send(Message::Look)),
                None => return,
            }
            tokio::time::sleep(LOOK_SOON).await;
        }
    });
    // Done at home and not to be seen here yet: the answer can't be shown to be true.
    here.await.map_err(|_| SubmitError::Unknown)?;
    Ok(outcome)
}
