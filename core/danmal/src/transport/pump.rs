//! The thread of a connection that blocks: it alternates short reads and writes, so that nobody else waits
//! for a port or for a caller's code.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use zeroize::{Zeroize, Zeroizing};

use super::foreign::{Close, Transport};
use crate::guard::guarded;

/// How long one read waits, by how long ago something last came or went. A request that comes meanwhile waits
/// as long, so right after an answer, which the next request usually follows at once, reads are the shortest.
const READS: [(Duration, Duration); 2] = [
    (Duration::from_millis(20), Duration::from_millis(1)),
    (Duration::from_secs(3), Duration::from_millis(5)),
];
/// How long one read waits on a line that has been quiet for longer.
const IDLE_READ: Duration = Duration::from_millis(25);
/// A frame that is not taken in so long is the end of the connection.
const WRITE: Duration = Duration::from_secs(3);
/// What is said of a caller's code that panicked.
const PANICKED: &str = "the transport panicked";
/// Bytes that one read takes at most.
const PIECE: usize = 4096;
/// So many reads may wait for the driver; then nothing more is read (M1). A terminal's answer is one or two.
const AHEAD: usize = 16;
/// How long before it is looked again whether the driver has caught up.
const CATCH_UP: Duration = Duration::from_millis(2);

/// What makes connections and says which device they lead to.
pub(crate) trait Port: Send {
    /// The canonical key of the device that is there now.
    fn locate(&mut self) -> Result<String, String>;

    /// Makes a connection to a device with one of these keys, and says with which.
    fn open(&mut self, keys: &[String], timeout: Duration) -> Result<(Box<dyn Transport>, String), NoWay>;
}

/// Why there is no connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// The text says why.
    Failed(String),
    /// The address leads to a device with this key now, which nobody has claimed.
    Elsewhere(String),
}

/// A connection that was made: what ends it, and the key of the device.
pub(crate) type Made = (Arc<dyn Close>, String);

/// What the driver wants of the thread. Connections are numbered, so that nothing is said of an old one.
pub(crate) enum Order {
    Locate,
    Open {
        number: u32,
        /// Those that may be connected to.
        keys: Vec<String>,
        timeout: Duration,
    },
    /// A frame; `money`: a request that moves money.
    Write {
        number: u32,
        money: bool,
        bytes: Zeroizing<Vec<u8>>,
    },
    Close {
        number: u32,
    },
}

/// What the thread tells the driver.
pub(crate) enum Report {
    Located(Result<String, String>),
    Opened {
        number: u32,
        result: Result<Made, NoWay>,
    },
    Read {
        number: u32,
        bytes: Zeroizing<Vec<u8>>,
        /// Until it is dropped the read counts as not worked off.
        ahead: Ahead,
    },
    /// The connection ended by itself. `money_unsent`: not one byte of a money request was taken.
    Ended {
        number: u32,
        money_unsent: bool,
    },
    /// The connection was ended as ordered.
    Closed {
        number: u32,
    },
}

/// One read that the driver has not worked off.
pub(crate) struct Ahead(Arc<AtomicUsize>);

