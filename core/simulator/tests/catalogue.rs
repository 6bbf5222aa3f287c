//! Every message of the vendor's catalogue, as bytes.

mod common;

use common::{Answer, PTXID, Rig, cancellation, frame, millis, sale, seconds};
use danmal_simulator::{Event, Happened, Screen, Settings, State};
use serde_json::{Value, json};

fn approved(rig: &mut Rig) -> Answer {
    rig.answers().pop().filter(|answer| answer.result() == "0000").expect("an approval")
}

#[test]
fn a_sale_from_10_000_won_asks_for_a_signature() {
    let mut rig = Rig::new();
    rig.sale(15_000);
    let answers = rig.answers();
    let codes: Vec<_> = answers.iter().map(|answer| (answer.code.as_str(), answer.result())).collect();
    assert_eq!(codes, [("010010", "0010"), ("010010", "0000")]);
    let [wait, approval] = &answers[..] else { panic!() };
    assert_eq!(wait.body["resultMessage"], "서명대기");
    assert_eq!(wait.body["data"], json!({"ptxid": PTXID}));
    assert_eq!((wait.at, approval.at), (millis(400), millis(1_200)));
    let data = &approval.body["data"];
    for (field, value) in [
        ("approvalNo", json!("30000001")),
        ("transactionNo", json!("000030000001")),
        ("approvalAmt", json!(15_000)),
        ("installment", json!(0)),
        ("transactionDate", json!("20261125120001")),
        ("ptxid", json!(PTXID)),
    ] {
        assert_eq!(data[field], value, "{field}");
    }
    for field in
        ["merchantCode", "maskedTrackData", "issuerCode", "issuerName", "acquirerCode", "acquirerName"]
    {
        assert!(data[field].is_string(), "{field}");
    }
    assert_eq!((rig.host.captured(PTXID), rig.host.net()), (1, 15_000));
}

#[test]
fn a_small_sale_asks_for_none_and_parts_are_echoed() {
    let mut rig = Rig::new();
    let mut request = sale(PTXID, 9_999);
    request["taxAmt"] = json!(909);
    request["tipAmt"] = json!("90");
    request["installment"] = json!(3);
    rig.send("010010", request);
    rig.rest();
    let approval = rig.answer();
    let data = &approval.body["data"];
    assert_eq!(
        (&data["taxAmt"], &data["tipAmt"], &data["installment"]),
        (&json!(909), &json!(90), &json!(3))
    );
    assert_eq!(data["approvalAmt"], 9_999, "priceAmt is the total");
}

#[test]
fn every_answer_says_that_it_is_a_simulator() {
    let mut rig = Rig::new();
    for code in ["990001", "980001", "081008", "910021", "930021", "970021", "555555"] {
        assert_eq!(rig.question(code).body["simulator"], "danmal", "{code}");
    }
    rig.sale(500);
    assert_eq!(rig.answer().body["simulator"], "danmal");
    let settings = Settings::default();
    let history = danmal_simulator::History { yesterday: false, ..settings.history.clone() };
    let mut empty = Rig::with(Settings { history, ..settings }, Default::default());
    assert_eq!(empty.question("990001").body, json!({"simulator": "danmal"}));
}

#[test]
fn a_cancellation_takes_the_raw_fields_and_works_once() {
    for (approve, cancel, request) in [
        ("010010", "010020", sale("S", 15_000)),
        ("030010", "030020", {
            let mut easy = sale("S", 15_000);
            easy["serviceCode"] = json!("QRD");
            easy
        }),
    ] {
        let mut rig = Rig::new();
        rig.send(approve, request);
        rig.rest();
        let approval = approved(&mut rig);
        if approve == "030010" {
            assert_eq!(approval.data("serviceCode"), "QRD");
            assert_eq!(approval.data("pointAmt1"), 0);
        }
        rig.send(cancel, cancellation("C", &approval));
        rig.rest();
        let cancelled = approved(&mut rig);
        assert_eq!((cancelled.code.as_str(), cancelled.ptxid()), (cancel, "C"));
        assert_eq!(cancelled.data("approvalAmt"), 15_000);
        assert_eq!((rig.host.net(), rig.host.cancelled("S"), rig.host.captured("C")), (0, 1, 1));
        rig.send(cancel, cancellation("C2", &approval));
        rig.rest();
        let again = rig.answers().pop().unwrap();
        assert_eq!((again.result(), again.ptxid()), ("8351", "C2"));
        assert_eq!(again.body["data"], json!({"ptxid": "C2"}));
    }
}

