//! Which connection leads to a stream's home just now.

use crate::frame::{Answer, Command, Failure, Frame, Outcome};
use crate::outbox::Outbox;
use crate::pulse::Pulse;
use engine::{Answered, Relayed, SubmitError};
use journal::{StoreKey, Stream, StreamKey};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Commands that may be on their way over one connection.
pub(crate) const IN_FLIGHT: usize = 256;

type Asked = oneshot::Sender<Result<Answered, SubmitError>>;

/// The connections of this process to streams' homes, and the way to end them. Cheap to clone; one per process is enough.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    given: u64,
    open: BTreeMap<u64, Open>,
    homes: BTreeMap<StreamKey, Line>,
}

#[derive(Debug)]
struct Open {
    store: StoreKey,
    hang_up: watch::Sender<bool>,
}

/// One connection, for commands.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    no: u64,
    out: Outbox,
    pulse: Pulse,
    waiting: Arc<Mutex<Waiting>>,
    patience: Duration,
}

#[derive(Debug, Default)]
struct Waiting {
    given: u64,
    asked: BTreeMap<u64, Asked>,
    over: bool,
}

/// A connection's place in the lines; leaves it when dropped. What was sent and not answered is then unknown.
#[derive(Debug)]
pub(crate) struct Place {
    lines: Lines,
    line: Line,
    hang_up: watch::Receiver<bool>,
}

impl Lines {
    /// Whether a stream's home can be asked right now.
    pub fn is_live(&self, key: StreamKey) -> bool {
        self.to(key).is_some_and(|line| line.pulse.is_live())
    }

    /// Ends a store's connections, so that they are made anew: after a stream has moved, or a key was withdrawn.
    pub fn hang_up(&self, store: StoreKey) {
        let inner = self.inner.lock();
        inner.open.values().filter(|open| open.store == store).for_each(|open| _ = open.hang_up.send(true));
    }

    pub(crate) fn to(&self, key: StreamKey) -> Option<Line> {
        self.inner.lock().homes.get(&key).cloned()
    }

    /// Enters a connection that leads to the home of these streams.
    pub(crate) fn enter(&self, store: StoreKey, homes: &[Stream], out: Outbox, pulse: Pulse, patience: Duration) -> Place {
        let (hang_up, hung_up) = watch::channel(false);
        let mut inner = self.inner.lock();
        inner.given += 1;
        let line = Line { no: inner.given, out, pulse, waiting: Arc::default(), patience };
        inner.open.insert(line.no, Open { store, hang_up });
        for stream in homes {
            inner.homes.insert(StreamKey::new(store, *stream), line.clone());
        }
        drop(inner);
        Place { lines: self.clone(), line, hang_up: hung_up }
    }
}

impl Place {
    /// Waits until somebody wants the connection ended.
    pub async fn hung_up(&self) {
        let mut hang_up = self.hang_up.clone();
        let _ = hang_up.wait_for(|over| *over).await;
    }

    /// The home has answered.
    pub fn answered(&self, answer: Answer) {
        if let Some(asked) = self.line.waiting.lock().asked.remove(&answer.request) {
            let result = answer.result.map(|Outcome { outcome, seq }| Answered { outcome, seq }).map_err(SubmitError::from);
            let _ = asked.send(result);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inner = self.lines.inner.lock();
        inner.open.remove(&self.line.no);
        inner.homes.retain(|_, line| line.no != self.line.no);
        drop(inner);
        let mut waiting = self.line.waiting.lock();
        waiting.over = true;
        waiting.asked.clear();
    }
}

impl Line {
    /// Sends a command and waits for its answer.
    pub async fn ask(&self, stream: Stream, relayed: Relayed) -> Result<Answered, SubmitError> {
        if !self.pulse.is_live() {
            return Err(SubmitError::Unavailable);
        }
        let (asked, answer) = oneshot::channel();
        let request = self.waiting.lock().register(asked)?;
        let waited = Waited { line: self, request };
        let frame = Frame::Command(command(request, stream, relayed));
        match self.out.urgent.try_send(frame) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(SubmitError::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(SubmitError::Unavailable),
        }
        let answer = tokio::time::timeout(self.patience, answer).await;
        drop(waited);
        // No answer in time, or the connection ended: it was sent, so it may have been done.
        answer.ok().and_then(Result::ok).unwrap_or(Err(SubmitError::Unknown))
    }
}

impl Waiting {
    fn register(&mut self, asked: Asked) -> Result<u64, SubmitError> {
        if self.over {
            return Err(SubmitError::Unavailable);
        }
        if self.asked.len() >= IN_FLIGHT {
            return Err(SubmitError::Busy);
        }
        self.given += 1;
        self.asked.insert(self.given, asked);
        Ok(self.given)
    }
}

/// Forgets a request when whoever asked has gone.
struct Waited<'a> {
    line: &'a Line,
    request: u64,
}

impl Drop for Waited<'_> {
    fn drop(&mut self) {
        self.line.waiting.lock().asked.remove(&self.request);
    }
}

fn command(request: u64, stream: Stream, relayed: Relayed) -> Command {
    let Relayed { id, fingerprint, by, command } = relayed;
    Command { request, stream, id: id.0, fingerprint, by: by.map(|by| by.as_bytes().to_vec()), command }
}

/// The same failure in the frame's words, for the home's side.
pub(crate) fn answer(request: u64, result: Result<Answered, SubmitError>) -> Frame {
    let result = result.map(|Answered { outcome, seq }| Outcome { outcome, seq }).map_err(Failure::from);
    Frame::Answer(Answer { request, result })
}
