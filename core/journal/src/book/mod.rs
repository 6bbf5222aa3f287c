//! The journal's logic: an index over its facts, rebuilt by applying them in order.

mod begin;
mod cancellations;
mod digest;
mod entry;
mod keys;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use danmal_model::{Alarm, Fact, Intent, JournalId, Kind, Outcome, Ptxid, Record, Verdict};

pub(crate) use begin::Age;
pub use begin::{Ask, Begun, NotAsRecorded};
use cancellations::{Cancellations, Target};
use digest::{KeyDigest, Keyed, Likeness, Reference};
pub use entry::{Ending, OpenIntent, Placed, State, UnsettledStop};
use entry::{Entry, Live, Name, Summary};
use keys::{Fixed, Keys};

/// The index of a journal: which intents are open, whose a key is, what was cancelled. It does no I/O and
/// reads no clock; the same records give the same book. Of an ended intent it keeps about a hundred bytes.
#[derive(Clone, PartialEq)]
pub struct Book {
    id: JournalId,
    simulated: bool,
    keyed: Keyed,
    /// The highest count that a ptxid of this journal carries.
    count: u32,
    height: u64,
    entries: HashMap<Name, Entry, Fixed>,
    /// The open ones in the order in which they were begun.
    open: BTreeMap<u64, Name>,
    next_place: u64,
    keys: Keys,
    cancellations: Cancellations,
    /// A slip's second number, and the one it is known by.
    slip_numbers: HashMap<u64, Reference, Fixed>,
    stops: Vec<UnsettledStop>,
    accepted: BTreeSet<String>,
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("id", &self.id)
            .field("height", &self.height)
            .field("intents", &self.entries.len())
            .field("open", &self.open.len())
            .finish_non_exhaustive()
    }
}

impl Book {
    /// An empty book of a journal. `digest_key` keys the digests that it compares instead of text;
    /// `simulated` says which kind of money the journal is for.
    #[must_use]
    pub fn new(id: JournalId, digest_key: [u64; 2], simulated: bool) -> Self {
        Self {
            id,
            simulated,
            keyed: Keyed::new(digest_key),
            count: 0,
            height: 0,
            entries: HashMap::default(),
            open: BTreeMap::new(),
            next_place: 0,
            keys: Keys::default(),
            cancellations: Cancellations::default(),
            slip_numbers: HashMap::default(),
            stops: Vec::new(),
            accepted: BTreeSet::new(),
        }
    }

    /// A ptxid that this journal never gave before (rule 2). `random` keeps the ids of a restored older copy
    /// apart, which counts the same numbers again.
    pub fn next_ptxid(&mut self, random: u64) -> Ptxid {
        self.count = self.count.saturating_add(1);
        Ptxid::new(self.id, self.count, random)
    }

    /// Takes in the next record, which must be durable.
    pub fn apply(&mut self, record: &Record) {
        self.apply_at(self.height + 1, record);
    }

    /// Takes in the record at a height, which must be durable. Heights rise; after pruning some are missing.
    pub fn apply_at(&mut self, height: u64, record: &Record) {
        self.height = self.height.max(height);
        match &record.fact {
            Fact::Accepted { .. } => {
                self.accepted.insert(record.terminal.clone());
            }
            Fact::Intent(intent) => self.enter((**intent).clone(), Some(height)),
            fact => {
                if let Some(ptxid) = record.ptxid {
                    self.learn(height, &record.terminal, ptxid, fact);
                }
            }
        }
    }

    fn learn(&mut self, height: u64, terminal: &str, ptxid: Ptxid, fact: &Fact) {
        let name = self.name(&ptxid);
        if let Fact::Ended(outcome) = fact {
            return self.end(&name, height, outcome);
        }
        match self.entries.get_mut(&name) {
            Some(Entry::Live(live)) if live.row.is_some() => match fact {
                Fact::Stopping { code } => live.stops.push(code.clone()),
                Fact::StopSettled => live.stops.clear(),
                Fact::Seen(seen) => live.seen = Some(seen.clone()),
                Fact::Overridden { verdict, reason } => {
                    live.overridden = Some((*verdict, reason.clone()));
                    live.contradicted = false;
                }
                Fact::Alarmed(Alarm::OverrideContradicted) => {
                    // Who decided nothing cannot be contradicted.
                    live.contradicted = live.word() != Some(Verdict::Undecided);
                }
                _ => {}
            },
            Some(Entry::Ended(_)) => match fact {
                Fact::Stopping { code } => self.stop_after_end(ptxid, terminal, code),
                Fact::StopSettled => self.stops.retain(|stop| stop.ptxid != ptxid),
                _ => {}
            },
            _ => {}
        }
    }

