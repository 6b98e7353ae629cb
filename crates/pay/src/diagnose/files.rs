//! Key files: there, closed to others, and of the right kind. The usual mix-ups are told by name.

use std::path::Path;

use super::{Flaw, What, chain};
use crate::{
    crypto::{Certificate, SigningKey, VerifyingKey, pem_label},
    keys::{KeyError, Secret, read_private, read_public},
};

/// A key that should be the channel's.
pub(crate) struct Public {
    pub key: VerifyingKey,
    /// Where it came in one.
    pub certificate: Option<Certificate>,
}

/// Our private key, and how its file is written.
pub(crate) fn private_key(place: &Path, simulator: bool) -> Result<(SigningKey, String), Flaw> {
    let text = read_private(place).map_err(flaw)?;
    let key = if simulator { SigningKey::simulated_from_pem(&text) } else { SigningKey::from_pem(&text) };
    match key {
        Ok(key) => Ok((key, format!("{} · {}", name(place), form(&text)))),
        Err(_) => Err((wrong_for_private(&text), name(place))),
    }
}

/// The channel's public key or certificate.
pub(crate) fn public_key(place: &Path, simulator: bool) -> Result<Public, Flaw> {
    let text = read_public(place).map_err(flaw)?;
    let is_private = pem_label(&text).is_some_and(|label| label.contains("PRIVATE KEY")) || SigningKey::from_pem(&text).is_ok();
    if is_private {
        return Err((What::PrivateForPublic, name(place)));
    }
    let key = if simulator { VerifyingKey::simulated_from_pem(&text) } else { VerifyingKey::from_pem(&text) };
    match key {
        Ok(key) => Ok(Public { key, certificate: Certificate::from_pem(&text).ok() }),
        Err(_) => Err((What::NotAnRsaKey, name(place))),
    }
}

/// A certificate of ours.
pub(crate) fn certificate(place: &Path) -> Result<Certificate, Flaw> {
    let text = read_public(place).map_err(flaw)?;
    Certificate::from_pem(&text).map_err(|_| (What::NotACertificate, name(place)))
}

/// A secret of 32 characters, or what is wrong with it.
pub(crate) fn secret_of_32(text: Result<Secret, KeyError>, wrong: What) -> Result<Secret, Flaw> {
    let secret = text.map_err(flaw)?;
    match secret.reveal().len() {
        32 => Ok(secret),
        // Only its length is told.
        other => Err((wrong, format!("{other}"))),
    }
}

/// Whether a private and a public key are a pair.
pub(crate) fn is_pair(private: &SigningKey, public: &VerifyingKey) -> bool {
    const TRIAL: &[u8] = b"dandan doctor";
    private.sign(TRIAL).is_ok_and(|signature| public.verifies(TRIAL, &signature))
}

/// Why a file could not be read.
pub(crate) fn flaw(error: KeyError) -> Flaw {
    match &error {
        KeyError::TooOpen { path, mode } => (What::KeyTooOpen, format!("{} ({mode:04o})", path.display())),
        KeyError::Env { name } => (What::EnvMissing, name.clone()),
        KeyError::Read { .. } => (What::KeyMissing, chain(&error)),
        KeyError::NotATlsIdentity { path } | KeyError::Unusable { path, .. } => (What::NotAnRsaKey, name(path)),
    }
}

pub(crate) fn name(place: &Path) -> String {
    place.display().to_string()
}

fn form(text: &str) -> &'static str {
    match pem_label(text) {
        Some("PRIVATE KEY") => "PKCS#8",
        Some("RSA PRIVATE KEY") => "PKCS#1",
        Some(_) => "light",
        None => "base64",
    }
}

fn wrong_for_private(text: &str) -> What {
    match pem_label(text) {
        Some("CERTIFICATE") => What::CertificateForPrivate,
        Some(label) if label.contains("PUBLIC KEY") => What::PublicForPrivate,
        Some("ENCRYPTED PRIVATE KEY") => What::EncryptedKey,
        Some(_) if text.contains("Proc-Type: 4,ENCRYPTED") => What::EncryptedKey,
        None if VerifyingKey::from_pem(text).is_ok() => What::PublicForPrivate,
        Some(_) | None => What::NotAnRsaKey,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_private_key_is_told_by_name() {
        let pem = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        assert_eq!(wrong_for_private(&pem("CERTIFICATE")), What::CertificateForPrivate);
        assert_eq!(wrong_for_private(&pem("PUBLIC KEY")), What::PublicForPrivate);
        assert_eq!(wrong_for_private(&pem("RSA PUBLIC KEY")), What::PublicForPrivate);
        assert_eq!(wrong_for_private(&pem("ENCRYPTED PRIVATE KEY")), What::EncryptedKey);
        assert_eq!(wrong_for_private(&pem("EC PRIVATE KEY")), What::NotAnRsaKey);
        assert_eq!(wrong_for_private("not a key"), What::NotAnRsaKey);
    }

    #[test]
    fn a_secret_tells_its_length_only() {
        let flaw = secret_of_32(Ok(Secret::new("short secret")), What::ApiV3KeyLength).err();
        assert_eq!(flaw, Some((What::ApiV3KeyLength, "12".to_owned())));
        assert!(secret_of_32(Ok(Secret::new("0".repeat(32))), What::ApiV3KeyLength).is_ok());
    }
}
