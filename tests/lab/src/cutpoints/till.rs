//! A till and a terminal in virtual time: the real session, codec and book of the journal on one side, the
//! pure simulator on the other, and between them a wire that can be cut at every byte.

use std::time::Duration;

use danmal_journal::{Begun, Book, State};
use danmal_model::{Fact, Intent, JournalId, Outcome, Profile, Ptxid, Record, Verdict, Work};
use danmal_protocol::{CallId, Input, Line, Now, OpenIntent, Order, Output, Session, Setup};
use danmal_simulator::{ConnectionId, Host, Output as Sent, Settings, Terminal};
use danmal_wire::{FrameDecoder, FrameError};
use jiff::{SignedDuration, Timestamp};

use super::operation::request;

pub(crate) const TERMINAL: &str = "simulator:cutpoints";
const JOURNAL: u64 = 0x0123_4567_89ab;
const DIGEST_KEY: [u64; 2] = [1, 2];

/// Where the wire is cut, or the program dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// After so many bytes that the till sends. Each frame has a place before its first byte, too.
    Tx(usize),
    /// After so many bytes that the till receives, counted likewise.
    Rx(usize),
    /// When a record is about to be made durable.
    Before(usize),
    /// When it is durable, and nobody knows yet.
    After(usize),
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The connection breaks. The terminal can be reached again after so long.
    Cut(Duration),
    /// The till's process is gone. It is started again after so long.
    Crash(Duration),
    /// The record cannot be written.
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) place: Place,
    pub(crate) act: Act,
}

/// How many places a run has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) tx: usize,
    pub(crate) rx: usize,
    pub(crate) rows: usize,
}

/// An operation as its caller sees it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) ptxid: Ptxid,
    /// When its outcome came, and what it was.
    pub(crate) told: Option<(Duration, Outcome)>,
    /// The process that waited for it is gone.
    pub(crate) orphaned: bool,
}

pub(crate) struct Till {
    now: Duration,
    pub(crate) terminal: Terminal,
    pub(crate) host: Host,
    profile: Profile,
    session: Option<Session>,
    pub(crate) book: Book,
    /// The journal's rows, as text: what a disk gives back.
    rows: Vec<String>,
    connection: Option<ConnectionId>,
    decoder: FrameDecoder,
    reachable_at: Duration,
    restart_at: Option<Duration>,
    cut: Option<Cut>,
    counting: bool,
    pub(crate) passed: Passed,
    pub(crate) calls: Vec<Call>,
    /// Final states, as they were written.
    pub(crate) ends: Vec<(Ptxid, Outcome)>,
    done: Vec<bool>,
    /// Stands for chance: no two ptxids of a run have the same.
    drawn: u64,
    /// What went wrong on the way.
    pub(crate) wrong: Vec<String>,
}

fn wall(now: Duration) -> Timestamp {
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_795_575_600);
    SignedDuration::try_from(now).ok().and_then(|since| start.checked_add(since).ok()).unwrap_or(start)
}

impl Till {
    pub(crate) fn new(profile: Profile) -> Self {
        let host = Host::new();
        let settings = Settings { magic: false, ..Settings::default() };
        let mut till = Self {
            now: Duration::ZERO,
            terminal: Terminal::new(settings, host.clone()),
            host,
            profile,
            session: None,
            book: Book::new(JournalId::new(JOURNAL), DIGEST_KEY, true),
            rows: Vec::new(),
            connection: None,
            decoder: FrameDecoder::for_answers(Default::default()),
            reachable_at: Duration::ZERO,
            restart_at: None,
            cut: None,
            counting: false,
            passed: Passed::default(),
            calls: Vec::new(),
            ends: Vec::new(),
            done: Vec::new(),
            drawn: 0,
            wrong: Vec::new(),
        };
        till.start();
        till
    }

    /// From now on the places count, and the cut is armed.
    pub(crate) fn arm(&mut self, cut: Option<Cut>) {
        self.cut = cut;
        self.counting = true;
        self.passed = Passed::default();
    }

    pub(crate) fn disarm(&mut self) {
        self.counting = false;
    }

    /// Whether the cut was met.
    pub(crate) fn was_cut(&self) -> bool {
        self.cut.is_none()
    }

