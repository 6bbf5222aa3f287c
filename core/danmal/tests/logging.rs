//! A log holds an allow-list: codes, lengths, results, ids, the names of states. Nothing of a card, a person or
//! a message.

mod common;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use common::{address, open, outcome};
use danmal::{CashReceipt, Sale, block_on};
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

#[test]
fn a_log_holds_what_it_may_and_nothing_else() {
    let recorder = Recorder::default();
    tracing::subscriber::set_global_default(recorder.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(&address(), &folder);
    // A sale with a signature, a decline with a message, garbage before an answer, and a person's number.
    for won in [15_000, 1_004, 1_017] {
        let _ = outcome(&terminal.approve(Sale::won(won)).unwrap());
    }
    let receipt = CashReceipt::won(5_000).identifier("01012345678").order("비밀 주문");
    let _ = outcome(&terminal.issue_cash_receipt(receipt).unwrap());
    block_on(terminal.last_transaction()).unwrap();
    assert!(block_on(terminal.close()));
    let said = recorder.0.lock().unwrap();
    assert!(said.iter().any(|(field, value)| field == "code" && value == "010010"), "{said:?}");
    assert!(said.iter().any(|(field, value)| field == "outcome" && value.contains("approved")));
    for (field, value) in said.iter() {
        assert!(ALLOWED.contains(&field.as_str()), "{field} = {value}");
        for secret in ["01012345678", "433012", "1234", "한도초과", "신한", "비밀", "simulator:", "정상"]
        {
            let id = field == "ptxid" || field == "bytes";
            assert!(id || !value.contains(secret), "{field} = {value}");
        }
    }
}
