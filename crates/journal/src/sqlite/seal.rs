//! The seal of a recorded command: its answer is in no hash chain, so damage to it has to show in another way.

use ring::digest;
use rusqlite::{Connection, functions::FunctionFlags};

use crate::Hash;

/// What a seal covers: the whole row.
#[derive(Debug)]
pub struct Row<'a> {
    pub stream_no: i64,
    pub id: &'a [u8],
    pub fingerprint: &'a [u8],
    pub answer: &'a [u8],
    pub first_seq: i64,
    pub last_seq: i64,
}

impl Row<'_> {
    /// SHA-256 over the row. A stored format: it never changes.
    pub fn seal(&self) -> Hash {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"dandan command 1\0");
        for number in [self.stream_no, self.first_seq, self.last_seq] {
            context.update(&number.to_be_bytes());
        }
        for bytes in [self.id, self.fingerprint, self.answer] {
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        }
        let mut seal = [0; 32];
        seal.copy_from_slice(context.finish().as_ref());
        seal
    }
}

/// Teaches a connection `command_seal(stream_no, id, fingerprint, answer, first_seq, last_seq)`, with which a file of an older
/// format is sealed as it stands.
pub fn teach(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    db.create_scalar_function("command_seal", 6, flags, |context| {
        let bytes = |column| context.get_raw(column).as_blob().map_err(|error| rusqlite::Error::UserFunctionError(error.into()));
        let row = Row {
            stream_no: context.get(0)?,
            id: bytes(1)?,
            fingerprint: bytes(2)?,
            answer: bytes(3)?,
            first_seq: context.get(4)?,
            last_seq: context.get(5)?,
        };
        Ok(row.seal())
    })
}
