//! Key material: read from files only their owner can read or from the environment (`env:NAME`), found by
//! serial, never printed.

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

    /// The secret a setting stands for: `env:NAME` and `file:PATH` are looked up, anything else is the secret.
    pub(crate) fn load(&self) -> Result<Self, KeyError> {
        match self.0.strip_prefix("file:") {
            Some(path) => Ok(Self(read_private_file(Path::new(path))?.trim().to_owned())),
            None => match self.0.strip_prefix(ENV) {
                Some(name) => Ok(Self(from_env(name)?.trim().to_owned())),
                None => Ok(self.clone()),
            },
        }
    }

    /// Makes a relative `file:` setting relative to `folder`.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        if let Some(path) = self.0.strip_prefix("file:") {
            self.0 = format!("file:{}", folder.join(path).display());
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// How a setting says that the key is in the environment.
const ENV: &str = "env:";

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
    /// The environment has no such variable, or it is no text.
    #[error("the environment has no usable {name}")]
    Env {
        /// Which variable.
        name: String,
    },
    /// A TLS client needs a certificate and the key that belongs to it.
    #[error("{} and its certificate are no TLS identity", path.display())]
    NotATlsIdentity {
        /// The key's file.
        path: PathBuf,
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

/// Reads a secret from where a setting points: a file, or `env:NAME`.
pub(crate) fn read_private(place: &Path) -> Result<String, KeyError> {
    match place.to_str().and_then(|text| text.strip_prefix(ENV)) {
        Some(name) => from_env(name),
        None => read_private_file(place),
    }
}

/// Reads a public key or certificate from where a setting points. Public, so any mode will do.
pub(crate) fn read_public(place: &Path) -> Result<String, KeyError> {
    match place.to_str().and_then(|text| text.strip_prefix(ENV)) {
        Some(name) => from_env(name),
        None => std::fs::read_to_string(place).map_err(|source| KeyError::Read { path: place.to_owned(), source }),
    }
}

fn from_env(name: &str) -> Result<String, KeyError> {
    std::env::var(name).map_err(|_| KeyError::Env { name: name.to_owned() })
}

/// Makes a relative key file relative to `folder`; `env:NAME` stays.
pub(crate) fn resolve(place: &mut PathBuf, folder: &Path) {
    if place.to_str().is_none_or(|text| !text.starts_with(ENV)) {
        *place = folder.join(&place);
    }
}

/// Loads our private key (PKCS#8 or PKCS#1, PEM or bare base64); a simulator's may be a light one.
pub fn load_signing_key(path: &Path, simulator: bool) -> Result<SigningKey, KeyError> {
    let text = read_private(path)?;
    let key = if simulator { SigningKey::simulated_from_pem(&text) } else { SigningKey::from_pem(&text) };
    key.map_err(|source| KeyError::Unusable { path: path.to_owned(), source })
}

/// Loads a channel's public key or certificate; a simulator's may be a light one.
pub fn load_verifying_key(path: &Path, simulator: bool) -> Result<VerifyingKey, KeyError> {
    let text = read_public(path)?;
    let key = if simulator { VerifyingKey::simulated_from_pem(&text) } else { VerifyingKey::from_pem(&text) };
    key.map_err(|source| KeyError::Unusable { path: path.to_owned(), source })
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

    /// Adds every key of another set.
    pub(crate) fn extend(&mut self, other: &KeySet) {
        self.0.extend(other.0.iter().map(|(serial, key)| (serial.clone(), key.clone())));
    }

    /// Serials held, in order.
    pub fn serials(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_setting_may_point_to_the_environment_and_keeps_pointing_there() {
        let mut place = PathBuf::from("env:PATH");
        resolve(&mut place, Path::new("/etc/dandan"));
        assert_eq!(place, Path::new("env:PATH"));
        assert_eq!(read_private(&place).unwrap(), std::env::var("PATH").unwrap());
        let missing = read_private(Path::new("env:DANDAN_NO_SUCH_KEY")).unwrap_err();
        assert_eq!(missing.to_string(), "the environment has no usable DANDAN_NO_SUCH_KEY");
        let mut file = PathBuf::from("a.pem");
        resolve(&mut file, Path::new("/etc/dandan"));
        assert_eq!(file, Path::new("/etc/dandan/a.pem"));
    }

    #[test]
    fn a_secret_may_be_written_out_or_stand_for_the_environment() {
        assert_eq!(Secret::new("0123").load().unwrap().reveal(), "0123");
        assert_eq!(Secret::new("env:PATH").load().unwrap().reveal(), std::env::var("PATH").unwrap().trim());
        let mut file = Secret::new("file:k");
        file.resolve(Path::new("/nowhere"));
        assert_eq!(file.load().unwrap_err().to_string(), "cannot read /nowhere/k");
    }
}
