//! Days of a shop in virtual time: the session, the journal in its file, and a terminal with faults.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use danmal_journal::{Ask, Begun, Claim, Folder, Journal};
use danmal_model::{Amounts, FrameRules, Intent, Kind, Outcome, Profile, Ptxid, Record, Verdict};
use danmal_protocol::{CallId, Input, Line, Now, OpenIntent, Order, Output, Session, Setup};
use danmal_simulator::{ConnectionId, Host, Output as Said, Settings, Swarm, Terminal};
use danmal_wire::{ApprovalRequest, FrameDecoder, Request};
use jiff::Timestamp;

use super::Tally;
use super::usage::Usage;
use crate::crash::Random;

const TERMINAL: &str = "tcp://127.0.0.1:9100";
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// A shop is open for so long, and then closed for the rest of the day.
const OPEN: Duration = Duration::from_secs(11 * 3_600);
/// How long recovery is given before an operator speaks: some fences.
const RECOVERY: Duration = Duration::from_secs(20 * 60);
const KEY_LIFE: Duration = Duration::from_secs(12 * 3_600);

pub(super) fn run(days: u32, seed: u64) -> io::Result<Tally> {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
    let folder = tempfile::Builder::new().prefix("danmal-soak-").tempdir_in(base)?;
    let mut shop = Shop::open(folder.path(), seed)?;
    let mut warm = None;
    for day in 0..days {
        if day == (days / 5).max(1) {
            warm = Some(Usage::now());
        }
        shop.day(day)?;
    }
    let mut tally = shop.tally;
    warm.unwrap_or_else(Usage::now).grown_into(&mut tally);
    Ok(tally)
}

struct Shop {
    path: PathBuf,
    random: Random,
    host: Host,
    terminal: Terminal,
    run: Option<Run>,
    now: Duration,
    tally: Tally,
    /// Those of which the last word is not said.
    open: Vec<Ptxid>,
}

/// One run of the till's program.
struct Run {
    session: Session,
    journal: Journal,
    claim: Claim,
    connection: Option<ConnectionId>,
    decoder: FrameDecoder,
    outcome: Option<Outcome>,
    resolved: Vec<(Ptxid, Outcome)>,
}

