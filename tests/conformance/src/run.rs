//! One scenario on one line.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use danmal_simulator::Codes;
use danmal_simulator::script::{Action, Expectation, Restart, Scenario, Step};
use serde_json::json;
use tempfile::TempDir;

use crate::board::Board;
use crate::child::Child;
use crate::compare;
use crate::invariants::Left;
use crate::languages::Language;
use crate::lines::{Chunking, Client, Line};
use crate::words::{Begun, Command, Done, History, HistoryLine, Ids, Open, Seen};

/// What the machine may add to a deadline, however loaded it is.
const SLACK: Duration = Duration::from_secs(12);

/// Rule 15: a money call returns 10 s and 180 s after it was made; the rest is for the events between.
const OUTCOME: f64 = 200.0;

/// The fence begins anew with every stray frame, and again after a restart.
const RESOLUTION: f64 = 900.0;

/// Between two tries of an operator whose word is refused before the fence.
const AGAIN: Duration = Duration::from_millis(60);

/// What differs in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// A sentence.
    pub text: String,
    /// Whether it is about money that is not where the SDK says it is. Such a run is never tried again.
    pub grave: bool,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A scenario on a line.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The file's name without its ending.
    pub name: &'a str,
    /// What is in it.
    pub scenario: &'a Scenario,
    /// Over which line.
    pub line: Line,
    /// Through which client.
    pub client: Client,
    /// How the terminal's bytes are cut.
    pub chunking: Chunking,
}

struct Run<'a> {
    language: &'a Language,
    scenario: &'a Scenario,
    job: &'a Job<'a>,
    board: Board,
    folder: TempDir,
    names: BTreeMap<String, String>,
    opened: bool,
    safe_mode: bool,
    wrong: Vec<Wrong>,
}

/// Runs a scenario with all durations times a factor, and says what differs.
///
/// # Errors
/// The adapter or the line failed.
pub fn run(
    child: &mut Child,
    language: &Language,
    job: &Job<'_>,
    slower: f64,
    number: usize,
) -> Result<Vec<Wrong>, String> {
    let mut scenario = job.scenario.clone();
    scenario.time_scale *= slower;
    let folder = tempfile::Builder::new().prefix("danmal-").tempdir().map_err(|error| error.to_string())?;
    let name = format!("conformance-{}-{number}", std::process::id());
    let board = Board::serve(&scenario, job.line, job.chunking, folder.path(), &name)?;
    let mut run = Run {
        language,
        scenario: &scenario,
        job,
        board,
        folder,
        names: BTreeMap::new(),
        opened: false,
        safe_mode: false,
        wrong: Vec::new(),
    };
    run.open(child)?;
    for (place, step) in scenario.steps.iter().enumerate() {
        let before = run.wrong.len();
        if let Err(error) = run.step(child, step) {
            run.say(error);
        }
        for wrong in run.wrong.iter_mut().skip(before) {
            wrong.text = format!("step {}: {}", place + 1, wrong.text);
        }
    }
    run.finish(child)?;
    Ok(run.wrong)
}

