//! The terminal: a screen, one transaction at a time, the last one remembered. Time is an input.

mod agenda;
mod answers;
mod arrival;
mod at_once;
mod clock;
mod history;
mod paper;
mod questions;
mod sending;
mod slips;
mod transaction;
mod unconfirmed;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use danmal_wire::{Code, FrameDecoder, FrameRules};

use crate::event::{Event, Happened, Screen};
use crate::fault::{Armed, Fault, Met, Plan, Point, Rule};
use crate::host::Host;
use crate::random::Digest;
use crate::settings::Settings;
use agenda::{Agenda, Task};
pub(crate) use answers::Answer;
pub(crate) use arrival::{drop_bytes, flip};
use history::Memory;
pub use paper::Paper;
use transaction::{Running, Stage};
use unconfirmed::Waiting;

/// Names a connection of one terminal. None is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u32);

/// What comes out of a terminal.
#[derive(Debug)]
pub enum Output {
    /// Bytes for a client.
    Bytes {
        /// Which.
        connection: ConnectionId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A connection ends. Nothing comes for it any more, and nothing of it is taken.
    Close {
        /// Which.
        connection: ConnectionId,
        /// Abortively (RST), so that bytes on their way may be lost, instead of in order.
        reset: bool,
    },
    /// The cable was pulled: a serial port comes back under another name.
    Unplugged,
}

/// One client's connection.
struct Link {
    id: ConnectionId,
    decoder: FrameDecoder,
    /// Half open: nothing passes.
    dead: bool,
    /// The next frame was met by the rules already.
    exempt: bool,
    /// Until when the line is taken by an answer that trickles.
    taken_until: Duration,
}

/// A virtual terminal. It reads no clock and does no I/O: bytes and the time go in, bytes and the time at
/// which it wants to be woken come out. The same inputs give the same outputs.
///
/// The caller brings the time since the terminal was switched on with every call, never less than before.
/// After each call it takes [`poll_output`](Self::poll_output) until there is nothing more, and calls
/// [`advance`](Self::advance) at [`poll_timeout`](Self::poll_timeout) at the latest. Whoever comes late finds
/// everything done in the right order.
///
/// ```
/// use std::time::Duration;
/// use danmal_simulator::{Host, Output, Settings, Terminal};
///
/// let host = Host::new();
/// let mut terminal = Terminal::new(Settings::default(), host.clone());
/// let client = terminal.connect(Duration::ZERO);
/// let body = r#"{"priceAmt":15000,"taxAmt":0,"tipAmt":0,"taxFreeAmt":0,"installment":0,"ptxid":"CPOS-1"}"#;
/// let request = format!("{:04}010010{body}", body.len() + 6);
/// terminal.receive(client, request.as_bytes(), Duration::ZERO);
/// while let Some(time) = terminal.poll_timeout() {
///     terminal.advance(time);
/// }
/// let mut answers = Vec::new();
/// while let Some(output) = terminal.poll_output() {
///     if let Output::Bytes { bytes, .. } = output {
///         answers.push(String::from_utf8(bytes)?);
///     }
/// }
/// assert!(answers[0].contains(r#""resultCode":"0010""#));
/// assert!(answers[1].contains(r#""resultCode":"0000""#));
/// assert_eq!((host.captured("CPOS-1"), host.net()), (1, 15_000));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct Terminal {
    settings: Arc<Settings>,
    host: Host,
    armed: Armed,
    now: Duration,
    links: Vec<Link>,
    last_link: u32,
    running: Option<Box<Running>>,
    transactions: u64,
    /// Counts restarts, to notice one.
    boots: u32,
    printing: Option<Duration>,
    memory: Memory,
    waiting: Vec<Waiting>,
    papers: Vec<Paper>,
    off_until: Option<Duration>,
    refusing_until: Option<Duration>,
    silent_until: Option<Duration>,
    agenda: Agenda,
    out: VecDeque<Output>,
    /// The bytes of the last answer, for a line that may bring them again.
    stale: Vec<u8>,
    events: Option<VecDeque<Event>>,
    digest: Digest,
}

