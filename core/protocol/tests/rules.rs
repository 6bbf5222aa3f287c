//! The rules of a payment, each by a test that is named after it.

mod common;

use common::{Disk, Till, approved, baseline, intent, reference, refused, setup, shown};
use danmal_model::{
    Alarm, ApprovalReference, ErrorCode, EventCode, Fact, Kind, NotPerformedReason, Outcome, Profile,
    Resolving, StoppedBy, UnknownWhy, Verdict, Work, record_number,
};
use danmal_protocol::{Input, Line, Phase};
use danmal_wire::{Code, Request};

fn reason(outcome: &Outcome) -> &NotPerformedReason {
    match outcome {
        Outcome::NotPerformed(not) => &not.reason,
        other => panic!("not performed was expected, not {other:?}"),
    }
}

fn why(outcome: &Outcome) -> UnknownWhy {
    match outcome {
        Outcome::Unknown(unknown) => unknown.why,
        other => panic!("unknown was expected, not {other:?}"),
    }
}

#[test]
fn rule_1_the_intent_is_durable_before_the_first_byte() {
    let mut till = Till::new();
    till.disk = Disk::Slow;
    let id = till.begin(Kind::CardApproval, 15_000);
    till.look(&baseline());
    till.expect_nothing();
    assert!(matches!(&till.held_commits[0].1.fact, Fact::Intent(i) if i.ptxid == id && i.baseline.is_some()));
    till.disk_catches_up();
    till.expect(Code::CardApproval);
}

#[test]
fn rule_1_no_journal_no_sale() {
    let mut till = Till::new();
    till.disk = Disk::Full;
    let id = till.begin(Kind::CardApproval, 15_000);
    till.look(&baseline());
    till.expect_nothing();
    assert!(matches!(reason(till.last()), NotPerformedReason::JournalUnavailable { .. }));
    assert_eq!(till.forgotten, [id]);
    assert_eq!(till.session.work(), Work::Ready);
}

#[test]
fn rule_1_a_journal_that_is_too_slow_is_no_journal() {
    let mut till = Till::new();
    till.disk = Disk::Slow;
    let id = till.begin(Kind::CardApproval, 15_000);
    till.look(&baseline());
    till.pass(10.0);
    assert!(matches!(reason(till.last()), NotPerformedReason::JournalUnavailable { .. }));
    till.disk = Disk::Works;
    till.disk_catches_up();
    till.expect_nothing();
    assert!(matches!(till.ended(id), Some(Outcome::NotPerformed(_))), "the row that came late is ended");
    assert_eq!(till.session.work(), Work::Ready);
}

#[test]
fn rule_2_money_is_sent_at_most_once_whatever_is_lost() {
    let mut till = Till::new();
    till.sale_sent(15_000);
    for _ in 0..40 {
        till.cut();
        till.pass(5.0);
        till.sent.clear();
    }
    till.restart();
    till.pass(400.0);
    assert!(!till.all_sent.contains(&Code::CardApproval));
}

#[test]
fn rule_3_no_connection_is_not_performed_and_says_why() {
    let mut till = Till::starting(setup(Profile::simulator()), false);
    till.begin(Kind::CardApproval, 15_000);
    till.pass(9.9);
    assert!(till.outcomes.is_empty());
    till.pass(0.2);
    assert!(
        matches!(reason(till.last()), NotPerformedReason::NoConnection { detail } if detail == "connection refused")
    );
}

#[test]
fn rule_3_a_request_of_which_no_byte_left_is_not_performed() {
    let mut till = Till::new();
    till.sale_sent(15_000);
    till.input(Input::NothingSent);
    assert_eq!(reason(till.last()), &NotPerformedReason::NotSent);
    till.cut();
    assert_eq!(till.outcomes.len(), 1);
}

#[test]
fn rule_3_a_connection_lost_while_the_intent_is_written_sends_nothing() {
    let mut till = Till::new();
    till.disk = Disk::Slow;
    till.begin(Kind::CardApproval, 15_000);
    till.look(&baseline());
    till.cut();
    till.disk = Disk::Works;
    till.disk_catches_up();
    till.expect_nothing();
    assert_eq!(reason(till.last()), &NotPerformedReason::NotSent);
}

#[test]
fn rule_3_a_lost_answer_is_unknown_until_it_is_proven() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.reachable = false;
    till.cut();
    till.pass(179.0);
    assert!(till.outcomes.is_empty());
    till.pass(1.5);
    assert_eq!(why(till.last()), UnknownWhy::ConnectionLost);
    assert_eq!(till.session.work(), Work::Unresolved { operation: id });
    till.reachable = true;
    till.input(Input::Recover);
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(
        matches!(&till.resolutions[0], (_, Some(Outcome::Approved(a)), None) if a.approval_no == "30001234")
    );
}

