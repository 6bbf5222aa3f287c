//! 980001 (결제결과확인), and what becomes of an approval that is never confirmed.

use danmal_wire::Code;

use super::agenda::Task;
use super::answers;
use super::transaction::Running;
use super::{ConnectionId, Terminal};
use crate::event::Happened;
use crate::fault::{Acts, Fault, Moment};
use crate::settings::Unconfirmed;

/// An approval or cancellation whose answer nobody has confirmed yet.
pub(super) struct Waiting {
    line: usize,
    code: Code,
    amount: i64,
    connection: ConnectionId,
    policy: Unconfirmed,
    reverse_when_confirmed: bool,
    /// Faults that strike when it is confirmed.
    at: Vec<Fault>,
}

impl Terminal {
    pub(super) fn wait_for_confirmation(&mut self, running: &Running, line: usize) {
        let policy = running.course.policy.unwrap_or(self.settings.unconfirmed);
        // Of those that stand anyway the newest is enough.
        self.waiting.retain(|waiting| waiting.policy != Unconfirmed::Keep);
        self.waiting.push(Waiting {
            line,
            code: running.code,
            amount: running.amount,
            connection: running.connection,
            policy,
            reverse_when_confirmed: running.course.reverse_when_confirmed,
            at: running.faults_at(Moment::Confirmed),
        });
        if let Unconfirmed::ReverseAfter { time } = policy {
            self.later(time, Task::Unconfirmed(line));
        }
    }

    pub(super) fn unconfirmed_too_long(&mut self, line: usize) {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.line != line);
        if self.waiting.len() < before {
            self.begin_reversal(line);
        }
    }

    /// 980001 names no transaction: it confirms the newest that waits, whoever sends it. The answer is 0000
    /// even where that was reversed already.
    pub(super) fn confirm(&mut self, connection: ConnectionId, mut faults: Vec<Fault>) {
        let confirmed = self.waiting.pop();
        let boots = self.boots;
        if let Some(waiting) = &confirmed {
            let now = self.armed.moment(Moment::Confirmed, waiting.code, waiting.amount);
            for fault in now.into_iter().chain(waiting.at.iter().cloned()) {
                match fault.acts() {
                    Acts::AtOnce => self.strike(fault, Some(connection)),
                    _ => faults.push(fault),
                }
            }
        }
        if boots == self.boots {
            self.answer(
                connection,
                answers::plain(Code::Confirm, "0000", "end of transmission"),
                None,
                faults,
            );
        }
        if let Some(waiting) = confirmed.filter(|waiting| waiting.reverse_when_confirmed) {
            self.begin_reversal(waiting.line);
        }
    }

    /// Reverses what waits under such a policy.
    pub(super) fn reverse_waiting(&mut self, reverses: impl Fn(Unconfirmed) -> bool) {
        self.reverse_where(|waiting| reverses(waiting.policy));
    }

    /// A connection is gone.
    pub(super) fn reverse_of(&mut self, connection: ConnectionId) {
        self.reverse_where(|waiting| {
            waiting.policy == Unconfirmed::ReverseOnDisconnect && waiting.connection == connection
        });
    }

    fn reverse_where(&mut self, unwanted: impl Fn(&Waiting) -> bool) {
        if self.waiting.is_empty() {
            return;
        }
        let (reversed, kept): (Vec<_>, _) =
            std::mem::take(&mut self.waiting).into_iter().partition(&unwanted);
        self.waiting = kept;
        for waiting in reversed {
            self.begin_reversal(waiting.line);
        }
    }

    /// A reversal (망취소) begins: from now on the transaction is not shown as approved (A3).
    pub(super) fn begin_reversal(&mut self, line: usize) {
        self.memory.reversed(line);
        if self.off_until.is_none() && self.settings.pace.reversal.is_zero() {
            self.reversed(line);
        } else {
            self.later(self.settings.pace.reversal, Task::Reversed(line));
        }
    }

    /// The reversal has reached the host.
    pub(super) fn reversed(&mut self, line: usize) {
        self.host.reverse(line);
        self.note(Happened::Reversed);
    }
}
