//! Faults of one answer on its way.

use super::common::*;
use super::*;

pub(super) fn lose_reply() {
    let (bytes, mut rig) = answered(Fault::LoseReply);
    assert_eq!((bytes.len(), rig.closed()), (0, None));
    assert_eq!(rig.last().1, PTXID);
}

pub(super) fn cut_reply() {
    let whole = plain();
    for after in 0..=whole.len() + 1 {
        for reset in [false, true] {
            let (bytes, rig) = answered(Fault::CutReply { after: u32::try_from(after).unwrap(), reset });
            assert_eq!(bytes, whole[..after.min(whole.len())], "{after} of {}", whole.len());
            assert_eq!(rig.closed(), Some(reset));
        }
    }
}

pub(super) fn duplicate_reply() {
    assert_eq!(answered(Fault::DuplicateReply).0, [plain(), plain()].concat());
    let mut rig = Rig::rules([When::reply(Code::Confirm).always().then(Fault::DuplicateReply)]);
    rig.ask("980001");
    rig.ask("980001");
    assert_eq!(rig.answers().len(), 4);
}

pub(super) fn delay_reply() {
    let mut rig = on_sale(Fault::DelayReply { by: seconds(30) });
    rig.send("010010", sale(PTXID, 500));
    rig.pass(seconds(10));
    assert_eq!(rig.last().1, PTXID, "another answer overtakes it");
    rig.rest();
    let answer = rig.answer();
    assert_eq!((answer.at, answer.code.as_str()), (millis(30_600), "010010"));
    let mut rig = on_sale(Fault::DelayReply { by: seconds(30) });
    rig.send("010010", sale(PTXID, 500));
    rig.pass(seconds(10));
    rig.disconnect();
    rig.connect();
    rig.rest();
    assert!(rig.got.is_empty(), "nothing survives the end of a connection");
}

pub(super) fn trickle() {
    let whole = plain();
    let mut rig = on_sale(Fault::Trickle { piece: 1, gap: seconds(1) });
    rig.send("010010", sale(PTXID, 500));
    rig.pass(millis(1_600));
    assert_eq!(rig.bytes(), whole[..2]);
    rig.ask("980001");
    assert_eq!(rig.bytes(), whole[..2], "another answer waits behind it");
    rig.rest();
    let all = rig.bytes();
    assert!(all.starts_with(&whole));
    assert_eq!(split(Duration::ZERO, &all[whole.len()..]).0.code, "980001");
    assert_eq!(rig.now, millis(600) + seconds(whole.len() as u64 - 1));
    // Broken off while it trickles.
    let rules = [Fault::Trickle { piece: 4, gap: seconds(1) }, Fault::CutReply { after: 10, reset: false }];
    let mut rig = Rig::rules(rules.map(|fault| When::request(Code::CardApproval).then(fault)));
    rig.sale(500);
    assert_eq!((rig.bytes(), rig.closed()), (whole[..10].to_vec(), Some(false)));
}

pub(super) fn wrong_ptxid() {
    for (is, check) in [
        (
            PtxidFault::Unknown,
            (|found| found == "CPOS-00000000-0000-0000-0000-nobodysptxid") as fn(&Value) -> bool,
        ),
        (PtxidFault::Earlier, |found| found == "CPOS-00000000-0000-0000-0000-yesterday000"),
        (PtxidFault::Missing, Value::is_null),
        (PtxidFault::Empty, |found| found == ""),
        (PtxidFault::Truncated, |found| PTXID.starts_with(found.as_str().unwrap()) && found != PTXID),
    ] {
        let (bytes, mut rig) = answered(Fault::WrongPtxid { is });
        let body = body(&bytes);
        assert!(check(&body["data"]["ptxid"]), "{is:?}: {body}");
        assert_eq!(body["data"]["approvalNo"], "30000001");
        assert_eq!(rig.last().1, PTXID, "990001 tells the truth");
    }
}

pub(super) fn wrong_code() {
    assert_eq!(&answered(Fault::WrongCode { code: text("030010") }).0[4..10], b"030010");
}

pub(super) fn garbage() {
    let whole = plain();
    let bytes = |place| answered(Fault::Garbage { place, bytes: text("\u{2}??") }).0;
    assert_eq!(bytes(Place::Before), [b"\x02??", whole.as_slice()].concat());
    assert_eq!(bytes(Place::After), [whole.as_slice(), b"\x02??"].concat());
    let inside = bytes(Place::Inside);
    assert_eq!(inside.len(), whole.len() + 3);
    assert!(serde_json::from_slice::<Value>(&inside[10..]).is_err() || inside != whole);
}