    fn stop_after_end(&mut self, ptxid: Ptxid, terminal: &str, code: &str) {
        match self.stops.iter_mut().find(|stop| stop.ptxid == ptxid) {
            Some(stop) => stop.codes.push(code.to_owned()),
            None => self.stops.push(UnsettledStop {
                ptxid,
                terminal: terminal.to_owned(),
                codes: vec![code.to_owned()],
            }),
        }
    }

    /// An intent is reserved (`row` is none), or its row is durable.
    fn enter(&mut self, intent: Intent, row: Option<u64>) {
        let name = self.name(&intent.ptxid);
        match self.entries.get_mut(&name) {
            Some(Entry::Live(live)) if live.row.is_none() && row.is_some() => {
                live.row = row;
                live.intent = intent;
                return;
            }
            Some(_) => return,
            None => {}
        }
        if let Name::Own { count, .. } = &name {
            self.count = self.count.max(*count);
        }
        if let Some(key) = self.key_of(&intent) {
            self.keys.take(key, name.clone());
        }
        if intent.kind.is_cancellation() {
            let target = self.target_of(&intent);
            self.cancellations.add(name.clone(), target);
        }
        self.next_place += 1;
        self.open.insert(self.next_place, name.clone());
        let live = Live {
            intent,
            row,
            place: self.next_place,
            running: row.is_none(),
            seen: None,
            stops: Vec::new(),
            overridden: None,
            contradicted: false,
        };
        self.entries.insert(name, Entry::Live(Box::new(live)));
    }

    fn end(&mut self, name: &Name, height: u64, outcome: &Outcome) {
        let (Some(ending), Some(Entry::Live(live))) = (Ending::of(outcome), self.entries.get_mut(name))
        else {
            return;
        };
        let Some(row) = live.row else { return };
        let key = live.intent.key.as_ref().map(|key| self.keyed.key(live.intent.kind.purpose(), key));
        let kind = live.intent.kind;
        if !live.stops.is_empty() {
            self.stops.push(UnsettledStop {
                ptxid: live.intent.ptxid,
                terminal: std::mem::take(&mut live.intent.terminal),
                codes: std::mem::take(&mut live.stops),
            });
        }
        let place = live.place;
        let summary = Summary {
            began: live.intent.at,
            intent: row,
            end: height,
            fingerprint: self.keyed.fingerprint(&live.intent),
            reference: None,
            kind,
            ending,
        };
        let reference = self.approved_reference(kind, outcome);
        self.open.remove(&place);
        self.entries.insert(name.clone(), Entry::Ended(Summary { reference, ..summary }));
        if kind.is_cancellation() && ending != Ending::Approved {
            self.cancellations.remove(name);
        }
        if let Some(key) = key {
            if ending == Ending::NeverSent {
                self.keys.give_back(&key, name);
            } else {
                let entries = &self.entries;
                self.keys.settle(&key, |name| matches!(entries.get(name), Some(Entry::Ended(_))));
            }
        }
    }

    /// Forgets an intent that was reserved and ended before its row was written: its key is free again, and
    /// nothing of it was sent. One that has a row stays.
    pub fn forget(&mut self, ptxid: Ptxid) {
        let name = self.name(&ptxid);
        let Some(Entry::Live(live)) = self.entries.get(&name) else { return };
        if live.row.is_some() {
            return;
        }
        let (place, key) = (live.place, self.key_of(&live.intent));
        self.open.remove(&place);
        self.entries.remove(&name);
        self.cancellations.remove(&name);
        if let Some(key) = key {
            self.keys.give_back(&key, &name);
        }
    }

    /// The open intents of a terminal, oldest first: every one whose row exists without an end.
    #[must_use]
    pub fn open_intents(&self, terminal: &str) -> Vec<OpenIntent> {
        self.recorded().filter(|live| live.intent.terminal == terminal).map(Live::open_intent).collect()
    }

    /// The open intents of all terminals, oldest first.
    #[must_use]
    pub fn pending(&self) -> Vec<OpenIntent> {
        self.recorded().map(Live::open_intent).collect()
    }

    fn recorded(&self) -> impl Iterator<Item = &Live> {
        self.open.values().filter_map(|name| match self.entries.get(name) {
            Some(Entry::Live(live)) if planted!(SeenIsEnded) && live.seen.is_some() => None,
            Some(Entry::Live(live)) if live.row.is_some() => Some(&**live),
            _ => None,
        })
    }

    /// The requests to stop that were sent to a terminal, never answered, and meant for an operation that has
    /// ended (rule 9). Those of open intents are in [`OpenIntent::unsettled_stops`].
    #[must_use]
    pub fn unsettled_stops(&self, terminal: &str) -> Vec<UnsettledStop> {
        self.stops.iter().filter(|stop| stop.terminal == terminal).cloned().collect()
    }

