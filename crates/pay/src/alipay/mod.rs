//! Alipay's OpenAPI gateway (支付宝): codes to scan and codes in wallets, mini-programs and browsers, refunds and bills.

mod bills;
mod client;
mod code;
pub(crate) mod diagnose;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod gateway;
mod login;
mod notice;
mod open;
mod query;
mod refunds;
pub mod sign;
mod types;

use std::path::PathBuf;

use serde::Deserialize;

pub use client::Alipay;

/// The production gateway.
pub const PRODUCTION: &str = "https://openapi.alipay.com/gateway.do";

/// The documented hosts of bill files.
pub const BILL_HOSTS: [&str; 2] = ["dwbillcenter.alipay.com", "dwbillcenter.alipaydev.com"];

/// Our identity at Alipay. Every key file may also be `env:NAME`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlipayConfig {
    /// The gateway's address.
    #[serde(default = "production")]
    pub gateway: String,
    /// `app_id`.
    pub app_id: String,
    /// `seller_id`, our merchant number (2088…).
    pub seller_id: String,
    /// Our application's private key, mode 0600.
    pub app_key_pem: PathBuf,
    /// *Alipay's* public key; the application's own public key is the usual mistake.
    pub alipay_public_key_pem: PathBuf,
    /// Where bill files may be fetched from; [`BILL_HOSTS`] unless given.
    #[serde(default)]
    pub bill_hosts: Option<Vec<String>>,
}

fn production() -> String {
    PRODUCTION.to_owned()
}
