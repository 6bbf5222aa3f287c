//! A frame that was received.

use std::fmt;

use danmal_model::{LengthRule, SeenText};

use super::HEADER;
use super::text::Content;
use crate::message::Code;

/// A frame as it was received. Its memory is zeroed when it is dropped, and `Debug` shows nothing of the
/// body.
pub struct Frame {
    pub(super) code: Code,
    pub(super) content: Content,
    /// Where the body stands in the content; both are the length where there is none.
    pub(super) body: usize,
    pub(super) facts: FrameFacts,
}

/// What is known of a frame beside its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameFacts {
    /// The declared length; `None` where it was not four digits.
    pub declared: Option<u16>,
    /// The body's length in bytes, without a byte order mark.
    pub body_bytes: usize,
    /// Which rules of [`LengthRule::COUNTING`] give the declared length, in that order.
    pub fits: [bool; 4],
    /// In what text the body came.
    pub text: SeenText,
    /// Whether a byte order mark stood before the body.
    pub marked: bool,
}

impl FrameFacts {
    /// Whether the declared length is what a rule says. A placeholder never is.
    #[must_use]
    pub fn fits(&self, rule: LengthRule) -> bool {
        LengthRule::COUNTING.into_iter().zip(self.fits).any(|(counted, fits)| counted == rule && fits)
    }
}

impl Frame {
    /// What the message is.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The declared length; `None` where it was not four digits.
    #[must_use]
    pub fn declared(&self) -> Option<u16> {
        self.facts.declared
    }

    /// The body as it was received, without a byte order mark; empty where there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        let bytes = match &self.content {
            Content::Utf8(text) => text.as_bytes(),
            Content::Decoded { bytes, .. } => bytes,
        };
        bytes.get(self.body..).unwrap_or_default()
    }

    /// The body as text; `None` where there is none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let text = match &self.content {
            Content::Utf8(text) => text.as_str().get(self.body..)?,
            Content::Decoded { text, .. } => text,
        };
        (!text.is_empty()).then_some(text)
    }

    /// What is known of it beside its body.
    #[must_use]
    pub fn facts(&self) -> &FrameFacts {
        &self.facts
    }

    /// Bytes on the wire: header, byte order mark and body.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        HEADER + self.body().len() + if self.facts.marked { 3 } else { 0 }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("code", &self.code).field("facts", &self.facts).finish()
    }
}