impl Ahead {
    fn count(of: &Arc<AtomicUsize>) -> Self {
        of.fetch_add(1, Ordering::AcqRel);
        Self(of.clone())
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The driver's end of the thread. The thread ends when it is dropped.
pub(crate) struct Pump {
    orders: Sender<Order>,
}

impl Pump {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(crate) fn start(
        port: Box<dyn Port>,
        report: impl Fn(Report) + Send + 'static,
    ) -> Result<Self, (io::Error, Option<Box<dyn Port>>)> {
        let (orders, received) = channel();
        let mut slot = Some(port);
        // The port comes back if there is no thread for it: it is handed over once the thread runs.
        let (hand, take) = channel::<Box<dyn Port>>();
        let started = std::thread::Builder::new().name("danmal-port".to_owned()).spawn(move || {
            if let Ok(port) = take.recv() {
                Worker { port, report, received, open: None, ahead: Arc::default() }.run();
            }
        });
        match started {
            Ok(_) => {
                if let Some(port) = slot.take() {
                    let _ = hand.send(port);
                }
                Ok(Self { orders })
            }
            Err(error) => Err((error, slot)),
        }
    }

    /// Gives an order. False where the thread is gone.
    pub(crate) fn order(&self, order: Order) -> bool {
        self.orders.send(order).is_ok()
    }
}

struct Open {
    number: u32,
    transport: Box<dyn Transport>,
    closer: Arc<dyn Close>,
    /// When something last came or went.
    active: Instant,
}

struct Worker<R> {
    port: Box<dyn Port>,
    report: R,
    received: Receiver<Order>,
    open: Option<Open>,
    /// Reads that the driver has not worked off.
    ahead: Arc<AtomicUsize>,
}

impl<R: Fn(Report)> Worker<R> {
    fn run(mut self) {
        let mut buffer = Zeroizing::new(vec![0; PIECE]);
        loop {
            let order = if self.open.is_some() && self.ahead.load(Ordering::Acquire) >= AHEAD {
                match self.received.recv_timeout(CATCH_UP) {
                    Ok(order) => Some(order),
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => return self.close(),
                }
            } else if self.open.is_some() {
                match self.received.try_recv() {
                    Ok(order) => Some(order),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return self.close(),
                }
            } else {
                match self.received.recv() {
                    Ok(order) => Some(order),
                    Err(_) => return,
                }
            };
            match order {
                Some(order) => self.obey(order),
                None => self.read(&mut buffer),
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Locate => {
                let port = &mut self.port;
                let located = guarded(|| port.locate()).unwrap_or_else(|| Err(PANICKED.to_owned()));
                (self.report)(Report::Located(located));
            }
            Order::Open { number, keys, timeout } => {
                self.close();
                let result = self.connect(number, &keys, timeout);
                (self.report)(Report::Opened { number, result });
            }
            Order::Write { number, money, bytes } => self.write(number, money, &bytes),
            Order::Close { number } => {
                if self.open.as_ref().is_some_and(|open| open.number == number) {
                    self.close();
                }
                (self.report)(Report::Closed { number });
            }
        }
    }

    fn connect(&mut self, number: u32, keys: &[String], timeout: Duration) -> Result<Made, NoWay> {
        let port = &mut self.port;
        let made = guarded(|| {
            let (mut transport, key) = port.open(keys, timeout)?;
            let closer = transport.closer();
            Ok::<_, NoWay>((transport, closer, key))
        });
        let (transport, closer, key) = made.unwrap_or_else(|| Err(NoWay::Failed(PANICKED.to_owned())))?;
        self.open = Some(Open { number, transport, closer: closer.clone(), active: Instant::now() });
        Ok((closer, key))
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            let _ = guarded(move || {
                open.closer.close();
                drop(open.transport);
            });
        }
    }

    fn ended(&mut self, number: u32, money_unsent: bool) {
        self.close();
        (self.report)(Report::Ended { number, money_unsent });
    }

    /// One short read.
    fn read(&mut self, buffer: &mut [u8]) {
        let Some(open) = &mut self.open else { return };
        let number = open.number;
        let quiet = open.active.elapsed();
        let timeout = READS.iter().find(|(until, _)| quiet < *until).map_or(IDLE_READ, |(_, read)| *read);
        let transport = &mut open.transport;
        match kind_of(|| transport.read(buffer, timeout)).unwrap_or(Err(io::ErrorKind::Other)) {
            Ok(read) if (1..=buffer.len()).contains(&read) => {
                open.active = Instant::now();
                let piece = buffer.get_mut(..read).unwrap_or_default();
                let bytes = Zeroizing::new(piece.to_vec());
                piece.zeroize();
                let ahead = Ahead::count(&self.ahead);
                (self.report)(Report::Read { number, bytes, ahead });
            }
            Err(kind) if is_patience(kind) => {}
            Ok(_) | Err(_) => self.ended(number, false),
        }
    }

    /// Writes a whole frame, or ends the connection.
    fn write(&mut self, number: u32, money: bool, bytes: &[u8]) {
        let Some(open) = self.open.as_mut().filter(|open| open.number == number) else { return };
        open.active = Instant::now();
        let transport = &mut open.transport;
        let until = Instant::now() + WRITE;
        let mut rest = bytes;
        while !rest.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let wrote = kind_of(|| transport.write(rest, left));
            let panicked = wrote.is_none();
            match wrote.unwrap_or(Err(io::ErrorKind::Other)) {
                Ok(0) if left > Duration::ZERO => std::thread::sleep(Duration::from_millis(1)),
                Ok(taken) if taken > 0 && taken <= rest.len() => rest = rest.get(taken..).unwrap_or_default(),
                Err(kind) if is_patience(kind) && left > Duration::ZERO => {}
                // Who panicked, or took more than there was, may have taken anything.
                result => {
                    let nonsense = panicked || result.is_ok_and(|taken| taken > 0);
                    return self.ended(number, money && rest.len() == bytes.len() && !nonsense);
                }
            }
        }
    }
}

/// Nothing in time: no end of the connection.
fn is_patience(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Reads or writes by a caller's code, whose errors are dropped where it cannot do harm. None where it panicked.
fn kind_of(call: impl FnOnce() -> io::Result<usize>) -> Option<Result<usize, io::ErrorKind>> {
    guarded(|| call().map_err(|error| error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It delivers for ever.
    struct Flood;

    struct NoClose;

    impl Close for NoClose {
        fn close(&self) {}
    }

    impl Transport for Flood {
        fn read(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
            buffer.fill(b'x');
            Ok(buffer.len())
        }

        fn write(&mut self, bytes: &[u8], _: Duration) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn closer(&mut self) -> Arc<dyn Close> {
            Arc::new(NoClose)
        }
    }

    struct Floods;

    impl Port for Floods {
        fn locate(&mut self) -> Result<String, String> {
            Ok("flood".to_owned())
        }

        fn open(&mut self, _: &[String], _: Duration) -> Result<(Box<dyn Transport>, String), NoWay> {
            Ok((Box::new(Flood), "flood".to_owned()))
        }
    }

    #[test]
    fn m1_what_is_not_worked_off_is_bounded_and_orders_are_obeyed_meanwhile() {
        let (send, reports): (Sender<Report>, _) = channel();
        let Ok(pump) = Pump::start(Box::new(Floods), move |report| drop(send.send(report))) else {
            panic!("no thread");
        };
        let patience = Duration::from_secs(30);
        assert!(pump.order(Order::Open { number: 1, keys: Vec::new(), timeout: patience }));
        assert!(matches!(reports.recv_timeout(patience).unwrap(), Report::Opened { number: 1, .. }));
        let mut kept = Vec::new();
        while kept.len() < AHEAD {
            kept.push(reports.recv_timeout(patience).unwrap());
        }
        // Working one off makes room for one more.
        kept.pop();
        kept.push(reports.recv_timeout(patience).unwrap());
        assert!(kept.iter().all(|report| matches!(report, Report::Read { number: 1, .. })));
        assert!(pump.order(Order::Close { number: 1 }));
        // Nothing was read beside them.
        assert!(matches!(reports.recv_timeout(patience).unwrap(), Report::Closed { number: 1 }));
    }
}
