//! What the durable writes of a payment cost without danmal: the bytes that its journal has just written, written
//! again by SQLite alone into a file beside it, with the same tables and the same settings, one statement each; and
//! after the first row the 4 KiB of rule 4's marker, written over and synced. The hand-written client makes them in
//! the middle of its own payments, at the same moments: a disk that is asked between two frames takes longer than one
//! that is asked again and again.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

/// Each of a marker's two slots.
const SLOT: usize = 4096;

/// How many rows an approval has: the intent, the answer before 980001, the end before the caller learns.
const ROWS: usize = 3;

struct Row {
    at: i64,
    terminal: String,
    ptxid: Option<String>,
    body: Vec<u8>,
    hash: Vec<u8>,
}

/// A journal to copy from, a database to copy into, and a marker.
pub struct Commits {
    journal: Connection,
    copy: Connection,
    marker: File,
    height: i64,
    /// The rows of the payments to come.
    rows: VecDeque<Row>,
}

impl Commits {
    /// Makes `commits.db` and `commits.marker` in a folder.
    pub fn open(journal: &Path, folder: &Path) -> io::Result<Self> {
        let marker =
            File::options().create(true).truncate(true).write(true).open(folder.join("commits.marker"))?;
        marker.write_all_at(&[b' '; 2 * SLOT], 0)?;
        marker.sync_all()?;
        Self::connect(journal, &folder.join("commits.db"), marker).map_err(io::Error::other)
    }

    fn connect(journal: &Path, copy: &Path, marker: File) -> rusqlite::Result<Self> {
        let journal = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let copy = Connection::open(copy)?;
        copy.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        // As a journal is written with.
        copy.execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA fullfsync = ON;
             PRAGMA checkpoint_fullfsync = ON;
             PRAGMA cell_size_check = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA temp_store = MEMORY;
             PRAGMA journal_size_limit = 16777216;",
        )?;
        let tables: Vec<String> = journal
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for table in tables {
            copy.execute_batch(&table)?;
        }
        Ok(Self { journal, copy, marker, height: 0, rows: VecDeque::new() })
    }

    /// Reads the rows of the newest payments of the journal, to be written again.
    pub fn prepare(&mut self, payments: usize) -> io::Result<()> {
        self.rows = self.newest(payments * ROWS).map_err(io::Error::other)?.into();
        if self.rows.len() < payments * ROWS {
            return Err(io::Error::other("the journal has too few rows"));
        }
        Ok(())
    }

    /// The next row, and what the marker becomes with it.
    pub fn next(&mut self) -> io::Result<()> {
        let row =
            self.rows.pop_front().ok_or_else(|| io::Error::other("more payments than were prepared"))?;
        self.commit(&row).map_err(io::Error::other)?;
        match self.height as usize % ROWS {
            1 => {
                self.marker.write_all_at(&[b'm'; SLOT], 0)?;
                self.marker.sync_data()
            }
            0 => self.marker.write_all_at(&[b'c'; SLOT], SLOT as u64),
            _ => Ok(()),
        }
    }

    fn newest(&self, count: usize) -> rusqlite::Result<Vec<Row>> {
        let mut select = self.journal.prepare_cached(
            "SELECT * FROM (SELECT height, at, terminal, ptxid, body, hash FROM rows ORDER BY height DESC LIMIT ?1)
             ORDER BY height",
        )?;
        let rows = select.query_map([count as i64], |row| {
            Ok(Row {
                at: row.get(1)?,
                terminal: row.get(2)?,
                ptxid: row.get(3)?,
                body: row.get(4)?,
                hash: row.get(5)?,
            })
        })?;
        rows.collect()
    }

    fn commit(&mut self, row: &Row) -> rusqlite::Result<()> {
        self.height += 1;
        // A statement alone is a transaction.
        self.copy
            .prepare_cached(
                "INSERT INTO rows (height, at, terminal, ptxid, body, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![self.height, row.at, row.terminal, row.ptxid, row.body, row.hash])
            .map(|_| ())
    }
}
