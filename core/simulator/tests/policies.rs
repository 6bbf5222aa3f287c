//! What a vendor leaves open is a setting: confirmation, history, orphans, dialects.

mod common;

use common::{PTXID, Rig, millis, sale, seconds};
use danmal_simulator::{
    Dialect, Fault, History, Length, Moment, Orphan, Pace, Plan, Reversed, Screen, Settings, Text,
    Unconfirmed, When,
};
use serde_json::Value;
#[test]
fn what_is_never_confirmed_follows_the_policy() {
    let rig = |unconfirmed| {
        let settings = Settings { unconfirmed, magic: false, ..Settings::default() };
        let mut rig = Rig::with(settings, Plan::default());
        rig.sale(500);
        rig.got.clear();
        rig
    };
    let mut keep = rig(Unconfirmed::Keep);
    keep.disconnect();
    keep.pass(seconds(1_000));
    assert_eq!(keep.host.net(), 500);

    let mut cut = rig(Unconfirmed::ReverseOnDisconnect);
    cut.disconnect();
    assert_eq!(cut.host.reversed(PTXID), 1);
    cut.connect();
    assert_eq!(cut.last(), ("8003".into(), PTXID.into()));

    let mut confirmed = rig(Unconfirmed::ReverseOnDisconnect);
    confirmed.ask("980001");
    confirmed.disconnect();
    assert_eq!(confirmed.host.net(), 500);

    let mut next = rig(Unconfirmed::ReverseAtNextMoney);
    assert_eq!(next.last().0, "0000");
    next.send("010010", sale("B", 700));
    assert_eq!(next.host.reversed(PTXID), 1);

    let mut any = rig(Unconfirmed::ReverseAtNextRequest);
    assert_eq!(any.last().0, "8003", "the question itself");
    let mut any = rig(Unconfirmed::ReverseAtNextRequest);
    any.ask("980001");
    any.got.clear();
    assert_eq!((any.last().0.as_str(), any.host.net()), ("0000", 500));

    // It confirms the newest, whoever was meant.
    let timer = Unconfirmed::ReverseAfter { time: seconds(60) };
    let mut two = rig(timer);
    assert_eq!(two.host.reversed(PTXID), 1, "nobody confirmed it in time");
    two.send("010010", sale("B", 700));
    two.pass(seconds(1));
    two.send("010010", sale("C", 900));
    two.pass(seconds(1));
    two.ask("980001");
    two.rest();
    assert_eq!((two.host.reversed("B"), two.host.reversed("C")), (1, 0));
}

#[test]
fn a_reversal_that_has_begun_is_not_shown_as_approved() {
    let pace = Pace { reversal: seconds(5), ..Default::default() };
    let settings = Settings { pace, unconfirmed: Unconfirmed::ReverseOnDisconnect, ..Settings::default() };
    let mut rig = Rig::with(settings, Plan::default());
    rig.sale(500);
    rig.disconnect();
    rig.connect();
    assert_eq!((rig.last().0.as_str(), rig.host.net()), ("8003", 500));
    rig.pass(seconds(5));
    assert_eq!(rig.host.net(), 0);
}

#[test]
fn a_cancellation_that_is_not_confirmed_can_be_taken_back() {
    let settings = Settings { unconfirmed: Unconfirmed::ReverseOnDisconnect, ..Settings::default() };
    let mut rig = Rig::with(settings, Plan::default());
    rig.sale(500);
    let approval = rig.answer();
    rig.ask("980001");
    rig.send("010020", common::cancellation("C", &approval));
    rig.rest();
    assert_eq!(rig.host.net(), 0);
    rig.disconnect();
    assert_eq!((rig.host.net(), rig.host.performed("C"), rig.host.performed(PTXID)), (500, 0, 1));
}

#[test]
fn what_990001_shows_of_a_reversal_is_a_setting() {
    for (reversed, expected) in [
        (Reversed::Code, ("8003", PTXID)),
        (Reversed::Earlier, ("0000", "CPOS-00000000-0000-0000-0000-yesterday000")),
        (Reversed::Empty, ("", "")),
    ] {
        let history = History { reversed, ..History::default() };
        let settings =
            Settings { history, unconfirmed: Unconfirmed::ReverseOnDisconnect, ..Settings::default() };
        let mut rig = Rig::with(settings, Plan::default());
        rig.sale(500);
        rig.disconnect();
        rig.connect();
        assert_eq!(rig.last(), (expected.0.to_owned(), expected.1.to_owned()));
    }
}

