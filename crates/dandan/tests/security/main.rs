//! What an attacker would try, against the real server: over HTTP, raw sockets and WebSockets, and against the same checks in this
//! process where thousands of tries a second are wanted. `docs/security.md` says which requirement each test is for.
#![allow(clippy::unwrap_used)]

mod bombs;
mod closed;
mod codes;
#[path = "../it/endpoints.rs"]
#[allow(dead_code)]
mod endpoints;
mod injection;
mod inside;
mod matrix;
mod notices;
mod paper;
mod raw;
mod reach;
mod secrets;
mod sessions;
mod sign_in;
mod sources;
#[path = "../it/till.rs"]
#[allow(dead_code)]
mod till;
mod web;
#[path = "../it/world.rs"]
#[allow(dead_code)]
mod world;
