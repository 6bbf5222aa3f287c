//! A forked child holds nothing and is told so; its parent's payment goes on.
#![cfg(unix)]

mod common;

use std::process::exit;
use std::time::Duration;

use common::{host, options, outcome};
use danmal::{
    Capability, ErrorCode, EventCode, Options, Outcome, Sale, Terminal, UnknownWhy, Work, block_on,
};
use fork::{Fork, fork, waitpid};

/// What a child finds, as its exit code: 0 where everything is refused.
fn look(terminal: Terminal, payment: &danmal::Operation) -> i32 {
    let forked = |code: ErrorCode| code == ErrorCode::Forked;
    if !terminal.approve(Sale::won(1_000)).is_err_and(|error| forked(error.code)) {
        return 1;
    }
    if !Terminal::open("simulator:", Options::new()).is_err_and(|error| forked(error.code)) {
        return 2;
    }
    if !block_on(terminal.last_transaction()).is_err_and(|error| forked(error.code)) {
        return 3;
    }
    // What runs in the parent is not known here, and is not waited for.
    let unknown = |outcome: Option<Outcome>| matches!(outcome, Some(Outcome::Unknown(unknown)) if unknown.why == UnknownWhy::InternalFault);
    if !unknown(payment.wait(Duration::from_secs(60))) || !unknown(payment.try_outcome()) {
        return 4;
    }
    if payment.wait_resolution(Duration::from_secs(60)).is_none() || payment.events().try_next().is_some() {
        return 5;
    }
    payment.request_cancel();
    if !terminal.pending().is_empty() || terminal.history().is_ok() || terminal.recover().is_ok() {
        return 6;
    }
    if terminal.status().work != Work::Closed || terminal.status().connected {
        return 8;
    }
    if terminal.capabilities().printing != Capability::Unknown || !terminal.key().starts_with("simulator:") {
        return 9;
    }
    if terminal.journal().is_some_and(|journal| journal.height() > 0 || !journal.pending().is_empty()) {
        return 10;
    }
    if !terminal.close_blocking() || !block_on(terminal.close()) {
        return 7;
    }
    drop(terminal);
    0
}

#[test]
fn rule_4_a_forked_child_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let address = common::address();
    let terminal = Terminal::open(&address, options(&folder).time_scale(1.0)).unwrap();
    let payment = terminal.approve(Sale::won(15_000)).unwrap();
    let mut watching = payment.events();
    while watching.next_blocking(Duration::from_secs(30)).is_some_and(|event| event.code != EventCode::Sent) {
    }
    match fork().unwrap() {
        Fork::Child => exit(look(terminal, &payment)),
        Fork::Parent(child) => assert_eq!(waitpid(child).unwrap() >> 8, 0, "what the child found"),
    }
    let end = outcome(&payment);
    assert!(matches!(end, Outcome::Approved(_)), "{end:?}");
    assert_eq!(host(&address).captured(payment.id().as_str()), 1);
    assert!(terminal.close_blocking());
}

/// A child is a copy of the one thread that forked: what the others held is held for ever there.
#[test]
fn rule_4_no_call_waits_in_a_forked_child_for_a_thread_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = common::open(&common::address(), &folder);
    let payment = terminal.approve(Sale::won(1_000)).unwrap();
    outcome(&payment);
    for _ in 0..2 {
        let terminal = terminal.clone();
        std::thread::spawn(move || {
            loop {
                let _ = (terminal.status(), terminal.capabilities());
                let _ = terminal.journal().map(|journal| journal.height());
            }
        });
    }
    for round in 0..200 {
        match fork().unwrap() {
            Fork::Child => {
                std::thread::spawn(|| {
                    std::thread::sleep(Duration::from_secs(20));
                    exit(99);
                });
                let found = look(terminal, &payment);
                exit(if matches!(found, 0 | 4 | 5) { 0 } else { found });
            }
            Fork::Parent(child) => assert_eq!(waitpid(child).unwrap() >> 8, 0, "round {round}"),
        }
    }
    assert!(terminal.close_blocking());
}
