//! What the durable rows of a payment cost without danmal: the bytes that its journal has just written, written
//! again by SQLite alone, on one thread, into a file beside it, with the same tables and the same settings.

use std::io;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OpenFlags, params};

use super::statistics::median;

/// How many rows an approval has: the intent, the answer before 980001, the end before the caller learns.
const ROWS: usize = 3;

struct Row {
    at: i64,
    terminal: String,
    ptxid: Option<String>,
    body: Vec<u8>,
    hash: Vec<u8>,
}

/// A journal to copy from, and a database to copy into.
pub struct Commits {
    journal: Connection,
    copy: Connection,
    height: i64,
}

impl Commits {
    pub fn open(journal: &Path, copy: &Path) -> io::Result<Self> {
        Self::connect(journal, copy).map_err(io::Error::other)
    }

    fn connect(journal: &Path, copy: &Path) -> rusqlite::Result<Self> {
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
        Ok(Self { journal, copy, height: 0 })
    }

    /// The p50 of the commits of one payment, over the newest payments of the journal, in microseconds.
    pub fn round(&mut self, payments: usize) -> io::Result<f64> {
        let rows = self.newest(payments * ROWS).map_err(io::Error::other)?;
        if rows.len() < payments * ROWS {
            return Err(io::Error::other("the journal has too few rows"));
        }
        let mut times = Vec::with_capacity(payments);
        for payment in rows.chunks(ROWS) {
            let start = Instant::now();
            for row in payment {
                self.commit(row).map_err(io::Error::other)?;
            }
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        Ok(median(times))
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
