//! What is seen late, twice or differently: evidence outranks an operator's word, a restart forgets none of it.

mod common;

use common::{Disk, Till, approved, baseline, refused, shown};
use danmal_model::{
    Alarm, AmountConvention, Amounts, DeclineReason, ErrorCode, EventCode, Fact, Kind, NotPerformedReason,
    Outcome, UnknownWhy, Verdict, Work,
};
use danmal_wire::Code;

/// A sale that nobody answers for, past the fence, with an operator's word on it.
fn overridden(verdict: Verdict) -> (Till, danmal_model::Ptxid) {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.reachable = false;
    till.cut();
    till.pass(340.0);
    till.override_as(id, verdict);
    assert_eq!(till.done.last(), Some(&(1, Ok(()))));
    till.reachable = true;
    (till, id)
}

fn resolved(till: &Till, id: danmal_model::Ptxid) -> Option<&Outcome> {
    till.resolutions
        .iter()
        .rev()
        .find(|(ptxid, ..)| *ptxid == id)
        .and_then(|(_, outcome, _)| outcome.as_ref())
}

#[test]
fn rule_4_a_baseline_that_contradicts_the_operator_stops_the_second_charge() {
    let (mut till, id) = overridden(Verdict::NotPerformed);
    let again = till.begin(Kind::CardApproval, 15_000);
    till.pass(1.0);
    till.look(&approved(id, 15_000));
    let refused = till.outcomes.iter().find(|outcome| outcome.id() == again).expect("refused");
    let Outcome::NotPerformed(refused) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.reason, NotPerformedReason::Unresolved { blocked_by: id });
    assert!(!till.all_sent.iter().skip(3).any(|code| *code == Code::CardApproval), "{:?}", till.all_sent);
    assert!(till.events.iter().any(|event| event.alarm == Some(Alarm::OverrideContradicted)));
    assert_eq!(
        (till.reinstated.as_slice(), till.session.work()),
        ([id].as_slice(), Work::Unresolved { operation: id })
    );
    // It is confirmed and proven like any other, and the shop goes on.
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(resolved(&till, id), Some(Outcome::Approved(_))), "{:?}", till.resolutions);
    assert_eq!(till.session.work(), Work::Ready);
    till.begin(Kind::CardApproval, 1_000);
    till.expect(Code::CardApproval);
}

#[test]
fn rule_4_a_late_answer_while_the_next_intent_is_written_stops_the_second_charge() {
    let (mut till, id) = overridden(Verdict::NotPerformed);
    let again = till.begin(Kind::CardApproval, 15_000);
    till.pass(1.0);
    // The baseline shows nothing new, and while the intent's row is being written the late answer arrives.
    till.disk = Disk::Slow;
    till.look(NOTHING);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    assert_eq!(till.reinstated, [id]);
    till.disk_catches_up();
    let refused = till.outcomes.iter().find(|outcome| outcome.id() == again).expect("refused");
    let Outcome::NotPerformed(refused) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.reason, NotPerformedReason::Unresolved { blocked_by: id });
    assert_eq!(till.all_sent.iter().filter(|code| **code == Code::CardApproval).count(), 1);
    assert_eq!(till.session.work(), Work::Unresolved { operation: id });
}

#[test]
fn rule_4_who_decided_nothing_is_warned_and_not_blocked() {
    let (mut till, id) = overridden(Verdict::Undecided);
    till.begin(Kind::CardApproval, 15_000);
    till.pass(1.0);
    till.look(&approved(id, 15_000));
    assert!(till.events.iter().any(|event| event.alarm == Some(Alarm::OverrideContradicted)));
    till.expect(Code::CardApproval);
    assert!(till.reinstated.is_empty());
}

#[test]
fn rule_4_a_late_answer_that_contradicts_the_operator_brings_the_operation_back() {
    let (mut till, id) = overridden(Verdict::NotPerformed);
    till.pass(11.0);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    assert_eq!(till.reinstated, [id]);
    till.pass(3.0);
    till.restart();
    assert_eq!(till.session.work(), Work::Recovering, "a restart knows that the word holds no more");
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(resolved(&till, id), Some(Outcome::Approved(_))), "{:?}", till.resolutions);
}

/// Something that is neither the sale nor what stood there before.
const NOTHING: &str = r#"{"resultCode":"0000","resultMessage":""}"#;

