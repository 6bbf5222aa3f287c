//! An operation: a thing that exists by itself. Awaiting it is awaiting its outcome; watching it is optional.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use danmal_model::{Event, Intent, Outcome, Ptxid, Verdict};

/// How many events an operation keeps for those who watch later.
const KEPT: usize = 256;

/// What became of an `Unknown`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The final state.
    Final(Box<Outcome>),
    /// An operator's word, which is never final.
    Operator(Verdict),
}

#[derive(Default)]
struct State {
    events: Vec<Event>,
    outcome: Option<Outcome>,
    resolution: Option<Resolution>,
    /// Tasks that wait for the outcome or the resolution.
    waiting: Vec<Waker>,
    /// Tasks that watch the events.
    watching: Vec<Waker>,
}

/// Which of the waiting tasks and threads a look belongs to: an event wakes nobody who waits for the outcome.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Outcome,
    Events,
}

pub(crate) struct Inner {
    pub(crate) intent: Intent,
    state: Mutex<State>,
    settled: Condvar,
    watched: Condvar,
}

impl Inner {
    pub(crate) fn new(intent: Intent) -> Arc<Self> {
        Arc::new(Self { intent, state: Mutex::default(), settled: Condvar::new(), watched: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the outcome or the resolution: everybody learns.
    fn change(&self, act: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        act(&mut state);
        let waiting = std::mem::take(&mut state.waiting);
        let watching = std::mem::take(&mut state.watching);
        drop(state);
        self.settled.notify_all();
        self.watched.notify_all();
        waiting.into_iter().chain(watching).for_each(Waker::wake);
    }

    pub(crate) fn push(&self, event: Event) {
        let mut state = self.lock();
        if state.events.len() >= KEPT || state.outcome.is_some() {
            return;
        }
        state.events.push(event);
        let watching = std::mem::take(&mut state.watching);
        drop(state);
        self.watched.notify_all();
        watching.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn settle(&self, outcome: Outcome) {
        self.change(|state| {
            if outcome.is_final() && state.resolution.is_none() {
                state.resolution = Some(Resolution::Final(Box::new(outcome.clone())));
            }
            state.outcome.get_or_insert(outcome);
        });
    }

    pub(crate) fn resolve(&self, resolution: Resolution) {
        self.change(|state| state.resolution = Some(resolution));
    }

    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.lock().outcome.clone()
    }

    /// Settles as unknown what nobody will settle any more.
    pub(crate) fn is_settled(&self) -> bool {
        self.lock().outcome.is_some()
    }

    fn poll<T>(&self, side: Side, context: &Context<'_>, find: impl Fn(&State) -> Option<T>) -> Poll<T> {
        let mut state = self.lock();
        match find(&state) {
            Some(found) => Poll::Ready(found),
            None => {
                let wakers = if side == Side::Outcome { &mut state.waiting } else { &mut state.watching };
                if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                    wakers.push(context.waker().clone());
                }
                Poll::Pending
            }
        }
    }

    fn wait<T>(&self, side: Side, limit: Option<Duration>, find: impl Fn(&State) -> Option<T>) -> Option<T> {
        let changed = if side == Side::Outcome { &self.settled } else { &self.watched };
        let end = limit.map(|limit| Instant::now() + limit);
        let mut state = self.lock();
        loop {
            if let Some(found) = find(&state) {
                return Some(found);
            }
            state = match end {
                None => changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let rest = end.checked_duration_since(Instant::now())?;
                    changed.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

/// A money operation. Clones are the same one. Dropping it, or a future of it, never stops the payment.
#[derive(Clone)]
pub struct Operation {
    pub(crate) inner: Arc<Inner>,
    pub(crate) stop: Arc<dyn Fn(Ptxid) + Send + Sync>,
    /// When it began, if it was handed out again for the same key.
    pub(crate) replayed: Option<jiff::Timestamp>,
}

impl Operation {
    /// Its id: the ptxid on the wire.
    #[must_use]
    pub fn id(&self) -> Ptxid {
        self.inner.intent.ptxid
    }

    /// What was asked, as the journal keeps it.
    #[must_use]
    pub fn intent(&self) -> &Intent {
        &self.inner.intent
    }

    /// Its events from the beginning. They end when the outcome settles.
    #[must_use]
    pub fn events(&self) -> Events {
        Events { inner: Arc::clone(&self.inner), at: 0 }
    }

    /// Its outcome. Settles once; may be `Unknown`.
    pub fn outcome(&self) -> impl Future<Output = Outcome> + Send + use<> {
        let inner = Arc::clone(&self.inner);
        let mark = self.mark();
        std::future::poll_fn(move |context| {
            inner.poll(Side::Outcome, context, |state| state.outcome.clone()).map(&mark)
        })
    }

    /// Its outcome, if it has settled.
    #[must_use]
    pub fn try_outcome(&self) -> Option<Outcome> {
        self.inner.outcome().map(self.mark())
    }

    /// Its outcome, blocking this thread for at most `limit`. None: it goes on, and nothing is said of it.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> Option<Outcome> {
        self.inner.wait(Side::Outcome, Some(limit), |state| state.outcome.clone()).map(self.mark())
    }

    /// What became of it: its final state, or an operator's word on an `Unknown`.
    pub fn resolution(&self) -> impl Future<Output = Resolution> + Send + use<> {
        let inner = Arc::clone(&self.inner);
        std::future::poll_fn(move |context| {
            inner.poll(Side::Outcome, context, |state| state.resolution.clone())
        })
    }

    /// What became of it, blocking this thread for at most `limit`.
    #[must_use]
    pub fn wait_resolution(&self, limit: Duration) -> Option<Resolution> {
        self.inner.wait(Side::Outcome, Some(limit), |state| state.resolution.clone())
    }

    /// Asks the terminal to stop. A request, not a verdict: the outcome says what came of it (rule 9).
    pub fn request_cancel(&self) {
        (self.stop)(self.id());
    }

    fn mark(&self) -> impl Fn(Outcome) -> Outcome + Send + use<> {
        let replayed = self.replayed;
        move |outcome| replayed.map_or(outcome.clone(), |began| outcome.clone().replay(began))
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Operation({})", self.id())
    }
}

impl IntoFuture for Operation {
    type Output = Outcome;
    type IntoFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.outcome())
    }
}

/// The events of an operation, each once, from the beginning. As an iterator it blocks its thread.
pub struct Events {
    inner: Arc<Inner>,
    at: usize,
}

impl Events {
    /// The next event; none once the outcome has settled and every event was seen.
    pub async fn next(&mut self) -> Option<Event> {
        let at = self.at;
        let event = std::future::poll_fn(|context| {
            self.inner.poll(Side::Events, context, |state| event_at(state, at))
        })
        .await;
        self.at += 1;
        event
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let at = self.at;
        self.at += 1;
        self.inner.wait(Side::Events, None, |state| event_at(state, at)).flatten()
    }
}

fn event_at(state: &State, at: usize) -> Option<Option<Event>> {
    match state.events.get(at) {
        Some(event) => Some(Some(event.clone())),
        None if state.outcome.is_some() => Some(None),
        None => None,
    }
}
