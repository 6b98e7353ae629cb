//! The hash chain over a stream.
//!
//! `hash(n) = SHA-256(hash(n-1) ‖ seq ‖ epoch ‖ at_ms ‖ version ‖ command ‖ len(kind) ‖ kind ‖ len(body) ‖ body)`, integers big-endian.
//! `hash(0)` is taken from the stream's name, so a stream cannot pass for another's. This is a published format: it never changes.

use ring::digest;

use crate::{CommandId, Hash, Head, Journal, READ_CHUNK, ReadError, StoredEvent, StreamKey};

/// The hash before a stream's first event.
pub fn genesis(key: StreamKey) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"dandan journal 1\0");
    context.update(&key.store.0.to_be_bytes());
    context.update(&[key.stream.code()]);
    to_hash(context.finish())
}

/// The name of a blob: the SHA-256 of its bytes.
pub fn blob_hash(bytes: &[u8]) -> Hash {
    to_hash(digest::digest(&digest::SHA256, bytes))
}

/// What an event's hash covers besides the hash before it.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Its number.
    pub seq: u64,
    /// The epoch it was written under.
    pub epoch: u64,
    /// When its group was written.
    pub at_ms: i64,
    /// What happened.
    pub kind: &'a str,
    /// The version of the body's format.
    pub version: u16,
    /// The command it belongs to.
    pub command: CommandId,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

impl Link<'_> {
    /// Chains the event to the hash before it.
    pub fn hash(&self, previous: &Hash) -> Hash {
        let mut fixed = [0_u8; 82];
        fixed[..32].copy_from_slice(previous);
        fixed[32..40].copy_from_slice(&self.seq.to_be_bytes());
        fixed[40..48].copy_from_slice(&self.epoch.to_be_bytes());
        fixed[48..56].copy_from_slice(&self.at_ms.to_be_bytes());
        fixed[56..58].copy_from_slice(&self.version.to_be_bytes());
        fixed[58..74].copy_from_slice(&self.command.0.to_be_bytes());
        fixed[74..].copy_from_slice(&(self.kind.len() as u64).to_be_bytes());
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&fixed);
        context.update(self.kind.as_bytes());
        context.update(&(self.body.len() as u64).to_be_bytes());
        context.update(self.body);
        to_hash(context.finish())
    }
}

impl StoredEvent {
    /// What its hash covers besides the hash before it.
    pub fn link(&self) -> Link<'_> {
        Link {
            seq: self.seq,
            epoch: self.epoch,
            at_ms: self.at_ms,
            kind: &self.kind,
            version: self.version,
            command: self.command,
            body: &self.body,
        }
    }
}

/// Follows a stream event by event and notices the first that does not belong.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    seq: u64,
    hash: Hash,
}

impl Chain {
    /// Starts after event `seq`, whose hash is trusted.
    pub fn after(seq: u64, hash: Hash) -> Chain {
        Chain { seq, hash }
    }

    /// Starts before the first event.
    pub fn from_start(key: StreamKey) -> Chain {
        Chain::after(0, genesis(key))
    }

    /// The last event followed.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The last event's hash.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// [`Break`] if it is not the next one, or not what was written.
    pub fn follow(&mut self, event: &StoredEvent) -> Result<(), Break> {
        let seq = self.seq + 1;
        if event.seq != seq {
            let why = format!("missing: the next event is {}", event.seq);
            return Err(Break { seq, why });
        }
        let hash = event.link().hash(&self.hash);
        if hash != event.hash {
            let why = "altered: its hash does not follow from the event before it".to_owned();
            return Err(Break { seq, why });
        }
        *self = Chain { seq, hash };
        Ok(())
    }
}

/// The first event that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} is damaged: {why}")]
pub struct Break {
    /// Its number.
    pub seq: u64,
    /// What is wrong with it.
    pub why: String,
}

