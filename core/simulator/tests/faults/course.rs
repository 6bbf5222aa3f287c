//! Faults of the course of a money request: customer, card, host, terminal.

use super::common::*;
use super::*;

pub(super) fn no_card() {
    let (answers, rig) = sold(Fault::NoCard);
    assert_eq!((answers[0].result(), answers[0].at), ("9993", seconds(60)));
    assert!(rig.host.is_empty());
}

pub(super) fn card_removed() {
    let (answers, rig) = sold(Fault::CardRemoved);
    assert_eq!(results(&answers), ["5007"]);
    assert_eq!(answers[0].body["data"], json!({"ptxid": PTXID}));
    assert!(rig.host.is_empty());
}

pub(super) fn customer_cancels() {
    let (answers, rig) = sold(Fault::CustomerCancels);
    assert_eq!((answers[0].result(), &answers[0].body["resultMessage"]), ("9999", &json!("사용자 취소")));
    assert!(rig.host.is_empty());
}

pub(super) fn ask_signature() {
    assert_eq!(results(&sold(Fault::AskSignature).0), ["0010", "0000"]);
}

pub(super) fn no_signature() {
    let (answers, rig) = sold(Fault::NoSignature);
    assert_eq!(results(&answers), ["0010", "9999"]);
    assert_eq!(answers[1].at - answers[0].at, seconds(30));
    assert!(rig.host.is_empty());
}

pub(super) fn signature_repeats() {
    let (answers, _) = sold(Fault::SignatureRepeats { times: 2 });
    assert_eq!(results(&answers), ["0010", "0010", "0010", "0000"]);
    assert_eq!(answers[2].at - answers[1].at, millis(200));
}

pub(super) fn slow_customer() {
    let (answers, _) = sold(Fault::SlowCustomer { by: seconds(7) });
    assert_eq!(answers[0].at, millis(7_600));
}

// ---- the host ----

pub(super) fn decline() {
    let (answers, mut rig) = sold(Fault::Decline { code: text("8324"), message: text("한도초과") });
    assert_eq!(results(&answers), ["8324"]);
    assert_eq!((rig.host.captured(PTXID), rig.host.entries().len()), (0, 1));
    assert_eq!(rig.last(), ("8324".into(), PTXID.into()));
}

pub(super) fn other_amount() {
    let (answers, rig) = sold(Fault::OtherAmount { by: -50 });
    assert_eq!((answers[0].data("approvalAmt"), rig.host.net()), (&json!(450), 450));
}

pub(super) fn slow_host() {
    assert_eq!(sold(Fault::SlowHost { by: seconds(5) }).0[0].at, millis(5_600));
}

pub(super) fn host_down() {
    let (answers, rig) = sold(Fault::HostDown);
    assert_eq!((results(&answers), rig.host.len()), (vec!["8900"], 0));
}

pub(super) fn host_reply_lost() {
    let (answers, rig) = sold(Fault::HostReplyLost);
    assert_eq!(results(&answers), ["8901"]);
    assert_eq!((rig.host.captured(PTXID), rig.host.reversed(PTXID), rig.host.performed(PTXID)), (1, 1, 0));
}

pub(super) fn host_reverses() {
    let mut rig = on_sale(Fault::HostReverses { after: seconds(3) });
    rig.send("010010", sale(PTXID, 500));
    rig.pass(millis(700));
    assert_eq!((rig.answer().result(), rig.host.net()), ("0000", 500));
    rig.ask("980001");
    rig.pass(seconds(3));
    assert_eq!((rig.host.reversed(PTXID), rig.host.net()), (1, 0));
    assert_eq!(rig.last(), ("8003".into(), PTXID.into()));
}

// ---- the terminal and a money request ----

pub(super) fn busy() {
    let (answers, mut rig) = sold(Fault::Busy);
    assert_eq!((results(&answers), answers[0].ptxid(), rig.host.len()), (vec!["0001"], PTXID, 0));
    assert_ne!(rig.last().1, PTXID, "it was never a transaction");
    let mut rig = Rig::rules([When::request(Code::SalesTotals).then(Fault::Busy)]);
    rig.send("050099", json!({"from": "20261125", "to": "20261125"}));
    assert_eq!(rig.answer().result(), "0001");
}

