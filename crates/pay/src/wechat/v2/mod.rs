//! WeChat Pay, API v2: payment codes for merchants whom v3 does not take them for yet. XML, and keys instead of key pairs.

mod answer;
mod client;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
pub mod sign;
pub mod xml;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub(super) use client::V2;

use crate::keys;

/// What API v2 needs beyond the merchant's ids. Every key file may also be `env:NAME`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V2Config {
    /// The pay host.
    #[serde(default = "super::production")]
    pub base_url: String,
    /// The 32 characters that sign, mode 0600.
    pub api_key: PathBuf,
    /// What we sign with and expect answers to be signed with.
    #[serde(default)]
    pub sign_type: sign::SignType,
    /// Our API certificate, `apiclient_cert.pem`: a reverse wants to see it.
    #[serde(default)]
    pub client_cert_pem: Option<PathBuf>,
    /// Its key, `apiclient_key.pem`, mode 0600.
    #[serde(default)]
    pub client_key_pem: Option<PathBuf>,
    /// The root of the host's certificate, where it isn't one the system knows.
    #[serde(default)]
    pub ca_pem: Option<PathBuf>,
}

impl V2Config {
    pub(super) fn resolve(&mut self, folder: &Path) {
        keys::resolve(&mut self.api_key, folder);
        for place in [&mut self.client_cert_pem, &mut self.client_key_pem, &mut self.ca_pem].into_iter().flatten() {
            keys::resolve(place, folder);
        }
    }
}
