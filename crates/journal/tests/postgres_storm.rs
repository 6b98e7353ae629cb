//! Two nodes on the same streams, and a primary killed under load: every group that was acknowledged is there, once and in order.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use journal::{
    AppendError, Chain, CommandId, Group, Head, Journal, PostgresJournal, PostgresOptions, StreamKey,
    contract::{floor, group},
};
use pg_temp::PgTemp;
use tokio_postgres::NoTls;

async fn node(url: &str) -> Arc<PostgresJournal> {
    Arc::new(PostgresJournal::connect(url, PostgresOptions { writers: 2, ..PostgresOptions::default() }).await.unwrap())
}

/// Appends until so many groups were acknowledged, at wherever the stream turns out to be; returns (command, its last event).
async fn push(journal: Arc<PostgresJournal>, key: StreamKey, first_id: u128, groups: u128) -> Vec<(u128, u64)> {
    let (mut seq, mut acked) = (0, Vec::new());
    for id in first_id..first_id + groups {
        loop {
            match journal.append(group(key, seq, &[(id, 2)])).await {
                Ok(head) => {
                    acked.push((id, head.seq));
                    seq = head.seq;
                    break;
                }
                Err(AppendError::Conflict { actual }) => seq = actual.seq,
                Err(other) => panic!("{other}"),
            }
        }
    }
    acked
}

