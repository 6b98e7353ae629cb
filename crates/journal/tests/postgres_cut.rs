//! A connection to PostgreSQL cut at every moment of an append: the answer is never a lie, and taking over settles it.
#![allow(clippy::unwrap_used)]

mod wire;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use journal::{
    AppendError, CommandId, Group, Head, Journal, PostgresJournal, PostgresOptions, WriteError,
    contract::{floor, group},
};
use pg_temp::PgTemp;
use tokio_postgres::NoTls;
use wire::{Cut, Wire};

/// Short patience, so that the tests are quick; long enough for a machine with other work.
fn options() -> PostgresOptions {
    PostgresOptions {
        writers: 1,
        lock_wait: Duration::from_millis(4000),
        idle_transaction: Duration::from_millis(1000),
        connect_for: Duration::from_millis(300),
        ..PostgresOptions::default()
    }
}

/// Appends two groups, the second over a connection that is cut; returns what was answered and the journal.
async fn append_and_cut(cut: Cut) -> (Result<Head, AppendError>, Arc<PostgresJournal>) {
    let pg = PgTemp::shared();
    let wire = Wire::new(pg.port()).await;
    let url = wire.url(&pg.database(), pg.port());
    let journal = Arc::new(PostgresJournal::connect(&url, options()).await.unwrap());
    assert_eq!(journal.take_over(floor(1)).await.unwrap(), 1);
    journal.append(Group { epoch: 1, ..group(floor(1), 0, &[(1, 2)]) }).await.unwrap();
    wire.arm(cut);
    let told = journal.append(Group { epoch: 1, ..group(floor(1), 2, &[(2, 3)]) }).await;
    wire.struck().await;
    (told, journal)
}

/// Takes over and says whether the second command is in the journal; all else must agree with it.
async fn settled(journal: &PostgresJournal) -> bool {
    let key = floor(1);
    assert_eq!(journal.take_over(key).await.unwrap(), 2);
    let written = journal.command(key, CommandId(2)).await.unwrap().is_some();
    let head = journal.head(key).await.unwrap();
    assert_eq!(head.seq, if written { 5 } else { 2 });
    assert_eq!(journal.verify(key, 0).await.unwrap().checked, head.seq);
    // The old epoch is over, and the stream goes on under the new one.
    let old = journal.append(Group { epoch: 1, ..group(key, head.seq, &[(3, 1)]) }).await;
    assert_eq!(old, Err(AppendError::Conflict { actual: head }));
    let again = journal.append(Group { epoch: 2, ..group(key, head.seq, &[(2, 3)]) }).await;
    assert_eq!(again.is_ok(), !written);
    written
}

#[tokio::test]
async fn cut_before_commit_was_sent_nothing_was_written() {
    for cut in [Cut::BeforeBegin, Cut::AfterStatements] {
        let (told, journal) = append_and_cut(cut).await;
        assert!(matches!(told, Err(AppendError::Unavailable(_))), "{cut:?}: {told:?}");
        assert!(!settled(&journal).await, "{cut:?}");
    }
}

#[tokio::test]
async fn cut_after_commit_was_sent_the_outcome_is_unknown_and_taking_over_settles_it() {
    for (cut, written) in [(Cut::CommitLost, false), (Cut::AnswerLost, true)] {
        let (told, journal) = append_and_cut(cut).await;
        assert!(matches!(told, Err(AppendError::Unknown(_))), "{cut:?}: {told:?}");
        assert_eq!(settled(&journal).await, written, "{cut:?}");
    }
}

/// The head's row is locked from the first statement to the end of the transaction, and COMMIT is sent while it is: so taking over,
/// which needs the row, comes after a COMMIT that is still on its way.
#[tokio::test]
async fn taking_over_waits_for_a_commit_that_is_still_on_its_way() {
    let (told, journal) = append_and_cut(Cut::CommitLate(200)).await;
    assert!(matches!(told, Err(AppendError::Unknown(_))), "{told:?}");
    let began = Instant::now();
    assert!(settled(&journal).await);
    assert!(began.elapsed() > Duration::from_millis(100), "it waited for {:?}", began.elapsed());
}

#[tokio::test]
async fn a_dead_nodes_open_transaction_is_ended_by_the_server_and_then_taking_over_goes_on() {
    let (told, journal) = append_and_cut(Cut::CommitLostUnnoticed).await;
    assert!(matches!(told, Err(AppendError::Unknown(_))), "{told:?}");
    assert!(!settled(&journal).await);
}

