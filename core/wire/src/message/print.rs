//! 900091: what the terminal's printer shall print.

use std::fmt;

use super::DecodeError;
use super::field::{FieldValue, Sent};
use super::record::request_record;
use crate::json::{Reader, Writer};
use crate::wire_text::WireText;

request_record! {
    /// 900091 (프린트출력).
    pub struct PrintRequest {
        /// The font, `Noto Sans Korean` in the catalogue's example.
        font_family: WireText = "fontFamily",
        /// The field `alert`, whose meaning the catalogue leaves open.
        alert: bool = "alert",
        /// What is printed, from top to bottom.
        commands: Vec<PrintCommand> = "commands",
    }
}

/// One line or mark on the paper. Text sizes are in px.
#[derive(Clone, PartialEq)]
pub enum PrintCommand {
    /// The shop's logo.
    Logo,
    /// A horizontal rule.
    Line,
    /// The mark along which the paper is cut.
    CuttingLine,
    /// An empty line.
    Break,
    /// Text on the left.
    Left {
        /// px.
        font_size: i64,
        /// The text.
        message: WireText,
    },
    /// Text on the right.
    Right {
        /// px.
        font_size: i64,
        /// The text.
        message: WireText,
    },
    /// Two columns.
    Text2 {
        /// px.
        font_size: i64,
        /// The columns.
        message: [WireText; 2],
    },
    /// Three columns.
    Text3 {
        /// px.
        font_size: i64,
        /// The columns.
        message: [WireText; 3],
    },
}

impl PrintCommand {
    fn word(&self) -> &'static str {
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

    fn text(&self) -> Option<(i64, &[WireText])> {
        match self {
            Self::Logo | Self::Line | Self::CuttingLine | Self::Break => None,
            Self::Left { font_size, message } | Self::Right { font_size, message } => {
                Some((*font_size, std::slice::from_ref(message)))
            }
            Self::Text2 { font_size, message } => Some((*font_size, message)),
            Self::Text3 { font_size, message } => Some((*font_size, message)),
        }
    }

    /// The command of a word with the text that it carries; `None` where they do not fit.
    fn of(word: &str, font_size: Option<i64>, message: Option<Vec<WireText>>) -> Option<Self> {
        Some(match word {
            "logo" => Self::Logo,
            "line" => Self::Line,
            "cuttingLine" => Self::CuttingLine,
            "br" => Self::Break,
            _ => {
                let (font_size, message) = (font_size?, message?);
                match word {
                    "left" => Self::Left { font_size, message: one(message)? },
                    "right" => Self::Right { font_size, message: one(message)? },
                    "text2" => Self::Text2 { font_size, message: message.try_into().ok()? },
                    "text3" => Self::Text3 { font_size, message: message.try_into().ok()? },
                    _ => return None,
                }
            }
        })
    }
}

/// The request that prints a paper.
impl From<&danmal_model::Paper> for PrintRequest {
    fn from(paper: &danmal_model::Paper) -> Self {
        Self {
            font_family: paper.font_family.as_str().into(),
            alert: paper.alert,
            commands: paper.commands.iter().map(PrintCommand::from).collect(),
        }
    }
}

impl From<&danmal_model::PrintCommand> for PrintCommand {
    fn from(command: &danmal_model::PrintCommand) -> Self {
        use danmal_model::PrintCommand as Printed;
        let text = |text: &String| WireText::from(text.as_str());
        match command {
            Printed::Logo => Self::Logo,
            Printed::Line => Self::Line,
            Printed::CuttingLine => Self::CuttingLine,
            Printed::Break => Self::Break,
            Printed::Left { font_size, message: [message] } => {
                Self::Left { font_size: i64::from(*font_size), message: text(message) }
            }
            Printed::Right { font_size, message: [message] } => {
                Self::Right { font_size: i64::from(*font_size), message: text(message) }
            }
            Printed::Text2 { font_size, message } => {
                Self::Text2 { font_size: i64::from(*font_size), message: message.each_ref().map(text) }
            }
            Printed::Text3 { font_size, message } => {
                Self::Text3 { font_size: i64::from(*font_size), message: message.each_ref().map(text) }
            }
        }
    }
}

/// The command's word alone: what is printed may name a customer.
impl fmt::Debug for PrintCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

fn one(message: Vec<WireText>) -> Option<WireText> {
    <[WireText; 1]>::try_from(message).ok().map(|[text]| text)
}

request_record! {
    /// A command as it stands on the wire.
    struct WireCommand {
        /// The word.
        command: WireText = "command",
        /// px.
        font_size: Option<i64> = "fontSize",
        /// Always an array.
        message: Option<Vec<WireText>> = "message",
    }
}

impl FieldValue for PrintCommand {
    fn read(reader: &mut Reader<'_>) -> Result<Sent<Self>, DecodeError> {
        let mut ahead = *reader;
        if ahead.peek() == Some(b'{') {
            let WireCommand { command, font_size, message } = WireCommand::read_object(&mut ahead)?;
            if let Some(command) = Self::of(&command, font_size, message) {
                *reader = ahead;
                return Ok(Sent::Readable(command));
            }
        }
        Ok(Sent::Other(reader.value()?))
    }

    fn write(&self, writer: &mut Writer) {
        writer.open(b'{');
        writer.key("command");
        writer.string(self.word());
        if let Some((font_size, message)) = self.text() {
            writer.key("fontSize");
            writer.integer(font_size);
            writer.key("message");
            writer.open(b'[');
            for text in message {
                writer.next();
                writer.string(text);
            }
            writer.close(b']');
        }
        writer.close(b'}');
    }
}
