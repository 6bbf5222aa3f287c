//! Bytes of a client, until they are a request that is executed; faults strike them on the way.

use danmal_wire::{Code, Frame, FrameDecoder, FrameRules, Request};

use super::agenda::Task;
use super::{ConnectionId, Terminal, answers};
use crate::card::BUSY;
use crate::event::{Happened, showable};
use crate::fault::{Acts, Fault, Moment, Point};
use crate::settings::Unconfirmed;

/// A request that has arrived, with the faults that strike it.
pub(super) struct Arrived {
    pub(super) connection: ConnectionId,
    pub(super) code: Code,
    /// `None` where it cannot be read.
    pub(super) request: Option<Request>,
    pub(super) faults: Vec<Fault>,
    /// Faults that strike at a moment of the transaction.
    pub(super) at: Vec<(Moment, Fault)>,
}

impl Terminal {
    pub(super) fn arrive(&mut self, connection: ConnectionId, bytes: &[u8]) {
        if self.off_until.is_some() || self.silent_until.is_some() {
            return;
        }
        match self.link(connection) {
            Some(link) if !link.dead => link.decoder.push(bytes),
            _ => return,
        }
        while let Some(link) = self.link(connection).filter(|link| !link.dead) {
            match link.decoder.next() {
                Some(Ok(frame)) => {
                    let exempt = std::mem::take(&mut link.exempt);
                    self.frame(connection, &frame, exempt);
                }
                Some(Err(error)) => {
                    self.note(Happened::Unreadable(connection));
                    if error.is_fatal() {
                        self.end(connection, true);
                    }
                }
                None => return,
            }
        }
    }

    /// A whole request has arrived.
    fn frame(&mut self, connection: ConnectionId, frame: &Frame, exempt: bool) {
        let code = frame.code();
        let request = Request::decode(frame).ok();
        let (mut faults, mut at) = (Vec::new(), Vec::new());
        if !self.armed.is_empty() && !exempt {
            let amount = request.as_ref().and_then(answers::amount);
            faults = self.meet(Point::Request, Some(code), amount);
            if let Some((moment, fault)) = self.armed.swarm.as_mut().and_then(|swarm| swarm.draw(code)) {
                match moment {
                    Some(moment) => at.push((moment, fault)),
                    None => faults.push(fault),
                }
            }
        }
        let mut arrived = Arrived { connection, code, request, faults: Vec::new(), at };
        let (mut held, mut cut_afterwards) = (None, None);
        for fault in faults {
            match fault.acts() {
                Acts::Course | Acts::Reply | Acts::History => {
                    arrived.faults.push(fault);
                    continue;
                }
                Acts::AtOnce => {
                    self.strike(fault, Some(connection));
                    continue;
                }
                Acts::Request => self.note(Happened::Fault(fault.kind())),
            }
            match fault {
                Fault::LoseRequest => return,
                Fault::CutRequest { after, reset } if (after as usize) < frame.wire_bytes() => {
                    return self.end(connection, reset);
                }
                Fault::CutRequest { reset, .. } => cut_afterwards = Some(reset),
                Fault::DelayRequest { by } => held = Some(by),
                Fault::FlipRequestBit { byte, bit } => {
                    return self.mangled(connection, frame, |bytes| flip(bytes, byte, bit));
                }
                Fault::DropRequestBytes { from, count } => {
                    return self.mangled(connection, frame, |bytes| drop_bytes(bytes, from, count));
                }
                _ => {}
            }
        }
        // A fault that struck at once may have switched the terminal off, or made it deaf.
        if self.off_until.is_some() || self.silent_until.is_some() {
            return;
        }
        if self.events.is_some() {
            let ptxid = arrived.request.as_ref().and_then(Request::ptxid).and_then(showable);
            self.note(Happened::Received { connection, code, ptxid, bytes: frame.wire_bytes() });
        }
        match held {
            Some(by) => self.later(by, Task::Request(Box::new(arrived))),
            None => self.execute(arrived),
        }
        if let Some(reset) = cut_afterwards {
            self.end(connection, reset);
        }
    }

    /// A request arrives with other bytes than were sent. What behind it had arrived too is lost with it.
    fn mangled(&mut self, connection: ConnectionId, frame: &Frame, mangle: impl FnOnce(&mut Vec<u8>)) {
        let declared = frame.declared().unwrap_or(0);
        let mut bytes = format!("{declared:04}{}", frame.code()).into_bytes();
        bytes.extend_from_slice(frame.body());
        mangle(&mut bytes);
        if let Some(link) = self.link(connection) {
            link.decoder = FrameDecoder::for_requests(FrameRules::default());
            link.decoder.push(&bytes);
            link.exempt = true;
        }
    }

    /// A request is executed. Its connection may be gone.
    pub(super) fn execute(&mut self, arrived: Arrived) {
        let Arrived { connection, code, .. } = arrived;
        if code != Code::Confirm {
            self.reverse_waiting(|policy| policy == Unconfirmed::ReverseAtNextRequest);
        }
        let refused = arrived.faults.iter().find_map(|fault| match fault {
            Fault::Busy => Some(BUSY),
            Fault::Refuse { code, message } => Some((code.clone(), message.clone())),
            _ => None,
        });
        if let Some((result, message)) = refused.filter(|_| !code.is_money()) {
            let answer = answers::plain(code, &result, &message);
            return self.answer(connection, answer, None, arrived.faults);
        }
        let Some(request) = arrived.request else {
            let ptxid = code.is_transaction().then_some("");
            let answer = answers::refusal(code, "9990", "전문 오류", ptxid);
            return self.answer(connection, answer, None, arrived.faults);
        };
        match request {
            Request::LastTransaction => self.last_transaction(connection, arrived.faults),
            Request::Confirm => self.confirm(connection, arrived.faults),
            Request::StopCard | Request::StopEasyPay | Request::StopCashReceipt => {
                self.stop(connection, code, arrived.faults);
            }
            Request::Abort => self.abort(connection, arrived.faults),
            request if code.is_money() => {
                self.begin(connection, code, request, arrived.faults, arrived.at);
            }
            request => self.question(connection, code, &request, arrived.faults),
        }
    }
}

pub(crate) fn flip(bytes: &mut [u8], byte: u32, bit: u8) {
    let count = bytes.len().max(1);
    if let Some(byte) = bytes.get_mut(byte as usize % count) {
        *byte ^= 1 << (bit % 8);
    }
}

pub(crate) fn drop_bytes(bytes: &mut Vec<u8>, from: u32, count: u32) {
    let from = (from as usize).min(bytes.len());
    let until = from.saturating_add(count as usize).min(bytes.len());
    bytes.drain(from..until);
}
