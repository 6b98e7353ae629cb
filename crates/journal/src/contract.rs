//! One suite for every journal. A new adapter passes all of it before anything else is said about it.
//!
//! Each case makes its own journal. A failure panics with the name of the case on stderr.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    AppendError, Chain, CommandId, Group, Head, Journal, NewCommand, NewEvent, Snapshot, StoreKey, StoredCommand, Stream,
    StreamKey, blob_hash,
};

macro_rules! cases {
    ($make:expr; $($case:ident),* $(,)?) => {
        $(
            eprintln!("journal contract: {}", stringify!($case));
            $case(&*$make().await).await;
        )*
    };
}

/// Runs every case against fresh journals.
pub async fn run_all(make: impl AsyncFn() -> Arc<dyn Journal>) {
    cases!(make;
        a_stream_never_written_is_empty,
        events_are_read_back_as_appended,
        reads_are_bounded_and_gapless,
        a_group_at_the_wrong_seq_is_refused,
        an_epoch_that_is_over_is_refused,
        a_higher_epoch_is_adopted,
        a_known_command_is_refused_and_nothing_of_its_group_stays,
        a_command_twice_in_one_group_is_refused,
        a_malformed_group_is_refused,
        refusals_are_recorded_without_events,
        commands_know_their_events,
        commands_are_read_in_the_order_a_copy_needs,
        streams_are_independent,
        the_newest_snapshot_of_this_code_is_found,
        blobs_are_named_by_their_content,
        a_sound_stream_verifies_from_anywhere,
        odd_bytes_survive,
    );
    eprintln!("journal contract: concurrent_writers_do_not_disturb_each_other");
    concurrent_writers_do_not_disturb_each_other(make().await).await;
    eprintln!("journal contract: of_competing_writers_one_wins_each_seq");
    of_competing_writers_one_wins_each_seq(make().await).await;
}

/// What was answered is there after closing and opening again. `open` must give back the same data each time.
pub async fn everything_survives_a_reopen(open: impl AsyncFn() -> Arc<dyn Journal>) {
    let key = floor(1);
    let bytes = b"menu picture".to_vec();
    let journal = open().await;
    let epoch = journal.take_over(key).await.unwrap();
    let head = journal.append(Group { epoch, ..group(key, 0, &[(1, 3), (2, 0)]) }).await.unwrap();
    journal.put_snapshot(key, head.seq, head.hash, 7, b"state".to_vec()).await.unwrap();
    let blob = journal.put_blob(bytes.clone()).await.unwrap();
    let events = journal.read(key, 0, 100).await.unwrap();
    drop(journal);

    let journal = open().await;
    assert_eq!(journal.head(key).await.unwrap(), head);
    assert_eq!(journal.read(key, 0, 100).await.unwrap(), events);
    assert_eq!(journal.command(key, CommandId(2)).await.unwrap().unwrap().last_seq, 3);
    assert_eq!(journal.latest_snapshot(key, 7).await.unwrap().unwrap().bytes, b"state");
    assert_eq!(journal.get_blob(blob).await.unwrap(), Some(bytes));
    let stale = journal.append(Group { epoch: epoch - 1, ..group(key, 3, &[(3, 1)]) }).await;
    assert_eq!(stale, Err(AppendError::Conflict { actual: head }));
    let known = journal.append(Group { epoch, ..group(key, 3, &[(1, 1)]) }).await;
    assert_eq!(known, Err(AppendError::DuplicateCommand(CommandId(1))));
    let next = journal.append(Group { epoch, ..group(key, 3, &[(3, 1)]) }).await.unwrap();
    assert_eq!(next.seq, 4);
    assert_eq!(journal.verify(key, 0).await.unwrap().broken, None);
}

async fn a_stream_never_written_is_empty(j: &dyn Journal) {
    assert_eq!(j.head(floor(1)).await.unwrap(), Head::empty(floor(1)));
    assert_ne!(Head::empty(floor(1)).hash, Head::empty(floor(2)).hash);
    assert_eq!(j.read(floor(1), 0, 10).await.unwrap(), []);
    assert_eq!(j.command(floor(1), CommandId(1)).await.unwrap(), None);
    assert_eq!(j.latest_snapshot(floor(1), 1).await.unwrap(), None);
    assert_eq!(j.get_blob([0; 32]).await.unwrap(), None);
    let report = j.verify(floor(1), 0).await.unwrap();
    assert_eq!((report.checked, report.broken), (0, None));
}

