//! The channel's side of the cryptography, written apart from the adapters' on purpose.

use std::fmt;

use anyhow::{Context, anyhow};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ring::{
    aead, digest,
    rand::SystemRandom,
    signature::{self, RsaKeyPair},
};

/// An RSA key pair made by this simulator.
pub(crate) struct Pair(RsaKeyPair);

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
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).map_err(|e| anyhow!("key file: {e}"))?;
        Ok(Self(pair))
    }

    /// SHA-256 with RSA, base64.
    pub(crate) fn sign(&self, text: &[u8]) -> String {
        let mut out = vec![0; self.0.public().modulus_len()];
        match self.0.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut out) {
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
        let public = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, self.0.public().as_ref());
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
