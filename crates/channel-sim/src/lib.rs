//! A payment-channel simulator: a real HTTP server that speaks WeChat Pay's and Alipay's wire protocols.
//!
//! It exists so that the whole road of money, from the signed order to the encrypted notice, runs on one
//! machine with no account anywhere, and so that everything a channel can do wrong can be made to happen.
//! It moves no money, makes its own keys, and listens and reports on this machine only. It shares no signing or reading
//! code with the payment adapters: two independent readings of the same documents check each other.
//!
//! [`start`] serves it over sockets; [`Simulator`] is the same thing inside a drill, called through its router, with
//! the drill's clock and the drill's way to deliver notices. What a tester can do is in `control.rs` (over HTTP) and on
//! [`Simulator`]; what can go wrong with one call or notice is a [`Kind`], what is so for all of them is in [`Settings`],
//! and what a payer behind a code does is in [`Plan::of_code`].
//!
//! # Not as the real channels
//! - Notices go to this machine only, over http too, and an H5 payer may be at 127.0.0.1 (see [`Settings`]).
//! - WeChat Pay v2 sends no refund notices: theirs have a format of their own that nobody here reads.
//! - `/secapi` without the merchant's certificate ends the connection, on the TLS listener and on the plain one; only
//!   a drill in one process may do without ([`SimConfig::plain_secapi`]).

mod alipay;
mod bill;
mod certificates;
mod cli;
mod codepay;
mod config;
mod control;
mod crypto;
mod faults;
mod identity;
mod ledger;
mod line;
mod notify;
mod order;
mod server;
mod settings;
mod sim;
mod simulator;
mod tls;
mod wallet;
mod wechat;

pub use bill::{BillFile, NoBill, Spoil, Wrong};
pub use cli::{Args, run};
pub use codepay::{Payer, Plan};
pub use config::{Clock, Courier, CourierChoice, LedgerPlace, SimConfig};
pub use faults::{Fault, Kind, Op, Which};
pub use identity::MerchantFiles;
pub use order::{Product, RefundEnd, RefundRow, Refused, Row, State};
pub use server::{Running, start};
pub use settings::Settings;
pub use sim::CUT_HEADER;
pub use simulator::Simulator;

/// The page where a person pays this code (or `prepay_id`) at the simulator.
pub fn demo_wallet_url(base: &str, code_url: &str) -> String {
    let code: String = form_urlencoded::byte_serialize(code_url.as_bytes()).collect();
    format!("{}/wallet/pay?code={code}", base.trim_end_matches('/'))
}
