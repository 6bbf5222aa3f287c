//! The invariants, held against the ledger of the host after every step. It shares no opinion with the
//! session: what it knows, it knows from the wire, from the durable rows and from the ledger.

mod keys;
mod ledger;
mod stops;
mod track;

use std::collections::HashMap;
use std::time::Duration;

use danmal_model::{Alarm, Fact, Intent, NotPerformedReason, Outcome, Ptxid, Purpose, Record, Verdict};
use danmal_simulator::State;

use stops::StopSent;
pub use track::{End, Track, Violation};

/// The checker of one world.
#[derive(Default)]
pub struct Checker {
    pub tracks: Vec<Track>,
    of: HashMap<Ptxid, usize>,
    /// Those that have a row and no end.
    pub open: Vec<usize>,
    /// Begun and not told yet, with the time of the call.
    untold: Vec<(usize, Duration)>,
    /// The newest of a key, by purpose.
    keys: HashMap<(Purpose, String), Vec<usize>>,
    /// The state of each line of the ledger, with its intent.
    lines: Vec<(Option<usize>, Option<State>)>,
    seen: usize,
    touched: Vec<usize>,
    pub violation: Option<Violation>,
    /// The last moment at which something of ours may have begun: money or an abort was sent, the session
    /// began. An operator's word before its fence is refused.
    pub fence_from: Duration,
    /// Requests to stop that were sent and not answered, nor answered for.
    stops: Vec<StopSent>,
    /// When the till's connection was opened.
    pub opened: Duration,
    pub foreign_reversals: u64,
    pub money_sent: u64,
    /// How long a call may take.
    pub patience: Duration,
    pub fence: Duration,
}

impl Checker {
    pub fn fail(&mut self, invariant: &'static str, ptxid: Option<Ptxid>, text: impl Into<String>) {
        if self.violation.is_none() {
            self.violation = Some(Violation { invariant, text: text.into(), ptxid });
        }
    }

    fn check(&mut self, holds: bool, invariant: &'static str, at: usize, text: &str) {
        if !holds {
            let track = &self.tracks[at];
            let text = format!(
                "{text}: {:?}, told {:?}, row {:?}, word {:?}, captured {}, reversed {}",
                track.kind, track.end, track.row, track.word, track.captured, track.reversed
            );
            let ptxid = Some(track.ptxid);
            self.fail(invariant, ptxid, text);
        }
    }

    pub fn find(&self, ptxid: Ptxid) -> Option<usize> {
        self.of.get(&ptxid).copied()
    }

    pub fn track(&self, ptxid: Ptxid) -> Option<&Track> {
        self.find(ptxid).map(|at| &self.tracks[at])
    }

    /// The journal began a new intent.
    pub fn begun(&mut self, intent: &Intent, now: Duration, key_life: Duration) {
        let at = self.tracks.len();
        let key = intent.key.clone().map(|key| (intent.kind.purpose(), key));
        if let Some(key) = &key {
            self.key_is_free(key, intent, key_life);
            self.keys.entry(key.clone()).or_default().push(at);
        }
        if self.of.insert(intent.ptxid, at).is_some() {
            self.fail("S1", Some(intent.ptxid), "a ptxid was given twice");
        }
        self.untold.push((at, now));
        self.tracks.push(Track {
            ptxid: intent.ptxid,
            kind: intent.kind,
            amount: intent.amounts.amount,
            reference: intent.reference.as_ref().map(|reference| reference.approval_no.trim().to_owned()),
            original: intent.original,
            began: intent.at,
            recorded: false,
            sent: None,
            lost: false,
            told: false,
            why: None,
            end: None,
            row: None,
            word: None,
            alarmed: false,
            reinstated: false,
            seen_approval: false,
            approval: None,
            captured: 0,
            reversed: 0,
            reversed_by_terminal: 0,
            host_amount: 0,
            host_number: String::new(),
            baseline: None,
        });
    }

