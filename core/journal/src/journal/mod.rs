//! The journal: the book under a mutex, and a store behind it.

mod error;
mod history;

use std::collections::HashMap;
use std::fmt;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use danmal_model::{JournalId, Outcome, Ptxid, Record};
use jiff::Timestamp;
use siphasher::sip::SipHasher13;

pub use error::{CommitError, JournalError};
pub use history::{HistoryEntry, HistoryFilter};

use crate::book::{Age, Ask, Begun, Book, OpenIntent, State, UnsettledStop};
use crate::claim::MarkerUpdate;
use crate::sqlite::Sqlite;

/// What a journal on disk is opened with.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Whether it is for play money. A journal of the other kind is refused.
    pub simulated: bool,
}

impl From<bool> for OpenOptions {
    /// The usual options of a journal for play money, or for real money.
    fn from(simulated: bool) -> Self {
        Self { simulated }
    }
}

/// How a journal was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// As it was left, or new.
    Sound,
    /// Its predecessor was damaged and is kept beside it. Each terminal needs an operator's word before money
    /// moves (rule 14): see [`Journal::safe_mode`].
    Damaged {
        /// Where the damaged one is.
        moved_to: PathBuf,
    },
}

/// Is told once: the height of the row that is durable, or why it is not.
pub(crate) type Done = Box<dyn FnOnce(Result<u64, CommitError>) + Send>;

/// A record on its way.
pub(crate) struct Commit {
    pub(crate) record: Record,
    pub(crate) mark: Option<MarkerUpdate>,
    pub(crate) done: Done,
}

/// What the caller's threads and the writer share.
pub(crate) struct Shared {
    pub(crate) book: Book,
    /// The rows of a journal in memory; the first is at height 1.
    rows: Vec<Option<Record>>,
    /// When this process began an intent that has a key, by the monotonic clock.
    pressed: HashMap<Ptxid, Instant>,
}

impl Shared {
    fn prune(&mut self, before: Timestamp) -> u64 {
        let mut newest: HashMap<Ptxid, Timestamp> = HashMap::new();
        for record in self.rows.iter().flatten() {
            if let Some(ptxid) = record.ptxid {
                let at = newest.entry(ptxid).or_insert(record.at);
                *at = record.at.max(*at);
            }
        }
        let gone = self.book.prunable(|placed| newest.get(&placed.ptxid).is_none_or(|at| *at < before));
        let gone: std::collections::HashSet<Ptxid> = gone.into_iter().collect();
        let mut removed = 0;
        for row in &mut self.rows {
            if row.as_ref().and_then(|record| record.ptxid).is_some_and(|ptxid| gone.contains(&ptxid)) {
                *row = None;
                removed += 1;
            }
        }
        self.book.prune(gone);
        removed
    }
}

/// Unpredictable numbers, without a lock and without asking the system each time.
struct Random {
    keys: [u64; 2],
    count: AtomicU64,
}

impl Random {
    fn new() -> Self {
        Self { keys: [system_random(), system_random()], count: AtomicU64::new(system_random()) }
    }

    fn next(&self) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.keys[0], self.keys[1]);
        hasher.write_u64(self.count.fetch_add(1, Ordering::Relaxed));
        hasher.finish()
    }
}

enum Store {
    Memory,
    Sqlite(Sqlite),
}

struct Inner {
    id: JournalId,
    digest_key: [u64; 2],
    simulated: bool,
    condition: Condition,
    process: u32,
    closed: AtomicBool,
    random: Random,
    shared: Arc<Mutex<Shared>>,
    store: Store,
}

/// A journal. Clones are the same journal. It is closed with its last clone: what was committed is still
/// written, for which at most 5 s are waited, and then the file is free for another process.
/// [`Journal::close`] does so at once, whoever still has a clone, and says whether it is closed.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

/// A journal that does not keep it open.
#[derive(Clone)]
pub struct WeakJournal(Weak<Inner>);

impl WeakJournal {
    /// The journal, while it is open.
    #[must_use]
    pub fn upgrade(&self) -> Option<Journal> {
        self.0.upgrade().filter(|inner| !inner.closed.load(Ordering::Acquire)).map(Journal)
    }
}

