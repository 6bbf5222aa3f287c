//! What can go wrong with a journal.

use std::io;
use std::path::{Path, PathBuf};

use crate::lock::Holder;

/// Why a record is not durable. Nothing may be done on it, and nothing of it stays behind, unless the system
/// fails again while it is taken back: then it is found open after the next start, and resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The disk is full, or a quota or size limit is reached.
    #[error("the journal's disk is full: {0}")]
    Full(String),
    /// The file, its folder or its disk is read-only.
    #[error("the journal is read-only: {0}")]
    ReadOnly(String),
    /// The system could not write or make durable.
    #[error("the journal cannot be written: {0}")]
    Io(String),
    /// Another program holds the file.
    #[error("the journal is busy: {0}")]
    Busy(String),
    /// The journal was closed.
    #[error("the journal was closed")]
    Closed,
    /// This process was forked from the one that opened the journal.
    #[error("the journal was opened before this process was forked: a forked child holds nothing")]
    Forked,
}

impl CommitError {
    pub(crate) fn of_io(what: &str, error: &io::Error) -> Self {
        let detail = format!("{what}: {error}");
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full(detail)
            }
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly(detail),
            _ => Self::Io(detail),
        }
    }
}

/// Why a journal cannot be opened or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another process, or another journal object of this one, has it open.
    #[error("the journal {path} is held by {holder}")]
    Held {
        /// The file.
        path: PathBuf,
        /// Who holds it.
        holder: Holder,
    },
    /// A newer danmal wrote it.
    #[error(
        "the journal {path} has schema {found}; this danmal reads schemas up to {known}: use a newer one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// It is for the other kind of money.
    #[error("the journal {path} is for {} money and does not take the other", kind_of_money(*.simulated))]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// Whether the file is for play money.
        simulated: bool,
    },
    /// The file is a database of another program. It is left alone.
    #[error("{path} is no journal: {detail}")]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// A row that is intact says something that this danmal does not know.
    #[error("row {height} of the journal {path} cannot be read by this danmal: use a newer one")]
    UnknownRow {
        /// The file.
        path: PathBuf,
        /// The row.
        height: u64,
    },
    /// The system refuses: no permission, disk full, read-only. Nothing was moved.
    #[error("the journal {path} cannot be used: {detail}")]
    System {
        /// The file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The journal was closed.
    #[error("the journal was closed")]
    Closed,
    /// This process was forked from the one that opened the journal.
    #[error("the journal was opened before this process was forked: a forked child holds nothing")]
    Forked,
}

fn kind_of_money(simulated: bool) -> &'static str {
    if simulated { "play" } else { "real" }
}

impl JournalError {
    pub(crate) fn system(path: &Path, error: &impl ToString) -> Self {
        Self::System { path: path.to_path_buf(), detail: error.to_string() }
    }
}
