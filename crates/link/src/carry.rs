//! Carries a stream from one journal into another at once, where both are at hand: for a box that takes over from a lost one.

use crate::frame::Point;
use crate::local::Needs;
use crate::pack::{PackError, Packer};
use crate::rebuild::Sound;
use journal::{AppendError, Head, Journal, ReadError, StreamKey, WriteError};
use std::sync::Arc;

/// Why a stream could not be carried over.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The journal it is carried to has events of this stream already.
    #[error("there is something already")]
    NotEmpty,
    /// The source is damaged.
    #[error("the source is damaged from event {seq} on: {why}")]
    Damaged {
        /// The event.
        seq: u64,
        /// What is wrong.
        why: String,
    },
    /// The source can't be read.
    #[error("the source can't be read")]
    Read(#[from] ReadError),
    /// The target can't be written.
    #[error("the target can't be written")]
    Write(#[from] AppendError),
    /// The target can't keep a blob.
    #[error("the target can't be written")]
    Blob(#[from] WriteError),
    /// What was written is not what was read.
    #[error("the target ends at {found:?}, the source at {wanted:?}")]
    Differs {
        /// The source's end.
        wanted: Head,
        /// The target's end.
        found: Head,
    },
}

/// Carries a whole stream into a journal that has nothing of it, checked hash by hash, with the blobs its events need.
///
/// # Errors
/// See [`CarryError`].
pub async fn carry(from: &Arc<dyn Journal>, to: &dyn Journal, key: StreamKey, needs: &dyn Needs) -> Result<Head, CarryError> {
    let start = to.head(key).await?;
    if start.seq > 0 {
        return Err(CarryError::NotEmpty);
    }
    let mut packer = Packer::new(from.clone(), key, Point { seq: 0, hash: start.hash });
    while let Some(parcel) = packer.next().await.map_err(unpacked)? {
        let sound = Sound::check(parcel).map_err(|trouble| CarryError::Damaged { seq: 0, why: trouble.to_string() })?;
        for event in &sound.events {
            for hash in needs.of(key.stream, event) {
                if let Some(bytes) = from.get_blob(hash).await? {
                    to.put_blob(bytes).await?;
                }
            }
        }
        let epoch = to.head(key).await?.epoch;
        for group in sound.into_groups(key, epoch) {
            to.append(group).await?;
        }
    }
    let (wanted, found) = (from.head(key).await?, to.head(key).await?);
    if (wanted.seq, wanted.hash) != (found.seq, found.hash) {
        return Err(CarryError::Differs { wanted, found });
    }
    Ok(found)
}

fn unpacked(error: PackError) -> CarryError {
    match error {
        PackError::Unavailable(why) => CarryError::Read(ReadError::Unavailable(why)),
        PackError::Damaged { seq, why } => CarryError::Damaged { seq, why },
        PackError::TooLarge { seq } => CarryError::Damaged { seq, why: "one command's events are too large".to_owned() },
    }
}
