//! The line between till and terminal: bytes take time, come in pieces, and may not come at all.

use std::time::Duration;

use danmal_protocol::{Input, Line as Kind};
use danmal_simulator::{ConnectionId, Output as Said, Quirk};
use danmal_wire::{Code, Frame, FrameDecoder, FrameRules, Pending};

use super::{Due, World};

/// The connection of the till.
pub struct Line {
    /// Counts connections.
    pub number: u32,
    pub connection: Option<ConnectionId>,
    pub decoder: FrameDecoder,
    /// Bytes in one direction come in their order.
    to_terminal_until: Duration,
    to_till_until: Duration,
    /// Nothing passes any more, and nobody is told.
    dead: bool,
    /// The last answer of 990001 that was handed to the session.
    pub last_shown: Option<Box<[u8]>>,
    pub last_shown_at: Duration,
}

impl Line {
    pub fn new() -> Self {
        Self {
            number: 0,
            connection: None,
            decoder: FrameDecoder::for_answers(FrameRules::default()),
            to_terminal_until: Duration::ZERO,
            to_till_until: Duration::ZERO,
            dead: false,
            last_shown: None,
            last_shown_at: Duration::ZERO,
        }
    }
}

impl World {
    fn travel(&mut self) -> Duration {
        Duration::from_micros(self.dice.between(self.config.latency.0, self.config.latency.1))
    }

    pub(super) fn connect(&mut self) {
        self.line.decoder.reset();
        let by = self.travel();
        let epoch = self.epoch;
        self.later(by, Due::Connect { epoch });
    }

    pub(super) fn connect_now(&mut self) {
        if !self.calm && self.dice.chance(self.config.refused) {
            self.fault("line refused");
            return self.tell(Input::ConnectFailed { detail: "connection refused".to_owned() });
        }
        let connection = self.terminal.connect(self.now);
        if !self.terminal.is_listening() {
            while let Some(said) = self.terminal.poll_output() {
                if let Said::Bytes { connection, bytes } = said {
                    self.terminal_says(connection, bytes);
                }
            }
            return self.tell(Input::ConnectFailed { detail: "connection refused".to_owned() });
        }
        self.line.number += 1;
        self.checker.opened = self.now;
        self.line.connection = Some(connection);
        self.line.dead = false;
        self.line.to_terminal_until = Duration::ZERO;
        if self.config.line == Kind::Stream {
            self.line.to_till_until = Duration::ZERO;
        }
        self.note(|| format!("line  connected as {}", connection.0));
        self.tell(Input::Connected);
    }

    /// The till ends its connection for good: what is on its way to the terminal may still arrive, nothing
    /// more comes back. On a serial line stale bytes may come within the quiet time.
    pub(super) fn disconnect(&mut self) {
        self.line.decoder.reset();
        self.shop.asked_last = false;
        let Some(connection) = self.line.connection.take() else { return };
        self.note(|| format!("line  {} ended by the till", connection.0));
        if self.line.dead {
            return;
        }
        if !self.calm && self.dice.chance(0.3) {
            // A reset overtakes what is on its way.
            let lost: Vec<_> = std::mem::take(&mut self.queue)
                .into_iter()
                .filter(|std::cmp::Reverse(due)| {
                    !matches!(&due.what, Due::ToTerminal { connection: to, .. } if *to == connection)
                })
                .collect();
            self.queue = lost.into();
        }
        let at = self.line.to_terminal_until.max(self.now + self.travel());
        self.at(at, Due::EndAtTerminal { connection });
    }

    /// Writes a frame.
    pub(super) fn write(&mut self, code: Code, bytes: &[u8]) {
        let Some(connection) = self.line.connection else { return };
        self.note(|| format!("till  -> {}", super::show(bytes)));
        self.digest.word(bytes.len() as u64);
        if !self.calm && code.is_money() && self.dice.chance(self.config.unsent) {
            self.fault("line takes nothing");
            self.line.connection = None;
            self.later(Duration::ZERO, Due::EndAtTerminal { connection });
            self.tell(Input::NothingSent);
            return self.tell(Input::Disconnected);
        }
        if self.line.dead {
            return;
        }
        if !self.calm && self.dice.chance(self.config.half_open) {
            self.fault("line half open");
            self.line.dead = true;
            return;
        }
        let mut bytes = bytes.to_vec();
        let cut = !self.calm && self.dice.chance(self.config.cut);
        if cut {
            self.fault("line cut in a request");
            bytes.truncate(self.dice.between(0, bytes.len() as u64) as usize);
        }
        for piece in self.pieces(bytes) {
            let at = self.line.to_terminal_until.max(self.now + self.travel());
            self.line.to_terminal_until = at;
            self.at(at, Due::ToTerminal { connection, bytes: piece });
        }
        if cut {
            self.break_at(self.line.to_terminal_until, connection);
        }
    }

