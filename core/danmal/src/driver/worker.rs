//! One terminal's worker: does what its session says, and tells the session what happened.

use std::collections::HashMap;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use danmal_journal::{Claim, Entry, Journal};
use danmal_model::{Error, ErrorCode, Profile};
use danmal_protocol::{CallId, Input, Line as LineKind, Now, OpenIntent, Output, Session};
use danmal_wire::{FrameDecoder, Response};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{Message, Queue, elapsed};
use crate::operation::Resolution;
use crate::shared::Shared;
use crate::transport::{Address, Line, WriteFailed};

/// What a worker begins with.
pub(crate) struct Setup {
    pub(crate) address: Address,
    pub(crate) terminal: String,
    pub(crate) profile: Profile,
    pub(crate) journal: Journal,
    /// What an earlier run left open.
    pub(crate) open: Vec<Entry>,
    pub(crate) claim: Claim,
    pub(crate) shared: Arc<Shared>,
    pub(crate) time_scale: f64,
}

struct Worker {
    session: Session,
    line: Option<Line>,
    attempt: u32,
    decoder: FrameDecoder,
    address: Address,
    profile: Profile,
    journal: Journal,
    shared: Arc<Shared>,
    time_scale: f64,
    start: Instant,
    queue: Queue,
    asks: HashMap<u64, oneshot::Sender<Result<Box<Response>, Error>>>,
    words: HashMap<u64, oneshot::Sender<Result<(), Error>>>,
    calls: u64,
    closed: bool,
}

/// Runs a terminal until it is closed. A panic in it ends this terminal alone.
pub(super) async fn run(
    setup: Setup,
    mut messages: mpsc::UnboundedReceiver<Message>,
    queue: Queue,
    start: Instant,
) {
    let Setup { address, terminal, profile, journal, open, claim, shared, time_scale } = setup;
    let now = Now { mono: elapsed(start), wall: Timestamp::now() };
    let session = Session::new(
        danmal_protocol::Setup {
            unsettled_stop: journal.book(|book| book.unsettled_stop(&terminal)),
            terminal,
            profile: profile.clone(),
            line: LineKind::Stream,
            simulated_address: matches!(address.place, crate::transport::Place::Simulator { .. }),
            simulated_journal: journal.is_simulated(),
            journal: journal.id(),
            digest_key: journal.digest_key(),
            open: open
                .into_iter()
                .map(|entry| OpenIntent {
                    intent: entry.intent,
                    seen: entry.seen,
                    unsettled_stops: entry.unsettled_stops,
                    overridden: entry.overridden.map(|(verdict, _)| verdict),
                })
                .collect(),
            safe_mode: journal.safe_mode(),
        },
        now,
    );
    let mut worker = Worker {
        session,
        line: None,
        attempt: 0,
        decoder: FrameDecoder::for_answers(danmal_model::FrameRules::default()),
        address,
        profile,
        journal,
        shared: Arc::clone(&shared),
        time_scale,
        start,
        queue,
        asks: HashMap::new(),
        words: HashMap::new(),
        calls: 0,
        closed: false,
    };
    worker.work(&mut messages).await;
    drop(worker);
    shared.fault_unsettled();
    // Until here nobody else may drive the terminal.
    drop(claim);
}

