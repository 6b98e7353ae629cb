//! The copy's side of a stream: takes what the home ships, exactly as it was written there, or not at all.

use crate::blobs::Fetcher;
use crate::frame::{Blob, Frame, Have, Parcel, Point, Recorded, Stand};
use crate::local::Local;
use crate::outbox::Outbox;
use crate::rebuild::Sound;
use crate::waits::{all_in_order, patiently};
use crate::{Ended, Trouble, stands};
use journal::{AppendError, CommandId, Group, Head, ReadError, StreamKey};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a journal that can't be used is left alone.
const BREATH: Duration = Duration::from_millis(500);
/// A home restarts; it doesn't restart so often between two looks.
const EPOCHS: u64 = 10_000;

/// Takes one stream over one connection.
pub(crate) struct Taker {
    local: Local,
    key: StreamKey,
    out: Outbox,
    parcels: mpsc::Receiver<Parcel>,
    fetcher: Fetcher,
    home: Stand,
    head: Head,
    round: u64,
    no: u64,
    /// Where it asked for more, so that one gap is one question.
    asked: Option<(u64, u64)>,
}

/// Why a group was not appended.
enum Refused {
    /// The journal is not where it was thought to be, or can't be used just now: look, and go on from there.
    Look,
    Ended(Ended),
}

/// What is remembered of a group while it is written.
struct Written {
    epoch: u64,
    /// The event it follows.
    after: u64,
    /// Its commands that have events.
    owners: Vec<CommandId>,
}

impl Written {
    fn of(group: &Group) -> Written {
        let owners = group.commands.iter().filter(|command| command.events > 0).map(|command| command.id).collect();
        Written { epoch: group.epoch, after: group.expected_seq, owners }
    }
}

impl Taker {
    /// `home` is where the home says it is, `head` where the copy is.
    pub fn new(
        local: Local,
        home: Stand,
        head: Head,
        out: Outbox,
        parcels: mpsc::Receiver<Parcel>,
        blobs: mpsc::Receiver<Blob>,
    ) -> Taker {
        let key = local.key(home.stream);
        let fetcher = Fetcher::new(local.journal.clone(), home.stream, out.clone(), blobs);
        Taker { local, key, out, parcels, fetcher, home, head, round: 1, no: 0, asked: None }
    }

    /// Takes until the connection or something worse ends it.
    pub async fn run(mut self) -> Ended {
        loop {
            self.follow_epoch().await;
            self.show();
            let Some(parcel) = self.parcels.recv().await else { return Ended::Closed };
            if let Err(ended) = self.deal_with(parcel).await {
                return ended;
            }
        }
    }

    async fn deal_with(&mut self, parcel: Parcel) -> Result<(), Ended> {
        let (round, no) = (parcel.round, parcel.no);
        if round < self.round {
            return Ok(());
        }
        let next = if round > self.round { 1 } else { self.no + 1 };
        if no > next || parcel.after.seq > self.head.seq {
            return self.ask_again(round).await;
        }
        let sound = Sound::check(parcel).map_err(Ended::Trouble)?;
        while let Err(refused) = self.take(&sound).await {
            match refused {
                Refused::Ended(ended) => return Err(ended),
                Refused::Look => self.look().await,
            }
        }
        if no == next {
            (self.round, self.no) = (round, no);
        }
        self.tell(false).await;
        self.local.streams.poke(self.key);
        Ok(())
    }

    /// Takes what is new of a sound parcel.
    async fn take(&mut self, sound: &Sound) -> Result<(), Refused> {
        let ended = |trouble| Refused::Ended(Ended::Trouble(trouble));
        let theirs = sound.shared(self.head.seq).ok_or_else(|| ended(Trouble::Nonsense))?;
        if self.own(theirs.seq).await? != Some(theirs) {
            return Err(ended(Trouble::Diverged { stream: self.key.stream, seq: theirs.seq }));
        }
        let mut new = sound.beyond(self.head.seq).map_err(ended)?;
        self.leave_out_known(&mut new).await?;
        for hash in new.events.iter().flat_map(|event| self.local.needs.of(self.key.stream, event)) {
            let have = self.have(false);
            patiently(&self.out, have, self.fetcher.fetch(hash)).await;
        }
        let end = new.events.last().map_or(self.head.into(), |last| Point { seq: last.seq, hash: last.hash });
        self.append(new.into_groups(self.key, self.head.epoch)).await?;
        match Point::from(self.head) == end {
            true => Ok(()),
            false => Err(ended(Trouble::Diverged { stream: self.key.stream, seq: end.seq })),
        }
    }

    async fn own(&self, seq: u64) -> Result<Option<Point>, Refused> {
        if seq == self.head.seq {
            return Ok(Some(self.head.into()));
        }
        stands::history_at(&*self.local.journal, self.key, seq).await.map_err(|error| self.unreadable(error))
    }

