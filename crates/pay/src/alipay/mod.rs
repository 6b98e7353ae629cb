//! Alipay's OpenAPI gateway (支付宝): codes to scan (`alipay.trade.precreate`), query, close and refund.

mod client;
mod notice;
pub mod sign;
mod types;

use std::path::PathBuf;

use serde::Deserialize;

pub use client::Alipay;

/// The production gateway.
pub const PRODUCTION: &str = "https://openapi.alipay.com/gateway.do";

/// Our identity at Alipay.
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
}

fn production() -> String {
    PRODUCTION.to_owned()
}
