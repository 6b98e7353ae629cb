//! What PostgreSQL's errors mean for the one who waits. Only SQLSTATEs count: constraint names differ from engine to engine.

use tokio_postgres::{Error, error::SqlState};

use crate::{AppendError, ReadError, WriteError};

/// Why a transaction wrote nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A stream isn't where it was thought to be, or a row exists already. A careful look tells which.
    Moved(String),
    /// Two transactions stood in each other's way; the same again may work.
    Again(String),
    /// Someone holds a stream's row for too long.
    Locked(String),
    /// The server said no, and would again.
    Refused(String),
    /// The connection is of no use any more.
    Lost(String),
}

impl Failure {
    /// Sorts an error of a transaction whose COMMIT was not sent.
    pub fn of(error: &Error) -> Failure {
        let why = words(error);
        match error.code() {
            _ if is_lost(error) => Failure::Lost(why),
            Some(&SqlState::UNIQUE_VIOLATION) => Failure::Moved(why),
            Some(code) if is_passing(code) => Failure::Again(why),
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Failure::Locked(why),
            Some(_) | None => Failure::Refused(why),
        }
    }

    /// What happened, for the log.
    pub fn why(&self) -> &str {
        match self {
            Failure::Moved(why) | Failure::Again(why) | Failure::Locked(why) | Failure::Refused(why) | Failure::Lost(why) => why,
        }
    }
}

/// Whether the server certainly rolled back although COMMIT was sent: it says so itself, in a session that goes on.
pub fn is_rolled_back(error: &Error) -> bool {
    let Some(code) = error.code() else { return false };
    !is_lost(error) && (is_passing(code) || code.code().starts_with("23"))
}

/// Whether the same transaction may work when it is tried again.
fn is_passing(code: &SqlState) -> bool {
    *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
}

/// Whether the session is over or of no use: closed, told to go, on a server that can only read, or without its statements.
pub fn is_lost(error: &Error) -> bool {
    let Some(told) = error.as_db_error() else { return true };
    let code = told.code().code();
    let fatal = matches!(told.severity(), "FATAL" | "PANIC");
    fatal
        || code.starts_with("08")
        || code.starts_with("57P")
        || *told.code() == SqlState::READ_ONLY_SQL_TRANSACTION
        || *told.code() == SqlState::INVALID_SQL_STATEMENT_NAME
}

/// Sorts an error of a statement that only reads.
pub fn read_error(error: &Error) -> ReadError {
    let damaged = match error.code() {
        Some(code) => *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED,
        None => false,
    };
    match damaged {
        true => ReadError::Corrupt { seq: 0, why: words(error) },
        false => ReadError::Unavailable(words(error)),
    }
}

/// Sorts an error of a statement that is a transaction by itself.
pub fn write_error(error: &Error) -> WriteError {
    match is_lost(error) {
        true => WriteError::Unknown(words(error)),
        false => WriteError::Unavailable(words(error)),
    }
}

impl From<Failure> for AppendError {
    fn from(failure: Failure) -> AppendError {
        AppendError::Unavailable(failure.why().to_owned())
    }
}

/// The error and what is behind it, in one line.
pub fn words(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{} {}: {}", told.severity(), told.code().code(), told.message());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(deeper) = source {
        text = format!("{text}: {deeper}");
        source = deeper.source();
    }
    text
}
