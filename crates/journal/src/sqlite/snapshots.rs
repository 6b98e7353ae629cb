//! Snapshots: files of their own beside the database, so that writing one holds no group of events up.
//!
//! A file has its own digest at its end and gets its name only once it is durable: a torn or damaged one is never handed out.
//! Losing them all costs a replay, nothing else.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ring::digest::{Context, SHA256};

use crate::{Hash, ReadError, Snapshot, StreamKey, WriteError};

/// The folder in the data folder that holds them.
const FOLDER: &str = "snapshots";
/// The first bytes of each file: what it is, and in which format.
const MAGIC: &[u8; 8] = b"ddsnap01";
/// Behind the magic: store, stream, version of the code, seq, and the hash of the event.
const HEADER: usize = 8 + 16 + 1 + 4 + 8 + 32;
/// Snapshots kept per stream and version of the code.
const KEEP: usize = 2;
/// A file is made durable in pieces of so many bytes: a commit of events never waits for more than one of them.
const PIECE: usize = 1 << 20;
/// The name's ending; a file still being written has another.
const ENDING: &str = "snapshot";
const UNFINISHED: &str = "unfinished";

/// The snapshots of a data folder.
#[derive(Debug)]
pub struct Snapshots {
    folder: PathBuf,
    /// Held while one is written: they take turns.
    turn: Mutex<()>,
}

impl Snapshots {
    /// Uses the folder, and makes it if need be. What a crash left unfinished goes.
    pub fn open(data: &Path) -> io::Result<Snapshots> {
        let folder = data.join(FOLDER);
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == UNFINISHED) {
                fs::remove_file(path)?;
            }
        }
        Ok(Snapshots { folder, turn: Mutex::default() })
    }

    /// Keeps a snapshot and drops the older ones, on a blocking thread.
    pub async fn put(self: &Arc<Snapshots>, key: StreamKey, code_version: u32, snapshot: Snapshot) -> Result<(), WriteError> {
        let snapshots = self.clone();
        let put = tokio::task::spawn_blocking(move || snapshots.put_now(key, code_version, &snapshot));
        put.await.map_err(|_| WriteError::Unknown("the thread was stopped".to_owned()))?
    }

    /// Finds the newest undamaged snapshot, on a blocking thread. One that cannot be read is passed over: it costs time, never truth.
    pub async fn latest(self: &Arc<Snapshots>, key: StreamKey, code_version: u32) -> Result<Option<Snapshot>, ReadError> {
        let snapshots = self.clone();
        let latest = tokio::task::spawn_blocking(move || snapshots.latest_now(key, code_version));
        latest.await.map_err(|_| ReadError::Unavailable("the thread was stopped".to_owned()))
    }

    fn put_now(&self, key: StreamKey, code_version: u32, snapshot: &Snapshot) -> Result<(), WriteError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.folder.join(format!("{}{:020}.{ENDING}", prefix(key, code_version), snapshot.seq));
        let unfinished = path.with_extension(UNFINISHED);
        let header = header(key, code_version, snapshot.seq, &snapshot.hash);
        let written = write_durably(&unfinished, &header, &snapshot.bytes).and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&unfinished);
            return Err(WriteError::Unavailable(error.to_string()));
        }
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| WriteError::Unknown(error.to_string()))?;
        for (_, old) in self.kept(key, code_version).into_iter().skip(KEEP) {
            if let Err(error) = fs::remove_file(&old) {
                tracing::warn!(%error, path = %old.display(), "an old snapshot cannot be dropped");
            }
        }
        Ok(())
    }

    fn latest_now(&self, key: StreamKey, code_version: u32) -> Option<Snapshot> {
        self.kept(key, code_version).into_iter().find_map(|(seq, path)| {
            let read = fs::read(&path).map_err(|error| error.to_string());
            let sound = read.and_then(|file| {
                unpack(file, key, code_version, seq).ok_or_else(|| "its bytes are not what was written".to_owned())
            });
            sound.inspect_err(|why| tracing::warn!(?key, seq, why, "damaged snapshot ignored")).ok()
        })
    }

    /// The files of a stream and version with their sequence numbers, newest first.
    fn kept(&self, key: StreamKey, code_version: u32) -> Vec<(u64, PathBuf)> {
        let prefix = prefix(key, code_version);
        let entries = fs::read_dir(&self.folder).inspect_err(|error| tracing::warn!(%error, "snapshots cannot be listed"));
        let paths = entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let mut kept: Vec<(u64, PathBuf)> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
            .filter_map(|path| Some((path.file_stem()?.to_str()?.strip_prefix(&prefix)?.parse().ok()?, path)))
            .collect();
        kept.sort_unstable_by(|a, b| b.cmp(a));
        kept
    }
}