impl Worker {
    async fn work(&mut self, messages: &mut mpsc::UnboundedReceiver<Message>) {
        let mut buffer = vec![0; 4096];
        self.flush().await;
        while !self.closed {
            let due = self.session.deadline().map(|due| self.start + due);
            let read = async {
                match &mut self.line {
                    Some(line) => line.read(&mut buffer).await,
                    None => pending().await,
                }
            };
            let time = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due.into()).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                message = messages.recv() => match message {
                    Some(message) => self.message(message),
                    None => return,
                },
                read = read => match read {
                    Ok(count) if count > 0 => {
                        let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                        buffer.iter_mut().take(count).for_each(|byte| *byte = 0);
                        self.received(&bytes).await;
                    }
                    _ => {
                        self.line = None;
                        self.input(Input::Disconnected);
                    }
                },
                () = time => self.input(Input::Tick),
            }
            self.flush().await;
        }
    }

    fn now(&self) -> Now {
        Now { mono: elapsed(self.start), wall: Timestamp::now() }
    }

    /// A fault in the session ends this terminal: what ran is unknown, and the host goes on.
    fn input(&mut self, input: Input) {
        let now = self.now();
        let session = &mut self.session;
        if catch_unwind(AssertUnwindSafe(|| session.handle(input, now))).is_err() {
            tracing::error!("the session failed; the terminal is closed");
            self.closed = true;
        }
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Begin(order) => self.input(Input::Begin(order)),
            Message::RequestStop(ptxid) => self.input(Input::RequestStop(ptxid)),
            Message::Ask(request, answer) => {
                self.calls += 1;
                self.asks.insert(self.calls, answer);
                self.input(Input::Ask { call: CallId(self.calls), request });
            }
            Message::Override(ptxid, verdict, reason, answer) => {
                self.calls += 1;
                self.words.insert(self.calls, answer);
                self.input(Input::Override { call: CallId(self.calls), ptxid, verdict, reason });
            }
            Message::Accept(reason, answer) => {
                self.calls += 1;
                self.words.insert(self.calls, answer);
                self.input(Input::AcceptJournal { call: CallId(self.calls), reason });
            }
            Message::Recover => self.input(Input::Recover),
            Message::Close => self.input(Input::Close),
            Message::Committed(id, Ok(())) => self.input(Input::Committed(id)),
            Message::Committed(id, Err(detail)) => self.input(Input::CommitFailed { id, detail }),
            Message::Connected(attempt, result) if attempt == self.attempt => match result {
                Ok(line) => {
                    self.decoder.reset();
                    self.line = Some(line);
                    self.input(Input::Connected);
                }
                Err(error) => self.input(Input::ConnectFailed { detail: error.kind().to_string() }),
            },
            // A connection that came after it was given up.
            Message::Connected(_, Ok(line)) => line.abort(),
            Message::Connected(_, Err(_)) => {}
        }
    }

    async fn received(&mut self, bytes: &[u8]) {
        self.decoder.push(bytes);
        while let Some(item) = self.decoder.next() {
            match item {
                Ok(frame) => {
                    tracing::debug!(code = %frame.code(), bytes = frame.wire_bytes(), "received");
                    self.input(Input::Frame(frame));
                }
                Err(error) if error.is_fatal() => self.input(Input::Unreadable),
                Err(_) => self.input(Input::Noise),
            }
            self.flush().await;
            if self.line.is_none() || self.closed {
                return;
            }
        }
    }

    /// Does everything the session wants done, in order.
    async fn flush(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Connect => self.connect(),
                Output::Disconnect => {
                    self.attempt += 1;
                    self.decoder.reset();
                    if let Some(line) = self.line.take() {
                        line.abort();
                    }
                }
                Output::Send { code, bytes } => {
                    tracing::debug!(%code, bytes = bytes.len(), "sent");
                    self.send(&bytes).await;
                }
                Output::Commit { id, record } => {
                    let queue = self.queue.clone();
                    self.journal.commit(*record, move |result| {
                        let result = result.map_err(|error| error.0);
                        // The worker may have ended; then nobody waits for it.
                        let _ = queue.send(Message::Committed(id, result));
                    });
                }
                Output::Event(event) => {
                    self.show_status();
                    self.shared.event(*event);
                }
                Output::Outcome(outcome) => {
                    tracing::info!(ptxid = %outcome.id(), outcome = outcome.name(), "outcome");
                    self.show_status();
                    self.shared.outcome(*outcome);
                }
                Output::Resolution { ptxid, outcome, verdict } => {
                    self.show_status();
                    let resolution = match (outcome, verdict) {
                        (Some(outcome), _) => Resolution::Final(outcome),
                        (None, Some(verdict)) => Resolution::Operator(verdict),
                        (None, None) => continue,
                    };
                    self.shared.resolution(ptxid, resolution);
                }
                Output::Forget(ptxid) => self.journal.book(|book| book.forget(ptxid)),
                Output::Answer { call, result } => {
                    if let Some(answer) = self.asks.remove(&call.0) {
                        let _ = answer.send(result);
                    }
                }
                Output::Done { call, result } => {
                    if let Some(answer) = self.words.remove(&call.0) {
                        let _ = answer.send(result);
                    }
                }
                Output::Closed => self.closed = true,
            }
        }
        self.show_status();
    }

    fn show_status(&self) {
        let work = if self.closed { danmal_model::Work::Closed } else { self.session.work() };
        self.shared.status(self.session.is_connected(), work, self.session.capabilities());
    }

    fn connect(&mut self) {
        self.attempt += 1;
        let (attempt, queue) = (self.attempt, self.queue.clone());
        let (address, limit, scale) = (self.address.clone(), self.profile.durations.connect, self.time_scale);
        tokio::task::spawn_local(async move {
            let result = Line::connect(&address, limit, scale).await;
            let _ = queue.send(Message::Connected(attempt, result));
        });
    }

    async fn send(&mut self, bytes: &[u8]) {
        let limit = self.profile.durations.question;
        let Some(line) = &mut self.line else { return };
        match line.write(bytes, limit).await {
            Ok(()) => {}
            Err(failed) => {
                self.line = None;
                if matches!(failed, WriteFailed::Nothing) {
                    self.input(Input::NothingSent);
                }
                self.input(Input::Disconnected);
            }
        }
    }
}

impl Drop for Worker {
    /// Whoever still waits for an answer learns that none will come.
    fn drop(&mut self) {
        let closed = || Error::new(ErrorCode::Closed, "the terminal was closed", "connect again");
        for (_, answer) in self.asks.drain() {
            let _ = answer.send(Err(closed()));
        }
        for (_, answer) in self.words.drain() {
            let _ = answer.send(Err(closed()));
        }
        self.shared.status(false, danmal_model::Work::Closed, self.session.capabilities());
    }
}
