//! A writer task: it has a connection of its own and the stores that fall to it.
//!
//! It takes what waits and commits it as one transaction: the groups of many streams, and of one stream those that follow each other
//! under one epoch, as a copy that catches up has them. Anything else that is about a stream already in it stays in order and waits
//! for the next. The task runs until the journal is dropped and its queue is empty; nothing cancels it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

use super::{
    PostgresOptions,
    errors::{Failure, is_lost, words, write_error},
    rows::{self, Raw},
    session::{Connector, WriteSession},
    transaction::{Done, Outcome, append_known, append_looking},
};
use crate::{AppendError, Group, Head, StreamKey, WriteError, chain};

/// How often a transaction is tried again that others got in the way of.
const TRIES: u32 = 5;
/// How many heads are remembered; past it all are forgotten, which costs each stream one careful transaction.
const REMEMBERED: usize = 200_000;

/// How many groups share a transaction at most, however few streams they are of.
const TOGETHER: usize = 1024;

/// Something to be written, and where its answer goes.
#[derive(Debug)]
pub enum Op {
    Append(Append),
    TakeOver(TakeOver),
}

#[derive(Debug)]
pub struct Append {
    pub group: Group,
    pub answer: oneshot::Sender<Result<Head, AppendError>>,
}

#[derive(Debug)]
pub struct TakeOver {
    pub key: StreamKey,
    pub answer: oneshot::Sender<Result<u64, WriteError>>,
}

/// How a transaction goes about it.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// By the heads remembered.
    Known,
    /// By looking first.
    Looking { only_free: bool },
}

/// Owns one writing connection.
#[derive(Debug)]
pub struct Writer {
    connector: Arc<Connector>,
    options: PostgresOptions,
    /// `None` before the first write, and after a failure until there is something to write again.
    session: Option<WriteSession>,
    /// Where the streams ended when this writer last heard of them. Another node may have moved them since: the statement that
    /// moves a head checks it.
    heads: HashMap<StreamKey, Head>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    pub fn new(connector: Arc<Connector>, options: PostgresOptions, commits: Arc<AtomicU64>) -> Writer {
        Writer { connector, options, session: None, heads: HashMap::new(), commits }
    }

    /// Serves the queue until it is closed and empty.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Op>) {
        let mut waiting = VecDeque::new();
        let most = (self.options.batch * 4).max(TOGETHER);
        loop {
            if waiting.is_empty() {
                let Some(op) = queue.recv().await else { return };
                waiting.push_back(op);
            }
            while waiting.len() < most
                && let Ok(op) = queue.try_recv()
            {
                waiting.push_back(op);
            }
            let (appends, take_overs) = take_turn(&mut waiting, &self.options);
            self.take_over(take_overs).await;
            self.append(appends).await;
        }
    }

    async fn append(&mut self, appends: Vec<Append>) {
        let (known, mut left) = self.split(appends);
        let mut only_free = false;
        let mut why = String::new();
        if let Err((failure, back)) = self.attempt(known, Way::Known).await {
            only_free = matches!(failure, Failure::Locked(_));
            left.extend(back);
        }
        for _ in 0..TRIES {
            match self.attempt(left, Way::Looking { only_free }).await {
                Ok(()) => return,
                Err((failure, back)) => {
                    tracing::warn!(why = failure.why(), groups = back.len(), "journal: a transaction is tried again");
                    only_free |= matches!(failure, Failure::Locked(_));
                    why = failure.why().to_owned();
                    left = back;
                }
            }
        }
        refuse(left, &why);
    }

    /// Those that can be written by the heads remembered, and the others. A stream's groups follow each other, so its first one decides.
    fn split(&self, appends: Vec<Append>) -> (Vec<Append>, Vec<Append>) {
        let mut known = HashMap::new();
        appends.into_iter().partition(|append| *known.entry(append.group.key).or_insert_with(|| self.knows(&append.group)))
    }

    fn knows(&self, group: &Group) -> bool {
        self.heads.get(&group.key).is_some_and(|head| head.seq == group.expected_seq && head.epoch <= group.epoch)
    }

    /// Runs one transaction and answers, unless the same groups may still be written in another way: then they come back.
    async fn attempt(&mut self, appends: Vec<Append>, way: Way) -> Result<(), (Failure, Vec<Append>)> {
        if appends.is_empty() {
            return Ok(());
        }
        if let Err(why) = self.connect().await {
            refuse(appends, &why);
            return Ok(());
        }
        let Some(session) = &self.session else { return Ok(()) };
        let patience = self.options.answer_within;
        let done = match way {
            Way::Known => {
                let head = |group: &Group| self.heads.get(&group.key).copied().unwrap_or(Head::empty(group.key));
                let work: Vec<(&Group, Head)> = appends.iter().map(|append| (&append.group, head(&append.group))).collect();
                append_known(session, &work, patience).await
            }
            Way::Looking { only_free } => {
                let groups: Vec<&Group> = appends.iter().map(|append| &append.group).collect();
                append_looking(session, &groups, only_free, patience).await
            }
        };
        self.learn(&appends, &done);
        match done.outcome {
            Outcome::NotWritten(failure @ (Failure::Moved(_) | Failure::Again(_) | Failure::Locked(_))) => {
                Err((failure, appends))
            }
            Outcome::NotWritten(Failure::Refused(_) | Failure::Lost(_)) | Outcome::Durable | Outcome::Unknown(_) => {
                for (append, answer) in appends.into_iter().zip(done.answers) {
                    // A receiver that went away does not matter: the journal has it.
                    let _ = append.answer.send(answer);
                }
                Ok(())
            }
        }
    }

    /// Remembers where streams end, and drops what can't be relied on any more.
    fn learn(&mut self, appends: &[Append], done: &Done) {
        match &done.outcome {
            Outcome::Durable => {
                self.commits.fetch_add(u64::from(done.wrote), Ordering::Relaxed);
                for (append, answer) in appends.iter().zip(&done.answers) {
                    if let Ok(head) | Err(AppendError::Conflict { actual: head }) = answer {
                        self.remember(append.group.key, *head);
                    }
                }
            }
            Outcome::Unknown(why) => {
                tracing::error!(why, groups = appends.len(), "journal: the outcome of this commit is unknown");
                self.forget();
            }
            Outcome::NotWritten(Failure::Lost(why)) => {
                tracing::warn!(why, groups = appends.len(), "journal: connection lost before COMMIT; nothing was written");
                self.forget();
            }
            Outcome::NotWritten(failure) => {
                tracing::debug!(why = failure.why(), "journal: nothing of this transaction was written")
            }
        }
    }

    fn remember(&mut self, key: StreamKey, head: Head) {
        if self.heads.len() >= REMEMBERED {
            self.heads.clear();
        }
        self.heads.insert(key, head);
    }

    /// Closes the connection. The server ends what was open on it, or has committed it.
    fn forget(&mut self) {
        self.session = None;
        self.heads.clear();
    }

    async fn connect(&mut self) -> Result<(), String> {
        if self.session.as_ref().is_some_and(|session| !session.client.is_closed()) {
            return Ok(());
        }
        self.forget();
        let client = self.connector.connect().await?;
        self.session = Some(WriteSession::new(client).await.map_err(|error| words(&error))?);
        Ok(())
    }

    /// Raises epochs. Each is a transaction of its own that needs the stream's row, so it waits until an append whose answer was
    /// lost is over: a lost append holds that row from its first statement to its end, and COMMIT is only sent while it does.
    async fn take_over(&mut self, list: Vec<TakeOver>) {
        if list.is_empty() {
            return;
        }
        if let Err(why) = self.connect().await {
            list.into_iter().for_each(|TakeOver { answer, .. }| drop(answer.send(Err(WriteError::Unavailable(why.clone())))));
            return;
        }
        let Some(session) = &self.session else { return };
        let patience = self.options.answer_within;
        let told = futures::future::join_all(list.iter().map(|TakeOver { key, .. }| raise_epoch(session, *key, patience))).await;
        let lost = told.iter().any(|told| matches!(told, Err(WriteError::Unknown(_))));
        if lost {
            self.forget();
        }
        for (TakeOver { key, answer }, told) in list.into_iter().zip(told) {
            if let Ok(head) = told {
                self.commits.fetch_add(1, Ordering::Relaxed);
                self.remember(key, head);
            }
            let _ = answer.send(told.map(|head| head.epoch));
        }
    }
}

