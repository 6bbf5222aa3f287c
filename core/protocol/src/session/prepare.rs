//! A money request before its first byte: connection, baseline, durable intent (rules 1 to 4).

use danmal_model::{Digest, Event, EventCode, Fact, NotPerformedReason, Outcome};
use danmal_wire::Code;
use zeroize::Zeroizing;

use super::Session;
use super::io::{Order, Output};
use super::link::{Purpose, State};
use super::op::Op;
use super::table::{Phase, Signal};

impl Session {
    pub(super) fn begin(&mut self, order: Order) {
        let frame = order.request.encode(&self.encode);
        let intent = Box::new(order.intent);
        let mut op = Box::new(Op::new(intent, Zeroizing::default(), self.now.mono));
        match frame {
            Ok(frame) => op.frame = Zeroizing::new(frame.into_vec()),
            Err(error) => {
                let reason = NotPerformedReason::CannotBeSaid { detail: error.to_string() };
                return self.refuse_order(op, reason);
            }
        }
        if self.closing {
            return self.refuse_order(op, NotPerformedReason::Closed);
        }
        if let Some(detail) = self.safe_mode.clone() {
            return self.refuse_order(op, NotPerformedReason::SafeMode { detail });
        }
        if let Some(other) = self.waiting.as_ref().or(self.op.as_ref().filter(|other| !other.told)) {
            let blocked_by = other.id();
            return self.refuse_order(op, NotPerformedReason::Busy { blocked_by });
        }
        self.link.hurry(self.now.mono, &self.profile.durations);
        if self.op.is_some() {
            self.tell(&op, EventCode::WaitingForEarlier);
            self.waiting = Some(op);
        } else {
            if !self.link.is_up() {
                self.tell(&op, EventCode::WaitingForConnection);
            }
            self.op = Some(op);
        }
    }

    fn refuse_order(&mut self, mut op: Box<Op>, reason: NotPerformedReason) {
        let outcome = op.not_performed(reason);
        self.drop_unsent(&mut op, outcome);
    }

    /// Ends an operation of which no row was written and no byte sent.
    pub(super) fn drop_unsent(&mut self, op: &mut Op, outcome: Box<Outcome>) {
        self.step(op, Signal::Dropped);
        if let Some(asked) = self.link.asked
            && asked.purpose == Purpose::Baseline
            && let Some(asked) = self.link.asked.as_mut()
        {
            asked.purpose = Purpose::Show;
        }
        self.out.push_back(Output::Forget(op.id()));
        self.finish(op, outcome);
    }

    /// A money call waits for an earlier one: it goes on if that one turns out to have charged nothing.
    pub(super) fn drive_waiting(&mut self) {
        let Some(op) = &self.waiting else { return };
        if planted!(NewMoney)
            && let Some(earlier) = self.op.take_if(|earlier| earlier.told)
        {
            self.behind.push_back(earlier);
        }
        if let Some(earlier) = &self.op {
            if self.now.mono >= op.began + self.durations().prepare {
                let blocked_by = earlier.id();
                self.end_waiting(NotPerformedReason::Unresolved { blocked_by });
            }
            return;
        }
        self.op = self.waiting.take();
        self.stirred = true;
    }

    pub(super) fn end_waiting(&mut self, reason: NotPerformedReason) {
        if let Some(mut op) = self.waiting.take() {
            let outcome = op.not_performed(reason);
            self.drop_unsent(&mut op, outcome);
        }
    }