    /// Where an operation stands; none if this journal knows nothing of it.
    #[must_use]
    pub fn state_of(&self, ptxid: Ptxid) -> Option<State> {
        self.entries.get(&self.name(&ptxid)).map(Entry::state)
    }

    /// What an operation asks; none if this journal knows nothing of it.
    #[must_use]
    pub fn kind_of(&self, ptxid: Ptxid) -> Option<Kind> {
        self.entries.get(&self.name(&ptxid)).map(|entry| match entry {
            Entry::Live(live) => live.intent.kind,
            Entry::Ended(summary) => summary.kind,
        })
    }

    /// Where the rows of an operation are; none if it has none.
    #[must_use]
    pub fn placed(&self, ptxid: Ptxid) -> Option<Placed> {
        let name = self.name(&ptxid);
        self.entries.get(&name).and_then(|entry| self.place_of(&name, entry))
    }

    /// Every intent that has a row, in the order of the rows.
    #[must_use]
    pub fn intents(&self) -> Vec<Placed> {
        let mut all: Vec<Placed> =
            self.entries.iter().filter_map(|(name, entry)| self.place_of(name, entry)).collect();
        all.sort_unstable_by_key(|placed| placed.intent);
        all
    }

    fn place_of(&self, name: &Name, entry: &Entry) -> Option<Placed> {
        let ptxid = name.ptxid(self.id);
        Some(match entry {
            Entry::Live(live) => {
                Placed { ptxid, began: live.intent.at, kind: live.intent.kind, intent: live.row?, end: None }
            }
            Entry::Ended(summary) => Placed {
                ptxid,
                began: summary.began,
                kind: summary.kind,
                intent: summary.intent,
                end: Some((summary.ending, summary.end)),
            },
        })
    }

    /// The cancellations of an operation that are approved or open, oldest first: those that name it, and those
    /// typed from a slip that may be its own. See [`is_undone_by`](Self::is_undone_by).
    #[must_use]
    pub fn cancellations_of(&self, ptxid: Ptxid) -> Vec<Ptxid> {
        let name = self.name(&ptxid);
        let Some(entry) = self.entries.get(&name) else { return Vec::new() };
        let found = self.cancellations_like(&name, entry);
        found.into_iter().map(|(name, _)| name.ptxid(self.id)).collect()
    }

    /// Whether a cancellation that is approved or open is this operation's for certain: it names it and its amount,
    /// or was typed from a slip with every field of its record.
    #[must_use]
    pub fn is_undone_by(&self, ptxid: Ptxid, cancellation: Ptxid) -> bool {
        let name = self.name(&ptxid);
        let Some(entry) = self.entries.get(&name) else { return false };
        let cancellation = self.name(&cancellation);
        self.cancellations_like(&name, entry).contains(&(cancellation, Likeness::Same))
    }

    /// Every one that could be: what goes and stays with an operation.
    fn family_of(&self, ptxid: Ptxid) -> Vec<Ptxid> {
        let name = self.name(&ptxid);
        let reference = match self.entries.get(&name) {
            Some(Entry::Live(live)) => self.seen_reference(live),
            Some(Entry::Ended(summary)) => summary.reference,
            None => return Vec::new(),
        };
        let approval = Target { original: Some(name), reference };
        self.cancellations.of(&approval).map(|name| name.ptxid(self.id)).collect()
    }

    /// An intent that has a row and no end.
    #[must_use]
    pub fn open_intent(&self, ptxid: Ptxid) -> Option<OpenIntent> {
        match self.entries.get(&self.name(&ptxid)) {
            Some(Entry::Live(live)) if live.row.is_some() => Some(live.open_intent()),
            _ => None,
        }
    }

    /// The intent that holds the key of an ask.
    pub(crate) fn holder_of_ask(&self, ask: &Ask) -> Option<Ptxid> {
        let key = self.key_of(ask)?;
        self.keys.holder(&key).map(|name| name.ptxid(self.id))
    }

    /// Whether a cancellation that is approved or open is for certain of an operation on record here.
    #[must_use]
    pub fn has_original(&self, cancellation: Ptxid) -> bool {
        let name = self.name(&cancellation);
        let Some(target) = self.cancellations.target(&name) else { return false };
        let is_of = |original: &Name, entry: &Entry| {
            self.cancellations_like(original, entry).contains(&(name.clone(), Likeness::Same))
        };
        if let Some(original) = &target.original {
            return self.entries.get(original).is_some_and(|entry| is_of(original, entry));
        }
        let Some(printed) = target.reference else { return false };
        self.entries.iter().any(|(original, entry)| {
            let recorded = match entry {
                Entry::Live(live) => self.seen_reference(live),
                Entry::Ended(summary) => summary.reference,
            };
            recorded.is_some_and(|recorded| recorded.fits(printed)) && is_of(original, entry)
        })
    }

