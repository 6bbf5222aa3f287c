//! One till for one terminal (rule 4): a record lock over processes, a table within this one.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Who holds the terminal instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefused {
    /// Another till.
    #[error("{0}")]
    Held(String),
    /// The folder of the locks cannot be used.
    #[error("the lock folder {folder} cannot be used: {detail}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        detail: String,
    },
}

#[derive(Default)]
struct Table {
    held: BTreeSet<(PathBuf, String)>,
    /// Opened once and never closed: closing any descriptor of the file would drop every record lock on it.
    files: Vec<(PathBuf, File)>,
}

fn table() -> &'static Mutex<Table> {
    static TABLE: OnceLock<Mutex<Table>> = OnceLock::new();
    TABLE.get_or_init(Mutex::default)
}

/// The right to drive a terminal. Dropping it gives it back; a killed process loses it by itself, and a forked
/// child never has it, since record locks are not inherited.
#[derive(Debug)]
pub struct Claim {
    folder: PathBuf,
    terminal: String,
    process: u32,
}

impl Claim {
    /// Claims a terminal by its canonical key. One lock file for all: a terminal costs no descriptor.
    ///
    /// # Errors
    /// [`ClaimRefused`].
    pub fn acquire(folder: &Path, terminal: &str) -> Result<Self, ClaimRefused> {
        let refuse = |error: &dyn ToString| ClaimRefused::Folder {
            folder: folder.to_path_buf(),
            detail: error.to_string(),
        };
        let mut table = table().lock().unwrap_or_else(PoisonError::into_inner);
        let key = (folder.to_path_buf(), terminal.to_owned());
        if table.held.contains(&key) {
            return Err(ClaimRefused::Held(format!("this process ({})", std::process::id())));
        }
        if !table.files.iter().any(|(path, _)| path == folder) {
            std::fs::create_dir_all(folder).map_err(|error| refuse(&error))?;
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(folder.join("terminals.lock")).map_err(|error| refuse(&error))?;
            table.files.push((folder.to_path_buf(), file));
        }
        if let Some((_, file)) = table.files.iter().find(|(path, _)| path == folder) {
            lock_record(file, terminal, true)
                .map_err(|holder| holder.map_or_else(|e| refuse(&e), ClaimRefused::Held))?;
        }
        table.held.insert(key);
        Ok(Self { folder: folder.to_path_buf(), terminal: terminal.to_owned(), process: std::process::id() })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            return;
        }
        let mut table = table().lock().unwrap_or_else(PoisonError::into_inner);
        table.held.remove(&(self.folder.clone(), self.terminal.clone()));
        if let Some((_, file)) = table.files.iter().find(|(path, _)| *path == self.folder) {
            let _ = lock_record(file, &self.terminal, false);
        }
    }
}

/// The place of a terminal's lock in the file: FNV-1a, 62 bits.
fn place(terminal: &str) -> i64 {
    let hash = terminal.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 2) as i64
}

#[cfg(unix)]
fn lock_record(file: &File, terminal: &str, take: bool) -> Result<(), Result<String, std::io::Error>> {
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;
    let mut record = libc::flock {
        l_type: if take { libc::F_WRLCK } else { libc::F_UNLCK } as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: place(terminal),
        l_len: 1,
        l_pid: 0,
    };
    match fcntl(file, FcntlArg::F_SETLK(&record)) {
        Ok(_) => Ok(()),
        Err(Errno::EACCES | Errno::EAGAIN) => {
            let holder = match fcntl(file, FcntlArg::F_GETLK(&mut record)) {
                Ok(_) => format!("process {}", record.l_pid),
                Err(_) => "another process".to_owned(),
            };
            Err(Ok(holder))
        }
        Err(error) => Err(Err(error.into())),
    }
}

#[cfg(not(unix))]
fn lock_record(file: &File, terminal: &str, take: bool) -> Result<(), Result<String, std::io::Error>> {
    // A lock file of its own beside the common one: Windows has no record locks in the standard library.
    let _ = (file, place(terminal), take);
    Err(Err(std::io::Error::new(
        std::io::ErrorKind::Unsupported,
        "terminal locks are not built for this system",
    )))
}
