//! Trade made up from a seed, and the question whether two journals tell the same.

use journal::{CommandId, Group, Head, Journal, NewCommand, NewEvent, StoredCommand, StoredEvent, StreamKey, blob_hash};
use std::time::Duration;

/// Numbers that follow from a seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

pub fn command(id: u128, events: u32) -> NewCommand {
    let answer = format!("{{\"Ok\":\"{id}\"}}").into_bytes();
    NewCommand { id: CommandId(id), fingerprint: blob_hash(&id.to_be_bytes()), answer, events }
}

pub fn event(text: &str) -> NewEvent {
    NewEvent { kind: "OrderPlaced".into(), version: 3, body: format!("{{\"OrderPlaced\":{{\"note\":\"{text}\"}}}}").into_bytes() }
}

/// Goes on trading until the stream has `more` events more: groups of commands, some refused, and now and then a restart.
pub async fn trade(journal: &dyn Journal, key: StreamKey, more: u64, seed: u64) -> Head {
    let mut dice = Dice::new(seed);
    let mut head = journal.head(key).await.unwrap();
    let end = head.seq + more;
    let mut next_id = u128::from(seed) << 64 | u128::from(head.seq) << 20;
    let mut at_ms = 1_795_000_000_000 + i64::try_from(head.seq).unwrap() * 100;
    if head.epoch == 0 {
        head.epoch = journal.take_over(key).await.unwrap();
    }
    while head.seq < end {
        if dice.below(60) == 0 {
            head.epoch = journal.take_over(key).await.unwrap();
        }
        // Two groups may well be written in the same millisecond.
        at_ms += i64::try_from(dice.below(4)).unwrap() * 40;
        let (mut commands, mut events) = (Vec::new(), Vec::new());
        for _ in 0..=dice.below(4) {
            let own = if dice.below(4) == 0 { 0 } else { 1 + dice.below(3) };
            next_id += 1;
            // Ids don't grow with time.
            commands.push(command(next_id ^ u128::from(dice.below(1 << 16)) << 100, u32::try_from(own).unwrap()));
            events.extend((0..own).map(|i| event(&format!("宫保鸡丁 {next_id} {i} {}", "辣".repeat(20)))));
        }
        let group = Group { key, epoch: head.epoch, expected_seq: head.seq, at_ms, events, commands };
        head = journal.append(group).await.unwrap();
    }
    head
}

/// Records refusals after the last event.
pub async fn refuse(journal: &dyn Journal, key: StreamKey, ids: impl Iterator<Item = u128>) {
    let head = journal.head(key).await.unwrap();
    let commands = ids.map(|id| command(id, 0)).collect();
    let group = Group { key, epoch: head.epoch, expected_seq: head.seq, at_ms: 5, events: Vec::new(), commands };
    journal.append(group).await.unwrap();
}

/// Everything a stream says.
pub async fn story(journal: &dyn Journal, key: StreamKey) -> (Vec<StoredEvent>, Vec<StoredCommand>) {
    let events = journal.read(key, 0, usize::MAX >> 1).await.unwrap();
    let commands = journal.read_commands(key, 0..=u64::MAX).await.unwrap();
    (events, commands)
}

/// Waits until the copy tells the same story as the home, event by event and command by command.
///
/// # Panics
/// If it doesn't within ten minutes of the paused clock.
pub async fn same_story(home: &dyn Journal, copy: &dyn Journal, key: StreamKey) {
    for _ in 0..6000 {
        let (here, there) = (home.head(key).await.unwrap(), copy.head(key).await.unwrap());
        if (here.seq, here.hash) == (there.seq, there.hash) {
            let (here, there) = (story(home, key).await, story(copy, key).await);
            if here.1.len() == there.1.len() {
                assert!(here == there, "{key:?}: same head, another story");
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (here, there) = (home.head(key).await.unwrap(), copy.head(key).await.unwrap());
    let counts = (story(home, key).await.1.len(), story(copy, key).await.1.len());
    panic!("{key:?}: {here:?} at home, {there:?} in the copy; commands {counts:?}");
}
