//! The message of what the cashier asks for.

use danmal_model::{Intent, Kind};
use danmal_wire::{
    ApprovalRequest, CancellationRequest, CashReceiptCancellationRequest, CashReceiptRequest, EasyPayRequest,
    Request, SlipRefundIssue, TaxRefundIssueRequest, TaxRefundRequest,
};

/// A customer's number; the simulator's ledger keeps a digest of it.
const PHONE: &str = "01055551234";

/// `serial`: of the slip that is to be cancelled.
pub(super) fn request_of(intent: &Intent, serial: &str) -> Request {
    let ptxid = || intent.wire_ptxid.unwrap_or(intent.ptxid).as_str().into();
    let amounts = &intent.amounts;
    let of = intent.reference.clone().unwrap_or_default();
    let cancellation = || CancellationRequest {
        approval_amt: of.approval_amt,
        approval_no: of.approval_no.as_str().into(),
        transaction_date: of.transaction_date.as_str().into(),
        transaction_no: of.transaction_no.as_str().into(),
        ptxid: ptxid(),
    };
    match intent.kind {
        Kind::CardApproval => Request::CardApproval(ApprovalRequest {
            price_amt: amounts.amount,
            tax_amt: amounts.tax,
            tip_amt: 0,
            tax_free_amt: 0,
            installment: 0,
            ptxid: ptxid(),
        }),
        Kind::EasyPayApproval => Request::EasyPayApproval(EasyPayRequest {
            service_code: "QRD".into(),
            price_amt: amounts.amount,
            tax_amt: amounts.tax,
            tip_amt: 0,
            tax_free_amt: 0,
            installment: 0,
            ptxid: ptxid(),
        }),
        Kind::CardCancellation => Request::CardCancellation(cancellation()),
        Kind::EasyPayCancellation => Request::EasyPayCancellation(cancellation()),
        Kind::CashReceiptIssue => Request::CashReceiptIssue(CashReceiptRequest {
            price_amt: amounts.amount,
            tax_amt: amounts.tax,
            tip_amt: 0,
            tax_free_amt: 0,
            trader_type: "1".into(),
            approval_number: PHONE.into(),
            ptxid: ptxid(),
        }),
        Kind::CashReceiptCancellation => Request::CashReceiptCancellation(CashReceiptCancellationRequest {
            approval_amt: of.approval_amt,
            approval_no: of.approval_no.as_str().into(),
            transaction_date: of.transaction_date.as_str().into(),
            transaction_no: of.transaction_no.as_str().into(),
            trader_type: "1".into(),
            approval_number: PHONE.into(),
            ptxid: ptxid(),
        }),
        Kind::TaxRefundIssue => Request::TaxRefundIssue(TaxRefundIssueRequest::Slip(SlipRefundIssue {
            tax_refund_mode: "post".into(),
            payment_type: "card".into(),
            approval_amt: amounts.amount,
            sales_serial: 1,
            qr_service_code: None,
            ptxid: ptxid(),
        })),
        Kind::TaxRefundCancellation => Request::TaxRefundCancellation(TaxRefundRequest {
            tax_refund_serial: serial.into(),
            is_print: "false".into(),
            ptxid: ptxid(),
        }),
    }
}
