//! A session's state as bytes, for a search that must know a state when it meets it again.
//!
//! Two states with the same bytes behave alike: times are told relative to now, and only as far back as a
//! deadline still looks; connections and commits relative to the newest; what is only shown is left out, and
//! what nothing reads in this phase or under this profile. No operator speaks in a search: when a word would be
//! taken is left out, too.

use std::time::Duration;

use danmal_model::{Outcome, Ptxid};

use super::link::{Purpose, State};
use super::op::Op;
use super::stop::Stop;
use super::table::Phase;
use super::{LastLook, Session};
use crate::evidence::Shown;

/// Bytes that are being written, at a moment.
struct Bytes<'a> {
    out: &'a mut Vec<u8>,
    now: Duration,
}

impl Bytes<'_> {
    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    fn flag(&mut self, flag: bool) {
        self.out.push(u8::from(flag));
    }

    fn number(&mut self, number: u64) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    /// A moment to come; one that is over is over, however long.
    fn until(&mut self, at: Duration) {
        self.number(at.saturating_sub(self.now).as_millis() as u64);
    }

    /// A moment of the past, which matters for so long.
    fn since(&mut self, at: Duration, matters: Duration) {
        self.until(at + matters);
    }

    fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.byte(0),
            Some(value) => {
                self.byte(1);
                write(self, value);
            }
        }
    }

    fn ptxid(&mut self, ptxid: Ptxid) {
        self.text(ptxid.as_str());
    }
}

impl Session {
    /// Appends the state, at the moment of the last input. `more`: whether another operation may begin.
    pub fn canonical(&self, more: bool, out: &mut Vec<u8>) {
        let d = self.durations();
        let mut bytes = Bytes { out, now: self.now.mono };
        let b = &mut bytes;
        b.flag(self.safe_mode.is_some());
        b.flag(self.safe_mode.is_some() && self.looked);
        b.flag(self.closing);
        b.flag(self.closed);
        b.number(self.out.len() as u64);
        self.canonical_link(b);
        // The next money byte begins the fence anew: where nothing that has left is undecided, the present one
        // ends nothing.
        let undecided = |op: &Op| op.phase.may_have_left() && op.phase != Phase::Closing;
        let fenced = !self.behind.is_empty()
            || !self.overridden.is_empty()
            || self.op.as_deref().is_some_and(undecided);
        b.flag(fenced);
        if fenced {
            b.maybe(self.fence.over_at(d.fence), |b, at| b.until(at));
            b.flag(self.opened_after_fence());
        }
        // Requests to stop wait for it, up to twice as long (rule 9).
        b.maybe(self.gate_deadline(), |b, at| b.until(at));
        b.maybe(self.op.as_deref(), |b, op| self.canonical_op(b, op));
        b.number(self.behind.len() as u64);
        for op in &self.behind {
            self.canonical_op(b, op);
        }
        b.number(self.overridden.len() as u64);
        for op in &self.overridden {
            self.canonical_op(b, op);
        }
        b.maybe(self.waiting.as_deref(), |b, op| self.canonical_op(b, op));
        b.number(self.stops.len() as u64);
        for stop in &self.stops {
            b.ptxid(stop.ptxid);
            b.maybe(stop.code, |b, code| b.text(code.as_str()));
            b.flag(stop.connection == self.link.number);
            b.flag(self.link.asked.is_none_or(|asked| stop.sent <= asked.at));
        }
        b.number(self.queries.len() as u64);
        b.number(self.words.len() as u64);
        b.number(self.past.len() as u64);
        for past in &self.past {
            b.ptxid(past.ptxid);
            b.byte(u8::from(past.stands) | u8::from(past.overridden) << 1 | u8::from(past.alarmed) << 2);
        }
        b.maybe(self.fresh_look().filter(|_| more), |b, last| {
            b.since(last.at, d.baseline_fresh);
            b.maybe(last.digest, |b, digest| b.number(digest.0));
        });
    }

    /// What the terminal showed last, where it would still do as a baseline.
    fn fresh_look(&self) -> Option<LastLook> {
        let fresh = self.durations().baseline_fresh;
        self.last.filter(|last| last.connection == self.link.number && last.at + fresh >= self.now.mono)
    }

    /// Whether the next operation could take its baseline from what was shown before it began.
    #[must_use]
    pub fn has_fresh_look(&self) -> bool {
        self.fresh_look().is_some()
    }

