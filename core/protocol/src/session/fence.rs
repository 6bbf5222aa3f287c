//! How long absence must not be believed.

use std::time::Duration;

/// The moment since which nothing that we may have started can still be on its way: 150 s later, what is
/// unfinished is dead (A4).
#[derive(Clone, Debug, Hash)]
pub(crate) struct Fence {
    from: Duration,
    from_without_connection: Duration,
    awaits_connection: bool,
}

impl Fence {
    /// Begins with our start. `open`: whether an earlier run left something unresolved, whose connection
    /// ended with it.
    pub(crate) fn new(now: Duration, open: bool) -> Self {
        if planted!(NoFenceAfterRestart) {
            let from = Duration::ZERO;
            return Self { from, from_without_connection: from, awaits_connection: false };
        }
        Self { from: now, from_without_connection: now, awaits_connection: open }
    }

    /// A money or abort byte left, or a frame came that answers no question of ours.
    pub(crate) fn restart(&mut self, now: Duration) {
        self.from = now;
        self.from_without_connection = now;
    }

    /// The connection that carried the request ended.
    pub(crate) fn carrier_ended(&mut self, now: Duration) {
        self.restart(now);
        self.awaits_connection = true;
    }

    /// A connection stands: the first after the carrier's end counts, later ones do not.
    pub(crate) fn connected(&mut self, now: Duration) {
        if self.awaits_connection {
            self.from = now;
            self.awaits_connection = false;
        }
    }

    /// When it is over, if a connection has followed.
    pub(crate) fn over_at(&self, length: Duration) -> Option<Duration> {
        (!self.awaits_connection).then(|| self.from + length)
    }

    /// When it is over for an operator's word, for which the new connection does not count.
    pub(crate) fn override_at(&self, length: Duration) -> Duration {
        self.from_without_connection + length
    }

    pub(crate) fn is_over(&self, now: Duration, length: Duration) -> bool {
        planted!(NoFence) || self.over_at(length).is_some_and(|at| now >= at)
    }
}