    /// A money request leaves.
    pub fn money(&mut self, ptxid: Ptxid, now: Duration, baseline: Option<Box<[u8]>>) {
        self.money_sent += 1;
        self.fence_from = now;
        let Some(at) = self.find(ptxid) else {
            return self.fail("S4", Some(ptxid), "money left that nobody asked for");
        };
        self.check(self.tracks[at].recorded, "S4", at, "the first byte left before the intent's row");
        self.check(self.tracks[at].sent.is_none(), "S1", at, "a money request was sent twice");
        self.check(self.tracks[at].end.is_none(), "S8", at, "a request left after its outcome");
        self.tracks[at].sent = Some(now);
        self.tracks[at].baseline = baseline;
        self.no_stop_could_hit(ptxid, now);
        for other in self.open.clone() {
            if other != at && self.tracks[other].is_unresolved() {
                self.check(false, "S7", other, "new money left while it was unresolved");
            }
        }
        if self.tracks[at].kind.is_cancellation() {
            self.other_cancellations(at);
        }
    }

    /// A row is durable.
    pub fn durable(&mut self, record: &Record) {
        let Some(at) = record.ptxid.and_then(|ptxid| self.find(ptxid)) else { return };
        match &record.fact {
            Fact::Intent(_) => {
                self.tracks[at].recorded = true;
                self.open.push(at);
            }
            Fact::Seen(seen) => self.tracks[at].seen_approval |= seen.approval.is_some(),
            Fact::Ended(outcome) => {
                let Some(end) = End::of(outcome) else {
                    return self.fail("S8", record.ptxid, "an unknown outcome was written as final");
                };
                let before = self.tracks[at].row;
                self.check(before.is_none(), "S8", at, "a final state was written twice");
                let absent = matches!(
                    outcome,
                    Outcome::NotPerformed(not) if not.reason == NotPerformedReason::Absent
                );
                let late = self.opened >= self.fence_from + self.fence;
                self.check(
                    !absent || late,
                    "R5",
                    at,
                    "absence was believed on a connection from before the fence",
                );
                self.tracks[at].row = Some(end);
                self.take_outcome(at, outcome);
                self.open.retain(|open| *open != at);
                self.verdict(at, end);
            }
            Fact::Overridden { verdict, .. } => {
                self.tracks[at].word = Some(*verdict);
                self.tracks[at].alarmed = false;
                self.tracks[at].reinstated = false;
            }
            Fact::Alarmed(Alarm::OverrideContradicted) => {
                // The word is contradicted: the operation is unresolved again, unless nothing was decided.
                self.tracks[at].alarmed = true;
                self.tracks[at].word = self.tracks[at].word.filter(|word| *word == Verdict::Undecided);
            }
            _ => {}
        }
    }

    fn take_outcome(&mut self, at: usize, outcome: &Outcome) {
        if let Outcome::Approved(approval) = outcome {
            let missing = approval.alarms.contains(&Alarm::AmountMissing);
            let differs = approval.alarms.iter().any(|alarm| matches!(alarm, Alarm::AmountDiffers { .. }));
            // The answer of a cancellation may name another amount than the host gives back: what was sold.
            let doubted = missing || differs && approval.operation.is_cancellation();
            let known = (approval.approval_amt, approval.approval_no.clone(), doubted);
            let track = &mut self.tracks[at];
            let silent =
                track.host_amount.abs() != track.amount && !missing && !differs && !track.kind.is_slip();
            track.approval = Some(known);
            self.check(!silent, "S12", at, "another amount than asked is approved without an alarm");
        }
    }

    /// The caller learns an outcome.
    pub fn outcome(&mut self, outcome: &Outcome) {
        let Some(at) = self.find(outcome.id()) else {
            return self.fail("S9", Some(outcome.id()), "an outcome of an operation that nobody began");
        };
        self.check(!self.tracks[at].told, "S8", at, "a call was answered twice");
        self.tracks[at].told = true;
        self.untold.retain(|(untold, _)| *untold != at);
        match (End::of(outcome), outcome) {
            (Some(end), _) => self.told_end(at, end, outcome),
            (None, Outcome::Unknown(unknown)) => self.tracks[at].why = Some(unknown.why),
            (None, _) => {}
        }
    }

