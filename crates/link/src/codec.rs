//! Frames to bytes and back. Bytes from outside never make it panic, and never make it reserve more than they are.

use crate::frame::{Frame, VERSION};
use serde::{Serialize, de::DeserializeOwned};

/// No frame is larger, either way. Parcels and blobs are cut far below it; one single event might come near.
pub const LARGEST: usize = 8 << 20;

/// How deep a frame's CBOR may nest. Ours is flat; anything deeper was made to hurt.
const DEEPEST: usize = 24;

/// Why bytes are not a frame, or a frame no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Larger than [`LARGEST`].
    #[error("a frame of {0} bytes is too large")]
    TooLarge(usize),
    /// Of another version of the protocol.
    #[error("frame of protocol version {0}")]
    Version(u8),
    /// Not what this program calls a frame.
    #[error("malformed frame: {0}")]
    Malformed(String),
}

/// Writes a frame.
///
/// # Errors
/// `TooLarge`; `Malformed` would be a bug.
pub fn encode(frame: &Frame) -> Result<Vec<u8>, FrameError> {
    let mut bytes = vec![VERSION];
    write(frame, &mut bytes)?;
    match bytes.len() {
        size if size > LARGEST => Err(FrameError::TooLarge(size)),
        _ => Ok(bytes),
    }
}

/// Reads a frame.
///
/// # Errors
/// See [`FrameError`].
pub fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
    if bytes.len() > LARGEST {
        return Err(FrameError::TooLarge(bytes.len()));
    }
    match bytes.split_first() {
        None => Err(FrameError::Malformed("empty".to_owned())),
        Some((&VERSION, rest)) => read(rest),
        Some((&other, _)) => Err(FrameError::Version(other)),
    }
}

/// Appends a value's CBOR.
pub(crate) fn write<T: Serialize>(value: &T, to: &mut Vec<u8>) -> Result<(), FrameError> {
    ciborium::into_writer(value, to).map_err(|error| FrameError::Malformed(error.to_string()))
}

/// Reads exactly one value.
pub(crate) fn read<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, FrameError> {
    let value = ciborium::de::from_reader_with_recursion_limit(&mut bytes, DEEPEST)
        .map_err(|error| FrameError::Malformed(error.to_string()))?;
    match bytes {
        [] => Ok(value),
        more => Err(FrameError::Malformed(format!("{} bytes too many", more.len()))),
    }
}
