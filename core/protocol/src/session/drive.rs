//! What the passing of time asks of an operation (rule 15), and which question it needs answered next.

use std::time::Duration;

use danmal_model::{Fact, NotPerformedReason, Ptxid, UnknownWhy};
use danmal_wire::Code;

use super::Session;
use super::io::Output;
use super::link::Purpose;
use super::op::Op;
use super::stop::Stop;
use super::table::{Phase, Signal};

/// How often a told operation looks after the fence on one connection: what could change by itself has.
pub(super) const LATE_LOOKS: u8 = 3;

impl Session {
    pub(super) fn pace(&self, op: &Op) -> Duration {
        if planted!(NoPause) {
            return Duration::ZERO;
        }
        if op.phase == Phase::ReadingBack && !op.told {
            self.durations().read_back
        } else {
            self.durations().recheck
        }
    }

    pub(super) fn can_look(&self, op: &Op) -> bool {
        self.profile.history && !op.intent.kind.is_slip()
    }

    pub(super) fn opened_after_fence(&self) -> bool {
        if planted!(NoFence) {
            return true;
        }
        planted!(OldConnection)
            || self.fence.over_at(self.durations().fence).is_some_and(|at| self.link.opened >= at)
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

    /// Whether another unresolved operation may take its place at the front.
    fn gives_way(op: &Op) -> bool {
        let rests =
            matches!(op.phase, Phase::Lost | Phase::Doubtful | Phase::Contradicted | Phase::Unconfirmed);
        op.told && rests && op.held.is_none()
    }

    /// Where several are unresolved, only the first is asked for and confirmed: that is the one that 990001
    /// names.
    pub(super) fn bring_forward_named(&mut self, named: Ptxid) {
        let other = self.op.as_ref().is_some_and(|op| Self::gives_way(op) && op.wire_id() != named);
        if other && let Some(at) = self.behind.iter().position(|op| op.wire_id() == named) {
            self.bring_forward(at);
        }
    }

    /// When the first has looked often enough, another that has not comes first.
    pub(super) fn bring_forward_next(&mut self) {
        let rests = self.op.as_ref().is_some_and(|op| Self::gives_way(op) && !self.wants_look(op));
        if rests && let Some(at) = self.behind.iter().position(|op| self.wants_look(op)) {
            self.bring_forward(at);
        }
    }

    fn bring_forward(&mut self, at: usize) {
        let Some(next) = self.behind.remove(at) else { return };
        if let Some(mut op) = self.op.replace(next) {
            // What happens to the connection meanwhile is not told to it.
            op.broken = true;
            if let Some(refusal) = &mut op.refusal {
                refusal.confirm = false;
                refusal.followed = true;
            }
            self.behind.push_back(op);
        }
        self.stirred = true;
    }

    /// Absence needs a connection opened after the fence.
    fn wants_new_connection(&self, op: &Op) -> bool {
        let own = !self.profile.assumptions.a6_answers_once && op.broken_read_back(self.link.used);
        let absence = op.phase == Phase::Lost
            && (op.intent.baseline.is_some() || planted!(EmptyBaseline))
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
        let hopeless = matches!(op.phase, Phase::Lost | Phase::Unconfirmed) && !self.can_look(op);
        let waits = !op.told && op.phase.may_have_left() && op.phase != Phase::Ended;
        if waits && (hopeless || now >= op.began + self.durations().total) && !planted!(NeverGivesUp) {
            self.tell_unknown(op);
        }
        self.ask_for(op);
        self.report_progress(op);
    }

    /// Asks what the operation's phase needs to know.
    fn ask_for(&mut self, op: &mut Op) {
        let now = self.now.mono;
        if !self.can_ask() || op.held.is_some() {
            return;
        }
        if planted!(Resend) && op.phase == Phase::Lost && !op.frame.is_empty() {
            let code = crate::convert::code_of(op.intent.kind);
            self.out.push_back(Output::Send { code, bytes: std::mem::take(&mut op.frame) });
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
                let silent =
                    matches!(op.stop, Stop::NotAsked | Stop::Waiting).then(|| op.heard + d.inactivity);
                at(silent);
                at(self.stop_deadline(op));
                at(Some(op.began + d.total));
            }
            _ => {
                at((!op.told).then(|| op.began + d.total));
                at(op.retry_at);
                at(op.held.as_ref().map(|held| held.until));
                at(later(self.fence.over_at(d.fence)));
                at(later(self.next_report(op)));
                if self.can_ask() && self.wants_look(op) {
                    at(Some(op.next_look));
                }
            }
        }
    }
}

impl Op {
    /// With A6 off, a read-back that follows a recovery begins on a connection of its own.
    fn broken_read_back(&self, used: bool) -> bool {
        (self.broken || self.unkept)
            && used
            && matches!(self.phase, Phase::ReadingBack | Phase::Lost | Phase::Unconfirmed)
    }
}
