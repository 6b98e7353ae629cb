//! Backups of the real server, as files and commands: made under load, sealed, damaged, restored, and kept from going stale.
#![allow(clippy::unwrap_used)]

mod commands;
mod damage;
mod drill;
mod hands;
mod regular;
mod stale;
#[path = "../it/world.rs"]
#[allow(dead_code)]
mod world;
