//! The native half of danmal for Python. It is thin: it hands requests to the bridge as JSON, lets an event loop
//! or a thread watch, and turns a refusal into Python's exception. The idiom is in `python/danmal`.

mod boundary;
mod calls;
mod endpoint;
mod logs;
mod operation;
mod records;
mod terminal;
#[cfg(feature = "torture")]
mod torture;
mod wakeups;
mod watch;

use pyo3::exceptions::PyImportError;
use pyo3::ffi::{PyInterpreterState_Get, PyInterpreterState_GetID};
use pyo3::prelude::*;

/// The native half of danmal: see the package's own modules for what to call.
#[pymodule]
mod _native {
    use super::{Bound, PyModule, PyResult};

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::refuse_sub_interpreters()
    }

    #[pymodule_export]
    use crate::boundary::Refusal;
    #[pymodule_export]
    use crate::calls::{
        data_folder, doctor, paper, preview_svg, preview_text, serial_ports, split_vat, version,
    };
    #[pymodule_export]
    use crate::endpoint::end_transports;
    #[pymodule_export]
    use crate::logs::{next_log, set_log_level, stop_logs};
    #[pymodule_export]
    use crate::operation::Operation;
    #[pymodule_export]
    use crate::terminal::Terminal;
    #[cfg(feature = "torture")]
    #[pymodule_export]
    use crate::torture::{torture_call, torture_fault, torture_wakeups, torture_watch};
    #[pymodule_export]
    use crate::wakeups::Wakeups;
    #[pymodule_export]
    use crate::watch::Watch;
}

/// Objects of one interpreter must not reach another, and what is cached here is shared by all.
#[allow(unsafe_code, reason = "PyO3 has no safe name for the interpreter's number")]
fn refuse_sub_interpreters() -> PyResult<()> {
    // SAFETY: the module is being imported, so this thread is attached to an interpreter, which is the current one.
    let number = unsafe { PyInterpreterState_GetID(PyInterpreterState_Get()) };
    if number == 0 {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "danmal runs in the main interpreter alone: use it there, not in a sub-interpreter",
    ))
}
