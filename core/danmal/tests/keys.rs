//! Keys, cancellations and an operator's words, end to end.

mod common;

use std::time::Duration;

use common::{address, host, open, options, outcome, slow_tcp_simulator, tcp_simulator};
use danmal::{
    Approval, ApprovalReference, Cancellation, CashReceipt, EasyPay, ErrorCode, EventCode,
    NotPerformedReason, Outcome, Resolution, Sale, Terminal, Verdict, Work, block_on,
};

fn approval(outcome: Outcome) -> Approval {
    match outcome {
        Outcome::Approved(approval) => *approval,
        other => panic!("approved was expected, not {other:?}"),
    }
}

/// A terminal whose journal waits for no disk: nothing of it is restarted.
fn in_memory(address: &str, folder: &tempfile::TempDir) -> Terminal {
    Terminal::open(address, options(folder).journal_in_memory()).unwrap()
}

fn reason(outcome: &Outcome) -> &NotPerformedReason {
    match outcome {
        Outcome::NotPerformed(not) => &not.reason,
        other => panic!("not performed was expected, not {other:?}"),
    }
}

#[test]
fn rule_13_a_double_click_is_one_payment_on_every_terminal_of_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (address(), address());
    let journal = danmal::Journal::memory(true);
    let open = |address: &str| {
        let options = options(&folder).time_scale(0.3).open_journal(journal.clone());
        Terminal::open(address, options).unwrap()
    };
    let (first, second) = (open(&one), open(&two));
    let presses: Vec<_> = std::thread::scope(|scope| {
        let press = || [&first, &second].map(|till| till.approve(Sale::won(3_000).order("A-7")).unwrap());
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(press)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let id = presses[0].id();
    assert!(presses.iter().all(|payment| payment.id() == id));
    assert_eq!(presses.iter().filter(|payment| payment.replayed().is_none()).count(), 1);
    for payment in &presses {
        assert_eq!(outcome(payment).replayed(), payment.replayed());
    }
    assert_eq!(host(&one).net() + danmal_simulator_net(&two), 3_000);
}

/// What stands at a terminal that may never have been asked.
fn danmal_simulator_net(address: &str) -> i64 {
    let name = address.strip_prefix("simulator:").unwrap();
    danmal_simulator::instance(name).map_or(0, |server| server.host().net())
}

#[test]
fn rule_13_the_same_order_after_a_restart_is_the_same_payment() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let address = format!("tcp://{tcp}?simulated=true");
    let terminal = open(&address, &folder);
    let paid = approval(outcome(&terminal.approve(Sale::won(3_000).order("A-1")).unwrap()));
    assert!(terminal.close_blocking());
    drop(terminal);
    let terminal = open(&address, &folder);
    let again = terminal.approve(Sale::won(3_000).order("A-1")).unwrap();
    assert!(again.replayed().is_some());
    let replayed = approval(outcome(&again));
    assert_eq!((replayed.id, &replayed.approval_no), (paid.id, &paid.approval_no));
    assert!(replayed.replayed.is_some() && replayed.masked_card.is_none());
    let declined = terminal.approve(Sale::won(1_004).order("A-2")).unwrap();
    assert_eq!(outcome(&declined).name(), "declined");
    assert_ne!(terminal.approve(Sale::won(1_004).order("A-2")).unwrap().id(), declined.id());
    assert_eq!(server.host().captured(paid.id.as_str()), 1);
}

#[test]
fn rule_10_a_cancellation_follows_the_kind_of_its_approval() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = in_memory(&address, &folder);
    let card = approval(outcome(&terminal.approve(Sale::won(3_000)).unwrap()));
    let easy = approval(outcome(&terminal.approve_easy_pay(EasyPay::won(4_000)).unwrap()));
    let receipt = approval(outcome(&terminal.issue_cash_receipt(CashReceipt::won(5_000)).unwrap()));
    let error = terminal.cancel(&receipt).unwrap_err();
    assert!(error.to_string().contains("cancel_cash_receipt"), "{error}");
    let undone = approval(outcome(&terminal.cancel(&card).unwrap()));
    let error = terminal.cancel(&undone).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("original"));
    approval(outcome(&terminal.cancel(&easy).unwrap()));
    let codes: Vec<String> =
        host(&address).entries().into_iter().map(|entry| entry.code.to_string()).collect();
    assert_eq!(codes, ["010010", "030010", "070010", "010020", "030020"]);
    assert_eq!(host(&address).captured(receipt.id.as_str()), 1);
}