async fn events_are_read_back_as_appended(j: &dyn Journal) {
    let key = floor(1);
    let first = group(key, 0, &[(1, 2), (2, 1)]);
    let head = j.append(first.clone()).await.unwrap();
    let second = Group { at_ms: -5, ..group(key, 3, &[(3, 1)]) };
    let last = j.append(second.clone()).await.unwrap();
    assert_eq!((head.seq, last.seq), (3, 4));
    assert_eq!(j.head(key).await.unwrap(), last);

    let stored = j.read(key, 0, 100).await.unwrap();
    let mut chain = Chain::from_start(key);
    for (event, new) in stored.iter().zip(first.events.iter().chain(&second.events)) {
        chain.follow(event).unwrap();
        assert_eq!((&event.kind[..], event.version, &event.body), (&new.kind[..], new.version, &new.body));
    }
    let commands: Vec<u128> = stored.iter().map(|e| e.command.0).collect();
    let times: Vec<i64> = stored.iter().map(|e| e.at_ms).collect();
    assert_eq!(commands, [1, 1, 2, 3]);
    assert_eq!(times, [AT_MS, AT_MS, AT_MS, -5]);
    assert_eq!((chain.seq(), chain.hash()), (last.seq, last.hash));
}

async fn reads_are_bounded_and_gapless(j: &dyn Journal) {
    let key = floor(1);
    for n in 0..10 {
        j.append(group(key, n * 5, &[(u128::from(n) + 1, 5)])).await.unwrap();
    }
    let mut after = 0;
    let mut seen = Vec::new();
    loop {
        let chunk = j.read(key, after, 7).await.unwrap();
        assert!(chunk.len() <= 7);
        let Some(last) = chunk.last() else { break };
        after = last.seq;
        seen.extend(chunk.iter().map(|e| e.seq));
    }
    assert_eq!(seen, (1..=50).collect::<Vec<u64>>());
    assert_eq!(j.read(key, 50, 7).await.unwrap(), []);
    assert_eq!(j.read(key, 999, 7).await.unwrap(), []);
    assert_eq!(j.read(key, 0, 0).await.unwrap(), []);
}

async fn a_group_at_the_wrong_seq_is_refused(j: &dyn Journal) {
    let key = floor(1);
    let head = j.append(group(key, 0, &[(1, 2)])).await.unwrap();
    let conflict = Err(AppendError::Conflict { actual: head });
    assert_eq!(j.append(group(key, 1, &[(2, 1)])).await, conflict);
    assert_eq!(j.append(group(key, 3, &[(2, 1)])).await, conflict);
    assert_eq!(j.append(group(key, 0, &[(2, 0)])).await, conflict);
    assert_eq!(j.head(key).await.unwrap(), head);
    assert_eq!(j.command(key, CommandId(2)).await.unwrap(), None);
    assert_eq!(j.append(group(key, 2, &[(2, 1)])).await.unwrap().seq, 3);
}

async fn an_epoch_that_is_over_is_refused(j: &dyn Journal) {
    let key = floor(1);
    assert_eq!(j.take_over(key).await.unwrap(), 1);
    let head = j.append(Group { epoch: 1, ..group(key, 0, &[(1, 1)]) }).await.unwrap();
    assert_eq!(j.take_over(key).await.unwrap(), 2);
    let actual = Head { epoch: 2, ..head };
    let old = j.append(Group { epoch: 1, ..group(key, 1, &[(2, 1)]) }).await;
    assert_eq!(old, Err(AppendError::Conflict { actual }));
    assert_eq!(j.head(key).await.unwrap(), actual);
    let new = j.append(Group { epoch: 2, ..group(key, 1, &[(2, 1)]) }).await.unwrap();
    assert_eq!((new.seq, new.epoch), (2, 2));
    let epochs: Vec<u64> = j.read(key, 0, 9).await.unwrap().iter().map(|e| e.epoch).collect();
    assert_eq!(epochs, [1, 2]);
}

