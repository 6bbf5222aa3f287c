//! The native half of danmal for Python. It is thin: it hands requests to the bridge as JSON, lets an event loop
//! or a thread watch, and turns a refusal into Python's exception. The idiom is in `python/danmal`.

mod boundary;
mod calls;
mod endpoint;
mod logs;
mod operation;
mod terminal;
mod wakeups;
mod watch;

use pyo3::pymodule;

/// The native half of danmal: see the package's own modules for what to call.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::calls::{
        data_folder, doctor, paper, preview_svg, preview_text, serial_ports, split_vat, version,
    };
    #[pymodule_export]
    use crate::logs::{next_log, set_log_level, stop_logs};
    #[pymodule_export]
    use crate::operation::Operation;
    #[pymodule_export]
    use crate::terminal::Terminal;
    #[pymodule_export]
    use crate::wakeups::Wakeups;
    #[pymodule_export]
    use crate::watch::Watch;
}
