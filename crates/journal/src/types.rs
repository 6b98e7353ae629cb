//! What goes into a journal and what comes out.

use std::{borrow::Cow, fmt};

use crate::chain;

/// A SHA-256.
pub type Hash = [u8; 32];

/// Which store (restaurant) a stream belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreKey(pub u128);

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store {:032x}", self.0)
    }
}

/// The 128-bit id its sender gave a command before sending it for the first time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u128);

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command {:032x}", self.0)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// One of a store's three streams. Each has its own writer, so each may live somewhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Orders, kitchen, tables, checks, stock, cash, shifts.
    Floor,
    /// Payment attempts, channel results, captures, refunds.
    Money,
    /// Menu versions, stations, staff, devices, policies.
    Catalog,
}

impl Stream {
    /// Every stream.
    pub const ALL: [Stream; 3] = [Stream::Floor, Stream::Money, Stream::Catalog];

    /// The number that stands for the stream on disk and in hashes; it never changes.
    pub const fn code(self) -> u8 {
        match self {
            Stream::Floor => 1,
            Stream::Money => 2,
            Stream::Catalog => 3,
        }
    }

    /// The stream's name in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Stream::Floor => "floor",
            Stream::Money => "money",
            Stream::Catalog => "catalog",
        }
    }
}

/// Names one stream of one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// The store.
    pub store: StoreKey,
    /// Which of its streams.
    pub stream: Stream,
}

impl StreamKey {
    /// Names a stream of a store.
    pub const fn new(store: StoreKey, stream: Stream) -> StreamKey {
        StreamKey { store, stream }
    }
}

/// An event to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened, in the past tense. Part of the published format.
    pub kind: Cow<'static, str>,
    /// The version of the body's format.
    pub version: u16,
    /// The body, as JSON.
    pub body: Vec<u8>,
}

/// A command to be recorded with the events it caused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommand {
    /// The sender's id for it.
    pub id: CommandId,
    /// SHA-256 of its content, to tell a retry from another command under the same id.
    pub fingerprint: Hash,
    /// The answer given, as JSON. Refusals are recorded too.
    pub answer: Vec<u8>,
    /// How many of the group's events are its own. They are contiguous, in the order of the group's commands.
    pub events: u32,
}

/// Commands and their events, written in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The stream it goes to.
    pub key: StreamKey,
    /// The epoch the writer was given by [`Journal::take_over`](crate::Journal::take_over). Lower than the stream's: refused. Higher: adopted
    /// (a copy follows the home's epochs).
    pub epoch: u64,
    /// The last sequence number the writer knows.
    pub expected_seq: u64,
    /// When, in UTC milliseconds.
    pub at_ms: i64,
    /// The events, in order.
    pub events: Vec<NewEvent>,
    /// The commands, in order; at least one.
    pub commands: Vec<NewCommand>,
}

impl Group {
    /// Checks that the group hangs together, whatever the stream holds.
    ///
    /// # Errors
    /// `Invalid` if the commands' event counts do not add up, `DuplicateCommand` if one id occurs twice.
    pub fn check(&self) -> Result<(), AppendError> {
        if self.commands.is_empty() {
            return Err(AppendError::Invalid("a group without commands"));
        }
        let own: u64 = self.commands.iter().map(|c| u64::from(c.events)).sum();
        if own != self.events.len() as u64 {
            return Err(AppendError::Invalid("the commands' events do not add up to the group's"));
        }
        let mut ids: Vec<CommandId> = self.commands.iter().map(|c| c.id).collect();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(AppendError::DuplicateCommand(pair[0])),
            None => Ok(()),
        }
    }

    /// Yields each event with the command it belongs to.
    pub(crate) fn owned_events(&self) -> impl Iterator<Item = (CommandId, &NewEvent)> {
        self.commands.iter().flat_map(|c| std::iter::repeat_n(c.id, c.events as usize)).zip(&self.events)
    }
}

/// Where a stream ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last event's sequence number; 0 before the first.
    pub seq: u64,
    /// The last event's chained hash; [`genesis`](crate::genesis) before the first.
    pub hash: Hash,
    /// The epoch a writer needs.
    pub epoch: u64,
}

impl Head {
    /// The head of a stream never written.
    pub fn empty(key: StreamKey) -> Head {
        Head { seq: 0, hash: chain::genesis(key), epoch: 0 }
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.hash;
        let short = u32::from_be_bytes([a, b, c, d]);
        write!(f, "seq {} epoch {} hash {short:08x}…", self.seq, self.epoch)
    }
}

/// An event as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number in the stream.
    pub seq: u64,
    /// The epoch it was written under.
    pub epoch: u64,
    /// When its group was written, in UTC milliseconds.
    pub at_ms: i64,
    /// What happened.
    pub kind: String,
    /// The version of the body's format.
    pub version: u16,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// The command it belongs to.
    pub command: CommandId,
    /// SHA-256 over the previous event's hash and everything above.
    pub hash: Hash,
}

/// A command as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCommand {
    /// The sender's id for it.
    pub id: CommandId,
    /// SHA-256 of its content.
    pub fingerprint: Hash,
    /// The answer given, as JSON.
    pub answer: Vec<u8>,
    /// Its first event.
    pub first_seq: u64,
    /// Its last event; `first_seq - 1` for a command without events, which is then the last event it was decided after.
    pub last_seq: u64,
}

/// A snapshot of the state a stream led to. Disposable: the stream alone is the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last event it contains.
    pub seq: u64,
    /// That event's chained hash, to be compared with the journal's.
    pub hash: Hash,
    /// The state.
    pub bytes: Vec<u8>,
}

/// Why a group was not appended, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The stream is not where the writer thinks it is, or the writer's epoch is over. Nothing was written.
    #[error("the stream is at {actual:?}")]
    Conflict {
        /// Where the stream really is.
        actual: Head,
    },
    /// The command is already recorded in this stream. Nothing of the group was written.
    #[error("{0:?} is already recorded")]
    DuplicateCommand(CommandId),
    /// The group contradicts itself: a bug in the caller. Nothing was written.
    #[error("malformed group: {0}")]
    Invalid(&'static str),
    /// The journal cannot write now. Nothing was written.
    #[error("journal unavailable: {0}")]
    Unavailable(String),
    /// The group may or may not be durable. The caller must drop its state, reload, and look its commands up.
    #[error("outcome of the commit unknown: {0}")]
    Unknown(String),
}

/// Why something other than a group was not written, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Nothing was written.
    #[error("journal unavailable: {0}")]
    Unavailable(String),
    /// It may or may not be durable; doing it again is harmless.
    #[error("outcome of the commit unknown: {0}")]
    Unknown(String),
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read now.
    #[error("journal unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be what was written.
    #[error("damaged at seq {seq}: {why}")]
    Corrupt {
        /// The event, or 0 when it is not about an event.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
}
