//! What the application does.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Expectation, LedgerExpectation};
use crate::fault::Fault;
use crate::span;

/// One step. In a file it is a map with one of the actions as a key, and `as` where its result gets a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Words", into = "Words")]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// How later steps call what it gives.
    pub name: Option<String>,
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident $field:ident: $type:ty,)*) => {
        /// What the application does. Operations and questions begin and are not waited for;
        /// [`Expect`](Action::Expect) waits.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Action {
            $($(#[doc = $doc])* $name($type),)*
        }

        #[derive(Default, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        struct Words {
            $(#[serde(skip_serializing_if = "Option::is_none")] $field: Option<$type>,)*
            #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
            name: Option<String>,
        }

        impl TryFrom<Words> for Step {
            type Error = &'static str;

            fn try_from(words: Words) -> Result<Self, Self::Error> {
                let mut actions = [$(words.$field.map(Action::$name)),*].into_iter().flatten();
                match (actions.next(), actions.next()) {
                    (Some(action), None) => Ok(Self { action, name: words.name }),
                    (None, _) => Err("a step has an action"),
                    (Some(_), Some(_)) => Err("a step has one action; a second one is a step of its own"),
                }
            }
        }

        impl From<Step> for Words {
            fn from(step: Step) -> Self {
                let mut words = Self { name: step.name, ..Self::default() };
                match step.action {
                    $(Action::$name(action) => words.$field = Some(action),)*
                }
                words
            }
        }
    };
}

actions! {
    /// A sale by card (010010).
    Approve approve: Sale,
    /// A sale by QR code or barcode (030010).
    ApproveEasyPay approve_easy_pay: Sale,
    /// Cancels an approval (010020 or 030020, whichever it was).
    Cancel cancel: Cancel,
    /// Cancels an easy-pay approval from the numbers on its slip (030020).
    CancelEasyPay cancel_easy_pay: Cancel,
    /// Issues a cash receipt (070010).
    IssueCashReceipt issue_cash_receipt: Receipt,
    /// Cancels a cash receipt (070020).
    CancelCashReceipt cancel_cash_receipt: CancelReceipt,
    /// Issues a tax-refund slip (050010).
    IssueTaxRefund issue_tax_refund: TaxRefund,
    /// Cancels a slip (050020).
    CancelTaxRefund cancel_tax_refund: SlipOf,
    /// Asks for a slip (900050).
    InquireTaxRefund inquire_tax_refund: SlipOf,
    /// Asks for the sales totals (050099).
    SalesTotals sales_totals: Totals,
    /// Asks for the code table (081008).
    DownloadCodes download_codes: Empty,
    /// Asks for the last transaction (990001).
    LastTransaction last_transaction: Empty,
    /// Prints these lines, on the left (900091).
    Print print: Vec<String>,
    /// Asks the terminal to stop an operation, by its name (rule 9).
    RequestCancel request_cancel: String,
    /// Stops watching an operation, by its name: nothing else happens (rule 17).
    StopWatching stop_watching: String,
    /// Waits until an event is seen.
    WaitFor wait_for: WaitFor,
    /// Waits.
    Wait wait: Wait,
    /// Waits for the end of an operation or the answer of a question, and compares.
    Expect expect: Box<Expectation>,
    /// The unresolved operations, by their names, in their order.
    ExpectPending expect_pending: Vec<String>,
    /// Closes the SDK, or kills its process, and opens it with the same journal.
    Restart restart: Restart,
    /// The operator's word on an unresolved operation (rule 4).
    Override override_unknown: Override,
    /// The operator accepts the journal (rule 14), with this reason.
    AcceptJournal accept_journal: String,
    /// Lets a fault strike now.
    Inject inject: Fault,
    /// Looks into the host's ledger now.
    Ledger ledger: LedgerExpectation,
}

/// A duration of the real world; the scenario's factor shortens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wait(#[serde(with = "span")] pub Duration);

/// No parameters: `{}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// A sale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Sale {
    /// All that the customer pays, won.
    pub amount: i64,
    /// The tax in it (부가세).
    #[serde(skip_serializing_if = "is_zero")]
    pub tax: i64,
    /// The tip in it (봉사료).
    #[serde(skip_serializing_if = "is_zero")]
    pub tip: i64,
    /// The tax-free part of it (면세).
    #[serde(skip_serializing_if = "is_zero")]
    pub tax_free: i64,
    /// Instalment months (할부).
    #[serde(skip_serializing_if = "is_zero")]
    pub installment: i64,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The key, where it is another than the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A cancellation: of an operation before, or from the numbers on a slip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Cancel {
    /// Of the approval that a step gave.
    Of(String),
    /// Of an approval that was typed in.
    Typed(Typed),
}

