//! One connection's life after the handshake: everything at once, until one thing ends it.

use crate::codec::decode;
use crate::frame::{Blob, Frame, Have, Parcel, Parting, Point, Stand, Want};
use crate::hello::FAREWELL;
use crate::lines::{Lines, Place};
use crate::local::Local;
use crate::outbox::{Outbox, last_word, outbox, send_all};
use crate::pulse::{Pulse, Rhythm};
use crate::relay::Desk;
use crate::ship::Shipper;
use crate::stands::Work;
use crate::take::Taker;
use crate::wire::{Wire, WireError, WireIn, WireOut};
use crate::{Ended, Trouble, blobs};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use journal::{Head, Stream};
use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Frames that may wait for a shipper or taker. More are dropped: what is missing is shipped again.
const WAITING: usize = 256;
/// Blob pieces that may wait.
const PIECES: usize = 1024;

/// Which end this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Dialer,
    Acceptor,
}

/// What a connection needs to live.
pub(crate) struct Session<'a> {
    pub local: &'a Local,
    pub lines: &'a Lines,
    pub rhythm: Rhythm,
    pub side: Side,
    pub work: Vec<Work>,
    /// When the frame was sent that the other end's last one answers.
    pub proven: Instant,
}

/// Where frames go that aren't dealt with on the spot.
struct Ways {
    side: Side,
    parcels: BTreeMap<Stream, mpsc::Sender<Parcel>>,
    blobs: BTreeMap<Stream, mpsc::Sender<Blob>>,
    haves: BTreeMap<Stream, mpsc::Sender<Have>>,
    wants: mpsc::Sender<Want>,
    desk: Desk,
    out: Outbox,
    pulse: Pulse,
}

impl Session<'_> {
    /// Lives until the wire, the other end, some trouble or `stop` ends it. Says goodbye where that makes sense.
    pub async fn live(self, wire: Wire, stop: impl Future<Output = Ended>) -> Ended {
        let Wire { out: mut wire_out, inc: mut wire_in } = wire;
        let (out, waiting) = outbox();
        let (wants, wanted) = mpsc::channel(WAITING);
        let pulse = Pulse::new(self.proven, self.rhythm.lease);
        let mut ways = Ways {
            side: self.side,
            parcels: BTreeMap::new(),
            blobs: BTreeMap::new(),
            haves: BTreeMap::new(),
            wants,
            desk: Desk::new(self.local.clone(), out.clone()),
            out: out.clone(),
            pulse: pulse.clone(),
        };
        let homes: Vec<Stream> = self.work.iter().filter_map(Work::home_elsewhere).collect();
        let place = self.lines.enter(self.local.store, &homes, out.clone(), pulse.clone(), self.rhythm.answer);
        let (mut shippers, mut takers) = (FuturesUnordered::new(), FuturesUnordered::new());
        for work in self.work {
            match work {
                Work::Ship { stream, copy } => shippers.push(ways.ship(stream, copy, self.local, self.rhythm.look)),
                Work::Take { home, head } => takers.push(ways.take(home, head, self.local)),
            }
        }
        let beats = async {
            match self.side {
                Side::Dialer => pulse.beat(self.local, &out, self.rhythm.beat).await,
                Side::Acceptor => pending().await,
            }
        };
        self.local.status.connected(self.local.clock.now_ms());
        let ended = tokio::select! { biased;
            ended = stop => ended,
            () = place.hung_up() => Ended::HungUp,
            error = send_all(&mut *wire_out, waiting) => Ended::Wire(error),
            ended = ways.receive(&mut *wire_in, self.local, &place) => ended,
            Some(ended) = shippers.next() => ended,
            Some(ended) = takers.next() => ended,
            ended = blobs::serve(self.local, wanted, &out) => ended,
            () = pulse.silence() => Ended::Silent,
            () = beats => Ended::Closed,
        };
        let farewell = ways.receive(&mut *wire_in, self.local, &place);
        let ended = part(ended, &mut *wire_out, farewell).await;
        drop(ways);
        let ended = use_up(ended, takers).await;
        self.local.status.cut_off(self.local.clock.now_ms(), ended.trouble(), &ended.to_string());
        ended
    }
}

