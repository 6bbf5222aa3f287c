//! One thread of the library for all terminals of the process: sockets, the clock, the watchers.

mod link;
mod mailbox;
mod opening;
mod session;
mod worker;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use danmal_model::{Error, ErrorCode};
use danmal_protocol::Now;
use tokio::runtime::{Builder, Handle};

pub(crate) use mailbox::{Answer, Command, Done, Gone, Learnt, Mailbox};
pub(crate) use opening::{Opening, Place};

use crate::fork;
use crate::watch::{Once, Wait};

/// The thread.
struct Driver {
    runtime: Handle,
    clock: Clock,
}

/// What time it is for every session of the process.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn now(self) -> Now {
        Now { mono: self.start.elapsed(), wall: jiff::Timestamp::now() }
    }

    fn mono(self) -> Duration {
        self.start.elapsed()
    }

    fn at(self, moment: Duration) -> tokio::time::Instant {
        (self.start + moment).into()
    }
}

fn driver() -> Result<&'static Driver, Error> {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    fork::check()?;
    if let Some(driver) = DRIVER.get() {
        return Ok(driver);
    }
    let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(driver) = DRIVER.get() {
        return Ok(driver);
    }
    let fault = |error: std::io::Error| {
        Error::new(
            ErrorCode::Internal,
            format!("the driver thread cannot start: {error}"),
            "free threads, descriptors or memory, then connect again",
        )
    };
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // Names are looked up on threads of their own; a till has few of them.
        .max_blocking_threads(4)
        .thread_name("danmal-names")
        .build()
        .map_err(fault)?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("danmal".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .map_err(fault)?;
    Ok(DRIVER.get_or_init(|| Driver { runtime: handle, clock: Clock { start: Instant::now() } }))
}

/// Starts the worker of a terminal on the driver's thread. What it needs is taken at once where that costs no
/// waiting.
///
/// # Errors
/// A forked process; no thread.
pub(crate) fn start(opening: impl FnOnce(Clock) -> Opening) -> Result<(), Error> {
    let driver = driver()?;
    let opening = opening(driver.clock);
    driver.runtime.spawn(worker::Worker::new(opening, driver.clock));
    Ok(())
}

/// Waits on the driver's clock: whether something settled in so long.
///
/// # Errors
/// A forked process; no thread.
pub(crate) fn within(limit: Duration, wait: Wait<()>) -> Result<Wait<bool>, Error> {
    let settled = Arc::new(Once::new());
    let told = settled.clone();
    driver()?.runtime.spawn(async move {
        told.settle(tokio::time::timeout(limit, wait).await.is_ok());
    });
    Ok(Wait::new(settled))
}
