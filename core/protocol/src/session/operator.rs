//! What an operator may say: of an unresolved operation (rule 4) and of a journal (rule 14).

use danmal_model::{Error, ErrorCode, EventCode, Fact, NotPerformedReason, Ptxid, UnknownWhy, Verdict};
use danmal_wire::Code;

use super::Session;
use super::io::{CallId, CommitId, Output};
use super::link::Purpose;
use super::op::Op;
use super::table::Phase;

/// An operator's word whose row is being written.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    commit: CommitId,
    call: CallId,
    /// The operation and the verdict; none for the journal's acceptance.
    verdict: Option<(Ptxid, Verdict)>,
}

impl Session {
    pub(super) fn override_word(&mut self, call: CallId, ptxid: Ptxid, verdict: Verdict, reason: String) {
        match self.may_override(ptxid) {
            Ok(()) => {
                let commit = self.commit(Some(ptxid), Fact::Overridden { verdict, reason });
                self.words.push(Word { commit, call, verdict: Some((ptxid, verdict)) });
            }
            Err(error) => self.out.push_back(Output::Done { call, result: Err(error) }),
        }
    }

    fn may_override(&self, ptxid: Ptxid) -> Result<(), Error> {
        let unresolved = |op: &Op| op.id() == ptxid && op.told && op.phase.may_have_left();
        let open =
            self.op.iter().chain(self.behind.iter()).any(|op| unresolved(op) && op.phase != Phase::Closing);
        let runs = |op: &Op| op.id() == ptxid && !open;
        if self.op.iter().chain(&self.waiting).any(|op| runs(op)) {
            return Err(Error::new(
                ErrorCode::NotAllowed,
                "the operation still runs, and its outcome is not told yet",
                "wait for its outcome",
            ));
        }
        if !open {
            return Err(Error::new(
                ErrorCode::NotFound,
                "no unresolved operation of this terminal has this id",
                "list the unresolved ones with pending()",
            ));
        }
        // The row of a word that is refused later would outlive the refusal.
        if self.words.iter().any(|word| word.verdict.is_some_and(|(of, _)| of == ptxid)) {
            return Err(Error::new(
                ErrorCode::NotAllowed,
                "another word on it is being written",
                "wait for that one",
            ));
        }
        let at = self.fence.override_at(self.durations().fence);
        if self.now.mono < at && !planted!(EarlyWord) {
            let seconds = (at - self.now.mono).as_secs_f64().ceil();
            return Err(Error::new(
                ErrorCode::NotAllowed,
                format!("the terminal may still be working on it for {seconds} s"),
                "wait for the fence, then decide",
            ));
        }
        Ok(())
    }

    pub(super) fn accept_journal(&mut self, call: CallId, reason: String) {
        let problem = if self.safe_mode.is_none() {
            Some(("the journal needs no acceptance", "nothing is to be done"))
        } else if !self.fence.is_over(self.now.mono, self.durations().fence) {
            Some((
                "forgotten operations may still be running on the terminal",
                "wait for the fence, then accept",
            ))
        } else if self.profile.history && !self.looked {
            Some(("nobody has seen what the terminal shows", "connect the terminal, then accept"))
        } else {
            None
        };
        if let Some((problem, accepted)) = problem {
            let result = Err(Error::new(ErrorCode::NotAllowed, problem, accepted));
            self.out.push_back(Output::Done { call, result });
            return;
        }
        let commit = self.commit(None, Fact::Accepted { reason });
        self.words.push(Word { commit, call, verdict: None });
    }

    /// The row of an operator's word was written, or could not be. Returns whether it was one.
    pub(super) fn word_committed(&mut self, id: CommitId, result: &Result<(), String>) -> bool {
        let Some(at) = self.words.iter().position(|word| word.commit == id) else { return false };
        let word = self.words.remove(at);
        if let Err(detail) = result {
            let error = Error::new(
                ErrorCode::Journal,
                detail.clone(),
                "make room for the journal, then say it again",
            );
            self.out.push_back(Output::Done { call: word.call, result: Err(error) });
            return true;
        }
        match word.verdict {
            Some((ptxid, verdict)) => {
                // What became of it was proven while the word was written: that is final (rule 16).
                let proven = |op: &Op| op.id() == ptxid && op.phase == Phase::Closing;
                let known = |op: &Op| op.id() == ptxid;
                if self.op.iter().any(|op| proven(op))
                    || !self.op.iter().chain(&self.behind).any(|op| known(op))
                {
                    let error = Error::new(
                        ErrorCode::NotAllowed,
                        "the terminal has just shown what became of it",
                        "read its resolution, or the history",
                    );
                    self.out.push_back(Output::Done { call: word.call, result: Err(error) });
                    return true;
                }
                self.overridden(ptxid, verdict);
            }
            None => {
                self.safe_mode = None;
                self.event(EventCode::JournalAccepted);
            }
        }
        self.out.push_back(Output::Done { call: word.call, result: Ok(()) });
        true
    }

