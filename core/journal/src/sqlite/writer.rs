//! The journal's own thread: the only one that writes.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};

use danmal_model::Record;
use jiff::Timestamp;
use rusqlite::Connection;

use super::fault::commit_error;
use super::open::{OpenFile, connect};
use super::rows::{self, Tail};
use crate::claim::MarkerUpdate;
use crate::files::{self, Identity};
use crate::journal::{Commit, CommitError, Done, JournalError, Shared, lock};
use crate::lock::Lock;

/// Rows that wait together go into one transaction, at most so many.
const BATCH: usize = 256;

pub(crate) enum Command {
    Commit(Box<Commit>),
    Prune { before: Timestamp, reply: Sender<Result<u64, JournalError>> },
}

pub(super) struct Writer {
    path: PathBuf,
    /// None after a failure that leaves in doubt what the file holds.
    connection: Option<Connection>,
    /// The files that the connection writes.
    standing: Option<Standing>,
    /// What is durable and acknowledged.
    tail: Tail,
    /// Rows that were written and not acknowledged, since the file was last known to hold none. What it has
    /// above the tail must be among them.
    attempted: Vec<Tail>,
    /// The file lost what was acknowledged, or somebody else writes it: nothing is written any more.
    lost: Option<String>,
    shared: Arc<Mutex<Shared>>,
    lock: Option<Lock>,
}

