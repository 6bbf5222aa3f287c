//! What a frame is taken for: by its code, its ptxid and its place (rule 12).

use danmal_model::{Alarm, Digest, Event, EventCode, Ptxid, Source, UnknownWhy, scrub};
use danmal_wire::{Code, Frame, Response};

use super::Session;
use super::io::Output;
use super::link::{Purpose, State};
use super::op::Op;
use super::table::{Phase, Signal};
use crate::convert;
use crate::evidence::{self, Shown};

impl Session {
    pub(super) fn frame(&mut self, frame: &Frame) {
        if !self.link.is_up() {
            // Bytes of before, on a serial line that is not quiet yet.
            if matches!(self.link.state, State::Quieting { .. }) {
                self.noise();
            }
            return;
        }
        let durations = self.profile.durations.clone();
        self.link.heard(&durations);
        let code = frame.code();
        let response = match Response::decode(frame) {
            Ok(response) => response,
            Err(_) => return self.unreadable_answer(code),
        };
        if !self.simulated_address {
            self.simulated = Some(response.extra.contains_key("simulator"));
        }
        match code {
            _ if self.answers_question(code) => self.question_answered(code, response),
            Code::LastTransaction | Code::Confirm => self.surplus(),
            Code::StopCard | Code::StopEasyPay | Code::StopCashReceipt | Code::Abort => {
                if !self.stop_answered(code, &response.result_code) {
                    self.surplus();
                }
            }
            Code::TaxRefundIssue | Code::TaxRefundCancellation => self.slip_answer(code, response),
            code if code.is_money() || code == Code::SignatureWait => self.money_answer(code, response),
            Code::Other(_) => self.foreign(),
            _ => self.surplus(),
        }
    }

    fn answers_question(&self, code: Code) -> bool {
        self.link.asked.is_some_and(|asked| asked.code == code)
    }

    /// A frame that cannot be read is the evidence of whatever it would have answered: none.
    fn unreadable_answer(&mut self, code: Code) {
        self.event(EventCode::UnreadableBytes);
        self.fence.restart(self.now.mono);
        if self.answers_question(code) {
            if let Some(asked) = self.link.asked.take()
                && let Purpose::Query(call) = asked.purpose
            {
                self.query_unreadable(call);
            }
            self.with_op_or_none(|session, op| session.disconnect(op));
            return;
        }
        self.with_op(|session, op| {
            if op.phase == Phase::Running && code == convert::code_of(op.intent.kind) {
                session.lose(op, UnknownWhy::UnreadableAnswer);
            } else {
                session.followed(op);
            }
        });
    }

    /// A frame without an id that answers nothing: the next answer could be misplaced, so the connection
    /// ends, at once or after the running request's own answer.
    fn surplus(&mut self) {
        self.event(EventCode::ForeignFrame);
        self.stray();
        self.link.tainted = true;
        let running = self.op.as_ref().is_some_and(|op| op.phase == Phase::Running);
        if !running {
            self.with_op_or_none(|session, op| session.disconnect(op));
        }
    }

    fn foreign(&mut self) {
        self.event(EventCode::ForeignFrame);
        self.stray();
    }

    /// The latest frame that answers no question of ours begins the fence anew.
    fn stray(&mut self) {
        self.fence.restart(self.now.mono);
        self.with_op(|session, op| session.followed(op));
    }

    fn followed(&mut self, op: &mut Op) {
        op.held = None;
        if let Some(refusal) = &mut op.refusal {
            refusal.followed = true;
        }
    }

    fn question_answered(&mut self, code: Code, response: Response) {
        let Some(asked) = self.link.asked.take() else { return };
        self.stirred = true;
        self.with_op(|_, op| op.held = None);
        if code == Code::LastTransaction {
            self.learn(code, true);
            self.looked = true;
            self.stops_answered_for(asked.at);
            self.last_transaction(&response, asked.purpose);
        }
        match asked.purpose {
            Purpose::Confirm => {
                let acknowledged = response.result_code == "0000";
                self.with_op(|session, op| session.confirm_answered(op, acknowledged));
            }
            Purpose::Query(call) => self.query_answered(call, code, response),
            Purpose::Baseline | Purpose::Look | Purpose::Show | Purpose::ConfirmRefusal => {}
        }
    }

    /// 990001 was answered: evidence for whoever waits for it, and the baseline of the next request.
    fn last_transaction(&mut self, response: &Response, purpose: Purpose) {
        let digest = evidence::digest(self.digest_key, response);
        self.last = Some(super::LastLook { connection: self.link.number, at: self.now.mono, digest });
        if let Some(id) = evidence::ptxid(response) {
            self.late_fact(id, evidence::code(&self.profile, response));
            self.bring_forward_named(id);
            self.shown_behind(id, response, digest);
        }
        let response_of_query = matches!(purpose, Purpose::Query(_));
        self.with_op(|session, op| {
            if op.phase == Phase::Checking {
                session.baseline_known(op, digest);
            } else if op.phase.may_have_left() && !(response_of_query && op.phase == Phase::Running) {
                let shown = evidence::show(op, response, digest, &session.profile, session.now.wall);
                session.shown(op, shown);
            }
        });
    }

