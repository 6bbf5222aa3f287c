//! Rule 14: pruning leaves open intents, live keys, acceptances and a chain that still verifies.

use std::time::Duration;

use danmal_journal::{Begun, Condition, Ending, HistoryFilter, Journal, State};
use danmal_model::{Fact, Record};

use crate::common::*;

const NO_LIFE: Duration = Duration::ZERO;

fn accepted() -> Record {
    let fact = Fact::Accepted { reason: "전표 확인".to_owned() };
    Record { at: at(0), terminal: TERMINAL.to_owned(), ptxid: None, fact }
}

/// A journal of old and new operations; both kinds of store go through the same.
fn prune(journal: &Journal, reopen: impl Fn(Journal) -> Journal) {
    let old = pay(journal, &ordered(1_000, "old"), "1");
    let open = new(journal.begin(&ordered(2_000, "open"), at(0), LIFE));
    commit(journal, intent_record(&open)).unwrap();
    commit(journal, accepted()).unwrap();
    let stopped = pay(journal, &ordered(3_000, "stopped"), "3");
    commit(journal, record(&stopped, Fact::Stopping { code: "555555".to_owned() })).unwrap();
    let cancelled = pay(journal, &ordered(4_000, "cancelled"), "4");
    let late = danmal_journal::Ask { ..recorded(cancelled.ptxid, reference("4", 4_000)) };
    let cancellation = new(journal.begin(&late, at(600), LIFE));
    commit(journal, intent_record(&cancellation)).unwrap();
    commit(journal, record(&cancellation, Fact::Ended(approved(&cancellation, "9")))).unwrap();
    for number in 0..20 {
        pay(journal, &ordered(5_000, &format!("more-{number}")), &format!("5{number}"));
    }
    let young = new(journal.begin(&ordered(6_000, "young"), at(700), LIFE));
    commit(journal, intent_record(&young)).unwrap();
    commit(journal, record(&young, Fact::Ended(approved(&young, "6")))).unwrap();
    let height = journal.height();

    assert_eq!(journal.prune(at(300), NO_LIFE).unwrap(), 3 * 21, "the old one and the twenty");
    for again in 0..2 {
        assert_eq!(journal.prune(at(300), NO_LIFE).unwrap(), 0, "{again}");
    }
    let journal = reopen(journal.clone());
    assert_eq!(journal.condition(), &Condition::Sound);
    assert_eq!(journal.height(), height);
    assert_eq!(journal.state_of(old.ptxid), None);
    assert_eq!(journal.outcome(old.ptxid), Ok(None));
    assert_eq!(journal.open_intents(TERMINAL)[0].intent, open);
    assert_eq!(journal.unsettled_stops(TERMINAL)[0].ptxid, stopped.ptxid);
    assert!(journal.book(|book| book.is_accepted(TERMINAL)));
    let approved = Some(State::Ended(Ending::Approved));
    for kept in [&cancelled, &cancellation, &young] {
        assert_eq!(journal.state_of(kept.ptxid), approved, "an original stays with its cancellation");
    }
    let history = journal.history(&HistoryFilter::default()).unwrap();
    assert_eq!(history.len(), 5);
    let net: i64 = history.iter().filter_map(|entry| entry.net).sum();
    assert_eq!(net, 3_000 + 6_000);
    assert!(
        matches!(journal.begin(&ordered(6_000, "young"), at(701), LIFE), Begun::Same { ptxid, .. } if ptxid == young.ptxid)
    );
    let next = pay(&journal, &ordered(1_000, "old"), "1");
    assert!(next.ptxid.count() > young.ptxid.count());
    assert_eq!(journal.height(), height + 3);

    // Once all of it is old, the tail alone is left of the new ones, and still the chain verifies.
    commit(&journal, record(&stopped, Fact::StopSettled)).unwrap();
    commit(&journal, record(&open, Fact::Ended(declined(&open)))).unwrap();
    let count = next.ptxid.count();
    assert!(journal.prune(at(100_000), NO_LIFE).unwrap() > 0);
    let journal = reopen(journal);
    assert_eq!(journal.condition(), &Condition::Sound);
    assert!(journal.book(|book| book.is_empty() && book.is_accepted(TERMINAL)));
    assert!(journal.next_ptxid().count() > count, "numbers go on though nothing is left that has one");
}

#[test]
fn what_is_over_goes_and_the_chain_still_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    prune(&Journal::open(&path, false).unwrap(), |journal| {
        assert!(journal.close(LIFE));
        Journal::open(&path, false).unwrap()
    });
}

#[test]
fn in_memory_the_same_goes() {
    prune(&Journal::memory(false), |journal| journal);
}

#[test]
fn a_key_is_not_pruned_in_its_life() {
    let journal = Journal::memory(false);
    let now = jiff::Timestamp::now();
    let intent = new(journal.begin(&ordered(1_000, "7"), now, LIFE));
    commit(&journal, intent_record(&intent)).unwrap();
    commit(&journal, record(&intent, Fact::Ended(approved(&intent, "1")))).unwrap();
    assert_eq!(journal.prune(jiff::Timestamp::MAX, LIFE), Ok(0));
    assert!(matches!(journal.begin(&ordered(1_000, "7"), now, LIFE), Begun::Same { .. }));
}

#[test]
fn an_anchor_that_was_changed_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let journal = Journal::open(&path, false).unwrap();
    for number in 0..5 {
        pay(&journal, &sale(1_000), &number.to_string());
    }
    assert_eq!(journal.prune(at(300), NO_LIFE), Ok(14), "all but the tail");
    assert!(journal.close(LIFE));
    let database = rusqlite::Connection::open(&path).unwrap();
    let changed = database.execute("UPDATE rows SET hash = zeroblob(32) WHERE body LIKE 'anchor%'", []);
    assert_eq!(changed, Ok(1));
    drop(database);
    assert!(matches!(Journal::open(&path, false).unwrap().condition(), Condition::Damaged { .. }));
}
