//! One thread of the library for all terminals of the process: sockets, the clock, the watchers.

mod worker;

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use danmal_model::{Error, ErrorCode, Verdict};
use danmal_protocol::{CommitId, Order};
use danmal_wire::{Request, Response};
use tokio::sync::{mpsc, oneshot};

pub(crate) use worker::Setup;

use crate::transport::Line;

/// What a terminal's worker is told.
pub(crate) enum Message {
    Begin(Box<Order>),
    RequestStop(danmal_model::Ptxid),
    Ask(Box<Request>, oneshot::Sender<Result<Box<Response>, Error>>),
    Override(danmal_model::Ptxid, Verdict, String, oneshot::Sender<Result<(), Error>>),
    Accept(String, oneshot::Sender<Result<(), Error>>),
    Recover,
    Close,
    Committed(CommitId, Result<(), String>),
    /// The attempt of this number ended.
    Connected(u32, std::io::Result<Line>),
}

pub(crate) type Queue = mpsc::UnboundedSender<Message>;

type Job = Box<dyn FnOnce() + Send>;

/// The thread, and the process it belongs to.
struct Driver {
    jobs: mpsc::UnboundedSender<Job>,
    start: Instant,
    process: u32,
}

fn driver() -> Result<&'static Driver, Error> {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(driver) = DRIVER.get() {
        return if driver.process == std::process::id() { Ok(driver) } else { Err(forked()) };
    }
    let (jobs, mut waiting) = mpsc::unbounded_channel::<Job>();
    let fault = |error: std::io::Error| {
        Error::new(
            ErrorCode::Internal,
            format!("the driver thread cannot start: {error}"),
            "free threads or memory",
        )
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(fault)?;
    std::thread::Builder::new()
        .name("danmal".to_owned())
        .spawn(move || {
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async move {
                while let Some(job) = waiting.recv().await {
                    job();
                }
            });
        })
        .map_err(fault)?;
    Ok(DRIVER.get_or_init(|| Driver { jobs, start: Instant::now(), process: std::process::id() }))
}

/// The refusal of a forked child, which holds neither the thread nor the terminal.
pub(crate) fn forked() -> Error {
    Error::new(
        ErrorCode::Forked,
        "this process was forked from the one that uses danmal",
        "start a new process, or use danmal in the parent alone",
    )
}

/// Time since the driver began.
pub(crate) fn elapsed(start: Instant) -> Duration {
    start.elapsed()
}

/// Starts the worker of a terminal on the driver's thread.
pub(crate) fn start(setup: Setup) -> Result<Queue, Error> {
    let driver = driver()?;
    let (queue, messages) = mpsc::unbounded_channel();
    let own = queue.clone();
    let start = driver.start;
    let job: Job = Box::new(move || {
        tokio::task::spawn_local(worker::run(setup, messages, own, start));
    });
    driver.jobs.send(job).map_err(|_| {
        Error::new(ErrorCode::Internal, "the driver thread has ended", "start the program anew")
    })?;
    Ok(queue)
}
