//! The adapter of Rust: it obeys the runner by the public API of the crate `danmal`, and by nothing else.

mod begin;
mod foreign;
mod inside;

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use danmal::{
    Approval, Error, Events, HistoryEntry, Operation, Options, Outcome, Profile, Resolution, Terminal,
};
use danmal_simulator::script::{Action, Step};
use serde::Serialize;
use serde_json::{Value, json};

use crate::lines::{Client, Line};
use crate::words::{Begun, Command, Done, Greeting, History, HistoryLine, Ids, Open, Seen};

/// What an adapter cannot do, in words.
type Wrong = String;

/// The answer of a question, or that it was refused.
type Answered = Result<Value, Error>;

/// What a step gave.
enum Thing {
    /// An operation.
    Operation(Operation),
    /// One that had ended before the application began again: its place in the journal.
    Recorded(Box<HistoryEntry>),
    /// The call itself refused.
    Refused(Error),
    /// A question, whose answer comes.
    Question(Receiver<Answered>),
    /// Its answer.
    Answered(Answered),
}

/// The adapter's state.
#[derive(Default)]
struct Adapter {
    terminal: Option<Terminal>,
    events: Option<Events>,
    things: HashMap<String, Thing>,
    inside: inside::Inside,
}

/// Serves the runner on standard input and output until it hangs up.
///
/// # Errors
/// The runner cannot be read or written.
pub fn serve() -> std::io::Result<()> {
    let mut adapter = Adapter::default();
    for line in std::io::stdin().lock().lines() {
        let answer = match serde_json::from_str::<Command>(&line?) {
            Ok(command) => adapter.obey(command),
            Err(error) => Err(format!("a command that nobody knows: {error}")),
        };
        let answer = match answer {
            Ok(Value::Object(mut fields)) => {
                fields.entry("ok").or_insert(true.into());
                Value::Object(fields)
            }
            Ok(_) => json!({"ok": true}),
            Err(wrong) => json!({"ok": false, "error": wrong}),
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn value(words: &impl Serialize) -> Result<Value, Wrong> {
    serde_json::to_value(words).map_err(|error| error.to_string())
}

impl Adapter {
    fn obey(&mut self, command: Command) -> Result<Value, Wrong> {
        match command {
            Command::Hello => {
                // A pseudo terminal is what a serial line is tried on.
                let lines =
                    Line::ALL.into_iter().filter(|line| cfg!(unix) || *line != Line::Serial).collect();
                value(&Greeting { language: "rust".to_owned(), lines, clients: vec![Client::Async] })
            }
            Command::Open(open) => self.open(*open),
            Command::Step { step, within } => value(&self.step(&step, Duration::from_secs_f64(within))?),
            Command::Expect { of, resolution, within } => {
                value(&self.expect(&of, resolution, Duration::from_secs_f64(within))?)
            }
            Command::Pending => {
                let pending = self.terminal()?.pending();
                value(&Ids { ids: pending.iter().map(|one| one.id().to_string()).collect() })
            }
            Command::History => {
                let history = self.terminal()?.history().map_err(|error| error.to_string())?;
                let entries = history.iter().map(line).collect::<Result<_, _>>()?;
                value(&History { entries })
            }
            Command::Close => {
                self.things.clear();
                self.events = None;
                if let Some(terminal) = self.terminal.take()
                    && !terminal.close_blocking()
                {
                    return Err("the terminal did not close in its time".to_owned());
                }
                value(&Done {})
            }
            Command::Control { command } => Ok(self.inside.obey(&command)),
        }
    }

    fn terminal(&self) -> Result<&Terminal, Wrong> {
        self.terminal.as_ref().ok_or_else(|| "no terminal is open".to_owned())
    }

    fn thing(&self, name: &str) -> Result<&Thing, Wrong> {
        self.things.get(name).ok_or_else(|| format!("nothing is called {name}"))
    }

    fn open(&mut self, open: Open) -> Result<Value, Wrong> {
        if let Some(terminal) = open.terminal {
            self.inside.place(&open.address, terminal);
        }
        let mut options =
            Options::new().folder(&open.folder).journal(&open.journal).time_scale(open.time_scale);
        if !open.profile.is_empty() {
            let mut profile = value(&Profile::simulator())?;
            for (key, word) in open.profile {
                let known = profile.get_mut(&key).ok_or_else(|| format!("a profile has no `{key}`"))?;
                *known = word;
            }
            options = options.profile(serde_json::from_value(profile).map_err(|error| error.to_string())?);
        }
        let terminal = if open.line == Line::Foreign {
            Terminal::open_endpoint(foreign::endpoint(&open.address)?, options)
        } else {
            Terminal::open(&open.address, options)
        };
        let terminal = terminal.map_err(|error| error.to_string())?;
        self.events = Some(terminal.events());
        let pending = terminal.pending();
        for (name, id) in open.names {
            let running = pending.iter().find(|one| one.id().as_str() == id);
            if let Some(operation) = running {
                self.things.insert(name, Thing::Operation(operation.clone()));
                continue;
            }
            // A terminal whose journal is in safe mode shows no history.
            let entry = terminal.history().unwrap_or_default().into_iter();
            if let Some(entry) = entry.into_iter().find(|entry| entry.intent.ptxid.as_str() == id) {
                self.things.insert(name, Thing::Recorded(Box::new(entry)));
            }
        }
        self.terminal = Some(terminal);
        value(&Done {})
    }

    fn step(&mut self, step: &Step, within: Duration) -> Result<Begun, Wrong> {
        match &step.action {
            Action::RequestCancel(of) => match self.thing(of)? {
                Thing::Operation(operation) => operation.request_cancel(),
                _ => return Err(format!("{of} does not run")),
            },
            Action::StopWatching(of) => drop(self.things.remove(of)),
            Action::WaitFor(wait) => {
                let event = json!(wait.event);
                let is_it = |seen: &danmal::Event| value(&seen.code).is_ok_and(|code| code == event);
                let seen = match &wait.of {
                    Some(of) => match self.thing(of)? {
                        Thing::Operation(operation) => wait_for(&mut operation.events(), within, is_it),
                        _ => return Err(format!("{of} has no events")),
                    },
                    None => self.events.as_mut().is_some_and(|events| wait_for(events, within, is_it)),
                };
                return Ok(Begun { seen: Some(seen), ..Begun::default() });
            }
            Action::Override(word) => {
                let id = self.thing(&word.of)?.id().ok_or("there is no such operation")?;
                let said = danmal::block_on(self.terminal()?.override_unknown(
                    id,
                    verdict(word.verdict),
                    &word.reason,
                ));
                return answered(said);
            }
            Action::AcceptJournal(reason) => {
                return answered(danmal::block_on(self.terminal()?.accept_journal(reason)));
            }
            action => {
                let thing = self.begin(action)?;
                let begun = match &thing {
                    Thing::Operation(operation) => {
                        Begun { id: Some(operation.id().to_string()), ..Begun::default() }
                    }
                    Thing::Refused(error) => Begun { refused: Some(value(error)?), ..Begun::default() },
                    _ => Begun::default(),
                };
                if let Some(name) = &step.name {
                    self.things.insert(name.clone(), thing);
                }
                return Ok(begun);
            }
        }
        Ok(Begun::default())
    }

    fn expect(&mut self, of: &str, resolution: bool, within: Duration) -> Result<Seen, Wrong> {
        let until = Instant::now() + within;
        if let Thing::Question(answer) = self.thing(of)? {
            let answer = match answer.recv_timeout(within) {
                Ok(answer) => answer,
                Err(RecvTimeoutError::Timeout) => return Err(format!("{of} was not answered in time")),
                Err(RecvTimeoutError::Disconnected) => return Err(format!("{of} panicked")),
            };
            self.things.insert(of.to_owned(), Thing::Answered(answer));
        }
        let mut seen = Seen::default();
        match self.thing(of)? {
            Thing::Operation(operation) => {
                seen.id = Some(operation.id().to_string());
                seen.outcome = operation.wait(within).as_ref().map(value).transpose()?;
                if resolution {
                    let left = until.saturating_duration_since(Instant::now());
                    seen.resolution = operation.wait_resolution(left).map(resolved).transpose()?;
                }
                let mut events = operation.events();
                while let Some(event) = events.try_next() {
                    seen.events.push(value(&*event)?);
                }
            }
            Thing::Recorded(entry) => {
                seen.id = Some(entry.intent.ptxid.to_string());
                seen.outcome = entry.outcome.as_ref().map(value).transpose()?;
                seen.resolution = seen.outcome.as_ref().map(|outcome| json!({"final": outcome}));
            }
            Thing::Refused(error) => seen.refused = Some(value(error)?),
            Thing::Answered(Ok(answer)) => seen.answer = Some(answer.clone()),
            Thing::Answered(Err(error)) => seen.error = Some(value(error)?),
            Thing::Question(_) => {}
        }
        Ok(seen)
    }

    /// The approval that an operation ended with, or that was seen of it.
    fn approval(&self, of: &str, within: Duration) -> Result<Approval, Wrong> {
        let outcome = match self.thing(of)? {
            Thing::Operation(operation) => operation.wait(within),
            Thing::Recorded(entry) => entry.outcome.clone(),
            _ => None,
        };
        let approval = match outcome.clone() {
            Some(Outcome::Approved(approval)) => Some(approval),
            Some(Outcome::Reversed(reversal)) => reversal.approval,
            Some(Outcome::Unknown(unknown)) => unknown.approval,
            _ => None,
        };
        match approval {
            Some(approval) => Ok(*approval),
            None => Err(format!("{of} carries no approval: {outcome:?}")),
        }
    }
}

impl Thing {
    fn id(&self) -> Option<danmal::Ptxid> {
        match self {
            Self::Operation(operation) => Some(operation.id()),
            Self::Recorded(entry) => Some(entry.intent.ptxid),
            _ => None,
        }
    }
}

fn wait_for(events: &mut Events, within: Duration, is_it: impl Fn(&danmal::Event) -> bool) -> bool {
    let until = Instant::now() + within;
    while let Some(event) = events.next_blocking(until.saturating_duration_since(Instant::now())) {
        if is_it(&event) {
            return true;
        }
    }
    false
}

fn answered(said: Result<(), Error>) -> Result<Begun, Wrong> {
    let refused = said.err().as_ref().map(value).transpose()?;
    Ok(Begun { refused, ..Begun::default() })
}

fn resolved(resolution: Resolution) -> Result<Value, Wrong> {
    Ok(match resolution {
        Resolution::Final(outcome) => json!({"final": value(&outcome)?}),
        Resolution::Operator(verdict) => json!({"operator": value(&verdict)?}),
        Resolution::StillUnknown(outcome) => json!({"stillUnknown": value(&outcome)?}),
    })
}

fn line(entry: &HistoryEntry) -> Result<HistoryLine, Wrong> {
    let overridden = match &entry.overridden {
        Some((verdict, _)) => value(verdict)?.as_str().map(str::to_owned),
        None => None,
    };
    Ok(HistoryLine {
        id: entry.intent.ptxid.to_string(),
        outcome: entry.outcome.as_ref().map(value).transpose()?,
        overridden,
        cancellations: entry.cancellations.iter().map(ToString::to_string).collect(),
        net: entry.net,
    })
}

fn verdict(verdict: danmal_simulator::script::Verdict) -> danmal::Verdict {
    use danmal_simulator::script::Verdict;
    match verdict {
        Verdict::Performed => danmal::Verdict::Performed,
        Verdict::NotPerformed => danmal::Verdict::NotPerformed,
        Verdict::Undecided => danmal::Verdict::Undecided,
    }
}
