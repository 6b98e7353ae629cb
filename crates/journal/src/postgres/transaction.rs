//! One transaction for the waiting groups of many streams. Of one stream it may have several, each following the one before it.
//!
//! The usual way takes two round trips: BEGIN, the heads, the events and the commands go out together, COMMIT after their
//! answers. It counts on the heads this node remembers. When one of them is out of date, or a command is there already, nothing
//! is written and the careful way is taken, which locks the heads and looks before it writes; then a refused group costs the
//! others a few round trips and nothing else.
//!
//! Every answer is looked at: after a failed statement PostgreSQL takes COMMIT for ROLLBACK and calls it a success.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio_postgres::{Error, Row, types::ToSql};

use super::{
    errors::{Failure, is_rolled_back, words},
    rows::{self, CommandRows, EventRows, HeadRows, Keys, Odd, Raw, Rows},
    session::WriteSession,
};
use crate::{AppendError, CommandId, Group, Head, StoreKey, Stream, StreamKey, chain};

/// What became of a transaction.
#[derive(Debug)]
pub enum Outcome {
    /// Durable, as far as there was something to write.
    Durable,
    /// Nothing was written.
    NotWritten(Failure),
    /// COMMIT was on its way when the connection was lost.
    Unknown(String),
}

/// What became of each group, in their order.
#[derive(Debug)]
pub struct Done {
    pub outcome: Outcome,
    pub answers: Vec<Result<Head, AppendError>>,
    /// Whether there was a COMMIT.
    pub wrote: bool,
}

/// Appends groups whose streams' heads are known, in two round trips.
pub async fn append_known(session: &WriteSession, work: &[(&Group, Head)], patience: Duration) -> Done {
    let rows = Rows::of(work.iter().copied());
    let statements = async {
        let (begun, written) = tokio::join!(biased; begin(session), write(session, &rows));
        begun.and(written)
    };
    let outcome = finish(session, within(patience, statements).await, patience).await;
    let answers = rows.ends.iter().map(|end| answer(&outcome, *end)).collect();
    Done { outcome, answers, wrote: true }
}

/// Appends groups after locking their streams: each is judged by what is there, and the sound ones are written.
/// With `only_free`, a stream that someone else holds is unavailable instead of waited for.
pub async fn append_looking(session: &WriteSession, groups: &[&Group], only_free: bool, patience: Duration) -> Done {
    let mut look = match within(patience, look(session, groups, only_free)).await {
        Ok(look) => look,
        Err(failure) => {
            let outcome = finish(session, Err(failure), patience).await;
            let answers = groups.iter().map(|group| answer(&outcome, Head::empty(group.key))).collect();
            return Done { outcome, answers, wrote: false };
        }
    };
    let mut rows = Rows::default();
    let mut judged: Vec<Result<Head, AppendError>> = Vec::with_capacity(groups.len());
    for group in groups {
        let head = look.judge(group, rows.end_of(group.key));
        if let Ok(head) = head {
            rows.push(group, head);
        }
        judged.push(head);
    }
    let wrote = !rows.ends.is_empty();
    let outcome = match wrote {
        true => finish(session, within(patience, write(session, &rows)).await, patience).await,
        false => {
            roll_back(session).await;
            Outcome::Durable
        }
    };
    let mut ends = rows.ends.iter();
    let answers = judged.into_iter().map(|head| head.and_then(|head| answer(&outcome, *ends.next().unwrap_or(&head))));
    Done { answers: answers.collect(), outcome, wrote }
}

fn answer(outcome: &Outcome, end: Head) -> Result<Head, AppendError> {
    match outcome {
        Outcome::Durable => Ok(end),
        Outcome::NotWritten(failure) => Err(failure.clone().into()),
        Outcome::Unknown(why) => Err(AppendError::Unknown(why.clone())),
    }
}

/// Gives up a transaction whose statements are not answered. COMMIT was not sent, so it comes to nothing.
async fn within<T>(patience: Duration, statements: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| Failure::Lost(format!("a statement was not answered within {patience:?}"));
    tokio::time::timeout(patience, statements).await.map_err(late)?
}

async fn begin(session: &WriteSession) -> Result<(), Failure> {
    let begin = session.client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED");
    begin.await.map_err(|error| Failure::of(&error))
}

async fn roll_back(session: &WriteSession) {
    if let Err(error) = session.client.batch_execute("ROLLBACK").await {
        // Then the session is over, and the transaction with it.
        tracing::debug!(error = words(&error), "journal: ROLLBACK was not answered");
    }
}

