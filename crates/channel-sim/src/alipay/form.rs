//! Forms as the gateway reads them: bytes first, characters by whichever charset applies.
//!
//! The body is read in the charset of the address or of the content type, and as GBK when neither names one; the
//! signature is checked in the charset of the parameters. A client that puts `charset=utf-8` only into the body has
//! its Chinese read wrongly and its signature refused, as with the real gateway.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Uri};
use encoding_rs::{Encoding, GBK, UTF_8};

use crate::bill::gbk;

pub(super) type Params = BTreeMap<String, String>;

/// A charset that the gateway speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Gbk,
}

impl Charset {
    pub(super) fn read(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "gbk" | "gb2312" => Some(Self::Gbk),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gbk => "GBK",
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gbk => GBK,
        }
    }

    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Gbk => gbk(text),
        }
    }
}

/// The common parameters and the rest, from the address and the body: they count as one form.
pub(super) fn read(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Params {
    let query = pairs(uri.query().unwrap_or("").as_bytes());
    let in_address = query.iter().find(|(name, _)| name == b"charset").and_then(|(_, value)| std::str::from_utf8(value).ok());
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
    let in_kind = kind.to_ascii_lowercase().split_once("charset=").map(|(_, name)| name.trim().to_owned());
    let charset = in_address.and_then(Charset::read).or_else(|| Charset::read(&in_kind?)).unwrap_or(Charset::Gbk);
    let text = |bytes: &[u8]| charset.encoding().decode_without_bom_handling(bytes).0.into_owned();
    query.iter().chain(&pairs(body)).map(|(name, value)| (text(name), text(value))).collect()
}

fn pairs(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let parts = bytes.split(|b| *b == b'&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let mut halves = part.splitn(2, |b| *b == b'=');
            let mut half = || decode(halves.next().unwrap_or_default());
            (half(), half())
        })
        .collect()
}

/// `+` is a space and `%xx` a byte; a `%` with anything else after it is itself.
fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let byte = match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, ..]) => match hex_byte(*high, *low) {
                Some(byte) => {
                    rest = &tail[2..];
                    byte
                }
                None => b'%',
            },
            (other, _) => *other,
        };
        out.push(byte);
    }
    out
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// `k=v&…` of everything but the named parameters and the empty ones, in order of the names.
pub(super) fn signed_text(params: &Params, without: &[&str]) -> String {
    let covered = params.iter().filter(|(name, value)| !without.contains(&name.as_str()) && !value.is_empty());
    covered.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// A form in a charset; always ASCII.
pub(super) fn write(params: &[(&str, String)], charset: Charset) -> String {
    let part = |text: &str| form_urlencoded::byte_serialize(&charset.encode(text)).collect::<String>();
    params.iter().map(|(name, value)| format!("{name}={}", part(value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read_in(address: &str, kind: &str, body: &[u8]) -> String {
        let headers = HeaderMap::from_iter([("content-type".parse().unwrap(), kind.parse().unwrap())]);
        read(&address.parse().unwrap(), &headers, body).remove("subject").unwrap_or_default()
    }

    #[test]
    fn the_address_or_the_content_type_names_the_charset() {
        let form = "application/x-www-form-urlencoded";
        let utf8 = "subject=%E9%9D%A2".as_bytes();
        assert_eq!(read_in("/gateway.do?charset=utf-8", form, utf8), "面");
        assert_eq!(read_in("/gateway.do", &format!("{form};charset=UTF-8"), utf8), "面");
        assert_ne!(read_in("/gateway.do", form, utf8), "面", "read as GBK");
        assert_eq!(read_in("/gateway.do?charset=GBK", form, b"subject=%C3%E6"), "面");
    }

    #[test]
    fn a_percent_sign_is_decoded_once() {
        assert_eq!(decode(b"100%25+%2B1%"), b"100% +1%");
        let written = write(&[("a", "100% +面".into())], Charset::Gbk);
        assert_eq!(pairs(written.as_bytes()), [(b"a".to_vec(), gbk("100% +面"))]);
    }
}
