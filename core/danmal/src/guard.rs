//! Foreign code that is called on threads of danmal's own: a log's subscriber, a waker, a caller's transport.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls what may be foreign code. None where it panicked: what it threw is left lying, since dropping it is
/// foreign code too.
pub(crate) fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).map_err(std::mem::forget).ok()
}

/// Writes to the log. A subscriber that panics costs a line, not a payment.
pub(crate) fn log(write: impl FnOnce()) {
    let _ = guarded(write);
}
