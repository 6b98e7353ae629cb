//! The single writer of a stream.
//!
//! Commands wait in a bounded queue. The writer takes all that wait, decides them one after another on its working state, appends
//! their events in one transaction, and only then lets anybody see or hear of them. While one group is being written the next
//! one gathers; that is what makes safety cheap.
//!
//! When the journal says *unknown*, the writer first takes a new epoch. That fences off its own lost append: from then on the group
//! is in the journal or never will be, and looking each command up tells which. Nobody is told "no" before that.

mod commit;
mod copy;
mod load;
mod recent;
mod snapshot;

use std::{fmt, sync::Arc, time::Duration};

use journal::{CommandId, Hash, Journal, ReadError, StreamKey};
use parking_lot::RwLock;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::{
    clock::{Clock, IdSource},
    hand::Written,
    machine::{Machine, Outcome},
    relay::{Answered, Relayed},
};
use commit::Writer;
use load::Loaded;

pub use copy::{CopyWiring, follow};
pub use load::StartError;

/// A command on its way in.
#[derive(Clone, Debug)]
pub struct Submit<C> {
    /// The id its sender gave it before sending it for the first time.
    pub id: CommandId,
    /// SHA-256 of its content.
    pub fingerprint: Hash,
    /// What is asked.
    pub command: C,
    /// Who asks; nobody: the house itself. Written into every event it leads to.
    pub by: Option<Written>,
}

/// Why a command got no outcome. A refusal by the house is an outcome, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The id belongs to another command. Nothing was done.
    #[error("this id was used for another command")]
    KeyReused,
    /// Too many commands wait. Nothing was done; retry with the same id.
    #[error("too many commands are waiting")]
    Busy,
    /// The journal cannot write now. Nothing was done; retry with the same id.
    #[error("the journal cannot be written now")]
    Unavailable,
    /// It may have been done. Ask again with the same id before doing anything else.
    #[error("the outcome is not known yet")]
    Unknown,
    /// The writer has stopped, or the stream has moved to another home. Nothing was done.
    #[error("the writer has stopped")]
    Stopped,
    /// A bug: the rules panicked. Nothing was done and the state is sound.
    #[error("internal error")]
    Internal,
}

/// Sizes. The defaults suit a restaurant as well as a busy cloud stream.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// How many commands may wait; more are told `Busy`.
    pub queue: usize,
    /// How many commands share a transaction at most.
    pub group: usize,
    /// How many answered commands are remembered in memory. Older ones are looked up in the journal.
    pub recent: usize,
    /// How many commits a slow subscriber may lag behind before it has to read the journal.
    pub feed: usize,
    /// How many events lie between snapshots at least; 0 for none. A large state is written more rarely.
    pub snapshot_every: u64,
    /// How often a writer with nothing to write looks whether the stream still is its own.
    pub ask_whether_ours: Duration,
}

impl Default for WriterOptions {
    fn default() -> WriterOptions {
        WriterOptions {
            queue: 4096,
            group: 256,
            recent: 16_384,
            feed: 1024,
            snapshot_every: 50_000,
            ask_whether_ours: Duration::from_secs(2),
        }
    }
}

/// Everything a writer is connected to.
pub struct Wiring<M: Machine> {
    /// Where the stream is kept.
    pub journal: Arc<dyn Journal>,
    /// Which stream.
    pub key: StreamKey,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where fresh ids come from.
    pub ids: Arc<dyn IdSource>,
    /// What decisions may look at; asked once per group.
    pub neighbours: Arc<dyn Fn() -> M::Neighbours + Send + Sync>,
    /// Sizes.
    pub options: WriterOptions,
}

impl<M: Machine> fmt::Debug for Wiring<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wiring").field("journal", &self.journal).field("key", &self.key).finish_non_exhaustive()
    }
}

