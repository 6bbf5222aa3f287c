//! A forked child holds nothing: no socket, no lock, no thread of its parent's.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use danmal_model::{Error, ErrorCode};

/// The process that uses danmal; 0 before the first use.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Takes this process for the one that uses danmal, if no other does.
///
/// # Errors
/// [`ErrorCode::Forked`]: this process is a child of the one that does.
pub(crate) fn check() -> Result<(), Error> {
    let me = process::id();
    match OWNER.compare_exchange(0, me, Ordering::Relaxed, Ordering::Relaxed) {
        Err(owner) if owner != me => Err(refused()),
        _ => Ok(()),
    }
}

/// The refusal, where this process is a child of the one that uses danmal.
pub(crate) fn is_child() -> Option<Error> {
    let owner = OWNER.load(Ordering::Relaxed);
    (owner != 0 && owner != process::id()).then(refused)
}

fn refused() -> Error {
    Error::new(
        ErrorCode::Forked,
        "this process was forked from the one that uses danmal",
        "use danmal in the parent, or for the first time after the fork",
    )
}
