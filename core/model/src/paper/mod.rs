//! What the terminal's printer prints.

mod command;
mod encoded;
mod receipt;

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

pub use self::command::PrintCommand;
pub use self::receipt::{ReceiptCopy, ReceiptItem, ReceiptOptions, Shop};
use crate::error::{Error, ErrorCode};
use crate::masked::is_invisible;

/// The sizes of text that are accepted, px.
const FONT_SIZES: RangeInclusive<u16> = 8..=72;
/// The longest message, in characters. A command with three of them still fits into one frame.
const LONGEST_MESSAGE: usize = 200;
/// The longest name of a font, in characters.
const LONGEST_FONT: usize = 64;

/// What is printed (900091, 프린트출력), from top to bottom. Its JSON is the wire's body.
///
/// ```
/// # use danmal_model::Paper;
/// let paper = Paper::new()
///     .logo()
///     .left(28, "영수증")
///     .rule()
///     .columns3(20, "아메리카노", "2", "9,000")
///     .columns2(20, "합계", "9,000원")
///     .blank()
///     .cut();
/// assert!(paper.check().is_ok() && paper.encoded_len() <= Paper::MAX_ENCODED);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Paper {
    /// The font, at most 64 characters; `Noto Sans Korean` unless another is named.
    pub font_family: String,
    /// The field `alert`, whose meaning the vendor's catalogue leaves open; false unless it is set.
    pub alert: bool,
    /// What is printed.
    pub commands: Vec<PrintCommand>,
}

impl Default for Paper {
    fn default() -> Self {
        Self { font_family: "Noto Sans Korean".to_owned(), alert: false, commands: Vec::new() }
    }
}

impl Paper {
    /// The longest body that one frame holds, in bytes: 9,999 less the code's six digits.
    pub const MAX_ENCODED: usize = 9_993;

    /// An empty paper.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another font.
    #[must_use]
    pub fn font(mut self, family: impl Into<String>) -> Self {
        self.font_family = family.into();
        self
    }

    /// The field `alert`.
    #[must_use]
    pub fn alert(mut self, alert: bool) -> Self {
        self.alert = alert;
        self
    }

    /// Any command.
    #[must_use]
    pub fn command(mut self, command: PrintCommand) -> Self {
        self.commands.push(command);
        self
    }

    /// The shop's logo.
    #[must_use]
    pub fn logo(self) -> Self {
        self.command(PrintCommand::Logo)
    }

    /// Text on the left; the size in px, 8 to 72.
    #[must_use]
    pub fn left(self, font_size: u16, text: impl Into<String>) -> Self {
        self.command(PrintCommand::Left { font_size, message: [text.into()] })
    }

    /// Text on the right; the size in px, 8 to 72.
    #[must_use]
    pub fn right(self, font_size: u16, text: impl Into<String>) -> Self {
        self.command(PrintCommand::Right { font_size, message: [text.into()] })
    }

    /// Two columns; the size in px, 8 to 72.
    #[must_use]
    pub fn columns2(self, font_size: u16, left: impl Into<String>, right: impl Into<String>) -> Self {
        self.command(PrintCommand::Text2 { font_size, message: [left.into(), right.into()] })
    }

    /// Three columns; the size in px, 8 to 72.
    #[must_use]
    pub fn columns3(
        self,
        font_size: u16,
        left: impl Into<String>,
        middle: impl Into<String>,
        right: impl Into<String>,
    ) -> Self {
        let message = [left.into(), middle.into(), right.into()];
        self.command(PrintCommand::Text3 { font_size, message })
    }

    /// A horizontal rule.
    #[must_use]
    pub fn rule(self) -> Self {
        self.command(PrintCommand::Line)
    }

    /// An empty line.
    #[must_use]
    pub fn blank(self) -> Self {
        self.command(PrintCommand::Break)
    }

    /// The mark along which the paper is cut.
    #[must_use]
    pub fn cut(self) -> Self {
        self.command(PrintCommand::CuttingLine)
    }

    /// This paper, and below it what is on another one; font and alert stay this one's.
    #[must_use]
    pub fn then(mut self, below: Self) -> Self {
        self.commands.extend(below.commands);
        self
    }

    /// Refuses what should not be printed. It says nothing of the length of the whole: see
    /// [`split`](Self::split).
    ///
    /// # Errors
    /// Names the field, for instance `commands[3].message[0]`: a control or an invisible character, more
    /// than 200 characters, a text size outside 8 to 72 px; `commands` where there is nothing to print.
    pub fn check(&self) -> Result<(), Error> {
        check_text(|| "fontFamily".to_owned(), &self.font_family, LONGEST_FONT)?;
        if self.font_family.trim().is_empty() {
            return Err(Error::field(
                ErrorCode::InvalidText,
                "fontFamily",
                "blank",
                format!("1 to {LONGEST_FONT} characters"),
            ));
        }
        if self.commands.is_empty() {
            return Err(Error::field(
                ErrorCode::InvalidText,
                "commands",
                "nothing to print",
                "one command or more",
            ));
        }
        self.commands.iter().enumerate().try_for_each(|(at, command)| command.check(at))
    }

    /// The length of the body on the wire in bytes, with every character outside ASCII written as `\uXXXX`:
    /// a Korean character takes six. No other way of writing is longer.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let commas = self.commands.len().saturating_sub(1);
        encoded::frame_of(self) + commas + self.commands.iter().map(encoded::command).sum::<usize>()
    }

    /// The paper as papers that each fit into one frame, to be printed one after the other. No command is
    /// lost, changed or moved; a paper that is full ends behind its last cutting line, where it has one.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn split(&self) -> Result<Vec<Self>, Error> {
        self.check()?;
        let frame = encoded::frame_of(self);
        let mut papers = Vec::new();
        let mut rest = self.commands.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(fitting(rest, frame));
            papers.push(Self { commands: now.to_vec(), ..self.headed() });
            rest = later;
        }
        Ok(papers)
    }

    /// A paper without commands under the same font and alert.
    fn headed(&self) -> Self {
        Self { font_family: self.font_family.clone(), alert: self.alert, commands: Vec::new() }
    }
}

/// How many of the commands go on one paper: at least one.
fn fitting(commands: &[PrintCommand], frame: usize) -> usize {
    let comma = 1;
    let mut length = frame;
    let mut behind_cut = None;
    for (at, command) in commands.iter().enumerate() {
        length += encoded::command(command) + if at == 0 { 0 } else { comma };
        if length > Paper::MAX_ENCODED {
            return behind_cut.unwrap_or(at).max(1);
        }
        if *command == PrintCommand::CuttingLine {
            behind_cut = Some(at + 1);
        }
    }
    commands.len()
}

/// The words of the commands alone: what is printed may name a customer.
impl fmt::Debug for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paper").field("alert", &self.alert).field("commands", &self.commands).finish()
    }
}

/// Refuses text that a printer should not get. It may be blank.
fn check_text(field: impl FnOnce() -> String, text: &str, longest: usize) -> Result<(), Error> {
    let length = text.chars().count();
    let problem = if length > longest {
        format!("{length} characters")
    } else if text.chars().any(is_invisible) {
        "a control or an invisible character".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::field(
        ErrorCode::InvalidText,
        field(),
        problem,
        format!("at most {longest} characters, none of them a control or an invisible character"),
    ))
}
