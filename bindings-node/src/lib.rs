//! danmal for Node and Electron: the native half. It hands out handles and JSON; the idiom is in `ts/`.
//!
//! Nothing here decides anything about money, and no JavaScript runs on a thread of danmal's: an event loop is
//! woken, and looks.

mod alive;
mod operation;
pub mod paper;
mod terminal;
#[cfg(feature = "torture")]
pub mod torture;
mod transport;
mod wakeups;

use danmal_bridge::show;
use napi::bindgen_prelude::{Error, Result, Status};
use napi_derive::napi;

/// A payment allocates on one thread and frees on another, in pieces of a kilobyte: glibc's allocator is slow at both.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An error of danmal's as JavaScript reads it: its reason is JSON, of which `ts/errors.ts` makes an object.
fn thrown(error: &danmal::Error) -> Error {
    Error::new(Status::GenericFailure, show::error(error))
}

fn or_thrown<T>(result: std::result::Result<T, danmal::Error>) -> Result<T> {
    result.map_err(|error| thrown(&error))
}

/// The version of the native half.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The folder of journals and claims on terminals, unless an option names another.
#[napi(catch_unwind)]
pub fn data_folder() -> String {
    danmal::data_folder().to_string_lossy().into_owned()
}

/// The serial ports of this machine, as JSON.
#[napi(catch_unwind)]
pub fn serial_ports() -> Result<String> {
    or_thrown(danmal::serial_ports().map(|ports| show::ports(&ports)))
}