#[test]
fn rule_3_a_decline_stands_after_two_looks_and_9999_after_one() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "8324", "한도초과"));
    assert_eq!(till.seen(EventCode::Answered), 1, "the terminal's words are shown at once");
    till.confirm();
    till.look(&baseline());
    assert!(till.outcomes.is_empty());
    till.pass(2.0);
    till.look(&refused(id, "8324", "한도초과"));
    assert!(matches!(till.last(), Outcome::Declined(d) if d.code == "8324" && d.message == "한도초과"));

    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "9999", "서명시간초과"));
    till.confirm();
    till.look(&baseline());
    assert!(matches!(till.last(), Outcome::Aborted(a) if a.by == StoppedBy::Terminal && !a.cancel_requested));
}

#[test]
fn rule_3_an_approval_after_a_refusal_waits_for_the_fence() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "0020", "처리중"));
    till.confirm();
    till.look(&approved(id, 15_000));
    till.pass(140.0);
    till.expect_nothing();
    assert!(till.outcomes.is_empty());
    till.pass(12.0);
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(till.last(), Outcome::Approved(_)));
}

/// A capture that followed the refusal may be hidden by a restart or by another sale.
#[test]
fn rule_3_with_a5_off_what_hides_a_capture_supports_no_refusal_at_the_fence() {
    let another = shown("CPOS-another", "0000", 1_000, "00000002");
    for (at_fence, stands) in [(baseline(), true), ("{}".to_owned(), false), (another, false)] {
        let mut till = Till::with_profile(|profile| profile.assumptions.a5_other_codes_final = false);
        let id = till.sale_sent(15_000);
        till.answer(Code::CardApproval, &refused(id, "8324", "처리중"));
        till.confirm();
        for _ in 0..90 {
            if till.outcomes.is_empty() {
                till.look(&at_fence);
                till.pass(2.0);
            }
        }
        match till.last() {
            Outcome::Declined(_) => assert!(stands, "{at_fence}"),
            other => assert!(!stands && why(other) == UnknownWhy::NotProven, "{at_fence}: {other:?}"),
        }
    }
}

#[test]
fn rule_3_with_a5_off_only_its_name_or_the_baseline_at_the_fence_supports_an_unlisted_code() {
    let doubted = || {
        let mut till = Till::with_profile(|p| p.assumptions.a5_other_codes_final = false);
        let id = till.sale_sent(15_000);
        till.answer(Code::CardApproval, &refused(id, "0077", "processing"));
        till.confirm();
        till.look(&baseline());
        till.pass(155.0);
        assert!(till.outcomes.is_empty(), "the fence began with the request");
        (till, id)
    };
    // 990001 shows it without its ptxid, or another sale has taken its place: it may have been approved.
    let nameless = shown("", "0000", 15_000, "30001234");
    let foreign = shown("CPOS-other", "0000", 7_000, "30001235");
    for other in [nameless, foreign, "{}".to_owned()] {
        let (mut till, id) = doubted();
        for _ in 0..3 {
            till.sent.clear();
            till.answer(Code::LastTransaction, &other);
            till.pass(2.0);
        }
        assert_eq!(till.ended(id), None, "{other}");
    }
    let (mut till, id) = doubted();
    for _ in 0..2 {
        till.sent.clear();
        till.answer(Code::LastTransaction, &baseline());
        till.pass(2.0);
    }
    assert!(matches!(till.ended(id), Some(Outcome::Declined(_))), "{:?}", till.outcomes);
}

#[test]
fn rule_3_an_answer_without_its_id_is_no_evidence() {
    for answer in [
        shown("", "0000", 15_000, "1"),
        shown("CPOS-somebody-else", "0000", 15_000, "1"),
        r#"{"resultCode":"0000","resultMessage":"","data":{}}"#.to_owned(),
        r#"{"resultCode":"0000","resultCode":"9999","data":{}}"#.to_owned(),
    ] {
        let mut till = Till::new();
        let id = till.sale_sent(15_000);
        till.answer(Code::CardApproval, &answer);
        assert_eq!(till.session.phase(), Some(Phase::Lost), "{answer}");
        till.look(&approved(id, 15_000));
        till.confirm();
        till.look(&approved(id, 15_000));
        assert!(matches!(till.last(), Outcome::Approved(_)));
    }
}

