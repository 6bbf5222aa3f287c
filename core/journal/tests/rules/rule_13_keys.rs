//! Rule 13: the caller's key keeps a double click from charging twice.

use std::time::Duration;

use danmal_journal::{Ask, Begun, Ending, Journal, State};
use danmal_model::{
    Alarm, Amounts, Fact, Intent, Kind, NotPerformedReason, Outcome, Ptxid, StoppedBy, Verdict,
};
use jiff::ToSpan;

use crate::common::*;

fn same(intent: &Intent, state: State) -> Begun {
    Begun::Same { ptxid: intent.ptxid, began: intent.at, state }
}

fn key_reused(by: &Intent) -> Begun {
    Begun::Refused(NotPerformedReason::KeyReused { by: by.ptxid })
}

const APPROVED: State = State::Ended(Ending::Approved);

#[test]
fn while_it_runs_the_same_key_gives_the_same_operation() {
    let mut till = Till::new();
    let reserved = new(till.ask(&ordered(15_000, "7")));
    till.pass(1);
    assert_eq!(till.ask(&ordered(15_000, "7")), same(&reserved, State::Running), "before its row");
    till.book.apply(&intent_record(&reserved));
    assert_eq!(till.ask(&ordered(15_000, "7")), same(&reserved, State::Running));
}

#[test]
fn while_it_is_unknown_the_same_key_gives_the_same_operation_whatever_its_age() {
    for ask in [ordered(15_000, "7"), keyed(15_000, "7")] {
        let mut earlier = Till::new();
        let intent = earlier.begin(&ask);
        // A restart: the rows alone.
        let mut till = Till::new();
        till.book.apply(&intent_record(&intent));
        till.pass(1);
        assert_eq!(till.ask(&ask), same(&intent, State::Unresolved));
        till.pass(100_000);
        assert_eq!(till.ask(&ask), same(&intent, State::Unresolved));
        till.book.apply(&word(&intent, Verdict::Undecided));
        assert_eq!(till.ask(&ask), same(&intent, State::Unresolved), "undecided only unblocks");
    }
}

#[test]
fn while_it_is_approved_and_not_cancelled_the_same_key_gives_the_same_operation() {
    let mut till = Till::new();
    let intent = till.approve(&ordered(15_000, "7"), "1");
    till.pass(11 * 60);
    assert_eq!(till.ask(&ordered(15_000, "7")), same(&intent, APPROVED));
}

#[test]
fn with_other_amounts_kind_or_instalment_the_key_is_reused() {
    let mut till = Till::new();
    let intent = till.approve(&ordered(15_000, "7"), "1");
    let with = |amounts: Amounts| Ask { amounts, ..ordered(15_000, "7") };
    for other in [
        ordered(15_001, "7"),
        with(Amounts { tax: 1, ..Amounts::won(15_000) }),
        with(Amounts { tip: 1, ..Amounts::won(15_000) }),
        with(Amounts { tax_free: 1, ..Amounts::won(15_000) }),
        Ask { installment: 3, ..ordered(15_000, "7") },
        Ask { kind: Kind::EasyPayApproval, ..ordered(15_000, "7") },
    ] {
        assert_eq!(till.ask(&other), key_reused(&intent));
    }
    let open = till.begin(&ordered(1_000, "8"));
    assert_eq!(till.ask(&ordered(1_001, "8")), key_reused(&open), "while it runs, too");
}

#[test]
fn a_key_counts_within_its_purpose() {
    let mut till = Till::new();
    let sale = till.approve(&ordered(15_000, "7"), "1");
    let receipt = Ask { kind: Kind::CashReceiptIssue, ..ordered(15_000, "7") };
    let slip = Ask { kind: Kind::TaxRefundIssue, ..ordered(15_000, "7") };
    let cancellation = Ask {
        order: Some("7".to_owned()),
        key: Some("7".to_owned()),
        ..recorded(sale.ptxid, reference("1", 15_000))
    };
    for other in [receipt, slip, cancellation] {
        let intent = till.begin(&other);
        assert_eq!(till.ask(&other), same(&intent, State::Running));
    }
}

#[test]
fn a_key_is_the_same_on_every_terminal_of_the_journal() {
    let mut till = Till::new();
    let intent = till.approve(&ordered(15_000, "7"), "1");
    let elsewhere = Ask { terminal: "tcp://192.0.2.8:9100".to_owned(), ..ordered(15_000, "7") };
    assert_eq!(till.ask(&elsewhere), same(&intent, APPROVED));
}

