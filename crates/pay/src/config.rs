//! What an operator writes, and the guards that keep the simulator and real money apart.

use std::{net::IpAddr, path::Path};

use reqwest::Url;
use serde::Deserialize;

use crate::{
    alipay::AlipayConfig,
    crypto::{Certificate, CryptoError},
    keys::{self, KeyError},
    wechat::WechatConfig,
};

/// How the simulator marks its merchant numbers, application ids and key serials.
const SIMULATED: &str = "SIM";

/// The payment section of the configuration; `merchant.toml` of the simulator has the same shape.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentConfig {
    /// Talk to the channel simulator on this machine instead of the real channels.
    #[serde(default)]
    pub simulator: bool,
    /// WeChat Pay, if the house takes it.
    pub wechat: Option<WechatConfig>,
    /// Alipay, if the house takes it.
    pub alipay: Option<AlipayConfig>,
}

impl PaymentConfig {
    /// Makes relative key paths relative to the configuration file's folder; `env:NAME` settings stay.
    pub fn resolve(&mut self, folder: &Path) {
        if let Some(wechat) = &mut self.wechat {
            wechat.resolve(folder);
        }
        if let Some(alipay) = &mut self.alipay {
            keys::resolve(&mut alipay.app_key_pem, folder);
            keys::resolve(&mut alipay.alipay_public_key_pem, folder);
        }
    }
}

/// Why a channel was not put into service. Shown to the operator at start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not a URL, or not http(s).
    #[error("{what} is not a usable web address")]
    BadUrl {
        /// Which setting.
        what: &'static str,
    },
    /// Plain http to somewhere else.
    #[error("{what} must be https: plain http is only for the simulator on this machine")]
    PlainHttp {
        /// Which setting.
        what: &'static str,
    },
    /// `simulator = true` and an address elsewhere.
    #[error("{what} must be on this machine (127.0.0.1, ::1 or localhost) while simulator = true")]
    NotLoopback {
        /// Which setting.
        what: &'static str,
    },
    /// Simulator credentials without `simulator = true`.
    #[error("{what} belongs to the simulator; set simulator = true or use your own")]
    SimulatedKey {
        /// Which setting.
        what: &'static str,
    },
    /// Real credentials with `simulator = true`.
    #[error("{what} is not the simulator's; never give it real credentials")]
    RealKey {
        /// Which setting.
        what: &'static str,
    },
    /// Empty, or of the wrong length.
    #[error("{what} is missing or malformed")]
    Malformed {
        /// Which setting.
        what: &'static str,
    },
    /// A key file.
    #[error("key file")]
    Key(#[from] KeyError),
    /// The HTTP client.
    #[error("cannot set up the HTTP client")]
    Http(#[source] reqwest::Error),
    /// The system.
    #[error("cryptography")]
    Crypto(#[from] CryptoError),
}

/// Reads a base address: https anywhere, plain http on loopback and only for the simulator.
pub(crate) fn base_url(what: &'static str, text: &str, simulator: bool) -> Result<Url, ConfigError> {
    let url: Url = text.parse().map_err(|_| ConfigError::BadUrl { what })?;
    let host = url.host_str().ok_or(ConfigError::BadUrl { what })?;
    if simulator && !is_loopback(host) {
        return Err(ConfigError::NotLoopback { what });
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if simulator => Ok(url),
        "http" => Err(ConfigError::PlainHttp { what }),
        _ => Err(ConfigError::BadUrl { what }),
    }
}

/// A simulator identity needs `simulator = true`, and the other way round.
pub(crate) fn same_world(what: &'static str, id: &str, simulator: bool) -> Result<(), ConfigError> {
    match (id.contains(SIMULATED), simulator) {
        (true, false) => Err(ConfigError::SimulatedKey { what }),
        (false, true) => Err(ConfigError::RealKey { what }),
        (true, true) | (false, false) => Ok(()),
    }
}

/// As [`same_world`]: a certificate's serial is a number, so its names have to tell.
pub(crate) fn same_world_certificate(what: &'static str, certificate: &Certificate, simulator: bool) -> Result<(), ConfigError> {
    let simulated = [SIMULATED, "Simulated"].iter().any(|mark| certificate.names_contain(mark));
    same_world(what, if simulated { SIMULATED } else { "" }, simulator)
}

/// Whether a browser may be sent back there afterwards.
pub(crate) fn is_return_url(text: &str, simulator: bool) -> bool {
    let Ok(url) = text.parse::<Url>() else {
        return false;
    };
    url.scheme() == "https" || (simulator && url.scheme() == "http")
}

/// Whether a notice address is one the channel accepts.
pub(crate) fn is_notify_url(text: &str, simulator: bool) -> bool {
    let Ok(url) = text.parse::<Url>() else {
        return false;
    };
    let secure = url.scheme() == "https" || (simulator && url.scheme() == "http");
    secure && url.query().is_none() && url.fragment().is_none() && text.len() <= 255
}

pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_the_simulator_on_this_machine_only() {
        assert!(base_url("u", "https://api.mch.weixin.qq.com", false).is_ok());
        assert!(base_url("u", "http://127.0.0.1:1234", true).is_ok());
        assert!(base_url("u", "http://[::1]:1234", true).is_ok());
        assert!(matches!(base_url("u", "http://127.0.0.1:1", false), Err(ConfigError::PlainHttp { .. })));
        for outside in ["http://192.168.1.5", "https://api.mch.weixin.qq.com", "http://127.0.0.1.evil.cn"] {
            assert!(matches!(base_url("u", outside, true), Err(ConfigError::NotLoopback { .. })), "{outside}");
        }
        assert!(matches!(base_url("u", "ftp://x.cn", false), Err(ConfigError::BadUrl { .. })));
        assert!(matches!(base_url("u", "nonsense", false), Err(ConfigError::BadUrl { .. })));
    }

    #[test]
    fn simulated_and_real_credentials_never_mix() {
        assert!(matches!(same_world("mch_id", "SIM1900000109", false), Err(ConfigError::SimulatedKey { .. })));
        assert!(matches!(same_world("mch_id", "1900000109", true), Err(ConfigError::RealKey { .. })));
        assert!(same_world("mch_id", "1900000109", false).is_ok());
    }

    #[test]
    fn notify_addresses_have_no_query() {
        assert!(is_notify_url("https://a.cn/notice/wechat", false));
        assert!(!is_notify_url("https://a.cn/notice?x=1", false));
        assert!(!is_notify_url("http://a.cn/notice", false));
        assert!(is_notify_url("http://127.0.0.1:1/notice", true));
    }
}
