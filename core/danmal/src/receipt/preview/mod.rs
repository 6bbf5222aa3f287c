//! Paper as it will look, without a printer: as text and as a picture.
//!
//! The catalogue does not say how a terminal sets its columns. The preview sets two of them to the left and
//! to the right edge, three of them in thirds: left, centred, right. What is too wide is wrapped.

mod rows;
mod svg;
mod text;

pub use self::svg::preview_svg;
pub use self::text::preview_text;
