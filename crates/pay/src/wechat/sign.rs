//! WeChat Pay's signatures: requests, answers and notices, and the phone's `paySign`.
//!
//! # Source
//! pay.weixin.qq.com, 签名生成 and 签名验证 (read 2026-11).

use crate::{
    crypto::{CryptoError, SigningKey},
    keys::KeySet,
    port::NoticeRefused,
};

/// Both directions name this method; there is no other to fall back to.
const METHOD: &str = "WECHATPAY2-SHA256-RSA2048";
/// How far the channel's clock may be from ours.
const WINDOW_S: i64 = 300;

/// What makes one signed request different from the next.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Unix seconds.
    pub timestamp: i64,
    /// Up to 32 characters.
    pub nonce: String,
}

/// Who signs.
#[derive(Debug)]
pub struct Signer {
    /// `mchid`.
    pub mch_id: String,
    /// Serial of our certificate.
    pub serial: String,
    /// Our key.
    pub key: SigningKey,
}

impl Signer {
    /// The `Authorization` header for a request; `target` is path and query exactly as sent.
    pub fn authorization(&self, method: &str, target: &str, body: &str, stamp: &Stamp) -> Result<String, CryptoError> {
        let Stamp { timestamp, nonce } = stamp;
        let message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n");
        let signature = self.key.sign(message.as_bytes())?;
        Ok(format!(
            r#"{METHOD} mchid="{}",nonce_str="{nonce}",signature="{signature}",timestamp="{timestamp}",serial_no="{}""#,
            self.mch_id, self.serial
        ))
    }

    /// `paySign` for the phone; `package` with its `prepay_id=` prefix.
    pub fn pay_sign(&self, app_id: &str, package: &str, stamp: &Stamp) -> Result<String, CryptoError> {
        let Stamp { timestamp, nonce } = stamp;
        self.key.sign(format!("{app_id}\n{timestamp}\n{nonce}\n{package}\n").as_bytes())
    }
}

/// Verifies an answer's or notice's signature over the raw body, before anything parses it.
///
/// # Rejects
/// In this order: a missing or doubled header, another method, a timestamp more than 300 s away, an
/// unknown serial, and a signature that is not that key's (the channel's own `WECHATPAY/SIGNTEST/`
/// probes included, without special treatment).
pub fn verify(keys: &KeySet, headers: &[(String, String)], body: &[u8], now_ms: i64) -> Result<(), NoticeRefused> {
    let timestamp = required(headers, "Wechatpay-Timestamp")?;
    let nonce = required(headers, "Wechatpay-Nonce")?;
    let signature = required(headers, "Wechatpay-Signature")?;
    let serial = required(headers, "Wechatpay-Serial")?;
    if find(headers, "Wechatpay-Signature-Type")?.is_some_and(|method| method != METHOD) {
        return Err(NoticeRefused::WrongMethod);
    }
    let sent_s: i64 = timestamp.parse().map_err(|_| NoticeRefused::Stale)?;
    let now_s = now_ms.div_euclid(1000);
    if now_s.checked_sub(sent_s).is_none_or(|age| age.abs() > WINDOW_S) {
        return Err(NoticeRefused::Stale);
    }
    let key = keys.get(serial).ok_or_else(|| NoticeRefused::UnknownSerial(crate::text::for_log(serial)))?;
    let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    if !key.verifies(&message, signature) {
        return Err(NoticeRefused::BadSignature);
    }
    Ok(())
}

fn required<'a>(headers: &'a [(String, String)], name: &'static str) -> Result<&'a str, NoticeRefused> {
    find(headers, name)?.filter(|value| !value.is_empty()).ok_or(NoticeRefused::Missing(name))
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, NoticeRefused> {
    let mut values = headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let first = values.next();
    if values.next().is_some() {
        return Err(NoticeRefused::Twice(name.to_owned()));
    }
    Ok(first)
}
