//! What the two ends of a link say to each other.
//!
//! A frame is one message of the wire: the version byte, then CBOR. Ids and hashes travel as byte strings. Nothing here knows a
//! restaurant: events and answers are the journal's bytes, and pass through untouched whatever version they have.

use crate::form::{id, stream};
use crate::{NodeId, Trouble};
use journal::{Hash, Stream};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The protocol's version, the first byte of every frame.
pub const VERSION: u8 = 1;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// The acceptor's first word: sign this.
    Challenge(Challenge),
    /// Who dials, and where its streams stand.
    Hello(Hello),
    /// Where the acceptor's streams stand. From here on both sides ship, take and relay.
    Welcome(Welcome),
    /// The acceptor won't have this node, and why.
    Refused(Parting),
    /// A piece of a stream, from its home to its copy.
    Parcel(Parcel),
    /// How far the copy is durable.
    Have(Have),
    /// The copy needs bytes that an event refers to.
    Want(Want),
    /// A piece of such bytes.
    Blob(Blob),
    /// A command for the stream's home.
    Command(Command),
    /// What the home answered.
    Answer(Answer),
    /// The dialer is there.
    Beat(Beat),
    /// So is the acceptor.
    BeatBack(BeatBack),
    /// The last word before hanging up.
    Bye(Parting),
}

/// See [`Frame::Challenge`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Random, once per connection: an old Hello is of no use to anybody.
    #[serde(with = "serde_bytes")]
    pub nonce: [u8; 32],
}

/// See [`Frame::Hello`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// An [`Introduction`] in CBOR, exactly as it was signed.
    #[serde(with = "serde_bytes")]
    pub introduction: Vec<u8>,
    /// The node's Ed25519 signature over the nonce and the introduction.
    #[serde(with = "serde_bytes")]
    pub signature: Vec<u8>,
}

/// Who dials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// The store.
    #[serde(with = "id")]
    pub store: u128,
    /// Which of its nodes.
    pub node: NodeId,
    /// Random, once per start of the process: tells a node from its copy.
    #[serde(with = "id")]
    pub life: u128,
    /// Where its streams stand.
    pub stands: Vec<Stand>,
}

/// Where one stream stands at one end of the link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// The stream.
    #[serde(with = "stream")]
    pub stream: Stream,
    /// Whether its home is at this end.
    pub home: bool,
    /// The epoch a writer needs here.
    pub epoch: u64,
    /// The last event.
    pub point: Point,
}

/// An event's number and chained hash: says everything about the stream up to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The event's number; 0 before the first.
    pub seq: u64,
    /// Its chained hash.
    #[serde(with = "serde_bytes")]
    pub hash: Hash,
}

/// See [`Frame::Welcome`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Where the acceptor's streams stand.
    pub stands: Vec<Stand>,
    /// For how long one round trip proves that the other end is there.
    pub lease_ms: u64,
    /// The acceptor's UTC clock, for whoever wants to know how far apart the clocks are. Nothing is decided by it.
    pub now_ms: i64,
}

/// See [`Frame::Refused`] and [`Frame::Bye`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parting {
    /// Why; nothing: no fault of anybody's, dial again.
    pub trouble: Option<Trouble>,
    /// The same in words, for the log.
    pub words: String,
}

/// See [`Frame::Parcel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Counts how often the home went back to ship again; what belongs to an earlier round is void.
    pub round: u64,
    /// Counts the round's parcels of this stream, from 1. None may be missing: a refusal leaves no gap among the events.
    pub no: u64,
    /// The stream.
    #[serde(with = "stream")]
    pub stream: Stream,
    /// The event before the first of these.
    pub after: Point,
    /// The events, without gaps.
    pub events: Vec<Event>,
    /// Every command decided at these events, by (`first_seq`, `last_seq`, id). Whole commands only.
    pub commands: Vec<Recorded>,
}

/// An event as the home stored it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Event {
    pub seq: u64,
    pub epoch: u64,
    pub at_ms: i64,
    pub kind: String,
    pub version: u16,
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
    #[serde(with = "id")]
    pub command: u128,
    #[serde(with = "serde_bytes")]
    pub hash: Hash,
}

/// A command as the home recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Recorded {
    #[serde(with = "id")]
    pub id: u128,
    #[serde(with = "serde_bytes")]
    pub fingerprint: Hash,
    #[serde(with = "serde_bytes")]
    pub answer: Vec<u8>,
    pub first_seq: u64,
    pub last_seq: u64,
}

/// See [`Frame::Have`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Have {
    /// The stream.
    #[serde(with = "stream")]
    pub stream: Stream,
    /// The round of the last parcel dealt with.
    pub round: u64,
    /// Its number; 0 for none.
    pub no: u64,
    /// The last durable event.
    pub point: Point,
    /// A piece is missing: ship again from here.
    pub again: bool,
}

/// See [`Frame::Want`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The stream whose event needs it.
    #[serde(with = "stream")]
    pub stream: Stream,
    /// SHA-256 of the bytes.
    #[serde(with = "serde_bytes")]
    pub hash: Hash,
}

/// See [`Frame::Blob`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// The stream whose event needs it.
    #[serde(with = "stream")]
    pub stream: Stream,
    /// SHA-256 of all the bytes.
    #[serde(with = "serde_bytes")]
    pub hash: Hash,
    /// How many there are; nothing: the home doesn't have them either.
    pub size: Option<u64>,
    /// Where this piece begins.
    pub at: u64,
    /// The piece.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// See [`Frame::Command`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Names the request on this connection.
    pub request: u64,
    /// The stream.
    #[serde(with = "stream")]
    pub stream: Stream,
    /// The id its sender gave it before sending it for the first time.
    #[serde(with = "id")]
    pub id: u128,
    /// SHA-256 of who asked what.
    #[serde(with = "serde_bytes")]
    pub fingerprint: Hash,
    /// Who asks, as it is written into events; nobody: the house itself.
    #[serde(with = "serde_bytes")]
    pub by: Option<Vec<u8>>,
    /// The command, as JSON.
    #[serde(with = "serde_bytes")]
    pub command: Vec<u8>,
}

/// See [`Frame::Answer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which request it answers.
    pub request: u64,
    /// The outcome, or why there is none.
    pub result: Result<Outcome, Failure>,
}

/// What the home answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// As JSON, as it is recorded.
    #[serde(with = "serde_bytes")]
    pub outcome: Vec<u8>,
    /// Everything the command led to is in the stream up to here.
    pub seq: u64,
}

/// Why a command got no outcome; see [`SubmitError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Failure {
    KeyReused,
    Busy,
    Unavailable,
    Unknown,
    Stopped,
    Internal,
}

/// See [`Frame::Beat`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Counts, from 1.
    pub no: u64,
    /// The last [`BeatBack`] heard; 0 for none. It proves to the acceptor that its frames arrive.
    pub heard: u64,
    /// What the acceptor's people should know, such as the hours of trade that are only here.
    pub facts: BTreeMap<String, i64>,
}

/// See [`Frame::BeatBack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeatBack {
    /// The beat it answers.
    pub no: u64,
    /// The lease runs so long from when that beat was sent.
    pub lease_ms: u64,
}
