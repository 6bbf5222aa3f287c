//! What an operator may say: of an unresolved operation (rule 4) and of a journal (rule 14).

use danmal_model::{Error, ErrorCode, EventCode, Fact, NotPerformedReason, Ptxid, Verdict};
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
        if !open {
            return Err(Error::new(
                ErrorCode::NotFound,
                "no unresolved operation of this terminal has this id",
                "list the unresolved ones with pending()",
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
            Some((ptxid, verdict)) => self.overridden(ptxid, verdict),
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
        self.behind.retain(|op| op.id() != ptxid);
        let mut held = false;
        self.with_op(|session, op| {
            if op.id() == ptxid {
                held = true;
                op.phase = Phase::Ended;
                session.tell(op, EventCode::Overridden);
            }
        });
        self.remember(ptxid, Session::past_of_word(verdict), true);
        self.stops.retain(|stop| stop.ptxid != ptxid);
        self.out.push_back(Output::Resolution { ptxid, outcome: None, verdict: Some(verdict) });
        if held && verdict == Verdict::Performed {
            self.end_waiting(NotPerformedReason::Unresolved { blocked_by: ptxid });
        }
    }

    /// The caller wants to know now.
    pub(super) fn recover(&mut self) {
        self.link.hurry(self.now.mono);
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
