//! The scenario files: each is read, each runs at the terminal's side, and what is wrong in one is named with
//! its line.

mod common;

use std::path::{Path, PathBuf};

use common::{Answer, Rig, cancellation, sale, seconds};
use danmal_simulator::script::{Action, Cancel, Scenario, SlipOf, TaxRefund};
use danmal_simulator::{Plan, Settings};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios")
}

fn all() -> Vec<(String, Scenario)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let yaml = paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    yaml.map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, Scenario::load(&path).unwrap_or_else(|error| panic!("{error}")))
    })
    .collect()
}

#[test]
fn every_file_is_read_and_written_the_same() {
    let all = all();
    assert!(all.len() >= 25, "{} scenarios", all.len());
    for (name, scenario) in all {
        let text = serde_json::to_string(&scenario).unwrap();
        let again = Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again, scenario, "{name}");
        assert!(!scenario.steps.is_empty(), "{name}");
        let compares = |action: &Action| matches!(action, Action::Expect(_));
        assert!(scenario.steps.iter().any(|step| compares(&step.action)), "{name} expects nothing");
    }
}

/// A till without any care: it sends what a step says and waits.
struct Till {
    rig: Rig,
    answers: Vec<(Option<String>, Answer)>,
}

impl Till {
    fn ask(&mut self, name: &Option<String>, code: &str, body: Value) {
        if self.rig.closed().is_some() || !self.rig.terminal.is_listening() {
            self.rig.pass(seconds(60));
            self.rig.connect();
        }
        self.rig.got.clear();
        self.rig.send(code, body);
        self.rig.pass(seconds(100));
        if let Some(last) = whole_answers(&self.rig.bytes()).pop() {
            self.answers.push((name.clone(), last));
        }
        self.rig.ask("980001");
        self.rig.pass(seconds(100));
    }

    fn of(&self, name: &str) -> Answer {
        let found = self.answers.iter().find(|(given, _)| given.as_deref() == Some(name));
        let nothing =
            Answer { at: seconds(0), code: String::new(), body: json!({"data": {"approvalAmt": 0}}) };
        found.map_or(nothing, |(_, answer)| answer.clone())
    }
}

