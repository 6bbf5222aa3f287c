//! What strikes at once: restarts, cables, silence, other people.

use std::time::Duration;

use danmal_wire::Code;

use super::agenda::Task;
use super::history::Record;
use super::transaction::Stage;
use super::{ConnectionId, Output, Terminal, answers};
use crate::event::Happened;
use crate::fault::{Acts, Codes, Fault, PendingWork, RebootMemory, When};
use crate::settings::Orphan;

impl Terminal {
    /// Lets a fault strike, or the next request that it can strike meet it.
    pub(super) fn strike_or_wait(&mut self, fault: Fault) {
        match fault.acts() {
            Acts::AtOnce => self.strike(fault, None),
            Acts::History => self.add_rule(When::request(Code::LastTransaction).then(fault)),
            Acts::Course | Acts::Reply | Acts::Request => {
                self.add_rule(When::request(Codes::Money).then(fault))
            }
        }
    }

    /// Lets a fault strike at once; `connection` is the one concerned, where it is about one.
    pub(super) fn strike(&mut self, fault: Fault, connection: Option<ConnectionId>) {
        self.note(Happened::Fault(fault.kind()));
        match fault {
            Fault::Reboot { down, memory, pending } => self.reboot(down, memory, pending),
            Fault::Cut { reset } => {
                for connection in self.concerned(connection) {
                    self.end(connection, reset);
                }
            }
            Fault::HalfOpen => {
                for connection in self.concerned(connection) {
                    if let Some(link) = self.link(connection) {
                        link.dead = true;
                    }
                }
            }
            Fault::RefuseConnections { during } => self.refuse_connections(during),
            Fault::Unplug { during } => {
                for connection in self.concerned(None) {
                    self.end(connection, true);
                }
                self.refuse_connections(during);
                self.put(Output::Unplugged);
            }
            Fault::Silence { during } => {
                let until = self.after(during);
                self.silent_until = self.silent_until.max(Some(until));
                self.agenda.put(until, Task::Speak);
            }
            Fault::OtherSale { amount, ptxid } => {
                let ptxid = ptxid.unwrap_or_default();
                let date = self.date();
                let captured = self.host.sale_elsewhere(&ptxid, amount, &date);
                self.note(Happened::Captured(amount));
                let json = answers::sale_of_another(&ptxid, amount, &captured, &date);
                self.remember(Record::foreign(&ptxid, json, Some(captured.line)));
            }
            Fault::StaleBytes => {
                let stale = self.stale.clone();
                if let Some(newest) = self.links.last().map(|link| link.id).filter(|_| !stale.is_empty()) {
                    self.deliver(newest, stale);
                }
            }
            _ => {}
        }
    }

    fn concerned(&self, connection: Option<ConnectionId>) -> Vec<ConnectionId> {
        match connection {
            Some(connection) => vec![connection],
            None => self.links.iter().map(|link| link.id).collect(),
        }
    }

    fn refuse_connections(&mut self, during: Duration) {
        let until = self.after(during);
        self.refusing_until = self.refusing_until.max(Some(until));
        self.agenda.put(until, Task::Listen);
    }

    fn reboot(&mut self, down: Duration, memory: RebootMemory, pending: PendingWork) {
        self.boots += 1;
        let until = self.after(down);
        self.off_until = self.off_until.max(Some(until));
        self.agenda.put(until, Task::PowerOn);
        for connection in self.concerned(None) {
            self.end(connection, true);
        }
        self.agenda.drop_where(|task| matches!(task, Task::Stage(_) | Task::Printed(_)));
        self.printing = None;
        self.silent_until = None;
        self.memory.restart(memory);
        if let Some(running) = self.running.take() {
            self.lose(*running, pending);
        }
        self.note_screen();
    }

    pub(super) fn power_on(&mut self) {
        if self.off_until.is_some_and(|until| until <= self.now) {
            self.off_until = None;
            self.note_screen();
        }
    }

    pub(super) fn listen_again(&mut self) {
        if self.refusing_until.is_some_and(|until| until <= self.now) {
            self.refusing_until = None;
        }
    }

    pub(super) fn speak_again(&mut self) {
        if self.silent_until.is_some_and(|until| until <= self.now) {
            self.silent_until = None;
        }
    }

    /// Ends a connection from this side.
    pub(super) fn end(&mut self, connection: ConnectionId, reset: bool) {
        if self.unlink(connection) {
            self.put(Output::Close { connection, reset });
            self.gone(connection);
        }
    }

    /// A connection has ended, by whichever side.
    pub(super) fn gone(&mut self, connection: ConnectionId) {
        self.note(Happened::Gone(connection));
        self.reverse_of(connection);
        if self.settings.orphan == Orphan::Stops {
            let orphan = self
                .running
                .take_if(|running| running.connection == connection && running.stage != Stage::Host);
            if let Some(orphan) = orphan {
                let number = orphan.number;
                self.agenda.drop_where(|task| matches!(task, Task::Stage(other) if *other == number));
                self.note_screen();
            }
        }
    }
}
