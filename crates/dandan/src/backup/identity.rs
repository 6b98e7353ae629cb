//! Who can open a backup: age's X25519 keys. The house knows recipients only; the identity belongs somewhere else.

use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use anyhow::{Context, anyhow, bail};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Reads a recipient (`age1…`).
///
/// # Errors
/// In words, for the command line.
pub fn parse_recipient(text: &str) -> Result<Recipient, String> {
    if text.starts_with("AGE-SECRET-KEY-") {
        return Err(
            "this is an identity, which opens backups; give its recipient (age1…) and keep the identity elsewhere".to_owned()
        );
    }
    text.parse().map_err(|error: &str| format!("not an age recipient (age1…): {error}"))
}

/// Reads a key file as `dandan backup keygen` and `age-keygen` write it: every identity in it.
///
/// # Errors
/// If it can't be read, or holds none.
pub fn read(path: &Path) -> anyhow::Result<Vec<Identity>> {
    let text = fs::read_to_string(path).with_context(|| format!("the key file {} can't be read", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parse = |line: &str| line.parse::<Identity>().map_err(|why| anyhow!("{}: not an age identity: {why}", path.display()));
    let identities = lines.map(parse).collect::<anyhow::Result<Vec<_>>>()?;
    if identities.is_empty() {
        bail!("{} holds no identity (AGE-SECRET-KEY-1…)", path.display());
    }
    Ok(identities)
}

/// Makes a new identity in a file that only its owner can read, and returns its recipient.
///
/// # Errors
/// If the file exists or can't be written.
pub fn generate(path: &Path, made: &str) -> anyhow::Result<Recipient> {
    let identity = Identity::generate();
    let recipient = identity.to_public();
    let text = format!("# created: {made}\n# public key: {recipient}\n{}\n", identity.to_string().expose_secret());
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.with_context(|| format!("{} can't be made", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(recipient)
}
