//! The C library's calls on files, defined by this program itself: SQLite's and the standard library's calls
//! arrive here, are carried out, and are recorded. Nothing of the journal is changed for it, and nothing that
//! it does on its files is missed.
//!
//! Only Linux with glibc, where a program's own definition comes before the shared library's.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(
    unsafe_code,
    reason = "these are C functions; each does the system call of its name with its own arguments"
)]

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libc::{c_char, c_int, c_long, c_uint, c_void, off_t, size_t, ssize_t};

use super::record::around;

/// # Safety
/// As the caller's of the C function: null or a string that lives as long as the call.
unsafe fn path_of<'a>(path: *const c_char) -> &'a Path {
    if path.is_null() {
        return Path::new("");
    }
    // SAFETY: the caller of a C function hands over a string that ends with a zero.
    let text = unsafe { CStr::from_ptr(path) };
    Path::new(OsStr::from_bytes(text.to_bytes()))
}

/// # Safety
/// As of open(2).
unsafe fn open_and_note(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the arguments are handed through.
    let call =
        || unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, flags | libc::O_LARGEFILE, mode) };
    around(call, |calls, descriptor| {
        if *descriptor >= 0 {
            // SAFETY: the system has just read this path.
            let path = unsafe { path_of(path) };
            calls.opened(path, *descriptor as i32, flags & libc::O_TRUNC != 0);
        }
    }) as c_int
}

/// open(2). Its third argument is passed as a variadic one's, which on Linux is an ordinary one.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: handed through.
    unsafe { open_and_note(path, flags, mode) }
}

/// open(2).
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: handed through.
    unsafe { open_and_note(path, flags, mode) }
}

/// close(2).
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn close(descriptor: c_int) -> c_int {
    // SAFETY: handed through.
    let call = || unsafe { libc::syscall(libc::SYS_close, descriptor) };
    around(call, |calls, _| calls.closed(descriptor)) as c_int
}

/// # Safety
/// `buffer` holds `count` bytes.
unsafe fn note_written(
    descriptor: c_int,
    buffer: *const c_void,
    written: c_long,
    at: off_t,
    calls: &mut super::record::Calls<'_>,
) {
    if let (Ok(count), Ok(at)) = (usize::try_from(written), u64::try_from(at))
        && count > 0
    {
        // SAFETY: the system has just read so many bytes from there.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), count) };
        calls.written(descriptor, at, bytes);
    }
}

/// write(2).
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn write(descriptor: c_int, buffer: *const c_void, count: size_t) -> ssize_t {
    let mut at = 0;
    let call = || {
        if super::record::ACTIVE.load(std::sync::atomic::Ordering::Acquire) {
            // SAFETY: a query without memory.
            at = unsafe { libc::syscall(libc::SYS_lseek, descriptor, 0, libc::SEEK_CUR) };
        }
        // SAFETY: handed through.
        let written = unsafe { libc::syscall(libc::SYS_write, descriptor, buffer, count) };
        (written, at)
    };
    around(call, |calls, (written, at)| {
        // SAFETY: the buffer was the call's.
        unsafe { note_written(descriptor, buffer, *written, *at, calls) };
    })
    .0 as ssize_t
}

/// # Safety
/// As of pwrite(2).
unsafe fn write_and_note(descriptor: c_int, buffer: *const c_void, count: size_t, at: off_t) -> ssize_t {
    // SAFETY: handed through.
    let call = || unsafe { libc::syscall(libc::SYS_pwrite64, descriptor, buffer, count, at) };
    around(call, |calls, written| {
        // SAFETY: the buffer was the call's.
        unsafe { note_written(descriptor, buffer, *written, at, calls) };
    }) as ssize_t
}

/// pwrite(2).
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pwrite(d: c_int, buffer: *const c_void, count: size_t, at: off_t) -> ssize_t {
    // SAFETY: handed through.
    unsafe { write_and_note(d, buffer, count, at) }
}

/// pwrite(2).
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pwrite64(
    d: c_int,
    buffer: *const c_void,
    count: size_t,
    at: off_t,
) -> ssize_t {
    // SAFETY: handed through.
    unsafe { write_and_note(d, buffer, count, at) }
}

fn cut_and_note(descriptor: c_int, length: off_t) -> c_int {
    // SAFETY: a call without memory.
    let call = || unsafe { libc::syscall(libc::SYS_ftruncate, descriptor, length) };
    around(call, |calls, result| {
        if let (0, Ok(length)) = (*result, u64::try_from(length)) {
            calls.cut(descriptor, length);
        }
    }) as c_int
}

/// ftruncate(2).
#[unsafe(no_mangle)]
pub(crate) extern "C" fn ftruncate(descriptor: c_int, length: off_t) -> c_int {
    cut_and_note(descriptor, length)
}

/// ftruncate(2).
#[unsafe(no_mangle)]
pub(crate) extern "C" fn ftruncate64(descriptor: c_int, length: off_t) -> c_int {
    cut_and_note(descriptor, length)
}

fn sync_and_note(number: c_long, descriptor: c_int) -> c_int {
    // SAFETY: a call without memory.
    let call = || unsafe { libc::syscall(number, descriptor) };
    around(call, |calls, result| {
        if *result == 0 {
            calls.synced(descriptor);
        }
    }) as c_int
}

/// fsync(2).
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fsync(descriptor: c_int) -> c_int {
    sync_and_note(libc::SYS_fsync, descriptor)
}

/// fdatasync(2).
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    sync_and_note(libc::SYS_fdatasync, descriptor)
}

/// unlink(2).
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: handed through.
    let call = || unsafe { libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, path, 0) };
    around(call, |calls, result| {
        if *result == 0 {
            // SAFETY: the system has just read this path.
            calls.removed(unsafe { path_of(path) });
        }
    }) as c_int
}

/// rename(2).
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: handed through.
    let call = || unsafe { libc::syscall(libc::SYS_renameat2, libc::AT_FDCWD, from, libc::AT_FDCWD, to, 0) };
    around(call, |calls, result| {
        if *result == 0 {
            // SAFETY: the system has just read both paths.
            let (from, to) = unsafe { (path_of(from), path_of(to)) };
            calls.renamed(from, to);
        }
    }) as c_int
}
