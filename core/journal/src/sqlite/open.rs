//! Opening: who may, what is found, what is done about it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use danmal_model::JournalId;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::fault::Fault;
use super::rows::{self, Tail};
use crate::book::Book;
use crate::files;
use crate::journal::{Condition, JournalError, system_random};
use crate::lock::{Holder, Lock, NotTaken};

/// `DANM`: which program's database it is.
const APPLICATION: i64 = 0x4441_4e4d;

/// What makes schema `n + 1` of schema `n`; schema 0 is an empty file.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE rows (
        height INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        terminal TEXT NOT NULL,
        ptxid TEXT,
        body BLOB NOT NULL,
        hash BLOB NOT NULL
    );
"];

pub(super) const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// What a journal says of itself.
#[derive(Debug)]
pub(crate) struct Meta {
    pub(crate) id: JournalId,
    pub(crate) digest_key: [u64; 2],
    pub(crate) condition: Condition,
}

/// An open file with its lock, for the writer.
pub(crate) struct OpenFile {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) tail: Tail,
    pub(super) lock: Lock,
}

pub(crate) struct Opened {
    pub(crate) meta: Meta,
    pub(crate) book: Book,
    pub(crate) tail: OpenFile,
}

pub(crate) fn open(path: &Path, simulated: bool) -> Result<Opened, JournalError> {
    let system = |error: io::Error| JournalError::system(path, &error);
    files::make_folder(files::folder_of(path)).map_err(system)?;
    let path = files::canonical(path).map_err(system)?;
    let lock = take_lock(&path)?;
    create_private(&path).map_err(system)?;
    let tried = match remains(&path).map_err(system)? {
        Some(what) => Err(Fault::Damaged(what.to_owned())),
        None => try_open(&path, simulated, earlier_damage(&path)),
    };
    let (meta, book, connection, tail) = match tried {
        Ok(opened) => opened,
        Err(Fault::Error(error)) => return Err(error),
        Err(Fault::Damaged(_)) => {
            let moved_to = move_aside(&path).map_err(system)?;
            create_private(&path).map_err(system)?;
            try_open(&path, simulated, Some(moved_to)).map_err(|fault| match fault {
                Fault::Error(error) => error,
                Fault::Damaged(detail) => JournalError::system(&path, &detail),
            })?
        }
    };
    Ok(Opened { meta, book, tail: OpenFile { path, connection, tail, lock } })
}

fn lock_path(path: &Path) -> PathBuf {
    files::beside(path, ".lock")
}

/// One journal object over all processes. One of this process that is just being closed is waited for.
fn take_lock(path: &Path) -> Result<Lock, JournalError> {
    let lock_path = lock_path(path);
    let patience = Instant::now() + Duration::from_secs(2);
    loop {
        let held = |holder: Holder| JournalError::Held {
            path: path.to_path_buf(),
            holder: Holder { journal: None, ..holder },
        };
        match Lock::take(&lock_path, 0, true) {
            Ok(lock) => {
                let signed = lock.sign(&Holder::this_process(None));
                return signed.map(|()| lock).map_err(|error| JournalError::system(path, &error));
            }
            Err(NotTaken::Here) if Instant::now() < patience => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(NotTaken::Here) => return Err(held(Holder::this_process(None))),
            Err(NotTaken::Elsewhere) => return Err(held(Holder::default().with(&lock_path))),
            Err(NotTaken::Io(error)) => return Err(JournalError::system(path, &error)),
        }
    }
}

