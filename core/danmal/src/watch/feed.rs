//! Events, for as many watchers as there are, none of which can slow a payment down.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use danmal_model::Event;
use futures_core::Stream;

use super::block::{block_on, block_until};
use super::wakers::{Place, Waiter, Wakers};
use crate::fork;

/// What a feed keeps.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Whoever comes late gets so many of the newest.
    pub(crate) backlog: usize,
    /// Whoever is slow loses what is older than so many.
    pub(crate) most: usize,
}

/// The events of an operation or a terminal.
pub(crate) struct Feed {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: VecDeque<Arc<Event>>,
    /// The number of the oldest that is kept.
    first: u64,
    ended: bool,
    wakers: Wakers,
    /// Where each watcher stands.
    watchers: Vec<(u64, u64)>,
    next_watcher: u64,
}

impl State {
    fn end(&self) -> u64 {
        self.first + self.kept.len() as u64
    }

    /// Drops what nobody needs.
    fn trim(&mut self, limits: Limits) {
        let slowest = self.watchers.iter().map(|(_, next)| *next).min().unwrap_or(u64::MAX);
        while self.kept.len() > limits.most || (self.kept.len() > limits.backlog && self.first < slowest) {
            self.kept.pop_front();
            self.first += 1;
        }
        if self.kept.capacity() > 64 && self.kept.len() * 4 < self.kept.capacity() {
            self.kept.shrink_to(self.kept.len() * 2);
        }
    }
}

impl Feed {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, event: Arc<Event>) {
        let woken = {
            let mut state = self.lock();
            if state.ended {
                return;
            }
            state.kept.push_back(event);
            state.trim(self.limits);
            state.wakers.take()
        };
        woken.wake();
    }

    /// Nothing follows.
    pub(crate) fn end(&self) {
        let woken = {
            let mut state = self.lock();
            state.ended = true;
            state.wakers.take()
        };
        woken.wake();
    }
}

/// The events of an operation, or of a terminal, as one watcher sees them: from the oldest that is kept on.
///
/// It is a [`Stream`], and needs none: [`next`](Self::next) awaits one event in any executor,
/// [`next_blocking`](Self::next_blocking) without one. Whoever is slow loses old events and is told how many
/// ([`lost`](Self::lost)); a payment never waits for a watcher.
pub struct Events {
    feed: Arc<Feed>,
    watcher: u64,
    next: u64,
    lost: u64,
    place: Place,
}

impl Events {
    pub(crate) fn of(feed: Arc<Feed>) -> Self {
        let mut watcher = 0;
        let mut next = 0;
        if fork::is_child().is_none() {
            let mut state = feed.lock();
            state.next_watcher += 1;
            watcher = state.next_watcher;
            next = state.first;
            state.watchers.push((watcher, next));
        }
        Self { feed, watcher, next, lost: 0, place: None }
    }

    /// The next event; none where nothing follows.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// The next event, for a program without an executor: waits at most so long, and gives none where nothing
    /// came in time or nothing follows.
    pub fn next_blocking(&mut self, timeout: Duration) -> Option<Arc<Event>> {
        let until = Instant::now().checked_add(timeout);
        block_until(std::future::poll_fn(|cx| self.poll(cx)), until).flatten()
    }

    /// The next event if it is there already.
    pub fn try_next(&mut self) -> Option<Arc<Event>> {
        match self.poll(&Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(event) => event,
            Poll::Pending => None,
        }
    }

    /// How many events this watcher has lost so far because it was slow.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<Option<Arc<Event>>> {
        if fork::is_child().is_some() {
            return Poll::Ready(None);
        }
        let feed = self.feed.clone();
        if let Some(event) = self.take(&feed, &mut feed.lock()) {
            return Poll::Ready(event);
        }
        // It is somebody's code that is cloned, and dropped: outside of the lock.
        let waiter = Waiter::of(cx);
        let mut state = feed.lock();
        if let Some(event) = self.take(&feed, &mut state) {
            drop(state);
            drop(waiter);
            return Poll::Ready(event);
        }
        let before = state.wakers.wait(&mut self.place, waiter);
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// The next event that is there; inside, none where nothing follows.
    fn take(&mut self, feed: &Feed, state: &mut State) -> Option<Option<Arc<Event>>> {
        if self.next < state.first {
            self.lost += state.first - self.next;
            self.next = state.first;
        }
        let at = usize::try_from(self.next - state.first).unwrap_or(usize::MAX);
        let Some(event) = state.kept.get(at).cloned() else {
            debug_assert_eq!(self.next, state.end());
            return state.ended.then_some(None);
        };
        self.next += 1;
        let (watcher, next) = (self.watcher, self.next);
        if let Some(entry) = state.watchers.iter_mut().find(|(number, _)| *number == watcher) {
            entry.1 = next;
        }
        state.trim(feed.limits);
        Some(Some(event))
    }
}

impl Stream for Events {
    type Item = Arc<Event>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Arc<Event>>> {
        self.get_mut().poll(cx)
    }
}

impl IntoIterator for Events {
    type Item = Arc<Event>;
    type IntoIter = BlockingEvents;

    /// The events for a program without an executor: the iterator blocks its thread until the next one comes.
    fn into_iter(self) -> BlockingEvents {
        BlockingEvents(self)
    }
}

/// Events as an iterator that blocks its thread until the next one comes, and ends when nothing follows.
pub struct BlockingEvents(Events);

impl Iterator for BlockingEvents {
    type Item = Arc<Event>;

    fn next(&mut self) -> Option<Arc<Event>> {
        let events = &mut self.0;
        block_on(std::future::poll_fn(|cx| events.poll(cx)))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if fork::is_child().is_some() {
            return;
        }
        let mut state = self.feed.lock();
        let watcher = self.watcher;
        state.watchers.retain(|(number, _)| *number != watcher);
        state.trim(self.feed.limits);
        let waker = state.wakers.leave(self.place);
        drop(state);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use danmal_model::EventCode;
    use jiff::Timestamp;

    use super::*;

    fn event() -> Arc<Event> {
        Arc::new(Event::new(EventCode::Sent, Timestamp::UNIX_EPOCH))
    }

    fn count(events: &mut Events) -> u64 {
        let mut count = 0;
        while events.try_next().is_some() {
            count += 1;
        }
        count
    }

    #[test]
    fn a_slow_watcher_is_told_what_it_lost() {
        let feed = Arc::new(Feed::new(Limits { backlog: 2, most: 5 }));
        let mut slow = Events::of(feed.clone());
        for _ in 0..12 {
            feed.push(event());
        }
        assert_eq!((count(&mut slow), slow.lost()), (5, 7));
        let mut late = Events::of(feed.clone());
        assert_eq!((count(&mut late), late.lost()), (2, 0));
        feed.end();
        assert!(slow.next_blocking(Duration::from_secs(60)).is_none());
    }
}
