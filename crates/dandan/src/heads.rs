//! Where a restaurant's streams end, as it is written down outside the journal.

use journal::{Hash, Head, StoreKey, Stream, StreamKey, StreamReport};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where one stream ends, in words that a person and a file can read.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HeadNote {
    /// Which restaurant: 32 hexadecimal characters.
    pub store: String,
    /// `floor`, `money` or `catalog`.
    pub stream: String,
    /// The epoch a writer needs.
    pub epoch: u64,
    /// Its last entry.
    pub seq: u64,
    /// That entry's chained hash, in hexadecimal.
    pub hash: String,
}

impl HeadNote {
    /// Notes where a stream ends.
    pub fn new(key: StreamKey, head: Head) -> HeadNote {
        HeadNote {
            store: format!("{:032x}", key.store.0),
            stream: key.stream.name().to_owned(),
            epoch: head.epoch,
            seq: head.seq,
            hash: hex::encode(head.hash),
        }
    }

    /// Notes where every stream of a file ends.
    pub fn of_file(streams: &[StreamReport]) -> Vec<HeadNote> {
        streams.iter().map(|stream| HeadNote::new(stream.key, stream.head)).collect()
    }

    /// The stream it is about; nothing if it is none we know.
    pub fn key(&self) -> Option<StreamKey> {
        let store = u128::from_str_radix(&self.store, 16).ok()?;
        let stream = Stream::ALL.into_iter().find(|stream| stream.name() == self.stream)?;
        Some(StreamKey::new(StoreKey(store), stream))
    }

    /// The hash; nothing if it isn't one.
    pub fn hash(&self) -> Option<Hash> {
        hex::decode(&self.hash).ok()?.try_into().ok()
    }
}

impl fmt::Display for HeadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.hash.get(..12).unwrap_or(&self.hash);
        write!(f, "{} {} (epoch {}, {hash}…)", self.stream, self.seq, self.epoch)
    }
}

/// A time of the journal in words, UTC.
pub fn moment(at_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(at_ms) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("{at_ms} ms"),
    }
}

/// The time now, in UTC milliseconds.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
