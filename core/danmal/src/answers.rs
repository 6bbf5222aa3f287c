//! From what the terminal answers to a query to what a caller reads.

use danmal_model::{
    Approval, CodeEntry, CodeTable, Error, ErrorCode, Kind, LastTransaction, Ptxid, SalesTotals,
    TaxRefundSlip, TotalsLine, scrub,
};
use danmal_protocol::{read_slip, read_transaction};
use danmal_wire::{Response, ResponseBody, TransactionData, WireText};
use jiff::Timestamp;

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
            let slip = read_slip(data);
            (!slip.serial().trim().is_empty()).then(|| {
                let mut approval = Approval::blank(
                    ptxid(response.ptxid()),
                    Kind::TaxRefundIssue,
                    simulated,
                    Timestamp::now(),
                );
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

fn transaction(data: &TransactionData, simulated: bool, kind_of: impl Fn(Ptxid) -> Option<Kind>) -> Approval {
    let id = ptxid(data.ptxid.as_deref());
    let by_shape = if filled(&data.service_code) {
        Kind::EasyPayApproval
    } else if filled(&data.receipt_title) || filled(&data.trader_type) {
        Kind::CashReceiptIssue
    } else {
        Kind::CardApproval
    };
    let kind = kind_of(id).unwrap_or(by_shape);
    let mut approval = Approval::blank(id, kind, simulated, Timestamp::now());
    read_transaction(&mut approval, data);
    approval.requested = approval.approval_amt;
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
        ResponseBody::TaxRefund(data) => Ok(read_slip(data)),
        _ => Err(unreadable("data")),
    }
}