pub(super) fn wrong_length() {
    let whole = plain();
    for digits in ["0000", "0005", "0050", "9999", "00x1", "    "] {
        let bytes = answered(Fault::WrongLength { digits: text(digits) }).0;
        assert_eq!((&bytes[..4], &bytes[4..]), (digits.as_bytes(), &whole[4..]));
    }
}

pub(super) fn length_off() {
    let whole = plain();
    for by in [-7, 1, 500] {
        let bytes = answered(Fault::LengthOff { by }).0;
        assert_eq!(declared(&bytes) as i64, declared(&whole) as i64 + i64::from(by));
        assert_eq!(bytes[4..], whole[4..]);
    }
}

pub(super) fn broken_json() {
    let bytes = answered(Fault::BrokenJson).0;
    assert!(serde_json::from_slice::<Value>(&bytes[10..]).is_err());
    assert_eq!(declared(&bytes), bytes.len() - 4, "its length fits");
}

pub(super) fn no_json() {
    let bytes = answered(Fault::NoJson).0;
    assert_eq!(&bytes[10..], "\\uc2b9\\uc778 OK".as_bytes());
}

pub(super) fn no_body() {
    assert_eq!(answered(Fault::NoBody).0, b"0006010010");
}

pub(super) fn byte_order_mark() {
    let bytes = answered(Fault::ByteOrderMark).0;
    assert_eq!((&bytes[10..13], declared(&bytes)), (&b"\xef\xbb\xbf"[..], bytes.len() - 4));
    assert_eq!(bytes[13..], plain()[10..]);
}

pub(super) fn cp949_bytes() {
    let bytes = answered(Fault::Cp949Bytes).0;
    let message = [0xc1, 0xa4, 0xbb, 0xf3, 0xbd, 0xc2, 0xc0, 0xce]; // 정상승인
    assert!(bytes.windows(8).any(|eight| eight == message));
    assert!(std::str::from_utf8(&bytes).is_err());
    assert_eq!(declared(&bytes), bytes.len() - 4);
}

pub(super) fn utf8_bytes() {
    let bytes = answered(Fault::Utf8Bytes).0;
    assert!(std::str::from_utf8(&bytes).unwrap().contains("정상승인"));
    assert_eq!((body(&bytes), declared(&bytes)), (body(&plain()), bytes.len() - 4));
}

pub(super) fn duplicate_key() {
    for (conflicting, second) in [(false, r#","resultCode":"0000""#), (true, r#","resultCode":"9999""#)] {
        let bytes = answered(Fault::DuplicateKey { conflicting }).0;
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(r#"{"resultCode":"0000""#) && text.contains(second), "{text}");
    }
}

pub(super) fn numbers_as_text() {
    let found = body(&answered(Fault::NumbersAsText).0);
    assert_eq!((&found["data"]["approvalAmt"], &found["data"]["taxAmt"]), (&json!("500"), &json!("0")));
}

pub(super) fn text_as_numbers() {
    let found = body(&answered(Fault::TextAsNumbers).0);
    assert_eq!(found["data"]["approvalNo"], 30_000_001);
    assert_eq!(
        (&found["resultCode"], &found["data"]["transactionNo"]),
        (&json!("0000"), &json!("000030000001"))
    );
}

pub(super) fn huge_integer() {
    let text = String::from_utf8(answered(Fault::HugeInteger).0).unwrap();
    assert!(text.contains(&format!("\"approvalAmt\":{}", "9".repeat(40))));
}

pub(super) fn deep_nesting() {
    let text = String::from_utf8(answered(Fault::DeepNesting { levels: 200 }).0).unwrap();
    assert!(text.contains(&"[".repeat(200)) && text.contains(&"]".repeat(200)));
}

pub(super) fn unknown_fields() {
    let found = body(&answered(Fault::UnknownFields).0);
    assert!(found["firmware"].is_string() && found["data"]["vendor"].is_object());
    assert_eq!(found["data"]["ptxid"], PTXID);
}

pub(super) fn data_missing() {
    let found = body(&answered(Fault::DataMissing).0);
    assert_eq!((&found["resultCode"], &found["data"]), (&json!("0000"), &json!({"ptxid": PTXID})));
}

pub(super) fn flip_reply_bit() {
    let (whole, bytes) = (plain(), answered(Fault::FlipReplyBit { byte: 3, bit: 2 }).0);
    assert_eq!(bytes[3], whole[3] ^ 4);
    assert_eq!((&bytes[..3], &bytes[4..]), (&whole[..3], &whole[4..]));
}

pub(super) fn drop_reply_bytes() {
    let (whole, bytes) = (plain(), answered(Fault::DropReplyBytes { from: 5, count: 6 }).0);
    assert_eq!(bytes, [&whole[..5], &whole[11..]].concat());
}
