//! Posts notices at fixed times, whether or not earlier ones were answered, and notes how long each answer took.

use super::super::client::Client;
use super::super::load::{note, times};
use super::letters::{Letter, acknowledges};
use anyhow::Context;
use channel_sim::Which;
use hdrhistogram::Histogram;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Notices a second, whatever the server does.
pub(super) const PACE: u32 = 200;
/// Connections they are posted on.
const POSTMEN: usize = 32;
/// One notice in twenty is forged.
const FORGED_EVERY: u32 = 20;

/// What is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A genuine notice, for the first time.
    First,
    /// The same again, right after it.
    Repeat,
    /// A stranger's, about the payment whose genuine notice comes next.
    Forged,
}

/// When which kind is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timetable {
    pub begin: Instant,
    pub slots: u32,
}

impl Timetable {
    fn due(&self, slot: u32) -> Instant {
        self.begin + Duration::from_secs(1) * slot / PACE
    }

    fn kind(slot: u32) -> Kind {
        let genuine = slot - slot.div_ceil(FORGED_EVERY);
        match (slot % FORGED_EVERY, genuine % 2) {
            (0, _) => Kind::Forged,
            (_, 0) => Kind::First,
            (_, _) => Kind::Repeat,
        }
    }

    /// When the first notice of each payment is due.
    pub fn firsts(&self) -> impl Iterator<Item = Instant> {
        let table = *self;
        (0..self.slots).filter(|slot| Timetable::kind(*slot) == Kind::First).map(move |slot| table.due(slot))
    }
}

#[derive(Debug)]
struct Job {
    kind: Kind,
    due: Instant,
    channel: Which,
    bytes: Vec<u8>,
}

/// What the channels saw.
#[derive(Debug)]
pub(super) struct Answers {
    /// From the moment a notice was due to its whole answer.
    pub from_due: Histogram<u64>,
    /// The same, for genuine first notices only.
    pub firsts: Histogram<u64>,
    /// From the moment a notice was sent.
    pub from_sent: Histogram<u64>,
    /// How many of each kind.
    pub counts: [u64; 3],
    /// Genuine notices that were not heard.
    pub unheard: u64,
    /// Forged notices that were.
    pub believed: u64,
}

impl Answers {
    fn none() -> Answers {
        Answers { from_due: times(), firsts: times(), from_sent: times(), counts: [0; 3], unheard: 0, believed: 0 }
    }

    fn note(&mut self, job: &Job, sent: Instant, heard: bool) {
        let ended = Instant::now();
        note(&mut self.from_due, ended.saturating_duration_since(job.due));
        note(&mut self.from_sent, ended - sent);
        if job.kind == Kind::First {
            note(&mut self.firsts, ended.saturating_duration_since(job.due));
        }
        self.counts[job.kind as usize] += 1;
        match (job.kind, heard) {
            (Kind::First | Kind::Repeat, false) => self.unheard += 1,
            (Kind::Forged, true) => self.believed += 1,
            (Kind::First | Kind::Repeat, true) | (Kind::Forged, false) => {}
        }
    }

    fn add(&mut self, other: &Answers) -> anyhow::Result<()> {
        self.from_due.add(&other.from_due)?;
        self.firsts.add(&other.firsts)?;
        self.from_sent.add(&other.from_sent)?;
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.unheard += other.unheard;
        self.believed += other.believed;
        Ok(())
    }
}

/// Posts all letters by the timetable.
pub(super) async fn post_all(
    table: Timetable,
    mut letters: mpsc::UnboundedReceiver<Letter>,
    server: SocketAddr,
) -> anyhow::Result<Answers> {
    let (mut queues, mut postmen) = (Vec::new(), Vec::new());
    for _ in 0..POSTMEN {
        let (queue, jobs) = mpsc::unbounded_channel();
        queues.push(queue);
        postmen.push(tokio::spawn(carry(Client::connect(server).await?, jobs)));
    }
    let (mut next, mut last) = (None, None);
    for (slot, queue) in (0..table.slots).zip((0..POSTMEN).cycle()) {
        let (due, kind) = (table.due(slot), Timetable::kind(slot));
        tokio::time::sleep_until(due.into()).await;
        if kind != Kind::Repeat && next.is_none() {
            next = letters.recv().await;
        }
        let letter: Option<Letter> = match kind {
            Kind::Forged => next.as_ref().map(Letter::forged),
            Kind::First => {
                last = next.take();
                last.clone()
            }
            Kind::Repeat => last.clone(),
        };
        let letter = letter.context("the channels wrote no more notices")?;
        queues[queue].send(Job { kind, due, channel: letter.channel, bytes: letter.bytes() }).context("a postman has ended")?;
    }
    drop(queues);
    let mut all = Answers::none();
    for postman in postmen {
        all.add(&postman.await??)?;
    }
    Ok(all)
}

async fn carry(mut client: Client, mut jobs: mpsc::UnboundedReceiver<Job>) -> anyhow::Result<Answers> {
    let mut answers = Answers::none();
    while let Some(job) = jobs.recv().await {
        let sent = Instant::now();
        let reply = client.send(&job.bytes).await?;
        let heard = acknowledges(job.channel, reply.status, reply.body);
        answers.note(&job, sent, heard);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_is_forged_and_each_first_notice_comes_twice() {
        let kinds: Vec<Kind> = (0..400).map(Timetable::kind).collect();
        let count = |kind| kinds.iter().filter(|of| **of == kind).count();
        assert_eq!((count(Kind::Forged), count(Kind::First), count(Kind::Repeat)), (20, 190, 190));
        let genuine: Vec<Kind> = kinds.iter().copied().filter(|kind| *kind != Kind::Forged).collect();
        assert!(genuine.chunks(2).all(|pair| pair == [Kind::First, Kind::Repeat]));
    }
}
