//! Shops and their cloud on networks of their own: real processes in network namespaces, on wires that are cut, lose, or carry one way
//! only. Run by `cargo xtask net`, which asks for it in the environment; otherwise, and where this machine can't make such networks,
//! each test says so and does nothing.
#![allow(clippy::unwrap_used)]

mod cloud;
mod database;
mod days;
mod follower;
mod ground;
mod loss;
mod one_way;
mod phone;
mod storm;
#[path = "../it/world.rs"]
#[allow(dead_code)] // These tests use little of it.
mod world;
