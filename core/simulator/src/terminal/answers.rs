//! How a terminal words its answers.

use danmal_wire::{
    Code, EncodeRules, Request, Response, ResponseBody, SendText, TaxRefundData, TaxRefundIssueRequest,
    TransactionData,
};

use crate::host::{Captured, Original};
use crate::random::Digest;
use crate::settings::Canaries;

/// An answer before it is a frame: its code and its body, without the field that says what it is.
pub(crate) struct Answer {
    pub(crate) code: Code,
    pub(crate) json: String,
}

/// The body of a response.
pub(super) fn json(response: &Response) -> String {
    // A placeholder, so that no body is too long here; the frame's length comes later.
    let rules = EncodeRules { text: SendText::Utf8, placeholder: Some(0), ..EncodeRules::default() };
    let frame = response.encode(&rules).map(danmal_wire::FrameBytes::into_vec).unwrap_or_default();
    frame.get(10..).and_then(|body| String::from_utf8(body.to_vec()).ok()).unwrap_or_default()
}

/// An answer without `data`.
pub(super) fn plain(code: Code, result: &str, message: &str) -> Answer {
    Answer { code, json: json(&Response::new(code, result, message)) }
}

/// A response with the ptxid alone.
pub(super) fn refused(code: Code, result: &str, message: &str, ptxid: Option<&str>) -> Response {
    let response = Response::new(code, result, message);
    match ptxid {
        Some(ptxid) => {
            response.with_transaction(TransactionData { ptxid: Some(ptxid.into()), ..Default::default() })
        }
        None => response,
    }
}

/// An answer with the ptxid alone.
pub(super) fn refusal(code: Code, result: &str, message: &str, ptxid: Option<&str>) -> Answer {
    Answer { code, json: json(&refused(code, result, message, ptxid)) }
}

/// The answer of a request to stop.
pub(super) fn stopped(code: Code, result: &str, message: &str, ptxid: &str) -> Answer {
    let body = ResponseBody::Stopped { ptxid: Some(ptxid.into()), extra: Default::default() };
    Answer { code, json: json(&Response::new(code, result, message).with_body(body)) }
}

/// An approval with what it says.
pub(super) fn approval(code: Code, data: TransactionData, canaries: &Canaries) -> Response {
    let message = if takes_back(code) { "정상취소" } else { "정상승인" };
    let mut response = Response::new(code, "0000", message).with_transaction(data);
    plant(&mut response, canaries);
    response
}

/// The last transaction of the day before: its ptxid and its answer.
pub(super) fn yesterday() -> (&'static str, String) {
    let ptxid = "CPOS-00000000-0000-0000-0000-yesterday000";
    let captured =
        Captured { line: 0, approval_no: "20009999".into(), transaction_no: "000020009999".into() };
    (ptxid, sale_of_another(ptxid, 4_500, &captured, "20261124205900"))
}

/// The answer of a card sale that the till did not make.
pub(super) fn sale_of_another(ptxid: &str, amount: i64, captured: &Captured, date: &str) -> String {
    let mut data = TransactionData {
        installment: Some(0),
        tip_amt: Some(0),
        tax_amt: Some(0),
        tax_free_amt: Some(0),
        ..money(amount, captured, date)
    };
    by_card(&mut data);
    data.ptxid = (!ptxid.is_empty()).then(|| ptxid.into());
    json(&Response::new(Code::CardApproval, "0000", "정상승인").with_transaction(data))
}

/// The answer of a cash receipt that the till did not issue.
pub(super) fn receipt_of_another() -> String {
    let captured =
        Captured { line: 0, approval_no: "20009997".into(), transaction_no: "000020009997".into() };
    let data = TransactionData {
        receipt_title: Some("현금영수증".into()),
        trader_type: Some("1".into()),
        ptxid: Some("CPOS-00000000-0000-0000-0000-someoneelse0".into()),
        ..money(2_000, &captured, "20261125110000")
    };
    json(&Response::new(Code::CashReceiptIssue, "0000", "정상승인").with_transaction(data))
}

fn money(amount: i64, captured: &Captured, date: &str) -> TransactionData {
    TransactionData {
        approval_no: Some(captured.approval_no.as_str().into()),
        transaction_no: Some(captured.transaction_no.as_str().into()),
        approval_amt: Some(amount),
        transaction_date: Some(date.into()),
        ..Default::default()
    }
}

fn by_card(data: &mut TransactionData) {
    data.merchant_code = Some("0012345678".into());
    data.masked_track_data = Some("433012******1234".into());
    data.issuer_code = Some("41".into());
    data.issuer_name = Some("신한카드".into());
    data.acquirer_code = Some("41".into());
    data.acquirer_name = Some("신한카드".into());
}

/// What the answer of an approval or cancellation says.
pub(super) fn transaction(
    request: &Request,
    amount: i64,
    captured: &Captured,
    date: &str,
) -> TransactionData {
    let mut data = money(amount, captured, date);
    data.ptxid = request.ptxid().map(Into::into);
    let (tax, tip, tax_free, months) = match request {
        Request::CardApproval(r) => (r.tax_amt, r.tip_amt, r.tax_free_amt, Some(r.installment)),
        Request::EasyPayApproval(r) => (r.tax_amt, r.tip_amt, r.tax_free_amt, Some(r.installment)),
        Request::CashReceiptIssue(r) => (r.tax_amt, r.tip_amt, r.tax_free_amt, None),
        Request::CashReceiptCancellation(_) => (0, 0, 0, None),
        _ => (0, 0, 0, Some(0)),
    };
    (data.tax_amt, data.tip_amt, data.tax_free_amt) = (Some(tax), Some(tip), Some(tax_free));
    data.installment = months;
    match request {
        Request::CashReceiptIssue(r) => {
            (data.receipt_title, data.trader_type) = (Some("현금영수증".into()), Some(r.trader_type.clone()));
            data.masked_track_data = Some("010****5678".into());
        }
        Request::CashReceiptCancellation(r) => {
            (data.receipt_title, data.trader_type) =
                (Some("현금영수증 취소".into()), Some(r.trader_type.clone()));
            data.masked_track_data = Some("010****5678".into());
        }
        Request::EasyPayApproval(_) | Request::EasyPayCancellation(_) => {
            by_card(&mut data);
            let service = match request {
                Request::EasyPayApproval(r) => r.service_code.clone(),
                _ => "QRD".into(),
            };
            data.service_code = Some(service);
            (data.point_amt1, data.point_amt2, data.point_amt3) = (Some(0), Some(0), Some(0));
        }
        _ => by_card(&mut data),
    }
    data
}

