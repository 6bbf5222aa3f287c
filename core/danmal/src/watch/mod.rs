//! Watching: values that settle once and events that pass by, for any executor and for none.

mod block;
mod feed;
mod foreign;
mod once;
mod wakers;

pub use block::{block_on, promptly};
pub use feed::{BlockingEvents, Events};

pub(crate) use block::block_until;
pub(crate) use feed::{Feed, Limits};
pub(crate) use once::{Once, Wait};
pub(crate) use wakers::Place;
