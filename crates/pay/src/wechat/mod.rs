//! WeChat Pay (微信支付): API v3 for everything it has, API v2 for payment codes where the merchant has no v3 there yet.

mod bills;
mod call;
mod certificates;
mod client;
mod code;
pub(crate) mod diagnose;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod login;
mod notice;
mod open;
mod query;
mod refunds;
pub mod sign;
mod types;
pub mod v2;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use client::WechatPay;
pub use login::{Login, WechatLogin};

use crate::keys::{self, Secret};

/// The production host.
pub const PRODUCTION: &str = "https://api.mch.weixin.qq.com";
/// The production host in another region, for when the first cannot be reached.
pub const PRODUCTION_STANDBY: &str = "https://api2.mch.weixin.qq.com";
/// The production host of mini-program sign-in.
pub const PRODUCTION_API: &str = "https://api.weixin.qq.com";

/// Our identity at WeChat Pay. Every key file may also be `env:NAME`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WechatConfig {
    /// The pay host.
    #[serde(default = "production")]
    pub base_url: String,
    /// A second pay host, asked when the first cannot be connected to ([`PRODUCTION_STANDBY`]).
    #[serde(default)]
    pub standby_url: Option<String>,
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
    /// The 32 characters that open notices; `env:NAME` and `file:PATH` are looked up.
    pub api_v3_key: Secret,
    /// WeChat Pay's public keys or certificates; the first is the one we ask answers to be signed with.
    pub verify_keys: Vec<VerifyKey>,
    /// Whether to fetch platform certificates from the channel. A merchant on public keys alone has none.
    #[serde(default)]
    pub certificates: bool,
    /// Which API takes payment codes (付款码).
    #[serde(default)]
    pub code_pay: CodePayApi,
    /// API v2; needed for `code_pay = "v2"`.
    #[serde(default)]
    pub v2: Option<v2::V2Config>,
    /// The mini-program's secret, for sign-in; `env:NAME` and `file:PATH` are looked up.
    pub app_secret: Option<Secret>,
}

/// Which API takes payment codes. The channel switches v3 on merchant by merchant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodePayApi {
    /// `/v3/pay/transactions/codepay`.
    #[default]
    V3,
    /// `/pay/micropay`.
    V2,
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

impl WechatConfig {
    /// Makes relative key paths relative to `folder`.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        keys::resolve(&mut self.merchant_key_pem, folder);
        for key in &mut self.verify_keys {
            keys::resolve(&mut key.pem, folder);
        }
        self.api_v3_key.resolve(folder);
        if let Some(secret) = &mut self.app_secret {
            secret.resolve(folder);
        }
        if let Some(v2) = &mut self.v2 {
            v2.resolve(folder);
        }
    }
}

fn production() -> String {
    PRODUCTION.to_owned()
}

fn production_api() -> String {
    PRODUCTION_API.to_owned()
}
