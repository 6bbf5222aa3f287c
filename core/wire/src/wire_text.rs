//! Text of a message: zeroed when freed, never printed.

use std::fmt;
use std::ops::Deref;

use crate::wipe::wipe;

/// Text of a message. It may be a card, phone or passport number whatever the name of its field, so its
/// `Debug` shows the length alone and its memory is zeroed when it is dropped. It compares with `str` and
/// dereferences to it: whoever takes the text out answers for where it goes.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WireText(String);

impl WireText {
    /// Takes the text over. Spare memory of the `String` is zeroed too when it is dropped.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as a `String` that is no longer wiped.
    #[must_use]
    pub fn into_string(mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl Drop for WireText {
    fn drop(&mut self) {
        if self.0.capacity() > 0 {
            wipe(std::mem::take(&mut self.0).into_bytes());
        }
    }
}

impl Deref for WireText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for WireText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for WireText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for WireText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl PartialEq<str> for WireText {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for WireText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Debug for WireText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "‹{} bytes›", self.0.len())
    }
}
