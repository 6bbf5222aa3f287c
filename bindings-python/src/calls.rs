//! Calls that need no terminal.

use danmal::{AmountConvention, VatRounding};
use danmal_bridge::{read, receipt, show};
use pyo3::prelude::*;

use crate::boundary::guard;
use crate::watch::{Watch, Watcher};

/// The version of the native half.
#[pyfunction]
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Where journals and the claims on terminals are kept unless another folder is named.
#[pyfunction]
pub(crate) fn data_folder() -> String {
    danmal::data_folder().to_string_lossy().into_owned()
}

/// The serial ports of this machine, as JSON.
#[pyfunction]
pub(crate) fn serial_ports(py: Python<'_>) -> PyResult<String> {
    guard(|| py.detach(danmal::serial_ports).map(|ports| show::ports(&ports)))
}

/// What stands at an address.
#[pyfunction]
#[pyo3(signature = (address, options, watcher = None))]
pub(crate) fn doctor(address: &str, options: &str, watcher: Watcher<'_>) -> PyResult<Watch> {
    let answer = guard(|| danmal_bridge::doctor(address, options))?;
    Ok(Watch::new(&watcher, |wakeups| danmal_bridge::Watch::answer(wakeups, answer)))
}

/// Splits a price that includes value added tax, as JSON.
#[pyfunction]
pub(crate) fn split_vat(
    amount: i64,
    tax_free: i64,
    tip: i64,
    rounding: &str,
    convention: &str,
) -> PyResult<String> {
    guard(|| {
        let rounding: VatRounding = read("rounding", rounding)?;
        let convention: AmountConvention = read("convention", convention)?;
        danmal::split_vat(amount, tax_free, tip, rounding, convention).map(|split| show::json(&split))
    })
}

/// The paper of an outcome, as JSON.
#[pyfunction]
pub(crate) fn paper(outcome: &str, options: &str) -> PyResult<String> {
    guard(|| receipt::paper(outcome, options))
}

/// A paper as text.
#[pyfunction]
pub(crate) fn preview_text(paper: &str, columns: usize) -> PyResult<String> {
    guard(|| receipt::preview_text(paper, columns))
}

/// A paper as a picture (SVG).
#[pyfunction]
pub(crate) fn preview_svg(paper: &str, width: usize) -> PyResult<String> {
    guard(|| receipt::preview_svg(paper, width))
}
