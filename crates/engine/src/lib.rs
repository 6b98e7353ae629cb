//! One writer per stream: load, decide, append, apply, publish. The only owner of the clock and of fresh ids.
//!
//! [`machine`] says what a stream's rules look like, [`writer`] runs them over a journal, [`clock`] gives them time and ids.

pub mod clock;
mod hand;
mod head_office;
mod history;
pub mod machine;
pub mod machines;
mod relay;
pub mod store;
pub mod writer;

pub use clock::{Clock, IdSource, ManualClock, RandomIds, SeededIds, SystemClock};
pub use hand::{Sender, Written, split_sender};
pub use head_office::{FaultyRelease, FollowError, OnSale};
pub use history::PastEvent;
pub use machine::{Context, Decision, DecodeError, Machine, Outcome};
pub use machines::{HouseRules, Rules};
pub use relay::{Answered, Relay, Relayed};
pub use store::{Home, Homes, OpenStoreError, Opening, PublishError, Refused, Request, Store};
pub use writer::{
    Commit, CommittedEvent, CopyWiring, Handle, StartError, Submit, SubmitError, Wiring, WriterOptions, follow, start,
};
