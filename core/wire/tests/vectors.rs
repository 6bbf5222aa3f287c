//! Every message that the vendor's catalogue prints, both ways.

use danmal_model::{FrameMode, FrameRules, LengthRule, SendText};
use danmal_wire::{
    Code, EncodeRules, Frame, FrameDecoder, PrintCommand, Request, Response, ResponseBody,
    TaxRefundIssueRequest,
};
use serde_json::Value;

struct Vector {
    name: String,
    code: Code,
    request: bool,
    printed: String,
    frame: String,
    json: Value,
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../tests/vectors/catalogue.json");
    let list: Vec<Value> = serde_json::from_str(text).unwrap();
    let field = |vector: &Value, name: &str| vector[name].as_str().unwrap().to_owned();
    list.iter()
        .map(|vector| Vector {
            name: field(vector, "name"),
            code: field(vector, "code").parse().unwrap(),
            request: field(vector, "direction") == "request",
            printed: field(vector, "printed"),
            frame: field(vector, "frame"),
            json: vector["json"].clone(),
        })
        .collect()
}

fn named(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name == name).unwrap_or_else(|| panic!("no vector {name}"))
}

impl Vector {
    fn decode(&self, bytes: &[u8], rules: FrameRules) -> Frame {
        let mut decoder =
            if self.request { FrameDecoder::for_requests(rules) } else { FrameDecoder::for_answers(rules) };
        decoder.push(bytes);
        let frame = decoder.next().unwrap_or_else(|| panic!("{}: no frame", self.name)).unwrap();
        assert!(decoder.next().is_none() && decoder.is_idle(), "{}", self.name);
        frame
    }

    fn response(&self) -> Response {
        Response::decode(&self.decode(self.printed.as_bytes(), FrameRules::default())).unwrap()
    }

    fn request(&self) -> Request {
        Request::decode(&self.decode(self.printed.as_bytes(), FrameRules::default())).unwrap()
    }
}

#[test]
fn every_frame_is_read_as_printed_and_as_it_should_be() {
    for vector in vectors() {
        for bytes in [&vector.printed, &vector.frame] {
            let frame = vector.decode(bytes.as_bytes(), FrameRules::default());
            assert_eq!(frame.code(), vector.code, "{}", vector.name);
            let json = frame.text().map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
            assert_eq!(json, vector.json, "{}", vector.name);
            assert_eq!(frame.wire_bytes(), bytes.len(), "{}", vector.name);
        }
        let strict = FrameRules { mode: FrameMode::Strict, ..FrameRules::default() };
        assert!(
            vector.decode(vector.frame.as_bytes(), strict).facts().fits(LengthRule::Bytes),
            "{}",
            vector.name
        );
    }
}

#[test]
fn every_message_is_written_byte_by_byte_as_it_was_read() {
    for vector in vectors() {
        for bytes in [&vector.printed, &vector.frame] {
            let frame = vector.decode(bytes.as_bytes(), FrameRules::default());
            let written = if vector.request {
                Request::decode(&frame).unwrap().encode(&EncodeRules::default())
            } else {
                Response::decode(&frame).unwrap().encode(&EncodeRules::default())
            };
            assert_eq!(std::str::from_utf8(&written.unwrap()).unwrap(), vector.frame, "{}", vector.name);
        }
    }
}

#[test]
fn every_dialect_carries_the_same_message() {
    for vector in vectors() {
        let frame = vector.decode(vector.frame.as_bytes(), FrameRules::default());
        for text in [SendText::Escaped, SendText::Utf8, SendText::Cp949] {
            for length in LengthRule::COUNTING {
                let rules = EncodeRules { text, length, placeholder: None };
                let strict =
                    FrameRules { mode: FrameMode::Strict, length_counts: length, ..FrameRules::default() };
                if vector.request {
                    let request = Request::decode(&frame).unwrap();
                    let bytes = request.encode(&rules).unwrap();
                    let read = Request::decode(&vector.decode(&bytes, strict)).unwrap();
                    assert_eq!(read, request, "{} {rules:?}", vector.name);
                } else {
                    let response = Response::decode(&frame).unwrap();
                    let bytes = response.encode(&rules).unwrap();
                    let read = Response::decode(&vector.decode(&bytes, strict)).unwrap();
                    assert_eq!(read, response, "{} {rules:?}", vector.name);
                }
            }
        }
    }
}

