//! Messages to bytes and back, and what becomes of values that are not as they should be.

mod common;

use danmal_model::{BodyText, FrameRules, LengthRule, SendText};
use danmal_wire::*;
use proptest::prelude::*;
use serde_json::json;

fn read_with(bytes: &[u8], request: bool, rules: FrameRules) -> Frame {
    let mut decoder =
        if request { FrameDecoder::for_requests(rules) } else { FrameDecoder::for_answers(rules) };
    decoder.push(bytes);
    let frame = decoder.next().expect("a frame").expect("a good frame");
    assert!(decoder.next().is_none() && decoder.is_idle());
    frame
}

fn answer(code: Code, json: &str) -> Result<Response, DecodeError> {
    let bytes = encode_json(code, Some(json), &EncodeRules::default()).unwrap();
    Response::decode(&read_with(&bytes, false, FrameRules::default()))
}

fn approval(data: &str) -> Result<Response, DecodeError> {
    answer(Code::CardApproval, &format!(r#"{{"resultCode":"0000","resultMessage":"","data":{data}}}"#))
}

fn transaction(data: &str) -> (TransactionData, Vec<&'static str>) {
    let response = approval(data).unwrap();
    let unreadable = response.unreadable.clone();
    match response.body {
        ResponseBody::Transaction(data) => (*data, unreadable),
        other => panic!("{other:?}"),
    }
}

fn ask(code: Code, json: &str) -> Result<Request, DecodeError> {
    let bytes = encode_json(code, Some(json), &EncodeRules::default()).unwrap();
    Request::decode(&read_with(&bytes, true, FrameRules::default()))
}

fn dialect() -> impl Strategy<Value = EncodeRules> {
    (
        prop::sample::select(vec![SendText::Escaped, SendText::Utf8, SendText::Cp949]),
        prop::sample::select(LengthRule::COUNTING.to_vec()),
        prop::option::weighted(0.2, 0..=9_999_u16),
    )
        .prop_map(|(text, length, placeholder)| EncodeRules { text, length, placeholder })
}

/// CP949 may by chance be valid UTF-8: then the device's encoding has to be pinned.
fn pinned(rules: &EncodeRules) -> FrameRules {
    let body_text = if rules.text == SendText::Cp949 { BodyText::Cp949 } else { BodyText::Auto };
    FrameRules { body_text, ..FrameRules::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

    #[test]
    fn every_request_comes_back(request in common::request(), rules in dialect()) {
        let bytes = request.encode(&rules).unwrap();
        let frame = read_with(&bytes, true, pinned(&rules));
        prop_assert_eq!(frame.code(), request.code());
        prop_assert_eq!(Request::decode(&frame).unwrap(), request);
        if rules.placeholder.is_none() {
            prop_assert!(frame.facts().fits(rules.length));
        }
    }

    #[test]
    fn every_response_comes_back(response in common::response(), rules in dialect()) {
        let bytes = response.encode(&rules).unwrap();
        let frame = read_with(&bytes, false, pinned(&rules));
        prop_assert_eq!(frame.code(), response.code);
        prop_assert_eq!(Response::decode(&frame).unwrap(), response);
        if rules.placeholder.is_none() {
            prop_assert!(frame.facts().fits(rules.length));
        }
    }

    #[test]
    fn the_default_dialect_is_ascii_and_its_length_true(response in common::response()) {
        let bytes = response.encode(&EncodeRules::default()).unwrap();
        prop_assert!(bytes.iter().all(|byte| (b' '..=0x7f).contains(byte)));
        let declared: usize = std::str::from_utf8(&bytes[..4]).unwrap().parse().unwrap();
        prop_assert_eq!(declared + 4, bytes.len());
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes[10..]).is_ok());
    }

    #[test]
    fn any_value_leaves_as_ascii(value in common::json_value()) {
        let bytes = encode(Code::Print, Some(&value), &EncodeRules::default()).unwrap();
        prop_assert!(bytes.is_ascii());
        prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&bytes[10..]).unwrap(), value);
    }

    #[test]
    fn no_json_text_is_too_strange_to_be_read(code in common::code(), value in common::json_value()) {
        let text = json!({ "data": value, "resultCode": value, "period": value }).to_string();
        let bytes = encode_json(code, Some(&text), &EncodeRules::default()).unwrap();
        let response = Response::decode(&read_with(&bytes, false, FrameRules::default())).unwrap();
        prop_assert_eq!(response.code, code);
        let again = response.encode(&EncodeRules::default()).unwrap();
        let again = Response::decode(&read_with(&again, false, FrameRules::default())).unwrap();
        prop_assert_eq!(again.body, response.body);
    }
}

