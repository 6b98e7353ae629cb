//! Bytes that events refer to: the copy asks for what it lacks, the home sends it in pieces.

use crate::Ended;
use crate::frame::{Blob, Frame, Want};
use crate::local::Local;
use crate::outbox::Outbox;
use journal::{Hash, Journal, Stream, blob_hash};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Bytes per piece, so that a beat never waits long behind one.
const PIECE: usize = 32 << 10;
/// Nothing larger is fetched.
const LARGEST_BLOB: u64 = 64 << 20;
/// Hashes known to be here, so that the journal isn't asked again and again. Forgotten all at once.
const REMEMBERED: usize = 4096;
/// How long a piece may take before all is asked for again.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before asking again for what the home doesn't have, or what can't be kept.
const LATER: Duration = Duration::from_secs(5);

/// Sends what the copies ask for.
pub(crate) async fn serve(local: &Local, mut wants: mpsc::Receiver<Want>, out: &Outbox) -> Ended {
    while let Some(Want { stream, hash }) = wants.recv().await {
        let bytes = match local.journal.get_blob(hash).await {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%error, blob = hex::encode(hash), "bytes that a copy needs can't be read");
                None
            }
        };
        for piece in pieces(stream, hash, bytes.as_deref()) {
            let _ = out.bulk.send(Frame::Blob(piece)).await;
        }
    }
    Ended::Closed
}

fn pieces(stream: Stream, hash: Hash, bytes: Option<&[u8]>) -> Vec<Blob> {
    let blob = |at: usize, piece: &[u8]| Blob {
        stream,
        hash,
        size: bytes.map(|bytes| bytes.len() as u64),
        at: at as u64,
        bytes: piece.to_vec(),
    };
    match bytes {
        None | Some([]) => vec![blob(0, &[])],
        Some(bytes) => bytes.chunks(PIECE).enumerate().map(|(i, piece)| blob(i * PIECE, piece)).collect(),
    }
}

/// Fetches what events of one stream need.
pub(crate) struct Fetcher {
    journal: Arc<dyn Journal>,
    stream: Stream,
    out: Outbox,
    blobs: mpsc::Receiver<Blob>,
    here: BTreeSet<Hash>,
}

impl Fetcher {
    pub fn new(journal: Arc<dyn Journal>, stream: Stream, out: Outbox, blobs: mpsc::Receiver<Blob>) -> Fetcher {
        Fetcher { journal, stream, out, blobs, here: BTreeSet::new() }
    }

    /// Returns once the bytes are in this end's journal, however long it takes.
    pub async fn fetch(&mut self, hash: Hash) {
        while !self.is_here(hash).await {
            let kept = match self.ask(hash).await {
                Some(bytes) => self.keep(bytes).await,
                None => false,
            };
            if !kept {
                tokio::time::sleep(LATER).await;
            }
        }
        if self.here.len() >= REMEMBERED {
            self.here.clear();
        }
        self.here.insert(hash);
    }

    async fn is_here(&self, hash: Hash) -> bool {
        // What is here but damaged or unreadable is fetched again: keeping the same bytes twice changes nothing.
        self.here.contains(&hash) || matches!(self.journal.get_blob(hash).await, Ok(Some(_)))
    }

    async fn keep(&self, bytes: Vec<u8>) -> bool {
        match self.journal.put_blob(bytes).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "fetched bytes can't be kept now");
                false
            }
        }
    }

    /// Asks once; nothing if the right bytes didn't come.
    async fn ask(&mut self, hash: Hash) -> Option<Vec<u8>> {
        while self.blobs.try_recv().is_ok() {}
        self.out.urgent.send(Frame::Want(Want { stream: self.stream, hash })).await.ok()?;
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let piece = tokio::time::timeout(PATIENCE, self.blobs.recv()).await.ok()??;
            if piece.hash != hash || piece.at != bytes.len() as u64 {
                continue;
            }
            let Some(size) = piece.size.filter(|size| *size <= LARGEST_BLOB) else {
                tracing::error!(blob = hex::encode(hash), size = piece.size, "the home can't send what its events refer to");
                return None;
            };
            bytes.extend_from_slice(&piece.bytes);
            if bytes.len() as u64 >= size {
                break;
            }
        }
        (blob_hash(&bytes) == hash).then_some(bytes)
    }
}
