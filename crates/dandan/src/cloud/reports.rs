//! Reports over all stores: read from tables that a task on every node keeps up to date with the journals.
//!
//! The tables are never the truth: `keep` makes them of the journals, `tables` writes them, and what is here only reads, from a replica
//! where there is one. Every answer says how far it is.

mod compare;
mod keep;
mod tables;

pub use compare::{CompareArgs, ReportArgs, compare, report};
pub use keep::Keeper;
pub use tables::Tables;

use super::book::key;
use anyhow::Context;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts, Transaction};
use domain::StoreId;
use domain::floor::Way;
use jiff::civil::Date;
use journal::Database;
use report::{CookFigures, CookRow, DayFigures, DayRow, DishFigures, DishRow, SlotFigures, SlotRow, WayFigures};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_postgres::types::{FromSqlOwned, ToSql};
use tokio_postgres::{IsolationLevel, NoTls, Row};

/// How long a report may take.
const PATIENCE: Duration = Duration::from_secs(20);
const CONNECTIONS: usize = 4;

/// The version of the tables' content. A node that knows a newer one counts again, one that knows an older one leaves them alone.
const VERSION: i64 =
    report::VERSION as i64 * 1_000 + <engine::machines::FloorMachine as engine::Machine>::SNAPSHOT_VERSION as i64;

/// Business days of which stores: all of them where `$1` is empty.
macro_rules! chosen {
    () => {
        "(cardinality($1::BYTEA[]) = 0 OR d.store_id = ANY($1)) AND d.date BETWEEN $2 AND $3"
    };
}
const DAYS: &str = concat!(
    "SELECT d.store_id, count(*), CAST(coalesce(sum(unmatched), 0) AS BIGINT), \
     CAST(sum(parties) AS BIGINT), CAST(sum(covers) AS BIGINT), CAST(sum(orders) AS BIGINT), CAST(sum(lines) AS BIGINT), \
     CAST(sum(dishes) AS BIGINT), CAST(sum(gross) AS BIGINT), CAST(sum(discounts) AS BIGINT), CAST(sum(comps) AS BIGINT), \
     CAST(sum(comp_count) AS BIGINT), CAST(sum(voids) AS BIGINT), CAST(sum(void_count) AS BIGINT), CAST(sum(remakes) AS BIGINT), \
     CAST(sum(service_charge) AS BIGINT), CAST(sum(other_fees) AS BIGINT), CAST(sum(allowances) AS BIGINT), CAST(sum(net) AS BIGINT), \
     CAST(sum(rounded_off) AS BIGINT), CAST(sum(tips) AS BIGINT), CAST(sum(received) AS BIGINT), CAST(sum(on_account) AS BIGINT), \
     CAST(sum(accounts_paid) AS BIGINT), CAST(sum(refunded) AS BIGINT), CAST(sum(owed) AS BIGINT) \
     FROM report_day d WHERE ",
    chosen!(),
    " GROUP BY d.store_id"
);
const WAYS: &str = concat!(
    "SELECT d.store_id, way, CAST(sum(w.received_count) AS BIGINT), CAST(sum(w.received) AS BIGINT), \
     CAST(sum(w.refunded_count) AS BIGINT), CAST(sum(w.refunded) AS BIGINT) \
     FROM report_day d JOIN report_way w ON w.store_id = d.store_id AND w.day = d.day WHERE ",
    chosen!(),
    " GROUP BY d.store_id, way ORDER BY d.store_id, way"
);
const COOKS: &str = concat!(
    "SELECT d.store_id, bucket, CAST(sum(items) AS BIGINT), CAST(sum(overdue) AS BIGINT) \
     FROM report_day d JOIN report_cook c ON c.store_id = d.store_id AND c.day = d.day WHERE ",
    chosen!(),
    " GROUP BY d.store_id, bucket"
);
/// The node that has a shop's call prolongs its lease; without one nobody hears from the box.
const AS_OF: &str = "SELECT p.store_id, p.seq, p.at_ms, coalesce(s.seq, 0), \
     b.store_id IS NOT NULL AND coalesce(l.until_ms, 0) < CAST(extract(epoch FROM now()) * 1000 AS BIGINT) \
     FROM report_progress p LEFT JOIN stream s ON s.store_id = p.store_id AND s.stream = 1 \
     LEFT JOIN cloud_box b ON b.store_id = p.store_id LEFT JOIN cloud_lease l ON l.store_id = p.store_id \
     WHERE cardinality($1::BYTEA[]) = 0 OR p.store_id = ANY($1)";
