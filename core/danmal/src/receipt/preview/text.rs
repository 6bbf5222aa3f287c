//! Paper as text.

use danmal_model::Paper;

use super::super::width::width;
use super::rows::{Align, Piece, Row, rows};

/// The paper as text of so many half-width columns, in which a Korean character takes two: for a terminal
/// window or a test. All text has one size there. Fewer than 16 columns count as 16, more than 200 as 200.
#[must_use]
pub fn preview_text(paper: &Paper, columns: usize) -> String {
    let columns = columns.clamp(16, 200);
    let mut text = String::new();
    for row in rows(paper, |_| columns) {
        match row {
            Row::Logo => text.push_str(&placed(&[middle("[LOGO]", columns)])),
            Row::Rule => text.push_str(&"-".repeat(columns)),
            Row::Cut => {
                let dashes = "- ".repeat(columns.saturating_sub(3) / 2);
                text.push_str(&format!("8< {dashes}"));
                text.truncate(text.trim_end().len());
            }
            Row::Blank => {}
            Row::Text { pieces, .. } => text.push_str(&placed(&pieces)),
        }
        text.push('\n');
    }
    text
}

fn middle(text: &str, columns: usize) -> Piece {
    Piece { from: 0, to: columns, align: Align::Middle, text: text.to_owned() }
}

/// A line with its pieces in their places.
fn placed(pieces: &[Piece]) -> String {
    let mut line = String::new();
    let mut used = 0;
    for piece in pieces {
        let cell = piece.to.saturating_sub(piece.from);
        let free = cell.saturating_sub(width(&piece.text));
        let at = piece.from
            + match piece.align {
                Align::Start => 0,
                Align::Middle => free / 2,
                Align::End => free,
            };
        line.push_str(&" ".repeat(at.saturating_sub(used)));
        line.push_str(&piece.text);
        used = at.max(used) + width(&piece.text);
    }
    line
}
