//! The forms that frames, keys and the journal's own types take in each other's company.

use crate::Trouble;
use crate::frame::{Event, Failure, Parting, Point, Recorded};
use engine::SubmitError;
use journal::{CommandId, Head, StoredCommand, StoredEvent};

impl Parting {
    /// Parts because of some trouble.
    pub(crate) fn over(trouble: Trouble) -> Parting {
        Parting { words: trouble.to_string(), trouble: Some(trouble) }
    }

    /// Parts without a grudge.
    pub(crate) fn friendly(words: &str) -> Parting {
        Parting { trouble: None, words: words.to_owned() }
    }
}

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Failure {
        match error {
            SubmitError::KeyReused => Failure::KeyReused,
            SubmitError::Busy => Failure::Busy,
            SubmitError::Unavailable => Failure::Unavailable,
            SubmitError::Unknown => Failure::Unknown,
            SubmitError::Stopped => Failure::Stopped,
            SubmitError::Internal => Failure::Internal,
        }
    }
}

impl From<Failure> for SubmitError {
    fn from(failure: Failure) -> SubmitError {
        match failure {
            Failure::KeyReused => SubmitError::KeyReused,
            Failure::Busy => SubmitError::Busy,
            Failure::Unavailable => SubmitError::Unavailable,
            Failure::Unknown => SubmitError::Unknown,
            Failure::Stopped => SubmitError::Stopped,
            Failure::Internal => SubmitError::Internal,
        }
    }
}

impl Recorded {
    /// Its id as the journal has it.
    pub(crate) fn command_id(&self) -> CommandId {
        CommandId(self.id)
    }

    /// How many events are its own; nothing if the numbers contradict each other.
    pub(crate) fn own_events(&self) -> Option<u64> {
        self.last_seq.checked_add(1)?.checked_sub(self.first_seq)
    }
}

impl From<StoredEvent> for Event {
    fn from(event: StoredEvent) -> Event {
        let StoredEvent { seq, epoch, at_ms, kind, version, body, command, hash } = event;
        Event { seq, epoch, at_ms, kind, version, body, command: command.0, hash }
    }
}

impl From<Event> for StoredEvent {
    fn from(event: Event) -> StoredEvent {
        let Event { seq, epoch, at_ms, kind, version, body, command, hash } = event;
        StoredEvent { seq, epoch, at_ms, kind, version, body, command: CommandId(command), hash }
    }
}

impl From<StoredCommand> for Recorded {
    fn from(command: StoredCommand) -> Recorded {
        let StoredCommand { id, fingerprint, answer, first_seq, last_seq } = command;
        Recorded { id: id.0, fingerprint, answer, first_seq, last_seq }
    }
}

impl From<Head> for Point {
    fn from(head: Head) -> Point {
        Point { seq: head.seq, hash: head.hash }
    }
}

/// 128-bit ids as byte strings of 16.
pub(crate) mod id {
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(id: &u128, to: S) -> Result<S::Ok, S::Error> {
        serde_bytes::serialize(&id.to_be_bytes(), to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        serde_bytes::deserialize::<[u8; 16], D>(from).map(u128::from_be_bytes)
    }
}

/// Streams by the number that stands for them on disk.
pub(crate) mod stream {
    use journal::Stream;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(stream: &Stream, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(stream.code())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Stream, D::Error> {
        let code = u8::deserialize(from)?;
        Stream::ALL.into_iter().find(|stream| stream.code() == code).ok_or_else(|| D::Error::custom("no such stream"))
    }
}
