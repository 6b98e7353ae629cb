//! Doors for the fuzzing targets. Only with the feature `fuzzing`.

use crate::session::Replies;
pub use crate::session::Reply;

/// What a printer said, byte by byte.
pub fn replies(bytes: &[u8]) -> Vec<Reply> {
    let mut replies = Replies::default();
    bytes.iter().filter_map(|byte| replies.take(*byte)).collect()
}