    /// Whether an operator of this terminal has accepted the journal (rule 14).
    #[must_use]
    pub fn is_accepted(&self, terminal: &str) -> bool {
        self.accepted.contains(terminal)
    }

    /// The height of the last record: how many this journal was ever given.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.height
    }

    /// The journal's id.
    #[must_use]
    pub fn id(&self) -> JournalId {
        self.id
    }

    /// How many ptxids it gave.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Counts on from where an earlier run stopped.
    pub(crate) fn continue_after(&mut self, count: u32) {
        self.count = self.count.max(count);
    }

    /// The ended intents of the `old` ones that nothing is owed to: no request to stop is unanswered, and
    /// neither a cancellation nor its original stays without the other.
    pub(crate) fn prunable(&self, old: impl Fn(&Placed) -> bool) -> Vec<Ptxid> {
        let ended = self.intents().into_iter().filter(|placed| placed.end.is_some());
        let mut gone: BTreeSet<Ptxid> = ended.filter(old).map(|placed| placed.ptxid).collect();
        for stop in &self.stops {
            gone.remove(&stop.ptxid);
        }
        loop {
            let before = gone.len();
            for placed in self.intents() {
                let cancellations = self.family_of(placed.ptxid);
                let mut family = cancellations.iter().chain([&placed.ptxid]);
                if !cancellations.is_empty() && !family.all(|ptxid| gone.contains(ptxid)) {
                    for ptxid in cancellations.iter().chain([&placed.ptxid]) {
                        gone.remove(ptxid);
                    }
                }
            }
            if gone.len() == before {
                return gone.into_iter().collect();
            }
        }
    }

    /// Forgets ended intents, with their keys.
    pub(crate) fn prune(&mut self, gone: impl IntoIterator<Item = Ptxid>) {
        let mut names = std::collections::HashSet::new();
        for ptxid in gone {
            let name = self.name(&ptxid);
            if matches!(self.entries.get(&name), Some(Entry::Ended(_))) {
                self.entries.remove(&name);
                self.cancellations.remove(&name);
                names.insert(name);
            }
        }
        self.keys.forget(|name| names.contains(name));
    }

    /// How many intents are on record, open ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no intent is on record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn name(&self, ptxid: &Ptxid) -> Name {
        Name::of(self.id, ptxid)
    }

    fn key_of(&self, intent: &Intent) -> Option<KeyDigest> {
        intent.key.as_ref().map(|key| self.keyed.key(intent.kind.purpose(), key))
    }

    /// What a cancellation names. An original that is not on record is as good as typed.
    fn target_of(&self, intent: &Intent) -> Target {
        let original = intent.original.map(|ptxid| self.name(&ptxid));
        let reference = match (&intent.reference, &intent.tax_refund_serial) {
            (Some(reference), _) => Some(self.keyed.reference(reference)),
            (None, Some(serial)) => Some(self.slip_reference(serial)),
            (None, None) => None,
        };
        Target { original: original.filter(|name| self.entries.contains_key(name)), reference }
    }

    fn slip_reference(&self, serial: &str) -> Reference {
        let reference = self.keyed.serial(serial);
        self.slip_numbers.get(&reference.base).copied().unwrap_or(reference)
    }

    /// What a cancellation of an open operation would name, as far as its answer was seen.
    fn seen_reference(&self, live: &Live) -> Option<Reference> {
        let approval = live.seen.as_ref()?.approval.as_deref()?;
        Some(match (&approval.slip, live.intent.kind) {
            (Some(slip), Kind::TaxRefundIssue) => self.slip_reference(slip.serial()),
            _ => self.keyed.reference(&approval.reference()),
        })
    }

    /// What a cancellation of an approval names. A slip may be called by either of its numbers.
    fn approved_reference(&mut self, kind: Kind, outcome: &Outcome) -> Option<Reference> {
        let Outcome::Approved(approval) = outcome else { return None };
        let (Some(slip), Kind::TaxRefundIssue) = (&approval.slip, kind) else {
            return Some(self.keyed.reference(&approval.reference()));
        };
        let known_by = self.keyed.serial(slip.serial());
        let other = self.keyed.serial(&slip.refund_serial);
        if other != known_by && !slip.refund_serial.trim().is_empty() {
            self.slip_numbers.insert(other.base, known_by);
        }
        Some(known_by)
    }
}
