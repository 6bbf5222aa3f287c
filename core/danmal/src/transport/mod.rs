//! Connections to a terminal.

mod address;
mod line;

pub(crate) use address::{Address, Place};
pub(crate) use line::{Line, WriteFailed};