impl Run<'_> {
    fn say(&mut self, text: impl Into<String>) {
        self.wrong.push(Wrong { text: text.into(), grave: false });
    }

    fn span(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds * self.scenario.time_scale)
    }

    fn open(&mut self, child: &mut Child) -> Result<(), String> {
        let terminal = (!self.opened).then(|| self.board.inside(self.scenario, self.job.chunking)).flatten();
        self.opened = true;
        let open = Open {
            line: self.job.line,
            client: self.job.client,
            address: self.board.address().to_owned(),
            folder: self.data().to_string_lossy().into_owned(),
            journal: "till.db".to_owned(),
            time_scale: self.scenario.time_scale,
            profile: self.scenario.profile.clone(),
            names: self.names.clone(),
            terminal,
        };
        child.ask::<Done>(&Command::Open(Box::new(open)), SLACK).map(drop)
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn step(&mut self, child: &mut Child, step: &Step) -> Result<(), String> {
        match &step.action {
            Action::Wait(wait) => std::thread::sleep(self.span(wait.0.as_secs_f64())),
            Action::Inject(fault) => self.board.inject(child, fault)?,
            Action::Ledger(ledger) => {
                let wrong = self.board.check(child, ledger, &json!(self.names))?;
                wrong.into_iter().for_each(|sentence| self.say(sentence));
            }
            Action::Expect(expected) => self.expect(child, expected)?,
            Action::ExpectPending(names) => {
                let pending: Ids = child.ask(&Command::Pending, SLACK)?;
                let wanted: Vec<&String> = names.iter().filter_map(|name| self.names.get(name)).collect();
                if pending.ids.iter().collect::<Vec<_>>() != wanted {
                    self.say(format!("pending are {wanted:?} expected, there are {:?}", pending.ids));
                }
            }
            Action::Restart(how) => self.restart(child, *how)?,
            Action::Override(_) | Action::AcceptJournal(_) => {
                self.operator(child, step)?;
                self.safe_mode &= !matches!(step.action, Action::AcceptJournal(_));
            }
            Action::WaitFor(wait) => {
                let within = self.span(OUTCOME) + SLACK;
                if self.tell(child, step, within)?.seen != Some(true) {
                    self.say(format!("the event {} was never seen", wait.event));
                }
            }
            _ => {
                let begun = self.tell(child, step, SLACK)?;
                if let (Some(name), Some(id)) = (&step.name, begun.id) {
                    self.names.insert(name.clone(), id);
                }
            }
        }
        Ok(())
    }

    fn tell(&self, child: &mut Child, step: &Step, within: Duration) -> Result<Begun, String> {
        let command = Command::Step { step: step.clone(), within: within.as_secs_f64() };
        child.ask(&command, within + SLACK)
    }

    fn expect(&mut self, child: &mut Child, expected: &Expectation) -> Result<(), String> {
        let resolution = expected.resolution.is_some();
        let within = self.span(if resolution { RESOLUTION } else { OUTCOME }) + SLACK;
        let command = Command::Expect { of: expected.of.clone(), resolution, within: within.as_secs_f64() };
        let seen: Seen = child.ask(&command, within + SLACK)?;
        let same_as = expected.same_as.as_ref().and_then(|name| self.names.get(name)).cloned();
        let wrong = compare::differences(expected, &seen, same_as.as_deref());
        wrong.into_iter().for_each(|sentence| self.say(sentence));
        Ok(())
    }

    /// The operator's word is repeated until the fence lets it through.
    fn operator(&mut self, child: &mut Child, step: &Step) -> Result<(), String> {
        let until = Instant::now() + self.span(RESOLUTION) + SLACK;
        loop {
            let said = self.tell(child, step, self.span(OUTCOME) + SLACK)?;
            let Some(refused) = said.refused else { return Ok(()) };
            let early = refused.get("code").and_then(serde_json::Value::as_str) == Some("notAllowed");
            if !early || Instant::now() > until {
                return Err(format!("the operator's word was refused: {refused}"));
            }
            std::thread::sleep(AGAIN);
        }
    }

    fn restart(&mut self, child: &mut Child, how: Restart) -> Result<(), String> {
        if how == Restart::Killed {
            *child = {
                child.kill();
                Child::start(self.language)?
            };
        } else {
            // What still runs is detached, and found again.
            if let Err(detached) = child.ask::<Done>(&Command::Close, self.span(OUTCOME) + SLACK)
                && !detached.contains("did not close")
            {
                return Err(detached);
            }
        }
        if how == Restart::JournalDeleted {
            self.safe_mode = true;
            for file in std::fs::read_dir(self.data()).into_iter().flatten().flatten() {
                if file.file_name().to_string_lossy().starts_with("till.db") {
                    std::fs::remove_file(file.path()).map_err(|error| error.to_string())?;
                }
            }
        }
        self.open(child)
    }

    fn finish(&mut self, child: &mut Child) -> Result<(), String> {
        if let Some(ledger) = &self.scenario.ledger {
            let wrong = self.board.check(child, ledger, &json!(self.names))?;
            wrong.into_iter().for_each(|sentence| self.say(format!("ledger: {sentence}")));
        }
        let received = self.board.received(child)?;
        for (codes, count) in &self.scenario.requests {
            let fits = |code: &str| match codes {
                Codes::Any => true,
                Codes::Money => code.parse().is_ok_and(danmal_simulator::Code::is_money),
                Codes::Only(only) => only.as_str() == code,
            };
            let found = received.iter().filter(|request| fits(&request.code)).count();
            if u32::try_from(found) != Ok(*count) {
                self.say(format!("requests: {count} of {codes} expected, {found} received"));
            }
        }
        let printed = self.board.printed(child)?;
        let mut rest = printed.iter();
        for text in &self.scenario.paper {
            if !rest.any(|line| line.contains(text.as_str())) {
                self.say(format!("{text} is not in its place on the paper: {printed:?}"));
            }
        }
        if !self.safe_mode {
            let history: History = child.ask(&Command::History, SLACK)?;
            self.journal(&history.entries);
            let entries = self.board.entries(child)?;
            let data = self.data();
            let left = Left {
                scenario: self.scenario,
                names: &self.names,
                entries: &entries,
                received: &received,
                history: &history.entries,
                folder: Path::new(&data),
            };
            self.wrong.extend(left.broken().into_iter().map(|text| Wrong { text, grave: true }));
        }
        let pending: Ids = child.ask(&Command::Pending, SLACK)?;
        match child.ask::<Done>(&Command::Close, self.span(OUTCOME) + SLACK) {
            Err(error) if pending.ids.is_empty() || !error.contains("did not close") => Err(error),
            _ => Ok(()),
        }
    }

    fn journal(&mut self, entries: &[HistoryLine]) {
        let find = |id: Option<&String>| entries.iter().find(|line| Some(&line.id) == id);
        let mut wrong = Vec::new();
        for (name, expected) in &self.scenario.journal {
            wrong.extend(compare::journal(name, expected, find(self.names.get(name))));
        }
        wrong.into_iter().for_each(|sentence| self.say(sentence));
    }
}
