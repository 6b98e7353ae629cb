//! What waits to be sent: what is short and urgent goes before what is long.

use crate::codec::encode;
use crate::frame::Frame;
use crate::wire::{WireError, WireOut};
use std::time::Duration;
use tokio::sync::mpsc;

/// Frames that may wait: commands, answers, beats, acknowledgements.
const URGENT: usize = 1024;
/// Parcels and blob pieces that may wait.
const BULK: usize = 2;
/// How long a last word may take.
const LAST_WORD: Duration = Duration::from_secs(1);

/// The way out of this end, for whoever has something to send. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    pub urgent: mpsc::Sender<Frame>,
    pub bulk: mpsc::Sender<Frame>,
}

/// What waits.
pub(crate) struct Waiting {
    urgent: mpsc::Receiver<Frame>,
    bulk: mpsc::Receiver<Frame>,
}

pub(crate) fn outbox() -> (Outbox, Waiting) {
    let ((urgent, urgent_in), (bulk, bulk_in)) = (mpsc::channel(URGENT), mpsc::channel(BULK));
    (Outbox { urgent, bulk }, Waiting { urgent: urgent_in, bulk: bulk_in })
}

/// Sends what waits until the wire fails.
pub(crate) async fn send_all(out: &mut dyn WireOut, mut waiting: Waiting) -> WireError {
    loop {
        let frame = tokio::select! { biased;
            Some(frame) = waiting.urgent.recv() => frame,
            Some(frame) = waiting.bulk.recv() => frame,
            else => return WireError::Closed,
        };
        if let Err(error) = send(out, &frame).await {
            return error;
        }
    }
}

/// Sends one frame.
pub(crate) async fn send(out: &mut dyn WireOut, frame: &Frame) -> Result<(), WireError> {
    out.send(encode(frame)?).await
}

/// Sends a frame after which there is nothing more to say. Whether it arrives is the other end's luck.
pub(crate) async fn last_word(out: &mut dyn WireOut, frame: &Frame) {
    let _ = tokio::time::timeout(LAST_WORD, send(out, frame)).await;
}
