//! The journal on a virtual disk: the real book over rows that are durable only once they are synced. A crash
//! loses what is not.

use std::collections::VecDeque;
use std::time::Duration;

use danmal_journal::Book;
use danmal_model::{JournalId, Record};
use danmal_protocol::CommitId;

use super::config::Config;
use super::dice::Dice;

/// The key of the terminal in the journal.
pub const TERMINAL: &str = "tcp://192.0.2.1:9100";

struct Pending {
    commit: CommitId,
    record: Record,
    due: Duration,
    fails: bool,
}

/// What a sync came to.
#[allow(clippy::large_enum_variant, reason = "most are kept, and none lives long")]
pub enum Synced {
    Kept(CommitId, Record),
    Failed(CommitId),
}

pub struct Journal {
    id: JournalId,
    digest_key: [u64; 2],
    pub book: Book,
    rows: Vec<Record>,
    pending: VecDeque<Pending>,
    last_due: Duration,
    full_until: Duration,
    /// A disk that says "synced" of what is only in its cache, for the check of the checker.
    lies: bool,
    cached: usize,
}

impl Journal {
    pub fn new(dice: &mut Dice, lies: bool) -> Self {
        let id = JournalId::new(dice.next());
        let digest_key = [dice.next(), dice.next()];
        Self {
            id,
            digest_key,
            book: Book::new(id, digest_key, true),
            rows: Vec::new(),
            pending: VecDeque::new(),
            last_due: Duration::ZERO,
            full_until: Duration::ZERO,
            lies,
            cached: 0,
        }
    }

    pub fn id(&self) -> JournalId {
        self.id
    }

    pub fn digest_key(&self) -> [u64; 2] {
        self.digest_key
    }

    /// A row is to be made durable. Returns when it will be, or will have failed.
    pub fn commit(
        &mut self,
        commit: CommitId,
        record: Record,
        now: Duration,
        config: &Config,
        dice: &mut Dice,
    ) -> Duration {
        let micros = Duration::from_micros;
        let mut due = now + micros(dice.between(config.disk.0, config.disk.1));
        if dice.chance(config.disk_slow) {
            due += micros(dice.below(15_000_000));
        }
        if dice.chance(config.disk_full) {
            self.full_until = now + micros(dice.below(60_000_000));
        }
        due = due.max(self.last_due);
        self.last_due = due;
        let fails = now < self.full_until || dice.chance(config.disk_fails);
        self.pending.push_back(Pending { commit, record: record.redacted(), due, fails });
        due
    }

    /// The disk works from now on.
    pub fn repair(&mut self) {
        self.full_until = Duration::ZERO;
    }

    /// The next row that is due.
    pub fn sync(&mut self, now: Duration) -> Option<Synced> {
        let pending = self.pending.front().filter(|pending| pending.due <= now)?;
        let fails = pending.fails;
        let Pending { commit, record, .. } = self.pending.pop_front()?;
        if fails {
            return Some(Synced::Failed(commit));
        }
        self.keep(&record);
        Some(Synced::Kept(commit, record))
    }

    fn keep(&mut self, record: &Record) {
        self.book.apply(record);
        self.rows.push(record.clone());
    }

    /// The process dies. Of the rows on their way some reach the disk, in their order, though nobody is told.
    /// They are returned; then the book is read from the rows again.
    pub fn crash(&mut self, dice: &mut Dice) -> Vec<Record> {
        let mut reached = Vec::new();
        while let Some(pending) = self.pending.pop_front() {
            if pending.fails || dice.chance(0.5) {
                break;
            }
            self.rows.push(pending.record.clone());
            reached.push(pending.record);
        }
        self.pending.clear();
        self.last_due = Duration::ZERO;
        if self.lies {
            let lost = (dice.below(3) as usize).min(self.rows.len() - self.cached);
            self.rows.truncate(self.rows.len() - lost);
        }
        self.cached = self.rows.len();
        self.book = Book::new(self.id, self.digest_key, true);
        for record in &self.rows {
            self.book.apply(record);
        }
        reached
    }

    /// The bytes of the newest row, as a file would have them.
    pub fn bytes(record: &Record) -> String {
        serde_json::to_string(record).unwrap_or_default()
    }
}
