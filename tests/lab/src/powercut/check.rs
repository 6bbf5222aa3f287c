//! The first start after a power cut: what is there, and what the operator is told.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;

use danmal_journal::{Claim, Folder, Journal};
use jiff::Timestamp;

use super::journal_of;
use super::record::Row;
use super::till::{self, TERMINALS, Till};
use crate::crash::Random;

/// What a start found.
pub(super) enum Found {
    /// Everything that was acknowledged is there, and money may move.
    Whole,
    /// It is there, and money is refused all the same.
    Alarm(String),
    /// Something is lost, and money is refused.
    Detected(String),
    /// Something is lost, and nobody is told.
    Undetected(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("everything is there"),
            Self::Alarm(what) => write!(f, "nothing is lost, and money is refused: {what}"),
            Self::Detected(what) => write!(f, "a loss was detected: {what}"),
            Self::Undetected(what) => write!(f, "a loss was not detected: {what}"),
        }
    }
}

/// Opens the journal and claims its terminals as a till does, and looks for every row that is owed.
pub(super) fn open(root: &Path, owed: &[Row], pruned: &[u64], random: &mut Random) -> Found {
    let journal = match Journal::open(journal_of(root), false) {
        Ok(journal) => journal,
        // A till that cannot open its journal refuses all money.
        Err(error) => return judge(missing(root, owed, pruned), vec![error.to_string()]),
    };
    let mut told = Vec::new();
    for terminal in TERMINALS {
        match Claim::acquire(&Folder::at(root), terminal, &journal) {
            Ok(claim) => told.extend(claim.safe_mode()),
            Err(refused) => told.push(refused.to_string()),
        }
    }
    let missing = missing(root, owed, pruned);
    // A loss may concern either terminal: both must be stopped.
    if missing.is_some() && told.len() < TERMINALS.len() {
        told.clear();
    }
    let fine = told.is_empty() && missing.is_none();
    drop(journal);
    if fine
        && random.one_in(4)
        && let Err(error) = go_on(root, random)
    {
        return Found::Undetected(format!("the journal does not go on: {error}"));
    }
    judge(missing, told)
}

fn judge(missing: Option<String>, told: Vec<String>) -> Found {
    match (missing, told.into_iter().next()) {
        (None, None) => Found::Whole,
        (None, Some(told)) => Found::Alarm(told),
        (Some(missing), Some(told)) => Found::Detected(format!("{missing}; {told}")),
        (Some(missing), None) => Found::Undetected(missing),
    }
}

/// The first row that is owed and is not there as it was.
fn missing(root: &Path, owed: &[Row], pruned: &[u64]) -> Option<String> {
    let rows = match till::rows(root) {
        Ok(rows) => rows,
        Err(_) if owed.is_empty() => return None,
        Err(error) => return Some(format!("{} rows are owed: {error}", owed.len())),
    };
    let found: HashMap<u64, &[u8]> = rows.iter().map(|row| (row.height, row.body.as_slice())).collect();
    let pruned: HashSet<u64> = pruned.iter().copied().collect();
    let lost = |row: &&Row| match found.get(&row.height) {
        Some(body) if body.starts_with(b"anchor ") => !pruned.contains(&row.height),
        Some(body) => *body != row.body,
        None => !pruned.contains(&row.height),
    };
    let first = owed.iter().find(lost)?;
    Some(format!("row {} of {} that are owed", first.height, owed.len()))
}

/// A shop can pay again.
fn go_on(root: &Path, random: &mut Random) -> std::io::Result<()> {
    let mut till = Till::open(root, Timestamp::now())?;
    till.sell(2, random)?;
    till.settle()
}
