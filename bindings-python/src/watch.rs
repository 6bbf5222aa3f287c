//! Something that is waited for.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use danmal::Error;
use pyo3::prelude::*;

use crate::boundary::{guard, refusal};
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
            return Self { watch: make(wakeups.inner()), own: None };
        }
        let bell = Arc::new(Bell::default());
        let ring = bell.clone();
        let wakeups = danmal_bridge::Wakeups::new(move || ring.ring());
        Self { watch: make(&wakeups), own: Some((wakeups, bell)) }
    }

    fn look(&self) -> PyResult<Option<String>> {
        let polled = guard(|| Ok::<_, Error>(self.watch.poll()))?;
        match polled {
            Poll::Pending => Ok(None),
            Poll::Ready(None) => Ok(Some(OVER.to_owned())),
            Poll::Ready(Some(Ok(record))) => Ok(Some(record)),
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

    /// What is there as JSON, empty after the last; None where nothing is there yet.
    fn poll(&self) -> PyResult<Option<String>> {
        self.look()
    }

    /// As `poll`, waiting at most so many seconds, for ever where None. It lets other threads run, and a signal's
    /// handler too: what that raises is raised here.
    #[pyo3(signature = (seconds = None))]
    fn wait(&self, py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<String>> {
        let patience = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
        let until = patience.and_then(|patience| Instant::now().checked_add(patience));
        loop {
            if let Some(found) = self.look()? {
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