    /// The line breaks: either side learns of it in its own time.
    fn break_at(&mut self, at: Duration, connection: ConnectionId) {
        let number = self.line.number;
        self.line.dead = true;
        let till = at + self.travel();
        let terminal = at + self.travel();
        self.at(till, Due::EndAtTill { number });
        self.at(terminal, Due::EndAtTerminal { connection });
    }

    fn pieces(&mut self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if bytes.is_empty() {
            return Vec::new();
        }
        if !self.dice.chance(self.config.pieces) {
            return vec![bytes];
        }
        let most = self.dice.weighed(&[(1, 1), (5, 20), (14, 300)]);
        let mut pieces = Vec::new();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let length = (self.dice.between(1, most) as usize).min(rest.len());
            pieces.push(rest[..length].to_vec());
            rest = &rest[length..];
        }
        pieces
    }

    pub(super) fn terminal_says(&mut self, connection: ConnectionId, mut bytes: Vec<u8>) {
        if self.line.connection != Some(connection) {
            return self.said_to_somebody(connection, &bytes);
        }
        if self.line.dead {
            return;
        }
        let cut = !self.calm && self.dice.chance(self.config.cut);
        if cut {
            self.fault("line cut in an answer");
            bytes.truncate(self.dice.between(0, bytes.len() as u64) as usize);
        }
        let number = self.line.number;
        self.twice(number, &bytes);
        for piece in self.pieces(bytes) {
            let at = self.line.to_till_until.max(self.now + self.travel());
            self.line.to_till_until = at;
            self.at(at, Due::ToTill { number, bytes: piece });
        }
        if cut {
            self.break_at(self.line.to_till_until.max(self.now), connection);
        }
    }

    /// The quirk against A6: an answer without an id comes again, up to a second later.
    fn twice(&mut self, number: u32, bytes: &[u8]) {
        let without_id = matches!(bytes.get(4..10), Some(b"990001" | b"980001"));
        if self.config.quirk == Some(Quirk::A6) && !self.calm && without_id && self.dice.chance(0.3) {
            self.fault("quirk: an answer comes twice");
            let by = Duration::from_micros(self.dice.below(900_000));
            self.later(by, Due::ToTill { number, bytes: bytes.to_vec() });
        }
    }

    pub(super) fn terminal_closes(&mut self, connection: ConnectionId) {
        if self.line.connection == Some(connection) && !self.line.dead {
            self.line.dead = true;
            let at = self.line.to_till_until.max(self.now + self.travel());
            self.at(at, Due::EndAtTill { number: self.line.number });
        }
    }

    pub(super) fn end_at_till(&mut self, number: u32) {
        if self.line.number == number && self.line.connection.take().is_some() {
            self.line.decoder.reset();
            self.shop.asked_last = false;
            self.tell(Input::Disconnected);
            self.note(|| "line  ended".to_owned());
        }
    }

    pub(super) fn bytes_at_till(&mut self, number: u32, bytes: &[u8]) {
        // A serial line hands over what comes late; a stream's bytes end with it.
        let late = self.line.number != number;
        if self.line.connection.is_none() || late && self.config.line == Kind::Stream {
            return;
        }
        if late {
            self.fault("line serial bytes of before");
        }
        self.note(|| format!("till  <- {}", super::show(bytes)));
        self.line.decoder.push(bytes);
        let mut said = false;
        while let Some(item) = self.line.decoder.next() {
            match item {
                Ok(frame) => {
                    self.frame(&frame);
                    self.tell(Input::Frame(frame));
                }
                Err(error) => {
                    said = true;
                    self.note(|| format!("till  cannot read: {error}"));
                    self.tell(if error.is_fatal() { Input::Unreadable } else { Input::Noise });
                }
            }
            // A session that ends the connection at one frame does not see the next.
            self.pump();
        }
        if !said && self.line.decoder.pending() == Pending::Boundary {
            self.tell(Input::Noise);
        }
    }

    /// A frame is about to be handed to the session.
    fn frame(&mut self, frame: &Frame) {
        self.digest.bytes(frame.body());
        self.checker.heard(frame.code(), self.line.number);
        if frame.code() == Code::LastTransaction {
            self.line.last_shown = Some(frame.body().into());
            self.line.last_shown_at = self.now;
        }
        self.evidence(frame);
    }
}
