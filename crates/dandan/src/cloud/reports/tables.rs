//! The reports' tables: how far they are, and the one transaction in which that and the rows change together.

use super::{PATIENCE, VERSION, name_of, pool};
use crate::cloud::book::key;
use anyhow::Context;
use deadpool_postgres::{Pool, Transaction};
use domain::StoreId;
use futures::future::try_join_all;
use journal::Database;
use report::{Change, Row, What};
use std::time::Duration;
use tokio_postgres::types::ToSql;

const SCHEMA: &str = include_str!("../reports.sql");
/// How long a store surely stays with the node that counted it last. Only so that not all nodes do the same; nothing depends on it.
const HOLD: Duration = Duration::from_secs(5);
/// And how long if that node is alive, which shows in its leases: it remembers the store, others would have to read the day again.
const STICK: Duration = Duration::from_secs(60);
/// The database's clock, in milliseconds.
macro_rules! now {
    () => {
        "CAST(extract(epoch FROM now()) * 1000 AS BIGINT)"
    };
}
/// Stores whose floor (stream 1 of the journal) isn't what was counted. A newer node's tables are left alone.
const BEHIND: &str = concat!(
    "SELECT s.store_id FROM stream s LEFT JOIN report_progress p ON p.store_id = s.store_id \
     WHERE s.stream = 1 AND s.seq > 0 AND NOT (s.store_id = ANY($1)) AND (p.store_id IS NULL \
     OR (p.version < $2 OR p.version = $2 AND (p.seq <> s.seq OR p.hash <> s.hash)) AND (p.node = $3 OR p.until_ms < ",
    now!(),
    " - $5 OR p.until_ms < ",
    now!(),
    " AND p.node NOT IN (SELECT node FROM cloud_lease WHERE until_ms >= ",
    now!(),
    "))) ORDER BY coalesce(p.until_ms, 0), s.store_id LIMIT $4"
);
const ENTER: &str = "INSERT INTO report_progress VALUES ($1, $2, 0, '', 0, '', 0) ON CONFLICT (store_id) DO NOTHING";
const CLAIM: &str = concat!(
    "UPDATE report_progress SET node = $2, until_ms = ",
    now!(),
    " + $3 WHERE store_id = $1 AND (node = $2 OR until_ms < ",
    now!(),
    ") RETURNING version, seq, hash"
);
/// The guard: whoever counted the same before finds nothing to change.
const ADVANCE: &str = concat!(
    "UPDATE report_progress SET version = $5, seq = $6, hash = $7, at_ms = $8, node = $9, until_ms = ",
    now!(),
    " + $10 WHERE store_id = $1 AND version = $2 AND seq = $3 AND hash = $4"
);
const CHECKPOINT: &str = "INSERT INTO report_checkpoint VALUES ($1, $2, $3, $4) ON CONFLICT (store_id) DO UPDATE \
     SET version = excluded.version, seq = excluded.seq, state = excluded.state";
/// Everything of a store but its progress.
const FORGET: [&str; 6] = [
    "DELETE FROM report_checkpoint WHERE store_id = $1",
    "DELETE FROM report_day WHERE store_id = $1",
    "DELETE FROM report_slot WHERE store_id = $1",
    "DELETE FROM report_way WHERE store_id = $1",
    "DELETE FROM report_dish WHERE store_id = $1",
    "DELETE FROM report_cook WHERE store_id = $1",
];

/// Where the counting of a store stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub version: i64,
    /// The last event counted; 0 before the first.
    pub seq: u64,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// From where to where, and what is different then.
#[derive(Debug)]
pub struct Advance<'a> {
    pub from: &'a Standing,
    pub to: &'a Standing,
    /// When the last event was written, in UTC milliseconds.
    pub at_ms: i64,
    pub changes: &'a [Change],
    /// The projector as it is then, where it is kept.
    pub checkpoint: Option<Vec<u8>>,
}

/// The tables, for writing.
#[derive(Clone, Debug)]
pub struct Tables {
    pool: Pool,
}

impl Tables {
    /// Opens them, making those that are missing.
    ///
    /// # Errors
    /// If the database can't be reached, or refuses.
    pub async fn open(database: Database) -> anyhow::Result<Tables> {
        let tables = Tables { pool: pool(database, "dandan-projector")? };
        for statement in SCHEMA.split_inclusive(';').filter(|statement| !statement.trim().is_empty()) {
            // Two nodes that start at once may both make a table; the second is told that it is there.
            if let Err(error) = tables.pool.get().await?.batch_execute(statement).await {
                tables.pool.get().await?.batch_execute(statement).await.with_context(|| format!("{error}"))?;
            }
        }
        Ok(tables)
    }

