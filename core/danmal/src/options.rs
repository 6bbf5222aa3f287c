//! How a terminal is opened.

use std::path::{Path, PathBuf};

use danmal_journal::Journal;
use danmal_model::Profile;

/// Which journal a terminal writes.
#[derive(Clone, Debug, Default)]
pub(crate) enum Choice {
    /// `till.db`, or `simulator.db` for play money, in the data folder.
    #[default]
    Default,
    /// A file.
    Path(PathBuf),
    /// In memory: it survives nothing.
    Memory,
    /// One that is open.
    Open(Journal),
}

/// How a terminal is opened. The default needs nothing.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) journal: Choice,
    pub(crate) profile: Option<Profile>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) time_scale: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { journal: Choice::Default, profile: None, folder: None, time_scale: 1.0 }
    }
}

impl Options {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The journal's file; a relative path is in the data folder.
    #[must_use]
    pub fn journal(mut self, path: impl AsRef<Path>) -> Self {
        self.journal = Choice::Path(path.as_ref().to_path_buf());
        self
    }

    /// A journal in memory, for tests and measurements: it survives nothing, and says so by having no path.
    #[must_use]
    pub fn journal_in_memory(mut self) -> Self {
        self.journal = Choice::Memory;
        self
    }

    /// A journal that is open already.
    #[must_use]
    pub fn open_journal(mut self, journal: Journal) -> Self {
        self.journal = Choice::Open(journal);
        self
    }

    /// What is known of the terminal.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// The data folder, for journals and terminal locks. Two tills must share it to see each other.
    #[must_use]
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_path_buf());
        self
    }

    /// A factor on every duration, for tests on `simulator:` and loopback alone (rule 15).
    #[must_use]
    pub fn time_scale(mut self, factor: f64) -> Self {
        self.time_scale = factor;
        self
    }
}

/// Where journals and locks are kept: `XDG_STATE_HOME/danmal` or `~/.local/state/danmal`, on Windows
/// `ProgramData\danmal`.
#[must_use]
pub fn data_folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        return variable("ProgramData").unwrap_or_else(|| PathBuf::from("C:\\ProgramData")).join("danmal");
    }
    variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(std::env::temp_dir)
        .join("danmal")
}
