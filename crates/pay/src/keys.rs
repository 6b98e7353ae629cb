//! Key material: read from files only their owner can read, found by serial, never printed.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::crypto::{CryptoError, SigningKey, VerifyingKey};

/// A secret text. Prints as `Secret(..)`; [`Secret::reveal`] is the one way in.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one line that uses it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a key could not be used. Names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Group or others may read it.
    #[error("{} is readable by others (mode {mode:03o}): run chmod 600 on it", path.display())]
    TooOpen {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The content is not the expected kind of key.
    #[error("{} holds no usable key", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: CryptoError,
    },
}

/// Reads a file that holds secrets, refusing one that group or others may touch.
///
/// # Errors
/// [`KeyError::TooOpen`] unless the mode is 0600 or stricter.
pub fn read_private_file(path: &Path) -> Result<String, KeyError> {
    let read_error = |source| KeyError::Read { path: path.to_owned(), source };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(read_error)?.permissions().mode() & 0o777;
        if mode & 0o177 != 0 {
            return Err(KeyError::TooOpen { path: path.to_owned(), mode });
        }
    }
    std::fs::read_to_string(path).map_err(read_error)
}

/// Loads our private key (PKCS#8 or PKCS#1, PEM or bare base64).
pub fn load_signing_key(path: &Path) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(&read_private_file(path)?).map_err(|source| KeyError::Unusable { path: path.to_owned(), source })
}

/// Loads a channel's public key or certificate. Public, so any mode will do.
pub fn load_verifying_key(path: &Path) -> Result<VerifyingKey, KeyError> {
    let text = std::fs::read_to_string(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
    VerifyingKey::from_pem(&text).map_err(|source| KeyError::Unusable { path: path.to_owned(), source })
}

/// The channel's public keys by serial. Several are valid at once while the channel changes keys.
#[derive(Clone, Debug, Default)]
pub struct KeySet(BTreeMap<String, VerifyingKey>);

impl KeySet {
    /// Adds a key; a serial added twice keeps the newer key.
    pub fn insert(&mut self, serial: impl Into<String>, key: VerifyingKey) {
        self.0.insert(serial.into(), key);
    }

    /// The key a message names, if we hold it.
    pub fn get(&self, serial: &str) -> Option<&VerifyingKey> {
        self.0.get(serial)
    }

    /// Serials held, in order.
    pub fn serials(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