#[test]
fn rule_4_an_unresolved_operation_blocks_money_and_says_which() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    let second = till.begin(Kind::CardApproval, 1_000);
    assert_eq!(reason(till.last()), &NotPerformedReason::Busy { blocked_by: id });
    assert_eq!(till.forgotten, [second]);
    till.reachable = false;
    till.cut();
    till.pass(180.0);
    till.begin(Kind::CardApproval, 1_000);
    till.pass(10.0);
    assert_eq!(reason(till.last()), &NotPerformedReason::Unresolved { blocked_by: id });
}

#[test]
fn rule_4_a_waiting_sale_goes_on_only_if_the_earlier_one_charged_nothing() {
    for charged in [true, false] {
        let mut till = Till::new();
        let id = till.sale_sent(15_000);
        till.restart();
        till.begin(Kind::CardApproval, 15_000);
        assert_eq!(till.seen(EventCode::WaitingForEarlier), 1);
        if charged {
            till.look(&approved(id, 15_000));
            till.confirm();
            till.look(&approved(id, 15_000));
            assert_eq!(reason(till.last()), &NotPerformedReason::Unresolved { blocked_by: id });
            till.expect_nothing();
        } else {
            till.look(&refused(id, "9999", "사용자 취소"));
            till.look(&refused(id, "9999", "사용자 취소"));
            assert!(matches!(&till.resolutions[0], (_, Some(Outcome::Aborted(_)), None)));
            till.expect(Code::CardApproval);
        }
    }
}

#[test]
fn rule_4_an_operators_word_is_refused_before_the_fence_and_never_final() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.reachable = false;
    till.cut();
    till.override_as(id, Verdict::NotPerformed);
    assert_eq!(till.done, [(1, Err(ErrorCode::NotAllowed))], "what runs is not overridden");
    till.pass(149.0);
    till.pass(31.0);
    till.override_as(id, Verdict::NotPerformed);
    assert_eq!(till.done.last(), Some(&(1, Ok(()))), "the end of the connection is 180 s ago");
    assert_eq!(till.resolutions, [(id, None, Some(Verdict::NotPerformed))]);
    assert_eq!(till.session.work(), Work::Ready);
    assert!(till.ended(id).is_none());
    till.reachable = true;
    till.begin(Kind::CardApproval, 1_000);
    till.pass(1.0);
    till.look(&approved(id, 15_000));
    assert!(till.events.iter().any(|e| e.alarm == Some(Alarm::OverrideContradicted)));
    assert!(till.rows.iter().any(|r| r.fact == Fact::Alarmed(Alarm::OverrideContradicted)));
}

#[test]
fn rule_4_an_override_within_the_fence_is_refused() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.restart();
    till.pass(100.0);
    till.override_as(id, Verdict::Undecided);
    assert_eq!(till.done, [(1, Err(ErrorCode::NotAllowed))]);
}

#[test]
fn rule_5_absence_needs_the_fence_a_new_connection_the_baseline_and_quiet() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.cut();
    let first = till.connections;
    for _ in 0..75 {
        till.look(&baseline());
        till.pass(2.0);
    }
    assert!(till.outcomes.is_empty());
    till.pass(1.0);
    assert!(till.connections > first, "a connection opened after the fence");
    till.look(&baseline());
    assert!(till.outcomes.is_empty(), "a second of quiet first");
    till.pass(1.0);
    assert_eq!(reason(till.last()), &NotPerformedReason::Absent);
    assert!(matches!(till.ended(id), Some(Outcome::NotPerformed(_))));
}

#[test]
fn rule_5_an_empty_baseline_proves_nothing() {
    let mut till = Till::new();
    let id = till.begin(Kind::CardApproval, 15_000);
    till.look("{}");
    till.expect(Code::CardApproval);
    till.cut();
    for _ in 0..200 {
        if till.sent.pop_front().is_some() {
            till.answer(Code::LastTransaction, "{}");
        }
        till.pass(2.0);
    }
    assert!(matches!(till.last(), Outcome::Unknown(_)));
    assert!(till.resolutions.is_empty());
    assert_eq!(till.session.work(), Work::Unresolved { operation: id });
    let asked = till.all_sent.len();
    till.pass(3_600.0);
    assert!(till.all_sent.len() <= asked, "what cannot change by itself is not asked for ever");
    till.override_as(id, Verdict::Performed);
    assert_eq!(till.session.work(), Work::Ready);
}