async fn a_higher_epoch_is_adopted(j: &dyn Journal) {
    let key = floor(1);
    let head = j.append(Group { epoch: 9, ..group(key, 0, &[(1, 1)]) }).await.unwrap();
    assert_eq!(head.epoch, 9);
    assert_eq!(j.head(key).await.unwrap(), head);
    assert_eq!(j.take_over(key).await.unwrap(), 10);
}

async fn a_known_command_is_refused_and_nothing_of_its_group_stays(j: &dyn Journal) {
    let key = floor(1);
    let head = j.append(group(key, 0, &[(1, 1)])).await.unwrap();
    let duplicate = j.append(group(key, 1, &[(2, 1), (3, 2), (1, 1), (4, 1)])).await;
    assert_eq!(duplicate, Err(AppendError::DuplicateCommand(CommandId(1))));
    assert_eq!(j.head(key).await.unwrap(), head);
    assert_eq!(j.read(key, 1, 9).await.unwrap(), []);
    for id in [2, 3, 4] {
        assert_eq!(j.command(key, CommandId(id)).await.unwrap(), None);
    }
    assert_eq!(j.append(group(key, 1, &[(2, 1), (3, 2), (4, 1)])).await.unwrap().seq, 5);
    // The same id in another stream is another command.
    assert_eq!(j.append(group(money(1), 0, &[(1, 1)])).await.unwrap().seq, 1);
}

async fn a_command_twice_in_one_group_is_refused(j: &dyn Journal) {
    let key = floor(1);
    let twice = j.append(group(key, 0, &[(1, 1), (2, 1), (1, 1)])).await;
    assert_eq!(twice, Err(AppendError::DuplicateCommand(CommandId(1))));
    assert_eq!(j.head(key).await.unwrap().seq, 0);
}

async fn a_malformed_group_is_refused(j: &dyn Journal) {
    let key = floor(1);
    let too_few = Group { events: Vec::new(), ..group(key, 0, &[(1, 1)]) };
    assert!(matches!(j.append(too_few).await, Err(AppendError::Invalid(_))));
    assert!(matches!(j.append(group(key, 0, &[])).await, Err(AppendError::Invalid(_))));
    assert_eq!(j.head(key).await.unwrap().seq, 0);
}

async fn refusals_are_recorded_without_events(j: &dyn Journal) {
    let key = floor(1);
    let head = j.append(group(key, 0, &[(1, 0)])).await.unwrap();
    assert_eq!(head, Head::empty(key));
    let again = j.append(group(key, 0, &[(1, 0)])).await;
    assert_eq!(again, Err(AppendError::DuplicateCommand(CommandId(1))));
    let stored = j.command(key, CommandId(1)).await.unwrap().unwrap();
    assert_eq!((stored.first_seq, stored.last_seq), (1, 0));
    assert_eq!(j.append(group(key, 0, &[(2, 1), (3, 0)])).await.unwrap().seq, 1);
}

async fn commands_know_their_events(j: &dyn Journal) {
    let key = floor(1);
    j.append(group(key, 0, &[(7, 4)])).await.unwrap();
    let next = group(key, 4, &[(8, 2), (9, 0), (10, 1)]);
    j.append(next.clone()).await.unwrap();
    let spans = [(8, 5, 6), (9, 7, 6), (10, 7, 7)];
    for (new, (id, first_seq, last_seq)) in next.commands.iter().zip(spans) {
        let (fingerprint, answer) = (new.fingerprint, new.answer.clone());
        let expected = StoredCommand { id: CommandId(id), fingerprint, answer, first_seq, last_seq };
        assert_eq!(j.command(key, CommandId(id)).await.unwrap(), Some(expected));
    }
}

