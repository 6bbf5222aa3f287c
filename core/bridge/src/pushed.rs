//! A transport of an event-driven language: it is told to connect, to write and to close, and says what happened.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use danmal::{Close, Connect, Endpoint, Line, Transport};

/// What the language does for a terminal. Each call comes from a thread of danmal's and returns at once; what
/// it leads to is said to [`Pushed`].
pub trait Hands: Send + Sync + 'static {
    /// Make a connection, under this number.
    fn connect(&self, number: u32);
    /// Write bytes to a connection. They are taken for sent: a write that fails ends the connection.
    fn write(&self, number: u32, bytes: &[u8]);
    /// End a connection.
    fn close(&self, number: u32);
}

#[derive(Default)]
struct State {
    /// The connection of now.
    number: u32,
    opened: bool,
    /// Why there is none, or why it ended.
    ended: Option<String>,
    arrived: VecDeque<u8>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    hands: Box<dyn Hands>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something is there or time is up.
    fn wait(&self, timeout: Duration, ready: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let until = Instant::now() + timeout;
        let mut state = self.lock();
        while !ready(&state) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }
}

/// What the language says of its connections. What is said of an earlier one is not heard.
#[derive(Clone)]
pub struct Pushed(Arc<Shared>);

impl Pushed {
    /// Connections that these hands make.
    #[must_use]
    pub fn new(hands: impl Hands) -> Self {
        let shared = Shared { state: Mutex::default(), changed: Condvar::new(), hands: Box::new(hands) };
        Self(Arc::new(shared))
    }

    /// The terminal at the end of these connections, by its key.
    #[must_use]
    pub fn endpoint(&self, key: &str, serial: bool, simulated: bool) -> Endpoint {
        let line = if serial { Line::Serial } else { Line::Stream };
        Endpoint::new(key, Connecting(self.0.clone())).line(line).simulated(simulated)
    }

    /// The connection stands.
    pub fn opened(&self, number: u32) {
        self.say(number, |state| state.opened = true);
    }

    /// Bytes have arrived.
    pub fn arrived(&self, number: u32, bytes: &[u8]) {
        self.say(number, |state| state.arrived.extend(bytes));
    }

    /// There is no connection, or none any more. The text is shown to the cashier.
    pub fn ended(&self, number: u32, why: &str) {
        self.say(number, |state| state.ended = Some(why.to_owned()));
    }

    fn say(&self, number: u32, say: impl FnOnce(&mut State)) {
        let mut state = self.0.lock();
        if state.number == number && state.ended.is_none() {
            say(&mut state);
            self.0.changed.notify_all();
        }
    }
}

struct Connecting(Arc<Shared>);

impl Connect for Connecting {
    fn connect(&mut self, timeout: Duration) -> io::Result<Box<dyn Transport>> {
        let number = {
            let mut state = self.0.lock();
            *state = State { number: state.number.wrapping_add(1), ..State::default() };
            state.number
        };
        self.0.hands.connect(number);
        let mut state = self.0.wait(timeout, |state| state.opened || state.ended.is_some());
        if state.opened && state.ended.is_none() {
            drop(state);
            return Ok(Box::new(Connection { shared: self.0.clone(), number }));
        }
        let why = state.ended.get_or_insert_with(|| "no connection in time".to_owned()).clone();
        drop(state);
        self.0.hands.close(number);
        Err(io::Error::other(why))
    }
}

struct Connection {
    shared: Arc<Shared>,
    number: u32,
}

impl Transport for Connection {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let mut state = self.shared.wait(timeout, |state| !state.arrived.is_empty() || state.ended.is_some());
        if state.arrived.is_empty() {
            return if state.ended.is_some() { Ok(0) } else { Err(io::ErrorKind::TimedOut.into()) };
        }
        let taken = state.arrived.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(state.arrived.iter_mut()) {
            // What has been taken does not stay behind in the queue's memory.
            *place = std::mem::take(byte);
        }
        state.arrived.drain(..taken);
        Ok(taken)
    }

    fn write(&mut self, bytes: &[u8], _timeout: Duration) -> io::Result<usize> {
        if self.shared.lock().ended.is_some() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.shared.hands.write(self.number, bytes);
        Ok(bytes.len())
    }

    fn closer(&mut self) -> Arc<dyn Close> {
        Arc::new(Closing { shared: self.shared.clone(), number: self.number })
    }
}

struct Closing {
    shared: Arc<Shared>,
    number: u32,
}

impl Close for Closing {
    fn close(&self) {
        Pushed(self.shared.clone()).ended(self.number, "closed");
        self.shared.hands.close(self.number);
    }
}
