//! What the nodes tell each other through the database: which stores there are, and which node decides for each right now.
//!
//! A lease is a hint with an end. Time is the database's, so that the nodes' clocks need not agree. Nothing here guards a journal.

use super::boxes::Kind;
use anyhow::Context;
use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use domain::StoreId;
use journal::Database;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::{NoTls, Row};

/// How long a lease lasts without being renewed.
pub const LEASE: Duration = Duration::from_secs(6);
/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(4);
const CONNECTIONS: usize = 4;
const SCHEMA: &str = include_str!("schema.sql");
/// The database's clock, in milliseconds.
macro_rules! now {
    () => {
        "CAST(extract(epoch FROM now()) * 1000 AS BIGINT)"
    };
}
const ADD: &str = concat!(
    "INSERT INTO cloud_store SELECT $1, $2, ",
    now!(),
    " WHERE NOT EXISTS (SELECT 1 FROM cloud_box WHERE store_id = $1) ON CONFLICT (store_id) DO NOTHING"
);
const ANY_STORE: &str =
    "SELECT 1 FROM cloud_store UNION ALL SELECT 1 FROM cloud_box UNION ALL SELECT 1 FROM cloud_secret LIMIT 1";
const TAKE: &str = concat!(
    "INSERT INTO cloud_lease VALUES ($1, $2, $3, ",
    now!(),
    " + $4) ON CONFLICT (store_id) DO UPDATE SET node = excluded.node, url = excluded.url, until_ms = excluded.until_ms \
     WHERE cloud_lease.until_ms < ",
    now!(),
    " OR cloud_lease.node = excluded.node RETURNING node"
);
const TAKE_FOR_BOX: &str = concat!(
    "INSERT INTO cloud_lease VALUES ($1, $2, $3, ",
    now!(),
    " + $4) ON CONFLICT (store_id) DO UPDATE SET node = excluded.node, url = excluded.url, until_ms = excluded.until_ms"
);
const RENEW: &str =
    concat!("UPDATE cloud_lease SET until_ms = ", now!(), " + $3 WHERE node = $1 AND store_id = ANY($2) RETURNING store_id");
/// Over at once; when it was is what head office is shown as the last that was seen of the box.
const GIVE_BACK: &str =
    concat!("UPDATE cloud_lease SET until_ms = least(until_ms, ", now!(), " - 1) WHERE store_id = $1 AND node = $2");
const HOLDERS: &str = concat!("SELECT store_id, node, url, until_ms >= ", now!(), " FROM cloud_lease WHERE store_id = ANY($1)");
const ORPHANS: &str = concat!(
    "SELECT store_id FROM cloud_lease WHERE until_ms > 0 AND until_ms < ",
    now!(),
    // A shop with a box needs nobody: its box calls again.
    " AND EXISTS (SELECT 1 FROM cloud_store WHERE cloud_store.store_id = cloud_lease.store_id) ORDER BY until_ms LIMIT $1"
);

/// Who decides for a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The node's name.
    pub node: String,
    /// Where it is reached.
    pub url: String,
    /// It has not ended.
    pub live: bool,
}

/// What stores are, and when that was looked up.
pub(super) type Kinds = BTreeMap<StoreId, (Instant, Kind)>;

/// The nodes' common book.
#[derive(Clone, Debug)]
pub struct Book {
    pool: Pool,
    /// Stores as they were looked up last.
    pub(super) kinds: Arc<Mutex<Kinds>>,
}

