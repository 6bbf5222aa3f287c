//! One money operation per terminal, over processes and journals (rule 4).

mod folder;
mod marker;
mod refused;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use danmal_model::{Fact, JournalId, Ptxid, Record};

pub use folder::Folder;
use marker::{Found, Marker, State};
pub use refused::ClaimRefused;

use crate::book::State as IntentState;
use crate::journal::{Journal, lock};
use crate::lock::{Holder, Lock, NotTaken};
use crate::sqlite::{Peek, peek};

/// The right to drive a terminal, held until it is dropped, until the last [`MarkerUpdate`] of it is written,
/// or until the process ends, however it ends. A forked child does not have it.
pub struct Claim {
    held: Arc<Held>,
}

struct Held {
    terminal: String,
    /// Released with this.
    lock: Lock,
    holder_file: PathBuf,
    journal: Option<JournalFacts>,
    marker: Mutex<Marker>,
    safe_mode: Mutex<Option<String>>,
    /// The lock was not held for a while, and somebody else used the terminal meanwhile: nothing is marked any
    /// more.
    lost: Mutex<Option<String>>,
}

/// The durable journal that the marker names.
struct JournalFacts {
    id: JournalId,
    path: String,
    simulated: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.lock.is_ours() {
            // Only says who holds the terminal; the lock itself is the system's.
            let _ = std::fs::remove_file(&self.holder_file);
        }
    }
}

impl Claim {
    /// Claims a terminal by its canonical key for a journal: takes the system's lock, then reads the marker.
    /// Where the marker does not fit the journal, the claim holds and is in safe mode.
    ///
    /// The lock of every terminal is one byte of one file, so a terminal costs no descriptor.
    ///
    /// # Errors
    /// [`ClaimRefused`]: held by another process or another client of this one; unresolved in another
    /// journal; or the folder cannot be used.
    pub fn acquire(folder: &Folder, terminal: &str, journal: &Journal) -> Result<Self, ClaimRefused> {
        let refuse = |error: io::Error| ClaimRefused::Folder {
            path: folder.path().to_path_buf(),
            detail: error.to_string(),
        };
        folder.prepare().map_err(refuse)?;
        let names = folder.names(terminal);
        let taken = Lock::take(&names.locks, names.place, false).map_err(|error| match error {
            NotTaken::Here => ClaimRefused::Held { holder: Holder::this_process(None).with(&names.holder) },
            NotTaken::Elsewhere => ClaimRefused::Held { holder: Holder::default().with(&names.holder) },
            NotTaken::Io(error) => refuse(error),
        })?;
        let (marker, found) = Marker::open(names.marker, terminal).map_err(refuse)?;
        let facts = journal.path().map(|path| JournalFacts {
            id: journal.id(),
            path: path.to_string_lossy().into_owned(),
            simulated: journal.is_simulated(),
        });
        let fit = judge(&found, terminal, journal)?;
        Holder::this_process(journal.path()).write(&names.holder).map_err(refuse)?;
        let held = Arc::new(Held {
            terminal: terminal.to_owned(),
            lock: taken,
            holder_file: names.holder,
            journal: facts,
            marker: Mutex::new(marker),
            safe_mode: Mutex::new(None),
            lost: Mutex::new(None),
        });
        let claim = Self { held };
        match fit {
            Fit::Keep => {}
            Fit::Renew => claim.renew(journal, false).map_err(refuse)?,
            Fit::Doubt(detail) => *lock(&claim.held.safe_mode) = Some(detail),
        }
        if let Some(detail) = journal.safe_mode(terminal) {
            lock(&claim.held.safe_mode).get_or_insert(detail);
        }
        Ok(claim)
    }

    /// The terminal's canonical key.
    #[must_use]
    pub fn terminal(&self) -> &str {
        &self.held.terminal
    }

    /// Why an operator must accept the journal before money moves (rule 14): what the marker and the journal
    /// say together.
    #[must_use]
    pub fn safe_mode(&self) -> Option<String> {
        lock(&self.held.safe_mode).clone()
    }

