//! What the journal says.

use crate::house::STORE;
use anyhow::Context;
use domain::floor::FloorEvent;
use journal::{Journal, READ_CHUNK, StoreKey, StoredEvent, Stream, StreamKey};

/// An order in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its id.
    pub order: String,
    /// Its total, in fen.
    pub total: i64,
    /// The command it came of.
    pub command: String,
}

/// Money on a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credited {
    /// The tender's id.
    pub tender: String,
    /// In fen.
    pub amount: i64,
    /// The command it came of.
    pub command: String,
    /// Our number at the channel, if one moved it.
    pub attempt: Option<String>,
}

/// A wish to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The wish's id.
    pub ask: String,
    /// In fen.
    pub amount: i64,
    /// The command it came of.
    pub command: String,
}

/// What the journal says.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// Every order placed, in order.
    pub orders: Vec<Placed>,
    /// Everything credited, in order.
    pub credits: Vec<Credited>,
    /// Every wish to pay, in order.
    pub asks: Vec<Asked>,
    /// What is wrong with the chains.
    pub broken: Vec<String>,
    /// Events of all streams.
    pub events: u64,
}

/// A stream of the mistreated house.
pub fn key(stream: Stream) -> StreamKey {
    StreamKey::new(StoreKey(STORE.0), stream)
}

/// Every event of a stream.
///
/// # Errors
/// One can't be read.
pub async fn events(journal: &dyn Journal, stream: Stream) -> anyhow::Result<Vec<StoredEvent>> {
    let mut all: Vec<StoredEvent> = Vec::new();
    loop {
        let after = all.last().map_or(0, |event| event.seq);
        let chunk =
            journal.read(key(stream), after, READ_CHUNK).await.with_context(|| format!("{} can't be read", stream.name()))?;
        if chunk.is_empty() {
            return Ok(all);
        }
        all.extend(chunk);
    }
}

impl Truth {
    /// Walks the chains and reads the floor.
    ///
    /// # Errors
    /// The journal can't be read, or an event isn't one.
    pub async fn read(journal: &dyn Journal) -> anyhow::Result<Truth> {
        let mut truth = Truth::default();
        for stream in Stream::ALL {
            let report = journal.verify(key(stream), 0).await?;
            truth.events += report.checked;
            if let Some(broken) = report.broken {
                truth.broken.push(format!("{} is damaged at {}: {}", stream.name(), broken.seq, broken.why));
            }
        }
        for stored in events(journal, Stream::Floor).await? {
            let event = serde_json::from_slice(&engine::split_sender(&stored.body).0);
            let event = event.with_context(|| format!("event {} can't be read", stored.seq))?;
            truth.take_in(event, stored.command.to_string());
        }
        Ok(truth)
    }

    fn take_in(&mut self, event: FloorEvent, command: String) {
        match event {
            FloorEvent::OrderPlaced(placed) => {
                self.orders.push(Placed { order: placed.order.to_string(), total: placed.total.0, command });
            }
            FloorEvent::TenderCredited(credited) => self.credits.push(Credited {
                tender: credited.tender.to_string(),
                amount: credited.amount.0,
                command,
                attempt: credited.attempt.map(|attempt| attempt.to_string()),
            }),
            FloorEvent::PaymentAsked(asked) => {
                self.asks.push(Asked { ask: asked.ask.to_string(), amount: asked.amount.0, command });
            }
            // The rest is judged by replay.
            _ => {}
        }
    }
}
