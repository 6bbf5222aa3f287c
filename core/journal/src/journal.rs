//! The handle: the book behind a lock, and the store that makes its facts durable.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use danmal_model::{JournalId, Record};

use crate::book::Book;
use crate::sqlite::{Opened, Writer};

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has it open.
    #[error("the journal {path} is held by another process; close it there")]
    Held {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a newer danmal.
    #[error("the journal {path} has schema {found}, this danmal reads up to {known}; update danmal")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// It is for the other kind of money.
    #[error("the journal {path} is for {kind} money; play money and real money do not share a journal")]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it is for.
        kind: &'static str,
    },
    /// The system refuses.
    #[error("the journal {path} cannot be opened: {detail}")]
    System {
        /// The file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
}

/// Why a record is not durable. Nothing may be done on it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CommitError(pub String);

/// How a journal was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// As it was left, or new.
    Sound,
    /// It was damaged, and moved aside: an operator must accept the fresh one (rule 14).
    Damaged {
        /// Where the damaged one is now.
        moved_to: PathBuf,
    },
}

enum Store {
    Memory(Vec<Record>),
    Sqlite(Writer),
}

struct Inner {
    id: JournalId,
    digest_key: [u64; 2],
    simulated: bool,
    path: Option<PathBuf>,
    condition: Condition,
    book: Arc<Mutex<Book>>,
    store: Mutex<Store>,
}

/// A journal. Clones are the same journal; the last one dropped closes the file.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

/// A journal that may have been closed since.
#[derive(Clone)]
pub struct WeakJournal(Weak<Inner>);

impl WeakJournal {
    /// The journal, if it is still open.
    #[must_use]
    pub fn upgrade(&self) -> Option<Journal> {
        self.0.upgrade().map(Journal)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn random() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().1 ^ uuid::Uuid::new_v4().as_u64_pair().0
}

impl Journal {
    /// A journal that ends with the process: for tests and measurements. It survives nothing.
    #[must_use]
    pub fn memory(simulated: bool) -> Self {
        let id = JournalId::new(random());
        Self(Arc::new(Inner {
            id,
            digest_key: [random(), random()],
            simulated,
            path: None,
            condition: Condition::Sound,
            book: Arc::new(Mutex::new(Book::new(id, simulated))),
            store: Mutex::new(Store::Memory(Vec::new())),
        }))
    }

    /// Opens a journal on disk, or creates it. A damaged one is moved aside, never deleted.
    ///
    /// # Errors
    /// [`JournalError`]: held by another process, newer, for the other kind of money, or refused by the
    /// system (no permission, disk full).
    pub fn open(path: &Path, simulated: bool) -> Result<Self, JournalError> {
        let Opened { connection, id, digest_key, rows, last_hash, condition } =
            crate::sqlite::open(path, simulated)?;
        let mut book = Book::new(id, simulated);
        for row in &rows {
            book.apply(row);
        }
        let book = Arc::new(Mutex::new(book));
        let writer = Writer::start(connection, rows.len() as u64, last_hash, Arc::clone(&book))
            .map_err(|error| JournalError::System { path: path.to_path_buf(), detail: error.to_string() })?;
        Ok(Self(Arc::new(Inner {
            id,
            digest_key,
            simulated,
            path: Some(path.to_path_buf()),
            condition,
            book,
            store: Mutex::new(Store::Sqlite(writer)),
        })))
    }

    /// Makes a record durable, then takes it into the book, then calls `done`: at once for a journal in
    /// memory, on the journal's own thread for one on disk.
    pub fn commit(&self, record: Record, done: impl FnOnce(Result<(), CommitError>) + Send + 'static) {
        let record = record.redacted();
        let mut store = lock(&self.0.store);
        match &mut *store {
            Store::Memory(rows) => {
                lock(&self.0.book).apply(&record);
                rows.push(record);
                drop(store);
                done(Ok(()));
            }
            Store::Sqlite(writer) => writer.submit(record, Box::new(done)),
        }
    }

    /// The book, for a look or a call.
    pub fn book<T>(&self, act: impl FnOnce(&mut Book) -> T) -> T {
        act(&mut lock(&self.0.book))
    }

    /// Randomness for a ptxid.
    #[must_use]
    pub fn random(&self) -> u64 {
        random()
    }

    /// The journal, without keeping it open.
    #[must_use]
    pub fn downgrade(&self) -> WeakJournal {
        WeakJournal(Arc::downgrade(&self.0))
    }

    /// The journal's id, part of every ptxid it makes.
    #[must_use]
    pub fn id(&self) -> JournalId {
        self.0.id
    }

    /// The key of the digests of what terminals show.
    #[must_use]
    pub fn digest_key(&self) -> [u64; 2] {
        self.0.digest_key
    }

    /// Whether it is for play money.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.0.simulated
    }

    /// The file; none for a journal in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// How it was found.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        &self.0.condition
    }

    /// Why an operator must accept it first, if so.
    #[must_use]
    pub fn safe_mode(&self) -> Option<String> {
        match &self.0.condition {
            Condition::Damaged { moved_to } if !self.book(|book| book.is_accepted()) => {
                Some(format!("the journal was damaged and is kept as {}", moved_to.display()))
            }
            _ => None,
        }
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Journal({} {:?})", self.0.id, self.0.path)
    }
}
