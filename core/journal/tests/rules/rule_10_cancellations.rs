//! Rule 10: never cancel to be safe, and each approval at most once.

use danmal_journal::{Ask, Begun};
use danmal_model::{
    Alarm, Amounts, Fact, Intent, Kind, NotPerformedReason, Outcome, Ptxid, StoppedBy, TaxRefundSlip, Verdict,
};

use crate::common::*;

fn refused_by(by: Ptxid) -> Begun {
    Begun::Refused(NotPerformedReason::AlreadyCancelled { by })
}

const NOT_PROVEN: Begun = Begun::Refused(NotPerformedReason::ApprovalNotProven);

fn cancel(sale: &Intent, number: &str) -> Ask {
    recorded(sale.ptxid, reference(number, sale.amounts.amount))
}

#[test]
fn a_recorded_approval_is_cancelled_once() {
    let mut till = Till::new();
    let sale = till.approve(&sale(15_000), "1");
    assert!(till.book.stands(sale.ptxid));
    let first = till.begin(&cancel(&sale, "1"));
    assert!(!first.typed, "it is on record");
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(first.ptxid), "while it runs");
    till.end(&first, approved(&first, "9"));
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(first.ptxid), "once it is approved");
    assert!(!till.book.stands(sale.ptxid));
    assert_eq!(till.book.cancellations_of(sale.ptxid), [first.ptxid]);
}

#[test]
fn one_that_only_is_reserved_counts_and_is_forgotten_with_its_reservation() {
    let mut till = Till::new();
    let sale = till.approve(&sale(15_000), "1");
    let reserved = new(till.ask(&cancel(&sale, "1")));
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(reserved.ptxid));
    till.book.forget(reserved.ptxid);
    new(till.ask(&cancel(&sale, "1")));
}

#[test]
fn one_whose_outcome_is_unknown_is_never_repeated() {
    let mut till = Till::new();
    let sale = till.approve(&sale(15_000), "1");
    let open = till.begin(&cancel(&sale, "1"));
    till.pass(100_000);
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(open.ptxid), "whatever its age");
    till.book.apply(&word(&open, Verdict::Undecided));
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(open.ptxid), "undecided only unblocks the terminal");
}

#[test]
fn one_that_undid_nothing_may_be_asked_again() {
    let ends: [fn(&Intent) -> Outcome; 6] = [
        declined,
        reversed,
        |i| aborted(i, StoppedBy::Terminal),
        |i| aborted(i, StoppedBy::TillBeforeSending),
        |i| not_performed(i, NotPerformedReason::Absent),
        |i| not_performed(i, NotPerformedReason::NotSent),
    ];
    let mut till = Till::new();
    let sale = till.approve(&sale(15_000), "1");
    for end in ends {
        let cancellation = till.begin(&cancel(&sale, "1"));
        till.end(&cancellation, end(&cancellation));
        assert_eq!(till.book.cancellations_of(sale.ptxid), []);
        assert!(till.book.stands(sale.ptxid));
    }
    new(till.ask(&cancel(&sale, "1")));
}

#[test]
fn an_operators_word_on_a_cancellation_counts_until_evidence() {
    let mut till = Till::new();
    let sale = till.approve(&sale(15_000), "1");
    let first = till.begin(&cancel(&sale, "1"));
    till.book.apply(&word(&first, Verdict::Performed));
    assert!(!till.book.stands(sale.ptxid));
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(first.ptxid));
    till.book.apply(&word(&first, Verdict::NotPerformed));
    assert!(till.book.stands(sale.ptxid));
    let second = new(till.ask(&cancel(&sale, "1")));
    till.book.forget(second.ptxid);
    till.book.apply(&record(&first, Fact::Alarmed(Alarm::OverrideContradicted)));
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(first.ptxid), "the terminal contradicts him");
    till.end(&first, approved(&first, "9"));
    assert!(!till.book.stands(sale.ptxid));
}

#[test]
fn a_recorded_original_must_have_ended_approved() {
    let mut till = Till::new();
    let ask = sale(15_000);
    let open = till.begin(&ask);
    assert_eq!(till.ask(&cancel(&open, "1")), NOT_PROVEN, "it runs");
    let ends: [fn(&Intent) -> Outcome; 4] = [
        declined,
        reversed,
        |i| aborted(i, StoppedBy::Terminal),
        |i| not_performed(i, NotPerformedReason::Absent),
    ];
    for end in ends {
        let sale = till.begin(&ask);
        till.end(&sale, end(&sale));
        assert_eq!(till.ask(&cancel(&sale, "1")), NOT_PROVEN);
    }
    till.book.apply(&word(&open, Verdict::NotPerformed));
    assert_eq!(till.ask(&cancel(&open, "1")), NOT_PROVEN);
    till.book.apply(&word(&open, Verdict::Undecided));
    assert_eq!(till.ask(&cancel(&open, "1")), NOT_PROVEN);
    till.book.apply(&word(&open, Verdict::Performed));
    let cancellation = new(till.ask(&cancel(&open, "1")));
    till.book.forget(cancellation.ptxid);
    till.end(&open, declined(&open));
    assert_eq!(till.ask(&cancel(&open, "1")), NOT_PROVEN, "evidence outweighs the operator");
}

