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

/// Whether a waker may be used on the driver's thread: that of this thread's own blocking wait, which no other waker
/// that lives shares its address with, and one that is prompt.
pub(super) fn is_own(waker: &Waker) -> bool {
    PROMPT.try_with(Cell::get).unwrap_or(false)
        || WAKER.try_with(|own| std::ptr::eq(own.data(), waker.data())).unwrap_or(false)
}

thread_local! {
    static PROMPT: Cell<bool> = const { Cell::new(false) };
}

/// Polls futures of danmal's with a waker that only notes that something may be ready, and returns: it takes no lock
/// that anybody holds for long and asks for no interpreter. It is used on the driver's thread, where another would
/// hold every terminal up; a hop to another thread is saved. For the bridge of the bindings.
#[doc(hidden)]
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
