//! The state machine of a payment: no clock, no I/O, no thread, nothing unsafe.
//!
//! A [`Session`] is fed with inputs and the time, and polled for what is to be done. The comments name the
//! rules and assumptions of the project's rule book (`docs/rules.md`): rule 7, A3, S2.

/// Whether a bug was planted: never, but in the laboratory's own build.
macro_rules! planted {
    ($bug:ident) => {{
        #[cfg(feature = "planted")]
        let planted = crate::planted::is(crate::planted::Bug::$bug);
        #[cfg(not(feature = "planted"))]
        let planted = false;
        planted
    }};
}

mod convert;
mod evidence;
#[cfg(feature = "planted")]
pub mod planted;
mod record;
mod session;

pub use convert::code_of;
pub use record::{read_slip, read_transaction};
pub use session::{
    CallId, CommitId, Input, Line, Now, OpenIntent, Order, Output, Phase, Session, Setup, Signal,
    TRANSITIONS, next, render,
};
