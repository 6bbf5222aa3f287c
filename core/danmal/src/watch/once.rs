//! A value that is not there yet, and then for ever.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use super::wakers::{Place, Waiter, Wakers};

/// A value that settles once.
pub(crate) struct Once<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    value: Option<T>,
    wakers: Wakers,
}

impl<T: Clone> Once<T> {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { value: None, wakers: Wakers::default() }) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settles it. False where it is settled already: then nothing changes.
    pub(crate) fn settle(&self, value: T) -> bool {
        let woken = {
            let mut state = self.lock();
            if state.value.is_some() {
                return false;
            }
            state.value = Some(value);
            state.wakers.take()
        };
        woken.wake();
        true
    }

    pub(crate) fn get(&self) -> Option<T> {
        self.lock().value.clone()
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.lock().value.is_some()
    }

    /// The value, or a place among those who wait for it.
    pub(crate) fn poll(&self, place: &mut Place, cx: &Context<'_>) -> Poll<T> {
        if let Some(value) = self.get() {
            // Whoever settled it has emptied the list.
            *place = None;
            return Poll::Ready(value);
        }
        let waiter = Waiter::of(cx);
        let mut state = self.lock();
        if let Some(value) = state.value.clone() {
            drop(state);
            drop(waiter);
            *place = None;
            return Poll::Ready(value);
        }
        let before = state.wakers.wait(place, waiter);
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// Waits no longer.
    pub(crate) fn leave(&self, place: &mut Place) {
        if let Some(place) = place.take()
            && crate::fork::is_child().is_none()
        {
            let waker = self.lock().wakers.leave(Some(place));
            drop(waker);
        }
    }
}

/// Waits for the value. Dropping it only stops waiting.
pub(crate) struct Wait<T: Clone> {
    once: Arc<Once<T>>,
    place: Place,
}

impl<T: Clone> Wait<T> {
    pub(crate) fn new(once: Arc<Once<T>>) -> Self {
        Self { once, place: None }
    }
}

impl<T: Clone> Future for Wait<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        this.once.poll(&mut this.place, cx)
    }
}

impl<T: Clone> Drop for Wait<T> {
    fn drop(&mut self) {
        self.once.leave(&mut self.place);
    }
}
