//! From the wire's words to the model's.

use danmal_model::{
    Alarm, AmountConvention, Amounts, Approval, Kind, Profile, TaxRefundSlip, is_withheld, record_number,
};
use danmal_wire::{Code, Response, TransactionData, WireText};
use jiff::Timestamp;

use crate::record::{read_slip, read_transaction, won};
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
pub(crate) fn approval(
    op: &Op,
    response: &Response,
    profile: &Profile,
    now: Timestamp,
) -> Option<Box<Approval>> {
    let data = response.transaction()?;
    if op.intent.wire_ptxid.is_some()
        && let Some(sale) = &op.intent.reference
        && !differs(&data.approval_no, &sale.approval_no)
        && !differs(&data.transaction_no, &sale.transaction_no)
    {
        return None;
    }
    let mut approval = blank(op, now);
    read_transaction(&mut approval, data);
    approval.alarms = alarms(op, data, profile.amount_convention.unwrap_or(AmountConvention::Total));
    Some(Box::new(approval))
}

/// Whether a number in an answer is another than the sale's, both as a record has them. A blank one is no number, and
/// two of which nothing could be kept may be the same.
fn differs(answered: &Option<WireText>, sale: &str) -> bool {
    let answered = record_number(answered.as_deref().unwrap_or_default());
    let sale = record_number(sale);
    let (answered, sale) = (answered.trim(), sale.trim());
    let left_out = answered.is_empty() || sale.is_empty();
    let not_kept = is_withheld(answered) && is_withheld(sale);
    !left_out && !not_kept && !answered.eq_ignore_ascii_case(sale)
}

fn blank(op: &Op, now: Timestamp) -> Approval {
    let intent = &op.intent;
    Approval {
        requested: intent.amounts.amount,
        approval_amt: intent.amounts.amount,
        order: intent.order.clone(),
        cancel_requested: op.cancel_requested,
        ..Approval::blank(intent.ptxid, intent.kind, intent.simulated, now)
    }
}

/// Rule 11: a component that differs from the request, or an amount that is neither `priceAmt` nor the sum
/// of the four.
fn alarms(op: &Op, data: &TransactionData, convention: AmountConvention) -> Vec<Alarm> {
    let asked: Amounts = op.intent.amounts;
    let mut alarms = Vec::new();
    let approval_amt = won(data.approval_amt);
    if approval_amt.is_none() {
        alarms.push(Alarm::AmountMissing);
    }
    let mut differs = |field: &str, asked: i64, answered: Option<i64>| {
        if let Some(answered) = answered
            && answered != asked
            && !planted!(NoAmounts)
        {
            alarms.push(Alarm::AmountDiffers { field: field.to_owned(), asked, answered });
        }
    };
    // A device that takes the net amount may answer with what it was sent, or with the sum of the four.
    if approval_amt != Some(asked.price(convention)) || op.intent.kind.is_cancellation() {
        differs("approvalAmt", asked.amount, approval_amt);
    }
    if !op.intent.kind.is_cancellation() {
        differs("taxAmt", asked.tax, won(data.tax_amt));
        differs("tipAmt", asked.tip, won(data.tip_amt));
        differs("taxFreeAmt", asked.tax_free, won(data.tax_free_amt));
    }
    alarms
}

/// The approval that a slip's answer describes, and whether its second result inside agrees.
pub(crate) fn slip_approval(op: &Op, response: &Response, now: Timestamp) -> Option<(Box<Approval>, bool)> {
    let data = response.tax_refund()?;
    // What a person may stand in without a field of its own is for who asks, not for the record.
    let slip = TaxRefundSlip { fields: Default::default(), ..read_slip(data) };
    // As it was sent: what is shortened and cleaned for the record may look like zeros.
    let agrees = data.res_code.as_deref().unwrap_or_default().trim().chars().all(|c| c == '0');
    let mut approval = blank(op, now);
    approval.transaction_no = slip.serial().to_owned();
    approval.transaction_date.clone_from(&slip.refund_date);
    approval.slip = Some(Box::new(slip));
    Some((Box::new(approval), agrees))
}
