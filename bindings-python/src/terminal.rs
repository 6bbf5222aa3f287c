//! A terminal.

use danmal_bridge::show;
use pyo3::prelude::*;

use crate::boundary::guard;
use crate::endpoint::Endpoint;
use crate::operation::Operation;
use crate::watch::{Watch, Watcher};

/// A connected terminal, or one that is being connected.
#[pyclass(frozen, module = "danmal._native")]
pub(crate) struct Terminal(danmal::Terminal);

#[pymethods]
impl Terminal {
    /// Opens a terminal at an address with options as JSON, or over a caller's own transport. Returns at once.
    #[new]
    #[pyo3(signature = (address, options, endpoint = None))]
    fn open(py: Python<'_>, address: &str, options: &str, endpoint: Option<Endpoint>) -> PyResult<Self> {
        let endpoint = endpoint.map(|endpoint| endpoint.into_core(address));
        guard(|| py.detach(|| danmal_bridge::open(address, endpoint, options))).map(Self)
    }

    /// Begins an operation by the call's name, with a request as JSON.
    fn begin(&self, call: &str, request: &str) -> PyResult<Operation> {
        guard(|| danmal_bridge::begin(&self.0, call, request)).map(Operation)
    }

    /// Asks by the call's name, with a request as JSON.
    #[pyo3(signature = (call, request, watcher = None))]
    fn ask(&self, call: &str, request: &str, watcher: Watcher<'_>) -> PyResult<Watch> {
        let answer = guard(|| danmal_bridge::ask(&self.0, call, request))?;
        Ok(Watch::new(&watcher, |wakeups| danmal_bridge::Watch::answer(wakeups, answer)))
    }

    /// Watches the terminal's events.
    #[pyo3(signature = (watcher = None))]
    fn events(&self, watcher: Watcher<'_>) -> Watch {
        Watch::new(&watcher, |wakeups| danmal_bridge::Watch::events(wakeups, self.0.events()))
    }

    /// How it stands, as JSON.
    fn status(&self) -> PyResult<String> {
        guard(|| Ok(show::status(&self.0.status())))
    }

    /// What is known of it, as JSON.
    fn capabilities(&self) -> PyResult<String> {
        guard(|| Ok(show::capabilities(&self.0.capabilities())))
    }

    /// Its canonical key.
    #[getter]
    fn key(&self) -> &str {
        self.0.key()
    }

    /// The file of its journal; None in memory, and while it is not open.
    #[getter]
    fn journal(&self) -> Option<String> {
        let journal = self.0.journal()?;
        journal.path().map(|path| path.to_string_lossy().into_owned())
    }

    /// The operations without an end. It may wait for the journal, without holding the interpreter.
    fn pending(&self, py: Python<'_>) -> PyResult<Vec<Operation>> {
        let found = guard(|| Ok(py.detach(|| self.0.pending())))?;
        Ok(found.into_iter().map(Operation).collect())
    }

    /// Asks the terminal again about what is unresolved.
    fn recover(&self, py: Python<'_>) -> PyResult<Vec<Operation>> {
        let found = guard(|| py.detach(|| self.0.recover()))?;
        Ok(found.into_iter().map(Operation).collect())
    }

    /// What the journal knows of it, as JSON.
    fn history(&self, py: Python<'_>, wanted: &str) -> PyResult<String> {
        guard(|| py.detach(|| danmal_bridge::history(&self.0, wanted)))
    }
}
