//! A parcel, checked against itself and against a copy's head, and turned back into the groups its home wrote.
//!
//! Pure. A group's boundaries are not recorded; what counts is: whole commands, one epoch, one time. Within that they may differ.

use crate::Trouble;
use crate::frame::{Parcel, Point, Recorded};
use journal::{Chain, CommandId, Group, NewCommand, NewEvent, StoredEvent, Stream, StreamKey};
use std::collections::{BTreeSet, VecDeque};

/// A parcel whose hashes follow from each other and whose commands own its events, all of them, in order.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    pub stream: Stream,
    pub after: Point,
    pub events: Vec<StoredEvent>,
    pub commands: Vec<Recorded>,
}

impl Sound {
    /// Checks a parcel against itself.
    pub fn check(parcel: Parcel) -> Result<Sound, Trouble> {
        let Parcel { stream, after, events, commands, .. } = parcel;
        let mut chain = Chain::after(after.seq, after.hash);
        let events: Vec<StoredEvent> = events.into_iter().map(StoredEvent::from).collect();
        for event in &events {
            chain.follow(event).map_err(|broken| Trouble::Altered { stream, seq: broken.seq })?;
        }
        let ids: BTreeSet<u128> = commands.iter().map(|command| command.id).collect();
        if ids.len() != commands.len() {
            return Err(Trouble::Nonsense);
        }
        let mut next = after.seq.checked_add(1).ok_or(Trouble::Nonsense)?;
        for command in &commands {
            let own = command.own_events().filter(|_| command.first_seq == next).ok_or(Trouble::Nonsense)?;
            next = next.checked_add(own).filter(|next| next - 1 <= chain.seq()).ok_or(Trouble::Nonsense)?;
            let from = usize::try_from(command.first_seq - after.seq - 1).map_err(|_| Trouble::Nonsense)?;
            let theirs = events.iter().skip(from).take(usize::try_from(own).map_err(|_| Trouble::Nonsense)?);
            let mut all = theirs.clone().zip(theirs.skip(1));
            if !all.all(|(one, other)| (one.epoch, one.at_ms) == (other.epoch, other.at_ms)) {
                return Err(Trouble::Nonsense);
            }
        }
        match next == chain.seq() + 1 {
            true => Ok(Sound { stream, after, events, commands }),
            false => Err(Trouble::Nonsense),
        }
    }

    /// The parcel's last point that a copy which reaches `seq` must have as well; nothing if the parcel begins after it.
    pub fn shared(&self, seq: u64) -> Option<Point> {
        let back = seq.checked_sub(self.after.seq)?;
        let shared = usize::try_from(back).unwrap_or(usize::MAX).min(self.events.len());
        let last = shared.checked_sub(1).and_then(|last| self.events.get(last));
        Some(last.map_or(self.after, |event| Point { seq: event.seq, hash: event.hash }))
    }

    /// Leaves away what a copy which reaches `seq` has. Refusals decided at `seq` stay: they may be new.
    pub fn beyond(&self, seq: u64) -> Result<Sound, Trouble> {
        let commands: Vec<Recorded> = self.commands.iter().filter(|command| command.first_seq > seq).cloned().collect();
        if self.commands.iter().any(|command| command.first_seq <= seq && command.last_seq > seq) {
            // The copy ends in the middle of a command: it was not written whole, or is not the same command.
            return Err(Trouble::Diverged { stream: self.stream, seq });
        }
        let events: Vec<StoredEvent> = self.events.iter().filter(|event| event.seq > seq).cloned().collect();
        Ok(Sound { stream: self.stream, after: self.shared(seq).unwrap_or(self.after), events, commands })
    }

    /// Turns it back into groups. `epoch` is the copy's: refusals alone leave it as it is.
    pub fn into_groups(self, key: StreamKey, epoch: u64) -> Vec<Group> {
        let mut events = VecDeque::from(self.events);
        let mut at = self.after.seq;
        let mut groups: Vec<Group> = Vec::new();
        let mut refusals = Vec::new();
        for command in self.commands {
            let own = usize::try_from(command.own_events().unwrap_or(0)).unwrap_or(0).min(events.len());
            let new = NewCommand {
                id: CommandId(command.id),
                fingerprint: command.fingerprint,
                answer: command.answer,
                events: u32::try_from(own).unwrap_or(u32::MAX),
            };
            let Some(first) = events.front().filter(|_| own > 0) else {
                refusals.push(new);
                continue;
            };
            let when = (first.epoch, first.at_ms);
            if groups.last().is_none_or(|group| (group.epoch, group.at_ms) != when) {
                groups.push(empty(key, when, at));
            }
            if let Some(group) = groups.last_mut() {
                group.commands.append(&mut refusals);
                group.commands.push(new);
                group.events.extend(events.drain(..own).map(new_event));
            }
            at += own as u64;
        }
        if !refusals.is_empty() && groups.is_empty() {
            groups.push(empty(key, (epoch, 0), at));
        }
        if let Some(group) = groups.last_mut() {
            group.commands.append(&mut refusals);
        }
        groups
    }
}

fn empty(key: StreamKey, (epoch, at_ms): (u64, i64), expected_seq: u64) -> Group {
    Group { key, epoch, expected_seq, at_ms, events: Vec::new(), commands: Vec::new() }
}

fn new_event(event: StoredEvent) -> NewEvent {
    NewEvent { kind: event.kind.into(), version: event.version, body: event.body }
}