#[test]
fn rule_5_a_foreign_sale_in_the_meantime_leaves_it_unknown() {
    let mut till = Till::new();
    till.sale_sent(15_000);
    till.cut();
    for _ in 0..100 {
        if till.sent.pop_front().is_some() {
            till.answer(Code::LastTransaction, &shown("CPOS-other-till", "0000", 700, "77"));
        }
        till.pass(2.0);
    }
    assert!(matches!(till.last(), Outcome::Unknown(u) if u.resolving == Resolving::Operator));
    assert!(till.resolutions.is_empty());
}

#[test]
fn rule_5_a_reversal_by_the_terminals_own_word() {
    let mut till = Till::with_profile(|p| p.reversed_codes = vec!["7777".to_owned()]);
    let id = till.sale_sent(15_000);
    till.cut();
    till.look(&shown(id.as_str(), "7777", 15_000, "30001234"));
    assert!(matches!(till.last(), Outcome::Reversed(r) if r.code == "7777"));
}

#[test]
fn rule_6_and_7_approved_only_after_confirmation_and_read_back() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(
        Code::CardApproval,
        r#"{"resultCode":"0010","resultMessage":"서명대기","data":{"ptxid":"x"}}"#,
    );
    till.answer(Code::CardApproval, &refused(id, "0010", "서명대기"));
    assert_eq!(till.seen(EventCode::SignatureWait), 1);
    till.disk = Disk::Slow;
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.expect_nothing();
    till.disk = Disk::Works;
    till.disk_catches_up();
    till.confirm();
    till.look(&baseline());
    till.pass(0.5);
    assert!(till.outcomes.is_empty());
    till.look(&approved(id, 15_000));
    match till.last() {
        Outcome::Approved(a) => {
            assert_eq!((a.approval_amt, a.issuer_name.as_str(), a.simulated), (15_000, "신한", true));
            assert!(a.alarms.is_empty() && !a.cancel_requested);
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(till.ended(id), Some(Outcome::Approved(_))));
    // The read-back serves as the baseline of the next sale.
    till.begin(Kind::CardApproval, 2_000);
    till.expect(Code::CardApproval);
}

#[test]
fn rule_6_a_reversal_found_by_the_read_back() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.look(&refused(id, "5555", "망취소"));
    till.look(&refused(id, "5555", "망취소"));
    till.pass(2.0);
    till.look(&refused(id, "5555", "망취소"));
    assert!(matches!(till.last(), Outcome::Reversed(r) if r.approval.is_some()));
}

#[test]
fn rule_5_with_a6_off_an_approval_that_could_not_be_kept_is_read_back_on_a_new_connection() {
    for (own, connections) in [(true, 3), (false, 1)] {
        let mut till = Till::with_profile(|profile| profile.assumptions.a6_answers_once = !own);
        let id = till.sale_sent(15_000);
        till.disk = Disk::Full;
        till.answer(Code::CardApproval, &approved(id, 15_000));
        till.expect_nothing();
        till.disk = Disk::Works;
        till.pass(2.0);
        till.look(&approved(id, 15_000));
        till.pass(1.0);
        till.confirm();
        till.look(&approved(id, 15_000));
        till.pass(1.0);
        assert!(matches!(till.last(), Outcome::Approved(_)));
        assert_eq!(till.connections, connections);
    }
}

#[test]
fn rule_7_a_lost_confirmation_is_repeated_only_while_the_terminal_shows_it() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.expect(Code::Confirm);
    till.cut();
    till.look(&baseline());
    till.pass(2.0);
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(till.last(), Outcome::Approved(_)));
}

#[test]
fn rule_7_without_the_acknowledgement_it_is_unknown_and_carries_the_approval() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    for _ in 0..200 {
        if let Some((code, _)) = till.sent.pop_front()
            && code == Code::LastTransaction
        {
            till.answer(Code::LastTransaction, &approved(id, 15_000));
        }
        till.pass(1.0);
    }
    assert!(
        matches!(till.last(), Outcome::Unknown(u) if u.why == UnknownWhy::ConfirmPending && u.approval.is_some())
    );
}

#[test]
fn rule_7_a_crash_after_the_durable_approval_ends_the_same_way() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.restart();
    assert_eq!(till.session.work(), Work::Recovering);
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(&till.resolutions[0].1, Some(Outcome::Approved(a)) if a.approval_no == "30001234"));
    assert_eq!(till.session.work(), Work::Ready);
    assert_eq!(till.seen(EventCode::RecoveringEarlier), 1);
}

#[test]
fn rule_7_an_approval_that_cannot_be_kept_is_not_confirmed() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.disk = Disk::Full;
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.expect_nothing();
    till.pass(2.0);
    till.look(&approved(id, 15_000));
    till.expect_nothing();
    till.disk = Disk::Works;
    till.pass(2.0);
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(till.last(), Outcome::Approved(_)));
}

