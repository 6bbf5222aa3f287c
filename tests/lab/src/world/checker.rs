//! The invariants, held against the ledger of the host after every step. It shares no opinion with the
//! session: what it knows, it knows from the wire, from the durable rows and from the ledger.

use std::collections::HashMap;
use std::time::Duration;

use danmal_model::{
    Alarm, Fact, Intent, Kind, NotPerformedReason, Outcome, Ptxid, Purpose, Record, UnknownWhy, Verdict,
};
use danmal_simulator::{Host, State};
use danmal_wire::Code;
use jiff::Timestamp;

/// A rule that was broken.
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
    pub reference: Option<String>,
    began: Timestamp,
    /// Its row is durable.
    pub recorded: bool,
    /// When its first byte left.
    pub sent: Option<Duration>,
    /// The session that had it is gone, or it was forgotten: without a row nothing of it remains.
    lost: bool,
    told: bool,
    pub why: Option<UnknownWhy>,
    /// What the caller was told for good.
    pub end: Option<End>,
    /// What the durable row of its end says.
    pub row: Option<End>,
    pub word: Option<Verdict>,
    /// Evidence against the word was handed to the session, and it has raised its alarm.
    pub alarmed: bool,
    /// An approval was seen, by a durable row.
    pub seen_approval: bool,
    /// Amount and number as the till was told, and whether an alarm says that the amount is not to be trusted.
    approval: Option<(i64, String, bool)>,
    captured: u32,
    reversed: u32,
    reversed_by_terminal: u32,
    pub host_amount: i64,
    host_number: String,
    /// The answer of 990001 before its first byte.
    pub baseline: Option<Box<[u8]>>,
}

impl Track {
    pub fn net(&self) -> i64 {
        i64::from(self.captured) - i64::from(self.reversed)
    }

    /// A byte of it may have left, and nobody knows or has said what became of it.
    pub fn is_unresolved(&self) -> bool {
        self.recorded && self.row.is_none() && self.word.is_none()
    }
}

