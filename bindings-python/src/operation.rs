//! A money operation.

use danmal_bridge::show;
use pyo3::prelude::*;

use crate::boundary::guard;
use crate::watch::{Watch, Watcher};

/// A money operation. It exists by itself: dropping it stops nothing.
#[pyclass(frozen, module = "danmal._native")]
pub(crate) struct Operation(pub(crate) danmal::Operation);

#[pymethods]
impl Operation {
    /// Its id: the ptxid on the wire.
    #[getter]
    fn id(&self) -> String {
        self.0.id().to_string()
    }

    /// What was asked, as JSON.
    fn show(&self) -> String {
        show::operation(&self.0)
    }

    /// Its outcome as JSON, if it has settled.
    fn try_outcome(&self) -> PyResult<Option<String>> {
        guard(|| Ok(self.0.try_outcome().as_ref().map(show::outcome)))
    }

    /// What became of it as JSON, if it is known.
    fn try_resolution(&self) -> PyResult<Option<String>> {
        guard(|| Ok(self.0.try_resolution().as_ref().map(show::resolution)))
    }

    /// Watches its outcome.
    #[pyo3(signature = (watcher = None))]
    fn outcome(&self, watcher: Watcher<'_>) -> Watch {
        Watch::outcome(&watcher, &self.0)
    }

    /// Watches what becomes of it in the end.
    #[pyo3(signature = (watcher = None))]
    fn resolution(&self, watcher: Watcher<'_>) -> Watch {
        Watch::new(&watcher, |wakeups| danmal_bridge::Watch::resolution(wakeups, &self.0))
    }

    /// Watches its events.
    #[pyo3(signature = (watcher = None))]
    fn events(&self, watcher: Watcher<'_>) -> Watch {
        Watch::new(&watcher, |wakeups| danmal_bridge::Watch::events(wakeups, self.0.events()))
    }

    /// Asks the terminal to stop.
    fn request_cancel(&self) -> PyResult<()> {
        guard(|| {
            self.0.request_cancel();
            Ok(())
        })
    }
}