    /// What became of an operation that was unknown.
    pub fn resolution(&mut self, ptxid: Ptxid, outcome: &Outcome) {
        match (self.find(ptxid), End::of(outcome)) {
            (Some(at), Some(end)) => self.told_end(at, end, outcome),
            _ => self.fail("S8", Some(ptxid), "an operation was resolved to nothing"),
        }
    }

    fn told_end(&mut self, at: usize, end: End, outcome: &Outcome) {
        let before = self.tracks[at].end;
        self.check(before.is_none_or(|before| before == end), "S8", at, "a final state changed");
        // Of what was never recorded there is no row, and of what could not be recorded in time neither.
        let unrecorded = matches!(
            outcome,
            Outcome::NotPerformed(not) if matches!(not.reason, NotPerformedReason::JournalUnavailable { .. })
        );
        let row = self.tracks[at].row;
        self.check(
            if self.tracks[at].recorded { row == Some(end) || unrecorded } else { end != End::Approved },
            "S5",
            at,
            "an outcome was told that is not durable",
        );
        self.tracks[at].end = Some(end);
        self.verdict(at, end);
    }

    /// L1: every call returns by its deadline.
    pub fn overdue(&mut self, now: Duration) {
        if let Some((at, _)) = self.untold.iter().find(|(_, began)| now > *began + self.patience) {
            self.check(false, "L1", *at, "its call did not return by its deadline");
        }
    }

    /// The process died, or was closed: nobody waits any more, and what has no row is gone.
    pub fn restarted(&mut self) {
        for (at, _) in std::mem::take(&mut self.untold) {
            let track = &mut self.tracks[at];
            track.told = true;
            track.lost = !track.recorded;
        }
        for at in &self.open {
            self.tracks[*at].reinstated = false;
        }
    }

    /// The session takes up again what a word had settled.
    pub fn reinstated(&mut self, ptxid: Ptxid) {
        let Some(at) = self.find(ptxid) else {
            return self.fail("R4", Some(ptxid), "an operation was reinstated that nobody began");
        };
        let contradictable = self.tracks[at].is_contradictable();
        self.check(
            contradictable,
            "R4",
            at,
            "it was reinstated, and no word holds on it that says how it ended",
        );
        self.tracks[at].reinstated = true;
    }

    /// S6: what is open is listed after a restart, by the checker's own account.
    pub fn reopened(&mut self, listed: impl Iterator<Item = Ptxid>) {
        let mut listed: Vec<Ptxid> = listed.collect();
        let mut own: Vec<Ptxid> = self.open.iter().map(|at| self.tracks[*at].ptxid).collect();
        listed.sort_unstable();
        own.sort_unstable();
        if listed != own {
            let missing = own.iter().find(|ptxid| !listed.contains(ptxid)).or(listed.first()).copied();
            let text = format!("{} are open, {} are listed after a restart", own.len(), listed.len());
            self.fail("S6", missing, text);
        }
    }

    /// An operator's word was taken.
    pub fn word_taken(&mut self, now: Duration, ptxid: Ptxid) {
        if now < self.fence_from + self.fence {
            self.fail("R4", Some(ptxid), "an operator's word was taken before the fence");
        }
    }

    /// How many operations are left to a word that evidence can contradict.
    pub fn contradictable(&self) -> usize {
        self.open.iter().filter(|at| self.tracks[**at].is_contradictable()).count()
    }

    /// Unresolved ones.
    pub fn unresolved(&self) -> impl Iterator<Item = &Track> {
        self.open.iter().map(|at| &self.tracks[*at]).filter(|track| track.is_unresolved())
    }
}
