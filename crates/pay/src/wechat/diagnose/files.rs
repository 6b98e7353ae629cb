//! The merchant's keys, serials and secrets, as they lie in files.

use super::found;
use crate::{
    crypto::{Certificate, SigningKey},
    diagnose::{
        Finding, Flaw, Step, What,
        files::{Public, certificate, flaw, is_pair, name, private_key, public_key, secret_of_32},
    },
    keys::{Secret, read_private},
    wechat::{CodePayApi, VerifyKey, WechatConfig, v2::V2Config},
};

/// How WeChat Pay's own keys are numbered.
const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_";

pub(super) fn examine(config: &WechatConfig, simulator: bool) -> Vec<Finding> {
    let merchant = private_key(&config.merchant_key_pem, simulator);
    let key = merchant.as_ref().ok().map(|(key, _)| key);
    let mut findings =
        vec![told(Step::MerchantKey, merchant.as_ref().map(|(_, form)| (What::KeyRight, form.clone())).map_err(Clone::clone))];
    findings.push(told(Step::MerchantSerial, merchant_serial(config, key)));
    let sealed = secret_of_32(config.api_v3_key.load(), What::ApiV3KeyLength);
    findings.push(told(Step::ApiV3Key, sealed.map(|_| (What::SecretReadable, String::new()))));
    if config.verify_keys.is_empty() {
        findings.push(found(Step::PlatformKey, What::NoPlatformKey, ""));
    }
    findings.extend(config.verify_keys.iter().map(|given| told(Step::PlatformKey, platform_key(given, config, key, simulator))));
    findings.extend(v2(config, simulator));
    if let Some(secret) = &config.app_secret {
        let read = secret.load().map_err(flaw);
        findings.push(told(Step::AppSecret, read.map(|_| (What::SecretReadable, String::new()))));
    }
    findings
}

/// What was found either way.
fn told(step: Step, result: Result<Flaw, Flaw>) -> Finding {
    let (what, detail) = result.unwrap_or_else(|flaw| flaw);
    found(step, what, detail)
}

/// The serial stands in the certificate, where we have it; it is needed for API v2 only.
fn merchant_serial(config: &WechatConfig, key: Option<&SigningKey>) -> Result<Flaw, Flaw> {
    let serial = &config.merchant_serial;
    if serial.starts_with(PUBLIC_KEY_ID) {
        return Err((What::PlatformSerialForMerchant, serial.clone()));
    }
    let Some(place) = config.v2.as_ref().and_then(|v2| v2.client_cert_pem.as_ref()) else {
        return Ok((What::NoMerchantCertificate, serial.clone()));
    };
    let certificate = certificate(place)?;
    if !certificate.serial.eq_ignore_ascii_case(serial) {
        return Err((What::MerchantSerialWrong, format!("{serial} ≠ {}", certificate.serial)));
    }
    match key {
        Some(key) if !is_pair(key, &certificate.key) => {
            Err((What::KeyNotCertificates, format!("{} · {}", name(&config.merchant_key_pem), name(place))))
        }
        Some(_) | None => Ok((What::SerialMatches, serial.clone())),
    }
}

fn platform_key(given: &VerifyKey, config: &WechatConfig, key: Option<&SigningKey>, simulator: bool) -> Result<Flaw, Flaw> {
    let Public { key: public, certificate } = public_key(&given.pem, simulator)?;
    let place = || format!("{} · {}", given.serial, name(&given.pem));
    if given.serial.eq_ignore_ascii_case(&config.merchant_serial) {
        return Err((What::MerchantSerialForPlatform, place()));
    }
    let is_ours = key.is_some_and(|key| is_pair(key, &public));
    if is_ours || certificate.as_ref().is_some_and(|certificate| is_merchants(certificate, config)) {
        return Err((What::MerchantCertificateForPlatform, place()));
    }
    match certificate {
        Some(certificate) if !simulator && !certificate.serial.eq_ignore_ascii_case(&given.serial) => {
            Err((What::PlatformSerialWrong, format!("{} ≠ {}", given.serial, certificate.serial)))
        }
        None if !given.serial.starts_with(PUBLIC_KEY_ID) => Err((What::PlatformSerialWrong, place())),
        Some(_) | None => Ok((What::PlatformKeyRight, place())),
    }
}

fn is_merchants(certificate: &Certificate, config: &WechatConfig) -> bool {
    certificate.serial.eq_ignore_ascii_case(&config.merchant_serial) || certificate.names_contain(&config.mch_id)
}

fn v2(config: &WechatConfig, simulator: bool) -> Vec<Finding> {
    match (&config.v2, config.code_pay) {
        (Some(v2), _) => vec![told(Step::V2Key, v2_key(v2)), told(Step::ClientKey, client_key(v2, simulator))],
        (None, CodePayApi::V2) => vec![found(Step::V2Key, What::V2Missing, "")],
        (None, CodePayApi::V3) => Vec::new(),
    }
}

fn v2_key(v2: &V2Config) -> Result<Flaw, Flaw> {
    let text = read_private(&v2.api_key).map(|text| Secret::new(text.trim()));
    secret_of_32(text, What::V2KeyLength).map(|_| (What::SecretReadable, String::new()))
}

/// The certificate that reverses are made with, and the key that belongs to it.
fn client_key(v2: &V2Config, simulator: bool) -> Result<Flaw, Flaw> {
    let (shown, key) = match (&v2.client_cert_pem, &v2.client_key_pem) {
        (Some(shown), Some(key)) => (shown, key),
        (None, None) if simulator => return Ok((What::NoMerchantCertificate, String::new())),
        (None | Some(_), None | Some(_)) => return Err((What::CertificateWithoutKey, String::new())),
    };
    let certificate = certificate(shown)?;
    let (private, form) = private_key(key, simulator)?;
    match is_pair(&private, &certificate.key) {
        true => Ok((What::KeyRight, form)),
        false => Err((What::KeyNotCertificates, format!("{} · {}", name(key), name(shown)))),
    }
}