#[test]
fn a_cancellation_of_what_was_never_approved_is_refused() {
    let mut rig = Rig::new();
    rig.sale(15_000);
    let mut wrong = approved(&mut rig);
    wrong.body["data"]["approvalAmt"] = json!(14_999);
    rig.send("010020", cancellation("C", &wrong));
    rig.rest();
    assert_eq!(rig.answers().pop().unwrap().result(), "8350");
    assert_eq!((rig.host.net(), rig.host.captured("C")), (15_000, 0));
    assert_eq!(rig.host.entries_of("C")[0].state, State::Declined);
}

#[test]
fn a_cash_receipt_is_issued_at_once_and_cancelled_with_its_number() {
    let mut rig = Rig::new();
    let receipt = |ptxid: &str, number: &str| {
        json!({"priceAmt": 5_000, "taxAmt": 0, "tipAmt": 0, "taxFreeAmt": 0, "traderType": "1",
               "approvalNumber": number, "ptxid": ptxid})
    };
    rig.send("070010", receipt("R", "01000000000"));
    assert_eq!(rig.terminal.screen(), Screen::HostPending, "the number came with the request");
    rig.rest();
    let issued = approved(&mut rig);
    assert_eq!((issued.data("traderType"), issued.data("receiptTitle")), (&json!("1"), &json!("현금영수증")));
    assert!(issued.data("issuerName").is_null());
    let cancel = |ptxid: &str, number: &str| {
        let mut cancel = cancellation(ptxid, &issued);
        cancel["traderType"] = json!("1");
        cancel["approvalNumber"] = json!(number);
        cancel
    };
    rig.send("070020", cancel("W", "01099999999"));
    rig.rest();
    assert_eq!(rig.answers().pop().unwrap().result(), "8350", "another customer's number");
    rig.send("070020", cancel("C", "01000000000"));
    rig.rest();
    assert_eq!(approved(&mut rig).code, "070020");
    assert_eq!((rig.host.captured("R"), rig.host.cancelled("R"), rig.host.net()), (1, 1, 0));
    rig.send("070010", receipt("K", ""));
    assert_eq!(rig.terminal.screen(), Screen::WaitingForCard, "the customer keys it in");
}

#[test]
fn the_reading_is_stopped_by_its_own_kind_alone() {
    for (request, own) in [("010010", "910021"), ("030010", "930021"), ("070010", "970021")] {
        let mut body = sale(PTXID, 500);
        body["serviceCode"] = json!("QRD");
        body["traderType"] = json!("1");
        body["approvalNumber"] = json!("");
        for stop in ["910021", "930021", "970021"] {
            let mut rig = Rig::new();
            rig.send(request, body.clone());
            rig.pass(millis(100));
            rig.ask(stop);
            let answers = rig.answers();
            let codes: Vec<_> = answers.iter().map(|a| (a.code.as_str(), a.result(), a.ptxid())).collect();
            if stop == own {
                assert_eq!(codes, [(stop, "0000", PTXID), (request, "9999", PTXID)]);
                assert_eq!(answers[1].body["resultMessage"], "사용자 취소");
                assert_eq!(rig.last(), ("9999".into(), PTXID.into()));
            } else {
                assert_eq!(codes, [(stop, "9991", PTXID)]);
                assert_eq!(answers[0].body["resultMessage"], "unable to proceed");
            }
            rig.rest();
            assert_eq!(rig.host.captured(PTXID), usize::from(stop != own));
        }
    }
    assert_eq!(Rig::new().question("910021").result(), "9991", "nothing to stop");
}

