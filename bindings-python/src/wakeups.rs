//! How an event loop or a thread is woken.

use std::io;
#[cfg(unix)]
use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;

/// Which watches may be ready. One serves an event loop.
///
/// Whoever becomes ready writes one byte into a socket pair without asking for the interpreter, so a loop that
/// watches descriptors is woken without a thread between.
#[pyclass(frozen, module = "danmal._native")]
pub(crate) struct Wakeups {
    wakeups: Arc<danmal_bridge::Wakeups>,
    line: Line,
}

enum Line {
    #[cfg(unix)]
    Socket(std::os::unix::net::UnixStream),
    Bell(Arc<Bell>),
}

#[pymethods]
impl Wakeups {
    /// For a loop with `add_reader`.
    #[staticmethod]
    #[cfg(unix)]
    fn socket() -> PyResult<Self> {
        let (read, write) = std::os::unix::net::UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        let ring = move || {
            // A full socket has a byte in it already.
            let _ = (&write).write(&[1]);
        };
        Ok(Self { wakeups: danmal_bridge::Wakeups::new(ring), line: Line::Socket(read) })
    }

    /// For a loop with `add_reader`, which this system has not.
    #[staticmethod]
    #[cfg(not(unix))]
    fn socket() -> PyResult<Self> {
        Err(PyNotImplementedError::new_err("this system's loops are woken by a thread"))
    }

    /// For a loop that a thread wakes, which waits here.
    #[staticmethod]
    fn bell() -> Self {
        let bell = Arc::new(Bell::default());
        let ring = bell.clone();
        Self { wakeups: danmal_bridge::Wakeups::new(move || ring.ring()), line: Line::Bell(bell) }
    }

    /// The descriptor that becomes readable.
    fn fileno(&self) -> PyResult<i32> {
        match &self.line {
            #[cfg(unix)]
            Line::Socket(read) => Ok(std::os::fd::AsRawFd::as_raw_fd(read)),
            Line::Bell(_) => Err(PyNotImplementedError::new_err("it has no descriptor")),
        }
    }

    /// Waits until it rings, at most so many seconds, without holding the interpreter. Returns at once where it
    /// has a descriptor.
    fn wait(&self, py: Python<'_>, seconds: f64) {
        if let Line::Bell(bell) = &self.line {
            let patience = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO);
            py.detach(|| bell.wait(patience));
        }
    }

    /// Rings it: whoever waits looks again.
    fn ring(&self) {
        if let Line::Bell(bell) = &self.line {
            bell.ring();
        }
    }

    /// The numbers of the watches that may be ready.
    fn take(&self) -> PyResult<Vec<u64>> {
        match &self.line {
            #[cfg(unix)]
            Line::Socket(read) => drain(read)?,
            Line::Bell(_) => {}
        }
        Ok(self.wakeups.take())
    }
}

impl Wakeups {
    /// One that says in its own way that something may be ready.
    #[cfg(feature = "torture")]
    pub(crate) fn ringing(ring: impl Fn() + Send + Sync + 'static) -> PyResult<Self> {
        Ok(Self { wakeups: danmal_bridge::Wakeups::new(ring), line: Line::Bell(Arc::default()) })
    }

    pub(crate) fn inner(&self) -> &Arc<danmal_bridge::Wakeups> {
        &self.wakeups
    }
}

#[cfg(unix)]
fn drain(mut read: &std::os::unix::net::UnixStream) -> io::Result<()> {
    let mut bytes = [0; 64];
    match read.read(&mut bytes) {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// A bell that remembers that it rang.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Bell {
    pub(crate) fn ring(&self) {
        *self.rung() = true;
        self.heard.notify_all();
    }

    /// Waits until it rings, at most so long.
    pub(crate) fn wait(&self, patience: Duration) {
        let mut rung = self.rung();
        if !*rung {
            rung = self.heard.wait_timeout(rung, patience).unwrap_or_else(PoisonError::into_inner).0;
        }
        *rung = false;
    }

    fn rung(&self) -> MutexGuard<'_, bool> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
