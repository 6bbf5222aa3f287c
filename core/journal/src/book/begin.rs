//! Whether an ask begins something new: the caller's key (rule 13) and at most one cancellation (rule 10).

use std::time::Duration;

use danmal_model::{ApprovalReference, Intent, Kind, NotPerformedReason, Ptxid, Verdict};
use jiff::{SignedDuration, Timestamp};

use super::Book;
use super::cancellations::Target;
use super::digest::{Likeness, Reference};
use super::entry::{Ending, Entry, Live, Name, State};

/// What a caller asks: an [`Intent`] whose ptxid, time and baseline are not looked at.
pub type Ask = Intent;

/// What [`Book::begin`] made of an ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A new intent. It is reserved: a second press of the same key finds it.
    New {
        /// The intent, with its ptxid.
        intent: Box<Intent>,
        /// The approved operation that had the order before and is too old to be meant: to be told as
        /// `orderStartsAnew`.
        replaces: Option<Ptxid>,
    },
    /// The key's own operation; nothing is begun.
    Same {
        /// It.
        ptxid: Ptxid,
        /// When it began.
        began: Timestamp,
        /// Where it stands. Its outcome, if it has ended, is in the journal.
        state: State,
    },
    /// Nothing is begun, and nothing was reserved.
    Refused(NotPerformedReason),
}

/// What a key or an approval is worth now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It runs, or its outcome is not known.
    Open,
    /// What was asked stands.
    Stands,
    /// Nothing stands.
    Nothing,
}

/// What a cancellation asks otherwise than the recorded approval says (rule 10: with its own raw fields).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsRecorded {
    /// Another amount. An approval is cancelled as a whole.
    ApprovalAmt {
        /// The approved amount, won.
        approved: i64,
    },
    /// Another transaction number.
    TransactionNo,
}

impl Book {
    /// Rules 13 and 10: whether `ask`, made at `now`, begins something new. Over `key_life` an approved
    /// operation no longer answers to its key: a key of the caller's own is refused, one taken from the order
    /// begins anew. An operation that is still open answers to its key whatever its age.
    ///
    /// A cancellation of an operation that is not on record here counts as typed from a slip.
    pub fn begin(&mut self, ask: &Ask, now: Timestamp, key_life: Duration, random: u64) -> Begun {
        self.begin_aged(ask, now, Age::Wall(key_life), random)
    }

    /// As [`begin`](Self::begin), where the age of the key's intent may be known better than the wall clock
    /// knows it.
    pub(crate) fn begin_aged(&mut self, ask: &Ask, now: Timestamp, age: Age, random: u64) -> Begun {
        if ask.simulated != self.simulated {
            return Begun::Refused(NotPerformedReason::WrongJournal);
        }
        let mut intent = Intent { at: now, baseline: None, ..ask.clone() };
        let replaces = match self.by_key(&intent, now, age) {
            ByKey::Free { replaces } => replaces,
            ByKey::Answered(begun) => return begun,
        };
        if ask.kind.is_cancellation() {
            let original = ask.original.map(|ptxid| self.name(&ptxid));
            let on_record = original.as_ref().is_some_and(|name| self.entries.contains_key(name));
            intent.typed |= !on_record;
            if let Some(reason) = self.cancellation_refused(&intent) {
                return Begun::Refused(reason);
            }
        }
        intent.ptxid = self.next_ptxid(random);
        self.enter(intent.clone(), None);
        Begun::New { intent: Box::new(intent), replaces }
    }

    /// Whether what was asked stands: approved or performed by an operator's word, and not cancelled.
    #[must_use]
    pub fn stands(&self, ptxid: Ptxid) -> bool {
        let name = self.name(&ptxid);
        self.entries.get(&name).is_some_and(|entry| self.standing(&name, entry) == Standing::Stands)
    }

