//! What the runner and an adapter say to each other: one JSON object a line, each answered by one line.

use std::collections::BTreeMap;

use danmal_simulator::script::{Scenario, Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lines::{Client, Line};

/// What the runner asks of an adapter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Command {
    /// Who are you? Answered by [`Greeting`].
    Hello,
    /// Opens a terminal. Names of an earlier opening go on: see [`Open::names`]. Answered by [`Done`].
    Open(Box<Open>),
    /// A step of the scenario, as it stands in the file: an operation or a question that begins and is not
    /// waited for, `requestCancel`, `stopWatching`, `waitFor`, `overrideUnknown`, `acceptJournal`. Answered by
    /// [`Begun`].
    Step {
        /// The step.
        step: Step,
        /// How long a `waitFor` waits at most, seconds.
        within: f64,
    },
    /// Waits for what became of an operation or a question. Answered by [`Seen`].
    Expect {
        /// Its name.
        of: String,
        /// Whether the resolution is waited for behind an outcome.
        resolution: bool,
        /// How long at most, seconds.
        within: f64,
    },
    /// The unresolved operations, oldest first. Answered by [`Ids`].
    Pending,
    /// What the journal shows. Answered by [`History`].
    History,
    /// Closes the terminal and forgets every name. Answered by [`Done`].
    Close,
    /// Only of adapters with the line `simulator`: a command for the control port of the terminal that lives in
    /// the adapter's process, see `danmal_simulator::Control`. The answer is the control port's.
    Control {
        /// The command.
        command: Value,
    },
}

/// How a terminal is opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Open {
    /// The line. On `foreign` the adapter connects to the address by itself, a socket of its own behind the
    /// language's transport interface, and says that a simulator stands there.
    pub line: Line,
    /// The client, one of those of the greeting.
    #[serde(default)]
    pub client: Client,
    /// The address; of a foreign line `HOST:PORT`.
    pub address: String,
    /// The data folder.
    pub folder: String,
    /// The journal's file in it.
    pub journal: String,
    /// The factor on every duration.
    pub time_scale: f64,
    /// Keys of the profile that differ from the simulator's, with the names of its JSON.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub profile: serde_json::Map<String, Value>,
    /// What operations of before are called. One that is pending is that of `pending()`; another is looked up in
    /// the history.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Only on the line `simulator`, and only the first time: the terminal that is put at the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<Inside>,
}

/// A terminal within the adapter's process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inside {
    /// What it does.
    pub scenario: Scenario,
    /// In which pieces its bytes come.
    pub chunking: crate::lines::Chunking,
}

/// Who an adapter is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Greeting {
    /// The language, as in `languages.yaml`.
    pub language: String,
    /// The lines that it can open.
    pub lines: Vec<Line>,
    /// The clients that its language has.
    #[serde(default = "one_client")]
    pub clients: Vec<Client>,
}

fn one_client() -> Vec<Client> {
    vec![Client::Async]
}

/// It is done.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Done {}

/// What came of a step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Begun {
    /// The id of the operation that began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The call refused by itself: the JSON of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Value>,
    /// Whether the event of a `waitFor` was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<bool>,
}

/// What became of an operation or a question.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// The operation's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The call itself refused: the JSON of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Value>,
    /// The JSON of the outcome; none where it did not settle in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Value>,
    /// `{"final": outcome}`, `{"operator": verdict}` or `{"stillUnknown": outcome}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Value>,
    /// The operation's events so far, as JSON.
    pub events: Vec<Value>,
    /// The answer of a question, as JSON; `{}` where it has none, as of printing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// The JSON of the error that a question got instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
}

/// Operations.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ids {
    /// Their ids.
    pub ids: Vec<String>,
}

/// What the journal shows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct History {
    /// Oldest first.
    pub entries: Vec<HistoryLine>,
}

/// One operation of the journal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Its id.
    pub id: String,
    /// The JSON of its outcome; none while it is open.
    pub outcome: Option<Value>,
    /// An operator's word, while it is open.
    pub overridden: Option<String>,
    /// The ids of its cancellations that stand or are open.
    pub cancellations: Vec<String>,
    /// What stands of it, won.
    pub net: Option<i64>,
}
