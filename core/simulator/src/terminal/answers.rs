//! How a terminal words its answers.

use danmal_wire::{
    Code, CodeEntry, CodeTable, Request, Response, ResponseBody, TaxRefundData, Totals, TotalsLine,
    TransactionData,
};

use crate::host::{Host, State};

const DATE: &str = "20261125120000";

/// The last transaction of the day before: a terminal in a shop is never without one.
pub(super) fn yesterday() -> Response {
    let data = TransactionData {
        approval_no: Some("20009999".into()),
        transaction_no: Some("000020009999".into()),
        approval_amt: Some(4_500),
        transaction_date: Some("20261124205900".into()),
        ptxid: Some("CPOS-yesterday".into()),
        ..Default::default()
    };
    Response::new(Code::CardApproval, "0000", "정상승인").with_transaction(data)
}

/// An answer with the ptxid alone.
pub(super) fn answer(code: Code, result: &str, message: &str, ptxid: &str) -> Response {
    let response = Response::new(code, result, message);
    if code.is_transaction() {
        response.with_transaction(TransactionData { ptxid: Some(ptxid.into()), ..Default::default() })
    } else {
        response
    }
}

/// The answer of a request to stop.
pub(super) fn stopped(code: Code, result: &str, message: &str, ptxid: &str) -> Response {
    let body = ResponseBody::Stopped { ptxid: Some(ptxid.into()), extra: Default::default() };
    Response::new(code, result, message).with_body(body)
}

/// What a request is about, won.
pub(super) fn amount(request: &Request) -> i64 {
    match request {
        Request::CardApproval(r) => r.price_amt,
        Request::EasyPayApproval(r) => r.price_amt,
        Request::CashReceiptIssue(r) => r.price_amt,
        Request::CardCancellation(r) | Request::EasyPayCancellation(r) => r.approval_amt,
        Request::CashReceiptCancellation(r) => r.approval_amt,
        _ => 0,
    }
}

/// What a cancellation cancels: the sale's code and its approval number.
pub(super) fn cancels(request: &Request) -> Option<(&'static str, String)> {
    match request {
        Request::CardCancellation(r) => Some(("010010", r.approval_no.as_str().to_owned())),
        Request::EasyPayCancellation(r) => Some(("030010", r.approval_no.as_str().to_owned())),
        Request::CashReceiptCancellation(r) => Some(("070010", r.approval_no.as_str().to_owned())),
        _ => None,
    }
}

/// An approval's answer.
pub(super) fn transaction(
    code: Code,
    request: &Request,
    ptxid: &str,
    amount: i64,
    approval_no: &str,
) -> Response {
    if code == Code::TaxRefundIssue || code == Code::TaxRefundCancellation {
        let data = TaxRefundData {
            refund_serial: Some(approval_no.into()),
            taxrefund_serial: Some(format!("801037502240{approval_no}").into()),
            refund_date: Some("20261125".into()),
            refund_time: Some("120000".into()),
            refund_balance: Some(900),
            buyer_name: Some("HONG GILDONG".into()),
            ..Default::default()
        };
        return Response::new(code, "0000", "정상").with_body(ResponseBody::TaxRefund(Box::new(data)));
    }
    let (tax, tip, tax_free, months) = match request {
        Request::CardApproval(r) => (r.tax_amt, r.tip_amt, r.tax_free_amt, Some(r.installment)),
        Request::EasyPayApproval(r) => (r.tax_amt, r.tip_amt, r.tax_free_amt, Some(r.installment)),
        Request::CashReceiptIssue(r) => (r.tax_amt, r.tip_amt, r.tax_free_amt, None),
        _ => (0, 0, 0, Some(0)),
    };
    let mut data = TransactionData {
        approval_no: Some(approval_no.into()),
        transaction_no: Some(format!("0000{approval_no}").into()),
        installment: months,
        approval_amt: Some(amount),
        tip_amt: Some(tip),
        tax_amt: Some(tax),
        tax_free_amt: Some(tax_free),
        transaction_date: Some(DATE.into()),
        ptxid: Some(ptxid.into()),
        ..Default::default()
    };
    match code {
        Code::CashReceiptIssue | Code::CashReceiptCancellation => {
            data.receipt_title = Some("현금영수증".into());
            data.trader_type = match request {
                Request::CashReceiptIssue(r) => Some(r.trader_type.clone()),
                Request::CashReceiptCancellation(r) => Some(r.trader_type.clone()),
                _ => None,
            };
        }
        _ => {
            data.merchant_code = Some("0012345678".into());
            data.masked_track_data = Some("433012******1234".into());
            data.issuer_code = Some("41".into());
            data.issuer_name = Some("신한카드".into());
            data.acquirer_code = Some("41".into());
            data.acquirer_name = Some("신한카드".into());
        }
    }
    if let Request::EasyPayApproval(r) = request {
        data.service_code = Some(r.service_code.clone());
        (data.point_amt1, data.point_amt2, data.point_amt3) = (Some(0), Some(0), Some(0));
    }
    Response::new(code, "0000", "정상승인").with_transaction(data)
}

/// The answer of a query.
pub(super) fn query(host: &Host, code: Code, request: &Request) -> Response {
    let response = Response::new(code, "0000", "정상");
    match code {
        Code::SalesTotals => {
            let entries = host.entries();
            let line = |negative: bool| {
                let of = entries.iter().filter(|e| (e.amount < 0) == negative && e.state != State::Reversed);
                let prices: Vec<i64> = of.map(|e| e.amount.abs()).collect();
                TotalsLine {
                    count: Some(prices.len() as i64),
                    price: Some(prices.iter().sum()),
                    issuer: Some(0),
                    ..Default::default()
                }
            };
            let period = match request {
                Request::SalesTotals(r) => Some(format!("{}~{}", r.from.as_str(), r.to.as_str()).into()),
                _ => None,
            };
            let (approved, canceled) = (Some(line(false)), Some(line(true)));
            response.with_body(ResponseBody::Totals(Box::new(Totals {
                period,
                approved,
                canceled,
                extra: Default::default(),
            })))
        }
        Code::DownloadCodes => {
            let entry = CodeEntry {
                code: Some("AQ15".into()),
                code_name: Some("KT 포인트".into()),
                group_code: Some("AG04".into()),
                group_code_name: Some("국내포인트결제매입사".into()),
                ..Default::default()
            };
            let table =
                CodeTable { total_count: Some(1), code_list: Some(vec![entry]), ..Default::default() };
            response.with_body(ResponseBody::Codes(Box::new(table)))
        }
        Code::TaxRefundInquiry => transaction(Code::TaxRefundIssue, request, "", 0, "30000001").recoded(code),
        Code::Print => Response::new(code, "0000", "프린트 정상 출력"),
        _ => Response::new(code, "9990", "지원하지 않는 전문"),
    }
}

/// The same answer under another code.
trait Recoded {
    fn recoded(self, code: Code) -> Self;
}

impl Recoded for Response {
    fn recoded(self, code: Code) -> Self {
        Self { code, ..self }
    }
}