/// The answers that are whole, plain frames.
fn whole_answers(bytes: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut rest = bytes;
    while rest.len() > 10 {
        let length = std::str::from_utf8(&rest[..4]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some(length) = length.filter(|length| *length > 6 && *length + 4 <= rest.len()) else { break };
        let Ok(body) = serde_json::from_slice(&rest[10..length + 4]) else { break };
        let code = String::from_utf8_lossy(&rest[4..10]).into_owned();
        answers.push(Answer { at: seconds(0), code, body });
        rest = &rest[length + 4..];
    }
    answers
}

#[test]
fn the_terminal_side_of_every_file_runs() {
    for (name, scenario) in all() {
        let rig = Rig::with(scenario.terminal.clone(), scenario.plan());
        let mut till = Till { rig, answers: Vec::new() };
        for (count, step) in scenario.steps.iter().enumerate() {
            let id = format!("CPOS-{count}");
            match &step.action {
                Action::Approve(asked) if asked.amount > 0 => {
                    till.ask(&step.name, "010010", sale(&id, asked.amount))
                }
                Action::ApproveEasyPay(asked) => {
                    let mut body = sale(&id, asked.amount);
                    body["serviceCode"] = json!("QRD");
                    till.ask(&step.name, "030010", body);
                }
                Action::IssueCashReceipt(asked) => {
                    let mut body = sale(&id, asked.amount);
                    body["traderType"] = json!("1");
                    body["approvalNumber"] = json!(asked.identifier.clone().unwrap_or_default());
                    till.ask(&step.name, "070010", body);
                }
                Action::Cancel(Cancel::Of(of)) => {
                    let original = till.of(of);
                    let code = if original.code == "030010" { "030020" } else { "010020" };
                    if !original.data("approvalNo").is_null() {
                        till.ask(&step.name, code, cancellation(&id, &original));
                    }
                }
                Action::CancelCashReceipt(asked) => {
                    let mut body = cancellation(&id, &till.of(&asked.of));
                    body["traderType"] = json!("1");
                    body["approvalNumber"] = json!(asked.identifier);
                    till.ask(&step.name, "070020", body);
                }
                Action::IssueTaxRefund(asked) => {
                    let body = match asked {
                        TaxRefund::T650p { amount, sales_serial } => json!({"taxRefundMode": "post",
                            "paymentType": "card", "approvalAmt": amount, "salesSerial": sales_serial, "ptxId": id}),
                        TaxRefund::Medical(medical) => json!({"cardAmount": medical.card_amount}),
                        TaxRefund::Goods { sales_serial } => json!({"salesSerial": sales_serial}),
                        TaxRefund::Hotel { check_in, .. } => json!({"checkIn": check_in}),
                    };
                    till.ask(&step.name, "050010", body);
                }
                Action::CancelTaxRefund(SlipOf::Serial(serial)) => till.ask(
                    &step.name,
                    "050020",
                    json!({"taxRefundSerial": serial, "isPrint": "false", "ptxId": id}),
                ),
                Action::Inject(fault) => till.rig.inject(fault.clone()),
                Action::Wait(wait) => till.rig.pass(wait.0),
                _ => {}
            }
        }
        till.rig.rest();
        for (name, lines) in scenario.ledger.iter().flat_map(|ledger| &ledger.of) {
            let asked = scenario.steps.iter().position(|step| step.name.as_deref() == Some(name)).unwrap();
            let ptxid = format!("CPOS-{asked}");
            let found = till.rig.host.captured(&ptxid);
            // A till without care may have charged what an SDK would not have: never the other way round.
            assert!(found >= lines.captured.unwrap_or(0).min(1), "{name}: {found} captured");
        }
        assert!(till.rig.terminal.is_listening() || name == "no-connection", "{name}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let good =
        "name: x\nsteps:\n  - approve: {amount: 1}\n    as: a\n  - expect: {of: a, outcome: approved}\n";
    assert!(Scenario::parse(good).is_ok());
    for (bad, parts) in [
        ("name: x\nstep: []\n", &["line 2", "unknown field `step`"][..]),
        ("name: x\nsteps:\n  - aprove: {amount: 1}\n", &["line 3", "unknown field `aprove`"]),
        ("name: x\nsteps:\n  - approve: {amout: 1}\n", &["line 3", "unknown field `amout`"]),
        ("name: x\nsteps:\n  - approve: {amount: 1}\n    wait: 3s\n", &["line 3", "one action"]),
        ("name: x\nsteps:\n  - as: a\n", &["line 3", "has an action"]),
        ("name: x\nsteps:\n  - wait: soon\n", &["line 3", "300ms"]),
        ("name: x\nsteps:\n  - wait: 3s\n    as: a\n", &["step 1", "nothing that could be called `a`"]),
        ("name: x\nsteps:\n  - expect: {of: b}\n", &["step 1", "no step before it is called `b`"]),
        ("name: x\nsteps: []\nledger: {of: {b: {captured: 1}}}\n", &["ledger", "`b`"]),
        ("name: x\nsteps: []\ntimeScale: 0\n", &["timeScale"]),
        ("name: x\nsteps: []\nterminal: {unconfirmed: never}\n", &["line 3", "never"]),
        (
            "name: x\nsteps: []\nfaults:\n  - on: {reply: aprove}\n    do: loseReply\n",
            &["line 4", "`aprove` is no message"],
        ),
        (
            "name: x\nsteps: []\nfaults:\n  - on: {moment: captured, reply: any}\n    do: loseReply\n",
            &["line 4", "exactly one"],
        ),
        (
            "name: x\nsteps: []\nfaults:\n  - on: {reply: any, nth: 0}\n    do: loseReply\n",
            &["line 4", "counts from 1"],
        ),
        (
            "name: x\nsteps: []\nfaults:\n  - on: {reply: any}\n    do: loseRequest\n",
            &["fault 1", "acts on a request"],
        ),
        (
            "name: x\nsteps: []\nfaults:\n  - on: {reply: any}\n    do: {cutReply: {aftr: 3}}\n",
            &["line 5", "unknown field `aftr`"],
        ),
        (
            "name: x\nsteps:\n  - approve: {amount: 1}\n    as: a\n  - approve: {amount: 1}\n    as: a\n",
            &["step 2", "`a` is taken"],
        ),
    ] {
        let error = Scenario::parse(bad).map(|_| ()).expect_err(bad).to_string();
        for part in parts {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
    }
}

#[test]
fn the_examples_of_the_page_are_read() {
    let page = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let blocks: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        Scenario::parse(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
    }
}

#[test]
fn the_page_names_every_fault_action_and_expectation() {
    let page = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for kind in danmal_simulator::FaultKind::ALL {
        let on_page = page.contains(&format!("| `{}`", kind.name())) && page.contains(kind.text());
        assert!(on_page, "{} is not on the page: {}", kind.name(), kind.text());
    }
    let settings = serde_json::to_value(Settings::default()).unwrap();
    for key in settings.as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{key}`")), "{key} is not on the page");
    }
    assert!(Plan::default().rules.is_empty());
}