#[test]
fn rule_7_a_final_row_that_cannot_be_written_is_tried_again() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.disk = Disk::Full;
    till.look(&approved(id, 15_000));
    till.pass(200.0);
    assert_eq!(why(till.last()), UnknownWhy::JournalFailed);
    till.disk = Disk::Works;
    till.pass(2.0);
    assert!(matches!(&till.resolutions[0].1, Some(Outcome::Approved(_))));
}

#[test]
fn rule_7_after_a_decline_the_loss_of_980001_changes_nothing() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(id, "8324", "한도초과"));
    till.expect(Code::Confirm);
    till.pass(3.0);
    till.look(&baseline());
    till.pass(2.0);
    till.look(&baseline());
    assert!(matches!(till.last(), Outcome::Declined(_)));
    assert_eq!(till.all_sent.iter().filter(|c| **c == Code::Confirm).count(), 1);
}

#[test]
fn rule_8_interim_answers_restart_the_inactivity_timer_and_never_end_a_request() {
    let mut till = Till::with_profile(|p| p.interim_codes = vec!["0020".to_owned()]);
    let id = till.sale_sent(15_000);
    till.pass(119.0);
    till.answer(Code::CardApproval, &refused(id, "0020", "처리중"));
    till.answer(Code::SignatureWait, &refused(id, "0010", "서명대기"));
    till.pass(59.0);
    till.expect_nothing();
    assert!(till.outcomes.is_empty());
    till.pass(3.0);
    assert!(matches!(till.last(), Outcome::Unknown(_)), "the absolute deadline holds");
}

#[test]
fn rule_9_an_acknowledged_stop_is_not_the_verdict() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.input(Input::RequestStop(id));
    till.expect(Code::StopCard);
    assert!(till.rows.iter().any(|r| matches!(&r.fact, Fact::Stopping { code } if code == "910021")));
    till.answer(Code::StopCard, &refused(id, "0000", "완료"));
    assert!(till.outcomes.is_empty());
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(till.last(), Outcome::Approved(a) if a.cancel_requested));
    assert!(till.rows.iter().any(|r| r.fact == Fact::StopSettled));
}

#[test]
fn rule_9_a_refused_stop_escalates_once_and_then_waits() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.input(Input::RequestStop(id));
    till.input(Input::RequestStop(id));
    till.expect(Code::StopCard);
    till.answer(Code::StopCard, &refused(id, "9991", "unable to proceed"));
    till.expect(Code::Abort);
    till.answer(Code::Abort, r#"{"resultCode":"0001","resultMessage":"처리중"}"#);
    assert_eq!(till.seen(EventCode::StopRefused), 2);
    till.pass(60.0);
    till.expect_nothing();
    till.answer(Code::CardApproval, &refused(id, "9999", "사용자 취소"));
    till.confirm();
    till.look(&baseline());
    assert!(matches!(till.last(), Outcome::Aborted(a) if a.cancel_requested));
}

#[test]
fn rule_9_a_silent_stop_escalates_and_an_acknowledged_one_recovers_after_five_seconds() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.input(Input::RequestStop(id));
    till.expect(Code::StopCard);
    till.pass(3.0);
    till.expect(Code::Abort);
    till.answer(Code::Abort, r#"{"resultCode":"9999","resultMessage":"사용자 취소"}"#);
    till.pass(4.9);
    assert_eq!(till.session.phase(), Some(Phase::Running));
    till.pass(0.2);
    assert_eq!(till.session.phase(), Some(Phase::Lost));
    till.look(&refused(id, "9999", "사용자 취소"));
    till.look(&refused(id, "9999", "사용자 취소"));
    assert!(matches!(till.last(), Outcome::Aborted(_)));
    // 910021 was never answered and its connection is gone: it could hit the next sale.
    till.begin(Kind::CardApproval, 1_000);
    till.pass(10.0);
    assert_eq!(reason(till.last()), &NotPerformedReason::StopPending { blocked_by: id });
    till.sent.clear();
    till.pass(150.0);
    till.begin(Kind::CardApproval, 1_000);
    till.look(&baseline());
    till.expect(Code::CardApproval);
}

#[test]
fn rule_9_the_acknowledgement_may_be_the_end_where_the_profile_says_so() {
    let mut till = Till::with_profile(|p| p.abort_ends_original = true);
    let id = till.sale_sent(15_000);
    till.input(Input::RequestStop(id));
    till.expect(Code::StopCard);
    till.answer(Code::StopCard, &refused(id, "0000", "완료"));
    till.look(&baseline());
    assert!(matches!(till.last(), Outcome::Aborted(_)));
}

