//! What a terminal's queries answer.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::masked::Secret;
use crate::outcome::Approval;

/// Sales totals (매출집계, 050099), passed through as the terminal gave them: a hint, not a proof.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SalesTotals {
    /// The period in the terminal's words.
    pub period: String,
    /// What was approved.
    pub approved: TotalsLine,
    /// What was cancelled.
    pub canceled: TotalsLine,
    /// Fields that the catalogue does not know.
    pub extra: Map<String, Value>,
}

/// The sums; of unknown fields how many there are, since a terminal may put anything there.
impl fmt::Debug for SalesTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SalesTotals")
            .field("approved", &self.approved)
            .field("canceled", &self.canceled)
            .field("extra", &self.extra.len())
            .finish_non_exhaustive()
    }
}

/// One line of the sales totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TotalsLine {
    /// How many.
    pub count: i64,
    /// How much, won.
    pub price: i64,
    /// The field `issuer`, whose meaning the catalogue leaves open.
    pub issuer: i64,
}

/// The code table (코드다운로드, 081008).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CodeTable {
    /// The count as answered: advisory, it may differ from the number of codes.
    pub total_count: i64,
    /// The codes.
    pub codes: Vec<CodeEntry>,
}

/// One code of the code table.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CodeEntry {
    /// The code.
    pub code: String,
    /// Its name.
    pub code_name: String,
    /// Its group, may be empty.
    pub group_code: String,
    /// The group's name, may be empty.
    pub group_code_name: String,
}

/// That it is one: its texts are the terminal's to fill.
impl fmt::Debug for CodeEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeEntry")
    }
}

/// What the terminal shows as its last transaction (직전거래, 990001).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LastTransaction {
    /// Whether it names no transaction at all.
    pub empty: bool,
    /// Its result code, as answered.
    pub result_code: String,
    /// Its message, cleaned of control characters.
    pub result_message: String,
    /// Its fields, where it names one.
    pub transaction: Option<Approval>,
}

/// A tax-refund slip (환급전표). It names a person: those fields print nowhere by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaxRefundSlip {
    /// `refundSerial`.
    pub refund_serial: String,
    /// `taxrefundSerial`, where the answer has one; medical answers do not.
    pub taxrefund_serial: String,
    /// `yyyyMMdd` or as the terminal wrote it.
    pub refund_date: String,
    /// The time as the terminal wrote it.
    pub refund_time: String,
    /// What is refunded, won.
    pub refund_balance: i64,
    /// The second result inside a medical answer; empty elsewhere.
    pub res_code: String,
    /// Its message.
    pub res_message: String,
    /// Its message about the refund.
    pub res_message_taxrefund: String,
    /// The store's messages and numbers, by the wire's names.
    pub fields: Map<String, Value>,
    /// The buyer's country: personal.
    #[serde(skip_serializing)]
    pub buyer_country: Secret,
    /// The buyer's name: personal.
    #[serde(skip_serializing)]
    pub buyer_name: Secret,
    /// The buyer's passport: personal.
    #[serde(skip_serializing)]
    pub passport_serial: Secret,
}

impl TaxRefundSlip {
    /// The number that a cancellation or an inquiry names: `taxrefundSerial` where there is one.
    #[must_use]
    pub fn serial(&self) -> &str {
        if self.taxrefund_serial.trim().is_empty() { &self.refund_serial } else { &self.taxrefund_serial }
    }
}
