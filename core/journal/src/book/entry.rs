//! What the book keeps of one intent: everything while it is open, a few words after its end.

use danmal_model::{
    Intent, JournalId, Kind, NotPerformed, NotPerformedReason, Outcome, Ptxid, Seen, StoppedBy, Verdict,
};
use jiff::Timestamp;

use super::digest::Reference;

/// A ptxid in 16 bytes: the journal's own are rebuilt from their parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    Own { count: u32, random: u64 },
    Other(Box<Ptxid>),
}

impl Name {
    pub(crate) fn of(journal: JournalId, ptxid: &Ptxid) -> Self {
        match ptxid.parts() {
            Some((id, count, random)) if id == journal => Self::Own { count, random },
            _ => Self::Other(Box::new(*ptxid)),
        }
    }

    pub(crate) fn ptxid(&self, journal: JournalId) -> Ptxid {
        match self {
            Self::Own { count, random } => Ptxid::new(journal, *count, *random),
            Self::Other(ptxid) => **ptxid,
        }
    }
}

/// How an intent ended, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// What was asked stands, unless a cancellation of it was approved.
    Approved,
    /// Refused by terminal or host.
    Declined,
    /// Stopped after its request may have left.
    Aborted,
    /// Undone by terminal or host.
    Reversed,
    /// Sent, and proven absent (rule 5).
    Absent,
    /// Not a byte of it was sent: it gives its key back to the one before it (rule 13).
    NeverSent,
}

impl Ending {
    /// The ending that an outcome is; none for `Unknown`, which is not one.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Option<Self> {
        Some(match outcome {
            Outcome::Approved(_) => Self::Approved,
            Outcome::Declined(_) => Self::Declined,
            Outcome::Aborted(abortion) if abortion.by == StoppedBy::TillBeforeSending => Self::NeverSent,
            Outcome::Aborted(_) => Self::Aborted,
            Outcome::NotPerformed(NotPerformed { reason: NotPerformedReason::Absent, .. }) => Self::Absent,
            Outcome::NotPerformed(_) => Self::NeverSent,
            Outcome::Reversed(_) => Self::Reversed,
            Outcome::Unknown(_) => return None,
        })
    }
}

/// Where an intent stands, as far as the journal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Begun since this book was opened, and not ended. Whether its call has meanwhile returned `Unknown` is
    /// known to whoever runs it.
    Running,
    /// Open since an earlier run, or left to an operator's word, which is never final (rule 4).
    Unresolved,
    /// Final. The outcome itself is in the journal, not in the book.
    Ended(Ending),
}

/// An intent that has a row and no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIntent {
    /// What was going to be asked.
    pub intent: Intent,
    /// The final answer that was seen last.
    pub seen: Option<Seen>,
    /// The codes of its requests to stop that were journaled and never answered (rule 9).
    pub unsettled_stops: Vec<String>,
    /// The operator's last word, with its reason, unless evidence contradicts it (rule 4).
    pub overridden: Option<(Verdict, String)>,
}

/// Requests to stop an operation that has ended, never answered: they gate the next money request (rule 9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsettledStop {
    /// The operation that they were meant for.
    pub ptxid: Ptxid,
    /// Its terminal.
    pub terminal: String,
    /// Their codes.
    pub codes: Vec<String>,
}

/// The place of an intent in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The operation.
    pub ptxid: Ptxid,
    /// When its call was made, by the wall clock of then.
    pub began: Timestamp,
    /// What was asked.
    pub kind: Kind,
    /// The height of its intent's row.
    pub intent: u64,
    /// Its end and the height of that row; none while it is open.
    pub end: Option<(Ending, u64)>,
}

#[derive(Clone, PartialEq)]
pub(crate) enum Entry {
    Live(Box<Live>),
    Ended(Summary),
}

#[derive(Clone, PartialEq)]
pub(crate) struct Live {
    pub(crate) intent: Intent,
    /// The height of its row; none while it is only reserved.
    pub(crate) row: Option<u64>,
    /// Its place among the open ones.
    pub(crate) place: u64,
    /// Begun since this book was opened.
    pub(crate) running: bool,
    pub(crate) seen: Option<Seen>,
    pub(crate) stops: Vec<String>,
    pub(crate) overridden: Option<(Verdict, String)>,
    /// Evidence contradicts the operator's word.
    pub(crate) contradicted: bool,
}

impl Live {
    /// The operator's word, while it holds.
    pub(crate) fn word(&self) -> Option<Verdict> {
        self.overridden.as_ref().filter(|_| !self.contradicted).map(|(verdict, _)| *verdict)
    }

    pub(crate) fn open_intent(&self) -> OpenIntent {
        OpenIntent {
            intent: self.intent.clone(),
            seen: self.seen.clone(),
            unsettled_stops: self.stops.clone(),
            overridden: self.overridden.clone().filter(|_| !self.contradicted),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) began: Timestamp,
    pub(crate) intent: u64,
    pub(crate) end: u64,
    pub(crate) fingerprint: u64,
    /// What a cancellation of it names; of an approval only.
    pub(crate) reference: Option<Reference>,
    pub(crate) kind: Kind,
    pub(crate) ending: Ending,
}
