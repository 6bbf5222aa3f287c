//! A connection that the caller makes: Android's own USB API, a tunnel, a test.

use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use danmal_protocol::Line;

use super::pump::{NoWay, Port};

/// One open connection to a terminal. It is used by one thread of danmal's, which alternates short reads and
/// writes; only its [`Close`] is used from another.
///
/// A connection that panics is taken for one that ended.
pub trait Transport: Send {
    /// Reads what has arrived, waiting at most so long for the first byte. `Ok(0)` is the end of the
    /// connection.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] or [`io::ErrorKind::WouldBlock`] where nothing arrived in time; any other
    /// is the end of the connection.
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize>;

    /// Hands bytes to the system, waiting at most so long, and says how many it took. It must not say fewer:
    /// of bytes that it took none, danmal believes that none has left.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] or [`io::ErrorKind::WouldBlock`] where none could be taken in time; any
    /// other is the end of the connection.
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<usize>;

    /// What ends the connection from another thread. Asked for once, before the first read.
    fn closer(&mut self) -> Arc<dyn Close>;
}

/// Ends a connection from another thread: a read or a write that is waiting returns soon. It may be called
/// more than once, and after the connection has ended by itself.
pub trait Close: Send + Sync {
    /// Ends the connection for good: what has arrived and was not read is lost.
    fn close(&self);
}

/// Makes connections to one terminal, one after the other.
pub trait Connect: Send {
    /// Makes a connection, in at most so long. It begins with nothing of an earlier one in it.
    ///
    /// # Errors
    /// Why there is none; the text is shown to the cashier.
    fn connect(&mut self, timeout: Duration) -> io::Result<Box<dyn Transport>>;
}

impl<F> Connect for F
where
    F: FnMut(Duration) -> io::Result<Box<dyn Transport>> + Send,
{
    fn connect(&mut self, timeout: Duration) -> io::Result<Box<dyn Transport>> {
        self(timeout)
    }
}

/// A terminal that is reached through the caller's own [`Connect`].
pub struct Endpoint {
    pub(crate) key: String,
    pub(crate) line: Line,
    pub(crate) simulated: bool,
    pub(crate) connect: Box<dyn Connect>,
}

impl Endpoint {
    /// A terminal by its key: what names the device itself and no other, the same in every process and after
    /// every restart, for instance `android-usb:0403:6001:A5XK3RJT`. Two tills with one key keep each other
    /// out (rule 4); two keys for one device would let them charge it at once.
    #[must_use]
    pub fn new(key: impl Into<String>, connect: impl Connect + 'static) -> Self {
        Self { key: key.into(), line: Line::Stream, simulated: false, connect: Box::new(connect) }
    }

    /// The kind of line. On a serial one bytes of before may still arrive, so danmal waits until it is quiet.
    /// A stream unless told.
    #[must_use]
    pub fn line(mut self, line: Line) -> Self {
        self.line = line;
        self
    }

    /// A danmal-simulator stands there: play money.
    #[must_use]
    pub fn simulated(mut self, simulated: bool) -> Self {
        self.simulated = simulated;
        self
    }
}

/// A caller's connections, as the pump uses them.
pub(crate) struct Foreign {
    pub(crate) key: String,
    pub(crate) connect: Box<dyn Connect>,
}

impl Port for Foreign {
    fn locate(&mut self) -> Result<String, String> {
        Ok(self.key.clone())
    }

    fn open(&mut self, _keys: &[String], timeout: Duration) -> Result<(Box<dyn Transport>, String), NoWay> {
        // An error may be a caller's own: its words, and dropping it, are a caller's code too.
        let transport = self.connect.connect(timeout).map_err(|error| NoWay::Failed(error.to_string()))?;
        Ok((transport, self.key.clone()))
    }
}