/// A sale that nobody answers for, after so many looks that showed nothing. Returns how many were asked for.
fn looked_at(looks: usize) -> (Till, danmal_model::Ptxid, usize) {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.cut();
    let mut made = 0;
    for _ in 0..800 {
        if till.sent.is_empty() {
            till.pass(0.5);
        } else if made < looks {
            till.look(NOTHING);
            made += 1;
        } else {
            break;
        }
    }
    (till, id, made)
}

#[test]
fn rule_7_an_approval_that_the_last_look_shows_is_read_back() {
    let (_, _, all) = looked_at(usize::MAX);
    let (mut till, id, _) = looked_at(all - 1);
    till.pass(2.5);
    assert!(matches!(till.last(), Outcome::Unknown(_)), "the caller has waited long enough");
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(resolved(&till, id), Some(Outcome::Approved(_))), "{:?}", till.resolutions);
}

#[test]
fn rule_4_no_second_word_while_the_first_is_written() {
    let (mut till, id, _) = looked_at(usize::MAX);
    till.disk = Disk::Slow;
    till.override_as(id, Verdict::Undecided);
    till.override_as(id, Verdict::NotPerformed);
    assert_eq!(till.done, [(1, Err(ErrorCode::NotAllowed))]);
    till.disk_catches_up();
    assert_eq!(till.done.last(), Some(&(1, Ok(()))));
    let words = till.rows.iter().filter(|row| matches!(row.fact, Fact::Overridden { .. })).count();
    assert_eq!(words, 1, "what was refused is not kept");
}

#[test]
fn rule_5_of_two_unresolved_ones_the_one_that_the_terminal_names_is_proven() {
    for restarts in [false, true] {
        let (mut till, first) = overridden(Verdict::NotPerformed);
        let second = till.begin(Kind::CardApproval, 7_000);
        while till.sent.is_empty() {
            till.pass(0.5);
        }
        till.look(&baseline());
        till.expect(Code::CardApproval);
        till.cut();
        // The first was captured after all, long after its fence: the terminal shows it instead of the second.
        for _ in 0..900 {
            if till.sent.is_empty() {
                till.pass(0.5);
            } else if till.all_sent.last() == Some(&Code::Confirm) {
                till.confirm();
            } else {
                till.look(&approved(first, 15_000));
                if restarts && till.reinstated == [first] {
                    till.restart();
                }
            }
        }
        assert!(matches!(resolved(&till, first), Some(Outcome::Approved(_))), "{:?}", till.resolutions);
        assert_eq!(till.session.work(), Work::Unresolved { operation: second });
    }
}

/// The first sale, overridden as not performed, turns out to be approved while a second one runs.
fn contradicted_behind(by_look: bool) -> (Till, danmal_model::Ptxid, danmal_model::Ptxid) {
    let (mut till, first) = overridden(Verdict::NotPerformed);
    let second = till.begin(Kind::CardApproval, 7_000);
    while till.sent.is_empty() {
        till.pass(0.5);
    }
    till.look(&baseline());
    till.expect(Code::CardApproval);
    if by_look {
        till.cut();
        while till.sent.is_empty() {
            till.pass(0.5);
        }
        till.look(&approved(first, 15_000));
    } else {
        till.answer(Code::CardApproval, &approved(first, 15_000));
        // It may come twice.
        till.answer(Code::CardApproval, &approved(first, 15_000));
    }
    assert_eq!(till.reinstated, [first]);
    (till, first, second)
}

