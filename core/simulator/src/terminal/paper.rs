//! The printer: what stands on the paper, as a person reads it.

use danmal_wire::{PrintCommand, PrintRequest};
use unicode_width::UnicodeWidthStr;

/// Columns of the paper, in half-width characters.
const COLUMNS: usize = 42;

/// A paper that was printed. It may name a customer: it is for the eyes of the tester alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Paper {
    /// The font that was asked for.
    pub font_family: String,
    /// The field `alert`.
    pub alert: bool,
    /// The lines, in 42 columns.
    pub lines: Vec<String>,
}

impl Paper {
    pub(super) fn of(print: &PrintRequest) -> Self {
        Self {
            font_family: print.font_family.as_str().to_owned(),
            alert: print.alert,
            lines: print.commands.iter().map(line).collect(),
        }
    }

    pub(super) fn plain(lines: impl IntoIterator<Item = String>) -> Self {
        Self { font_family: String::new(), alert: false, lines: lines.into_iter().collect() }
    }

    /// The whole paper as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

/// How long it is, never what it says.
impl std::fmt::Debug for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Paper({} lines)", self.lines.len())
    }
}

fn line(command: &PrintCommand) -> String {
    match command {
        PrintCommand::Logo => spread(&["", "[LOGO]", ""]),
        PrintCommand::Line => "-".repeat(COLUMNS),
        PrintCommand::CuttingLine => format!("{:-<COLUMNS$}", "- 8< "),
        PrintCommand::Break => String::new(),
        PrintCommand::Left { message: [text], .. } => text.clone(),
        PrintCommand::Right { message: [text], .. } => spread(&["", text]),
        PrintCommand::Text2 { message: [left, right], .. } => spread(&[left, right]),
        PrintCommand::Text3 { message: [left, middle, right], .. } => spread(&[left, middle, right]),
    }
}

/// The parts over the whole width, at least one blank between two that say something.
fn spread(parts: &[&str]) -> String {
    let gaps = parts.len().saturating_sub(1).max(1);
    let taken: usize = parts.iter().map(|part| part.width()).sum();
    let free = COLUMNS.saturating_sub(taken);
    let mut line = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            let gap = free / gaps + usize::from(place <= free % gaps);
            let needed = usize::from(!line.trim().is_empty());
            line.extend(std::iter::repeat_n(' ', gap.max(needed)));
        }
        line.push_str(part);
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_spread_over_the_paper() {
        assert_eq!(spread(&["아메리카노", "4,500"]).width(), COLUMNS);
        assert_eq!(spread(&["", "합계"]).width(), COLUMNS);
        let three = spread(&["a", "b", "c"]);
        assert!(three.starts_with("a ") && three.ends_with(" c") && three.contains(" b "), "{three}");
        let long = "가".repeat(30);
        assert_eq!(spread(&[&long, &long]), format!("{long} {long}"));
    }
}