/// Follows a stream by its numbers alone until it reaches `last`. A gap, ever, is a failure.
async fn follow(journal: Arc<PostgresJournal>, key: StreamKey, last: u64) {
    let mut chain = Chain::from_start(key);
    while chain.seq() < last {
        for event in journal.read(key, chain.seq(), 50).await.unwrap() {
            chain.follow(&event).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_storm_one_stream_and_every_seq_has_one_winner() {
    const GROUPS: u128 = 25;
    let url = PgTemp::shared().database();
    let nodes = [node(&url).await, node(&url).await];
    let key = floor(1);
    let reader = tokio::spawn(follow(nodes[0].clone(), key, 6 * GROUPS as u64 * 2));
    let writers = (0..6_u128).map(|n| tokio::spawn(push(nodes[n as usize % 2].clone(), key, n * 1000 + 1, GROUPS)));
    let mut owners = BTreeMap::new();
    for told in futures::future::join_all(writers).await {
        for (id, last_seq) in told.unwrap() {
            assert_eq!(owners.insert(last_seq, id), None, "two groups were told that they end at {last_seq}");
        }
    }
    reader.await.unwrap();
    let last = 6 * GROUPS as u64 * 2;
    assert_eq!(owners.keys().copied().collect::<Vec<_>>(), (2..=last).step_by(2).collect::<Vec<_>>());
    for (last_seq, id) in owners {
        assert_eq!(nodes[0].command(key, CommandId(id)).await.unwrap().unwrap().last_seq, last_seq);
    }
    let report = nodes[1].verify(key, 0).await.unwrap();
    assert_eq!((report.checked, report.head.seq, report.broken), (last, last, None));
}

/// Both nodes move many heads per transaction, so they get in each other's way in every order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_storm_many_streams_without_losing_any() {
    const STORES: u128 = 12;
    let url = PgTemp::shared().database();
    let nodes = [node(&url).await, node(&url).await];
    let writers = (0..2 * STORES).map(|n| tokio::spawn(push(nodes[n as usize % 2].clone(), floor(n / 2), n * 1000 + 1, 8)));
    let told: Vec<_> = futures::future::join_all(writers).await.into_iter().map(Result::unwrap).collect();
    for store in 0..STORES {
        let report = nodes[0].verify(floor(store), 0).await.unwrap();
        assert_eq!((report.checked, report.broken), (2 * 8 * 2, None));
    }
    for (n, acked) in (0_u128..).zip(told) {
        for (id, last_seq) in acked {
            assert_eq!(nodes[0].command(floor(n / 2), CommandId(id)).await.unwrap().unwrap().last_seq, last_seq);
        }
    }
}

/// What a node remembers of a stream is out of date once another has it, and only the row in the database says so.
#[tokio::test]
async fn a_node_that_lost_a_stream_is_refused_whatever_it_remembers() {
    let url = PgTemp::shared().database();
    let (old, new) = (node(&url).await, node(&url).await);
    let at = |epoch, seq, commands| Group { epoch, ..group(floor(1), seq, commands) };
    assert_eq!(old.take_over(floor(1)).await.unwrap(), 1);
    let head = old.append(at(1, 0, &[(1, 2)])).await.unwrap();
    assert_eq!(new.take_over(floor(1)).await.unwrap(), 2);
    // Nothing was appended since: the old node is right about the number, and only its epoch is over.
    let actual = Head { epoch: 2, ..head };
    assert_eq!(old.append(at(1, 2, &[(2, 2)])).await, Err(AppendError::Conflict { actual }));
    assert_eq!(new.append(at(2, 2, &[(3, 0)])).await.unwrap(), actual);
    // A refusal has no event whose number could be taken.
    let next = new.append(at(2, 2, &[(4, 1)])).await.unwrap();
    for told in [old.append(at(2, 2, &[(5, 0)])).await, old.append(at(3, 2, &[(5, 0)])).await] {
        assert_eq!(told, Err(AppendError::Conflict { actual: next }));
    }
    // In company of other streams the same holds, for the statement that moves many heads at once.
    let crowd = PostgresJournal::connect(&url, PostgresOptions { writers: 1, ..PostgresOptions::default() }).await.unwrap();
    for round in 0..4_u64 {
        let told = futures::future::join_all(
            (2..8).map(|store| crowd.append(group(floor(store), round, &[(u128::from(round) + 1, 1)]))),
        )
        .await;
        assert!(told.iter().all(|told| told.as_ref().is_ok_and(|head| head.seq == round + 1)), "{told:?}");
    }
    let mut lost = Vec::new();
    for (store, id) in [(3, 5), (4, 6), (5, 7)] {
        match store {
            3 => drop(new.take_over(floor(3)).await.unwrap()),
            4 => drop(new.append(Group { epoch: 1, ..group(floor(4), 4, &[(99, 0)]) }).await.unwrap()),
            _ => drop(new.append(group(floor(5), 4, &[(99, 1)])).await.unwrap()),
        }
        lost.push(store);
        let told = futures::future::join_all((2..8).map(|store| crowd.append(group(floor(store), 4, &[(id, 0)])))).await;
        for (store, told) in (2..8).zip(told) {
            let refused = matches!(told, Err(AppendError::Conflict { actual }) if actual.epoch == 1 || actual.seq == 5);
            assert_eq!(refused, lost.contains(&store), "store {store}: {told:?}");
        }
    }
    let commands = new.read_commands(floor(1), 0..=9).await.unwrap();
    assert_eq!(commands.iter().map(|command| command.id.0).collect::<Vec<_>>(), [1, 3, 4]);
}

/// A transaction number is no order: one that began earlier and is still open must hide nothing that is committed.
#[tokio::test]
async fn an_open_transaction_of_someone_else_hides_nothing() {
    let url = PgTemp::shared().database();
    let journal = node(&url).await;
    journal.append(group(floor(1), 0, &[(1, 1)])).await.unwrap();
    journal.append(group(floor(2), 0, &[(1, 1)])).await.unwrap();
    let (other, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let open = "BEGIN; UPDATE stream SET seq = 2 WHERE store_id = decode(repeat('00', 15) || '02', 'hex');
        INSERT INTO event SELECT store_id, stream, 2, epoch, at_ms, kind, version, command, body, hash FROM event WHERE seq = 1
            AND store_id = decode(repeat('00', 15) || '02', 'hex')";
    other.batch_execute(open).await.unwrap();
    let mut after = 1;
    for n in 1..20 {
        journal.append(group(floor(1), n, &[(u128::from(n) + 1, 1)])).await.unwrap();
        let read = journal.read(floor(1), after, 10).await.unwrap();
        assert_eq!(read.iter().map(|event| event.seq).collect::<Vec<_>>(), [n + 1]);
        after = n + 1;
    }
    assert_eq!(journal.read(floor(2), 0, 10).await.unwrap().len(), 1);
    other.batch_execute("ROLLBACK").await.unwrap();
}

/// What one store's load was told.
#[derive(Default)]
struct Told {
    acked: Vec<(u128, u64)>,
    unknown_written: u32,
    unknown_lost: u32,
    unavailable: u32,
}

/// Appends to a stream of its own until stopped, and settles what was left open as an engine does.
async fn load(journal: Arc<PostgresJournal>, key: StreamKey, stop: Arc<AtomicBool>, ack: impl Fn()) -> Told {
    let mut told = Told::default();
    let (mut epoch, mut seq, mut id) = (journal.take_over(key).await.unwrap(), 0, 1);
    while !stop.load(Ordering::Relaxed) {
        let unknown = match journal.append(Group { epoch, ..group(key, seq, &[(id, 2)]) }).await {
            Ok(head) => {
                ack();
                told.acked.push((id, head.seq));
                (seq, id) = (head.seq, id + 1);
                continue;
            }
            Err(AppendError::Unknown(_)) => true,
            Err(AppendError::Unavailable(_)) => false,
            Err(other) => panic!("{key:?}: {other}"),
        };
        epoch = loop {
            match journal.take_over(key).await {
                Ok(epoch) => break epoch,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        seq = journal.head(key).await.unwrap().seq;
        let written = journal.command(key, CommandId(id)).await.unwrap().is_some();
        assert!(unknown || !written, "{key:?}: command {id} was said not to be written");
        match (unknown, written) {
            (true, true) => told.unknown_written += 1,
            (true, false) => told.unknown_lost += 1,
            (false, _) => told.unavailable += 1,
        }
        id += u128::from(written);
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_primary_loses_nothing_that_was_acknowledged() {
    const STORES: u128 = 24;
    let mut primary = PgTemp::start();
    PostgresJournal::connect(&primary.url(), PostgresOptions::default()).await.unwrap();
    let standby = primary.add_standby_sync();
    let options = PostgresOptions { connect_for: Duration::from_secs(20), ..PostgresOptions::default() };
    let journal = Arc::new(PostgresJournal::connect(&primary.url_with(&standby), options).await.unwrap());

    let (stop, acks) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(vec![Instant::now()])));
    let loads: Vec<_> = (0..STORES)
        .map(|store| {
            let acks = acks.clone();
            tokio::spawn(load(journal.clone(), floor(store), stop.clone(), move || acks.lock().unwrap().push(Instant::now())))
        })
        .collect();
    let enough = async |more: usize| {
        let due = acks.lock().unwrap().len() + more;
        while acks.lock().unwrap().len() < due {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    enough(500).await;
    let killed = Instant::now();
    let standby = tokio::task::spawn_blocking(move || {
        primary.kill9();
        standby.promote();
        standby
    });
    let standby = standby.await.unwrap();
    let promoted = killed.elapsed();
    enough(500).await;
    stop.store(true, Ordering::Relaxed);

    let (mut acked, mut written, mut lost, mut unavailable) = (0, 0, 0, 0);
    let after = PostgresJournal::connect(&standby.url(), PostgresOptions::default()).await.unwrap();
    for (store, told) in (0..STORES).zip(futures::future::join_all(loads).await) {
        let (told, key) = (told.unwrap(), floor(store));
        for (id, last_seq) in &told.acked {
            let command = after.command(key, CommandId(*id)).await.unwrap();
            assert_eq!(command.unwrap_or_else(|| panic!("{key:?}: command {id} is lost")).last_seq, *last_seq);
        }
        let report = after.verify(key, 0).await.unwrap();
        assert_eq!(report.broken, None);
        assert_eq!(report.checked, 2 * (told.acked.len() as u64 + u64::from(told.unknown_written)));
        acked += told.acked.len();
        (written, lost, unavailable) = (written + told.unknown_written, lost + told.unknown_lost, unavailable + told.unavailable);
    }
    let acks = acks.lock().unwrap();
    let gap = acks.windows(2).map(|pair| pair[1].saturating_duration_since(pair[0])).max().unwrap();
    println!(
        "{acked} groups acknowledged, none lost; unknown: {written} written, {lost} not; {unavailable} unavailable; \
         promotion {promoted:?}, longest time without an acknowledgement {gap:?}"
    );
}
