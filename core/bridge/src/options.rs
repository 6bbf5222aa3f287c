//! How a terminal is opened, from JSON.

use std::path::PathBuf;
use std::sync::Arc;

use danmal::{Endpoint, Error, FrameRules, Options, Profile, Terminal};
use serde::Deserialize;
use serde_json::json;

use crate::calls::Answer;
use crate::{read, show};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Given {
    /// The journal's file; a relative path is in the data folder.
    journal: Option<PathBuf>,
    /// A journal in memory instead.
    in_memory: bool,
    folder: Option<PathBuf>,
    profile: Option<Profile>,
    frame_rules: Option<FrameRules>,
    time_scale: Option<f64>,
}

/// Reads options: `journal`, `inMemory`, `folder`, `profile`, `frameRules`, `timeScale`.
///
/// # Errors
/// What cannot be read.
pub fn options(json: &str) -> Result<Options, Error> {
    let given: Given = read("options", json)?;
    let mut options = Options::new();
    if let Some(path) = given.journal {
        options = options.journal(path);
    }
    if given.in_memory {
        options = options.journal_in_memory();
    }
    if let Some(folder) = given.folder {
        options = options.folder(folder);
    }
    if let Some(profile) = given.profile {
        options = options.profile(profile);
    }
    if let Some(rules) = given.frame_rules {
        options = options.frame_rules(rules);
    }
    if let Some(factor) = given.time_scale {
        options = options.time_scale(factor);
    }
    Ok(options)
}

/// Opens a terminal, at an address or over a caller's own transport. It returns at once.
///
/// # Errors
/// A bad address or setting; a forked process.
pub fn open(address: &str, endpoint: Option<Endpoint>, json: &str) -> Result<Terminal, Error> {
    let options = options(json)?;
    match endpoint {
        Some(endpoint) => Terminal::open_endpoint(endpoint, options),
        None => Terminal::open(address, options),
    }
}

/// What stands at an address, as JSON with a `text`.
///
/// # Errors
/// Options that cannot be read. Everything else is in the answer.
pub fn doctor(address: &str, json: &str) -> Result<Answer, Error> {
    let (address, options) = (Arc::<str>::from(address), options(json)?);
    Ok(Box::pin(async move {
        let found = danmal::doctor(&address, options).await?;
        let text = |language| found.text(language);
        Ok(show::json(&json!({
            "address": found.address,
            "key": found.key,
            "journal": found.journal,
            "holder": found.holder,
            "answered": found.answered,
            "problem": found.problem,
            "tookMs": found.took.map(|took| took.as_secs_f64() * 1_000.0),
            "simulated": found.simulated,
            "last": found.last,
            "frames": found.frames,
            "frameRules": found.frame_rules,
            "history": found.history,
            "text": { "ko": text(danmal::Language::Korean), "en": text(danmal::Language::English) },
        })))
    }))
}