#[test]
fn a_terminal_may_drop_what_nobody_waits_for() {
    for (orphan, wait, captured) in [
        (Orphan::GoesOn, 100, 1),
        (Orphan::Stops, 100, 0),
        (Orphan::Stops, 700, 0),
        (Orphan::Stops, 1_100, 1),
    ] {
        let mut rig = Rig::with(Settings { orphan, ..Settings::default() }, Plan::default());
        rig.send("010010", sale(PTXID, 15_000));
        rig.pass(millis(wait));
        rig.disconnect();
        rig.rest();
        assert_eq!((rig.host.captured(PTXID), rig.terminal.screen()), (captured, Screen::Idle));
    }
    let mut rig = Rig::with(
        Settings { orphan: Orphan::Stops, ..Settings::default() },
        Plan::of([When::moment(Moment::CardRead).then(Fault::Cut { reset: true })]),
    );
    rig.sale(500);
    assert_eq!((rig.host.len(), rig.terminal.screen()), (0, Screen::Idle));
}

#[test]
fn a_repeated_ptxid_is_executed_or_refused() {
    for (refuses_repeated_ptxid, captured) in [(false, 2), (true, 1)] {
        let settings = Settings { refuses_repeated_ptxid, ..Settings::default() };
        let mut rig = Rig::with(settings, Plan::default());
        rig.sale(500);
        rig.sale(500);
        assert_eq!(rig.host.captured(PTXID), captured);
        assert_eq!(rig.answers()[1].result(), if captured == 1 { "8330" } else { "0000" });
    }
}

#[test]
fn the_terminal_without_990001_and_the_one_that_is_busy() {
    let silent = |history, busy: bool| {
        let mut rig = Rig::with(Settings { history, ..Settings::default() }, Plan::default());
        if busy {
            rig.send("010010", sale(PTXID, 500));
        }
        rig.ask("990001");
        rig.bytes().is_empty()
    };
    assert!(silent(History { exists: false, ..History::default() }, false));
    assert!(silent(History { while_busy: false, ..History::default() }, true));
    assert!(!silent(History { while_busy: false, ..History::default() }, false));
}

#[test]
fn dialects_are_those_of_the_settings() {
    let bytes = |dialect| {
        let mut rig = Rig::with(Settings { dialect, ..Settings::default() }, Plan::default());
        rig.sale(500);
        rig.bytes()
    };
    let usual = Dialect::default();
    let utf8 = bytes(Dialect { text: Text::Utf8, ..usual });
    let characters = std::str::from_utf8(&utf8).unwrap().chars().count();
    for (length, expected) in [
        (Length::Bytes, utf8.len() - 4),
        (Length::Characters, characters - 4),
        (Length::BodyBytes, utf8.len() - 10),
        (Length::BodyCharacters, characters - 10),
        (Length::Placeholder { digits: 500 }, 500),
    ] {
        let bytes = bytes(Dialect { text: Text::Utf8, length, ..usual });
        assert_eq!((declared(&bytes), &bytes[4..]), (expected, &utf8[4..]), "{length:?}");
    }
    let marked = bytes(Dialect { byte_order_mark: true, ..usual });
    assert_eq!(&marked[10..13], b"\xef\xbb\xbf");
    assert_eq!(body(&bytes(Dialect { numbers_as_text: true, ..usual }))["data"]["approvalAmt"], "500");
    assert_eq!(body(&bytes(Dialect { text_as_numbers: true, ..usual }))["data"]["approvalNo"], 30_000_001);
}

fn declared(bytes: &[u8]) -> usize {
    std::str::from_utf8(&bytes[..4]).unwrap().parse().unwrap()
}

fn body(bytes: &[u8]) -> Value {
    serde_json::from_slice(&bytes[10..]).unwrap()
}
