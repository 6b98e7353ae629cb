//! A few connections for reading, opened when needed and kept. What is written through them may be written twice.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;
use tokio_postgres::{Error, Row, Statement, types::ToSql};

use super::{
    errors::{is_lost, read_error, words, write_error},
    session::{Connector, ReadSession},
};
use crate::{ReadError, WriteError};

const LATE: &str = "the server did not answer in time";

/// What a statement is given.
pub type Params<'a> = [&'a (dyn ToSql + Sync)];
/// Picks one of a session's statements.
pub type Pick = fn(&ReadSession) -> &Statement;

/// Connections for one statement at a time each.
#[derive(Debug)]
pub struct Pool {
    connector: Arc<Connector>,
    permits: Semaphore,
    patience: Duration,
    idle: Mutex<Vec<ReadSession>>,
}

/// Why there is no answer.
enum Unanswered {
    /// There is no connection to be had.
    NoConnection(String),
    /// The statement failed.
    Failed(Error),
    /// The server holds the connection and says nothing.
    Late,
}

impl Pool {
    pub fn new(connector: Arc<Connector>, connections: usize, patience: Duration) -> Pool {
        Pool { connector, permits: Semaphore::new(connections.max(1)), patience, idle: Mutex::default() }
    }

    /// Runs a query.
    pub async fn query(&self, pick: Pick, params: &Params<'_>) -> Result<Vec<Row>, ReadError> {
        self.run(pick, params).await.map_err(|unanswered| match unanswered {
            Unanswered::NoConnection(why) => ReadError::Unavailable(why),
            Unanswered::Failed(error) => read_error(&error),
            Unanswered::Late => ReadError::Unavailable(LATE.to_owned()),
        })
    }

    /// Runs a statement that writes and may safely be run twice.
    pub async fn execute(&self, pick: Pick, params: &Params<'_>) -> Result<(), WriteError> {
        self.run(pick, params).await.map(drop).map_err(|unanswered| match unanswered {
            Unanswered::NoConnection(why) => WriteError::Unavailable(why),
            Unanswered::Failed(error) => write_error(&error),
            Unanswered::Late => WriteError::Unknown(LATE.to_owned()),
        })
    }

    /// Runs a statement. A kept connection may have died unnoticed, so only a fresh one's failure counts.
    async fn run(&self, pick: Pick, params: &Params<'_>) -> Result<Vec<Row>, Unanswered> {
        let stopped = |_| Unanswered::NoConnection("the journal was closed".to_owned());
        let _permit = self.permits.acquire().await.map_err(stopped)?;
        loop {
            let kept = self.idle().pop();
            let fresh = kept.is_none();
            let session = match kept {
                Some(session) => session,
                None => self.open().await.map_err(Unanswered::NoConnection)?,
            };
            let answered = tokio::time::timeout(self.patience, session.client.query(pick(&session), params)).await;
            match answered.map_err(|_| Unanswered::Late)? {
                Ok(rows) => {
                    self.idle().push(session);
                    return Ok(rows);
                }
                Err(error) if !is_lost(&error) => {
                    self.idle().push(session);
                    return Err(Unanswered::Failed(error));
                }
                Err(error) if fresh => return Err(Unanswered::Failed(error)),
                Err(_) => {}
            }
        }
    }

    async fn open(&self) -> Result<ReadSession, String> {
        let client = self.connector.connect().await?;
        ReadSession::new(client).await.map_err(|error| words(&error))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<ReadSession>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
