//! What a terminal's worker and its callers both see.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use danmal_model::{Capabilities, Capability, Error, ErrorCode, Event, Profile, Ptxid, Status, Work};

use crate::driver::{Command, Gone, Mailbox};
use crate::fork;
use crate::keys::Keys;
use crate::ledger::Ledger;
use crate::watch::{Feed, Limits, Once};

/// What a terminal keeps of its events: a few for whoever watches later, more for whoever watches now.
const EVENTS: Limits = Limits { backlog: 16, most: 1_024 };

/// What is known of a terminal's abilities, in the order of [`Capabilities`].
pub(crate) type Abilities = [Capability; 7];

struct State {
    status: Status,
    abilities: Abilities,
    /// An operation that was begun, and that the worker has not looked at yet.
    pressed: Option<Ptxid>,
}

/// One terminal.
pub(crate) struct Shared {
    /// What a log calls it: an address may say where a shop is.
    pub(crate) number: u64,
    /// What its worker is told.
    pub(crate) mailbox: Arc<Mailbox>,
    /// Its events and its operations'.
    pub(crate) feed: Arc<Feed>,
    /// Settled when the worker has ended.
    pub(crate) ended: Arc<Once<()>>,
    /// The profile, its durations scaled.
    pub(crate) profile: Profile,
    /// The folder of journals and claims.
    pub(crate) folder: PathBuf,
    /// Play money by the address.
    pub(crate) simulated: bool,
    /// The factor on every duration.
    time_scale: f64,
    /// The address as it was given.
    pub(crate) address: String,
    /// The journal, once it is open.
    pub(crate) ledger: OnceLock<Arc<Ledger>>,
    /// The canonical key, once the place is known.
    pub(crate) key: Keys,
    /// What stands in the way of the journal.
    pub(crate) no_journal: Mutex<Option<danmal_model::NotPerformedReason>>,
    /// Settled when it is known what an earlier run left open, or why it cannot be known yet.
    pub(crate) looked: Arc<Once<()>>,
    closing: OnceLock<()>,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(
        address: String,
        profile: Profile,
        folder: PathBuf,
        simulated: bool,
        time_scale: f64,
    ) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        Self {
            number: COUNT.fetch_add(1, Ordering::Relaxed),
            mailbox: Arc::default(),
            feed: Arc::new(Feed::new(EVENTS)),
            ended: Arc::new(Once::new()),
            profile,
            folder,
            simulated,
            time_scale,
            address,
            ledger: OnceLock::new(),
            key: Keys::default(),
            no_journal: Mutex::new(None),
            looked: Arc::new(Once::new()),
            closing: OnceLock::new(),
            state: Mutex::new(State {
                status: Status { connected: false, work: Work::Recovering, simulated, time_scale },
                abilities: [Capability::Unknown; 7],
                pressed: None,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terminal's canonical key, or its address until that is known.
    pub(crate) fn name(&self) -> &str {
        self.key.get().unwrap_or(&self.address)
    }

    /// Says how it stands. Called before the event of a change is shown: the two never contradict.
    pub(crate) fn publish(&self, connected: bool, simulated: bool, work: Work) {
        let mut state = self.lock();
        state.status.connected = connected;
        state.status.simulated = simulated;
        state.status.work = work;
    }

    /// An operation was begun: a terminal that was ready is busy from this moment on.
    pub(crate) fn press(&self, operation: Ptxid) {
        self.lock().pressed.get_or_insert(operation);
    }

    /// The worker has looked at it, and has published what became of it; or nobody will look at it.
    pub(crate) fn taken(&self, operation: Ptxid) {
        self.lock().pressed.take_if(|pressed| *pressed == operation);
    }

    pub(crate) fn learn(&self, known: &Capabilities) {
        let abilities = [
            known.printing,
            known.easy_pay,
            known.cash_receipt,
            known.tax_refund,
            known.history,
            known.sales_totals,
            known.codes,
        ];
        self.lock().abilities = abilities;
    }

    /// How it stands. In a forked child, which has no terminal, it is closed.
    pub(crate) fn status(&self) -> Status {
        if fork::is_child().is_some() {
            let (simulated, time_scale) = (self.simulated, self.time_scale);
            return Status { connected: false, work: Work::Closed, simulated, time_scale };
        }
        let mut status = {
            let state = self.lock();
            let mut status = state.status.clone();
            if let (Work::Ready, Some(operation)) = (&status.work, state.pressed) {
                status.work = Work::Busy { operation };
            }
            status
        };
        if self.closing.get().is_some() || self.mailbox.gone().is_some() {
            status.work = Work::Closed;
        }
        status
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        let forked = fork::is_child().is_some();
        let abilities = if forked { [Capability::Unknown; 7] } else { self.lock().abilities };
        let [printing, easy_pay, cash_receipt, tax_refund, history, sales_totals, codes] = abilities;
        Capabilities {
            printing,
            easy_pay,
            cash_receipt,
            tax_refund,
            history,
            sales_totals,
            codes,
            profile: self.profile.clone(),
        }
    }

    /// An event of the terminal's own.
    pub(crate) fn show(&self, event: Event) {
        self.feed.push(Arc::new(event));
    }

    pub(crate) fn request_stop(&self, ptxid: Ptxid) {
        // A worker that has ended runs nothing that could be stopped.
        drop(self.mailbox.push(Command::RequestStop(ptxid)));
    }

    /// Takes no more work; what runs goes on to its end.
    pub(crate) fn close(&self) {
        if self.closing.set(()).is_ok() {
            drop(self.mailbox.push(Command::Close));
        }
    }

    /// Whether calls are taken.
    ///
    /// # Errors
    /// Closed, or faulted.
    pub(crate) fn check_open(&self) -> Result<(), Error> {
        match self.mailbox.gone() {
            Some(gone) => Err(refusal(gone)),
            None if self.closing.get().is_some() => Err(refusal(Gone::Closed)),
            None => Ok(()),
        }
    }
}

/// The refusal of a call that comes too late.
pub(crate) fn refusal(gone: Gone) -> Error {
    match gone {
        Gone::Closed => Error::new(ErrorCode::Closed, "the terminal was closed", "connect again"),
        Gone::Fault => Error::new(
            ErrorCode::Internal,
            "a fault inside danmal ended this terminal; what ran is unknown",
            "connect again: the journal is read and the terminal is asked",
        ),
    }
}
