//! The writer's task: gather, decide, append, and only then tell.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use journal::{AppendError, Chain, Group, Head, NewCommand, NewEvent, READ_CHUNK, StoredCommand, WriteError};
use tokio::sync::{mpsc, oneshot};

use super::{
    CommittedEvent, Message, Pending, Shared, SubmitError, Wiring,
    load::{Snapshotted, StartError},
    recent::Recent,
    snapshot::{self, Taking},
};
use crate::machine::{Context, DecodeError, Machine, Outcome};

/// How often a journal that does not answer is asked what became of an append, when no command comes along to ask.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// Owns the working state: the committed one plus what is decided but not yet written.
pub(super) struct Writer<M: Machine> {
    wiring: Wiring<M>,
    shared: Arc<Shared<M>>,
    working: M::State,
    epoch: u64,
    /// Epochs asked for without an answer; the journal may have granted them to us.
    epochs_lost: u64,
    standing: Standing,
    recent: Recent<Outcome<M>>,
    /// The last snapshot stored, or tried.
    snapshotted: Snapshotted,
    taking: Option<Taking>,
}

/// How the writer stands to its journal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The working state is the journal's.
    Sound,
    /// An append's outcome is open and the journal could not be asked yet. Nothing is written before it was.
    Adrift,
    /// Another home has the stream.
    Fenced,
}

/// A command with what was decided about it.
struct Decided<M: Machine> {
    pending: Pending<M>,
    outcome: Outcome<M>,
    events: Vec<M::Event>,
    bodies: Vec<Vec<u8>>,
    answer: Vec<u8>,
}

impl<M: Machine> Writer<M> {
    pub(super) fn new(
        wiring: Wiring<M>,
        shared: Arc<Shared<M>>,
        working: M::State,
        epoch: u64,
        snapshotted: Snapshotted,
    ) -> Writer<M> {
        let recent = Recent::new(wiring.options.recent);
        let standing = Standing::Sound;
        Writer { wiring, shared, working, epoch, epochs_lost: 0, standing, recent, snapshotted, taking: None }
    }

