//! What the journal keeps: facts, in the order in which they became true.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::masked::{scrub, slip_moment, slip_number};
use crate::money::Amounts;
use crate::outcome::{Alarm, Approval, Outcome};
use crate::ptxid::{JournalId, Ptxid};
use crate::request::ApprovalReference;

/// A keyed digest of what 990001 showed: comparable, and worth nothing to whoever finds the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digest(pub u64, pub u64);

/// What was going to be asked, durable before the first byte leaves (rule 1). It holds no card data and no
/// identifier of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// The operation's id.
    pub ptxid: Ptxid,
    /// What is asked.
    pub kind: Kind,
    /// When the call was made.
    pub at: Timestamp,
    /// The terminal's canonical key.
    pub terminal: String,
    /// Play money.
    pub simulated: bool,
    /// The amounts as asked; for a cancellation the approved amount.
    pub amounts: Amounts,
    /// Instalment months.
    #[serde(default)]
    pub installment: u8,
    /// The order's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The key against double clicks: given, or the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether the caller gave the key itself.
    #[serde(default)]
    pub key_given: bool,
    /// What is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ApprovalReference>,
    /// The operation that is cancelled, where it is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Ptxid>,
    /// The reference was typed from a slip.
    #[serde(default)]
    pub typed: bool,
    /// The slip that is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_refund_serial: Option<String>,
    /// What 990001 showed immediately before the first byte; none where it named no transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Digest>,
    /// The ptxid that the request carries, where it is not the operation's own (a profile's setting).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wire_ptxid: Option<Ptxid>,
}

impl Intent {
    /// What a caller asks of a terminal, with real money and without labels, before it is begun: the journal gives it
    /// its id, and the session its baseline.
    #[must_use]
    pub fn asked(kind: Kind, terminal: &str, amounts: Amounts, at: Timestamp) -> Self {
        Self {
            ptxid: Ptxid::new(JournalId::new(0), 0, 0),
            kind,
            at,
            terminal: terminal.to_owned(),
            simulated: false,
            amounts,
            installment: 0,
            order: None,
            key: None,
            key_given: false,
            reference: None,
            original: None,
            typed: false,
            tax_refund_serial: None,
            baseline: None,
            wire_ptxid: None,
        }
    }
}

/// Where an answer was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The request's own answer.
    Answer,
    /// 990001.
    LastTransaction,
}

/// A final answer under the operation's own id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// Where.
    pub source: Source,
    /// The result code.
    pub code: String,
    /// The message, cleaned.
    pub message: String,
    /// The approval: this one's, for 0000, or the one that was seen before a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Box<Approval>>,
    /// A refusal was seen before this 0000: it goes on only at the fence (rule 3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contradicts: bool,
}

/// What an operator says of an unresolved operation (rule 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It was performed.
    Performed,
    /// It was not.
    NotPerformed,
    /// Not decided: only unblocks the terminal.
    Undecided,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Fact {
    /// An intent, before its first byte.
    Intent(Box<Intent>),
    /// A request to stop, before its first byte (rule 9).
    Stopping {
        /// The code that is about to be sent.
        code: String,
    },
    /// Every request to stop of this operation is answered or answered for.
    StopSettled,
    /// A final answer was seen.
    Seen(Seen),
    /// The final outcome.
    Ended(Outcome),
    /// An operator's word.
    Overridden {
        /// The word.
        verdict: Verdict,
        /// Why, in the operator's words.
        reason: String,
    },
    /// A later fact that a person should look at (rule 16).
    Alarmed(Alarm),
    /// An operator accepted the journal as it stands (rule 14).
    Accepted {
        /// Why, in the operator's words.
        reason: String,
    },
}

/// A fact with its place: which terminal, which operation, when by the wall clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// The terminal's canonical key.
    pub terminal: String,
    /// The operation, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ptxid: Option<Ptxid>,
    /// The fact.
    pub fact: Fact,
}

impl Record {
    /// The record without what a journal must not hold: the card number, fields of an answer that the
    /// catalogue does not know, and what a slip says of a person.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        let approval = match &mut self.fact {
            Fact::Seen(seen) => seen.approval.as_deref_mut(),
            Fact::Ended(Outcome::Approved(approval)) => Some(&mut **approval),
            Fact::Ended(Outcome::Reversed(reversal)) => reversal.approval.as_deref_mut(),
            Fact::Ended(Outcome::Unknown(unknown)) => unknown.approval.as_deref_mut(),
            _ => None,
        };
        if let Some(approval) = approval {
            approval.masked_card = None;
            approval.extra = serde_json::Map::new();
            approval.replayed = None;
            if let Some(slip) = &mut approval.slip {
                slip.fields = serde_json::Map::new();
                slip.refund_serial = slip_number(&slip.refund_serial);
                slip.taxrefund_serial = slip_number(&slip.taxrefund_serial);
                slip.refund_date = slip_moment(&slip.refund_date);
                slip.refund_time = slip_moment(&slip.refund_time);
                slip.res_code = scrub(&slip.res_code, 8);
                slip.res_message = scrub(&slip.res_message, 80);
                slip.res_message_taxrefund = scrub(&slip.res_message_taxrefund, 80);
                slip.buyer_country = crate::Secret::default();
                slip.buyer_name = crate::Secret::default();
                slip.passport_serial = crate::Secret::default();
            }
        }
        self
    }
}
