//! What happened, as the journal has it: for those who ask who did what, where and when.

use crate::hand::{Sender, split_sender};
use crate::store::Store;
use domain::Timestamp;
use journal::{ReadError, StoreKey, Stream, StreamKey};

/// A fact of the floor as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEvent {
    /// Its number in the journal.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The published name of its format.
    pub kind: String,
    /// Its JSON, without its sender.
    pub body: Vec<u8>,
    /// Who sent the command that led to it; nobody: the house itself.
    pub sender: Option<Sender>,
}

impl Store {
    /// Reads up to `limit` events of the floor after number `after`, in order.
    ///
    /// # Errors
    /// If the journal can't be read now, or is damaged there.
    pub async fn floor_history(&self, after: u64, limit: usize) -> Result<Vec<PastEvent>, ReadError> {
        let stream = StreamKey::new(StoreKey(self.id().0), Stream::Floor);
        let stored = self.journal().read(stream, after, limit).await?;
        Ok(stored
            .into_iter()
            .map(|event| {
                let (body, sender) = split_sender(&event.body);
                let body = body.into_owned();
                PastEvent { seq: event.seq, at: Timestamp(event.at_ms), kind: event.kind, body, sender }
            })
            .collect())
    }
}
