//! Something that is waited for.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use danmal::{Error, Operation};
use pyo3::prelude::*;

use crate::boundary::{guard, refusal};
use crate::records;
use crate::wakeups::{Bell, Wakeups};

/// How long a thread waits before it looks whether a signal came, and lets Python handle it.
const SLICE: Duration = Duration::from_millis(50);

/// What says that no more comes. No record is empty.
const OVER: &str = "";

/// An outcome, a resolution, an answer, or events one after the other. Dropping it stops nothing but the watching.
#[pyclass(frozen, module = "danmal._native")]
pub(crate) struct Watch {
    watch: danmal_bridge::Watch,
    /// Of a thread that waits by itself.
    own: Option<(Arc<danmal_bridge::Wakeups>, Arc<Bell>)>,
    /// The operation whose outcome is waited for: it is asked for it once it has settled.
    settles: Option<Operation>,
}

/// Who is told that it may be ready: an event loop, or the thread that waits.
pub(crate) type Watcher<'py> = Option<PyRef<'py, Wakeups>>;

impl Watch {
    /// Makes it for an event loop, or for a thread that waits by itself.
    pub(crate) fn new(
        watcher: &Watcher<'_>,
        make: impl FnOnce(&Arc<danmal_bridge::Wakeups>) -> danmal_bridge::Watch,
    ) -> Self {
        if let Some(wakeups) = watcher {
            return Self { watch: make(wakeups.inner()), own: None, settles: None };
        }
        let bell = Arc::new(Bell::default());
        let ring = bell.clone();
        let wakeups = danmal_bridge::Wakeups::new(move || ring.ring());
        Self { watch: make(&wakeups), own: Some((wakeups, bell)), settles: None }
    }

    /// Waits for an operation's outcome.
    pub(crate) fn outcome(watcher: &Watcher<'_>, operation: &Operation) -> Self {
        let settled = operation.outcome();
        let watch = Self::new(watcher, |wakeups| {
            danmal_bridge::Watch::answer(wakeups, async move {
                settled.await;
                Ok(String::new())
            })
        });
        Self { settles: Some(operation.clone()), ..watch }
    }

    fn look<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let polled = guard(|| Ok::<_, Error>(self.watch.poll()))?;
        match polled {
            Poll::Pending => Ok(None),
            Poll::Ready(None) => Ok(Some(OVER.into_pyobject(py)?.into_any())),
            Poll::Ready(Some(Ok(record))) => match self.settles.as_ref().and_then(Operation::try_outcome) {
                Some(outcome) => records::outcome(py, &outcome).map(Some),
                None => Ok(Some(record.into_pyobject(py)?.into_any())),
            },
            Poll::Ready(Some(Err(error))) => Err(refusal(&error)),
        }
    }
}

#[pymethods]
impl Watch {
    /// Its number among those that an event loop is told.
    #[getter]
    fn id(&self) -> u64 {
        self.watch.id()
    }

    /// What is there: JSON, empty after the last, or a record; None where nothing is there yet.
    fn poll<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.look(py)
    }

    /// As `poll`, waiting at most so many seconds, for ever where None. It lets other threads run, and a signal's
    /// handler too: what that raises is raised here.
    #[pyo3(signature = (seconds = None))]
    fn wait<'py>(&self, py: Python<'py>, seconds: Option<f64>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let patience = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
        let until = patience.and_then(|patience| Instant::now().checked_add(patience));
        loop {
            if let Some(found) = self.look(py)? {
                return Ok(Some(found));
            }
            let left = until.map_or(SLICE, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(None);
            }
            let slice = left.min(SLICE);
            py.detach(|| match &self.own {
                Some((wakeups, bell)) => {
                    bell.wait(slice);
                    let _ = wakeups.take();
                }
                None => std::thread::sleep(slice),
            });
            py.check_signals()?;
        }
    }

    /// Ends the watching.
    fn end(&self, py: Python<'_>) {
        // What is dropped may be the last hold on a terminal.
        py.detach(|| self.watch.end());
    }
}
