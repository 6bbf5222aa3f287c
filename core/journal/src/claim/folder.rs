//! Where the locks and markers of a user's terminals are.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ClaimRefused;
use crate::files;
use crate::lock::Holder;

/// The folder of locks and markers: one for all tills of a user (rule 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// The files of one terminal.
pub(super) struct Names {
    pub(super) locks: PathBuf,
    pub(super) place: u64,
    pub(super) marker: PathBuf,
    pub(super) holder: PathBuf,
}

impl Folder {
    /// A folder of one's own; made when the first terminal is claimed. Tills that use different folders do
    /// not see each other.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The usual folder: `$XDG_STATE_HOME/danmal` or `~/.local/state/danmal`; on Windows
    /// `%ProgramData%\danmal`.
    ///
    /// # Errors
    /// [`ClaimRefused::Folder`]: neither is known.
    pub fn standard() -> Result<Self, ClaimRefused> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let base = if cfg!(windows) {
            absolute("ProgramData")
        } else {
            absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        };
        let missing = if cfg!(windows) { "ProgramData is not set" } else { "HOME is not set" };
        base.map(|base| Self(base.join("danmal"))).ok_or_else(|| ClaimRefused::Folder {
            path: PathBuf::from("danmal"),
            detail: format!("{missing}: name the folder"),
        })
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn prepare(&self) -> io::Result<()> {
        files::make_folder(&self.0)
    }

    pub(super) fn names(&self, terminal: &str) -> Names {
        let hash = Sha256::digest(terminal.as_bytes());
        let mut name = String::with_capacity(32);
        for byte in hash.iter().take(16) {
            let _ = write!(name, "{byte:02x}");
        }
        let place = hash.iter().take(8).fold(0, |place, byte| (place << 8) | u64::from(*byte));
        Names {
            locks: self.0.join("terminals.lock"),
            place,
            marker: self.0.join(format!("{name}.marker")),
            holder: self.0.join(format!("{name}.holder")),
        }
    }
}

impl Holder {
    /// What the holder wrote of itself, beside what the system knows.
    pub(crate) fn with(self, file: &Path) -> Self {
        let written: Self =
            std::fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        if self.pid.is_some() && written.pid.is_some() && written.pid != self.pid {
            return Self { since: None, ..self };
        }
        Self {
            pid: self.pid.or(written.pid),
            program: written.program.or(self.program),
            journal: written.journal.or(self.journal),
            since: written.since,
        }
    }

    pub(super) fn write(&self, file: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        let mut options = files::private();
        let file = options.create(true).truncate(true).open(file)?;
        files::write_at(&file, &text, 0)
    }
}
