//! X.509 certificates made here: WeChat Pay's platform certificates, the merchant's, and those of the TLS listener.

use anyhow::{Context, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SerialNumber, date_time_ymd,
};

use crate::crypto::random_text;

/// From when to when they are valid, for both the X.509 fields and the JSON that repeats them.
pub(crate) const VALID: [&str; 2] = ["2020-01-01T08:00:00+08:00", "2049-01-01T08:00:00+08:00"];

/// What the simulator makes in one go.
#[derive(Debug)]
pub(crate) struct Made {
    pub ca: String,
    pub server: String,
    pub server_key: String,
    pub merchant: String,
    /// Serial numbers and certificates of WeChat Pay's keys, as they are passed in.
    pub platform: Vec<(String, String)>,
}

/// Makes a certificate authority and everything it signs.
pub(crate) fn make(merchant_key: &str, merchant_serial: &str, mch_id: &str, platform_keys: &[&str]) -> anyhow::Result<Made> {
    let mut params = named("Payment Channel Simulator Root CA", &format!("60{}", serial_tail()?))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

    let server_key = KeyPair::generate()?;
    let mut params = named("localhost", &format!("61{}", serial_tail()?))?;
    params.subject_alt_names =
        CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])?.subject_alt_names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server = params.signed_by(&server_key, &ca)?;

    let mut params = named(mch_id, merchant_serial)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let merchant = params.signed_by(&rsa_key(merchant_key)?, &ca)?;

    let mut platform = Vec::new();
    for pem in platform_keys {
        let serial = format!("7A{}", serial_tail()?);
        let certificate = named("Simulated Tenpay.com sign", &serial)?.signed_by(&rsa_key(pem)?, &ca)?;
        platform.push((serial, certificate.pem()));
    }
    Ok(Made { ca: ca.pem(), server: server.pem(), server_key: server_key.serialize_pem(), merchant: merchant.pem(), platform })
}

fn rsa_key(pem: &str) -> anyhow::Result<KeyPair> {
    KeyPair::from_pem_and_sign_algo(pem, &rcgen::PKCS_RSA_SHA256).context("an RSA key for a certificate")
}

/// With the first two digits, the 40 of a WeChat Pay serial number.
fn serial_tail() -> anyhow::Result<String> {
    Ok(format!("{}{}", random_text(32)?, random_text(6)?).to_uppercase())
}

fn named(name: &str, serial: &str) -> anyhow::Result<CertificateParams> {
    let bytes = hex::decode(serial).context("a serial number is hexadecimal")?;
    ensure!(bytes.len() == 20, "a serial number has 20 bytes");
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from_slice(&bytes));
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 1, 1);
    Ok(params)
}