/// What a walk over a stream found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many events are what was written.
    pub checked: u64,
    /// The head the journal recorded when the walk began.
    pub head: Head,
    /// The first bad event.
    pub broken: Option<Break>,
}

/// Walks a stream; the next chunk is read while this one is hashed.
pub(crate) async fn verify<J: Journal + ?Sized>(journal: &J, key: StreamKey, after_seq: u64) -> Result<VerifyReport, ReadError> {
    let head = journal.head(key).await?;
    let mut chain = match trusted_start(journal, key, after_seq).await? {
        Some(chain) => chain,
        None => {
            let why = "missing: the stream is shorter".to_owned();
            return Ok(report(0, head, Some(Break { seq: after_seq, why })));
        }
    };
    let mut chunk = Vec::new();
    let mut next_after = after_seq;
    loop {
        let want = usize::try_from(head.seq.saturating_sub(next_after)).unwrap_or(usize::MAX);
        let (next, checked) = tokio::join!(read_some(journal, key, next_after, want.min(READ_CHUNK)), async {
            chunk.iter().try_for_each(|event| chain.follow(event))
        });
        if let Err(broken) = checked {
            return Ok(report(chain.seq - after_seq, head, Some(broken)));
        }
        chunk = match next {
            Ok(events) => events,
            Err(ReadError::Corrupt { seq, why }) => {
                let seq = if seq == 0 { chain.seq + 1 } else { seq };
                let broken = Some(Break { seq, why });
                return Ok(report(chain.seq - after_seq, head, broken));
            }
            Err(error @ ReadError::Unavailable(_)) => return Err(error),
        };
        match chunk.last() {
            Some(last) => next_after = last.seq,
            None => break,
        }
    }
    Ok(report(chain.seq - after_seq, head, end_of(&chain, head)))
}

fn report(checked: u64, head: Head, broken: Option<Break>) -> VerifyReport {
    VerifyReport { checked, head, broken }
}

/// Compares where the events end with where the journal says they end: a cut-off tail shows here.
fn end_of(chain: &Chain, head: Head) -> Option<Break> {
    if chain.seq < head.seq {
        let why = format!("missing: the stream should reach {}", head.seq);
        return Some(Break { seq: chain.seq + 1, why });
    }
    (chain.seq == head.seq && chain.hash != head.hash)
        .then(|| Break { seq: head.seq, why: "rewritten: the recorded head has another hash".to_owned() })
}

async fn read_some<J: Journal + ?Sized>(
    journal: &J,
    key: StreamKey,
    after_seq: u64,
    limit: usize,
) -> Result<Vec<StoredEvent>, ReadError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    journal.read(key, after_seq, limit).await
}

async fn trusted_start<J: Journal + ?Sized>(journal: &J, key: StreamKey, after_seq: u64) -> Result<Option<Chain>, ReadError> {
    let Some(before) = after_seq.checked_sub(1) else {
        return Ok(Some(Chain::from_start(key)));
    };
    let found = journal.read(key, before, 1).await?;
    Ok(found.first().filter(|event| event.seq == after_seq).map(|event| Chain::after(event.seq, event.hash)))
}

fn to_hash(digest: digest::Digest) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StoreKey, Stream};

    /// Worked out by another program from the description at the top of this file.
    #[test]
    fn the_published_hashes_never_change() {
        let key = StreamKey::new(StoreKey(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), Stream::Money);
        assert_eq!(hex::encode(genesis(key)), "0e5c9e4c8d43fe3d106a2643168c1e11d850584eb36f6ad4224c0893ae3cb21a");
        let link = Link {
            seq: 1,
            epoch: 7,
            at_ms: 1_795_000_000_000,
            kind: "OrderPlaced",
            version: 3,
            command: CommandId(0xfeed),
            body: "{\"菜\":\"宫保鸡丁\"}".as_bytes(),
        };
        assert_eq!(hex::encode(link.hash(&genesis(key))), "40cd105978d67c389cd2081cec76163a7b3c2e32e9424fed8503ddc947672611");
    }
}