#[tokio::test]
async fn a_stream_held_by_someone_else_is_unavailable_and_holds_nobody_else_up_for_long() {
    let pg = PgTemp::shared();
    let url = pg.database();
    let journal =
        PostgresJournal::connect(&url, PostgresOptions { lock_wait: Duration::from_millis(200), ..options() }).await.unwrap();
    for store in 1..4 {
        journal.append(group(floor(store), 0, &[(1, 1)])).await.unwrap();
    }
    let (holder, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let hold = "BEGIN; UPDATE stream SET epoch = epoch WHERE store_id = decode(repeat('00', 15) || '02', 'hex')";
    holder.batch_execute(hold).await.unwrap();
    let told = futures::future::join_all((1..4).map(|store| journal.append(group(floor(store), 1, &[(2, 1)])))).await;
    assert_eq!((told[0].as_ref().unwrap().seq, told[2].as_ref().unwrap().seq), (2, 2));
    assert!(matches!(told[1], Err(AppendError::Unavailable(_))), "{:?}", told[1]);
    assert!(matches!(journal.take_over(floor(2)).await, Err(WriteError::Unavailable(_))));
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(journal.append(group(floor(2), 1, &[(2, 1)])).await.unwrap().seq, 2);
}

#[tokio::test]
async fn a_restarted_server_is_found_again() {
    let mut pg = PgTemp::start();
    let journal =
        PostgresJournal::connect(&pg.url(), PostgresOptions { connect_for: Duration::from_secs(5), ..options() }).await.unwrap();
    let mut seq = journal.append(group(floor(1), 0, &[(1, 1)])).await.unwrap().seq;
    let blob = journal.put_blob(b"menu".to_vec()).await.unwrap();
    for (id, killed) in [(2, false), (3, true)] {
        if killed {
            pg.kill9();
            let down = PostgresOptions { connect_for: Duration::from_millis(50), ..options() };
            assert!(PostgresJournal::connect(&pg.url(), down).await.is_err());
        }
        pg.restart();
        // What is kept open may have died unnoticed: reads try again by themselves, a write says that nothing was written.
        assert_eq!(journal.get_blob(blob).await.unwrap().unwrap(), b"menu");
        seq = match journal.append(group(floor(1), seq, &[(id, 1)])).await {
            Err(AppendError::Unavailable(_)) => journal.append(group(floor(1), seq, &[(id, 1)])).await.unwrap().seq,
            told => told.unwrap().seq,
        };
        assert_eq!(journal.head(floor(1)).await.unwrap().seq, seq);
    }
}

#[tokio::test]
async fn a_server_that_became_read_only_refuses_and_is_left() {
    let pg = PgTemp::start();
    let journal = PostgresJournal::connect(&pg.url(), options()).await.unwrap();
    journal.append(group(floor(1), 0, &[(1, 1)])).await.unwrap();
    let switch = async |on: &str| {
        pg.psql(&format!("ALTER SYSTEM SET default_transaction_read_only = {on}"));
        pg.psql("SELECT pg_reload_conf()");
        // The reload reaches every session before its next statement, or soon after.
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    switch("on").await;
    for _ in 0..2 {
        let told = journal.append(group(floor(1), 1, &[(2, 1)])).await;
        assert!(matches!(told, Err(AppendError::Unavailable(_))), "{told:?}");
    }
    assert!(matches!(journal.take_over(floor(1)).await, Err(WriteError::Unavailable(_))));
    switch("off").await;
    assert_eq!(journal.append(group(floor(1), 1, &[(2, 1)])).await.unwrap().seq, 2);
}

/// A commit that waits for its standby holds the stream's row, and nobody sees it: taking over says "not now" until it is settled.
#[tokio::test]
async fn a_commit_that_waits_for_its_standby_is_unknown_and_not_visible_until_the_standby_has_it() {
    let primary = PgTemp::start();
    PostgresJournal::connect(&primary.url(), options()).await.unwrap();
    let mut standby = primary.add_standby_sync();
    let impatient =
        PostgresOptions { answer_within: Duration::from_millis(1000), lock_wait: Duration::from_millis(200), ..options() };
    let journal = PostgresJournal::connect(&primary.url(), impatient).await.unwrap();
    let (key, epoch) = (floor(1), journal.take_over(floor(1)).await.unwrap());
    standby.kill9();
    let told = journal.append(Group { epoch, ..group(key, 0, &[(1, 2)]) }).await;
    assert!(matches!(told, Err(AppendError::Unknown(_))), "{told:?}");
    assert!(matches!(journal.take_over(key).await, Err(WriteError::Unavailable(_))));
    assert_eq!(journal.command(key, CommandId(1)).await, Ok(None));
    assert_eq!(journal.read(key, 0, 9).await.unwrap(), []);
    standby.restart();
    let epoch = loop {
        match journal.take_over(key).await {
            Ok(epoch) => break epoch,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert!(epoch > 1);
    assert!(journal.command(key, CommandId(1)).await.unwrap().is_some());
    assert_eq!(journal.verify(key, 0).await.unwrap().checked, 2);
}
