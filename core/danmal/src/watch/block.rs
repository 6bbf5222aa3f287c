//! Waiting without an executor.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

thread_local! {
    static WAKER: Waker = Waker::from(Arc::new(Unpark(thread::current())));
}

thread_local! {
    static PROMPT: Cell<bool> = const { Cell::new(false) };
}

/// Polls futures and streams of danmal's with a waker that may be called on danmal's own threads: it takes no lock
/// that anybody holds for long, and returns at once. Any other waker is called on a thread kept for it, which costs
/// a payment some microseconds. For bindings, whose wakers ring an event loop and do nothing else.
pub fn promptly<T>(poll: impl FnOnce() -> T) -> T {
    struct Before(bool);

    impl Drop for Before {
        fn drop(&mut self) {
            PROMPT.set(self.0);
        }
    }

    let _before = Before(PROMPT.replace(true));
    poll()
}

/// Whether a waker takes no time: that of this thread's own blocking wait, or one whose caller says so. No other
/// waker that lives has the address of the first.
pub(super) fn is_prompt(waker: &Waker) -> bool {
    PROMPT.get() || WAKER.try_with(|own| std::ptr::eq(own.data(), waker.data())).unwrap_or(false)
}

/// Runs a future on this thread until it is done: for a program without an executor. The futures of danmal need
/// none, and no clock either.
///
/// ```
/// # use danmal::{Options, Sale, Terminal, block_on};
/// # let folder = std::env::temp_dir().join(format!("danmal-block-{}", std::process::id()));
/// let terminal = Terminal::open("simulator:", Options::new().folder(&folder).time_scale(0.02))?;
/// let outcome = block_on(terminal.approve(Sale::won(3_000))?);
/// assert_eq!(outcome.name(), "approved");
/// # block_on(terminal.close());
/// # Ok::<_, danmal::Error>(())
/// ```
pub fn block_on<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    let waker = WAKER.with(Waker::clone);
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        thread::park();
    }
}

/// Runs a future on this thread until it is done, or until then; for ever where there is no such moment.
pub(crate) fn block_until<F: Future>(future: F, until: Option<Instant>) -> Option<F::Output> {
    let Some(until) = until else { return Some(block_on(future)) };
    let mut future = pin!(future);
    let waker = WAKER.with(Waker::clone);
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::thread::ThreadId;

    use super::*;
    use crate::watch::{Once, Wait};

    struct Tells(Sender<ThreadId>);

    impl Wake for Tells {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(thread::current().id());
        }
    }

    /// On which thread a task is woken that was polled so.
    fn woken_on(poll: impl FnOnce(&mut Wait<()>, &mut Context<'_>)) -> ThreadId {
        let (send, receive) = channel();
        let once = Arc::new(Once::new());
        let mut wait = Wait::new(once.clone());
        poll(&mut wait, &mut Context::from_waker(&Waker::from(Arc::new(Tells(send)))));
        once.settle(());
        receive.recv().unwrap()
    }

    #[test]
    fn a_prompt_waker_is_called_where_the_news_is_and_any_other_elsewhere() {
        let here = thread::current().id();
        assert_eq!(woken_on(|wait, cx| promptly(|| assert!(pin!(wait).poll(cx).is_pending()))), here);
        assert_ne!(woken_on(|wait, cx| assert!(pin!(wait).poll(cx).is_pending())), here);
    }
}
