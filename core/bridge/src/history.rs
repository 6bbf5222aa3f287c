//! What a journal knows of a terminal, by a filter from JSON.

use danmal::{Error, ErrorCode, HistoryFilter, Terminal};
use serde::Deserialize;

use crate::{read, show};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Given {
    since: Option<String>,
    until: Option<String>,
    order: Option<String>,
    limit: Option<usize>,
}

/// What the journal knows of a terminal, oldest first. The filter: `since` and `until` as moments (RFC 3339),
/// `order`, and `limit`, the newest.
///
/// # Errors
/// A filter that cannot be read, by its field; a journal that cannot be.
pub fn history(terminal: &Terminal, filter: &str) -> Result<String, Error> {
    let given: Given = read("filter", filter)?;
    let moment = |field: &'static str, text: Option<String>| {
        text.map(|text| text.parse()).transpose().map_err(|_| {
            Error::field(ErrorCode::InvalidDate, field, "no moment", "for instance 2026-11-25T09:00:00+09:00")
        })
    };
    let filter = HistoryFilter {
        since: moment("since", given.since)?,
        until: moment("until", given.until)?,
        order: given.order,
        limit: given.limit,
        ..HistoryFilter::default()
    };
    Ok(show::history(&terminal.history_of(&filter)?))
}
