//! The record of what a process told the system to do with the files of one folder, in order.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::crash::Random;

/// A file, whatever its names.
pub(super) type Node = usize;

/// One thing that was asked of the system and granted, or a moment at which somebody was told.
pub(super) enum Step {
    Made {
        name: String,
        node: Node,
    },
    Removed {
        name: String,
    },
    Renamed {
        from: String,
        to: String,
    },
    Written {
        node: Node,
        at: u64,
        bytes: Vec<u8>,
    },
    Cut {
        node: Node,
        length: u64,
    },
    Synced {
        node: Node,
    },
    FolderSynced,
    /// A commit was acknowledged: so many are owed from now on.
    Acknowledged {
        owed: usize,
    },
}

/// A row whose commit was acknowledged.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) height: u64,
    pub(super) body: Vec<u8>,
}

/// A whole record.
pub(super) struct Recording {
    /// What the folder held before, durably.
    pub(super) before: Vec<(String, Vec<u8>)>,
    pub(super) steps: Vec<Step>,
    pub(super) acknowledged: Vec<Row>,
    /// Rows that were let go of on purpose: they may be there or not.
    pub(super) pruned: Vec<u64>,
}

impl Recording {
    pub(super) fn syncs(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Synced { .. })).count()
    }

    /// A moment to cut at: any, and often just after somebody was told.
    pub(super) fn moment(&self, random: &mut Random) -> usize {
        let below = |random: &mut Random, limit: usize| {
            usize::try_from(random.below(limit as u64)).unwrap_or_default()
        };
        let any = 1 + below(random, self.steps.len());
        if random.one_in(3) {
            let told = |step: &Step| matches!(step, Step::Acknowledged { .. });
            let rest = self.steps.get(any..).unwrap_or_default();
            return rest.iter().position(told).map_or(any, |later| any + later + 1);
        }
        any
    }
}

struct Recorder {
    root: PathBuf,
    before: Vec<(String, Vec<u8>)>,
    steps: Vec<Step>,
    nodes: usize,
    /// The file of each name, as the running process sees it.
    names: HashMap<String, Node>,
    /// The open descriptors of the folder's files; none is the folder itself.
    open: HashMap<i32, Option<Node>>,
    acknowledged: Vec<Row>,
}

/// Whether anything is recorded: looked at first by every call of the process.
pub(super) static ACTIVE: AtomicBool = AtomicBool::new(false);

static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

fn recorder() -> MutexGuard<'static, Option<Recorder>> {
    RECORDER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records what happens in a folder, which holds these files.
pub(super) fn start(root: &Path, before: Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut recorder = recorder();
    if recorder.is_some() {
        return Err(io::Error::other("one record at a time"));
    }
    let names = before.iter().enumerate().map(|(node, (name, _))| (name.clone(), node)).collect();
    *recorder = Some(Recorder {
        root: root.to_path_buf(),
        nodes: before.len(),
        before,
        steps: Vec::new(),
        names,
        open: HashMap::new(),
        acknowledged: Vec::new(),
    });
    ACTIVE.store(true, Ordering::Release);
    Ok(())
}

/// Somebody is being told that this row is durable.
pub(super) fn acknowledge(row: Row) {
    if let Some(recorder) = recorder().as_mut() {
        recorder.acknowledged.push(row);
        let owed = recorder.acknowledged.len();
        recorder.steps.push(Step::Acknowledged { owed });
    }
}

/// Ends the record. The rows of an earlier record are owed from its beginning.
pub(super) fn stop(earlier: &[Row]) -> Recording {
    ACTIVE.store(false, Ordering::Release);
    let (before, mut steps, told) = match recorder().take() {
        Some(recorder) => (recorder.before, recorder.steps, recorder.acknowledged),
        None => (Vec::new(), Vec::new(), Vec::new()),
    };
    for step in &mut steps {
        if let Step::Acknowledged { owed } = step {
            *owed += earlier.len();
        }
    }
    steps.insert(0, Step::Acknowledged { owed: earlier.len() });
    Recording { before, steps, acknowledged: [earlier, &told].concat(), pruned: Vec::new() }
}

/// Does a call of the system under the recorder's lock, so that the order is the real one.
pub(super) fn around<T>(call: impl FnOnce() -> T, note: impl FnOnce(&mut Calls<'_>, &T)) -> T {
    if !ACTIVE.load(Ordering::Acquire) {
        return call();
    }
    let mut recorder = recorder();
    let result = call();
    if let Some(recorder) = recorder.as_mut() {
        note(&mut Calls(recorder), &result);
    }
    result
}

/// What a call meant for the folder.
pub(super) struct Calls<'a>(&'a mut Recorder);

impl Calls<'_> {
    /// The name in the folder; none where the path is elsewhere, or is the index of the log, which no power
    /// cut leaves anything of.
    fn name(&self, path: &Path) -> Option<String> {
        let name = path.strip_prefix(&self.0.root).ok()?.to_str()?;
        (!name.is_empty() && !name.ends_with("-shm")).then(|| name.to_owned())
    }

    pub(super) fn opened(&mut self, path: &Path, descriptor: i32, truncated: bool) {
        if path == self.0.root {
            self.0.open.insert(descriptor, None);
            return;
        }
        let Some(name) = self.name(path) else { return };
        let node = match self.0.names.get(&name) {
            Some(node) => {
                let node = *node;
                if truncated {
                    self.0.steps.push(Step::Cut { node, length: 0 });
                }
                node
            }
            None => {
                let node = self.0.nodes;
                self.0.nodes += 1;
                self.0.names.insert(name.clone(), node);
                self.0.steps.push(Step::Made { name, node });
                node
            }
        };
        self.0.open.insert(descriptor, Some(node));
    }

    pub(super) fn closed(&mut self, descriptor: i32) {
        self.0.open.remove(&descriptor);
    }

    fn node(&self, descriptor: i32) -> Option<Node> {
        self.0.open.get(&descriptor).copied().flatten()
    }

    pub(super) fn written(&mut self, descriptor: i32, at: u64, bytes: &[u8]) {
        if let Some(node) = self.node(descriptor) {
            self.0.steps.push(Step::Written { node, at, bytes: bytes.to_vec() });
        }
    }

    pub(super) fn cut(&mut self, descriptor: i32, length: u64) {
        if let Some(node) = self.node(descriptor) {
            self.0.steps.push(Step::Cut { node, length });
        }
    }

    pub(super) fn synced(&mut self, descriptor: i32) {
        match self.0.open.get(&descriptor) {
            Some(Some(node)) => self.0.steps.push(Step::Synced { node: *node }),
            Some(None) => self.0.steps.push(Step::FolderSynced),
            None => {}
        }
    }

    pub(super) fn removed(&mut self, path: &Path) {
        if let Some(name) = self.name(path) {
            self.0.names.remove(&name);
            self.0.steps.push(Step::Removed { name });
        }
    }

    pub(super) fn renamed(&mut self, from: &Path, to: &Path) {
        if let (Some(from), Some(to)) = (self.name(from), self.name(to)) {
            if let Some(node) = self.0.names.remove(&from) {
                self.0.names.insert(to.clone(), node);
            }
            self.0.steps.push(Step::Renamed { from, to });
        }
    }
}