    /// Stores that this node may bring up to date, other than these; longest untouched first.
    pub async fn behind(&self, node: &str, other_than: &[StoreId], most: i64) -> anyhow::Result<Vec<StoreId>> {
        let other_than: Vec<Vec<u8>> = other_than.iter().map(|store| key(*store)).collect();
        let asked = async {
            let client = self.pool.get().await?;
            let statement = client.prepare_cached(BEHIND).await?;
            Ok::<_, anyhow::Error>(client.query(&statement, &[&other_than, &VERSION, &node, &most, &ms(STICK)]).await?)
        };
        let rows = tokio::time::timeout(PATIENCE, asked).await.context("the database doesn't answer")??;
        rows.iter().map(super::store_of).collect()
    }

    /// Takes a store for this node, and says where it stands; nothing where another node has it.
    pub async fn claim(&self, store: StoreId, node: &str) -> anyhow::Result<Option<Standing>> {
        let asked = async {
            let client = self.pool.get().await?;
            let enter = client.prepare_cached(ENTER).await?;
            client.execute(&enter, &[&key(store), &VERSION]).await?;
            let claim = client.prepare_cached(CLAIM).await?;
            Ok::<_, anyhow::Error>(client.query_opt(&claim, &[&key(store), &node, &ms(HOLD)]).await?)
        };
        let row = tokio::time::timeout(PATIENCE, asked).await.context("the database doesn't answer")??;
        let standing = |row: tokio_postgres::Row| {
            let seq = u64::try_from(row.try_get::<_, i64>(1)?)?;
            Ok(Standing { version: row.try_get(0)?, seq, hash: row.try_get(2)? })
        };
        row.map(standing).transpose()
    }

    /// The projector as it was kept last by this version of the code, and after which event.
    pub async fn checkpoint(&self, store: StoreId) -> anyhow::Result<Option<(u64, Vec<u8>)>> {
        const SQL: &str = "SELECT seq, state FROM report_checkpoint WHERE store_id = $1 AND version = $2";
        let asked = async {
            let client = self.pool.get().await?;
            let statement = client.prepare_cached(SQL).await?;
            Ok::<_, anyhow::Error>(client.query_opt(&statement, &[&key(store), &VERSION]).await?)
        };
        let row = tokio::time::timeout(PATIENCE, asked).await.context("the database doesn't answer")??;
        row.map(|row| Ok((u64::try_from(row.try_get::<_, i64>(0)?)?, row.try_get(1)?))).transpose()
    }

    /// Deletes everything of a store, so that it is counted from the beginning; false where somebody else was there before.
    pub async fn begin_again(&self, store: StoreId, from: &Standing, node: &str) -> anyhow::Result<bool> {
        let nothing = Standing { version: VERSION, seq: 0, hash: Vec::new() };
        let advance = Advance { from, to: &nothing, at_ms: 0, changes: &[], checkpoint: None };
        self.write(store, &advance, node, &FORGET).await
    }

    /// Writes what is different, and how far that is, in one transaction; false, and nothing written, where somebody else was there before.
    ///
    /// # Errors
    /// Whatever keeps it from being written. It may have been, all the same; whoever asks where it stands is told.
    pub async fn advance(&self, store: StoreId, advance: &Advance<'_>, node: &str) -> anyhow::Result<bool> {
        self.write(store, advance, node, &[]).await
    }