impl Book {
    /// Opens it, making its tables where they are missing.
    pub async fn open(database: Database) -> anyhow::Result<Book> {
        let database = database.usable()?;
        let mut config = database.config().clone();
        config.connect_timeout(PATIENCE).keepalives_idle(Duration::from_secs(5)).application_name("dandan-book");
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match database.tls() {
            Some(tls) => Manager::from_config(config, tls, how),
            None => Manager::from_config(config, NoTls, how),
        };
        let timeouts = Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) };
        let pool = Pool::builder(manager).max_size(CONNECTIONS).timeouts(timeouts).runtime(Runtime::Tokio1).build()?;
        let book = Book { pool, kinds: Arc::default() };
        book.make_tables(SCHEMA).await?;
        Ok(book)
    }

    /// Makes the tables that are missing.
    pub(super) async fn make_tables(&self, schema: &str) -> anyhow::Result<()> {
        for statement in schema.split_inclusive(';').filter(|statement| !statement.trim().is_empty()) {
            // Two nodes that start at once may both make a table; the second is told that it is there.
            if let Err(error) = self.pool.get().await?.batch_execute(statement).await {
                self.pool.get().await?.batch_execute(statement).await.with_context(|| format!("{error}"))?;
            }
        }
        Ok(())
    }

    /// A connection, for what takes a transaction.
    pub(super) async fn client(&self) -> anyhow::Result<Client> {
        Ok(self.pool.get().await?)
    }

    pub(super) async fn rows(&self, sql: &str, with: &[&(dyn tokio_postgres::types::ToSql + Sync)]) -> anyhow::Result<Vec<Row>> {
        let asked = async {
            let client = self.pool.get().await?;
            let statement = client.prepare_cached(sql).await?;
            Ok::<_, anyhow::Error>(client.query(&statement, with).await?)
        };
        tokio::time::timeout(PATIENCE, asked).await.context("the database doesn't answer")?
    }

    /// Whether there is nothing yet that keys are needed for.
    pub async fn is_empty(&self) -> anyhow::Result<bool> {
        Ok(self.rows(ANY_STORE, &[]).await?.is_empty())
    }

    /// Adds a store. Adding it again changes nothing.
    pub async fn add(&self, store: StoreId, time_zone: &str) -> anyhow::Result<()> {
        self.rows(ADD, &[&key(store), &time_zone]).await.map(drop)
    }

    /// A store's time zone; nothing where there is no such store.
    pub async fn time_zone(&self, store: StoreId) -> anyhow::Result<Option<String>> {
        let rows = self.rows("SELECT time_zone FROM cloud_store WHERE store_id = $1", &[&key(store)]).await?;
        Ok(rows.first().map(|row| row.get(0)))
    }

    /// Takes a store's lease, if it is free or this node's own. Otherwise: who has it.
    pub async fn take(&self, store: StoreId, node: &str, url: &str) -> anyhow::Result<Result<(), Lease>> {
        if !self.rows(TAKE, &[&key(store), &node, &url, &lease_ms()]).await?.is_empty() {
            return Ok(Ok(()));
        }
        let holder = self.holders(&[store]).await?.remove(&store);
        // Gone in the meantime: whoever asks again gets it.
        Ok(Err(holder.unwrap_or(Lease { node: String::new(), url: String::new(), live: false })))
    }

    /// Ends the lease of a node that is gone.
    pub async fn end(&self, store: StoreId, url: &str) -> anyhow::Result<()> {
        self.rows("UPDATE cloud_lease SET until_ms = 1 WHERE store_id = $1 AND url = $2", &[&key(store), &url]).await.map(drop)
    }

    /// Prolongs this node's leases; the stores it still has.
    pub async fn renew(&self, node: &str, stores: &[StoreId]) -> anyhow::Result<Vec<StoreId>> {
        let keys: Vec<Vec<u8>> = stores.iter().map(|store| key(*store)).collect();
        Ok(self.rows(RENEW, &[&node, &keys, &lease_ms()]).await?.iter().filter_map(|row| store_of(row.get(0))).collect())
    }

    /// Gives this node's leases back.
    pub async fn release(&self, node: &str) -> anyhow::Result<()> {
        self.rows("UPDATE cloud_lease SET until_ms = 0 WHERE node = $1", &[&node]).await.map(drop)
    }

    /// Who decides for these stores.
    pub async fn holders(&self, stores: &[StoreId]) -> anyhow::Result<BTreeMap<StoreId, Lease>> {
        let keys: Vec<Vec<u8>> = stores.iter().map(|store| key(*store)).collect();
        let rows = self.rows(HOLDERS, &[&keys]).await?;
        let lease = |row: &Row| Some((store_of(row.get(0))?, Lease { node: row.get(1), url: row.get(2), live: row.get(3) }));
        Ok(rows.iter().filter_map(lease).collect())
    }

    /// Stores whose node has gone without giving them back: somebody must look after what is outstanding there.
    pub async fn orphans(&self, most: i64) -> anyhow::Result<Vec<StoreId>> {
        Ok(self.rows(ORPHANS, &[&most]).await?.iter().filter_map(|row| store_of(row.get(0))).collect())
    }
}

impl Book {
    /// Takes a store's lease from whoever has it: the box has called here.
    pub async fn take_for_box(&self, store: StoreId, node: &str, url: &str) -> anyhow::Result<()> {
        self.rows(TAKE_FOR_BOX, &[&key(store), &node, &url, &lease_ms()]).await.map(drop)
    }

    /// Gives one lease back, if it is still this node's.
    pub async fn give_back(&self, store: StoreId, node: &str) -> anyhow::Result<()> {
        self.rows(GIVE_BACK, &[&key(store), &node]).await.map(drop)
    }
}

fn lease_ms() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn key(store: StoreId) -> Vec<u8> {
    store.0.to_be_bytes().to_vec()
}

pub(super) fn store_of(bytes: Vec<u8>) -> Option<StoreId> {
    Some(StoreId(u128::from_be_bytes(bytes.try_into().ok()?)))
}