    /// When the fence is over, as the session sees it; none while a connection must come first.
    #[must_use]
    pub fn fence_end(&self) -> Option<Duration> {
        self.fence.over_at(self.durations().fence)
    }

    fn canonical_link(&self, b: &mut Bytes<'_>) {
        let (link, d) = (&self.link, self.durations());
        match link.state {
            State::Down { retry_at } => {
                b.byte(0);
                b.until(retry_at);
            }
            State::Connecting => b.byte(1),
            State::Quieting { until } => {
                b.byte(2);
                b.until(until);
            }
            State::Up => b.byte(3),
        }
        b.maybe(link.asked, |b, asked| {
            b.text(asked.code.as_str());
            b.byte(match asked.purpose {
                Purpose::Baseline => 0,
                Purpose::Look => 1,
                Purpose::Show => 2,
                Purpose::Confirm => 3,
                Purpose::ConfirmRefusal => 4,
                Purpose::Query(_) => 5,
            });
            b.until(asked.until);
        });
        b.flag(link.used && !self.profile.assumptions.a6_answers_once);
        b.flag(link.tainted);
        let (pause, proven) = link.patience();
        b.number(pause.as_millis() as u64);
        b.flag(proven);
        let haste = link.haste(self.now.mono, d);
        b.byte(haste);
        if haste > 0 {
            b.since(link.attempted(), d.reconnect_first * u32::from(haste));
        }
    }

    fn canonical_op(&self, b: &mut Bytes<'_>, op: &Op) {
        let d = self.durations();
        let here = self.link.number;
        b.ptxid(op.id());
        b.maybe(op.intent.baseline, |b, digest| b.number(digest.0));
        b.byte(op.phase as u8);
        let limit = if op.phase.may_have_left() { d.total } else { d.prepare };
        if !op.told {
            b.since(op.began, limit);
        }
        b.maybe(op.carrier, |b, carrier| b.flag(carrier == here));
        let a = &self.profile.assumptions;
        b.flag(op.broken && !(a.a2_reboot_never_older && a.a6_answers_once && self.profile.history));
        b.flag(op.unkept && !a.a6_answers_once);
        if op.phase == Phase::Running {
            b.since(op.heard, d.inactivity);
        }
        b.flag(op.told);
        b.maybe(op.approval.as_deref(), |b, approval| b.text(&approval.approval_no));
        b.maybe(op.record.as_deref(), |b, record| {
            b.text(&record.approval_no);
            b.number(record.approval_amt.unsigned_abs());
        });
        let told_where = matches!(op.phase, Phase::Recording | Phase::Keeping | Phase::Confirming);
        b.flag(told_where && op.shown_on == here);
        b.maybe(op.refusal.as_ref(), |b, refusal| {
            b.text(&refusal.code);
            b.byte(refusal.looks);
            b.flag(refusal.confirm);
            b.flag(refusal.followed);
        });
        b.until(op.next_look);
        b.byte(op.late_looks.min(super::drive::LATE_LOOKS));
        b.maybe(op.held.as_ref(), |b, held| {
            b.until(held.until);
            b.flag(held.absent);
            match &held.shown {
                Shown::Approved(approval) => b.text(&approval.approval_no),
                Shown::Refused { code, .. } => b.text(code),
                Shown::Baseline => b.byte(2),
                Shown::Other => b.byte(3),
                Shown::Unreadable => b.byte(4),
            }
        });
        b.maybe(op.commit, |b, id| b.number(self.next_commit - id.0));
        b.maybe(op.closing.as_deref(), outcome);
        b.maybe(op.abandoned.as_deref(), outcome);
        b.maybe(op.retry_at, |b, at| b.until(at));
        match op.stop {
            Stop::NotAsked => b.byte(0),
            Stop::Journaling(code, id) => {
                b.byte(1);
                b.text(code.as_str());
                b.number(self.next_commit - id.0);
            }
            Stop::Asked(code, at) => {
                b.byte(2);
                b.text(code.as_str());
                b.since(at, d.stop_answer);
            }
            Stop::Waiting => b.byte(3),
            Stop::Acknowledged(until) => {
                b.byte(4);
                b.until(until);
            }
        }
    }
}

fn outcome(b: &mut Bytes<'_>, outcome: &Outcome) {
    b.text(outcome.name());
}
