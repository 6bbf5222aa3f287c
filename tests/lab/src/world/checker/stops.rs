//! Rule 9: requests to stop that are on their way.

use std::time::Duration;

use danmal_model::Ptxid;
use danmal_wire::Code;

use super::Checker;

/// A request to stop that is on its way.
pub(super) struct StopSent {
    code: Code,
    connection: u32,
    at: Duration,
    /// 990001 was asked after it on the same connection.
    asked: bool,
}

impl Checker {
    /// A request to stop leaves, on the till's connection of this number.
    pub fn stop(&mut self, code: Code, connection: u32, now: Duration) {
        self.fence_from = now;
        self.stops.push(StopSent { code, connection, at: now, asked: false });
    }

    /// 990001 leaves.
    pub fn asked(&mut self, connection: u32) {
        for stop in self.stops.iter_mut().filter(|stop| stop.connection == connection) {
            stop.asked = true;
        }
    }

    /// A frame arrives at the till.
    pub fn heard(&mut self, code: Code, connection: u32) {
        if code == Code::LastTransaction {
            self.stops.retain(|stop| !(stop.connection == connection && stop.asked));
        } else if let Some(at) =
            self.stops.iter().position(|stop| stop.connection == connection && stop.code == code)
        {
            self.stops.remove(at);
        }
    }

    /// Rule 9: a request to stop names no transaction, so none may be on its way when new money leaves.
    pub(super) fn no_stop_could_hit(&mut self, ptxid: Ptxid, now: Duration) {
        let fence = self.fence;
        self.stops.retain(|stop| now < stop.at + fence);
        if !self.stops.is_empty() {
            self.fail("R9", Some(ptxid), "new money left behind a request to stop that nobody answered");
        }
    }
}