/// The numbers on a slip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Typed {
    /// Won.
    pub approval_amt: i64,
    /// 승인번호.
    pub approval_no: String,
    /// 거래일련번호.
    pub transaction_no: String,
    /// As it is printed.
    pub transaction_date: String,
}

/// A cash receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
    /// Won.
    pub amount: i64,
    /// The customer's number; where it is absent the customer keys it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Whether it is for expense proof (지출증빙, "2") instead of income deduction (소득공제, "1").
    #[serde(default)]
    pub expense_proof: bool,
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// The cancellation of a cash receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelReceipt {
    /// The operation that issued it.
    pub of: String,
    /// The customer's number.
    pub identifier: String,
}

/// A tax-refund slip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum TaxRefund {
    /// T650P.
    T650p {
        /// Won.
        amount: i64,
        /// The sale's serial number.
        sales_serial: i64,
    },
    /// P3MIX, medical.
    Medical(Medical),
    /// P3MIX, goods.
    Goods {
        /// The sale's serial or transaction number.
        sales_serial: String,
    },
    /// P3MIX, hotel.
    Hotel {
        /// yyMMdd.
        check_in: String,
        /// yyMMdd.
        check_out: String,
        /// The sale's serial or transaction number.
        sales_serial: String,
    },
}

/// P3MIX, medical.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Medical {
    /// Won.
    pub card_amount: i64,
    /// Won.
    pub cash_amount: i64,
    /// Won.
    pub etc_amount: i64,
    /// The sale's serial or transaction number.
    pub sales_serial: String,
    /// The facilitator's number.
    pub facilitator_number: String,
}

/// A slip: that of an operation before, or one by its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SlipOf {
    /// That which a step issued.
    Of(String),
    /// By its number.
    Serial(String),
}

/// Days of the sales totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Totals {
    /// yyyyMMdd.
    pub from: String,
    /// yyyyMMdd.
    pub to: String,
}

/// An event that is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaitFor {
    /// Of this operation; of the terminal itself where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The event's code.
    pub event: String,
}

/// How the SDK ends before it begins again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Restart {
    /// It is closed.
    Closed,
    /// Its process is killed, or as good as: nothing more is written, nothing is said.
    Killed,
    /// It is closed, and somebody deletes its journal (rule 14).
    JournalDeleted,
}

/// The operator's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Override {
    /// On this operation.
    pub of: String,
    /// What the operator says.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// What an operator says of an unresolved operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It was performed.
    Performed,
    /// It was not.
    NotPerformed,
    /// Nobody knows; the shop goes on.
    Undecided,
}

impl Action {
    /// Whether it gives an operation or an answer that can have a name.
    #[must_use]
    pub fn gives_a_result(&self) -> bool {
        matches!(
            self,
            Self::Approve(_)
                | Self::ApproveEasyPay(_)
                | Self::Cancel(_)
                | Self::CancelEasyPay(_)
                | Self::IssueCashReceipt(_)
                | Self::CancelCashReceipt(_)
                | Self::IssueTaxRefund(_)
                | Self::CancelTaxRefund(_)
                | Self::InquireTaxRefund(_)
                | Self::SalesTotals(_)
                | Self::DownloadCodes(_)
                | Self::LastTransaction(_)
                | Self::Print(_)
        )
    }
}

impl Step {
    /// The names that it uses.
    pub(super) fn uses(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        match &self.action {
            Action::Cancel(Cancel::Of(of)) | Action::CancelEasyPay(Cancel::Of(of)) => names.push(of),
            Action::CancelCashReceipt(receipt) => names.push(&receipt.of),
            Action::CancelTaxRefund(SlipOf::Of(of)) | Action::InquireTaxRefund(SlipOf::Of(of)) => {
                names.push(of)
            }
            Action::RequestCancel(of) | Action::StopWatching(of) => names.push(of),
            Action::WaitFor(wait) => names.extend(wait.of.as_deref()),
            Action::Expect(expectation) => {
                names.push(&expectation.of);
                names.extend(expectation.same_as.as_deref());
            }
            Action::ExpectPending(pending) => names.extend(pending.iter().map(String::as_str)),
            Action::Override(word) => names.push(&word.of),
            Action::Ledger(ledger) => names.extend(ledger.of.keys().map(String::as_str)),
            _ => {}
        }
        names
    }
}
