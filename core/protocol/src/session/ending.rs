//! How an operation ends, and how one that an earlier run left open begins.

use danmal_model::{Event, EventCode, Fact, NotPerformedReason, Outcome, UnknownWhy};
use zeroize::Zeroizing;

use super::Session;
use super::io::{CommitId, OpenIntent, Output};
use super::op::{Op, Refusal};
use super::stop::Stop;
use super::table::{Phase, Signal};

impl Session {
    pub(super) fn tell_unknown(&mut self, op: &mut Op) {
        op.told = true;
        if op.phase == Phase::Closing {
            op.why = UnknownWhy::JournalFailed;
        }
        let over = self.now.mono >= self.fence.override_at(self.durations().fence);
        let outcome = op.unknown(self.profile.history, over);
        self.tell(op, EventCode::Unresolved);
        self.out.push_back(Output::Outcome(outcome));
        self.stirred = true;
    }

    /// The outcome is decided: its row is written, then the caller learns.
    pub(super) fn close_by(&mut self, op: &mut Op, signal: Signal, outcome: Box<Outcome>) {
        if !self.step(op, signal) || op.phase != Phase::Closing {
            return;
        }
        op.commit = Some(self.commit(Some(op.id()), Fact::Ended((*outcome).clone())));
        if planted!(ToldTooEarly) {
            return self.finish(op, outcome);
        }
        op.closing = Some(outcome);
    }

    /// Hands a final outcome out.
    pub(super) fn finish(&mut self, op: &mut Op, outcome: Box<Outcome>) {
        let mut event = Event::new(EventCode::Finished, self.now.wall);
        event.operation = Some(op.id());
        event.text = outcome.text();
        event.outcome = Some(outcome.clone());
        if let Outcome::Approved(approval) = &*outcome {
            for alarm in approval.alarms.clone() {
                self.show_alarm(op.id(), alarm);
            }
        }
        self.out.push_back(Output::Event(Box::new(event)));
        if op.told {
            self.out.push_back(Output::Resolution { ptxid: op.id(), outcome: Some(outcome), verdict: None });
        } else {
            op.told = true;
            self.out.push_back(Output::Outcome(outcome));
        }
        op.phase = Phase::Ended;
    }

    /// A row was written, or could not be.
    pub(super) fn committed(&mut self, id: CommitId, result: Result<(), String>) {
        if self.word_committed(id, &result) {
            return;
        }
        if self.behind.iter().any(|op| op.commit == Some(id)) {
            self.with_behind(|op| op.commit == Some(id), |session, op| session.row_answered(op, id, result));
        } else {
            self.with_op(|session, op| session.row_answered(op, id, result));
        }
    }

    /// A row of an operation was written, or could not be.
    fn row_answered(&mut self, op: &mut Op, id: CommitId, result: Result<(), String>) {
        if matches!(op.stop, Stop::Journaling(_, stop) if stop == id) {
            self.stop_journaled(op, result.is_ok());
            return;
        }
        if op.commit != Some(id) {
            return;
        }
        op.commit = None;
        match (op.phase, result) {
            (Phase::Recording, Ok(())) => self.recorded(op),
            (Phase::Recording, Err(detail)) => {
                let outcome = op
                    .abandoned
                    .take()
                    .unwrap_or_else(|| op.not_performed(NotPerformedReason::JournalUnavailable { detail }));
                self.step(op, Signal::NotKept);
                self.out.push_back(Output::Forget(op.id()));
                self.finish(op, outcome);
            }
            (Phase::Keeping, Ok(())) => {
                self.step(op, Signal::Kept);
                self.tell(op, EventCode::Confirming);
                if planted!(NoConfirmation) && self.profile.history {
                    self.step(op, Signal::Acknowledged);
                    op.next_look = self.now.mono;
                }
            }
            (Phase::Keeping, Err(_)) => {
                self.step(op, Signal::NotKept);
                op.why = UnknownWhy::JournalFailed;
                op.unkept = true;
                op.next_look = self.now.mono + self.durations().recheck;
            }
            (Phase::Closing, Ok(())) => {
                self.step(op, Signal::Kept);
                if let Some(outcome) = op.closing.take() {
                    self.remember(op.id(), Session::past_of(&outcome), false);
                    self.refuse_waiting_after(&outcome);
                    self.finish(op, outcome);
                }
            }
            (Phase::Closing, Err(_)) => {
                self.step(op, Signal::NotKept);
                op.retry_at = Some(self.now.mono + self.durations().recheck);
            }
            _ => {}
        }
    }

    /// An unresolved operation turned out to be approved while a new money call waited for it: a cashier who
    /// presses again after a doubt means the same customer, so the new one is not sent.
    fn refuse_waiting_after(&mut self, outcome: &Outcome) {
        if let Outcome::Approved(approval) = outcome {
            let blocked_by = approval.id;
            self.end_waiting(NotPerformedReason::Unresolved { blocked_by });
        }
    }

    /// An intent that an earlier run left open.
    pub(super) fn reopen(&mut self, open: OpenIntent) {
        for code in &open.unsettled_stops {
            self.stops.push(super::Outstanding {
                ptxid: open.intent.ptxid,
                code: code.parse().ok(),
                connection: 0,
                sent: self.now.mono,
            });
        }
        let mut op = Box::new(Op::new(Box::new(open.intent), Zeroizing::default(), self.now.mono));
        op.told = true;
        op.broken = true;
        op.why = UnknownWhy::Restarted;
        op.phase = Phase::Lost;
        let contradicted = open.seen.as_ref().is_some_and(|seen| seen.contradicts);
        match open.seen {
            Some(seen) if seen.code == "0000" && seen.approval.is_some() && contradicted => {
                op.approval = seen.approval;
                op.why = UnknownWhy::NotProven;
                op.phase = Phase::Contradicted;
            }
            Some(seen) if seen.code == "0000" && seen.approval.is_some() => {
                op.approval = seen.approval;
                op.why = UnknownWhy::ConfirmPending;
                op.phase = Phase::Unconfirmed;
            }
            Some(seen) if seen.code != "0000" && !op.intent.kind.is_slip() => {
                op.why = UnknownWhy::NotProven;
                op.phase = Phase::Doubtful;
                op.approval = seen.approval;
                op.refusal = Some(Refusal {
                    code: seen.code,
                    message: seen.message,
                    looks: 0,
                    confirm: false,
                    followed: true,
                });
            }
            _ => {}
        }
        if planted!(RestartIsAbsence) && op.phase == Phase::Lost {
            let outcome = op.not_performed(NotPerformedReason::Absent);
            self.close_by(&mut op, Signal::Absence, outcome);
        }
        if planted!(BlindRecovery) && op.phase == Phase::Unconfirmed {
            let outcome = op.approved();
            op.phase = Phase::ReadingBack;
            if let Some(outcome) = outcome {
                self.close_by(&mut op, Signal::Shown, outcome);
            }
        }
        match open.overridden {
            Some(verdict) => self.park(op, verdict),
            None => self.behind.push_back(op),
        }
    }
}