#[test]
fn numbers_are_read_as_text_and_text_as_numbers_where_exact() {
    let (data, unreadable) = transaction(
        r#"{"approvalAmt":"0015000","taxAmt":1000.0,"tipAmt":"1e3","taxFreeAmt":2E+3,"pointAmt1":3e0,
            "pointAmt2":-123456789012345678,"pointAmt3":0007,"installment":"-0","approvalNo":30012345,
            "transactionDate":20240101,"ptxid":1.50}"#,
    );
    assert_eq!((data.approval_amt, data.tax_amt, data.tip_amt), (Some(15_000), Some(1_000), Some(1_000)));
    assert_eq!((data.tax_free_amt, data.point_amt1), (Some(2_000), Some(3)));
    assert_eq!((data.point_amt2, data.point_amt3), (Some(-123_456_789_012_345_678), Some(7)));
    assert_eq!(data.installment, Some(0));
    assert_eq!(data.approval_no.as_deref(), Some("30012345"));
    assert_eq!(data.transaction_date.as_deref(), Some("20240101"));
    assert_eq!(data.ptxid.as_deref(), Some("1.50"));
    assert!(unreadable.is_empty() && data.extra.is_empty());
}

#[test]
fn what_is_no_exact_number_is_kept_and_named() {
    let (data, unreadable) = transaction(
        r#"{"approvalAmt":"1,000","taxAmt":99999999999999999999,"tipAmt":"","taxFreeAmt":1.5,"installment":[3],
            "approvalNo":{"a":1},"ptxid":"p"}"#,
    );
    assert_eq!(
        (data.approval_amt, data.tax_amt, data.tip_amt, data.tax_free_amt, data.installment),
        (None, None, None, None, None)
    );
    assert_eq!(unreadable, ["approvalAmt", "taxAmt", "tipAmt", "taxFreeAmt", "installment", "approvalNo"]);
    assert_eq!(data.extra.get("approvalAmt"), Some(&json!("1,000")));
    assert_eq!(data.extra.get("taxAmt"), Some(&json!("99999999999999999999")));
    assert_eq!(data.extra.get("tipAmt"), Some(&json!("")));
    assert_eq!(data.extra.get("taxFreeAmt"), Some(&json!("1.5")));
    assert_eq!(data.extra.get("approvalNo"), Some(&json!({"a": 1})));
    assert_eq!(data.ptxid.as_deref(), Some("p"));
}

