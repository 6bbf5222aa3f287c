//! One holder over processes, over copies of this library in one process, and within this one: a lock of the
//! system on a lock file, and a table of what this copy holds.
//!
//! The lock belongs to an open file description, not to the process: nothing that the host program does with the
//! file, a backup that reads it and closes it again, lets go of it, and a second copy of this library in the same
//! process (another version, another language's package) is kept out. On Linux one description locks a byte for
//! each terminal (`F_OFD_SETLK`), on Windows too (`LockFileEx`); elsewhere `flock` knows whole files, so that
//! each terminal there has a lock file of its own and costs a descriptor.
//!
//! A name that is deleted or replaced while its file is locked would let a second holder in: so whoever is about
//! to act on a lock asks whether it still [stands](Lock::check). A forked child shares its parent's descriptions,
//! and would keep them after its end: they are closed in the child while it is being forked, and at the latest
//! with `exec`. A child that is made without the C library's `fork` keeps them until it ends or calls `exec`.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::files::{self, Identity};
use crate::journal::lock as hold;

mod inherited;

use inherited::Kept;

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
    /// This copy of the library holds it already.
    Here,
    /// Another process, or another copy, holds it.
    Elsewhere,
    Io(io::Error),
}

/// Whether one description locks many places of one file; else each place has a file of its own.
const MANY_PLACES: bool = cfg!(any(target_os = "linux", target_os = "android", windows));

struct Table {
    process: u32,
    files: HashMap<PathBuf, LockFile>,
    /// Locks are numbered: each lets go of its own alone.
    count: u64,
}

struct LockFile {
    file: Kept,
    identity: Identity,
    /// Which lock holds a place.
    held: BTreeMap<u64, u64>,
    /// Closed with its last lock. The file of a folder of terminals is never closed.
    close: bool,
}

impl LockFile {
    fn open(path: &Path, close: bool) -> io::Result<Self> {
        let mut options = files::private();
        // Nobody deletes a file that is open so.
        #[cfg(windows)]
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0x1 | 0x2);
        let file = options.create(true).truncate(false).open(path)?;
        files::make_private(path)?;
        let identity = Identity::of(&file.metadata()?);
        Ok(Self { file: Kept::new(file), identity, held: BTreeMap::new(), close })
    }

    fn lock(&mut self, place: u64, number: u64) -> Result<(), NotTaken> {
        match self.held.get(&place) {
            Some(holder) if *holder == number => return Ok(()),
            Some(_) => return Err(NotTaken::Here),
            None => {}
        }
        system::lock(&self.file, place)?;
        self.held.insert(place, number);
        Ok(())
    }

    fn unlock(&mut self, place: u64, number: u64) {
        if self.held.get(&place) == Some(&number) {
            self.held.remove(&place);
            system::unlock(&self.file, place);
        }
    }
}

fn table() -> io::Result<MutexGuard<'static, Table>> {
    static TABLE: OnceLock<Mutex<Table>> = OnceLock::new();
    let process = std::process::id();
    let table = TABLE.get_or_init(|| Mutex::new(Table { process, files: HashMap::new(), count: 0 }));
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
        // Forked: what the parent holds is not held here, and its descriptors are not used here.
        table.process = process;
        table.files.clear();
    }
    Ok(table)
}

/// A lock that is held until it is dropped, or until the process ends. In a forked child it is nothing.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    place: u64,
    number: u64,
    process: u32,
    /// The file that was locked, as it was last found under its name.
    identity: Mutex<Identity>,
}

impl Lock {
    /// Takes the lock at `place` of a file in an existing folder. `close`: the file is closed with its last
    /// lock.
    pub(crate) fn take(path: &Path, place: u64, close: bool) -> Result<Self, NotTaken> {
        let path = files::canonical(path).map_err(NotTaken::Io)?;
        let place = place >> 2;
        let (path, close) = if MANY_PLACES || place == 0 {
            (path, close)
        } else {
            (files::beside(&path, &format!("-{place:016x}")), true)
        };
        let mut table = table().map_err(NotTaken::Io)?;
        table.count += 1;
        let number = table.count;
        let entry = current(&mut table, &path, close).map_err(NotTaken::Io)?;
        let identity = entry.identity;
        let taken = entry.lock(place, number).and_then(|()| {
            // Deleted between opening and locking: whoever comes next would lock another.
            if files::is_named(&path, identity) { Ok(()) } else { Err(NotTaken::Elsewhere) }
        });
        if taken.is_err() {
            entry.unlock(place, number);
            if entry.close && entry.held.is_empty() {
                table.files.remove(&path);
            }
        }
        let process = std::process::id();
        taken.map(|()| Self { path, place, number, process, identity: Mutex::new(identity) })
    }

