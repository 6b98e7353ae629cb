//! The few primitives both channels need, on ring (and MD5, which ring has not), so another provider is a change of one file.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use md5::{Digest as _, Md5};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    hmac,
    rand::{SecureRandom, SystemRandom},
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};

/// Why a primitive refused. Never carries key material or plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// No PEM block, or no base64 inside.
    #[error("not PEM and not base64")]
    NotPem,
    /// The DER inside is not the expected structure.
    #[error("not an RSA key in a known format")]
    NotRsaKey,
    /// ring refused the key, usually for being shorter than 2048 bits.
    #[error("key refused (RSA needs 2048 bits or more, AES 32 bytes)")]
    KeyRefused,
    /// Wrong key, nonce, associated data or damaged text; which one cannot be told.
    #[error("decryption failed")]
    CannotOpen,
    /// The system gave no randomness.
    #[error("no randomness from the system")]
    NoRandom,
}

/// How a simulator marks a light key: a keyed hash in the place of RSA, so that a drill can play a hundred thousand payments in
/// minutes. Taken only where the configuration says `simulator = true`, which never speaks to anybody but this machine.
const LIGHT: &str = "SIMULATOR LIGHT KEY";

/// Our private key: RSA, always, except in a simulator's drill.
#[derive(Clone)]
pub struct SigningKey(Arc<Signs>);

enum Signs {
    Rsa(RsaKeyPair),
    Light(hmac::Key),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// Reads PKCS#8 or PKCS#1, in PEM or as bare base64 (what Alipay's key tool writes).
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let (_, der) = pem_to_der(text)?;
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).map_err(|_| CryptoError::KeyRefused)?;
        Ok(Self(Arc::new(Signs::Rsa(pair))))
    }

    /// Reads a simulator's key, which may be a light one.
    pub(crate) fn simulated_from_pem(text: &str) -> Result<Self, CryptoError> {
        match light_of(text)? {
            Some(key) => Ok(Self(Arc::new(Signs::Light(key)))),
            None => Self::from_pem(text),
        }
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, in base64.
    pub fn sign(&self, message: &[u8]) -> Result<String, CryptoError> {
        let pair = match &*self.0 {
            Signs::Rsa(pair) => pair,
            Signs::Light(key) => return Ok(BASE64.encode(hmac::sign(key, message))),
        };
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| CryptoError::NoRandom)?;
        Ok(BASE64.encode(signature))
    }
}

/// A channel's public key: RSA, as the PKCS#1 bytes ring wants, except in a simulator's drill.
#[derive(Clone)]
pub struct VerifyingKey(Verifies);

#[derive(Clone)]
enum Verifies {
    Rsa(Arc<[u8]>),
    Light(hmac::Key),
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey(..)")
    }
}

fn light_of(text: &str) -> Result<Option<hmac::Key>, CryptoError> {
    let (label, secret) = pem_to_der(text)?;
    Ok((label == LIGHT).then(|| hmac::Key::new(hmac::HMAC_SHA256, &secret)))
}

impl VerifyingKey {
    /// Reads `PUBLIC KEY` (SPKI), `RSA PUBLIC KEY` (PKCS#1), `CERTIFICATE`, or bare base64 of an SPKI.
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let (label, der) = pem_to_der(text)?;
        let key = match label {
            "CERTIFICATE" => spki_to_pkcs1(certificate_fields(&der).ok_or(CryptoError::NotRsaKey)?.spki),
            "RSA PUBLIC KEY" => Some(der.as_slice()),
            _ => spki_to_pkcs1(&der),
        }
        .ok_or(CryptoError::NotRsaKey)?;
        Ok(Self(Verifies::Rsa(key.into())))
    }

    /// Reads a simulator's key, which may be a light one.
    pub(crate) fn simulated_from_pem(text: &str) -> Result<Self, CryptoError> {
        match light_of(text)? {
            Some(key) => Ok(Self(Verifies::Light(key))),
            None => Self::from_pem(text),
        }
    }

    /// True when `signature` (base64) is this key's over `message`. Anything unreadable is false.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = BASE64.decode(signature) else {
            return false;
        };
        match &self.0 {
            Verifies::Rsa(key) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &**key).verify(message, &signature).is_ok(),
            Verifies::Light(key) => hmac::verify(key, message, &signature).is_ok(),
        }
    }
}

/// What we read of an X.509 certificate. Who issued it is not checked: it comes from a file of ours or sealed with our key.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The serial as WeChat Pay writes it: upper-case hexadecimal without leading zero bytes.
    pub serial: String,
    /// The public key.
    pub key: VerifyingKey,
    /// Issuer and subject, still in DER.
    names: Vec<u8>,
}

