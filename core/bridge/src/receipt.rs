//! Papers: the receipt of an outcome, and how it will look.

use danmal::receipt::{Receipt, preview};
use danmal::{Error, Outcome, Paper, ReceiptOptions};

use crate::{read, show};

/// The paper of an outcome: a receipt where it is approved, a note that says so otherwise.
///
/// # Errors
/// Records that cannot be read; text that cannot be printed, by its field.
pub fn paper(outcome: &str, options: &str) -> Result<String, Error> {
    let outcome: Outcome = read("outcome", outcome)?;
    let options: ReceiptOptions = read("options", options)?;
    Ok(show::json(&Receipt::of_outcome(&outcome).options(options).paper()?))
}

/// A paper as text, in columns of half-width characters.
///
/// # Errors
/// A paper that cannot be read.
pub fn preview_text(paper: &str, columns: usize) -> Result<String, Error> {
    Ok(preview::preview_text(&read::<Paper>("paper", paper)?, columns))
}

/// A paper as a picture (SVG), so many pixels wide.
///
/// # Errors
/// A paper that cannot be read.
pub fn preview_svg(paper: &str, width: usize) -> Result<String, Error> {
    Ok(preview::preview_svg(&read::<Paper>("paper", paper)?, width))
}
