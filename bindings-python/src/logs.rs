//! danmal's log on its way into Python's `logging`. It holds an allow-list: codes, lengths, ids, results, names of
//! states.

use std::collections::VecDeque;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The most lines that wait for Python. Of more the oldest are lost: a log never holds a payment up.
const LONGEST: usize = 4_096;

/// One line: Python's level, and what is said.
type Said = (u8, String);

#[derive(Default)]
struct Queue {
    lines: VecDeque<Said>,
    stopped: bool,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { lines: VecDeque::new(), stopped: false });
static FILLED: Condvar = Condvar::new();
/// The lowest of Python's levels that is wanted; nothing until it is set.
static LEVEL: AtomicU8 = AtomicU8::new(u8::MAX);

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

const fn in_python(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

/// Sets the lowest of Python's levels that is wanted.
#[pyfunction]
pub(crate) fn set_log_level(level: u8) {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // This library's own: no other part of the process has this copy of it.
        let _ = tracing::subscriber::set_global_default(Forward);
    });
    LEVEL.store(level, Ordering::Relaxed);
}

/// The next line, once there is one; None once they are stopped.
#[pyfunction]
pub(crate) fn next_log(py: Python<'_>) -> Option<Said> {
    py.detach(|| {
        let mut queue = queue();
        loop {
            if let Some(said) = queue.lines.pop_front() {
                return Some(said);
            }
            if queue.stopped {
                return None;
            }
            queue = FILLED.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    })
}

/// Ends the log: whoever waits for a line is told.
#[pyfunction]
pub(crate) fn stop_logs() {
    queue().stopped = true;
    FILLED.notify_all();
}

struct Forward;

impl Subscriber for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        in_python(*metadata.level()) >= LEVEL.load(Ordering::Relaxed)
            && metadata.target().starts_with("danmal")
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        // The level changes: it is asked each time.
        tracing::subscriber::Interest::sometimes()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let mut queue = queue();
        if queue.stopped {
            return;
        }
        if queue.lines.len() >= LONGEST {
            queue.lines.pop_front();
        }
        queue.lines.push_back((in_python(*event.metadata().level()), line.message + &line.fields));
        FILLED.notify_one();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}
