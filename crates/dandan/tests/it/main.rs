//! The real server, as a process with real SQLite, tried from outside: over HTTP, by signals, by a full replay.
#![allow(clippy::unwrap_used)]

mod boxes;
mod chain;
mod cloud;
mod code_pay;
mod complaints;
mod doctor;
#[allow(dead_code)] // The security tests use more of it.
mod endpoints;
mod feeds;
mod follower;
mod head_office;
mod homes;
mod inbox;
mod kill;
mod office;
mod operations;
mod orders;
mod pay_page;
mod payments;
mod receipts;
mod refunds;
mod refusals;
mod replay;
mod reports;
mod split;
mod staff;
mod tenders;
mod till;
mod tls;
mod ways;
#[allow(dead_code)] // The security tests use more of it.
mod world;
