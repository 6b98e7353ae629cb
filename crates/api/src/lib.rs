//! The house over HTTP: JSON with an OpenAPI document, live feeds, the web apps, the channels' reports.

mod app;
mod assets;
mod auth;
mod body;
mod client_ip;
mod cloud;
mod code;
mod crowd;
mod diner;
mod feeds;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod headers;
mod health;
mod notice;
mod pay_page;
mod problem;
mod router;
mod shop;
mod staff;

pub use app::{App, CloudTrust, StaffPepper};
pub use auth::{Guest, Right, Signer};
pub use client_ip::stranger as who_asks;
pub use cloud::{CloudSight, CloudState};
pub use code::{Payable, party_code, pay_code};
pub use crowd::Crowd;
pub use feeds::Hub;
pub use notice::KeptSince;
pub use problem::Problem;
pub use router::{document, office_pages, pages, router, routes, whole};
pub use staff::lockout::Lockout;
pub use staff::sign_in::{code_hash, hash_pin};
