//! The desks on a whole engine: payments against a channel that says what it is told to, slips against simulated printers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod bills;
mod channel;
mod house;
mod payments;
mod print_climb;
mod print_house;
mod print_slips;
mod print_trouble;
mod receipts;
mod refunds;
mod releases;