/// A request to stop that is on its way.
struct StopSent {
    code: Code,
    connection: u32,
    at: Duration,
    /// 990001 was asked after it on the same connection.
    asked: bool,
}

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
            reference: intent.reference.as_ref().map(|reference| reference.approval_no.clone()),
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

    /// Rule 13: what is running, unknown, or approved and not cancelled keeps its key.
    fn key_is_free(&mut self, key: &(Purpose, String), intent: &Intent, life: Duration) {
        let Some(holders) = self.keys.get(key) else { return };
        let mut taken = None;
        for at in holders {
            let track = &self.tracks[*at];
            let runs = !track.lost && !track.recorded && track.end.is_none();
            let unknown = track.recorded && track.row.is_none() && track.word.is_none();
            let stands = track.row == Some(End::Approved) || track.word == Some(Verdict::Performed);
            let old = intent.at.duration_since(track.began).unsigned_abs() > life || intent.at < track.began;
            if runs || unknown || (stands && !old && !self.is_cancelled(track)) {
                taken = Some(*at);
            }
        }
        if let Some(at) = taken {
            self.check(false, "R13", at, "its key began another intent");
        }
    }

    /// Whether a cancellation of an approval is approved, or performed by an operator's word.
    fn is_cancelled(&self, sale: &Track) -> bool {
        let Some((_, number, _)) = &sale.approval else { return false };
        self.tracks.iter().any(|track| {
            track.reference.as_ref() == Some(number)
                && (track.row == Some(End::Approved) || track.word == Some(Verdict::Performed))
        })
    }

    /// The journal handed out an operation for a key instead of beginning one.
    pub fn same(&mut self, ptxid: Ptxid) {
        match self.find(ptxid) {
            None => self.fail("R13", Some(ptxid), "a key gave an operation that nobody began"),
            Some(at) => {
                let track = &self.tracks[at];
                let over = matches!(track.row, Some(End::Declined | End::Aborted | End::Reversed));
                self.check(!over, "R13", at, "a key gave an operation that is over");
            }
        }
    }

    /// Nothing of it was written: its key is free again.
    pub fn forgotten(&mut self, ptxid: Ptxid) {
        if let Some(at) = self.find(ptxid) {
            self.tracks[at].lost = true;
            let recorded = self.tracks[at].recorded;
            self.check(!recorded, "S4", at, "an intent with a row was forgotten");
        }
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

    /// A request to stop leaves, on the till's connection of this number.
    pub fn stop(&mut self, code: Code, connection: u32, now: Duration) {
        self.fence_from = now;
        self.stops.push(StopSent { code, connection, at: now, asked: false });
    }

    /// 990001 leaves.
    pub fn asked(&mut self, connection: u32) {
        for stop in self.stops.iter_mut().filter(|stop| stop.connection == connection) {
            stop.asked = true;
        }
    }

    /// A frame arrives at the till.
    pub fn heard(&mut self, code: Code, connection: u32) {
        if code == Code::LastTransaction {
            self.stops.retain(|stop| !(stop.connection == connection && stop.asked));
        } else if let Some(at) =
            self.stops.iter().position(|stop| stop.connection == connection && stop.code == code)
        {
            self.stops.remove(at);
        }
    }

    /// Rule 9: a request to stop names no transaction, so none may be on its way when new money leaves.
    fn no_stop_could_hit(&mut self, ptxid: Ptxid, now: Duration) {
        let fence = self.fence;
        self.stops.retain(|stop| now < stop.at + fence);
        if !self.stops.is_empty() {
            self.fail("R9", Some(ptxid), "new money left behind a request to stop that nobody answered");
        }
    }

    /// Rule 10: at most one cancellation of an approval is approved or unresolved.
    fn other_cancellations(&mut self, at: usize) {
        let Some(number) = self.tracks[at].reference.clone() else { return };
        let other = self.tracks.iter().position(|track| {
            track.ptxid != self.tracks[at].ptxid
                && track.reference.as_ref() == Some(&number)
                && track.recorded
                && match (track.row, track.word) {
                    (Some(end), _) => end == End::Approved,
                    (None, word) => word != Some(Verdict::NotPerformed),
                }
        });
        if let Some(other) = other {
            self.check(false, "R10", other, "a second cancellation left");
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
            }
            Fact::Alarmed(Alarm::OverrideContradicted) => {
                // The word is contradicted: the operation is unresolved again, unless nothing was decided.
                self.tracks[at].alarmed = true;
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

    /// S2 and S3, for a state that is final.
    fn verdict(&mut self, at: usize, end: End) {
        let track = &self.tracks[at];
        let net = track.net();
        if end != End::Approved {
            return self.check(net == 0, "S2", at, "something stands at the host");
        }
        if net != 1 {
            let by_host = track.captured == 1 && track.reversed == 1 && track.reversed_by_terminal == 0;
            self.check(by_host, "S3", at, "nothing stands at the host");
            return;
        }
        let Some((amount, number, doubted)) = &track.approval else { return };
        if track.kind.is_slip() {
            return;
        }
        let amount_fits = *doubted || *amount == track.host_amount.abs();
        let number_fits = number.trim().is_empty() || *number == track.host_number;
        self.check(amount_fits && number_fits, "S3", at, "another approval than the host's");
    }

    /// What the ledger says now.
    pub fn look_at(&mut self, host: &Host) {
        let (tracks, lines, of, touched) = (&mut self.tracks, &mut self.lines, &self.of, &mut self.touched);
        self.seen = host.changes_since(self.seen, |line, entry| {
            if lines.len() <= line {
                let at = entry.ptxid.parse().ok().and_then(|ptxid: Ptxid| of.get(&ptxid).copied());
                lines.resize(line + 1, (None, None));
                lines[line] = (at, None);
            }
            let (Some(at), before) = lines[line] else { return };
            lines[line].1 = Some(entry.state);
            if before == Some(entry.state) {
                return;
            }
            let track = &mut tracks[at];
            touched.push(at);
            match (before, entry.state) {
                (None, State::Declined) => {}
                (None, _) => {
                    track.captured += 1;
                    track.host_amount = entry.amount;
                    track.host_number.clone_from(&entry.approval_no);
                    // It may have been captured and reversed between two looks.
                    if entry.state == State::Reversed {
                        track.reversed += 1;
                        track.reversed_by_terminal += u32::from(!entry.by_host);
                    }
                }
                (Some(_), State::Reversed) => {
                    track.reversed += 1;
                    track.reversed_by_terminal += u32::from(!entry.by_host);
                }
                _ => {}
            }
        });
        while let Some(at) = self.touched.pop() {
            let track = &self.tracks[at];
            let (captured, reversed) = (track.captured, track.reversed);
            self.check(captured <= 1, "S1", at, "it was captured twice");
            self.check(reversed <= captured, "S11", at, "more was reversed than captured");
            self.check(self.tracks[at].recorded, "S4", at, "the host has what the journal has not");
            if let Some(end) = self.tracks[at].end.or(self.tracks[at].row) {
                if end == End::Approved && self.tracks[at].net() == 0 {
                    self.foreign_reversals += 1;
                }
                self.verdict(at, end);
            }
        }
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

    /// Unresolved ones.
    pub fn unresolved(&self) -> impl Iterator<Item = &Track> {
        self.open.iter().map(|at| &self.tracks[*at]).filter(|track| track.is_unresolved())
    }
}
