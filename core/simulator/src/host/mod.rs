//! The acquirer's side: what was really charged. Only a checker may look into it; no till ever can.

mod entry;
mod ledger;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danmal_wire::Code;
pub(crate) use entry::{Captured, Original, Refusal, Slip, SlipShape};
pub use entry::{Entry, State, Totals};
use ledger::Ledger;

/// The ledger. Clones are the same one: several terminals share it, and it survives their reboot.
#[derive(Clone, Default)]
pub struct Host(Arc<Mutex<Ledger>>);

impl Host {
    /// A host with an empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn open(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A host of its own with the same ledger, for a run that branches.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.open().clone())))
    }

    /// Forgets everything, approval numbers too.
    pub fn clear(&self) {
        *self.open() = Ledger::default();
    }

    /// Every line, oldest first. A refusal is a line too, with [`State::Declined`].
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.open().entries().to_vec()
    }

    /// Shows the lines that were added or changed since `seen` changes, each as it is now and with its place,
    /// for a checker that looks after every step. Returns how many changes there are.
    pub fn changes_since(&self, seen: usize, mut show: impl FnMut(usize, &Entry)) -> usize {
        let ledger = self.open();
        for line in ledger.changes().get(seen..).unwrap_or_default() {
            if let Some(entry) = ledger.entries().get(*line) {
                show(*line, entry);
            }
        }
        ledger.changes().len()
    }

    /// Marks a line that the host is about to take back by itself.
    pub(crate) fn taken_back_by_host(&self, line: usize) {
        self.open().taken_back_by_host(line);
    }

    /// The lines of one request, oldest first.
    #[must_use]
    pub fn entries_of(&self, ptxid: &str) -> Vec<Entry> {
        self.open().of(ptxid).cloned().collect()
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open().entries().len()
    }

    /// Whether nothing has reached the host yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How often a request was captured, whatever became of it: an approval, a cancellation, a receipt, a
    /// slip (S1: never more than once).
    #[must_use]
    pub fn captured(&self, ptxid: &str) -> usize {
        self.open().of(ptxid).filter(|entry| entry.state != State::Declined).count()
    }

    /// How often what a request captured was taken back by a reversal (망취소).
    #[must_use]
    pub fn reversed(&self, ptxid: &str) -> usize {
        self.open().of(ptxid).filter(|entry| entry.state == State::Reversed).count()
    }

    /// How often what a request captured was undone by a cancellation that stands.
    #[must_use]
    pub fn cancelled(&self, ptxid: &str) -> usize {
        self.open().of(ptxid).filter(|entry| entry.state == State::Cancelled).count()
    }

    /// Captures less reversals of a request: whether what it asked for was done and not taken back (S2, S3).
    /// A sale that was cancelled later still counts: its cancellation is a request of its own.
    #[must_use]
    pub fn performed(&self, ptxid: &str) -> usize {
        let done = |state| matches!(state, State::Captured | State::Cancelled);
        self.open().of(ptxid).filter(|entry| done(entry.state)).count()
    }

    /// The sum that customers have paid and not got back, won. Cash receipts and slips are no money.
    #[must_use]
    pub fn net(&self) -> i64 {
        // A cancellation's own line is negative: it is the sale's line that no longer stands.
        let stands =
            |entry: &&Entry| entry.is_payment() && entry.amount > 0 && entry.state == State::Captured;
        self.open().entries().iter().filter(stands).map(|entry| entry.amount).sum()
    }

    /// Count and sum of payments of some days, yyyyMMdd each, by the terminal's clock: gross of what was
    /// cancelled, without what was reversed.
    #[must_use]
    pub fn totals(&self, from: &str, to: &str) -> Totals {
        self.open().totals(from, to)
    }

    /// Records that a request is captured. Returns what the answer says of it.
    pub(crate) fn capture(&self, entry: Entry) -> Captured {
        self.open().capture(entry)
    }

    /// Records that a request was refused.
    pub(crate) fn decline(&self, entry: Entry) {
        self.open().push(Entry { state: State::Declined, ..entry });
    }

    /// Takes back what a line captured. A cancellation that is taken back leaves its sale standing again.
    pub(crate) fn reverse(&self, line: usize) {
        self.open().reverse(line);
    }

    /// Cancels what the fields of an approval name.
    pub(crate) fn cancel(&self, entry: Entry, original: &Original<'_>) -> Result<Captured, Refusal> {
        self.open().cancel(entry, original)
    }

    /// The slip of a number, whichever of its two numbers it is.
    pub(crate) fn slip(&self, serial: &str) -> Option<Slip> {
        self.open().slip(serial)
    }

    /// Records a slip. Returns it with its numbers.
    pub(crate) fn issue(&self, entry: Entry, slip: Slip) -> (Captured, Slip) {
        self.open().issue(entry, slip)
    }

    /// Cancels a slip.
    pub(crate) fn cancel_slip(&self, entry: Entry, serial: &str) -> Result<(Captured, Slip), Refusal> {
        self.open().cancel_slip(entry, serial)
    }

    /// Whether a request with this ptxid has reached the host before.
    pub(crate) fn knows(&self, ptxid: &str) -> bool {
        self.open().of(ptxid).next().is_some()
    }

    /// What a line says of a code, for a sale that the till did not make.
    pub(crate) fn sale_elsewhere(&self, ptxid: &str, amount: i64, date: &str) -> Captured {
        self.capture(Entry::new(ptxid, Code::CardApproval, amount, date))
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Host({} lines)", self.len())
    }
}
