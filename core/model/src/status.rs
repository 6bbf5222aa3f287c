//! How a terminal stands right now.

use serde::{Deserialize, Serialize};

use crate::ptxid::Ptxid;

/// What the terminal can do at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Work {
    /// Open operations of an earlier run are being resolved.
    Recovering,
    /// A money request would be taken.
    Ready,
    /// An operation runs.
    Busy {
        /// The operation.
        operation: Ptxid,
    },
    /// An operation is unresolved and blocks money.
    Unresolved {
        /// The operation.
        operation: Ptxid,
    },
    /// The journal needs an operator's word.
    SafeMode {
        /// What was found.
        detail: String,
    },
    /// Another till or journal holds the terminal, or another till has this till's journal open.
    HeldByAnotherTill {
        /// Who.
        holder: String,
    },
    /// The terminal object was closed.
    Closed,
}

/// The state of a terminal. It never contradicts the events: each change of it is an event first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Whether the connection stands.
    pub connected: bool,
    /// What the terminal can do.
    #[serde(flatten)]
    pub work: Work,
    /// Play money.
    pub simulated: bool,
    /// The factor on every duration, 1.0 outside tests (rule 15).
    pub time_scale: f64,
}

/// What is known of one ability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Capability {
    /// It was seen to work.
    Yes,
    /// It was refused.
    No,
    /// Nothing is known yet.
    #[default]
    Unknown,
}

/// What this terminal is known to do, and what is assumed of it.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// Printing (900091).
    pub printing: Capability,
    /// Easy pay by QR (030010).
    pub easy_pay: Capability,
    /// Cash receipts (070010).
    pub cash_receipt: Capability,
    /// Tax refund (050010).
    pub tax_refund: Capability,
    /// The last transaction (990001).
    pub history: Capability,
    /// Sales totals (050099).
    pub sales_totals: Capability,
    /// Codes (081008).
    pub codes: Capability,
    /// The profile in force, with what was learnt.
    pub profile: crate::Profile,
}