#[test]
fn a_recorded_original_is_cancelled_by_its_own_fields_and_its_own_kind() {
    let mut till = Till::new();
    let sale = till.approve(&sale(15_000), "1");
    let altered = recorded(sale.ptxid, reference("2", 15_000));
    assert_eq!(till.ask(&altered), NOT_PROVEN);
    let part = recorded(sale.ptxid, reference("1", 1_000));
    assert_eq!(till.ask(&part), NOT_PROVEN, "no part of an approval is cancelled");
    let number =
        danmal_model::ApprovalReference { transaction_no: "T2".to_owned(), ..reference("1", 15_000) };
    assert_eq!(till.ask(&recorded(sale.ptxid, number)), NOT_PROVEN);
    let easy_pay = Ask { kind: Kind::EasyPayCancellation, ..cancel(&sale, "1") };
    assert_eq!(till.ask(&easy_pay), NOT_PROVEN);
    let cancellation = till.approve(&cancel(&sale, "1"), "9");
    assert_eq!(till.ask(&cancel(&cancellation, "9")), NOT_PROVEN, "a cancellation is no sale");
}

#[test]
fn a_typed_cancellation_and_a_recorded_one_of_the_same_approval_meet() {
    let mut till = Till::new();
    let sale = till.approve(&sale(15_000), "1");
    let by_slip = till.begin(&typed(reference("1", 15_000)));
    assert!(by_slip.typed);
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(by_slip.ptxid));
    till.end(&by_slip, approved(&by_slip, "9"));
    assert_eq!(till.ask(&cancel(&sale, "1")), refused_by(by_slip.ptxid));
    assert!(!till.book.stands(sale.ptxid));

    let sale = till.approve(&ordered(15_000, "b"), "2");
    let by_record = till.approve(&cancel(&sale, "2"), "8");
    assert_eq!(till.ask(&typed(reference("2", 15_000))), refused_by(by_record.ptxid));
}

#[test]
fn a_slip_that_is_typed_loosely_is_the_same_slip() {
    let mut till = Till::new();
    let sale = till.approve(&sale(15_000), "12ab");
    let first = till.begin(&cancel(&sale, "12ab"));
    let full = reference("12ab", 15_000);
    for (change, what) in [
        (reference("12AB ", 15_000), "letters and blanks"),
        (danmal_model::ApprovalReference { transaction_no: String::new(), ..full.clone() }, "no number"),
        (
            danmal_model::ApprovalReference { transaction_date: "251125".to_owned(), ..full.clone() },
            "the day alone",
        ),
        (
            danmal_model::ApprovalReference { transaction_date: "11/25 12:00".to_owned(), ..full.clone() },
            "a date of another shape",
        ),
        (danmal_model::ApprovalReference { approval_amt: 14_999, ..full.clone() }, "another amount"),
    ] {
        let same_number = danmal_model::ApprovalReference {
            transaction_no: if change.transaction_no.is_empty() { String::new() } else { "T12ab".to_owned() },
            ..change.clone()
        };
        assert_eq!(till.ask(&typed(same_number)), refused_by(first.ptxid), "{what}");
        let mistyped = danmal_model::ApprovalReference { transaction_no: "T12ba".to_owned(), ..change };
        assert_eq!(till.ask(&typed(mistyped)), refused_by(first.ptxid), "{what}, mistyped");
    }
    for other in [
        danmal_model::ApprovalReference { transaction_date: "251126".to_owned(), ..full.clone() },
        danmal_model::ApprovalReference { approval_no: "13".to_owned(), ..full },
    ] {
        let other = new(till.ask(&typed(other)));
        till.book.forget(other.ptxid);
    }
}

#[test]
fn two_recorded_approvals_with_the_same_number_are_two() {
    let mut till = Till::new();
    let one = till.approve(&sale(15_000), "1");
    let two = till.approve(&sale(15_000), "1");
    let first = till.approve(&cancel(&one, "1"), "8");
    let second = till.approve(&cancel(&two, "1"), "9");
    assert_eq!(till.book.cancellations_of(one.ptxid), [first.ptxid]);
    assert_eq!(till.book.cancellations_of(two.ptxid), [second.ptxid]);
}

#[test]
fn an_original_of_another_journal_counts_as_typed() {
    let mut till = Till::new();
    let elsewhere = "CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1a".parse().unwrap();
    let first = till.begin(&recorded(elsewhere, reference("5", 7_000)));
    assert!(first.typed);
    assert_eq!(till.ask(&typed(reference("5", 7_000))), refused_by(first.ptxid));
    let other_name = "CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1b".parse().unwrap();
    assert_eq!(till.ask(&recorded(other_name, reference("5", 7_000))), refused_by(first.ptxid));
}

#[test]
fn a_tax_refund_slip_is_cancelled_once_by_either_of_its_numbers() {
    let mut till = Till::new();
    let issue = till.begin(&ask(Kind::TaxRefundIssue, Amounts::won(50_000)));
    let slip = TaxRefundSlip {
        refund_serial: "R-1".to_owned(),
        taxrefund_serial: "X-1".to_owned(),
        ..TaxRefundSlip::default()
    };
    let approval = danmal_model::Approval { slip: Some(Box::new(slip)), ..approval(&issue, "") };
    till.end(&issue, Outcome::Approved(Box::new(approval)));
    let by = |serial: &str| Ask {
        tax_refund_serial: Some(serial.to_owned()),
        ..ask(Kind::TaxRefundCancellation, Amounts::won(50_000))
    };
    let first = till.begin(&by("R-1"));
    assert_eq!(till.ask(&by("X-1")), refused_by(first.ptxid));
    assert_eq!(till.ask(&Ask { original: Some(issue.ptxid), ..by("X-1") }), refused_by(first.ptxid));
    new(till.ask(&by("X-2")));
}