#[test]
fn rule_4_an_approval_seen_behind_a_running_sale_is_kept_for_its_own_operation() {
    for (by_look, restarts) in [(false, false), (false, true), (true, false)] {
        let (mut till, first, second) = contradicted_behind(by_look);
        let kept = till.open_intents().into_iter().find(|open| open.intent.ptxid == first);
        let seen = kept.and_then(|open| open.seen).expect("it is durable");
        assert_eq!(seen.approval.expect("with its approval").approval_no, "30001234");
        // The sale that runs is not disturbed.
        if by_look {
            till.pass(2.5);
            till.look(&shown(second.as_str(), "0000", 7_000, "30007777"));
        } else {
            till.answer(Code::CardApproval, &shown(second.as_str(), "0000", 7_000, "30007777"));
        }
        till.confirm();
        till.look(&shown(second.as_str(), "0000", 7_000, "30007777"));
        assert!(matches!(till.ended(second), Some(Outcome::Approved(_))), "{:?}", till.outcomes);
        if restarts {
            till.restart();
        }
        let still = matches!(till.session.work(), Work::Unresolved { .. } | Work::Recovering);
        assert!(still, "{:?}", till.session.work());
        // It is confirmed only when the terminal shows it.
        till.pass(2.5);
        till.look(&shown(second.as_str(), "0000", 7_000, "30007777"));
        till.pass(2.5);
        till.look(&approved(first, 15_000));
        till.confirm();
        till.look(&approved(first, 15_000));
        assert!(matches!(resolved(&till, first), Some(Outcome::Approved(_))), "{:?}", till.resolutions);
        assert_eq!(till.session.work(), Work::Ready);
    }
}

#[test]
fn rule_4_what_cannot_be_kept_behind_a_running_sale_is_asked_for_again() {
    let (mut till, first, second) = {
        let (mut till, first) = overridden(Verdict::NotPerformed);
        let second = till.begin(Kind::CardApproval, 7_000);
        while till.sent.is_empty() {
            till.pass(0.5);
        }
        till.look(&baseline());
        till.expect(Code::CardApproval);
        (till, first, second)
    };
    till.disk = Disk::Full;
    till.answer(Code::CardApproval, &approved(first, 15_000));
    till.disk = Disk::Works;
    till.answer(Code::CardApproval, &refused(second, "9999", "사용자 취소"));
    till.confirm();
    till.look(&refused(second, "9999", "사용자 취소"));
    assert!(matches!(till.ended(second), Some(Outcome::Aborted(_))), "{:?}", till.outcomes);
    till.pass(2.5);
    till.look(&approved(first, 15_000));
    till.confirm();
    till.look(&approved(first, 15_000));
    assert!(matches!(resolved(&till, first), Some(Outcome::Approved(_))), "{:?}", till.resolutions);
}

#[test]
fn rule_4_what_is_brought_back_after_the_last_look_is_read_back() {
    let (mut till, id, _) = looked_at(usize::MAX);
    till.expect_nothing();
    till.override_as(id, Verdict::NotPerformed);
    till.begin(Kind::CardApproval, 15_000);
    till.look(&approved(id, 15_000));
    assert_eq!(till.reinstated, [id]);
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(resolved(&till, id), Some(Outcome::Approved(_))), "{:?}", till.resolutions);
    assert_eq!(till.session.work(), Work::Ready);
}

#[test]
fn rule_4_a_word_that_nothing_contradicts_outlives_a_restart() {
    let (mut till, id) = overridden(Verdict::NotPerformed);
    till.restart();
    assert_eq!(till.session.work(), Work::Ready);
    let again = till.begin(Kind::CardApproval, 15_000);
    till.look(&approved(id, 15_000));
    let refused = till.outcomes.iter().find(|outcome| outcome.id() == again).expect("refused");
    assert!(matches!(refused, Outcome::NotPerformed(_)), "{refused:?}");
    assert_eq!(till.reinstated, [id]);
}

#[test]
fn rule_4_after_a_word_the_terminal_is_looked_at_anew() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.restart();
    let mut now = 0.0;
    while now < 331.0 {
        if till.sent.pop_front().is_some() {
            till.answer(Code::LastTransaction, "{}");
        }
        till.pass(0.5);
        now += 0.5;
    }
    till.sent.clear();
    till.override_as(id, Verdict::NotPerformed);
    assert_eq!(till.done, [(1, Ok(()))]);
    till.begin(Kind::CardApproval, 15_000);
    till.look(&baseline());
    till.expect(Code::CardApproval);
}

#[test]
fn rule_16_a_word_does_not_swallow_an_approval_that_is_being_written() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.reachable = false;
    till.cut();
    till.pass(340.0);
    till.reachable = true;
    while till.sent.is_empty() {
        till.pass(0.5);
    }
    till.look(&approved(id, 15_000));
    till.confirm();
    till.expect(Code::LastTransaction);
    till.disk = Disk::Slow;
    till.override_as(id, Verdict::NotPerformed);
    till.answer(Code::LastTransaction, &approved(id, 15_000));
    till.disk_catches_up();
    assert_eq!(till.done, [(1, Err(ErrorCode::NotAllowed))]);
    assert!(
        matches!(till.resolutions.as_slice(), [(_, Some(Outcome::Approved(_)), None)]),
        "{:?}",
        till.resolutions
    );
    assert_eq!(till.seen(EventCode::Finished), 1);
}

