//! One terminal's task on the driver's thread.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use danmal_model::{Event, EventCode, UnknownWhy};
use tokio::time::Sleep;

use super::opening::Opening;
use super::session::Running;
use super::{Clock, Command, Gone};
use crate::guard::{guarded, log};
use crate::ledger::finish_unsent;
use crate::shared::{Shared, refusal};
use crate::watch::Once;

/// How long a deadline rests that stays due although its time was told.
const REST: Duration = Duration::from_millis(10);

/// So long one terminal has the thread at a time: then the others have their turn, and the timers. One that talks
/// without end must not take their deadlines (rule 15).
const TURN: Duration = Duration::from_millis(2);

/// The task of a terminal, from its opening to its end.
pub(super) struct Worker {
    /// None after the end: this task has let go of the journal and of the terminal.
    work: Option<Work>,
    ended: Arc<Once<()>>,
}

struct Work {
    shared: Arc<Shared>,
    clock: Clock,
    stage: Stage,
    /// Time alone is not looked at again before then: a deadline that stays due must not take the thread.
    rest_until: Duration,
    /// What was taken out of the mailbox and is being done.
    batch: VecDeque<Command>,
    alarm: Alarm,
}

enum Stage {
    Opening(Box<Opening>),
    Running(Box<Running>),
    Ended,
}

impl Worker {
    pub(super) fn new(opening: Opening, clock: Clock) -> Self {
        let shared = opening.shared.clone();
        let ended = shared.ended.clone();
        let work = Work {
            shared,
            clock,
            stage: Stage::Opening(Box::new(opening)),
            rest_until: Duration::ZERO,
            batch: VecDeque::new(),
            alarm: Alarm::default(),
        };
        Self { work: Some(work), ended }
    }
}

impl Work {
    /// Does what can be done now, or as much of it as fits into a turn.
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.clock.mono() + TURN;
        loop {
            self.shared.mailbox.take(&mut self.batch);
            let mut acted = !self.batch.is_empty();
            match &mut self.stage {
                Stage::Opening(opening) => {
                    let now = self.clock.now();
                    while let Some(command) = self.batch.pop_front() {
                        opening.command(command, now);
                        if self.clock.mono() >= until {
                            break;
                        }
                    }
                    if let Some(search) = &mut opening.search
                        && let Poll::Ready(found) = search.as_mut().poll(cx)
                    {
                        opening.found(found, now.mono);
                    }
                    if now.mono >= opening.deadline().max(self.rest_until) {
                        opening.tick(now.mono);
                        acted = true;
                        if now.mono >= opening.deadline() {
                            self.rest_until = now.mono + REST;
                        }
                    }
                    if opening.closing {
                        return Poll::Ready(());
                    }
                    if let Some(opened) = opening.finish() {
                        self.begin(opened, cx);
                        acted = true;
                    }
                }
                Stage::Running(running) => {
                    running.now = self.clock.now();
                    while let Some(command) = self.batch.pop_front() {
                        running.command(cx, command);
                        if self.clock.mono() >= until {
                            break;
                        }
                    }
                    acted |= running.poll_link(cx);
                    let now = running.now.mono;
                    if now >= self.rest_until && running.deadline().is_some_and(|due| now >= due) {
                        running.tick(cx);
                        acted = true;
                        if running.deadline().is_some_and(|due| now >= due) {
                            self.rest_until = now + REST;
                        }
                    }
                    if running.closed {
                        return Poll::Ready(());
                    }
                    if let Some(key) = running.makes_way() {
                        self.begin_elsewhere(key);
                        acted = true;
                    }
                }
                Stage::Ended => return Poll::Ready(()),
            }
            if acted && self.clock.mono() >= until {
                next_turn(cx);
                return Poll::Pending;
            }
            if acted {
                continue;
            }
            let due = match &self.stage {
                Stage::Opening(opening) => Some(opening.deadline()),
                Stage::Running(running) => running.deadline(),
                Stage::Ended => None,
            };
            let due = due.map(|due| due.max(self.rest_until));
            if self.alarm.set(due, self.clock, cx) && self.shared.mailbox.sleep(cx) {
                return Poll::Pending;
            }
        }
    }

    fn begin(&mut self, opened: super::opening::Opened, cx: &mut Context<'_>) {
        if let Stage::Opening(opening) = std::mem::replace(&mut self.stage, Stage::Ended) {
            self.stage = Stage::Running(Box::new(Running::new(*opening, opened, self.clock, cx)));
        }
    }

    /// The address leads to another device, and the session has nothing open.
    fn begin_elsewhere(&mut self, key: String) {
        if let Stage::Running(running) = std::mem::replace(&mut self.stage, Stage::Ended) {
            self.stage = Stage::Opening(Box::new(running.make_way(key)));
        }
    }

    /// The end: whoever waits is told.
    fn end(&mut self, gone: Gone) {
        let mut left = self.shared.mailbox.close(gone);
        left.append(&mut self.batch);
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Opening(mut opening) => {
                opening.close(|| refusal(gone));
                let mut event = Event::new(EventCode::Closed, jiff::Timestamp::now());
                event.operation = None;
                self.shared.show(event);
            }
            Stage::Running(running) => running.end(gone),
            Stage::Ended => {}
        }
        for command in left {
            self.turn_away(command, gone);
        }
        self.abandon(gone);
    }

    /// Whatever else happened: nobody waits for what nobody runs.
    fn abandon(&self, gone: Gone) {
        self.shared.mailbox.close(gone);
        if let Some(ledger) = self.shared.ledger.get() {
            for core in ledger.of(&self.shared) {
                ledger.done(core.id());
                core.abandon(UnknownWhy::InternalFault);
            }
        }
        self.shared.feed.end();
    }

    /// A command that came too late.
    fn turn_away(&self, command: Command, gone: Gone) {
        match command {
            Command::Begin(core, _) => {
                if let Some(ledger) = self.shared.ledger.get() {
                    ledger.forget(core.id());
                    ledger.done(core.id());
                }
                finish_unsent(&core, core.not_performed(danmal_model::NotPerformedReason::Closed));
            }
            Command::Ask(_, answer) => drop(answer.settle(Err(refusal(gone)))),
            Command::Override { done, .. } | Command::Accept { done, .. } => {
                done.settle(Err(refusal(gone)));
            }
            Command::Learnt(answer) => drop(answer.settle(Ok(None))),
            _ => {}
        }
    }
}

