//! Alipay's signatures: over sorted parameters on the way out and in notices, over the raw text of a
//! node in answers.
//!
//! # Source
//! opendocs.alipay.com, 自行实现签名 and 自行实现验签 (read 2026-11).

use std::{collections::BTreeMap, fmt};

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::port::NoticeRefused;

const BROKEN: NoticeRefused = NoticeRefused::Unreadable("form encoding");
/// More parameters than any notice has.
const MOST_PARAMS: usize = 200;

/// The text a request signs: every parameter but `sign`, empty values dropped, sorted, joined raw.
pub fn request_text(params: &BTreeMap<&str, String>) -> String {
    join(params.iter().filter(|(name, value)| **name != "sign" && !value.is_empty()).map(|(name, value)| (*name, value.as_str())))
}

/// The text a notice signs: every parameter received but `sign` and `sign_type`, known to us or not.
pub fn notice_text(params: &BTreeMap<String, String>) -> String {
    join(
        params
            .iter()
            .filter(|(name, _)| *name != "sign" && *name != "sign_type")
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

fn join<'a>(params: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in params {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

/// A notice's parameters, and the bytes its signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeForm {
    /// Every parameter, as text.
    pub params: BTreeMap<String, String>,
    /// As [`notice_text`], in the charset the notice came in.
    pub signed: Vec<u8>,
}

/// Reads a notice's body in the charset it names. Some come in GBK though the request was UTF-8, and are signed in GBK.
///
/// # Rejects
/// As [`read_form`], and charsets other than these two.
pub fn read_notice_form(body: &[u8]) -> Result<NoticeForm, NoticeRefused> {
    let raw = split_form(body)?;
    let charset = raw.get(b"charset".as_slice()).map(|name| name.to_ascii_lowercase());
    let decode = match charset.as_deref() {
        None | Some(b"" | b"utf-8" | b"utf8") => text,
        Some(b"gbk" | b"gb2312" | b"gb18030") => gbk_text,
        Some(_) => return Err(NoticeRefused::Unreadable("charset")),
    };
    let params = decoded(&raw, decode)?;
    let mut signed = Vec::with_capacity(body.len());
    for (name, value) in raw.iter().filter(|(name, _)| *name != b"sign" && *name != b"sign_type") {
        if !signed.is_empty() {
            signed.push(b'&');
        }
        signed.extend_from_slice(name);
        signed.push(b'=');
        signed.extend_from_slice(value);
    }
    Ok(NoticeForm { params, signed })
}

/// Reads a form body strictly: each name once, percent signs and UTF-8 sound.
///
/// # Rejects
/// What a lenient reader would repair: a repaired text is not the text that was signed.
pub fn read_form(body: &[u8]) -> Result<BTreeMap<String, String>, NoticeRefused> {
    decoded(&split_form(body)?, text)
}

type RawForm = BTreeMap<Vec<u8>, Vec<u8>>;

fn split_form(body: &[u8]) -> Result<RawForm, NoticeRefused> {
    let mut params = RawForm::new();
    for pair in body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let name = decode(&pair[..at])?;
        let value = decode(pair.get(at + 1..).unwrap_or_default())?;
        if params.len() == MOST_PARAMS {
            return Err(NoticeRefused::TooLarge);
        }
        if params.contains_key(&name) {
            return Err(NoticeRefused::Twice(crate::text::for_log(&String::from_utf8_lossy(&name))));
        }
        params.insert(name, value);
    }
    Ok(params)
}

fn decoded(raw: &RawForm, decode: fn(&[u8]) -> Option<String>) -> Result<BTreeMap<String, String>, NoticeRefused> {
    let pair = |(name, value): (&Vec<u8>, &Vec<u8>)| Some((decode(name)?, decode(value)?));
    raw.iter().map(pair).collect::<Option<_>>().ok_or(BROKEN)
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

fn gbk_text(bytes: &[u8]) -> Option<String> {
    encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(bytes).map(Into::into)
}

/// Decodes `+` and `%XX` once.
fn decode(text: &[u8]) -> Result<Vec<u8>, NoticeRefused> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(hex_digit).ok_or(BROKEN)?;
                let low = rest.next().and_then(hex_digit).ok_or(BROKEN)?;
                high << 4 | low
            }
            other => other,
        });
    }
    Ok(out)
}

fn hex_digit(byte: &u8) -> Option<u8> {
    u8::try_from(char::from(*byte).to_digit(16)?).ok()
}

/// An answer of the gateway, taken apart without touching a byte of what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawAnswer<'a> {
    /// The node from `{` to its `}`, exactly as received, `\/` and all.
    pub node: &'a str,
    /// `sign`, absent on some errors.
    pub sign: Option<&'a str>,
    /// The node came as `error_response`.
    pub is_error: bool,
}

/// Finds the node of `method` (dots and all) in an answer.
///
/// A JSON reader that keeps raw text does the walking, so braces inside strings, escapes and a `sign`
/// inside the node cannot mislead it. `None` for anything not in the documented form.
pub fn raw_answer<'a>(body: &'a [u8], method: &str) -> Option<RawAnswer<'a>> {
    let body = std::str::from_utf8(body).ok()?;
    let mut json = serde_json::Deserializer::from_str(body);
    let fields = (&mut json).deserialize_map(Fields).ok()?;
    json.end().ok()?;
    let wanted = format!("{}_response", method.replace('.', "_"));
    let only = |name: &str| {
        let mut values = fields.iter().filter(|(given, _)| given == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(Some(value.get())),
            (None, _) => Some(None),
            (Some(_), Some(_)) => None,
        }
    };
    let (node, is_error) = match (only(&wanted)?, only("error_response")?) {
        (Some(node), None) => (node, false),
        (None, Some(node)) => (node, true),
        (None, None) | (Some(_), Some(_)) => return None,
    };
    if !node.starts_with('{') {
        return None;
    }
    // Base64 needs no escapes but `\/`, and Alipay does not write those here.
    let sign = match only("sign")? {
        Some(text) => Some(text.strip_prefix('"')?.strip_suffix('"')?),
        None => None,
    };
    Some(RawAnswer { node, sign, is_error })
}

/// The fields of an object in order, repeats included.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(fields)
    }
}
