//! Where Python ends and danmal begins: refusals become exceptions, and a panic ends here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use danmal::{Error, ErrorCode};
use danmal_bridge::show;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// `danmal.errors.of_json`, which knows the exception of each code.
static EXCEPTION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A refusal as the package's own exception.
pub(crate) fn refusal(py: Python<'_>, error: &Error) -> PyErr {
    let exception = EXCEPTION
        .get_or_try_init(py, || Ok::<_, PyErr>(py.import("danmal.errors")?.getattr("of_json")?.unbind()))
        .and_then(|make| make.bind(py).call1((show::error(error),)));
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// Runs what may be refused. A panic of danmal's is a refusal too, and never ends the interpreter.
pub(crate) fn guard<T>(py: Python<'_>, call: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refusal(py, &error)),
        Err(_) => Err(refusal(py, &fault())),
    }
}

fn fault() -> Error {
    Error::new(ErrorCode::Internal, "a fault inside danmal", "see status(), and report it with the log")
}