#[test]
fn rule_5_a_restart_remembers_an_approval_that_contradicted_a_refusal() {
    let mut till = Till::with_profile(|profile| profile.assumptions.a5_other_codes_final = false);
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "5555", "?"));
    till.confirm();
    till.look(&approved(id, 15_000));
    till.restart();
    for _ in 0..100 {
        if till.sent.pop_front().is_some() {
            // A sale keyed by hand has taken the place since.
            till.answer(Code::LastTransaction, &shown("", "0000", 700, "77777777"));
        }
        till.pass(2.0);
    }
    assert_eq!(resolved(&till, id), None, "nobody knows whether it stands");
    assert!(till.ended(id).is_none());
}

#[test]
fn rule_5_a_restart_remembers_an_approval_that_was_refused_later() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.look(&refused(id, "8003", "취소됨"));
    till.restart();
    till.look(&refused(id, "8003", "취소됨"));
    till.pass(2.0);
    till.look(&refused(id, "8003", "취소됨"));
    assert!(matches!(resolved(&till, id), Some(Outcome::Reversed(_))), "{:?}", till.resolutions);
}

/// A sale whose own answer says something else than what the terminal's record says of it.
fn answered_otherwise() -> (Till, danmal_model::Ptxid) {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &shown(id.as_str(), "0000", 15_001, "30001235"));
    till.confirm();
    (till, id)
}

fn differs(field: &str) -> Alarm {
    Alarm::RecordDiffers { field: field.to_owned() }
}

#[test]
fn rule_6_what_the_record_says_twice_wins_over_the_answer_and_raises_an_alarm() {
    let (mut till, id) = answered_otherwise();
    till.look(&approved(id, 15_000));
    assert!(till.outcomes.is_empty(), "one of the two is wrong: it is asked again");
    till.pass(0.5);
    till.look(&approved(id, 15_000));
    let Outcome::Approved(approval) = till.last() else { panic!("{:?}", till.last()) };
    assert_eq!((approval.approval_amt, approval.approval_no.as_str()), (15_000, "30001234"));
    assert_eq!(approval.transaction_no, "T30001234", "the record is taken whole");
    assert_eq!(approval.alarms, [differs("approvalAmt"), differs("approvalNo")]);
    assert_eq!(till.ended(id), Some(till.last()), "and kept so");
}

#[test]
fn rule_6_a_record_that_was_misread_once_does_not_win_over_the_answer() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.look(&shown(id.as_str(), "0000", 999_999, "99999999"));
    till.pass(0.5);
    till.look(&shown(id.as_str(), "0000", 15_000, "30009234"));
    till.pass(0.5);
    till.look(&approved(id, 15_000));
    let Outcome::Approved(approval) = till.last() else { panic!("{:?}", till.last()) };
    assert_eq!((approval.approval_amt, approval.approval_no.as_str()), (15_000, "30001234"));
    assert_eq!(approval.alarms, []);
}

#[test]
fn rule_6_after_a_restart_the_record_wins_too() {
    let (mut till, id) = answered_otherwise();
    till.restart();
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    let Some(Outcome::Approved(approval)) = resolved(&till, id) else { panic!("{:?}", till.resolutions) };
    assert_eq!((approval.approval_amt, approval.approval_no.as_str()), (15_000, "30001234"));
    assert_eq!(approval.alarms, [differs("approvalAmt"), differs("approvalNo")]);
}

#[test]
fn rule_6_what_never_agrees_is_told_as_unknown_in_time() {
    let (mut till, id) = answered_otherwise();
    for number in 0..1_000 {
        if !till.outcomes.is_empty() {
            break;
        }
        till.look(&shown(id.as_str(), "0000", 15_000, &format!("4{number:07}")));
        till.pass(0.5);
    }
    let Outcome::Unknown(unknown) = till.last() else { panic!("{:?}", till.last()) };
    assert!(unknown.approval.is_some(), "with the approval that was seen");
}