    /// Refusals may be shipped more than once; each is recorded once, and must be the same each time.
    async fn leave_out_known(&self, new: &mut Sound) -> Result<(), Refused> {
        let mut unknown = Vec::with_capacity(new.commands.len());
        for command in new.commands.drain(..) {
            if command.own_events() != Some(0) {
                unknown.push(command);
                continue;
            }
            let stored = self.local.journal.command(self.key, command.command_id()).await;
            match stored.map_err(|error| self.unreadable(error))?.map(Recorded::from) {
                None => unknown.push(command),
                Some(stored) if stored == command => {}
                Some(_) => return Err(self.diverged(command.first_seq)),
            }
        }
        new.commands = unknown;
        Ok(())
    }

    /// Hands all groups to the journal at once, which may write them in one transaction. Each names the event it follows: where one
    /// fails, none after it is written.
    async fn append(&mut self, groups: Vec<Group>) -> Result<(), Refused> {
        let written: Vec<Written> = groups.iter().map(Written::of).collect();
        let have = self.have(false);
        let appends = groups.into_iter().map(|group| self.local.journal.append(group)).collect();
        let outcomes = patiently(&self.out, have, all_in_order(appends)).await;
        for (group, outcome) in written.into_iter().zip(outcomes) {
            match outcome {
                Ok(head) => self.head = head,
                Err(error) => return Err(self.refused(group, error).await),
            }
        }
        Ok(())
    }

    async fn refused(&mut self, group: Written, error: AppendError) -> Refused {
        match error {
            AppendError::Conflict { actual } if actual.epoch > group.epoch => {
                Refused::Ended(Ended::Trouble(Trouble::Fenced { stream: self.key.stream, epoch: actual.epoch }))
            }
            AppendError::Conflict { .. } => Refused::Look,
            AppendError::DuplicateCommand(id) => {
                self.look().await;
                // Somebody else may have taken the same parcel meanwhile. If not, the copy knows the command from elsewhere.
                let elsewhere = self.head.seq == group.after && group.owners.contains(&id);
                if elsewhere { self.diverged(group.after + 1) } else { Refused::Look }
            }
            AppendError::Invalid(why) => {
                tracing::error!(key = ?self.key, why, "a parcel can't be written");
                Refused::Ended(Ended::Trouble(Trouble::Nonsense))
            }
            AppendError::Unavailable(_) | AppendError::Unknown(_) => {
                tracing::warn!(key = ?self.key, %error, "the copy can't be written; looking again");
                Refused::Look
            }
        }
    }

    fn diverged(&self, seq: u64) -> Refused {
        Refused::Ended(Ended::Trouble(Trouble::Diverged { stream: self.key.stream, seq }))
    }

    fn unreadable(&self, error: ReadError) -> Refused {
        match error {
            ReadError::Unavailable(_) => Refused::Look,
            ReadError::Corrupt { .. } => Refused::Ended(Ended::journal(self.key.stream, error)),
        }
    }

    /// Looks where the copy is, for as long as it takes.
    async fn look(&mut self) {
        let have = self.have(false);
        let looking = async {
            loop {
                tokio::time::sleep(BREATH).await;
                if let Ok(head) = self.local.journal.head(self.key).await {
                    return head;
                }
            }
        };
        self.head = patiently(&self.out, have, looking).await;
    }

    async fn ask_again(&mut self, round: u64) -> Result<(), Ended> {
        if self.asked != Some((round, self.head.seq)) {
            self.asked = Some((round, self.head.seq));
            // Under the round it saw: the home goes back once per question.
            let have = Have { round, no: 0, ..self.have(true) };
            let _ = self.out.urgent.send(Frame::Have(have)).await;
        }
        Ok(())
    }

    async fn tell(&self, again: bool) {
        let _ = self.out.urgent.send(Frame::Have(self.have(again))).await;
    }

    fn have(&self, again: bool) -> Have {
        Have { stream: self.key.stream, round: self.round, no: self.no, point: self.head.into(), again }
    }

    /// Once the copy has all that was written before the home's epoch began, it takes that epoch, so that whoever is made the next
    /// home here is above it even if the home never wrote under it.
    async fn follow_epoch(&mut self) {
        let (from, to) = (self.head.epoch, self.home.epoch);
        if self.head.seq < self.home.point.seq || from >= to || to - from > EPOCHS {
            return;
        }
        while self.head.epoch < to {
            // Looked at each time: another connection, of another node here, may be doing the same.
            match self.local.journal.head(self.key).await {
                Ok(head) if head.epoch < to && head.seq == self.head.seq => {}
                Ok(head) => return self.head = head,
                Err(_) => return,
            }
            match self.local.journal.take_over(self.key).await {
                Ok(epoch) => self.head.epoch = epoch,
                Err(error) => {
                    tracing::warn!(key = ?self.key, %error, "the home's epoch can't be noted");
                    return;
                }
            }
        }
    }

    fn show(&self) {
        self.local.status.progress(self.key.stream, |progress| {
            progress.here = self.head.seq;
            progress.there = self.home.point.seq.max(self.head.seq);
            progress.epoch = self.head.epoch.max(self.home.epoch);
        });
    }
}
