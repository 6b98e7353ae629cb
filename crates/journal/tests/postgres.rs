//! The PostgreSQL journal passes the suite, with plain tables and with tables split by store, and keeps its schema portable.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, sync::Arc};

use journal::{
    AppendError, CommandId, ConnectError, Group, Head, Journal, PostgresJournal, PostgresOptions, ReadError, Schema,
    contract::{self, floor, group},
};
use pg_temp::PgTemp;
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str, schema: Schema) -> PostgresJournal {
    PostgresJournal::connect(url, PostgresOptions { schema, ..PostgresOptions::default() }).await.unwrap()
}

/// A connection without the journal's manners.
async fn raw(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn keeps_the_contract(options: PostgresOptions) {
    let url = PgTemp::shared().database();
    let open = async || Arc::new(PostgresJournal::connect(&url, options).await.unwrap()) as Arc<dyn Journal>;
    open().await;
    let db = raw(&url).await;
    contract::run_all(async || {
        db.batch_execute("TRUNCATE stream, event, command, snapshot, blob").await.unwrap();
        open().await
    })
    .await;
    db.batch_execute("TRUNCATE stream, event, command, snapshot, blob").await.unwrap();
    contract::everything_survives_a_reopen(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_tables_keep_the_contract() {
    keeps_the_contract(PostgresOptions::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_split_by_store_keep_the_contract() {
    keeps_the_contract(PostgresOptions { schema: Schema::Partitioned, ..PostgresOptions::default() }).await;
}

/// As on a cluster whose stores live on different nodes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_store_per_transaction_keeps_the_contract() {
    keeps_the_contract(PostgresOptions { schema: Schema::Partitioned, batch: 1, ..PostgresOptions::default() }).await;
}

#[tokio::test]
async fn many_nodes_may_make_the_tables_at_once() {
    let url = PgTemp::shared().database();
    let missing = PostgresJournal::connect(&url, PostgresOptions { schema: Schema::Present, ..PostgresOptions::default() }).await;
    assert!(matches!(missing, Err(ConnectError::Schema(_))), "{missing:?}");
    futures::future::join_all((0..8).map(|_| connect(&url, Schema::Partitioned))).await;
    // Running the statements again changes nothing, and a newer dandan's tables are left alone.
    let db = raw(&url).await;
    db.batch_execute(journal::PARTITIONED_SCHEMA).await.unwrap();
    db.batch_execute("CREATE OR REPLACE VIEW journal_format AS SELECT CAST(99 AS BIGINT) AS format").await.unwrap();
    let newer = PostgresJournal::connect(&url, PostgresOptions::default()).await.unwrap_err();
    assert!(newer.to_string().contains("format 99"), "{newer}");
}

#[tokio::test]
async fn a_url_that_is_no_use_is_told_at_once() {
    let pg = PgTemp::shared();
    let open = async |url: &str| PostgresJournal::connect(url, PostgresOptions::default()).await.unwrap_err();
    assert!(matches!(open("postgres://[").await, ConnectError::Url(_)));
    let missing = open(&format!("postgres://postgres@127.0.0.1:{}/nowhere", pg.port())).await;
    assert!(missing.to_string().contains("3D000"), "{missing}");
    // Nothing is sent in the clear that was meant to be sealed.
    let sealed = open(&format!("{}?sslmode=require", pg.url())).await;
    assert!(sealed.to_string().contains("TLS"), "{sealed}");
}

/// What the cloud's nodes keep beside the journal, in the same database.
const BESIDE: [&str; 2] = [include_str!("../../dandan/src/cloud/schema.sql"), include_str!("../../dandan/src/cloud/reports.sql")];

/// What a cluster of many nodes refuses, or keeps per node, must not be in the schema.
#[tokio::test]
async fn every_key_begins_with_the_store_and_nothing_needs_one_node() {
    for schema in [Schema::Plain, Schema::Partitioned] {
        let url = PgTemp::shared().database();
        connect(&url, schema).await;
        let db = raw(&url).await;
        for tables in BESIDE {
            db.batch_execute(tables).await.unwrap();
        }
        let keys = "SELECT c.relname::TEXT, a.attname::TEXT FROM pg_index i
            JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] ORDER BY 1";
        let keys = db.query(keys, &[]).await.unwrap();
        assert!(keys.len() >= 20, "{schema:?}: {} indexes", keys.len());
        for key in keys {
            let (table, first): (&str, &str) = (key.get(0), key.get(1));
            // Blobs are named by their content and belong to every store: see schema.sql.
            let due = if table.starts_with("blob") { "hash" } else { "store_id" };
            assert_eq!(first, due, "{schema:?}: an index of {table}");
        }
        for (forbidden, question) in [
            ("sequences", "SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"),
            ("triggers", "SELECT count(*) FROM pg_trigger"),
            ("rules", "SELECT count(*) FROM pg_rules WHERE schemaname = 'public'"),
            ("functions", "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"),
            ("foreign keys", "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"),
            ("exclusion constraints", "SELECT count(*) FROM pg_constraint WHERE contype = 'x'"),
            ("deferrable constraints", "SELECT count(*) FROM pg_constraint WHERE condeferrable"),
            (
                "column types",
                "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'
                 AND data_type NOT IN ('bigint', 'smallint', 'bytea', 'text')",
            ),
            (
                "column defaults",
                "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND column_default IS NOT NULL",
            ),
        ] {
            let found: i64 = db.query_one(question, &[]).await.unwrap().get(0);
            assert_eq!(found, 0, "{schema:?}: {forbidden}");
        }
    }
}

#[tokio::test]
async fn both_kinds_of_tables_have_the_same_columns_and_keys() {
    let shape = async |schema| {
        let url = PgTemp::shared().database();
        connect(&url, schema).await;
        let db = raw(&url).await;
        let of = "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || ordinal_position
                FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT 'index ' || c.relname || ' ' || i.indisunique || ' ' || i.indkey::TEXT
                FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace";
        let rows = db.query(of, &[]).await.unwrap();
        let lines = rows.iter().map(|row| row.get::<_, String>(0));
        // The pieces of a split table are named like it, with a number.
        lines.filter(|line| !line.split([' ', '.']).nth(1).unwrap().ends_with(|last: char| last.is_ascii_digit())).collect()
    };
    let (plain, split): (BTreeSet<String>, BTreeSet<String>) = (shape(Schema::Plain).await, shape(Schema::Partitioned).await);
    assert!(plain.len() > 30);
    assert_eq!(plain, split);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_groups_of_many_stores_share_a_commit() {
    let journal = Arc::new(connect(&PgTemp::shared().database(), Schema::Plain).await);
    let append = |store| {
        let journal = journal.clone();
        tokio::spawn(async move {
            for n in 0..16 {
                journal.append(group(floor(store), n, &[(u128::from(n) + 1, 1)])).await.unwrap();
            }
        })
    };
    let tasks: Vec<_> = (0..64).map(append).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(journal.commits() < 64 * 16 / 4, "{} commits for 1024 groups", journal.commits());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_group_spoils_nothing_for_those_it_shares_a_commit_with() {
    // One writer, so that all of a round wait for the same transaction.
    let options = PostgresOptions { writers: 1, ..PostgresOptions::default() };
    let journal = PostgresJournal::connect(&PgTemp::shared().database(), options).await.unwrap();
    for store in 0..32 {
        journal.append(group(floor(store), 0, &[(1, 2)])).await.unwrap();
    }
    let round = |n: u128| {
        let journal = &journal;
        futures::future::join_all((0..32_u128).map(move |store| {
            let next = 2 + (n as u64 - 2) * 2;
            journal.append(match store {
                3 => group(floor(3), 1, &[(n, 2)]),
                7 => group(floor(7), 2, &[(1, 2)]),
                11 => Group { epoch: 0, ..group(floor(11), 2, &[(n, 0)]) },
                _ => group(floor(store), next, &[(n, 2)]),
            })
        }))
    };
    for n in 2..6_u128 {
        for (store, told) in round(n).await.into_iter().enumerate() {
            match store {
                3 => assert!(matches!(told, Err(AppendError::Conflict { actual }) if actual.seq == 2), "{told:?}"),
                7 => assert_eq!(told, Err(AppendError::DuplicateCommand(CommandId(1)))),
                11 => assert_eq!(told.unwrap().seq, 2),
                _ => assert_eq!(told.unwrap().seq, n as u64 * 2),
            }
        }
    }
    for store in 0..32 {
        let report = journal.verify(floor(store), 0).await.unwrap();
        let due = if [3, 7, 11].contains(&store) { 2 } else { 10 };
        assert_eq!((report.checked, report.broken), (due, None), "store {store}");
    }
}

#[tokio::test]
async fn what_was_tampered_with_is_found() {
    let url = PgTemp::shared().database();
    let (journal, db) = (connect(&url, Schema::Plain).await, raw(&url).await);
    let key = floor(1);
    for (n, change) in (0_u64..).zip([
        "UPDATE event SET body = 'x' WHERE seq = 7",
        "UPDATE event SET epoch = -1 WHERE seq = 7",
        "UPDATE event SET hash = 'x' WHERE seq = 7",
        "UPDATE event SET version = 70000 WHERE seq = 7",
        "DELETE FROM event WHERE seq = 7",
    ]) {
        db.batch_execute("TRUNCATE stream, event, command").await.unwrap();
        // The rows went without the journal's knowledge: what it remembers of the stream no longer holds.
        let head = journal.append(group(key, 0, &[(u128::from(n) + 1, 9)])).await.unwrap();
        assert_eq!(head.seq, 9);
        db.batch_execute(change).await.unwrap();
        assert_eq!(journal.verify(key, 0).await.unwrap().broken.unwrap().seq, 7, "{change}");
    }
    assert_eq!(journal.read(key, 0, 99).await.unwrap().len(), 6);
    assert!(matches!(journal.read(key, 6, 99).await, Err(ReadError::Corrupt { seq: 7, .. })));
    db.batch_execute("UPDATE command SET answer = '{}'; UPDATE stream SET hash = ''").await.unwrap();
    assert!(matches!(journal.command(key, CommandId(5)).await, Err(ReadError::Corrupt { .. })));
    assert!(matches!(journal.read_commands(key, 0..=9).await, Err(ReadError::Corrupt { .. })));
    assert!(matches!(journal.head(key).await, Err(ReadError::Corrupt { .. })));

    let blob = journal.put_blob(b"picture".to_vec()).await.unwrap();
    journal.put_snapshot(key, 1, [1; 32], 1, b"older".to_vec()).await.unwrap();
    journal.put_snapshot(key, 2, [2; 32], 1, b"newer".to_vec()).await.unwrap();
    db.batch_execute("UPDATE blob SET bytes = 'x'; UPDATE snapshot SET bytes = 'x' WHERE seq = 2").await.unwrap();
    assert!(matches!(journal.get_blob(blob).await, Err(ReadError::Corrupt { .. })));
    assert_eq!(journal.latest_snapshot(key, 1).await.unwrap().unwrap().bytes, b"older");
}

/// As a copy does that catches up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_that_follow_each_other_share_commits_and_the_first_that_is_refused_ends_the_row() {
    for batch in [1, 256] {
        let options = PostgresOptions { batch, ..PostgresOptions::default() };
        let journal = PostgresJournal::connect(&PgTemp::shared().database(), options).await.unwrap();
        let row =
            |from: u64, to: u64| (from..to).map(|seq| group(floor(5), seq, &[(u128::from(seq) + 1, 1)])).collect::<Vec<_>>();
        // Begun in this order, without a rest between them.
        let write = async |groups: Vec<Group>| {
            tokio::task::unconstrained(futures::future::join_all(groups.into_iter().map(|group| journal.append(group)))).await
        };
        for (head, seq) in write(row(0, 500)).await.into_iter().zip(1..) {
            assert_eq!(head.map(|head| head.seq), Ok(seq));
        }
        let commits = journal.commits();
        assert!(commits < 50, "{commits} commits for 500 groups");

        let ends_at = |told: &[Result<Head, AppendError>], sound: usize, end: u64| {
            assert_eq!(told.iter().take_while(|told| told.is_ok()).count(), sound);
            assert!(matches!(told[sound], Err(AppendError::DuplicateCommand(_))), "{:?}", told[sound]);
            let conflict = |told: &Result<_, _>| matches!(told, Err(AppendError::Conflict { actual }) if actual.seq == end);
            assert!(told[sound + 1..].iter().all(conflict), "{:?}", &told[sound + 1..]);
        };
        let mut known = row(500, 540);
        known[30] = group(floor(5), 530, &[(7, 1)]);
        ends_at(&write(known).await, 30, 530);
        let mut twice = row(530, 540);
        twice[2] = group(floor(5), 532, &[(531, 1)]);
        ends_at(&write(twice).await, 2, 532);

        let report = journal.verify(floor(5), 0).await.unwrap();
        assert_eq!((report.checked, report.broken), (532, None));
        assert_eq!(journal.head(floor(5)).await.unwrap().hash, report.head.hash);
    }
}
