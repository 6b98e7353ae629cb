//! Restaurants that do whatever the house's rules let them, over several days: the rows are what the domain says, and what happened.
#![allow(clippy::unwrap_used)]

mod agree;
mod portions;
mod walk;
