//! A transport that the application brings: a socket of its own.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use danmal::{Close, Endpoint, Transport};

/// A terminal at `HOST:PORT`, reached by the adapter's own sockets.
pub(super) fn endpoint(address: &str) -> Result<Endpoint, String> {
    let to: SocketAddr = address.parse().map_err(|_| format!("`{address}` is no HOST:PORT"))?;
    let connect = move |timeout: Duration| -> io::Result<Box<dyn Transport>> {
        let stream = TcpStream::connect_timeout(&to, timeout.max(Duration::from_millis(1)))?;
        stream.set_nodelay(true)?;
        Ok(Box::new(Own { closer: Arc::new(OwnClose(stream.try_clone()?)), stream }))
    };
    Ok(Endpoint::new(format!("conformance:{address}"), connect).simulated(true))
}

struct Own {
    stream: TcpStream,
    closer: Arc<OwnClose>,
}

struct OwnClose(TcpStream);

impl Transport for Own {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(timeout.max(Duration::from_millis(1))))?;
        self.stream.read(buffer)
    }

    fn write(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(timeout.max(Duration::from_millis(1))))?;
        self.stream.write(bytes)
    }

    fn closer(&mut self) -> Arc<dyn Close> {
        self.closer.clone()
    }
}

impl Close for OwnClose {
    fn close(&self) {
        // It may have ended already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