/// Commits what was written without a failure, and takes back the rest.
async fn finish(session: &WriteSession, written: Result<(), Failure>, patience: Duration) -> Outcome {
    match written {
        Ok(()) if session.client.is_closed() => Outcome::NotWritten(Failure::Lost("closed before COMMIT".to_owned())),
        Ok(()) => commit(session, patience).await,
        Err(failure @ Failure::Lost(_)) => Outcome::NotWritten(failure),
        Err(failure) => {
            roll_back(session).await;
            Outcome::NotWritten(failure)
        }
    }
}

/// From here on only the server knows, unless it answers. It is never asked to cancel: a COMMIT cancelled while it waits for the
/// standby stays, visible to all, on the primary alone.
async fn commit(session: &WriteSession, patience: Duration) -> Outcome {
    match tokio::time::timeout(patience, session.client.batch_execute("COMMIT")).await {
        Ok(Ok(())) => Outcome::Durable,
        Ok(Err(error)) if is_rolled_back(&error) => Outcome::NotWritten(Failure::of(&error)),
        Ok(Err(error)) => Outcome::Unknown(words(&error)),
        Err(_) => Outcome::Unknown(format!("COMMIT was not answered within {patience:?}")),
    }
}

async fn write(session: &WriteSession, rows: &Rows<'_>) -> Result<(), Failure> {
    let (moved, events, commands) = tokio::join!(
        biased;
        move_heads(session, &rows.heads),
        insert_events(session, &rows.events),
        insert_commands(session, &rows.commands),
    );
    // In this order: after the first failure the others only say that there was one.
    let moved = moved.map_err(|error| Failure::of(&error))?;
    events.map_err(|error| Failure::of(&error))?;
    commands.map_err(|error| Failure::of(&error))?;
    let streams = rows.heads.seqs.len();
    match moved == streams as u64 {
        true => Ok(()),
        false => Err(Failure::Moved(format!("{moved} of {streams} heads are where we thought"))),
    }
}

/// A single stream is named outright, so that a cluster finds the one node it lives on.
async fn move_heads(session: &WriteSession, heads: &HeadRows) -> Result<u64, Error> {
    let HeadRows { keys: Keys { stores, streams }, old_seqs, old_hashes, epochs, seqs, hashes } = heads;
    match (&stores[..], &streams[..], &old_seqs[..], &old_hashes[..], &epochs[..], &seqs[..], &hashes[..]) {
        ([store], [stream], [old_seq], [old_hash], [epoch], [seq], [hash]) => {
            session.client.execute(&session.head, &[store, stream, old_seq, old_hash, epoch, seq, hash]).await
        }
        _ => session.client.execute(&session.heads, &[stores, streams, old_seqs, old_hashes, epochs, seqs, hashes]).await,
    }
}

async fn insert_events(session: &WriteSession, events: &EventRows<'_>) -> Result<u64, Error> {
    let EventRows { keys: Keys { stores, streams }, seqs, epochs, at_ms, kinds, versions, commands, bodies, hashes } = events;
    match seqs.is_empty() {
        true => Ok(0),
        false => {
            let columns: [&(dyn ToSql + Sync); 10] =
                [stores, streams, seqs, epochs, at_ms, kinds, versions, commands, bodies, hashes];
            session.client.execute(&session.events, &columns).await
        }
    }
}

async fn insert_commands(session: &WriteSession, commands: &CommandRows<'_>) -> Result<u64, Error> {
    let CommandRows { keys: Keys { stores, streams }, ids, fingerprints, answers, first_seqs, last_seqs, seals } = commands;
    let columns: [&(dyn ToSql + Sync); 8] = [stores, streams, ids, fingerprints, answers, first_seqs, last_seqs, seals];
    session.client.execute(&session.commands, &columns).await
}

/// What a careful transaction found after locking.
struct Look {
    heads: BTreeMap<StreamKey, Head>,
    known: BTreeSet<(StreamKey, CommandId)>,
}

