//! An operation: a thing that exists by itself. Awaiting it is awaiting its outcome; watching it is optional.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use danmal_model::{
    About, Event, Intent, Kind, NotPerformed, NotPerformedReason, Outcome, Ptxid, Resolving, Seen, Unknown,
    UnknownWhy, Verdict,
};
use jiff::Timestamp;

use crate::fork;
use crate::shared::Shared;
use crate::watch::{Events, Feed, Limits, Once, Place, block_until};

/// What an operation keeps for those who watch it later.
const EVENTS: Limits = Limits { backlog: 256, most: 256 };

/// What became of an operation in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The final state.
    Final(Box<Outcome>),
    /// An operator's word on an `Unknown`, which is never final (rule 4).
    Operator(Verdict),
    /// The terminal was closed before anybody knew: the next start goes on.
    StillUnknown(Box<Outcome>),
}

/// An operation as whoever runs it and whoever watches it share it.
pub(crate) struct Core {
    /// What was asked.
    pub(crate) intent: Intent,
    /// The terminal that runs it; none where it was settled at once.
    pub(crate) terminal: Weak<Shared>,
    feed: Arc<Feed>,
    outcome: Once<Arc<Outcome>>,
    end: Once<End>,
}

/// What became of an operation, as it is kept.
#[derive(Clone)]
pub(crate) enum End {
    Final(Arc<Outcome>),
    Operator(Verdict),
    StillUnknown(Arc<Outcome>),
}

impl From<End> for Resolution {
    fn from(end: End) -> Self {
        match end {
            End::Final(outcome) => Self::Final(Box::new((*outcome).clone())),
            End::Operator(verdict) => Self::Operator(verdict),
            End::StillUnknown(outcome) => Self::StillUnknown(Box::new((*outcome).clone())),
        }
    }
}

impl Core {
    /// An operation that begins now.
    pub(crate) fn new(intent: Intent, terminal: Weak<Shared>) -> Arc<Self> {
        Arc::new(Self {
            intent,
            terminal,
            feed: Arc::new(Feed::new(EVENTS)),
            outcome: Once::new(),
            end: Once::new(),
        })
    }

    /// An operation that an earlier run left open: unknown until it is resolved.
    pub(crate) fn reopened(intent: Intent, seen: Option<&Seen>, terminal: Weak<Shared>) -> Arc<Self> {
        let core = Self::new(intent, terminal);
        let outcome = core.unknown(UnknownWhy::Restarted, seen);
        core.settle(outcome);
        core
    }

    /// An operation that has ended already.
    pub(crate) fn ended(intent: Intent, outcome: Outcome) -> Arc<Self> {
        let core = Self::new(intent, Weak::new());
        core.settle(outcome);
        core
    }

    pub(crate) fn id(&self) -> Ptxid {
        self.intent.ptxid
    }

    /// Shows an event, unless the outcome has settled: what comes later is the terminal's.
    pub(crate) fn show(&self, event: Arc<Event>) {
        self.feed.push(event);
    }

    /// Settles the outcome, once.
    pub(crate) fn settle(&self, outcome: Outcome) {
        let outcome = Arc::new(outcome);
        if outcome.is_final() {
            self.end.settle(End::Final(outcome.clone()));
        }
        self.outcome.settle(outcome);
        self.feed.end();
    }

    /// Settles what became of it, once.
    pub(crate) fn resolve(&self, end: End) {
        self.end.settle(end);
    }

    /// Nobody runs it any more: whoever waits is told so.
    pub(crate) fn abandon(&self, why: UnknownWhy) {
        if self.end.is_settled() {
            return;
        }
        if !self.is_settled() {
            self.settle(self.unknown(why, None));
        }
        if let Some(outcome) = self.outcome.get() {
            self.resolve(End::StillUnknown(outcome));
        }
    }

    /// Whether the caller has its outcome.
    pub(crate) fn is_settled(&self) -> bool {
        self.outcome.is_settled()
    }

    fn about(&self) -> About {
        About {
            id: self.intent.ptxid,
            operation: self.intent.kind,
            simulated: self.intent.simulated,
            replayed: None,
        }
    }

    pub(crate) fn not_performed(&self, reason: NotPerformedReason) -> Outcome {
        Outcome::NotPerformed(NotPerformed { about: self.about(), reason })
    }

    pub(crate) fn unknown(&self, why: UnknownWhy, seen: Option<&Seen>) -> Outcome {
        Outcome::Unknown(Box::new(Unknown {
            about: self.about(),
            why,
            resolving: Resolving::OperatorAfterFence,
            approval: seen.and_then(|seen| seen.approval.clone()),
            seen_code: seen.map(|seen| seen.code.clone()),
            seen_message: seen.map(|seen| seen.message.clone()).filter(|message| !message.is_empty()),
        }))
    }
}

/// A money operation, as it was handed out. Clones are the same one.
///
/// It exists by itself: dropping it, or a future of it, never stops the payment (rule 17). Awaiting it is
/// awaiting its [`outcome`](Self::outcome). Nothing here needs an executor of a certain kind, or any.
#[derive(Clone)]
pub struct Operation {
    core: Arc<Core>,
    /// Its state when it was handed out, where it had one: of an operation that was asked for again.
    stood: Option<Arc<Outcome>>,
    replayed: Option<Timestamp>,
}

impl Operation {
    /// An operation that was begun by this very call.
    pub(crate) fn begun(core: Arc<Core>) -> Self {
        Self { core, stood: None, replayed: None }
    }