/// The wall clock of a virtual moment.
fn wall(now: Duration) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + i64::try_from(now.as_secs()).unwrap_or_default())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Shop {
    fn open(folder: &Path, seed: u64) -> io::Result<Self> {
        let host = Host::new();
        let settings = Settings { magic: false, ..Settings::default() };
        let terminal = Terminal::new(settings, host.clone()).with_plan(Swarm::of_all(seed, 0.05));
        let mut shop = Self {
            path: folder.join("till.db"),
            random: Random::new(seed),
            host,
            terminal,
            run: None,
            now: Duration::ZERO,
            tally: Tally::default(),
            open: Vec::new(),
        };
        shop.start()?;
        Ok(shop)
    }

    /// The till's program starts, as every morning.
    fn start(&mut self) -> io::Result<()> {
        self.run = None;
        let journal = Journal::open(&self.path, true).map_err(io::Error::other)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let claim = Claim::acquire(&Folder::at(folder), TERMINAL, &journal).map_err(io::Error::other)?;
        if let Some(detail) = claim.safe_mode() {
            return Err(io::Error::other(format!("safe mode: {detail}")));
        }
        let open = |open: danmal_journal::OpenIntent| OpenIntent {
            intent: open.intent,
            seen: open.seen,
            unsettled_stops: open.unsettled_stops,
            overridden: open.overridden.map(|(verdict, _)| verdict),
        };
        let mut profile = Profile::simulator();
        profile.reversed_codes = vec!["8003".to_owned()];
        let setup = Setup {
            terminal: TERMINAL.to_owned(),
            profile,
            line: Line::Stream,
            simulated_address: true,
            simulated_journal: true,
            journal: journal.id(),
            digest_key: journal.digest_key(),
            open: journal.open_intents(TERMINAL).into_iter().map(open).collect(),
            unsettled_stop: journal.unsettled_stops(TERMINAL).first().map(|stop| stop.ptxid),
            safe_mode: None,
        };
        let session = Session::new(setup, Now { mono: self.now, wall: wall(self.now) });
        self.run = Some(Run {
            session,
            journal,
            claim,
            connection: None,
            decoder: FrameDecoder::for_answers(FrameRules::default()),
            outcome: None,
            resolved: Vec::new(),
        });
        self.settle()
    }

    fn day(&mut self, day: u32) -> io::Result<()> {
        let evening = DAY * day + OPEN;
        while self.now < evening {
            self.sell()?;
            let pause = Duration::from_secs(20 + self.random.below(600));
            self.pass(self.now + pause, |_| false)?;
        }
        self.pass(DAY * (day + 1), |_| false)?;
        let week = wall(self.now.saturating_sub(2 * DAY));
        if let Some(run) = &self.run {
            // The rows are as old as the virtual clock says, which is past for the journal's own.
            run.journal.prune(week, Duration::ZERO).map_err(io::Error::other)?;
        }
        self.start()
    }

    fn run(&mut self) -> io::Result<&mut Run> {
        self.run.as_mut().ok_or_else(|| io::Error::other("the till is not open"))
    }

    fn sell(&mut self) -> io::Result<()> {
        let won = 1_000 + i64::try_from(self.random.below(40)).unwrap_or_default() * 1_000;
        let now = self.now;
        let run = self.run()?;
        let begun = run.journal.begin(&ask(won, wall(now)), wall(now), KEY_LIFE);
        let Begun::New { intent, .. } = begun else {
            return Err(io::Error::other("a sale without a key is always new"));
        };
        let id = intent.ptxid;
        let request = Request::CardApproval(ApprovalRequest {
            price_amt: won,
            tax_amt: 0,
            tip_amt: 0,
            tax_free_amt: 0,
            installment: 0,
            ptxid: id.as_str().into(),
        });
        run.outcome = None;
        self.tally.payments += 1;
        self.input(Input::Begin(Box::new(Order { intent: *intent, request })))?;
        if self.random.one_in(30) {
            let later = Duration::from_millis(self.random.below(3_000));
            self.pass(self.now + later, |run| run.outcome.is_some())?;
            self.input(Input::RequestStop(id))?;
        }
        self.pass(self.now + Duration::from_secs(195), |run| run.outcome.is_some())?;
        let outcome = self.run()?.outcome.take();
        match outcome {
            Some(Outcome::Unknown(_)) => {
                self.open.push(id);
                self.recover(id)?;
            }
            Some(outcome) => self.compare(id, &outcome),
            None => self.wrong(&format!("{id} has no outcome by its deadline")),
        }
        Ok(())
    }

    /// Waits for what recovery finds out; then an operator sends the next customer on.
    fn recover(&mut self, id: Ptxid) -> io::Result<()> {
        self.pass(self.now + RECOVERY, |run| run.resolved.iter().any(|(found, _)| *found == id))?;
        self.hear()?;
        if self.open.contains(&id) {
            self.tally.undecided += 1;
            let reason = "the next customer waits".to_owned();
            let word = Input::Override { call: CallId(1), ptxid: id, verdict: Verdict::Undecided, reason };
            self.input(word)?;
        }
        Ok(())
    }

    /// Takes what recovery has found out.
    fn hear(&mut self) -> io::Result<()> {
        for (id, outcome) in std::mem::take(&mut self.run()?.resolved) {
            self.open.retain(|open| *open != id);
            self.compare(id, &outcome);
        }
        Ok(())
    }

    fn compare(&mut self, id: Ptxid, outcome: &Outcome) {
        let stands = self.host.performed(id.as_str());
        let approved = matches!(outcome, Outcome::Approved(_));
        self.tally.approved += u64::from(approved);
        if stands != usize::from(approved) {
            self.wrong(&format!("{id} is {}, and the host has it {stands} times", outcome.name()));
        }
    }

    fn wrong(&mut self, what: &str) {
        self.tally.wrong += 1;
        eprintln!("day {}: {what}", self.now.as_secs() / DAY.as_secs());
    }

    fn input(&mut self, input: Input) -> io::Result<()> {
        let now = Now { mono: self.now, wall: wall(self.now) };
        self.run()?.session.handle(input, now);
        self.settle()
    }

    /// Lets time pass until a moment, or until enough has happened.
    fn pass(&mut self, until: Duration, enough: impl Fn(&Run) -> bool) -> io::Result<()> {
        let mut steps: u64 = 0;
        loop {
            if self.run.as_ref().is_some_and(&enough) {
                return Ok(());
            }
            let session = self.run.as_ref().and_then(|run| run.session.deadline());
            let due = session.into_iter().chain(self.terminal.poll_timeout()).min();
            let next = due.map_or(until, |due| due.min(until)).max(self.now);
            steps += 1;
            if steps > 5_000_000 {
                return Err(io::Error::other("time stands still"));
            }
            let over = next >= until && due.is_none_or(|due| due > until);
            self.now = next;
            self.terminal.advance(self.now);
            self.input(Input::Tick)?;
            if over {
                return Ok(());
            }
        }
    }

    /// Does what session and terminal want, until both are at rest.
    fn settle(&mut self) -> io::Result<()> {
        loop {
            let now = Now { mono: self.now, wall: wall(self.now) };
            let Some(run) = &mut self.run else { return Ok(()) };
            if let Some(output) = run.session.poll() {
                match output {
                    Output::Connect if self.terminal.is_listening() => {
                        run.decoder.reset();
                        run.connection = Some(self.terminal.connect(self.now));
                        run.session.handle(Input::Connected, now);
                    }
                    Output::Connect => {
                        let detail = "connection refused".to_owned();
                        run.session.handle(Input::ConnectFailed { detail }, now);
                    }
                    Output::Disconnect => {
                        if let Some(connection) = run.connection.take() {
                            self.terminal.disconnect(connection, self.now);
                        }
                    }
                    Output::Send { bytes, .. } => {
                        if let Some(connection) = run.connection {
                            self.terminal.receive(connection, &bytes, self.now);
                        }
                    }
                    Output::Commit { id, record } => {
                        run.commit(*record)?;
                        run.session.handle(Input::Committed(id), now);
                    }
                    Output::Outcome(outcome) => run.outcome = Some(*outcome),
                    Output::Resolution { ptxid, outcome: Some(outcome), .. } => {
                        run.resolved.push((ptxid, *outcome));
                    }
                    Output::Forget(ptxid) => run.journal.forget(ptxid),
                    _ => {}
                }
                continue;
            }
            match self.terminal.poll_output() {
                Some(Said::Bytes { connection, bytes }) if run.connection == Some(connection) => {
                    run.hear(&bytes, now);
                }
                Some(Said::Close { connection, .. }) if run.connection == Some(connection) => {
                    run.connection = None;
                    run.session.handle(Input::Disconnected, now);
                }
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }
}

impl Run {
    fn commit(&self, record: Record) -> io::Result<()> {
        let mark = self.claim.update_for(&record, &self.journal);
        let (told, answer) = channel();
        self.journal.commit_marked(record, mark, move |result| {
            let _ = told.send(result);
        });
        answer.recv().map_err(io::Error::other)?.map(drop).map_err(io::Error::other)
    }

    fn hear(&mut self, bytes: &[u8], now: Now) {
        self.decoder.push(bytes);
        while let Some(item) = self.decoder.next() {
            match item {
                Ok(frame) => self.session.handle(Input::Frame(frame), now),
                Err(error) if error.is_fatal() => {
                    self.decoder.reset();
                    self.session.handle(Input::Unreadable, now);
                }
                Err(_) => self.session.handle(Input::Noise, now),
            }
        }
    }
}

fn ask(won: i64, at: Timestamp) -> Ask {
    Intent { simulated: true, ..Intent::asked(Kind::CardApproval, TERMINAL, Amounts::won(won), at) }
}