async fn commands_are_read_in_the_order_a_copy_needs(j: &dyn Journal) {
    let key = floor(1);
    // Refusal 90 comes before event 1, 50 between 3 and 4, 60 and 70 after the last; 30 and 20 own events.
    j.append(group(key, 0, &[(90, 0)])).await.unwrap();
    j.append(group(key, 0, &[(30, 3), (50, 0), (20, 1)])).await.unwrap();
    j.append(group(money(1), 0, &[(30, 2)])).await.unwrap();
    j.append(group(key, 4, &[(70, 0), (60, 0)])).await.unwrap();
    let read = async |first| {
        let found = j.read_commands(key, first).await.unwrap();
        found.iter().map(|c| c.id.0).collect::<Vec<u128>>()
    };
    assert_eq!(read(0..=u64::MAX).await, [90, 30, 50, 20, 60, 70]);
    assert_eq!(read(1..=1).await, [90, 30]);
    assert_eq!(read(2..=4).await, [50, 20]);
    assert_eq!(read(5..=9).await, [60, 70]);
    assert_eq!(read(6..=u64::MAX).await, []);
    #[expect(clippy::reversed_empty_ranges, reason = "an empty range is asked for")]
    let empty = 4..=2;
    assert_eq!(read(empty).await, []);
    for command in j.read_commands(key, 0..=9).await.unwrap() {
        assert_eq!(j.command(key, command.id).await.unwrap(), Some(command));
    }
    assert_eq!(j.read_commands(floor(2), 0..=9).await.unwrap(), []);
}

async fn streams_are_independent(j: &dyn Journal) {
    let keys = [floor(1), money(1), StreamKey::new(StoreKey(1), Stream::Catalog), floor(2), floor(u128::MAX)];
    for (n, key) in keys.into_iter().enumerate() {
        let count = u32::try_from(n).unwrap() + 1;
        let head = j.append(group(key, 0, &[(1, count)])).await.unwrap();
        assert_eq!(head.seq, u64::from(count));
    }
    j.take_over(keys[0]).await.unwrap();
    j.put_snapshot(keys[0], 1, [1; 32], 1, b"floor".to_vec()).await.unwrap();
    for (n, key) in keys.into_iter().enumerate() {
        assert_eq!(j.read(key, 0, 99).await.unwrap().len(), n + 1);
        assert_eq!(j.head(key).await.unwrap().epoch, u64::from(n == 0));
        assert_eq!(j.latest_snapshot(key, 1).await.unwrap().is_some(), n == 0);
        assert_eq!(j.verify(key, 0).await.unwrap().broken, None);
    }
}

async fn the_newest_snapshot_of_this_code_is_found(j: &dyn Journal) {
    let key = floor(1);
    for (seq, code_version) in [(10, 1), (20, 1), (30, 1), (25, 2)] {
        let bytes = format!("{seq} by {code_version}").into_bytes();
        j.put_snapshot(key, seq, [seq as u8; 32], code_version, bytes).await.unwrap();
    }
    let found = j.latest_snapshot(key, 1).await.unwrap();
    assert_eq!(found, Some(Snapshot { seq: 30, hash: [30; 32], bytes: b"30 by 1".to_vec() }));
    assert_eq!(j.latest_snapshot(key, 2).await.unwrap().unwrap().seq, 25);
    assert_eq!(j.latest_snapshot(key, 3).await.unwrap(), None);
    j.put_snapshot(key, 30, [31; 32], 1, b"again".to_vec()).await.unwrap();
    assert_eq!(j.latest_snapshot(key, 1).await.unwrap().unwrap().bytes, b"again");
}

async fn blobs_are_named_by_their_content(j: &dyn Journal) {
    let (a, b) = (vec![7_u8; 100_000], Vec::new());
    let name = j.put_blob(a.clone()).await.unwrap();
    assert_eq!(name, blob_hash(&a));
    assert_eq!(j.put_blob(a.clone()).await.unwrap(), name);
    let empty = j.put_blob(b.clone()).await.unwrap();
    assert_eq!(j.get_blob(name).await.unwrap(), Some(a));
    assert_eq!(j.get_blob(empty).await.unwrap(), Some(b));
    assert_eq!(j.get_blob([9; 32]).await.unwrap(), None);
}

async fn a_sound_stream_verifies_from_anywhere(j: &dyn Journal) {
    let key = floor(1);
    let head = j.append(group(key, 0, &[(1, 40)])).await.unwrap();
    for after in [0, 1, 39, 40] {
        let report = j.verify(key, after).await.unwrap();
        assert_eq!((report.checked, report.head, report.broken), (40 - after, head, None));
    }
    let beyond = j.verify(key, 41).await.unwrap();
    assert_eq!(beyond.broken.unwrap().seq, 41);
}