    /// An answer of 010010 to 070020, or the signature wait.
    fn money_answer(&mut self, code: Code, response: Response) {
        let id = evidence::ptxid(&response);
        let interim = (code == Code::SignatureWait || self.profile.is_interim(&response.result_code))
            && !planted!(InterimIsFinal);
        let ours = self.op.as_ref().is_some_and(|op| {
            op.phase.may_have_left()
                && !op.intent.kind.is_slip()
                && (id == Some(op.wire_id()) || planted!(AnyPtxid))
                && (code == convert::code_of(op.intent.kind) || code == Code::SignatureWait)
        });
        if ours {
            self.with_op(|session, op| {
                if interim { session.interim(op, &response) } else { session.own_answer(op, response) }
            });
            return;
        }
        if let Some(id) = id
            && (self.late_fact(id, evidence::code(&self.profile, &response)) || self.is_behind(id))
        {
            self.stray();
            self.late_answer(id, response, interim);
            return;
        }
        self.foreign();
        self.with_op(|session, op| {
            let expected = op.phase == Phase::Running
                && !op.intent.kind.is_slip()
                && (code == convert::code_of(op.intent.kind) || id == Some(op.wire_id()));
            if expected && !interim {
                // The request's answer under a wrong id, code or none: what it says is not evidence.
                session.lose(op, UnknownWhy::UnreadableAnswer);
            } else if expected && id.is_none() {
                session.interim(op, &response);
            }
        });
    }

    /// The late answer of an unresolved operation is its evidence, whether it is at the front (because the answer
    /// brought it back) or waits behind another that runs.
    fn late_answer(&mut self, id: Ptxid, response: Response, interim: bool) {
        let at_front = self.op.as_ref().is_some_and(|op| op.wire_id() == id && op.phase == Phase::Lost);
        if at_front {
            if !interim {
                self.with_op(|session, op| session.own_answer(op, response));
            }
            return;
        }
        self.with_behind(
            |op| op.wire_id() == id,
            |session, op| match interim {
                true => session.interim(op, &response),
                false => session.own_answer(op, response),
            },
        );
    }

    /// 990001 names an operation that waits behind another: the evidence is kept, and proven when it comes to the
    /// front. What would end it is left to its own looks.
    fn shown_behind(&mut self, id: Ptxid, response: &Response, digest: Option<Digest>) {
        if self.op.as_ref().is_some_and(|op| op.wire_id() == id) {
            return;
        }
        self.with_behind(
            |op| op.wire_id() == id,
            |session, op| match evidence::show(op, response, digest, &session.profile, session.now.wall) {
                Shown::Approved(approval) => session.approval_seen(op, approval, Source::LastTransaction),
                Shown::Refused { code, message }
                    if !session.profile.is_interim(&code)
                        && !session.profile.reversed_codes.contains(&code) =>
                {
                    session.refusal_seen(op, &code, &message, false);
                }
                _ => {}
            },
        );
    }

    fn interim(&mut self, op: &mut Op, response: &Response) {
        if op.phase == Phase::Running {
            op.heard = self.now.mono;
            self.step(op, Signal::Interim);
            let signature = response.is_signature_wait() || response.result_code.is_empty();
            self.tell(op, if signature { EventCode::SignatureWait } else { EventCode::StillProcessing });
            return;
        }
        // It goes on although a final answer was seen: what was seen must prove itself anew.
        self.fence.restart(self.now.mono);
        if let Some(refusal) = &mut op.refusal {
            refusal.looks = 0;
            refusal.followed = true;
        }
        op.held = None;
    }

    /// An answer under the operation's own id that cannot be read: its evidence is lost. One that comes after
    /// another answer takes nothing back, but what was seen must prove itself anew.
    fn own_unreadable(&mut self, op: &mut Op) {
        self.event(EventCode::UnreadableBytes);
        self.fence.restart(self.now.mono);
        if op.phase == Phase::Running {
            return self.lose(op, UnknownWhy::UnreadableAnswer);
        }
        self.followed(op);
        if let Some(refusal) = &mut op.refusal {
            refusal.looks = 0;
        }
    }