impl fmt::Debug for WeakJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakJournal")
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Randomness of the system; should that fail, of the standard library's hash keys.
pub(crate) fn system_random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        use std::hash::BuildHasher;
        std::hash::RandomState::new().hash_one(std::time::SystemTime::now())
    })
}

fn shared(book: Book) -> Arc<Mutex<Shared>> {
    Arc::new(Mutex::new(Shared { book, rows: Vec::new(), pressed: HashMap::new() }))
}

impl Journal {
    /// A journal that ends with the process: for tests and measurements. It survives nothing.
    #[must_use]
    pub fn memory(simulated: bool) -> Self {
        let id = JournalId::new(system_random());
        let digest_key = [system_random(), system_random()];
        Self(Arc::new(Inner {
            id,
            digest_key,
            simulated,
            condition: Condition::Sound,
            process: std::process::id(),
            closed: AtomicBool::new(false),
            random: Random::new(),
            shared: shared(Book::new(id, digest_key, simulated)),
            store: Store::Memory,
        }))
    }

    /// Opens a journal on disk or creates it, with its folder, for its owner alone (0600). A damaged one is
    /// moved aside, never deleted, and a fresh one takes its place (rule 14). An older schema is migrated.
    ///
    /// # Errors
    /// [`JournalError`]: held by another process, newer, for the other kind of money, another program's
    /// database, or refused by the system. Then nothing was changed.
    pub fn open(path: impl AsRef<Path>, options: impl Into<OpenOptions>) -> Result<Self, JournalError> {
        let options = options.into();
        let opened = crate::sqlite::open(path.as_ref(), options.simulated)?;
        let shared = shared(opened.book);
        let store = Sqlite::start(opened.tail, Arc::clone(&shared))?;
        Ok(Self(Arc::new(Inner {
            id: opened.meta.id,
            digest_key: opened.meta.digest_key,
            simulated: options.simulated,
            condition: opened.meta.condition,
            process: std::process::id(),
            closed: AtomicBool::new(false),
            random: Random::new(),
            shared,
            store: Store::Sqlite(store),
        })))
    }

    /// The journal's id, part of every ptxid that it makes.
    #[must_use]
    pub fn id(&self) -> JournalId {
        self.0.id
    }