/// Raises a stream's epoch and returns where it stands.
async fn raise_epoch(session: &WriteSession, key: StreamKey, patience: Duration) -> Result<Head, WriteError> {
    let mut tries = 1;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&rows::store_id(key), &rows::stream_no(key), &Raw(chain::genesis(key))];
    loop {
        let told = tokio::time::timeout(patience, session.client.query_one(&session.take_over, &params)).await;
        let Ok(told) = told else { return Err(WriteError::Unknown(format!("not answered within {patience:?}"))) };
        match told {
            Ok(row) => return rows::head(&row, 0).map_err(|why| WriteError::Unknown(format!("a damaged row: {why}"))),
            Err(error) if !is_lost(&error) && matches!(Failure::of(&error), Failure::Again(_)) && tries < TRIES => tries += 1,
            Err(error) => return Err(write_error(&error)),
        }
    }
}

/// What a turn already has of a stream.
enum Taken {
    /// Groups, of which the last ends here.
    Groups { end: u64, epoch: u64 },
    /// Something that nothing can share a transaction with, or something that has to wait itself.
    Closed,
}

/// Takes what can go together: in order, no more than fits. Of a stream that is in already only what follows on.
fn take_turn(waiting: &mut VecDeque<Op>, options: &PostgresOptions) -> (Vec<Append>, Vec<TakeOver>) {
    let (mut appends, mut take_overs) = (Vec::new(), Vec::new());
    let (mut taken, mut streams, mut bytes) = (HashMap::new(), 0, 0);
    for op in std::mem::take(waiting) {
        let key = match &op {
            Op::Append(append) => append.group.key,
            Op::TakeOver(take_over) => take_over.key,
        };
        let full = appends.len() >= TOGETHER || bytes >= options.batch_bytes;
        let fits = match (&op, taken.get(&key)) {
            (_, None) => !full && streams < options.batch.max(1),
            (Op::Append(Append { group, .. }), Some(&Taken::Groups { end, epoch })) => {
                !full && group.expected_seq == end && group.epoch == epoch
            }
            (Op::Append(_), Some(Taken::Closed)) | (Op::TakeOver(_), Some(_)) => false,
        };
        match op {
            Op::Append(append) if fits => {
                let group = &append.group;
                bytes += group.events.iter().map(|event| event.body.len()).sum::<usize>();
                bytes += group.commands.iter().map(|command| command.answer.len()).sum::<usize>();
                let end = group.expected_seq + group.events.len() as u64;
                let before = taken.insert(key, Taken::Groups { end, epoch: group.epoch });
                streams += usize::from(before.is_none());
                appends.push(append);
            }
            Op::TakeOver(take_over) if fits => {
                taken.insert(key, Taken::Closed);
                take_overs.push(take_over);
            }
            op => {
                taken.insert(key, Taken::Closed);
                waiting.push_back(op);
            }
        }
    }
    (appends, take_overs)
}

fn refuse(appends: Vec<Append>, why: &str) {
    for Append { answer, .. } in appends {
        let _ = answer.send(Err(AppendError::Unavailable(why.to_owned())));
    }
}
