//! Payments through the public API against the simulator, whose payment logic is its own.

mod common;

use std::time::Duration;

use common::{address, host, open, options, outcome, resolution, tcp_simulator};
use danmal::{
    AmountConvention, Amounts, Cancellation, CashReceipt, CashReceiptCancellation, EasyPay, ErrorCode,
    EventCode, Language, NotPerformedReason, Options, Outcome, Sale, StoppedBy, TaxRefundSerial, Terminal,
    Work, block_on,
};
use danmal_simulator::{MAGIC, State};

fn approval(outcome: Outcome) -> danmal::Approval {
    match outcome {
        Outcome::Approved(approval) => *approval,
        other => panic!("approved was expected, not {other:?}"),
    }
}

#[test]
fn a_sale_with_a_signature_its_cancellation_and_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = open(&address, &folder);
    let payment = terminal.approve(Sale::won(15_000).order("2024-0007")).unwrap();
    let codes: Vec<EventCode> = payment.events().into_iter().map(|event| event.code).collect();
    for code in [EventCode::Sent, EventCode::SignatureWait, EventCode::Confirming, EventCode::Finished] {
        assert!(codes.contains(&code), "{code:?} in {codes:?}");
    }
    let sale = approval(block_on(payment.clone().into_future()));
    assert_eq!((sale.approval_amt, sale.issuer_name.as_str(), sale.simulated), (15_000, "신한카드", true));
    assert_eq!(sale.masked_card.as_ref().map(danmal::MaskedCard::as_str), Some("433012******1234"));
    assert_eq!(host(&address).captured(payment.id().as_str()), 1);

    let cancel = terminal.cancel(&sale).unwrap();
    let cancelled = approval(outcome(&cancel));
    assert_eq!(cancelled.approval_amt, 15_000);
    assert_eq!(host(&address).entries()[0].state, State::Cancelled);
    let again = terminal.cancel(&sale).unwrap();
    let by = cancel.id();
    assert!(
        matches!(outcome(&again), Outcome::NotPerformed(n) if n.reason == NotPerformedReason::AlreadyCancelled { by })
    );
    assert_eq!(terminal.history().unwrap().len(), 2);
    assert_eq!(host(&address).net(), 0);
}

#[test]
fn every_kind_of_operation_over_tcp() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let terminal = open(&format!("tcp://{tcp}?simulated=true"), &folder);
    let easy = approval(outcome(&terminal.approve_easy_pay(EasyPay::won(3_000)).unwrap()));
    assert_eq!(easy.service_code.as_deref(), Some("QRD"));
    approval(outcome(&terminal.cancel(&easy).unwrap()));
    let receipt = CashReceipt::won(5_000).identifier("01012345678");
    let receipt = approval(outcome(&terminal.issue_cash_receipt(receipt).unwrap()));
    let cancel = CashReceiptCancellation::of(&receipt, "01012345678");
    approval(outcome(&terminal.cancel_cash_receipt(&cancel).unwrap()));
    let slip = approval(outcome(
        &terminal.cancel_tax_refund(&TaxRefundSerial::new("80103750224020100017")).unwrap(),
    ));
    assert_eq!(slip.slip.map(|slip| slip.refund_balance), Some(900));
    let slip = approval(outcome(
        &terminal
            .issue_tax_refund(&danmal::TaxRefund::P3mixGoods {
                sales_serial: "1".to_owned(),
                labels: danmal::Labels::default(),
            })
            .unwrap(),
    ));
    assert!(slip.slip.is_some());
    let totals = block_on(terminal.sales_totals("20261101", "20261130")).unwrap();
    assert!(totals.approved.count > 0, "{totals:?}");
    let codes = block_on(terminal.download_codes()).unwrap();
    assert!(!codes.codes.is_empty());
    let last = block_on(terminal.last_transaction()).unwrap();
    assert!(!last.empty && last.transaction.is_some());
    assert_eq!(
        block_on(terminal.sales_totals("20261301", "20261130")).unwrap_err().field.as_deref(),
        Some("from")
    );
    assert_eq!(server.host().net(), 0);
    assert!(terminal.close_blocking());
}

