//! What a stream's rules look like to the engine.

use std::{cell::Cell, error::Error, fmt};

use serde::{Serialize, de::DeserializeOwned};

use crate::clock::derive;

/// What a command was answered: done (or done before), or refused.
pub type Outcome<M> = Result<<M as Machine>::Answer, <M as Machine>::Reject>;

/// What a command leads to: events to record and an answer, or a refusal.
pub type Decision<M> = Result<(Vec<<M as Machine>::Event>, <M as Machine>::Answer), <M as Machine>::Reject>;

/// The rules of one stream. Pure: the same state, command, context and neighbours give the same events.
pub trait Machine: Sized + Send + Sync + 'static {
    /// What the events lead to. Serialised for snapshots, which may be deleted at any time.
    type State: Clone + Default + Send + Sync + Serialize + DeserializeOwned + 'static;
    /// What may be asked. Its JSON travels to the stream's home; it isn't stored.
    type Command: Send + Sync + Serialize + DeserializeOwned + 'static;
    /// What happened. Its JSON is the journal's body.
    type Event: Clone + Send + Sync + Serialize + DeserializeOwned + 'static;
    /// What whoever asked is told. Kept for ever, so that a retry is told the same.
    type Answer: Clone + Send + Serialize + DeserializeOwned + 'static;
    /// Why the house says no. Kept as well.
    type Reject: Clone + Send + Serialize + DeserializeOwned + 'static;
    /// What a decision may look at besides the state, such as the menu on sale.
    type Neighbours;

    /// Changes when old snapshots no longer fit the state. The stream is then replayed once.
    const SNAPSHOT_VERSION: u32;

    /// Decides a command on a state. May refuse; has no effects.
    ///
    /// # Errors
    /// The house's reason to say no. It is recorded under the command's id, so a retry is refused the same way.
    fn decide(state: &Self::State, command: &Self::Command, context: &Context, neighbours: &Self::Neighbours) -> Decision<Self>;

    /// Takes in what happened. Never refuses.
    fn apply(state: &mut Self::State, event: &Self::Event, at_ms: i64, seq: u64);

    /// The event's name and the version of its body, as published.
    fn kind(event: &Self::Event) -> (&'static str, u16);

    /// Writes an event's body.
    ///
    /// # Errors
    /// If the event has no JSON form: a bug.
    fn encode(event: &Self::Event) -> Result<Vec<u8>, DecodeError> {
        Ok(serde_json::to_vec(event)?)
    }

    /// Reads an event of any version ever released. Old versions are lifted to today's event here.
    ///
    /// # Errors
    /// If the kind is unknown or the body does not fit it.
    fn decode(kind: &str, version: u16, body: &[u8]) -> Result<Self::Event, DecodeError> {
        let _ = (kind, version);
        Ok(serde_json::from_slice(body)?)
    }
}

/// Why an event could not be read or written.
pub type DecodeError = Box<dyn Error + Send + Sync>;

/// When a decision is made, and the fresh ids it may use.
pub struct Context {
    /// Now, in UTC milliseconds. Every decision of one group shares it: it is the group's time in the journal.
    pub now_ms: i64,
    /// The minute of the store's own day, 0 to 1439.
    pub local_minute: u16,
    seed: [u8; 32],
    given: Cell<u64>,
}

impl Context {
    /// Makes a context whose fresh ids follow from a seed.
    pub fn new(now_ms: i64, local_minute: u16, seed: [u8; 32]) -> Context {
        Context { now_ms, local_minute, seed, given: Cell::new(0) }
    }

    /// Gives 128 fresh bits. Nobody who does not know the seed can guess them.
    pub fn fresh_id(&self) -> u128 {
        let n = self.given.get();
        self.given.set(n + 1);
        let mut id = [0; 16];
        id.copy_from_slice(&derive(&self.seed, n)[..16]);
        u128::from_be_bytes(id)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the seed: whoever reads the log could guess the ids.
        f.debug_struct("Context").field("now_ms", &self.now_ms).field("local_minute", &self.local_minute).finish_non_exhaustive()
    }
}