impl Writer {
    pub(super) fn new(file: OpenFile, shared: Arc<Mutex<Shared>>) -> Self {
        let OpenFile { path, connection, tail, lock } = file;
        let standing = Standing::of(&path);
        let (connection, lock) = (Some(connection), Some(lock));
        Self { path, connection, standing, tail, attempted: Vec::new(), lost: None, shared, lock }
    }

    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        let mut waiting = VecDeque::new();
        while let Some(command) = waiting.pop_front().or_else(|| commands.recv().ok()) {
            match command {
                Command::Commit(first) => {
                    let mut batch = vec![*first];
                    while batch.len() < BATCH {
                        match commands.try_recv() {
                            Ok(Command::Commit(next)) => batch.push(*next),
                            Ok(other) => {
                                waiting.push_back(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.commit(batch);
                }
                Command::Prune { before, reply } => {
                    // Whoever asked may have gone.
                    let _ = reply.send(self.prune(before));
                }
            }
        }
        // Closing copies the log into the database; what fails is copied at the next opening.
        self.connection = None;
        self.lock = None;
    }

    fn commit(&mut self, batch: Vec<Commit>) {
        let mut records = Vec::with_capacity(batch.len());
        let mut marks = Vec::new();
        let mut told: Vec<Done> = Vec::with_capacity(batch.len());
        for (at, commit) in batch.into_iter().enumerate() {
            let Commit { record, mark, done } = commit;
            marks.extend(mark.map(|mark| (at, mark)));
            records.push(record);
            told.push(done);
        }
        let kept = catch_unwind(AssertUnwindSafe(|| self.keep(&records, &marks)));
        drop(marks);
        let kept = kept.unwrap_or_else(|panic| {
            self.connection = None;
            Err(CommitError::Io(format!("a fault inside the journal: {}", text_of(&panic))))
        });
        let first = self.tail.height + 1 - records.len() as u64;
        for (height, done) in (first..).zip(told) {
            let result = kept.clone().map(|()| height);
            // A panic of the caller's must not end the journal's thread.
            let _ = catch_unwind(AssertUnwindSafe(|| done(result)));
        }
    }

    /// All of it is durable, in the book and marked, or none is.
    fn keep(&mut self, records: &[Record], marks: &[(usize, MarkerUpdate)]) -> Result<(), CommitError> {
        self.keep_lock()?;
        if let Err(refused) = self.settle_doubt() {
            self.contest(marks);
            return Err(refused);
        }
        self.stand(Standing::is_whole)?;
        let before = self.tail;
        let tails = self.write(records)?;
        if let Err(error) = mark(marks, &tails) {
            self.take_back(before, marks);
            return Err(CommitError::of_io("the terminal's marker", &error));
        }
        // Else the rows are in a file that nobody will find again.
        self.stand(Standing::is_same)?;
        self.attempted.clear();
        if let Some(last) = tails.last() {
            self.tail = *last;
        }
        let mut shared = lock(&self.shared);
        for (record, tail) in records.iter().zip(&tails) {
            shared.book.apply_at(tail.height, record);
        }
        Ok(())
    }

    fn write(&mut self, records: &[Record]) -> Result<Vec<Tail>, CommitError> {
        let Some(connection) = &self.connection else { return Err(CommitError::Closed) };
        let mut tails = Vec::with_capacity(records.len());
        // Statements that are kept: to parse BEGIN and COMMIT anew costs as much as the row.
        let run = |statement| connection.prepare_cached(statement)?.execute([]);
        let mut attempt = || {
            run("BEGIN")?;
            let mut tail = self.tail;
            for record in records {
                tail = rows::append(connection, &tail, record)?;
                tails.push(tail);
            }
            run("COMMIT")
        };
        let result = attempt();
        self.attempted.extend(&tails);
        match result {
            Ok(_) => Ok(tails),
            Err(error) => {
                let (refusal, doubtful) = commit_error(&error);
                let ended = connection.is_autocommit() || run("ROLLBACK").is_ok();
                if doubtful || !ended {
                    self.connection = None;
                }
                Err(refusal)
            }
        }
    }

    /// Whether the files that the connection writes are those that the journal's name leads to.
    fn stand(&mut self, stands: fn(&Standing, &Standing) -> bool) -> Result<(), CommitError> {
        let found = Standing::of(&self.path);
        if let (Some(known), Some(found)) = (&self.standing, &found)
            && stands(found, known)
        {
            self.standing = Some(*found);
            return Ok(());
        }
        self.connection = None;
        Err(CommitError::Io("its file was deleted, moved, replaced or cut".to_owned()))
    }

    /// The lock file was deleted or replaced: another process could have opened the journal. Whether one has
    /// written it is seen in its rows, once the lock is held again.
    fn keep_lock(&mut self) -> Result<(), CommitError> {
        let Some(Err(problem)) = self.lock.as_ref().map(Lock::check) else { return Ok(()) };
        self.connection = None;
        if problem.again { Ok(()) } else { Err(CommitError::Io(problem.detail)) }
    }

    /// What was written by somebody else must not go unnoticed: the marker of a terminal that was about to be
    /// used no longer fits the file, so that its next start is in safe mode.
    fn contest(&self, marks: &[(usize, MarkerUpdate)]) {
        if self.lost.is_none() {
            return;
        }
        let other = self.tail.next(b"what this writer would have written");
        for (_, update) in marks.iter().filter(|(_, update)| update.opens()) {
            // Where another till holds the terminal its marker is its own.
            let _ = update.withdraw(other.height, rows::short(&other.hash));
        }
    }

    /// A mark could not be made durable: the rows go, and the marks that were made.
    fn take_back(&mut self, before: Tail, marks: &[(usize, MarkerUpdate)]) {
        let own = &self.attempted;
        let taken = self.connection.as_ref().map(|connection| rows::take_back(connection, &before, own));
        match taken {
            Some(Ok(true)) => self.attempted.clear(),
            // The next commit looks at the file anew.
            _ => self.connection = None,
        }
        for (_, update) in marks {
            // What fails here is found at the next start: a marker that names an unknown operation.
            let _ = update.withdraw(before.height, rows::short(&before.hash));
        }
    }

    /// After a failure that may have left a row behind, or lost one: opens the file anew, compares its end
    /// with what was acknowledged, takes back what was not, and forces everything out of the log into the
    /// database. A log of which one write was not made durable would end there after a power cut, whatever is
    /// synced behind it.
    fn settle_doubt(&mut self) -> Result<(), CommitError> {
        if let Some(lost) = &self.lost {
            return Err(CommitError::Io(lost.clone()));
        }
        if self.connection.is_some() {
            return Ok(());
        }
        let refuse = |error: rusqlite::Error| commit_error(&error).0;
        let connection = connect(&self.path).map_err(refuse)?;
        let found = rows::tail(&connection).map_err(refuse)?;
        if found.height > self.tail.height
            && !rows::take_back(&connection, &self.tail, &self.attempted).map_err(refuse)?
        {
            let lost = "somebody else has written it: nothing of theirs is touched, and nothing more is written; \
                        end the other program, then restart";
            self.lost = Some(lost.to_owned());
            return Err(CommitError::Io(lost.to_owned()));
        }
        if rows::tail(&connection).map_err(refuse)? != self.tail {
            let lost = format!(
                "rows that were acknowledged are lost: {} of {} are there; restart, and see what the terminal shows",
                found.height, self.tail.height
            );
            self.lost = Some(lost.clone());
            return Err(CommitError::Io(lost));
        }
        self.attempted.clear();
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(refuse)?;
        if busy != 0 {
            return Err(CommitError::Busy("its log is being read".to_owned()));
        }
        self.standing = Standing::of(&self.path);
        self.connection = Some(connection);
        Ok(())
    }

    fn prune(&mut self, before: Timestamp) -> Result<u64, JournalError> {
        self.settle_doubt().map_err(|error| JournalError::system(&self.path, &error))?;
        let Some(connection) = &self.connection else { return Err(JournalError::Closed) };
        let mut shared = lock(&self.shared);
        super::prune::prune(connection, &mut shared.book, before)
            .map_err(|error| JournalError::system(&self.path, &error))
    }
}

/// Which files a connection writes: the database and its log. While they are open, their numbers are theirs.
#[derive(Clone, Copy)]
struct Standing {
    database: (Identity, u64),
    log: (Identity, u64),
}

impl Standing {
    /// Those that the names lead to; none where one is missing.
    fn of(path: &Path) -> Option<Self> {
        let look = |path: &Path| files::look(path).ok();
        Some(Self { database: look(path)?, log: look(&files::beside(path, "-wal"))? })
    }

    /// The same files, of which the database has lost nothing. SQLite itself may cut the log in a commit.
    fn is_same(&self, known: &Self) -> bool {
        self.database.0 == known.database.0
            && self.log.0 == known.log.0
            && self.database.1 >= known.database.1
    }

    /// The same files, of which nobody has cut anything since the last commit.
    fn is_whole(&self, known: &Self) -> bool {
        self.is_same(known) && self.log.1 >= known.log.1
    }
}

fn mark(marks: &[(usize, MarkerUpdate)], tails: &[Tail]) -> std::io::Result<()> {
    for (at, update) in marks {
        let Some(tail) = tails.get(*at) else { continue };
        update.write(tail.height, rows::short(&tail.hash))?;
        // Whoever takes a claim that was lost before this moment has read the mark.
        update.stand()?;
    }
    Ok(())
}

fn text_of(panic: &Box<dyn Any + Send>) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown")
}
