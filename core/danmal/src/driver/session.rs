//! A terminal with a session: does what the session says, and tells it what happened. It decides nothing.

mod elsewhere;

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use danmal_journal::Claim;
use danmal_model::{Event, Fact, Outcome, Ptxid, Verdict, Work};
use danmal_protocol::{CallId, Input, Now, Output, Session};
use danmal_wire::{Code, EncodeRules, FrameDecoder, Pending};
use zeroize::Zeroizing;

use elsewhere::moved_to;

use super::link::{Broken, Link, attach, connect_tcp};
use super::opening::{Opened, Opening, Place};
use super::{Answer, Clock, Command, Done, Gone, Learnt};
use crate::guard::log;
use crate::ledger::Ledger;
use crate::operation::{Core, End};
use crate::shared::{Shared, refusal};
use crate::transport::{Close, NoWay, Order, Report};

/// A port that does not end a connection in so long is ended from another thread.
const PORT_PATIENCE: Duration = Duration::from_secs(1);

/// A connection that a port's thread was told to end.
struct Ending {
    number: u32,
    closer: Arc<dyn Close>,
    due: Duration,
}

/// A terminal with a session.
pub(crate) struct Running {
    pub(crate) shared: Arc<Shared>,
    ledger: Arc<Ledger>,
    session: Session,
    /// What the session has not been told yet.
    happened: VecDeque<Input>,
    /// Whether the session's wishes are being done, further up the stack.
    going_on: bool,
    link: Link,
    decoder: FrameDecoder,
    /// A header that says to have no body is taken at its word then, if no body comes.
    bare_at: Option<Duration>,
    place: Place,
    /// Connections of a port, counted.
    number: u32,
    ending: Option<Ending>,
    /// The operation that was spoken of last.
    current: Option<Arc<Core>>,
    answers: HashMap<CallId, Answer>,
    dones: HashMap<CallId, Done>,
    calls: u64,
    /// Rows of which it is not known yet whether they are durable.
    rows: u32,
    time_scale: f64,
    pub(crate) now: Now,
    pub(crate) closed: bool,
    /// While it is held nobody else may drive the terminal.
    claim: Claim,
    /// What the address leads to now, where that is another device by its key, claimed for as long as the fate of
    /// an open operation may be found there. No money is asked of it.
    elsewhere: Option<Claim>,
    /// Whether the connection leads there.
    strays: bool,
    /// The address leads to a device with this key, and nothing is open where it led before.
    moved: Option<String>,
}

