//! The handshake's steps that both ends share.

use crate::codec::{FrameError, decode};
use crate::frame::{Frame, Introduction, Parting};
use crate::outbox::last_word;
use crate::wire::{Wire, WireError, WireIn};
use crate::{Ended, Trouble};
use std::future::Future;
use std::time::Duration;

/// A handshake that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nothing in a handshake is larger: who isn't known yet gets no room.
const LARGEST_HELLO: usize = 16 << 10;
/// How long a goodbye may take.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);
/// Signatures are over this and nothing else, so that one made here is worth nothing elsewhere.
const PURPOSE: &[u8] = b"dandan link hello 1\0";

/// What a dialer signs.
pub(crate) fn to_sign(nonce: &[u8; 32], introduction: &[u8]) -> Vec<u8> {
    [PURPOSE, nonce, introduction].concat()
}

/// Reads what was signed.
pub(crate) fn introduction(bytes: &[u8]) -> Result<Introduction, Ended> {
    crate::codec::read(bytes).map_err(|_| Ended::Trouble(Trouble::Nonsense))
}

/// Waits for a frame of the handshake.
pub(crate) async fn next(wire: &mut dyn WireIn) -> Result<Frame, Ended> {
    let message = wire.recv().await?;
    if message.len() > LARGEST_HELLO {
        return Err(Ended::Wire(WireError::Frame(FrameError::TooLarge(message.len()))));
    }
    match decode(&message) {
        Ok(frame) => Ok(frame),
        Err(FrameError::Version(_)) => Err(Ended::Trouble(Trouble::Version)),
        Err(error) => Err(Ended::Wire(WireError::Frame(error))),
    }
}

/// Gives up a connection for which the other end has already begun to work, so that it hears why.
pub(crate) async fn give_up(wire: &mut Wire, parting: Parting) {
    last_word(&mut *wire.out, &Frame::Bye(parting)).await;
    // A socket closed on unread messages takes back its own last ones.
    let _ = tokio::time::timeout(FAREWELL, async { while wire.inc.recv().await.is_ok() {} }).await;
}

/// Gives a handshake its time.
pub(crate) async fn in_time<T>(steps: impl Future<Output = Result<T, Ended>>) -> Result<T, Ended> {
    tokio::time::timeout(PATIENCE, steps).await.unwrap_or(Err(Ended::Handshake("too slow")))
}
