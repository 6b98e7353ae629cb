//! Head office, the cloud's side: a brand with its regions and stores, and what it wants of each store.
//!
//! Head office's tables say what is wanted. From them follows one document for each store, the directive, which is numbered, signed and
//! delivered until the store has it. Nothing reaches into a store: it reads the directive by itself and keeps to it, cut off or not.

pub mod cli;
mod deliver;
mod devices;
pub mod http;
mod menus;
mod people;
mod plan;
mod refusal;
mod releases;
mod tokens;
mod tree;
mod units;
mod wish;

pub use deliver::run;

use super::book::Book;
use anyhow::Context;
use deadpool_postgres::{Client, Transaction};
use refusal::{No, Outcome};
use serde::Serialize;
use serde_json::Value;
use tokens::Seat;
use tokio::sync::Notify;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use tree::{Kind, Tree, Unit};

pub const SCHEMA: &str = include_str!("schema.sql");
/// How many acts are listed at most.
const MOST_ACTS: i64 = 500;
const UNITS: &str = "SELECT unit, kind, parent, name, store_id FROM office_unit WHERE brand = $1";
const BEGIN: &str = "SELECT revision FROM office_brand WHERE brand = $1 FOR UPDATE";
const RAISE: &str = "UPDATE office_brand SET revision = $2 WHERE brand = $1";
const WRITE_DOWN: &str = "INSERT INTO office_act VALUES ($1, $2, $3, $4, $5, $6, $7)";
const ACTS: &str =
    "SELECT at_ms, unit, by_whom, kind, what FROM office_act WHERE brand = $1 AND unit = ANY($2) ORDER BY no DESC LIMIT $3";

/// Head office's tables.
#[derive(Debug)]
pub struct Office {
    book: Book,
    /// Something was changed here: there is something to work out.
    changed: Notify,
    /// There is something to deliver.
    waiting: Notify,
}

/// Something that was done.
#[derive(Debug, Serialize)]
pub struct Act {
    at_ms: i64,
    unit: String,
    by: String,
    kind: String,
    what: Value,
}

impl Office {
    /// Over a book of its own: people at head office who wait for each other must not keep the nodes' leases waiting.
    pub fn new(book: Book) -> Office {
        Office { book, changed: Notify::new(), waiting: Notify::new() }
    }

    /// Makes the tables where they are missing.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        self.book.make_tables(SCHEMA).await
    }

    /// The units of a brand.
    async fn tree(&self, brand: &str) -> Outcome<Tree> {
        tree_of(&self.book.rows(UNITS, &[&brand]).await?)
    }

    /// What was done at a unit and below it, the newest first.
    async fn acts(&self, seat: &Seat, unit: &str) -> Outcome<Vec<Act>> {
        let tree = self.tree(&seat.brand).await?;
        let top = tree.reached(&seat.unit, unit)?;
        let mut units: Vec<&str> = tree.below(&top.id).map(|unit| unit.id.as_str()).collect();
        // What was done at a unit that is gone is the brand's to see.
        let gone = self.book.rows("SELECT DISTINCT unit FROM office_act WHERE brand = $1", &[&seat.brand]).await?;
        let gone: Vec<String> = gone.iter().map(|row| row.get(0)).collect();
        if top.kind == Kind::Brand {
            units.extend(gone.iter().map(String::as_str).filter(|unit| tree.get(unit).is_none()));
        }
        let rows = self.book.rows(ACTS, &[&seat.brand, &units, &MOST_ACTS]).await?;
        Ok(rows
            .iter()
            .map(|row| Act {
                at_ms: row.get(0),
                unit: row.get(1),
                by: row.get(2),
                kind: row.get(3),
                what: serde_json::from_str(row.get(4)).unwrap_or_default(),
            })
            .collect())
    }
}

fn tree_of(rows: &[Row]) -> Outcome<Tree> {
    let unit = |row: &Row| {
        let (kind, parent, store): (String, String, Option<Vec<u8>>) = (row.get(1), row.get(2), row.get(4));
        Ok(Unit {
            id: row.get(0),
            kind: Kind::of(&kind).with_context(|| format!("no unit is a {kind}"))?,
            parent: Some(parent).filter(|parent| !parent.is_empty()),
            name: row.get(3),
            store: store.and_then(super::book::store_of),
        })
    };
    Ok(Tree::of(rows.iter().map(unit).collect::<anyhow::Result<Vec<_>>>()?))
}

/// What is wanted, and who wants it.
struct Deed<'a> {
    unit: &'a str,
    kind: &'a str,
    what: Value,
}

/// A change of one brand: nobody else changes the brand meanwhile, and it stands only together with who did it.
struct Change<'a> {
    transaction: Transaction<'a>,
    brand: &'a str,
    revision: i64,
}

impl<'a> Change<'a> {
    /// Begins a change; others wait until it is over.
    async fn begin(client: &'a mut Client, brand: &'a str) -> Outcome<Change<'a>> {
        let transaction = client.transaction().await?;
        let row = transaction.query_opt(BEGIN, &[&brand]).await?;
        let revision = row.ok_or_else(|| No::new("unit_unknown", "there is no such brand"))?.get(0);
        Ok(Change { transaction, brand, revision })
    }

    async fn rows(&self, sql: &str, with: &[&(dyn ToSql + Sync)]) -> Outcome<Vec<Row>> {
        Ok(self.transaction.query(sql, with).await?)
    }

    async fn tree(&self) -> Outcome<Tree> {
        tree_of(&self.rows(UNITS, &[&self.brand]).await?)
    }

    /// Writes down who did what, and lets it count.
    async fn done(self, by: &str, now_ms: i64, deed: Deed<'_>) -> Outcome<()> {
        let (revision, what) = (self.revision + 1, deed.what.to_string());
        self.rows(WRITE_DOWN, &[&self.brand, &revision, &now_ms, &deed.unit, &by, &deed.kind, &what]).await?;
        self.rows(RAISE, &[&self.brand, &revision]).await?;
        Ok(self.transaction.commit().await?)
    }
}

/// Whether a name may be kept.
fn name_of(name: &str) -> Outcome<String> {
    let name = name.trim();
    let fits = !name.is_empty() && domain::text::is_plain(name, domain::text::LONGEST_NAME);
    fits.then(|| name.to_owned()).ok_or_else(|| No::new("bad_name", format!("{name:?}")))
}

/// Whether a text may be the id of a unit.
fn unit_id(id: &str) -> Outcome<&str> {
    let fits = (1..=40).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    fits.then_some(id).ok_or_else(|| No::new("malformed", "a unit's id has 1 to 40 of a-z, 0-9, - and _"))
}

#[cfg(test)]
mod tests {
    use super::SCHEMA;

    /// What docs/scale.md promises: nothing a database of many machines can't do, and every row lies with its store or its brand.
    #[test]
    fn every_key_begins_with_the_store_or_the_brand() {
        for word in ["SERIAL", "IDENTITY", "REFERENCES", "UNIQUE", "TRIGGER", "FUNCTION"] {
            assert!(!SCHEMA.contains(word), "{word}");
        }
        let tables: Vec<&str> = SCHEMA.split("CREATE TABLE").skip(1).collect();
        assert_eq!(tables.len(), 12);
        for table in tables {
            let key = table.lines().find(|line| line.contains("PRIMARY KEY")).unwrap_or_default().trim();
            let first = key.strip_prefix("PRIMARY KEY (").unwrap_or(key);
            assert!(first.starts_with("store_id") || first.starts_with("brand"), "{table}");
        }
    }
}
