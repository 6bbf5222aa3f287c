//! Papers and prices.

use danmal::{AmountConvention, VatRounding, split_vat as split};
use danmal_bridge::{read, receipt, show};
use napi::bindgen_prelude::Result;
use napi_derive::napi;

use crate::or_thrown;

/// The paper of an outcome.
#[napi(catch_unwind)]
pub fn receipt_paper(outcome: String, options: String) -> Result<String> {
    or_thrown(receipt::paper(&outcome, &options))
}

/// A paper as text.
#[napi(catch_unwind)]
pub fn preview_text(paper: String, columns: u32) -> Result<String> {
    or_thrown(receipt::preview_text(&paper, columns as usize))
}

/// A paper as a picture.
#[napi(catch_unwind)]
pub fn preview_svg(paper: String, width: u32) -> Result<String> {
    or_thrown(receipt::preview_svg(&paper, width as usize))
}

/// The parts of a price that includes VAT.
#[napi(catch_unwind)]
pub fn split_vat(
    amount: i64,
    tax_free: i64,
    tip: i64,
    rounding: String,
    convention: String,
) -> Result<String> {
    let quoted = |text: String| show::json(&text);
    let rounding: VatRounding = or_thrown(read("rounding", &quoted(rounding)))?;
    let convention: AmountConvention = or_thrown(read("convention", &quoted(convention)))?;
    or_thrown(split(amount, tax_free, tip, rounding, convention)).map(|parts| show::json(&parts))
}
