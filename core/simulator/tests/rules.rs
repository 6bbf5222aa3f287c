//! When faults strike: what is counted, by what they are told apart.

mod common;

use common::{PTXID, Rig, millis, seconds};
use danmal_simulator::{Code, Fault, Moment, Rule, When};
use serde_json::json;

#[test]
fn rules_count_what_they_meet() {
    let lose = |when: When| when.then(Fault::LoseReply);
    let lost = |rule: Rule| {
        let mut rig = Rig::rules([rule]);
        let mut ask = |_| {
            rig.got.clear();
            rig.ask("980001");
            rig.bytes().is_empty()
        };
        [0; 5].map(&mut ask)
    };
    assert_eq!(lost(lose(When::reply(Code::Confirm))), [true, false, false, false, false]);
    assert_eq!(lost(lose(When::reply(Code::Confirm).nth(3))), [false, false, true, false, false]);
    assert_eq!(lost(lose(When::request(Code::Confirm).nth(2).times(2))), [false, true, true, false, false]);
    assert_eq!(lost(lose(When::reply(Code::Confirm).nth(2).always())), [false, true, true, true, true]);
    assert_eq!(lost(lose(When::reply(Code::LastTransaction))), [false; 5]);
}

#[test]
fn rules_name_an_amount_a_message_and_a_time() {
    let cut = Fault::Cut { reset: true };
    let mut rig =
        Rig::rules([When::moment(Moment::Asked).of(Code::CardApproval).amount(700).then(cut.clone())]);
    rig.sale(500);
    assert_eq!(rig.closed(), None);
    rig.sale(700);
    assert_eq!(rig.closed(), Some(true));
    let mut rig = Rig::rules([When::time(seconds(5)).then(cut)]);
    rig.pass(millis(4_999));
    assert_eq!(rig.closed(), None);
    rig.pass(millis(1));
    assert_eq!(rig.closed(), Some(true));
}

#[test]
fn a_fault_of_the_interim_answer() {
    let mut rig =
        Rig::rules([When::interim(Code::CardApproval).then(Fault::CutReply { after: 12, reset: true })]);
    rig.sale(15_000);
    assert_eq!((rig.bytes().len(), rig.closed(), rig.host.captured(PTXID)), (12, Some(true), 1));
}

#[test]
fn a_rule_that_cannot_strike_says_where_it_could() {
    for rule in [
        When::reply(Code::CardApproval).then(Fault::LoseRequest),
        When::time(seconds(1)).then(Fault::DuplicateReply),
        When::reply(Code::CardApproval).then(Fault::NoCard),
        When::connection().then(Fault::NoCard),
        When::reply(Code::LastTransaction).then(Fault::LastEarlier),
    ] {
        let error = rule.check().unwrap_err();
        assert!(error.contains("acts on"), "{error}");
    }
    assert!(When::request(Code::CardApproval).then(Fault::DuplicateReply).check().is_ok());
}

#[test]
fn a_fault_is_injected_now_or_into_the_next_request() {
    let mut rig = Rig::new();
    rig.inject(Fault::DuplicateReply);
    rig.inject(Fault::LastEarlier);
    assert_eq!(rig.question("990001").body, json!({"simulator": "danmal"}), "nothing is earlier");
    rig.sale(500);
    assert_eq!(rig.answers().len(), 2);
}
