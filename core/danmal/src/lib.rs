//! Take card payments on a Korean payment terminal without ever charging twice.
//!
//! Open a [`Terminal`], [`approve`](Terminal::approve) a [`Sale`], watch its events, await its [`Outcome`].
//! `Unknown` is one of the six outcomes: it may have been charged, recovery goes on by itself, and nobody
//! charges again meanwhile.

mod answers;
mod doctor;
mod driver;
mod fork;
mod guard;
mod keys;
mod ledger;
mod operation;
mod options;
pub mod receipt;
mod requests;
mod shared;
mod terminal;
mod transport;
mod watch;

pub use danmal_journal::{HistoryEntry, HistoryFilter, Journal, State as IntentState};
pub use danmal_model::*;

pub use doctor::{Diagnosis, doctor};
pub use operation::{Operation, OutcomeFuture, Resolution, ResolutionFuture};
pub use options::{JournalChoice, Options, data_folder};
pub use terminal::Terminal;
#[doc(hidden)]
pub use transport::check_address;
pub use transport::{Close, Connect, Endpoint, Line, SerialPort, Transport, UsbAdapter, serial_ports};
#[doc(hidden)]
pub use watch::promptly;
pub use watch::{BlockingEvents, Events, block_on};

/// The first program of the README, which is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
