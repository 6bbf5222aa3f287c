//! A caller's own transport: a socket to a simulated terminal, with whatever a caller's code may do wrong.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses a part of it")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use danmal::{Close, Connect, Transport};

/// What the transport does beside its work.
#[derive(Clone, Default)]
pub struct Habits {
    /// At most so many bytes in a read or a write; 0 is no limit.
    pub piece: usize,
    /// It panics in this many connections' first read.
    pub panics_reading: Arc<AtomicU32>,
    /// It panics in this many writes of a money request.
    pub panics_writing: Arc<AtomicU32>,
    /// It takes nothing of a money request, and says so, this many times.
    pub refuses_money: Arc<AtomicU32>,
    /// Its reads ignore their time, and return only when it is closed.
    pub hangs_reading: Arc<AtomicBool>,
    /// It connects only when this gate is open.
    pub gate: Arc<Gate>,
    /// How often it connected.
    pub connections: Arc<AtomicU32>,
    /// How often it was closed from another thread.
    pub closes: Arc<AtomicU32>,
}

/// A gate that is open unless it was shut.
#[derive(Default)]
pub struct Gate {
    shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub fn shut(&self) {
        *self.shut.lock().unwrap() = true;
    }

    pub fn open(&self) {
        *self.shut.lock().unwrap() = false;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let shut = self.shut.lock().unwrap();
        drop(self.opened.wait_while(shut, |shut| *shut).unwrap());
    }
}

pub struct Tunnel {
    pub to: SocketAddr,
    pub habits: Habits,
}

impl Connect for Tunnel {
    fn connect(&mut self, timeout: Duration) -> io::Result<Box<dyn Transport>> {
        self.habits.gate.pass();
        let stream = TcpStream::connect_timeout(&self.to, timeout.max(Duration::from_secs(1)))?;
        stream.set_nodelay(true)?;
        self.habits.connections.fetch_add(1, Ordering::SeqCst);
        let panics = take(&self.habits.panics_reading);
        Ok(Box::new(Open { stream, habits: self.habits.clone(), panics }))
    }
}

struct Open {
    stream: TcpStream,
    habits: Habits,
    panics: bool,
}

/// Whether one is left.
fn take(count: &AtomicU32) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

fn is_money(bytes: &[u8]) -> bool {
    matches!(bytes.get(4..10), Some(b"010010" | b"010020"))
}

impl Open {
    fn piece(&self, length: usize) -> usize {
        if self.habits.piece == 0 { length } else { length.min(self.habits.piece) }
    }
}

impl Transport for Open {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        assert!(!self.panics, "a test wants it");
        let hangs = self.habits.hangs_reading.load(Ordering::SeqCst);
        self.stream.set_read_timeout((!hangs).then_some(timeout.max(Duration::from_millis(1))))?;
        let piece = self.piece(buffer.len());
        self.stream.read(&mut buffer[..piece])
    }

    fn write(&mut self, bytes: &[u8], _timeout: Duration) -> io::Result<usize> {
        if is_money(bytes) {
            assert!(!take(&self.habits.panics_writing), "a test wants it");
            if take(&self.habits.refuses_money) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
        let piece = self.piece(bytes.len());
        self.stream.write(&bytes[..piece])
    }

    fn closer(&mut self) -> Arc<dyn Close> {
        Arc::new(Closer { stream: self.stream.try_clone().unwrap(), closes: self.habits.closes.clone() })
    }
}

struct Closer {
    stream: TcpStream,
    closes: Arc<AtomicU32>,
}

impl Close for Closer {
    fn close(&self) {
        self.closes.fetch_add(1, Ordering::SeqCst);
        // It may have been closed already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