#[test]
fn rule_9_an_unanswered_stop_is_answered_for_by_a_later_look_on_its_connection() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.input(Input::RequestStop(id));
    till.expect(Code::StopCard);
    till.answer(Code::CardApproval, &refused(id, "9999", "사용자 취소"));
    till.confirm();
    till.look(&baseline());
    assert!(matches!(till.last(), Outcome::Aborted(_)));
    till.begin(Kind::CardApproval, 1_000);
    till.expect(Code::CardApproval);
}

#[test]
fn rule_9_silence_is_answered_by_a_stop_and_then_by_recovery() {
    let mut till = Till::new();
    till.sale_sent(15_000);
    till.pass(120.0);
    till.expect(Code::StopCard);
    till.pass(3.0);
    till.expect(Code::Abort);
    till.pass(3.0);
    assert_eq!(till.session.phase(), Some(Phase::Lost));
}

#[test]
fn rule_9_a_stop_whose_row_cannot_be_written_is_not_sent() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.disk = Disk::Full;
    till.input(Input::RequestStop(id));
    till.expect_nothing();
    assert_eq!(till.seen(EventCode::StopRefused), 1);
}

#[test]
fn rule_10_a_cancellation_under_the_originals_ptxid_needs_a_number_of_its_own() {
    let mut till = Till::with_profile(|p| p.cancellation_with_original_ptxid = true);
    let sale = intent(1, Kind::CardApproval, 15_000);
    let mut cancel = intent(2, Kind::CardCancellation, 15_000);
    cancel.reference = Some(reference());
    cancel.original = Some(sale.ptxid);
    cancel.wire_ptxid = Some(sale.ptxid);
    till.begin_intent(cancel);
    till.look(&approved(sale.ptxid, 15_000));
    assert!(till.expect(Code::CardCancellation).contains(sale.ptxid.as_str()));
    till.cut();
    till.look(&approved(sale.ptxid, 15_000));
    assert_eq!(till.session.phase(), Some(Phase::Lost), "the sale's own record proves nothing");
    till.pass(2.0);
    let cancelled = shown(sale.ptxid.as_str(), "0000", 15_000, "40005678");
    till.look(&cancelled);
    till.confirm();
    till.look(&cancelled);
    assert!(matches!(till.last(), Outcome::Approved(a) if a.approval_no == "40005678"));
}

#[test]
fn rule_10_a_number_left_out_or_not_kept_is_no_other_number() {
    let left_out = |of: &mut ApprovalReference| of.transaction_no.clear();
    let not_kept = |of: &mut ApprovalReference| of.transaction_no = record_number(LONG);
    let typed = |of: &mut ApprovalReference| of.transaction_no = LONG.to_owned();
    let blanks = |of: &mut ApprovalReference| of.approval_no = " 30001234".to_owned();
    let changes: [(Change, &str); 4] =
        [(left_out, "T30001234"), (not_kept, LONG), (typed, LONG), (blanks, "T30001234")];
    for (change, shown) in changes {
        let mut till = Till::with_profile(|p| p.cancellation_with_original_ptxid = true);
        let sale = intent(1, Kind::CardApproval, 15_000);
        let record = approved(sale.ptxid, 15_000).replace("T30001234", shown);
        let mut cancel = intent(2, Kind::CardCancellation, 15_000);
        let mut of = reference();
        change(&mut of);
        cancel.reference = Some(of);
        cancel.original = Some(sale.ptxid);
        cancel.wire_ptxid = Some(sale.ptxid);
        till.begin_intent(cancel);
        // Another transaction was shown before, so the baseline tells nothing of the sale's record.
        till.look(&baseline());
        till.expect(Code::CardCancellation);
        till.cut();
        till.look(&record);
        assert_eq!(till.session.phase(), Some(Phase::Lost), "{shown}: the sale's own record proves nothing");
    }
}

/// What a till says otherwise than the record.
type Change = fn(&mut ApprovalReference);

const LONG: &str = "2026112512345678";

#[test]
fn rule_11_another_amount_is_approved_with_an_alarm() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 14_000));
    till.confirm();
    till.look(&approved(id, 14_000));
    let alarm = Alarm::AmountDiffers { field: "approvalAmt".to_owned(), asked: 15_000, answered: 14_000 };
    assert!(
        matches!(till.last(), Outcome::Approved(a) if a.approval_amt == 14_000 && a.alarms == [alarm.clone()])
    );
    assert!(till.events.iter().any(|e| e.alarm == Some(alarm.clone())));
}

