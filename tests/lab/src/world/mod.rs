//! A world: one shop, one till, one terminal, one host, in virtual time and in one thread. The session, the
//! journal's logic, the codec and the terminal are the real ones; the line, the disk, the people and the clock
//! are ours, and each can go wrong.

pub mod checker;
pub mod config;
pub mod dice;
mod end;
mod journal;
mod line;
mod shop;
mod till;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use danmal_model::{Outcome, UnknownWhy};
use danmal_protocol::{CommitId, Input, Now, Session};
use danmal_simulator::{ConnectionId, FaultKind, Happened, Host, Output as Said, Swarm, Terminal};
use jiff::Timestamp;

use checker::{Checker, End, Violation};
use config::{Config, Plan};
use dice::{Dice, Digest};
use journal::Journal;
use line::Line;
use shop::Shop;

/// The wall clock at the beginning: 2026-11-25 12:00 in Korea.
const WALL: i64 = 1_795_575_600;

/// Something that is due.
#[derive(Debug)]
enum Due {
    /// An attempt to connect comes to its end.
    Connect { epoch: u32 },
    /// Bytes reach the terminal.
    ToTerminal { connection: ConnectionId, bytes: Vec<u8> },
    /// Bytes reach the till, on its connection of this number.
    ToTill { number: u32, bytes: Vec<u8> },
    /// The end of a connection reaches the till.
    EndAtTill { number: u32 },
    /// The end of a connection reaches the terminal.
    EndAtTerminal { connection: ConnectionId },
    /// The disk has done something.
    Disk { epoch: u32 },
    /// The cashier does something.
    Cashier { turn: u32 },
    /// Somebody does something.
    Somebody(shop::Deed),
    /// The till is switched on again.
    Start,
    /// A closing till has had its time.
    Detach { epoch: u32 },
}

struct Scheduled {
    at: Duration,
    order: u64,
    what: Due,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}
impl Eq for Scheduled {}
impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// What a world came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Money requests that left the till.
    pub payments: u64,
    pub ends: BTreeMap<&'static str, u64>,
    pub faults: BTreeMap<String, u64>,
    pub crashes: u64,
    pub unknown: BTreeMap<String, u64>,
    pub unexplained: u64,
    /// What an operator had to say.
    pub words: u64,
    pub foreign_reversals: u64,
    pub violation: Option<Violation>,
    /// Money requests until the violation.
    pub until_violation: u64,
    pub digest: u64,
    pub steps: u64,
    pub trace: Vec<String>,
}

pub struct World {
    config: Config,
    dice: Dice,
    now: Duration,
    /// By how much the wall clock was set, s.
    wall_set: i64,
    terminal: Terminal,
    session: Option<Session>,
    /// Counts sessions: what was due for an earlier one is not.
    epoch: u32,
    happened: VecDeque<Input>,
    queue: BinaryHeap<Reverse<Scheduled>>,
    order: u64,
    line: Line,
    journal: Journal,
    shop: Shop,
    checker: Checker,
    /// The process dies after so many of the session's wishes.
    dies_after: Option<u32>,
    /// Faults have stopped.
    calm: bool,
    digest: Digest,
    report: Report,
    traced: bool,
    /// Frames sent within the present second, against spinning.
    sent_at: Duration,
    sent_then: u32,
    canary_hits: u32,
}

/// Bugs that a world itself can have, to check the checker.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bent {
    /// The disk says "synced" of what is only in its cache.
    pub disk_lies: bool,
}

impl World {
    pub fn new(seed: u64, plan: Plan, bent: Bent, traced: bool) -> Self {
        let mut dice = Dice::new(seed);
        let config = Config::draw(plan, &mut dice);
        let mut terminal = Terminal::new(config.settings.clone(), Host::new());
        terminal.watch(true);
        let journal = Journal::new(&mut dice, bent.disk_lies);
        let durations = &config.profile.durations;
        let mut checker = Checker::default();
        checker.patience = durations.total + Duration::from_millis(1);
        checker.fence = durations.fence;
        let mut world = Self {
            dice,
            now: Duration::ZERO,
            wall_set: 0,
            terminal,
            session: None,
            epoch: 0,
            happened: VecDeque::new(),
            queue: BinaryHeap::new(),
            order: 0,
            line: Line::new(),
            journal,
            shop: Shop::default(),
            checker,
            dies_after: None,
            calm: false,
            digest: Digest::new(),
            report: Report::default(),
            traced,
            sent_at: Duration::ZERO,
            sent_then: 0,
            canary_hits: 0,
            config,
        };
        world.arm();
        if world.traced {
            let text = format!("{:#?}", world.config);
            world.report.trace.extend(text.lines().map(str::to_owned));
        }
        world
    }

