//! Paper as rows of pieces with their places, in half-width columns.

use danmal_model::{Paper, PrintCommand};

use super::super::width::{width, wrap};

/// One row of the paper.
pub(super) enum Row {
    Logo,
    Rule,
    Cut,
    Blank,
    Text {
        /// px.
        size: u16,
        pieces: Vec<Piece>,
    },
}

/// Where a piece of text stands within its cell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

/// A piece of text in its cell, which reaches from one column to before another.
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) align: Align,
    pub(super) text: String,
}

/// The rows of a paper; `columns` says how many columns a row has at a size of text.
pub(super) fn rows(paper: &Paper, columns: impl Fn(u16) -> usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for command in &paper.commands {
        match command {
            PrintCommand::Logo => rows.push(Row::Logo),
            PrintCommand::Line => rows.push(Row::Rule),
            PrintCommand::CuttingLine => rows.push(Row::Cut),
            PrintCommand::Break => rows.push(Row::Blank),
            PrintCommand::Left { font_size, message: [text] } => {
                let cells = [(0, columns(*font_size), Align::Start, text)];
                set(&mut rows, *font_size, &cells);
            }
            PrintCommand::Right { font_size, message: [text] } => {
                let cells = [(0, columns(*font_size), Align::End, text)];
                set(&mut rows, *font_size, &cells);
            }
            PrintCommand::Text2 { font_size, message: [left, right] } => {
                let all = columns(*font_size);
                let fits = width(&shown(left)) + 1 + width(&shown(right)) <= all;
                let (end, start) = if fits { (all, 0) } else { (all / 2, all / 2) };
                let cells = [(0, end, Align::Start, left), (start, all, Align::End, right)];
                set(&mut rows, *font_size, &cells);
            }
            PrintCommand::Text3 { font_size, message: [left, middle, right] } => {
                let all = columns(*font_size);
                // Outer cells of one width, so that the middle one is in the middle.
                let (first, second) = (all / 3, all - all / 3);
                let cells = [
                    (0, first, Align::Start, left),
                    (first, second, Align::Middle, middle),
                    (second, all, Align::End, right),
                ];
                set(&mut rows, *font_size, &cells);
            }
        }
    }
    rows
}

/// Wraps the cells of one command and puts their lines beside each other.
fn set(rows: &mut Vec<Row>, size: u16, cells: &[(usize, usize, Align, &String)]) {
    let last = cells.len().saturating_sub(1);
    let wrapped: Vec<Vec<String>> = cells
        .iter()
        .enumerate()
        .map(|(at, (from, to, _, text))| {
            // A cell that another follows keeps a column free between them.
            let gap = usize::from(at < last && cells.get(at + 1).is_some_and(|next| next.0 >= *to));
            wrap(&shown(text), to.saturating_sub(*from + gap))
        })
        .collect();
    for line in 0..wrapped.iter().map(Vec::len).max().unwrap_or(0) {
        let pieces = cells
            .iter()
            .zip(&wrapped)
            .filter_map(|((from, to, align, _), lines)| {
                let text = lines.get(line).filter(|text| !text.is_empty())?.clone();
                Some(Piece { from: *from, to: *to, align: *align, text })
            })
            .collect();
        rows.push(Row::Text { size, pieces });
    }
}

/// The text without what a preview must not contain: paper that was not checked may hold anything.
fn shown(text: &str) -> String {
    text.chars()
        .map(|c| {
            let harmful = c.is_control()
                || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}');
            if harmful { '\u{fffd}' } else { c }
        })
        .collect()
}
