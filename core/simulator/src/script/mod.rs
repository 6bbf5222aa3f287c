//! Scenario files: what the terminal, the customer, the host and the line do, what the application does, and
//! what must come of it. One file serves the tests of every language.

mod expect;
mod step;

use std::collections::BTreeMap;
use std::path::Path;

pub use expect::{
    AnswerExpectation, Expectation, JournalExpectation, LedgerExpectation, PerRequest, Refusal,
};
use serde::{Deserialize, Serialize};
pub use step::{
    Action, Cancel, CancelReceipt, Empty, Medical, Override, Receipt, Restart, Sale, SlipOf, Step, TaxRefund,
    Totals, Typed, Verdict, Wait, WaitFor,
};

use crate::fault::{Codes, Plan, Rule, Swarm};
use crate::settings::Settings;

/// A scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, a sentence.
    pub name: String,
    /// More of it, for a reader.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The factor on every duration of the SDK, the terminal and the steps. 0.02.
    #[serde(default = "fast")]
    pub time_scale: f64,
    /// On which lines it makes sense; on all where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Transport>,
    /// What the SDK is told of the terminal: keys of its profile.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub profile: serde_json::Map<String, serde_json::Value>,
    /// What kind of terminal it is.
    #[serde(default)]
    pub terminal: Settings,
    /// What goes wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Rule>,
    /// What goes wrong by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swarm: Option<Swarm>,
    /// What the application does, and what it sees.
    pub steps: Vec<Step>,
    /// What stands in the host's ledger at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerExpectation>,
    /// What the SDK's journal says of single operations at the end, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub journal: BTreeMap<String, JournalExpectation>,
    /// How many requests of a code the terminal has received at the end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<Codes, u32>,
    /// Texts that stand on the papers at the end, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paper: Vec<String>,
}

fn fast() -> f64 {
    0.02
}

/// A line between the application and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Transport {
    /// TCP.
    Tcp,
    /// A serial port, or a pseudo terminal.
    Serial,
    /// `simulator:`, within the process.
    Simulator,
}

/// Why a scenario cannot be read. It names the line and the column.
#[derive(Debug)]
pub struct ScenarioError(String);

impl std::fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScenarioError {}

impl Scenario {
    /// Reads a scenario. Keys that are not known are errors, and so are names that no step gave and faults
    /// that cannot strike where they are said to.
    ///
    /// # Errors
    /// What is wrong, with its line and column.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            serde_saphyr::from_str(text).map_err(|error| ScenarioError(error.to_string()))?;
        scenario.check().map_err(ScenarioError)?;
        Ok(scenario)
    }

    /// Reads a scenario from a file.
    ///
    /// # Errors
    /// What is wrong, with the file's name.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        let path = path.as_ref();
        let named = |what: String| ScenarioError(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
        Self::parse(&text).map_err(|error| named(error.0))
    }

    /// The terminal's settings, with the scenario's factor on its durations.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.terminal.clone().scaled(self.time_scale)
    }

    /// What goes wrong.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan { rules: self.faults.clone(), swarm: self.swarm.clone() }
    }

    fn check(&self) -> Result<(), String> {
        if !(self.time_scale.is_finite() && self.time_scale > 0.0) {
            return Err("timeScale takes a number over 0".to_owned());
        }
        for (place, rule) in self.faults.iter().enumerate() {
            rule.check().map_err(|error| format!("fault {}: {error}", place + 1))?;
        }
        let mut known: Vec<&str> = Vec::new();
        for (place, step) in self.steps.iter().enumerate() {
            for name in step.uses() {
                if !known.contains(&name) {
                    return Err(format!("step {}: no step before it is called `{name}`", place + 1));
                }
            }
            if let Some(name) = &step.name {
                if !step.action.gives_a_result() {
                    return Err(format!(
                        "step {}: it gives nothing that could be called `{name}`",
                        place + 1
                    ));
                }
                if known.contains(&name.as_str()) {
                    return Err(format!("step {}: `{name}` is taken", place + 1));
                }
                known.push(name);
            }
        }
        let unknown = |name: &&String| !known.contains(&name.as_str());
        if let Some(name) = self.ledger.iter().flat_map(|ledger| ledger.of.keys()).find(unknown) {
            return Err(format!("ledger: no step is called `{name}`"));
        }
        match self.journal.keys().find(unknown) {
            Some(name) => Err(format!("journal: no step is called `{name}`")),
            None => Ok(()),
        }
    }
}

/// Reads rules: a list of `{on: …, do: …}` in YAML or JSON.
///
/// # Errors
/// What is wrong, with its line and column.
pub fn parse_rules(text: &str) -> Result<Vec<Rule>, ScenarioError> {
    let rules: Vec<Rule> = serde_saphyr::from_str(text).map_err(|error| ScenarioError(error.to_string()))?;
    for (place, rule) in rules.iter().enumerate() {
        rule.check().map_err(|error| ScenarioError(format!("fault {}: {error}", place + 1)))?;
    }
    Ok(rules)
}
