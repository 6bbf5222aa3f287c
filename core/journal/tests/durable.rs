//! The journal on disk: what was acknowledged is there again, and damage is seen and never deleted.

use std::path::Path;
use std::sync::mpsc::channel;

use danmal_journal::{Condition, Journal, JournalError};
use danmal_model::{Amounts, Fact, Intent, Kind, Ptxid, Record};
use jiff::Timestamp;

fn record(journal: &Journal, count: u32) -> Record {
    let ptxid = Ptxid::new(journal.id(), count, 0);
    let intent = Intent {
        ptxid,
        simulated: true,
        order: Some(format!("order-{count}")),
        ..Intent::asked(
            Kind::CardApproval,
            "tcp://127.0.0.1:9100",
            Amounts::won(15_000),
            Timestamp::UNIX_EPOCH,
        )
    };
    Record {
        at: Timestamp::UNIX_EPOCH,
        terminal: intent.terminal.clone(),
        ptxid: Some(ptxid),
        fact: Fact::Intent(Box::new(intent)),
    }
}

fn commit(journal: &Journal, record: Record) {
    let (send, receive) = channel();
    journal.commit(record, move |result| {
        let _ = send.send(result);
    });
    receive.recv().unwrap().unwrap();
}

/// A journal with a few rows, closed.
fn written(path: &Path) -> usize {
    let journal = Journal::open(path, true).unwrap();
    for count in 1..=3 {
        commit(&journal, record(&journal, count));
    }
    journal.book(|book| book.len())
}

fn database(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

#[test]
fn what_was_acknowledged_is_there_again_and_numbers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    assert_eq!(written(&path), 3);
    let journal = Journal::open(&path, true).unwrap();
    assert_eq!(journal.book(|book| book.open_intents("tcp://127.0.0.1:9100").len()), 3);
    assert_eq!(journal.book(|book| book.next_ptxid(0)).count(), Some(4));
    assert_eq!(journal.condition(), &Condition::Sound);
}

#[test]
fn rule_14_a_changed_or_missing_row_is_damage_and_is_moved_aside() {
    for harm in [
        "UPDATE rows SET body = CAST(replace(CAST(body AS TEXT), '15000', '15001') AS BLOB) WHERE height = 2",
        "DELETE FROM rows WHERE height = 2",
        "UPDATE rows SET hash = zeroblob(32) WHERE height = 3",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        written(&path);
        assert_eq!(database(&path).execute(harm, []).unwrap(), 1, "{harm}");
        let journal = Journal::open(&path, true).unwrap();
        let Condition::Damaged { moved_to } = journal.condition() else { panic!("not seen: {harm}") };
        assert!(moved_to.exists());
        assert!(journal.safe_mode("").is_some());
        assert_eq!(journal.book(|book| book.len()), 0);
        drop(journal);
        // It is still so after a restart, until an operator accepts it.
        let journal = Journal::open(&path, true).unwrap();
        assert!(journal.safe_mode("").is_some());
        let reason = "checked the slips".to_owned();
        let at = Timestamp::UNIX_EPOCH;
        let fact = Fact::Accepted { reason };
        commit(&journal, Record { at, terminal: String::new(), ptxid: None, fact });
        assert_eq!(journal.safe_mode(""), None);
    }
}

#[test]
fn rule_14_a_file_that_is_no_journal_is_moved_aside_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let text = "this was somebody's shopping list ".repeat(200);
    std::fs::write(&path, &text).unwrap();
    let journal = Journal::open(&path, true).unwrap();
    let Condition::Damaged { moved_to } = journal.condition() else { panic!("not seen") };
    assert_eq!(std::fs::read_to_string(moved_to).unwrap(), text);
}

#[test]
fn a_newer_schema_and_the_other_kind_of_money_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    written(&path);
    assert!(matches!(Journal::open(&path, false), Err(JournalError::OtherKind { simulated: true, .. })));
    database(&path).pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Journal::open(&path, true), Err(JournalError::Newer { found: 99, .. })));
    assert!(path.exists());
}

#[cfg(unix)]
#[test]
fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let journal = Journal::open(&path, true).unwrap();
    commit(&journal, record(&journal, 1));
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 2, "the database and its log");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}
