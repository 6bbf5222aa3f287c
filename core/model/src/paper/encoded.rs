//! How long a paper is on the wire.

use super::{Paper, PrintCommand};

/// The bytes of a paper's body without its commands.
pub(super) fn frame_of(paper: &Paper) -> usize {
    let alert = if paper.alert { "true" } else { "false" };
    r#"{"fontFamily":,"alert":,"commands":[]}"#.len() + string(&paper.font_family) + alert.len()
}

/// The bytes of one command.
pub(super) fn command(command: &PrintCommand) -> usize {
    let mark = r#"{"command":""}"#.len() + command.word().len();
    let Some((size, messages)) = command.text() else { return mark };
    let digits = size.checked_ilog10().unwrap_or(0) as usize + 1;
    let commas = messages.len().saturating_sub(1);
    mark + r#","fontSize":,"message":[]"#.len()
        + digits
        + commas
        + messages.iter().map(|text| string(text)).sum::<usize>()
}

/// The bytes of a JSON string in which everything outside ASCII is `\uXXXX`.
fn string(text: &str) -> usize {
    let quotes = 2;
    quotes
        + text
            .chars()
            .map(|c| match c {
                '"' | '\\' | '\n' | '\r' | '\t' => 2,
                ' '..='\u{7f}' => 1,
                _ => 6 * c.len_utf16(),
            })
            .sum::<usize>()
}