    /// The file; none for a journal in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0.store {
            Store::Memory => None,
            Store::Sqlite(sqlite) => Some(sqlite.path()),
        }
    }

    /// Whether it is for play money.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.0.simulated
    }

    /// Whether a commit survives a power cut.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        matches!(self.0.store, Store::Sqlite(_))
    }

    /// The height of the last durable row: how many rows it was ever given.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.book(|book| book.height())
    }

    /// The key of the digests of what terminals show (the baseline), random for each journal.
    #[must_use]
    pub fn digest_key(&self) -> [u64; 2] {
        self.0.digest_key
    }

    /// How it was found when it was opened.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        &self.0.condition
    }

    /// Why an operator of this terminal must accept the journal before money moves (rule 14); none if nothing
    /// is wrong or an [`Accepted`](danmal_model::Fact::Accepted) record of this terminal is durable. What a
    /// [`Claim`](crate::Claim) finds comes on top and is in its own `safe_mode`.
    #[must_use]
    pub fn safe_mode(&self, terminal: &str) -> Option<String> {
        match &self.0.condition {
            Condition::Damaged { moved_to } if !self.book(|book| book.is_accepted(terminal)) => {
                Some(format!("the journal was damaged, the damaged one is kept as {}", moved_to.display()))
            }
            _ => None,
        }
    }

    /// The book under its mutex, for a look or a call; an empty one in a forked child. What is done in it must not call this journal again,
    /// save for [`random`](Self::random) and what the journal says of itself.
    pub fn book<T>(&self, act: impl FnOnce(&mut Book) -> T) -> T {
        match self.shared() {
            Some(mut shared) => act(&mut shared.book),
            None => act(&mut self.nothing()),
        }
    }

    pub(crate) fn check_process(&self) -> Result<(), JournalError> {
        if self.0.process == std::process::id() { Ok(()) } else { Err(JournalError::Forked) }
    }

    /// None in a forked child: whoever held the mutex when it was forked does not exist there.
    fn shared(&self) -> Option<MutexGuard<'_, Shared>> {
        (self.0.process == std::process::id()).then(|| lock(&self.0.shared))
    }

    /// What a forked child has.
    fn nothing(&self) -> Book {
        Book::new(self.0.id, self.0.digest_key, self.0.simulated)
    }

    /// Randomness for a ptxid.
    #[must_use]
    pub fn random(&self) -> u64 {
        self.0.random.next()
    }

    /// The journal without keeping it open.
    #[must_use]
    pub fn downgrade(&self) -> WeakJournal {
        WeakJournal(Arc::downgrade(&self.0))
    }

    /// [`Book::begin`]. The age of what this process itself began is measured on the monotonic clock, so that
    /// a wall clock that jumps cannot make a second press new.
    #[must_use = "a new intent is reserved until it is committed or forgotten"]
    pub fn begin(&self, ask: &Ask, now: Timestamp, key_life: Duration) -> Begun {
        let random = self.0.random.next();
        let Some(mut shared) = self.shared() else { return self.nothing().begin(ask, now, key_life, random) };
        // The age is the holder's own: an intent of today that came to nothing says nothing of yesterday's.
        let pressed = shared.book.holder_of_ask(ask).and_then(|holder| shared.pressed.get(&holder));
        let age = match pressed.map(Instant::elapsed) {
            Some(elapsed) => Age::Over(elapsed > key_life),
            None => Age::Wall(key_life),
        };
        let begun = shared.book.begin_aged(ask, now, age, random);
        if let Begun::New { intent, .. } = &begun
            && intent.key.is_some()
        {
            if shared.pressed.len() >= 4096 && shared.pressed.len().is_power_of_two() {
                shared.pressed.retain(|_, at| at.elapsed() <= key_life);
            }
            shared.pressed.insert(intent.ptxid, Instant::now());
        }
        begun
    }

    /// [`Book::next_ptxid`].
    #[must_use]
    pub fn next_ptxid(&self) -> Ptxid {
        let random = self.0.random.next();
        self.book(|book| book.next_ptxid(random))
    }

    /// [`Book::forget`].
    pub fn forget(&self, ptxid: Ptxid) {
        let Some(mut shared) = self.shared() else { return };
        shared.book.forget(ptxid);
        if shared.book.state_of(ptxid).is_none() {
            shared.pressed.remove(&ptxid);
        }
    }

    /// [`Book::open_intents`].
    #[must_use]
    pub fn open_intents(&self, terminal: &str) -> Vec<OpenIntent> {
        self.book(|book| book.open_intents(terminal))
    }

    /// [`Book::unsettled_stops`].
    #[must_use]
    pub fn unsettled_stops(&self, terminal: &str) -> Vec<UnsettledStop> {
        self.book(|book| book.unsettled_stops(terminal))
    }

    /// [`Book::pending`].
    #[must_use]
    pub fn pending(&self) -> Vec<OpenIntent> {
        self.book(|book| book.pending())
    }

    /// [`Book::state_of`].
    #[must_use]
    pub fn state_of(&self, ptxid: Ptxid) -> Option<State> {
        self.book(|book| book.state_of(ptxid))
    }

    /// Makes a record durable, takes it into the book, and then calls `done` with the row's height. What a
    /// journal must not hold is left out of it ([`Record::redacted`]).
    ///
    /// In memory all of it happens at once on the caller's thread. On disk it happens on the journal's own
    /// thread, in the order of the calls; `done` should be short there. It may call this journal.
    pub fn commit(&self, record: Record, done: impl FnOnce(Result<u64, CommitError>) + Send + 'static) {
        self.commit_marked(record, None, done);
    }

    /// As [`commit`](Self::commit), and writes the terminal's marker between the row and `done` (rule 4): give
    /// [`Claim::mark`](crate::Claim::mark) with an intent and [`Claim::clear`](crate::Claim::clear) with an
    /// end. A mark that cannot be made durable is a commit that failed: its row is taken back. A journal in
    /// memory leaves no marker.
    pub fn commit_marked(
        &self,
        record: Record,
        mark: Option<MarkerUpdate>,
        done: impl FnOnce(Result<u64, CommitError>) + Send + 'static,
    ) {
        if self.0.process != std::process::id() {
            return done(Err(CommitError::Forked));
        }
        if self.0.closed.load(Ordering::Acquire) {
            return done(Err(CommitError::Closed));
        }
        let record = record.redacted();
        match &self.0.store {
            Store::Memory => {
                if let Some(Err(error)) = mark.as_ref().map(MarkerUpdate::stand) {
                    return done(Err(CommitError::of_io("the terminal's claim", &error)));
                }
                let mut shared = lock(&self.0.shared);
                shared.book.apply(&record);
                shared.rows.push(Some(record));
                let height = shared.book.height();
                drop(shared);
                if let Some(mark) = mark {
                    mark.without_marker();
                }
                done(Ok(height));
            }
            Store::Sqlite(sqlite) => sqlite.commit(Commit { record, mark, done: Box::new(done) }),
        }
    }

    /// The outcome of an operation that has ended; none while it is open, or if this journal knows nothing of
    /// it. The card number is empty: it is never journaled.
    ///
    /// # Errors
    /// The file cannot be read, or the journal was closed.
    pub fn outcome(&self, ptxid: Ptxid) -> Result<Option<Outcome>, JournalError> {
        self.check_process()?;
        let placed = self.book(|book| book.placed(ptxid));
        match placed.and_then(|placed| placed.end) {
            Some((_, height)) => Ok(self.row(height)?.and_then(history::outcome_of)),
            None => Ok(None),
        }
    }

    /// Lets go of what is over: the rows of ended operations whose last row is older than `before`. What is
    /// open, what a key of at most `key_life` stands for, acceptances and unanswered requests to stop stay, and
    /// so do a cancellation and its original while one of them stays. The chain goes over the gaps by anchor
    /// rows; ptxids count on. Returns how many rows went. On disk it waits for the writer and holds it up: call
    /// it when no customer waits.
    ///
    /// An approval that was pruned can still be cancelled, as typed from a slip, and a second time: keep rows
    /// for at least as long as the acquirer takes cancellations.
    ///
    /// # Errors
    /// The file cannot be written, or the journal was closed.
    pub fn prune(&self, before: Timestamp, key_life: Duration) -> Result<u64, JournalError> {
        let live = Timestamp::now().checked_sub(key_life).unwrap_or(Timestamp::MIN);
        let before = before.min(live);
        match &self.0.store {
            _ if self.0.process != std::process::id() => Err(JournalError::Forked),
            Store::Memory => Ok(lock(&self.0.shared).prune(before)),
            Store::Sqlite(sqlite) => sqlite.prune(before),
        }
    }

    /// The record at a height; none where it was pruned.
    fn row(&self, height: u64) -> Result<Option<Record>, JournalError> {
        match &self.0.store {
            Store::Memory => {
                let at = usize::try_from(height).ok().and_then(|height| height.checked_sub(1));
                Ok(at.and_then(|at| self.shared()?.rows.get(at).cloned().flatten()))
            }
            Store::Sqlite(sqlite) => sqlite.row(height),
        }
    }

    /// The hash of the row at a height, for the marker; none where it was pruned, and in memory.
    pub(crate) fn hash_at(&self, height: u64) -> Result<Option<String>, JournalError> {
        match &self.0.store {
            Store::Memory => Ok(None),
            Store::Sqlite(sqlite) => sqlite.hash_at(height),
        }
    }

    /// Closes the journal: what waits is still written, then the file is free for others. Later commits are
    /// refused. Waits at most `patience`; returns whether it is closed. In memory nothing is waited for.
    pub fn close(&self, patience: Duration) -> bool {
        self.0.closed.store(true, Ordering::Release);
        match &self.0.store {
            Store::Memory => true,
            Store::Sqlite(_) if self.0.process != std::process::id() => true,
            Store::Sqlite(sqlite) => sqlite.close(patience),
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("id", &self.0.id).field("path", &self.path()).finish_non_exhaustive()
    }
}
