//! What an error of SQLite means: damage, or the system's refusal.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::journal::{CommitError, JournalError};

/// Why a file is not a usable journal.
#[derive(Debug)]
pub(super) enum Fault {
    /// Its content is not what danmal wrote: it is moved aside.
    Damaged(String),
    /// Anything else: nothing is moved.
    Error(JournalError),
}

impl Fault {
    pub(super) fn of(path: &Path, error: &Error) -> Self {
        match error {
            Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Self::Damaged(error.to_string()),
                _ if failure.extended_code == ffi::SQLITE_IOERR_SHORT_READ => {
                    Self::Damaged(error.to_string())
                }
                // No table, no column: the schema is not the one that its version says.
                ErrorCode::Unknown if failure.extended_code == ffi::SQLITE_ERROR => {
                    Self::Damaged(error.to_string())
                }
                _ => Self::Error(JournalError::system(path, error)),
            },
            Error::SqlInputError { .. }
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..) => Self::Damaged(error.to_string()),
            _ => Self::Error(JournalError::system(path, error)),
        }
    }
}

/// Why a commit failed, and whether the file must be looked at anew before it is written again.
pub(super) fn commit_error(error: &Error) -> (CommitError, bool) {
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (CommitError::Full(detail), false),
        Some(ErrorCode::ReadOnly) => (CommitError::ReadOnly(detail), false),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (CommitError::Busy(detail), false),
        _ => (CommitError::Io(detail), true),
    }
}
