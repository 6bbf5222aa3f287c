//! Questions that move no money: they queue behind money and may fail.

use std::time::Duration;

use danmal_model::{Error, ErrorCode};
use danmal_wire::{Code, Request, Response};
use zeroize::Zeroizing;

use super::Session;
use super::io::{CallId, Output};
use super::link::{Asked, Purpose};

/// A query that waits for its turn.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    call: CallId,
    code: Code,
    frame: Zeroizing<Vec<u8>>,
    queued: Duration,
}

impl Session {
    pub(super) fn queue_query(&mut self, call: CallId, request: &Request) {
        if self.closing {
            self.refuse(call, ErrorCode::Closed, "the terminal was closed", "connect again");
            return;
        }
        let code = self.wire_code(request);
        match request.encode_as(code, &self.encode) {
            Ok(frame) => {
                self.link.hurry(self.now.mono, &self.profile.durations);
                let frame = Zeroizing::new(frame.into_vec());
                self.queries.push_back(Query { call, code, frame, queued: self.now.mono });
            }
            Err(error) => {
                let error = Error::new(ErrorCode::TooLarge, error.to_string(), "send less at once");
                self.out.push_back(Output::Answer { call, result: Err(error) });
            }
        }
    }

    fn wire_code(&self, request: &Request) -> Code {
        match request.code() {
            Code::TaxRefundInquiry if self.profile.inquiry_as_cancellation => Code::TaxRefundCancellation,
            code => code,
        }
    }

    fn refuse(&mut self, call: CallId, code: ErrorCode, problem: &'static str, accepted: &'static str) {
        self.out.push_back(Output::Answer { call, result: Err(Error::new(code, problem, accepted)) });
    }

    /// How long a query waits: behind money as long as money may take, for a connection as long as a money
    /// call would.
    fn patience(&self) -> Duration {
        if self.link.is_up() || self.op.as_ref().is_some_and(|op| !op.told) {
            self.durations().query_queue
        } else {
            self.durations().prepare
        }
    }

    pub(super) fn drive_queries(&mut self) {
        let now = self.now.mono;
        let patience = self.patience();
        while let Some(query) = self.queries.front()
            && now >= query.queued + patience
        {
            let call = query.call;
            self.queries.pop_front();
            if self.link.is_up() {
                self.refuse(call, ErrorCode::QueueFull, "waited too long behind money", "ask again later");
            } else {
                self.refuse(
                    call,
                    ErrorCode::ConnectionLost,
                    "no connection",
                    "check the cable and the address",
                );
            }
        }
        let money = self.waiting.is_some() || self.op.as_ref().is_some_and(|op| !op.told);
        if money || !self.can_ask() || self.queries.is_empty() {
            return;
        }
        if self.link.tainted {
            self.with_op_or_none(|session, op| session.disconnect(op));
            return;
        }
        let Some(query) = self.queries.pop_front() else { return };
        self.link.asked = Some(Asked {
            code: query.code,
            purpose: Purpose::Query(query.call),
            at: now,
            until: now + self.durations().query,
        });
        self.link.used = true;
        self.out.push_back(Output::Send { code: query.code, bytes: query.frame });
        self.stirred = true;
    }

    pub(super) fn query_answered(&mut self, call: CallId, code: Code, response: Response) {
        self.learn(code, response.result_code == "0000" || code == Code::LastTransaction);
        self.out.push_back(Output::Answer { call, result: Ok(Box::new(response)) });
    }

    /// A question ended without an answer.
    pub(super) fn question_failed(&mut self, asked: Asked) {
        self.link.asked = None;
        self.stirred = true;
        if let Purpose::Query(call) = asked.purpose {
            if self.now.mono >= asked.until {
                self.refuse(call, ErrorCode::Timeout, "the terminal did not answer in time", "ask again");
            } else {
                self.refuse(call, ErrorCode::ConnectionLost, "the connection ended", "ask again");
            }
        }
    }

    pub(super) fn query_unreadable(&mut self, call: CallId) {
        self.refuse(
            call,
            ErrorCode::UnreadableAnswer,
            "the terminal's answer cannot be read",
            "check the terminal's version and the profile's frame rules",
        );
    }

    pub(super) fn fail_queries(&mut self) {
        if let Some(asked) = self.link.asked.take() {
            self.question_failed(asked);
        }
        while let Some(query) = self.queries.pop_front() {
            self.refuse(query.call, ErrorCode::Closed, "the terminal was closed", "connect again");
        }
    }

    pub(super) fn query_deadlines(&self, at: &mut impl FnMut(Option<Duration>)) {
        let patience = self.patience();
        at(self.queries.front().map(|query| query.queued + patience));
    }
}