#[test]
fn nothing_of_the_catalogue_is_left_over() {
    for vector in vectors().iter().filter(|vector| !vector.request) {
        let response = vector.response();
        assert!(response.extra.is_empty() && response.unreadable.is_empty(), "{}", vector.name);
        match &response.body {
            ResponseBody::Transaction(data) => assert!(data.extra.is_empty(), "{}", vector.name),
            ResponseBody::TaxRefund(data) => assert!(data.extra.is_empty(), "{}", vector.name),
            ResponseBody::Totals(data) => assert!(data.extra.is_empty(), "{}", vector.name),
            ResponseBody::Codes(data) => assert!(data.extra.is_empty(), "{}", vector.name),
            ResponseBody::Stopped { extra, .. } => assert!(extra.is_empty(), "{}", vector.name),
            ResponseBody::Plain => assert!(vector.json.get("data").is_none(), "{}", vector.name),
        }
    }
}

#[test]
fn the_signature_wait_is_told_from_an_answer() {
    for name in ["signature wait of 010010", "signature wait of 010020", "signature wait under its own code"]
    {
        let response = named(name).response();
        assert!(response.is_signature_wait(), "{name}");
        assert_eq!(response.ptxid(), Some("string"), "{name}");
    }
    let timeout = named("signature timeout of 010010").response();
    assert!(!timeout.is_signature_wait());
    assert_eq!((&*timeout.result_code, &*timeout.result_message), ("9999", "서명시간초과"));
}

#[test]
fn the_fields_are_where_they_belong() {
    let stopped = named("stop card done").response();
    assert_eq!(stopped.ptxid(), Some("CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1a"));
    assert_eq!(stopped.result_message, "완료");

    assert!(named("last transaction, none").response().is_blank());

    let ResponseBody::Totals(totals) = named("sales totals answer").response().body else {
        panic!("no totals");
    };
    assert_eq!(totals.period.as_deref(), Some("string"));
    assert_eq!(totals.canceled.as_ref().and_then(|line| line.issuer), Some(0));

    let ResponseBody::Codes(codes) = named("code download answer").response().body else {
        panic!("no codes");
    };
    assert_eq!(codes.total_count, Some(0));
    let list = codes.code_list.as_deref().unwrap();
    assert_eq!(list.len(), 3);
    assert_eq!(list[2].code_name.as_deref(), Some("현금영수증"));
    assert_eq!(list[2].group_code.as_deref(), Some(""));

    let Request::Print(print) = named("print").request() else { panic!("no print") };
    assert!(print.alert);
    assert_eq!(print.commands.len(), 8);
    assert_eq!(
        print.commands[7],
        PrintCommand::Text3 { font_size: 10, message: ["one".into(), "two".into(), "three".into()] }
    );

    for (name, shape) in [
        ("tax-refund slip, T650P", "Slip"),
        ("tax-refund slip, medical", "Medical"),
        ("tax-refund slip, goods", "Goods"),
        ("tax-refund slip, hotel", "Hotel"),
    ] {
        let Request::TaxRefundIssue(request) = named(name).request() else { panic!("{name}") };
        let found = match request {
            TaxRefundIssueRequest::Slip(_) => "Slip",
            TaxRefundIssueRequest::Medical(_) => "Medical",
            TaxRefundIssueRequest::Goods(_) => "Goods",
            TaxRefundIssueRequest::Hotel(_) => "Hotel",
        };
        assert_eq!(found, shape);
    }
    let medical = named("medical answer of 900050").response();
    let slip = medical.tax_refund().unwrap();
    assert_eq!(slip.res_message_taxrefund.as_deref(), Some("string"));
    assert_eq!((slip.price, slip.taxrefund_serial.as_ref()), (Some(0), None));
}

#[test]
fn an_inquiry_can_be_sent_as_a_cancellation() {
    let inquiry = named("tax-refund slip inquiry").request();
    assert!(matches!(inquiry, Request::TaxRefundInquiry(_)));
    let bytes = inquiry.encode_as(Code::TaxRefundCancellation, &EncodeRules::default()).unwrap();
    assert_eq!(std::str::from_utf8(&bytes).unwrap(), named("tax-refund slip inquiry as printed").frame);
}
