//! The durable marker of a terminal: which journal it was used with last, and what is open there (rule 4).
//!
//! One file for each terminal with two slots of 4096 bytes, each with a checksum: the newer whole slot counts.
//! A write goes into the slot that is not the last durable one, so whatever a power cut tears, that one is
//! left. A write is one `pwrite` and one `fdatasync` of a file whose size never changes, and a payment waits for
//! the first of a claim alone (ADR 0005); a database for all terminals would write a log and, in time, the pages too, and its damage would be
//! everybody's. No descriptor is kept.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use danmal_model::{JournalId, Ptxid};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::files;

const SLOT: usize = 4096;
const HEAD: &str = "danmal-marker-1 ";

/// What a marker says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    /// Counts the writes: the higher is the newer.
    pub(super) sequence: u64,
    pub(super) terminal: String,
    /// The journal's path.
    pub(super) journal: String,
    pub(super) id: JournalId,
    pub(super) simulated: bool,
    /// The journal's height when this was written, and the hash of that row.
    pub(super) height: u64,
    pub(super) hash: Option<String>,
    /// The operation that may be open.
    pub(super) open: Option<Ptxid>,
}

/// What was found.
pub(super) enum Found {
    Nothing,
    Marker(State),
    /// It says nothing that can be believed, and was moved.
    Damaged(PathBuf),
}

/// Whether a write waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Durable {
    /// No.
    No,
    /// Yes.
    Yes,
}

pub(super) struct Marker {
    path: PathBuf,
    sequence: u64,
    /// The slot of the newest state that was found, or made durable since.
    kept: Option<u64>,
    /// Whether a state of this claim is durable, with its file and the file's name.
    rooted: bool,
    /// Written and not made durable.
    unsynced: Option<u64>,
    /// Not even written yet.
    later: Option<State>,
}

impl Marker {
    pub(super) fn open(path: PathBuf) -> io::Result<(Self, Found)> {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let slots = || bytes.chunks(SLOT).take(2);
        let newest = slots().filter_map(read_slot).max_by_key(|state| state.sequence);
        let mut marker = Self { path, sequence: 0, kept: None, rooted: false, unsynced: None, later: None };
        let found = match newest {
            Some(state) => {
                marker.sequence = state.sequence;
                marker.kept = slots().zip(0..).find_map(|(slot, at)| {
                    read_slot(slot).filter(|found| found.sequence == state.sequence).map(|_| at)
                });
                Found::Marker(state)
            }
            None if bytes.iter().all(|byte| *byte == 0) => Found::Nothing,
            None => Found::Damaged(move_aside(&marker.path)?),
        };
        Ok((marker, found))
    }

    /// Writes it now: for whoever looks after this process has ended, and, `durable`, after a power cut.
    pub(super) fn write(&mut self, state: State, durable: Durable) -> io::Result<()> {
        self.later = None;
        let file = match files::private().open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create()?,
            Err(error) => return Err(error),
        };
        if durable == Durable::Yes && !self.rooted {
            // What an earlier claim left may not be durable yet, and stays where it is.
            file.sync_all()?;
            files::sync_folder(files::folder_of(&self.path))?;
        }
        let at = match self.kept {
            Some(0) => 1,
            _ => 0,
        };
        let sequence = self.sequence + 1;
        let slot = write_slot(&State { sequence, ..state })?;
        self.unsynced = Some(at);
        files::write_at(&file, &slot, at * SLOT as u64)?;
        self.sequence = sequence;
        if durable == Durable::Yes {
            self.sync(&file)?;
        }
        Ok(())
    }

    /// A mark. The first of a claim is durable when this returns: from then on the file names the journal,
    /// whatever happens. The others are left to [`settle`](Self::settle).
    pub(super) fn mark(&mut self, state: State) -> io::Result<()> {
        if self.rooted {
            self.later = Some(state);
            return Ok(());
        }
        self.write(state, Durable::Yes)
    }

    /// Leaves it to [`settle`](Self::settle), unless something newer is written first.
    pub(super) fn write_later(&mut self, state: State) {
        self.later = Some(state);
    }

    /// What was left for later is written, and made durable if that is wanted.
    pub(super) fn settle(&mut self, durably: bool) -> io::Result<()> {
        let settled = self.catch_up(durably);
        if settled.is_err() {
            // The next mark waits for the disk again.
            self.rooted = false;
        }
        settled
    }

    fn catch_up(&mut self, durably: bool) -> io::Result<()> {
        if let Some(state) = self.later.take() {
            self.write(state, Durable::No)?;
        }
        if durably && self.rooted && self.unsynced.is_some() {
            self.sync(&files::private().open(&self.path)?)?;
        }
        Ok(())
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_data()?;
        self.kept = self.unsynced.take().or(self.kept);
        self.rooted = true;
        Ok(())
    }

    fn create(&mut self) -> io::Result<File> {
        self.rooted = false;
        self.kept = None;
        let file = files::private().create(true).truncate(true).open(&self.path)?;
        files::write_at(&file, &[0; 2 * SLOT], 0)?;
        Ok(file)
    }
}

fn checksum(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A line with the checksum, a line of JSON, and blanks: a person can read it.
fn write_slot(state: &State) -> io::Result<Vec<u8>> {
    let body = serde_json::to_string(state)?;
    let mut slot = format!("{HEAD}{}\n{body}\n", checksum(body.as_bytes())).into_bytes();
    if slot.len() > SLOT {
        let problem = "the names of terminal and journal are too long for a marker";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    slot.resize(SLOT, b' ');
    Ok(slot)
}

fn read_slot(slot: &[u8]) -> Option<State> {
    let text = std::str::from_utf8(slot).ok()?;
    let (sum, rest) = text.strip_prefix(HEAD)?.split_once('\n')?;
    let body = rest.lines().next()?;
    if sum != checksum(body.as_bytes()) {
        return None;
    }
    serde_json::from_str(body).ok()
}

fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let to = files::unused_name_beside(path)?;
    std::fs::rename(path, &to)?;
    files::sync_folder(files::folder_of(path))?;
    Ok(to)
}
