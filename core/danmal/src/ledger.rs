//! The journal as the terminals of this process share it, with the operations that run under it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use danmal_journal::{
    Begun, HistoryEntry, HistoryFilter, Holder, Journal, JournalError, MarkerUpdate, NotAsRecorded,
};
use danmal_model::{ApprovalReference, Intent, Kind, NotPerformedReason, Ptxid, Record};
use danmal_protocol::{CommitId, OpenIntent};

use crate::driver::{Command, Mailbox};
use crate::operation::{Core, Operation};
use crate::options::JournalChoice;
use crate::requests::Asked;
use crate::shared::Shared;

/// A journal and its live operations.
pub(crate) struct Ledger {
    pub(crate) journal: Journal,
    /// Those that run or are unresolved, of every terminal.
    live: Mutex<HashMap<Ptxid, Arc<Core>>>,
}

/// What an ask came to.
pub(crate) enum Begin {
    /// It is new and is to be sent. `replaces`: the order's old operation, which is too old to be meant.
    New { core: Arc<Core>, order: Box<danmal_protocol::Order>, replaces: Option<Ptxid> },
    /// Nothing is to be sent.
    Settled(Operation),
}

fn ledgers() -> MutexGuard<'static, HashMap<PathBuf, Weak<Ledger>>> {
    static LEDGERS: OnceLock<Mutex<HashMap<PathBuf, Weak<Ledger>>>> = OnceLock::new();
    LEDGERS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Those of journals that callers opened themselves.
