//! What no receipt does, whatever is asked of it.

mod approvals;

use approvals::{approval, outcome, shop};
use danmal::receipt::Receipt;
use danmal::receipt::preview::preview_text;
use danmal_model::{
    Amounts, ErrorCode, Kind, Language, Outcome, ReceiptCopy, ReceiptItem, ReceiptOptions, Shop,
};
use serde_json::{Value, json};

/// What is printed, without the blanks of the layout.
fn printed(receipt: &Receipt) -> String {
    preview_text(&receipt.paper().unwrap(), 200).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn every_option() -> Vec<ReceiptOptions> {
    let mut all = Vec::new();
    for language in [Language::Korean, Language::English] {
        for copy in [ReceiptCopy::Customer, ReceiptCopy::Merchant] {
            for personal in [false, true] {
                all.push(ReceiptOptions {
                    language,
                    copy,
                    personal,
                    shop: shop(),
                    reprint: true,
                    logo: true,
                    ..ReceiptOptions::default()
                });
            }
        }
    }
    all
}

fn every_outcome(simulated: bool) -> Vec<Outcome> {
    let about = |more: Value| {
        let Value::Object(mut more) = more else { panic!("an object") };
        more.insert("simulated".into(), simulated.into());
        Value::Object(more)
    };
    let seen = approval(json!({ "simulated": simulated }));
    let mut all: Vec<Outcome> = Kind::ALL
        .iter()
        .map(|kind| {
            Outcome::Approved(Box::new(approval(
                json!({ "operation": kind, "simulated": simulated, "slip": { "refundSerial": "1" } }),
            )))
        })
        .collect();
    all.push(outcome("declined", about(json!({ "code": "8350", "message": "한도초과" }))));
    all.push(outcome(
        "aborted",
        about(json!({ "by": "terminal", "cancelRequested": true, "message": "사용자 취소" })),
    ));
    all.push(outcome("notPerformed", about(json!({ "reason": "terminalSilent" }))));
    all.push(outcome("reversed", about(json!({ "code": "9", "message": "", "approval": seen }))));
    all.push(outcome(
        "unknown",
        about(json!({ "why": "notProven", "resolving": "byItself", "approval": seen })),
    ));
    all
}

#[test]
fn play_money_is_said_at_the_top_and_at_the_bottom_of_every_paper() {
    for outcome in every_outcome(true) {
        for options in every_option() {
            let language = options.language;
            let paper = Receipt::of_outcome(&outcome).options(options).paper().unwrap();
            let text = preview_text(&paper, 40);
            let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
            let all_of_it = |line: &str| line.split_whitespace().all(|word| word == "모의");
            assert!(all_of_it(lines[0]), "{text}");
            assert_eq!(lines[1], "모의 결제 - 실제 승인 아님");
            let sentences = if language == Language::English { 2 } else { 1 };
            let bottom = &lines[lines.len() - 2 - sentences..];
            assert!(all_of_it(bottom[0]), "{text}");
            assert_eq!(bottom[1], "모의 결제 - 실제 승인 아님");
            assert_eq!(text.contains("PLAY MONEY - not a real approval"), language == Language::English);
        }
    }
}

#[test]
fn real_money_is_never_called_play_money() {
    for outcome in every_outcome(false) {
        for options in every_option() {
            let text = printed(&Receipt::of_outcome(&outcome).options(options));
            assert!(!text.contains("모의") && !text.contains("PLAY"), "{text}");
        }
    }
}

#[test]
fn only_an_approval_gives_a_receipt() {
    for outcome in every_outcome(false) {
        let receipt = Receipt::of_outcome(&outcome);
        let text = printed(&receipt);
        let approved = matches!(outcome, Outcome::Approved(_));
        assert_eq!(receipt.is_receipt(), approved);
        assert_eq!(text.contains("영수증이 아닙니다"), !approved, "{text}");
        assert_eq!(text.contains("결과 미확인"), matches!(outcome, Outcome::Unknown(_)), "{text}");
        for sold in ["매출전표", "합계", "일시불"] {
            assert!(approved || !text.contains(sold), "{text}");
        }
    }
}

#[test]
fn what_was_seen_of_an_unknown_operation_is_called_unproven() {
    let unknown = outcome(
        "unknown",
        json!({ "why": "confirmPending", "resolving": "byItself", "approval": approval(json!({})) }),
    );
    let text = printed(&Receipt::of_outcome(&unknown));
    assert!(text.contains("승인번호 (미확인) 30012345"), "{text}");
    assert!(text.contains("금액 (미확인) 15,000원"), "{text}");
    assert!(text.contains("다시 결제하지"), "{text}");
}

#[test]
fn no_card_number_is_printed_whatever_the_terminal_put_into_its_field() {
    let sale = approval(json!({
        "maskedCard": "4330123456781234=25121010000012300000",
        "extra": { "track2": "4330123456781234" },
    }));
    for options in every_option() {
        let text = printed(&Receipt::of(&sale).options(options)).replace('-', "");
        assert!(text.contains("433012******1234"), "{text}");
        assert!(!text.contains("4330123456781234") && !text.contains("2512101"), "{text}");
    }
}

#[test]
fn a_slip_names_no_person_unless_it_is_asked_to() {
    let slip = json!({ "buyerName": "JOHN DOE", "buyerCountry": "USA", "passportSerial": "M12345678" });
    let issued = approval(json!({ "operation": "taxRefundIssue", "slip": slip }));
    for options in every_option() {
        let personal = options.personal;
        let text = printed(&Receipt::of(&issued).options(options));
        for word in ["JOHN DOE", "USA", "M12345678"] {
            assert_eq!(text.contains(word), personal, "{text}");
        }
    }
}

#[test]
fn foreign_text_cannot_break_a_receipt() {
    let foreign = "\u{1b}[31m\u{202e}\n가\u{0}".repeat(60);
    let sale = approval(json!({
        "approvalNo": foreign, "transactionNo": foreign, "transactionDate": foreign, "merchantCode": foreign,
        "issuerName": foreign, "acquirerName": foreign, "issuerCode": foreign, "order": foreign,
        "serviceCode": foreign, "receiptTitle": foreign, "traderType": foreign,
        "installment": i64::MIN, "requested": i64::MIN, "approvalAmt": i64::MIN, "taxAmt": i64::MAX,
        "tipAmt": i64::MIN, "points": [i64::MIN, i64::MAX, 0],
        "slip": { "refundBalance": i64::MIN, "refundDate": foreign, "refundTime": foreign,
                  "resMessage": foreign, "resMessageTaxrefund": foreign, "buyerName": foreign },
        "alarms": [{ "alarm": "amountDiffers", "field": "approvalAmt", "asked": 1, "answered": i64::MIN },
                   { "alarm": "assumptionBroken", "assumption": foreign }],
    }));
    for kind in Kind::ALL {
        let mut sale = sale.clone();
        sale.operation = kind;
        for options in every_option() {
            let options = ReceiptOptions { items: vec![ReceiptItem::new("빵", 1, 1_000)], ..options };
            Receipt::of(&sale).options(options).paper().unwrap();
        }
    }
    let about = json!({ "operation": "cardApproval", "why": "notProven", "resolving": "operator",
                        "seenCode": foreign, "seenMessage": foreign, "approval": sale,
                        "code": foreign, "message": foreign });
    for kind in ["unknown", "declined", "reversed"] {
        Receipt::of_outcome(&outcome(kind, about.clone())).paper().unwrap();
    }
}

#[test]
fn a_message_that_holds_a_card_number_is_masked() {
    let declined = outcome("declined", json!({ "code": "1", "message": "카드 4330123456781234 거절" }));
    let text = printed(&Receipt::of_outcome(&declined));
    assert!(text.contains("카드 **************** 거절"), "{text}");
}

#[test]
fn the_shops_own_business_stays_on_its_copy() {
    let refused = outcome(
        "notPerformed",
        json!({ "reason": "heldByAnotherTill", "holder": "pid 77, /home/shop/till.db" }),
    );
    let receipt = Receipt::of_outcome(&refused);
    assert!(!printed(&receipt).contains("till.db"));
    assert!(printed(&receipt.copy(ReceiptCopy::Merchant)).contains("till.db"));
}

#[test]
fn the_amount_is_all_that_was_paid_even_where_the_terminal_answers_the_net_price() {
    let net = approval(json!({ "approvalAmt": 13_636 }));
    let customer = printed(&Receipt::of(&net));
    assert!(customer.contains("합계 15,000원") && customer.contains("공급가액 13,636원"), "{customer}");
    let merchant = printed(&Receipt::of(&net).copy(ReceiptCopy::Merchant));
    assert!(merchant.contains("승인금액 원문 13,636"), "{merchant}");
}

#[test]
fn a_missing_date_becomes_the_moment_the_outcome_was_known() {
    let sale = approval(json!({ "transactionDate": "" }));
    assert!(printed(&Receipt::of(&sale)).contains("거래일시 2024-01-31 15:30:45"));
}

#[test]
fn contradictions_are_refused_by_name() {
    let sale = approval(json!({}));
    let cancellation = approval(json!({ "operation": "cardCancellation" }));
    let parts = |amount, tax| Amounts { amount, tax, tip: 0, tax_free: 0 };
    for (receipt, field, code) in [
        (Receipt::of(&sale).parts(parts(14_999, 0)), "parts.amount", ErrorCode::InvalidAmount),
        (Receipt::of(&sale).parts(parts(15_000, 1_000)), "parts", ErrorCode::InvalidAmount),
        (Receipt::of(&sale).parts(parts(15_000, -1)), "parts.tax", ErrorCode::InvalidAmount),
        (Receipt::of(&sale).cancels(sale.reference()), "original", ErrorCode::InvalidSetting),
        (Receipt::of(&sale).item("빵", 0, 1), "items[0].quantity", ErrorCode::InvalidAmount),
        (Receipt::of(&sale).shop(Shop::new("가\n")), "shop.name", ErrorCode::InvalidText),
        (Receipt::of(&sale).footer("\u{7}"), "footer[0]", ErrorCode::InvalidText),
    ] {
        let error = receipt.paper().unwrap_err();
        assert_eq!((error.field.as_deref(), error.code), (Some(field), code), "{error}");
    }
    Receipt::of(&sale).parts(parts(15_000, 1_364)).paper().unwrap();
    Receipt::of(&cancellation).cancels(sale.reference()).paper().unwrap();
}

#[test]
fn a_long_receipt_is_printed_in_several_parts() {
    let sale = approval(json!({ "simulated": true }));
    let items = (0..300).map(|at| ReceiptItem::new(format!("품목 번호 {at}"), 2, 1_000));
    let paper = Receipt::of(&sale).items(items).paper().unwrap();
    let parts = paper.split().unwrap();
    assert!(parts.len() > 1);
    let joined = parts.into_iter().reduce(danmal_model::Paper::then).unwrap();
    assert_eq!(joined, paper);
}