    /// The terminal's faults begin.
    fn arm(&mut self) {
        if !self.config.faults.is_empty() {
            let swarm = Swarm::new(self.dice.next(), self.config.faults.clone());
            self.terminal.set_plan(swarm.into());
        }
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Report {
        self.start();
        self.later(Duration::ZERO, Due::Cashier { turn: 0 });
        let end = Duration::from_secs(3_600 * 24 * 20);
        // A world where every payment takes minutes makes fewer of them.
        let budget = u64::from(self.config.payments) * 120;
        while self.report.steps < budget
            && self.checker.money_sent < u64::from(self.config.payments)
            && self.checker.violation.is_none()
            && self.now < end
            && self.step()
        {}
        if self.checker.violation.is_none() {
            self.calm_down();
        }
        self.close_books()
    }

    fn close_books(mut self) -> Report {
        self.drain_events();
        let mut report = self.report;
        report.payments = self.checker.money_sent;
        for track in &self.checker.tracks {
            let name = match track.end.or(track.row) {
                Some(end) => name_of(end),
                None if track.word.is_some() => "left to an operator",
                None if track.recorded => "unknown",
                None => continue,
            };
            if track.sent.is_some() || track.recorded {
                *report.ends.entry(name).or_default() += 1;
            }
        }
        report.foreign_reversals = self.checker.foreign_reversals;
        report.until_violation = self.checker.money_sent;
        report.violation = self.checker.violation;
        self.digest.word(self.terminal.digest());
        report.digest = self.digest.value();
        report
    }

    // ---- time ----

    fn wall(&self) -> Timestamp {
        let seconds = WALL + self.wall_set + self.now.as_secs() as i64;
        Timestamp::new(seconds, self.now.subsec_nanos() as i32).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn time(&self) -> Now {
        Now { mono: self.now, wall: self.wall() }
    }

    fn later(&mut self, by: Duration, what: Due) {
        self.at(self.now + by, what);
    }

    fn at(&mut self, at: Duration, what: Due) {
        self.order += 1;
        self.queue.push(Reverse(Scheduled { at, order: self.order, what }));
    }

    fn note(&mut self, text: impl FnOnce() -> String) {
        if self.traced {
            let line = format!("{:>12.6} {}", self.now.as_secs_f64(), text());
            self.report.trace.push(line);
        }
    }

    fn fault(&mut self, name: &str) {
        if let Some(count) = self.report.faults.get_mut(name) {
            *count += 1;
        } else {
            self.report.faults.insert(name.to_owned(), 1);
        }
        self.note(|| format!("FAULT {name}"));
    }

    /// Lets the next thing happen. Returns whether there was one.
    fn step(&mut self) -> bool {
        self.report.steps += 1;
        let queued = self.queue.peek().map(|Reverse(next)| next.at);
        let session = self.session.as_ref().and_then(Session::deadline);
        let terminal = self.terminal.poll_timeout();
        let Some(next) = [queued, session, terminal].into_iter().flatten().min() else { return false };
        self.now = self.now.max(next);
        self.digest.word(self.now.as_nanos() as u64);
        if terminal.is_some_and(|due| due <= self.now) {
            self.terminal.advance(self.now);
        } else if queued.is_some_and(|due| due <= self.now) {
            if let Some(Reverse(due)) = self.queue.pop() {
                self.happen(due.what);
            }
        } else {
            self.happened.push_back(Input::Tick);
        }
        self.settle();
        self.checker.overdue(self.now);
        true
    }

    fn happen(&mut self, what: Due) {
        match what {
            Due::Connect { epoch } if epoch == self.epoch => self.connect_now(),
            Due::Connect { .. } => {}
            Due::ToTerminal { connection, bytes } => {
                self.note(|| format!("terminal <- {}", show(&bytes)));
                self.terminal.receive(connection, &bytes, self.now);
            }
            Due::ToTill { number, bytes } => self.bytes_at_till(number, &bytes),
            Due::EndAtTill { number } => self.end_at_till(number),
            Due::EndAtTerminal { connection } => self.terminal.disconnect(connection, self.now),
            Due::Disk { epoch } if epoch == self.epoch => self.synced(),
            Due::Disk { .. } => {}
            Due::Cashier { turn } => self.cashier(turn),
            Due::Somebody(deed) => self.somebody(deed),
            Due::Start => self.start(),
            Due::Detach { epoch } if epoch == self.epoch => self.die("detached"),
            Due::Detach { .. } => {}
        }
    }

    /// The session's wishes are done, in the driver's order: what has happened is told first.
    fn pump(&mut self) {
        for _ in 0..10_000 {
            if self.checker.violation.is_some() {
                return;
            }
            let time = self.time();
            let Some(session) = &mut self.session else { return self.happened.clear() };
            if let Some(input) = self.happened.pop_front() {
                session.handle(input, time);
            } else if let Some(output) = session.poll() {
                self.wish(output);
            } else {
                return;
            }
        }
        self.checker.fail("L3", None, "the session never comes to rest");
    }

    /// Everything that is to be done now is done.
    fn settle(&mut self) {
        loop {
            self.pump();
            self.checker.look_at(self.terminal.host());
            if self.checker.violation.is_some() {
                return;
            }
            let Some(said) = self.terminal.poll_output() else { break };
            match said {
                Said::Bytes { connection, bytes } => self.terminal_says(connection, bytes),
                Said::Close { connection, .. } => self.terminal_closes(connection),
                Said::Unplugged => {}
            }
        }
        self.drain_events();
    }

    fn drain_events(&mut self) {
        while let Some(event) = self.terminal.poll_event() {
            match &event.what {
                Happened::Fault(kind) => self.count_fault(*kind),
                _ if self.traced => self.note(|| format!("         . {}", event.to_string().trim_start())),
                _ => {}
            }
        }
    }

    fn count_fault(&mut self, kind: FaultKind) {
        let name = kind.name();
        self.fault(&name);
    }

    fn synced(&mut self) {
        match self.journal.sync(self.now) {
            Some(journal::Synced::Kept(commit, record)) => {
                self.checker.durable(&record);
                self.row_bytes(&record);
                self.tell(Input::Committed(commit));
                self.note(|| format!("disk  kept {}", commit.0));
            }
            Some(journal::Synced::Failed(commit)) => {
                self.fault("disk fails");
                let detail = "no space left on device".to_owned();
                self.tell(Input::CommitFailed { id: commit, detail });
            }
            None => {}
        }
    }

    fn commit(&mut self, commit: CommitId, record: danmal_model::Record) {
        self.note(|| format!("till  commits {} {}", commit.0, fact_name(&record)));
        let due = self.journal.commit(commit, record, self.now, &self.config, &mut self.dice);
        let epoch = self.epoch;
        self.at(due, Due::Disk { epoch });
    }

    fn tell(&mut self, input: Input) {
        self.happened.push_back(input);
    }
}

fn fact_name(record: &danmal_model::Record) -> String {
    let id = record.ptxid.and_then(|ptxid| ptxid.count()).unwrap_or(0);
    match &record.fact {
        danmal_model::Fact::Ended(outcome) => format!("#{id} ended {}", outcome.name()),
        danmal_model::Fact::Seen(seen) => format!("#{id} seen {} in {:?}", seen.code, seen.source),
        fact => {
            let text = format!("{fact:?}");
            let name: String = text.chars().take_while(char::is_ascii_alphanumeric).collect();
            format!("#{id} {name}")
        }
    }
}

fn name_of(end: End) -> &'static str {
    match end {
        End::Approved => "approved",
        End::Declined => "declined",
        End::Aborted => "aborted",
        End::NotPerformed => "not performed",
        End::Reversed => "reversed",
    }
}

fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unknown(unknown) => format!("unknown ({:?})", unknown.why),
        Outcome::NotPerformed(not) => format!("notPerformed ({:?})", not.reason),
        other => other.name().to_owned(),
    }
}

fn why_name(why: Option<UnknownWhy>) -> String {
    why.map_or_else(|| "restarted".to_owned(), |why| format!("{why:?}"))
}

/// Bytes of a frame, short enough for a line.
fn show(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text: String = text.chars().take(230).map(|c| if c.is_control() { '.' } else { c }).collect();
    format!("[{}] {text}", bytes.len())
}
