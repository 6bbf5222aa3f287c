//! The runner itself: it sees what differs, and says it.

use std::path::Path;

use danmal_conformance::child::Child;
use danmal_conformance::known::Known;
use danmal_conformance::languages::Language;
use danmal_conformance::lines::{Chunking, Client, Line};
use danmal_conformance::run::{Job, Wrong, run};
use danmal_conformance::suite::{self, Choice};
use danmal_simulator::script::Scenario;

const RUNNER: &str = env!("CARGO_BIN_EXE_danmal-conformance");

fn rust() -> Language {
    Language { name: "rust".to_owned(), run: vec![RUNNER.to_owned(), "adapter".to_owned()] }
}

fn differs(text: &str) -> Vec<Wrong> {
    let scenario = Scenario::parse(text).unwrap();
    let job = Job {
        name: "made up",
        scenario: &scenario,
        line: Line::Tcp,
        client: Client::Async,
        chunking: Chunking::Whole,
    };
    let mut child = Child::start(&rust()).unwrap();
    // Deadlines are not what is tried here.
    run(&mut child, &rust(), &job, 4.0, 900).unwrap()
}

#[test]
fn what_is_as_expected_is_not_complained_of() {
    let text = "name: x\nsteps:\n  - approve: {amount: 4000}\n    as: sale\n  - expect: {of: sale, outcome: approved}\n";
    assert_eq!(differs(text), []);
}

#[test]
fn everything_that_differs_is_said() {
    let wrong = differs(
        "name: x
steps:
  - approve: {amount: 4000, order: A-1}
    as: sale
  - expect:
      of: sale
      outcome: declined
      amount: 5000
      resultCode: '8324'
      reason: absent
      replayed: true
      cancelRequested: true
      alarm: amountDiffers
      events: [finished, sent]
      never: [recorded]
  - expect: {of: sale, refused: {field: amount}}
  - expect: {of: sale, answer: {error: timeout}}
  - expectPending: [sale]
  - waitFor: {of: sale, event: signatureWait}
  - approve: {amount: 0}
    as: nothing
  - expect: {of: nothing, outcome: approved}
  - expect: {of: nothing, refused: {field: tax, code: invalidText}}
  - ledger: {captured: 2}
  - restart: closed
  - approve: {amount: 3000}
    as: other
  - expect: {of: other, resolution: reversed, sameAs: sale}
ledger: {net: 1, of: {sale: {captured: 0}}}
journal: {sale: {outcome: declined, net: 1, cancellations: 3, overridden: performed}, other: {present: false}}
requests: {approve: 7}
paper: [영수증]
",
    );
    let said: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    for part in [
        "sale is declined expected",
        "amount (5000)",
        "result code (8324)",
        "reason (absent)",
        "another replay",
        "cancelRequested",
        "alarm (amountDiffers)",
        "the event sent is not in its place",
        "the event recorded was seen",
        "sale was not refused by the call",
        "the error timeout was expected",
        "pending are",
        "signatureWait was never seen",
        "nothing was refused by the call",
        "nothing was refused otherwise",
        "captured: 2 expected, 1 found",
        "other is reversed expected in the end",
        "other is another operation than sale",
        "net: 1 won expected",
        "sale captured: 0 expected, 1 found",
        "another outcome of sale",
        "another net of sale",
        "another number of cancellations of sale",
        "another operator's word of sale",
        "another presence of other",
        "requests: 7 of approve expected, 2 received",
        "영수증 is not in its place on the paper",
    ] {
        assert!(said.iter().any(|sentence| sentence.contains(part)), "`{part}` is not in {said:#?}");
    }
    assert!(wrong.iter().all(|one| !one.grave), "{said:#?}");
}

/// A host that takes an approval back behind everybody's back breaks S3, and no second try excuses it.
#[test]
fn money_that_is_not_where_it_should_be_is_grave() {
    let wrong = differs(
        "name: x
faults:
  - on: {request: approve}
    do: {hostReverses: {after: 2s}}
steps:
  - approve: {amount: 4000}
    as: sale
  - expect: {of: sale, outcome: approved}
  - wait: 5s
",
    );
    assert!(wrong.iter().any(|one| one.grave && one.text.starts_with("S3")), "{wrong:?}");
    assert!(wrong.iter().any(|one| one.grave && one.text.starts_with("S13")), "{wrong:?}");
}

#[test]
fn a_known_deviation_that_is_none_is_stale() {
    let known = |scenario: &str| Known {
        scenario: scenario.to_owned(),
        language: Some("rust".to_owned()),
        line: None,
        reason: "made up, for this test".to_owned(),
    };
    let choice = Choice { only: Some("approved".to_owned()), ..Choice::default() };
    let report = suite::with_known(Path::new(RUNNER), &choice, &[known("approved")], &|_| {}).unwrap();
    assert_eq!(report.languages["rust"].failed, 1, "{report:?}");
    assert!(report.failures[0].contains("stale"), "{report:?}");
    let unknown = suite::with_known(Path::new(RUNNER), &choice, &[known("nowhere")], &|_| {}).unwrap_err();
    assert!(unknown.contains("there is no scenario nowhere"), "{unknown}");
}

#[test]
fn an_adapter_that_is_not_there_is_said() {
    let nobody = Language { name: "nobody".to_owned(), run: vec!["/nowhere/adapter".to_owned()] };
    let Err(error) = Child::start(&nobody) else { panic!("it started") };
    assert!(error.contains("/nowhere/adapter"), "{error}");
}
