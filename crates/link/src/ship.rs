//! The home's side of a stream: ships it to the copy, from wherever the copy is.
//!
//! So many parcels may be under way; each acknowledgement makes room for more. What isn't acknowledged in time is shipped again:
//! the copy knows what it has.

use crate::frame::{Frame, Have, Parcel, Point};
use crate::local::Local;
use crate::outbox::Outbox;
use crate::pack::{PackError, Packer, size_of};
use crate::stands::history_at;
use crate::{Ended, Trouble};
use journal::{Stream, StreamKey};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Parcels under way at most.
const WINDOW: usize = 64;
/// Bytes under way at most.
const WINDOW_BYTES: usize = 1 << 20;
/// How long the copy may say nothing about what is under way.
const STALLED: Duration = Duration::from_secs(3);
/// How long a journal that can't be read is left alone.
const BREATH: Duration = Duration::from_millis(500);

/// Ships one stream over one connection.
pub(crate) struct Shipper {
    local: Local,
    key: StreamKey,
    out: Outbox,
    haves: mpsc::Receiver<Have>,
    news: watch::Receiver<u64>,
    packer: Packer,
    under_way: VecDeque<UnderWay>,
    bytes: usize,
    round: u64,
    no: u64,
    acknowledged: Point,
    /// The last event shipped, in any round.
    furthest: u64,
    heard: Instant,
    /// How often a stream without news is looked at all the same.
    look: Duration,
}

/// A parcel that isn't acknowledged yet.
struct UnderWay {
    no: u64,
    bytes: usize,
    end: Point,
}

impl Shipper {
    /// `copy` is where the copy says it is; it has been found in this end's history.
    pub fn new(local: Local, stream: Stream, out: Outbox, haves: mpsc::Receiver<Have>, copy: Point, look: Duration) -> Shipper {
        let key = local.key(stream);
        Shipper {
            packer: Packer::new(local.journal.clone(), key, copy),
            news: local.streams.news(),
            local,
            key,
            out,
            haves,
            under_way: VecDeque::new(),
            bytes: 0,
            round: 1,
            no: 0,
            acknowledged: copy,
            furthest: copy.seq,
            heard: Instant::now(),
            look,
        }
    }

    /// Ships until the connection or something worse ends it.
    pub async fn run(mut self) -> Ended {
        self.show_head().await;
        loop {
            if let Err(ended) = self.ship_and_hear().await {
                return ended;
            }
        }
    }

    async fn ship_and_hear(&mut self) -> Result<(), Ended> {
        self.news.mark_unchanged();
        let breath = match self.fill().await {
            Ok(()) => self.look,
            Err(PackError::Unavailable(why)) => {
                tracing::warn!(key = ?self.key, why, "the journal can't be read; the stream waits");
                BREATH
            }
            Err(error) => return Err(Ended::Trouble(self.trouble(error))),
        };
        self.show();
        let until = if self.under_way.is_empty() { Instant::now() + breath } else { self.heard + STALLED };
        let open = self.is_open();
        tokio::select! { biased;
            have = self.haves.recv() => match have {
                Some(have) => self.hear(have).await?,
                None => return Err(Ended::Closed),
            },
            news = self.news.changed(), if open => if news.is_err() {
                // Nobody is left to bring news: looking now and then is enough.
                tokio::time::sleep(self.look).await;
            },
            () = tokio::time::sleep_until(until) => if !self.under_way.is_empty() && Instant::now() >= self.heard + STALLED {
                self.again_from(self.acknowledged);
            },
        }
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.under_way.len() < WINDOW && self.bytes < WINDOW_BYTES
    }

    /// Sends parcels until the window is full or the stream's end is reached.
    async fn fill(&mut self) -> Result<(), PackError> {
        let before = self.no;
        while self.is_open() {
            let Some(mut parcel) = self.packer.next().await? else { break };
            self.no += 1;
            (parcel.round, parcel.no) = (self.round, self.no);
            if self.under_way.is_empty() {
                self.heard = Instant::now();
            }
            self.note(&parcel);
            // A wire that is gone ends the session elsewhere.
            let _ = self.out.bulk.send(Frame::Parcel(parcel)).await;
        }
        if self.no != before {
            self.show_head().await;
        }
        Ok(())
    }

    fn note(&mut self, parcel: &Parcel) {
        let bytes = size_of(parcel);
        let end = parcel.events.last().map_or(parcel.after, |last| Point { seq: last.seq, hash: last.hash });
        self.bytes += bytes;
        self.furthest = self.furthest.max(end.seq);
        self.under_way.push_back(UnderWay { no: parcel.no, bytes, end });
    }

    async fn hear(&mut self, have: Have) -> Result<(), Ended> {
        self.heard = Instant::now();
        if have.again || have.point.seq > self.acknowledged.seq {
            self.compare(have.point).await?;
        }
        if have.point.seq > self.acknowledged.seq {
            self.acknowledged = have.point;
        }
        while have.round == self.round && self.under_way.front().is_some_and(|parcel| parcel.no <= have.no) {
            self.bytes -= self.under_way.pop_front().map_or(0, |parcel| parcel.bytes);
        }
        if have.again && have.round == self.round {
            self.again_from(have.point);
        }
        Ok(())
    }

    /// The copy must be a beginning of what was shipped.
    async fn compare(&self, point: Point) -> Result<(), Ended> {
        let same = match self.under_way.iter().find(|parcel| parcel.end.seq == point.seq) {
            Some(shipped) => shipped.end == point,
            None if point.seq > self.furthest => false,
            None => match history_at(&*self.local.journal, self.key, point.seq).await {
                Ok(here) => here == Some(point),
                Err(error) => return Err(Ended::journal(self.key.stream, error)),
            },
        };
        match same {
            true => Ok(()),
            false => Err(Ended::Trouble(Trouble::Diverged { stream: self.key.stream, seq: point.seq })),
        }
    }

    fn again_from(&mut self, point: Point) {
        tracing::debug!(key = ?self.key, from = point.seq, "shipping again");
        self.packer.rewind(point);
        (self.round, self.no) = (self.round + 1, 0);
        self.under_way.clear();
        self.bytes = 0;
        self.heard = Instant::now();
    }

    fn trouble(&self, error: PackError) -> Trouble {
        let stream = self.key.stream;
        match error {
            PackError::TooLarge { seq } => Trouble::TooLarge { stream, seq },
            PackError::Damaged { seq, why } => {
                tracing::error!(key = ?self.key, seq, why, "the journal is damaged; the stream is not shipped");
                Trouble::Damaged { stream, seq }
            }
            PackError::Unavailable(_) => Trouble::Damaged { stream, seq: 0 },
        }
    }

    fn show(&self) {
        self.local.status.progress(self.key.stream, |progress| progress.there = self.acknowledged.seq);
    }

    async fn show_head(&self) {
        if let Ok(head) = self.local.journal.head(self.key).await {
            self.local.status.progress(self.key.stream, |progress| {
                (progress.here, progress.epoch) = (head.seq, progress.epoch.max(head.epoch));
            });
        }
    }
}