#[test]
fn after_an_end_of_which_nothing_stands_the_key_begins_a_new_intent() {
    let ends: [fn(&Intent) -> Outcome; 5] = [
        declined,
        reversed,
        |i| aborted(i, StoppedBy::Terminal),
        |i| not_performed(i, NotPerformedReason::Absent),
        |i| not_performed(i, NotPerformedReason::NotSent),
    ];
    for end in ends {
        for ask in [ordered(15_000, "7"), keyed(15_000, "7")] {
            let mut till = Till::new();
            let first = till.begin(&ask);
            till.end(&first, end(&first));
            match till.ask(&ask) {
                Begun::New { intent, replaces } => {
                    assert_ne!(intent.ptxid, first.ptxid);
                    assert_eq!(replaces, None);
                }
                other => panic!("{other:?}"),
            }
            till.book.forget(Ptxid::new(till.book.id(), 2, 7));
            new(till.ask(&Ask { amounts: Amounts::won(9), ..ask }));
        }
    }
}

#[test]
fn after_an_approved_cancellation_the_key_begins_a_new_intent() {
    let mut till = Till::new();
    let sale = till.approve(&ordered(15_000, "7"), "1");
    let cancellation = till.begin(&recorded(sale.ptxid, reference("1", 15_000)));
    assert_eq!(till.ask(&ordered(15_000, "7")), same(&sale, APPROVED), "it is not cancelled yet");
    till.end(&cancellation, approved(&cancellation, "9"));
    let again = till.begin(&ordered(15_000, "7"));
    assert_ne!(again.ptxid, sale.ptxid);

    let typed_too = till.approve(&ordered(20_000, "8"), "2");
    till.approve(&typed(reference("2", 20_000)), "8");
    assert_ne!(till.begin(&ordered(20_000, "8")).ptxid, typed_too.ptxid, "cancelled from its slip");
}