    pub(super) fn prepare(&mut self, op: &mut Op) {
        let now = self.now.mono;
        if self.closing {
            let outcome = op.not_performed(NotPerformedReason::Closed);
            return self.drop_unsent(op, outcome);
        }
        let gate = self.stop_gate();
        if now >= op.began + self.durations().prepare {
            let reason = match (&self.link.state, gate) {
                (State::Up, Some(blocked_by)) => NotPerformedReason::StopPending { blocked_by },
                (State::Up, None) => NotPerformedReason::TerminalSilent,
                _ => NotPerformedReason::NoConnection {
                    detail: self.link.failure.clone().unwrap_or_else(|| "no connection in time".to_owned()),
                },
            };
            let outcome = op.not_performed(reason);
            return self.drop_unsent(op, outcome);
        }
        if op.phase != Phase::Waiting || !self.can_ask() {
            return;
        }
        let own_connection = !self.profile.assumptions.a6_answers_once;
        if self.link.tainted || (own_connection && self.link.used) {
            return self.disconnect(Some(op));
        }
        if gate.is_some() {
            // 990001 after the abort, on its connection, answers for it; elsewhere only the fence does.
            let here = self.link.number;
            if now >= op.next_look && self.stops.iter().any(|stop| stop.connection == here) {
                op.next_look = now + self.durations().recheck;
                self.ask(Some(op), Code::LastTransaction, Purpose::Show);
            }
            return;
        }
        let wants_baseline = self.profile.history && !op.intent.kind.is_slip();
        let fresh = self.last.filter(|last| {
            last.connection == self.link.number && now <= last.at + self.durations().baseline_fresh
        });
        match fresh {
            _ if !wants_baseline => self.baseline_known(op, None),
            Some(last) if !own_connection => self.baseline_known(op, last.digest),
            _ => {
                self.step(op, Signal::Free);
                self.tell(op, EventCode::CheckingTerminal);
                self.ask(Some(op), Code::LastTransaction, Purpose::Baseline);
            }
        }
    }

    /// The baseline is known: the intent can be recorded (rule 1).
    pub(super) fn baseline_known(&mut self, op: &mut Op, digest: Option<Digest>) {
        if self.is_simulated() != self.simulated_journal {
            let outcome = op.not_performed(NotPerformedReason::WrongJournal);
            return self.drop_unsent(op, outcome);
        }
        op.intent.baseline = digest;
        op.shown_on = self.link.number;
        self.step(op, Signal::Baseline);
        op.commit = Some(self.commit(Some(op.id()), Fact::Intent(op.intent.clone())));
        if planted!(SendBeforeIntent) {
            op.commit = None;
            self.recorded(op);
        }
    }

    /// The intent is durable: now, and only now, the first byte may leave.
    pub(super) fn recorded(&mut self, op: &mut Op) {
        self.tell(op, EventCode::Recorded);
        if op.abandoned.is_none() && !(self.link.is_up() && self.link.number == op.shown_on) {
            op.abandoned = Some(op.not_performed(NotPerformedReason::NotSent));
        }
        if op.abandoned.is_none() && self.closing {
            op.abandoned = Some(op.not_performed(NotPerformedReason::Closed));
        }
        if let Some(outcome) = op.abandoned.take() {
            self.close_by(op, Signal::Dropped, outcome);
            return;
        }
        self.step(op, Signal::Kept);
        op.carrier = Some(self.link.number);
        op.heard = self.now.mono;
        self.fence.restart(self.now.mono);
        self.link.used = true;
        let code = crate::convert::code_of(op.intent.kind);
        let again = if planted!(Resend) { op.frame.clone() } else { Zeroizing::default() };
        self.out.push_back(Output::Send { code, bytes: std::mem::replace(&mut op.frame, again) });
        let mut event = Event::new(EventCode::Sent, self.now.wall);
        event.operation = Some(op.id());
        event.text = EventCode::sent_text(op.intent.kind);
        self.out.push_back(Output::Event(Box::new(event)));
    }

    pub(super) fn nothing_sent(&mut self) {
        self.with_op(|session, op| {
            if op.phase == Phase::Running && op.carrier == Some(session.link.number) {
                let outcome = op.not_performed(NotPerformedReason::NotSent);
                session.close_by(op, Signal::NothingLeft, outcome);
            }
        });
    }
}
