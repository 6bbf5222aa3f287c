//! Before a terminal has a session: its journal is opened, its place found, its claim taken.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use danmal_journal::{Claim, ClaimRefused, Ending, Folder};
use danmal_model::{
    Error, ErrorCode, Event, EventCode, FrameRules, NotPerformedReason, Outcome, Ptxid, StoppedBy, Work,
};
use danmal_protocol::{Line, Now, OpenIntent, Setup};

use super::link::look_up;
use super::{Clock, Command};
use crate::guard::log;
use crate::ledger::{Ledger, finish_unsent};
use crate::operation::Core;
use crate::options::JournalChoice;
use crate::shared::Shared;
use crate::transport::{Host, Order, Port, Pump, Report, tcp_key};

/// So many operations of earlier runs a late frame may still speak of.
const RECENT: usize = 16;
/// How long between two attempts to get what another till holds.
const AGAIN: Duration = Duration::from_secs(3);
/// So often at most a money request looks again by itself.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Where a terminal is and how it is reached.
pub(crate) enum Place {
    /// On the network.
    Tcp { host: Host, port: u16 },
    /// Within this process.
    Simulator { name: String },
    /// Behind a port with a thread of its own.
    Port { port: Option<Box<dyn Port>>, pump: Option<Pump>, line: Line },
}

impl Place {
    pub(crate) fn line(&self) -> Line {
        match self {
            Self::Port { line, .. } => *line,
            _ => Line::Stream,
        }
    }

    /// Gives an order to the thread of the port, which is started if it has to be.
    pub(crate) fn order(&mut self, shared: &Arc<Shared>, order: Order) -> Result<(), String> {
        let Self::Port { port, pump, .. } = self else { return Err("not a port".to_owned()) };
        if let Some(waiting) = port.take() {
            let mailbox = shared.mailbox.clone();
            // Whoever is told after the worker has ended is nobody.
            let report = move |report: Report| drop(mailbox.push(Command::Port(report)));
            match Pump::start(waiting, report) {
                Ok(started) => *pump = Some(started),
                Err((error, back)) => {
                    *port = back;
                    return Err(format!("no thread for the port: {error}"));
                }
            }
        }
        match pump {
            Some(pump) if pump.order(order) => Ok(()),
            _ => Err("the thread of the port has ended".to_owned()),
        }
    }
}

/// What stands in the way.
enum Obstacle {
    /// The place is not known yet; the text says why. Money may wait for it as for a connection.
    Place(String),
    /// The journal cannot be opened, or another till holds the terminal: money is refused with this reason.
    Refusal(NotPerformedReason),
}

/// A search for the place that runs.
type Search = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// A terminal that is not ready for a session.
pub(crate) struct Opening {
    pub(crate) shared: Arc<Shared>,
    pub(crate) place: Place,
    pub(crate) frames: FrameRules,
    pub(crate) time_scale: f64,
    /// Connections of a port that an earlier session counted.
    pub(crate) number: u32,
    journal: JournalChoice,
    /// Whether the key is that of the device that is there now.
    located: bool,
    claim: Option<Claim>,
    /// What an earlier run left open; read once the claim is taken.
    open: Vec<OpenIntent>,
    obstacle: Option<Obstacle>,
    pub(crate) search: Option<Search>,
    searching_port: bool,
    next_try: Duration,
    tried: Duration,
    /// What cannot be done yet, with the moment at which it was asked.
    waiting: Vec<(Duration, Command)>,
    pub(crate) closing: bool,
}

/// What a session begins with.
pub(crate) struct Opened {
    pub(crate) setup: Setup,
    /// What ended last in earlier runs, newest first, and whether something stands of it.
    pub(crate) ended: Vec<(Ptxid, bool)>,
    pub(crate) claim: Claim,
    pub(crate) ledger: Arc<Ledger>,
    /// What was asked meanwhile.
    pub(crate) waiting: Vec<(Duration, Command)>,
}

impl Opening {
    pub(crate) fn new(
        shared: Arc<Shared>,
        place: Place,
        journal: JournalChoice,
        frames: FrameRules,
        time_scale: f64,
        clock: Clock,
    ) -> Self {
        let now = clock.now().mono;
        let mut opening = Self { journal, ..Self::begun(shared, place, frames, time_scale, now) };
        opening.go_on(now);
        opening
    }

