//! Real processes under real faults: the server, its disk, its clock and every wire that leads to it are made to fail, and afterwards
//! the journal is held against what people were told.
//!
//! A [`scenario`] opens a restaurant of its own ([`world`]), lets phones, tills, screens and wallets work on it ([`people`]), makes one
//! kind of trouble, heals it, and hands everything to the [`check`]. What people were told is in their notebooks, which are written
//! before the first send; what is true is in the journal, read by [`check`] without the server. Faults are counted: one that never
//! happened proves nothing, so it fails the scenario.

#![warn(missing_docs)]

pub mod check;
pub mod children;
pub mod dice;
pub mod disk;
pub mod house;
pub mod people;
pub mod proxy;
pub mod report;
pub mod scenario;
pub mod tools;
pub mod world;
