//! The event loop of one JavaScript environment: a thread of Node's, a worker.

use std::sync::Arc;
use std::task::Poll;

use danmal_bridge::{Wakeups, Watch, doctor};
use napi::bindgen_prelude::{Either3, Function, Null, Result, Undefined};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::alive::Alive;
use crate::or_thrown;

/// Wakes one event loop.
#[napi]
pub struct NativeLoop {
    pub(crate) wakeups: Arc<Wakeups>,
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
        Ok(Self { wakeups })
    }

    /// The watches that may be ready.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Vec<f64> {
        // Numbers of watches count from 1, and stay below 2^53 for longer than any process lives.
        self.wakeups.take().into_iter().map(|id| id as f64).collect()
    }

    /// What stands at an address.
    #[napi(catch_unwind)]
    pub fn doctor(&self, address: String, options: String) -> Result<NativeWatch> {
        or_thrown(doctor(&address, &options))
            .map(|answer| NativeWatch::of(Watch::answer(&self.wakeups, answer)))
    }
}

/// Something that is waited for.
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
        self.0.id() as f64
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
