//! The operations that are cut: every kind, and the courses of a sale that send frames of their own.

use danmal_model::{Amounts, Intent, Kind};
use danmal_wire::{
    ApprovalRequest, CancellationRequest, CashReceiptCancellationRequest, CashReceiptRequest, EasyPayRequest,
    Request, SlipRefundIssue, TaxRefundIssueRequest, TaxRefundRequest, WireText,
};
use jiff::Timestamp;
use std::time::Duration;

use super::till::TERMINAL;

/// An operation and its course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Its name in reports.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) amount: i64,
    /// When the till asks to stop it, after its beginning.
    pub(crate) stop: Option<Duration>,
}

const fn plain(name: &'static str, kind: Kind, amount: i64) -> Operation {
    Operation { name, kind, amount, stop: None }
}

const fn stopped(name: &'static str, after: u64) -> Operation {
    Operation { name, kind: Kind::CardApproval, amount: 5_000, stop: Some(Duration::from_millis(after)) }
}

/// All of them. The simulated terminal reads a card in 400 ms, waits 600 ms for a signature from 10,000 won,
/// and its host takes 200 ms.
pub(crate) const OPERATIONS: &[Operation] = &[
    plain("sale", Kind::CardApproval, 5_000),
    plain("cancel", Kind::CardCancellation, 5_000),
    plain("qrSale", Kind::EasyPayApproval, 5_000),
    plain("qrCancel", Kind::EasyPayCancellation, 5_000),
    plain("receipt", Kind::CashReceiptIssue, 5_000),
    plain("receiptCancel", Kind::CashReceiptCancellation, 5_000),
    plain("signedSale", Kind::CardApproval, 15_000),
    stopped("stoppedAtCard", 200),
    stopped("stoppedAtHost", 500),
    plain("slip", Kind::TaxRefundIssue, 50_000),
    plain("slipCancel", Kind::TaxRefundCancellation, 50_000),
];

/// What a cancellation undoes.
pub(crate) const fn original(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::CardCancellation => Some(Kind::CardApproval),
        Kind::EasyPayCancellation => Some(Kind::EasyPayApproval),
        Kind::CashReceiptCancellation => Some(Kind::CashReceiptIssue),
        Kind::TaxRefundCancellation => Some(Kind::TaxRefundIssue),
        _ => None,
    }
}

/// What the journal is asked for.
pub(crate) fn ask(kind: Kind, amount: i64) -> Intent {
    Intent { simulated: true, ..Intent::asked(kind, TERMINAL, Amounts::won(amount), Timestamp::UNIX_EPOCH) }
}

/// What the terminal is asked for.
pub(crate) fn request(intent: &Intent) -> Request {
    let ptxid: WireText = intent.ptxid.as_str().into();
    let price_amt = intent.amounts.amount;
    let of = intent.reference.clone().unwrap_or_default();
    let cancellation = || CancellationRequest {
        approval_amt: of.approval_amt,
        approval_no: of.approval_no.as_str().into(),
        transaction_date: of.transaction_date.as_str().into(),
        transaction_no: of.transaction_no.as_str().into(),
        ptxid: ptxid.clone(),
    };
    match intent.kind {
        Kind::CardApproval => Request::CardApproval(ApprovalRequest {
            price_amt,
            tax_amt: 0,
            tip_amt: 0,
            tax_free_amt: 0,
            installment: 0,
            ptxid,
        }),
        Kind::EasyPayApproval => Request::EasyPayApproval(EasyPayRequest {
            service_code: "QRD".into(),
            price_amt,
            tax_amt: 0,
            tip_amt: 0,
            tax_free_amt: 0,
            installment: 0,
            ptxid,
        }),
        Kind::CashReceiptIssue => Request::CashReceiptIssue(CashReceiptRequest {
            price_amt,
            tax_amt: 0,
            tip_amt: 0,
            tax_free_amt: 0,
            trader_type: "1".into(),
            approval_number: "01000000000".into(),
            ptxid,
        }),
        Kind::CardCancellation => Request::CardCancellation(cancellation()),
        Kind::EasyPayCancellation => Request::EasyPayCancellation(cancellation()),
        Kind::CashReceiptCancellation => Request::CashReceiptCancellation(CashReceiptCancellationRequest {
            approval_amt: of.approval_amt,
            approval_no: of.approval_no.as_str().into(),
            transaction_date: of.transaction_date.as_str().into(),
            transaction_no: of.transaction_no.as_str().into(),
            trader_type: "1".into(),
            approval_number: "01000000000".into(),
            ptxid,
        }),
        Kind::TaxRefundIssue => Request::TaxRefundIssue(TaxRefundIssueRequest::Slip(SlipRefundIssue {
            tax_refund_mode: "post".into(),
            payment_type: "card".into(),
            approval_amt: price_amt,
            sales_serial: 1,
            qr_service_code: None,
            ptxid,
        })),
        Kind::TaxRefundCancellation => Request::TaxRefundCancellation(TaxRefundRequest {
            tax_refund_serial: intent.tax_refund_serial.as_deref().unwrap_or("").into(),
            is_print: "false".into(),
            ptxid,
        }),
    }
}