    /// The address leads to another device than before: everything begins anew under its key.
    pub(crate) fn elsewhere(
        key: String,
        shared: Arc<Shared>,
        place: Place,
        frames: FrameRules,
        time_scale: f64,
        number: u32,
        now: Duration,
    ) -> Self {
        let begun = Self::begun(shared, place, frames, time_scale, now);
        let mut opening = Self { number, located: true, ..begun };
        opening.shared.key.set(key);
        opening.shared.publish(false, opening.shared.simulated, Work::Recovering);
        opening.go_on(now);
        opening
    }

    /// Nothing is known yet; the journal is open already, or in memory.
    fn begun(shared: Arc<Shared>, place: Place, frames: FrameRules, time_scale: f64, now: Duration) -> Self {
        Self {
            shared,
            place,
            frames,
            time_scale,
            number: 0,
            journal: JournalChoice::Memory,
            located: false,
            claim: None,
            open: Vec::new(),
            obstacle: None,
            search: None,
            searching_port: false,
            next_try: now,
            tried: Duration::ZERO,
            waiting: Vec::new(),
            closing: false,
        }
    }

    /// It is known what an earlier run left open, or why that cannot be known yet.
    fn looked(&self) {
        self.shared.looked.settle(());
    }

    fn pause(&self) -> Duration {
        AGAIN.mul_f64(self.time_scale)
    }

    /// Takes the next steps that can be taken without waiting.
    fn go_on(&mut self, now: Duration) {
        self.tried = now;
        if self.shared.ledger.get().is_none() && !self.open_journal() {
            self.next_try = now + self.pause();
            return;
        }
        if !self.located && !self.find_place(now) {
            return;
        }
        self.take_claim(now);
    }

    fn open_journal(&mut self) -> bool {
        match Ledger::open(&self.journal, &self.shared.folder, self.shared.simulated) {
            Ok(ledger) => {
                let _ = self.shared.ledger.set(ledger);
                *no_journal(&self.shared) = None;
                self.obstacle = None;
                true
            }
            Err(reason) => {
                *no_journal(&self.shared) = Some(reason.clone());
                self.stand_still(reason);
                false
            }
        }
    }

    /// Nothing goes on until what stands in the way is gone: whoever waits is told at once.
    fn stand_still(&mut self, reason: NotPerformedReason) {
        let (work, code) = match &reason {
            NotPerformedReason::HeldByAnotherTill { holder } | NotPerformedReason::JournalHeld { holder } => {
                (Work::HeldByAnotherTill { holder: holder.clone() }, EventCode::HeldByAnotherTill)
            }
            _ => (Work::SafeMode { detail: reason.text().en.to_string() }, EventCode::SafeMode),
        };
        self.shared.publish(false, self.shared.simulated, work);
        if !matches!(&self.obstacle, Some(Obstacle::Refusal(before)) if *before == reason) {
            log(|| tracing::warn!(terminal = self.shared.number, reason = reason.name(), "no work is taken"));
            let mut event = Event::new(code, jiff::Timestamp::now());
            event.text = reason.text();
            self.shared.show(event);
        }
        self.obstacle = Some(Obstacle::Refusal(reason));
        self.looked();
        for (_, command) in std::mem::take(&mut self.waiting) {
            match (command, self.refusal(), self.cannot_ask()) {
                (Command::Begin(core, _), Some(reason), _) => self.refuse(&core, reason),
                (Command::Ask(_, answer), _, Some(error)) => drop(answer.settle(Err(error))),
                _ => {}
            }
        }
    }

    fn find_place(&mut self, now: Duration) -> bool {
        let found = match &self.place {
            Place::Tcp { host: Host::Ip(ip), port } => Some(tcp_key((*ip, *port).into())),
            Place::Tcp { host: Host::Name(name), port } => {
                let (name, port) = (name.clone(), *port);
                self.search = Some(Box::pin(async move {
                    let found = look_up(&name, port).await?;
                    found.first().map(|first| tcp_key(*first)).ok_or_else(|| format!("{name} has no address"))
                }));
                None
            }
            // It lives and dies with the process.
            Place::Simulator { name } => Some(format!("simulator:{name}#{}", std::process::id())),
            Place::Port { .. } => {
                if !self.searching_port {
                    match self.place.order(&self.shared, Order::Locate) {
                        Ok(()) => self.searching_port = true,
                        Err(problem) => self.not_found(problem, now),
                    }
                }
                None
            }
        };
        match found {
            Some(key) => {
                self.shared.key.set(key);
                self.located = true;
                true
            }
            None => {
                self.obstacle.get_or_insert_with(|| Obstacle::Place("not found yet".to_owned()));
                self.next_try = now + self.pause();
                false
            }
        }
    }

    fn not_found(&mut self, problem: String, now: Duration) {
        self.obstacle = Some(Obstacle::Place(problem));
        self.next_try = now + self.pause();
        self.looked();
    }