    /// Whether this process holds it: false in a forked child.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.held.lock.is_ours()
    }

    /// For the commit of an intent: the marker names it, durably, before the commit is told.
    #[must_use]
    pub fn mark(&self, ptxid: Ptxid) -> MarkerUpdate {
        MarkerUpdate { held: Arc::clone(&self.held), open: Some(ptxid), accepts: false }
    }

    /// For the commit of an end: the marker names no operation any more. Not synced: a lost clearing only
    /// names an operation whose end is in the journal.
    #[must_use]
    pub fn clear(&self) -> MarkerUpdate {
        MarkerUpdate { held: Arc::clone(&self.held), open: None, accepts: false }
    }

    /// What the marker becomes with a record, where it becomes anything: an intent marks, an end and an
    /// operator's word clear, an acceptance makes the marker this journal's and ends the safe mode.
    #[must_use]
    pub fn update_for(&self, record: &Record, journal: &Journal) -> Option<MarkerUpdate> {
        let ptxid = record.ptxid;
        match &record.fact {
            Fact::Intent(intent) => Some(self.mark(intent.ptxid)),
            Fact::Ended(outcome) if outcome.is_final() => Some(self.clear()),
            Fact::Overridden { .. } if ptxid.is_some() => Some(self.clear()),
            Fact::Accepted { .. } => {
                let open = first_open(journal, &self.held.terminal);
                Some(MarkerUpdate { held: Arc::clone(&self.held), open, accepts: true })
            }
            _ => None,
        }
    }

    /// After the operator's word and its [`Accepted`](danmal_model::Fact::Accepted) record: the marker is
    /// this journal's from now on, durably. A journal in memory leaves what it found.
    ///
    /// # Errors
    /// The marker cannot be written; the claim is in safe mode still.
    pub fn accept(&self, journal: &Journal) -> io::Result<()> {
        self.renew(journal, true)?;
        *lock(&self.held.safe_mode) = None;
        Ok(())
    }

    fn renew(&self, journal: &Journal, durably: bool) -> io::Result<()> {
        let open = first_open(journal, &self.held.terminal);
        let height = journal.height();
        let hash = journal.hash_at(height).map_err(|error| io::Error::other(error.to_string()))?;
        self.held.write(open, height, hash, durably)
    }
}

/// The oldest operation that is open and not left to an operator's word.
fn first_open(journal: &Journal, terminal: &str) -> Option<Ptxid> {
    let open = journal.open_intents(terminal);
    open.iter().find(|open| open.overridden.is_none()).map(|open| open.intent.ptxid)
}

impl Held {
    fn write(&self, open: Option<Ptxid>, height: u64, hash: Option<String>, durably: bool) -> io::Result<()> {
        self.stand()?;
        let Some(journal) = &self.journal else { return Ok(()) };
        let state = State {
            sequence: 0,
            terminal: self.terminal.clone(),
            journal: journal.path.clone(),
            id: journal.id,
            simulated: journal.simulated,
            height,
            hash,
            open,
        };
        lock(&self.marker).write(state, durably)
    }

    /// Whether the lock still keeps others out. One that did not is taken again, if it can be, and the call that
    /// found it out fails: what it was about was decided without the claim.
    fn stand(&self) -> io::Result<()> {
        let mut lost = lock(&self.lost);
        if let Some(detail) = &*lost {
            return Err(io::Error::other(detail.clone()));
        }
        let Err(problem) = self.lock.check() else { return Ok(()) };
        let mut detail = format!("another till could have taken this terminal: {}", problem.detail);
        if problem.again && !lock(&self.marker).is_unchanged() {
            detail.push_str(", and another till has used it meanwhile: open the terminal again");
            *lost = Some(detail.clone());
        }
        Err(io::Error::other(detail))
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("terminal", &self.held.terminal).finish_non_exhaustive()
    }
}

/// What the marker of a terminal becomes with a commit. It keeps the claim until it is written.
pub struct MarkerUpdate {
    held: Arc<Held>,
    open: Option<Ptxid>,
    /// The operator accepted the journal.
    accepts: bool,
}

