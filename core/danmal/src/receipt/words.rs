//! Every word that danmal itself puts on a receipt, Korean and English.

use danmal_model::{Kind, Outcome, Purpose, Text};

pub(super) const PLAY_MONEY: Text =
    Text::fixed("모의 결제 - 실제 승인 아님", "PLAY MONEY - not a real approval");
/// On every simulated paper, whatever its language.
pub(super) const PLAY: &str = "모의";

pub(super) const CUSTOMER_COPY: Text = Text::fixed("[고객용]", "[Customer copy]");
pub(super) const MERCHANT_COPY: Text = Text::fixed("[가맹점용]", "[Merchant copy]");
pub(super) const REPRINT: Text = Text::fixed("[재발행]", "[Reprint]");

pub(super) const BUSINESS_NO: Text = Text::fixed("사업자번호", "Business no.");
pub(super) const OWNER: Text = Text::fixed("대표자", "Owner");
pub(super) const PHONE: Text = Text::fixed("전화", "Phone");

pub(super) const ITEM: Text = Text::fixed("품목", "Item");
pub(super) const QUANTITY: Text = Text::fixed("수량", "Qty");
pub(super) const PRICE: Text = Text::fixed("금액", "Won");
pub(super) const ITEMS_SUM: Text = Text::fixed("품목 합계", "Sum of items");

pub(super) const SUPPLY: Text = Text::fixed("공급가액", "Supply value");
pub(super) const TAX: Text = Text::fixed("부가세", "VAT");
pub(super) const TIP: Text = Text::fixed("봉사료", "Tip");
pub(super) const TAX_FREE: Text = Text::fixed("면세", "Tax-free");
pub(super) const POINTS: Text = Text::fixed("포인트", "Points");
pub(super) const TOTAL: Text = Text::fixed("합계", "Total");
pub(super) const CANCELLED_TOTAL: Text = Text::fixed("취소금액", "Cancelled");
pub(super) const ANSWERED_AMOUNT: Text = Text::fixed("승인금액 원문", "Amount as answered");

pub(super) const INSTALMENT: Text = Text::fixed("할부", "Instalment");
pub(super) const SINGLE: Text = Text::fixed("일시불", "single payment");

pub(super) const CARD: Text = Text::fixed("카드번호", "Card");
pub(super) const SERVICE: Text = Text::fixed("간편결제", "Easy pay");
pub(super) const IDENTIFIER: Text = Text::fixed("확인번호", "Identifier");
pub(super) const RECEIPT_TITLE: Text = Text::fixed("구분", "Type");
pub(super) const ISSUER: Text = Text::fixed("발급사", "Issuer");
pub(super) const ACQUIRER: Text = Text::fixed("매입사", "Acquirer");
pub(super) const MERCHANT: Text = Text::fixed("가맹점번호", "Merchant no.");
pub(super) const APPROVAL_NO: Text = Text::fixed("승인번호", "Approval no.");
pub(super) const TRANSACTION_NO: Text = Text::fixed("거래번호", "Transaction no.");
pub(super) const DATE: Text = Text::fixed("거래일시", "Date");
pub(super) const ANSWERED_DATE: Text = Text::fixed("거래일시 원문", "Date as answered");
pub(super) const ORIGINAL_NO: Text = Text::fixed("원승인번호", "Original approval");
pub(super) const ORIGINAL_DATE: Text = Text::fixed("원거래일시", "Original date");
pub(super) const ORDER: Text = Text::fixed("주문번호", "Order");
pub(super) const PRINTED_AT: Text = Text::fixed("출력일시", "Printed");
pub(super) const LOOK: Text = Text::fixed("※ 확인 필요", "* To be checked");

pub(super) const SALE_AMOUNT: Text = Text::fixed("판매금액", "Sale");
pub(super) const REFUND: Text = Text::fixed("환급액", "Refund");
pub(super) const SLIP_NO: Text = Text::fixed("전표번호", "Slip no.");
pub(super) const REFUND_NO: Text = Text::fixed("환급번호", "Refund no.");
pub(super) const BUYER: Text = Text::fixed("구매자", "Buyer");
pub(super) const COUNTRY: Text = Text::fixed("국적", "Country");
pub(super) const PASSPORT: Text = Text::fixed("여권번호", "Passport no.");

