//! A terminal, the machine's clock, and the ends of its connections.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::pieces::Pieces;
use crate::event::Event;
use crate::terminal::{ConnectionId, Output, Terminal};

pub(super) type Listener = Box<dyn FnMut(&Event) + Send>;

/// The client's end of a connection.
pub(super) struct End {
    pub(super) id: ConnectionId,
    /// Bytes that were not read yet.
    pub(super) bytes: Vec<u8>,
    /// Whether it ended, and whether by a reset.
    pub(super) closed: Option<bool>,
    pub(super) waker: Option<Waker>,
}

pub(super) struct State {
    pub(super) terminal: Terminal,
    pub(super) ends: Vec<End>,
    /// When the terminal last wanted to be woken, which all who wait know.
    known: Option<Duration>,
    listeners: Vec<Listener>,
    listening: bool,
    /// In which pieces bytes leave.
    pub(super) pieces: Pieces,
}

impl State {
    pub(super) fn end(&mut self, id: ConnectionId) -> Option<&mut End> {
        self.ends.iter_mut().find(|end| end.id == id)
    }
}

pub(super) struct Hub {
    state: Mutex<State>,
    start: Instant,
    /// The terminal begins to refuse connections, or accepts them again.
    pub(super) listening_changed: Notify,
    /// The cable was pulled.
    pub(super) unplugged: Notify,
}

impl Hub {
    pub(super) fn new(terminal: Terminal) -> Self {
        let state = State {
            terminal,
            ends: Vec::new(),
            known: None,
            listeners: Vec::new(),
            listening: true,
            pieces: Pieces::default(),
        };
        Self {
            state: Mutex::new(state),
            start: Instant::now(),
            listening_changed: Notify::new(),
            unplugged: Notify::new(),
        }
    }

    /// Another terminal stands there from now on. Who was connected to the one before is cut off.
    pub(super) fn replace(&self, mut terminal: Terminal) {
        let mut wakers = Vec::new();
        let mut state = self.lock();
        terminal.number_after(&state.terminal);
        terminal.watch(!state.listeners.is_empty());
        state.terminal = terminal;
        for end in &mut state.ends {
            end.closed = Some(true);
            wakers.extend(end.waker.take());
        }
        self.spread(&mut state, &mut wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instant of a time of the terminal.
    pub(super) fn instant(&self, time: Duration) -> Instant {
        // A time beyond all clocks is never.
        self.start.checked_add(time).unwrap_or_else(|| self.start + Duration::from_secs(1 << 30))
    }

    pub(super) fn on_event(&self, listener: Listener) {
        let mut state = self.lock();
        state.terminal.watch(true);
        state.listeners.push(listener);
    }

    pub(super) fn set_pieces(&self, pieces: Pieces) {
        self.lock().pieces = pieces;
    }

    /// Does something with the terminal at the present time.
    pub(super) fn act<T>(&self, act: impl FnOnce(&mut Terminal, Duration) -> T) -> T {
        self.turn(None, |state, now| act(&mut state.terminal, now))
    }

    /// Lets time pass, does something, and brings what comes out to where it belongs. `looks` is the end whose
    /// reader looks itself, and need not be woken.
    pub(super) fn turn<T>(
        &self,
        looks: Option<ConnectionId>,
        act: impl FnOnce(&mut State, Duration) -> T,
    ) -> T {
        let mut wakers = Vec::new();
        let mut state = self.lock();
        if let Some(end) = looks.and_then(|id| state.end(id)) {
            end.waker = None;
        }
        let now = self.start.elapsed();
        state.terminal.advance(now);
        self.spread(&mut state, &mut wakers);
        let result = act(&mut state, now);
        self.spread(&mut state, &mut wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        result
    }

    fn spread(&self, state: &mut State, wakers: &mut Vec<Waker>) {
        while let Some(output) = state.terminal.poll_output() {
            match output {
                Output::Bytes { connection, bytes } => {
                    if let Some(end) = state.end(connection) {
                        if end.bytes.is_empty() {
                            end.bytes = bytes;
                        } else {
                            end.bytes.extend(bytes);
                        }
                        wakers.extend(end.waker.take());
                    }
                }
                Output::Close { connection, reset } => {
                    if let Some(end) = state.end(connection) {
                        end.closed = Some(reset);
                        wakers.extend(end.waker.take());
                    }
                }
                Output::Unplugged => self.unplugged.notify_waiters(),
            }
        }
        while let Some(event) = state.terminal.poll_event() {
            state.listeners.iter_mut().for_each(|listener| listener(&event));
        }
        let due = state.terminal.poll_timeout();
        if due != state.known {
            state.known = due;
            wakers.extend(state.ends.iter_mut().filter_map(|end| end.waker.take()));
        }
        let listening = state.terminal.is_listening();
        if listening != state.listening {
            state.listening = listening;
            self.listening_changed.notify_waiters();
        }
    }
}
