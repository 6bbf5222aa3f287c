//! One command of the terminal's printer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FONT_SIZES, LONGEST_MESSAGE, check_text};
use crate::error::{Error, ErrorCode};

/// One line or mark on the paper (900091, 프린트출력). Text sizes are in px, 8 to 72; a message has at most
/// 200 characters, none of them a control or an invisible character.
///
/// Its JSON is the wire's: `{"command":"left","fontSize":20,"message":["…"]}`, `{"command":"logo"}`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PrintCommand {
    /// The shop's logo, as the terminal holds it.
    Logo,
    /// A horizontal rule.
    Line,
    /// The mark along which the paper is cut.
    CuttingLine,
    /// An empty line.
    #[serde(rename = "br")]
    Break,
    /// Text on the left.
    Left {
        /// px.
        font_size: u16,
        /// The text.
        message: [String; 1],
    },
    /// Text on the right.
    Right {
        /// px.
        font_size: u16,
        /// The text.
        message: [String; 1],
    },
    /// Two columns.
    Text2 {
        /// px.
        font_size: u16,
        /// The columns, left to right.
        message: [String; 2],
    },
    /// Three columns.
    Text3 {
        /// px.
        font_size: u16,
        /// The columns, left to right.
        message: [String; 3],
    },
}

impl PrintCommand {
    /// The wire's word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Logo => "logo",
            Self::Line => "line",
            Self::CuttingLine => "cuttingLine",
            Self::Break => "br",
            Self::Left { .. } => "left",
            Self::Right { .. } => "right",
            Self::Text2 { .. } => "text2",
            Self::Text3 { .. } => "text3",
        }
    }

    /// The size of its text in px, and the text; none for a mark.
    #[must_use]
    pub const fn text(&self) -> Option<(u16, &[String])> {
        match self {
            Self::Logo | Self::Line | Self::CuttingLine | Self::Break => None,
            Self::Left { font_size, message } | Self::Right { font_size, message } => {
                Some((*font_size, message))
            }
            Self::Text2 { font_size, message } => Some((*font_size, message)),
            Self::Text3 { font_size, message } => Some((*font_size, message)),
        }
    }

    /// Refuses what should not be printed. `at` is its place, for the field's name.
    pub(super) fn check(&self, at: usize) -> Result<(), Error> {
        let Some((size, messages)) = self.text() else { return Ok(()) };
        if !FONT_SIZES.contains(&size) {
            return Err(Error::field(
                ErrorCode::InvalidSetting,
                format!("commands[{at}].fontSize"),
                format!("{size} px"),
                format!("{} to {} px", FONT_SIZES.start(), FONT_SIZES.end()),
            ));
        }
        for (column, message) in messages.iter().enumerate() {
            check_text(|| format!("commands[{at}].message[{column}]"), message, LONGEST_MESSAGE)?;
        }
        Ok(())
    }
}

/// The command's word alone: what is printed may name a customer.
impl fmt::Debug for PrintCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
