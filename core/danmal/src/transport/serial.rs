//! A serial port, through the library that serves every system.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serialport::{ClearBuffer, DataBits, FlowControl, StopBits};

use super::address::{Flow, Parity, PortName, SerialSettings};
use super::foreign::{Close, Transport};
use super::ports::{Found, find, serial_ports};
use super::pump::{NoWay, Port};

/// A serial port as an address names it.
pub(crate) struct SerialLine {
    port: PortName,
    settings: SerialSettings,
    /// The adapter that it led to first, which is looked for from then on.
    remembered: Option<PortName>,
}

impl SerialLine {
    pub(crate) fn new(port: PortName, settings: SerialSettings) -> Self {
        Self { port, settings, remembered: None }
    }

    fn find(&mut self) -> Result<Found, String> {
        let ports = serial_ports().unwrap_or_default();
        let found = find(&self.port, self.remembered.as_ref(), &ports)
            .ok_or_else(|| format!("{} is not plugged in", self.port))?;
        if self.remembered.is_none() {
            self.remembered.clone_from(&found.adapter);
        }
        Ok(found)
    }
}

impl Port for SerialLine {
    fn locate(&mut self) -> Result<String, String> {
        self.find().map(|found| found.key)
    }

    /// A port that nobody has claimed is not even opened: another till may be talking there.
    fn open(&mut self, keys: &[String], _timeout: Duration) -> Result<(Box<dyn Transport>, String), NoWay> {
        let found = self.find().map_err(NoWay::Failed)?;
        if !keys.contains(&found.key) {
            return Err(NoWay::Elsewhere(found.key));
        }
        let failed = |error| NoWay::Failed(readable(error).to_string());
        let port = builder(&found.path, self.settings).open().map_err(failed)?;
        port.clear(ClearBuffer::All).map_err(failed)?;
        Ok((Box::new(OpenPort { port, closed: Arc::default() }), found.key))
    }
}

fn builder(path: &str, settings: SerialSettings) -> serialport::SerialPortBuilder {
    serialport::new(path, settings.baud)
        .parity(match settings.parity {
            Parity::None => serialport::Parity::None,
            Parity::Even => serialport::Parity::Even,
            Parity::Odd => serialport::Parity::Odd,
        })
        .data_bits(match settings.data {
            5 => DataBits::Five,
            6 => DataBits::Six,
            7 => DataBits::Seven,
            _ => DataBits::Eight,
        })
        .stop_bits(if settings.stop == 2 { StopBits::Two } else { StopBits::One })
        .flow_control(match settings.flow {
            Flow::None => FlowControl::None,
            Flow::Hardware => FlowControl::Hardware,
            Flow::Software => FlowControl::Software,
        })
}

/// What a cashier can do something about, said plainly.
fn readable(error: serialport::Error) -> io::Error {
    let text = match error.kind() {
        serialport::ErrorKind::NoDevice => "the port is taken or not plugged in",
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            "no permission for the port (on Linux: the group dialout)"
        }
        serialport::ErrorKind::Io(io::ErrorKind::NotFound) => "the port is not plugged in",
        _ => return io::Error::other(error.to_string()),
    };
    io::Error::other(text)
}

struct OpenPort {
    port: Box<dyn serialport::SerialPort>,
    closed: Arc<AtomicBool>,
}

impl OpenPort {
    fn check(&self) -> io::Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

impl Transport for OpenPort {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.check()?;
        self.port.set_timeout(timeout).map_err(readable)?;
        match self.port.read(buffer) {
            // A port that is readable and has nothing is one that was pulled out.
            Ok(0) => Err(io::ErrorKind::BrokenPipe.into()),
            other => other,
        }
    }

    fn write(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<usize> {
        self.check()?;
        self.port.set_timeout(timeout).map_err(readable)?;
        self.port.write(bytes)
    }

    fn closer(&mut self) -> Arc<dyn Close> {
        Arc::new(Closer(self.closed.clone()))
    }
}

impl Drop for OpenPort {
    /// Nothing of this connection may reach the next: what has not left and what was not read is thrown away.
    fn drop(&mut self) {
        let _ = self.port.clear(ClearBuffer::All);
    }
}

/// Reads are short: the next one sees it.
struct Closer(Arc<AtomicBool>);

impl Close for Closer {
    fn close(&self) {
        self.0.store(true, Ordering::Release);
    }
}