/// The file for its owner alone, before SQLite, which follows the umask, makes it; its log and index take its
/// mode over.
fn create_private(path: &Path) -> io::Result<()> {
    match files::private().create_new(true).open(path) {
        Ok(_) => files::sync_folder(files::folder_of(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => files::make_private(path),
        Err(error) => Err(error),
    }
}

/// What SQLite would take for nothing and write over: a file that is too short to be a database, and a log
/// whose database is empty or gone.
fn remains(path: &Path) -> io::Result<Option<&'static str>> {
    match std::fs::metadata(path)?.len() {
        0 => match std::fs::metadata(files::beside(path, "-wal")) {
            Ok(log) if log.len() > 0 => Ok(Some("its database is gone, its log is not")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(None),
        },
        1..512 => Ok(Some("it is too short")),
        _ => Ok(None),
    }
}

/// A damaged journal beside a fresh one, whose making was interrupted or which somebody removed.
fn earlier_damage(path: &Path) -> Option<PathBuf> {
    let prefix = files::beside(path, ".damaged-");
    let prefix = prefix.file_name()?.to_str()?.to_owned();
    let names = std::fs::read_dir(files::folder_of(path)).ok()?.filter_map(Result::ok);
    let damaged = names.filter(|entry| {
        entry.file_name().to_str().is_some_and(|name| {
            name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
    });
    damaged.map(|entry| entry.path()).max()
}

/// Nothing is deleted: the database, its log and its index get new names.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let to = files::unused_name_beside(path)?;
    for suffix in ["-wal", "-shm"] {
        match std::fs::rename(files::beside(path, suffix), files::beside(&to, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, &to)?;
    files::sync_folder(files::folder_of(path))?;
    Ok(to)
}

/// A connection to write with.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA cell_size_check = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 16777216;",
    )?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn connect_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    Ok(connection)
}

/// Refuses what is not ours or newer, before anything is changed; then migrates. What a fresh journal says of
/// itself is in the same transaction as its tables: whoever is killed meanwhile leaves all of it, or nothing.
fn prepare(connection: &mut Connection, path: &Path, kind: &str, damage: Option<&Path>) -> Result<(), Fault> {
    let sql = |error: rusqlite::Error| Fault::of(path, &error);
    let number = |connection: &Connection, name: &str| {
        connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(sql)
    };
    let found = number(connection, "user_version")?;
    let application = number(connection, "application_id")?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sql)?;
    let fresh = tables == 0 && application == 0 && found == 0;
    if !fresh && application != APPLICATION {
        let detail = "it is a database of another program".to_owned();
        return Err(Fault::Error(JournalError::NotAJournal { path: path.to_path_buf(), detail }));
    }
    if found > SCHEMA {
        let path = path.to_path_buf();
        return Err(Fault::Error(JournalError::Newer { path, found, known: SCHEMA }));
    }
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(sql)?;
    if !mode.eq_ignore_ascii_case("wal") {
        let problem = format!("SQLite's log cannot be used here (journal mode {mode})");
        return Err(Fault::Error(JournalError::system(path, &problem)));
    }
    let missing = usize::try_from(found).ok().and_then(|found| MIGRATIONS.get(found..)).unwrap_or(&[]);
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction().map_err(sql)?;
    for migration in missing {
        transaction.execute_batch(migration).map_err(sql)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(sql)?;
    transaction.pragma_update(None, "user_version", SCHEMA).map_err(sql)?;
    if fresh {
        write_meta(&transaction, kind, damage).map_err(sql)?;
    }
    transaction.commit().map_err(sql)
}

fn write_meta(connection: &Connection, kind: &str, damage: Option<&Path>) -> rusqlite::Result<()> {
    let id = system_random() & 0xffff_ffff_ffff;
    let created = jiff::Timestamp::now().to_string();
    set_meta(connection, "id", &format!("{id:012x}"))?;
    set_meta(connection, "digestKey", &format!("{:016x}{:016x}", system_random(), system_random()))?;
    set_meta(connection, "created", &created)?;
    set_meta(connection, "kind", kind)?;
    match damage {
        Some(damage) => set_meta(connection, "damaged", &damage.to_string_lossy()),
        None => Ok(()),
    }
}

pub(super) fn set_meta(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [name, value]).map(|_| ())
}

pub(super) fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let mut select = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    select.query_row([name], |row| row.get(0)).optional()
}

/// The journal's id as its file says.
pub(super) fn id(connection: &Connection) -> rusqlite::Result<Option<JournalId>> {
    let id = meta(connection, "id")?;
    Ok(id.and_then(|text| u64::from_str_radix(&text, 16).ok()).map(JournalId::new))
}

type Parts = (Meta, Book, Connection, Tail);

fn try_open(path: &Path, simulated: bool, damage: Option<PathBuf>) -> Result<Parts, Fault> {
    let sql = |error: rusqlite::Error| Fault::of(path, &error);
    let mut connection = connect(path).map_err(sql)?;
    let kind = if simulated { "simulated" } else { "real" };
    prepare(&mut connection, path, kind, damage.as_deref())?;
    let wanted = |name: &str| {
        meta(&connection, name).map_err(sql)?.ok_or_else(|| Fault::Damaged(format!("no {name} in it")))
    };
    if wanted("kind")? != kind {
        let path = path.to_path_buf();
        return Err(Fault::Error(JournalError::OtherKind { path, simulated: !simulated }));
    }
    let id = id(&connection).map_err(sql)?.ok_or_else(|| Fault::Damaged("no id in it".to_owned()))?;
    let key = wanted("digestKey")?;
    let half = |range| key.get(range).and_then(|half: &str| u64::from_str_radix(half, 16).ok());
    let (Some(high), Some(low)) = (half(0..16), half(16..32)) else {
        return Err(Fault::Damaged("no digest key in it".to_owned()));
    };
    let digest_key = [high, low];
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sql)?;
    if verdict != "ok" {
        return Err(Fault::Damaged(verdict));
    }
    let mut book = Book::new(id, digest_key, simulated);
    let tail = rows::load(&connection, path, &mut book)?;
    if let Some(count) = meta(&connection, "count").map_err(sql)? {
        book.continue_after(count.parse().map_err(|_| Fault::Damaged("no count in it".to_owned()))?);
    }
    let condition = match meta(&connection, "damaged").map_err(sql)? {
        Some(moved_to) => Condition::Damaged { moved_to: PathBuf::from(moved_to) },
        None => Condition::Sound,
    };
    Ok((Meta { id, digest_key, condition }, book, connection, tail))
}
