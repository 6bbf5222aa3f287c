//! Faults on command, for tests of the boundary. No package has this: it is searched for the word `torture`.

use danmal_bridge::Watch;
use napi::bindgen_prelude::Result;
use napi_derive::napi;

use crate::alive::Alive;
use crate::or_thrown;
use crate::terminal::NativeTerminal;
use crate::wakeups::{Awaited, NativeLoop};

/// A call in which danmal panics.
#[napi(catch_unwind)]
pub fn torture_call() {
    panic!("torture: a call");
}

/// Something to wait for, in which danmal panics when somebody has looked so often.
#[napi(catch_unwind)]
pub fn torture_watch(by: &NativeLoop, looks: u32) -> Result<Awaited> {
    let mut left = looks;
    by.wait(Watch::answer(
        &by.wakeups,
        std::future::poll_fn(move |cx| {
            assert!(left > 0, "torture: a watch");
            left -= 1;
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        }),
    ))
}

/// Lets danmal fail in the middle of whatever it does at this terminal.
#[napi(catch_unwind)]
pub fn torture_fault(terminal: &NativeTerminal) -> Result<()> {
    or_thrown(terminal.opened()?.torture_fault())
}

/// How many objects JavaScript holds.
#[napi(catch_unwind)]
pub fn torture_alive() -> u32 {
    u32::try_from(Alive::count()).unwrap_or(u32::MAX)
}