/// One durable transaction of a stream.
#[derive(Clone, Debug)]
pub struct Commit<E> {
    /// Its first event.
    pub first_seq: u64,
    /// Its last event.
    pub last_seq: u64,
    /// When, in UTC milliseconds.
    pub at_ms: i64,
    /// Its events, in order; at least one.
    pub events: Vec<CommittedEvent<E>>,
}

/// A durable event.
#[derive(Clone, Debug)]
pub struct CommittedEvent<E> {
    /// Its number in the stream.
    pub seq: u64,
    /// The command it belongs to.
    pub command: CommandId,
    /// What happened.
    pub event: E,
}

/// What the writer and its handles share: the committed state, and who listens.
struct Shared<M: Machine> {
    committed: RwLock<Loaded<M>>,
    feed: broadcast::Sender<Arc<Commit<M::Event>>>,
}

impl<M: Machine> Shared<M> {
    /// Called with the committed state locked, so that whoever reads and subscribes misses nothing.
    fn publish(&self, at_ms: i64, events: Vec<CommittedEvent<M::Event>>) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        let commit = Commit { first_seq: first.seq, last_seq: last.seq, at_ms, events };
        // Nobody listening is fine.
        let _ = self.feed.send(Arc::new(commit));
    }
}

enum Message<M: Machine> {
    Submit(Pending<M>),
    /// A copy looks what is new; a home knows.
    Look,
    Stop,
}

/// A command that waits for its outcome.
struct Pending<M: Machine> {
    submit: Submit<M::Command>,
    reply: oneshot::Sender<Result<Outcome<M>, SubmitError>>,
}

impl<M: Machine> Pending<M> {
    /// Whoever asked may be gone; the journal has it all the same.
    fn answer(self, answer: Result<Outcome<M>, SubmitError>) {
        let _ = self.reply.send(answer);
    }
}

/// Takes the stream over, loads its state, and starts its writer on the current runtime.
///
/// # Errors
/// See [`StartError`].
pub async fn start<M: Machine>(wiring: Wiring<M>) -> Result<Handle<M>, StartError> {
    let epoch = wiring.journal.take_over(wiring.key).await?;
    let (loaded, snapshotted) = load::load::<M>(&*wiring.journal, wiring.key).await?;
    tracing::info!(key = ?wiring.key, seq = loaded.seq, epoch, "stream loaded");

    let (queue, inbox) = mpsc::channel(wiring.options.queue.max(1));
    let (feed, _) = broadcast::channel(wiring.options.feed.max(1));
    let (finish, finished) = watch::channel(false);
    let working = loaded.state.clone();
    let shared = Arc::new(Shared { committed: RwLock::new(loaded), feed });
    let handle = Handle { shared: shared.clone(), journal: wiring.journal.clone(), key: wiring.key, queue, finished };
    let writer = Writer::new(wiring, shared, working, epoch, snapshotted);
    tokio::spawn(async move {
        writer.run(inbox).await;
        let _ = finish.send(true);
    });
    Ok(handle)
}

/// The way to a stream: submit commands, read committed state, follow commits. Cheap to clone.
pub struct Handle<M: Machine> {
    shared: Arc<Shared<M>>,
    journal: Arc<dyn Journal>,
    key: StreamKey,
    queue: mpsc::Sender<Message<M>>,
    finished: watch::Receiver<bool>,
}