pub(super) fn refuse() {
    let fault = Fault::Refuse { code: text("7777"), message: text("점검중") };
    let (answers, rig) = sold(fault.clone());
    assert_eq!((results(&answers), rig.host.len()), (vec!["7777"], 0));
    let mut rig = Rig::rules([When::request(Code::DownloadCodes).then(fault)]);
    assert_eq!(rig.question("081008").result(), "7777");
}

pub(super) fn interim_code() {
    let (answers, rig) = sold(Fault::InterimCode { code: text("0077"), message: text("처리중") });
    assert_eq!(results(&answers), ["0077", "0000"]);
    assert_eq!((answers[0].ptxid(), rig.host.captured(PTXID)), (PTXID, 1));
}

pub(super) fn stop_ignored() {
    for stop in ["910021", "555555"] {
        let mut rig = on_sale(Fault::StopIgnored);
        rig.send("010010", sale(PTXID, 500));
        rig.ask(stop);
        rig.rest();
        let answers = rig.answers();
        let stopped = if stop == "555555" { "9999" } else { "0000" };
        assert_eq!(results(&answers), [stopped, "0000"]);
        assert_eq!((answers[1].code.as_str(), rig.host.captured(PTXID)), ("010010", 1));
    }
}

pub(super) fn stop_swallows_answer() {
    let mut rig = on_sale(Fault::StopSwallowsAnswer);
    rig.send("010010", sale(PTXID, 500));
    rig.ask("910021");
    rig.rest();
    assert_eq!(results(&rig.answers()), ["0000"]);
    assert_eq!((rig.last(), rig.host.len()), (("9999".into(), PTXID.into()), 0));
}

pub(super) fn late_signature_wait() {
    assert_eq!(results(&sold(Fault::LateSignatureWait).0), ["0000", "0010"]);
}

pub(super) fn if_unconfirmed() {
    let policy = Unconfirmed::ReverseAfter { time: seconds(10) };
    for (confirmed, reversed) in [(false, 1), (true, 0)] {
        let mut rig = on_sale(Fault::IfUnconfirmed { policy });
        rig.send("010010", sale(PTXID, 500));
        rig.pass(seconds(9));
        if confirmed {
            rig.ask("980001");
        }
        rig.pass(seconds(2));
        assert_eq!((rig.host.captured(PTXID), rig.host.reversed(PTXID)), (1, reversed));
    }
}

pub(super) fn reverse_when_confirmed() {
    let (answers, mut rig) = sold(Fault::ReverseWhenConfirmed);
    assert_eq!((results(&answers), rig.host.net()), (vec!["0000"], 500));
    assert_eq!(rig.question("980001").result(), "0000");
    assert_eq!((rig.host.net(), rig.host.reversed(PTXID)), (0, 1));
    assert_eq!(rig.last(), ("8003".into(), PTXID.into()));
}

pub(super) fn shown_late() {
    let mut rig = on_sale(Fault::ShownLate { by: seconds(5) });
    rig.send("010010", sale(PTXID, 500));
    rig.pass(seconds(5));
    assert_eq!(rig.answer().result(), "0000");
    assert_ne!(rig.last().1, PTXID);
    rig.pass(seconds(1));
    assert_eq!(rig.last().1, PTXID);
}

pub(super) fn never_shown() {
    let (_, mut rig) = sold(Fault::NeverShown);
    rig.pass(seconds(100_000));
    assert_eq!(
        (rig.last().1.as_str(), rig.host.captured(PTXID)),
        ("CPOS-00000000-0000-0000-0000-yesterday000", 1)
    );
}

pub(super) fn shown_without_ptxid() {
    let (_, mut rig) = sold(Fault::ShownWithoutPtxid);
    let shown = rig.question("990001");
    assert!(shown.data("ptxid").is_null());
    assert_eq!(shown.data("approvalNo"), "30000001");
}

pub(super) fn shown_after_reversal() {
    let sale_rule = |fault| When::request(Code::CardApproval).then(fault);
    let mut rig = Rig::rules([sale_rule(Fault::ShownAfterReversal), sale_rule(Fault::ReverseWhenConfirmed)]);
    rig.sale(500);
    rig.ask("980001");
    assert_eq!((rig.last(), rig.host.net()), (("0000".into(), PTXID.into()), 0));
}
