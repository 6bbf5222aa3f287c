//! Rule 14: a damaged journal is seen, moved aside whole and never deleted; what is no damage is not moved.

use std::fs;
use std::path::Path;

use danmal_journal::{Condition, HistoryFilter, Journal, JournalError};
use danmal_model::Outcome;

use crate::common::*;

/// A closed journal of some payments, and what it says.
fn written(path: &Path) -> Vec<Option<Outcome>> {
    let journal = Journal::open(path, false).unwrap();
    for number in 0..12 {
        pay(&journal, &ordered(15_000 + number, &format!("order-{number}")), &number.to_string());
    }
    let said = said(&journal);
    assert!(journal.close(LIFE));
    said
}

fn said(journal: &Journal) -> Vec<Option<Outcome>> {
    journal.history(&HistoryFilter::default()).unwrap().into_iter().map(|entry| entry.outcome).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    files.map(|name| name.into_string().unwrap()).collect()
}

#[test]
fn a_flipped_byte_anywhere_is_seen_or_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.db");
    let before = written(&path);
    let whole = fs::read(&path).unwrap();
    let mut seen = 0;
    let step = 97;
    for at in (0..whole.len()).step_by(step) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("till.db");
        fs::write(&path, &flipped).unwrap();
        match Journal::open(&path, false) {
            Ok(journal) => match journal.condition() {
                Condition::Sound => assert_eq!(said(&journal), before, "byte {at} was not seen"),
                Condition::Damaged { moved_to } => {
                    assert_eq!(fs::read(moved_to).unwrap(), flipped, "byte {at}: kept as it was");
                    assert!(journal.safe_mode(TERMINAL).is_some());
                    seen += 1;
                }
            },
            // The header says what kind of file it is; it is left alone.
            Err(error) => {
                assert!(
                    matches!(error, JournalError::NotAJournal { .. } | JournalError::Newer { .. }),
                    "byte {at}: {error}"
                );
                assert_eq!(fs::read(&path).unwrap(), flipped, "byte {at}: left alone");
            }
        }
    }
    assert!(seen * step > whole.len() / 2, "{seen} of {} were seen", whole.len() / step);
}

#[test]
fn a_truncated_file_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.db");
    written(&path);
    let whole = fs::read(&path).unwrap();
    for length in [1, 99, 4095, 4096, 8192, whole.len() - 4096, whole.len() - 1] {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("till.db");
        fs::write(&path, &whole[..length]).unwrap();
        let journal = Journal::open(&path, false).unwrap();
        let Condition::Damaged { moved_to } = journal.condition() else { panic!("{length} bytes") };
        assert_eq!(fs::read(moved_to).unwrap(), &whole[..length]);
    }
}

#[test]
fn a_row_is_not_taken_out_nor_put_into_another_place() {
    for harm in [
        "DELETE FROM rows WHERE height = 1",
        "DELETE FROM rows WHERE height BETWEEN 4 AND 6",
        "UPDATE rows SET height = 1000 WHERE height = 5; UPDATE rows SET height = 5 WHERE height = 6;
         UPDATE rows SET height = 6 WHERE height = 1000",
        "UPDATE rows SET at = at + 1 WHERE height = 3",
        "UPDATE rows SET terminal = 'tcp://192.0.2.9:1' WHERE height = 3",
        "UPDATE rows SET ptxid = NULL WHERE height = 3",
        "UPDATE rows SET body = x'' WHERE height = 3",
        "UPDATE rows SET body = CAST('anchor 00112233445566778899aabbccddeeff' AS BLOB) WHERE height = 3",
        "DELETE FROM meta WHERE name = 'id'",
        "UPDATE meta SET value = 'x' WHERE name = 'digestKey'",
        "DROP TABLE meta",
        "DROP TABLE rows",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        written(&path);
        rusqlite::Connection::open(&path).unwrap().execute_batch(harm).unwrap();
        let journal = Journal::open(&path, false).unwrap();
        assert!(matches!(journal.condition(), Condition::Damaged { .. }), "{harm}");
    }
}

#[test]
fn a_log_without_its_database_is_damage_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let journal = Journal::open(&path, false).unwrap();
    pay(&journal, &sale(1), "1");
    let log = fs::read(folder.path().join("till.db-wal")).unwrap();
    assert!(!log.is_empty());
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("till.db");
    fs::write(place.path().join("till.db-wal"), &log).unwrap();
    let journal = Journal::open(&path, false).unwrap();
    assert!(matches!(journal.condition(), Condition::Damaged { .. }));
    let kept =
        names(place.path()).into_iter().find(|name| name.contains("damaged") && name.ends_with("-wal"));
    assert_eq!(fs::read(place.path().join(kept.expect("the log is kept"))).unwrap(), log);
}

#[test]
fn safe_mode_outlives_a_restart_and_an_interrupted_making() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    fs::write(&path, "no journal ".repeat(1000)).unwrap();
    assert!(Journal::open(&path, false).unwrap().safe_mode(TERMINAL).is_some());
    assert!(Journal::open(&path, false).unwrap().safe_mode(TERMINAL).is_some(), "after a restart");
    // The power went before the fresh one was made.
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.path().join(format!("till.db{suffix}")));
    }
    let journal = Journal::open(&path, false).unwrap();
    assert!(journal.safe_mode(TERMINAL).is_some(), "the damaged one lies beside it");
    assert_eq!(names(folder.path()).iter().filter(|name| name.contains("damaged")).count(), 1);
}

#[test]
fn two_damages_in_one_second_are_both_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    for text in ["one ", "two ", "three "] {
        fs::write(&path, text.repeat(2000)).unwrap();
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("till.db{suffix}")));
        }
        let journal = Journal::open(&path, false).unwrap();
        assert!(journal.close(LIFE));
    }
    let names = names(folder.path());
    let kept = names.iter().filter(|name| name.contains("damaged"));
    let mut texts: Vec<_> =
        kept.map(|name| fs::read(folder.path().join(name)).unwrap()[..3].to_vec()).collect();
    texts.sort();
    assert_eq!(texts, [b"one", b"thr", b"two"]);
}

#[test]
fn another_programs_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('김치')").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let refused = Journal::open(&path, false).unwrap_err();
    assert!(matches!(refused, JournalError::NotAJournal { .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_path_that_cannot_be_used_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [file.join("till.db"), folder.path().to_path_buf()] {
        let refused = Journal::open(&path, false).unwrap_err();
        assert!(matches!(refused, JournalError::System { .. }), "{refused}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"x");
    assert!(!names(folder.path()).iter().any(|name| name.contains("damaged")));
}

#[cfg(unix)]
#[test]
fn a_journal_that_others_could_read_is_taken_away_from_them() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    written(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let journal = Journal::open(&path, false).unwrap();
    pay(&journal, &sale(1), "1");
    for name in ["till.db", "till.db-wal", "till.db-shm", "till.db.lock"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
