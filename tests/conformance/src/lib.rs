//! Takes the scenarios of `tests/scenarios` through the *public* API of danmal, in every language.
//!
//! The runner ([`suite`]) serves the terminal of a scenario on a [`Line`](lines::Line), tells an adapter, one line
//! of JSON after the other ([`words`]), what the application does, and compares what comes of it: outcome, events,
//! journal, wire and the host's ledger. An adapter is a small program in the language that is tried; that of
//! Rust is [`adapter`]. Beside what a scenario says, the [`invariants`] of every payment are held against the
//! ledger.

pub mod adapter;
pub mod board;
pub mod child;
pub mod compare;
pub mod invariants;
pub mod known;
pub mod languages;
pub mod lines;
pub mod run;
pub mod suite;
pub mod words;
