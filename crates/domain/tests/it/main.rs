//! The rules of the house, tried: given what happened, when somebody asks, then facts or a refusal.
#![allow(clippy::unwrap_used)]

mod adjust;
mod announcements;
mod approval;
mod catalog;
mod complaints;
mod courses;
mod events;
mod floor_table;
mod head_office;
mod house;
mod house_kitchen;
mod house_tables;
mod kitchen;
mod menu;
mod money;
mod nod;
mod orders;
mod pace;
mod payment;
mod properties;
mod rank;
mod rights;
mod story;
mod table;
mod values;
mod views;
mod weigh;
