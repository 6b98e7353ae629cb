//! Read-only connections, opened when needed and kept.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError, RwLock, RwLockWriteGuard},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::database;
use crate::ReadError;

/// A few read-only connections for blocking threads.
#[derive(Debug)]
pub struct Readers {
    file: PathBuf,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
    /// Held for reading while a connection is in use; the writer takes it to have the file to itself.
    gate: RwLock<()>,
}

impl Readers {
    pub fn new(file: PathBuf, connections: usize) -> Readers {
        Readers { file, permits: Semaphore::new(connections.max(1)), idle: Mutex::default(), gate: RwLock::default() }
    }

    /// Runs a read on a blocking thread.
    pub async fn run<T: Send + 'static>(
        self: &std::sync::Arc<Readers>,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let gone = |_| ReadError::Unavailable("the reader was stopped".to_owned());
        let _permit = self.permits.acquire().await.map_err(|_| gone(()))?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || readers.run_now(read)).await.map_err(|_| gone(()))?
    }

    fn run_now<T>(&self, read: impl FnOnce(&Connection) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let _open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let pooled = self.idle().pop();
        let db = match pooled {
            Some(db) => db,
            None => database::open_reader(&self.file).map_err(|error| database::read_error(&error, 0))?,
        };
        let found = read(&db);
        if !matches!(found, Err(ReadError::Unavailable(_))) {
            self.idle().push(db);
        }
        found
    }

    /// Closes every connection and keeps them closed until the guard is dropped.
    pub fn close_all(&self) -> RwLockWriteGuard<'_, ()> {
        let closed = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.idle().clear();
        closed
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
