//! What happens by itself later.

use std::time::Duration;

use super::ConnectionId;
use super::arrival::Arrived;
use super::questions::Printed;

/// Something that is due at a time.
pub(super) enum Task {
    /// The next step of a transaction.
    Stage(u64),
    Bytes(ConnectionId, Vec<u8>),
    End(ConnectionId, bool),
    /// A request that was held back.
    Request(Box<Arrived>),
    /// The line of the ledger was not confirmed in time.
    Unconfirmed(usize),
    /// A reversal reaches the host.
    Reversed(usize),
    HostReverses(usize),
    Printed(Box<Printed>),
    PowerOn,
    /// Connections are accepted again.
    Listen,
    /// The silence ends.
    Speak,
}

impl Task {
    /// Whether the terminal itself must be on for it. What is on the wire or at the host goes its own way.
    pub(super) fn needs_power(&self) -> bool {
        matches!(self, Self::Unconfirmed(_) | Self::Reversed(_) | Self::Request(_))
    }
}

/// Few things at a time, so a list serves best: nothing is held while nothing is due.
#[derive(Default)]
pub(super) struct Agenda {
    tasks: Vec<(Duration, u64, Task)>,
    count: u64,
}

impl Agenda {
    pub(super) fn put(&mut self, due: Duration, task: Task) {
        self.count += 1;
        self.tasks.push((due, self.count, task));
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.tasks.iter().map(|(due, ..)| *due).min()
    }

    /// Takes the earliest; of several at one time that which was put first.
    pub(super) fn take(&mut self) -> Option<Task> {
        let key = |(due, count, _): &(Duration, u64, Task)| (*due, *count);
        let at = self.tasks.iter().enumerate().min_by_key(|(_, task)| key(task)).map(|(at, _)| at)?;
        Some(self.tasks.swap_remove(at).2)
    }

    pub(super) fn drop_where(&mut self, unwanted: impl Fn(&Task) -> bool) {
        self.tasks.retain(|(_, _, task)| !unwanted(task));
    }
}
