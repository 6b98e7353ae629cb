//! The desk on a whole engine, against a channel that says what it is told to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod channel;
mod house;
mod payments;
mod refunds;
