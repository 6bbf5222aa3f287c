//! What receipts look like. Each is compared with its files in `tests/receipts/`; `DANMAL_WRITE=1` writes
//! them anew.

mod approvals;

use std::path::Path;

use approvals::{approval, outcome, shop};
use danmal::receipt::Receipt;
use danmal::receipt::preview::{preview_svg, preview_text};
use danmal_model::{Amounts, Language, Paper, ReceiptCopy};
use serde_json::{Value, json};

/// Compares a paper as commands, text and picture.
fn golden(name: &str, receipt: &Receipt) {
    let paper = receipt.paper().unwrap();
    assert!(paper.split().unwrap().iter().all(|part| part.encoded_len() <= Paper::MAX_ENCODED));
    let mut json = serde_json::to_string_pretty(&paper).unwrap();
    json.push('\n');
    compare(&format!("{name}.json"), &json);
    compare(&format!("{name}.txt"), &preview_text(&paper, 34));
    compare(&format!("{name}.svg"), &preview_svg(&paper, 384));
}

fn compare(file: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/receipts").join(file);
    if std::env::var_os("DANMAL_WRITE").is_some() {
        std::fs::write(&path, now).unwrap();
        return;
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(before == now, "{file} differs; look at it, then write it with DANMAL_WRITE=1:\n{now}");
}

fn slip() -> Value {
    json!({
        "refundSerial": "80103750224020100017",
        "taxrefundSerial": "90103750224020100017",
        "refundDate": "20240201",
        "refundTime": "153045",
        "refundBalance": 4_000,
        "resCode": "0000",
        "resMessage": "정상 처리",
        "buyerName": "JOHN DOE",
        "buyerCountry": "USA",
        "passportSerial": "M12345678",
    })
}

#[test]
fn a_card_sale() {
    let sale = approval(json!({}));
    let receipt = Receipt::of(&sale)
        .shop(shop())
        .logo()
        .item("아메리카노", 2, 4_500)
        .item("치즈케이크", 1, 6_500)
        .item("할인", 1, -500)
        .footer("이용해 주셔서 감사합니다");
    golden("card-sale", &receipt);
    golden("card-sale-merchant", &receipt.clone().copy(ReceiptCopy::Merchant).reprint());
    golden("card-sale-english", &receipt.language(Language::English));
}

#[test]
fn a_card_sale_by_instalments_with_tip_and_tax_free_part() {
    let sale = approval(json!({
        "requested": 1_250_000, "approvalAmt": 1_250_000, "taxAmt": 100_000, "tipAmt": 50_000,
        "taxFreeAmt": 100_000, "installment": 3,
    }));
    golden(
        "instalments",
        &Receipt::of(&sale)
            .shop(shop())
            .item("아주 긴 이름을 가진 한정판 가정용 에스프레소 머신 세트", 1, 1_200_000)
            .item("원두", 10, 10_000),
    );
}

#[test]
fn play_money() {
    let sale = approval(json!({ "simulated": true }));
    golden("play-money", &Receipt::of(&sale).shop(shop()));
    golden("play-money-english", &Receipt::of(&sale).shop(shop()).language(Language::English));
}

#[test]
fn a_cancellation() {
    let sale = approval(json!({}));
    let cancellation = approval(json!({
        "operation": "cardCancellation", "approvalNo": "30012399", "transactionNo": "202402010001",
        "transactionDate": "240201090000", "order": null,
    }));
    golden(
        "cancellation",
        &Receipt::of(&cancellation)
            .shop(shop())
            .cancels(sale.reference())
            .item("아메리카노", 2, 4_500)
            .item("치즈케이크", 1, 6_500)
            .item("할인", 1, -500),
    );
}

#[test]
fn easy_pay() {
    let sale = approval(json!({
        "operation": "easyPayApproval", "serviceCode": "QRD", "points": [500, 0, null], "maskedCard": null,
    }));
    golden("easy-pay", &Receipt::of(&sale).shop(shop()));
}

#[test]
fn cash_receipts() {
    let cash = |trader: &str| {
        approval(json!({
            "operation": "cashReceiptIssue", "traderType": trader, "receiptTitle": "현금(소득공제)",
            "maskedCard": "***********", "issuerName": "", "issuerCode": "", "acquirerName": "",
            "acquirerCode": "", "merchantCode": "", "transactionDate": "20240131",
        }))
    };
    golden("cash-receipt-deduction", &Receipt::of(&cash("1")).shop(shop()));
    golden("cash-receipt-expense", &Receipt::of(&cash("2")).shop(shop()).language(Language::English));
    let cancelled = approval(json!({
        "operation": "cashReceiptCancellation", "traderType": "1", "maskedCard": null, "installment": null,
    }));
    golden("cash-receipt-cancelled", &Receipt::of(&cancelled).shop(shop()).cancels(cash("1").reference()));
}

#[test]
fn tax_refund_slips() {
    let issued = |operation: &str| {
        approval(json!({
            "operation": operation, "slip": slip(), "approvalNo": "", "requested": 50_000,
            "approvalAmt": 50_000, "taxAmt": null, "maskedCard": null,
        }))
    };
    golden("tax-refund", &Receipt::of(&issued("taxRefundIssue")).shop(shop()));
    golden(
        "tax-refund-personal",
        &Receipt::of(&issued("taxRefundIssue")).shop(shop()).with_personal_data().language(Language::English),
    );
    golden("tax-refund-cancelled", &Receipt::of(&issued("taxRefundCancellation")).shop(shop()));
}

#[test]
fn another_amount_than_asked() {
    let sale = approval(json!({
        "approvalAmt": 14_000,
        "alarms": [{ "alarm": "amountDiffers", "field": "approvalAmt", "asked": 15_000, "answered": 14_000 }],
    }));
    golden("another-amount", &Receipt::of(&sale).shop(shop()));
}

#[test]
fn parts_that_the_terminal_was_not_told() {
    let sale = approval(json!({ "taxAmt": 0 }));
    let parts = Amounts { amount: 15_000, tax: 1_000, tip: 0, tax_free: 4_000 };
    golden("parts-of-the-till", &Receipt::of(&sale).shop(shop()).parts(parts));
}

#[test]
fn notes_that_are_no_receipt() {
    let at = "2024-01-31T06:30:45Z".parse().unwrap();
    let unknown = outcome(
        "unknown",
        json!({
            "why": "confirmPending", "resolving": "byItself", "approval": approval(json!({})),
            "seenCode": "0000", "seenMessage": "정상승인",
        }),
    );
    golden("interim-note", &Receipt::of_outcome(&unknown).shop(shop()).printed_at(at));
    let unknown = outcome(
        "unknown",
        json!({
            "operation": "cardCancellation", "simulated": true, "why": "noAnswer",
            "resolving": "operatorAfterFence",
        }),
    );
    golden(
        "interim-note-english",
        &Receipt::of_outcome(&unknown).shop(shop()).printed_at(at).language(Language::English),
    );
    let declined = outcome("declined", json!({ "code": "8350", "message": "한도초과" }));
    golden("declined", &Receipt::of_outcome(&declined).shop(shop()).printed_at(at));
    let reversed = outcome(
        "reversed",
        json!({
            "code": "9000", "message": "망취소", "approval": approval(json!({})),
        }),
    );
    golden("reversed", &Receipt::of_outcome(&reversed).shop(shop()).copy(ReceiptCopy::Merchant));
}
