//! A virtual payment terminal with a host of its own, for tests and first steps.
//!
//! Its payment logic stands on the wire alone and knows nothing of the client's rules, so that a mistake of
//! theirs is not repeated here. [`Terminal`] is pure: bytes and time go in, bytes come out. [`Server`] puts it
//! on TCP, on a pseudo terminal or into the process of the client. [`Host`] is the ledger that a checker looks
//! into. [`Fault`] is everything that can go wrong, [`When`] and [`Swarm`] say when it does.

mod card;
mod event;
mod fault;
mod host;
mod line;
mod magic;
mod random;
#[cfg(feature = "scenarios")]
pub mod script;
mod serve;
mod settings;
mod span;
mod terminal;

pub use danmal_wire::Code;
pub use event::{Event, Happened, Screen};
pub use fault::{
    Acts, Codes, Fault, FaultKind, Moment, PendingWork, Place, Plan, Point, PtxidFault, Quirk, RebootMemory,
    Rule, Swarm, When,
};
pub use host::{Entry, Host, State, Totals};
pub use magic::{MAGIC, Magic, magic};
#[cfg(feature = "control")]
pub use serve::Control;
pub use serve::{Attached, Server, attach, instance, place, remove_instance};
pub use settings::{Canaries, Dialect, History, Length, Orphan, Pace, Reversed, Settings, Text, Unconfirmed};
pub use terminal::{ConnectionId, Output, Paper, Terminal};