    /// Opens the journal and begins a session with what it holds.
    fn start(&mut self) {
        let mut book = Book::new(JournalId::new(JOURNAL), DIGEST_KEY, true);
        for row in &self.rows {
            match serde_json::from_str::<Record>(row) {
                Ok(record) => book.apply(&record),
                Err(error) => self.wrong.push(format!("a row cannot be read: {error}")),
            }
        }
        let open = book.open_intents(TERMINAL).into_iter().map(|open| OpenIntent {
            intent: open.intent,
            seen: open.seen,
            unsettled_stops: open.unsettled_stops,
            overridden: open.overridden.map(|(verdict, _)| verdict),
        });
        let setup = Setup {
            terminal: TERMINAL.to_owned(),
            profile: self.profile.clone(),
            line: Line::Stream,
            simulated_address: true,
            simulated_journal: true,
            journal: book.id(),
            digest_key: DIGEST_KEY,
            open: open.collect(),
            unsettled_stop: book.unsettled_stops(TERMINAL).first().map(|stop| stop.ptxid),
            safe_mode: None,
        };
        let unresolved = !setup.open.is_empty();
        let session = Session::new(setup, self.moment());
        if unresolved && session.work() == Work::Ready {
            self.wrong.push("S6: what is unresolved is not listed after a restart".to_owned());
        }
        self.book = book;
        self.session = Some(session);
        self.settle();
    }

    fn moment(&self) -> Now {
        Now { mono: self.now, wall: wall(self.now) }
    }

    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    fn input(&mut self, input: Input) {
        let now = self.moment();
        if let Some(session) = &mut self.session {
            session.handle(input, now);
        }
    }

    /// Begins an operation; none where the journal refuses it.
    pub(crate) fn begin(&mut self, ask: &Intent) -> Option<Ptxid> {
        let life = self.profile.durations.key_life;
        self.drawn += 1;
        match self.book.begin(ask, wall(self.now), life, self.drawn) {
            Begun::New { intent, .. } => {
                let ptxid = intent.ptxid;
                self.calls.push(Call { ptxid, told: None, orphaned: self.session.is_none() });
                let request = request(&intent);
                self.input(Input::Begin(Box::new(Order { intent: *intent, request })));
                self.settle();
                Some(ptxid)
            }
            other => {
                self.wrong.push(format!("the journal refuses to begin: {other:?}"));
                None
            }
        }
    }

    pub(crate) fn request_stop(&mut self, ptxid: Ptxid) {
        self.input(Input::RequestStop(ptxid));
        self.settle();
    }

    /// An operator's word. Whether it was taken.
    pub(crate) fn override_as(&mut self, ptxid: Ptxid, verdict: Verdict) -> bool {
        self.done.clear();
        let reason = "the ledger".to_owned();
        self.input(Input::Override { call: CallId(1), ptxid, verdict, reason });
        self.settle();
        self.done.last() == Some(&true)
    }

    /// Lets time pass to a moment; everything on the way happens at its own time.
    pub(crate) fn pass_to(&mut self, end: Duration) {
        let mut rounds = 0;
        loop {
            let session = self.session.as_ref().and_then(Session::deadline);
            let due = [session, self.terminal.poll_timeout(), self.restart_at].into_iter().flatten().min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            rounds += 1;
            if rounds > 20_000 {
                self.wrong.push("L3: it never comes to rest".to_owned());
                return;
            }
            self.now = self.now.max(due);
            self.terminal.advance(self.now);
            if self.restart_at.is_some_and(|at| at <= self.now) {
                self.restart_at = None;
                self.start();
            }
            self.settle();
            self.input(Input::Tick);
            self.settle();
        }
        self.now = end;
        self.terminal.advance(end);
        self.input(Input::Tick);
        self.settle();
    }

    pub(crate) fn pass(&mut self, span: Duration) {
        self.pass_to(self.now + span);
    }

    /// Everything that follows at once.
    fn settle(&mut self) {
        loop {
            if let Some(output) = self.session.as_mut().and_then(Session::poll) {
                self.perform(output);
            } else if let Some(sent) = self.terminal.poll_output() {
                self.receive(sent);
            } else {
                return;
            }
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Connect => self.connect(),
            Output::Disconnect => self.hang_up(),
            Output::Reinstated(intent) => {
                self.wrong.push(format!("{}: no operator ever spoke", intent.ptxid))
            }
            Output::Send { code, bytes } => {
                if code.is_money() && !self.money_is_recorded() {
                    self.wrong.push(format!("S4: {code} leaves without a durable intent"));
                }
                self.send(&bytes);
            }
            Output::Commit { id, record } => {
                self.passed.rows += usize::from(self.counting);
                let number = self.passed.rows;
                if let Some(Cut { act, .. }) = self.met(|place| place == Place::Before(number)) {
                    if act == Act::Fail {
                        return self.input(Input::CommitFailed { id, detail: "disk full".to_owned() });
                    }
                    self.strike(act);
                    if self.session.is_none() {
                        return;
                    }
                }
                self.keep(*record);
                if let Some(Cut { act, .. }) = self.met(|place| place == Place::After(number)) {
                    self.strike(act);
                }
                self.input(Input::Committed(id));
            }
            Output::Outcome(outcome) => {
                let durable = match self.book.state_of(outcome.id()) {
                    Some(State::Ended(_)) | None => true,
                    Some(_) => matches!(*outcome, Outcome::Unknown(_) | Outcome::NotPerformed(_)),
                };
                if !durable {
                    self.wrong.push(format!("S5: {} is told before it is durable", outcome.name()));
                }
                let now = self.now;
                match self.calls.iter_mut().rev().find(|call| call.ptxid == outcome.id()) {
                    Some(call) if call.told.is_none() => call.told = Some((now, *outcome)),
                    _ => self.wrong.push(format!("L1: {} settles twice", outcome.id())),
                }
            }
            Output::Forget(ptxid) => self.book.forget(ptxid),
            Output::Done { result, .. } => self.done.push(result.is_ok()),
            Output::Event(_) | Output::Resolution { .. } | Output::Answer { .. } | Output::Closed => {}
        }
    }

