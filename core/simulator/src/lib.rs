//! A virtual payment terminal with a host of its own, for tests and first steps.
//!
//! Its payment logic stands on the wire alone and knows nothing of the client's rules, so that a mistake of
//! theirs is not repeated here. [`Terminal`] is pure: bytes and time go in, bytes come out. [`Server`] puts it
//! on TCP or into the process of the client.

mod host;
mod magic;
mod serve;
mod terminal;

pub use host::{Entry, Host, State};
pub use magic::{Behaviour, MAGIC, Magic, behaviour};
pub use serve::{Server, attach, instance};
pub use terminal::{Connection, Output, Settings, Terminal};
