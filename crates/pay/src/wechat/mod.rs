//! WeChat Pay, API v3 (微信支付): JSAPI and mini-program orders, Native codes, and mini-program sign-in.

mod client;
mod login;
mod notice;
pub mod sign;
mod types;

use std::path::PathBuf;

use serde::Deserialize;

pub use client::WechatPay;
pub use login::{Login, WechatLogin};

use crate::keys::Secret;

/// The production host.
pub const PRODUCTION: &str = "https://api.mch.weixin.qq.com";
/// The production host of mini-program sign-in.
pub const PRODUCTION_API: &str = "https://api.weixin.qq.com";

/// Our identity at WeChat Pay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WechatConfig {
    /// The pay host.
    #[serde(default = "production")]
    pub base_url: String,
    /// The sign-in host.
    #[serde(default = "production_api")]
    pub api_base: String,
    /// `appid` of the mini-program or public account.
    pub app_id: String,
    /// `mchid`.
    pub mch_id: String,
    /// Serial of our API certificate, upper-case hexadecimal.
    pub merchant_serial: String,
    /// Our API private key, `apiclient_key.pem`, mode 0600.
    pub merchant_key_pem: PathBuf,
    /// The 32 characters that open notices.
    pub api_v3_key: Secret,
    /// WeChat Pay's public keys or certificates; the first is the one we ask answers to be signed with.
    pub verify_keys: Vec<VerifyKey>,
    /// The mini-program's secret, for sign-in.
    pub app_secret: Option<Secret>,
}

/// One of WeChat Pay's keys: `PUB_KEY_ID_…` or a certificate serial, and its file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyKey {
    /// What `Wechatpay-Serial` will say.
    pub serial: String,
    /// PEM file.
    pub pem: PathBuf,
}

fn production() -> String {
    PRODUCTION.to_owned()
}

fn production_api() -> String {
    PRODUCTION_API.to_owned()
}
