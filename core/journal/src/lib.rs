//! The durable journal of a till's payments: what was going to be asked, what was seen, how it ended.
//!
<<<<<<< Updated upstream
//! [`Book`] is its logic, pure and in memory; [`Journal`] keeps the same facts in SQLite or, for tests, in
//! memory alone. [`Claim`] keeps two tills from driving one terminal.

mod book;
mod claim;
mod journal;
mod sqlite;

pub use book::{Ask, Begun, Book, Entry, State};
pub use claim::{Claim, ClaimRefused};
pub use journal::{CommitError, Condition, Journal, JournalError, WeakJournal};
=======
//! [`Book`] is the journal's logic, pure: whose a key is, what is open, what was cancelled. [`Journal`] keeps
//! the facts, in SQLite or, for tests and measurements, in memory alone. [`Claim`] keeps two tills from driving
//! one terminal.

mod book;
mod claim;
mod files;
mod journal;
mod lock;
mod sqlite;

pub use book::{Ask, Begun, Book, Ending, OpenIntent, Placed, State, UnsettledStop};
pub use claim::{Claim, ClaimRefused, Folder, MarkerUpdate};
pub use journal::{
    CommitError, Condition, Done, HistoryEntry, HistoryFilter, Journal, JournalError, OpenOptions,
};
pub use lock::Holder;
>>>>>>> Stashed changes
