//! A virtual payment terminal with a host of its own, for tests and first steps.
//!
//! Its payment logic stands on the wire alone and knows nothing of the client's rules, so that a mistake of
//! theirs is not repeated here. [`Terminal`] is pure: bytes and time go in, bytes come out. [`Server`] puts it
//! on TCP, on a pseudo terminal or into the process of the client. [`Host`] is the ledger that a checker looks
//! into. [`Fault`] is everything that can go wrong, [`When`] and [`Swarm`] say when it does; [`MAGIC`] are the
//! amounts that make something go wrong without any of it.
//!
//! A client in the same process finds a terminal by its name, prepared beforehand where something shall go
//! wrong:
//!
//! ```
//! use danmal_simulator::{Code, Fault, Host, Moment, Plan, Quirk, Server, Settings, Swarm, When, place};
//! use std::time::Duration;
//!
//! let host = Host::new();
//! let plan = Plan::of([
//!     // The connection is cut while the host works on the next sale.
//!     When::moment(Moment::HostAsked).of(Code::CardApproval).then(Fault::Cut { reset: true }),
//!     // Of the second answer of 990001 twenty bytes arrive.
//!     When::reply(Code::LastTransaction).nth(2).then(Fault::CutReply { after: 20, reset: false }),
//!     // A proxy delivers the cancellation late.
//!     When::request(Code::CardCancellation).then(Fault::DelayRequest { by: Duration::from_secs(60) }),
//! ]);
//! let server = Server::with(Settings::default().scaled(0.02), plan, host.clone());
//! place("till-1", server.clone());      // the client connects to `simulator:till-1`
//!
//! server.inject(Fault::OtherSale { amount: 4_500, ptxid: None });      // now
//! server.set_plan(Swarm::of_all(42, 0.1).into());                      // by chance, from a seed
//! server.set_plan(Plan::of(Quirk::A2.rules()));                        // against an assumption
//! assert_eq!(server.host().net(), 4_500);
//! ```

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
pub use serve::{Attached, Chunks, Server, attach, instance, place, remove_instance};
pub use settings::{Canaries, Dialect, History, Length, Orphan, Pace, Reversed, Settings, Text, Unconfirmed};
pub use terminal::{ConnectionId, Output, Paper, Terminal};
