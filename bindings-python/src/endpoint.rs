//! A transport that a user writes in Python, as danmal uses it: on a thread of danmal's own.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use danmal::{Close, Connect, Line, Transport};
use pyo3::exceptions::{PyBlockingIOError, PyTimeoutError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The longest words of a connection's failure that a cashier is shown, in characters.
const LONGEST: usize = 120;

/// A place that is reached through Python: what makes connections, whether it is a serial line, and whether a
/// simulator stands there.
#[derive(FromPyObject)]
pub(crate) struct Endpoint(Py<PyAny>, bool, bool);

impl Endpoint {
    /// The place under its key.
    pub(crate) fn into_core(self, key: &str) -> danmal::Endpoint {
        let Self(connect, serial, simulated) = self;
        let line = if serial { Line::Serial } else { Line::Stream };
        danmal::Endpoint::new(key, Connector(connect)).line(line).simulated(simulated)
    }
}

/// Python code that threads of danmal run just now, until the interpreter ends.
struct Running {
    count: usize,
    ending: bool,
}

static RUNNING: Mutex<Running> = Mutex::new(Running { count: 0, ending: false });
static FEWER: Condvar = Condvar::new();

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One piece of Python code on a thread of danmal's.
struct Turn;

impl Turn {
    fn take() -> Option<Self> {
        let mut running = running();
        if running.ending {
            return None;
        }
        running.count += 1;
        Some(Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        running().count -= 1;
        FEWER.notify_all();
    }
}

/// Ends the use of transports, before the interpreter ends: none is called any more, and this waits for those that
/// run, at most so many seconds. An interpreter that has ended would exit their threads under Rust's feet.
#[pyfunction]
pub(crate) fn end_transports(py: Python<'_>, seconds: f64) {
    let patience = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO);
    py.detach(|| {
        let mut running = running();
        running.ending = true;
        let _ = FEWER.wait_timeout_while(running, patience, |running| running.count > 0);
    });
}

/// Runs Python code. An interpreter that is ending runs none, and says so as the end of the connection.
fn in_python<T>(call: impl FnOnce(Python<'_>) -> PyResult<T>) -> io::Result<T> {
    let ended = || io::Error::new(io::ErrorKind::NotConnected, "the interpreter is ending");
    let _turn = Turn::take().ok_or_else(ended)?;
    Python::try_attach(|py| call(py).map_err(|error| in_words(py, &error))).unwrap_or_else(|| Err(ended()))
}

/// What Python raised. Patience has a kind of its own.
fn in_words(py: Python<'_>, error: &PyErr) -> io::Error {
    if error.is_instance_of::<PyTimeoutError>(py) || error.is_instance_of::<PyBlockingIOError>(py) {
        return io::ErrorKind::TimedOut.into();
    }
    let name = error.get_type(py).name().map(|name| name.to_string()).unwrap_or_default();
    let words = error.value(py).to_string();
    let text: String = format!("{name}: {words}").chars().take(LONGEST).collect();
    io::Error::other(text)
}

struct Connector(Py<PyAny>);

impl Connect for Connector {
    fn connect(&mut self, timeout: Duration) -> io::Result<Box<dyn Transport>> {
        in_python(|py| {
            let transport = self.0.call1(py, (timeout.as_secs_f64(),))?;
            Ok(Box::new(Connection(Arc::new(Closer(transport)))) as Box<dyn Transport>)
        })
    }
}

struct Connection(Arc<Closer>);

impl Transport for Connection {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        in_python(|py| {
            let read = self.0.0.call_method1(py, "read", (buffer.len(), timeout.as_secs_f64()))?;
            if read.is_none(py) {
                return Err(PyTimeoutError::new_err(()));
            }
            let bytes = read.extract::<Vec<u8>>(py)?;
            let taken = buffer
                .get_mut(..bytes.len())
                .ok_or_else(|| pyo3::exceptions::PyValueError::new_err("more was read than was asked for"))?;
            taken.copy_from_slice(&bytes);
            Ok(bytes.len())
        })
    }

    fn write(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<usize> {
        in_python(|py| {
            let bytes = PyBytes::new(py, bytes);
            self.0.0.call_method1(py, "write", (bytes, timeout.as_secs_f64()))?.extract::<usize>(py)
        })
    }

    fn closer(&mut self) -> Arc<dyn Close> {
        self.0.clone()
    }
}

/// However it is let go of, it is closed.
impl Drop for Connection {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct Closer(Py<PyAny>);

impl Close for Closer {
    fn close(&self) {
        let _ = in_python(|py| {
            if let Err(error) = self.0.call_method0(py, "close") {
                // Nobody waits for it: it is told as what a finaliser raises.
                error.write_unraisable(py, Some(self.0.bind(py)));
            }
            Ok(())
        });
    }
}