    /// The operation's own final answer, on whatever connection.
    fn own_answer(&mut self, op: &mut Op, response: Response) {
        if evidence::code(&self.profile, &response).is_none() {
            return self.own_unreadable(op);
        }
        let direct = op.carrier == Some(self.link.number) && op.phase == Phase::Running;
        if !direct {
            self.fence.restart(self.now.mono);
            self.followed(op);
        }
        let message = if planted!(CardInMessage) {
            let track = response.transaction().and_then(|data| data.masked_track_data.as_deref());
            track.unwrap_or_default().to_owned()
        } else {
            scrub(&response.result_message, 80)
        };
        if op.phase == Phase::Running {
            op.heard = self.now.mono;
            let mut event = Event::new(EventCode::Answered, self.now.wall);
            event.operation = Some(op.id());
            event.result_code = Some(scrub(&response.result_code, 8));
            if !message.is_empty() {
                event.text = danmal_model::Text::of(message.clone(), message.clone());
            }
            self.out.push_back(Output::Event(Box::new(event)));
        }
        self.learn(convert::code_of(op.intent.kind), response.result_code == "0000");
        if response.result_code == "0000" {
            match convert::approval(op, &response, &self.profile, self.now.wall) {
                Some(approval) => self.approval_seen(op, approval, Source::Answer),
                None if op.phase == Phase::Running => self.lose(op, UnknownWhy::UnreadableAnswer),
                None => {}
            }
        } else if self.profile.reversed_codes.iter().any(|code| response.result_code == **code) {
            let outcome = op.reversed(&scrub(&response.result_code, 8), &message);
            self.close_by(op, Signal::Reversal, outcome);
        } else {
            self.refusal_seen(op, &scrub(&response.result_code, 8), &message, direct);
        }
    }

    /// A slip takes the first answer in its place on an unbroken connection.
    fn slip_answer(&mut self, code: Code, response: Response) {
        let running = self.op.as_ref().is_some_and(|op| {
            op.phase == Phase::Running
                && convert::code_of(op.intent.kind) == code
                && op.carrier == Some(self.link.number)
        });
        if !running {
            self.surplus();
            return;
        }
        self.with_op(|session, op| {
            if session.profile.is_interim(&response.result_code) {
                session.interim(op, &response);
                return;
            }
            if evidence::code(&session.profile, &response).is_none() {
                session.event(EventCode::UnreadableBytes);
                session.lose(op, UnknownWhy::SlipAnswerLost);
                return;
            }
            session.learn(code, response.result_code == "0000");
            let message = scrub(&response.result_message, 80);
            if response.result_code == "0000" {
                match convert::slip_approval(op, &response, session.now.wall) {
                    Some((approval, true)) => {
                        op.approval = Some(approval);
                        if let Some(outcome) = op.approved() {
                            session.close_by(op, Signal::SlipAnswer, outcome);
                        }
                    }
                    Some((approval, false)) => {
                        op.approval = Some(approval);
                        session.lose(op, UnknownWhy::SlipResultUnclear);
                    }
                    None => session.lose(op, UnknownWhy::SlipAnswerLost),
                }
            } else {
                let outcome = op.refused(&scrub(&response.result_code, 8), &message);
                session.close_by(op, Signal::SlipAnswer, outcome);
            }
        });
    }

    /// A frame that speaks of an operation that has ended here. It changes nothing; it may alarm (rule 16).
    /// Returns whether it was one.
    fn late_fact(&mut self, id: Ptxid, code: Option<&str>) -> bool {
        let interim = code.is_none_or(|code| self.profile.is_interim(code));
        let Some(past) = self.past.iter_mut().find(|past| past.ptxid == id) else { return false };
        let contradicts = !interim && past.stands != (code == Some("0000"));
        if !contradicts || past.alarmed {
            return true;
        }
        if planted!(LastWord) && past.overridden {
            return true;
        }
        past.alarmed = true;
        let alarm = match (past.overridden, past.stands) {
            (true, _) => Alarm::OverrideContradicted,
            (false, true) => Alarm::ForeignReversal,
            (false, false) => Alarm::LateApproval,
        };
        self.alarm(id, alarm);
        self.reinstate(id);
        if planted!(FinalChanges) {
            self.change_final(id);
        }
        true
    }

    /// A bug: what was final is final no more.
    fn change_final(&mut self, id: Ptxid) {
        use danmal_model::{About, Kind, NotPerformed, NotPerformedReason, Outcome};
        let about = About { id, operation: Kind::CardApproval, simulated: true, replayed: None };
        let reason = NotPerformedReason::Absent;
        let outcome = Outcome::NotPerformed(NotPerformed { about, reason });
        self.commit(Some(id), danmal_model::Fact::Ended(outcome.clone()));
        let outcome = Some(Box::new(outcome));
        self.out.push_back(Output::Resolution { ptxid: id, outcome, verdict: None });
    }
}
