//! A backup's file: one age file, and in it a line that names the format, a manifest, and the journal's file.
//!
//! ```text
//! age v1, to every recipient (
//!     "dandan backup 1\n"
//!     length of the manifest, 4 bytes, big-endian
//!     the manifest, JSON
//!     the journal's file
//! )
//! ```
//! age authenticates header and every piece of the content, and knows where it ends: whatever byte is changed, cut off or added,
//! it isn't opened. The manifest's digest then says that what came out is what went in.

use crate::heads::HeadNote;
use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, Encryptor};
use anyhow::{Context, anyhow, bail};
use ring::digest;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

const MAGIC: &[u8] = b"dandan backup 1\n";
/// The manifest's format.
pub const FORMAT: u32 = 1;
/// Longer manifests aren't ours.
const LONGEST_MANIFEST: usize = 1 << 20;
const BUFFER: usize = 64 << 10;

/// What a backup says of itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The manifest's format.
    pub format: u32,
    /// The program that made it.
    pub made_by: String,
    /// When, in UTC milliseconds.
    pub made_at_ms: i64,
    /// The format of the journal's file.
    pub journal_format: i64,
    /// Where every stream ended.
    pub streams: Vec<HeadNote>,
    /// When the newest entry was written, in UTC milliseconds.
    pub newest_ms: Option<i64>,
    /// Length of the journal's file.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// Seals a manifest and the journal's file.
pub fn seal(out: impl Write, recipients: &[Recipient], manifest: &Manifest, journal: &mut impl Read) -> anyhow::Result<()> {
    let encryptor = Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient))?;
    let head = serde_json::to_vec(manifest)?;
    let mut sealed = encryptor.wrap_output(BufWriter::with_capacity(BUFFER, out))?;
    sealed.write_all(MAGIC)?;
    sealed.write_all(&u32::try_from(head.len())?.to_be_bytes())?;
    sealed.write_all(&head)?;
    let (bytes, sha256) = copy(journal, &mut sealed)?;
    if (bytes, &sha256) != (manifest.bytes, &manifest.sha256) {
        bail!("the copy of the journal changed while it was sealed");
    }
    sealed.finish()?.flush()?;
    Ok(())
}

/// Opens a backup to its very end and writes the journal's file to `to`.
///
/// # Errors
/// If no identity opens it, or a byte of it isn't what was sealed. What was written to `to` is worthless then.
pub fn open(from: &Path, identities: &[Identity], to: &mut impl Write) -> anyhow::Result<Manifest> {
    let file = File::open(from).with_context(|| format!("the backup {} can't be opened", from.display()))?;
    unseal(BufReader::with_capacity(BUFFER, file), identities, to).with_context(|| format!("{} can't be used", from.display()))
}

fn unseal(sealed: BufReader<impl Read>, identities: &[Identity], to: &mut impl Write) -> anyhow::Result<Manifest> {
    let decryptor = Decryptor::new_buffered(sealed).map_err(|error| explain(&error))?;
    let mut opened =
        decryptor.decrypt(identities.iter().map(|one| one as &dyn age::Identity)).map_err(|error| explain(&error))?;
    let damaged = "a byte of it isn't what was sealed, or its end is missing";
    let mut magic = [0; MAGIC.len()];
    opened.read_exact(&mut magic).context(damaged)?;
    if magic != MAGIC {
        bail!("it is an age file, but no backup of this program");
    }
    let mut length = [0; 4];
    opened.read_exact(&mut length).context(damaged)?;
    let length = usize::try_from(u32::from_be_bytes(length))?;
    if length > LONGEST_MANIFEST {
        bail!("its manifest is too long");
    }
    let mut head = vec![0; length];
    opened.read_exact(&mut head).context(damaged)?;
    let manifest: Manifest =
        serde_json::from_slice(&head).context("its manifest can't be read; a newer program may have made it")?;
    if manifest.format != FORMAT {
        bail!("it has format {}, this program knows {FORMAT}", manifest.format);
    }
    let (bytes, sha256) = copy(&mut opened, to).context(damaged)?;
    if (bytes, &sha256) != (manifest.bytes, &manifest.sha256) {
        bail!("the journal in it isn't the one that was sealed");
    }
    Ok(manifest)
}

