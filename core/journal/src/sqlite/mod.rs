//! SQLite: append-only rows in a hash chain, one writer, a row durable before it is acknowledged.
//!
//! One process at a time: a lock file beside the journal (`….lock`) is held by a lock of the system, which ends with
//! its process. SQLite itself runs in WAL mode with `synchronous=FULL` and ordinary locks, so that history is
//! read on a second connection while the writer works, and a person may look in with any SQLite tool.

mod fault;
mod open;
mod peek;
mod prune;
mod rows;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use danmal_model::Record;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

pub(crate) use open::open;
pub(crate) use peek::{Peek, peek};
use writer::{Command, Writer};

use crate::journal::{Commit, CommitError, JournalError, Shared, lock};

/// How long the last handle waits for the writer: no longer than a terminal's `close` (rule 15).
const PATIENCE: Duration = Duration::from_secs(5);

/// The handle of a journal on disk.
pub(crate) struct Sqlite {
    path: PathBuf,
    process: u32,
    /// None once it was closed.
    queue: Mutex<Option<Sender<Command>>>,
    ended: Arc<Ended>,
    thread: ThreadId,
    reader: Mutex<Option<Connection>>,
}

/// Whether the writer has let go of the file.
#[derive(Default)]
pub(crate) struct Ended {
    flag: Mutex<bool>,
    changed: Condvar,
}

impl Ended {
    fn set(&self) {
        *lock(&self.flag) = true;
        self.changed.notify_all();
    }

    fn wait(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut ended = lock(&self.flag);
        while !*ended {
            let Some(left) = until.checked_duration_since(Instant::now()) else { break };
            ended = match self.changed.wait_timeout(ended, left) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        *ended
    }
}

impl Sqlite {
    pub(crate) fn start(file: open::OpenFile, shared: Arc<Mutex<Shared>>) -> Result<Self, JournalError> {
        let path = file.path.clone();
        let (queue, commands) = channel();
        let ended = Arc::new(Ended::default());
        let signal = Arc::clone(&ended);
        let thread = std::thread::Builder::new()
            .name("danmal-journal".to_owned())
            .spawn(move || {
                Writer::new(file, shared).run(&commands);
                signal.set();
            })
            .map_err(|error| JournalError::system(&path, &error))?;
        Ok(Self {
            path,
            process: std::process::id(),
            queue: Mutex::new(Some(queue)),
            ended,
            thread: thread.thread().id(),
            reader: Mutex::new(None),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn commit(&self, commit: Commit) {
        if let Some(Command::Commit(commit)) = self.send(Command::Commit(Box::new(commit))) {
            (commit.done)(Err(CommitError::Closed));
        }
    }

    /// Hands a command to the writer; gives it back if there is none any more.
    fn send(&self, command: Command) -> Option<Command> {
        match &*lock(&self.queue) {
            Some(queue) => queue.send(command).err().map(|refused| refused.0),
            None => Some(command),
        }
    }

    pub(crate) fn prune(&self, before: Timestamp) -> Result<u64, JournalError> {
        let (reply, answer) = channel();
        if self.send(Command::Prune { before, reply }).is_some() {
            return Err(JournalError::Closed);
        }
        answer.recv().unwrap_or(Err(JournalError::Closed))
    }

    pub(crate) fn close(&self, patience: Duration) -> bool {
        *lock(&self.reader) = None;
        *lock(&self.queue) = None;
        if std::thread::current().id() == self.thread {
            return false;
        }
        self.ended.wait(patience)
    }

    /// The record at a height; none where it was pruned.
    pub(crate) fn row(&self, height: u64) -> Result<Option<Record>, JournalError> {
        let body: Option<Vec<u8>> = self.look(|connection| {
            let mut select = connection.prepare_cached("SELECT body FROM rows WHERE height = ?1")?;
            select.query_row([height as i64], |row| row.get(0)).optional()
        })?;
        match body {
            Some(body) if !rows::is_anchor(&body) => serde_json::from_slice(&body)
                .map(Some)
                .map_err(|_| JournalError::UnknownRow { path: self.path.clone(), height }),
            _ => Ok(None),
        }
    }

    /// The hash of the row at a height, shortened; none where it was pruned.
    pub(crate) fn hash_at(&self, height: u64) -> Result<Option<String>, JournalError> {
        let hash: Option<Vec<u8>> = self.look(|connection| {
            let mut select = connection.prepare_cached("SELECT hash FROM rows WHERE height = ?1")?;
            select.query_row([height as i64], |row| row.get(0)).optional()
        })?;
        Ok(hash.map(|hash| rows::short(&hash)))
    }

    fn look<T>(&self, act: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        if self.process != std::process::id() {
            return Err(JournalError::Forked);
        }
        if lock(&self.queue).is_none() {
            return Err(JournalError::Closed);
        }
        let mut reader = lock(&self.reader);
        let system = |error: rusqlite::Error| JournalError::system(&self.path, &error);
        if reader.is_none() {
            *reader = Some(open::connect_to_read(&self.path).map_err(system)?);
        }
        match reader.as_ref().map(act) {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => {
                *reader = None;
                Err(system(error))
            }
            None => Err(JournalError::Closed),
        }
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // SQLite's objects are the parent's: closing them here would touch its file.
            std::mem::forget(lock(&self.reader).take());
            return;
        }
        // Whoever opens the file next, in this process or another, finds it free.
        self.close(PATIENCE);
    }
}
