//! A journal that is not what it was: money is refused until an operator has looked (rule 14).

mod common;

use std::path::Path;
use std::time::Duration;

use common::{open, options, outcome, slow_tcp_simulator, tcp_simulator};
use danmal::{
    ErrorCode, EventCode, HistoryFilter, NotPerformedReason, Outcome, Sale, Terminal, Verdict, Work, block_on,
};

fn refusal(terminal: &Terminal) -> NotPerformedReason {
    match outcome(&terminal.approve(Sale::won(3_000)).unwrap()) {
        Outcome::NotPerformed(not) => not.reason,
        other => panic!("{other:?}"),
    }
}

fn approve(terminal: &Terminal, won: i64) {
    let end = outcome(&terminal.approve(Sale::won(won)).unwrap());
    assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
}

/// A sale under the default journal, which is then closed.
fn yesterday(address: &str, folder: &tempfile::TempDir) {
    let terminal = open(address, folder);
    approve(&terminal, 3_000);
    assert!(terminal.close_blocking());
}

/// An operator accepts, as soon as it is allowed.
fn accept(terminal: &Terminal) {
    assert!(matches!(terminal.status().work, Work::SafeMode { .. }), "{:?}", terminal.status());
    assert!(matches!(refusal(terminal), NotPerformedReason::SafeMode { .. }));
    let mut refused = 0;
    while let Err(error) = block_on(terminal.accept_journal("I have seen the slips of today")) {
        assert_eq!(error.code, ErrorCode::NotAllowed, "{error}");
        refused += 1;
        assert!(refused < 1_000, "{error}");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(refused > 0, "the fence comes first");
    assert!(terminal.events().into_iter().any(|event| event.code == EventCode::JournalAccepted));
    approve(terminal, 2_000);
}

fn files(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn rule_14_a_damaged_journal_is_moved_aside_and_waits_for_an_operator() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let address = format!("tcp://{tcp}?simulated=true");
    yesterday(&address, &folder);
    // Its log too: what is whole there would repair the rest.
    for name in files(folder.path()).iter().filter(|name| name.starts_with("simulator.db")) {
        std::fs::write(folder.path().join(name), vec![0x5a; 20_000]).unwrap();
    }
    let terminal = open(&address, &folder);
    accept(&terminal);
    assert!(files(folder.path()).iter().any(|name| name.contains("damaged")), "nothing is deleted");
    assert_eq!(server.host().net(), 5_000);
    assert!(terminal.close_blocking());
    // The word holds.
    let terminal = open(&address, &folder);
    approve(&terminal, 1_000);
}

#[test]
fn rule_14_a_deleted_journal_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let address = format!("tcp://{tcp}?simulated=true");
    yesterday(&address, &folder);
    for name in files(folder.path()).iter().filter(|name| name.starts_with("simulator.db")) {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    accept(&open(&address, &folder));
    assert_eq!(server.host().net(), 5_000);
}

#[test]
fn rule_4_another_journal_is_told_which_one_holds_something_unresolved() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = slow_tcp_simulator();
    let address = format!("tcp://{tcp}?simulated=true");
    let terminal = open(&address, &folder);
    block_on(terminal.last_transaction()).unwrap();
    let slip = danmal::TaxRefund::P3mixGoods { sales_serial: "1".to_owned(), labels: Default::default() };
    let payment = terminal.issue_tax_refund(&slip).unwrap();
    for event in payment.events() {
        if event.code == EventCode::Sent {
            server.cut();
        }
    }
    assert_eq!(outcome(&payment).name(), "unknown");
    assert!(terminal.close_blocking());
    drop(terminal);

    let other = Terminal::open(&address, options(&folder).journal("other.db")).unwrap();
    match refusal(&other) {
        NotPerformedReason::HeldByAnotherTill { holder } => {
            assert!(holder.contains("simulator.db"), "{holder}")
        }
        other => panic!("{other:?}"),
    }
    assert!(other.close_blocking());
    drop(other);

    // The journal that knows of it lists it, and an operator decides.
    let terminal = open(&address, &folder);
    let pending = terminal.pending();
    assert_eq!(pending.iter().map(danmal::Operation::id).collect::<Vec<_>>(), [payment.id()]);
    assert_eq!(pending[0].try_outcome().map(|outcome| outcome.name()), Some("unknown"));
    let word =
        || block_on(terminal.override_unknown(payment.id(), Verdict::NotPerformed, "no slip came out"));
    while let Err(error) = word() {
        assert_eq!(error.code, ErrorCode::NotAllowed, "{error}");
        std::thread::sleep(Duration::from_millis(20));
    }
    approve(&terminal, 3_000);
    assert!(terminal.close_blocking());
    let other = Terminal::open(&address, options(&folder).journal("other.db")).unwrap();
    approve(&other, 1_000);
}

#[test]
fn a_history_says_what_stands() {
    let folder = tempfile::tempdir().unwrap();
    let address = common::address();
    let terminal = open(&address, &folder);
    approve(&terminal, 3_000);
    let sale = outcome(&terminal.approve(Sale::won(4_000).order("A-2")).unwrap());
    let Outcome::Approved(sale) = sale else { panic!("{sale:?}") };
    let cancelled = outcome(&terminal.cancel(&*sale).unwrap());
    assert_eq!(cancelled.name(), "approved");
    let declined = outcome(&terminal.approve(Sale::won(1_004)).unwrap());
    assert_eq!(declined.name(), "declined");
    let history = terminal.history().unwrap();
    assert_eq!(
        history.iter().map(|entry| entry.net).collect::<Vec<_>>(),
        [Some(3_000), Some(0), Some(0), Some(0)]
    );
    assert_eq!(history[1].cancellations, [cancelled.id()]);
    let ordered = HistoryFilter { order: Some("A-2".to_owned()), ..HistoryFilter::default() };
    assert_eq!(terminal.history_of(&ordered).unwrap().len(), 1);
    let newest = HistoryFilter { limit: Some(1), ..HistoryFilter::default() };
    assert_eq!(terminal.history_of(&newest).unwrap()[0].intent.ptxid, declined.id());
}