const DAY_ROWS: &str = "SELECT day, date, opened_ms, closed_ms, unmatched, parties, covers, orders, lines, dishes, gross, discounts, \
     comps, comp_count, voids, void_count, remakes, service_charge, other_fees, allowances, net, rounded_off, tips, received, \
     on_account, accounts_paid, refunded, owed FROM report_day WHERE store_id = $1 AND date BETWEEN $2 AND $3 ORDER BY day";
const SLOT_ROWS: &str = "SELECT slot, CAST(sum(s.orders) AS BIGINT), CAST(sum(s.net) AS BIGINT) \
     FROM report_day d JOIN report_slot s ON s.store_id = d.store_id AND s.day = d.day \
     WHERE d.store_id = $1 AND d.date BETWEEN $2 AND $3 GROUP BY slot ORDER BY slot";
const WAY_ROWS: &str = "SELECT way, CAST(sum(w.received_count) AS BIGINT), CAST(sum(w.received) AS BIGINT), \
     CAST(sum(w.refunded_count) AS BIGINT), CAST(sum(w.refunded) AS BIGINT) \
     FROM report_day d JOIN report_way w ON w.store_id = d.store_id AND w.day = d.day \
     WHERE d.store_id = $1 AND d.date BETWEEN $2 AND $3 GROUP BY way ORDER BY way";
/// Named as on the latest day.
const DISH_ROWS: &str = "SELECT dish, (array_agg(name_zh ORDER BY d.day DESC))[1], (array_agg(name_en ORDER BY d.day DESC))[1], \
     CAST(sum(s.sold) AS BIGINT), CAST(sum(s.gross) AS BIGINT), CAST(sum(s.comps) AS BIGINT), CAST(sum(s.net) AS BIGINT), \
     CAST(sum(s.voided) AS BIGINT), CAST(sum(s.voids) AS BIGINT) \
     FROM report_day d JOIN report_dish s ON s.store_id = d.store_id AND s.day = d.day \
     WHERE d.store_id = $1 AND d.date BETWEEN $2 AND $3 GROUP BY dish ORDER BY sum(s.sold) DESC, dish";
const COOK_ROWS: &str = "SELECT station, bucket, CAST(sum(c.items) AS BIGINT), CAST(sum(c.overdue) AS BIGINT) \
     FROM report_day d JOIN report_cook c ON c.store_id = d.store_id AND c.day = d.day \
     WHERE d.store_id = $1 AND d.date BETWEEN $2 AND $3 GROUP BY station, bucket ORDER BY station, bucket";

/// How far an answer is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// The newest event of the store's floor that is counted.
    pub seq: u64,
    /// When it was written, in UTC milliseconds; nothing where no event is counted yet.
    pub at_ms: Option<i64>,
    /// So many newer events are here already and not counted yet.
    pub behind: u64,
    /// The store decides in a box of its own that isn't heard from: it may have more than its copy here.
    pub cut_off: bool,
}

/// What a report says of one store, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told<T> {
    pub as_of: AsOf,
    pub rows: Vec<T>,
}

/// One store in a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreFigures {
    pub store: StoreId,
    /// So many business days began within the time asked for.
    pub days: i64,
    /// What didn't add up when they were closed.
    pub unmatched: i64,
    #[serde(flatten)]
    pub figures: DayFigures,
    pub ways: Vec<WayTotal>,
    pub cooking: CookTimes,
    pub as_of: AsOf,
}

/// Money in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WayTotal {
    pub way: Way,
    #[serde(flatten)]
    pub figures: WayFigures,
}

/// How long dishes took from fired to ready.
///
/// # Units
/// Seconds, as the end of the bucket that a half, or nine tenths, have reached; nothing beyond the longest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CookTimes {
    pub items: i64,
    pub overdue: i64,
    pub p50_s: Option<u64>,
    pub p90_s: Option<u64>,
}

/// A station's times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StationTimes {
    pub station: domain::StationId,
    #[serde(flatten)]
    pub times: CookTimes,
}

/// Reads the reports.
#[derive(Clone, Debug)]
pub struct Reports {
    pool: Pool,
}

impl Reports {
    /// Reads from this database: the common one, or a replica of it. Nobody is connected to yet.
    ///
    /// # Errors
    /// If the database can't be used as it is set up.
    pub fn over(database: Database) -> anyhow::Result<Reports> {
        Ok(Reports { pool: pool(database, "dandan-reports")? })
    }

