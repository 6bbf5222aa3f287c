//! Where Python ends and danmal begins: refusals become exceptions, and a panic ends here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use danmal::{Error, ErrorCode};
use danmal_bridge::show;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    danmal._native,
    Refusal,
    PyException,
    "A refusal as JSON. The package makes its own exception of it, and shows this one to nobody."
);

/// A refusal. It is made without running any of Python's code: see `told` in `danmal/errors.py`.
pub(crate) fn refusal(error: &Error) -> PyErr {
    Refusal::new_err(show::error(error))
}

/// Runs what may be refused. A panic of danmal's is a refusal too, and never ends the interpreter.
pub(crate) fn guard<T>(call: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refusal(&error)),
        Err(payload) => {
            // What a panic carries may panic when it is dropped.
            std::mem::forget(payload);
            Err(refusal(&fault()))
        }
    }
}

fn fault() -> Error {
    Error::new(ErrorCode::Internal, "a fault inside danmal", "see status(), and report it with the log")
}
