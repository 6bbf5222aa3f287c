//! Faults of one answer of 990001.

use super::common::*;
use super::*;

pub(super) fn last_empty() {
    for (code, expected) in [(None, json!({"simulator": "danmal"})), (Some("9100"), json!("9100"))] {
        let fault = Fault::LastEmpty { code: code.map(Cow::Borrowed) };
        let mut rig = Rig::rules([When::request(Code::LastTransaction).then(fault)]);
        let answer = rig.question("990001");
        let found = if code.is_some() { answer.body["resultCode"].clone() } else { answer.body.clone() };
        assert_eq!(found, expected);
        assert!(answer.body.get("data").is_none());
        assert_eq!(rig.last().0, "0000", "once");
    }
}

pub(super) fn last_earlier() {
    let mut rig = Rig::rules([When::request(Code::LastTransaction).then(Fault::LastEarlier)]);
    rig.sale(500);
    assert_ne!(rig.last().1, PTXID);
    assert_eq!(rig.last().1, PTXID);
}

pub(super) fn last_other_type() {
    let mut rig = Rig::rules([When::request(Code::LastTransaction).then(Fault::LastOtherType)]);
    let answer = rig.question("990001");
    assert_eq!((answer.data("receiptTitle"), answer.result()), (&json!("현금영수증"), "0000"));
}

pub(super) fn last_under_own_code() {
    let mut rig = Rig::rules([When::request(Code::LastTransaction).then(Fault::LastUnderOwnCode)]);
    rig.sale(500);
    assert_eq!(rig.question("990001").code, "010010");
}