    /// Compares stores over the business days that began on these dates, each in its own time; all stores where none is named.
    /// In the order of their ids, and only those of which anything is counted.
    ///
    /// # Errors
    /// If the database can't be asked now.
    pub async fn compare(&self, stores: &[StoreId], from: Date, to: Date) -> anyhow::Result<Vec<StoreFigures>> {
        let stores: Vec<Vec<u8>> = stores.iter().map(|store| key(*store)).collect();
        let (from, to) = (from.to_string(), to.to_string());
        let with: [&(dyn ToSql + Sync); 3] = [&stores, &from, &to];
        let looked_up = async {
            let mut client = self.pool.get().await?;
            let view = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
            let mut all = BTreeMap::new();
            for row in rows(&view, AS_OF, &with[..1]).await? {
                all.insert(store_of(&row)?, StoreFigures::nothing(store_of(&row)?, as_of(&row, 1)?));
            }
            for row in rows(&view, DAYS, &with).await? {
                let Some(figures) = all.get_mut(&store_of(&row)?) else { continue };
                (figures.days, figures.unmatched) = (row.try_get(1)?, row.try_get(2)?);
                figures.figures = DayFigures::of(values(&row, 3)?);
            }
            for row in rows(&view, WAYS, &with).await? {
                let Some(figures) = all.get_mut(&store_of(&row)?) else { continue };
                figures.ways.push(WayTotal { way: way_of(row.try_get(1)?)?, figures: WayFigures::of(values(&row, 2)?) });
            }
            let mut cooks: BTreeMap<StoreId, Buckets> = BTreeMap::new();
            for row in rows(&view, COOKS, &with).await? {
                cooks.entry(store_of(&row)?).or_default().insert(small(&row, 1)?, CookFigures::of(values(&row, 2)?));
            }
            for (store, buckets) in cooks {
                if let Some(figures) = all.get_mut(&store) {
                    figures.cooking = CookTimes::of(&buckets);
                }
            }
            Ok::<_, anyhow::Error>(all.into_values().collect())
        };
        tokio::time::timeout(PATIENCE, looked_up).await.context("the database doesn't answer")?
    }

    /// A store's business days.
    ///
    /// # Errors
    /// As for [`Reports::compare`]; so for the others.
    pub async fn days(&self, store: StoreId, from: Date, to: Date) -> anyhow::Result<Told<DayRow>> {
        self.told(DAY_ROWS, store, from, to, |row| {
            Ok(DayRow {
                day: u32::try_from(row.try_get::<_, i64>(0)?)?,
                date: row.try_get(1)?,
                opened_at: domain::Timestamp(row.try_get(2)?),
                closed_at: row.try_get::<_, Option<i64>>(3)?.map(domain::Timestamp),
                unmatched: row.try_get(4)?,
                figures: DayFigures::of(values(row, 5)?),
            })
        })
        .await
    }

    /// What a store sold in each half hour of its own day, over these days together.
    pub async fn slots(&self, store: StoreId, from: Date, to: Date) -> anyhow::Result<Told<SlotRow>> {
        self.told(SLOT_ROWS, store, from, to, |row| {
            Ok(SlotRow { slot: small(row, 0)?, figures: SlotFigures::of(values(row, 1)?) })
        })
        .await
    }

    /// In what ways money came to a store and went back, over these days together.
    pub async fn ways(&self, store: StoreId, from: Date, to: Date) -> anyhow::Result<Told<WayTotal>> {
        self.told(WAY_ROWS, store, from, to, |row| {
            Ok(WayTotal { way: way_of(row.try_get(0)?)?, figures: WayFigures::of(values(row, 1)?) })
        })
        .await
    }

    /// A store's dishes over these days together, what sold best first.
    pub async fn dishes(&self, store: StoreId, from: Date, to: Date) -> anyhow::Result<Told<DishRow>> {
        self.told(DISH_ROWS, store, from, to, |row| {
            let dish: String = row.try_get(0)?;
            let name = domain::Text { zh: row.try_get(1)?, en: row.try_get(2)? };
            Ok(DishRow { dish: dish.parse()?, name, figures: DishFigures::of(values(row, 3)?) })
        })
        .await
    }

    /// How long a store's stations took, over these days together.
    pub async fn stations(&self, store: StoreId, from: Date, to: Date) -> anyhow::Result<Told<StationTimes>> {
        let told = self.told(COOK_ROWS, store, from, to, |row| {
            let station: String = row.try_get(0)?;
            Ok(CookRow { station: station.parse()?, bucket: small(row, 1)?, figures: CookFigures::of(values(row, 2)?) })
        });
        let told = told.await?;
        let mut stations: BTreeMap<domain::StationId, Buckets> = BTreeMap::new();
        for row in told.rows {
            stations.entry(row.station).or_default().insert(row.bucket, row.figures);
        }
        let rows = stations.into_iter().map(|(station, buckets)| StationTimes { station, times: CookTimes::of(&buckets) });
        Ok(Told { as_of: told.as_of, rows: rows.collect() })
    }

