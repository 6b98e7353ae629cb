//! The link between two nodes that hold the same store's streams.
//!
//! Each stream has one home; the other node keeps a copy. One node dials ([`Dialer`]), the other accepts ([`Acceptor`]). Over the one
//! connection every stream is shipped from its home to its copy, and commands go from the copy's side to the home ([`LinkRelay`]).
//! Nothing is ever merged: a copy takes exactly what continues it, checked hash by hash, and two ends that tell different stories
//! stop and say so ([`Trouble`]) until a person has looked.
//!
//! Everything runs on tokio's clock over a [`Wire`] of any kind, so the simulator runs the very same code.

#![warn(missing_docs)]

mod accept;
mod blobs;
mod carry;
mod codec;
mod dial;
mod ended;
mod form;
pub mod frame;
mod hello;
mod lines;
mod local;
mod outbox;
mod pack;
mod present;
mod pulse;
mod rebuild;
mod relay;
mod session;
mod ship;
mod stands;
mod status;
mod take;
mod trouble;
mod waits;
pub mod websocket;
pub mod wire;

pub use accept::{Acceptor, Houses};
pub use carry::{CarryError, carry};
pub use codec::{FrameError, LARGEST, decode, encode};
pub use dial::{Connect, Dialer};
pub use ended::Ended;
pub use frame::Frame;
pub use lines::Lines;
pub use local::{Local, Needs, NoNeeds, NodeId, Role, Streams};
pub use pulse::Rhythm;
pub use relay::LinkRelay;
pub use status::{Progress, Seen, Status};
pub use trouble::{Nodes, Quarantine, Trouble};
pub use wire::{Wire, WireError};
