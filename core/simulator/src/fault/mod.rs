//! What can go wrong: the faults, when they strike, and chance.

mod kinds;
mod plan;
mod swarm;
mod when;

pub use kinds::{Acts, Fault, FaultKind, PendingWork, Place, PtxidFault, RebootMemory};
pub(crate) use plan::{Armed, Met};
pub use plan::{Plan, Rule};
pub use swarm::{Quirk, Swarm};
pub use when::{Codes, Moment, Point, When};
