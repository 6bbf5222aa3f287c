//! Whatever is recorded, the reopened journal has the same book as one that was never closed.

use danmal_journal::{Book, Condition, Journal};
use danmal_model::{
    Alarm, Fact, Intent, JournalId, Kind, NotPerformedReason, Outcome, Ptxid, Record, StoppedBy, Verdict,
};
use proptest::prelude::*;

use crate::common::*;

/// One thing that is recorded, of one of a few operations.
#[derive(Clone, Debug)]
struct Step {
    operation: u32,
    what: u8,
    minutes: i64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..8_u32, 0..16_u8, -900..900_i64);
    let step = step.prop_map(|(operation, what, minutes)| Step { operation, what, minutes });
    proptest::collection::vec(step, 0..60)
}

/// Operations with few keys, few references and few terminals, so that they meet.
fn intent(journal: JournalId, operation: u32, minutes: i64) -> Intent {
    let number = operation % 3;
    let ask = match operation % 4 {
        0 => ordered(1_000, &number.to_string()),
        1 => keyed(1_000, &number.to_string()),
        2 => typed(reference(&number.to_string(), 1_000)),
        _ => recorded(Ptxid::new(journal, operation - 3, 7), reference(&number.to_string(), 1_000)),
    };
    let terminal = if operation < 6 { TERMINAL } else { "tcp://192.0.2.8:9100" };
    let kind = if operation == 5 { Kind::EasyPayApproval } else { ask.kind };
    let ptxid = if operation == 7 {
        "CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1a".parse().unwrap()
    } else {
        Ptxid::new(journal, operation, 7)
    };
    Intent { ptxid, at: at(minutes), kind, terminal: terminal.to_owned(), ..ask }
}

fn fact(intent: &Intent, what: u8) -> Fact {
    let number = intent.ptxid.count().unwrap_or(0) % 3;
    let number = number.to_string();
    match what {
        0..=3 => Fact::Intent(Box::new(intent.clone())),
        4 => seen(intent, &number),
        5 | 6 => Fact::Ended(approved(intent, &number)),
        7 => Fact::Ended(declined(intent)),
        8 => Fact::Ended(reversed(intent)),
        9 => Fact::Ended(not_performed(intent, NotPerformedReason::NotSent)),
        10 => Fact::Ended(aborted(intent, StoppedBy::TillBeforeSending)),
        11 => Fact::Stopping { code: "910021".to_owned() },
        12 => Fact::StopSettled,
        13 => Fact::Overridden { verdict: Verdict::Performed, reason: "전표".to_owned() },
        14 => Fact::Overridden { verdict: Verdict::NotPerformed, reason: "전표".to_owned() },
        _ => Fact::Alarmed(Alarm::OverrideContradicted),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_reopened_journal_has_the_same_book(steps in steps(), cut in 0..60_usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        let mut journal = Journal::open(&path, false).unwrap();
        let mut book = Book::new(journal.id(), journal.digest_key(), false);
        for (number, step) in steps.iter().enumerate() {
            let intent = intent(journal.id(), step.operation, step.minutes);
            let record = Record { at: at(step.minutes), ..record(&intent, fact(&intent, step.what)) };
            book.apply(&record);
            if number == cut {
                prop_assert!(journal.close(LIFE));
                journal = Journal::open(&path, false).unwrap();
            }
            if number % 7 == 0 {
                prop_assert_eq!(commit(&journal, record), Ok(number as u64 + 1));
            } else {
                // They wait together and go into one transaction.
                journal.commit(record, |result| { result.unwrap(); });
            }
        }
        prop_assert!(journal.close(LIFE));
        let journal = Journal::open(&path, false).unwrap();
        prop_assert_eq!(journal.condition(), &Condition::Sound);
        prop_assert_eq!(journal.height(), steps.len() as u64);
        prop_assert!(journal.book(|reopened| *reopened == book), "the books differ");
        for open in journal.pending() {
            prop_assert_eq!(book.open_intent(open.intent.ptxid), Some(open));
        }
        for placed in book.intents() {
            let outcome: Option<Outcome> = journal.outcome(placed.ptxid).unwrap();
            prop_assert_eq!(outcome.is_some(), placed.end.is_some());
        }
    }

    #[test]
    fn a_key_never_begins_a_second_while_the_first_may_stand(steps in steps()) {
        let id = JournalId::new(5);
        let mut book = Book::new(id, [1, 2], false);
        for step in &steps {
            let intent = intent(id, step.operation, 0);
            book.apply(&record(&intent, fact(&intent, step.what)));
        }
        for number in ["0", "1", "2"] {
            let ask = ordered(1_000, number);
            if let danmal_journal::Begun::New { intent, .. } = book.begin(&ask, at(1), LIFE, 7) {
                let again = book.begin(&ask, at(2), LIFE, 7);
                let same = matches!(again, danmal_journal::Begun::Same { ptxid, .. } if ptxid == intent.ptxid);
                prop_assert!(same, "a second press began a second operation");
            }
        }
    }
}
