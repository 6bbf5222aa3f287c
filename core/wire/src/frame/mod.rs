//! Frames: four digits of length, six digits of code, a JSON body or none.

mod decoder;
mod encoder;
mod error;
mod header;
mod json_end;
mod received;
mod text;

pub use decoder::{FrameDecoder, Pending};
pub use encoder::{EncodeError, EncodeRules, FrameBytes, MAX_BODY, encode, encode_json};
pub(crate) use encoder::{seal, start};
pub use error::{FatalCause, FrameError, LostCause};
pub use received::{Frame, FrameFacts};

/// Bytes of a header: four of length, six of code.
pub(crate) const HEADER: usize = 10;

/// Bytes of the code, which the length of a frame without a body counts.
pub(crate) const CODE: usize = 6;
