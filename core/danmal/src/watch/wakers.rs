//! Who waits, in whatever executor.

use std::task::{Context, Waker};

use super::block::is_own;
use super::foreign::wake_elsewhere;
use crate::guard::guarded;

/// A place in a list of those who wait; taken when it first has to wait.
pub(crate) type Place = Option<u64>;

/// One who waits.
struct Waiting {
    place: u64,
    waker: Waker,
    /// A thread of danmal's own blocking wait: waking it takes no time.
    own: bool,
}

/// A task that is about to wait. Its waker is the code of somebody's executor, and is cloned and dropped outside of
/// any lock.
pub(crate) struct Waiter {
    waker: Waker,
    own: bool,
}

impl Waiter {
    pub(crate) fn of(cx: &Context<'_>) -> Self {
        Self { waker: cx.waker().clone(), own: is_own(cx.waker()) }
    }
}

/// The wakers of those who wait for one thing.
#[derive(Default)]
pub(crate) struct Wakers {
    next: u64,
    waiting: Vec<Waiting>,
}

impl Wakers {
    /// Notes that a task waits. What it waited with before is dropped by the caller, outside of any lock.
    #[must_use = "it is dropped outside of any lock"]
    pub(crate) fn wait(&mut self, place: &mut Place, waiter: Waiter) -> Option<Waker> {
        let Waiter { waker, own } = waiter;
        if let Some(number) = *place
            && let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.place == number)
        {
            waiting.own = own;
            return Some(std::mem::replace(&mut waiting.waker, waker));
        }
        self.next += 1;
        *place = Some(self.next);
        self.waiting.push(Waiting { place: self.next, waker, own });
        None
    }

    /// Forgets a task that waits no longer. Its waker is dropped by the caller, outside of any lock.
    pub(crate) fn leave(&mut self, place: Place) -> Option<Waker> {
        let number = place?;
        let at = self.waiting.iter().position(|waiting| waiting.place == number)?;
        Some(self.waiting.swap_remove(at).waker)
    }

    /// Takes out everybody, to be woken outside of any lock.
    pub(crate) fn take(&mut self) -> Woken {
        match self.waiting.len() {
            0 => Woken::default(),
            1 => Woken { first: self.waiting.pop(), more: Vec::new() },
            _ => Woken { first: None, more: std::mem::take(&mut self.waiting) },
        }
    }
}

/// Those who are to be woken.
#[derive(Default)]
#[must_use = "they sleep until they are woken"]
pub(crate) struct Woken {
    first: Option<Waiting>,
    more: Vec<Waiting>,
}

impl Woken {
    /// Wakes them. A waker is the code of somebody's executor: one that panics or does not return harms nobody
    /// else, since it is not called on this thread.
    pub(crate) fn wake(self) {
        for Waiting { waker, own, .. } in self.first.into_iter().chain(self.more) {
            if own {
                let _ = guarded(|| waker.wake());
            } else {
                wake_elsewhere(waker);
            }
        }
    }
}
