//! Rule 10: which approval a cancellation undoes, and with which fields; rule 13: when that frees a key.

mod common;
#[path = "common/scripted.rs"]
mod scripted;

use common::{options, outcome};
use danmal::{
    Approval, ApprovalReference, Cancellation, CashReceipt, CashReceiptCancellation, EasyPay, Error,
    ErrorCode, NotPerformedReason, Outcome, Profile, Sale, Secret, Terminal, TraderType,
};
use scripted::{Does, Scripted, approved};

fn approval(outcome: Outcome) -> Approval {
    match outcome {
        Outcome::Approved(approval) => *approval,
        other => panic!("approved was expected, not {other:?}"),
    }
}

fn sell(terminal: &Terminal, amount: i64, order: &str) -> Approval {
    approval(outcome(&terminal.approve(Sale::won(amount).order(order)).unwrap()))
}

/// The net of every operation, oldest first.
fn nets(terminal: &Terminal) -> Vec<Option<i64>> {
    terminal.history().unwrap().iter().map(|entry| entry.net).collect()
}

fn field(error: &Error) -> (&str, ErrorCode) {
    (error.field.as_deref().unwrap(), error.code)
}

/// A till whose journal waits for no disk.
fn in_memory(device: &Scripted, folder: &tempfile::TempDir) -> Terminal {
    Terminal::open(&device.address, options(folder).journal_in_memory()).unwrap()
}

/// A terminal that gives every sale the same approval number, and a transaction number of its own.
fn numbers_repeat() -> Scripted {
    let count = std::sync::atomic::AtomicU32::new(0);
    Scripted::new(move |code, body| match code {
        "010010" => {
            let count = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Does::Answers(approved(body, "30001234", &format!("00000000{count:04}")))
        }
        _ => Does::Usual,
    })
}

#[test]
fn rule_13_a_slip_of_another_approval_with_the_same_number_frees_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let device = numbers_repeat();
    let terminal = in_memory(&device, &folder);
    let one = sell(&terminal, 5_000, "A");
    let two = sell(&terminal, 7_000, "B");
    let three = sell(&terminal, 5_000, "C");
    approval(outcome(&terminal.cancel(Cancellation::from_slip(one.reference())).unwrap()));
    for (amount, order, sale) in [(7_000, "B", &two), (5_000, "C", &three)] {
        let again = terminal.approve(Sale::won(amount).order(order)).unwrap();
        assert!(again.replayed().is_some(), "{order} stands");
        assert_eq!(approval(outcome(&again)).id, sale.id);
    }
    assert_eq!(device.received("010010").len(), 3);
    assert_eq!(nets(&terminal), [Some(0), Some(7_000), Some(5_000), Some(0)]);
    // The slip had every field of the first.
    let again = sell(&terminal, 5_000, "A");
    assert_ne!(again.id, one.id);
    assert_eq!(device.received("010010").len(), 4);
}

#[test]
fn rule_13_a_slip_of_another_kind_frees_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let device = numbers_repeat();
    let terminal = in_memory(&device, &folder);
    let sale = sell(&terminal, 7_000, "B");
    let receipt = CashReceiptCancellation {
        cancellation: Cancellation::from_slip(sale.reference()),
        trader_type: TraderType::IncomeDeduction,
        identifier: Secret::default(),
    };
    approval(outcome(&terminal.cancel_cash_receipt(&receipt).unwrap()));
    assert!(terminal.approve(Sale::won(7_000).order("B")).unwrap().replayed().is_some());
    assert_eq!(nets(&terminal), [Some(7_000), Some(-7_000)]);
    assert_eq!(device.received("010010").len(), 1);
}

#[test]
fn rule_13_a_slip_typed_loosely_leaves_the_key_neither_free_nor_paid() {
    let folder = tempfile::tempdir().unwrap();
    let device = numbers_repeat();
    let terminal = in_memory(&device, &folder);
    let sale = sell(&terminal, 5_000, "A");
    let slip = ApprovalReference { transaction_no: String::new(), ..sale.reference() };
    let cancelled = approval(outcome(&terminal.cancel(Cancellation::from_slip(slip)).unwrap()));
    let again = outcome(&terminal.approve(Sale::won(5_000).order("A")).unwrap());
    let reused = NotPerformedReason::KeyReused { by: sale.id };
    assert!(matches!(&again, Outcome::NotPerformed(not) if not.reason == reused), "{again:?}");
    assert_eq!(device.received("010010").len(), 1);
    assert_eq!(nets(&terminal).into_iter().flatten().sum::<i64>(), 0);
    // For a second cancellation it is the same approval.
    let twice = outcome(&terminal.cancel(&sale).unwrap());
    let refused = NotPerformedReason::AlreadyCancelled { by: cancelled.id };
    assert!(matches!(&twice, Outcome::NotPerformed(not) if not.reason == refused), "{twice:?}");
}

