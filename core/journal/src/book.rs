//! The journal's logic: an index over its facts, rebuilt by applying them in order.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use danmal_model::{
    ApprovalReference, Fact, Intent, JournalId, NotPerformedReason, Outcome, Ptxid, Purpose, Record, Seen,
    StoppedBy, Verdict,
};
use jiff::Timestamp;

/// An intent that has no ptxid yet: what a caller asks.
pub type Ask = Intent;

/// Where an intent stands, as far as the journal knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was begun by this process and has no row yet, or none of its ends.
    Open,
    /// Its final outcome.
    Ended(Box<Outcome>),
}

/// One intent with everything that was recorded of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was asked.
    pub intent: Intent,
    /// The final answer that was seen last.
    pub seen: Option<Seen>,
    /// The final outcome.
    pub outcome: Option<Box<Outcome>>,
    /// An operator's word with its reason.
    pub overridden: Option<(Verdict, String)>,
    /// Requests to stop that were never answered.
    pub unsettled_stops: Vec<String>,
    /// Whether its row is durable; before that it only runs in this process.
    pub recorded: bool,
}

impl Entry {
    fn new(intent: Intent) -> Self {
        Self {
            intent,
            seen: None,
            outcome: None,
            overridden: None,
            unsettled_stops: Vec::new(),
            recorded: false,
        }
    }

    /// Whether what was asked stands: approved, or performed by an operator's word.
    #[must_use]
    pub fn stands(&self) -> bool {
        match &self.outcome {
            Some(outcome) => matches!(**outcome, Outcome::Approved(_)),
            None => matches!(self.overridden, Some((Verdict::Performed, _))),
        }
    }

    /// Whether it still has to be resolved.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
            && !matches!(self.overridden, Some((Verdict::Performed | Verdict::NotPerformed, _)))
    }

    /// Whether a byte of its request may have left.
    fn was_sent(&self) -> bool {
        !matches!(self.outcome.as_deref(), Some(
            Outcome::NotPerformed(danmal_model::NotPerformed { reason, .. })) if *reason != NotPerformedReason::Absent)
            && !matches!(self.outcome.as_deref(), Some(
            Outcome::Aborted(a)) if a.by == StoppedBy::TillBeforeSending)
    }
}

/// What [`Book::begin`] made of an ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A new intent, with its ptxid. `replaces`: the order's old operation, which is too old to be meant.
    New {
        /// The intent.
        intent: Box<Intent>,
        /// The operation that had the order before.
        replaces: Option<Ptxid>,
    },
    /// The key's own operation.
    Same {
        /// It.
        ptxid: Ptxid,
        /// When it began.
        began: Timestamp,
        /// Where it stands.
        state: State,
    },
    /// Nothing is begun.
    Refused(NotPerformedReason),
}

/// The index.
#[derive(Clone, Debug)]
pub struct Book {
    id: JournalId,
    simulated: bool,
    count: u32,
    entries: BTreeMap<Ptxid, Entry>,
    order: Vec<Ptxid>,
    /// Every intent of a key, oldest first.
    keys: HashMap<(Purpose, String), Vec<Ptxid>>,
    cancellations: HashMap<ApprovalReference, Vec<Ptxid>>,
    accepted: bool,
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new(id: JournalId, simulated: bool) -> Self {
        Self {
            id,
            simulated,
            count: 0,
            entries: BTreeMap::new(),
            order: Vec::new(),
            keys: HashMap::new(),
            cancellations: HashMap::new(),
            accepted: false,
        }
    }

    /// A ptxid that was never used. `random` keeps a restored older copy apart.
    pub fn next_ptxid(&mut self, random: u64) -> Ptxid {
        self.count += 1;
        Ptxid::new(self.id, self.count, random)
    }

    /// Takes a durable record in.
    pub fn apply(&mut self, record: &Record) {
        let Some(ptxid) = record.ptxid else {
            self.accepted |= matches!(record.fact, Fact::Accepted { .. });
            return;
        };
        if let Fact::Intent(intent) = &record.fact {
            self.enter((**intent).clone());
            if let Some(entry) = self.entries.get_mut(&ptxid) {
                entry.recorded = true;
            }
            return;
        }
        let Some(entry) = self.entries.get_mut(&ptxid) else { return };
        match &record.fact {
            Fact::Stopping { code } => entry.unsettled_stops.push(code.clone()),
            Fact::StopSettled => entry.unsettled_stops.clear(),
            Fact::Seen(seen) => entry.seen = Some(seen.clone()),
            Fact::Ended(outcome) => entry.outcome = Some(Box::new(outcome.clone())),
            Fact::Overridden { verdict, reason } => entry.overridden = Some((*verdict, reason.clone())),
            Fact::Intent(_) | Fact::Alarmed(_) | Fact::Accepted { .. } => {}
        }
    }

    fn enter(&mut self, intent: Intent) {
        let ptxid = intent.ptxid;
        if let Some(entry) = self.entries.get_mut(&ptxid) {
            entry.intent = intent;
            return;
        }
        self.count = self.count.max(ptxid.count().unwrap_or(0));
        if let Some(key) = &intent.key {
            self.keys.entry((intent.kind.purpose(), key.clone())).or_default().push(ptxid);
        }
        if let Some(reference) = &intent.reference {
            self.cancellations.entry(reference.clone()).or_default().push(ptxid);
        }
        self.entries.insert(ptxid, Entry::new(intent));
        self.order.push(ptxid);
    }