    /// Serves the queue until it is closed and empty, or the stream has another home.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Message<M>>) {
        let limit = self.wiring.options.group.max(1);
        let mut messages = Vec::with_capacity(limit);
        loop {
            let received = match self.standing {
                Standing::Adrift => match tokio::time::timeout(ASK_AGAIN, inbox.recv_many(&mut messages, limit)).await {
                    Ok(received) => received,
                    Err(_) => {
                        self.recover().await;
                        continue;
                    }
                },
                Standing::Sound => {
                    let every = self.wiring.options.ask_whether_ours;
                    match tokio::time::timeout(every, inbox.recv_many(&mut messages, limit)).await {
                        Ok(received) => received,
                        Err(_) => {
                            self.ask_whether_ours().await;
                            if self.standing == Standing::Fenced {
                                inbox.close();
                            }
                            continue;
                        }
                    }
                }
                Standing::Fenced => inbox.recv_many(&mut messages, limit).await,
            };
            if received == 0 {
                break;
            }
            let mut waiting = Vec::with_capacity(messages.len());
            for message in messages.drain(..) {
                match message {
                    Message::Submit(pending) => waiting.push(pending),
                    Message::Look => {}
                    Message::Stop => inbox.close(),
                }
            }
            while !waiting.is_empty() {
                waiting = self.serve(waiting).await;
            }
            if self.standing == Standing::Fenced {
                inbox.close();
            }
            self.snapshot_if_due();
        }
        self.last_snapshot().await;
    }

    /// Serves what waits, but for second copies of a command in the same batch: those are returned, to be answered from the first.
    async fn serve(&mut self, waiting: Vec<Pending<M>>) -> Vec<Pending<M>> {
        let (fresh, copies) = self.sort(waiting);
        if self.standing == Standing::Adrift {
            self.recover().await;
        }
        match self.standing {
            Standing::Sound => self.write(fresh).await,
            Standing::Adrift => answer_all(fresh, SubmitError::Unavailable),
            Standing::Fenced => answer_all(fresh, SubmitError::Stopped),
        }
        copies
    }

    /// Answers what was answered before; separates the rest into first copies and further ones.
    fn sort(&self, waiting: Vec<Pending<M>>) -> (Vec<Pending<M>>, Vec<Pending<M>>) {
        let mut ids = HashSet::with_capacity(waiting.len());
        let (mut fresh, mut copies) = (Vec::with_capacity(waiting.len()), Vec::new());
        for pending in waiting {
            match self.recent.get(pending.submit.id) {
                Some((fingerprint, outcome)) if *fingerprint == pending.submit.fingerprint => pending.answer(Ok(outcome.clone())),
                Some(_) => pending.answer(Err(SubmitError::KeyReused)),
                None if ids.insert(pending.submit.id) => fresh.push(pending),
                None => copies.push(pending),
            }
        }
        (fresh, copies)
    }

    /// Decides and appends; again if the journal knows some of the commands already, and once more after a conflict.
    async fn write(&mut self, mut waiting: Vec<Pending<M>>) {
        let mut conflicts = 0;
        while !waiting.is_empty() {
            let at_ms = self.wiring.clock.now_ms();
            let mut decided = self.decide_all(waiting, at_ms);
            if decided.is_empty() {
                return;
            }
            let error = match self.append(self.group(&mut decided, at_ms)).await {
                Ok(head) => return self.commit(decided, at_ms, head),
                Err(error) => error,
            };
            tracing::warn!(key = ?self.wiring.key, %error, "group not appended");
            self.working = self.shared.committed.read().state.clone();
            waiting = match error {
                AppendError::DuplicateCommand(_) => self.without_known(decided).await,
                AppendError::Conflict { actual } if actual.epoch <= self.epoch && conflicts == 0 => {
                    conflicts += 1;
                    if let Err(error) = self.catch_up().await {
                        tracing::error!(key = ?self.wiring.key, %error, "cannot catch up after a conflict");
                        return answer_all(pending(decided), SubmitError::Unavailable);
                    }
                    pending(decided)
                }
                AppendError::Conflict { actual } => {
                    let fenced = actual.epoch > self.epoch;
                    if fenced {
                        self.lose_stream();
                    }
                    let why = if fenced { SubmitError::Stopped } else { SubmitError::Unavailable };
                    return answer_all(pending(decided), why);
                }
                AppendError::Invalid(_) => return answer_all(pending(decided), SubmitError::Internal),
                AppendError::Unavailable(_) => return answer_all(pending(decided), SubmitError::Unavailable),
                AppendError::Unknown(_) => return self.settle(decided).await,
            };
        }
    }

    // ── Deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Decides one command after another on the working state. One that panics is answered; nothing of it remains.
    fn decide_all(&mut self, waiting: Vec<Pending<M>>, at_ms: i64) -> Vec<Decided<M>> {
        let Ok(neighbours) = catch_unwind(AssertUnwindSafe(|| (self.wiring.neighbours)())) else {
            tracing::error!(key = ?self.wiring.key, "the neighbours panicked");
            answer_all(waiting, SubmitError::Internal);
            return Vec::new();
        };
        let local_minute = self.wiring.clock.local_minute(at_ms);
        let mut decided: Vec<Decided<M>> = Vec::with_capacity(waiting.len());
        let committed_seq = self.shared.committed.read().seq;
        let mut seq = committed_seq;
        for pending in waiting {
            let context = Context::new(at_ms, local_minute, self.wiring.ids.seed());
            let command = &pending.submit.command;
            let working = &mut self.working;
            let made = catch_unwind(AssertUnwindSafe(|| decide::<M>(working, command, &context, &neighbours, seq)));
            match made {
                Ok(Ok((outcome, events, bodies, answer))) => {
                    seq += events.len() as u64;
                    decided.push(Decided { pending, outcome, events, bodies, answer });
                }
                bug => {
                    let why =
                        bug.map_or_else(|_| "panic".to_owned(), |made| made.err().map_or_else(String::new, |e| e.to_string()));
                    tracing::error!(key = ?self.wiring.key, command = %pending.submit.id, why, "bug in the rules");
                    self.rebuild(&decided, at_ms, committed_seq);
                    pending.answer(Err(SubmitError::Internal));
                }
            }
        }
        decided
    }

    /// Makes the working state again from the committed one and what the group has decided so far.
    fn rebuild(&mut self, decided: &[Decided<M>], at_ms: i64, committed_seq: u64) {
        self.working = self.shared.committed.read().state.clone();
        let events = decided.iter().flat_map(|decided| &decided.events);
        for (seq, event) in (committed_seq + 1..).zip(events) {
            M::apply(&mut self.working, event, at_ms, seq);
        }
    }

    // ── Appending ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Makes the group to append of what was decided. The bodies move into it.
    fn group(&self, decided: &mut [Decided<M>], at_ms: i64) -> Group {
        let expected_seq = self.shared.committed.read().seq;
        let mut group =
            Group { key: self.wiring.key, epoch: self.epoch, expected_seq, at_ms, events: Vec::new(), commands: Vec::new() };
        for one in decided {
            group.commands.push(NewCommand {
                id: one.pending.submit.id,
                fingerprint: one.pending.submit.fingerprint,
                answer: std::mem::take(&mut one.answer),
                events: u32::try_from(one.events.len()).unwrap_or(u32::MAX),
            });
            for (event, body) in one.events.iter().zip(one.bodies.drain(..)) {
                let (kind, version) = M::kind(event);
                let mut body = body;
                if let Some(by) = &one.pending.submit.by {
                    by.put_into(&mut body);
                }
                group.events.push(NewEvent { kind: kind.into(), version, body });
            }
        }
        group
    }

    fn append(&self, group: Group) -> impl Future<Output = Result<Head, AppendError>> + use<M> {
        let stream = self.wiring.key.stream.name();
        let journal = self.wiring.journal.clone();
        async move {
            metrics::counter!("engine_commands_total", "stream" => stream).increment(group.commands.len() as u64);
            metrics::counter!("engine_events_total", "stream" => stream).increment(group.events.len() as u64);
            metrics::histogram!("engine_group_commands", "stream" => stream).record(group.commands.len() as f64);
            let began = Instant::now();
            let appended = journal.append(group).await;
            metrics::histogram!("engine_append_seconds", "stream" => stream).record(began.elapsed().as_secs_f64());
            appended
        }
    }

    /// The group is durable: the committed state takes it in, those who follow see it, those who asked hear of it.
    fn commit(&mut self, decided: Vec<Decided<M>>, at_ms: i64, head: Head) {
        let mut answers = Vec::with_capacity(decided.len());
        let mut events = Vec::new();
        let mut committed = self.shared.committed.write();
        for one in decided {
            let command = one.pending.submit.id;
            for event in one.events {
                committed.seq += 1;
                let seq = committed.seq;
                M::apply(&mut committed.state, &event, at_ms, seq);
                events.push(CommittedEvent { seq, command, event });
            }
            answers.push((one.pending, one.outcome));
        }
        debug_assert_eq!(committed.seq, head.seq, "the journal counts as we do");
        committed.chain = Chain::after(head.seq, head.hash);
        self.shared.publish(at_ms, events);
        drop(committed);
        for (pending, outcome) in answers {
            self.answer(pending, outcome);
        }
    }

    fn answer(&mut self, pending: Pending<M>, outcome: Outcome<M>) {
        let (id, fingerprint) = (pending.submit.id, pending.submit.fingerprint);
        self.recent.remember(id, fingerprint, outcome.clone());
        pending.answer(Ok(outcome));
    }

    // ── When the journal did not say yes ─────────────────────────────────────────────────────────────────────────────────────

    /// The journal knows at least one of these commands: answers those, returns the others to be decided again.
    async fn without_known(&mut self, decided: Vec<Decided<M>>) -> Vec<Pending<M>> {
        let (before, mut rest) = (decided.len(), Vec::new());
        for one in decided {
            match self.wiring.journal.command(self.wiring.key, one.pending.submit.id).await {
                Ok(Some(stored)) => self.answer_recorded(one.pending, &stored),
                Ok(None) => rest.push(one.pending),
                Err(_) => one.pending.answer(Err(SubmitError::Unavailable)),
            }
        }
        if rest.len() == before {
            tracing::error!(key = ?self.wiring.key, "the journal refuses a command as known and does not know it");
            answer_all(rest.drain(..), SubmitError::Unavailable);
        }
        rest
    }

    fn answer_recorded(&mut self, pending: Pending<M>, stored: &StoredCommand) {
        if stored.fingerprint != pending.submit.fingerprint {
            return pending.answer(Err(SubmitError::KeyReused));
        }
        match recorded::<M>(stored) {
            Ok(outcome) => self.answer(pending, outcome),
            Err(error) => {
                tracing::error!(key = ?self.wiring.key, command = %stored.id, %error, "a recorded answer cannot be read");
                pending.answer(Err(SubmitError::Internal));
            }
        }
    }

    /// The group may or may not be durable. Finds out before anyone is told anything.
    async fn settle(&mut self, decided: Vec<Decided<M>>) {
        self.standing = Standing::Adrift;
        self.recover().await;
        let absent = match self.standing {
            Standing::Sound => SubmitError::Unavailable,
            Standing::Fenced => SubmitError::Stopped,
            Standing::Adrift => return answer_all(pending(decided), SubmitError::Unknown),
        };
        for one in decided {
            match self.wiring.journal.command(self.wiring.key, one.pending.submit.id).await {
                Ok(Some(stored)) => self.answer_recorded(one.pending, &stored),
                Ok(None) => one.pending.answer(Err(absent)),
                Err(_) => one.pending.answer(Err(SubmitError::Unknown)),
            }
        }
    }

    /// Takes a new epoch, so that no lost append can still arrive, and catches up with the journal.
    async fn recover(&mut self) {
        match self.try_recover().await {
            Ok(()) => {}
            Err(error) => tracing::error!(key = ?self.wiring.key, %error, "the journal cannot be asked yet"),
        }
    }

    async fn try_recover(&mut self) -> Result<(), StartError> {
        let key = self.wiring.key;
        let own = self.epoch + self.epochs_lost;
        if self.wiring.journal.head(key).await?.epoch > own {
            self.lose_stream();
            return Ok(());
        }
        self.epoch = self.wiring.journal.take_over(key).await.inspect_err(|error| {
            self.epochs_lost += u64::from(matches!(error, WriteError::Unknown(_)));
        })?;
        // Somebody took it over between the two: it is theirs.
        if self.epoch > own + 1 {
            self.lose_stream();
            return Ok(());
        }
        self.epochs_lost = 0;
        self.catch_up().await?;
        self.standing = Standing::Sound;
        tracing::info!(?key, epoch = self.epoch, "the journal answers again");
        Ok(())
    }

    /// Brings the committed and the working state to the journal's head; those who follow see what was missing.
    async fn catch_up(&mut self) -> Result<(), StartError> {
        loop {
            let after = self.shared.committed.read().seq;
            let stored = self.wiring.journal.read(self.wiring.key, after, READ_CHUNK).await?;
            if stored.is_empty() {
                break;
            }
            // On a copy: an event that cannot be read must not leave half of itself behind.
            let mut next = self.shared.committed.read().clone();
            let replayed: Vec<_> = stored
                .chunk_by(|a, b| a.at_ms == b.at_ms)
                .map(|group| next.replay(group).map(|events| (group[0].at_ms, events)))
                .collect::<Result<_, _>>()?;
            let mut committed = self.shared.committed.write();
            *committed = next;
            for (at_ms, events) in replayed {
                self.shared.publish(at_ms, events);
            }
        }
        self.working = self.shared.committed.read().state.clone();
        Ok(())
    }

    /// A writer with nothing to write would never hear that another has its stream, and those who follow it would be told nothing new
    /// for ever.
    async fn ask_whether_ours(&mut self) {
        let head = self.wiring.journal.head(self.wiring.key).await;
        if head.is_ok_and(|head| head.epoch > self.epoch) {
            self.lose_stream();
        }
    }

    fn lose_stream(&mut self) {
        tracing::warn!(key = ?self.wiring.key, epoch = self.epoch, "another home has taken the stream over");
        self.standing = Standing::Fenced;
    }

    // ── Snapshots ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    fn snapshot_if_due(&mut self) {
        if let Some(taking) = &mut self.taking {
            match taking.try_recv() {
                Ok(stored) => self.snapshotted = stored,
                Err(oneshot::error::TryRecvError::Empty) => return,
                // Not stored: the next one is tried after as many events again.
                Err(oneshot::error::TryRecvError::Closed) => {}
            }
            self.taking = None;
        }
        let (every, seq) = (self.wiring.options.snapshot_every, self.shared.committed.read().seq);
        if every > 0 && seq >= self.snapshotted.next(every) && self.standing == Standing::Sound {
            self.snapshotted.seq = seq;
            self.taking = Some(snapshot::take::<M>(self.wiring.journal.clone(), self.wiring.key));
        }
    }

    /// The writer has ended: its own state is written, so that the next start replays nothing.
    async fn last_snapshot(mut self) {
        if let Some(taking) = self.taking.take()
            && let Ok(stored) = taking.await
        {
            self.snapshotted = stored;
        }
        let (seq, hash) = {
            let committed = self.shared.committed.read();
            (committed.seq, committed.chain.hash())
        };
        let wanted = seq > self.snapshotted.seq && self.wiring.options.snapshot_every > 0;
        if !wanted || self.standing != Standing::Sound {
            return;
        }
        let (journal, key, state) = (self.wiring.journal, self.wiring.key, self.working);
        let stored = match tokio::task::spawn_blocking(move || serde_json::to_vec(&state)).await {
            Ok(Ok(bytes)) => journal.put_snapshot(key, seq, hash, M::SNAPSHOT_VERSION, bytes).await.map_err(|e| e.to_string()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = stored {
            tracing::warn!(?key, seq, error, "snapshot not stored");
        }
    }
}

type Made<M> = (Outcome<M>, Vec<<M as Machine>::Event>, Vec<Vec<u8>>, Vec<u8>);

/// Decides a command and takes its events into the state, written out already: what cannot be written must not count.
fn decide<M: Machine>(
    state: &mut M::State,
    command: &M::Command,
    context: &Context,
    neighbours: &M::Neighbours,
    mut seq: u64,
) -> Result<Made<M>, DecodeError> {
    let (events, outcome) = match M::decide(state, command, context, neighbours) {
        Ok((events, answer)) => (events, Ok(answer)),
        Err(reject) => (Vec::new(), Err(reject)),
    };
    let bodies = events.iter().map(M::encode).collect::<Result<Vec<_>, _>>()?;
    let answer = serde_json::to_vec(&outcome)?;
    for event in &events {
        seq += 1;
        M::apply(state, event, context.now_ms, seq);
    }
    Ok((outcome, events, bodies, answer))
}

/// Reads back the outcome recorded for a command.
pub(super) fn recorded<M: Machine>(stored: &StoredCommand) -> Result<Outcome<M>, serde_json::Error> {
    serde_json::from_slice(&stored.answer)
}

fn pending<M: Machine>(decided: Vec<Decided<M>>) -> Vec<Pending<M>> {
    decided.into_iter().map(|decided| decided.pending).collect()
}

fn answer_all<M: Machine>(waiting: impl IntoIterator<Item = Pending<M>>, why: SubmitError) {
    for pending in waiting {
        pending.answer(Err(why));
    }
}
