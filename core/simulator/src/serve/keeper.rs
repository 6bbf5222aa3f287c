//! The file in which a served terminal keeps what a real one keeps while it is switched off.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::host::{Entry, Host};
use crate::kept::{KeptMemory, KeptSlips, Line, VERSION};
use crate::terminal::Terminal;

/// A file over so many bytes is shortened when it is taken over.
const LARGE: u64 = 4 * 1024 * 1024;

/// An open file, and what of the terminal is in it.
pub(super) struct Keeper {
    file: File,
    host: Host,
    /// The changes of ledger and memory that are in the file.
    written: (usize, u64),
    failed: bool,
}

impl Keeper {
    /// Takes a file over, with what it holds.
    pub(super) fn open(path: &Path, fresh: bool, terminal: &mut Terminal) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = private().truncate(false).open(path)?;
        file.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => {
                io::Error::new(io::ErrorKind::WouldBlock, "another danmal-simulator keeps its state there")
            }
            std::fs::TryLockError::Error(error) => error,
        })?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let host = terminal.host().clone();
        let mut keeper = Self { file, host, written: (0, 0), failed: false };
        if fresh || text.is_empty() {
            keeper.write_anew(terminal)?;
            return Ok(keeper);
        }
        let Found { entries, slips, memory, length } = read(&text)?;
        terminal.host().restore(entries, slips);
        if let Some(memory) = memory {
            terminal.remember_kept(memory);
        }
        keeper.written = terminal.changes();
        keeper.file.set_len(length)?;
        keeper.file.seek(SeekFrom::End(0))?;
        if length > LARGE {
            // Where it cannot be, the file that is there goes on.
            let _ = keeper.shorten(path, terminal);
        }
        Ok(keeper)
    }

    /// Leaves out what is out of date: a new file takes the place of the old one.
    fn shorten(&mut self, path: &Path, terminal: &Terminal) -> io::Result<()> {
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let mut options = private();
        let file = options.truncate(true).open(&name)?;
        file.try_lock()?;
        let mut next = Self { file, host: self.host.clone(), written: (0, 0), failed: false };
        next.write_anew(terminal)?;
        next.file.sync_all()?;
        std::fs::rename(&name, path)?;
        *self = next;
        Ok(())
    }

    /// Writes what has changed.
    pub(super) fn keep(&mut self, terminal: &Terminal) {
        let changes = terminal.changes();
        let same = self.host.is(terminal.host());
        if same && changes == self.written {
            return;
        }
        let result = if same && changes.0 >= self.written.0 && !self.failed {
            self.append(terminal)
        } else {
            // Another terminal, or another ledger, stands there now.
            self.host = terminal.host().clone();
            self.write_anew(terminal)
        };
        match result {
            Ok(()) => self.failed = false,
            Err(error) if !self.failed => {
                self.failed = true;
                // Where standard error is closed there is nobody to tell.
                let _ = writeln!(io::stderr(), "danmal-simulator: the state is not kept: {error}");
            }
            Err(_) => {}
        }
    }

    fn append(&mut self, terminal: &Terminal) -> io::Result<()> {
        let mut text = Vec::new();
        let mut lines = Vec::new();
        let changes = terminal.changes();
        self.host.changes_since(self.written.0, |line, entry| lines.push((line, entry.clone())));
        for (line, entry) in lines {
            put(&mut text, &Line::Entry(line, entry))?;
        }
        if changes.0 != self.written.0 {
            let slips = self.host.kept_slips();
            if !slips.slips.is_empty() || slips.of_yesterday_cancelled {
                put(&mut text, &Line::Slips(slips))?;
            }
        }
        put(&mut text, &Line::Memory(terminal.kept_memory()))?;
        self.file.write_all(&text)?;
        self.written = changes;
        Ok(())
    }

    fn write_anew(&mut self, terminal: &Terminal) -> io::Result<()> {
        let mut text = Vec::new();
        put(&mut text, &Line::DanmalSimulator(VERSION))?;
        for (line, entry) in self.host.entries().into_iter().enumerate() {
            put(&mut text, &Line::Entry(line, entry))?;
        }
        put(&mut text, &Line::Slips(self.host.kept_slips()))?;
        put(&mut text, &Line::Memory(terminal.kept_memory()))?;
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&text)?;
        self.written = terminal.changes();
        Ok(())
    }
}

/// A file for its owner alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn put(text: &mut Vec<u8>, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *text, line)?;
    text.push(b'\n');
    Ok(())
}

struct Found {
    entries: Vec<Entry>,
    slips: KeptSlips,
    memory: Option<KeptMemory>,
    /// Without a last line that is torn.
    length: u64,
}

/// What a file holds. A last line that is torn was never heard of by anybody.
fn read(text: &[u8]) -> io::Result<Found> {
    let bad = |what: &str| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{what}; name another file, or begin anew with --fresh"),
        )
    };
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let whole = text.get(..end).unwrap_or_default();
    let mut lines = whole.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let first = lines.next().and_then(|line| serde_json::from_slice(line).ok());
    match first {
        Some(Line::DanmalSimulator(VERSION)) => {}
        Some(Line::DanmalSimulator(_)) => return Err(bad("another danmal-simulator wrote it")),
        _ => return Err(bad("it is no state of danmal-simulator")),
    }
    let (mut entries, mut slips, mut memory) = (Vec::new(), KeptSlips::default(), None);
    for line in lines {
        match serde_json::from_slice(line).map_err(|_| bad("it is damaged"))? {
            Line::DanmalSimulator(_) => return Err(bad("it is damaged")),
            Line::Entry(at, entry) if at == entries.len() => entries.push(entry),
            Line::Entry(at, entry) => match entries.get_mut(at) {
                Some(old) => *old = entry,
                None => return Err(bad("it is damaged")),
            },
            Line::Slips(kept) => slips = kept,
            Line::Memory(kept) => memory = Some(kept),
        }
    }
    Ok(Found { entries, slips, memory, length: end as u64 })
}
