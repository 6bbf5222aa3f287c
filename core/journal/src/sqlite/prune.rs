//! Letting old rows go. The chain goes over the gaps: the last row of each keeps its hash and becomes an anchor.

use std::collections::{HashMap, HashSet};

use danmal_model::{Fact, Ptxid, Record};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{open, rows};
use crate::book::Book;

struct Row {
    height: i64,
    at: i64,
    ptxid: Option<Ptxid>,
    anchor: bool,
}

/// Returns how many rows went.
pub(super) fn prune(connection: &Connection, book: &mut Book, before: Timestamp) -> rusqlite::Result<u64> {
    let cut = before.as_millisecond();
    let all = read(connection)?;
    let mut newest: HashMap<Ptxid, i64> = HashMap::new();
    for row in &all {
        if let Some(ptxid) = row.ptxid {
            let at = newest.entry(ptxid).or_insert(row.at);
            *at = row.at.max(*at);
        }
    }
    let gone: HashSet<Ptxid> =
        book.prunable(|placed| newest.get(&placed.ptxid).is_none_or(|at| *at < cut)).into_iter().collect();
    let transaction = connection.unchecked_transaction()?;
    let mut removed = 0;
    let mut run: Vec<&Row> = Vec::new();
    let last = all.last().map(|row| row.height);
    for row in &all {
        let goes = Some(row.height) != last
            && match row.ptxid {
                _ if row.anchor => true,
                Some(ptxid) => gone.contains(&ptxid) || (row.at < cut && book.placed(ptxid).is_none()),
                None => row.at < cut && !is_acceptance(&transaction, row.height)?,
            };
        if goes {
            run.push(row);
        } else {
            removed += let_go(&transaction, &mut run)?;
        }
    }
    removed += let_go(&transaction, &mut run)?;
    open::set_meta(&transaction, "count", &book.count().to_string())?;
    transaction.commit()?;
    book.prune(gone);
    Ok(removed)
}

fn read(connection: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut select =
        connection.prepare("SELECT height, at, ptxid, substr(body, 1, 7) FROM rows ORDER BY height")?;
    let rows = select.query_map([], |row| {
        let ptxid: Option<String> = row.get(2)?;
        let start: Vec<u8> = row.get(3)?;
        Ok(Row {
            height: row.get(0)?,
            at: row.get(1)?,
            ptxid: ptxid.and_then(|text| text.parse().ok()),
            anchor: rows::is_anchor(&start),
        })
    })?;
    rows.collect()
}

/// Acceptances stay: without them a journal would be in safe mode again.
fn is_acceptance(connection: &Connection, height: i64) -> rusqlite::Result<bool> {
    let mut select = connection.prepare_cached("SELECT body FROM rows WHERE height = ?1")?;
    let body: Vec<u8> = select.query_row([height], |row| row.get(0))?;
    let record = serde_json::from_slice::<Record>(&body);
    Ok(!matches!(record, Ok(Record { fact, .. }) if !matches!(fact, Fact::Accepted { .. })))
}

/// Deletes neighbouring rows and leaves an anchor in the place of the last.
fn let_go(connection: &Connection, run: &mut Vec<&Row>) -> rusqlite::Result<u64> {
    let Some(last) = run.last().map(|row| row.height) else { return Ok(0) };
    let removed = run.iter().filter(|row| !row.anchor).count() as u64;
    for row in run.drain(..) {
        if row.height != last {
            connection.prepare_cached("DELETE FROM rows WHERE height = ?1")?.execute([row.height])?;
        }
    }
    if removed > 0 {
        let mut select = connection.prepare_cached("SELECT hash FROM rows WHERE height = ?1")?;
        let hash: Vec<u8> = select.query_row([last], |row| row.get(0))?;
        connection
            .prepare_cached("UPDATE rows SET body = ?2, terminal = '', ptxid = NULL WHERE height = ?1")?
            .execute(params![last, rows::anchor(last as u64, &hash)])?;
    }
    Ok(removed)
}
