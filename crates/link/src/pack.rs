//! Reads a home's stream and packs it: whole commands with their events, in the order in which they were decided.

use crate::frame::{Event, Parcel, Point, Recorded};
use journal::{Journal, ReadError, StoredCommand, StoredEvent, StreamKey};
use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Events read at a time.
const CHUNK: usize = 512;
/// More events than this never belong to one command.
const LARGEST_READ: usize = 1 << 17;
/// A parcel is closed at so many bytes, events and commands. Small, so that a beat never waits long behind one.
const PARCEL_BYTES: usize = 32 << 10;
const PARCEL_EVENTS: usize = 256;
const PARCEL_COMMANDS: usize = 512;
/// One command with its events may be so large.
const PIECE_BYTES: usize = crate::codec::LARGEST - (64 << 10);

/// Why the next piece of a stream can't be had.
#[derive(Debug)]
pub(crate) enum PackError {
    /// Not now.
    Unavailable(String),
    /// The stream is damaged from here on.
    Damaged { seq: u64, why: String },
    /// The command that begins here is too large to be sent.
    TooLarge { seq: u64 },
}

impl From<ReadError> for PackError {
    fn from(error: ReadError) -> PackError {
        match error {
            ReadError::Unavailable(why) => PackError::Unavailable(why),
            ReadError::Corrupt { seq, why } => PackError::Damaged { seq, why },
        }
    }
}

/// A command and its events.
struct Piece {
    command: Recorded,
    events: Vec<Event>,
}

/// Packs a stream from some point on.
#[derive(Debug)]
pub(crate) struct Packer {
    journal: Arc<dyn Journal>,
    key: StreamKey,
    /// The last event packed.
    at: Point,
    /// The refusals after it that are packed already; more may be recorded at any time.
    told: BTreeSet<u128>,
    ready: VecDeque<Parcel>,
}

impl Packer {
    pub fn new(journal: Arc<dyn Journal>, key: StreamKey, at: Point) -> Packer {
        Packer { journal, key, at, told: BTreeSet::new(), ready: VecDeque::new() }
    }

    /// Goes back to a point of the stream's history.
    pub fn rewind(&mut self, to: Point) {
        self.at = to;
        self.told.clear();
        self.ready.clear();
    }

    /// The next parcel, without its number; nothing at the end, for now.
    pub async fn next(&mut self) -> Result<Option<Parcel>, PackError> {
        if self.ready.is_empty() {
            let pieces = self.read().await?;
            self.pack(pieces)?;
        }
        Ok(self.ready.pop_front())
    }

    async fn read(&self) -> Result<Vec<Piece>, PackError> {
        let mut limit = CHUNK;
        while limit <= LARGEST_READ {
            let events = self.journal.read(self.key, self.at.seq, limit).await?;
            // Without events only refusals can follow. All that come before an event are durable once the event is.
            let last = events.last().map_or(self.at.seq + 1, |event| event.seq);
            let commands = self.journal.read_commands(self.key, self.at.seq + 1..=last).await?;
            match self.join(events, commands)? {
                ControlFlow::Break(pieces) => return Ok(pieces),
                ControlFlow::Continue(()) => limit *= 2,
            }
        }
        Err(PackError::TooLarge { seq: self.at.seq + 1 })
    }

    /// Gives each command its events. `Continue`: the first one goes on after the last event read.
    fn join(&self, events: Vec<StoredEvent>, commands: Vec<StoredCommand>) -> Result<ControlFlow<Vec<Piece>>, PackError> {
        let mut events = VecDeque::from(events);
        let mut pieces = Vec::new();
        let mut next = self.at.seq + 1;
        for command in commands.into_iter().map(Recorded::from) {
            let damaged = |why: &str| PackError::Damaged { seq: next, why: why.to_owned() };
            if command.first_seq != next {
                return Err(damaged("the recorded commands do not follow each other"));
            }
            let own = command
                .own_events()
                .and_then(|own| usize::try_from(own).ok())
                .ok_or_else(|| damaged("a command runs backwards"))?;
            if own > events.len() {
                return Ok(if pieces.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break(pieces) });
            }
            if own == 0 && next == self.at.seq + 1 && self.told.contains(&command.id) {
                continue;
            }
            next += own as u64;
            pieces.push(Piece { command, events: events.drain(..own).map(Event::from).collect() });
        }
        match events.front() {
            Some(event) => Err(PackError::Damaged { seq: event.seq, why: "no command owns the event".to_owned() }),
            None => Ok(ControlFlow::Break(pieces)),
        }
    }

    fn pack(&mut self, pieces: Vec<Piece>) -> Result<(), PackError> {
        let mut parcel = self.empty();
        let mut bytes = 0;
        for piece in pieces {
            let size = piece.size();
            if size > PIECE_BYTES {
                return Err(PackError::TooLarge { seq: piece.command.first_seq });
            }
            let full = bytes + size > PARCEL_BYTES
                || parcel.events.len() + piece.events.len() > PARCEL_EVENTS
                || parcel.commands.len() >= PARCEL_COMMANDS;
            if full && !parcel.commands.is_empty() {
                self.ready.push_back(std::mem::replace(&mut parcel, self.empty()));
                bytes = 0;
            }
            bytes += size;
            match piece.events.last() {
                None => _ = self.told.insert(piece.command.id),
                Some(last) => {
                    self.at = Point { seq: last.seq, hash: last.hash };
                    self.told.clear();
                }
            }
            parcel.commands.push(piece.command);
            parcel.events.extend(piece.events);
        }
        if !parcel.commands.is_empty() {
            self.ready.push_back(parcel);
        }
        Ok(())
    }

    fn empty(&self) -> Parcel {
        Parcel { round: 0, no: 0, stream: self.key.stream, after: self.at, events: Vec::new(), commands: Vec::new() }
    }
}

impl Piece {
    fn size(&self) -> usize {
        event_bytes(&self.events) + self.command.answer.len() + 128
    }
}

/// About how many bytes a parcel is on the wire.
pub(crate) fn size_of(parcel: &Parcel) -> usize {
    event_bytes(&parcel.events) + parcel.commands.iter().map(|command| command.answer.len() + 128).sum::<usize>()
}

fn event_bytes(events: &[Event]) -> usize {
    events.iter().map(|event| event.body.len() + event.kind.len() + 160).sum()
}
