//! What an operator sees and says: what is unresolved, what was, and a word on both.

use std::sync::Arc;
use std::time::{Duration, Instant};

use danmal_journal::{HistoryEntry, HistoryFilter};
use danmal_model::{Error, ErrorCode, NotPerformedReason, Ptxid, Verdict};

use super::Terminal;
use super::queries::Settling;
use crate::driver::Command;
use crate::fork;
use crate::operation::Operation;
use crate::watch::{Once, Wait, block_until};

/// How long `pending` waits for the journal to be opened.
const OPENING: Duration = Duration::from_secs(2);

/// The longest reason, in characters.
const REASON: usize = 200;

impl Terminal {
    /// The operations without an end, oldest first, those of earlier runs too: show the unresolved ones to the
    /// cashier. Each one's outcome is its state at this moment: `Unknown` at once where it is unresolved.
    ///
    /// Right after the terminal was opened it waits for the journal, some milliseconds and at most 2 s: an
    /// empty list must not mean that nobody has looked yet. It does not wait for a place that cannot be found, and
    /// then the list is empty although something may be open there: [`status`](Self::status) says `Recovering`.
    #[must_use]
    pub fn pending(&self) -> Vec<Operation> {
        if fork::is_child().is_some() {
            return Vec::new();
        }
        self.wait_for_a_look();
        let cores = self.ledger().map(|ledger| ledger.of(self.shared())).unwrap_or_default();
        cores.into_iter().map(|core| Operation::handed_out(core, None)).collect()
    }

    /// Until it is known what an earlier run left open, or why that cannot be known yet.
    fn wait_for_a_look(&self) {
        let looked = Wait::new(self.shared().looked.clone());
        let _ = block_until(looked, Some(Instant::now() + OPENING));
    }

    /// Asks the terminal again now about what is unresolved, which is handed back. Where its place is not found
    /// yet, it is looked for again at once.
    ///
    /// # Errors
    /// A closed terminal, a forked process.
    pub fn recover(&self) -> Result<Vec<Operation>, Error> {
        self.tell(Command::Recover)?;
        Ok(self.pending())
    }

    /// An operator's word on an unresolved operation (rule 4): journaled, never final; later evidence that
    /// contradicts it raises an alarm. It is refused before the fence, 150 s after the last thing that could
    /// still act, and while the terminal's place is not found.
    ///
    /// # Errors
    /// Not allowed yet, no such operation, a bad reason, or the journal cannot keep it.
    pub async fn override_unknown(&self, id: Ptxid, verdict: Verdict, reason: &str) -> Result<(), Error> {
        check_reason(reason)?;
        let done = Arc::new(Once::new());
        let reason = reason.to_owned();
        self.tell(Command::Override { ptxid: id, verdict, reason, done: done.clone() })?;
        Settling::new(done, self.shared()).await
    }

    /// An operator accepts the journal after it was damaged, lost or replaced by an older copy (rule 14).
    /// Refused before the fence, before the terminal was asked what it still shows, and so while its place is not
    /// found.
    ///
    /// # Errors
    /// Not needed, not allowed yet, a bad reason, or the journal cannot keep it.
    pub async fn accept_journal(&self, reason: &str) -> Result<(), Error> {
        check_reason(reason)?;
        let done = Arc::new(Once::new());
        self.tell(Command::Accept { reason: reason.to_owned(), done: done.clone() })?;
        Settling::new(done, self.shared()).await
    }

    /// Everything that the journal knows of this terminal, oldest first: each operation with its outcome, its
    /// cancellations and what still stands of it (its net).
    ///
    /// Right after the terminal was opened it waits for the journal and for the terminal's place, as
    /// [`pending`](Self::pending) does. A terminal whose place is not found has no key to look under: the list is
    /// that of the address as it was given, which for a name or a USB adapter is empty.
    ///
    /// # Errors
    /// The journal cannot be opened or read, or this process was forked.
    pub fn history(&self) -> Result<Vec<HistoryEntry>, Error> {
        self.history_of(&HistoryFilter::default())
    }

    /// As [`history`](Self::history), of what a filter lets through. Whatever terminal the filter names, it is
    /// this one. A simulator within the process goes by its name: what it was in earlier processes is in it.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub fn history_of(&self, filter: &HistoryFilter) -> Result<Vec<HistoryEntry>, Error> {
        if let Some(error) = fork::is_child() {
            return Err(error);
        }
        self.wait_for_a_look();
        let refuse =
            |detail: String| Error::new(ErrorCode::Journal, detail, "give it a file that can be read");
        let Some(ledger) = self.ledger() else {
            let reason = self.no_journal();
            let mut error = refuse(reason.text().en.into_owned());
            if matches!(reason, NotPerformedReason::JournalHeld { .. }) {
                error.code = ErrorCode::HeldByAnotherTill;
                error.accepted = "close it there, or give this till a journal of its own".into();
            }
            return Err(error);
        };
        ledger.history(self.key(), filter).map_err(|error| refuse(error.to_string()))
    }
}

fn check_reason(reason: &str) -> Result<(), Error> {
    let length = reason.chars().count();
    if !reason.trim().is_empty() && length <= REASON && !reason.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::field(
        ErrorCode::InvalidText,
        "reason",
        if reason.trim().is_empty() { "blank".to_owned() } else { format!("{length} characters") },
        format!("1 to {REASON} characters without control characters: who decided, and from what"),
    ))
}
