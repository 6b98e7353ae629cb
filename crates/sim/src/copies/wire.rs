//! The wires between the shop's boxes and the cloud: in order or not at all, as a socket is; late, cut, silent, damaged.

use crate::gate::Gate;
use crate::plan::FaultKind;
use crate::storm::Storm;
use async_trait::async_trait;
use journal::StoredEvent;
use link::frame::Parcel;
use link::wire::{WireIn, WireOut};
use link::{Frame, Wire, WireError, decode, encode};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

/// Messages that may be on their way before a sender has to wait.
const ROOM: usize = 64;
/// After a cut nobody gets through for so long at most.
const OUTAGE_MS: u64 = 15_000;

/// All wires to one place.
pub(crate) struct Wires {
    storm: Arc<Storm>,
    /// What is damaged on the way arrives as if it were sound: whoever takes it doesn't check.
    unchecked: bool,
    down_until: Mutex<Instant>,
}

/// What happens to a message.
enum Fate {
    Arrives(Duration, Vec<u8>),
    Lost,
    Cut,
    Hole,
}

impl Wires {
    pub fn new(storm: Arc<Storm>, unchecked: bool) -> Arc<Wires> {
        Arc::new(Wires { storm, unchecked, down_until: Mutex::new(Instant::now()) })
    }

    /// A connection between two processes: the dialer's end and the acceptor's.
    pub async fn connect(self: &Arc<Self>, dialer: &Gate, acceptor: &Gate) -> Result<(Wire, Wire), WireError> {
        tokio::time::sleep(self.storm.link_time()).await;
        let down = Instant::now() < *self.down_until.lock().unwrap_or_else(PoisonError::into_inner);
        if down && !self.storm.is_over() {
            return Err(WireError::Failed("no route to host".to_owned()));
        }
        let line = Arc::new(Line { state: Mutex::default(), changed: Notify::new() });
        let (up, down) = (mpsc::channel(ROOM), mpsc::channel(ROOM));
        let end = |number: usize, gate: &Gate, to, from| {
            let out = Out { wires: self.clone(), line: line.clone(), end: number, gate: gate.clone(), to, last: Instant::now() };
            Wire::new(out, Inc { line: line.clone(), end: number, gate: gate.clone(), from, waiting: None })
        };
        Ok((end(0, dialer, up.0, down.1), end(1, acceptor, down.0, up.1)))
    }

    fn fate(&self, message: Vec<u8>) -> Fate {
        if self.storm.strikes(FaultKind::LinkCut) {
            let outage = Duration::from_millis(self.storm.below(OUTAGE_MS));
            *self.down_until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + outage;
            return Fate::Cut;
        }
        if self.storm.strikes(FaultKind::LinkHole) {
            return Fate::Hole;
        }
        if self.storm.strikes(FaultKind::LinkLoss) {
            return Fate::Lost;
        }
        let message = self.damaged(&message).unwrap_or(message);
        Fate::Arrives(self.storm.link_time(), message)
    }

    /// The message with a byte of an event's body altered, if it has one and the fault strikes.
    fn damaged(&self, message: &[u8]) -> Option<Vec<u8>> {
        if self.storm.hard(FaultKind::LinkDamaged) == 0 {
            return None;
        }
        let Ok(Frame::Parcel(mut parcel)) = decode(message) else { return None };
        let byte = parcel.events.last_mut()?.body.last_mut()?;
        if !self.storm.strikes(FaultKind::LinkDamaged) {
            return None;
        }
        *byte ^= 0x20;
        if self.unchecked {
            hash_again(&mut parcel);
        }
        encode(&Frame::Parcel(parcel)).ok()
    }
}

/// Has every hash of a parcel follow from what it says.
fn hash_again(parcel: &mut Parcel) {
    let mut before = parcel.after.hash;
    for event in &mut parcel.events {
        event.hash = StoredEvent::from(event.clone()).link().hash(&before);
        before = event.hash;
    }
}

/// One connection.
struct Line {
    state: Mutex<LineState>,
    changed: Notify,
}

#[derive(Default)]
struct LineState {
    /// The ends that know that it is over: the dialer's, the acceptor's.
    closed: [bool; 2],
    /// Nothing arrives any more.
    hole: bool,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, LineState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self, end: usize) -> bool {
        self.state().closed[end]
    }

    fn is_hole(&self) -> bool {
        self.state().hole
    }

    fn hole(&self) {
        self.state().hole = true;
        self.changed.notify_waiters();
    }

    fn cut(&self, noticed: [bool; 2]) {
        *self.state() = LineState { closed: noticed, hole: true };
        self.changed.notify_waiters();
    }

    /// Returns when this end knows that it is over.
    async fn over(&self, end: usize) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_closed(end) {
                return;
            }
            changed.await;
        }
    }
}

struct Out {
    wires: Arc<Wires>,
    line: Arc<Line>,
    end: usize,
    gate: Gate,
    to: mpsc::Sender<(Instant, Vec<u8>)>,
    last: Instant,
}

#[async_trait]
impl WireOut for Out {
    async fn send(&mut self, message: Vec<u8>) -> Result<(), WireError> {
        self.gate.pass().await;
        if self.line.is_closed(self.end) {
            return Err(WireError::Closed);
        }
        if self.line.is_hole() {
            return Ok(());
        }
        match self.wires.fate(message) {
            Fate::Lost => Ok(()),
            Fate::Hole => {
                self.line.hole();
                Ok(())
            }
            Fate::Cut => {
                // Both notice, or only one: to the other it looks like silence.
                let noticed = [[true, true], [true, false], [false, true]];
                let noticed = noticed[usize::try_from(self.wires.storm.below(3)).unwrap_or_default()];
                self.line.cut(noticed);
                if noticed[self.end] { Err(WireError::Failed("connection reset".to_owned())) } else { Ok(()) }
            }
            Fate::Arrives(after, message) => {
                self.last = self.last.max(Instant::now() + after);
                self.to.send((self.last, message)).await.map_err(|_| WireError::Closed)
            }
        }
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // A process that dies closes its sockets, unless its machine dies with it.
        if self.gate.is_dead() && self.wires.storm.percent(50) {
            self.line.hole();
        }
    }
}

struct Inc {
    line: Arc<Line>,
    end: usize,
    gate: Gate,
    from: mpsc::Receiver<(Instant, Vec<u8>)>,
    waiting: Option<(Instant, Vec<u8>)>,
}

impl Inc {
    /// The next message, when its time has come. What was begun is not lost when nobody waits any more.
    async fn next(&mut self) -> Result<Vec<u8>, WireError> {
        if self.waiting.is_none() {
            self.waiting = self.from.recv().await;
        }
        let due = self.waiting.as_ref().map(|(due, _)| *due);
        if let Some(due) = due {
            tokio::time::sleep_until(due).await;
        }
        self.gate.pass().await;
        if self.line.is_hole() {
            pending::<()>().await;
        }
        self.waiting.take().map(|(_, message)| message).ok_or(WireError::Closed)
    }
}

#[async_trait]
impl WireIn for Inc {
    async fn recv(&mut self) -> Result<Vec<u8>, WireError> {
        let line = self.line.clone();
        let end = self.end;
        tokio::select! {
            biased;
            () = line.over(end) => Err(WireError::Closed),
            message = self.next() => message,
        }
    }
}
