//! Files and folders that only their owner reads, and that are really there.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// `path` with `suffix` after its last character.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a folder and those above it, new ones for their owner alone.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options for a file that only its owner reads and writes, whatever the umask.
pub(crate) fn private() -> OpenOptions {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes the file of everybody else away from them.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mut permissions = std::fs::metadata(path)?.permissions();
        if permissions.mode() & 0o077 != 0 {
            permissions.set_mode(0o600);
            std::fs::set_permissions(path, permissions)?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Which file it is, whatever its name. On Windows an open file of ours keeps its name, and nothing is to be told
/// apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    number: u64,
}

impl Identity {
    #[cfg(unix)]
    pub(crate) fn of(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: metadata.dev(), number: metadata.ino() }
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_metadata: &std::fs::Metadata) -> Self {
        Self {}
    }
}

/// Whether a path leads to this file. The file must be open: only then is its number nobody else's.
pub(crate) fn is_named(path: &Path, file: Identity) -> bool {
    if cfg!(windows) {
        return true;
    }
    std::fs::metadata(path).is_ok_and(|metadata| Identity::of(&metadata) == file)
}

/// Makes the names in a folder durable. Windows does so by itself.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// The folder of a file, `.` where none is named.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// The same name for one file however it was reached: its folder, which must exist, without links. People read
/// it, so that on Windows it is `C:\…` and not `\\?\C:\…` where the two mean the same.
pub(crate) fn canonical(path: &Path) -> io::Result<PathBuf> {
    let folder = dunce::canonicalize(folder_of(path))?;
    match path.file_name() {
        Some(name) => {
            let whole = folder.join(name);
            Ok(dunce::canonicalize(&whole).unwrap_or(whole))
        }
        None => Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file")),
    }
}

/// Writes all bytes at a place of a file.
pub(crate) fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, bytes, at);
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            let rest = bytes.get(done..).unwrap_or_default();
            match std::os::windows::fs::FileExt::seek_write(file, rest, at + done as u64)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => done += written,
            }
        }
        Ok(())
    }
}

/// A name beside a damaged file under which nothing is kept yet: `….damaged-20251125-073000`.
pub(crate) fn unused_name_beside(path: &Path) -> io::Result<PathBuf> {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
    for again in 0..10_000 {
        let suffix = if again == 0 { format!(".damaged-{now}") } else { format!(".damaged-{now}-{again}") };
        let name = beside(path, &suffix);
        if !name.try_exists()? && !beside(&name, "-wal").try_exists()? {
            return Ok(name);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
