//! Keys that nodes know each other by, and short texts signed with them that anybody can check without a network.

mod key;
mod signed;

pub use key::{KeyError, NodeKey, PublicKey};
pub use signed::{LONGEST, SealError, open, seal};