/// What a request is about, won. The simulator's convention: `priceAmt` is all that the customer pays.
pub(super) fn amount(request: &Request) -> Option<i64> {
    Some(match request {
        Request::CardApproval(r) => r.price_amt,
        Request::EasyPayApproval(r) => r.price_amt,
        Request::CashReceiptIssue(r) => r.price_amt,
        Request::CardCancellation(r) | Request::EasyPayCancellation(r) => r.approval_amt,
        Request::CashReceiptCancellation(r) => r.approval_amt,
        Request::TaxRefundIssue(TaxRefundIssueRequest::Slip(r)) => r.approval_amt,
        _ => return None,
    })
}

/// Whether a request gives money or a paper back.
pub(super) fn takes_back(code: Code) -> bool {
    matches!(
        code,
        Code::CardCancellation
            | Code::EasyPayCancellation
            | Code::CashReceiptCancellation
            | Code::TaxRefundCancellation
    )
}

/// What a cancellation cancels.
pub(super) fn original(request: &Request) -> Option<Original<'_>> {
    let (code, r) = match request {
        Request::CardCancellation(r) => (Code::CardApproval, r),
        Request::EasyPayCancellation(r) => (Code::EasyPayApproval, r),
        Request::CashReceiptCancellation(r) => {
            return Some(Original {
                code: Code::CashReceiptIssue,
                amount: r.approval_amt,
                approval_no: &r.approval_no,
                transaction_no: &r.transaction_no,
                date: &r.transaction_date,
                identifier: digest(&r.approval_number),
            });
        }
        _ => return None,
    };
    Some(Original {
        code,
        amount: r.approval_amt,
        approval_no: &r.approval_no,
        transaction_no: &r.transaction_no,
        date: &r.transaction_date,
        identifier: 0,
    })
}

/// Of a cash receipt: a digest of the customer's number, by which a cancellation is held against it.
pub(super) fn identifier(request: &Request) -> u64 {
    match request {
        Request::CashReceiptIssue(r) => digest(&r.approval_number),
        _ => 0,
    }
}

fn digest(text: &str) -> u64 {
    let mut digest = Digest::new();
    digest.bytes(text.as_bytes());
    digest.value()
}

/// Whether the customer's number came with the request, so that nothing is read.
pub(super) fn needs_no_reading(request: &Request) -> bool {
    match request {
        Request::CashReceiptIssue(r) => !r.approval_number.is_empty(),
        Request::CashReceiptCancellation(r) => !r.approval_number.is_empty(),
        _ => false,
    }
}

/// Puts canaries where a terminal is free to write.
pub(super) fn plant(response: &mut Response, canaries: &Canaries) {
    if canaries.0.is_empty() {
        return;
    }
    let mut place = 0;
    let mut next = || {
        place += 1;
        canaries.at(place).unwrap_or_default().to_owned()
    };
    response.result_message = format!("{} {}", response.result_message.as_str(), next()).into();
    response.extra.insert("vendorTrace".to_owned(), next().into());
    macro_rules! fields {
        ($data:expr, $($field:ident),*) => {
            $(if $data.$field.is_some() || response.result_code == "0000" { $data.$field = Some(next().into()); })*
        };
    }
    match &mut response.body {
        ResponseBody::Transaction(data) => {
            fields!(
                data,
                merchant_code,
                masked_track_data,
                issuer_code,
                issuer_name,
                acquirer_code,
                acquirer_name,
                service_code,
                receipt_title
            );
            data.extra.insert("track2".to_owned(), next().into());
        }
        ResponseBody::TaxRefund(data) => plant_slip(data, &mut next),
        ResponseBody::Totals(totals) => totals.period = Some(next().into()),
        ResponseBody::Codes(table) => {
            for entry in table.code_list.iter_mut().flatten() {
                (entry.code_name, entry.group_code_name) = (Some(next().into()), Some(next().into()));
            }
        }
        ResponseBody::Stopped { extra, .. } => drop(extra.insert("track2".to_owned(), next().into())),
        ResponseBody::Plain => {}
    }
}

fn plant_slip(data: &mut TaxRefundData, next: &mut impl FnMut() -> String) {
    for field in [
        &mut data.buyer_country,
        &mut data.buyer_name,
        &mut data.passport_serial,
        &mut data.duty_free_store_number,
        &mut data.message0,
        &mut data.message1,
        &mut data.message2,
        &mut data.message3,
        &mut data.facilitator_business_serial,
        &mut data.facilitator_medical_serial,
        &mut data.facilitator_name,
        &mut data.facilitator_serial,
        &mut data.res_message,
        &mut data.res_message_taxrefund,
    ] {
        *field = Some(next().into());
    }
    data.extra.insert("mrz".to_owned(), next().into());
}
