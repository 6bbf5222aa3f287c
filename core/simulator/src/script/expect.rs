//! What must come of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::host::{Host, State};

/// How an operation ends, or what a question is answered. What is absent is not compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// The operation or question.
    pub of: String,
    /// The outcome's name, as the caller sees it first: `approved`, `declined`, `aborted`, `notPerformed`,
    /// `reversed`, `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The final outcome's name, which is waited for behind an `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// The reason of `notPerformed`, or why it is `unknown`, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The result code of a decline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_code: Option<String>,
    /// The approved amount, won.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Whether the same operation was given again (rule 13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed: Option<bool>,
    /// It is the same operation as that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Whether the outcome says that the terminal had been asked to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_requested: Option<bool>,
    /// Events that are seen in this order, others between them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Events that are never seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<String>,
    /// The alarm that is raised, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<String>,
    /// The call itself refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// The answer of a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerExpectation>,
}

/// How a call refuses by itself, without I/O.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// The field at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The error's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// The answer of a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerExpectation {
    /// The code of the error that comes instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Fields of the SDK's record, as its JSON names them, with dots between an object and its field and
    /// places in lists counted from 0: `approved.count`, `codes.2.codeName`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
}

/// What the SDK's journal says of one operation at the end, as `history()` shows it. What is absent is not
/// compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JournalExpectation {
    /// The outcome's name; `open` where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What still stands of it, won; `null` in the SDK is no number and equals none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<i64>,
    /// The operator's word on it: `performed`, `notPerformed`, `undecided`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden: Option<String>,
    /// How many cancellations of it are approved or open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellations: Option<usize>,
    /// Whether there is an entry at all. True.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
}

/// What stands in the host's ledger. What is absent is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LedgerExpectation {
    /// How many lines were captured, whatever became of them; a cancellation has a line of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured: Option<usize>,
    /// How many of them were reversed (망취소).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversed: Option<usize>,
    /// How many of them were cancelled (취소).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<usize>,
    /// How many were refused by the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined: Option<usize>,
    /// What customers have paid and not got back, won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<i64>,
    /// The lines of single operations, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub of: BTreeMap<String, PerRequest>,
}

/// The lines of one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PerRequest {
    /// How often it was captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured: Option<usize>,
    /// How often that was reversed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversed: Option<usize>,
    /// How often that was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<usize>,
}

impl LedgerExpectation {
    /// Compares with a ledger. `ptxid` gives the ptxid of an operation by its name.
    ///
    /// # Errors
    /// What differs, a sentence each.
    pub fn check(&self, host: &Host, ptxid: impl Fn(&str) -> Option<String>) -> Result<(), Vec<String>> {
        let entries = host.entries();
        let count = |states: &[State]| entries.iter().filter(|entry| states.contains(&entry.state)).count();
        let mut wrong = Vec::new();
        let mut compare = |what: String, expected: Option<usize>, found: usize| {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                wrong.push(format!("{what}: {expected} expected, {found} found"));
            }
        };
        let captured = count(&[State::Captured, State::Reversed, State::Cancelled]);
        compare("captured".to_owned(), self.captured, captured);
        compare("reversed".to_owned(), self.reversed, count(&[State::Reversed]));
        compare("cancelled".to_owned(), self.cancelled, count(&[State::Cancelled]));
        compare("declined".to_owned(), self.declined, count(&[State::Declined]));
        for (name, lines) in &self.of {
            let id = ptxid(name).unwrap_or_default();
            compare(format!("{name} captured"), lines.captured, host.captured(&id));
            compare(format!("{name} reversed"), lines.reversed, host.reversed(&id));
            compare(format!("{name} cancelled"), lines.cancelled, host.cancelled(&id));
        }
        if let Some(net) = self.net.filter(|net| *net != host.net()) {
            wrong.push(format!("net: {net} won expected, {} found", host.net()));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}
