//! The channel's side of the cryptography, written apart from the adapters' on purpose.

use std::fmt;

use anyhow::{Context, anyhow};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ring::{
    aead, digest, hmac,
    rand::SystemRandom,
    signature::{self, RsaKeyPair},
};

/// How a light key is marked: a keyed hash in the place of RSA, for drills that play payments by the hundred thousand.
const LIGHT: &str = "-----BEGIN SIMULATOR LIGHT KEY-----";

/// A key pair made by this simulator.
pub(crate) struct Pair(Key);

enum Key {
    Rsa(RsaKeyPair),
    Light(hmac::Key),
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pair(..)")
    }
}

impl Pair {
    /// Reads what [`crate::identity`] wrote: PKCS#8 or PKCS#1, PEM.
    pub(crate) fn from_pem(pem: &str) -> anyhow::Result<Self> {
        let base64: String = pem.lines().filter(|line| !line.starts_with("---")).collect();
        let der = BASE64.decode(base64).context("key file is not PEM")?;
        if pem.starts_with(LIGHT) {
            return Ok(Self(Key::Light(hmac::Key::new(hmac::HMAC_SHA256, &der))));
        }
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).map_err(|e| anyhow!("key file: {e}"))?;
        Ok(Self(Key::Rsa(pair)))
    }

    /// A new light key, as a file.
    pub(crate) fn light_pem() -> anyhow::Result<String> {
        let secret = random_text(32)?;
        Ok(format!("{LIGHT}\n{}\n-----END SIMULATOR LIGHT KEY-----\n", BASE64.encode(secret)))
    }

    /// SHA-256 with RSA, base64.
    pub(crate) fn sign(&self, text: &[u8]) -> String {
        let pair = match &self.0 {
            Key::Rsa(pair) => pair,
            Key::Light(key) => return BASE64.encode(hmac::sign(key, text)),
        };
        let mut out = vec![0; pair.public().modulus_len()];
        match pair.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut out) {
            Ok(()) => BASE64.encode(out),
            // Only without system randomness; an empty signature is then refused by everyone.
            Err(_) => String::new(),
        }
    }

    /// Whether this pair's owner signed `text`.
    pub(crate) fn signed(&self, text: &[u8], base64: &str) -> bool {
        let Ok(signature) = BASE64.decode(base64) else {
            return false;
        };
        let pair = match &self.0 {
            Key::Rsa(pair) => pair,
            Key::Light(key) => return hmac::verify(key, text, &signature).is_ok(),
        };
        let public = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref());
        public.verify(text, &signature).is_ok()
    }
}

/// Encrypts the resource of a WeChat Pay notice.
pub(crate) fn seal(key: &str, nonce: &str, aad: &str, plain: &str) -> anyhow::Result<String> {
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, key.as_bytes()).map_err(|_| anyhow!("the APIv3 key has 32 bytes"))?;
    let nonce = aead::Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(|_| anyhow!("a nonce has 12 bytes"))?;
    let mut text = plain.as_bytes().to_vec();
    aead::LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, aead::Aad::from(aad.as_bytes()), &mut text)
        .map_err(|_| anyhow!("cannot encrypt"))?;
    Ok(BASE64.encode(text))
}

/// Lower-case hexadecimal SHA-256.
pub(crate) fn sha256(text: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, text))
}

/// `n` (up to 32) characters nobody can guess.
pub(crate) fn random_text(n: usize) -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| anyhow!("no randomness: {e}"))?;
    let mut text = hex::encode(bytes);
    text.truncate(n);
    Ok(text)
}
