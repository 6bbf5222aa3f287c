//! The browser in which the page of the example is tested.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::Steps;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn there() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("DANMAL_BROWSER") {
        return Some(named.into());
    }
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|program| Path::is_file(program))
}

/// Says to the tests where it is. Where there is none, CI installs one; elsewhere that test is skipped by its name.
pub(super) fn find(steps: &mut Steps, tests: &mut Command) {
    if there().is_none() && std::env::var_os("CI").is_some() && cfg!(target_os = "linux") {
        let mut install = Command::new("sh");
        install
            .args(["-c", "apt-get -q update && apt-get -q install --yes --no-install-recommends chromium"])
            .env("DEBIAN_FRONTEND", "noninteractive");
        steps.run("node: a browser for the example's page", &mut install);
    }
    match there() {
        Some(browser) => drop(tests.env("DANMAL_BROWSER", browser)),
        None => steps.skip("node: the example's page", "no Chromium: apt-get install chromium"),
    }
}
