//! What a terminal says of cards and people reaches whoever asked, and nothing that stays: no log, no journal, no
//! error, no debug output. A log holds an allow-list: codes, lengths, results, ids, the names of states.

mod common;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use std::time::Duration;

use common::{SCALE, open, outcome, tcp_simulator_of};
use danmal::{CashReceipt, Labels, Language, Paper, Sale, TaxRefund, block_on};
use danmal_simulator::{Canaries, Settings};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What may be said of a terminal in a log.
const ALLOWED: [&str; 8] = ["message", "terminal", "code", "bytes", "ptxid", "outcome", "reason", "error"];

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(String, String)>>>);

impl Visit for Recorder {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.lock().unwrap().push((field.name().to_owned(), format!("{value:?}")));
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("danmal")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Numbers of people who do not exist.
const CANARIES: [&str; 4] = ["4929123456781234", "01098765432", "M12345678", "9001011234567"];

/// What was said of payments whose terminal puts a number into every field that it is free to fill.
fn pay_with(canary: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let canaries = Canaries(vec![canary.to_owned()]);
    let (tcp, server) = tcp_simulator_of(Settings { canaries, ..Settings::default() }.scaled(SCALE));
    let terminal = open(&format!("tcp://{tcp}?simulated=true"), &folder);
    let mut said = Vec::new();
    let watched = terminal.events();
    // A sale with a signature, a decline with a message, garbage before an answer, a lost answer, a person.
    for won in [15_000, 1_004, 1_101, 1_030] {
        let payment = terminal.approve(Sale::won(won)).unwrap();
        said.push(format!("{:?} {:?}", outcome(&payment), payment.wait_resolution(Duration::from_secs(30))));
    }
    let receipt = CashReceipt::won(5_000).identifier("01098765432").order("비밀 주문");
    said.push(format!("{receipt:?} {:?}", outcome(&terminal.issue_cash_receipt(receipt.clone()).unwrap())));
    let goods = TaxRefund::P3mixGoods { sales_serial: "1".to_owned(), labels: Labels::default() };
    said.push(format!("{:?}", outcome(&terminal.issue_tax_refund(&goods).unwrap())));
    said.push(format!("{:?}", block_on(terminal.last_transaction())));
    said.push(format!("{:?}", block_on(terminal.sales_totals("20261101", "20261130"))));
    said.push(format!("{:?}", block_on(terminal.print(&Paper::new().left(20, canary)))));
    said.push(format!("{:?}", terminal.history()));
    assert!(block_on(terminal.close()));
    said.push(format!("{terminal:?} {:?} {:?}", terminal.status(), terminal.capabilities()));
    said.extend(watched.into_iter().map(|event| format!("{event:?} {}", event.text(Language::Korean))));
    assert!(server.host().entries().len() >= 4);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        said.push(String::from_utf8_lossy(&content).into_owned());
    }
    assert!(said.iter().map(String::len).sum::<usize>() > 10_000, "the journal is among it");
    said
}

#[test]
fn a_log_and_a_journal_hold_what_they_may_and_nothing_else() {
    let recorder = Recorder::default();
    tracing::subscriber::set_global_default(recorder.clone()).unwrap();
    for canary in CANARIES {
        for said in pay_with(canary) {
            let before =
                |part: &str| part.chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
            let around: Vec<String> = said.split(canary).map(before).collect();
            assert_eq!(around.len(), 1, "{canary} after {around:?}");
        }
    }
    let said = recorder.0.lock().unwrap();
    assert!(said.iter().any(|(field, value)| field == "code" && value == "010010"), "{said:?}");
    assert!(said.iter().any(|(field, value)| field == "outcome" && value.contains("approved")));
    for (field, value) in said.iter() {
        assert!(ALLOWED.contains(&field.as_str()), "{field} = {value}");
        for secret in ["한도초과", "신한", "비밀", "127.0.0.1", "정상"].iter().chain(&CANARIES) {
            assert!(!value.contains(secret), "{field} = {value}");
        }
    }
}
