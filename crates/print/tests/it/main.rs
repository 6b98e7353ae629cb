//! Slips down to the byte, and sessions with a printer that misbehaves.
#![allow(clippy::unwrap_used)]

mod fake;
mod golden;
mod pages;
mod paper;
mod pictures;
mod safety;
mod sessions;
mod slips;
mod wire;
