//! What is seen of a request whose byte may have left, and what it comes to (rules 3, 5, 6 and 7).

use danmal_model::{Approval, EventCode, Fact, NotPerformedReason, Seen, Source, UnknownWhy};

use super::Session;
use super::link::Purpose;
use super::op::{Held, Op, Refusal};
use super::table::{Phase, Signal};
use crate::evidence::{self, Shown, Support};

impl Session {
    /// An approval that names the operation.
    pub(super) fn approval_seen(&mut self, op: &mut Op, mut approval: Box<Approval>, source: Source) {
        approval.cancel_requested = op.cancel_requested;
        let kept =
            matches!(op.phase, Phase::Unconfirmed | Phase::Confirming | Phase::ReadingBack | Phase::Keeping);
        if kept || (op.phase == Phase::Contradicted && !self.fence_over()) {
            return;
        }
        if !self.step(op, Signal::Approval) {
            return;
        }
        // What follows needs looks of its own, however many went before.
        op.late_looks = 0;
        if op.phase == Phase::Contradicted {
            op.why = UnknownWhy::NotProven;
            op.next_look = self.now.mono + self.durations().recheck;
            op.approval = Some(approval.clone());
            let seen = Seen {
                source,
                code: "0000".to_owned(),
                message: String::new(),
                approval: Some(approval),
                contradicts: true,
            };
            self.commit(Some(op.id()), Fact::Seen(seen));
            return;
        }
        op.shown_on = self.link.number;
        op.why = UnknownWhy::ConfirmPending;
        op.refusal = None;
        let seen = Seen {
            source,
            code: "0000".to_owned(),
            message: String::new(),
            approval: Some(approval.clone()),
            contradicts: false,
        };
        op.approval = Some(approval);
        op.commit = Some(self.commit(Some(op.id()), Fact::Seen(seen)));
    }

    /// A final answer other than 0000 that names the operation.
    pub(super) fn refusal_seen(&mut self, op: &mut Op, code: &str, message: &str, direct: bool) {
        if op.phase == Phase::Contradicted && !self.fence_over() {
            return;
        }
        let confirming = op.phase == Phase::Confirming;
        let again =
            op.phase == Phase::Doubtful && op.refusal.as_ref().is_some_and(|refusal| refusal.code == code);
        if again || !self.step(op, Signal::Refusal) {
            return;
        }
        if let Some(asked) = &mut self.link.asked
            && asked.purpose == Purpose::Confirm
            && confirming
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
        let seen = Seen {
            source,
            code: code.to_owned(),
            message: message.to_owned(),
            // An approval that is refused later was undone: a restart must not forget that it was seen.
            approval: op.approval.clone(),
            contradicts: false,
        };
        self.commit(Some(op.id()), Fact::Seen(seen));
        if planted!(RefusalAtOnce) {
            self.refusal_stands(op);
        }
    }

    /// The evidence is lost: recovery begins now, not at the deadline (rule 5).
    pub(super) fn lose(&mut self, op: &mut Op, why: UnknownWhy) {
        op.why = lost_of(op, why);
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
            op.why = lost_of(op, UnknownWhy::ConnectionLost);
            self.tell(op, EventCode::ConnectionLost);
        }
        self.step(op, Signal::Cut);
    }

    pub(super) fn fence_over(&self) -> bool {
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

    pub(super) fn weigh(&mut self, op: &mut Op, shown: Shown, absent: bool) {
        if absent {
            let outcome = op.not_performed(NotPerformedReason::Absent);
            return self.close_by(op, Signal::Absence, outcome);
        }
        match shown {
            Shown::Approved(approval) => match op.phase {
                Phase::Unconfirmed => {
                    op.shown_on = self.link.number;
                    op.agrees_with_record(approval);
                    self.step(op, Signal::Shown);
                    if planted!(ConfirmationLost) {
                        self.step(op, Signal::Acknowledged);
                    }
                }
                Phase::ReadingBack => {
                    if evidence::approval_is_believable(&self.profile, op.broken, self.link.line)
                        && op.agrees_with_record(approval)
                        && let Some(outcome) = op.approved()
                    {
                        self.close_by(op, Signal::Shown, outcome);
                    }
                }
                _ => self.approval_seen(op, approval, Source::LastTransaction),
            },
            Shown::Unreadable => {}
            Shown::Refused { code, .. } if self.profile.is_interim(&code) => {}
            Shown::Refused { code, message } if self.profile.reversed_codes.contains(&code) => {
                let outcome = op.reversed(&code, &message);
                self.close_by(op, Signal::Reversal, outcome);
            }
            Shown::Refused { code, message } => {
                if op.phase == Phase::Doubtful {
                    self.support(op, Support::Named);
                } else {
                    self.refusal_seen(op, &code, &message, false);
                }
            }
            Shown::Baseline | Shown::Other if op.phase != Phase::Doubtful => {}
            Shown::Baseline => self.support(op, Support::Baseline),
            Shown::Other => self.support(op, Support::Other),
        }
    }

    /// 990001 does not show the refused operation as approved.
    fn support(&mut self, op: &mut Op, support: Support) {
        let fence_over = self.fence_over();
        let Some(refusal) = &mut op.refusal else { return };
        if !evidence::look_counts(&self.profile, &refusal.code, support, fence_over) {
            return;
        }
        refusal.looks += 1;
        if refusal.looks >= evidence::looks_needed(&self.profile, &refusal.code) {
            self.refusal_stands(op);
        }
    }

    pub(super) fn refusal_stands(&mut self, op: &mut Op) {
        if let Some(refusal) = &op.refusal {
            let outcome = op.refused(&refusal.code, &refusal.message);
            self.close_by(op, Signal::Stands, outcome);
        }
    }

    /// 980001 was answered.
    pub(super) fn confirm_answered(&mut self, op: &mut Op, acknowledged: bool) {
        if op.phase != Phase::Confirming {
            return;
        }
        op.next_look = self.now.mono;
        if !acknowledged && !planted!(ConfirmationLost) {
            op.next_look += self.durations().recheck;
            self.step(op, Signal::NotAcknowledged);
            return;
        }
        op.confirmed = true;
        op.late_looks = 0;
        self.step(op, Signal::Acknowledged);
        if (!self.profile.history || planted!(NoReadBack))
            && let Some(outcome) = op.approved()
        {
            self.close_by(op, Signal::Shown, outcome);
        }
    }
}

/// Why an answer is not there. That of a slip cannot be asked for by its ptxid: how it was lost says nothing to a
/// person, that it was lost says what to do.
fn lost_of(op: &Op, why: UnknownWhy) -> UnknownWhy {
    match why {
        UnknownWhy::ConnectionLost | UnknownWhy::UnreadableAnswer if op.intent.kind.is_slip() => {
            UnknownWhy::SlipAnswerLost
        }
        why => why,
    }
}
