//! A card terminal, as a till uses it.

mod money;
mod operator;
mod queries;

pub(crate) use queries::Settling;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use danmal_journal::Journal;
use danmal_model::{Capabilities, Error, Event, EventCode, Profile, Ptxid, Status};

use crate::driver::{self, Command, Opening, Place};
use crate::fork;
use crate::ledger::Ledger;
use crate::options::{Options, data_folder};
use crate::shared::{Shared, refusal};
use crate::transport::{Address, Endpoint, Foreign, Host, PortName, SerialLine};
use crate::watch::{Events, Wait, block_until};

/// A connected terminal, or one that is being connected: what it still recovers is seen in its status and its
/// events.
///
/// Clones are the same terminal. When the last one is dropped it is closed; a payment that runs then goes on
/// to its end (rule 17).
#[derive(Clone)]
pub struct Terminal(Arc<Owner>);

/// Closes the terminal with the last of its clones.
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        if fork::is_child().is_none() {
            self.shared.close();
        }
    }
}

impl Terminal {
    /// Opens the terminal at an address with everything else by default:
    /// `tcp://192.168.0.20:9100`, `serial:///dev/ttyUSB0?baud=115200`, `serial://COM3?baud=115200`,
    /// `serial:usb:VID:PID:SERIAL?baud=115200`, `simulator:`.
    ///
    /// It returns at once. The connection is made, and what an earlier run left open is resolved, behind it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn connect(address: &str) -> Result<Self, Error> {
        Self::open(address, Options::new())
    }

    /// Opens a terminal with options. Returns at once, as [`connect`](Self::connect).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn connect_with(address: &str, options: Options) -> Result<Self, Error> {
        Self::open(address, options)
    }

    /// Opens a terminal with options, in a program without an executor. Returns at once.
    ///
    /// # Errors
    /// A bad address or setting, by its field; a forked process; no thread for the driver. Everything else, a
    /// journal that cannot be opened and a terminal that another till holds too, is the outcome of an
    /// operation.
    pub fn open(address: &str, options: Options) -> Result<Self, Error> {
        fork::check()?;
        let parsed = Address::parse(address)?;
        options.check_scale(is_for_tests(&parsed))?;
        let simulated = parsed.simulated();
        let place = match parsed {
            Address::Tcp { host, port, .. } => Place::Tcp { host, port },
            Address::Simulator { name } => Place::Simulator { name },
            Address::Serial { port, settings, .. } => Place::Port {
                port: Some(Box::new(SerialLine::new(port, settings))),
                pump: None,
                line: danmal_protocol::Line::Serial,
            },
        };
        Self::start(address.to_owned(), simulated, place, options)
    }

    /// Opens a terminal that is reached through the caller's own connections.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_endpoint(endpoint: Endpoint, options: Options) -> Result<Self, Error> {
        fork::check()?;
        let Endpoint { key, line, simulated, connect } = endpoint;
        if key.trim().is_empty() || key.len() > 256 || key.chars().any(char::is_control) {
            return Err(Error::field(
                danmal_model::ErrorCode::InvalidAddress,
                "key",
                "blank, too long, or a control character in it",
                "1 to 256 bytes that name the device and no other",
            ));
        }
        options.check_scale(simulated)?;
        let key = format!("endpoint:{key}");
        let port = Box::new(Foreign { key: key.clone(), connect });
        let place = Place::Port { port: Some(port), pump: None, line };
        Self::start(key, simulated, place, options)
    }

    fn start(address: String, simulated: bool, place: Place, options: Options) -> Result<Self, Error> {
        let Options { journal, profile, folder, frames, time_scale } = options;
        let mut profile =
            profile.unwrap_or_else(|| if simulated { Profile::simulator() } else { Profile::default() });
        profile.durations.check()?;
        profile.durations = profile.durations.scaled(time_scale);
        let folder = folder.unwrap_or_else(data_folder);
        let shared = Arc::new(Shared::new(address, profile, folder, simulated, time_scale));
        driver::start(|clock| Opening::new(shared.clone(), place, journal, frames, time_scale, clock))?;
        Ok(Self(Arc::new(Owner { shared })))
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    /// The journal, once it is open.
    fn ledger(&self) -> Option<&Arc<Ledger>> {
        self.shared().ledger.get()
    }

    /// Whether a call is taken.
    fn check(&self) -> Result<(), Error> {
        fork::check()?;
        self.shared().check_open()
    }

    pub(crate) fn tell(&self, command: Command) -> Result<(), Error> {
        self.check()?;
        self.shared().mailbox.push(command).map_err(|(gone, _)| refusal(gone))
    }

    /// How the terminal stands. It never contradicts an event that was shown. In a forked child it is closed.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared().status()
    }

    /// What is known and assumed of the terminal.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.shared().capabilities()
    }

    /// The events of the terminal and of its operations: the last few, and what comes. They end when it is
    /// closed.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::of(self.shared().feed.clone())
    }

    /// The terminal's canonical key, under which the journal names it and other tills are kept out; the
    /// address as it was given until the place is known.
    #[must_use]
    pub fn key(&self) -> &str {
        self.shared().name()
    }

    /// Whether the place is known.
    pub(crate) fn is_located(&self) -> bool {
        self.shared().key.get().is_some()
    }

    /// The journal; none while it cannot be opened.
    #[must_use]
    pub fn journal(&self) -> Option<&Journal> {
        self.ledger().map(|ledger| &ledger.journal)
    }

    /// Closes the terminal: new calls are refused at once. A payment that runs goes on to its end in any case;
    /// this waits for it at most 5 s. Returns whether everything has ended.
    pub async fn close(&self) -> bool {
        let this = self.clone();
        let limit = this.shared().profile.durations.close;
        this.begin_close();
        if fork::is_child().is_some() || this.shared().ended.is_settled() {
            return true;
        }
        // The driver's clock ends the wait: the caller's executor need not have one.
        match driver::within(limit, Wait::new(this.shared().ended.clone())) {
            Ok(ended) => ended.await,
            Err(_) => false,
        }
    }

    /// Closes the terminal in a program without an executor, as [`close`](Self::close).
    pub fn close_blocking(&self) -> bool {
        self.begin_close();
        if fork::is_child().is_some() {
            return true;
        }
        let until = Instant::now() + self.shared().profile.durations.close;
        block_until(Wait::new(self.shared().ended.clone()), Some(until)).is_some()
    }

    fn begin_close(&self) {
        if fork::is_child().is_none() {
            self.shared().close();
        }
    }

    /// Lets danmal itself fail in the middle of whatever it does at this terminal, for tests of what follows from
    /// it (L1). Only builds with the feature `torture` have it.
    ///
    /// # Errors
    /// The terminal is closed, or this is a forked child.
    #[cfg(feature = "torture")]
    pub fn torture_fault(&self) -> Result<(), Error> {
        self.tell(Command::Panic)
    }

    /// An event of the terminal that concerns an operation.
    fn show(&self, code: EventCode, operation: Ptxid) {
        let mut event = Event::new(code, jiff::Timestamp::now());
        event.operation = Some(operation);
        self.shared().show(event);
    }
}

