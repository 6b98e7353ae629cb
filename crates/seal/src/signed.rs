//! A signed text: `purpose.payload.signature`, the last two in base64url. Short enough for a QR code.

use crate::{NodeKey, PublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest text that is read. Units: bytes.
pub const LONGEST: usize = 4 * 1024 * 1024;

/// Why a text isn't believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is no signed text of this purpose.
    #[error("this is no signed text of this kind")]
    Malformed,
    /// Somebody else signed it, or it was changed.
    #[error("the signature is not good")]
    NotGenuine,
}

/// Signs a payload for a purpose. What is signed for one purpose is no good for another.
pub fn seal(key: &NodeKey, purpose: &str, payload: &[u8]) -> String {
    let said = format!("{purpose}.{}", URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(said.as_bytes()));
    format!("{said}.{signature}")
}

/// The payload of a text that the owner of `key` signed for this purpose.
///
/// # Errors
/// See [`SealError`].
pub fn open(text: &str, purpose: &str, key: &PublicKey) -> Result<Vec<u8>, SealError> {
    if text.len() > LONGEST {
        return Err(SealError::Malformed);
    }
    let (said, signature) = text.trim().rsplit_once('.').ok_or(SealError::Malformed)?;
    let payload = said.strip_prefix(purpose).and_then(|rest| rest.strip_prefix('.')).ok_or(SealError::Malformed)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| SealError::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| SealError::Malformed)?;
    if key.verify(said.as_bytes(), &signature) { Ok(payload) } else { Err(SealError::NotGenuine) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_is_read_back() {
        let key = NodeKey::of_seed([3; 32]).unwrap();
        let text = seal(&key, "R1", b"paid");
        assert_eq!(open(&format!(" {text}\n"), "R1", &key.public()).unwrap(), b"paid", "scanners add white space");
    }

    #[test]
    fn no_altered_text_is_believed() {
        let key = NodeKey::of_seed([3; 32]).unwrap();
        let text = seal(&key, "R1", b"paid");
        for at in 0..text.len() {
            for other in ['A', 'z', '.'] {
                let mut altered = text.clone();
                altered.replace_range(at..=at, &other.to_string());
                if altered != text {
                    assert!(open(&altered, "R1", &key.public()).is_err(), "{altered}");
                }
            }
        }
    }

    #[test]
    fn neither_another_key_nor_another_purpose_will_do() {
        let (key, other) = (NodeKey::of_seed([3; 32]).unwrap(), NodeKey::of_seed([4; 32]).unwrap());
        let text = seal(&key, "R1", b"paid");
        assert_eq!(open(&text, "R1", &other.public()), Err(SealError::NotGenuine));
        assert_eq!(open(&text, "R2", &key.public()), Err(SealError::Malformed));
        assert_eq!(open(&text, "R", &key.public()), Err(SealError::Malformed));
        assert_eq!(open("", "R1", &key.public()), Err(SealError::Malformed));
        assert_eq!(open("R1.!.!", "R1", &key.public()), Err(SealError::Malformed));
    }
}
