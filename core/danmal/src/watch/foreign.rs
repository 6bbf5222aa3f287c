//! Waking tasks of other executors, on threads of their own: a waker that does not return, because a lock of its
//! program is held or its language's interpreter is busy, must not stop the terminals.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use crate::guard::guarded;

/// So many wakers may hang before the next one waits.
const THREADS: usize = 16;
/// A thread that nobody needed for so long ends, unless it is the last.
const IDLE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct State {
    waiting: VecDeque<Waker>,
    threads: usize,
    idle: usize,
}

static STATE: Mutex<State> = Mutex::new(State { waiting: VecDeque::new(), threads: 0, idle: 0 });
static CALLED: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes a task soon, on another thread.
pub(super) fn wake_elsewhere(waker: Waker) {
    let mut state = lock();
    state.waiting.push_back(waker);
    if state.threads == 0 {
        if let Err(state) = start(state) {
            // No thread can be had: late is better than never.
            wake_waiting(state);
        }
        return;
    }
    drop(state);
    CALLED.notify_one();
}

/// Starts a thread; gives the state back where there is none.
fn start(mut state: MutexGuard<'static, State>) -> Result<(), MutexGuard<'static, State>> {
    state.threads += 1;
    drop(state);
    match std::thread::Builder::new().name("danmal-wake".to_owned()).spawn(serve) {
        Ok(_) => Ok(()),
        Err(_) => {
            let mut state = lock();
            state.threads -= 1;
            Err(state)
        }
    }
}

fn wake_waiting(mut state: MutexGuard<'static, State>) {
    while let Some(waker) = state.waiting.pop_front() {
        drop(state);
        let _ = guarded(|| waker.wake());
        state = lock();
    }
}

fn serve() {
    let mut state = lock();
    loop {
        if state.waiting.is_empty() {
            state.idle += 1;
            let (woken, patience) = match CALLED.wait_timeout(state, IDLE) {
                Ok(woken) => woken,
                Err(poisoned) => poisoned.into_inner(),
            };
            state = woken;
            state.idle -= 1;
            if patience.timed_out() && state.waiting.is_empty() && state.idle > 0 {
                state.threads -= 1;
                return;
            }
            continue;
        }
        if state.idle == 0 && state.threads < THREADS {
            // Somebody must be there for the next one, should this one not return.
            // Where there is no thread, the next one waits for this one.
            drop(start(state));
            state = lock();
        }
        if let Some(waker) = state.waiting.pop_front() {
            drop(state);
            let _ = guarded(|| waker.wake());
            state = lock();
        }
    }
}