fn explain(error: &DecryptError) -> anyhow::Error {
    match error {
        DecryptError::NoMatchingKeys => {
            anyhow!("this key opens it not: it was sealed for somebody else, or its header is damaged")
        }
        other => anyhow!("its header is damaged, or it is no backup: {other}"),
    }
}

/// Length and SHA-256 of what a reader yields.
pub fn digest_of(from: &mut impl Read) -> std::io::Result<(u64, String)> {
    copy(from, &mut std::io::sink())
}

/// Copies to the end; length and SHA-256 of what was copied.
fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<(u64, String)> {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; BUFFER];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex::encode(context.finish())));
        }
        context.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(identity: &Identity, journal: &[u8]) -> Vec<u8> {
        let (bytes, sha256) = digest_of(&mut &*journal).expect("memory is read");
        let head = HeadNote { store: "01".to_owned(), stream: "floor".to_owned(), epoch: 1, seq: 2, hash: "ff".to_owned() };
        let manifest = Manifest {
            format: FORMAT,
            made_by: "dandan".to_owned(),
            made_at_ms: 1,
            journal_format: 2,
            streams: vec![head],
            newest_ms: Some(1),
            bytes,
            sha256,
        };
        let mut out = Vec::new();
        seal(&mut out, &[identity.to_public(), Identity::generate().to_public()], &manifest, &mut &*journal).expect("it seals");
        out
    }

    fn opens(sealed: &[u8], identity: &Identity) -> anyhow::Result<Vec<u8>> {
        let mut journal = Vec::new();
        unseal(BufReader::new(sealed), std::slice::from_ref(identity), &mut journal)?;
        Ok(journal)
    }

    #[test]
    fn a_flipped_byte_anywhere_is_found() {
        let identity = Identity::generate();
        let journal = b"one, two, three".to_vec();
        let whole = sealed(&identity, &journal);
        assert_eq!(opens(&whole, &identity).expect("it opens"), journal);
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            assert!(opens(&bytes, &identity).is_err(), "byte {at} of {}", whole.len());
        }
    }

    #[test]
    fn a_flipped_byte_in_a_backup_of_several_pieces_is_found() {
        let identity = Identity::generate();
        let journal: Vec<u8> = (0..150_000_u32).map(|n| (n % 251) as u8).collect();
        let whole = sealed(&identity, &journal);
        assert_eq!(opens(&whole, &identity).expect("it opens"), journal);
        for at in (0..whole.len()).step_by(701) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x80;
            assert!(opens(&bytes, &identity).is_err(), "byte {at} of {}", whole.len());
        }
    }

    #[test]
    fn what_is_cut_off_or_added_is_found() {
        let identity = Identity::generate();
        // The last piece is full, so that the end of one looks like the end of all.
        for length in [15, (64 << 10) - 400, 64 << 10, 150_000] {
            let whole = sealed(&identity, &vec![7; length]);
            for cut in [1, 16, 17, whole.len() / 2, whole.len() - 1] {
                assert!(opens(&whole[..whole.len() - cut], &identity).is_err(), "{cut} bytes of {} cut off", whole.len());
            }
            for more in [&[0][..], &whole] {
                assert!(opens(&[&whole, more].concat(), &identity).is_err(), "{} bytes added to {}", more.len(), whole.len());
            }
        }
    }

    #[test]
    fn other_age_files_and_other_keys_are_told_apart() {
        let identity = Identity::generate();
        let foreign = age::encrypt(&identity.to_public(), b"somebody's letter, which is long enough").expect("it seals");
        let why = opens(&foreign, &identity).expect_err("it is no backup").to_string();
        assert!(why.contains("no backup of this program"), "{why}");
        let why = opens(&sealed(&identity, b"x"), &Identity::generate()).expect_err("another key").to_string();
        assert!(why.contains("sealed for somebody else"), "{why}");
    }
}
