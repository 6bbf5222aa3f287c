//! Rule 16: what ended is remembered over a restart, so that a late word of the terminal is an alarm.

use danmal_journal::{Ending, Journal};
use danmal_model::{Fact, NotPerformedReason};

use crate::common::*;

#[test]
fn a_terminals_newest_ends_are_found_again_newest_first() {
    let journal = Journal::memory(false);
    let approved = pay(&journal, &sale(1_000), "1");
    let elsewhere = danmal_journal::Ask { terminal: "tcp://192.0.2.8:9100".to_owned(), ..sale(2_000) };
    pay(&journal, &elsewhere, "2");
    let absent = new(journal.begin(&sale(3_000), at(0), LIFE));
    commit(&journal, intent_record(&absent)).unwrap();
    let end = Fact::Ended(not_performed(&absent, NotPerformedReason::Absent));
    commit(&journal, record(&absent, end)).unwrap();
    let open = new(journal.begin(&sale(4_000), at(0), LIFE));
    commit(&journal, intent_record(&open)).unwrap();
    let both = [(absent.ptxid, Ending::Absent), (approved.ptxid, Ending::Approved)];
    assert_eq!(journal.recently_ended(TERMINAL, 16).unwrap(), both);
    assert_eq!(journal.recently_ended(TERMINAL, 1).unwrap(), both[..1]);
}
