//! Lines of a receipt, broken so that they fit on the paper.

use danmal_model::{Language, Paper, PrintCommand, Text};

use super::width::{width, wrap};
use super::words;

/// The printable width of 58 mm paper in dots: the narrowest that terminals print on.
const DOTS: usize = 384;
pub(super) const SMALL: u16 = 16;
pub(super) const BODY: u16 = 20;
pub(super) const TITLE: u16 = 28;
const BANNER: u16 = 40;

/// How many half-width columns of this size are safe: a tenth is kept free, because the digits of a
/// proportional font are wider than half of it.
const fn columns(size: u16) -> usize {
    DOTS * 2 * 9 / 10 / size as usize
}

/// A paper that is being written.
pub(super) struct Layout {
    paper: Paper,
    pub(super) language: Language,
    simulated: bool,
}

impl Layout {
    /// A paper that begins with the banner of play money, where it was play money.
    pub(super) fn begin(language: Language, simulated: bool) -> Self {
        let mut layout = Self { paper: Paper::new(), language, simulated };
        layout.banner();
        if simulated {
            layout.rule();
        }
        layout
    }

    /// The paper, with the banner of play money and the cut at its end.
    pub(super) fn end(mut self) -> Paper {
        if self.simulated {
            self.rule();
        }
        self.banner();
        self.push(PrintCommand::Break);
        self.push(PrintCommand::CuttingLine);
        self.paper
    }

    fn banner(&mut self) {
        if !self.simulated {
            return;
        }
        let message = [words::PLAY.to_owned(), words::PLAY.to_owned(), words::PLAY.to_owned()];
        self.push(PrintCommand::Text3 { font_size: BANNER, message });
        self.left(BODY, &words::PLAY_MONEY.ko);
        if self.language == Language::English {
            self.left(BODY, &words::PLAY_MONEY.en);
        }
    }

    fn push(&mut self, command: PrintCommand) {
        self.paper.commands.push(command);
    }

    pub(super) fn word<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language)
    }

    pub(super) fn logo(&mut self) {
        self.push(PrintCommand::Logo);
    }

    /// A rule; not a second one below another.
    pub(super) fn rule(&mut self) {
        if self.paper.commands.last() != Some(&PrintCommand::Line) {
            self.push(PrintCommand::Line);
        }
    }

    pub(super) fn blank(&mut self) {
        self.push(PrintCommand::Break);
    }

    /// Text on the left, as many lines as it takes; nothing for a blank text.
    pub(super) fn left(&mut self, font_size: u16, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        for line in wrap(text, columns(font_size)) {
            self.push(PrintCommand::Left { font_size, message: [line] });
        }
    }

    fn right(&mut self, font_size: u16, text: &str) {
        for line in wrap(text, columns(font_size)) {
            self.push(PrintCommand::Right { font_size, message: [line] });
        }
    }

    /// A word of danmal's on the left.
    pub(super) fn say(&mut self, font_size: u16, text: &Text) {
        self.left(font_size, text.get(self.language));
    }

    /// A label and its value; nothing for a blank value.
    pub(super) fn pair(&mut self, label: &Text, value: &str) {
        self.pair_of(BODY, self.word(label).to_owned(), value);
    }

    /// A label and its value, large.
    pub(super) fn large_pair(&mut self, label: &Text, value: &str) {
        self.pair_of(TITLE, self.word(label).to_owned(), value);
    }

    /// Two texts, one on each side: on one line where they fit, else one below the other.
    pub(super) fn pair_of(&mut self, font_size: u16, label: String, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        if width(&label) + 1 + width(value) <= columns(font_size) {
            self.push(PrintCommand::Text2 { font_size, message: [label, value.to_owned()] });
        } else {
            self.left(font_size, &label);
            self.right(font_size, value);
        }
    }

    /// Whether a text fits into one of three columns.
    pub(super) fn fits_third(text: &str) -> bool {
        width(text) < columns(BODY) / 3
    }

    /// Three columns; the caller has seen that each fits.
    pub(super) fn thirds(&mut self, message: [String; 3]) {
        self.push(PrintCommand::Text3 { font_size: BODY, message });
    }
}
