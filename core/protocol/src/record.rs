//! What a terminal's record says, field by field. Foreign text is shortened and stripped of what must not stay.

use danmal_model::{
    Approval, MAX_AMOUNT, MaskedCard, Secret, TaxRefundSlip, merchant_number, record_number, scrub,
    slip_moment, slip_number,
};
use danmal_wire::{TaxRefundData, TransactionData, WireText};
use serde_json::{Map, Value};

/// The longest message of a terminal that is shown, in characters.
const MESSAGE: usize = 80;

fn text(field: &Option<WireText>) -> &str {
    field.as_deref().unwrap_or_default()
}

/// An amount that can be one: a longer number is no amount, and may be a card's.
pub(crate) fn won(amount: Option<i64>) -> Option<i64> {
    amount.filter(|won| (-MAX_AMOUNT..=MAX_AMOUNT).contains(won))
}

/// Fills in what a transaction's record says. An amount that it does not name stays as it is.
pub fn read_transaction(approval: &mut Approval, data: &TransactionData) {
    let name = |field: &Option<WireText>, longest| scrub(field.as_deref().unwrap_or_default(), longest);
    let some = |field: &Option<WireText>, longest| {
        field.as_deref().filter(|text| !text.trim().is_empty()).map(|text| scrub(text, longest))
    };
    let number = |field: &Option<WireText>| record_number(field.as_deref().unwrap_or_default());
    if let Some(amount) = won(data.approval_amt) {
        approval.approval_amt = amount;
    }
    approval.tax_amt = won(data.tax_amt);
    approval.tip_amt = won(data.tip_amt);
    approval.tax_free_amt = won(data.tax_free_amt);
    approval.installment = data.installment.filter(|months| (0..=99).contains(months));
    approval.approval_no = number(&data.approval_no);
    approval.transaction_no = number(&data.transaction_no);
    approval.transaction_date = number(&data.transaction_date);
    approval.merchant_code = merchant_number(data.merchant_code.as_deref().unwrap_or_default());
    approval.issuer_code = name(&data.issuer_code, 10);
    approval.issuer_name = name(&data.issuer_name, 40);
    approval.acquirer_code = name(&data.acquirer_code, 10);
    approval.acquirer_name = name(&data.acquirer_name, 40);
    approval.masked_card = data.masked_track_data.as_ref().map(|track| MaskedCard::new(track));
    approval.service_code = some(&data.service_code, 16);
    approval.points = [data.point_amt1, data.point_amt2, data.point_amt3].map(won);
    approval.receipt_title = some(&data.receipt_title, 40);
    approval.trader_type = some(&data.trader_type, 4);
    approval.extra = data.extra.clone().into_map();
}

/// What a tax-refund record says.
#[must_use]
pub fn read_slip(data: &TaxRefundData) -> TaxRefundSlip {
    let mut fields = Map::new();
    for (name, value) in [
        ("dutyFreeStoreNumber", &data.duty_free_store_number),
        ("message0", &data.message0),
        ("message1", &data.message1),
        ("message2", &data.message2),
        ("message3", &data.message3),
        ("facilitatorBusinessSerial", &data.facilitator_business_serial),
        ("facilitatorMedicalSerial", &data.facilitator_medical_serial),
        ("facilitatorName", &data.facilitator_name),
        ("facilitatorSerial", &data.facilitator_serial),
    ] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), Value::from(value.as_str()));
        }
    }
    for (name, value) in [
        ("cardAmount", data.card_amount),
        ("cashAmount", data.cash_amount),
        ("etcAmount", data.etc_amount),
        ("price", data.price),
    ] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), Value::from(value));
        }
    }
    let secret = |field: &Option<WireText>| Secret::new(field.as_deref().unwrap_or_default());
    TaxRefundSlip {
        refund_serial: slip_number(text(&data.refund_serial)),
        taxrefund_serial: slip_number(text(&data.taxrefund_serial)),
        refund_date: slip_moment(text(&data.refund_date)),
        refund_time: slip_moment(text(&data.refund_time)),
        refund_balance: data.refund_balance.unwrap_or_default(),
        res_code: scrub(text(&data.res_code), 8),
        res_message: scrub(data.res_message.as_deref().unwrap_or_default(), MESSAGE),
        res_message_taxrefund: scrub(data.res_message_taxrefund.as_deref().unwrap_or_default(), MESSAGE),
        fields,
        buyer_country: secret(&data.buyer_country),
        buyer_name: secret(&data.buyer_name),
        passport_serial: secret(&data.passport_serial),
    }
}
