//! The connection, and the one question without an id that may be outstanding on it (rule 12).

use std::time::Duration;

use danmal_model::Durations;
use danmal_wire::Code;

use super::io::{CallId, Line};

/// So many connections in a row may be made at once, each after the one before.
const AT_ONCE: u8 = 5;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// There is none; the next attempt is due then.
    Down { retry_at: Duration },
    /// An attempt runs.
    Connecting,
    /// A serial line that must be quiet until then before it is used.
    Quieting { until: Duration },
    /// It stands.
    Up,
}

/// Whose question is outstanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// 990001 before money.
    Baseline,
    /// 990001 for the operation's fate.
    Look,
    /// 990001 on a terminal whose state nobody waits for: after connecting in safe mode.
    Show,
    /// 980001 for an approval.
    Confirm,
    /// 980001 after a refusal: its loss changes nothing.
    ConfirmRefusal,
    /// A caller's query.
    Query(CallId),
}

/// The outstanding question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub(crate) code: Code,
    pub(crate) purpose: Purpose,
    pub(crate) at: Duration,
    pub(crate) until: Duration,
}

/// The connection.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Link {
    pub(crate) line: Line,
    pub(crate) state: State,
    /// Counts connections; 0 is none.
    pub(crate) number: u32,
    pub(crate) opened: Duration,
    pub(crate) asked: Option<Asked>,
    /// Something was sent on it.
    pub(crate) used: bool,
    /// A surplus frame came: no question without an id is asked on it any more.
    pub(crate) tainted: bool,
    /// What the last failed attempt said.
    pub(crate) failure: Option<String>,
    pause: Duration,
    /// When the last attempt began, and how many have followed on one before without a pause.
    attempted: Duration,
    at_once: u8,
    /// Whether anything arrived since it was opened: only then is the pause between attempts forgotten.
    proven: bool,
}

impl Link {
    pub(crate) fn new(line: Line, now: Duration, durations: &Durations) -> Self {
        Self {
            line,
            state: State::Down { retry_at: now },
            number: 0,
            opened: now,
            asked: None,
            used: false,
            tainted: false,
            failure: None,
            pause: durations.reconnect_first,
            attempted: now,
            at_once: 0,
            proven: false,
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether a connection stands, quiet or not.
    pub(crate) fn stands(&self) -> bool {
        matches!(self.state, State::Up | State::Quieting { .. })
    }

    /// How many attempts followed at once on the one before, as far as it still matters.
    #[cfg(feature = "explore")]
    pub(crate) fn haste(&self, now: Duration, durations: &Durations) -> u8 {
        let pauses = durations.reconnect_first * u32::from(self.at_once);
        if now < self.attempted.saturating_add(pauses) { self.at_once } else { 0 }
    }

    #[cfg(feature = "explore")]
    pub(crate) fn attempted(&self) -> Duration {
        self.attempted
    }

    /// The next pause between attempts, and whether the connection has shown that it is any use.
    #[cfg(feature = "explore")]
    pub(crate) fn patience(&self) -> (Duration, bool) {
        (self.pause, self.proven)
    }

    /// An attempt to connect begins.
    pub(crate) fn attempt(&mut self, now: Duration, durations: &Durations) {
        // Each pause that has passed since pays for one more at once.
        let pause = durations.reconnect_first.as_nanos().max(1);
        let paid = now.saturating_sub(self.attempted).as_nanos() / pause;
        self.at_once = self.at_once.saturating_sub(u8::try_from(paid).unwrap_or(u8::MAX)).saturating_add(1);
        self.attempted = now;
        self.state = State::Connecting;
    }

    /// Connects at once, whatever the pause (rule 15). Against a terminal that ends every connection at once a
    /// few attempts follow each other so; then the shortest pause lies between two (L3).
    pub(crate) fn hurry(&mut self, now: Duration, durations: &Durations) {
        let soonest = self.soonest(now, durations);
        if let State::Down { retry_at } = &mut self.state {
            *retry_at = (*retry_at).min(soonest);
        }
    }

    fn soonest(&self, now: Duration, durations: &Durations) -> Duration {
        if self.at_once < AT_ONCE {
            now
        } else {
            now.max(self.attempted.saturating_add(durations.reconnect_first))
        }
    }

    pub(crate) fn connected(&mut self, now: Duration, durations: &Durations) {
        self.number += 1;
        self.opened = now;
        self.used = false;
        self.tainted = false;
        self.proven = false;
        self.failure = None;
        self.asked = None;
        self.state = match self.line {
            Line::Stream => State::Up,
            Line::Serial => State::Quieting { until: now + durations.serial_quiet },
        };
    }

    /// Something arrived on it.
    pub(crate) fn heard(&mut self, durations: &Durations) {
        if !self.proven {
            self.proven = true;
            self.pause = durations.reconnect_first;
        }
    }

    /// It ended, by whomever. The next attempt comes at once if it was any use, else after a pause.
    pub(crate) fn ended(&mut self, now: Duration, durations: &Durations) {
        self.asked = None;
        let retry_at =
            if self.proven { self.soonest(now, durations) } else { self.pause_from(now, durations) };
        self.state = State::Down { retry_at };
    }

    pub(crate) fn failed(&mut self, now: Duration, detail: String, durations: &Durations) {
        self.failure = Some(detail);
        let retry_at = self.pause_from(now, durations);
        self.state = State::Down { retry_at };
    }

    fn pause_from(&mut self, now: Duration, durations: &Durations) -> Duration {
        let at = now + self.pause;
        self.pause = (self.pause * 2).min(durations.reconnect_longest);
        at
    }
}