#[test]
fn every_magic_amount_ends_as_its_table_says() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = MAGIC
        .iter()
        .map(|magic| {
            let address = address();
            let terminal = open(&address, &folder);
            let payment = terminal.approve(Sale::won(magic.amount)).unwrap();
            (magic, address, terminal, payment)
        })
        .collect();
    for (magic, address, _terminal, payment) in all {
        let _ = outcome(&payment);
        let end = resolution(&payment);
        assert_eq!(end.name(), magic.outcome, "{}: {}", magic.amount, magic.en);
        let entries = host(&address).entries();
        let stands = entries.iter().filter(|entry| entry.state == State::Captured).count();
        assert_eq!(stands, usize::from(magic.outcome == "approved"), "{}: {}", magic.amount, magic.en);
        assert!(entries.len() <= 1, "{} was charged {} times", magic.amount, entries.len());
    }
}

#[test]
fn fault_a_cable_pulled_in_the_middle_charges_once() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let terminal = open(&format!("tcp://{tcp}?simulated=true"), &folder);
    let payment = terminal.approve(Sale::won(15_000)).unwrap();
    for event in payment.events() {
        if event.code == EventCode::SignatureWait {
            server.cut();
        }
    }
    let _ = outcome(&payment);
    approval(resolution(&payment));
    assert_eq!(server.host().captured(payment.id().as_str()), 1);
    let codes: Vec<_> = payment.events().into_iter().map(|event| event.code).collect();
    let lost = codes.iter().position(|code| *code == EventCode::ConnectionLost).unwrap();
    let next = codes[lost..].iter().find(|code| !matches!(code, EventCode::ConnectionLost));
    assert_eq!(next, Some(&EventCode::RecoveryProgress), "what is waited for is said at once: {codes:?}");
}

#[test]
fn rule_13_a_second_press_with_the_same_order_is_the_same_payment() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = open(&address, &folder);
    let first = terminal.approve(Sale::won(3_000).order("A-1")).unwrap();
    let second = terminal.approve(Sale::won(3_000).order("A-1")).unwrap();
    assert_eq!(first.id(), second.id());
    let sale = approval(outcome(&first));
    assert!(outcome(&second).replayed().is_some());
    let third = terminal.approve(Sale::won(3_000).order("A-1")).unwrap();
    assert_eq!(outcome(&third).id(), first.id());
    let other = terminal.approve(Sale::won(4_000).order("A-1")).unwrap();
    assert!(
        matches!(outcome(&other), Outcome::NotPerformed(n) if n.reason == NotPerformedReason::KeyReused { by: first.id() })
    );
    approval(outcome(&terminal.cancel(&sale).unwrap()));
    let anew = terminal.approve(Sale::won(3_000).order("A-1")).unwrap();
    assert_ne!(anew.id(), first.id());
    approval(outcome(&anew));
    assert_eq!(host(&address).net(), 3_000);
}

#[test]
fn rule_4_a_second_till_is_told_who_holds_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = open(&address, &folder);
    let second = open(&address, &folder);
    assert!(matches!(second.status().work, Work::HeldByAnotherTill { .. }));
    let refused = second.approve(Sale::won(3_000)).unwrap();
    assert!(matches!(outcome(&refused), Outcome::NotPerformed(n) if n.reason.name() == "heldByAnotherTill"));
    approval(outcome(&terminal.approve(Sale::won(3_000)).unwrap()));
    assert!(terminal.close_blocking());
    std::thread::sleep(Duration::from_millis(50));
    approval(outcome(&second.approve(Sale::won(2_000)).unwrap()));
}

#[test]
fn rule_9_a_stop_is_a_request() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = Terminal::open(&address, options(&folder).time_scale(0.2)).unwrap();
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    for event in payment.events() {
        if event.code == EventCode::Sent {
            payment.request_cancel();
        }
    }
    assert!(
        matches!(outcome(&payment), Outcome::Aborted(a) if a.cancel_requested && a.by == StoppedBy::Terminal)
    );
    assert_eq!(host(&address).net(), 0);
}

