//! What a person is told while a lost payment's fate is being found out: shown only, it decides nothing.

use std::time::Duration;

use danmal_model::{Event, EventCode, Progress, RecoveryWait};
use jiff::SignedDuration;

use super::Session;
use super::io::Output;
use super::op::Op;
use super::table::Phase;

/// So many of these events an operation has at most: enough for the whole of its time and the fence after it.
const MOST: u8 = 120;

/// What was said of an operation's recovery so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reported {
    last: Option<(Duration, RecoveryWait)>,
    count: u8,
}

impl Session {
    /// Says what recovery waits for: when it begins, when that changes, and again while an end is in sight.
    pub(super) fn report_progress(&mut self, op: &mut Op) {
        let Some(wait) = self.waits_for(op) else { return };
        let now = self.now.mono;
        let due = match op.reported.last {
            None if evidence_is_lost(op.phase) => true,
            // Not oftener than can be read: what alternates would flicker.
            Some((at, before)) if before != wait && evidence_is_lost(op.phase) => {
                now >= at + self.durations().progress / 2
            }
            _ => self.next_report(op).is_some_and(|at| now >= at),
        };
        if !due || op.reported.count >= MOST {
            return;
        }
        op.reported = Reported { last: Some((now, wait)), count: op.reported.count + 1 };
        let left = self.ends_at(op, wait).map(|at| at - now);
        let until =
            left.and_then(|left| self.now.wall.checked_add(SignedDuration::try_from(left).ok()?).ok());
        let progress = Progress { waits_for: wait, until };
        let mut event = Event::new(EventCode::RecoveryProgress, self.now.wall);
        event.operation = Some(op.id());
        event.text = progress.text(left.map(|left| left.as_secs_f64().ceil() as u64));
        event.progress = Some(progress);
        self.out.push_back(Output::Event(Box::new(event)));
    }

    /// When the next of these events is due by time alone.
    pub(super) fn next_report(&self, op: &Op) -> Option<Duration> {
        let pace = self.durations().progress;
        if pace.is_zero() || op.reported.count >= MOST {
            return None;
        }
        let wait = self.waits_for(op)?;
        self.ends_at(op, wait)?;
        Some(op.reported.last.map_or(op.heard, |(at, _)| at) + pace)
    }

    fn waits_for(&self, op: &Op) -> Option<RecoveryWait> {
        let answered = self.last.is_some_and(|last| last.connection == self.link.number);
        match op.phase {
            Phase::Waiting | Phase::Checking | Phase::Recording | Phase::Running | Phase::Ended => None,
            Phase::Keeping | Phase::Closing => Some(RecoveryWait::Journal),
            _ if !self.can_look(op) => None,
            _ if !self.link.is_up() => Some(RecoveryWait::Connection),
            Phase::Unconfirmed | Phase::Confirming | Phase::ReadingBack => Some(RecoveryWait::Confirmation),
            _ if !answered => Some(RecoveryWait::Answer),
            Phase::Lost | Phase::Doubtful | Phase::Contradicted => Some(RecoveryWait::LateApproval),
        }
    }

    /// When that wait ends at the latest, if its end lies ahead: with the caller's outcome, or with the fence.
    fn ends_at(&self, op: &Op, wait: RecoveryWait) -> Option<Duration> {
        let d = self.durations();
        let told = (!op.told).then(|| op.began + d.total);
        let fence = self.fence.over_at(d.fence).filter(|_| wait == RecoveryWait::LateApproval);
        let ahead = |moment: &Duration| *moment > self.now.mono;
        [told, fence].into_iter().flatten().filter(ahead).min()
    }
}

/// Phases in which a person waits for evidence. The others last an instant unless something is wrong.
const fn evidence_is_lost(phase: Phase) -> bool {
    matches!(phase, Phase::Lost | Phase::Contradicted | Phase::Unconfirmed)
}