    /// One that was there before: its outcome is its state at this moment, unless it runs.
    pub(crate) fn handed_out(core: Arc<Core>, replayed: Option<Timestamp>) -> Self {
        let stood = match core.end.get() {
            Some(End::Final(outcome)) => Some(outcome),
            _ => core.outcome.get(),
        };
        Self { core, stood, replayed }
    }

    /// Its id: the ptxid on the wire.
    #[must_use]
    pub fn id(&self) -> Ptxid {
        self.core.intent.ptxid
    }

    /// What was asked of the terminal.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.core.intent.kind
    }

    /// What was asked, as the journal keeps it.
    #[must_use]
    pub fn intent(&self) -> &Intent {
        &self.core.intent
    }

    /// When it began, if it was handed out again for the same key (rule 13).
    #[must_use]
    pub const fn replayed(&self) -> Option<Timestamp> {
        self.replayed
    }

    /// Its events from the beginning; the newest 256 where there are more. They end when the outcome settles:
    /// what comes later comes on the terminal's own events.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::of(self.core.feed.clone())
    }

    /// Its outcome, which settles once: for the caller of the payment by the payment's deadline. It may be
    /// [`Unknown`](Outcome::Unknown), which is a value like the others: nobody charges again meanwhile.
    pub fn outcome(&self) -> OutcomeFuture {
        OutcomeFuture {
            stood: self.stood.clone(),
            core: self.core.clone(),
            place: None,
            replayed: self.replayed,
        }
    }

    /// Its outcome, if it has settled.
    #[must_use]
    pub fn try_outcome(&self) -> Option<Outcome> {
        if fork::is_child().is_some() {
            return Some(self.forked());
        }
        let outcome = self.stood.clone().or_else(|| self.core.outcome.get())?;
        Some(marked(&outcome, self.replayed))
    }

    /// Its outcome, blocking this thread for at most so long. None: it goes on, and nothing is said of it.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> Option<Outcome> {
        block_until(self.outcome(), Instant::now().checked_add(timeout))
    }

    /// What became of it: the final state, or an operator's word on an `Unknown`. It settles with the outcome
    /// where that is final, else when recovery or an operator finds out.
    pub fn resolution(&self) -> ResolutionFuture {
        ResolutionFuture { core: self.core.clone(), place: None }
    }

    /// What became of it, if it is known.
    #[must_use]
    pub fn try_resolution(&self) -> Option<Resolution> {
        if fork::is_child().is_some() {
            return Some(Resolution::StillUnknown(Box::new(self.forked())));
        }
        self.core.end.get().map(Resolution::from)
    }

    /// What became of it, blocking this thread for at most so long.
    #[must_use]
    pub fn wait_resolution(&self, timeout: Duration) -> Option<Resolution> {
        block_until(self.resolution(), Instant::now().checked_add(timeout))
    }

    /// Asks the terminal to stop. A request, not a verdict: the outcome says what came of it (rule 9). Asked
    /// before the first byte left, it ends [`Aborted`](Outcome::Aborted); of an operation that has its outcome
    /// it asks nothing.
    pub fn request_cancel(&self) {
        if fork::is_child().is_none()
            && !self.core.is_settled()
            && let Some(terminal) = self.core.terminal.upgrade()
        {
            terminal.request_stop(self.id());
        }
    }

    fn forked(&self) -> Outcome {
        self.core.unknown(UnknownWhy::InternalFault, None)
    }
}

fn marked(outcome: &Outcome, replayed: Option<Timestamp>) -> Outcome {
    let outcome = outcome.clone();
    match replayed {
        Some(began) => outcome.replay(began),
        None => outcome,
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("id", &self.id())
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

impl IntoFuture for Operation {
    type Output = Outcome;
    type IntoFuture = OutcomeFuture;

    fn into_future(self) -> OutcomeFuture {
        self.outcome()
    }
}

impl IntoFuture for &Operation {
    type Output = Outcome;
    type IntoFuture = OutcomeFuture;

    fn into_future(self) -> OutcomeFuture {
        self.outcome()
    }
}

/// Waits for an operation's outcome. Dropping it only stops waiting.
#[must_use = "a future does nothing unless it is awaited; the payment goes on in any case"]
pub struct OutcomeFuture {
    stood: Option<Arc<Outcome>>,
    core: Arc<Core>,
    place: Place,
    replayed: Option<Timestamp>,
}

impl Future for OutcomeFuture {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let this = self.get_mut();
        if fork::is_child().is_some() {
            return Poll::Ready(this.core.unknown(UnknownWhy::InternalFault, None));
        }
        if let Some(outcome) = &this.stood {
            return Poll::Ready(marked(outcome, this.replayed));
        }
        this.core.outcome.poll(&mut this.place, cx).map(|outcome| marked(&outcome, this.replayed))
    }
}

impl Drop for OutcomeFuture {
    fn drop(&mut self) {
        self.core.outcome.leave(&mut self.place);
    }
}

/// Waits for what became of an operation. Dropping it only stops waiting.
#[must_use = "a future does nothing unless it is awaited"]
pub struct ResolutionFuture {
    core: Arc<Core>,
    place: Place,
}

impl Future for ResolutionFuture {
    type Output = Resolution;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Resolution> {
        let this = self.get_mut();
        if fork::is_child().is_some() {
            let outcome = this.core.unknown(UnknownWhy::InternalFault, None);
            return Poll::Ready(Resolution::StillUnknown(Box::new(outcome)));
        }
        this.core.end.poll(&mut this.place, cx).map(Resolution::from)
    }
}

impl Drop for ResolutionFuture {
    fn drop(&mut self) {
        self.core.end.leave(&mut self.place);
    }
}
