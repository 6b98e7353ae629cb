//! Groups as columns: one array per column, so that one statement per table writes any number of rows.

use std::collections::BTreeMap;

use bytes::BytesMut;
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use super::seal::seal;
use crate::{CommandId, Group, Hash, Head, Link, Snapshot, StoredCommand, StoredEvent, StreamKey, chain};

/// Bytes of a fixed length as a BYTEA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<const N: usize>(pub [u8; N]);

impl<const N: usize> ToSql for Raw<N> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::BYTEA
    }

    to_sql_checked!();
}

impl<const N: usize> FromSql<'_> for Raw<N> {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Raw<N>, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw.try_into()?))
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::BYTEA
    }
}

/// A stream's store and kind, as two columns.
#[derive(Debug, Default)]
pub struct Keys {
    pub stores: Vec<Raw<16>>,
    pub streams: Vec<i16>,
}

impl Keys {
    pub fn push(&mut self, key: StreamKey) {
        self.stores.push(store_id(key));
        self.streams.push(stream_no(key));
    }
}

/// What one transaction writes.
#[derive(Debug, Default)]
pub struct Rows<'a> {
    pub heads: HeadRows,
    pub events: EventRows<'a>,
    pub commands: CommandRows<'a>,
    /// Where each group ends, in their order.
    pub ends: Vec<Head>,
    /// Which of `heads` is a stream's, and where the stream ends with what is laid out.
    last: BTreeMap<StreamKey, (usize, Head)>,
}

#[derive(Debug, Default)]
pub struct HeadRows {
    pub keys: Keys,
    pub old_seqs: Vec<i64>,
    pub old_hashes: Vec<Raw<32>>,
    pub epochs: Vec<i64>,
    pub seqs: Vec<i64>,
    pub hashes: Vec<Raw<32>>,
}

#[derive(Debug, Default)]
pub struct EventRows<'a> {
    pub keys: Keys,
    pub seqs: Vec<i64>,
    pub epochs: Vec<i64>,
    pub at_ms: Vec<i64>,
    pub kinds: Vec<&'a str>,
    pub versions: Vec<i64>,
    pub commands: Vec<Raw<16>>,
    pub bodies: Vec<&'a [u8]>,
    pub hashes: Vec<Raw<32>>,
}

#[derive(Debug, Default)]
pub struct CommandRows<'a> {
    pub keys: Keys,
    pub ids: Vec<Raw<16>>,
    pub fingerprints: Vec<Raw<32>>,
    pub answers: Vec<&'a [u8]>,
    pub first_seqs: Vec<i64>,
    pub last_seqs: Vec<i64>,
    pub seals: Vec<Raw<32>>,
}

