//! What the bindings of danmal have in common. It names no language and decides nothing: it reads requests and
//! options from JSON, shows records as JSON, and lets a foreign event loop watch without an executor.
//!
//! - [`begin`] and [`ask`] call a terminal by the name of the call.
//! - [`Watch`] is something that is waited for. It is polled by whoever waits, after [`Wakeups`] has named it.
//! - [`show`] turns records into JSON, each with its sentences for the screen.
//!
//! JSON is the wire's camelCase. A request that cannot be read is an [`Error`](danmal::Error) that names the
//! field, like every other refused input.

mod calls;
mod history;
mod options;
mod pushed;
pub mod receipt;
pub mod show;
mod wake;

pub use calls::{Answer, ask, begin, operation_id};
pub use history::history;
pub use options::{doctor, open, options};
pub use pushed::{Hands, Pushed};
pub use wake::{Wakeups, Watch};

use danmal::{Error, ErrorCode};
use serde::de::DeserializeOwned;

/// Reads a record. `what` is named where the JSON itself is broken.
///
/// # Errors
/// What is wrong, and with which field.
pub fn read<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| {
        // serde names what it expected, and the text of a wrong value: that may be a person's number.
        let problem = match error.classify() {
            serde_json::error::Category::Data => {
                "a field of another type, out of range, or missing".to_owned()
            }
            _ => format!("not JSON, at column {}", error.column()),
        };
        Error::field(ErrorCode::InvalidSetting, what, problem, "the record as the documentation shows it")
    })
}
