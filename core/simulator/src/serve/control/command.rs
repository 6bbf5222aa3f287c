//! The commands of the control port.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Control, answers};
use crate::fault::{Fault, Plan, Rule, Swarm};
use crate::script::{LedgerExpectation, Scenario};
use crate::settings::Settings;

fn first() -> u64 {
    1
}

/// What a terminal shall be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Kind {
    #[serde(default = "first")]
    terminal: u64,
    settings: Option<Settings>,
    faults: Vec<Rule>,
    seed: Option<u64>,
    rate: f64,
    scenario: Option<String>,
}

impl Default for Kind {
    fn default() -> Self {
        Self { terminal: 1, settings: None, faults: Vec::new(), seed: None, rate: 0.1, scenario: None }
    }
}

impl Kind {
    /// The settings and the plan; `None` where nothing was said.
    fn read(self) -> Result<Option<(Settings, Plan)>, String> {
        let Self { settings, faults, seed, rate, scenario, .. } = self;
        if let Some(text) = scenario {
            if settings.is_some() || seed.is_some() || !faults.is_empty() {
                return Err("a scenario says everything; give it alone".to_owned());
            }
            let scenario = Scenario::parse(&text).map_err(|error| error.to_string())?;
            return Ok(Some((scenario.settings(), scenario.plan())));
        }
        for rule in &faults {
            rule.check()?;
        }
        if settings.is_none() && seed.is_none() && faults.is_empty() {
            return Ok(None);
        }
        let swarm = seed.map(|seed| Swarm::of_all(seed, rate));
        Ok(Some((settings.unwrap_or_default(), Plan { rules: faults, swarm })))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    #[serde(default = "first")]
    terminal: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    #[serde(default = "first")]
    terminal: u64,
    rules: Vec<Rule>,
    #[serde(default)]
    replace: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Strike {
    #[serde(default = "first")]
    terminal: u64,
    fault: Fault,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    #[serde(default = "first")]
    terminal: u64,
    settings: Settings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    #[serde(default = "first")]
    terminal: u64,
    ptxid: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    #[serde(default = "first")]
    terminal: u64,
    ledger: LedgerExpectation,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub(super) enum Command {
    Open(Kind),
    Close(About),
    Reset(Kind),
    Faults(Rules),
    Inject(Strike),
    Settings(Box<Set>),
    Ledger(Look),
    Papers(About),
    Received(About),
    Events(About),
    Screen(About),
    Check(Check),
    Magic,
    Terminals,
}

impl Control {
    pub(super) async fn act(&self, command: Command) -> Result<Value, String> {
        match command {
            Command::Open(kind) => {
                let (settings, plan) = kind.read()?.unwrap_or_default();
                self.open(settings, plan).await
            }
            Command::Close(about) => self.close(about.terminal),
            Command::Reset(kind) => {
                let number = kind.terminal;
                self.reset(number, kind.read()?)
            }
            Command::Faults(Rules { terminal, rules, replace, .. }) => {
                rules.iter().try_for_each(Rule::check)?;
                self.with(terminal, |controlled| {
                    if replace {
                        controlled.server.set_plan(Plan::of(rules));
                    } else {
                        rules.into_iter().for_each(|rule| controlled.server.add_rule(rule));
                    }
                    json!({})
                })
            }
            Command::Inject(Strike { terminal, fault, .. }) => self.with(terminal, |controlled| {
                controlled.server.inject(fault);
                json!({})
            }),
            Command::Settings(set) => self.with(set.terminal, |controlled| {
                let settings = super::super::at_this_time(set.settings);
                controlled.server.act(|terminal, _| terminal.set_settings(settings));
                json!({})
            }),
            Command::Ledger(Look { terminal, ptxid, .. }) => {
                self.with(terminal, |controlled| answers::ledger(&controlled.server.host(), ptxid.as_deref()))
            }
            Command::Papers(about) => {
                self.with(about.terminal, |controlled| answers::papers(&controlled.server.papers()))
            }
            Command::Received(about) => self.with(about.terminal, |controlled| {
                // What is due happens first, and is told.
                controlled.server.look(|_| ());
                answers::received(&controlled.log)
            }),
            Command::Events(about) => self.with(about.terminal, |controlled| {
                controlled.server.look(|_| ());
                answers::events(&controlled.log)
            }),
            Command::Screen(about) => {
                self.with(about.terminal, |controlled| controlled.server.look(answers::screen))
            }
            Command::Check(Check { terminal, ledger, names, .. }) => self.with(terminal, |controlled| {
                let wrong = ledger.check(&controlled.server.host(), |name| names.get(name).cloned());
                json!({"wrong": wrong.err().unwrap_or_default()})
            }),
            Command::Magic => Ok(answers::magic()),
            Command::Terminals => {
                let terminals = self.terminals();
                let each = terminals.iter().map(|(number, controlled)| {
                    json!({"terminal": number, "address": controlled.address.map(|address| format!("tcp://{address}"))})
                });
                Ok(json!({"terminals": each.collect::<Vec<_>>()}))
            }
        }
    }
}