    /// The word holds until evidence contradicts it: the terminal is free, the operation is not final.
    fn overridden(&mut self, ptxid: Ptxid, verdict: Verdict) {
        let (op, held) = if self.op.as_ref().is_some_and(|op| op.id() == ptxid) {
            (std::mem::replace(&mut self.op, self.behind.pop_front()), true)
        } else {
            let at = self.behind.iter().position(|op| op.id() == ptxid);
            (at.and_then(|at| self.behind.remove(at)), false)
        };
        if let Some(op) = op {
            self.tell(&op, EventCode::Overridden);
            self.park(op, verdict);
        }
        self.stirred = true;
        // What the terminal shows is looked at anew before money moves: the word may be wrong.
        self.last = None;
        self.stops.retain(|stop| stop.ptxid != ptxid);
        self.out.push_back(Output::Resolution { ptxid, outcome: None, verdict: Some(verdict) });
        if held && verdict == Verdict::Performed {
            self.end_waiting(NotPerformedReason::Unresolved { blocked_by: ptxid });
        }
    }

    /// An operation on which an operator's word holds. Who decided nothing cannot be contradicted: evidence is an
    /// alarm then, and the terminal stays free.
    pub(super) fn park(&mut self, op: Box<Op>, verdict: Verdict) {
        self.remember(op.id(), Session::past_of_word(verdict), true);
        if verdict != Verdict::Undecided {
            self.overridden.push_back(op);
        }
    }

    /// Evidence contradicts the word: the operation is unresolved again, before any other (rule 4). A money
    /// request that has not left yet does not leave.
    pub(super) fn reinstate(&mut self, ptxid: Ptxid) {
        let Some(at) = self.overridden.iter().position(|op| op.id() == ptxid) else { return };
        let Some(mut op) = self.overridden.remove(at) else { return };
        self.past.retain(|past| past.ptxid != ptxid);
        op.phase = Phase::Lost;
        op.why = UnknownWhy::NotProven;
        op.carrier = None;
        op.broken = true;
        op.commit = None;
        op.held = None;
        op.refusal = None;
        op.next_look = self.now.mono;
        op.late_looks = 0;
        self.out.push_back(Output::Reinstated(op.intent.clone()));
        let reason = || NotPerformedReason::Unresolved { blocked_by: ptxid };
        self.end_waiting(reason());
        match self.op.take() {
            None => self.op = Some(op),
            Some(mut unsent) if matches!(unsent.phase, Phase::Waiting | Phase::Checking) => {
                let outcome = unsent.not_performed(reason());
                self.drop_unsent(&mut unsent, outcome);
                self.op = Some(op);
            }
            Some(mut running) => {
                // Its row is being written, and its first byte has not left: it never will.
                if running.phase == Phase::Recording && running.abandoned.is_none() {
                    running.abandoned = Some(running.not_performed(reason()));
                }
                self.op = Some(running);
                self.behind.push_front(op);
            }
        }
        self.stirred = true;
    }

    /// The caller wants to know now.
    pub(super) fn recover(&mut self) {
        self.link.hurry(self.now.mono, &self.profile.durations);
        let now = self.now.mono;
        self.with_op(|_, op| {
            op.late_looks = 0;
            op.next_look = now;
        });
    }

    /// In safe mode an operator must see what the terminal shows.
    pub(super) fn look_for_operator(&mut self) {
        if self.safe_mode.is_some()
            && !self.looked
            && self.op.is_none()
            && self.profile.history
            && self.can_ask()
        {
            self.ask(None, Code::LastTransaction, Purpose::Show);
        }
    }
}
