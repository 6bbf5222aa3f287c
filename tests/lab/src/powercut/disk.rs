//! A disk under a record: what is durable at a moment, and what else a power cut may leave there.

use std::collections::BTreeMap;

use super::record::{Node, Recording, Step};
use crate::crash::Random;

const SECTOR: usize = 512;

enum Change {
    Written { at: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

enum NameChange {
    Made { name: String, node: Node },
    Removed { name: String },
    Renamed { from: String, to: String },
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

pub(super) struct Disk {
    files: BTreeMap<Node, File>,
    names: BTreeMap<String, Node>,
    pending: Vec<NameChange>,
    /// How far the record was followed.
    at: usize,
    owed: usize,
    lies: bool,
}

/// How a power cut treats what was not synced.
#[derive(Clone, Copy)]
enum Mood {
    /// It is gone.
    Lost,
    /// It was written just in time.
    Kept,
    /// The first writes are there, the next is torn, the rest is lost.
    InOrder,
    /// Each write for itself: there, lost, or torn.
    Any,
}

impl Disk {
    /// The disk before the record. One that lies takes no sync for an order.
    pub(super) fn of(recording: &Recording, lies: bool) -> Self {
        let mut disk = Self {
            files: BTreeMap::new(),
            names: BTreeMap::new(),
            pending: Vec::new(),
            at: 0,
            owed: 0,
            lies,
        };
        for (node, (name, bytes)) in recording.before.iter().enumerate() {
            disk.names.insert(name.clone(), node);
            disk.files.insert(node, File { durable: bytes.clone(), pending: Vec::new() });
        }
        disk
    }

    /// How many acknowledged rows must be there now.
    pub(super) fn owed(&self) -> usize {
        self.owed
    }

    /// Follows the record up to a moment.
    pub(super) fn go_on(&mut self, recording: &Recording, until: usize) {
        let steps = recording.steps.get(self.at..until).unwrap_or_default();
        self.at = until.max(self.at);
        for step in steps {
            match step {
                Step::Made { name, node } => {
                    self.pending.push(NameChange::Made { name: name.clone(), node: *node });
                }
                Step::Removed { name } => self.pending.push(NameChange::Removed { name: name.clone() }),
                Step::Renamed { from, to } => {
                    self.pending.push(NameChange::Renamed { from: from.clone(), to: to.clone() });
                }
                Step::Written { node, at, bytes } => {
                    let at = usize::try_from(*at).unwrap_or_default();
                    self.change(*node, Change::Written { at, bytes: bytes.clone() });
                }
                Step::Cut { node, length } => {
                    let length = usize::try_from(*length).unwrap_or_default();
                    self.change(*node, Change::Cut { length });
                }
                Step::Synced { node } => {
                    if let Some(file) = self.files.get_mut(node).filter(|_| !self.lies) {
                        for change in std::mem::take(&mut file.pending) {
                            apply(&mut file.durable, &change);
                        }
                    }
                }
                Step::FolderSynced => {
                    for change in std::mem::take(&mut self.pending) {
                        rename(&mut self.names, change);
                    }
                }
                Step::Acknowledged { owed } => self.owed = *owed,
            }
        }
    }

    fn change(&mut self, node: Node, change: Change) {
        self.files.entry(node).or_default().pending.push(change);
    }

    /// The files that one of the possible power cuts leaves.
    pub(super) fn after_power_cut(&self, random: &mut Random) -> Vec<(String, Vec<u8>)> {
        let moods = [Mood::Lost, Mood::Kept, Mood::InOrder, Mood::InOrder, Mood::Any, Mood::Any, Mood::Any];
        let one = random.pick(moods);
        let mixed = random.one_in(3);
        let mut names = self.names.clone();
        // A folder's changes reach the disk in order, as far as they do.
        let kept = random.below(self.pending.len() as u64 + 1);
        for change in self.pending.iter().take(usize::try_from(kept).unwrap_or_default()) {
            rename(&mut names, change.again());
        }
        names
            .into_iter()
            .map(|(name, node)| {
                let mood = if mixed { random.pick(moods) } else { one };
                let bytes = self.files.get(&node).map(|file| file.after(mood, random)).unwrap_or_default();
                (name, bytes)
            })
            .collect()
    }
}

impl NameChange {
    fn again(&self) -> Self {
        match self {
            Self::Made { name, node } => Self::Made { name: name.clone(), node: *node },
            Self::Removed { name } => Self::Removed { name: name.clone() },
            Self::Renamed { from, to } => Self::Renamed { from: from.clone(), to: to.clone() },
        }
    }
}

fn rename(names: &mut BTreeMap<String, Node>, change: NameChange) {
    match change {
        NameChange::Made { name, node } => drop(names.insert(name, node)),
        NameChange::Removed { name } => drop(names.remove(&name)),
        NameChange::Renamed { from, to } => {
            if let Some(node) = names.remove(&from) {
                names.insert(to, node);
            }
        }
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Written { at, bytes: new } => put(bytes, *at, new),
        Change::Cut { length } => bytes.resize(*length, 0),
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    if bytes.len() < at + new.len() {
        bytes.resize(at + new.len(), 0);
    }
    bytes[at..at + new.len()].copy_from_slice(new);
}

impl File {
    fn after(&self, mood: Mood, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        let count = self.pending.len() as u64;
        let (whole, torn) = match mood {
            Mood::Lost => return bytes,
            Mood::Kept => (count, false),
            Mood::InOrder => (random.below(count + 1), random.one_in(2)),
            Mood::Any => (0, false),
        };
        for (number, change) in (0..).zip(&self.pending) {
            let fate = match mood {
                Mood::Any => random.below(3),
                _ if number < whole => 0,
                _ if number == whole && torn => 2,
                _ => break,
            };
            match (fate, change) {
                (0, change) => apply(&mut bytes, change),
                (2, Change::Written { at, bytes: new }) => tear(&mut bytes, *at, new, random),
                _ => {}
            }
        }
        bytes
    }
}

/// Some sectors of a write are there, some are what they were, and some are zero.
fn tear(bytes: &mut Vec<u8>, at: usize, new: &[u8], random: &mut Random) {
    let zeroes = random.one_in(3);
    let mut start = 0;
    while start < new.len() {
        // Sectors are the disk's, not the write's.
        let end = (start + SECTOR - (at + start) % SECTOR).min(new.len());
        match random.below(3) {
            0 => put(bytes, at + start, &new[start..end]),
            1 if zeroes => put(bytes, at + start, &vec![0; end - start]),
            _ => {}
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Row;
    use super::*;

    fn recording(steps: Vec<Step>) -> Recording {
        let rows = vec![Row { height: 1, body: Vec::new() }];
        Recording { before: Vec::new(), steps, acknowledged: rows, pruned: Vec::new() }
    }

    #[test]
    fn what_was_synced_survives_and_what_was_not_may() {
        let written = |bytes: &[u8]| Step::Written { node: 0, at: 0, bytes: bytes.to_vec() };
        let recording = recording(vec![
            Step::Made { name: "a".to_owned(), node: 0 },
            written(&[1; 1024]),
            Step::Synced { node: 0 },
            Step::FolderSynced,
            written(&[2; 1024]),
            Step::Acknowledged { owed: 1 },
        ]);
        let mut disk = Disk::of(&recording, false);
        disk.go_on(&recording, 3);
        let mut random = Random::new(1);
        assert!((0..50).any(|_| disk.after_power_cut(&mut random).is_empty()), "the name may be lost");
        disk.go_on(&recording, 6);
        assert_eq!(disk.owed(), 1);
        let ends: Vec<_> = (0..200).map(|_| disk.after_power_cut(&mut random)).collect();
        let contents = |end: &[(String, Vec<u8>)]| end.first().map(|(_, bytes)| (bytes[0], bytes[512]));
        for (first, second) in [(1, 1), (2, 2), (1, 2), (2, 1), (0, 1)] {
            assert!(ends.iter().any(|end| contents(end) == Some((first, second))), "{first} {second}");
        }
        assert!(ends.iter().all(|end| end.len() == 1 && end[0].1.len() == 1024));
    }
}
