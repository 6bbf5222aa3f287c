//! One connection, of whatever kind.

use std::io;
use std::time::Duration;

use danmal_simulator::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;

use super::{Address, Place};

/// A connection that stands.
pub(crate) enum Line {
    Tcp(TcpStream),
    Memory(DuplexStream),
}

/// How a write failed.
pub(crate) enum WriteFailed {
    /// Not one byte was taken.
    Nothing,
    /// Some may have been.
    Some,
}

impl Line {
    /// Connects, within a time.
    pub(crate) async fn connect(address: &Address, limit: Duration, time_scale: f64) -> io::Result<Self> {
        match &address.place {
            Place::Tcp { host, port } => {
                let connect = TcpStream::connect((host.as_str(), *port));
                let stream = tokio::time::timeout(limit, connect).await.map_err(|_| {
                    io::Error::new(io::ErrorKind::TimedOut, "no answer to the connection in time")
                })??;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
            Place::Simulator { name } => {
                Ok(Self::Memory(danmal_simulator::attach(name, Settings::default().scaled(time_scale))))
            }
        }
    }

    /// Reads what there is; 0 is the end. Safe to cancel.
    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer).await,
            Self::Memory(stream) => stream.read(buffer).await,
        }
    }

    /// Writes a whole frame, within a time.
    pub(crate) async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteFailed> {
        let mut written = 0;
        if let Self::Tcp(stream) = self {
            match stream.try_write(bytes) {
                Ok(count) => written = count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Err(WriteFailed::Nothing),
            }
        }
        let rest = bytes.get(written..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        let write = async {
            match self {
                Self::Tcp(stream) => stream.write_all(rest).await,
                Self::Memory(stream) => stream.write_all(rest).await,
            }
        };
        match tokio::time::timeout(limit, write).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(WriteFailed::Some),
        }
    }

    /// Ends the connection for good: what is in it must not be executed later.
    pub(crate) fn abort(self) {
        if let Self::Tcp(stream) = &self {
            // Where the system refuses, the drop below still ends it in the ordinary way.
            let _ = stream.set_zero_linger();
        }
        drop(self);
    }
}