#[test]
fn an_abort_works_until_the_host_is_asked() {
    for (wait, expected) in [(100, "9999"), (700, "9999"), (1_100, "0001")] {
        let mut rig = Rig::new();
        rig.send("010010", sale(PTXID, 15_000));
        rig.pass(millis(wait));
        rig.got.clear();
        rig.ask("555555");
        let answers = rig.answers();
        assert_eq!((answers[0].code.as_str(), answers[0].result()), ("555555", expected));
        assert!(answers[0].body.get("data").is_none());
        let own = answers.get(1).map(|answer| (answer.code.as_str(), answer.result()));
        assert_eq!(own, (expected == "9999").then_some(("010010", "9999")));
        rig.rest();
        assert_eq!(rig.host.captured(PTXID), usize::from(expected == "0001"));
    }
    assert_eq!(Rig::new().question("555555").result(), "0001");
}

#[test]
fn a_second_money_request_finds_the_terminal_busy() {
    let mut rig = Rig::new();
    let first = rig.client;
    rig.send("010010", sale(PTXID, 500));
    rig.pass(millis(100));
    rig.connect();
    rig.send("010010", sale("SECOND", 500));
    let busy = rig.answer();
    assert_eq!((busy.result(), busy.ptxid()), ("0001", "SECOND"));
    assert_eq!(rig.last().1, "CPOS-00000000-0000-0000-0000-yesterday000", "a question is answered meanwhile");
    rig.send("900091", json!({"fontFamily": "f", "alert": true, "commands": []}));
    assert_eq!(rig.answer().result(), "0001");
    rig.rest();
    assert!(rig.answers().is_empty(), "the answer belongs to the first client");
    rig.client = first;
    assert_eq!((rig.host.captured(PTXID), rig.host.captured("SECOND")), (1, 0));
}

#[test]
fn the_last_transaction_is_shown_under_990001() {
    let mut rig = Rig::new();
    assert_eq!(rig.last().0, "0000", "that of the day before");
    rig.sale(15_000);
    let approval = approved(&mut rig);
    let last = rig.question("990001");
    assert_eq!((last.code.as_str(), &last.body), ("990001", &approval.body));
}

#[test]
fn the_confirmation_is_answered_without_data() {
    let answer = Rig::new().question("980001");
    assert_eq!((answer.code.as_str(), answer.result()), ("980001", "0000"));
    assert_eq!(answer.body["resultMessage"], "end of transmission");
    assert!(answer.body.get("data").is_none());
}

#[test]
fn totals_are_gross_and_by_day() {
    let mut rig = Rig::new();
    rig.sale(15_000);
    let first = approved(&mut rig);
    rig.send("010010", sale("B", 500));
    rig.rest();
    rig.send("010020", cancellation("C", &first));
    rig.rest();
    rig.got.clear();
    rig.send("050099", json!({"from": "20261125", "to": "20261125"}));
    let totals = rig.answer();
    assert_eq!((totals.result(), &totals.body["period"]), ("0000", &json!("20261125~20261125")));
    assert_eq!(totals.data("approved"), &json!({"count": 2, "price": 15_500, "issuer": 1}));
    assert_eq!(totals.data("canceled"), &json!({"count": 1, "price": 15_000, "issuer": 1}));
    rig.send("050099", json!({"from": "20261126", "to": "20261130"}));
    assert_eq!(rig.answer().data("approved"), &json!({"count": 0, "price": 0, "issuer": 0}));
}

#[test]
fn the_code_table_counts_wrong_as_the_sample_does() {
    let codes = Rig::new().question("081008");
    assert_eq!((codes.result(), codes.data("totalCount")), ("0000", &json!(0)));
    let list = codes.data("codeList").as_array().unwrap();
    assert_eq!(list.len(), 3);
    assert_eq!(
        list[2],
        json!({"code": "CASH", "codeName": "현금영수증", "groupCode": "", "groupCodeName": ""})
    );
}