/// Polls this task again once the other tasks, the sockets and the timers have had their turn.
fn next_turn(cx: &mut Context<'_>) {
    let mut turn = std::pin::pin!(tokio::task::yield_now());
    if turn.as_mut().poll(cx).is_ready() {
        cx.waker().wake_by_ref();
    }
}

impl Future for Worker {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let Some(work) = &mut this.work else { return Poll::Ready(()) };
        // A fault ends this terminal alone: what ran is unknown, and the host goes on.
        let gone = match guarded(|| work.turn(cx)) {
            Some(Poll::Pending) => return Poll::Pending,
            Some(Poll::Ready(())) => Gone::Closed,
            None => {
                let number = work.shared.number;
                log(|| tracing::error!(terminal = number, "a fault inside danmal ended this terminal"));
                Gone::Fault
            }
        };
        if guarded(|| work.end(gone)).is_none() {
            let _ = guarded(|| work.abandon(gone));
        }
        // Whoever learns of the end may open the journal and the terminal anew.
        let _ = guarded(|| this.work = None);
        this.ended.settle(());
        Poll::Ready(())
    }
}

/// One timer for a terminal. Deadlines mostly move later while frames come and go: then it is left alone, and
/// looks again when it rings.
#[derive(Default)]
struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    set_for: Option<Duration>,
}

impl Alarm {
    /// Rings at `due` or before. False where something is due already.
    fn set(&mut self, due: Option<Duration>, clock: Clock, cx: &mut Context<'_>) -> bool {
        let Some(due) = due else { return true };
        if due == Duration::MAX {
            return true;
        }
        match (&mut self.sleep, self.set_for) {
            (Some(sleep), Some(set_for)) if set_for <= due => {
                if sleep.as_mut().poll(cx).is_pending() {
                    return true;
                }
                if clock.mono() >= due {
                    self.set_for = None;
                    return false;
                }
                sleep.as_mut().reset(clock.at(due));
            }
            (Some(sleep), _) => sleep.as_mut().reset(clock.at(due)),
            (none, _) => *none = Some(Box::pin(tokio::time::sleep_until(clock.at(due)))),
        }
        self.set_for = Some(due);
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().poll(cx).is_pending(),
            None => true,
        }
    }
}
