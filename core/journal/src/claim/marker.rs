//! The durable marker of a terminal: which journal it was used with last, and what is open there (rule 4).
//!
//! One file for each terminal with two slots of 4096 bytes, each with a checksum: the newer whole slot counts.
//! What is written goes over the slot that is not the last durable one, so a torn write leaves that, and so do
//! a clearing that was not synced and the mark after it, torn together. A mark is one `pwrite` and one `fdatasync` of a
//! file whose size never changes, the cheapest durable write there is; a database for all terminals would write
//! a log and, in time, the pages too, and its damage would be everybody's. No descriptor is kept.

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

pub(super) struct Marker {
    path: PathBuf,
    sequence: u64,
    /// The slot of the last durable write, which the next write spares.
    spared: usize,
    /// What was found is not known to be durable: a process may have died before it was.
    doubtful: bool,
    /// Whether its file and its name are known to be durable.
    rooted: bool,
    /// As it was found or written last.
    last: Option<State>,
}

impl Marker {
    pub(super) fn open(path: PathBuf) -> io::Result<(Self, Found)> {
        let bytes = read(&path)?;
        let newest = newest(&bytes);
        let last = newest.as_ref().map(|(_, state)| state.clone());
        let mut marker = Self { path, sequence: 0, spared: 0, doubtful: false, rooted: false, last };
        let found = match newest {
            Some((slot, state)) => {
                marker.sequence = state.sequence;
                marker.spared = slot;
                marker.doubtful = true;
                Found::Marker(state)
            }
            None if bytes.iter().all(|byte| *byte == 0) => Found::Nothing,
            None => Found::Damaged(move_aside(&marker.path)?),
        };
        Ok((marker, found))
    }

    pub(super) fn write(&mut self, mut state: State, durably: bool) -> io::Result<()> {
        state.sequence = self.sequence + 1;
        let slot = write_slot(&state)?;
        let file = match files::private().open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create()?,
            Err(error) => return Err(error),
        };
        if self.doubtful {
            file.sync_data()?;
            self.doubtful = false;
        }
        let other = 1 - self.spared.min(1);
        files::write_at(&file, &slot, (other * SLOT) as u64)?;
        self.sequence = state.sequence;
        self.last = Some(state);
        if !durably {
            return Ok(());
        }
        if self.rooted {
            file.sync_data()?;
        } else {
            file.sync_all()?;
            files::sync_folder(files::folder_of(&self.path))?;
            self.rooted = true;
        }
        self.spared = other;
        Ok(())
    }

    /// Whether nobody else has written it since it was found or written. One that was deleted was written by
    /// nobody.
    pub(super) fn is_unchanged(&self) -> bool {
        match read(&self.path) {
            Ok(bytes) if bytes.is_empty() => true,
            Ok(bytes) => newest(&bytes).map(|(_, state)| state) == self.last,
            Err(_) => false,
        }
    }

    fn create(&mut self) -> io::Result<File> {
        self.rooted = false;
        self.doubtful = false;
        let file = files::private().create(true).truncate(true).open(&self.path)?;
        files::write_at(&file, &[0; 2 * SLOT], 0)?;
        Ok(file)
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}

/// The newest state, and the slot that it is in.
fn newest(bytes: &[u8]) -> Option<(usize, State)> {
    let slots = bytes.chunks(SLOT).take(2).enumerate();
    slots.filter_map(|(slot, bytes)| Some((slot, read_slot(bytes)?))).max_by_key(|(_, state)| state.sequence)
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
