//! Paper as a picture.

use std::fmt::Write;

use danmal_model::Paper;

use super::super::width::width;
use super::rows::{Align, Piece, Row, rows};

const MARGIN: usize = 16;
const FONTS: &str = "'Noto Sans KR','Noto Sans CJK KR','Malgun Gothic','Apple SD Gothic Neo',sans-serif";

/// The paper as an SVG picture of so many px width (58 mm paper has 384 dots, 80 mm paper 576): complete in
/// itself, with nothing to load or run in it. Less than 200 px counts as 200, more than 2,000 as 2,000. Text
/// outside 8 to 72 px is drawn as the nearest of them.
#[must_use]
pub fn preview_svg(paper: &Paper, width_px: usize) -> String {
    let mut picture = Picture { width: width_px.clamp(200, 2_000), top: MARGIN, body: String::new() };
    for row in rows(paper, |size| picture_columns(width_px.clamp(200, 2_000), drawn(size))) {
        match row {
            Row::Logo => picture.logo(),
            Row::Rule => picture.rule(),
            Row::Cut => picture.cut(),
            Row::Blank => picture.top += 20,
            Row::Text { size, pieces } => picture.text(drawn(size), &pieces),
        }
    }
    picture.finish()
}

/// How many half-width columns a row has.
fn picture_columns(width_px: usize, size: usize) -> usize {
    ((width_px - 2 * MARGIN) * 2 / size).max(2)
}

fn drawn(size: u16) -> usize {
    usize::from(size.clamp(8, 72))
}

struct Picture {
    width: usize,
    /// Where the next row begins.
    top: usize,
    body: String,
}

/// Writing into a `String` does not fail.
macro_rules! draw {
    ($picture:expr, $($part:tt)*) => {{
        let _ = writeln!($picture.body, $($part)*);
    }};
}

impl Picture {
    fn right(&self) -> usize {
        self.width - MARGIN
    }

    fn logo(&mut self) {
        let (wide, high) = (120, 44);
        let left = (self.width - wide) / 2;
        let (middle, baseline) = (self.width / 2, self.top + 30);
        draw!(
            self,
            r##"<rect x="{left}" y="{top}" width="{wide}" height="{high}" rx="8" fill="none" stroke="#222" stroke-width="2"/>"##,
            top = self.top + 2,
        );
        draw!(
            self,
            r#"<text x="{middle}" y="{baseline}" font-size="18" font-weight="bold" text-anchor="middle">LOGO</text>"#
        );
        self.top += high + 12;
    }

    fn rule(&mut self) {
        let (y, left, right) = (self.top + 7, MARGIN, self.right());
        draw!(self, r##"<path d="M{left} {y}H{right}" stroke="#222" stroke-width="1.5"/>"##);
        self.top += 14;
    }

    /// A dashed line over the whole width, and scissors that open to it.
    fn cut(&mut self) {
        let (y, width) = (self.top + 14, self.width);
        draw!(
            self,
            r##"<path d="M{start} {y}H{width}" stroke="#888" stroke-width="1.5" stroke-dasharray="7 5"/>"##,
            start = MARGIN + 22
        );
        draw!(
            self,
            r##"<g fill="none" stroke="#888" stroke-width="1.5"><circle cx="{x}" cy="{above}" r="3.5"/><circle cx="{x}" cy="{below}" r="3.5"/><path d="M{hinge} {up}L{tip} {low}M{hinge} {down}L{tip} {high}"/></g>"##,
            x = MARGIN,
            above = y - 6,
            below = y + 6,
            hinge = MARGIN + 3,
            tip = MARGIN + 18,
            up = y - 4,
            low = y + 4,
            down = y + 4,
            high = y - 4,
        );
        self.top += 28;
    }

    fn text(&mut self, size: usize, pieces: &[Piece]) {
        let baseline = self.top + size + size / 10;
        // The columns are stretched so that the last one ends at the edge, however the width divides.
        let columns = picture_columns(self.width, size);
        let edge = |column: usize| MARGIN + column * (self.width - 2 * MARGIN) / columns;
        for piece in pieces {
            let (left, right) = (edge(piece.from), edge(piece.to));
            let (x, anchor) = match piece.align {
                Align::Start => (left, "start"),
                Align::Middle => (left.midpoint(right), "middle"),
                Align::End => (right, "end"),
            };
            let _ = write!(self.body, r#"<text x="{x}" y="{baseline}" font-size="{size}""#);
            if anchor != "start" {
                let _ = write!(self.body, r#" text-anchor="{anchor}""#);
            }
            // Where a piece fills its cell, a font that is wider than the table (most digits are, by a ninth)
            // is pressed into it.
            let wide = width(&piece.text) * size / 2;
            if wide * 10 > (right - left) * 9 {
                let _ = write!(self.body, r#" textLength="{wide}" lengthAdjust="spacingAndGlyphs""#);
            }
            draw!(self, ">{}</text>", escaped(&piece.text));
        }
        self.top += size + size * 2 / 5;
    }

    fn finish(self) -> String {
        let (width, height) = (self.width, self.top + MARGIN);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" xml:space=\"preserve\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fffefa\" stroke=\"#ccc\"/>\n\
             <g font-family=\"{FONTS}\" fill=\"#111\">\n{body}</g>\n</svg>\n",
            body = self.body,
        )
    }
}

/// Text within an element or an attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