impl Certificate {
    /// Reads a `CERTIFICATE` block.
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let (label, der) = pem_to_der(text)?;
        if label != "CERTIFICATE" {
            return Err(CryptoError::NotPem);
        }
        let fields = certificate_fields(&der).ok_or(CryptoError::NotRsaKey)?;
        let key = spki_to_pkcs1(fields.spki).ok_or(CryptoError::NotRsaKey)?;
        let serial = fields.serial.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(fields.serial);
        Ok(Self {
            serial: hex::encode_upper(serial),
            key: VerifyingKey(Verifies::Rsa(key.into())),
            names: [fields.issuer, fields.subject].concat(),
        })
    }

    /// Whether issuer or subject contain this text.
    pub fn names_contain(&self, text: &str) -> bool {
        self.names.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

/// Opens AES-256-GCM whose tag follows the ciphertext, both in base64.
pub fn open_aes_gcm(key: &[u8], nonce: &[u8], aad: &[u8], text: &str) -> Result<Vec<u8>, CryptoError> {
    let (key, nonce) = gcm(key, nonce)?;
    let mut buffer = BASE64.decode(text).map_err(|_| CryptoError::CannotOpen)?;
    let length = key.open_in_place(nonce, Aad::from(aad), &mut buffer).map_err(|_| CryptoError::CannotOpen)?.len();
    buffer.truncate(length);
    Ok(buffer)
}

/// The inverse of [`open_aes_gcm`].
pub fn seal_aes_gcm(key: &[u8], nonce: &[u8], aad: &[u8], plain: &[u8]) -> Result<String, CryptoError> {
    let (key, nonce) = gcm(key, nonce)?;
    let mut buffer = plain.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut buffer).map_err(|_| CryptoError::KeyRefused)?;
    Ok(BASE64.encode(buffer))
}

fn gcm(key: &[u8], nonce: &[u8]) -> Result<(LessSafeKey, Nonce), CryptoError> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| CryptoError::KeyRefused)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CryptoError::CannotOpen)?;
    Ok((LessSafeKey::new(key), nonce))
}

/// SHA-1 in lower-case hexadecimal. Only to see whether a file arrived whole; it proves nothing about who wrote it.
pub fn sha1_hex(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes))
}

/// HMAC-SHA256 in upper-case hexadecimal, as WeChat Pay's API v2 writes it.
pub fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    hex::encode_upper(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message))
}

/// MD5 in upper-case hexadecimal, for merchants whose API v2 knows nothing better.
pub fn md5_hex(message: &[u8]) -> String {
    hex::encode_upper(Md5::digest(message))
}

/// Whether two check texts are the same, in a time that does not tell where they differ.
pub fn same_check(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// 32 hexadecimal characters from the system's randomness.
pub fn random_nonce() -> Result<String, CryptoError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| CryptoError::NoRandom)?;
    Ok(hex::encode(bytes))
}

/// What the first PEM block calls itself; nothing where there is none.
pub(crate) fn pem_label(text: &str) -> Option<&str> {
    Some(text.split_once("-----BEGIN ")?.1.split_once("-----")?.0)
}

/// The label and bytes of the first PEM block; a text without one is taken as bare base64 with no label.
fn pem_to_der(text: &str) -> Result<(&str, Vec<u8>), CryptoError> {
    let (label, body) = match text.split_once("-----BEGIN ") {
        Some((_, rest)) => {
            let (label, rest) = rest.split_once("-----").ok_or(CryptoError::NotPem)?;
            (label, rest.split_once("-----END ").ok_or(CryptoError::NotPem)?.0)
        }
        None => ("", text),
    };
    let packed: String = body.split_ascii_whitespace().collect();
    let der = BASE64.decode(packed).map_err(|_| CryptoError::NotPem)?;
    Ok((label, der))
}

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
/// Object identifier 1.2.840.113549.1.1.1, rsaEncryption.
const RSA_OID: [u8; 11] = [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];

/// Strips the SPKI wrapping, which ring does not take.
fn spki_to_pkcs1(spki: &[u8]) -> Option<&[u8]> {
    let (body, _) = der_take(spki, SEQUENCE)?;
    let (algorithm, rest) = der_take(body, SEQUENCE)?;
    if !algorithm.starts_with(&RSA_OID) {
        return None;
    }
    let (bits, _) = der_take(rest, BIT_STRING)?;
    bits.strip_prefix(&[0])
}

/// The fields of an X.509 certificate that we read; algorithm and validity stand between them.
struct CertificateFields<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    spki: &'a [u8],
}

fn certificate_fields(der: &[u8]) -> Option<CertificateFields<'_>> {
    const VERSION: u8 = 0xA0;
    const INTEGER: u8 = 0x02;
    let (certificate, _) = der_take(der, SEQUENCE)?;
    let (mut rest, _) = der_take(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = der_take(rest, VERSION)?.1;
    }
    let (serial, rest) = der_take(rest, INTEGER)?;
    let (_algorithm, rest) = der_take(rest, SEQUENCE)?;
    let (issuer, rest) = der_take(rest, SEQUENCE)?;
    let (_validity, rest) = der_take(rest, SEQUENCE)?;
    let (subject, spki) = der_take(rest, SEQUENCE)?;
    Some(CertificateFields { serial, issuer, subject, spki })
}

/// Splits one DER element of the given tag into its content and what follows.
fn der_take(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = input.split_first()?;
    if first != tag {
        return None;
    }
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7F => (usize::from(short), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x7F))?;
            let length = bytes.iter().fold(0, |all, b| all << 8 | usize::from(*b));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
