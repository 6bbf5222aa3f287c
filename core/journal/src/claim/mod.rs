//! One money operation per terminal, over processes and journals (rule 4).

mod folder;
mod marker;
mod refused;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use danmal_model::{Alarm, Fact, JournalId, Ptxid, Record, Verdict};

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
    /// What is open here, as far as it was written: the marker names the newest. Changed on the journal's thread
    /// alone once the claim is given out, in the order of the rows.
    open: Mutex<Vec<Ptxid>>,
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
        let (marker, found) = Marker::open(names.marker).map_err(refuse)?;
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
            open: Mutex::new(open_in(journal, terminal)),
            safe_mode: Mutex::new(None),
            lost: Mutex::new(None),
        });
        let claim = Self { held };
        match fit {
            Fit::Keep => {}
            Fit::Renew => claim.renew(journal).map_err(refuse)?,
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
        self.update(Change::Opens(ptxid))
    }

    /// For the commit of an end: the marker names the operation no more, and the newest other one that is open, if
    /// there is one. Where there is none it is not synced: a lost clearing only names an operation whose end is in
    /// the journal.
    #[must_use]
    pub fn clear(&self, ptxid: Ptxid) -> MarkerUpdate {
        self.update(Change::Closes(ptxid))
    }

    fn update(&self, change: Change) -> MarkerUpdate {
        MarkerUpdate { held: Arc::clone(&self.held), change }
    }

    /// What the marker becomes with a record, where it becomes anything: an intent marks, an end and an
    /// operator's word clear, evidence against that word marks again, an acceptance makes the marker this
    /// journal's and ends the safe mode.
    #[must_use]
    pub fn update_for(&self, record: &Record, journal: &Journal) -> Option<MarkerUpdate> {
        match (&record.fact, record.ptxid) {
            (Fact::Intent(intent), _) => Some(self.mark(intent.ptxid)),
            (Fact::Ended(outcome), Some(ptxid)) if outcome.is_final() => Some(self.clear(ptxid)),
            (Fact::Overridden { .. }, Some(ptxid)) => Some(self.clear(ptxid)),
            (Fact::Alarmed(Alarm::OverrideContradicted), Some(ptxid)) => {
                let open = journal.open_intents(&self.held.terminal);
                let word = open.into_iter().find(|open| open.intent.ptxid == ptxid)?.overridden;
                // Who decided nothing cannot be contradicted.
                let falls = word.is_some_and(|(verdict, _)| verdict != Verdict::Undecided);
                falls.then(|| self.mark(ptxid))
            }
            (Fact::Accepted { .. }, _) => {
                Some(self.update(Change::Accepts(open_in(journal, &self.held.terminal))))
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
        *lock(&self.held.open) = open_in(journal, &self.held.terminal);
        self.renew(journal)?;
        *lock(&self.held.safe_mode) = None;
        Ok(())
    }

    fn renew(&self, journal: &Journal) -> io::Result<()> {
        let height = journal.height();
        let hash = journal.hash_at(height).map_err(|error| io::Error::other(error.to_string()))?;
        self.held.write(height, hash, true)
    }
}

/// The operations that are open and not left to an operator's word, oldest first.
fn open_in(journal: &Journal, terminal: &str) -> Vec<Ptxid> {
    let open = journal.open_intents(terminal).into_iter();
    open.filter(|open| open.overridden.is_none()).map(|open| open.intent.ptxid).collect()
}

impl Held {
    fn write(&self, height: u64, hash: Option<String>, durably: bool) -> io::Result<()> {
        self.stand()?;
        let Some(journal) = &self.journal else { return Ok(()) };
        let open = lock(&self.open).last().copied();
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
    change: Change,
}

#[derive(Debug)]
enum Change {
    /// The operation may be on its way from now on.
    Opens(Ptxid),
    /// It has ended, or an operator's word holds.
    Closes(Ptxid),
    /// The operator accepted the journal, in which these are open.
    Accepts(Vec<Ptxid>),
}

impl MarkerUpdate {
    /// Whether a terminal is about to be used with it.
    pub(crate) fn opens(&self) -> bool {
        matches!(self.change, Change::Opens(_))
    }

    /// Durable before the commit is told, where something is open with it or the journal was accepted; else what
    /// fails is found at the next start.
    pub(crate) fn write(&self, height: u64, hash: String) -> io::Result<()> {
        let durably = {
            let mut open = lock(&self.held.open);
            match &self.change {
                Change::Opens(ptxid) => open.push(*ptxid),
                Change::Closes(ptxid) => open.retain(|one| one != ptxid),
                Change::Accepts(found) => open.clone_from(found),
            }
            !open.is_empty() || matches!(self.change, Change::Accepts(_))
        };
        let written = self.held.write(height, Some(hash), durably);
        if durably {
            written?;
        }
        if matches!(self.change, Change::Accepts(_)) {
            *lock(&self.held.safe_mode) = None;
        }
        Ok(())
    }

    /// Whether the claim still keeps others out; asked before an intent is told.
    pub(crate) fn stand(&self) -> io::Result<()> {
        if self.opens() { self.held.stand() } else { Ok(()) }
    }

    /// The commit of a journal in memory, which leaves what it found.
    pub(crate) fn without_marker(&self) {
        if matches!(self.change, Change::Accepts(_)) {
            *lock(&self.held.safe_mode) = None;
        }
    }

    /// Takes back a mark whose row was taken back.
    pub(crate) fn withdraw(&self, height: u64, hash: String) -> io::Result<()> {
        {
            let mut open = lock(&self.held.open);
            match &self.change {
                Change::Opens(ptxid) => open.retain(|one| one != ptxid),
                Change::Closes(ptxid) if !open.contains(ptxid) => open.push(*ptxid),
                Change::Closes(_) | Change::Accepts(_) => {}
            }
        }
        self.held.write(height, Some(hash), true)
    }
}

impl fmt::Debug for MarkerUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MarkerUpdate({} {:?})", self.held.terminal, self.change)
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
        // A row was written, and the process died before what the marker becomes with it.
        None if !open_in(journal, &marker.terminal).is_empty() => Fit::Renew,
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