impl Look {
    /// The head to write after, or why the group is refused. `written` is where this transaction has brought its stream.
    fn judge(&mut self, group: &Group, written: Option<Head>) -> Result<Head, AppendError> {
        let Some(actual) = written.or_else(|| self.heads.get(&group.key).copied()) else {
            return Err(AppendError::Unavailable("another transaction holds the stream".to_owned()));
        };
        if group.epoch < actual.epoch || group.expected_seq != actual.seq {
            return Err(AppendError::Conflict { actual });
        }
        if let Some(command) = group.commands.iter().find(|command| self.known.contains(&(group.key, command.id))) {
            return Err(AppendError::DuplicateCommand(command.id));
        }
        self.known.extend(group.commands.iter().map(|command| (group.key, command.id)));
        Ok(actual)
    }
}

/// Begins, locks the groups' streams, and looks up their heads and commands. One round trip; each statement sees what was
/// committed when it began, so the commands are those recorded before the lock was ours.
async fn look(session: &WriteSession, groups: &[&Group], only_free: bool) -> Result<Look, Failure> {
    let (begun, made, locked, known) = match groups {
        [first, others @ ..] if others.iter().all(|group| group.key == first.key) => {
            look_at_one(session, first.key, groups).await
        }
        _ => look_at_many(session, groups, only_free).await,
    };
    begun?;
    made.map_err(|error| Failure::of(&error))?;
    let locked = locked.map_err(|error| Failure::of(&error))?;
    let known = known.map_err(|error| Failure::of(&error))?;
    let heads = locked.iter().map(|row| Ok((stream_key(row)?, rows::head(row, 2)?)));
    let known = known.iter().map(|row| {
        let Raw(id) = row.try_get(2)?;
        Ok((stream_key(row)?, CommandId(u128::from_be_bytes(id))))
    });
    let odd = |why: Odd| Failure::Refused(format!("a damaged row: {why}"));
    Ok(Look { heads: heads.collect::<Result<_, _>>().map_err(odd)?, known: known.collect::<Result<_, _>>().map_err(odd)? })
}

/// What the four statements of a look were answered.
type Looked = (Result<(), Failure>, Result<u64, Error>, Result<Vec<Row>, Error>, Result<Vec<Row>, Error>);

/// A single stream is named outright, so that a cluster finds the one node it lives on. Nobody else waits behind it, so it may wait.
async fn look_at_one(session: &WriteSession, key: StreamKey, groups: &[&Group]) -> Looked {
    let (store, stream, empty) = (rows::store_id(key), rows::stream_no(key), Raw(chain::genesis(key)));
    let commands = groups.iter().flat_map(|group| &group.commands);
    let ids: Vec<Raw<16>> = commands.map(|command| Raw(command.id.0.to_be_bytes())).collect();
    let made: [&(dyn ToSql + Sync); 3] = [&store, &stream, &empty];
    let known: [&(dyn ToSql + Sync); 3] = [&store, &stream, &ids];
    let client = &session.client;
    tokio::join!(
        biased;
        begin(session),
        client.execute(&session.make_one, &made),
        client.query(&session.lock_one, &made[..2]),
        client.query(&session.known_one, &known),
    )
}

async fn look_at_many(session: &WriteSession, groups: &[&Group], only_free: bool) -> Looked {
    let mut streams: Vec<StreamKey> = groups.iter().map(|group| group.key).collect();
    streams.sort_unstable();
    streams.dedup();
    let (mut keys, mut empty) = (Keys::default(), Vec::new());
    for key in streams {
        keys.push(key);
        empty.push(Raw(chain::genesis(key)));
    }
    let (mut command_keys, mut ids) = (Keys::default(), Vec::new());
    for (group, command) in groups.iter().flat_map(|group| group.commands.iter().map(move |command| (group, command))) {
        command_keys.push(group.key);
        ids.push(Raw(command.id.0.to_be_bytes()));
    }
    let made: [&(dyn ToSql + Sync); 3] = [&keys.stores, &keys.streams, &empty];
    let known: [&(dyn ToSql + Sync); 3] = [&command_keys.stores, &command_keys.streams, &ids];
    let client = &session.client;
    tokio::join!(
        biased;
        begin(session),
        client.execute(&session.make, &made),
        client.query(if only_free { &session.lock_free } else { &session.lock }, &made[..2]),
        client.query(&session.known, &known),
    )
}

fn stream_key(row: &Row) -> Result<StreamKey, Odd> {
    let (Raw(store), code): (Raw<16>, i16) = (row.try_get(0)?, row.try_get(1)?);
    let stream = Stream::ALL.into_iter().find(|stream| i16::from(stream.code()) == code);
    Ok(StreamKey::new(StoreKey(u128::from_be_bytes(store)), stream.ok_or("an unknown kind of stream")?))
}
