//! The languages whose adapters the runner knows: `languages.yaml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A language and how its adapter is started.
#[derive(Clone, Debug)]
pub struct Language {
    /// Its name.
    pub name: String,
    /// The program and its arguments.
    pub run: Vec<String>,
}

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    own.canonicalize().unwrap_or(own)
}

/// Every language. `{root}` in a program stands for the workspace's root, `{target}` for the folder that is built
/// in, `{bin}` for where a virtual environment keeps its programs, `{runner}` for the runner's own program, which is
/// the adapter of Rust too.
///
/// # Errors
/// The file cannot be read.
pub fn all(runner: &Path) -> Result<Vec<Language>, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages.yaml");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let languages: BTreeMap<String, Vec<String>> =
        serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let places = [
        ("{root}", root().to_string_lossy().into_owned()),
        ("{target}", target.to_string_lossy().into_owned()),
        ("{bin}", if cfg!(windows) { "Scripts" } else { "bin" }.to_owned()),
        ("{runner}", runner.to_string_lossy().into_owned()),
    ];
    let fill = |word: String| places.iter().fold(word, |word, (name, place)| word.replace(name, place));
    let each =
        languages.into_iter().map(|(name, run)| Language { name, run: run.into_iter().map(fill).collect() });
    Ok(each.collect())
}
