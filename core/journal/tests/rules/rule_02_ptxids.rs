//! Rule 2: the journal makes the ptxids, and none is ever used again.

use std::collections::BTreeSet;

use danmal_journal::{Book, Journal};
use danmal_model::JournalId;

use crate::common::*;

#[test]
fn no_ptxid_is_given_twice_even_if_randomness_stands_still() {
    let mut till = Till::new();
    let mut given = BTreeSet::new();
    for _ in 0..1000 {
        assert!(given.insert(till.book.next_ptxid(7)));
        let forgotten = new(till.ask(&sale(1000)));
        till.book.forget(forgotten.ptxid);
        assert!(given.insert(forgotten.ptxid), "a forgotten one is not given again");
        let intent = till.begin(&sale(1000));
        till.end(&intent, declined(&intent));
        assert!(given.insert(intent.ptxid));
    }
    assert!(given.iter().all(|ptxid| ptxid.journal() == Some(till.book.id())));
}

#[test]
fn the_count_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let mut last = 0;
    for _ in 0..3 {
        let journal = Journal::open(&path, false).unwrap();
        for _ in 0..3 {
            let count = pay(&journal, &sale(1000), "1").ptxid.count().unwrap();
            assert!(count > last, "{count} after {last}");
            last = count;
        }
    }
}

#[test]
fn ids_of_other_journals_and_of_other_programs_are_kept_apart() {
    let mut till = Till::new();
    let mut other = Book::new(JournalId::new(9), [3, 4], false);
    let mut foreign = new(other.begin(&sale(1000), at(0), LIFE, 7));
    till.book.apply(&intent_record(&foreign));
    foreign.ptxid = "CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1a".parse().unwrap();
    till.book.apply(&intent_record(&foreign));
    let ids: Vec<_> = till.book.pending().into_iter().map(|open| open.intent.ptxid).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|ptxid| till.book.state_of(*ptxid).is_some()));
    assert_eq!(till.begin(&sale(1000)).ptxid.count(), Some(1), "only its own ids count");
}
