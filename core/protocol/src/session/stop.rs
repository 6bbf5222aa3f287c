//! Asking the terminal to stop (rule 9): a request, never a verdict.

use std::time::Duration;

use danmal_model::{Event, EventCode, Fact, Kind, Ptxid, UnknownWhy};
use danmal_wire::Code;

use super::Session;
use super::io::{CommitId, Output};
use super::op::Op;
use super::table::Phase;

/// How far asking to stop has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Stop {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// The row is being written before the byte leaves.
    Journaling(Code, CommitId),
    /// It was sent.
    Asked(Code, Duration),
    /// The terminal cannot stop, or says nothing: its own answer is awaited.
    Waiting,
    /// The terminal says that it stops: its own answer is awaited until then.
    Acknowledged(Duration),
}

/// A request to stop that was sent and not answered: it names no transaction and would hit the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outstanding {
    pub(crate) ptxid: Ptxid,
    /// None for one of an earlier run.
    pub(crate) code: Option<Code>,
    pub(crate) connection: u32,
    pub(crate) sent: Duration,
}

const fn reading_stop(kind: Kind) -> Code {
    match kind {
        Kind::CardApproval | Kind::CardCancellation => Code::StopCard,
        Kind::EasyPayApproval | Kind::EasyPayCancellation => Code::StopEasyPay,
        Kind::CashReceiptIssue | Kind::CashReceiptCancellation => Code::StopCashReceipt,
        Kind::TaxRefundIssue | Kind::TaxRefundCancellation => Code::Abort,
    }
}

impl Session {
    /// Somebody, or the inactivity timer, wants the running request stopped.
    pub(super) fn begin_stop(&mut self, op: &mut Op) {
        if op.phase == Phase::Running && op.stop == Stop::NotAsked {
            self.journal_stop(op, reading_stop(op.intent.kind));
            self.tell(op, EventCode::StopRequested);
        }
    }

    fn journal_stop(&mut self, op: &mut Op, code: Code) {
        let id = self.commit(Some(op.id()), Fact::Stopping { code: code.as_str().to_owned() });
        op.stop = Stop::Journaling(code, id);
    }

    /// The row of a request to stop is durable, or could not be written.
    pub(super) fn stop_journaled(&mut self, op: &mut Op, kept: bool) {
        let Stop::Journaling(code, _) = op.stop else { return };
        let carried = op.carrier == Some(self.link.number) && self.link.is_up();
        if !kept || op.phase != Phase::Running || !carried {
            op.stop = Stop::Waiting;
            if kept {
                self.settle_stops(op.id());
            } else {
                self.tell(op, EventCode::StopRefused);
            }
            return;
        }
        self.fence.restart(self.now.mono);
        self.stops.push(Outstanding {
            ptxid: op.id(),
            code: Some(code),
            connection: self.link.number,
            sent: self.now.mono,
        });
        op.stop = Stop::Asked(code, self.now.mono);
        self.send_header(code);
    }

    /// The answer of a request to stop. Returns whether one was outstanding.
    pub(super) fn stop_answered(&mut self, code: Code, result: &str) -> bool {
        let here = self.link.number;
        let Some(at) = self.stops.iter().position(|s| s.code == Some(code) && s.connection == here) else {
            return false;
        };
        let ptxid = self.stops.remove(at).ptxid;
        self.settle_stops(ptxid);
        self.with_op(|session, op| {
            if op.id() != ptxid || op.phase != Phase::Running {
                return;
            }
            let acknowledged = if code == Code::Abort { result == "9999" } else { result == "0000" };
            if acknowledged {
                op.stop = Stop::Acknowledged(session.now.mono + session.durations().after_stop);
                session.tell(op, EventCode::StopAcknowledged);
                if planted!(StopIsEnd) {
                    let outcome = op.refused("9999", "");
                    session.close_by(op, super::table::Signal::SlipAnswer, outcome);
                    return;
                }
                if session.profile.abort_ends_original {
                    session.refusal_seen(op, "9999", "", false);
                }
            } else {
                if matches!(op.stop, Stop::Asked(asked, _) if asked == code) {
                    if code == Code::Abort {
                        op.stop = Stop::Waiting;
                    } else {
                        session.journal_stop(op, Code::Abort);
                    }
                }
                session.tell(op, EventCode::StopRefused);
            }
        });
        true
    }

