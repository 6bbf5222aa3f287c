//! Take card payments on a Korean payment terminal without ever charging twice.
//!
//! Open a [`Terminal`], [`approve`](Terminal::approve) a [`Sale`], watch its events, await its [`Outcome`].
//! `Unknown` is one of the six outcomes: it may have been charged, recovery goes on by itself, and nobody
//! charges again meanwhile.

mod driver;
mod operation;
mod options;
pub mod receipt;
mod requests;
mod shared;
mod terminal;
mod transport;

pub use danmal_journal::{Entry, Journal};
pub use danmal_model::*;
pub use danmal_wire::{Response, ResponseBody, WireText};

pub use operation::{Events, Operation, Resolution};
pub use options::{Options, data_folder};
pub use terminal::Terminal;

/// The first program of the README, which is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