#[test]
fn paper_is_kept_for_a_reader() {
    let mut rig = Rig::new();
    let commands = json!([
        {"command": "logo"}, {"command": "line"}, {"command": "cuttingLine"}, {"command": "br"},
        {"command": "left", "fontSize": 20, "message": ["왼쪽"]},
        {"command": "right", "fontSize": 20, "message": ["오른쪽"]},
        {"command": "text2", "fontSize": 10, "message": ["커피", "4,500"]},
        {"command": "text3", "fontSize": 10, "message": ["a", "b", "c"]},
    ]);
    rig.send("900091", json!({"fontFamily": "Noto Sans Korean", "alert": true, "commands": commands}));
    assert!(rig.got.is_empty());
    assert_eq!(rig.terminal.screen(), Screen::Printing);
    rig.rest();
    let answer = rig.answer();
    assert_eq!((answer.result(), answer.at), ("0000", millis(100)));
    assert!(answer.body.get("data").is_none());
    let paper = &rig.terminal.papers()[0];
    assert_eq!((paper.font_family.as_str(), paper.alert, paper.lines.len()), ("Noto Sans Korean", true, 8));
    assert_eq!(paper.lines[4], "왼쪽");
    assert_eq!(paper.lines[6], format!("커피{}4,500", " ".repeat(33)));
    assert!(!format!("{paper:?}").contains("왼쪽"));
    let print = json!({"fontFamily": "f", "alert": false, "commands": [{"command": "line"}]});
    rig.send("900091", print.clone());
    rig.send("900091", print);
    rig.send("010010", sale(PTXID, 500));
    rig.rest();
    let results: Vec<_> = rig.answers().iter().map(|a| (a.code.clone(), a.result().to_owned())).collect();
    let expected = [("900091", "0001"), ("900091", "0000"), ("010010", "0000")];
    assert_eq!(
        results,
        expected.map(|(code, result)| (code.to_owned(), result.to_owned())),
        "a sale goes on beside"
    );
}

#[test]
fn slips_of_every_shape() {
    let goods = ["dutyFreeStoreNumber", "message0", "taxrefundSerial"];
    let medical = ["facilitatorName", "cardAmount", "price", "resCode", "resMessageTaxrefund"];
    for (request, shape, other, refund) in [
        (
            json!({"taxRefundMode": "post", "paymentType": "card", "approvalAmt": 50_000, "salesSerial": 17, "ptxId": "T"}),
            &goods[..],
            &medical[..],
            3_000,
        ),
        (json!({"salesSerial": "17"}), &goods[..], &medical[..], 900),
        (
            json!({"checkIn": "261101", "checkOut": "261105", "salesSerial": "17"}),
            &goods[..],
            &medical[..],
            900,
        ),
        (
            json!({"cardAmount": 50_000, "cashAmount": 0, "etcAmount": 0, "salesSerial": "17", "facilitatorNumber": "1"}),
            &medical[..],
            &goods[..],
            3_000,
        ),
    ] {
        let mut rig = Rig::new();
        rig.send("050010", request);
        rig.rest();
        let slip = rig.answer();
        assert_eq!((slip.code.as_str(), slip.result()), ("050010", "0000"));
        assert!(shape.iter().all(|field| !slip.data(field).is_null()), "{slip:?}");
        assert!(other.iter().all(|field| slip.data(field).is_null()), "{slip:?}");
        assert!(slip.data("ptxid").is_null() && slip.data("ptxId").is_null());
        assert_eq!(slip.data("refundBalance"), refund);
        assert_eq!(rig.terminal.papers().len(), 1);
        let serial = slip.data("refundSerial").clone();
        let ask = |print: &str| json!({"taxRefundSerial": serial, "isPrint": print, "ptxId": "Q"});
        rig.send("900050", ask("false"));
        let shown = rig.answer();
        assert_eq!((shown.code.as_str(), &shown.body["data"]), ("900050", &slip.body["data"]));
        rig.send("050020", ask("true"));
        rig.rest();
        assert_eq!(rig.answer().result(), "0000");
        assert_eq!(rig.terminal.papers().len(), 2);
        rig.send("050020", ask("true"));
        rig.rest();
        assert_eq!(rig.answer().result(), "8361");
        rig.send("900050", ask("false"));
        assert_eq!(rig.answer().result(), "8361");
        assert_eq!(rig.host.entries()[0].state, State::Cancelled);
    }
}

#[test]
fn a_slip_is_found_by_either_number_and_stopped_by_555555_alone() {
    let mut rig = Rig::new();
    rig.send("900050", json!({"taxRefundSerial": "80103750224020100017", "isPrint": "false", "ptxId": "Q"}));
    assert_eq!(rig.answer().data("refundBalance"), 900, "the catalogue's example is one of yesterday");
    rig.send("900050", json!({"taxRefundSerial": "1", "isPrint": "false", "ptxId": "Q"}));
    let unknown = rig.answer();
    assert_eq!(unknown.result(), "8360");
    rig.send("050010", json!({"salesSerial": "17"}));
    rig.ask("910021");
    assert_eq!(rig.answer().result(), "9991");
    rig.ask("555555");
    let codes: Vec<_> = rig.answers().iter().map(|a| (a.code.clone(), a.result().to_owned())).collect();
    assert_eq!(codes, [("555555".into(), "9999".into()), ("050010".to_owned(), "9999".to_owned())]);
    assert!(rig.host.is_empty());
}