    fn by_key(&self, intent: &Intent, now: Timestamp, age: Age) -> ByKey {
        let free = ByKey::Free { replaces: None };
        let Some(key) = self.key_of(intent) else { return free };
        if planted!(KeyForgotten) {
            return free;
        }
        let Some((name, entry)) = self.keys.holder(&key).and_then(|name| self.entries.get_key_value(name))
        else {
            return free;
        };
        let ptxid = name.ptxid(self.id);
        let (began, fingerprint) = match entry {
            Entry::Live(live) => (live.intent.at, self.keyed.fingerprint(&live.intent)),
            Entry::Ended(summary) => (summary.began, summary.fingerprint),
        };
        match self.standing(name, entry) {
            Standing::Nothing => free,
            Standing::Stands if age.is_over(now, began) => {
                if intent.key_given {
                    ByKey::Answered(Begun::Refused(NotPerformedReason::KeyReused { by: ptxid }))
                } else {
                    ByKey::Free { replaces: Some(ptxid) }
                }
            }
            // It is neither told as paid nor charged again.
            Standing::Stands if self.undone(name, entry) == Likeness::Perhaps => {
                ByKey::Answered(Begun::Refused(NotPerformedReason::KeyReused { by: ptxid }))
            }
            _ if fingerprint == self.keyed.fingerprint(intent) => {
                ByKey::Answered(Begun::Same { ptxid, began, state: entry.state() })
            }
            _ => ByKey::Answered(Begun::Refused(NotPerformedReason::KeyReused { by: ptxid })),
        }
    }

    /// Rule 10. A proven approval, and no other cancellation of it that is approved or open.
    fn cancellation_refused(&self, intent: &Intent) -> Option<NotPerformedReason> {
        if planted!(SecondCancellation) {
            return None;
        }
        let target = self.target_of(intent);
        let other = self.cancellations.of(&target).find(|name| {
            self.entries.get(*name).is_some_and(|entry| self.standing(name, entry) != Standing::Nothing)
        });
        if let Some(name) = other {
            return Some(NotPerformedReason::AlreadyCancelled { by: name.ptxid(self.id) });
        }
        let proven = match target.original.as_ref().and_then(|name| self.entries.get(name)) {
            None => true,
            Some(Entry::Live(live)) => {
                live.word() == Some(Verdict::Performed)
                    && cancels(intent.kind, live.intent.kind)
                    && match (target.reference, self.seen_reference(live)) {
                        (Some(asked), Some(recorded)) => altered(intent.kind, asked, recorded).is_none(),
                        _ => true,
                    }
            }
            Some(Entry::Ended(summary)) => {
                summary.ending == Ending::Approved
                    && cancels(intent.kind, summary.kind)
                    && match (target.reference, summary.reference) {
                        (Some(asked), Some(recorded)) => {
                            asked.fits(recorded) && altered(intent.kind, asked, recorded).is_none()
                        }
                        _ => true,
                    }
            }
        };
        if proven { None } else { Some(NotPerformedReason::ApprovalNotProven) }
    }

    fn standing(&self, name: &Name, entry: &Entry) -> Standing {
        let performed = match entry {
            Entry::Live(live) => match live.word() {
                Some(Verdict::Performed) => true,
                Some(Verdict::NotPerformed) => false,
                Some(Verdict::Undecided) | None => return Standing::Open,
            },
            Entry::Ended(summary) => summary.ending == Ending::Approved,
        };
        if performed && self.undone(name, entry) != Likeness::Same {
            Standing::Stands
        } else {
            Standing::Nothing
        }
    }

    /// Whether a cancellation that is approved, or performed by an operator's word, undid it.
    fn undone(&self, name: &Name, entry: &Entry) -> Likeness {
        let performed = |name: &Name| match self.entries.get(name) {
            Some(Entry::Live(live)) => live.word() == Some(Verdict::Performed),
            Some(Entry::Ended(summary)) => summary.ending == Ending::Approved,
            None => false,
        };
        let mut undone = Likeness::Other;
        for (cancellation, likeness) in self.cancellations_like(name, entry) {
            if performed(&cancellation) {
                match likeness {
                    Likeness::Same => return Likeness::Same,
                    likeness => undone = likeness,
                }
            }
        }
        undone
    }