    async fn write(&self, store: StoreId, advance: &Advance<'_>, node: &str, first: &[&str]) -> anyhow::Result<bool> {
        let Advance { from, to, at_ms, changes, checkpoint } = advance;
        let id = key(store);
        let written = async {
            let mut client = self.pool.get().await?;
            let one = client.transaction().await?;
            let guard = one.prepare_cached(ADVANCE).await?;
            let (was, is) = (number(from.seq), number(to.seq));
            let guarded: [&(dyn ToSql + Sync); 10] =
                [&id, &from.version, &was, &from.hash, &to.version, &is, &to.hash, at_ms, &node, &ms(HOLD)];
            if one.execute(&guard, &guarded).await? == 0 {
                return Ok(false);
            }
            for sql in first {
                let statement = one.prepare_cached(sql).await?;
                one.execute(&statement, &[&id]).await?;
            }
            // All old rows go before new ones come; within each the statements don't wait for each other's answers.
            try_join_all(changes.iter().map(|change| delete(&one, &id, change))).await?;
            try_join_all(changes.iter().map(|change| insert(&one, &id, change))).await?;
            if let Some(state) = checkpoint {
                let statement = one.prepare_cached(CHECKPOINT).await?;
                one.execute(&statement, &[&id, &to.version, &is, state]).await?;
            }
            one.commit().await?;
            Ok::<_, anyhow::Error>(true)
        };
        tokio::time::timeout(PATIENCE, written).await.context("the database doesn't answer")?
    }
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

async fn delete(one: &Transaction<'_>, store: &Vec<u8>, change: &Change) -> anyhow::Result<()> {
    let day = i64::from(change.day);
    match &change.what {
        What::Day => run(one, "DELETE FROM report_day WHERE store_id = $1 AND day = $2", &[store, &day]).await,
        What::Slot(slot) => {
            let sql = "DELETE FROM report_slot WHERE store_id = $1 AND day = $2 AND slot = $3";
            run(one, sql, &[store, &day, &i16::from(*slot)]).await
        }
        What::Way(way) => {
            let sql = "DELETE FROM report_way WHERE store_id = $1 AND day = $2 AND way = $3";
            run(one, sql, &[store, &day, &name_of(*way)]).await
        }
        What::Dish(dish) => {
            let sql = "DELETE FROM report_dish WHERE store_id = $1 AND day = $2 AND dish = $3";
            run(one, sql, &[store, &day, &dish.as_str()]).await
        }
        What::Cook(station, bucket) => {
            let sql = "DELETE FROM report_cook WHERE store_id = $1 AND day = $2 AND station = $3 AND bucket = $4";
            run(one, sql, &[store, &day, &station.as_str(), &i16::from(*bucket)]).await
        }
    }
}

async fn insert(one: &Transaction<'_>, store: &Vec<u8>, change: &Change) -> anyhow::Result<()> {
    let day = i64::from(change.day);
    match &change.row {
        None => Ok(()),
        Some(Row::Day(row)) => {
            let sql = "INSERT INTO report_day VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
                 $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)";
            let (opened, closed) = (row.opened_at.0, row.closed_at.map(|at| at.0));
            let values = row.figures.values();
            let mut with: Vec<&(dyn ToSql + Sync)> = vec![store, &day, &row.date, &opened, &closed, &row.unmatched];
            with.extend(as_sql(&values));
            run(one, sql, &with).await
        }
        Some(Row::Slot(row)) => {
            let (slot, values) = (i16::from(row.slot), row.figures.values());
            let mut with: Vec<&(dyn ToSql + Sync)> = vec![store, &day, &slot];
            with.extend(as_sql(&values));
            run(one, "INSERT INTO report_slot VALUES ($1, $2, $3, $4, $5)", &with).await
        }
        Some(Row::Way(way, figures)) => {
            let (way, values) = (name_of(*way), figures.values());
            let mut with: Vec<&(dyn ToSql + Sync)> = vec![store, &day, &way];
            with.extend(as_sql(&values));
            run(one, "INSERT INTO report_way VALUES ($1, $2, $3, $4, $5, $6, $7)", &with).await
        }
        Some(Row::Dish(row)) => {
            let (dish, values) = (row.dish.as_str(), row.figures.values());
            let mut with: Vec<&(dyn ToSql + Sync)> = vec![store, &day, &dish, &row.name.zh, &row.name.en];
            with.extend(as_sql(&values));
            run(one, "INSERT INTO report_dish VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", &with).await
        }
        Some(Row::Cook(row)) => {
            let (station, bucket, values) = (row.station.as_str(), i16::from(row.bucket), row.figures.values());
            let mut with: Vec<&(dyn ToSql + Sync)> = vec![store, &day, &station, &bucket];
            with.extend(as_sql(&values));
            run(one, "INSERT INTO report_cook VALUES ($1, $2, $3, $4, $5, $6)", &with).await
        }
    }
}

fn as_sql(values: &[i64]) -> impl Iterator<Item = &(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync))
}

async fn run(one: &Transaction<'_>, sql: &str, with: &[&(dyn ToSql + Sync)]) -> anyhow::Result<()> {
    let statement = one.prepare_cached(sql).await?;
    one.execute(&statement, with).await?;
    Ok(())
}
