//! A terminal.

use danmal::{Amounts, Labels, Sale};
use danmal_bridge::show;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

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

    /// Begins a card sale of plain numbers and text; None where they are none, and a refusal must say which.
    #[allow(clippy::too_many_arguments, reason = "the parts of a sale, by their places")]
    fn approve(
        &self,
        amount: &Bound<'_, PyAny>,
        tax: &Bound<'_, PyAny>,
        tip: &Bound<'_, PyAny>,
        tax_free: &Bound<'_, PyAny>,
        installment: &Bound<'_, PyAny>,
        order: &Bound<'_, PyAny>,
        key: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Operation>> {
        let (Some(amount), Some(tax), Some(tip), Some(tax_free)) =
            (won(amount), won(tax), won(tip), won(tax_free))
        else {
            return Ok(None);
        };
        let (Some(months), Some(order), Some(key)) =
            (won(installment).and_then(|months| u8::try_from(months).ok()), label(order), label(key))
        else {
            return Ok(None);
        };
        let sale = Sale {
            amounts: Amounts { amount, tax, tip, tax_free },
            installment: months,
            labels: Labels { order, key },
        };
        guard(|| self.0.approve(sale)).map(|operation| Some(Operation(operation)))
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

#[cfg(feature = "torture")]
impl Terminal {
    pub(crate) const fn core(&self) -> &danmal::Terminal {
        &self.0
    }
}

/// A whole number. True and False are none.
fn won(value: &Bound<'_, PyAny>) -> Option<i64> {
    value.is_exact_instance_of::<PyInt>().then(|| value.extract().ok()).flatten()
}

/// Text that can leave Python, or nothing.
#[allow(clippy::option_option, reason = "none is a label too")]
fn label(value: &Bound<'_, PyAny>) -> Option<Option<String>> {
    if value.is_none() {
        return Some(None);
    }
    value.is_exact_instance_of::<PyString>().then(|| value.extract().ok()).flatten().map(Some)
}
