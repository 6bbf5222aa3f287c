//! Those around the cashier: the operator, and a second till at the same terminal.

use std::time::Duration;

use danmal_model::{Error, Ptxid, Verdict};
use danmal_protocol::{CallId, Input};
use danmal_simulator::ConnectionId;
use danmal_wire::{ApprovalRequest, Request};

use super::super::{Due, World};
use super::Deed;

impl World {
    /// An operator looks at the slip, at the customer's message, and may err.
    pub(super) fn verdict_on(&mut self, ptxid: Ptxid) -> Verdict {
        let performed = self.checker.track(ptxid).is_some_and(|track| track.net() == 1);
        if self.dice.chance(0.2) {
            return Verdict::Undecided;
        }
        let says = performed != self.dice.chance(self.config.wrong_word);
        if says { Verdict::Performed } else { Verdict::NotPerformed }
    }

    pub(in super::super) fn word_answered(&mut self, call: CallId, result: &Result<(), Error>) {
        self.note(|| format!("shop  word {}: {:?}", call.0, result.as_ref().map_err(|error| error.code)));
        let Some(at) = self.shop.words.iter().position(|(word, ..)| *word == call) else { return };
        let (_, ptxid) = self.shop.words.remove(at);
        if result.is_ok() {
            self.report.words += 1;
            self.checker.word_taken(self.now, ptxid);
            self.shop.owed_alarm = None;
            self.shop.blocked = 0;
        }
    }

    pub(in super::super) fn say(&mut self, ptxid: Ptxid, verdict: Verdict) {
        let call = self.shop.call();
        self.shop.words.push((call, ptxid));
        self.note(|| format!("shop  an operator says {verdict:?} of {ptxid}"));
        let reason = "the slip was looked at".to_owned();
        self.tell(Input::Override { call, ptxid, verdict, reason });
    }

    /// The second till, step by step.
    pub(super) fn second_till(&mut self, step: u8, connection: ConnectionId) {
        match step {
            0 => {
                self.fault("second till");
                let connection = self.terminal.connect(self.now);
                self.later(Duration::from_millis(5), Due::Somebody(Deed::Second { step: 1, connection }));
            }
            1 => {
                self.shop.second += 1;
                let id = self.shop.second;
                let request = Request::CardApproval(ApprovalRequest {
                    price_amt: 7_000,
                    tax_amt: 0,
                    tip_amt: 0,
                    tax_free_amt: 0,
                    installment: 0,
                    ptxid: format!("CPOS-of-the-second-till-{id}").into(),
                });
                let bytes = match self.dice.below(4) {
                    0 => Ok(b"0006990001".to_vec()),
                    1 => Ok(b"0006555555".to_vec()),
                    _ => request.encode(&Default::default()).map(|frame| frame.into_vec()),
                };
                if let Ok(bytes) = bytes {
                    self.terminal.receive(connection, &bytes, self.now);
                }
                let by = self.seconds(0, 6);
                self.later(by, Due::Somebody(Deed::Second { step: 2, connection }));
            }
            2 => {
                if self.dice.chance(0.5) {
                    self.terminal.receive(connection, b"0006980001", self.now);
                }
                let by = self.seconds(0, 2);
                self.later(by, Due::Somebody(Deed::Second { step: 3, connection }));
            }
            _ => self.terminal.disconnect(connection, self.now),
        }
    }
}