    /// Whether this process is the one that took it.
    pub(crate) fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }

    /// Whether it still keeps everybody else out: its file must be the one that its name leads to.
    ///
    /// # Errors
    /// It did not. Where it could be taken again, which is tried, it holds from now on, and somebody else may
    /// have held it meanwhile ([`Lost::again`]).
    pub(crate) fn check(&self) -> Result<(), Lost> {
        let lost = |again, detail: String| Lost { again, detail };
        if !self.is_ours() {
            return Err(lost(false, "this process was forked".to_owned()));
        }
        let mut known = hold(&self.identity);
        if files::is_named(&self.path, *known) {
            return Ok(());
        }
        let what = format!("the lock file {} was deleted or replaced", self.path.display());
        let mut table = table().map_err(|error| lost(false, format!("{what}, {error}")))?;
        let cannot = |error: io::Error| lost(false, format!("{what}, and cannot be made again: {error}"));
        let close = self.place == 0 || !MANY_PLACES;
        let entry = current(&mut table, &self.path, close).map_err(cannot)?;
        match entry.lock(self.place, self.number) {
            Ok(()) => {
                *known = entry.identity;
                Err(lost(true, format!("{what}; it was made again")))
            }
            Err(NotTaken::Io(error)) => Err(cannot(error)),
            Err(NotTaken::Here | NotTaken::Elsewhere) => {
                Err(lost(false, format!("{what}, and another till holds the new one")))
            }
        }
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

/// What became of a lock that does not keep others out.
#[derive(Debug)]
pub(crate) struct Lost {
    /// It is held again, from now on.
    pub(crate) again: bool,
    pub(crate) detail: String,
}

/// The open lock file that a path leads to. One that has lost its name is made anew, with what was held there as
/// far as nobody else holds it now.
fn current<'t>(table: &'t mut Table, path: &Path, close: bool) -> io::Result<&'t mut LockFile> {
    let stands = table.files.get(path).map(|entry| files::is_named(path, entry.identity));
    if stands != Some(true) {
        let mut fresh = LockFile::open(path, close)?;
        let before = table.files.get(path).map(|entry| entry.held.clone()).unwrap_or_default();
        for (place, number) in before {
            // Whoever holds it is told when it asks.
            let _ = fresh.lock(place, number);
        }
        table.files.insert(path.to_path_buf(), fresh);
    }
    table.files.get_mut(path).ok_or_else(|| io::ErrorKind::NotFound.into())
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !self.is_ours() {
            return;
        }
        let Ok(mut table) = table() else { return };
        if let Some(entry) = table.files.get_mut(&self.path) {
            entry.unlock(self.place, self.number);
            if entry.close && entry.held.is_empty() {
                table.files.remove(&self.path);
            }
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
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
            // Must be 0: such a lock is nobody's but the description's.
            l_pid: 0,
        }
    }

    pub(super) fn lock(file: &File, place: u64) -> Result<(), NotTaken> {
        match fcntl(file, FcntlArg::F_OFD_SETLK(&record(true, place))) {
            Ok(_) => Ok(()),
            Err(Errno::EACCES | Errno::EAGAIN) => Err(NotTaken::Elsewhere),
            Err(error) => Err(NotTaken::Io(error.into())),
        }
    }

    pub(super) fn unlock(file: &File, place: u64) {
        // It cannot fail on an open descriptor, and the end of the process unlocks anyway.
        let _ = fcntl(file, FcntlArg::F_OFD_SETLK(&record(false, place)));
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod system {
    use std::fs::{File, TryLockError};

    use super::NotTaken;

    /// Of the whole file, which has one place.
    pub(super) fn lock(file: &File, _place: u64) -> Result<(), NotTaken> {
        match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(NotTaken::Elsewhere),
            Err(TryLockError::Error(error)) => Err(NotTaken::Io(error)),
        }
    }

    pub(super) fn unlock(file: &File, _place: u64) {
        // Closing it, which follows, unlocks too.
        let _ = file.unlock();
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
            Some(ERROR_LOCK_VIOLATION | ERROR_IO_PENDING) => Err(NotTaken::Elsewhere),
            _ => Err(NotTaken::Io(error)),
        }
    }

    pub(super) fn unlock(file: &File, place: u64) {
        let mut overlapped = at(place);
        // SAFETY: as in `lock`. A failure changes nothing: the end of the process unlocks.
        unsafe { UnlockFileEx(file.as_raw_handle(), 0, 1, 0, &mut overlapped) };
    }
}
