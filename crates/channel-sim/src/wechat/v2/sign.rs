//! The signature of API v2: sorted names, the key at the end, MD5 or HMAC-SHA256.

use md5::{Digest, Md5};
use ring::hmac;

use super::xml::Fields;

/// How a request is signed; the answer is signed alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignType {
    Md5,
    HmacSha256,
}

impl SignType {
    /// MD5 unless `sign_type` says otherwise.
    pub(super) fn of(fields: &Fields) -> Option<Self> {
        match fields.get("sign_type").map_or("", String::as_str) {
            "" | "MD5" => Some(Self::Md5),
            "HMAC-SHA256" => Some(Self::HmacSha256),
            _ => None,
        }
    }
}

/// The signature over everything that is not empty and not `sign`.
pub(super) fn sign(fields: &Fields, kind: SignType, key: &str) -> String {
    let mut text = String::new();
    for (name, value) in fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()) {
        text.push_str(&format!("{name}={value}&"));
    }
    text.push_str(&format!("key={key}"));
    let bytes = match kind {
        SignType::Md5 => Md5::digest(text.as_bytes()).to_vec(),
        SignType::HmacSha256 => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
            hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
        }
    };
    hex::encode_upper(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_is_signed_as_documented() {
        let fields: Fields = [
            ("appid", "wxd930ea5d5a258f4f"),
            ("body", "test"),
            ("device_info", "1000"),
            ("mch_id", "10000100"),
            ("nonce_str", "ibuaiVcKdpRxkhJA"),
            ("attach", ""),
            ("sign", "is not covered"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let key = "192006250b4c09247ec02edce69f6a2d";
        assert_eq!(sign(&fields, SignType::Md5, key), "9A0A8659F005D6984697E2CA0A9CF3B7");
        let hmac = "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6";
        assert_eq!(sign(&fields, SignType::HmacSha256, key), hmac);
    }
}
