//! From what the terminal answers to a query to what a caller reads.

use danmal_model::{
    Approval, CodeEntry, CodeTable, Error, ErrorCode, Kind, LastTransaction, MaskedCard, Ptxid, SalesTotals,
    Secret, TaxRefundSlip, TotalsLine, merchant_number, scrub,
};
use danmal_wire::{Response, ResponseBody, TaxRefundData, TransactionData, WireText};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The longest message of a terminal that is shown, in characters.
const MESSAGE: usize = 80;

fn unreadable(field: &'static str) -> Error {
    Error::field(
        ErrorCode::UnreadableAnswer,
        field,
        "missing, or not of its type, in the terminal's answer",
        "an answer as the message catalogue prints it",
    )
}

/// The terminal says yes.
///
/// # Errors
/// [`ErrorCode::Refused`], with its code.
pub(crate) fn granted(response: &Response) -> Result<(), Error> {
    if response.result_code == "0000" {
        return Ok(());
    }
    let code = scrub(&response.result_code, 8);
    Err(Error::new(ErrorCode::Refused, format!("the terminal answered {code}"), "see the terminal's screen"))
}

fn text(field: &Option<WireText>) -> String {
    field.as_deref().unwrap_or_default().to_owned()
}

fn filled(field: &Option<WireText>) -> bool {
    field.as_deref().is_some_and(|text| !text.trim().is_empty())
}

/// 990001. `kind_of` is what the journal knows of an id: the answer itself names no kind.
pub(crate) fn last_transaction(
    response: &Response,
    simulated: bool,
    kind_of: impl Fn(Ptxid) -> Option<Kind>,
) -> LastTransaction {
    let transaction = match &response.body {
        ResponseBody::Transaction(data) if names_one(data) => Some(transaction(data, simulated, kind_of)),
        ResponseBody::TaxRefund(data) => {
            let slip = slip(data);
            (!slip.serial().trim().is_empty()).then(|| {
                let mut approval = blank(ptxid(response.ptxid()), Kind::TaxRefundIssue, simulated);
                approval.transaction_no = slip.serial().to_owned();
                approval.transaction_date.clone_from(&slip.refund_date);
                approval.slip = Some(Box::new(slip));
                approval
            })
        }
        _ => None,
    };
    LastTransaction {
        empty: transaction.is_none(),
        result_code: scrub(&response.result_code, 8),
        result_message: scrub(&response.result_message, MESSAGE),
        transaction,
    }
}

/// Not *empty*: a ptxid, or an approval number with its date.
fn names_one(data: &TransactionData) -> bool {
    filled(&data.ptxid) || (filled(&data.approval_no) && filled(&data.transaction_date))
}

/// The id that an answer names; a hyphen where it names none.
fn ptxid(text: Option<&str>) -> Ptxid {
    let named = text.and_then(|text| text.trim().parse().ok());
    named.unwrap_or_else(|| Ptxid::new(danmal_model::JournalId::new(0), 0, 0))
}

fn blank(id: Ptxid, operation: Kind, simulated: bool) -> Approval {
    Approval {
        id,
        operation,
        simulated,
        replayed: None,
        at: Timestamp::now(),
        requested: 0,
        approval_amt: 0,
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
        order: None,
        cancel_requested: false,
        alarms: Vec::new(),
        extra: Map::new(),
    }
}