pub(super) const NO_RECEIPT: Text = Text::fixed("영수증이 아닙니다", "This is not a receipt");
pub(super) const WHAT: Text = Text::fixed("거래", "Operation");
pub(super) const ANSWER: Text = Text::fixed("단말기 응답", "Terminal");
pub(super) const SEEN_AMOUNT: Text = Text::fixed("금액 (미확인)", "Amount (not proven)");
pub(super) const SEEN_APPROVAL_NO: Text = Text::fixed("승인번호 (미확인)", "Approval no. (not proven)");

/// What a receipt of this operation is called.
pub(super) const fn title(kind: Kind) -> Text {
    match kind {
        Kind::CardApproval => Text::fixed("신용카드 매출전표", "Card sales slip"),
        Kind::CardCancellation => Text::fixed("신용카드 취소전표", "Card cancellation slip"),
        Kind::EasyPayApproval => Text::fixed("간편결제 매출전표", "Easy-pay sales slip"),
        Kind::EasyPayCancellation => Text::fixed("간편결제 취소전표", "Easy-pay cancellation"),
        Kind::CashReceiptIssue => Text::fixed("현금영수증", "Cash receipt"),
        Kind::CashReceiptCancellation => Text::fixed("현금영수증 취소", "Cash receipt cancelled"),
        Kind::TaxRefundIssue => Text::fixed("환급전표", "Tax-refund slip"),
        Kind::TaxRefundCancellation => Text::fixed("환급전표 취소", "Tax-refund cancelled"),
    }
}

/// Whom a cash receipt is for, by the wire's value; none for a value that the catalogue does not know.
pub(super) fn trader(trader_type: &str) -> Option<Text> {
    match trader_type.trim() {
        "1" => Some(Text::fixed("(소득공제)", "(income deduction)")),
        "2" => Some(Text::fixed("(지출증빙)", "(proof of expense)")),
        _ => None,
    }
}

/// What a paper that is no receipt is called.
pub(super) const fn note_title(outcome: &Outcome) -> Text {
    match outcome {
        Outcome::Approved(_) => Text::fixed("승인", "Approved"),
        Outcome::Declined(_) => Text::fixed("거절", "Declined"),
        Outcome::Aborted(_) => Text::fixed("중단", "Stopped"),
        Outcome::NotPerformed(_) => Text::fixed("미처리", "Not performed"),
        Outcome::Reversed(_) => Text::fixed("망취소", "Reversed"),
        Outcome::Unknown(_) => Text::fixed("결과 미확인", "Outcome not known"),
    }
}

/// That nothing stands of an operation.
pub(super) const fn nothing_stands(purpose: Purpose) -> Text {
    match purpose {
        Purpose::Sale => Text::fixed("결제되지 않았습니다.", "Nothing was charged."),
        Purpose::Cancellation => Text::fixed("취소되지 않았습니다.", "Nothing was cancelled."),
        Purpose::Receipt | Purpose::Slip => Text::fixed("발급되지 않았습니다.", "Nothing was issued."),
    }
}

/// That an operation was undone after it was approved.
pub(super) const fn undone(purpose: Purpose) -> Text {
    match purpose {
        Purpose::Sale => Text::fixed(
            "승인 후 취소되어 결제되지 않았습니다.",
            "Approved, then reversed: nothing was charged.",
        ),
        Purpose::Cancellation => {
            Text::fixed("취소가 승인된 후 되돌려졌습니다.", "The cancellation was approved, then undone.")
        }
        Purpose::Receipt | Purpose::Slip => {
            Text::fixed("발급 후 취소되어 발급되지 않았습니다.", "Issued, then reversed: nothing was issued.")
        }
    }
}

/// That it may have happened.
pub(super) const fn may_stand(purpose: Purpose) -> Text {
    match purpose {
        Purpose::Sale => {
            Text::fixed("결제되었는지 아직 알 수 없습니다.", "It is not known yet whether this was charged.")
        }
        Purpose::Cancellation => Text::fixed(
            "취소되었는지 아직 알 수 없습니다.",
            "It is not known yet whether this was cancelled.",
        ),
        Purpose::Receipt | Purpose::Slip => {
            Text::fixed("발급되었는지 아직 알 수 없습니다.", "It is not known yet whether this was issued.")
        }
    }
}