fn prefix(key: StreamKey, code_version: u32) -> String {
    format!("{:032x}-{}-v{code_version}-", key.store.0, key.stream.name())
}

fn header(key: StreamKey, code_version: u32, seq: u64, hash: &Hash) -> Vec<u8> {
    let parts: [&[u8]; 6] =
        [MAGIC, &key.store.0.to_be_bytes(), &[key.stream.code()], &code_version.to_be_bytes(), &seq.to_be_bytes(), hash];
    parts.concat()
}

/// Header, bytes, and the digest of both.
fn write_durably(path: &Path, header: &[u8], bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    let mut digest = Context::new(&SHA256);
    digest.update(header);
    file.write_all(header)?;
    for piece in bytes.chunks(PIECE) {
        digest.update(piece);
        file.write_all(piece)?;
        file.sync_data()?;
    }
    file.write_all(digest.finish().as_ref())?;
    file.sync_all()
}

/// The snapshot in a file, if the file is what was written under its name.
fn unpack(mut file: Vec<u8>, key: StreamKey, code_version: u32, seq: u64) -> Option<Snapshot> {
    let (content, digest) = file.split_last_chunk::<32>()?;
    let hash = Hash::try_from(content.get(HEADER - 32..HEADER)?).ok()?;
    let sound = content.starts_with(&header(key, code_version, seq, &hash)) && crate::blob_hash(content) == *digest;
    let end = content.len();
    sound.then(|| {
        file.truncate(end);
        file.drain(..HEADER);
        Snapshot { seq, hash, bytes: file }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::contract::floor;

    fn put(snapshots: &Snapshots, seq: u64) {
        let bytes = vec![u8::try_from(seq).unwrap(); PIECE + 1];
        snapshots.put_now(floor(1), 3, &Snapshot { seq, hash: [7; 32], bytes }).unwrap();
    }

    #[test]
    fn two_are_kept_and_a_flipped_cut_or_renamed_one_is_passed_over() {
        let data = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::open(data.path()).unwrap();
        let seqs = || snapshots.kept(floor(1), 3).into_iter().map(|(seq, _)| seq).collect::<Vec<_>>();
        let latest = || snapshots.latest_now(floor(1), 3).map(|found| (found.seq, found.bytes.len(), found.bytes[PIECE]));
        for seq in [9, 100, 11] {
            put(&snapshots, seq);
        }
        assert_eq!(seqs(), [100, 11]);
        assert_eq!(latest(), Some((100, PIECE + 1, 100)));
        let newest = snapshots.kept(floor(1), 3)[0].1.clone();
        let whole = fs::read(&newest).unwrap();
        for at in [0, 20, HEADER - 1, HEADER, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs::write(&newest, flipped).unwrap();
            assert_eq!(latest(), Some((11, PIECE + 1, 11)), "byte {at}");
        }
        for length in [0, 31, HEADER, whole.len() - 1] {
            fs::write(&newest, &whole[..length]).unwrap();
            assert_eq!(latest(), Some((11, PIECE + 1, 11)), "{length} bytes");
        }
        fs::write(&newest, &whole).unwrap();
        fs::rename(&newest, snapshots.folder.join(format!("{}{:020}.{ENDING}", prefix(floor(1), 3), 500))).unwrap();
        assert_eq!(latest(), Some((11, PIECE + 1, 11)), "renamed");
    }

    #[test]
    fn what_a_crash_left_unfinished_goes_at_the_next_start() {
        let data = tempfile::tempdir().unwrap();
        put(&Snapshots::open(data.path()).unwrap(), 5);
        let half = data.path().join(FOLDER).join(format!("{}{:020}.{UNFINISHED}", prefix(floor(1), 3), 6));
        fs::write(&half, b"half").unwrap();
        let snapshots = Snapshots::open(data.path()).unwrap();
        assert!(!half.exists());
        assert_eq!(snapshots.latest_now(floor(1), 3).unwrap().seq, 5);
    }
}
