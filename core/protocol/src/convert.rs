//! From the wire's words to the model's.

use danmal_model::{
    Alarm, Amounts, Approval, Kind, MaskedCard, Secret, TaxRefundSlip, merchant_number, scrub,
};
use danmal_wire::{Code, Response, TransactionData, WireText};
use jiff::Timestamp;

use crate::session::Op;

/// The code under which a kind of operation is asked and answered.
#[must_use]
pub const fn code_of(kind: Kind) -> Code {
    match kind {
        Kind::CardApproval => Code::CardApproval,
        Kind::CardCancellation => Code::CardCancellation,
        Kind::EasyPayApproval => Code::EasyPayApproval,
        Kind::EasyPayCancellation => Code::EasyPayCancellation,
        Kind::CashReceiptIssue => Code::CashReceiptIssue,
        Kind::CashReceiptCancellation => Code::CashReceiptCancellation,
        Kind::TaxRefundIssue => Code::TaxRefundIssue,
        Kind::TaxRefundCancellation => Code::TaxRefundCancellation,
    }
}

/// The approval that an answer with 0000 describes. None where it cannot be this operation's: under the
/// original's ptxid a cancellation must differ from the sale in a number (rule 10).
pub(crate) fn approval(op: &Op, response: &Response, now: Timestamp) -> Option<Box<Approval>> {
    let data = response.transaction()?;
    let text = |field: &Option<WireText>| field.as_deref().unwrap_or("").to_owned();
    if op.intent.wire_ptxid.is_some()
        && let Some(sale) = &op.intent.reference
    {
        let differs = |field: &Option<WireText>, sale: &str| {
            field.as_deref().is_some_and(|field| !field.trim().is_empty() && field != sale)
        };
        if !differs(&data.approval_no, &sale.approval_no)
            && !differs(&data.transaction_no, &sale.transaction_no)
        {
            return None;
        }
    }
    let mut approval = blank(op, now);
    approval.approval_amt = data.approval_amt.unwrap_or(op.intent.amounts.amount);
    approval.tax_amt = data.tax_amt;
    approval.tip_amt = data.tip_amt;
    approval.tax_free_amt = data.tax_free_amt;
    approval.installment = data.installment;
    approval.approval_no = text(&data.approval_no);
    approval.transaction_no = text(&data.transaction_no);
    approval.transaction_date = text(&data.transaction_date);
    approval.merchant_code = merchant_number(data.merchant_code.as_deref().unwrap_or(""));
    approval.issuer_code = scrub(data.issuer_code.as_deref().unwrap_or(""), 10);
    approval.issuer_name = scrub(data.issuer_name.as_deref().unwrap_or(""), 40);
    approval.acquirer_code = scrub(data.acquirer_code.as_deref().unwrap_or(""), 10);
    approval.acquirer_name = scrub(data.acquirer_name.as_deref().unwrap_or(""), 40);
    approval.masked_card = data.masked_track_data.as_ref().map(|track| MaskedCard::new(track));
    approval.service_code = data.service_code.as_deref().map(|code| scrub(code, 16));
    approval.points = [data.point_amt1, data.point_amt2, data.point_amt3];
    approval.receipt_title = data.receipt_title.as_deref().map(|title| scrub(title, 40));
    approval.trader_type = data.trader_type.as_deref().map(|kind| scrub(kind, 4));
    approval.extra = data.extra.clone().into_map();
    approval.alarms = alarms(op, data);
    Some(Box::new(approval))
}

fn blank(op: &Op, now: Timestamp) -> Approval {
    Approval {
        id: op.intent.ptxid,
        operation: op.intent.kind,
        simulated: op.intent.simulated,
        replayed: None,
        at: now,
        requested: op.intent.amounts.amount,
        approval_amt: op.intent.amounts.amount,
        tax_amt: None,
        tip_amt: None,
        tax_free_amt: None,
        installment: None,
        approval_no: String::new(),
        transaction_no: String::new(),
        transaction_date: String::new(),
        merchant_code: String::new(),
        issuer_code: String::new(),
        issuer_name: String::new(),
        acquirer_code: String::new(),
        acquirer_name: String::new(),
        masked_card: None,
        service_code: None,
        points: [None; 3],
        receipt_title: None,
        trader_type: None,
        slip: None,
        order: op.intent.order.clone(),
        cancel_requested: op.cancel_requested,
        alarms: Vec::new(),
        extra: serde_json::Map::new(),
    }
}

/// Rule 11: a component that differs from the request, or an amount that is neither `priceAmt` nor the sum
/// of the four.
fn alarms(op: &Op, data: &TransactionData) -> Vec<Alarm> {
    let asked: Amounts = op.intent.amounts;
    let mut alarms = Vec::new();
    if data.approval_amt.is_none() {
        alarms.push(Alarm::AmountMissing);
    }
    let mut differs = |field: &str, asked: i64, answered: Option<i64>| {
        if let Some(answered) = answered
            && answered != asked
        {
            alarms.push(Alarm::AmountDiffers { field: field.to_owned(), asked, answered });
        }
    };
    let net = asked.amount - asked.tax - asked.tip - asked.tax_free;
    if data.approval_amt != Some(net) || op.intent.kind.is_cancellation() {
        differs("approvalAmt", asked.amount, data.approval_amt);
    }
    if !op.intent.kind.is_cancellation() {
        differs("taxAmt", asked.tax, data.tax_amt);
        differs("tipAmt", asked.tip, data.tip_amt);
        differs("taxFreeAmt", asked.tax_free, data.tax_free_amt);
    }
    alarms
}

/// The approval that a slip's answer describes, and whether its second result inside agrees.
pub(crate) fn slip_approval(op: &Op, response: &Response, now: Timestamp) -> Option<(Box<Approval>, bool)> {
    let data = response.tax_refund()?;
    let text = |field: &Option<WireText>| field.as_deref().unwrap_or("").to_owned();
    let mut slip = TaxRefundSlip {
        refund_serial: text(&data.refund_serial),
        taxrefund_serial: text(&data.taxrefund_serial),
        refund_date: text(&data.refund_date),
        refund_time: text(&data.refund_time),
        refund_balance: data.refund_balance.unwrap_or(0),
        res_code: text(&data.res_code),
        res_message: scrub(data.res_message.as_deref().unwrap_or(""), 80),
        res_message_taxrefund: scrub(data.res_message_taxrefund.as_deref().unwrap_or(""), 80),
        ..TaxRefundSlip::default()
    };
    let secret = |field: &Option<WireText>| Secret::new(field.as_deref().unwrap_or(""));
    slip.buyer_country = secret(&data.buyer_country);
    slip.buyer_name = secret(&data.buyer_name);
    slip.passport_serial = secret(&data.passport_serial);
    let agrees = slip.res_code.trim().chars().all(|c| c == '0');
    let mut approval = blank(op, now);
    approval.transaction_no = slip.serial().to_owned();
    approval.transaction_date.clone_from(&slip.refund_date);
    approval.slip = Some(Box::new(slip));
    Some((Box::new(approval), agrees))
}