impl<'a> Rows<'a> {
    /// Lays out groups, the first of each stream after the head the stream has now.
    pub fn of(work: impl IntoIterator<Item = (&'a Group, Head)>) -> Rows<'a> {
        let mut rows = Rows::default();
        for (group, head) in work {
            rows.push(group, head);
        }
        rows
    }

    /// Where a stream ends with what is laid out, if anything of it is.
    pub fn end_of(&self, key: StreamKey) -> Option<Head> {
        self.last.get(&key).map(|(_, end)| *end)
    }

    /// Lays out a group after those of its stream that are laid out, or after the head the stream has now.
    pub fn push(&mut self, group: &'a Group, head: Head) {
        let before = self.end_of(group.key).unwrap_or(head);
        let end = self.events.push(group, before.hash);
        self.commands.push(group);
        let heads = &mut self.heads;
        let row = match self.last.get(&group.key) {
            Some((row, _)) => *row,
            None => heads.push(group.key, before),
        };
        heads.epochs[row] = number(end.epoch);
        heads.seqs[row] = number(end.seq);
        heads.hashes[row] = Raw(end.hash);
        self.ends.push(end);
        self.last.insert(group.key, (row, end));
    }
}

impl HeadRows {
    /// Adds a stream as it is now; which row it is.
    fn push(&mut self, key: StreamKey, now: Head) -> usize {
        self.keys.push(key);
        self.old_seqs.push(number(now.seq));
        self.old_hashes.push(Raw(now.hash));
        self.epochs.push(number(now.epoch));
        self.seqs.push(number(now.seq));
        self.hashes.push(Raw(now.hash));
        self.seqs.len() - 1
    }
}

impl<'a> EventRows<'a> {
    fn push(&mut self, group: &'a Group, mut hash: Hash) -> Head {
        let mut seq = group.expected_seq;
        for (command, event) in group.owned_events() {
            seq += 1;
            let link = Link {
                seq,
                epoch: group.epoch,
                at_ms: group.at_ms,
                kind: &event.kind,
                version: event.version,
                command,
                body: &event.body,
            };
            hash = link.hash(&hash);
            self.keys.push(group.key);
            self.seqs.push(number(seq));
            self.epochs.push(number(group.epoch));
            self.at_ms.push(group.at_ms);
            self.kinds.push(&event.kind);
            self.versions.push(i64::from(event.version));
            self.commands.push(Raw(command.0.to_be_bytes()));
            self.bodies.push(&event.body);
            self.hashes.push(Raw(hash));
        }
        Head { seq, hash, epoch: group.epoch }
    }
}

impl<'a> CommandRows<'a> {
    fn push(&mut self, group: &'a Group) {
        let mut last_seq = group.expected_seq;
        for command in &group.commands {
            let first_seq = last_seq + 1;
            last_seq += u64::from(command.events);
            self.keys.push(group.key);
            self.ids.push(Raw(command.id.0.to_be_bytes()));
            self.fingerprints.push(Raw(command.fingerprint));
            self.answers.push(&command.answer);
            self.first_seqs.push(number(first_seq));
            self.last_seqs.push(number(last_seq));
            let (id, fingerprint, answer) = (command.id, command.fingerprint, &command.answer);
            self.seals.push(Raw(seal(group.key, id, &fingerprint, answer, first_seq, last_seq)));
        }
    }
}

/// The column `store_id`.
pub fn store_id(key: StreamKey) -> Raw<16> {
    Raw(key.store.0.to_be_bytes())
}

/// The column `stream`.
pub fn stream_no(key: StreamKey) -> i16 {
    i16::from(key.stream.code())
}

/// PostgreSQL's integers are signed. Numbers past 2^63 do not occur; one that did would match nothing.
pub fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A column that can't be what was written.
pub type Odd = Box<dyn std::error::Error + Sync + Send>;

fn natural<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(row: &Row, column: usize) -> Result<T, Odd> {
    Ok(T::try_from(row.try_get::<_, i64>(column)?)?)
}

/// Reads epoch, seq and hash, from this column on.
pub fn head(row: &Row, from: usize) -> Result<Head, Odd> {
    let Raw(hash) = row.try_get(from + 2)?;
    Ok(Head { epoch: natural(row, from)?, seq: natural(row, from + 1)?, hash })
}

/// Reads an event.
pub fn event(row: &Row) -> Result<StoredEvent, Odd> {
    let (Raw(command), Raw(hash)) = (row.try_get(5)?, row.try_get(7)?);
    Ok(StoredEvent {
        seq: natural(row, 0)?,
        epoch: natural(row, 1)?,
        at_ms: row.try_get(2)?,
        kind: row.try_get(3)?,
        version: natural(row, 4)?,
        body: row.try_get(6)?,
        command: CommandId(u128::from_be_bytes(command)),
        hash,
    })
}

/// Reads a command and checks it against its seal.
pub fn command(row: &Row, key: StreamKey) -> Result<StoredCommand, Odd> {
    let (Raw(id), Raw(fingerprint), Raw(sealed)) = (row.try_get(0)?, row.try_get(1)?, row.try_get(5)?);
    let id = CommandId(u128::from_be_bytes(id));
    let (first_seq, last_seq) = (natural(row, 3)?, natural(row, 4)?);
    let command = StoredCommand { id, fingerprint, answer: row.try_get(2)?, first_seq, last_seq };
    match seal(key, id, &fingerprint, &command.answer, first_seq, last_seq) == sealed {
        true => Ok(command),
        false => Err(format!("{id:?} or its answer is not what was written").into()),
    }
}

/// Reads a snapshot and checks it against its digest.
pub fn snapshot(row: &Row) -> Result<Snapshot, Odd> {
    let (Raw(hash), Raw(digest)) = (row.try_get(1)?, row.try_get(2)?);
    let snapshot = Snapshot { seq: natural(row, 0)?, hash, bytes: row.try_get(3)? };
    match chain::blob_hash(&snapshot.bytes) == digest {
        true => Ok(snapshot),
        false => Err("a snapshot is not what was written".into()),
    }
}
