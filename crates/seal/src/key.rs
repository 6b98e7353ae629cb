//! A node's own Ed25519 key: how the other end knows it.
//!
//! The private half is a file that only its owner can read, and never leaves the machine. The public half is a line of text that a
//! person enters at the other end.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::str::FromStr;

const SECRET: &str = "dandan-node-secret:";
const PUBLIC: &str = "ed25519:";

/// Why a key can't be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read or written.
    #[error("the key file can't be used")]
    File(#[from] io::Error),
    /// Others may read the file: whoever did is this node now.
    #[error("others may read the key file (mode {0:o}); it should be 600")]
    Loose(u32),
    /// The file or text holds no key.
    #[error("this is no key")]
    NoKey,
    /// The machine gives no random numbers.
    #[error("no randomness")]
    NoRandomness,
}

/// The private half.
pub struct NodeKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeKey({})", self.public())
    }
}

impl NodeKey {
    /// Makes a key nobody has.
    ///
    /// # Errors
    /// `NoRandomness`.
    pub fn make() -> Result<NodeKey, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| KeyError::NoRandomness)?;
        NodeKey::of_seed(seed)
    }

    /// The key that follows from 32 bytes; they must be as secret as the key.
    ///
    /// # Errors
    /// `NoKey` never happens: every seed has a key.
    pub fn of_seed(seed: [u8; 32]) -> Result<NodeKey, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::NoKey)?;
        Ok(NodeKey { seed, pair })
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// See [`KeyError`]; `Loose` if anybody but its owner may read it.
    pub fn read(path: &Path) -> Result<NodeKey, KeyError> {
        let file = OpenOptions::new().read(true).open(path)?;
        let mode = file.metadata()?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Loose(mode));
        }
        let mut text = String::new();
        file.take(1024).read_to_string(&mut text)?;
        let hex = text.trim().strip_prefix(SECRET).ok_or(KeyError::NoKey)?;
        NodeKey::of_seed(bytes_of(hex)?)
    }

    /// Writes a key file that only its owner can read. An existing file is left alone: a key is never replaced by accident.
    ///
    /// # Errors
    /// `File`, also if there is one already.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(format!("{SECRET}{}\n", hex::encode(self.seed)).as_bytes())?;
        file.sync_all()?;
        Ok(())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// The public half, as text `ed25519:` and 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Whether the key's owner signed the message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", hex::encode(self.0))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        text.trim().strip_prefix(PUBLIC).ok_or(KeyError::NoKey).and_then(bytes_of).map(PublicKey)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PublicKey, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

fn bytes_of(text: &str) -> Result<[u8; 32], KeyError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| KeyError::NoKey)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_signs_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        let key = NodeKey::make().unwrap();
        key.write(&path).unwrap();
        assert!(matches!(key.write(&path), Err(KeyError::File(_))), "a key is not replaced");
        let again = NodeKey::read(&path).unwrap();
        assert_eq!(again.public(), key.public());
        let public: PublicKey = key.public().to_string().parse().unwrap();
        assert!(public.verify(b"hello", &again.sign(b"hello")));
        assert!(!public.verify(b"hullo", &again.sign(b"hello")));
        assert!(!public.verify(b"hello", b""));
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        NodeKey::of_seed([7; 32]).unwrap().write(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(NodeKey::read(&path), Err(KeyError::Loose(0o640))));
    }

    #[test]
    fn what_is_no_key_is_not_taken_for_one() {
        for text in ["", "ed25519:", "ed25519:zz", "rsa:00", &format!("ed25519:{}", "0".repeat(66))] {
            assert!(matches!(text.parse::<PublicKey>(), Err(KeyError::NoKey)), "{text}");
        }
    }
}
