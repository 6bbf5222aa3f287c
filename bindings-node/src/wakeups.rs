//! The event loop of one JavaScript environment: a thread of Node's, a worker.

use std::collections::HashMap;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use danmal::{Error, ErrorCode};
use danmal_bridge::{Wakeups, Watch, doctor, show};
use napi::bindgen_prelude::{Either, Either3, Function, Null, Result, Undefined};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::alive::Alive;
use crate::or_thrown;

/// JSON in ASCII: V8 takes it as one byte a character, and finds the names of fields at once.
fn ascii(json: String) -> String {
    if json.is_ascii() {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 64);
    for letter in json.chars() {
        if letter.is_ascii() {
            escaped.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing into a text does not fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

/// JSON that is there already, or the number under which it will come.
pub(crate) type Awaited = Either<String, f64>;

/// Numbers of watches count from 1, and stay below 2^53 for longer than any process lives.
fn number(id: u64) -> f64 {
    id as f64
}

/// Wakes one event loop.
#[napi]
pub struct NativeLoop {
    pub(crate) wakeups: Arc<Wakeups>,
    /// What brings one thing. It needs no object in JavaScript.
    awaited: Mutex<HashMap<u64, (Watch, Alive)>>,
}

impl NativeLoop {
    fn awaited(&self) -> MutexGuard<'_, HashMap<u64, (Watch, Alive)>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the one thing that a watch brings.
    pub(crate) fn wait(&self, watch: Watch) -> Result<Awaited> {
        match look(&watch) {
            Some(found) => or_thrown(found).map(ascii).map(Either::A),
            None => {
                let id = watch.id();
                self.awaited().insert(id, (watch, Alive::new()));
                Ok(Either::B(number(id)))
            }
        }
    }
}

/// What a watch brings, if it is there. A panic in one costs none of the others.
fn look(watch: &Watch) -> Option<std::result::Result<String, Error>> {
    match catch_unwind(AssertUnwindSafe(|| watch.poll())) {
        Ok(Poll::Pending) => None,
        Ok(Poll::Ready(Some(found))) => Some(found),
        Ok(Poll::Ready(None)) => Some(Err(fault())),
        Err(payload) => {
            // To drop what was thrown is foreign code, too.
            std::mem::forget(payload);
            Some(Err(fault()))
        }
    }
}

fn fault() -> Error {
    let next = "connect again: the journal is read and the terminal is asked";
    Error::new(ErrorCode::Internal, "a fault inside danmal", next)
}

#[napi]
impl NativeLoop {
    /// `wake` is called, on the loop's own thread, when something may be ready. It does not keep the process
    /// alive: who waits for an outcome does that.
    #[napi(constructor, catch_unwind)]
    pub fn new(wake: Function<'_, (), ()>) -> Result<Self> {
        let wake = wake.build_threadsafe_function::<()>().weak::<true>().build()?;
        let wakeups = Wakeups::new(move || {
            // A loop that has ended is not woken any more.
            wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        });
        Ok(Self { wakeups, awaited: Mutex::default() })
    }

    /// What has become ready, as JSON: `[id, value]` of what was awaited, `[id, null, error]` where it failed,
    /// `[id]` of a watch that is to be looked at. Nothing where there is nothing.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Option<String> {
        let ready = self.wakeups.take();
        let mut found = String::new();
        let mut awaited = self.awaited();
        for id in ready {
            let news = match awaited.get(&id).map(|(watch, _)| look(watch)) {
                Some(None) => continue,
                Some(Some(Ok(value))) => format!("[{id},{value}]"),
                Some(Some(Err(error))) => format!("[{id},null,{}]", show::error(&error)),
                None => format!("[{id}]"),
            };
            awaited.remove(&id);
            found.push(if found.is_empty() { '[' } else { ',' });
            found.push_str(&news);
        }
        (!found.is_empty()).then(|| ascii(found + "]"))
    }

    /// What stands at an address.
    #[napi(catch_unwind)]
    pub fn doctor(&self, address: String, options: String) -> Result<Awaited> {
        self.wait(Watch::answer(&self.wakeups, or_thrown(doctor(&address, &options))?))
    }
}

/// Something that brings one thing after the other.
#[napi]
pub struct NativeWatch(Watch, Alive);

impl NativeWatch {
    pub(crate) fn of(watch: Watch) -> Self {
        Self(watch, Alive::new())
    }
}

#[napi]
impl NativeWatch {
    /// Its number.
    #[napi(getter, catch_unwind)]
    pub fn id(&self) -> f64 {
        number(self.0.id())
    }

    /// What is there, as JSON; `null` after the last; nothing where nothing is there yet.
    #[napi(catch_unwind, ts_return_type = "string | null | undefined")]
    pub fn poll(&self) -> Result<Either3<String, Null, Undefined>> {
        match self.0.poll() {
            Poll::Pending => Ok(Either3::C(())),
            Poll::Ready(None) => Ok(Either3::B(Null)),
            Poll::Ready(Some(result)) => or_thrown(result).map(Either3::A),
        }
    }

    /// Ends the watching, and nothing else.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        self.0.end();
    }
}