impl<M: Machine> Handle<M> {
    /// Submits a command and waits for its durable outcome. The same id and content get the first outcome again.
    ///
    /// # Errors
    /// See [`SubmitError`]: all but `Unknown` mean that nothing was done.
    pub async fn submit(&self, submit: Submit<M::Command>) -> Result<Outcome<M>, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Submit(Pending { submit, reply });
        self.queue.try_send(message).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
        })?;
        // A writer that died with the command in its hands may have written it.
        answer.await.unwrap_or(Err(SubmitError::Unknown))
    }

    /// Looks at the committed state. Keep it short: commits wait meanwhile.
    pub fn read<R>(&self, look: impl FnOnce(&M::State) -> R) -> R {
        look(&self.shared.committed.read().state)
    }

    /// Looks at the committed state together with the last event it contains.
    pub fn read_at<R>(&self, look: impl FnOnce(&M::State, u64) -> R) -> R {
        let committed = self.shared.committed.read();
        look(&committed.state, committed.seq)
    }

    /// Follows the commits after now. A lagging receiver reads the journal to catch up.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Commit<M::Event>>> {
        self.shared.feed.subscribe()
    }

    /// Looks at the committed state and follows exactly the commits after it: none missed, none twice.
    pub fn read_and_subscribe<R>(
        &self,
        look: impl FnOnce(&M::State, u64) -> R,
    ) -> (R, broadcast::Receiver<Arc<Commit<M::Event>>>) {
        // Commits are published with the state locked for writing.
        let committed = self.shared.committed.read();
        (look(&committed.state, committed.seq), self.shared.feed.subscribe())
    }

    /// The last committed event's number.
    pub fn head_seq(&self) -> u64 {
        self.shared.committed.read().seq
    }

    /// The stream.
    pub fn key(&self) -> StreamKey {
        self.key
    }

    /// The journal the stream is kept in.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// Looks up what a command was answered, however long ago; with its fingerprint. For whoever was told `Unknown`.
    ///
    /// # Errors
    /// If the journal cannot be read, or the recorded answer no longer makes sense.
    pub async fn outcome_of(&self, id: CommandId) -> Result<Option<(Hash, Outcome<M>)>, ReadError> {
        let Some(stored) = self.journal.command(self.key, id).await? else { return Ok(None) };
        let outcome = commit::recorded::<M>(&stored).map_err(|error| ReadError::Corrupt { seq: 0, why: error.to_string() })?;
        Ok(Some((stored.fingerprint, outcome)))
    }

    /// Carries out a command that came from elsewhere, and answers as it is recorded.
    ///
    /// # Errors
    /// As for [`Handle::submit`]; `Internal` if this program can't read the command.
    pub async fn submit_relayed(&self, relayed: Relayed) -> Result<Answered, SubmitError> {
        let command = serde_json::from_slice(&relayed.command).map_err(|error| {
            tracing::error!(key = ?self.key, command = %relayed.id, %error, "a relayed command cannot be read");
            SubmitError::Internal
        })?;
        let submit = Submit { id: relayed.id, fingerprint: relayed.fingerprint, command, by: relayed.by };
        let outcome = self.submit(submit).await?;
        let outcome = serde_json::to_vec(&outcome).map_err(|_| SubmitError::Internal)?;
        Ok(Answered { outcome, seq: self.head_seq() })
    }

    /// Tells a copy that something new has arrived in its journal.
    pub fn look(&self) {
        // A full queue is being worked on, and what follows it looks too.
        let _ = self.queue.try_send(Message::Look);
    }

    /// Stops the writer: what already waits is served, the state is snapshot, further commands are told `Stopped`.
    pub async fn stop(&self) {
        let _ = self.queue.send(Message::Stop).await;
        let mut finished = self.finished.clone();
        // An error means the writer is gone: as stopped as can be.
        let _ = finished.wait_for(|finished| *finished).await;
    }

    /// Whether the writer has stopped, on request, after losing its stream to another home, or by dying.
    pub fn is_stopped(&self) -> bool {
        *self.finished.borrow() || self.finished.has_changed().is_err()
    }
}

impl<M: Machine> Clone for Handle<M> {
    fn clone(&self) -> Handle<M> {
        Handle {
            shared: self.shared.clone(),
            journal: self.journal.clone(),
            key: self.key,
            queue: self.queue.clone(),
            finished: self.finished.clone(),
        }
    }
}

impl<M: Machine> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("key", &self.key).field("seq", &self.head_seq()).finish_non_exhaustive()
    }
}