    /// The cancellations of an approval that are approved or open, oldest first, and whether they are of it for
    /// certain. Those of another approval with the same number are left out.
    pub(super) fn cancellations_like(&self, name: &Name, entry: &Entry) -> Vec<(Name, Likeness)> {
        let (kind, reference) = match entry {
            Entry::Live(live) => (live.intent.kind, self.seen_reference(live)),
            Entry::Ended(summary) => (summary.kind, summary.reference),
        };
        if kind.is_cancellation() {
            return Vec::new();
        }
        let approval = Target { original: Some(name.clone()), reference };
        self.cancellations
            .of(&approval)
            .filter_map(|name| {
                let likeness = self.likeness(name, kind, &approval);
                (likeness != Likeness::Other).then(|| (name.clone(), likeness))
            })
            .collect()
    }

    fn likeness(&self, cancellation: &Name, approved: Kind, approval: &Target) -> Likeness {
        let kind = match self.entries.get(cancellation) {
            Some(Entry::Live(live)) => live.intent.kind,
            Some(Entry::Ended(summary)) => summary.kind,
            None => return Likeness::Other,
        };
        let Some(target) = self.cancellations.target(cancellation).filter(|_| cancels(kind, approved)) else {
            return Likeness::Other;
        };
        match (target.reference, approval.reference) {
            // Older journals have cancellations of a part.
            (Some(asked), Some(recorded)) if target.original.is_some() => {
                if altered(kind, asked, recorded).is_some() { Likeness::Perhaps } else { Likeness::Same }
            }
            (Some(asked), Some(recorded)) => asked.likeness(recorded),
            _ if target.original.is_some() => Likeness::Same,
            _ => Likeness::Other,
        }
    }

    /// What a cancellation of a recorded approval asks otherwise than the record says; none where it asks nothing
    /// else, or where the approval or its record is not known. A number that the caller leaves out, or that could
    /// not be kept, is not compared.
    #[must_use]
    pub fn not_as_recorded(
        &self,
        kind: Kind,
        original: Ptxid,
        asked: &ApprovalReference,
    ) -> Option<NotAsRecorded> {
        let recorded = match self.entries.get(&self.name(&original))? {
            Entry::Live(live) => self.seen_reference(live),
            Entry::Ended(summary) => summary.reference,
        };
        altered(kind, self.keyed.reference(asked), recorded?)
    }
}

/// A slip is named by its number alone.
fn altered(cancellation: Kind, asked: Reference, recorded: Reference) -> Option<NotAsRecorded> {
    if cancellation.is_slip() {
        None
    } else if asked.amount() != recorded.amount() {
        Some(NotAsRecorded::ApprovalAmt { approved: recorded.amount() })
    } else if asked.is_of_another_number(recorded) {
        Some(NotAsRecorded::TransactionNo)
    } else {
        None
    }
}

enum ByKey {
    Free { replaces: Option<Ptxid> },
    Answered(Begun),
}

impl Entry {
    pub(crate) fn state(&self) -> State {
        match self {
            Self::Live(live) => live.state(),
            Self::Ended(summary) => State::Ended(summary.ending),
        }
    }
}

impl Live {
    pub(crate) fn state(&self) -> State {
        if self.running && self.overridden.is_none() { State::Running } else { State::Unresolved }
    }
}

/// How the age of a key's intent is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Age {
    /// By the wall clock, against the life of a key.
    Wall(Duration),
    /// Known: whether it is over the life of a key.
    Over(bool),
}

impl Age {
    fn is_over(self, now: Timestamp, began: Timestamp) -> bool {
        match self {
            Self::Wall(life) => {
                SignedDuration::try_from(life).is_ok_and(|life| now.duration_since(began) > life)
            }
            Self::Over(over) => over,
        }
    }
}

/// Whether a cancellation of one kind undoes an operation of the other.
fn cancels(cancellation: Kind, original: Kind) -> bool {
    matches!(
        (cancellation, original),
        (Kind::CardCancellation, Kind::CardApproval)
            | (Kind::EasyPayCancellation, Kind::EasyPayApproval)
            | (Kind::CashReceiptCancellation, Kind::CashReceiptIssue)
            | (Kind::TaxRefundCancellation, Kind::TaxRefundIssue)
    )
}