impl Running {
    /// The session begins; what was asked meanwhile was asked then.
    pub(crate) fn new(opening: Opening, opened: Opened, clock: Clock, cx: &mut Context<'_>) -> Self {
        let Opening { shared, place, frames, time_scale, closing, number, .. } = opening;
        let Opened { setup, ended, claim, ledger, waiting } = opened;
        let now = clock.now();
        let since = waiting.first().map_or(now.mono, |(since, _)| (*since).min(now.mono));
        let began = Now { mono: since, wall: now.wall };
        let mut session = Session::new(setup, began);
        session.set_encode_rules(EncodeRules::from(&frames));
        session.remember_ended(ended);
        let mut running = Self {
            session,
            happened: VecDeque::new(),
            going_on: false,
            shared,
            ledger,
            link: Link::Down,
            decoder: FrameDecoder::for_answers(frames),
            bare_at: None,
            place,
            number,
            ending: None,
            current: None,
            answers: HashMap::new(),
            dones: HashMap::new(),
            calls: 0,
            rows: 0,
            time_scale,
            now: began,
            closed: false,
            claim,
            elsewhere: None,
            strays: false,
            moved: None,
        };
        // Money that waits is the first thing that the session hears of: until then its status would deny it.
        let (money, others): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, command)| matches!(command, Command::Begin(..)));
        if money.is_empty() {
            running.publish();
            running.go_on(cx);
        }
        for (since, command) in money.into_iter().chain(others) {
            running.now.mono = since.max(running.now.mono);
            running.command(cx, command);
        }
        running.now = now;
        if closing {
            running.command(cx, Command::Close);
        }
        running
    }

    /// Tells the session what happened, and does what it wants done.
    pub(crate) fn input(&mut self, cx: &mut Context<'_>, input: Input) {
        self.happened.push_back(input);
        self.go_on(cx);
    }

    /// The status is there before the event of its change, and what was learnt before the answer that taught it.
    fn publish(&self) {
        self.shared.learn(self.session.capabilities());
        self.shared.publish(self.session.is_connected(), self.session.is_simulated(), self.session.work());
    }

    pub(crate) fn command(&mut self, cx: &mut Context<'_>, command: Command) {
        if matches!(command, Command::Committed(..)) {
            self.rows = self.rows.saturating_sub(1);
        }
        match command {
            Command::Committed(id, Ok(())) => self.input(cx, Input::Committed(id)),
            Command::Committed(id, Err(detail)) => {
                log(|| tracing::error!(terminal = self.shared.number, "a row was not written"));
                self.input(cx, Input::CommitFailed { id, detail });
            }
            Command::Begin(core, mut order) => {
                // It may have been asked before the terminal's key was known.
                if let Some(key) = self.shared.key.get()
                    && order.intent.terminal != *key
                {
                    order.intent.terminal.clone_from(key);
                }
                self.current = Some(core);
                self.input(cx, Input::Begin(order));
            }
            Command::RequestStop(ptxid) => self.input(cx, Input::RequestStop(ptxid)),
            Command::Ask(request, answer) => {
                let call = self.call();
                self.answers.insert(call, answer);
                self.input(cx, Input::Ask { call, request });
            }
            Command::Override { ptxid, verdict, reason, done } => {
                let call = self.call();
                self.dones.insert(call, done);
                self.input(cx, Input::Override { call, ptxid, verdict, reason });
            }
            Command::Accept { reason, done } => {
                let call = self.call();
                self.dones.insert(call, done);
                self.input(cx, Input::AcceptJournal { call, reason });
            }
            Command::Learnt(answer) => {
                let frames = self.decoder.learnt().clone();
                let pinned = frames.pin(self.decoder.rules());
                answer.settle(Ok(Some(Learnt { frames, pinned })));
            }
            Command::Recover => self.input(cx, Input::Recover),
            Command::Close => self.input(cx, Input::Close),
            Command::Port(report) => self.port(cx, report),
            #[cfg(any(test, feature = "torture"))]
            Command::Panic => panic!("a test wants it"),
        }
    }

    fn call(&mut self) -> CallId {
        self.calls += 1;
        CallId(self.calls)
    }

    /// Does everything that the session wants done, in order. What comes of one thing is told before the next is
    /// done: a connection that breaks at the first byte would otherwise break the one that replaces it.
    fn go_on(&mut self, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.going_on, true) {
            return;
        }
        loop {
            if let Some(input) = self.happened.pop_front() {
                let begun = if let Input::Begin(order) = &input { Some(order.intent.ptxid) } else { None };
                self.session.handle(input, self.now);
                self.publish();
                if let Some(ptxid) = begun {
                    self.shared.taken(ptxid);
                }
                continue;
            }
            let Some(output) = self.session.poll() else { break };
            match output {
                Output::Commit { id, record } => {
                    if self.strays && matches!(record.fact, Fact::Intent(_)) {
                        // Before its first byte: the connection is not one that money may use.
                        self.disconnect();
                        let detail = moved_to(self.elsewhere.as_ref().map_or("", Claim::terminal));
                        self.happened.extend([Input::Disconnected, Input::CommitFailed { id, detail }]);
                        continue;
                    }
                    let mark = self.claim.update_for(&record, &self.ledger.journal);
                    self.rows += 1;
                    self.ledger.commit(id, *record, mark, &self.shared.mailbox);
                }
                Output::Send { code, bytes } => self.send(cx, code, bytes),
                Output::Event(event) => self.show(*event),
                Output::Outcome(outcome) => self.outcome(*outcome),
                Output::Connect => self.connect(cx),
                Output::Disconnect => self.disconnect(),
                Output::Resolution { ptxid, outcome, verdict } => {
                    self.resolution(ptxid, outcome, verdict);
                }
                Output::Reinstated(intent) => self.ledger.reinstate(*intent, &self.shared),
                Output::Forget(ptxid) => self.ledger.forget(ptxid),
                Output::Answer { call, result } => {
                    if let Some(answer) = self.answers.remove(&call) {
                        answer.settle(result.map(|response| Arc::new(*response)));
                    }
                }
                Output::Done { call, result } => {
                    if let Some(done) = self.dones.remove(&call) {
                        done.settle(result);
                    }
                }
                Output::Closed => self.closed = true,
            }
        }
        if self.strays && matches!(self.link, Link::Stream { .. } | Link::Port { .. }) && !self.is_open_here()
        {
            self.disconnect();
            self.happened.push_back(Input::Disconnected);
            self.going_on = false;
            return self.go_on(cx);
        }
        self.going_on = false;
    }

    // ---- the connection ----

    fn connect(&mut self, cx: &mut Context<'_>) {
        self.decoder.reset();
        self.bare_at = None;
        self.strays = false;
        if self.elsewhere.is_some() && !self.is_open_here() {
            self.elsewhere = None;
        }
        let claims = std::iter::once(&self.claim).chain(&self.elsewhere);
        let keys = claims.map(|claim| claim.terminal().to_owned()).collect();
        let until = self.now.mono + self.shared.profile.durations.connect;
        match &self.place {
            Place::Tcp { host, port } => {
                let attempt = Box::pin(connect_tcp(host.clone(), *port, keys));
                self.link = Link::Connecting { attempt, until };
            }
            Place::Simulator { name } => match attach(name, self.time_scale) {
                Ok(stream) => {
                    self.link = Link::Stream { stream, unsent: Default::default() };
                    self.input(cx, Input::Connected);
                }
                Err(detail) => self.input(cx, Input::ConnectFailed { detail }),
            },
            Place::Port { .. } => {
                self.number += 1;
                let number = self.number;
                let timeout = self.shared.profile.durations.connect;
                match self.place.order(&self.shared, Order::Open { number, keys, timeout }) {
                    // A port that is opened takes its time beside what it was given.
                    Ok(()) => self.link = Link::Opening { number, until: until + PORT_PATIENCE },
                    Err(detail) => self.input(cx, Input::ConnectFailed { detail }),
                }
            }
        }
    }

    fn disconnect(&mut self) {
        self.decoder.reset();
        if let Link::Port { number, closer } = &self.link {
            let number = *number;
            self.ending = Some(Ending { number, closer: closer.clone(), due: self.now.mono + PORT_PATIENCE });
            // A thread that has ended has ended its connection.
            let _ = self.place.order(&self.shared, Order::Close { number });
        }
        self.link.abort();
    }

    fn send(&mut self, cx: &mut Context<'_>, code: Code, bytes: Zeroizing<Vec<u8>>) {
        log(|| tracing::debug!(terminal = self.shared.number, %code, bytes = bytes.len(), "sent"));
        if let Link::Port { number, .. } = &self.link {
            let number = *number;
            let money = code.is_money();
            if self.place.order(&self.shared, Order::Write { number, money, bytes }).is_err() {
                self.broke(cx, Broken { money_unsent: money });
            }
            return;
        }
        if let Err(broken) = self.link.send(cx, code, bytes) {
            self.broke(cx, broken);
        }
    }

    /// The connection ended by itself.
    fn broke(&mut self, cx: &mut Context<'_>, broken: Broken) {
        self.link.abort();
        self.decoder.reset();
        if broken.money_unsent {
            self.input(cx, Input::NothingSent);
        }
        self.input(cx, Input::Disconnected);
    }

    /// What the connection has to say. Whether it had something.
    pub(crate) fn poll_link(&mut self, cx: &mut Context<'_>) -> bool {
        match &mut self.link {
            Link::Down | Link::Opening { .. } | Link::Port { .. } => false,
            Link::Connecting { attempt, .. } => match attempt.as_mut().poll(cx) {
                Poll::Pending => false,
                Poll::Ready(Ok((stream, key))) => {
                    self.link = Link::Stream { stream, unsent: Default::default() };
                    self.connected(cx, &key);
                    true
                }
                Poll::Ready(Err(NoWay::Elsewhere(key))) => {
                    self.leads_elsewhere(cx, key);
                    true
                }
                Poll::Ready(Err(NoWay::Failed(detail))) => {
                    self.link = Link::Down;
                    self.input(cx, Input::ConnectFailed { detail });
                    true
                }
            },
            Link::Stream { .. } => {
                if let Err(broken) = self.link.flush(cx) {
                    self.broke(cx, broken);
                    return true;
                }
                let decoder = &mut self.decoder;
                match self.link.receive(cx, |bytes| decoder.push(bytes)) {
                    Ok(false) => false,
                    Ok(true) => {
                        self.frames(cx);
                        true
                    }
                    Err(broken) => {
                        self.broke(cx, broken);
                        true
                    }
                }
            }
        }
    }

    /// Hands every whole frame to the session.
    fn frames(&mut self, cx: &mut Context<'_>) {
        let mut said = false;
        while let Some(item) = self.decoder.next() {
            match item {
                Ok(frame) => {
                    log(|| {
                        tracing::debug!(
                            terminal = self.shared.number,
                            code = %frame.code(),
                            bytes = frame.wire_bytes(),
                            "received"
                        );
                    });
                    self.input(cx, Input::Frame(frame));
                }
                Err(error) => {
                    log(|| tracing::warn!(terminal = self.shared.number, %error, "not a frame"));
                    said = true;
                    self.input(cx, if error.is_fatal() { Input::Unreadable } else { Input::Noise });
                }
            }
            if self.closed {
                return;
            }
        }
        // Some devices declare no length worth the name and send a body nevertheless, soon.
        self.bare_at = match self.decoder.pending() {
            Pending::Behind(_) => Some(self.now.mono + self.shared.profile.durations.question),
            _ => None,
        };
        // What arrives while the next frame is looked for is noise too, and says that somebody still talks.
        if !said && self.decoder.pending() == Pending::Boundary {
            self.input(cx, Input::Noise);
        }
    }

    /// What the thread of a port says.
    fn port(&mut self, cx: &mut Context<'_>, report: Report) {
        match (report, &self.link) {
            (Report::Opened { number, result }, Link::Opening { number: expected, .. })
                if number == *expected =>
            {
                match result {
                    Ok((closer, key)) => {
                        self.ending = None;
                        self.link = Link::Port { number, closer };
                        self.connected(cx, &key);
                    }
                    Err(NoWay::Elsewhere(key)) => {
                        self.ending = None;
                        self.leads_elsewhere(cx, key);
                    }
                    Err(NoWay::Failed(detail)) => {
                        self.link = Link::Down;
                        self.input(cx, Input::ConnectFailed { detail });
                    }
                }
            }
            // A connection that came after it was given up.
            (Report::Opened { number, result: Ok(_) }, _) => {
                let _ = self.place.order(&self.shared, Order::Close { number });
            }
            (Report::Read { number, bytes, ahead }, Link::Port { number: expected, .. })
                if number == *expected =>
            {
                self.decoder.push(&bytes);
                drop(ahead);
                self.frames(cx);
            }
            (Report::Ended { number, money_unsent }, Link::Port { number: expected, .. })
                if number == *expected =>
            {
                self.broke(cx, Broken { money_unsent });
            }
            (Report::Closed { number }, _) => {
                self.ending.take_if(|ending| ending.number == number);
            }
            _ => {}
        }
    }

    // ---- time ----

    /// When something is due by time alone.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let link = match &self.link {
            Link::Connecting { until, .. } | Link::Opening { until, .. } => Some(*until),
            _ => None,
        };
        let ending = self.ending.as_ref().map(|ending| ending.due);
        [self.session.deadline(), link, ending, self.bare_at].into_iter().flatten().min()
    }

    pub(crate) fn tick(&mut self, cx: &mut Context<'_>) {
        let now = self.now.mono;
        if let Some(ending) = self.ending.take_if(|ending| now >= ending.due) {
            // The thread of the port hangs in a caller's code: what ends it may hang too.
            let closer = ending.closer;
            let started =
                std::thread::Builder::new().name("danmal-close".to_owned()).spawn(move || closer.close());
            if started.is_err() {
                log(|| tracing::warn!(terminal = self.shared.number, "no thread to end a connection with"));
            }
        }
        if self.bare_at.take_if(|at| now >= *at).is_some()
            && let Some(frame) = self.decoder.release_held()
        {
            log(
                || tracing::debug!(terminal = self.shared.number, code = %frame.code(), "received without a body"),
            );
            self.input(cx, Input::Frame(frame));
        }
        match &self.link {
            Link::Connecting { until, .. } | Link::Opening { until, .. } if now >= *until => {
                self.link = Link::Down;
                let detail = "no answer to the connection".to_owned();
                self.input(cx, Input::ConnectFailed { detail });
            }
            _ => {}
        }
        if self.session.deadline().is_some_and(|due| now >= due) {
            self.input(cx, Input::Tick);
        }
    }

    // ---- the watchers ----

    fn core(&mut self, ptxid: Ptxid) -> Option<Arc<Core>> {
        match &self.current {
            Some(core) if core.id() == ptxid => Some(core.clone()),
            _ => {
                let found = self.ledger.find(ptxid)?;
                self.current = Some(found.clone());
                Some(found)
            }
        }
    }

    fn show(&mut self, event: Event) {
        let operation = event.operation;
        let event = Arc::new(event);
        if let Some(core) = operation.and_then(|ptxid| self.core(ptxid)) {
            core.show(event.clone());
        }
        self.shared.feed.push(event);
    }

    fn outcome(&mut self, outcome: Outcome) {
        log(
            || tracing::info!(terminal = self.shared.number, ptxid = %outcome.id(), outcome = outcome.name(), "outcome"),
        );
        let ptxid = outcome.id();
        let Some(core) = self.core(ptxid) else { return };
        if outcome.is_final() {
            self.ledger.done(ptxid);
            self.current = None;
        }
        core.settle(outcome);
    }

    fn resolution(&mut self, ptxid: Ptxid, outcome: Option<Box<Outcome>>, verdict: Option<Verdict>) {
        let end = match (outcome, verdict) {
            (Some(outcome), _) => End::Final(Arc::new(*outcome)),
            (None, Some(verdict)) => End::Operator(verdict),
            (None, None) => return,
        };
        log(|| tracing::info!(terminal = self.shared.number, %ptxid, "resolved"));
        let core = self.core(ptxid);
        self.ledger.done(ptxid);
        self.current = None;
        if let Some(core) = core {
            core.resolve(end);
        }
    }

    /// The end, in the ordinary way or by a fault: nobody waits for what will not come.
    pub(crate) fn end(mut self, gone: Gone) {
        self.disconnect();
        self.shared.publish(false, self.session_simulated(gone), Work::Closed);
        for (_, answer) in self.answers.drain() {
            answer.settle(Err(refusal(gone)));
        }
        for (_, done) in self.dones.drain() {
            done.settle(Err(refusal(gone)));
        }
    }

    /// After a fault the session is not asked any more.
    fn session_simulated(&self, gone: Gone) -> bool {
        match gone {
            Gone::Closed => self.session.is_simulated(),
            Gone::Fault => self.shared.simulated,
        }
    }
}

/// An attempt to connect is polled by one task alone.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Pin<Box<Running>>>();
};
