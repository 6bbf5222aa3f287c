//! A look at another journal: whether it is there, and whether an operation of it is open.

use std::path::Path;

use danmal_model::{Fact, JournalId, Ptxid, Record};

use super::open;

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
        /// The operation that was asked for is in it without an end, or not in it at all.
        open: bool,
    },
}

/// Reads, and changes nothing. Another process may have it open.
pub(crate) fn peek(path: &Path, ptxid: Option<Ptxid>) -> Peek {
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Peek::Missing,
        Err(error) => return Peek::Unreadable(error.to_string()),
    }
    match look(path, ptxid) {
        Ok(Some((id, open))) => Peek::Found { id, open },
        Ok(None) => Peek::Unreadable("it has no id".to_owned()),
        Err(error) => Peek::Unreadable(error.to_string()),
    }
}

fn look(path: &Path, ptxid: Option<Ptxid>) -> rusqlite::Result<Option<(JournalId, bool)>> {
    let connection = open::connect_to_read(path)?;
    let Some(id) = open::id(&connection)? else { return Ok(None) };
    let Some(ptxid) = ptxid else { return Ok(Some((id, false))) };
    let mut select = connection.prepare("SELECT body FROM rows WHERE ptxid = ?1")?;
    let mut rows = select.query([ptxid.as_str()])?;
    let mut open = true;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(0)?;
        if let Ok(Record { fact: Fact::Ended(outcome), .. }) = serde_json::from_slice(&body) {
            open &= !outcome.is_final();
        }
    }
    Ok(Some((id, open)))
}