impl Terminal {
    /// A terminal that has just been switched on, where nothing goes wrong but by [magic](crate::MAGIC).
    #[must_use]
    pub fn new(settings: impl Into<Arc<Settings>>, host: Host) -> Self {
        let settings = settings.into();
        let memory = Memory::new(&settings);
        Self {
            settings,
            host,
            armed: Armed::default(),
            now: Duration::ZERO,
            links: Vec::new(),
            last_link: 0,
            running: None,
            transactions: 0,
            boots: 0,
            printing: None,
            memory,
            waiting: Vec::new(),
            papers: Vec::new(),
            off_until: None,
            refusing_until: None,
            silent_until: None,
            agenda: Agenda::default(),
            out: VecDeque::new(),
            stale: Vec::new(),
            events: None,
            digest: Digest::new(),
        }
    }

    /// The same terminal with a plan of what goes wrong.
    #[must_use]
    pub fn with_plan(mut self, plan: impl Into<Plan>) -> Self {
        self.set_plan(plan.into());
        self
    }

    /// Replaces the plan. What has begun to go wrong goes on.
    pub fn set_plan(&mut self, plan: Plan) {
        self.armed = Armed::new(plan);
    }

    /// Adds a rule to the plan.
    pub fn add_rule(&mut self, rule: Rule) {
        self.armed.add(rule);
    }

    /// Lets a fault strike now: those that act at once do, any other waits for the next money request.
    pub fn inject(&mut self, fault: Fault, now: Duration) {
        self.advance(now);
        self.strike_or_wait(fault);
        self.run();
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Replaces the settings; the transaction on the screen keeps the times that it has.
    pub fn set_settings(&mut self, settings: impl Into<Arc<Settings>>) {
        self.settings = settings.into();
    }

    /// The ledger behind it.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// What was printed since it was switched on, oldest first.
    #[must_use]
    pub fn papers(&self) -> &[Paper] {
        &self.papers
    }

    /// What is on the screen.
    #[must_use]
    pub fn screen(&self) -> Screen {
        match (&self.running, self.printing) {
            _ if self.off_until.is_some() => Screen::Off,
            (Some(running), _) => match running.stage {
                Stage::Card => Screen::WaitingForCard,
                Stage::Signature => Screen::Signature,
                Stage::Host => Screen::HostPending,
            },
            (None, Some(_)) => Screen::Printing,
            (None, None) => Screen::Idle,
        }
    }

    /// Whether a connection would be accepted now.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.off_until.is_none() && self.refusing_until.is_none()
    }

    /// Starts or stops to keep events for [`poll_event`](Self::poll_event). At the start it does not.
    pub fn watch(&mut self, watch: bool) {
        self.events = watch.then(VecDeque::new);
    }