    /// An intent that ended before its row was written: it never was.
    pub fn forget(&mut self, ptxid: Ptxid) {
        let Some(entry) = self.entries.remove(&ptxid) else { return };
        self.order.retain(|id| *id != ptxid);
        if let Some(key) = entry.intent.key
            && let Some(ids) = self.keys.get_mut(&(entry.intent.kind.purpose(), key))
        {
            ids.retain(|id| *id != ptxid);
        }
        if let Some(reference) = entry.intent.reference
            && let Some(ids) = self.cancellations.get_mut(&reference)
        {
            ids.retain(|id| *id != ptxid);
        }
    }

    /// Rules 13 and 10: whether an ask begins something new. The ptxid of `ask` is not looked at.
    pub fn begin(&mut self, ask: &Ask, now: Timestamp, key_life: Duration, random: u64) -> Begun {
        if ask.simulated != self.simulated {
            return Begun::Refused(NotPerformedReason::WrongJournal);
        }
        let mut replaces = None;
        if let Some(holder) = self.key_holder(ask) {
            let old = now.duration_since(holder.intent.at).unsigned_abs() > key_life;
            let holds = !matches!(holder.overridden, Some((Verdict::NotPerformed, _)))
                && (holder.outcome.is_none() || holder.stands())
                && !self.is_cancelled(holder);
            if holds && old && !holder.is_open() {
                if ask.key_given {
                    return Begun::Refused(NotPerformedReason::KeyReused { by: holder.intent.ptxid });
                }
                replaces = Some(holder.intent.ptxid);
            } else if holds {
                return if same(&holder.intent, ask) {
                    Begun::Same {
                        ptxid: holder.intent.ptxid,
                        began: holder.intent.at,
                        state: holder.outcome.clone().map_or(State::Open, State::Ended),
                    }
                } else {
                    Begun::Refused(NotPerformedReason::KeyReused { by: holder.intent.ptxid })
                };
            }
        }
        if let Some(reason) = self.cancellation_refused(ask) {
            return Begun::Refused(reason);
        }
        let mut intent = ask.clone();
        intent.ptxid = self.next_ptxid(random);
        self.enter(intent.clone());
        Begun::New { intent: Box::new(intent), replaces }
    }

    /// The key's intent: the newest that runs or of which a byte was sent.
    fn key_holder(&self, ask: &Ask) -> Option<&Entry> {
        let ids = self.keys.get(&(ask.kind.purpose(), ask.key.clone()?))?;
        ids.iter().rev().filter_map(|id| self.entries.get(id)).find(|entry| entry.was_sent())
    }

    fn is_cancelled(&self, entry: &Entry) -> bool {
        let by_reference = match entry.outcome.as_deref() {
            Some(Outcome::Approved(approval)) => {
                self.cancellation_of(&approval.reference(), entry.intent.ptxid)
            }
            _ => None,
        };
        by_reference.is_some_and(Entry::stands)
    }

    /// The cancellation of an approval that stands, runs or is unresolved.
    fn cancellation_of(&self, reference: &ApprovalReference, original: Ptxid) -> Option<&Entry> {
        let ids = self.cancellations.get(reference)?;
        ids.iter().rev().filter_map(|id| self.entries.get(id)).find(|entry| {
            entry.intent.original.is_none_or(|id| id == original) && (entry.is_open() || entry.stands())
        })
    }

    /// Rule 10: at most one cancellation per approval is approved or unresolved, and only of a proven one.
    fn cancellation_refused(&self, ask: &Ask) -> Option<NotPerformedReason> {
        let reference = ask.reference.as_ref()?;
        if let Some(original) = ask.original {
            match self.entries.get(&original) {
                Some(entry) if entry.stands() => {}
                Some(_) => return Some(NotPerformedReason::ApprovalNotProven),
                None => {}
            }
        }
        let ids = self.cancellations.get(reference)?;
        ids.iter()
            .filter_map(|id| self.entries.get(id))
            .find(|entry| {
                let same = match (entry.intent.original, ask.original) {
                    (Some(a), Some(b)) => a == b,
                    _ => true,
                };
                same && (entry.is_open() || entry.stands())
            })
            .map(|entry| NotPerformedReason::AlreadyCancelled { by: entry.intent.ptxid })
    }

    /// The open intents of a terminal, oldest first.
    #[must_use]
    pub fn open(&self, terminal: &str) -> Vec<Entry> {
        self.all()
            .filter(|entry| entry.intent.terminal == terminal && entry.outcome.is_none())
            .cloned()
            .collect()
    }

    /// An ended operation of a terminal whose request to stop was never answered (rule 9).
    #[must_use]
    pub fn unsettled_stop(&self, terminal: &str) -> Option<Ptxid> {
        self.all()
            .find(|e| e.intent.terminal == terminal && e.outcome.is_some() && !e.unsettled_stops.is_empty())
            .map(|entry| entry.intent.ptxid)
    }

    /// Every intent, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().filter_map(|id| self.entries.get(id))
    }

    /// One intent.
    #[must_use]
    pub fn entry(&self, ptxid: Ptxid) -> Option<&Entry> {
        self.entries.get(&ptxid)
    }

    /// Whether an operator accepted the journal.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.accepted
    }
}

/// Whether a key asks for the same thing.
fn same(one: &Intent, other: &Intent) -> bool {
    one.kind == other.kind
        && one.amounts == other.amounts
        && one.installment == other.installment
        && one.reference == other.reference
        && one.tax_refund_serial == other.tax_refund_serial
}
