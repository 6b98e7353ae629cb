//! The rules of the house: what may happen in a restaurant, and what follows when it did.
//!
//! Nothing here knows a clock, a random number, a disk or a network; the compiler says so (`no_std`).
//! Each stream of a store's journal has a state, commands, events, a `decide` that may refuse and an `apply`
//! that never does: [`floor`] (tables, orders, kitchen, checks), [`payment`] (attempts and captures) and
//! [`catalog`] (menu versions, the house's set-up, staff, devices).
#![cfg_attr(not(feature = "openapi"), no_std)]
extern crate alloc;

pub mod catalog;
pub mod floor;
pub mod id;
pub mod menu;
pub mod money;
pub mod payment;
pub mod text;
pub mod time;
pub mod view;

pub use id::*;
pub use money::{Currency, Money};
pub use text::Text;
pub use time::{LocalMinute, Timestamp};