/// What becomes of a cancellation under the original's ptxid that reaches no host.
fn never_reached(transaction_no: &'static str, change: impl FnOnce(&mut ApprovalReference)) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let device = Scripted::new(move |code, body| match code {
        "010010" => Does::Answers(approved(body, "30001234", transaction_no)),
        "010020" => Does::Cuts,
        _ => Does::Usual,
    });
    let mut profile = Profile::simulator();
    profile.cancellation_with_original_ptxid = true;
    let terminal =
        Terminal::open(&device.address, options(&folder).journal_in_memory().profile(profile)).unwrap();
    let sale = sell(&terminal, 5_000, "A");
    let mut cancellation = Cancellation::from(&sale);
    change(&mut cancellation.of);
    let outcome = outcome(&terminal.cancel(cancellation).unwrap());
    let sent = device.received("010020");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["ptxid"], sale.id.as_str());
    outcome
}

#[test]
fn rule_10_under_the_originals_ptxid_the_sales_own_record_is_no_cancellation() {
    let long = "2026112512345678";
    for (what, outcome) in [
        ("as recorded", never_reached("000030001234", |_| {})),
        ("typed, since it was not kept", never_reached(long, |of| of.transaction_no = long.to_owned())),
        ("left out", never_reached("000030001234", |of| of.transaction_no.clear())),
    ] {
        assert!(matches!(outcome, Outcome::Unknown(_)), "{what}: {outcome:?}");
    }
}

#[test]
fn rule_10_no_part_of_a_recorded_approval_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let device = Scripted::new(|_, _| Does::Usual);
    let terminal = in_memory(&device, &folder);
    let card = sell(&terminal, 5_000, "A");
    let easy = approval(outcome(&terminal.approve_easy_pay(EasyPay::won(5_000)).unwrap()));
    let receipt = approval(outcome(&terminal.issue_cash_receipt(CashReceipt::won(5_000)).unwrap()));
    let part = |approval: &Approval, won: i64| {
        let mut cancellation = Cancellation::from(approval);
        cancellation.of.approval_amt = won;
        cancellation
    };
    for won in [1_000, 4_999, 5_001] {
        let of_receipt = CashReceiptCancellation {
            cancellation: part(&receipt, won),
            ..CashReceiptCancellation::of(&receipt, "")
        };
        for error in [
            terminal.cancel(part(&card, won)).unwrap_err(),
            terminal.cancel(part(&easy, won)).unwrap_err(),
            terminal.cancel_easy_pay(part(&easy, won)).unwrap_err(),
            terminal.cancel_cash_receipt(&of_receipt).unwrap_err(),
        ] {
            assert_eq!(field(&error), ("approvalAmt", ErrorCode::InvalidAmount));
            assert!(error.problem.contains(&won.to_string()), "{error}");
            assert!(error.accepted.contains("5000 won"), "{error}");
        }
    }
    let mut other = Cancellation::from(&card);
    other.of.transaction_no = "000030009999".to_owned();
    let error = terminal.cancel(other).unwrap_err();
    assert_eq!(field(&error), ("transactionNo", ErrorCode::InvalidText));
    for code in ["010020", "030020", "070020"] {
        assert!(device.received(code).is_empty());
    }
    assert!(terminal.approve(Sale::won(5_000).order("A")).unwrap().replayed().is_some());
    approval(outcome(&terminal.cancel(&card).unwrap()));
    assert_eq!(device.received("010020")[0]["approvalAmt"], 5_000);
    assert_eq!(nets(&terminal), [Some(0), Some(5_000), Some(5_000), Some(0)]);
}

#[test]
fn rule_10_a_number_that_was_not_kept_is_typed_and_never_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let long = "202611251234567";
    let device = Scripted::new(move |code, body| match code {
        "010010" => Does::Answers(approved(body, "30001234", long)),
        _ => Does::Usual,
    });
    let terminal = Terminal::open(&device.address, options(&folder).time_scale(0.1)).unwrap();
    let sale = sell(&terminal, 5_000, "A");
    assert!(!sale.transaction_no.contains(|c: char| c.is_ascii_digit()));
    let error = terminal.cancel(&sale).unwrap_err();
    assert_eq!(field(&error), ("transactionNo", ErrorCode::InvalidText));
    assert!(error.accepted.contains("slip"), "{error}");
    assert!(terminal.cancel(Cancellation::from_slip(sale.reference())).is_err());
    assert!(device.received("010020").is_empty());

    let mut typed = Cancellation::from(&sale);
    typed.of.transaction_no = long.to_owned();
    approval(outcome(&terminal.cancel(typed).unwrap()));
    assert_eq!(device.received("010020")[0]["transactionNo"], long);
    let history = terminal.history().unwrap();
    assert!(history[1].intent.typed);
    assert_eq!(nets(&terminal), [Some(0), Some(0)]);
    assert_ne!(sell(&terminal, 5_000, "A").id, sale.id, "its cancellation freed the order");
    assert!(terminal.close_blocking());
    drop(terminal);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(long.len()).any(|part| part == long.as_bytes()), "it was kept after all");
    }
}
