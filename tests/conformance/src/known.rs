//! Known deviations, each with its reason: `known.yaml`.

use std::path::Path;

use serde::Deserialize;

use crate::lines::Line;

/// A deviation that is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Known {
    /// The scenario, by its file's name without the ending.
    pub scenario: String,
    /// In which language; in all where it is absent.
    #[serde(default)]
    pub language: Option<String>,
    /// On which line; on all where it is absent.
    #[serde(default)]
    pub line: Option<Line>,
    /// Why it is so, and what would end it.
    pub reason: String,
}

impl Known {
    /// Whether it speaks of such a run.
    #[must_use]
    pub fn covers(&self, scenario: &str, language: &str, line: Line) -> bool {
        self.scenario == scenario
            && self.language.as_deref().is_none_or(|own| own == language)
            && self.line.is_none_or(|own| own == line)
    }
}

/// Every known deviation.
///
/// # Errors
/// The file cannot be read, or an entry has no reason.
pub fn all() -> Result<Vec<Known>, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("known.yaml");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let all: Vec<Known> =
        serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    match all.iter().find(|known| known.reason.trim().len() < 10) {
        Some(known) => Err(format!("known.yaml: {} has no reason", known.scenario)),
        None => Ok(all),
    }
}