#[test]
fn rule_10_an_approval_of_another_journal_is_cancelled_as_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let address = format!("tcp://{tcp}?simulated=true");
    let terminal = open(&address, &folder);
    let easy = approval(outcome(&terminal.approve_easy_pay(EasyPay::won(4_000)).unwrap()));
    assert!(terminal.close_blocking());
    let other = Terminal::open(&address, options(&folder).journal("other.db")).unwrap();
    approval(outcome(&other.cancel(&easy).unwrap()));
    assert!(other.history().unwrap()[0].intent.typed);
    assert_eq!(server.host().net(), 0);
    // Typed from a slip it is a card sale, unless the call says otherwise.
    let of = ApprovalReference { approval_no: "99999999".to_owned(), ..easy.reference() };
    let typed = outcome(&other.cancel(Cancellation::from_slip(of.clone())).unwrap());
    assert_eq!(typed.name(), "declined");
    assert_eq!(server.host().entries()[1].code.to_string(), "030020");
    assert_eq!(outcome(&other.cancel_easy_pay(of).unwrap()).name(), "declined");
}

#[test]
fn rule_4_an_operators_word_frees_the_terminal_after_the_fence() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = slow_tcp_simulator();
    let address = format!("tcp://{tcp}?simulated=true");
    let terminal = in_memory(&address, &folder);
    block_on(terminal.last_transaction()).unwrap();
    // A slip's lost answer is settled by nobody else.
    let slip = danmal::TaxRefund::P3mixGoods { sales_serial: "1".to_owned(), labels: Default::default() };
    let payment = terminal.issue_tax_refund(&slip).unwrap();
    for event in payment.events() {
        if event.code == EventCode::Sent {
            server.cut();
        }
    }
    let id = payment.id();
    assert_eq!(outcome(&payment).name(), "unknown");
    let early = block_on(terminal.override_unknown(id, Verdict::NotPerformed, "no slip")).unwrap_err();
    assert_eq!(early.code, ErrorCode::NotAllowed);
    assert_eq!(terminal.pending().iter().map(danmal::Operation::id).collect::<Vec<_>>(), [id]);
    let blocked = outcome(&terminal.approve(Sale::won(3_000)).unwrap());
    assert_eq!(*reason(&blocked), NotPerformedReason::Unresolved { blocked_by: id });
    assert_eq!(terminal.status().work, Work::Unresolved { operation: id });
    for bad in ["", "  ", "a\nb", &"x".repeat(201)] {
        let error = block_on(terminal.override_unknown(id, Verdict::NotPerformed, bad)).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("reason"));
    }
    let mut refused = 0;
    while let Err(error) = block_on(terminal.override_unknown(id, Verdict::NotPerformed, "no slip")) {
        assert_eq!(error.code, ErrorCode::NotAllowed);
        refused += 1;
        assert!(refused < 1_000, "{error}");
        std::thread::sleep(Duration::from_millis(20));
    }
    let word = payment.wait_resolution(Duration::from_secs(30));
    assert_eq!(word, Some(Resolution::Operator(Verdict::NotPerformed)));
    assert!(terminal.pending().is_empty());
    approval(outcome(&terminal.approve(Sale::won(3_000)).unwrap()));
    let unknown = block_on(terminal.override_unknown(id, Verdict::Performed, "again")).unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NotFound);
    let needless = block_on(terminal.accept_journal("nothing is wrong")).unwrap_err();
    assert_eq!(needless.code, ErrorCode::NotAllowed);
}

#[test]
fn rule_9_stopped_before_the_first_byte_is_aborted() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody is there: it waits for a connection.
    let terminal =
        Terminal::open("tcp://127.0.0.1:9?simulated=true", options(&folder).time_scale(1.0)).unwrap();
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    payment.request_cancel();
    let end = outcome(&payment);
    assert!(matches!(&end, Outcome::Aborted(a) if a.by == danmal::StoppedBy::TillBeforeSending), "{end:?}");
    assert!(terminal.history().unwrap().is_empty());
}

#[test]
fn a_second_payment_waits_for_nobody_while_one_runs() {
    let folder = tempfile::tempdir().unwrap();
    let address = address();
    let terminal = Terminal::open(&address, options(&folder).time_scale(0.3)).unwrap();
    let first = terminal.approve(Sale::won(15_000)).unwrap();
    let second = terminal.approve(Sale::won(2_000)).unwrap();
    assert_eq!(*reason(&outcome(&second)), NotPerformedReason::Busy { blocked_by: first.id() });
    assert_eq!(terminal.status().work, Work::Busy { operation: first.id() });
    // A query queues behind money.
    let last = block_on(terminal.last_transaction()).unwrap();
    assert_eq!(last.transaction.map(|transaction| transaction.id), Some(first.id()));
    approval(outcome(&first));
    assert_eq!(host(&address).entries().len(), 1);
}
