//! The rules of the house, tried: given what happened, when somebody asks, then facts or a refusal.
#![allow(clippy::unwrap_used)]

mod catalog;
mod complaints;
mod events;
mod floor_table;
mod house;
mod kitchen;
mod menu;
mod money;
mod orders;
mod payment;
mod properties;
mod story;
mod table;
mod values;
mod views;
