//! How a connection ended, and what follows from it.

use crate::Trouble;
use crate::frame::Parting;
use crate::wire::WireError;
use journal::{ReadError, Stream};

/// Why a connection is no more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The wire broke, or never was.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Nothing was heard for too long.
    #[error("the other end is silent")]
    Silent,
    /// The handshake took too long, or didn't go as it should.
    #[error("the handshake failed: {0}")]
    Handshake(&'static str),
    /// The other end said goodbye, or refused.
    #[error("the other end hung up: {words}")]
    Parted {
        /// Why, where it wasn't in passing.
        trouble: Option<Trouble>,
        /// The same in words.
        words: String,
    },
    /// This end found something wrong.
    #[error(transparent)]
    Trouble(Trouble),
    /// This end's journal can't be read.
    #[error("the journal can't be read: {0}")]
    Journal(ReadError),
    /// This end hung up so that the connection is made anew.
    #[error("hung up, to connect anew")]
    HungUp,
    /// A newer connection of the same process took its place.
    #[error("a newer connection took its place")]
    Succeeded,
    /// This end is being stopped.
    #[error("stopped")]
    Stopped,
    /// A part of this end is gone.
    #[error("closed")]
    Closed,
}

impl Ended {
    /// What is wrong, whoever found it.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Ended::Trouble(trouble) => Some(*trouble),
            Ended::Parted { trouble, .. } => *trouble,
            Ended::Wire(_)
            | Ended::Silent
            | Ended::Handshake(_)
            | Ended::Journal(_)
            | Ended::HungUp
            | Ended::Succeeded
            | Ended::Stopped
            | Ended::Closed => None,
        }
    }

    /// What the other end is told; nothing where it can't be, or knows.
    pub(crate) fn parting(&self) -> Option<Parting> {
        match self {
            Ended::Trouble(trouble) => Some(Parting::over(*trouble)),
            Ended::Journal(_) | Ended::HungUp | Ended::Succeeded | Ended::Stopped | Ended::Closed => {
                Some(Parting::friendly(&self.to_string()))
            }
            Ended::Wire(_) | Ended::Silent | Ended::Handshake(_) | Ended::Parted { .. } => None,
        }
    }

    /// A journal that can't be read now may be read later; a damaged one can't.
    pub(crate) fn journal(stream: Stream, error: ReadError) -> Ended {
        match error {
            ReadError::Corrupt { seq, .. } => Ended::Trouble(Trouble::Damaged { stream, seq }),
            ReadError::Unavailable(_) => Ended::Journal(error),
        }
    }
}
