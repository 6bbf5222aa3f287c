//! Nothing that was sent is printed by `Debug`, an error or what was learnt.

mod common;

use danmal_model::FrameRules;
use danmal_wire::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const CANARY: &str = "4330123456781234";

/// Puts the canary into every text and every number of a value, and into a key.
fn poison(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(poison);
            map.insert(CANARY.to_owned(), json!(CANARY));
            map.insert("deep".to_owned(), json!([{ CANARY: [CANARY, 4_330_123_456_781_234_i64] }]));
        }
        Value::Array(values) => values.iter_mut().for_each(poison),
        Value::String(text) => *text = CANARY.to_owned(),
        Value::Number(_) => *value = json!(4_330_123_456_781_234_i64),
        Value::Null | Value::Bool(_) => {}
    }
}

fn clean(what: &str, shown: &str) {
    assert!(!shown.contains("433012") && !shown.contains("781234"), "{what} shows {shown}");
}

#[test]
fn no_message_of_the_catalogue_prints_what_it_holds() {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../../tests/vectors/catalogue.json")).unwrap();
    let mut read = 0;
    for vector in &vectors {
        let name = vector["name"].as_str().unwrap();
        let code: Code = vector["code"].as_str().unwrap().parse().unwrap();
        let mut json = vector["json"].clone();
        if json.is_null() {
            continue;
        }
        poison(&mut json);
        if json["commands"].is_array() {
            // A command whose word is not known could not be read at all.
            json["commands"] = json!([{"command": "text2", "fontSize": 20, "message": [CANARY, CANARY]}]);
        }
        let bytes = encode(code, Some(&json), &EncodeRules::default()).unwrap();
        clean(name, &format!("{bytes:?}"));
        let request = vector["direction"] == "request";
        let mut decoder = if request {
            FrameDecoder::for_requests(FrameRules::default())
        } else {
            FrameDecoder::for_answers(FrameRules::default())
        };
        decoder.push(&bytes[..bytes.len() - 1]);
        assert!(decoder.next().is_none());
        clean(name, &format!("{decoder:?} {}", decoder.learnt()));
        decoder.push(&bytes[bytes.len() - 1..]);
        let frame = decoder.next().unwrap().unwrap();
        clean(name, &format!("{frame:?} {frame:#?}"));
        if request {
            let request = Request::decode(&frame).unwrap();
            clean(name, &format!("{request:?} {request:#?}"));
        } else {
            let response = Response::decode(&frame).unwrap();
            clean(name, &format!("{response:?} {response:#?}"));
        }
        read += 1;
    }
    assert!(read > 40, "{read}");
}

#[test]
fn a_debug_still_says_what_is_there() {
    let response = Response::new(Code::CardApproval, "0000", "승인").with_transaction(TransactionData {
        approval_no: Some("1".into()),
        ptxid: Some("p".into()),
        ..TransactionData::default()
    });
    let shown = format!("{response:?}");
    assert!(
        shown.contains("CardApproval") && shown.contains("TransactionData{approvalNo, ptxid}"),
        "{shown}"
    );
    assert_eq!(format!("{:?}", WireText::from("abc")), "‹3 bytes›");
}

#[test]
fn errors_name_fields_and_nothing_else() {
    for json in [
        format!(r#"{{"{CANARY}":1,"{CANARY}":2}}"#),
        format!(r#"{{"resultCode":"{CANARY}","resultCode":"x"}}"#),
        format!(r#"{{"resultCode":"{CANARY}\x"}}"#),
        format!(r#"{{"data":{{"approvalAmt":"{CANARY}","approvalAmt":1}}}}"#),
    ] {
        let bytes = encode_json(Code::CardApproval, Some(&json), &EncodeRules::default()).unwrap();
        let mut decoder = FrameDecoder::for_answers(FrameRules::default());
        decoder.push(&bytes);
        let frame = decoder.next().unwrap().unwrap();
        let error = Response::decode(&frame).unwrap_err();
        clean(&json, &format!("{error} {error:?}"));
        let error = Request::decode(&frame).unwrap_err();
        clean(&json, &format!("{error} {error:?}"));
    }
    let mut decoder = FrameDecoder::for_answers(FrameRules::default());
    decoder.push(format!("{CANARY}{{\"a\":{CANARY}x").as_bytes());
    while let Some(item) = decoder.next() {
        clean("garbage", &format!("{item:?}"));
    }
    clean("garbage", &format!("{decoder:?}"));
}

proptest! {
    #[test]
    fn no_text_of_a_message_is_printed(request in common::request(), response in common::response()) {
        // Every text that is drawn here ends up in a field; Hangul stands in none of our own names.
        let shown = format!("{request:?} {response:?}");
        prop_assert!(!shown.chars().any(|c| ('가'..='힣').contains(&c)), "{}", shown);
    }
}
