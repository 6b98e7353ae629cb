//! API v2's signatures: sorted fields and a shared key.
//!
//! # Source
//! pay.weixin.qq.com, 安全规范 (v2, read 2026-11).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::crypto::{hmac_sha256_hex, md5_hex, same_check};

/// How a merchant's v2 messages are signed. Fixed by configuration: an answer may not choose for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum SignType {
    /// The better of the two.
    #[default]
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
    /// The channel's default.
    #[serde(rename = "MD5")]
    Md5,
}

impl SignType {
    /// As written in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "HMAC-SHA256",
            Self::Md5 => "MD5",
        }
    }

    /// The signature over all fields but `sign` and empty ones.
    pub fn sign(self, fields: &BTreeMap<String, String>, key: &str) -> String {
        let mut text = String::new();
        for (name, value) in fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()) {
            text.push_str(&format!("{name}={value}&"));
        }
        text.push_str("key=");
        text.push_str(key);
        match self {
            Self::HmacSha256 => hmac_sha256_hex(key.as_bytes(), text.as_bytes()),
            Self::Md5 => md5_hex(text.as_bytes()),
        }
    }

    /// Whether the fields carry this key's signature, of this type and no other.
    pub fn verifies(self, fields: &BTreeMap<String, String>, key: &str) -> bool {
        if fields.get("sign_type").is_some_and(|given| given != self.as_str()) {
            return false;
        }
        fields.get("sign").is_some_and(|sign| same_check(sign, &self.sign(fields, key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

    fn example() -> BTreeMap<String, String> {
        [
            ("appid", "wxd930ea5d5a258f4f"),
            ("body", "test"),
            ("device_info", "1000"),
            ("mch_id", "10000100"),
            ("nonce_str", "ibuaiVcKdpRxkhJA"),
            ("attach", ""),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn the_documents_example_signs_as_documented() {
        assert_eq!(SignType::Md5.sign(&example(), KEY), "9A0A8659F005D6984697E2CA0A9CF3B7");
        let hmac = "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6";
        assert_eq!(SignType::HmacSha256.sign(&example(), KEY), hmac);
    }

    #[test]
    fn an_answer_may_not_choose_the_weaker_method() {
        let mut fields = example();
        fields.insert("sign".to_owned(), SignType::Md5.sign(&fields, KEY));
        assert!(SignType::Md5.verifies(&fields, KEY));
        assert!(!SignType::HmacSha256.verifies(&fields, KEY));
        fields.insert("sign_type".to_owned(), "MD5".to_owned());
        fields.insert("sign".to_owned(), SignType::HmacSha256.sign(&fields, KEY));
        assert!(!SignType::HmacSha256.verifies(&fields, KEY));
        fields.remove("sign");
        assert!(!SignType::Md5.verifies(&fields, KEY));
    }
}