fn given() -> MutexGuard<'static, HashMap<danmal_model::JournalId, Weak<Ledger>>> {
    static GIVEN: OnceLock<Mutex<HashMap<danmal_model::JournalId, Weak<Ledger>>>> = OnceLock::new();
    GIVEN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    fn new(journal: Journal) -> Arc<Self> {
        Arc::new(Self { journal, live: Mutex::default() })
    }

    /// The journal of a choice. Terminals of one file share one.
    ///
    /// # Errors
    /// Why no operation can be journaled: each ends with this reason.
    pub(crate) fn open(
        choice: &JournalChoice,
        folder: &Path,
        simulated: bool,
    ) -> Result<Arc<Self>, NotPerformedReason> {
        match choice {
            JournalChoice::Memory => Ok(Self::new(Journal::memory(simulated))),
            JournalChoice::Open(journal) => {
                let mut given = given();
                given.retain(|_, ledger| ledger.strong_count() > 0);
                if let Some(ledger) = given.get(&journal.id()).and_then(Weak::upgrade) {
                    return Ok(ledger);
                }
                let ledger = Self::new(journal.clone());
                given.insert(journal.id(), Arc::downgrade(&ledger));
                Ok(ledger)
            }
            JournalChoice::Path(path) => Self::open_file(&folder.join(path), simulated),
            JournalChoice::Default => {
                Self::open_file(&folder.join(if simulated { "simulator.db" } else { "till.db" }), simulated)
            }
        }
    }

    fn open_file(path: &Path, simulated: bool) -> Result<Arc<Self>, NotPerformedReason> {
        // One file under two names is one journal.
        let parent = path.parent().and_then(|parent| std::fs::canonicalize(parent).ok());
        let path = match (parent, path.file_name()) {
            (Some(parent), Some(name)) => parent.join(name),
            _ => path.to_path_buf(),
        };
        let mut ledgers = ledgers();
        ledgers.retain(|_, ledger| ledger.strong_count() > 0);
        if let Some(ledger) = ledgers.get(&path).and_then(Weak::upgrade) {
            if ledger.journal.is_simulated() != simulated {
                return Err(NotPerformedReason::WrongJournal);
            }
            return Ok(ledger);
        }
        let journal = Journal::open(&path, simulated).map_err(|error| match error {
            JournalError::OtherKind { .. } => NotPerformedReason::WrongJournal,
            JournalError::Held { path, holder } => {
                let journal = Some(path.display().to_string());
                let holder = Holder { journal, ..holder };
                NotPerformedReason::JournalHeld { holder: holder.to_string() }
            }
            other => NotPerformedReason::JournalUnavailable { detail: other.to_string() },
        })?;
        let ledger = Self::new(journal);
        // The folder exists by now; what could not be resolved before can be now.
        let parent = path.parent().and_then(|parent| std::fs::canonicalize(parent).ok());
        let name = match (parent, path.file_name()) {
            (Some(parent), Some(name)) => parent.join(name),
            _ => path,
        };
        ledgers.insert(name, Arc::downgrade(&ledger));
        Ok(ledger)
    }

    fn live(&self) -> MutexGuard<'_, HashMap<Ptxid, Arc<Core>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rules 13 and 10: what becomes of an ask.
    pub(crate) fn begin(&self, asked: Asked, terminal: &Arc<Shared>) -> Begin {
        let life = terminal.profile.durations.key_life;
        // The operation must be found by whoever presses the same key in the next moment.
        let mut live = self.live();
        let ask = &asked.intent;
        match self.journal.begin(ask, ask.at, life) {
            Begun::New { intent, replaces } => {
                let core = Core::new((*intent).clone(), Arc::downgrade(terminal));
                live.insert(intent.ptxid, core.clone());
                drop(live);
                let request = asked.under(&intent);
                let order = Box::new(danmal_protocol::Order { intent: *intent, request });
                Begin::New { core, order, replaces }
            }
            Begun::Same { ptxid, began, .. } => {
                if let Some(core) = live.get(&ptxid) {
                    return Begin::Settled(Operation::handed_out(core.clone(), Some(began)));
                }
                drop(live);
                let entry = match self.journal.entry(ptxid) {
                    Ok(entry) => entry,
                    Err(error) => {
                        let reason = NotPerformedReason::JournalUnavailable { detail: error.to_string() };
                        return Begin::Settled(self.refused(asked.intent, reason, terminal));
                    }
                };
                let (mut intent, outcome, seen) = match entry {
                    Some(entry) => (entry.intent, entry.outcome, entry.seen),
                    None => (asked.intent, None, None),
                };
                intent.ptxid = ptxid;
                let core = match outcome {
                    Some(outcome) => Core::ended(intent, outcome),
                    None => {
                        let core = Core::reopened(intent, seen.as_ref(), Weak::new());
                        core.abandon(danmal_model::UnknownWhy::Restarted);
                        core
                    }
                };
                Begin::Settled(Operation::handed_out(core, Some(began)))
            }
            Begun::Refused(reason) => {
                drop(live);
                Begin::Settled(self.refused(asked.intent, reason, terminal))
            }
        }
    }

    fn refused(&self, mut intent: Intent, reason: NotPerformedReason, terminal: &Arc<Shared>) -> Operation {
        intent.ptxid = self.journal.next_ptxid();
        refused(intent, reason, terminal)
    }

    /// What an earlier run left open on a terminal, oldest first, as operations that can be watched.
    pub(crate) fn reopen(&self, key: &str, terminal: &Arc<Shared>) -> Vec<OpenIntent> {
        let entries = self.journal.open_intents(key);
        let mut live = self.live();
        entries
            .into_iter()
            .map(|entry| {
                if entry.overridden.is_none() {
                    let core =
                        Core::reopened(entry.intent.clone(), entry.seen.as_ref(), Arc::downgrade(terminal));
                    live.insert(entry.intent.ptxid, core);
                }
                OpenIntent {
                    intent: entry.intent,
                    seen: entry.seen,
                    unsettled_stops: entry.unsettled_stops,
                    overridden: entry.overridden.map(|(verdict, _)| verdict),
                }
            })
            .collect()
    }

    /// Evidence contradicts the operator's word on an operation: it is pending again.
    pub(crate) fn reinstate(&self, intent: Intent, terminal: &Arc<Shared>) {
        let mut live = self.live();
        let ptxid = intent.ptxid;
        live.insert(ptxid, Core::reopened(intent, None, Arc::downgrade(terminal)));
    }

    /// An operation that runs or is unresolved.
    pub(crate) fn find(&self, ptxid: Ptxid) -> Option<Arc<Core>> {
        self.live().get(&ptxid).cloned()
    }

    /// An operation needs nobody any more.
    pub(crate) fn done(&self, ptxid: Ptxid) -> Option<Arc<Core>> {
        self.live().remove(&ptxid)
    }

    /// Nothing of it was written, and nothing sent: its key is free again.
    pub(crate) fn forget(&self, ptxid: Ptxid) {
        self.journal.forget(ptxid);
    }

    /// The live operations of a terminal, oldest first.
    pub(crate) fn of(&self, terminal: &Arc<Shared>) -> Vec<Arc<Core>> {
        let mut found: Vec<Arc<Core>> = self
            .live()
            .values()
            .filter(|core| std::ptr::eq(core.terminal.as_ptr(), Arc::as_ptr(terminal)))
            .cloned()
            .collect();
        found.sort_by_key(|core| (core.intent.at, core.id()));
        found
    }

    /// Makes a record durable and tells the worker.
    pub(crate) fn commit(
        &self,
        id: CommitId,
        record: Record,
        mark: Option<MarkerUpdate>,
        mailbox: &Arc<Mailbox>,
    ) {
        let mailbox = mailbox.clone();
        self.journal.commit_marked(record, mark, move |result| {
            let command = Command::Committed(id, result.map(|_| ()).map_err(|error| error.to_string()));
            // A worker that has ended waits for no row.
            drop(mailbox.push(command));
        });
    }

    /// What the journal knows of the kind of an operation.
    pub(crate) fn kind_of(&self, ptxid: Ptxid) -> Option<Kind> {
        self.journal.book(|book| book.kind_of(ptxid))
    }

    /// What a cancellation of a recorded approval asks otherwise than the record says.
    pub(crate) fn not_as_recorded(
        &self,
        kind: Kind,
        original: Ptxid,
        asked: &ApprovalReference,
    ) -> Option<NotAsRecorded> {
        self.journal.book(|book| book.not_as_recorded(kind, original, asked))
    }

    /// What is known of a terminal, oldest first.
    pub(crate) fn history(
        &self,
        key: &str,
        filter: &HistoryFilter,
    ) -> Result<Vec<HistoryEntry>, JournalError> {
        let Some((simulator, _)) = key.split_once('#').filter(|(name, _)| name.starts_with("simulator:"))
        else {
            let filter = HistoryFilter { terminal: Some(key.to_owned()), ..filter.clone() };
            return self.journal.history(&filter);
        };
        let all = HistoryFilter { terminal: None, limit: None, ..filter.clone() };
        let mut found = self.journal.history(&all)?;
        found.retain(|entry| entry.intent.terminal.split('#').next() == Some(simulator));
        let surplus = filter.limit.map_or(0, |limit| found.len().saturating_sub(limit));
        found.drain(..surplus);
        Ok(found)
    }
}

/// An operation that was refused before anything was written or sent.
pub(crate) fn refused(intent: Intent, reason: NotPerformedReason, terminal: &Arc<Shared>) -> Operation {
    let core = Core::new(intent, Arc::downgrade(terminal));
    finish_unsent(&core, core.not_performed(reason));
    Operation::begun(core)
}

/// Ends an operation that the session never had, with the event that says so.
pub(crate) fn finish_unsent(core: &Core, outcome: danmal_model::Outcome) {
    let mut event = danmal_model::Event::new(danmal_model::EventCode::Finished, jiff::Timestamp::now());
    event.operation = Some(core.id());
    event.text = outcome.text();
    event.outcome = Some(Box::new(outcome.clone()));
    let event = Arc::new(event);
    core.show(event.clone());
    if let Some(terminal) = core.terminal.upgrade() {
        terminal.feed.push(event);
    }
    core.settle(outcome);
}
