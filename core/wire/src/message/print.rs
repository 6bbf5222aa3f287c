//! 900091: what the terminal's printer shall print.

use danmal_model::{Paper, PrintCommand};

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

/// The request that prints a paper.
impl From<&Paper> for PrintRequest {
    fn from(paper: &Paper) -> Self {
        Self {
            font_family: paper.font_family.as_str().into(),
            alert: paper.alert,
            commands: paper.commands.clone(),
        }
    }
}

/// The command of a word with the text that it carries; `None` where they do not fit.
fn command_of(word: &str, font_size: Option<i64>, message: Option<Vec<WireText>>) -> Option<PrintCommand> {
    Some(match word {
        "logo" => PrintCommand::Logo,
        "line" => PrintCommand::Line,
        "cuttingLine" => PrintCommand::CuttingLine,
        "br" => PrintCommand::Break,
        _ => {
            let font_size = u16::try_from(font_size?).ok()?;
            let message: Vec<String> = message?.iter().map(|text| text.as_str().to_owned()).collect();
            match word {
                "left" => PrintCommand::Left { font_size, message: message.try_into().ok()? },
                "right" => PrintCommand::Right { font_size, message: message.try_into().ok()? },
                "text2" => PrintCommand::Text2 { font_size, message: message.try_into().ok()? },
                "text3" => PrintCommand::Text3 { font_size, message: message.try_into().ok()? },
                _ => return None,
            }
        }
    })
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
            if let Some(command) = command_of(&command, font_size, message) {
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
            writer.integer(i64::from(font_size));
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
