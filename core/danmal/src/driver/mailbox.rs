//! What a terminal's worker is told, by callers, by the journal's thread, by a port's thread.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use danmal_model::{Error, FrameRules, LearntFrame, Ptxid, Verdict};
use danmal_protocol::{CommitId, Order};
use danmal_wire::{Request, Response};

use crate::operation::Core;
use crate::transport::Report;
use crate::watch::Once;

/// What a query's answer settles.
pub(crate) type Answer = Arc<Once<Result<Arc<Response>, Error>>>;
/// What an operator's call settles.
pub(crate) type Done = Arc<Once<Result<(), Error>>>;

/// What a doctor asks of a worker.
#[derive(Clone)]
pub(crate) struct Learnt {
    /// What was learnt of the terminal's frames.
    pub(crate) frames: LearntFrame,
    /// The rules that follow from it.
    pub(crate) pinned: FrameRules,
}

/// One thing that a worker is told.
pub(crate) enum Command {
    /// A money request.
    Begin(Arc<Core>, Box<Order>),
    /// Somebody wants an operation stopped.
    RequestStop(Ptxid),
    /// A query.
    Ask(Box<Request>, Answer),
    /// An operator's word.
    Override { ptxid: Ptxid, verdict: Verdict, reason: String, done: Done },
    /// An operator accepts the journal.
    Accept { reason: String, done: Done },
    /// Ask the terminal again now.
    Recover,
    /// What was learnt.
    Learnt(Arc<Once<Result<Option<Learnt>, Error>>>),
    /// Take no more work.
    Close,
    /// A row is durable, or is not.
    Committed(CommitId, Result<(), String>),
    /// The thread of a port says something.
    Port(Report),
    /// A fault of danmal's own, for a test of what follows from it.
    #[cfg(any(test, feature = "torture"))]
    Panic,
}

/// Why nothing is taken any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// The terminal was closed.
    Closed,
    /// A fault inside danmal.
    Fault,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Command>,
    waker: Option<Waker>,
    gone: Option<Gone>,
}

/// The commands that wait for a worker.
#[derive(Default)]
pub(crate) struct Mailbox(Mutex<State>);

impl Mailbox {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a command.
    ///
    /// # Errors
    /// Why there is no worker any more, with the command.
    pub(crate) fn push(&self, command: Command) -> Result<(), (Gone, Command)> {
        let waker = {
            let mut state = self.lock();
            if let Some(gone) = state.gone {
                return Err((gone, command));
            }
            state.waiting.push_back(command);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Takes what waits, once the list is empty. While a worker works nobody needs to wake it.
    pub(crate) fn take(&self, into: &mut VecDeque<Command>) {
        let mut state = self.lock();
        state.waker = None;
        if into.is_empty() {
            std::mem::swap(&mut state.waiting, into);
        }
    }

    /// Sleeps until something comes. False where something is there already.
    pub(crate) fn sleep(&self, cx: &Context<'_>) -> bool {
        let mut state = self.lock();
        if !state.waiting.is_empty() {
            return false;
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        true
    }

    /// Takes nothing any more; what waited is handed back.
    pub(crate) fn close(&self, gone: Gone) -> VecDeque<Command> {
        let mut state = self.lock();
        state.gone.get_or_insert(gone);
        state.waker = None;
        std::mem::take(&mut state.waiting)
    }

    /// Why nothing is taken any more.
    pub(crate) fn gone(&self) -> Option<Gone> {
        self.lock().gone
    }
}