#[test]
fn the_signature_is_waited_for_thirty_seconds() {
    let mut rig = Rig::rules([danmal_simulator::When::request(danmal_simulator::Code::CardApproval)
        .then(danmal_simulator::Fault::NoSignature)]);
    rig.sale(500);
    let answers = rig.answers();
    assert_eq!(answers[0].result(), "0010");
    assert_eq!((answers[1].result(), &answers[1].body["resultMessage"]), ("9999", &json!("서명시간초과")));
    assert_eq!(answers[1].at - answers[0].at, seconds(30));
}

#[test]
fn what_cannot_be_read_is_refused_and_hurts_nobody() {
    let mut rig = Rig::new();
    for (code, body) in [
        ("010010", json!({"priceAmt": 500})),
        ("010010", json!({"priceAmt": "much", "ptxid": "X"})),
        ("010020", json!({})),
        (
            "900091",
            json!({"fontFamily": "f", "alert": true, "commands": [{"command": "text2", "message": ["one"]}]}),
        ),
        ("050099", json!({"from": 1})),
    ] {
        rig.send(code, body);
        let answer = rig.answer();
        assert_eq!((answer.code.as_str(), answer.result()), (code, "9990"));
    }
    rig.send("123456", json!({"a": 1}));
    assert_eq!(rig.answer().result(), "9990");
    for amount in [0, -500] {
        rig.send("010010", sale("X", amount));
        assert_eq!(rig.answer().result(), "8340");
    }
    assert!(rig.host.is_empty());
    rig.sale(500);
    assert_eq!(approved(&mut rig).ptxid(), PTXID);
}

#[test]
fn requests_come_in_any_pieces() {
    let request = frame("010010", &sale(PTXID, 500));
    for piece in [1, 7, request.len()] {
        let mut rig = Rig::new();
        for piece in request.chunks(piece) {
            rig.send_raw(piece);
        }
        rig.rest();
        assert_eq!(rig.answer().result(), "0000");
    }
    let mut rig = Rig::new();
    rig.send_raw(b"000699000100069900010006990001");
    assert_eq!(rig.answers().len(), 3);
}

#[test]
fn the_screen_and_the_events_tell_what_goes_on() {
    let mut rig = Rig::new();
    rig.terminal.watch(true);
    assert_eq!(rig.terminal.screen(), Screen::Idle);
    rig.sale(15_000);
    let mut events = Vec::new();
    while let Some(event) = rig.terminal.poll_event() {
        events.push(event);
    }
    let screens: Vec<Screen> = events
        .iter()
        .filter_map(|event| match &event.what {
            Happened::Screen(screen) => Some(*screen),
            _ => None,
        })
        .collect();
    assert_eq!(screens, [Screen::WaitingForCard, Screen::Signature, Screen::HostPending, Screen::Idle]);
    let text: Vec<String> = events.iter().map(Event::to_string).collect();
    assert!(text[0].contains("card approval") && text[0].contains(PTXID), "{text:?}");
    assert!(text.iter().any(|line| line.contains("captured 15000 won")), "{text:?}");
    assert!(!text.iter().any(|line| line.contains("433012")), "{text:?}");
}

#[test]
fn the_ledger_reads_well() {
    let mut rig = Rig::new();
    rig.sale(15_000);
    let line = rig.host.entries()[0].to_string();
    let expected =
        format!("20261125120001 card approval                     15000 30000001 captured  {PTXID}");
    assert_eq!(line, expected);
    let copy = rig.host.fork();
    rig.host.clear();
    assert_eq!((rig.host.len(), copy.len()), (0, 1));
    assert_eq!(serde_json::to_value(rig.terminal.settings()).unwrap()["pace"]["card"], Value::from("400ms"));
}
