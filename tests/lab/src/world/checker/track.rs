//! What the checker knows of one operation.

use std::time::Duration;

use danmal_model::{Kind, Outcome, Ptxid, UnknownWhy, Verdict};
use jiff::Timestamp;

#[derive(Clone, Debug)]
pub struct Violation {
    pub invariant: &'static str,
    pub text: String,
    pub ptxid: Option<Ptxid>,
}

/// How an operation ended, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    Approved,
    Declined,
    Aborted,
    NotPerformed,
    Reversed,
}

impl End {
    pub fn of(outcome: &Outcome) -> Option<Self> {
        Some(match outcome {
            Outcome::Approved(_) => Self::Approved,
            Outcome::Declined(_) => Self::Declined,
            Outcome::Aborted(_) => Self::Aborted,
            Outcome::NotPerformed(_) => Self::NotPerformed,
            Outcome::Reversed(_) => Self::Reversed,
            Outcome::Unknown(_) => return None,
        })
    }
}

/// One intent, as the checker sees it.
pub struct Track {
    pub ptxid: Ptxid,
    pub kind: Kind,
    pub amount: i64,
    /// Of a cancellation: the number of the approval that it is to undo, and who got it. Some terminals give no
    /// number.
    pub(super) reference: Option<String>,
    pub(super) original: Option<Ptxid>,
    pub(super) began: Timestamp,
    /// Its row is durable.
    pub recorded: bool,
    /// When its first byte left.
    pub sent: Option<Duration>,
    /// The session that had it is gone, or it was forgotten: without a row nothing of it remains.
    pub(super) lost: bool,
    pub(super) told: bool,
    pub why: Option<UnknownWhy>,
    /// What the caller was told for good.
    pub end: Option<End>,
    /// What the durable row of its end says.
    pub row: Option<End>,
    /// The operator's word, as long as no evidence contradicts it.
    pub word: Option<Verdict>,
    /// Evidence against the word was handed to the session, and it has raised its alarm.
    pub alarmed: bool,
    /// The session has taken it up again because evidence contradicts the word; a restart before that is
    /// durable forgets it.
    pub(super) reinstated: bool,
    /// An approval was seen, by a durable row.
    pub seen_approval: bool,
    /// Amount and number as the till was told, and whether an alarm says that the amount is not to be trusted.
    pub(super) approval: Option<(i64, String, bool)>,
    pub(super) captured: u32,
    pub(super) reversed: u32,
    pub(super) reversed_by_terminal: u32,
    pub host_amount: i64,
    pub(super) host_number: String,
    /// The answer of 990001 before its first byte.
    pub baseline: Option<Box<[u8]>>,
}

impl Track {
    /// The terminal itself has undone it.
    pub fn undone_by_terminal(&self) -> bool {
        self.reversed_by_terminal > 0
    }

    pub fn net(&self) -> i64 {
        i64::from(self.captured) - i64::from(self.reversed)
    }

    /// A byte of it may have left, and nobody knows or has said what became of it.
    pub fn is_unresolved(&self) -> bool {
        self.recorded && self.row.is_none() && (self.word.is_none() || self.reinstated)
    }

    /// Whether it is a cancellation of this approval.
    pub(super) fn cancels(&self, original: Option<Ptxid>, number: Option<&str>) -> bool {
        let same_number =
            number.is_some_and(|number| !number.is_empty() && self.reference.as_deref() == Some(number));
        self.kind.is_cancellation() && (original.is_some() && self.original == original || same_number)
    }

    /// Whether it is the cancellation for operations of a kind.
    pub(super) fn undoes_kind(&self, kind: Kind) -> bool {
        matches!(
            (self.kind, kind),
            (Kind::CardCancellation, Kind::CardApproval)
                | (Kind::EasyPayCancellation, Kind::EasyPayApproval)
                | (Kind::CashReceiptCancellation, Kind::CashReceiptIssue)
                | (Kind::TaxRefundCancellation, Kind::TaxRefundIssue)
        )
    }

    /// It is left to a word that evidence can contradict: who decided nothing cannot be contradicted.
    pub(super) fn is_contradictable(&self) -> bool {
        let decided = self.word.is_some_and(|word| word != Verdict::Undecided);
        self.row.is_none() && decided && !self.reinstated
    }
}