    /// The next event, where they are kept.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.as_mut()?.pop_front()
    }

    /// A digest of all that went in and came out until now, with its times: two runs of one seed agree.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// Gives no connection a number that a terminal before it has given.
    pub(crate) fn number_after(&mut self, earlier: &Self) {
        self.last_link = earlier.last_link;
    }

    /// A client connects. Where it is refused, the next output says that the connection is closed.
    pub fn connect(&mut self, now: Duration) -> ConnectionId {
        self.advance(now);
        self.last_link += 1;
        let id = ConnectionId(self.last_link);
        self.digest.word(u64::from(id.0) << 8 | 1);
        if !self.is_listening() {
            self.note(Happened::Refused);
            self.put(Output::Close { connection: id, reset: true });
            return id;
        }
        self.links.push(Link {
            id,
            decoder: FrameDecoder::for_requests(FrameRules::default()),
            dead: false,
            exempt: false,
            taken_until: Duration::ZERO,
        });
        self.note(Happened::Connected(id));
        for fault in self.meet(Point::Connection, None, None) {
            self.strike(fault, Some(id));
        }
        self.run();
        id
    }

    /// A client is gone. What it has asked for goes on, see [`Orphan`](crate::Orphan).
    pub fn disconnect(&mut self, connection: ConnectionId, now: Duration) {
        self.advance(now);
        self.digest.word(u64::from(connection.0) << 8 | 2);
        if self.unlink(connection) {
            self.gone(connection);
        }
        self.run();
    }

    /// Bytes of a client, in any pieces.
    pub fn receive(&mut self, connection: ConnectionId, bytes: &[u8], now: Duration) {
        self.advance(now);
        self.digest.word(u64::from(connection.0) << 8 | 3);
        self.digest.bytes(bytes);
        self.arrive(connection, bytes);
        self.run();
    }

    /// The next thing that comes out.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When something happens by itself.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let rule = self.armed.next_time().map(|time| self.settings.span(time).max(self.now));
        [self.agenda.next(), rule].into_iter().flatten().min()
    }

    /// Time has passed: what was due happens, each at its own time.
    pub fn advance(&mut self, now: Duration) {
        while let Some(due) = self.poll_timeout().filter(|due| *due <= now) {
            self.now = self.now.max(due);
            self.next_step();
        }
        self.now = self.now.max(now);
    }

    /// What is due already.
    fn run(&mut self) {
        while self.poll_timeout().is_some_and(|due| due <= self.now) {
            self.next_step();
        }
    }

    fn next_step(&mut self) {
        if let Some(time) = self.armed.next_time().filter(|time| self.settings.span(*time) <= self.now) {
            for fault in self.meet(Point::Time(time), None, None) {
                self.strike_or_wait(fault);
            }
            return;
        }
        let Some(task) = self.agenda.take() else { return };
        if let (Some(until), true) = (self.off_until, task.needs_power()) {
            self.agenda.put(until, task);
            return;
        }
        match task {
            Task::Stage(number) => self.go_on(number),
            Task::Bytes(connection, bytes) => self.deliver(connection, bytes),
            Task::End(connection, reset) => self.end(connection, reset),
            Task::Request(arrived) => self.execute(*arrived),
            Task::Unconfirmed(line) => self.unconfirmed_too_long(line),
            Task::Reversed(line) => self.reversed(line),
            Task::HostReverses(line) => {
                self.host.taken_back_by_host(line);
                self.begin_reversal(line);
            }
            Task::Printed(printed) => self.printed(*printed),
            Task::PowerOn => self.power_on(),
            Task::Listen => self.listen_again(),
            Task::Speak => self.speak_again(),
        }
    }

    /// After a duration of the real world.
    fn after(&self, span: Duration) -> Duration {
        self.now.saturating_add(self.settings.span(span))
    }

    fn later(&mut self, span: Duration, task: Task) {
        let due = self.after(span);
        self.agenda.put(due, task);
    }

    fn meet(&mut self, point: Point, code: Option<Code>, amount: Option<i64>) -> Vec<Fault> {
        if self.armed.is_empty() { Vec::new() } else { self.armed.meet(Met { point, code, amount }) }
    }

    fn note(&mut self, what: Happened) {
        if let Some(events) = &mut self.events {
            events.push_back(Event { at: self.now, what });
        }
    }

    fn note_screen(&mut self) {
        if self.events.is_some() {
            self.note(Happened::Screen(self.screen()));
        }
    }

    fn put(&mut self, output: Output) {
        self.digest.word(self.now.as_nanos() as u64);
        match &output {
            Output::Bytes { connection, bytes } => {
                self.digest.word(u64::from(connection.0) << 8 | 4);
                self.digest.bytes(bytes);
            }
            Output::Close { connection, reset } => {
                self.digest.word(u64::from(connection.0) << 8 | if *reset { 6 } else { 5 });
            }
            Output::Unplugged => self.digest.word(7),
        }
        self.out.push_back(output);
    }

    fn link(&mut self, connection: ConnectionId) -> Option<&mut Link> {
        self.links.iter_mut().find(|link| link.id == connection)
    }

    /// Forgets a connection; says whether there was one.
    fn unlink(&mut self, connection: ConnectionId) -> bool {
        let before = self.links.len();
        self.links.retain(|link| link.id != connection);
        self.links.len() < before
    }
}
