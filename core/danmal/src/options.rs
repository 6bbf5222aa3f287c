//! How a terminal is opened.

use std::path::{Path, PathBuf};

use danmal_journal::Journal;
use danmal_model::{Error, ErrorCode, FrameRules, Profile};

/// Which journal a terminal writes.
#[derive(Clone, Debug, Default)]
pub enum JournalChoice {
    /// `till.db`, or `simulator.db` for play money, in the data folder.
    #[default]
    Default,
    /// A file; a relative path is in the data folder.
    Path(PathBuf),
    /// In memory, for tests and measurements: it survives nothing.
    Memory,
    /// One that is open already.
    Open(Journal),
}

/// How a terminal is opened. The default needs nothing.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) journal: JournalChoice,
    pub(crate) profile: Option<Profile>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) frames: FrameRules,
    pub(crate) time_scale: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            journal: JournalChoice::Default,
            profile: None,
            folder: None,
            frames: FrameRules::default(),
            time_scale: 1.0,
        }
    }
}

impl Options {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The journal's file; a relative path is in the data folder. Terminals of one process with one file share
    /// one journal; two processes cannot.
    #[must_use]
    pub fn journal(mut self, path: impl AsRef<Path>) -> Self {
        self.journal = JournalChoice::Path(path.as_ref().to_path_buf());
        self
    }

    /// A journal in memory, for tests and measurements: it survives nothing, and says so by having no path.
    #[must_use]
    pub fn journal_in_memory(mut self) -> Self {
        self.journal = JournalChoice::Memory;
        self
    }

    /// A journal that is open already.
    #[must_use]
    pub fn open_journal(mut self, journal: Journal) -> Self {
        self.journal = JournalChoice::Open(journal);
        self
    }

    /// Whichever journal.
    #[must_use]
    pub fn journal_choice(mut self, journal: JournalChoice) -> Self {
        self.journal = journal;
        self
    }

    /// What is known, assumed and set of the terminal. Unless given: the simulator's for play money, and one
    /// that knows nothing for a device.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// The data folder, for journals and the claims on terminals, instead of [`data_folder`]. Two tills must
    /// share it to keep each other out. A relative path is one in [`data_folder`], wherever the program stands
    /// (rule 4): a folder that moves with it would let two terminals drive one device.
    #[must_use]
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(data_folder().join(folder));
        self
    }

    /// How the terminal's frames are read, and how requests are written. `doctor` proposes rules from what it
    /// has seen.
    #[must_use]
    pub fn frame_rules(mut self, rules: FrameRules) -> Self {
        self.frames = rules;
        self
    }

    /// A factor on every duration of the rules, 0.0001 to 100, for tests: other than 1 on `simulator:`,
    /// loopback and pty alone (rule 15), and over a caller's own transport that says it leads to a simulator.
    /// The status says it.
    #[must_use]
    pub fn time_scale(mut self, factor: f64) -> Self {
        self.time_scale = factor;
        self
    }

    /// Rule 15: `for_tests` says whether the place allows a factor.
    pub(crate) fn check_scale(&self, for_tests: bool) -> Result<(), Error> {
        let factor = self.time_scale;
        let sound = (0.000_1..=100.0).contains(&factor);
        if sound && (for_tests || factor.to_bits() == 1.0_f64.to_bits()) {
            return Ok(());
        }
        Err(Error::field(
            ErrorCode::InvalidSetting,
            "timeScale",
            factor.to_string(),
            "1; another factor from 0.0001 to 100 on simulator:, loopback and pty alone",
        ))
    }
}

/// Where journals and the claims on terminals are kept: `XDG_STATE_HOME/danmal` or `~/.local/state/danmal`; on
/// Windows `ProgramData\danmal`.
#[must_use]
pub fn data_folder() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return absolute("ProgramData").unwrap_or_else(|| PathBuf::from("C:\\ProgramData")).join("danmal");
    }
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .or_else(|| Some(std::env::temp_dir()).filter(|path| path.is_absolute()))
        .unwrap_or_else(|| PathBuf::from("/tmp"))
        .join("danmal")
}
