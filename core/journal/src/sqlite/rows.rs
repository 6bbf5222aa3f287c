//! The rows and their chain: each row's hash covers its height, its body and the hash before it.

use danmal_model::Record;
use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::fault::Fault;
use crate::book::Book;

pub(super) type Hash = [u8; 32];

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) height: u64,
    pub(super) hash: Hash,
}

impl Tail {
    pub(super) const EMPTY: Self = Self { height: 0, hash: [0; 32] };

    pub(super) fn next(&self, body: &[u8]) -> Self {
        let height = self.height + 1;
        let hash = Sha256::new()
            .chain_update(self.hash)
            .chain_update(height.to_be_bytes())
            .chain_update(body)
            .finalize();
        Self { height, hash: hash.into() }
    }
}

/// The first half of a hash as hexadecimal text, enough to tell two histories apart.
pub(super) fn short(hash: &[u8]) -> String {
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

const ANCHOR: &[u8] = b"anchor ";

/// What stands in the place of the last of some pruned rows. The row keeps its hash, so that the next one
/// still fits; the text vouches for it.
pub(super) fn anchor(height: u64, hash: &[u8]) -> Vec<u8> {
    let sum = Sha256::new().chain_update(ANCHOR).chain_update(height.to_be_bytes()).chain_update(hash);
    [ANCHOR, short(&sum.finalize()).as_bytes()].concat()
}

pub(super) fn is_anchor(body: &[u8]) -> bool {
    body.starts_with(ANCHOR)
}

/// Reads all rows, verifies the chain and applies them to a book.
pub(super) fn load(connection: &Connection, path: &std::path::Path, book: &mut Book) -> Result<Tail, Fault> {
    let sql = |error: rusqlite::Error| Fault::of(path, &error);
    let mut select = connection
        .prepare("SELECT height, at, terminal, ptxid, body, hash FROM rows ORDER BY height")
        .map_err(sql)?;
    let mut found = select.query([]).map_err(sql)?;
    let mut tail = Tail::EMPTY;
    while let Some(row) = found.next().map_err(sql)? {
        let height = row.get::<_, i64>(0).map_err(sql)? as u64;
        let body = row.get_ref(4).map_err(sql)?.as_blob().map_err(|error| Fault::of(path, &error.into()))?;
        let hash = row.get_ref(5).map_err(sql)?.as_blob().map_err(|error| Fault::of(path, &error.into()))?;
        let broken = || Fault::Damaged(format!("the chain breaks at row {height}"));
        if is_anchor(body) {
            if height <= tail.height || body != anchor(height, hash) {
                return Err(broken());
            }
            tail = Tail { height, hash: hash.try_into().map_err(|_| broken())? };
            continue;
        }
        let next = tail.next(body);
        if next.height != height || next.hash != hash {
            return Err(broken());
        }
        tail = next;
        let record: Record = serde_json::from_slice(body).map_err(|_| {
            Fault::Error(crate::journal::JournalError::UnknownRow { path: path.to_path_buf(), height })
        })?;
        let beside = (
            row.get::<_, i64>(1).map_err(sql)?,
            row.get::<_, String>(2).map_err(sql)?,
            row.get::<_, Option<String>>(3).map_err(sql)?,
        );
        let inside = (
            record.at.as_millisecond(),
            record.terminal.clone(),
            record.ptxid.map(|ptxid| ptxid.as_str().to_owned()),
        );
        if beside != inside {
            return Err(broken());
        }
        book.apply_at(height, &record);
    }
    Ok(tail)
}

/// Appends a record; it is durable when the transaction is.
pub(super) fn append(connection: &Connection, tail: &Tail, record: &Record) -> rusqlite::Result<Tail> {
    let body = serde_json::to_vec(record)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let next = tail.next(&body);
    let ptxid = record.ptxid.as_ref().map(danmal_model::Ptxid::as_str);
    connection
        .prepare_cached(
            "INSERT INTO rows (height, at, terminal, ptxid, body, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            next.height as i64,
            record.at.as_millisecond(),
            record.terminal,
            ptxid,
            body,
            next.hash.as_slice()
        ])?;
    Ok(next)
}

/// The last row as the file has it; an empty journal's end where there is none.
pub(super) fn tail(connection: &Connection) -> rusqlite::Result<Tail> {
    let mut select =
        connection.prepare_cached("SELECT height, hash FROM rows ORDER BY height DESC LIMIT 1")?;
    let mut found = select.query([])?;
    match found.next()? {
        Some(row) => Ok(Tail { height: row.get::<_, i64>(0)? as u64, hash: row.get(1)? }),
        None => Ok(Tail::EMPTY),
    }
}

/// Takes out what stands after `tail`, if all of it is `own`: rows that this writer wrote and did not
/// acknowledge. Another's are never touched. False where there is one: then nothing is.
pub(super) fn take_back(connection: &Connection, tail: &Tail, own: &[Tail]) -> rusqlite::Result<bool> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    {
        let mut select =
            transaction.prepare_cached("SELECT height, hash FROM rows WHERE height > ?1 ORDER BY height")?;
        let mut found = select.query([tail.height as i64])?;
        while let Some(row) = found.next()? {
            let above = Tail { height: row.get::<_, i64>(0)? as u64, hash: row.get(1)? };
            if !own.contains(&above) {
                return Ok(false);
            }
        }
        transaction.prepare_cached("DELETE FROM rows WHERE height > ?1")?.execute([tail.height as i64])?;
    }
    transaction.commit()?;
    Ok(true)
}
