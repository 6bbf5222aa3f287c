//! A terminal's calls by their names, with what they take as JSON.

use std::pin::Pin;
use std::str::FromStr;

use danmal::{
    Cancellation, CashReceipt, CashReceiptCancellation, EasyPay, Error, ErrorCode, Operation, Paper, Ptxid,
    Sale, TaxRefund, TaxRefundSerial, Terminal, Verdict,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{read, show};

/// What a query comes to.
pub type Answer = Pin<Box<dyn Future<Output = Result<String, Error>> + Send>>;

/// Begins an operation: `approve`, `approveEasyPay`, `cancel`, `cancelEasyPay`, `issueCashReceipt`,
/// `cancelCashReceipt`, `issueTaxRefund`, `cancelTaxRefund`.
///
/// # Errors
/// What the call itself refuses, by the field's name; nothing was sent and nothing journaled.
pub fn begin(terminal: &Terminal, call: &str, request: &str) -> Result<Operation, Error> {
    match call {
        "approve" => terminal.approve(money::<Sale>(request)?),
        "approveEasyPay" => terminal.approve_easy_pay(money::<EasyPay>(request)?),
        "cancel" => terminal.cancel(money::<Cancellation>(request)?),
        "cancelEasyPay" => terminal.cancel_easy_pay(money::<Cancellation>(request)?),
        "issueCashReceipt" => terminal.issue_cash_receipt(money::<CashReceipt>(request)?),
        "cancelCashReceipt" => terminal.cancel_cash_receipt(&money::<CashReceiptCancellation>(request)?),
        "issueTaxRefund" => terminal.issue_tax_refund(&money::<TaxRefund>(request)?),
        "cancelTaxRefund" => terminal.cancel_tax_refund(&money::<TaxRefundSerial>(request)?),
        _ => Err(no_call(call)),
    }
}

/// Asks: `lastTransaction`, `downloadCodes`, `salesTotals` with `from` and `to`, `print` with a paper,
/// `inquireTaxRefund` with a serial number, `overrideUnknown` with `id`, `verdict` and `reason`,
/// `acceptJournal` with `reason`, `close`.
///
/// # Errors
/// A call or a request that cannot be read. Everything else is in the answer.
pub fn ask(terminal: &Terminal, call: &str, request: &str) -> Result<Answer, Error> {
    let terminal = terminal.clone();
    Ok(match call {
        "lastTransaction" => Box::pin(async move { Ok(show::json(&terminal.last_transaction().await?)) }),
        "downloadCodes" => Box::pin(async move { Ok(show::json(&terminal.download_codes().await?)) }),
        "salesTotals" => {
            let (from, to) = (text(request, "from")?, text(request, "to")?);
            Box::pin(async move { Ok(show::json(&terminal.sales_totals(&from, &to).await?)) })
        }
        "print" => {
            let paper: Paper = read("paper", request)?;
            Box::pin(async move { Ok(show::json(&terminal.print(&paper).await?)) })
        }
        "inquireTaxRefund" => {
            let slip: TaxRefundSerial = read("serial", request)?;
            Box::pin(async move { Ok(show::json(&terminal.inquire_tax_refund(&slip).await?)) })
        }
        "overrideUnknown" => {
            let id = operation_id(&text(request, "id")?)?;
            let verdict = verdict(&text(request, "verdict")?)?;
            let reason = text(request, "reason")?;
            Box::pin(async move { Ok(show::json(&terminal.override_unknown(id, verdict, &reason).await?)) })
        }
        "acceptJournal" => {
            let reason = text(request, "reason")?;
            Box::pin(async move { Ok(show::json(&terminal.accept_journal(&reason).await?)) })
        }
        "close" => Box::pin(async move { Ok(show::json(&terminal.close().await)) }),
        _ => return Err(no_call(call)),
    })
}

/// An operation's id from its text.
///
/// # Errors
/// A text that is none.
pub fn operation_id(text: &str) -> Result<Ptxid, Error> {
    Ptxid::from_str(text).map_err(|_| {
        Error::field(
            ErrorCode::InvalidText,
            "id",
            "not an operation's id",
            "the id of an operation of danmal's",
        )
    })
}

fn verdict(text: &str) -> Result<Verdict, Error> {
    serde_json::from_value(Value::from(text)).map_err(|_| {
        Error::field(ErrorCode::InvalidText, "verdict", "no verdict", "performed, notPerformed or undecided")
    })
}

/// The fields of requests that are whole numbers.
const NUMBERS: [(&str, ErrorCode); 10] = [
    ("amount", ErrorCode::InvalidAmount),
    ("tax", ErrorCode::InvalidAmount),
    ("tip", ErrorCode::InvalidAmount),
    ("taxFree", ErrorCode::InvalidAmount),
    ("approvalAmt", ErrorCode::InvalidAmount),
    ("cardAmount", ErrorCode::InvalidAmount),
    ("cashAmount", ErrorCode::InvalidAmount),
    ("etcAmount", ErrorCode::InvalidAmount),
    ("price", ErrorCode::InvalidAmount),
    ("installment", ErrorCode::InvalidInstallment),
];

/// Reads a request that moves money. A number of the wrong shape is refused by its name.
fn money<T: DeserializeOwned>(request: &str) -> Result<T, Error> {
    if let Ok(sound) = serde_json::from_str(request) {
        return Ok(sound);
    }
    let value: Value = read("request", request)?;
    for (field, code) in NUMBERS {
        let Some(number) = value.get(field).filter(|value| !value.is_null()) else { continue };
        let sound = match code {
            ErrorCode::InvalidInstallment => {
                number.as_u64().is_some_and(|months| u8::try_from(months).is_ok())
            }
            _ => number.as_i64().is_some(),
        };
        if !sound {
            let accepted = match code {
                ErrorCode::InvalidInstallment => "0, or 2 to 36",
                _ => "a whole number of won",
            };
            return Err(Error::field(code, field, "not a whole number in range", accepted));
        }
    }
    serde_json::from_value(value).map_err(|_| {
        Error::field(
            ErrorCode::InvalidText,
            "request",
            "a field of another type, or missing",
            "the request as the documentation shows it",
        )
    })
}

fn text(request: &str, field: &'static str) -> Result<String, Error> {
    let value: Value = read("request", request)?;
    match value.get(field) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(Error::field(ErrorCode::InvalidText, field, "missing, or not text", "text")),
    }
}

fn no_call(call: &str) -> Error {
    Error::field(
        ErrorCode::InvalidText,
        "call",
        format!("{call} is no call"),
        "the calls of the documentation",
    )
}
