//! Two nodes, a link between them, and everything that may go wrong on it. On tokio's paused clock: minutes pass in no time.

#![allow(clippy::unwrap_used)]

mod book;
mod catch_up;
mod commands;
mod faults;
mod follower;
mod frames;
mod history;
mod hostile;
mod identity;
mod needs;
mod net;
mod real;
mod socket;
mod swarm;
mod world;