    fn money_is_recorded(&self) -> bool {
        self.calls.last().is_some_and(|call| self.book.open_intent(call.ptxid).is_some())
    }

    /// A record is durable: without what a journal must not hold.
    fn keep(&mut self, record: Record) {
        let record = record.redacted();
        if let (Some(ptxid), Fact::Ended(outcome)) = (record.ptxid, &record.fact) {
            self.ends.push((ptxid, outcome.clone()));
        }
        self.book.apply(&record);
        match serde_json::to_string(&record) {
            Ok(row) => self.rows.push(row),
            Err(error) => self.wrong.push(format!("a row cannot be written: {error}")),
        }
    }

    fn connect(&mut self) {
        if self.now < self.reachable_at {
            return self.input(Input::ConnectFailed { detail: "connection refused".to_owned() });
        }
        self.decoder.reset();
        self.connection = Some(self.terminal.connect(self.now));
        self.input(Input::Connected);
    }

    /// The till ends the connection.
    fn hang_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.terminal.disconnect(connection, self.now);
        }
        self.decoder.reset();
    }

    /// The connection breaks, or the process dies.
    fn strike(&mut self, act: Act) {
        let stood = self.connection.is_some();
        self.hang_up();
        match act {
            Act::Cut(away) => {
                self.reachable_at = self.now + away;
                if stood {
                    self.input(Input::Disconnected);
                }
            }
            Act::Crash(away) => {
                self.session = None;
                self.restart_at = Some(self.now + away);
                for call in self.calls.iter_mut().filter(|call| call.told.is_none()) {
                    call.orphaned = true;
                }
            }
            Act::Fail => {}
        }
    }

    /// The cut, if it is here. It is used up.
    fn met(&mut self, here: impl Fn(Place) -> bool) -> Option<Cut> {
        if !self.counting {
            return None;
        }
        self.cut.take_if(|cut| here(cut.place))
    }

    /// How much of a frame passes, and what follows if it is not all.
    fn until_cut(&mut self, start: usize, length: usize, place: fn(usize) -> Place) -> (usize, Option<Act>) {
        for offset in 0..=length {
            if let Some(cut) = self.met(|met| met == place(start + offset)) {
                return (offset, Some(cut.act));
            }
        }
        (length, None)
    }

    /// Bytes of the till, up to the cut.
    fn send(&mut self, bytes: &[u8]) {
        let Some(connection) = self.connection else { return };
        let (length, act) = self.until_cut(self.passed.tx, bytes.len(), Place::Tx);
        self.passed.tx += usize::from(self.counting) * (bytes.len() + 1);
        self.terminal.receive(connection, bytes.get(..length).unwrap_or(bytes), self.now);
        if let Some(act) = act {
            self.strike(act);
        }
    }

    /// What comes from the terminal, up to the cut.
    fn receive(&mut self, sent: Sent) {
        match sent {
            Sent::Bytes { connection, bytes } if Some(connection) == self.connection => {
                let (length, act) = self.until_cut(self.passed.rx, bytes.len(), Place::Rx);
                self.passed.rx += usize::from(self.counting) * (bytes.len() + 1);
                self.decoder.push(bytes.get(..length).unwrap_or(&bytes));
                while let Some(frame) = self.decoder.next() {
                    match frame {
                        Ok(frame) => self.input(Input::Frame(frame)),
                        Err(FrameError::Skipped { .. } | FrameError::Lost { .. }) => self.input(Input::Noise),
                        Err(_) => self.input(Input::Unreadable),
                    }
                }
                if let Some(act) = act {
                    self.strike(act);
                }
            }
            Sent::Close { connection, .. } if Some(connection) == self.connection => {
                self.connection = None;
                self.decoder.reset();
                self.input(Input::Disconnected);
            }
            _ => {}
        }
    }
}