fn transaction(data: &TransactionData, simulated: bool, kind_of: impl Fn(Ptxid) -> Option<Kind>) -> Approval {
    let id = ptxid(data.ptxid.as_deref());
    let by_shape = if filled(&data.service_code) {
        Kind::EasyPayApproval
    } else if filled(&data.receipt_title) || filled(&data.trader_type) {
        Kind::CashReceiptIssue
    } else {
        Kind::CardApproval
    };
    let mut approval = blank(id, kind_of(id).unwrap_or(by_shape), simulated);
    let name = |field: &Option<WireText>, longest| scrub(field.as_deref().unwrap_or_default(), longest);
    approval.approval_amt = data.approval_amt.unwrap_or_default();
    approval.requested = approval.approval_amt;
    approval.tax_amt = data.tax_amt;
    approval.tip_amt = data.tip_amt;
    approval.tax_free_amt = data.tax_free_amt;
    approval.installment = data.installment;
    approval.approval_no = text(&data.approval_no);
    approval.transaction_no = text(&data.transaction_no);
    approval.transaction_date = text(&data.transaction_date);
    approval.merchant_code = merchant_number(data.merchant_code.as_deref().unwrap_or_default());
    approval.issuer_code = name(&data.issuer_code, 10);
    approval.issuer_name = name(&data.issuer_name, 40);
    approval.acquirer_code = name(&data.acquirer_code, 10);
    approval.acquirer_name = name(&data.acquirer_name, 40);
    approval.masked_card = data.masked_track_data.as_ref().map(|track| MaskedCard::new(track));
    approval.service_code = filled(&data.service_code).then(|| name(&data.service_code, 16));
    approval.points = [data.point_amt1, data.point_amt2, data.point_amt3];
    approval.receipt_title = filled(&data.receipt_title).then(|| name(&data.receipt_title, 40));
    approval.trader_type = filled(&data.trader_type).then(|| name(&data.trader_type, 4));
    approval.extra = data.extra.clone().into_map();
    approval
}

/// 050099.
///
/// # Errors
/// Refused, or a sum that is missing: what is not said is not zero.
pub(crate) fn sales_totals(response: &Response) -> Result<SalesTotals, Error> {
    granted(response)?;
    let ResponseBody::Totals(totals) = &response.body else { return Err(unreadable("data")) };
    let line = |line: &Option<danmal_wire::TotalsLine>, name| {
        let line = line.as_ref().ok_or_else(|| unreadable(name))?;
        match (line.count, line.price) {
            (Some(count), Some(price)) => {
                Ok(TotalsLine { count, price, issuer: line.issuer.unwrap_or_default() })
            }
            _ => Err(unreadable(name)),
        }
    };
    Ok(SalesTotals {
        period: scrub(totals.period.as_deref().unwrap_or_default(), 40),
        approved: line(&totals.approved, "approved")?,
        canceled: line(&totals.canceled, "canceled")?,
        extra: totals.extra.clone().into_map(),
    })
}

/// 081008.
///
/// # Errors
/// Refused, or no list.
pub(crate) fn code_table(response: &Response) -> Result<CodeTable, Error> {
    granted(response)?;
    let ResponseBody::Codes(table) = &response.body else { return Err(unreadable("data")) };
    let codes = table.code_list.as_ref().ok_or_else(|| unreadable("codeList"))?;
    Ok(CodeTable {
        total_count: table.total_count.unwrap_or_default(),
        codes: codes
            .iter()
            .map(|entry| CodeEntry {
                code: text(&entry.code),
                code_name: text(&entry.code_name),
                group_code: text(&entry.group_code),
                group_code_name: text(&entry.group_code_name),
            })
            .collect(),
    })
}

/// 900050.
///
/// # Errors
/// Refused, or no slip.
pub(crate) fn tax_refund(response: &Response) -> Result<TaxRefundSlip, Error> {
    granted(response)?;
    match &response.body {
        ResponseBody::TaxRefund(data) => Ok(slip(data)),
        _ => Err(unreadable("data")),
    }
}

fn slip(data: &TaxRefundData) -> TaxRefundSlip {
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
        refund_serial: text(&data.refund_serial),
        taxrefund_serial: text(&data.taxrefund_serial),
        refund_date: text(&data.refund_date),
        refund_time: text(&data.refund_time),
        refund_balance: data.refund_balance.unwrap_or_default(),
        res_code: text(&data.res_code),
        res_message: scrub(data.res_message.as_deref().unwrap_or_default(), MESSAGE),
        res_message_taxrefund: scrub(data.res_message_taxrefund.as_deref().unwrap_or_default(), MESSAGE),
        fields,
        buyer_country: secret(&data.buyer_country),
        buyer_name: secret(&data.buyer_name),
        passport_serial: secret(&data.passport_serial),
    }
}