impl MarkerUpdate {
    /// Whether it must be durable before the commit is told.
    pub(crate) fn must_be_durable(&self) -> bool {
        self.open.is_some() || self.accepts
    }

    pub(crate) fn write(&self, height: u64, hash: String) -> io::Result<()> {
        self.held.write(self.open, height, Some(hash), self.must_be_durable())?;
        if self.accepts {
            *lock(&self.held.safe_mode) = None;
        }
        Ok(())
    }

    /// Whether the claim still keeps others out; asked before an intent is told.
    pub(crate) fn stand(&self) -> io::Result<()> {
        if self.open.is_some() { self.held.stand() } else { Ok(()) }
    }

    /// The commit of a journal in memory, which leaves what it found.
    pub(crate) fn without_marker(&self) {
        if self.accepts {
            *lock(&self.held.safe_mode) = None;
        }
    }

    /// Takes back a mark whose row was taken back.
    pub(crate) fn withdraw(&self, height: u64, hash: String) -> io::Result<()> {
        self.held.write(None, height, Some(hash), true)
    }
}

impl fmt::Debug for MarkerUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MarkerUpdate({} {:?})", self.held.terminal, self.open)
    }
}

/// How a marker fits the journal that wants the terminal.
enum Fit {
    /// Nothing is to be written.
    Keep,
    /// The marker becomes this journal's.
    Renew,
    /// Only after an operator's word.
    Doubt(String),
}

fn judge(found: &Found, terminal: &str, journal: &Journal) -> Result<Fit, ClaimRefused> {
    let marker = match found {
        Found::Nothing => return Ok(Fit::Renew),
        Found::Damaged(moved_to) => {
            return Ok(Fit::Doubt(format!(
                "the marker of this terminal was damaged and is kept as {}",
                moved_to.display()
            )));
        }
        Found::Marker(marker) => marker,
    };
    if marker.terminal != terminal {
        return Ok(Fit::Doubt("the marker of this terminal names another terminal".to_owned()));
    }
    if marker.id == journal.id() {
        return Ok(own(marker, journal));
    }
    another(marker, journal)
}

fn own(marker: &State, journal: &Journal) -> Fit {
    let height = journal.height();
    if height < marker.height {
        return Fit::Doubt(format!(
            "the journal is older than this terminal remembers: it has {height} rows of {}",
            marker.height
        ));
    }
    match (&marker.hash, journal.hash_at(marker.height)) {
        (Some(marked), Ok(Some(found))) if *marked != found => {
            return Fit::Doubt(
                "the journal went on differently: it is a restored copy, or somebody else wrote it"
                    .to_owned(),
            );
        }
        (_, Err(error)) => return Fit::Doubt(error.to_string()),
        _ => {}
    }
    match marker.open.map(|ptxid| (ptxid, journal.state_of(ptxid))) {
        Some((ptxid, None)) => Fit::Doubt(format!("the journal does not know operation {ptxid}")),
        Some((_, Some(IntentState::Ended(_)))) => Fit::Renew,
        _ => Fit::Keep,
    }
}

fn another(marker: &State, journal: &Journal) -> Result<Fit, ClaimRefused> {
    let path = PathBuf::from(&marker.journal);
    let missing = |what: &str| {
        let operation = marker.open.map(|ptxid| format!(", with operation {ptxid} unresolved"));
        let operation = operation.unwrap_or_default();
        Ok(Fit::Doubt(format!(
            "the journal {} that this terminal was used with {what}{operation}",
            marker.journal
        )))
    };
    match peek(&path, marker.open) {
        Peek::Missing => missing("is missing"),
        Peek::Unreadable(detail) => missing(&format!("cannot be opened ({detail})")),
        Peek::Found { id, .. } if id != marker.id => missing("was replaced by another"),
        Peek::Found { open: true, .. } => Err(ClaimRefused::OtherJournal { path, ptxid: marker.open }),
        Peek::Found { .. } if journal.is_durable() => Ok(Fit::Renew),
        Peek::Found { .. } => Ok(Fit::Keep),
    }
}
