//! Watching without an executor: a foreign event loop is told that something may be ready, and looks.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use danmal::{Error, Event, Events, Operation};
use futures_core::Stream;

use crate::show;

type Source = Pin<Box<dyn Stream<Item = Result<String, Error>> + Send>>;

/// Which watches may be ready. One serves an event loop; many threads may fill it.
pub struct Wakeups {
    ready: Mutex<Vec<u64>>,
    next: AtomicU64,
    notify: Box<dyn Fn() + Send + Sync>,
}

impl Wakeups {
    /// `notify` is called when the first watch becomes ready after all were taken: on any thread, often
    /// danmal's own, which it must not hold up. It wakes the event loop and nothing more.
    pub fn new(notify: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { ready: Mutex::default(), next: AtomicU64::new(1), notify: Box::new(notify) })
    }

    /// The watches that may be ready, and were not taken before.
    #[must_use]
    pub fn take(&self) -> Vec<u64> {
        std::mem::take(&mut *lock(&self.ready))
    }

    fn add(&self, id: u64) {
        let first = {
            let mut ready = lock(&self.ready);
            ready.push(id);
            ready.len() == 1
        };
        if first {
            (self.notify)();
        }
    }
}

struct Token {
    id: u64,
    /// Named already, and not looked at since.
    named: AtomicBool,
    wakeups: Arc<Wakeups>,
}

impl Wake for Token {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.named.swap(true, Ordering::AcqRel) {
            self.wakeups.add(self.id);
        }
    }
}

/// Something that is waited for: an outcome, a resolution, an answer, events one after the other. Dropping it
/// stops nothing but the watching (rule 17).
pub struct Watch {
    source: Mutex<Option<Source>>,
    token: Arc<Token>,
}

impl Watch {
    fn of(wakeups: &Arc<Wakeups>, source: Source) -> Self {
        let id = wakeups.next.fetch_add(1, Ordering::Relaxed);
        let token = Token { id, named: AtomicBool::new(false), wakeups: wakeups.clone() };
        Self { source: Mutex::new(Some(source)), token: Arc::new(token) }
    }

    /// One answer, of a query or of whatever else.
    pub fn answer(
        wakeups: &Arc<Wakeups>,
        future: impl Future<Output = Result<String, Error>> + Send + 'static,
    ) -> Self {
        Self::of(wakeups, Box::pin(Single(Some(Box::pin(future)))))
    }

    /// The outcome of an operation.
    #[must_use]
    pub fn outcome(wakeups: &Arc<Wakeups>, operation: &Operation) -> Self {
        let outcome = operation.outcome();
        Self::answer(wakeups, async move { Ok(show::outcome(&outcome.await)) })
    }

    /// What becomes of an operation in the end.
    #[must_use]
    pub fn resolution(wakeups: &Arc<Wakeups>, operation: &Operation) -> Self {
        let resolution = operation.resolution();
        Self::answer(wakeups, async move { Ok(show::resolution(&resolution.await)) })
    }

    /// Events, one after the other.
    #[must_use]
    pub fn events(wakeups: &Arc<Wakeups>, events: Events) -> Self {
        Self::of(wakeups, Box::pin(Shown(events)))
    }

    /// The number under which [`Wakeups::take`] names it.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.token.id
    }

    /// What is there: `Ready(None)` after the last. `Pending` where nothing is there yet; its number is named
    /// once something may be.
    pub fn poll(&self) -> Poll<Option<Result<String, Error>>> {
        self.token.named.store(false, Ordering::Release);
        let mut source = lock(&self.source);
        let Some(running) = source.as_mut() else { return Poll::Ready(None) };
        let waker = Waker::from(self.token.clone());
        // What it wakes is noted and rung for, and nothing more: see `Wakeups::new`.
        let polled = danmal::promptly(|| running.as_mut().poll_next(&mut Context::from_waker(&waker)));
        if matches!(polled, Poll::Ready(None)) {
            *source = None;
        }
        polled
    }

    /// Ends the watching: it is over for whoever polls it, and nothing is named any more.
    pub fn end(&self) {
        *lock(&self.source) = None;
        // Whoever waits for it looks again, and finds its end.
        Waker::from(self.token.clone()).wake();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A future as a stream of one.
struct Single<T>(Option<Pin<Box<dyn Future<Output = T> + Send>>>);

impl<T> Stream for Single<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(future) = &mut self.0 else { return Poll::Ready(None) };
        future.as_mut().poll(cx).map(|value| {
            self.0 = None;
            Some(value)
        })
    }
}

struct Shown(Events);

impl Stream for Shown {
    type Item = Result<String, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let shown = |event: Arc<Event>| Ok(show::event(&event));
        Pin::new(&mut self.0).poll_next(cx).map(|event| event.map(shown))
    }
}