    /// The search for the place ended.
    pub(crate) fn found(&mut self, result: Result<String, String>, now: Duration) {
        self.search = None;
        self.searching_port = false;
        match result {
            Ok(key) => {
                self.shared.key.set(key);
                self.located = true;
                self.take_claim(now);
            }
            Err(problem) => self.not_found(problem, now),
        }
    }

    fn take_claim(&mut self, now: Duration) {
        let (Some(key), Some(ledger)) = (self.shared.key.get(), self.shared.ledger.get()) else { return };
        if self.claim.is_some() {
            return;
        }
        match Claim::acquire(&Folder::at(&self.shared.folder), key, &ledger.journal) {
            Ok(claim) => {
                self.open = ledger.reopen(key, &self.shared);
                let work = match claim.safe_mode() {
                    Some(detail) => Work::SafeMode { detail },
                    None if self.open.iter().all(|open| open.overridden.is_some()) => Work::Ready,
                    None => Work::Recovering,
                };
                if self.waiting.is_empty() {
                    self.shared.publish(false, self.shared.simulated, work);
                }
                self.claim = Some(claim);
                self.obstacle = None;
                self.looked();
            }
            Err(refused) => {
                self.next_try = now + self.pause();
                // Until then the address may lead elsewhere.
                self.located = false;
                self.stand_still(match refused {
                    ClaimRefused::Held { holder } => {
                        NotPerformedReason::HeldByAnotherTill { holder: holder.to_string() }
                    }
                    other @ ClaimRefused::OtherJournal { .. } => {
                        NotPerformedReason::HeldByAnotherTill { holder: other.to_string() }
                    }
                    other @ ClaimRefused::Folder { .. } => {
                        NotPerformedReason::JournalUnavailable { detail: other.to_string() }
                    }
                });
            }
        }
    }

    /// What a session begins with, if nothing stands in the way.
    pub(crate) fn finish(&mut self) -> Option<Opened> {
        let (Some(ledger), Some(key)) = (self.shared.ledger.get(), self.shared.key.get()) else {
            return None;
        };
        let claim = self.claim.take()?;
        let journal = &ledger.journal;
        let setup = Setup {
            terminal: key.clone(),
            profile: self.shared.profile.clone(),
            line: self.place.line(),
            simulated_address: self.shared.simulated,
            simulated_journal: journal.is_simulated(),
            journal: journal.id(),
            digest_key: journal.digest_key(),
            open: std::mem::take(&mut self.open),
            unsettled_stop: journal.unsettled_stops(key).first().map(|stop| stop.ptxid),
            safe_mode: claim.safe_mode(),
        };
        // Without them an alarm would be missed, and nothing else: a journal that cannot be read shows elsewhere.
        let ended = journal.recently_ended(key, RECENT).unwrap_or_default();
        let ended = ended.into_iter().map(|(ptxid, ending)| (ptxid, ending == Ending::Approved)).collect();
        let waiting = std::mem::take(&mut self.waiting);
        Some(Opened { setup, ended, claim, ledger: ledger.clone(), waiting })
    }

    /// A command that comes before there is a session.
    pub(crate) fn command(&mut self, command: Command, now: Now) {
        match command {
            Command::Begin(core, order) => match self.refusal_now(now.mono) {
                Some(reason) => {
                    self.shared.taken(core.id());
                    self.refuse(&core, reason);
                }
                None => {
                    let work = Work::Busy { operation: core.id() };
                    self.shared.publish(false, self.shared.simulated, work);
                    self.shared.taken(core.id());
                    self.waiting.push((now.mono, Command::Begin(core, order)));
                }
            },
            Command::RequestStop(ptxid) => {
                let at = self.waiting.iter().position(
                    |(_, command)| matches!(command, Command::Begin(core, _) if core.id() == ptxid),
                );
                if let Some(at) = at
                    && let (_, Command::Begin(core, _)) = self.waiting.remove(at)
                {
                    let about = danmal_model::About {
                        id: ptxid,
                        operation: core.intent.kind,
                        simulated: core.intent.simulated,
                        replayed: None,
                    };
                    self.end(
                        &core,
                        Outcome::Aborted(danmal_model::Abortion {
                            about,
                            by: StoppedBy::TillBeforeSending,
                            cancel_requested: true,
                            message: String::new(),
                        }),
                    );
                }
            }
            Command::Ask(request, answer) => match self.cannot_ask() {
                Some(error) => drop(answer.settle(Err(error))),
                None => self.waiting.push((now.mono, Command::Ask(request, answer))),
            },
            Command::Override { done, .. } | Command::Accept { done, .. } => {
                let error = self.cannot_ask().unwrap_or_else(|| {
                    Error::new(
                        ErrorCode::NotAllowed,
                        "the terminal is not found yet",
                        "connect it, then decide",
                    )
                });
                done.settle(Err(error));
            }
            Command::Learnt(answer) => drop(answer.settle(Ok(None))),
            Command::Recover => self.next_try = now.mono,
            Command::Close => self.closing = true,
            Command::Port(Report::Located(result)) => self.found(result, now.mono),
            Command::Committed(..) | Command::Port(_) => {}
            #[cfg(any(test, feature = "torture"))]
            Command::Panic => panic!("a test wants it"),
        }
    }