#[test]
fn rule_12_a_late_frame_is_evidence_for_its_own_intent() {
    let mut till = Till::new();
    let first = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &refused(first, "9999", "사용자 취소"));
    till.confirm();
    till.look(&baseline());
    let second = till.begin(Kind::CardApproval, 1_000);
    till.expect(Code::CardApproval);
    till.answer(Code::CardApproval, &approved(first, 15_000));
    assert_eq!(till.session.phase(), Some(Phase::Running));
    assert!(till.rows.iter().any(|r| r.ptxid == Some(first) && r.fact == Fact::Alarmed(Alarm::LateApproval)));
    till.answer(Code::CardApproval, &approved(second, 1_000));
    till.confirm();
    till.look(&approved(second, 1_000));
    assert!(matches!(till.last(), Outcome::Approved(a) if a.id == second));
}

#[test]
fn rule_12_a_question_that_timed_out_ends_the_connection() {
    let mut till = Till::new();
    till.begin(Kind::CardApproval, 15_000);
    till.expect(Code::LastTransaction);
    till.pass(3.0);
    assert_eq!((till.disconnects, till.connections), (1, 2));
    till.look(&baseline());
    till.expect(Code::CardApproval);
}

#[test]
fn rule_12_a_surplus_answer_ends_the_connection_but_not_a_running_request() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::LastTransaction, &baseline());
    assert_eq!(till.disconnects, 0);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    assert_eq!(till.disconnects, 1, "nothing without an id is asked on a connection with a surplus frame");
    till.look(&approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(till.last(), Outcome::Approved(_)));
    till.answer(Code::Confirm, r#"{"resultCode":"0000"}"#);
    assert_eq!(till.disconnects, 2);
}

#[test]
fn rule_12_a_serial_line_is_quiet_before_it_is_used() {
    let mut setup = setup(Profile::simulator());
    setup.line = Line::Serial;
    let mut till = Till::with(setup);
    till.begin(Kind::CardApproval, 15_000);
    till.pass(1.5);
    till.expect_nothing();
    till.input(Input::Noise);
    till.pass(1.0);
    till.answer(Code::LastTransaction, &baseline());
    till.pass(1.9);
    till.expect_nothing();
    till.pass(0.2);
    till.look(&baseline());
    till.expect(Code::CardApproval);
}

#[test]
fn rule_14_a_damaged_journal_needs_an_operator_after_the_fence() {
    let mut setup = setup(Profile::simulator());
    setup.safe_mode = Some("moved aside".to_owned());
    let mut till = Till::with(setup);
    till.look(&baseline());
    assert!(matches!(till.session.work(), Work::SafeMode { .. }));
    till.begin(Kind::CardApproval, 15_000);
    assert!(matches!(reason(till.last()), NotPerformedReason::SafeMode { .. }));
    let accept = |till: &mut Till| {
        let reason = "checked".to_owned();
        till.input(Input::AcceptJournal { call: danmal_protocol::CallId(7), reason });
    };
    accept(&mut till);
    assert_eq!(till.done, [(7, Err(ErrorCode::NotAllowed))]);
    till.pass(150.0);
    accept(&mut till);
    assert_eq!(till.done[1], (7, Ok(())));
    assert_eq!(till.session.work(), Work::Ready);
}

#[test]
fn rule_15_every_call_returns_by_its_deadline() {
    let mut till = Till::new();
    till.begin(Kind::CardApproval, 15_000);
    till.pass(10.0);
    assert_eq!(reason(till.last()), &NotPerformedReason::TerminalSilent);

    let mut till = Till::new();
    till.ask(3, Request::DownloadCodes);
    till.expect(Code::DownloadCodes);
    till.pass(10.0);
    assert!(matches!(till.answers[..], [(3, Err(ErrorCode::Timeout))]));

    let mut till = Till::new();
    till.sale_sent(15_000);
    till.ask(4, Request::DownloadCodes);
    till.pass(180.0);
    assert_eq!(till.outcomes.len(), 1);
    till.pass(11.0);
    assert_eq!(till.answers.len(), 1, "a query does not wait for ever behind money");
}

#[test]
fn rule_16_a_final_state_never_changes() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    till.answer(Code::CardApproval, &refused(id, "9999", "late"));
    till.answer(Code::CardApproval, &refused(id, "9999", "late"));
    assert_eq!(till.outcomes.len(), 1);
    assert_eq!(
        till.rows.iter().filter(|r| matches!(r.fact, Fact::Alarmed(Alarm::ForeignReversal))).count(),
        1
    );
}

