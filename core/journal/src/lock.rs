//! One holder over processes and within this one: a record lock of the system on a byte of a lock file, and a
//! table of what this process holds.
//!
//! Record locks (POSIX `fcntl`) are not inherited by a forked child, end with the process however it ends, and
//! need no descriptor each. But any `close` of a descriptor of the file drops all of them: so a lock file is
//! opened here alone, once per process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::files;

/// Who holds a journal or a terminal, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Holder {
    /// The process id.
    pub pid: Option<u32>,
    /// The program's file name.
    pub program: Option<String>,
    /// The path of its journal; none for one in memory.
    pub journal: Option<String>,
}

impl Holder {
    pub(crate) fn this_process(journal: Option<&Path>) -> Self {
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(Path::file_name);
        Self {
            pid: Some(std::process::id()),
            program: program.map(|name| name.to_string_lossy().into_owned()),
            journal: journal.map(|path| path.to_string_lossy().into_owned()),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("another process")?,
        }
        if let Some(program) = &self.program {
            write!(f, " ({program})")?;
        }
        match &self.journal {
            Some(journal) => write!(f, ", journal {journal}"),
            None => Ok(()),
        }
    }
}

/// Why a lock was not taken.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// This process holds it already.
    Here,
    /// Another process holds it.
    Elsewhere(Option<u32>),
    Io(io::Error),
}

struct Table {
    process: u32,
    files: HashMap<PathBuf, LockFile>,
}

struct LockFile {
    file: File,
    held: BTreeSet<u64>,
    /// Closed with its last lock. The file of a folder of terminals is never closed.
    close: bool,
}

fn table() -> io::Result<MutexGuard<'static, Table>> {
    static TABLE: OnceLock<Mutex<Table>> = OnceLock::new();
    let process = std::process::id();
    let table = TABLE.get_or_init(|| Mutex::new(Table { process, files: HashMap::new() }));
    // A child that was forked while another thread was in here would wait for ever.
    let patience = Instant::now() + Duration::from_secs(5);
    let mut table = loop {
        match table.try_lock() {
            Ok(table) => break table,
            Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
            Err(TryLockError::WouldBlock) if Instant::now() < patience => {
                std::thread::sleep(Duration::from_micros(200));
            }
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::TimedOut.into()),
        }
    };
    if table.process != process {
        // Forked: what the parent holds is not held here.
        table.process = process;
        for file in table.files.values_mut() {
            file.held.clear();
        }
    }
    Ok(table)
}

/// A lock that is held until it is dropped, or until the process ends. In a forked child it is nothing.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    place: u64,
    process: u32,
}

impl Lock {
    /// Takes the lock at `place` of a file in an existing folder. `close`: the file is closed with its last
    /// lock.
    pub(crate) fn take(path: &Path, place: u64, close: bool) -> Result<Self, NotTaken> {
        let path = files::canonical(path).map_err(NotTaken::Io)?;
        let place = place >> 2;
        let mut table = table().map_err(NotTaken::Io)?;
        let entry = match table.files.get_mut(&path) {
            Some(entry) => entry,
            None => {
                let file = files::private().create(true).truncate(false).open(&path).map_err(NotTaken::Io)?;
                files::make_private(&path).map_err(NotTaken::Io)?;
                table.files.entry(path.clone()).or_insert(LockFile { file, held: BTreeSet::new(), close })
            }
        };
        if entry.held.contains(&place) {
            return Err(NotTaken::Here);
        }
        let taken = system::lock(&entry.file, place);
        if taken.is_ok() {
            entry.held.insert(place);
        } else if close && entry.held.is_empty() {
            table.files.remove(&path);
        }
        taken.map(|()| Self { path, place, process: std::process::id() })
    }