/// Rule 15: where durations may be scaled.
fn is_for_tests(address: &Address) -> bool {
    match address {
        Address::Simulator { .. } => true,
        Address::Tcp { host: Host::Ip(ip), .. } => ip.is_loopback(),
        Address::Tcp { host: Host::Name(name), .. } => name == "localhost",
        // A pseudo terminal: `/dev/pts/3`, on macOS `/dev/ttys003`.
        Address::Serial { port: PortName::Path(path), .. } => std::fs::canonicalize(path).is_ok_and(|real| {
            let real = real.to_string_lossy();
            real.starts_with("/dev/pts/") || (cfg!(target_os = "macos") && real.starts_with("/dev/ttys"))
        }),
        Address::Serial { .. } => false,
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").field("key", &self.key()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use danmal_model::{ErrorCode, Outcome, Sale, UnknownWhy, Work};

    use super::*;
    use crate::{Operation, Resolution};

    /// A log that panics at every line.
    struct Broken;

    impl tracing::Subscriber for Broken {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            metadata.target().starts_with("danmal")
        }

        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }

        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

        fn event(&self, _: &tracing::Event<'_>) {
            panic!("a test wants it");
        }

        fn enter(&self, _: &tracing::span::Id) {}

        fn exit(&self, _: &tracing::span::Id) {}
    }

    /// A fault inside danmal ends one terminal, L1: what ran is unknown, and nobody hangs, not even where the log
    /// line about it panics too.
    #[test]
    fn a_fault_leaves_what_ran_unknown_and_harms_no_other_terminal() {
        tracing::subscriber::set_global_default(Broken).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| {
            let options = Options::new().folder(folder.path());
            Terminal::open(&format!("simulator:{name}"), options.time_scale(0.2)).unwrap()
        };
        let (faulty, sound) = (open("faulty"), open("sound"));
        let payment = faulty.approve(Sale::won(3_000)).unwrap();
        assert!(payment.events().into_iter().any(|event| event.code == EventCode::Sent));
        faulty.tell(Command::Panic).unwrap();
        let patience = Duration::from_secs(30);
        let outcome = payment.wait(patience).unwrap();
        assert!(matches!(&outcome, Outcome::Unknown(unknown) if unknown.why == UnknownWhy::InternalFault));
        assert!(matches!(payment.wait_resolution(patience), Some(Resolution::StillUnknown(_))));
        assert_eq!(faulty.approve(Sale::won(3_000)).unwrap_err().code, ErrorCode::Internal);
        let asked = block_until(faulty.last_transaction(), Some(Instant::now() + patience)).unwrap();
        assert_eq!(asked.unwrap_err().code, ErrorCode::Internal);
        assert_eq!(faulty.status().work, Work::Closed);
        assert!(faulty.close_blocking());
        let other = sound.approve(Sale::won(3_000)).unwrap();
        assert!(matches!(other.wait(patience), Some(Outcome::Approved(_))));
        // The faulty one is opened again, and finds out.
        let again = open("faulty");
        let pending = again.pending();
        assert_eq!(pending.iter().map(Operation::id).collect::<Vec<_>>(), [payment.id()]);
        let word = pending[0].wait_resolution(patience);
        assert!(matches!(word, Some(Resolution::Final(end)) if matches!(*end, Outcome::Approved(_))));
        assert!(sound.close_blocking() && again.close_blocking());
    }
}
