//! The durable journal of a till's payments: what was going to be asked, what was seen, how it ended.
//!
//! [`Book`] is the journal's logic, pure: whose a key is, what is open, what was cancelled. [`Journal`] keeps
//! the facts, in SQLite or, for tests and measurements, in memory alone. [`Claim`] keeps two tills from driving
//! one terminal.

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

mod book;
mod claim;
mod files;
mod journal;
mod lock;
#[cfg(feature = "planted")]
pub mod planted;
mod sqlite;

pub use book::{Ask, Begun, Book, Ending, NotAsRecorded, OpenIntent, Placed, State, UnsettledStop};
pub use claim::{Claim, ClaimRefused, Folder, MarkerUpdate};
pub use journal::{
    CommitError, Condition, HistoryEntry, HistoryFilter, Journal, JournalError, OpenOptions, WeakJournal,
};
pub use lock::Holder;