#[test]
fn what_is_on_a_slip_that_was_cut_off_is_asked_for_by_its_number() {
    for input in [danmal_protocol::Input::Disconnected, danmal_protocol::Input::Unreadable] {
        let mut till = Till::new();
        till.begin(Kind::TaxRefundCancellation, 1);
        till.expect(Code::TaxRefundCancellation);
        till.input(input);
        let Outcome::Unknown(unknown) = till.last() else { panic!("{:?}", till.last()) };
        assert_eq!(unknown.why, danmal_model::UnknownWhy::SlipAnswerLost);
    }
}

#[test]
fn rule_3_a_terminal_that_is_busy_declines_with_words_of_its_own() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "0001", "처리중 입니다"));
    till.confirm();
    till.look(&baseline());
    till.pass(2.0);
    till.look(&baseline());
    let Outcome::Declined(decline) = till.last() else { panic!("{:?}", till.last()) };
    assert_eq!(decline.reason, DeclineReason::TerminalBusy);
    let text = till.last().text();
    assert!(text.ko.contains("단말기가 다른 작업을 하고 있어") && text.ko.contains("0001 처리중 입니다"));
    assert!(text.en.contains("then charge again"), "{}", text.en);
    // Whatever else is not 0000 is shown and not interpreted.
    till.pass(3.0);
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "8324", "한도초과"));
    till.confirm();
    till.look(&baseline());
    till.pass(2.0);
    till.look(&baseline());
    assert!(matches!(till.last(), Outcome::Declined(d) if d.reason == DeclineReason::Refused));
}

#[test]
fn rule_11_the_net_amount_is_right_only_where_the_device_takes_it() {
    for (convention, alarms) in [(AmountConvention::Total, 1), (AmountConvention::Net, 0)] {
        let mut till = Till::with_profile(|profile| profile.amount_convention = Some(convention));
        let mut intent = common::intent(500, Kind::CardApproval, 10_000);
        intent.amounts = Amounts { amount: 10_000, tax: 1_000, tip: 0, tax_free: 0 };
        let id = till.begin_intent(intent);
        till.look(&baseline());
        till.expect(Code::CardApproval);
        let answer =
            shown(id.as_str(), "0000", 9_000, "30001234").replace(r#""taxAmt":0"#, r#""taxAmt":1000"#);
        till.answer(Code::CardApproval, &answer);
        till.confirm();
        till.look(&answer);
        let Outcome::Approved(approval) = till.last() else { panic!("{:?}", till.last()) };
        assert_eq!(approval.alarms.len(), alarms, "{convention:?}: {:?}", approval.alarms);
    }
}

#[test]
fn l3_a_terminal_that_ends_every_connection_is_not_stormed() {
    let mut till = Till::new();
    till.sale_sent(15_000);
    till.cut();
    let before = till.connections;
    for _ in 0..900 {
        // It takes the question and hangs up.
        till.cut();
        till.pass(0.01);
    }
    let made = till.connections - before;
    assert!((5..=60).contains(&made), "{made} connections in 9 s");
}

/// An approval under a code that is none of the catalogue's form.
fn approved_under(code: &str, id: danmal_model::Ptxid) -> String {
    approved(id, 15_000).replacen(r#""resultCode":"0000""#, code, 1).replacen("{,", "{", 1)
}

const NO_CODES: [&str; 11] = [
    r#""resultCode":"0000 ""#,
    r#""resultCode":" 0000""#,
    r#""resultCode":"0000\u0000""#,
    r#""resultCode":"8324 ""#,
    r#""resultCode":"00""#,
    r#""resultCode":"00000""#,
    r#""resultCode":"００００""#,
    r#""resultCode":0"#,
    r#""resultCode":"""#,
    r#""resultCode":null"#,
    r#""x":1"#,
];

#[test]
fn rule_3_a_code_that_is_not_in_shape_is_lost_evidence_and_no_refusal() {
    for code in NO_CODES {
        let mut till = Till::new();
        let id = till.sale_sent(15_000);
        till.answer(Code::CardApproval, &approved_under(code, id));
        for _ in 0..3 {
            till.look(&approved_under(code, id));
            till.pass(2.5);
        }
        assert_eq!(till.ended(id), None, "{code}: nobody knows what it was");
        till.look(&approved(id, 15_000));
        till.confirm();
        till.look(&approved(id, 15_000));
        assert!(matches!(till.last(), Outcome::Approved(_)), "{code}: {:?}", till.last().name());
    }
}

#[test]
fn rule_3_a_code_that_stays_unreadable_is_unknown() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved_under(r#""resultCode":"0000 ""#, id));
    for _ in 0..600 {
        if till.sent.is_empty() {
            till.pass(0.5);
        } else {
            till.look(&approved_under(r#""resultCode":"0000 ""#, id));
        }
    }
    let Outcome::Unknown(unknown) = till.last() else { panic!("{:?}", till.last()) };
    assert_eq!(unknown.why, UnknownWhy::UnreadableAnswer);
    assert_eq!(till.session.work(), Work::Unresolved { operation: id });
}

#[test]
fn rule_3_a_signature_wait_that_cannot_be_read_declines_nothing() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "0010 ", "서명대기"));
    till.look(&refused(id, "0010 ", "서명대기"));
    till.pass(2.5);
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(till.last(), Outcome::Approved(_)), "{:?}", till.last());
}

