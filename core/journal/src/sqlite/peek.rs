//! A look at another journal: whether it is there, and whether an operation of a terminal is open in it.

use std::path::Path;

use danmal_model::{Fact, JournalId, Ptxid, Record};

use super::{open, rows};

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Peek {
    /// No such file.
    Missing,
    /// There is a file, and it is no journal or cannot be read.
    Unreadable(String),
    /// A journal.
    Found {
        /// Its id.
        id: JournalId,
        /// An operation of the terminal that is in it without an end and without an operator's word; or the one
        /// that the marker names, if that is not in it at all.
        open: Option<Ptxid>,
    },
}

/// Reads, and changes nothing. Another process may have it open. A marker may be older than the journal that it
/// names, so all operations of the terminal are looked at and not the `marked` one alone.
pub(crate) fn peek(path: &Path, terminal: &str, marked: Option<Ptxid>) -> Peek {
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Peek::Missing,
        Err(error) => return Peek::Unreadable(error.to_string()),
    }
    match look(path, terminal, marked) {
        Ok(Some((id, open))) => Peek::Found { id, open },
        Ok(None) => Peek::Unreadable("it has no id".to_owned()),
        Err(error) => Peek::Unreadable(error.to_string()),
    }
}

fn look(
    path: &Path,
    terminal: &str,
    marked: Option<Ptxid>,
) -> rusqlite::Result<Option<(JournalId, Option<Ptxid>)>> {
    let connection = open::connect_to_read(path)?;
    let Some(id) = open::id(&connection)? else { return Ok(None) };
    let mut select =
        connection.prepare("SELECT body FROM rows WHERE terminal = ?1 OR ptxid = ?2 ORDER BY height")?;
    let mut found = select.query((terminal, marked.as_ref().map(Ptxid::as_str)))?;
    let mut known = marked.is_none();
    let mut open: Vec<Ptxid> = Vec::new();
    while let Some(row) = found.next()? {
        let body: Vec<u8> = row.get(0)?;
        if rows::is_anchor(&body) {
            continue;
        }
        let Ok(Record { fact, ptxid: Some(ptxid), .. }) = serde_json::from_slice(&body) else { continue };
        known |= marked == Some(ptxid);
        let over = match fact {
            Fact::Intent(_) => {
                open.push(ptxid);
                false
            }
            Fact::Ended(outcome) => outcome.is_final(),
            Fact::Overridden { .. } => true,
            _ => false,
        };
        if over {
            open.retain(|other| *other != ptxid);
        }
    }
    let unknown = marked.filter(|_| !known);
    Ok(Some((id, unknown.or(open.first().copied()))))
}
