//! Descriptors of lock files that a forked child must not keep: with them it would keep the locks.

use std::fs::File;
#[cfg(unix)]
use std::mem::ManuallyDrop;
use std::ops::Deref;

/// An open lock file. A forked child finds it closed.
#[cfg(not(unix))]
pub(super) struct Kept(File);

#[cfg(not(unix))]
impl Kept {
    pub(super) fn new(file: File) -> Self {
        Self(file)
    }
}

#[cfg(not(unix))]
impl Deref for Kept {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

/// An open lock file. A forked child finds it closed.
#[cfg(unix)]
pub(super) struct Kept {
    file: ManuallyDrop<File>,
    slot: Option<usize>,
}

#[cfg(unix)]
impl Kept {
    pub(super) fn new(file: File) -> Self {
        let slot = forked::register(&file);
        Self { file: ManuallyDrop::new(file), slot }
    }
}

#[cfg(unix)]
impl Deref for Kept {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

#[cfg(unix)]
impl Drop for Kept {
    #[allow(unsafe_code)] // In a child in which it was closed, its number may be another file's by now.
    fn drop(&mut self) {
        if forked::release(self.slot) {
            // SAFETY: it is dropped here alone, and not used afterwards.
            unsafe { ManuallyDrop::drop(&mut self.file) };
        }
    }
}

#[cfg(unix)]
#[allow(unsafe_code)] // pthread_atfork is the one way to act in a child before anybody else does.
mod forked {
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::sync::Once;
    use std::sync::atomic::{AtomicI32, Ordering};

    use nix::libc;

    const FREE: i32 = -1;
    /// So many lock files: each journal that is open has one, and each folder of terminals; where a terminal
    /// needs one of its own, those beyond stay with a child until it ends.
    static OPEN: [AtomicI32; 1024] = [const { AtomicI32::new(FREE) }; 1024];

    /// Runs in the child, which may be a copy of a process with many threads: it only closes.
    extern "C" fn close_all() {
        for slot in &OPEN {
            let descriptor = slot.swap(FREE, Ordering::Relaxed);
            if descriptor != FREE {
                // SAFETY: `close` may be called in a forked child; the descriptor is this library's own, and in
                // the child nobody uses it any more.
                unsafe { libc::close(descriptor) };
            }
        }
    }

    /// From now on closed in every forked child. None where there is no room to remember it.
    pub(super) fn register(file: &File) -> Option<usize> {
        static ONCE: Once = Once::new();
        // SAFETY: the handler is a function of this library that lives as long as it is loaded; the C library
        // forgets it when the library is unloaded.
        ONCE.call_once(|| unsafe {
            libc::pthread_atfork(None, None, Some(close_all));
        });
        let descriptor = file.as_raw_fd();
        OPEN.iter().position(|slot| {
            slot.compare_exchange(FREE, descriptor, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })
    }

    /// Before it is closed here. False where that has been done.
    pub(super) fn release(slot: Option<usize>) -> bool {
        let Some(slot) = slot.and_then(|slot| OPEN.get(slot)) else { return true };
        slot.swap(FREE, Ordering::AcqRel) != FREE
    }
}
