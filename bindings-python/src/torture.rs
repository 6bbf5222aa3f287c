//! Faults on command, for tests of the boundary. No wheel has this: it is searched for the word `torture`.

use std::pin::Pin;
use std::task::{Context, Poll};

use danmal::Error;
use pyo3::prelude::*;

use crate::boundary::guard;
use crate::terminal::Terminal;
use crate::wakeups::Wakeups;
use crate::watch::{Watch, Watcher};

/// A payload that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("torture: a payload");
        }
    }
}

/// A call in which danmal panics, with words or with something worse.
#[pyfunction]
pub(crate) fn torture_call(worse: bool) -> PyResult<()> {
    guard(|| {
        if worse {
            std::panic::panic_any(Bomb);
        }
        panic!("torture: a call")
    })
}

/// Something to wait for, in which danmal panics as soon as somebody looks.
#[pyfunction]
#[pyo3(signature = (watcher = None))]
pub(crate) fn torture_watch(watcher: Watcher<'_>) -> Watch {
    struct Panics;

    impl Future for Panics {
        type Output = Result<String, Error>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            panic!("torture: a watch")
        }
    }

    Watch::new(&watcher, |wakeups| danmal_bridge::Watch::answer(wakeups, Panics))
}

/// What wakes a loop, and panics instead.
#[pyfunction]
pub(crate) fn torture_wakeups() -> PyResult<Wakeups> {
    Wakeups::ringing(|| panic!("torture: a ring"))
}

/// Lets danmal fail in the middle of whatever it does at this terminal.
#[pyfunction]
pub(crate) fn torture_fault(terminal: &Terminal) -> PyResult<()> {
    guard(|| terminal.core().torture_fault())
}
