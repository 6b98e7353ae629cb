//! The real server, as a process with real SQLite, tried from outside: over HTTP, by signals, by a full replay.
#![allow(clippy::unwrap_used)]

mod feeds;
mod kill;
mod operations;
mod orders;
mod payments;
mod refusals;
mod replay;
mod staff;
mod world;