    /// Why a money request cannot wait, having looked again: what stood in the way may just have gone.
    fn refusal_now(&mut self, now: Duration) -> Option<NotPerformedReason> {
        if matches!(self.obstacle, Some(Obstacle::Refusal(_))) && now >= self.tried + LOOK_AGAIN {
            self.go_on(now);
        }
        self.refusal()
    }

    fn refusal(&self) -> Option<NotPerformedReason> {
        if let Some(Obstacle::Refusal(reason)) = &self.obstacle {
            return Some(reason.clone());
        }
        // One is enough: the session takes no more either.
        let blocked_by = self.waiting.iter().find_map(|(_, command)| match command {
            Command::Begin(core, _) => Some(core.id()),
            _ => None,
        })?;
        Some(NotPerformedReason::Busy { blocked_by })
    }

    fn cannot_ask(&self) -> Option<Error> {
        let Some(Obstacle::Refusal(reason)) = &self.obstacle else { return None };
        let (code, accepted) = match reason {
            NotPerformedReason::HeldByAnotherTill { .. } | NotPerformedReason::JournalHeld { .. } => {
                (ErrorCode::HeldByAnotherTill, "close it there, then ask again")
            }
            _ => (ErrorCode::Journal, "give the journal a file of its own that can be written"),
        };
        Some(Error::new(code, reason.text().en.into_owned(), accepted))
    }

    fn refuse(&self, core: &Core, reason: NotPerformedReason) {
        self.end(core, core.not_performed(reason));
    }

    /// Ends an operation of which nothing was written and nothing sent.
    fn end(&self, core: &Core, outcome: Outcome) {
        if let Some(ledger) = self.shared.ledger.get() {
            ledger.forget(core.id());
            ledger.done(core.id());
        }
        if self.shared.status().work == (Work::Busy { operation: core.id() }) {
            self.shared.publish(false, self.shared.simulated, Work::Recovering);
        }
        finish_unsent(core, outcome);
    }

    /// What waits too long is refused; what stands in the way may be gone.
    pub(crate) fn tick(&mut self, now: Duration) {
        let prepare = self.shared.profile.durations.prepare;
        let detail = match &self.obstacle {
            Some(Obstacle::Place(detail)) => detail.clone(),
            _ => "not found".to_owned(),
        };
        for (_, command) in
            self.waiting.extract_if(.., |(since, _)| now >= *since + prepare).collect::<Vec<_>>()
        {
            match command {
                Command::Begin(core, _) => {
                    self.refuse(&core, NotPerformedReason::NoConnection { detail: detail.clone() });
                }
                Command::Ask(_, answer) => {
                    answer.settle(Err(Error::new(
                        ErrorCode::ConnectionLost,
                        detail.clone(),
                        "check the cable and the address",
                    )));
                }
                _ => {}
            }
        }
        if now >= self.next_try && self.search.is_none() && !self.searching_port {
            self.go_on(now);
        }
    }

    /// When something is due by time alone.
    pub(crate) fn deadline(&self) -> Duration {
        let prepare = self.shared.profile.durations.prepare;
        let patience = self.waiting.iter().map(|(since, _)| *since + prepare).min();
        let searching = self.search.is_some() || self.searching_port;
        let again = if searching { Duration::MAX } else { self.next_try };
        patience.map_or(again, |patience| patience.min(again))
    }

    /// Nothing of it comes to anything any more.
    pub(crate) fn close(&mut self, refuse: impl Fn() -> Error) {
        for (_, command) in std::mem::take(&mut self.waiting) {
            match command {
                Command::Begin(core, _) => self.refuse(&core, NotPerformedReason::Closed),
                Command::Ask(_, answer) => drop(answer.settle(Err(refuse()))),
                _ => {}
            }
        }
    }
}

fn no_journal(shared: &Shared) -> std::sync::MutexGuard<'_, Option<NotPerformedReason>> {
    shared.no_journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