#[test]
fn rule_17_stopped_before_the_first_byte_is_aborted() {
    let mut till = Till::starting(setup(Profile::simulator()), false);
    let id = till.begin(Kind::CardApproval, 15_000);
    till.input(Input::RequestStop(id));
    assert!(matches!(till.last(), Outcome::Aborted(a) if a.by == StoppedBy::TillBeforeSending));

    let mut till = Till::new();
    till.disk = Disk::Slow;
    let id = till.begin(Kind::CardApproval, 15_000);
    till.look(&baseline());
    till.input(Input::RequestStop(id));
    till.disk = Disk::Works;
    till.disk_catches_up();
    till.expect_nothing();
    assert!(matches!(till.ended(id), Some(Outcome::Aborted(_))));
}

#[test]
fn rule_17_closing_lets_a_running_payment_end() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.input(Input::Close);
    assert!(!till.closed);
    till.begin(Kind::CardApproval, 1_000);
    assert_eq!(reason(till.last()), &NotPerformedReason::Closed);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert!(matches!(till.last(), Outcome::Approved(_)));
    assert!(till.closed);
    assert_eq!(till.session.deadline(), None);
}

#[test]
fn without_history_the_terminals_word_decides() {
    let no_history = |p: &mut Profile| p.history = false;
    let mut till = Till::with_profile(no_history);
    let id = till.begin(Kind::CardApproval, 15_000);
    till.expect(Code::CardApproval);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    assert!(matches!(till.last(), Outcome::Approved(_)));

    let id = till.begin(Kind::CardApproval, 1_000);
    till.expect(Code::CardApproval);
    till.answer(Code::CardApproval, &refused(id, "9999", "사용자 취소"));
    till.confirm();
    assert!(matches!(till.last(), Outcome::Aborted(_)));

    let id = till.begin(Kind::CardApproval, 1_000);
    till.expect(Code::CardApproval);
    till.answer(Code::CardApproval, &refused(id, "8324", "한도초과"));
    till.confirm();
    till.pass(149.0);
    assert_eq!(till.outcomes.len(), 2);
    till.pass(2.0);
    assert!(matches!(till.last(), Outcome::Declined(_)));

    let id = till.begin(Kind::CardApproval, 1_000);
    till.expect(Code::CardApproval);
    till.cut();
    assert!(matches!(till.last(), Outcome::Unknown(_)), "nothing would prove it: said at once");
    till.pass(150.0);
    till.override_as(id, Verdict::NotPerformed);
    assert_eq!(till.session.work(), Work::Ready);
    assert!(!till.all_sent.contains(&Code::LastTransaction));
}

#[test]
fn slips_take_the_first_answer_in_their_place() {
    let slip = |till: &mut Till, json: &str| {
        till.begin(Kind::TaxRefundCancellation, 1);
        till.expect(Code::TaxRefundCancellation);
        till.answer(Code::TaxRefundCancellation, json);
    };
    let mut till = Till::new();
    slip(
        &mut till,
        r#"{"resultCode":"0000","data":{"refundSerial":"R1","taxrefundSerial":"T1","refundBalance":900}}"#,
    );
    assert!(
        matches!(till.last(), Outcome::Approved(a) if a.slip.as_ref().is_some_and(|s| s.serial() == "T1"))
    );
    slip(&mut till, r#"{"resultCode":"9999","resultMessage":"사용자 취소"}"#);
    assert!(matches!(till.last(), Outcome::Aborted(_)));
    slip(&mut till, r#"{"resultCode":"1234","resultMessage":"거절"}"#);
    assert!(matches!(till.last(), Outcome::Declined(_)));
    slip(&mut till, r#"{"resultCode":"0000","data":{"refundSerial":"R1","resCode":"0105"}}"#);
    assert_eq!(why(till.last()), UnknownWhy::SlipResultUnclear);
    assert!(!till.all_sent.contains(&Code::Confirm) && !till.all_sent.contains(&Code::LastTransaction));
}

#[test]
fn play_money_and_real_money_do_not_share_a_journal() {
    let mut setup = setup(Profile::simulator());
    setup.simulated_address = false;
    setup.simulated_journal = false;
    let mut till = Till::with(setup);
    till.begin(Kind::CardApproval, 15_000);
    till.expect(Code::LastTransaction);
    till.answer(Code::LastTransaction, r#"{"simulator":"danmal"}"#);
    till.expect_nothing();
    assert_eq!(reason(till.last()), &NotPerformedReason::WrongJournal);
}