    /// Whether this process is the one that took it.
    pub(crate) fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }

    /// Writes into the lock file who holds it.
    pub(crate) fn sign(&self, holder: &Holder) -> io::Result<()> {
        let table = table()?;
        let Some(entry) = table.files.get(&self.path) else { return Ok(()) };
        let text = serde_json::to_vec(holder)?;
        entry.file.set_len(0)?;
        files::write_at(&entry.file, &text, 0)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !self.is_ours() {
            return;
        }
        let Ok(mut table) = table() else { return };
        if let Some(entry) = table.files.get_mut(&self.path) {
            entry.held.remove(&self.place);
            system::unlock(&entry.file, self.place);
            if entry.close && entry.held.is_empty() {
                table.files.remove(&self.path);
            }
        }
    }
}

#[cfg(unix)]
mod system {
    use std::fs::File;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    use super::NotTaken;

    fn record(take: bool, place: u64) -> libc::flock {
        libc::flock {
            l_type: if take { libc::F_WRLCK } else { libc::F_UNLCK } as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: place as libc::off_t,
            l_len: 1,
            l_pid: 0,
        }
    }

    pub(super) fn lock(file: &File, place: u64) -> Result<(), NotTaken> {
        match fcntl(file, FcntlArg::F_SETLK(&record(true, place))) {
            Ok(_) => Ok(()),
            Err(Errno::EACCES | Errno::EAGAIN) => {
                let mut found = record(true, place);
                let asked = fcntl(file, FcntlArg::F_GETLK(&mut found));
                let pid = u32::try_from(found.l_pid).ok().filter(|pid| asked.is_ok() && *pid > 0);
                Err(NotTaken::Elsewhere(pid))
            }
            Err(error) => Err(NotTaken::Io(error.into())),
        }
    }

    pub(super) fn unlock(file: &File, place: u64) {
        // It cannot fail on an open descriptor, and the end of the process unlocks anyway.
        let _ = fcntl(file, FcntlArg::F_SETLK(&record(false, place)));
    }
}

#[cfg(windows)]
#[allow(unsafe_code)] // LockFileEx is the system's only record lock, and no safe crate locks a single byte.
mod system {
    use std::fs::File;
    use std::io;
    use std::os::windows::io::AsRawHandle;

    use windows_sys::Win32::Foundation::{ERROR_IO_PENDING, ERROR_LOCK_VIOLATION};
    use windows_sys::Win32::Storage::FileSystem::{
        LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY, LockFileEx, UnlockFileEx,
    };
    use windows_sys::Win32::System::IO::{OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0};

    use super::NotTaken;

    /// Beyond everything that is written into the file: a locked byte cannot be read by others.
    const BEYOND: u64 = 1 << 32;

    fn at(place: u64) -> OVERLAPPED {
        let place = place.saturating_add(BEYOND);
        OVERLAPPED {
            Internal: 0,
            InternalHigh: 0,
            Anonymous: OVERLAPPED_0 {
                Anonymous: OVERLAPPED_0_0 { Offset: place as u32, OffsetHigh: (place >> 32) as u32 },
            },
            hEvent: std::ptr::null_mut(),
        }
    }

    pub(super) fn lock(file: &File, place: u64) -> Result<(), NotTaken> {
        let mut overlapped = at(place);
        let flags = LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY;
        // SAFETY: the handle is open for as long as `file` is borrowed; `overlapped` outlives the call, which
        // is synchronous, since the file was not opened for overlapped work.
        if unsafe { LockFileEx(file.as_raw_handle(), flags, 0, 1, 0, &mut overlapped) } != 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error().map(|code| code as u32) {
            Some(ERROR_LOCK_VIOLATION | ERROR_IO_PENDING) => Err(NotTaken::Elsewhere(None)),
            _ => Err(NotTaken::Io(error)),
        }
    }

    pub(super) fn unlock(file: &File, place: u64) {
        let mut overlapped = at(place);
        // SAFETY: as in `lock`. A failure changes nothing: the end of the process unlocks.
        unsafe { UnlockFileEx(file.as_raw_handle(), 0, 1, 0, &mut overlapped) };
    }
}
