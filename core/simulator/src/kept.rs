//! What a terminal keeps while it is switched off, as lines of JSON: each is a change, the newest holds.

use serde::{Deserialize, Serialize};

use crate::Code;
use crate::host::{Entry, Slip};

/// The version of the file.
pub(crate) const VERSION: u32 = 1;

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Line {
    /// The first line.
    DanmalSimulator(u32),
    /// A line of the ledger, by its number: new, or changed.
    Entry(usize, Entry),
    /// The tax-refund slips.
    Slips(KeptSlips),
    /// The last transactions.
    Memory(KeptMemory),
}

/// The tax-refund slips of the ledger.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptSlips {
    pub(crate) slips: Vec<Slip>,
    pub(crate) of_yesterday_cancelled: bool,
}

/// The last transaction and the one before.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptMemory {
    pub(crate) last: Option<KeptRecord>,
    pub(crate) earlier: Option<KeptRecord>,
}

/// A transaction that is remembered.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptRecord {
    #[serde(with = "code")]
    pub(crate) code: Code,
    pub(crate) ptxid: Box<str>,
    pub(crate) json: Box<str>,
    pub(crate) line: Option<usize>,
    pub(crate) never: bool,
    pub(crate) without_ptxid: bool,
    pub(crate) after_reversal: bool,
    pub(crate) reversed: bool,
}

/// A message code as its six digits.
pub(crate) mod code {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::Code;

    pub(crate) fn serialize<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(code.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
