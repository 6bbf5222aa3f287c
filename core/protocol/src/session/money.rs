//! A money request from its call to its final row.

use std::time::Duration;

use danmal_model::{
    Alarm, Approval, Digest, Event, EventCode, Fact, NotPerformedReason, Outcome, Seen, Source, UnknownWhy,
};
use danmal_wire::{Code, EncodeRules};
use zeroize::Zeroizing;

use super::io::{CommitId, OpenIntent, Order, Output};
use super::link::{Purpose, State};
use super::op::{Held, Op, Refusal};
use super::stop::Stop;
use super::table::{Phase, Signal};
use super::Session;
use crate::evidence::{self, Shown};

/// How often a told operation looks after the fence on one connection: what could change by itself has.
const LATE_LOOKS: u8 = 3;

impl Session {
    // ---- before the first byte ----

    pub(super) fn begin(&mut self, order: Order) {
        let frame = order.request.encode(&EncodeRules::default());
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
        self.link.hurry(self.now.mono);
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

    fn prepare(&mut self, op: &mut Op) {
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
        let fresh = self
            .last
            .filter(|last| last.connection == self.link.number && now <= last.at + self.durations().baseline_fresh);
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
    }

    /// The intent is durable: now, and only now, the first byte may leave.
    fn recorded(&mut self, op: &mut Op) {
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
        self.out.push_back(Output::Send { code, bytes: std::mem::take(&mut op.frame) });
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

    // ---- evidence ----

    /// An approval that names the operation.
    pub(super) fn approval_seen(&mut self, op: &mut Op, mut approval: Box<Approval>, source: Source) {
        approval.cancel_requested = op.cancel_requested;
        let kept = matches!(op.phase, Phase::Unconfirmed | Phase::Confirming | Phase::ReadingBack | Phase::Keeping);
        if kept || (op.phase == Phase::Contradicted && !self.fence_over()) {
            return;
        }
        if !self.step(op, Signal::Approval) {
            return;
        }
        if op.phase == Phase::Contradicted {
            op.why = UnknownWhy::NotProven;
            op.next_look = self.now.mono + self.durations().recheck;
            op.approval = Some(approval);
            return;
        }
        op.shown_on = self.link.number;
        op.why = UnknownWhy::ConfirmPending;
        op.refusal = None;
        let seen =
            Seen { source, code: "0000".to_owned(), message: String::new(), approval: Some(approval.clone()) };
        op.approval = Some(approval);
        op.commit = Some(self.commit(Some(op.id()), Fact::Seen(seen)));
    }

    /// A final answer other than 0000 that names the operation.
    pub(super) fn refusal_seen(&mut self, op: &mut Op, code: &str, message: &str, direct: bool) {
        if op.phase == Phase::Contradicted && !self.fence_over() {
            return;
        }
        let again = op.phase == Phase::Doubtful && op.refusal.as_ref().is_some_and(|refusal| refusal.code == code);
        if again || !self.step(op, Signal::Refusal) {
            return;
        }
        if let Some(asked) = &mut self.link.asked
            && asked.purpose == Purpose::Confirm
        {
            asked.purpose = Purpose::ConfirmRefusal;
        }
        op.why = UnknownWhy::NotProven;
        op.next_look = self.now.mono;
        op.late_looks = 0;
        op.refusal = Some(Refusal {
            code: code.to_owned(),
            message: message.to_owned(),
            looks: 0,
            confirm: direct && self.profile.confirm == danmal_model::ConfirmPolicy::EveryFinalAnswer,
            followed: false,
        });
        let source = if direct { Source::Answer } else { Source::LastTransaction };
        let seen = Seen { source, code: code.to_owned(), message: message.to_owned(), approval: None };
        self.commit(Some(op.id()), Fact::Seen(seen));
    }

    /// The evidence is lost: recovery begins now, not at the deadline (rule 5).
    pub(super) fn lose(&mut self, op: &mut Op, why: UnknownWhy) {
        op.why = why;
        if self.step(op, Signal::NoEvidence) {
            op.next_look = self.now.mono;
            self.tell(op, EventCode::Recovering);
            self.disconnect(Some(op));
        }
    }

    /// The connection ended.
    pub(super) fn cut(&mut self, op: &mut Op) {
        op.held = None;
        op.late_looks = 0;
        op.next_look = self.now.mono;
        if let Some(refusal) = &mut op.refusal {
            refusal.confirm = false;
        }
        if op.phase.may_have_left() {
            op.broken = true;
            if op.carrier == Some(self.link.number) {
                self.fence.carrier_ended(self.now.mono);
            }
        }
        if op.phase == Phase::Running {
            op.why = UnknownWhy::ConnectionLost;
            self.tell(op, EventCode::ConnectionLost);
        }
        self.step(op, Signal::Cut);
    }

    fn fence_over(&self) -> bool {
        self.fence.is_over(self.now.mono, self.durations().fence)
    }

    /// What 990001 shows, for an operation that may have left.
    pub(super) fn shown(&mut self, op: &mut Op, shown: Shown) {
        op.next_look = self.now.mono + self.pace(op);
        let after_fence = self.fence_over();
        if after_fence {
            op.late_looks = op.late_looks.saturating_add(1);
        }
        let absent = op.phase == Phase::Lost
            && matches!(shown, Shown::Baseline)
            && after_fence
            && self.opened_after_fence()
            && self.absence_is_believable();
        if absent || !self.profile.assumptions.a6_answers_once {
            // It counts if no other frame follows.
            let until = self.now.mono + self.durations().surplus_quiet;
            op.held = Some(Held { until, shown, absent });
            return;
        }
        self.weigh(op, shown, false);
    }

    fn weigh(&mut self, op: &mut Op, shown: Shown, absent: bool) {
        if absent {
            let outcome = op.not_performed(NotPerformedReason::Absent);
            return self.close_by(op, Signal::Absence, outcome);
        }
        match shown {
            Shown::Approved(approval) => match op.phase {
                Phase::Unconfirmed => {
                    op.shown_on = self.link.number;
                    self.complete(op, &approval);
                    self.step(op, Signal::Shown);
                }
                Phase::ReadingBack => {
                    if evidence::approval_is_believable(&self.profile, op.broken, self.link.line) {
                        self.complete(op, &approval);
                        if let Some(outcome) = op.approved() {
                            self.close_by(op, Signal::Shown, outcome);
                        }
                    }
                }
                _ => self.approval_seen(op, approval, Source::LastTransaction),
            },
            Shown::Refused { code, .. } if self.profile.is_interim(&code) => {}
            Shown::Refused { code, message } if self.profile.reversed_codes.contains(&code) => {
                let outcome = op.reversed(&code, &message);
                self.close_by(op, Signal::Reversal, outcome);
            }
            Shown::Refused { code, message } => {
                if op.phase == Phase::Doubtful {
                    self.support(op, true);
                } else {
                    self.refusal_seen(op, &code, &message, false);
                }
            }
            Shown::Baseline | Shown::Other => {
                if op.phase == Phase::Doubtful {
                    self.support(op, false);
                }
            }
        }
    }

    /// 990001 does not show the refused operation as approved.
    fn support(&mut self, op: &mut Op, named: bool) {
        let fence_over = self.fence_over();
        let Some(refusal) = &mut op.refusal else { return };
        if !evidence::look_counts(&self.profile, &refusal.code, named, fence_over) {
            return;
        }
        refusal.looks += 1;
        if refusal.looks >= evidence::looks_needed(&self.profile, &refusal.code) {
            self.refusal_stands(op);
        }
    }

    fn refusal_stands(&mut self, op: &mut Op) {
        if let Some(refusal) = &op.refusal {
            let outcome = op.refused(&refusal.code, &refusal.message);
            self.close_by(op, Signal::Stands, outcome);
        }
    }

    /// Where the request's own answer left something out, the read-back may have it.
    fn complete(&mut self, op: &mut Op, shown: &Approval) {
        if let Some(approval) = &mut op.approval
            && (approval.approval_no.trim().is_empty() || approval.alarms.contains(&Alarm::AmountMissing))
        {
            approval.approval_no.clone_from(&shown.approval_no);
            approval.transaction_date.clone_from(&shown.transaction_date);
            approval.transaction_no.clone_from(&shown.transaction_no);
            approval.approval_amt = shown.approval_amt;
            approval.alarms.clone_from(&shown.alarms);
        }
    }

    /// 980001 was answered.
    pub(super) fn confirm_answered(&mut self, op: &mut Op, acknowledged: bool) {
        if op.phase != Phase::Confirming {
            return;
        }
        op.next_look = self.now.mono;
        if !acknowledged {
            op.next_look += self.durations().recheck;
            self.step(op, Signal::NotAcknowledged);
            return;
        }
        op.confirmed = true;
        self.step(op, Signal::Acknowledged);
        if !self.profile.history
            && let Some(outcome) = op.approved()
        {
            self.close_by(op, Signal::Shown, outcome);
        }
    }

    // ---- time ----

    fn pace(&self, op: &Op) -> Duration {
        if op.phase == Phase::ReadingBack && !op.told {
            self.durations().read_back
        } else {
            self.durations().recheck
        }
    }

    fn can_look(&self, op: &Op) -> bool {
        self.profile.history && !op.intent.kind.is_slip()
    }

    fn opened_after_fence(&self) -> bool {
        self.fence.over_at(self.durations().fence).is_some_and(|at| self.link.opened >= at)
    }

    /// Whether a look could still change anything by itself.
    fn wants_look(&self, op: &Op) -> bool {
        let asking = matches!(
            op.phase,
            Phase::Lost | Phase::Doubtful | Phase::Contradicted | Phase::Unconfirmed | Phase::ReadingBack
        );
        let pointless = op.told && self.fence_over() && op.late_looks >= LATE_LOOKS;
        let waits_for_fence = op.phase == Phase::Contradicted && !self.fence_over();
        asking && self.can_look(op) && !pointless && !waits_for_fence && op.held.is_none()
    }

    /// Absence needs a connection opened after the fence.
    fn wants_new_connection(&self, op: &Op) -> bool {
        let own = !self.profile.assumptions.a6_answers_once && op.broken_read_back(self.link.used);
        let absence = op.phase == Phase::Lost
            && op.intent.baseline.is_some()
            && self.absence_is_believable()
            && self.fence_over()
            && !self.opened_after_fence();
        own || absence
    }

    pub(super) fn drive_op(&mut self, op: &mut Op) {
        let now = self.now.mono;
        if matches!(op.phase, Phase::Waiting | Phase::Checking) {
            self.prepare(op);
            return;
        }
        match op.phase {
            Phase::Recording => {
                if op.abandoned.is_none() && now >= op.began + self.durations().prepare {
                    let detail = "the row was not written in time".to_owned();
                    let outcome = op.not_performed(NotPerformedReason::JournalUnavailable { detail });
                    op.told = true;
                    self.out.push_back(Output::Outcome(outcome.clone()));
                    op.abandoned = Some(outcome);
                }
                return;
            }
            Phase::Running => {
                self.drive_stop(op);
                let silent = now >= op.heard + self.durations().inactivity;
                if op.phase == Phase::Running && silent && op.stop == Stop::NotAsked {
                    self.begin_stop(op);
                } else if op.phase == Phase::Running
                    && ((silent && op.stop == Stop::Waiting) || now >= op.began + self.durations().total)
                {
                    self.lose(op, UnknownWhy::NoAnswer);
                }
            }
            Phase::Closing => {
                if op.retry_at.is_some_and(|at| now >= at)
                    && let Some(outcome) = op.closing.clone()
                {
                    op.retry_at = None;
                    op.commit = Some(self.commit(Some(op.id()), Fact::Ended(*outcome)));
                }
            }
            _ => {}
        }
        if let Some(held) = op.held.take_if(|held| now >= held.until) {
            self.stirred = true;
            self.weigh(op, held.shown, held.absent);
        }
        let hopeless = op.phase == Phase::Lost && !self.can_look(op);
        if !op.told && op.phase.may_have_left() && op.phase != Phase::Ended {
            if hopeless || now >= op.began + self.durations().total {
                self.tell_unknown(op);
            }
        }
        self.ask_for(op);
    }

    /// Asks what the operation's phase needs to know.
    fn ask_for(&mut self, op: &mut Op) {
        let now = self.now.mono;
        if !self.can_ask() || op.held.is_some() {
            return;
        }
        match op.phase {
            Phase::Confirming => {
                if op.shown_on == self.link.number {
                    self.ask(Some(op), Code::Confirm, Purpose::Confirm);
                } else {
                    self.step(op, Signal::NotAcknowledged);
                }
                return;
            }
            Phase::Doubtful => {
                let confirm = op.refusal.as_mut().is_some_and(|refusal| std::mem::take(&mut refusal.confirm));
                if confirm {
                    self.ask(Some(op), Code::Confirm, Purpose::ConfirmRefusal);
                    return;
                }
                if !self.profile.history && self.stands_without_history(op) {
                    self.refusal_stands(op);
                    return;
                }
            }
            _ => {}
        }
        if self.wants_look(op) && now >= op.next_look {
            if self.wants_new_connection(op) {
                self.disconnect(Some(op));
            } else {
                op.next_look = now + self.pace(op);
                self.ask(Some(op), Code::LastTransaction, Purpose::Look);
            }
        }
    }

    /// A terminal without 990001: its own word, or the fence over an unbroken, silent connection.
    fn stands_without_history(&self, op: &Op) -> bool {
        op.refusal.as_ref().is_some_and(|refusal| {
            refusal.code == "9999"
                || self.profile.final_codes.contains(&refusal.code)
                || (self.fence_over() && !op.broken && !refusal.followed)
        })
    }

    pub(super) fn op_deadlines(&self, op: &Op, at: &mut impl FnMut(Option<Duration>)) {
        let d = self.durations();
        let later = |moment: Option<Duration>| moment.filter(|moment| *moment > self.now.mono);
        match op.phase {
            Phase::Waiting | Phase::Checking => {
                at(Some(op.began + d.prepare));
                at(later(self.gate_deadline()));
                if op.phase == Phase::Waiting {
                    at(later(Some(op.next_look)));
                }
            }
            Phase::Recording => at(op.abandoned.is_none().then(|| op.began + d.prepare)),
            Phase::Running => {
                let silent = matches!(op.stop, Stop::NotAsked | Stop::Waiting).then(|| op.heard + d.inactivity);
                at(silent);
                at(self.stop_deadline(op));
                at(Some(op.began + d.total));
            }
            _ => {
                at((!op.told).then(|| op.began + d.total));
                at(op.retry_at);
                at(op.held.as_ref().map(|held| held.until));
                at(later(self.fence.over_at(d.fence)));
                if self.can_ask() && self.wants_look(op) {
                    at(Some(op.next_look));
                }
            }
        }
    }

    // ---- the end ----

    fn tell_unknown(&mut self, op: &mut Op) {
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
        op.closing = Some(outcome);
    }

    /// Hands a final outcome out.
    fn finish(&mut self, op: &mut Op, outcome: Box<Outcome>) {
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
            self.out.push_back(Output::Resolution {
                ptxid: op.id(),
                outcome: Some(outcome),
                verdict: None,
            });
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
        self.with_op(|session, op| {
            if matches!(op.stop, Stop::Journaling(_, stop) if stop == id) {
                session.stop_journaled(op, result.is_ok());
                return;
            }
            if op.commit != Some(id) {
                return;
            }
            op.commit = None;
            match (op.phase, result) {
                (Phase::Recording, Ok(())) => session.recorded(op),
                (Phase::Recording, Err(detail)) => {
                    let outcome = op.abandoned.take().unwrap_or_else(|| {
                        op.not_performed(NotPerformedReason::JournalUnavailable { detail })
                    });
                    session.step(op, Signal::NotKept);
                    session.out.push_back(Output::Forget(op.id()));
                    session.finish(op, outcome);
                }
                (Phase::Keeping, Ok(())) => {
                    session.step(op, Signal::Kept);
                    session.tell(op, EventCode::Confirming);
                }
                (Phase::Keeping, Err(_)) => {
                    session.step(op, Signal::NotKept);
                    op.why = UnknownWhy::JournalFailed;
                    op.next_look = session.now.mono + session.durations().recheck;
                }
                (Phase::Closing, Ok(())) => {
                    session.step(op, Signal::Kept);
                    if let Some(outcome) = op.closing.take() {
                        session.remember(op.id(), Session::past_of(&outcome), false);
                        session.refuse_waiting_after(&outcome);
                        session.finish(op, outcome);
                    }
                }
                (Phase::Closing, Err(_)) => {
                    session.step(op, Signal::NotKept);
                    op.retry_at = Some(session.now.mono + session.durations().recheck);
                }
                _ => {}
            }
        });
    }

    /// An unresolved operation turned out to be approved while a new money call waited for it: a cashier who
    /// presses again after a doubt means the same customer, so the new one is not sent.
    fn refuse_waiting_after(&mut self, outcome: &Outcome) {
        if let Outcome::Approved(approval) = outcome {
            let blocked_by = approval.id;
            self.end_waiting(NotPerformedReason::Unresolved { blocked_by });
        }
    }

    // ---- an earlier run ----

    /// An intent that an earlier run left open.
    pub(super) fn reopen(&mut self, open: OpenIntent) {
        if let Some(verdict) = open.overridden {
            self.remember(open.intent.ptxid, Session::past_of_word(verdict), true);
            return;
        }
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
        match open.seen {
            Some(seen) if seen.code == "0000" && seen.approval.is_some() => {
                op.approval = seen.approval;
                op.why = UnknownWhy::ConfirmPending;
                op.phase = Phase::Unconfirmed;
            }
            Some(seen) if seen.code != "0000" && !op.intent.kind.is_slip() => {
                op.why = UnknownWhy::NotProven;
                op.phase = Phase::Doubtful;
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
        self.behind.push_back(op);
    }
}

impl Op {
    /// With A6 off, a read-back that follows a recovery begins on a connection of its own.
    fn broken_read_back(&self, used: bool) -> bool {
        self.broken && used && matches!(self.phase, Phase::ReadingBack | Phase::Lost | Phase::Unconfirmed)
    }
}