#[test]
fn null_is_absent_and_empty_text_is_kept() {
    let (data, unreadable) = transaction(r#"{"approvalNo":"","approvalAmt":null,"ptxid":null}"#);
    assert_eq!(data.approval_no.as_deref(), Some(""));
    assert_eq!((data.approval_amt, data.ptxid.as_ref()), (None, None));
    assert!(unreadable.is_empty());
}

#[test]
fn unknown_fields_are_kept_at_both_levels() {
    let response = answer(
        Code::CardApproval,
        r#"{"resultCode":"0000","new":[1],"data":{"ptxid":"p","simulated":true}}"#,
    )
    .unwrap();
    assert_eq!(response.extra.get("new"), Some(&json!([1])));
    assert_eq!(response.transaction().unwrap().extra.get("simulated"), Some(&json!(true)));
    let list = answer(Code::DownloadCodes, r#"{"data":{"codeList":[{"code":"A","x":1}]}}"#).unwrap();
    let ResponseBody::Codes(codes) = list.body else { panic!("no codes") };
    assert_eq!(codes.code_list.as_ref().unwrap()[0].extra.get("x"), Some(&json!(1)));
}

#[test]
fn a_key_that_is_there_twice_must_agree_with_itself() {
    assert_eq!(transaction(r#"{"approvalAmt":1000,"approvalAmt":"1000.0"}"#).0.approval_amt, Some(1_000));
    for (data, field) in [
        (r#"{"approvalAmt":1000,"approvalAmt":1001}"#, "approvalAmt"),
        (r#"{"ptxid":"a","ptxid":"b"}"#, "ptxid"),
        (r#"{"ptxid":"a","ptxId":"b"}"#, "ptxid"),
        (r#"{"ptxid":"a","ptxid":null}"#, "ptxid"),
        (r#"{"ptxid":null,"ptxid":"a"}"#, "ptxid"),
        (r#"{"approvalAmt":"x","approvalAmt":1}"#, "approvalAmt"),
        (r#"{"approvalAmt":1,"approvalAmt":"x"}"#, "approvalAmt"),
        (r#"{"approvalAmt":"x","approvalAmt":"y"}"#, "approvalAmt"),
        (r#"{"new":1,"new":2}"#, "unknown field"),
        (r#"{"new":{"a":1,"a":2}}"#, "unknown field"),
    ] {
        assert_eq!(approval(data).err(), Some(DecodeError::Conflict(field)), "{data}");
    }
    for (json, conflict) in [
        (r#"{"resultCode":"0000","resultCode":"9999"}"#, true),
        (r#"{"resultCode":"0000","resultCode":"0000"}"#, false),
        (r#"{"data":{"ptxid":"a"},"data":{"ptxid":"b"}}"#, true),
        (r#"{"data":{"ptxid":"a"},"data":{"ptxid":"a"}}"#, false),
        (r#"{"data":{"ptxid":"a"},"data":null}"#, true),
        (r#"{"data":null,"data":{"ptxid":"a"}}"#, true),
    ] {
        let result = answer(Code::CardApproval, json);
        assert_eq!(matches!(result, Err(DecodeError::Conflict(_))), conflict, "{json}");
    }
}

#[test]
fn data_that_is_no_object_is_kept_and_named() {
    let response = answer(Code::CardApproval, r#"{"resultCode":"0000","data":"x"}"#).unwrap();
    assert_eq!(response.body, ResponseBody::Plain);
    assert_eq!(response.unreadable, ["data"]);
    assert_eq!(response.extra.get("data"), Some(&json!("x")));
    let confirm = answer(Code::Confirm, r#"{"resultCode":"0000","data":{"ptxid":"p"}}"#).unwrap();
    assert_eq!((confirm.ptxid(), confirm.unreadable.len()), (Some("p"), 0));
}

#[test]
fn the_last_transaction_is_whatever_it_was() {
    let read = |json| answer(Code::LastTransaction, json).unwrap();
    assert!(read("{}").is_blank());
    assert!(!read(r#"{"resultCode":"8888"}"#).is_blank());
    assert_eq!(read(r#"{"resultCode":"0000","data":{"ptxid":"p"}}"#).ptxid(), Some("p"));
    assert!(read(r#"{"resultCode":"0000","data":{}}"#).transaction().is_some());
    let slip = read(r#"{"resultCode":"0000","data":{"refundSerial":"1","buyerName":"KIM"}}"#);
    assert_eq!(slip.tax_refund().unwrap().refund_serial.as_deref(), Some("1"));
    // In doubt it is a transaction.
    assert!(read(r#"{"data":{"refundSerial":"1","ptxid":"p"}}"#).transaction().is_some());
    // Fields beside the result, without data.
    let flat = read(r#"{"resultCode":"0000","ptxid":"p","approvalNo":"1","approvalAmt":"x","new":1}"#);
    assert_eq!(flat.transaction().unwrap().approval_no.as_deref(), Some("1"));
    assert_eq!((flat.ptxid(), flat.unreadable.as_slice()), (Some("p"), &["approvalAmt"][..]));
    assert_eq!(flat.extra.get("new"), Some(&json!(1)));
    let flat = read(r#"{"resultCode":[1],"refundSerial":"1"}"#);
    assert!(flat.tax_refund().is_some());
    assert_eq!(flat.unreadable, ["resultCode"]);
    // Only for 990001: elsewhere a field beside data is unknown.
    assert_eq!(answer(Code::CardApproval, r#"{"ptxid":"p"}"#).unwrap().body, ResponseBody::Plain);
}

#[test]
fn an_answer_can_be_read_under_another_code() {
    let json = r#"{"resultCode":"0000","data":{"refundSerial":"1"}}"#;
    let bytes = encode_json(Code::Print, Some(json), &EncodeRules::default()).unwrap();
    let frame = read_with(&bytes, false, FrameRules::default());
    let response = Response::decode_as(Code::TaxRefundInquiry, &frame).unwrap();
    assert!(response.tax_refund().is_some());
}

#[test]
fn half_surrogates_and_control_characters_are_read() {
    let (data, _) = transaction("{\"approvalNo\":\"\\ud800x\\udc00\\ud83d\\ude00\",\"ptxid\":\"a\tb\"}");
    assert_eq!(data.approval_no.as_deref(), Some("\u{fffd}x\u{fffd}\u{1f600}"));
    assert_eq!(data.ptxid.as_deref(), Some("a\tb"));
    for broken in
        [r#"{"ptxid":"\x"}"#, r#"{"ptxid":"\u12"}"#, r#"{"ptxid":"\u+123"}"#, r#"{"approvalAmt":1.}"#]
    {
        assert_eq!(approval(broken).err(), Some(DecodeError::NotJson), "{broken}");
    }
}

#[test]
fn an_answer_without_a_body_is_no_answer() {
    let mut decoder = FrameDecoder::for_answers(FrameRules::default());
    decoder.push(b"0006980001");
    let frame = decoder.release_held().unwrap();
    assert_eq!(Response::decode(&frame).err(), Some(DecodeError::NoBody));
}

#[test]
fn a_request_needs_its_fields() {
    let full = r#"{"approvalAmt":"1000","approvalNo":1,"transactionDate":"d","transactionNo":"n","ptxid":"p","x":[]}"#;
    let Ok(Request::CardCancellation(request)) = ask(Code::CardCancellation, full) else { panic!("unread") };
    assert_eq!((request.approval_amt, &*request.approval_no), (1_000, "1"));
    assert_eq!(
        ask(Code::CardCancellation, r#"{"approvalAmt":1000}"#),
        Err(DecodeError::Missing("approvalNo"))
    );
    assert_eq!(
        ask(Code::CardCancellation, &full.replace("\"1000\"", "\"1,000\"")),
        Err(DecodeError::Unreadable("approvalAmt"))
    );
    assert_eq!(
        ask(Code::CardCancellation, &full.replace("\"x\":[]", "\"ptxid\":\"q\"")),
        Err(DecodeError::Conflict("ptxid"))
    );
    assert_eq!(ask(Code::Other(*b"123456"), "{}"), Err(DecodeError::UnknownCode(Code::Other(*b"123456"))));
    assert_eq!(ask(Code::Confirm, "{}"), Ok(Request::Confirm));
    assert_eq!(
        ask(
            Code::Print,
            r#"{"fontFamily":"f","alert":true,"commands":[{"command":"left","message":["a"]}]}"#
        ),
        Err(DecodeError::Unreadable("commands"))
    );
    assert_eq!(ask(Code::Print, r#"{"fontFamily":"f","alert":true}"#), Err(DecodeError::Missing("commands")));
    let slip = ask(Code::TaxRefundInquiry, r#"{"taxRefundSerial":"1","isPrint":true,"ptxid":"p"}"#).unwrap();
    let Request::TaxRefundInquiry(slip) = slip else { panic!("no inquiry") };
    assert_eq!((&*slip.is_print, &*slip.ptxid), ("true", "p"));
}

#[test]
fn a_body_that_does_not_fit_is_refused_with_its_size() {
    let print = |characters: usize| {
        Request::Print(PrintRequest {
            font_family: "f".into(),
            alert: false,
            commands: vec![PrintCommand::Left { font_size: 10, message: ["가".repeat(characters)] }],
        })
    };
    let frame =
        |characters, text, length| print(characters).encode(&EncodeRules { text, length, placeholder: None });
    let exact = |size: usize| encode_json(Code::Print, Some(&"x".repeat(size)), &EncodeRules::default());
    assert!(exact(MAX_BODY).unwrap().starts_with(b"9999900091x"));
    assert!(exact(MAX_BODY + 1).is_err());
    assert!(frame(1_600, SendText::Escaped, LengthRule::Bytes).is_ok());
    let error = frame(1_700, SendText::Escaped, LengthRule::Bytes).unwrap_err();
    let EncodeError::TooLong { code: Code::Print, size, limit: 9_993 } = error else { panic!("{error:?}") };
    assert!(size > 1_700 * 6);
    assert!(error.to_string().contains(&size.to_string()) && error.to_string().contains("9993"), "{error}");
    // In another dialect the same text is shorter.
    assert!(frame(3_000, SendText::Utf8, LengthRule::Bytes).is_ok());
    assert!(frame(3_500, SendText::Utf8, LengthRule::Bytes).is_err());
    assert!(frame(4_900, SendText::Cp949, LengthRule::Bytes).is_ok());
    assert!(frame(9_000, SendText::Utf8, LengthRule::Characters).is_ok());
    let placeholder = EncodeRules { placeholder: Some(9_999), ..EncodeRules::default() };
    assert!(print(10_000).encode(&placeholder).unwrap().starts_with(b"9999900091{"));
}

#[test]
fn every_code_has_its_digits_and_names() {
    for code in Code::KNOWN {
        assert_eq!(code.as_str().parse::<Code>(), Ok(*code));
        assert_eq!(code.to_string(), code.as_str());
        assert!(!code.name().is_empty() && !code.korean_name().is_ascii());
    }
    let money: Vec<_> = Code::KNOWN.iter().filter(|code| code.is_money()).map(Code::as_str).collect();
    assert_eq!(money, ["010010", "010020", "030010", "030020", "070010", "070020", "050010", "050020"]);
    assert_eq!("123456".parse(), Ok(Code::Other(*b"123456")));
    for text in ["", "12345", "1234567", "12345x", "１２３４５６"] {
        assert_eq!(text.parse::<Code>(), Err(NotACode), "{text}");
    }
    assert_eq!(Code::CardApproval.korean_name(), "신용승인");
}
