//! What goes wrong between two frames.

use crate::message::Code;

/// Something on the connection that is no frame. It holds numbers and codes, nothing that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The bytes do not continue as a frame. The decoder looks for the next provable one; until it is
    /// found, nothing can be received.
    #[error("frame boundary lost: {cause}")]
    Lost {
        /// Why.
        cause: LostCause,
        /// Of the frame that broke off, where its header was read.
        code: Option<Code>,
    },
    /// A provable frame begins again after so many bytes.
    #[error("skipped {bytes} bytes to the next frame")]
    Skipped {
        /// Bytes that were passed over, those of a frame that broke off included.
        bytes: u64,
    },
    /// The connection is of no use: drop it. Nothing more comes from this decoder until it is reset.
    #[error("the connection must be dropped: {cause}")]
    Fatal {
        /// Why.
        cause: FatalCause,
        /// Of the frame at fault, where its header was read.
        code: Option<Code>,
    },
}

impl FrameError {
    /// Whether the connection must be dropped.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Fatal { .. })
    }
}

/// Why the boundary was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LostCause {
    /// What stands where a header is due is none.
    #[error("no header")]
    NoHeader,
    /// The header is not followed by a body, and does not say that there is none.
    #[error("no body behind a header")]
    NoBody,
    /// The body is no JSON object.
    #[error("broken JSON")]
    BrokenJson,
    /// The body is nested deeper than the rules allow.
    #[error("nesting too deep")]
    TooDeep,
}

/// Why a connection must be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FatalCause {
    /// The body is longer than the rules allow.
    #[error("body too long")]
    BodyTooLong,
    /// No provable frame within the length of the longest body.
    #[error("no frame found")]
    NoFrame,
    /// Strict: no header where one is due.
    #[error("no header")]
    NoHeader,
    /// Strict: the declared length is not that of the body.
    #[error("declared length wrong")]
    WrongLength,
    /// Strict: the body is no JSON object, or nested too deeply.
    #[error("broken JSON")]
    BrokenJson,
    /// Strict: the body is not in the encoding that the rules name.
    #[error("body in another encoding")]
    WrongText,
}