/// Takes what has arrived before the connection ended: on a line that always breaks soon, this is what gets there at all.
async fn use_up(ended: Ended, mut takers: FuturesUnordered<BoxFuture<'_, Ended>>) -> Ended {
    if ended.trouble().is_some() {
        return ended;
    }
    let found = tokio::time::timeout(FAREWELL, async {
        while let Some(ended) = takers.next().await {
            if ended.trouble().is_some() {
                return Some(ended);
            }
        }
        None
    });
    found.await.ok().flatten().unwrap_or(ended)
}

/// Says goodbye, or hears why the other end went. Reads on either way: a socket closed on unread messages takes back its own last ones,
/// and what has arrived is used.
async fn part(ended: Ended, out: &mut dyn WireOut, farewell: impl Future<Output = Ended>) -> Ended {
    match (ended.parting(), &ended) {
        (Some(parting), _) => last_word(out, &Frame::Bye(parting)).await,
        (None, Ended::Wire(_)) => {}
        (None, _) => return ended,
    }
    let heard = tokio::time::timeout(FAREWELL, farewell).await;
    match (&ended, heard) {
        (Ended::Wire(_), Ok(parted @ Ended::Parted { .. })) => parted,
        _ => ended,
    }
}

impl Ways {
    fn ship(&mut self, stream: Stream, copy: Point, local: &Local, look: Duration) -> BoxFuture<'static, Ended> {
        let (haves, heard) = mpsc::channel(WAITING);
        self.haves.insert(stream, haves);
        Box::pin(Shipper::new(local.clone(), stream, self.out.clone(), heard, copy, look).run())
    }

    fn take(&mut self, home: Stand, head: Head, local: &Local) -> BoxFuture<'static, Ended> {
        let ((parcels, parcels_in), (blobs, blobs_in)) = (mpsc::channel(WAITING), mpsc::channel(PIECES));
        self.parcels.insert(home.stream, parcels);
        self.blobs.insert(home.stream, blobs);
        Box::pin(Taker::new(local.clone(), home, head, self.out.clone(), parcels_in, blobs_in).run())
    }

    /// Never waits for anything but the wire: whoever is slow loses frames, and gets them again.
    async fn receive(&self, wire: &mut dyn WireIn, local: &Local, place: &Place) -> Ended {
        loop {
            let frame = match wire.recv().await {
                Ok(bytes) => decode(&bytes).map_err(WireError::from),
                Err(error) => Err(error),
            };
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => return Ended::Wire(error),
            };
            self.pulse.hear();
            match (frame, self.side) {
                (Frame::Parcel(parcel), _) => give(self.parcels.get(&parcel.stream), parcel),
                (Frame::Blob(blob), _) => give(self.blobs.get(&blob.stream), blob),
                (Frame::Have(have), _) => give(self.haves.get(&have.stream), have),
                (Frame::Want(want), _) => give(Some(&self.wants), want),
                (Frame::Command(command), _) => self.desk.take(command),
                (Frame::Answer(answer), _) => place.answered(answer),
                (Frame::Beat(beat), Side::Acceptor) => self.pulse.beat_back(beat, local, &self.out),
                (Frame::BeatBack(back), Side::Dialer) => self.pulse.heard_back(back, local),
                (Frame::Bye(Parting { trouble, words }), _) => return Ended::Parted { trouble, words },
                (Frame::Beat(_), Side::Dialer)
                | (Frame::BeatBack(_), Side::Acceptor)
                | (Frame::Challenge(_) | Frame::Hello(_) | Frame::Welcome(_) | Frame::Refused(_), _) => {
                    return Ended::Trouble(Trouble::Nonsense);
                }
            }
        }
    }
}

fn give<T>(to: Option<&mpsc::Sender<T>>, what: T) {
    // A frame for a stream that isn't on this link goes nowhere, too.
    if let Some(to) = to {
        let _ = to.try_send(what);
    }
}
