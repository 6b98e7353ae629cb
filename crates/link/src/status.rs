//! What the till and head office show of a link.

use crate::Trouble;
use journal::Stream;
use std::collections::BTreeMap;
use tokio::sync::watch;

/// A link as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether the other end is there.
    pub connected: bool,
    /// Since when, in UTC milliseconds; nothing: not yet tried.
    pub since_ms: Option<i64>,
    /// Until when the last round trip proves that the other end is there, in UTC milliseconds.
    pub lease_until_ms: Option<i64>,
    /// How far each stream on the link is.
    pub streams: BTreeMap<Stream, Progress>,
    /// Why there is no link, where dialing again won't help. Stays until a link is made.
    pub trouble: Option<Trouble>,
    /// The same, or why the last connection ended, in words for the log.
    pub words: String,
    /// What the dialer's end says of itself (at the acceptor's).
    pub facts: BTreeMap<String, i64>,
}

/// How far a stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The last event known to this end.
    pub here: u64,
    /// The last event known to be durable at the other.
    pub there: u64,
    /// The highest epoch known at either end: whoever is made its home next must go above it.
    pub epoch: u64,
}

impl Progress {
    /// How many events the other end lacks.
    pub fn unsent(&self) -> u64 {
        self.here.saturating_sub(self.there)
    }
}

/// Lets people see a link. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Status {
    seen: watch::Sender<Seen>,
}

impl Default for Status {
    fn default() -> Status {
        Status::new()
    }
}

impl Status {
    /// Nothing is known yet.
    pub fn new() -> Status {
        let seen = Seen {
            connected: false,
            since_ms: None,
            lease_until_ms: None,
            streams: BTreeMap::new(),
            trouble: None,
            words: String::new(),
            facts: BTreeMap::new(),
        };
        Status { seen: watch::Sender::new(seen) }
    }

    /// How it is now.
    pub fn now(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Follows it.
    pub fn watch(&self) -> watch::Receiver<Seen> {
        self.seen.subscribe()
    }

    pub(crate) fn connected(&self, now_ms: i64) {
        self.change(|seen| {
            seen.connected = true;
            seen.since_ms = Some(now_ms);
            seen.trouble = None;
            seen.words.clear();
        });
    }

    pub(crate) fn cut_off(&self, now_ms: i64, trouble: Option<Trouble>, words: &str) {
        self.change(|seen| {
            if seen.connected || seen.since_ms.is_none() {
                seen.connected = false;
                seen.since_ms = Some(now_ms);
            }
            seen.trouble = trouble.or(seen.trouble);
            words.clone_into(&mut seen.words);
        });
    }

    pub(crate) fn lease(&self, until_ms: i64) {
        self.change(|seen| seen.lease_until_ms = Some(until_ms));
    }

    pub(crate) fn facts(&self, facts: BTreeMap<String, i64>) {
        self.change(|seen| seen.facts = facts);
    }

    pub(crate) fn progress(&self, stream: Stream, change: impl FnOnce(&mut Progress)) {
        self.change(|seen| change(seen.streams.entry(stream).or_default()));
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        self.seen.send_if_modified(|seen| {
            let before = seen.clone();
            change(seen);
            *seen != before
        });
    }
}
