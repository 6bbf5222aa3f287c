//! JSON as terminals write it. A reader of our own, because a general one rounds large numbers, keeps the
//! last of two equal keys, and leaves copies of text in freed memory.

mod exact;
mod extra;
mod quote;
mod reader;
mod writer;

pub(crate) use exact::exact_i64;
pub use extra::Extra;
pub(crate) use extra::Wiped;
pub(crate) use quote::quote_or_escape;
pub(crate) use reader::{JsonError, Reader, Scalar};
pub(crate) use writer::{Writer, hex_digit};