    async fn told<T>(
        &self,
        sql: &str,
        store: StoreId,
        from: Date,
        to: Date,
        read: impl Fn(&Row) -> anyhow::Result<T>,
    ) -> anyhow::Result<Told<T>> {
        let (id, from, to) = (key(store), from.to_string(), to.to_string());
        let looked_up = async {
            let mut client = self.pool.get().await?;
            let view = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
            let far = rows(&view, AS_OF, &[&vec![id.clone()]]).await?;
            let as_of = far.first().map(|row| as_of(row, 1)).transpose()?.unwrap_or_default();
            let rows = rows(&view, sql, &[&id, &from, &to]).await?;
            Ok(Told { as_of, rows: rows.iter().map(read).collect::<anyhow::Result<_>>()? })
        };
        tokio::time::timeout(PATIENCE, looked_up).await.context("the database doesn't answer")?
    }
}

type Buckets = BTreeMap<u8, CookFigures>;

impl CookTimes {
    fn of(buckets: &Buckets) -> CookTimes {
        let items: BTreeMap<u8, i64> = buckets.iter().map(|(bucket, figures)| (*bucket, figures.items)).collect();
        let reached = |of_hundred| report::reached_by(&items, of_hundred).and_then(report::up_to_s);
        CookTimes {
            items: items.values().sum(),
            overdue: buckets.values().map(|figures| figures.overdue).sum(),
            p50_s: reached(50),
            p90_s: reached(90),
        }
    }
}

impl StoreFigures {
    fn nothing(store: StoreId, as_of: AsOf) -> StoreFigures {
        let (figures, cooking) = (DayFigures::default(), CookTimes::default());
        StoreFigures { store, days: 0, unmatched: 0, figures, ways: Vec::new(), cooking, as_of }
    }
}

/// Connections to the database, none of them made yet.
fn pool(database: Database, name: &str) -> anyhow::Result<Pool> {
    let database = database.usable()?;
    let mut config = database.config().clone();
    config.connect_timeout(PATIENCE).keepalives_idle(Duration::from_secs(5)).application_name(name);
    let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match database.tls() {
        Some(tls) => Manager::from_config(config, tls, how),
        None => Manager::from_config(config, NoTls, how),
    };
    let timeouts = Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) };
    Ok(Pool::builder(manager).max_size(CONNECTIONS).timeouts(timeouts).runtime(Runtime::Tokio1).build()?)
}

async fn rows(view: &Transaction<'_>, sql: &str, with: &[&(dyn ToSql + Sync)]) -> anyhow::Result<Vec<Row>> {
    let statement =
        view.prepare_cached(sql).await.context("the reports can't be read; their tables are made by a node when it starts")?;
    Ok(view.query(&statement, with).await?)
}

fn store_of(row: &Row) -> anyhow::Result<StoreId> {
    let bytes: Vec<u8> = row.try_get(0)?;
    let bytes = bytes.try_into().map_err(|_| anyhow::anyhow!("a store's id isn't 16 bytes long"))?;
    Ok(StoreId(u128::from_be_bytes(bytes)))
}

fn as_of(row: &Row, from: usize) -> anyhow::Result<AsOf> {
    let (seq, at_ms, head): (i64, i64, i64) = (row.try_get(from)?, row.try_get(from + 1)?, row.try_get(from + 2)?);
    let behind = u64::try_from(head.saturating_sub(seq)).unwrap_or_default();
    Ok(AsOf { seq: u64::try_from(seq)?, at_ms: (seq > 0).then_some(at_ms), behind, cut_off: row.try_get(from + 3)? })
}

/// So many figures beside each other, from this column on.
fn values<const N: usize, T: FromSqlOwned + Default + Copy>(row: &Row, from: usize) -> anyhow::Result<[T; N]> {
    let mut values = [T::default(); N];
    for (column, value) in values.iter_mut().enumerate() {
        *value = row.try_get(from + column)?;
    }
    Ok(values)
}

fn small(row: &Row, column: usize) -> anyhow::Result<u8> {
    Ok(u8::try_from(row.try_get::<_, i16>(column)?)?)
}

fn way_of(name: String) -> anyhow::Result<Way> {
    serde_json::from_value(name.into()).context("a way of paying nobody knows")
}

fn name_of(way: Way) -> String {
    serde_json::to_value(way).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
