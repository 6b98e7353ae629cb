//! The writer over a toy stream: a counter that may not go below zero.
#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use engine::{Context, Handle, Machine, ManualClock, SeededIds, StartError, Submit, SubmitError, Wiring, WriterOptions, start};
use journal::{
    CommandId, Fault, FaultyJournal, Journal, MemoryJournal, Rot, SqliteJournal, StoreKey, Stream, StreamKey, blob_hash,
};
use serde::{Deserialize, Serialize};

struct Counter;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    total: i64,
    ids: BTreeSet<u128>,
    by_minute: BTreeMap<u16, u32>,
    last_at_ms: i64,
    last_seq: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Command {
    Add(i64),
    AddTwice(i64),
    Nothing,
    Panic,
    PanicInApply,
    AskNeighbour,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Event {
    Added { by: i64, id: u128, minute: u16 },
    Poison,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Answer {
    total: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Reject {
    BelowZero { total: i64 },
}

impl Machine for Counter {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Answer = Answer;
    type Reject = Reject;
    type Neighbours = i64;
    const SNAPSHOT_VERSION: u32 = 1;

    fn decide(state: &State, command: &Command, context: &Context, neighbour: &i64) -> Result<(Vec<Event>, Answer), Reject> {
        let (by, times) = match command {
            Command::Add(by) => (*by, 1),
            Command::AddTwice(by) => (*by, 2),
            Command::AskNeighbour => (*neighbour, 1),
            Command::Nothing => (0, 0),
            Command::Panic => panic!("a bug in decide"),
            Command::PanicInApply => return Ok((vec![Event::Poison], Answer { total: 0 })),
        };
        let total = state.total + by * times;
        if total < 0 {
            return Err(Reject::BelowZero { total: state.total });
        }
        let added = |_| Event::Added { by, id: context.fresh_id(), minute: context.local_minute };
        Ok(((0..times).map(added).collect(), Answer { total }))
    }

    fn apply(state: &mut State, event: &Event, at_ms: i64, seq: u64) {
        assert_eq!(seq, state.last_seq + 1, "events come in order, each once");
        state.last_at_ms = at_ms;
        state.last_seq = seq;
        match event {
            Event::Added { by, id, minute } => {
                state.total += by;
                assert!(state.ids.insert(*id), "ids are fresh");
                *state.by_minute.entry(*minute).or_default() += 1;
            }
            Event::Poison => {
                state.total = -999;
                panic!("a bug in apply");
            }
        }
    }

    fn kind(event: &Event) -> (&'static str, u16) {
        match event {
            Event::Added { .. } => ("Added", 1),
            Event::Poison => ("Poison", 1),
        }
    }
}

const KEY: StreamKey = StreamKey::new(StoreKey(1), Stream::Floor);
const NOW: i64 = 1_795_000_000_000;

fn wiring(journal: Arc<dyn Journal>, options: WriterOptions) -> Wiring<Counter> {
    Wiring {
        journal,
        key: KEY,
        clock: Arc::new(ManualClock::new(NOW, 480)),
        ids: Arc::new(engine::RandomIds),
        neighbours: Arc::new(|| 1000),
        options,
    }
}

async fn over(journal: &Arc<dyn Journal>) -> Handle<Counter> {
    start(wiring(journal.clone(), WriterOptions::default())).await.unwrap()
}

fn memory() -> Arc<dyn Journal> {
    Arc::new(MemoryJournal::new())
}

/// A journal that fails on demand, twice: as itself and as the port.
fn faulty() -> (Arc<FaultyJournal>, Arc<dyn Journal>) {
    let faulty = Arc::new(FaultyJournal::new(memory()));
    (faulty.clone(), faulty)
}

fn ask(id: u128, command: Command) -> Submit<Command> {
    let fingerprint = blob_hash(format!("{command:?}").as_bytes());
    Submit { id: CommandId(id), fingerprint, command, by: None }
}

fn total(total: i64) -> Result<Result<Answer, Reject>, SubmitError> {
    Ok(Ok(Answer { total }))
}

/// Submits all at once, in order, before the writer can take any of them.
async fn together(handle: &Handle<Counter>, commands: Vec<Submit<Command>>) -> Vec<Result<Result<Answer, Reject>, SubmitError>> {
    futures::future::join_all(commands.into_iter().map(|command| handle.submit(command))).await
}

#[tokio::test]
async fn a_command_is_decided_written_and_answered() {
    let journal = memory();
    let handle = over(&journal).await;
    assert_eq!(handle.submit(ask(1, Command::Add(5))).await, total(5));
    assert_eq!(handle.submit(ask(2, Command::AddTwice(2))).await, total(9));
    assert_eq!(handle.submit(ask(3, Command::AskNeighbour)).await, total(1009));
    assert_eq!(handle.read(|s| (s.total, s.last_seq, s.last_at_ms)), (1009, 4, NOW));
    assert_eq!(handle.read(|s| s.by_minute.len()), 1);
    assert_eq!((handle.head_seq(), journal.head(KEY).await.unwrap().seq), (4, 4));
    let stored = journal.read(KEY, 0, 9).await.unwrap();
    assert_eq!((stored[2].kind.as_str(), stored[2].version, stored[2].command), ("Added", 1, CommandId(2)));
    assert!(stored.iter().all(|event| event.at_ms == NOW && event.epoch == 1));
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_changes_nothing() {
    let journal = memory();
    let handle = over(&journal).await;
    assert_eq!(handle.submit(ask(1, Command::Add(5))).await, total(5));
    handle.submit(ask(2, Command::Add(5))).await.unwrap().unwrap();
    assert_eq!(handle.submit(ask(1, Command::Add(5))).await, total(5));
    assert_eq!(handle.head_seq(), 2);
    assert_eq!(handle.submit(ask(1, Command::Add(6))).await, Err(SubmitError::KeyReused));
}

#[tokio::test]
async fn a_retry_after_a_restart_is_found_in_the_journal() {
    let journal = memory();
    over(&journal).await.submit(ask(1, Command::Add(5))).await.unwrap().unwrap();
    let handle = over(&journal).await;
    let answers = together(&handle, vec![ask(2, Command::Add(1)), ask(1, Command::Add(5)), ask(3, Command::Add(1))]).await;
    assert_eq!(answers, [total(6), total(5), total(7)]);
    assert_eq!(over(&journal).await.submit(ask(1, Command::Add(6))).await, Err(SubmitError::KeyReused));
    assert_eq!(handle.head_seq(), 3);
    let known = handle.outcome_of(CommandId(1)).await.unwrap().unwrap();
    assert_eq!(known.1, Ok(Answer { total: 5 }));
    assert!(handle.outcome_of(CommandId(99)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_retry_of_a_refusal_is_refused_the_same_way() {
    let journal = memory();
    let below = Ok(Err(Reject::BelowZero { total: 0 }));
    let handle = over(&journal).await;
    assert_eq!(handle.submit(ask(1, Command::Add(-5))).await, below);
    handle.submit(ask(2, Command::Add(50))).await.unwrap().unwrap();
    assert_eq!(handle.submit(ask(1, Command::Add(-5))).await, below);
    assert_eq!(over(&journal).await.submit(ask(1, Command::Add(-5))).await, below);
    assert_eq!(journal.head(KEY).await.unwrap().seq, 1);
}

#[tokio::test]
async fn copies_in_one_batch_are_answered_from_the_first() {
    let journal = memory();
    let handle = over(&journal).await;
    let twice = vec![ask(1, Command::Add(5)), ask(1, Command::Add(5)), ask(1, Command::Add(6)), ask(2, Command::Add(1))];
    let answers = together(&handle, twice).await;
    assert_eq!(answers, [total(5), total(5), Err(SubmitError::KeyReused), total(6)]);
    assert_eq!(handle.head_seq(), 2);
}

#[tokio::test]
async fn a_command_may_have_nothing_to_record() {
    let journal = memory();
    let handle = over(&journal).await;
    assert_eq!(handle.submit(ask(1, Command::Nothing)).await, total(0));
    assert_eq!(handle.head_seq(), 0);
    assert!(journal.command(KEY, CommandId(1)).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_commands_share_commits() {
    let folder = tempfile::tempdir().unwrap();
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder.path()).unwrap());
    let handle = over(&journal).await;
    let before = journal.commits();
    let client = |client: u128| {
        let handle = handle.clone();
        tokio::spawn(async move {
            for n in 0..16 {
                handle.submit(ask(client << 32 | n, Command::Add(1))).await.unwrap().unwrap();
            }
        })
    };
    for task in (0..64).map(client).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(handle.read(|s| s.total), 1024);
    let commits = journal.commits() - before;
    assert!(commits <= 256, "{commits} commits for 1024 commands");
    assert_eq!(journal.verify(KEY, 0).await.unwrap().checked, 1024);
}

#[tokio::test]
async fn an_unavailable_journal_changes_nothing() {
    let (faults, journal) = faulty();
    let handle = over(&journal).await;
    handle.submit(ask(1, Command::Add(5))).await.unwrap().unwrap();
    faults.plan([Some(Fault::Unavailable)]);
    assert_eq!(handle.submit(ask(2, Command::Add(7))).await, Err(SubmitError::Unavailable));
    assert_eq!(handle.read(|s| s.total), 5);
    assert_eq!(handle.submit(ask(2, Command::Add(7))).await, total(12));
}

#[tokio::test]
async fn a_lost_reply_to_a_written_group_is_answered_from_the_journal() {
    let (faults, journal) = faulty();
    let handle = over(&journal).await;
    let mut feed = handle.subscribe();
    faults.plan([Some(Fault::UnknownWritten)]);
    let answers = together(&handle, vec![ask(1, Command::Add(5)), ask(2, Command::Add(-9)), ask(3, Command::AddTwice(1))]).await;
    assert_eq!(answers, [total(5), Ok(Err(Reject::BelowZero { total: 5 })), total(7)]);
    assert_eq!(handle.read(|s| s.total), 7);
    assert_eq!(handle.submit(ask(1, Command::Add(5))).await, total(5));
    assert_eq!(handle.submit(ask(4, Command::Add(1))).await, total(8));
    let (first, second) = (feed.recv().await.unwrap(), feed.recv().await.unwrap());
    assert_eq!((first.first_seq, first.last_seq, first.events.len()), (1, 3, 3));
    assert_eq!((second.first_seq, second.last_seq), (4, 4));
}

#[tokio::test]
async fn a_lost_reply_to_an_unwritten_group_is_not_called_done() {
    let (faults, journal) = faulty();
    let handle = over(&journal).await;
    faults.plan([Some(Fault::UnknownNotWritten)]);
    assert_eq!(handle.submit(ask(1, Command::Add(5))).await, Err(SubmitError::Unavailable));
    assert_eq!(handle.read(|s| s.total), 0);
    // The lost append is fenced off: it was sent under an epoch that is over.
    assert_eq!(journal.head(KEY).await.unwrap().epoch, 2);
    assert_eq!(handle.submit(ask(1, Command::Add(5))).await, total(5));
}

#[tokio::test]
async fn unknown_stays_unknown_until_the_journal_answers() {
    for (fault, total_after) in [(Fault::UnknownWritten, 6), (Fault::UnknownNotWritten, 1)] {
        let (faults, journal) = faulty();
        let handle = over(&journal).await;
        faults.plan([Some(fault)]);
        faults.cut(true);
        assert_eq!(handle.submit(ask(1, Command::Add(5))).await, Err(SubmitError::Unknown));
        assert_eq!(handle.submit(ask(2, Command::Add(1))).await, Err(SubmitError::Unavailable));
        assert_eq!(handle.read(|s| s.total), 0);
        assert!(handle.outcome_of(CommandId(1)).await.is_err());
        faults.cut(false);
        assert_eq!(handle.submit(ask(2, Command::Add(1))).await, total(total_after));
        assert_eq!(handle.submit(ask(1, Command::Add(5))).await, total(if total_after == 6 { 5 } else { 6 }));
        assert_eq!(handle.read(|s| s.total), 6);
    }
}

#[tokio::test]
async fn nothing_is_written_while_an_outcome_is_open() {
    let (faults, journal) = faulty();
    let handle = over(&journal).await;
    faults.plan([Some(Fault::UnknownNotWritten), None]);
    faults.cut(true);
    assert_eq!(handle.submit(ask(1, Command::Add(5))).await, Err(SubmitError::Unknown));
    // The journal would take it, but cannot say yet what became of the first.
    assert_eq!(handle.submit(ask(2, Command::Add(1))).await, Err(SubmitError::Unavailable));
    faults.cut(false);
    assert_eq!(journal.head(KEY).await.unwrap().seq, 0);
    assert_eq!(handle.submit(ask(2, Command::Add(1))).await, total(1));
}

#[tokio::test]
async fn an_open_outcome_is_found_out_without_anybody_asking() {
    let (faults, journal) = faulty();
    let handle = over(&journal).await;
    let mut feed = handle.subscribe();
    faults.plan([Some(Fault::UnknownWritten)]);
    faults.cut(true);
    assert_eq!(handle.submit(ask(1, Command::Add(5))).await, Err(SubmitError::Unknown));
    faults.cut(false);
    assert_eq!(feed.recv().await.unwrap().last_seq, 1);
    assert_eq!(handle.read(|s| s.total), 5);
}

#[tokio::test]
async fn a_writer_whose_stream_has_another_home_stops() {
    let journal = memory();
    let old = over(&journal).await;
    old.submit(ask(1, Command::Add(5))).await.unwrap().unwrap();
    let new = over(&journal).await;
    assert_eq!(old.submit(ask(2, Command::Add(1))).await, Err(SubmitError::Stopped));
    assert_eq!(old.submit(ask(2, Command::Add(1))).await, Err(SubmitError::Stopped));
    old.stop().await;
    assert!(old.is_stopped());
    assert_eq!(new.submit(ask(2, Command::Add(1))).await, total(6));
}

#[tokio::test]
async fn a_writer_with_nothing_to_write_hears_that_another_has_its_stream() {
    let journal = memory();
    let options = WriterOptions { ask_whether_ours: Duration::from_millis(5), ..WriterOptions::default() };
    let old = start(wiring(journal.clone(), options)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(!old.is_stopped());
    let _new = over(&journal).await;
    for _ in 0..200 {
        if old.is_stopped() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never heard");
}

#[tokio::test]
async fn a_conflict_without_a_new_home_is_caught_up_with_once() {
    let journal = memory();
    let handle = over(&journal).await;
    handle.submit(ask(1, Command::Add(5))).await.unwrap().unwrap();
    let stray = serde_json::to_vec(&Event::Added { by: 3, id: 1, minute: 0 }).unwrap();
    let mut group = journal::contract::group(KEY, 1, &[(77, 1)]);
    group.epoch = 1;
    group.events[0].body = stray;
    journal.append(group).await.unwrap();
    assert_eq!(handle.submit(ask(2, Command::Add(1))).await, total(9));
    assert_eq!(handle.head_seq(), 3);
}

#[tokio::test]
async fn a_panic_in_the_rules_is_contained() {
    let journal = memory();
    let handle = over(&journal).await;
    let answers = together(
        &handle,
        vec![
            ask(1, Command::Add(5)),
            ask(2, Command::Panic),
            ask(3, Command::Add(1)),
            ask(4, Command::PanicInApply),
            ask(5, Command::Add(1)),
        ],
    )
    .await;
    assert_eq!(answers, [total(5), Err(SubmitError::Internal), total(6), Err(SubmitError::Internal), total(7)]);
    assert_eq!((handle.read(|s| s.total), handle.head_seq()), (7, 3));
    assert_eq!(journal.command(KEY, CommandId(2)).await.unwrap(), None);
    assert_eq!(over(&journal).await.read(Clone::clone), handle.read(Clone::clone));
}

#[tokio::test]
async fn a_restart_replays_to_the_same_state() {
    let folder = tempfile::tempdir().unwrap();
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder.path()).unwrap());
    let options = WriterOptions { snapshot_every: 0, ..WriterOptions::default() };
    let handle = start(wiring(journal.clone(), options)).await.unwrap();
    for id in 0..200 {
        handle.submit(ask(id, Command::AddTwice(i64::try_from(id).unwrap() % 7 - 2))).await.unwrap().ok();
    }
    let before = handle.read(Clone::clone);
    handle.stop().await;
    drop((handle, journal));
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder.path()).unwrap());
    assert_eq!(over(&journal).await.read(Clone::clone), before);
}

#[tokio::test]
async fn snapshot_and_tail_equal_the_full_replay() {
    let journal = memory();
    let options = WriterOptions { snapshot_every: 10, ..WriterOptions::default() };
    let handle = start(wiring(journal.clone(), options)).await.unwrap();
    for id in 0..57 {
        handle.submit(ask(id, Command::Add(1))).await.unwrap().unwrap();
        tokio::task::yield_now().await;
    }
    handle.stop().await;
    let snapshot = journal.latest_snapshot(KEY, 1).await.unwrap().unwrap();
    assert_eq!(snapshot.seq, 57);
    let tail = start(wiring(journal.clone(), WriterOptions { snapshot_every: 0, ..options })).await.unwrap();
    for id in 100..120 {
        tail.submit(ask(id, Command::Add(1))).await.unwrap().unwrap();
    }
    let with_snapshot = over(&journal).await.read(Clone::clone);
    let without: State = journal.read(KEY, 0, 999).await.unwrap().iter().fold(State::default(), |mut state, stored| {
        let event = Counter::decode(&stored.kind, stored.version, &stored.body).unwrap();
        Counter::apply(&mut state, &event, stored.at_ms, stored.seq);
        state
    });
    assert_eq!((with_snapshot.total, with_snapshot.last_seq), (77, 77));
    assert_eq!(with_snapshot, without);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_is_taken_while_the_writer_goes_on_and_holds_what_its_events_lead_to() {
    let journal = memory();
    let options = WriterOptions { snapshot_every: 10, ..WriterOptions::default() };
    let handle = start(wiring(journal.clone(), options)).await.unwrap();
    // Nobody stops the writer: the snapshot can only come from beside it.
    let mut taken = None;
    for id in 0..100_000 {
        handle.submit(ask(id, Command::Add(1))).await.unwrap().unwrap();
        taken = journal.latest_snapshot(KEY, 1).await.unwrap();
        if taken.is_some() {
            break;
        }
    }
    let snapshot = taken.unwrap();
    let state: State = serde_json::from_slice(&snapshot.bytes).unwrap();
    assert!(snapshot.seq >= 10);
    assert_eq!((state.last_seq, u64::try_from(state.total).unwrap()), (snapshot.seq, snapshot.seq));
    assert_eq!(journal.read(KEY, snapshot.seq - 1, 1).await.unwrap()[0].hash, snapshot.hash);
}

#[tokio::test]
async fn a_snapshot_of_another_history_or_without_sense_is_ignored() {
    let other = serde_json::to_vec(&State { total: 77, last_seq: 1, ..State::default() }).unwrap();
    for (hash_differs, bytes) in [(true, other), (false, b"nonsense".to_vec())] {
        let journal = memory();
        over(&journal).await.submit(ask(1, Command::Add(5))).await.unwrap().unwrap();
        let hash = if hash_differs { [9; 32] } else { journal.head(KEY).await.unwrap().hash };
        journal.put_snapshot(KEY, 1, hash, 1, bytes).await.unwrap();
        assert_eq!(over(&journal).await.read(|s| s.total), 5);
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_named_at_start() {
    let journal = memory();
    let mut group = journal::contract::group(KEY, 0, &[(1, 1)]);
    group.events[0].body = serde_json::to_vec(&Event::Poison).unwrap();
    journal.append(group).await.unwrap();
    let error = start(wiring(journal, WriterOptions::default())).await.unwrap_err();
    assert!(matches!(error, StartError::Unreadable { seq: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_stream_is_not_served() {
    let (faults, journal) = faulty();
    together(&over(&journal).await, (0..3).map(|id| ask(id, Command::Add(1))).collect()).await;
    let restart = async |rot| {
        faults.rot(rot);
        start(wiring(journal.clone(), WriterOptions::default())).await
    };
    assert!(matches!(restart(Some(Rot::Altered(2))).await, Err(StartError::Broken(broken)) if broken.seq == 2));
    assert!(matches!(restart(Some(Rot::CutOffAfter(2))).await, Err(StartError::CutOff { found: 2, recorded: 3 })));
    assert_eq!(restart(None).await.unwrap().read(|s| s.total), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_what_is_not_durable() {
    let journal = memory();
    let handle = over(&journal).await;
    let (seen, mut feed) = handle.read_and_subscribe(|state, seq| {
        assert_eq!(state.last_seq, seq);
        seq
    });
    let looking = {
        let (handle, journal) = (handle.clone(), journal.clone());
        tokio::spawn(async move {
            let mut looks = 0_u64;
            while !handle.is_stopped() {
                let (total, seq) = handle.read_at(|state, seq| (state.total, seq));
                // Every event adds one, two at a time: a half-applied group or an unwritten one would show.
                assert_eq!((total as u64, seq % 2), (seq, 0));
                assert!(journal.head(KEY).await.unwrap().seq >= seq);
                looks += 1;
                tokio::task::yield_now().await;
            }
            looks
        })
    };
    for batch in 0..50 {
        together(&handle, (0..20).map(|n| ask(batch * 100 + n, Command::AddTwice(1))).collect()).await;
    }
    handle.stop().await;
    assert!(looking.await.unwrap() > 0);
    let mut next = seen + 1;
    while let Ok(commit) = feed.try_recv() {
        assert_eq!((commit.first_seq, commit.events[0].seq), (next, next));
        assert_eq!(commit.events.len() as u64, commit.last_seq - commit.first_seq + 1);
        next = commit.last_seq + 1;
    }
    assert_eq!(next, 2001);
}

#[tokio::test]
async fn a_full_queue_says_busy() {
    let journal = memory();
    let options = WriterOptions { queue: 4, ..WriterOptions::default() };
    let handle = start(wiring(journal, options)).await.unwrap();
    let answers = together(&handle, (0..10).map(|id| ask(id, Command::Add(1))).collect()).await;
    let busy = answers.iter().filter(|answer| **answer == Err(SubmitError::Busy)).count();
    assert_eq!(busy, 6);
    assert_eq!(handle.read(|s| s.total), 4);
}

#[tokio::test]
async fn a_stop_serves_what_waits() {
    let journal = memory();
    let handle = over(&journal).await;
    let waiting = together(&handle, (0..100).map(|id| ask(id, Command::Add(1))).collect());
    let (answers, ()) = tokio::join!(waiting, handle.stop());
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Ok(_)))));
    assert_eq!(handle.submit(ask(1000, Command::Add(1))).await, Err(SubmitError::Stopped));
    assert_eq!(journal.latest_snapshot(KEY, 1).await.unwrap().unwrap().seq, 100);
}

#[tokio::test]
async fn fresh_ids_follow_from_the_seed() {
    let mut states = Vec::new();
    for _ in 0..2 {
        let mut wiring = wiring(memory(), WriterOptions::default());
        wiring.ids = Arc::new(SeededIds::new(42));
        let handle = start(wiring).await.unwrap();
        together(&handle, (0..20).map(|id| ask(id, Command::AddTwice(1))).collect()).await;
        states.push(handle.read(Clone::clone));
    }
    assert_eq!(states[0].ids.len(), 40);
    assert_eq!(states[0], states[1]);
}

/// Random faults against a model that believes only what it was told.
#[tokio::test]
async fn answers_are_true_whatever_the_journal_does() {
    for seed in 0..60_u64 {
        let ids = SeededIds::new(seed);
        let draw = |n: u64| {
            let bytes = engine::IdSource::seed(&ids);
            u64::from_be_bytes(bytes[..8].try_into().unwrap()) % n
        };
        let (faults, journal) = faulty();
        let handle = over(&journal).await;
        let mut open: BTreeSet<u128> = BTreeSet::new();
        let mut done: BTreeSet<u128> = BTreeSet::new();
        for round in 0..30_u128 {
            faults.plan([match draw(6) {
                0 => Some(Fault::Unavailable),
                1 => Some(Fault::UnknownWritten),
                2 => Some(Fault::UnknownNotWritten),
                _ => None,
            }]);
            faults.cut(draw(5) == 0);
            open.extend((0..draw(4)).map(|n| round * 10 + u128::from(n)));
            let batch: Vec<u128> = open.iter().copied().collect();
            let answers = together(&handle, batch.iter().map(|id| ask(*id, Command::Add(1))).collect()).await;
            for (id, answer) in batch.into_iter().zip(answers) {
                match answer {
                    Ok(Ok(_)) => assert!(open.remove(&id) && done.insert(id)),
                    Err(SubmitError::Unavailable | SubmitError::Unknown) => {}
                    other => panic!("{other:?}"),
                }
            }
            assert!(handle.read(|s| s.total) >= i64::try_from(done.len()).unwrap());
        }
        faults.cut(false);
        faults.plan(std::iter::empty());
        // Planned faults may be left over; every retry uses one up.
        for _ in 0..40 {
            for id in open.clone() {
                if handle.submit(ask(id, Command::Add(1))).await.is_ok() {
                    open.remove(&id);
                    done.insert(id);
                }
            }
        }
        assert!(open.is_empty());
        assert_eq!(handle.read(|s| s.total), i64::try_from(done.len()).unwrap(), "seed {seed}");
        assert_eq!(handle.head_seq(), done.len() as u64);
        let replayed = tokio::time::timeout(Duration::from_secs(5), over(&journal)).await.unwrap();
        assert_eq!(replayed.read(Clone::clone), handle.read(Clone::clone));
    }
}
