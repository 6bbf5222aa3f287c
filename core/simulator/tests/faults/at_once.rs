//! Faults that strike at once: restarts, cables, silence, other people.

use super::common::*;
use super::*;

pub(super) fn reboot() {
    // Idle, waiting for the card, while the host works, after the capture, after the answer.
    for (moment, pending, captured, reversed, shown) in [
        (Moment::Asked, PendingWork::Lost, 0, 0, false),
        (Moment::CardRead, PendingWork::Completed, 0, 0, false),
        (Moment::HostAsked, PendingWork::Lost, 0, 0, false),
        (Moment::HostAsked, PendingWork::Reversed, 1, 1, false),
        (Moment::HostAsked, PendingWork::Completed, 1, 0, true),
        (Moment::HostAsked, PendingWork::Forgotten, 1, 0, false),
        (Moment::Captured, PendingWork::Lost, 1, 0, true),
        (Moment::Captured, PendingWork::Completed, 1, 0, true),
        (Moment::Answered, PendingWork::Lost, 1, 0, true),
        (Moment::Answered, PendingWork::Reversed, 1, 0, true),
    ] {
        let fault = reboot_for(10, RebootMemory::Kept, pending);
        let mut rig = Rig::rules([When::moment(moment).then(fault)]);
        rig.send("010010", sale(PTXID, 500));
        rig.pass(seconds(2));
        assert_eq!(rig.closed(), Some(true), "{moment:?}");
        assert_eq!(rig.bytes().is_empty(), moment != Moment::Answered, "{moment:?}");
        assert_eq!(rig.terminal.screen(), Screen::Off);
        let refused = rig.connect();
        assert_eq!(rig.closed_of(refused), Some(true));
        rig.pass(seconds(10));
        rig.connect();
        assert_eq!((rig.host.captured(PTXID), rig.host.reversed(PTXID)), (captured, reversed), "{moment:?}");
        assert_eq!(rig.last().1 == PTXID, shown, "{moment:?} {pending:?}");
    }
    for (memory, shown) in [
        (RebootMemory::Kept, PTXID),
        (RebootMemory::Empty, ""),
        (RebootMemory::Earlier, "CPOS-00000000-0000-0000-0000-yesterday000"),
    ] {
        let mut rig = Rig::new();
        rig.sale(500);
        rig.inject(reboot_for(1, memory, PendingWork::Lost));
        rig.pass(seconds(1));
        rig.connect();
        assert_eq!(rig.last().1, shown);
        assert_eq!(rig.host.net(), 500);
    }
}

pub(super) fn cut() {
    for (moment, captured) in [
        (Moment::Asked, 1),
        (Moment::SignatureAsked, 1),
        (Moment::Signed, 1),
        (Moment::HostAsked, 1),
        (Moment::Captured, 1),
    ] {
        let mut rig = Rig::rules([When::moment(moment).then(Fault::Cut { reset: true })]);
        rig.sale(15_000);
        assert_eq!(rig.closed(), Some(true));
        assert_eq!(rig.host.captured(PTXID), captured, "what was asked is still executed");
        let last = rig.connect();
        assert_eq!((last, rig.last().1.as_str()), (rig.client, PTXID));
    }
    let mut rig = Rig::rules([When::moment(Moment::Asked).then(Fault::Cut { reset: false })]);
    rig.sale(500);
    assert_eq!(rig.closed(), Some(false));
    let mut rig = Rig::rules([When::connection().nth(2).then(Fault::Cut { reset: true })]);
    rig.connect();
    assert_eq!(rig.closed(), Some(true), "the second connection");
    let mut rig = Rig::rules([When::moment(Moment::Confirmed).then(Fault::Cut { reset: true })]);
    rig.sale(500);
    rig.got.clear();
    rig.ask("980001");
    assert_eq!((rig.closed(), rig.bytes().len()), (Some(true), 0), "the confirmation's answer is lost");
}

pub(super) fn half_open() {
    let mut rig = Rig::rules([When::moment(Moment::HostAsked).then(Fault::HalfOpen)]);
    rig.sale(500);
    rig.ask("990001");
    assert_eq!((rig.bytes().len(), rig.closed()), (0, None));
    assert_eq!(rig.host.captured(PTXID), 1);
    rig.connect();
    assert_eq!(rig.last().1, PTXID, "a new connection is a whole one");
}

pub(super) fn refuse_connections() {
    let mut rig = Rig::new();
    rig.inject(Fault::RefuseConnections { during: seconds(10) });
    assert_eq!(rig.question("990001").result(), "0000", "those that stand go on");
    assert!(!rig.terminal.is_listening());
    rig.connect();
    assert_eq!(rig.closed(), Some(true));
    rig.pass(seconds(10));
    rig.connect();
    assert_eq!((rig.closed(), rig.last().0.as_str()), (None, "0000"));
}

pub(super) fn unplug() {
    let mut rig = Rig::new();
    rig.send("010010", sale(PTXID, 500));
    rig.inject(Fault::Unplug { during: seconds(5) });
    assert_eq!(rig.closed(), Some(true));
    assert!(rig.got.contains(&Got::Unplugged));
    rig.pass(seconds(4));
    rig.connect();
    assert_eq!(rig.closed(), Some(true));
    rig.pass(seconds(1));
    rig.connect();
    assert_eq!((rig.last().1.as_str(), rig.host.captured(PTXID)), (PTXID, 1));
}

pub(super) fn silence() {
    let mut rig = Rig::rules([When::moment(Moment::HostAsked).then(Fault::Silence { during: seconds(20) })]);
    rig.send("010010", sale(PTXID, 500));
    rig.pass(seconds(10));
    rig.ask("990001");
    assert_eq!((rig.bytes().len(), rig.closed(), rig.host.captured(PTXID)), (0, None, 1));
    rig.pass(seconds(11));
    assert_eq!(rig.last().1, PTXID);
}

pub(super) fn other_sale() {
    for ptxid in [None, Some("CPOS-second-till")] {
        let mut rig = Rig::new();
        rig.inject(Fault::OtherSale { amount: 4_500, ptxid: ptxid.map(Cow::Borrowed) });
        let shown = rig.question("990001");
        assert_eq!(shown.ptxid(), ptxid.unwrap_or(""));
        assert_eq!((shown.data("approvalAmt"), rig.host.net()), (&json!(4_500), 4_500));
    }
}

pub(super) fn stale_bytes() {
    let mut rig = Rig::rules([
        When::moment(Moment::Captured).then(Fault::Cut { reset: true }),
        When::connection().nth(2).then(Fault::StaleBytes),
    ]);
    rig.ask("980001");
    let before = rig.bytes();
    rig.got.clear();
    rig.connect();
    assert_eq!(rig.bytes(), before, "what the connection before it was answered");
}
