//! SQLite: append-only rows in a hash chain, one writer, a row durable before it is acknowledged.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use danmal_model::{JournalId, Record};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::book::Book;
use crate::journal::{CommitError, Condition, JournalError};

const SCHEMA: i64 = 1;

type Done = Box<dyn FnOnce(Result<(), CommitError>) + Send>;
type Hash = [u8; 32];

pub(crate) struct Opened {
    pub(crate) connection: Connection,
    pub(crate) id: JournalId,
    pub(crate) digest_key: [u64; 2],
    pub(crate) rows: Vec<Record>,
    pub(crate) last_hash: Hash,
    pub(crate) condition: Condition,
}

enum Fault {
    Damaged(String),
    Error(JournalError),
}

pub(crate) fn open(path: &Path, simulated: bool) -> Result<Opened, JournalError> {
    match try_open(path, simulated) {
        Ok(opened) => Ok(opened),
        Err(Fault::Error(error)) => Err(error),
        Err(Fault::Damaged(_)) => {
            let moved_to = move_aside(path).map_err(|error| system(path, &error))?;
            match try_open(path, simulated) {
                Ok(mut opened) => {
                    opened
                        .connection
                        .execute("INSERT INTO meta VALUES ('damaged', ?1)", [moved_to.display().to_string()])
                        .map_err(|error| system(path, &error))?;
                    opened.condition = Condition::Damaged { moved_to };
                    Ok(opened)
                }
                Err(Fault::Error(error)) => Err(error),
                Err(Fault::Damaged(detail)) => Err(system(path, &detail)),
            }
        }
    }
}

fn system(path: &Path, detail: &impl ToString) -> JournalError {
    JournalError::System { path: path.to_path_buf(), detail: detail.to_string() }
}

/// Moves a damaged journal and its log aside; nothing is deleted.
fn move_aside(path: &Path) -> std::io::Result<PathBuf> {
    let stamp = jiff::Timestamp::now().as_millisecond();
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let moved = beside(&format!(".damaged-{stamp}"));
    std::fs::rename(path, &moved)?;
    for suffix in ["-wal", "-shm"] {
        match std::fs::rename(beside(suffix), beside(&format!(".damaged-{stamp}{suffix}"))) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(moved)
}

/// Creates the file for its owner alone before SQLite, which follows the umask, sees it.
fn create_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn try_open(path: &Path, simulated: bool) -> Result<Opened, Fault> {
    create_private(path).map_err(|error| Fault::Error(system(path, &error)))?;
    let fault = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Fault::Damaged(error.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Fault::Error(JournalError::Held { path: path.to_path_buf() })
        }
        _ => Fault::Error(system(path, &error)),
    };
    let connection = Connection::open(path).map_err(fault)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(fault)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(fault)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(fault)?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
    if found > SCHEMA {
        return Err(Fault::Error(JournalError::Newer { path: path.to_path_buf(), found, known: SCHEMA }));
    }
    if found == 0 {
        connection
            .execute_batch(&format!(
                "BEGIN IMMEDIATE;
                 CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
                 CREATE TABLE rows (height INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL);
                 INSERT INTO meta VALUES ('id', '{}'), ('key0', '{}'), ('key1', '{}'), ('simulated', '{}');
                 PRAGMA user_version = {SCHEMA};
                 COMMIT;",
                random() & 0xffff_ffff_ffff,
                random(),
                random(),
                u8::from(simulated)
            ))
            .map_err(fault)?;
    }
    let meta = |name: &str| -> Result<Option<String>, Fault> {
        connection
            .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(fault)
    };
    let number = |name: &str| -> Result<u64, Fault> {
        meta(name)?.and_then(|text| text.parse().ok()).ok_or_else(|| Fault::Damaged(format!("meta {name}")))
    };
    let is_simulated = number("simulated")? == 1;
    if is_simulated != simulated {
        let kind = if is_simulated { "play" } else { "real" };
        return Err(Fault::Error(JournalError::OtherKind { path: path.to_path_buf(), kind }));
    }
    let id = JournalId::new(number("id")?);
    let digest_key = [number("key0")?, number("key1")?];
    let condition = meta("damaged")?
        .map_or(Condition::Sound, |moved_to| Condition::Damaged { moved_to: PathBuf::from(moved_to) });
    let (rows, last_hash) = read_rows(&connection, fault)?;
    Ok(Opened { connection, id, digest_key, rows, last_hash, condition })
}

fn read_rows(
    connection: &Connection,
    fault: impl Fn(rusqlite::Error) -> Fault + Copy,
) -> Result<(Vec<Record>, Hash), Fault> {
    let mut statement =
        connection.prepare("SELECT height, body, hash FROM rows ORDER BY height").map_err(fault)?;
    let mut found = statement.query([]).map_err(fault)?;
    let mut rows = Vec::new();
    let mut last: Hash = [0; 32];
    while let Some(row) = found.next().map_err(fault)? {
        let height: i64 = row.get(0).map_err(fault)?;
        let body: Vec<u8> = row.get(1).map_err(fault)?;
        let hash: Vec<u8> = row.get(2).map_err(fault)?;
        last = chain(&last, &body);
        if height != rows.len() as i64 + 1 || hash != last {
            return Err(Fault::Damaged(format!("the chain breaks at row {height}")));
        }
        let record = serde_json::from_slice(&body).map_err(|_| Fault::Damaged(format!("row {height}")))?;
        rows.push(record);
    }
    Ok((rows, last))
}

fn chain(last: &Hash, body: &[u8]) -> Hash {
    Sha256::new().chain_update(last).chain_update(body).finalize().into()
}

fn random() -> u64 {
    // Fits an i64, as text and as a number.
    uuid::Uuid::new_v4().as_u64_pair().1 >> 1
}

/// The journal's own thread.
pub(crate) struct Writer {
    /// None once it is being dropped.
    queue: Option<Sender<(Record, Done)>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Writer {
    /// Waits for what is queued: whoever opens the file next finds it free and whole.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the thread has lost nothing that was acknowledged.
            let _ = thread.join();
        }
    }
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        height: u64,
        last_hash: Hash,
        book: Arc<Mutex<Book>>,
    ) -> std::io::Result<Self> {
        let (queue, waiting) = channel::<(Record, Done)>();
        let thread = std::thread::Builder::new().name("danmal-journal".to_owned()).spawn(move || {
            let mut height = height;
            let mut last = last_hash;
            for (record, done) in waiting {
                match append(&connection, height + 1, &last, &record) {
                    Ok(hash) => {
                        height += 1;
                        last = hash;
                        book.lock().unwrap_or_else(PoisonError::into_inner).apply(&record);
                        done(Ok(()));
                    }
                    Err(error) => done(Err(CommitError(error))),
                }
            }
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(crate) fn submit(&self, record: Record, done: Done) {
        let refused = match &self.queue {
            Some(queue) => queue.send((record, done)).err().map(|refused| refused.0.1),
            None => Some(done),
        };
        if let Some(done) = refused {
            done(Err(CommitError("the journal's thread has ended".to_owned())));
        }
    }
}

fn append(connection: &Connection, height: u64, last: &Hash, record: &Record) -> Result<Hash, String> {
    let body = serde_json::to_vec(record).map_err(|error| error.to_string())?;
    let hash = chain(last, &body);
    let mut insert = connection
        .prepare_cached("INSERT INTO rows VALUES (?1, ?2, ?3)")
        .map_err(|error| error.to_string())?;
    insert.execute(params![height as i64, body, hash.as_slice()]).map_err(|error| error.to_string())?;
    Ok(hash)
}
