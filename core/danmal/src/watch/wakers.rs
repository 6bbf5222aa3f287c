//! Who waits, in whatever executor.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Waker};

/// A place in a list of those who wait; taken when it first has to wait.
pub(crate) type Place = Option<u64>;

/// The wakers of those who wait for one thing.
#[derive(Default)]
pub(crate) struct Wakers {
    next: u64,
    waiting: Vec<(u64, Waker)>,
}

impl Wakers {
    /// Notes that a task waits.
    pub(crate) fn wait(&mut self, place: &mut Place, cx: &Context<'_>) {
        if let Some(number) = *place
            && let Some((_, waker)) = self.waiting.iter_mut().find(|(other, _)| *other == number)
        {
            waker.clone_from(cx.waker());
            return;
        }
        self.next += 1;
        *place = Some(self.next);
        self.waiting.push((self.next, cx.waker().clone()));
    }

    /// Forgets a task that waits no longer. Its waker is dropped by the caller, outside of any lock.
    pub(crate) fn leave(&mut self, place: Place) -> Option<Waker> {
        let number = place?;
        let at = self.waiting.iter().position(|(other, _)| *other == number)?;
        Some(self.waiting.swap_remove(at).1)
    }

    /// Takes out everybody, to be woken outside of any lock.
    pub(crate) fn take(&mut self) -> Woken {
        match self.waiting.len() {
            0 => Woken::default(),
            1 => Woken { first: self.waiting.pop().map(|(_, waker)| waker), more: Vec::new() },
            _ => Woken { first: None, more: std::mem::take(&mut self.waiting) },
        }
    }
}

/// Those who are to be woken.
#[derive(Default)]
#[must_use = "they sleep until they are woken"]
pub(crate) struct Woken {
    first: Option<Waker>,
    more: Vec<(u64, Waker)>,
}

impl Woken {
    /// Wakes them. A waker is the code of somebody's executor: one that panics harms nobody else.
    pub(crate) fn wake(self) {
        for waker in self.first.into_iter().chain(self.more.into_iter().map(|(_, waker)| waker)) {
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}
