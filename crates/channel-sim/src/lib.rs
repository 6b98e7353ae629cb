//! A payment-channel simulator: a real HTTP server that speaks WeChat Pay's and Alipay's wire protocols.
//!
//! It exists so that the whole road of money, from the signed order to the encrypted notice, runs on one
//! machine with no account anywhere, and so that everything a channel can do wrong can be made to happen.
//! It moves no money, makes its own keys, and listens and reports on this machine only. It shares no signing or reading
//! code with the payment adapters: two independent readings of the same documents check each other.

mod alipay;
mod auth_code;
mod cli;
mod control;
mod crypto;
mod cut;
mod faults;
mod identity;
mod ledger;
mod notify;
mod server;
mod wallet;
mod wechat;

use std::{net::SocketAddr, path::PathBuf};

pub use cli::{Args, run};
pub use identity::MerchantFiles;
pub use server::{Running, start};

/// How to run a simulator.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// Where keys, `merchant.toml` and the ledger live; made at the first start.
    pub data_dir: PathBuf,
    /// Where both channels, and the payer's page, listen; loopback only. Port 0 takes any.
    pub listen: SocketAddr,
    /// Where the control API listens, if it should not be on `listen`.
    pub control: Option<SocketAddr>,
    /// Decides which calls a fault with a percentage hits.
    pub seed: u64,
    /// How many times faster than real the waits run (notice retries, refunds on their way). 1.0 is real time.
    pub time_scale: f64,
}

impl SimConfig {
    /// A simulator at real speed.
    pub fn new(data_dir: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self { data_dir: data_dir.into(), listen, control: None, seed: 1, time_scale: 1.0 }
    }
}

/// The page where a person pays this code (or `prepay_id`) at the simulator.
pub fn demo_wallet_url(base: &str, code_url: &str) -> String {
    let code: String = form_urlencoded::byte_serialize(code_url.as_bytes()).collect();
    format!("{}/wallet/pay?code={code}", base.trim_end_matches('/'))
}
