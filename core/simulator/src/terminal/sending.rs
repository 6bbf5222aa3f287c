//! Answers on their way to a client; faults strike them there.

use std::time::Duration;

use super::agenda::Task;
use super::answers::Answer;
use super::{ConnectionId, Output, Terminal, clock};
use crate::event::Happened;
use crate::fault::{Acts, Fault, Point};
use crate::line;

impl Terminal {
    /// The terminal's wall clock, yyyyMMddHHmmss.
    pub(super) fn date(&self) -> String {
        clock::date(self.settings.start, self.now)
    }

    /// A final answer.
    pub(super) fn answer(
        &mut self,
        connection: ConnectionId,
        answer: Answer,
        amount: Option<i64>,
        faults: Vec<Fault>,
    ) {
        self.send(connection, answer, Point::Reply, amount, faults);
    }

    /// An answer, with the faults that its request brought.
    pub(super) fn send(
        &mut self,
        connection: ConnectionId,
        answer: Answer,
        point: Point,
        amount: Option<i64>,
        mut faults: Vec<Fault>,
    ) {
        faults.extend(self.meet(point, Some(answer.code), amount));
        let (at_once, mut faults): (Vec<_>, Vec<_>) =
            faults.into_iter().partition(|fault| fault.acts() == Acts::AtOnce);
        for fault in at_once {
            self.strike(fault, Some(connection));
        }
        faults.retain(|fault| fault.acts() == Acts::Reply);
        if self.off_until.is_some() || self.silent_until.is_some() || self.link(connection).is_none() {
            return;
        }
        if self.events.is_some() {
            let result = line::shape::result(&answer.json).unwrap_or("none").to_owned();
            let code = answer.code;
            for fault in &faults {
                self.note(Happened::Fault(fault.kind()));
            }
            self.note(Happened::Answered { connection, code, result });
        }
        let dialect = self.settings.dialect;
        if faults.is_empty() {
            let bytes = line::frame(answer, &dialect, &[], None);
            self.stale.clone_from(&bytes);
            return self.in_turn(connection, bytes, Duration::ZERO);
        }
        let bytes = line::frame(answer, &dialect, &faults, self.memory.earlier_ptxid());
        self.stale.clone_from(&bytes);
        self.on_its_way(connection, bytes, &faults);
    }

    /// An answer that something happens to on its way.
    fn on_its_way(&mut self, connection: ConnectionId, mut bytes: Vec<u8>, faults: &[Fault]) {
        let (mut delay, mut pieces, mut cut, mut twice) = (Duration::ZERO, None, None, false);
        for fault in faults {
            match fault {
                Fault::LoseReply => return,
                Fault::CutReply { after, reset } => cut = Some((*after as usize, *reset)),
                Fault::DuplicateReply => twice = true,
                Fault::DelayReply { by } => delay += *by,
                Fault::Trickle { piece, gap } => pieces = Some((*piece as usize, *gap)),
                _ => {}
            }
        }
        if let Some((after, _)) = cut {
            bytes.truncate(after);
        }
        if twice {
            let again = bytes.clone();
            bytes.extend(again);
        }
        let mut end = delay;
        match pieces {
            None => self.in_turn(connection, bytes, delay),
            Some((piece, gap)) => {
                for piece in bytes.chunks(piece.max(1)) {
                    self.in_turn(connection, piece.to_vec(), end);
                    end += gap;
                }
                let taken = self.after(end.saturating_sub(gap));
                if let Some(link) = self.link(connection) {
                    link.taken_until = link.taken_until.max(taken);
                }
            }
        }
        if let Some((_, reset)) = cut {
            let due = self.turn(connection, end);
            if due <= self.now {
                self.end(connection, reset);
            } else {
                self.agenda.put(due, Task::End(connection, reset));
            }
        }
    }

    /// When bytes leave that shall leave so much later: not before the line is free.
    fn turn(&mut self, connection: ConnectionId, delay: Duration) -> Duration {
        let due = self.after(delay);
        self.link(connection).map_or(due, |link| due.max(link.taken_until))
    }

    fn in_turn(&mut self, connection: ConnectionId, bytes: Vec<u8>, delay: Duration) {
        let due = self.turn(connection, delay);
        if due <= self.now {
            self.deliver(connection, bytes);
        } else {
            self.agenda.put(due, Task::Bytes(connection, bytes));
        }
    }

    /// Bytes arrive at a client, if its connection still stands.
    pub(super) fn deliver(&mut self, connection: ConnectionId, bytes: Vec<u8>) {
        if !bytes.is_empty() && self.link(connection).is_some_and(|link| !link.dead) {
            self.put(Output::Bytes { connection, bytes });
        }
    }
}