async fn odd_bytes_survive(j: &dyn Journal) {
    let key = floor(u128::MAX);
    let mut odd = group(key, 0, &[(u128::MAX, 3)]);
    odd.at_ms = i64::MIN;
    odd.events[0] = NewEvent { kind: "宫保鸡丁 👍".into(), version: u16::MAX, body: "{\"备注\":\"少辣\"}".into() };
    odd.events[1] = NewEvent { kind: "".into(), version: 0, body: Vec::new() };
    odd.events[2].body = (0..=255).collect();
    odd.commands[0].answer = Vec::new();
    let head = j.append(odd.clone()).await.unwrap();
    let stored = j.read(key, 0, 9).await.unwrap();
    for (event, new) in stored.iter().zip(&odd.events) {
        assert_eq!((&event.kind[..], event.version, &event.body), (&new.kind[..], new.version, &new.body));
        assert_eq!((event.at_ms, event.command), (i64::MIN, CommandId(u128::MAX)));
    }
    let report = j.verify(key, 0).await.unwrap();
    assert_eq!((report.checked, report.head, report.broken), (3, head, None));
}

async fn concurrent_writers_do_not_disturb_each_other(journal: Arc<dyn Journal>) {
    const WRITERS: u128 = 64;
    const GROUPS: u64 = 20;
    let writer = |store: u128| {
        let journal = journal.clone();
        async move {
            let key = floor(store);
            for n in 0..GROUPS {
                let ids = [(u128::from(n) * 2 + 1, 2), (u128::from(n) * 2 + 2, 0)];
                let head = journal.append(group(key, n * 2, &ids)).await.unwrap();
                assert_eq!(head.seq, n * 2 + 2);
            }
        }
    };
    let tasks: Vec<_> = (1..=WRITERS).map(|store| tokio::spawn(writer(store))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    for store in 1..=WRITERS {
        let report = journal.verify(floor(store), 0).await.unwrap();
        assert_eq!((report.checked, report.broken), (GROUPS * 2, None));
    }
}

async fn of_competing_writers_one_wins_each_seq(journal: Arc<dyn Journal>) {
    let key = floor(1);
    let writer = |id: u128| {
        let journal = journal.clone();
        async move {
            let mut seq = 0;
            loop {
                match journal.append(group(key, seq, &[(id, 1)])).await {
                    Ok(head) => return head.seq,
                    Err(AppendError::Conflict { actual }) => seq = actual.seq,
                    Err(other) => panic!("{other}"),
                }
            }
        }
    };
    let tasks: Vec<_> = (1..=32).map(|id| tokio::spawn(writer(id))).collect();
    let mut won = BTreeSet::new();
    for task in tasks {
        won.insert(task.await.unwrap());
    }
    assert_eq!(won, (1..=32).collect());
    assert_eq!(journal.verify(key, 0).await.unwrap().checked, 32);
}

const AT_MS: i64 = 1_795_000_000_000;

/// A store's floor stream.
pub fn floor(store: u128) -> StreamKey {
    StreamKey::new(StoreKey(store), Stream::Floor)
}

/// A store's money stream.
pub fn money(store: u128) -> StreamKey {
    StreamKey::new(StoreKey(store), Stream::Money)
}

/// A group of commands, given as (id, number of events), at epoch 0.
pub fn group(key: StreamKey, expected_seq: u64, commands: &[(u128, u32)]) -> Group {
    let events = commands.iter().flat_map(|&(id, events)| (0..events).map(move |n| event(id, n))).collect();
    let commands = commands.iter().map(|&(id, events)| command(id, events)).collect();
    Group { key, epoch: 0, expected_seq, at_ms: AT_MS, events, commands }
}

fn event(id: u128, n: u32) -> NewEvent {
    let body = format!("{{\"command\":{id},\"n\":{n}}}").into_bytes();
    NewEvent { kind: "Counted".into(), version: 1, body }
}

fn command(id: u128, events: u32) -> NewCommand {
    let fingerprint = blob_hash(&id.to_be_bytes());
    NewCommand { id: CommandId(id), fingerprint, answer: format!("{{\"Ok\":{id}}}").into_bytes(), events }
}