    /// What the passing of time means for a request to stop.
    pub(super) fn drive_stop(&mut self, op: &mut Op) {
        let now = self.now.mono;
        match op.stop {
            Stop::Asked(code, at) if now >= at + self.durations().stop_answer => {
                if code == Code::Abort {
                    op.stop = Stop::Waiting;
                } else {
                    self.journal_stop(op, Code::Abort);
                }
            }
            Stop::Acknowledged(until) if now >= until => {
                self.lose(op, UnknownWhy::NoAnswer);
            }
            _ => {}
        }
    }

    pub(super) fn stop_deadline(&self, op: &Op) -> Option<Duration> {
        match op.stop {
            Stop::Asked(_, at) => Some(at + self.durations().stop_answer),
            Stop::Acknowledged(until) => Some(until),
            _ => None,
        }
    }

    /// Whether an unanswered request to stop could hit the next money request.
    pub(super) fn stop_gate(&mut self) -> Option<Ptxid> {
        if planted!(NoStopGate) {
            return None;
        }
        if self.fence.is_over(self.now.mono, self.gate_length()) {
            while let Some(stop) = self.stops.pop() {
                self.settle_stops(stop.ptxid);
            }
        }
        self.stops.first().map(|stop| stop.ptxid)
    }

    /// With what unfinished work dies at the fence (A1, A2, A4) in doubt, the gate waits twice as long: an
    /// abort that comes later still ends a sale that says so, and never loses money.
    fn gate_length(&self) -> Duration {
        if self.absence_is_believable() { self.durations().fence } else { self.durations().fence * 2 }
    }

    pub(super) fn gate_deadline(&self) -> Option<Duration> {
        if self.stops.is_empty() { None } else { self.fence.over_at(self.gate_length()) }
    }

    /// 990001, asked at `asked` on this connection, was answered: what was sent before it is answered for.
    pub(super) fn stops_answered_for(&mut self, asked: Duration) {
        let here = self.link.number;
        let settled: Vec<Ptxid> =
            self.stops.iter().filter(|s| s.connection == here && s.sent <= asked).map(|s| s.ptxid).collect();
        self.stops.retain(|s| !(s.connection == here && s.sent <= asked));
        for ptxid in settled {
            self.settle_stops(ptxid);
        }
    }

    fn settle_stops(&mut self, ptxid: Ptxid) {
        if !self.stops.iter().any(|s| s.ptxid == ptxid) {
            self.commit(Some(ptxid), Fact::StopSettled);
        }
    }

    /// The caller asks an operation to stop, wherever it is.
    pub(super) fn request_stop(&mut self, ptxid: Ptxid) {
        if self.waiting.as_ref().is_some_and(|op| op.id() == ptxid) {
            if let Some(mut op) = self.waiting.take() {
                let outcome = op.stopped_before_sending();
                self.drop_unsent(&mut op, outcome);
            }
            return;
        }
        self.with_op(|session, op| {
            if op.id() != ptxid || op.told {
                return;
            }
            op.cancel_requested = true;
            match op.phase {
                Phase::Waiting | Phase::Checking => {
                    let outcome = op.stopped_before_sending();
                    session.drop_unsent(op, outcome);
                }
                Phase::Recording => {
                    if op.abandoned.is_none() {
                        op.abandoned = Some(op.stopped_before_sending());
                    }
                }
                Phase::Running => session.begin_stop(op),
                _ => session.tell(op, EventCode::StopRequested),
            }
        });
    }

    pub(super) fn tell(&mut self, op: &Op, code: EventCode) {
        let mut event = Event::new(code, self.now.wall);
        event.operation = Some(op.id());
        self.out.push_back(Output::Event(Box::new(event)));
    }
}
