//! The tables, and how they come to be.

use std::time::Duration;

use tokio_postgres::{Client, error::SqlState};

use super::errors::words;

/// The statements that make the journal's tables, for whoever makes them under a role of its own.
pub const SCHEMA: &str = include_str!("schema.sql");
/// The same tables, each split by the hash of its store.
pub const PARTITIONED_SCHEMA: &str = include_str!("partitioned.sql");
/// How often making the tables is tried again when another node makes them at the same moment.
const TRIES: u32 = 20;

/// How a journal comes by its tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schema {
    /// It makes plain ones where they are missing.
    #[default]
    Plain,
    /// It makes ones split by the hash of the store where they are missing.
    Partitioned,
    /// They must be there; its role need not be allowed to make any.
    Present,
}

/// The number in the view that the statements end with.
const FORMAT: i64 = 1;

/// Makes the tables if they are missing or older.
pub async fn ensure(client: &Client, schema: Schema) -> Result<(), String> {
    let statements = match schema {
        Schema::Plain => SCHEMA,
        Schema::Partitioned => PARTITIONED_SCHEMA,
        Schema::Present => "",
    };
    for _ in 0..TRIES {
        match format(client).await? {
            Some(FORMAT) => return Ok(()),
            Some(newer) if newer > FORMAT => {
                return Err(format!("the journal has format {newer}, this program knows formats up to {FORMAT}"));
            }
            Some(_) | None if statements.is_empty() => {
                return Err(
                    "the journal's tables are missing or too old; schema.sql has the statements that make them".to_owned()
                );
            }
            Some(_) | None => {}
        }
        if let Err(why) = make(client, statements).await? {
            tracing::info!(why, "journal: another node makes the tables as well");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Err("the journal's tables could not be made; another node kept doing the same".to_owned())
}

/// The format of the tables that are there; nothing if they aren't, or not all of them.
async fn format(client: &Client) -> Result<Option<i64>, String> {
    match client.query_typed_one("SELECT format FROM journal_format", &[]).await {
        Ok(row) => row.try_get(0).map(Some).map_err(|error| words(&error)),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
        Err(error) => Err(words(&error)),
    }
}

/// Runs the statements one by one. The inner error: someone else was at it.
async fn make(client: &Client, statements: &str) -> Result<Result<(), String>, String> {
    for statement in statements.split(";\n") {
        let Err(error) = client.batch_execute(statement).await else { continue };
        let elsewhere = [
            SqlState::UNIQUE_VIOLATION,
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_OBJECT,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::INTERNAL_ERROR,
        ];
        return match error.code() {
            Some(code) if elsewhere.contains(code) => Ok(Err(words(&error))),
            _ => Err(words(&error)),
        };
    }
    Ok(Ok(()))
}