#[test]
fn a_refusal_never_takes_the_keys_place() {
    let refusals: [fn(&Intent) -> Outcome; 3] = [
        |i| not_performed(i, NotPerformedReason::NotSent),
        |i| not_performed(i, NotPerformedReason::TerminalSilent),
        |i| aborted(i, StoppedBy::TillBeforeSending),
    ];
    for refusal in refusals {
        let mut till = Till::new();
        let old = till.approve(&ordered(15_000, "7"), "1");
        till.pass(13 * 60);
        let (second, replaces) = match till.ask(&ordered(15_000, "7")) {
            Begun::New { intent, replaces } => (*intent, replaces),
            other => panic!("{other:?}"),
        };
        assert_eq!(replaces, Some(old.ptxid));
        assert_eq!(till.ask(&ordered(15_000, "7")), same(&second, State::Running));
        till.book.apply(&intent_record(&second));
        till.end(&second, refusal(&second));
        match till.ask(&ordered(15_000, "7")) {
            Begun::New { replaces, .. } => assert_eq!(replaces, Some(old.ptxid), "the key is the old one's"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_reservation_that_is_forgotten_gives_the_key_back() {
    let mut till = Till::new();
    let sale = till.approve(&ordered(15_000, "7"), "1");
    till.pass(13 * 60);
    let reserved = new(till.ask(&ordered(15_000, "7")));
    till.book.forget(reserved.ptxid);
    till.now = at(60);
    assert_eq!(till.ask(&ordered(15_000, "7")), same(&sale, APPROVED));
    till.book.forget(sale.ptxid);
    assert_eq!(till.book.state_of(sale.ptxid), Some(APPROVED), "what has a row is not forgotten");
}

#[test]
fn one_that_was_sent_takes_the_keys_place_however_it_ended() {
    let mut till = Till::new();
    let old = till.approve(&ordered(15_000, "7"), "1");
    till.pass(13 * 60);
    let second = till.begin(&ordered(15_000, "7"));
    till.end(&second, declined(&second));
    match till.ask(&ordered(15_000, "7")) {
        Begun::New { replaces, .. } => assert_eq!(replaces, None, "{} is not the key's any more", old.ptxid),
        other => panic!("{other:?}"),
    }
}

#[test]
fn over_its_life_a_given_key_is_reused_and_an_order_begins_anew() {
    let mut till = Till::new();
    let order = till.approve(&ordered(15_000, "7"), "1");
    let key = till.approve(&keyed(15_000, "k"), "2");
    till.pass(12 * 60);
    assert_eq!(till.ask(&ordered(15_000, "7")), same(&order, APPROVED), "just its life");
    assert_eq!(till.ask(&keyed(15_000, "k")), same(&key, APPROVED));
    till.pass(1);
    assert_eq!(till.ask(&keyed(15_000, "k")), key_reused(&key));
    match till.ask(&ordered(22_000, "7")) {
        Begun::New { replaces, intent } => {
            assert_eq!(replaces, Some(order.ptxid), "order numbers restart every morning");
            assert_eq!(intent.amounts.amount, 22_000);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_cards_on_one_order_are_two_keys() {
    let mut till = Till::new();
    let card = |key: &str| Ask { order: Some("7".to_owned()), ..keyed(10_000, key) };
    let one = till.approve(&card("7/1"), "1");
    let two = till.approve(&card("7/2"), "2");
    assert_ne!(one.ptxid, two.ptxid);
    assert_eq!(till.ask(&card("7/1")), same(&one, APPROVED));
}

#[test]
fn without_a_key_every_ask_is_new() {
    let mut till = Till::new();
    let one = till.begin(&sale(1_000));
    assert_ne!(till.begin(&sale(1_000)).ptxid, one.ptxid);
}

#[test]
fn an_operators_word_counts_as_approved_or_not_performed_until_evidence() {
    let ask = ordered(15_000, "7");
    let mut till = Till::new();
    let first = till.begin(&ask);
    till.book.apply(&word(&first, Verdict::Performed));
    till.pass(1);
    assert_eq!(till.ask(&ask), same(&first, State::Unresolved), "as if approved");
    till.pass(13 * 60);
    assert!(matches!(till.ask(&ask), Begun::New { replaces: Some(old), .. } if old == first.ptxid));

    let mut till = Till::new();
    let first = till.begin(&ask);
    till.book.apply(&word(&first, Verdict::NotPerformed));
    let second = new(till.ask(&ask));
    till.book.forget(second.ptxid);
    till.book.apply(&record(&first, Fact::Alarmed(Alarm::OverrideContradicted)));
    assert_eq!(till.ask(&ask), same(&first, State::Unresolved), "the terminal contradicts him");

    let mut till = Till::new();
    let first = till.begin(&ask);
    till.book.apply(&word(&first, Verdict::NotPerformed));
    till.end(&first, approved(&first, "1"));
    assert_eq!(till.ask(&ask), same(&first, APPROVED), "evidence decides");
}

#[test]
fn an_end_never_changes_and_unknown_is_none() {
    let mut till = Till::new();
    let intent = till.begin(&ordered(15_000, "7"));
    let unknown = Outcome::Unknown(Box::new(danmal_model::Unknown {
        about: about(&intent),
        why: danmal_model::UnknownWhy::NoAnswer,
        resolving: danmal_model::Resolving::ByItself,
        approval: None,
        seen_code: None,
        seen_message: None,
    }));
    till.end(&intent, unknown);
    assert_eq!(till.book.open_intents(TERMINAL).len(), 1);
    till.end(&intent, approved(&intent, "1"));
    till.end(&intent, declined(&intent));
    till.book.apply(&word(&intent, Verdict::NotPerformed));
    assert_eq!(till.book.state_of(intent.ptxid), Some(APPROVED));
}

#[test]
fn a_wall_clock_that_jumps_makes_no_second_press_new() {
    let journal = Journal::memory(false);
    let first = pay(&journal, &ordered(15_000, "7"), "1");
    let next_year = at(0) + (24 * 365).hours();
    assert_eq!(journal.begin(&ordered(15_000, "7"), next_year, LIFE), same(&first, APPROVED));
    let yesterday = at(0) - 24.hours();
    assert_eq!(journal.begin(&ordered(15_000, "7"), yesterday, LIFE), same(&first, APPROVED));
    std::thread::sleep(Duration::from_millis(2));
    assert!(
        matches!(
            journal.begin(&ordered(15_000, "7"), at(0), Duration::from_millis(1)),
            Begun::New { replaces: Some(old), .. } if old == first.ptxid
        ),
        "its life is over on the monotonic clock"
    );
}

/// An approval of another day and another process, under an order.
fn of_yesterday(journal: &Journal, ask: &Ask) -> Intent {
    let intent = Intent { ptxid: journal.next_ptxid(), at: at(0) - 24.hours(), ..ask.clone() };
    commit(journal, intent_record(&intent)).expect("the intent is kept");
    commit(journal, record(&intent, Fact::Ended(approved(&intent, "1")))).expect("the end is kept");
    intent
}

#[test]
fn a_press_that_was_refused_does_not_make_yesterdays_order_fresh() {
    let journal = Journal::memory(false);
    let yesterday = of_yesterday(&journal, &ordered(15_000, "7"));
    for won in [15_000, 15_000, 16_000] {
        match journal.begin(&ordered(won, "7"), at(0), LIFE) {
            Begun::New { intent, replaces } => {
                assert_eq!(replaces, Some(yesterday.ptxid));
                // The terminal could not be reached: nothing was recorded.
                journal.forget(intent.ptxid);
            }
            other => panic!("yesterday's sale is not today's: {other:?}"),
        }
    }
    let given = of_yesterday(&journal, &keyed(15_000, "k"));
    assert_eq!(journal.begin(&keyed(15_000, "k"), at(0), LIFE), key_reused(&given));
    assert_eq!(journal.begin(&keyed(15_000, "k"), at(0), LIFE), key_reused(&given));
}

#[test]
fn play_money_and_real_money_do_not_share_a_journal() {
    let mut till = Till::new();
    let play = Ask { simulated: true, ..ordered(15_000, "7") };
    assert_eq!(till.ask(&play), Begun::Refused(NotPerformedReason::WrongJournal));
    assert!(till.book.is_empty(), "nothing was reserved");
    let simulator = Journal::memory(true);
    assert_eq!(
        simulator.begin(&ordered(15_000, "7"), at(0), LIFE),
        Begun::Refused(NotPerformedReason::WrongJournal)
    );
}

#[test]
fn only_a_cancellation_that_is_its_own_for_certain_frees_a_key() {
    let slip = reference("1", 15_000);
    let with = |transaction_no: &str, transaction_date: &str| danmal_model::ApprovalReference {
        transaction_no: transaction_no.to_owned(),
        transaction_date: transaction_date.to_owned(),
        ..slip.clone()
    };
    let receipt = Ask { kind: Kind::CashReceiptCancellation, ..typed(slip.clone()) };
    let easy_pay = Ask { kind: Kind::EasyPayCancellation, ..typed(slip.clone()) };
    let stands = |what| (what, same as fn(&Intent, State) -> Begun);
    let in_doubt = |what| (what, (|intent, _| key_reused(intent)) as fn(&Intent, State) -> Begun);
    for (cancellation, (what, begun)) in [
        (receipt, stands("of a cash receipt")),
        (easy_pay, stands("of an easy-pay sale")),
        (typed(reference("1", 14_000)), stands("of another amount")),
        (typed(with("T2", &slip.transaction_date)), stands("of another transaction number")),
        (typed(with("T1", "20251126120000")), stands("of another day")),
        (typed(with("", &slip.transaction_date)), in_doubt("without a transaction number")),
        (typed(with("T1", "11/25")), in_doubt("with a date of another shape")),
        (typed(with("123456789012345", &slip.transaction_date)), in_doubt("with a number that is not kept")),
    ] {
        let mut till = Till::new();
        let sale = till.approve(&ordered(15_000, "7"), "1");
        till.approve(&cancellation, "9");
        assert!(till.book.stands(sale.ptxid), "{what}");
        assert_eq!(till.ask(&ordered(15_000, "7")), begun(&sale, APPROVED), "{what}");
    }
    for own in [recorded_later(), typed(with(" T1 ", "251125")), typed(slip.clone())] {
        let mut till = Till::new();
        let sale = till.approve(&ordered(15_000, "7"), "1");
        let original = own.original.map(|_| sale.ptxid);
        till.approve(&Ask { original, ..own }, "9");
        assert!(!till.book.stands(sale.ptxid));
        new(till.ask(&ordered(15_000, "7")));
    }
}

/// A cancellation of a recorded approval, whose id is filled in.
fn recorded_later() -> Ask {
    recorded(Ptxid::new(danmal_model::JournalId::new(0), 0, 0), reference("1", 15_000))
}