#[test]
fn rule_3_a_look_that_cannot_be_read_supports_no_refusal() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "8324", "한도초과"));
    till.confirm();
    for _ in 0..3 {
        till.look(&approved_under(r#""resultCode":"0000 ""#, id));
        till.pass(2.5);
    }
    assert_eq!(till.ended(id), None);
    till.look(&refused(id, "8324", "한도초과"));
    till.answer(Code::CardApproval, &approved_under(r#""resultCode":"0000 ""#, id));
    till.pass(2.5);
    till.look(&refused(id, "8324", "한도초과"));
    assert_eq!(till.ended(id), None, "what came between must not be an approval");
    till.pass(2.5);
    till.look(&refused(id, "8324", "한도초과"));
    assert!(matches!(till.ended(id), Some(Outcome::Declined(_))));
}

#[test]
fn rule_3_a_code_that_the_profile_lists_is_in_shape_as_it_is_listed() {
    let mut till = Till::with_profile(|profile| profile.final_codes.push("LIMIT-1".to_owned()));
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "LIMIT-1", "한도초과"));
    till.confirm();
    till.look(&refused(id, "LIMIT-1", "한도초과"));
    assert!(matches!(till.last(), Outcome::Declined(_)), "{:?}", till.outcomes);
}

#[test]
fn slips_are_not_declined_by_a_code_that_cannot_be_read() {
    let mut till = Till::new();
    let id = till.begin(Kind::TaxRefundCancellation, 15_000);
    till.expect(Code::TaxRefundCancellation);
    till.answer(Code::TaxRefundCancellation, r#"{"resultCode":"0000 ","data":{"resCode":"0000"}}"#);
    assert_eq!(till.ended(id), None);
    assert!(!matches!(till.outcomes.last(), Some(Outcome::Declined(_))));
}

#[test]
fn rule_16_what_an_earlier_run_ended_is_alarmed_of() {
    let earlier = |count| common::intent(count, Kind::CardApproval, 15_000).ptxid;
    for (stands, code, alarm) in [
        (false, "0000", Some(Alarm::LateApproval)),
        (true, "7777", Some(Alarm::ForeignReversal)),
        (true, "0000", None),
        (false, "8324", None),
        (false, "0000 ", None),
    ] {
        let mut till = Till::new();
        let ended = (0..40).map(|count| (earlier(40 - count), stands));
        till.session.remember_ended(ended);
        till.begin(Kind::CardApproval, 15_000);
        till.look(&shown(earlier(40).as_str(), code, 15_000, "30001234"));
        let alarms: Vec<_> = till.events.iter().filter_map(|event| event.alarm.clone()).collect();
        assert_eq!(alarms, alarm.into_iter().collect::<Vec<_>>(), "{stands} {code}");
    }
}

#[test]
fn rule_3_a_number_that_lost_no_zero_is_the_code_that_it_shows() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &format!(r#"{{"resultCode":9999,"data":{{"ptxid":"{id}"}}}}"#));
    till.confirm();
    till.look(&refused(id, "9999", "사용자 취소"));
    assert!(matches!(till.last(), Outcome::Aborted(_)), "{:?}", till.outcomes);
}
