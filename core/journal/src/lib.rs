//! The durable journal of a till's payments: what was going to be asked, what was seen, how it ended.
//!
//! [`Book`] is its logic, pure and in memory; [`Journal`] keeps the same facts in SQLite or, for tests, in
//! memory alone. [`Claim`] keeps two tills from driving one terminal.

mod book;
mod claim;
mod journal;
mod sqlite;

pub use book::{Ask, Begun, Book, Entry, State};
pub use claim::{Claim, ClaimRefused};
pub use journal::{CommitError, Condition, Journal, JournalError, WeakJournal};
