//! Rule 1: an intent is durable before anything is done on it. Rule 14: what was open is open after a restart.

use crate::common::*;
use danmal_journal::{Begun, Ending, Journal, State};
use danmal_model::{Fact, Outcome};

fn open(path: &std::path::Path) -> Journal {
    Journal::open(path, false).expect("the journal opens")
}

#[test]
fn a_committed_intent_is_open_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let journal = open(&path);
    let intent = new(journal.begin(&ordered(15_000, "7"), at(0), LIFE));
    assert_eq!(journal.pending(), [], "reserved is not recorded");
    assert_eq!(commit(&journal, intent_record(&intent)), Ok(1));
    commit(&journal, record(&intent, seen(&intent, "11112222"))).unwrap();
    commit(&journal, record(&intent, Fact::Stopping { code: "910021".to_owned() })).unwrap();
    drop(journal);

    let journal = open(&path);
    let open = journal.open_intents(TERMINAL);
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].intent, intent);
    assert_eq!(open[0].unsettled_stops, ["910021"]);
    assert_eq!(open[0].seen.as_ref().unwrap().approval.as_ref().unwrap().approval_no, "11112222");
    assert_eq!(journal.state_of(intent.ptxid), Some(State::Unresolved));
    assert_eq!(journal.height(), 3);
    let again = journal.begin(&ordered(15_000, "7"), at(1), LIFE);
    let ptxid = intent.ptxid;
    assert_eq!(again, Begun::Same { ptxid, began: at(0), state: State::Unresolved });
}

#[test]
fn an_end_is_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let (intent, before) = {
        let journal = open(&path);
        let intent = pay(&journal, &ordered(15_000, "7"), "11112222");
        let outcome = journal.outcome(intent.ptxid).unwrap();
        assert!(journal.close(LIFE));
        (intent, outcome)
    };
    let journal = open(&path);
    assert_eq!(journal.pending(), []);
    assert_eq!(journal.state_of(intent.ptxid), Some(State::Ended(Ending::Approved)));
    let outcome = journal.outcome(intent.ptxid).unwrap();
    assert_eq!(outcome, before);
    assert!(matches!(outcome, Some(Outcome::Approved(approval)) if approval.approval_no == "11112222"));
}

#[test]
fn what_was_committed_is_written_before_the_last_handle_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    for round in 1..=20 {
        let journal = open(&path);
        for _ in 0..5 {
            let intent = new(journal.begin(&sale(1_000), at(0), LIFE));
            journal.commit(intent_record(&intent), |result| assert!(result.is_ok()));
        }
        drop(journal);
        let log = std::fs::metadata(folder.path().join("till.db-wal"));
        assert!(log.is_err(), "the log is in the database");
        assert_eq!(open(&path).height(), 5 * round);
    }
}

#[test]
fn the_last_handle_may_go_in_a_commit_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let journal = open(&path);
    let intent = new(journal.begin(&sale(1_000), at(0), LIFE));
    let (told, heard) = std::sync::mpsc::channel();
    let last = journal.clone();
    journal.commit(intent_record(&intent), move |result| {
        drop(last);
        told.send(result).unwrap();
    });
    drop(journal);
    assert_eq!(heard.recv_timeout(std::time::Duration::from_secs(60)), Ok(Ok(1)));
    assert_eq!(open(&path).height(), 1);
}

#[test]
fn a_closed_journal_refuses_and_still_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let journal = open(&path);
    let intent = pay(&journal, &sale(1_000), "1");
    assert!(journal.close(LIFE) && journal.close(LIFE));
    let refused = commit(&journal, intent_record(&intent));
    assert_eq!(refused, Err(danmal_journal::CommitError::Closed));
    assert_eq!(journal.outcome(intent.ptxid), Err(danmal_journal::JournalError::Closed));
    assert_eq!(journal.height(), 3);
    assert_eq!(open(&path).height(), 3, "another may have the file while this handle lives");
}

#[test]
fn a_journal_in_memory_tells_at_once_and_keeps_the_same() {
    let journal = Journal::memory(false);
    let intent = pay(&journal, &ordered(15_000, "7"), "11112222");
    assert!(!journal.is_durable() && journal.path().is_none());
    assert_eq!(journal.height(), 3);
    assert!(matches!(journal.outcome(intent.ptxid), Ok(Some(Outcome::Approved(_)))));
    let entry = &journal.history(&Default::default()).unwrap()[0];
    assert_eq!((entry.net, &entry.intent), (Some(15_000), &intent));
}