#[test]
fn rule_11_parts_need_a_convention_and_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let terminal =
        Terminal::open("tcp://127.0.0.1:9", Options::new().folder(folder.path()).time_scale(0.01)).unwrap();
    let error = terminal.approve(Sale::won(1_100).tax(100)).unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::ConventionUnset, Some("tax")));
    let amounts = Amounts { amount: 1_100, tax: 100, tip: 0, tax_free: 0 };
    assert_eq!(
        (amounts.price(AmountConvention::Net), amounts.price(AmountConvention::Total)),
        (1_000, 1_100)
    );
}

#[test]
fn bad_input_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(&address(), &folder);
    for (sale, field) in [
        (Sale::won(-1), "amount"),
        (Sale::won(1_000_000_000_000), "amount"),
        (Sale::won(1_000).tax(600).tip(500), "tip"),
        (Sale::won(1_000).installment(1), "installment"),
        (Sale::won(1_000).installment(37), "installment"),
        (Sale::won(1_000).order("x".repeat(65)), "order"),
        (Sale::won(1_000).key("a\nb"), "key"),
    ] {
        let error = terminal.approve(sale).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field));
        assert!(!error.accepted.is_empty());
    }
    assert!(terminal.history().unwrap().is_empty());
    assert_eq!(Terminal::open("com3", Options::new()).unwrap_err().code, ErrorCode::InvalidAddress);
    let typed = Cancellation::from_slip(danmal::ApprovalReference::default());
    assert_eq!(terminal.cancel(typed).unwrap_err().field.as_deref(), Some("approvalAmt"));
}

#[test]
fn rule_15_a_terminal_that_is_not_there_is_not_performed_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::open("tcp://127.0.0.1:9", options(&folder)).unwrap();
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    assert!(matches!(outcome(&payment), Outcome::NotPerformed(n) if n.reason.name() == "noConnection"));
    assert!(!terminal.status().connected);
}

#[test]
fn rule_17_dropping_everything_lets_the_payment_end() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = open(&address, &folder);
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let id = payment.id();
    let journal = terminal.journal().unwrap().clone();
    assert!(payment.events().into_iter().any(|event| event.code == EventCode::Sent));
    drop(payment.outcome());
    drop(payment);
    drop(terminal);
    for _ in 0..500 {
        std::thread::sleep(Duration::from_millis(10));
        if matches!(journal.state_of(id), Some(danmal::IntentState::Ended(_))) {
            break;
        }
    }
    assert!(journal.book(|book| book.stands(id)));
    assert_eq!(host(&address).net(), 3_000);
}

#[test]
fn play_money_needs_a_journal_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let terminal = open(&format!("tcp://{tcp}"), &folder);
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    assert!(
        matches!(outcome(&payment), Outcome::NotPerformed(n) if n.reason == NotPerformedReason::WrongJournal)
    );
    assert!(server.host().entries().is_empty());
}

#[test]
fn events_speak_korean_and_english() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(&address(), &folder);
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let sent = payment.events().into_iter().find(|event| event.code == EventCode::Sent).unwrap();
    assert_eq!(sent.text(Language::Korean), "카드를 넣어 주세요");
    assert_eq!(sent.text(Language::English), "please insert the card");
    let _ = outcome(&payment);
    assert!(terminal.events().try_next().is_some());
}

#[test]
fn two_hundred_terminals_pay_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let terminals: Vec<Terminal> = (0..200)
        .map(|_| Terminal::open(&address(), options(&folder).journal_in_memory().time_scale(0.5)).unwrap())
        .collect();
    let payments: Vec<_> =
        terminals.iter().map(|terminal| terminal.approve(Sale::won(3_000)).unwrap()).collect();
    for payment in &payments {
        approval(outcome(payment));
    }
}
