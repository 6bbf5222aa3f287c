//! What happened, for a person: each operation with its outcome, its cancellations and what still stands.

use danmal_model::{Fact, Intent, Outcome, Ptxid, Record, Seen, Verdict};
use jiff::Timestamp;

use super::{Journal, JournalError, lock};
use crate::book::{Ending, Placed, State};

/// Which operations [`Journal::history`] lists. The default lists all.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    /// Begun at or after this moment.
    pub since: Option<Timestamp>,
    /// Begun before this moment.
    pub until: Option<Timestamp>,
    /// On this terminal.
    pub terminal: Option<String>,
    /// Under this order.
    pub order: Option<String>,
    /// At most so many, the newest.
    pub limit: Option<usize>,
}

/// One operation of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What was asked.
    pub intent: Intent,
    /// How it ended; none while it runs or is unresolved.
    pub outcome: Option<Outcome>,
    /// The final answer that was seen last, while it is open.
    pub seen: Option<Seen>,
    /// An operator's word, while it is open (rule 4).
    pub overridden: Option<(Verdict, String)>,
    /// Its cancellations that are approved or open, oldest first; each is an entry of its own too. One typed from a
    /// slip is among them where it may be its own.
    pub cancellations: Vec<Ptxid>,
    /// What stands of it, in won: of an approval the approved amount, or 0 once a cancellation of it was
    /// approved; of an approved cancellation 0 where its original is on record, and the negative amount where
    /// it is not; none while it or a cancellation of it is open. A cancellation counts as an operation's own where
    /// that is certain: it names it, or has every field of its record. The sum over all entries is what was taken.
    pub net: Option<i64>,
}

impl HistoryEntry {
    /// Whether what was asked stands: approved or, while it is open, performed by an operator's word; and no
    /// cancellation of it was approved.
    #[must_use]
    pub fn stands(&self) -> bool {
        match &self.outcome {
            Some(Outcome::Approved(_)) => self.cancellations.is_empty() || self.net != Some(0),
            Some(_) => false,
            None => matches!(self.overridden, Some((Verdict::Performed, _))),
        }
    }
}

pub(super) fn outcome_of(record: Record) -> Option<Outcome> {
    match record.fact {
        Fact::Ended(outcome) => Some(outcome),
        _ => None,
    }
}

impl Journal {
    /// The operations of this journal, oldest first.
    ///
    /// # Errors
    /// The file cannot be read, or the journal was closed.
    pub fn history(&self, filter: &HistoryFilter) -> Result<Vec<HistoryEntry>, JournalError> {
        self.check_process()?;
        let places = self.book(|book| book.intents());
        let wanted = |placed: &&Placed| {
            filter.since.is_none_or(|since| placed.began >= since)
                && filter.until.is_none_or(|until| placed.began < until)
        };
        let limit = filter.limit.unwrap_or(usize::MAX);
        let mut entries = Vec::new();
        for placed in places.iter().rev().filter(wanted) {
            if entries.len() >= limit {
                break;
            }
            let Some(Fact::Intent(intent)) = self.row(placed.intent)?.map(|record| record.fact) else {
                continue;
            };
            let terminal = filter.terminal.as_ref().is_none_or(|terminal| *terminal == intent.terminal);
            let order = filter.order.as_ref().is_none_or(|order| Some(order) == intent.order.as_ref());
            if terminal && order {
                entries.push(self.history_entry(*intent)?);
            }
        }
        entries.reverse();
        Ok(entries)
    }

    /// One operation with everything that is known of it; none if it has no row, or was pruned.
    ///
    /// # Errors
    /// The file cannot be read, or the journal was closed.
    pub fn entry(&self, ptxid: Ptxid) -> Result<Option<HistoryEntry>, JournalError> {
        self.check_process()?;
        let Some(placed) = self.book(|book| book.placed(ptxid)) else { return Ok(None) };
        match self.row(placed.intent)?.map(|record| record.fact) {
            Some(Fact::Intent(intent)) => self.history_entry(*intent).map(Some),
            _ => Ok(None),
        }
    }

    /// What ended last on a terminal and how, newest first: at most `limit` operations, among the journal's newest
    /// 256. What has left the terminal long ago is not looked for.
    ///
    /// # Errors
    /// The file cannot be read, or the journal was closed.
    pub fn recently_ended(&self, terminal: &str, limit: usize) -> Result<Vec<(Ptxid, Ending)>, JournalError> {
        self.check_process()?;
        let places = self.book(|book| book.intents());
        let mut ended = Vec::new();
        for placed in places.iter().rev().take(256) {
            if ended.len() >= limit {
                break;
            }
            let Some((ending, _)) = placed.end else { continue };
            let here = self.row(placed.intent)?.is_some_and(|record| record.terminal == terminal);
            if here {
                ended.push((placed.ptxid, ending));
            }
        }
        Ok(ended)
    }

    fn history_entry(&self, intent: Intent) -> Result<HistoryEntry, JournalError> {
        let ptxid = intent.ptxid;
        let shared = lock(&self.0.shared);
        let book = &shared.book;
        let cancellations = book.cancellations_of(ptxid);
        let (seen, overridden) = match book.open_intent(ptxid) {
            Some(open) => (open.seen, open.overridden),
            None => (None, None),
        };
        let undoes = |id: &&Ptxid| book.is_undone_by(ptxid, **id);
        let states: Vec<Option<State>> =
            cancellations.iter().filter(undoes).map(|id| book.state_of(*id)).collect();
        let recorded = book.has_original(ptxid);
        drop(shared);
        let outcome = self.outcome(ptxid)?;
        let net = match &outcome {
            None => None,
            Some(Outcome::Approved(approval)) if intent.kind.is_cancellation() => {
                Some(if recorded { 0 } else { -approval.approval_amt })
            }
            Some(Outcome::Approved(_)) if states.contains(&Some(State::Ended(Ending::Approved))) => Some(0),
            Some(Outcome::Approved(approval)) => states.is_empty().then_some(approval.approval_amt),
            Some(_) => Some(0),
        };
        Ok(HistoryEntry { intent, outcome, seen, overridden, cancellations, net })
    }
}
