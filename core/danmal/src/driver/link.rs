//! The one connection of a terminal, of whatever kind, as its worker polls it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use danmal_simulator::{Attached, Settings};
use danmal_wire::Code;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use zeroize::{Zeroize, Zeroizing};

use crate::transport::{Close, Host, NoWay, tcp_key};

/// One read takes so many bytes at most, into a buffer that all terminals share.
const PIECE: usize = 16 * 1024;
/// A dead peer is found out after so long without traffic.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A connection that the driver polls.
pub(crate) enum Stream {
    Tcp(TcpStream),
    Simulator(Attached),
}

impl Stream {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Simulator(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Simulator(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }
}

/// A connection that is being made, and the key of the terminal that it leads to.
pub(crate) type Attempt = Pin<Box<dyn Future<Output = Result<(Stream, String), NoWay>> + Send>>;

/// The connection.
pub(crate) enum Link {
    /// There is none.
    Down,
    /// It is being made, until then.
    Connecting { attempt: Attempt, until: Duration },
    /// It stands, on the driver's thread.
    Stream { stream: Stream, unsent: VecDeque<Unsent> },
    /// It is being made by a port's thread, until then.
    Opening { number: u32, until: Duration },
    /// It stands, on a port's thread.
    Port { number: u32, closer: Arc<dyn Close> },
}

/// A frame that the system did not take at once.
pub(crate) struct Unsent {
    code: Code,
    bytes: Zeroizing<Vec<u8>>,
    taken: usize,
}

/// How a connection ended by itself.
pub(crate) struct Broken {
    /// Not one byte of a money request was taken.
    pub(crate) money_unsent: bool,
}

impl Link {
    /// Writes a frame, as much of it as the system takes now.
    ///
    /// # Errors
    /// The connection is of no use any more.
    pub(crate) fn send(
        &mut self,
        cx: &mut Context<'_>,
        code: Code,
        bytes: Zeroizing<Vec<u8>>,
    ) -> Result<(), Broken> {
        let Self::Stream { unsent, .. } = self else { return Ok(()) };
        unsent.push_back(Unsent { code, bytes, taken: 0 });
        if unsent.len() == 1 { self.flush(cx) } else { Ok(()) }
    }

    /// Goes on writing.
    pub(crate) fn flush(&mut self, cx: &mut Context<'_>) -> Result<(), Broken> {
        let Self::Stream { stream, unsent } = self else { return Ok(()) };
        while let Some(frame) = unsent.front_mut() {
            let rest = frame.bytes.get(frame.taken..).unwrap_or_default();
            if rest.is_empty() {
                unsent.pop_front();
                continue;
            }
            match stream.poll_write(cx, rest) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(taken)) if taken > 0 => frame.taken += taken,
                Poll::Ready(_) => return Err(self.broken()),
            }
        }
        Ok(())
    }

    /// What a connection that broke leaves behind.
    fn broken(&self) -> Broken {
        let money_unsent = match self {
            Self::Stream { unsent, .. } => {
                unsent.iter().any(|frame| frame.taken == 0 && frame.code.is_money())
            }
            _ => false,
        };
        Broken { money_unsent }
    }

    /// Reads what has arrived and hands it on. Whether something had.
    ///
    /// # Errors
    /// The connection ended.
    pub(crate) fn receive(&mut self, cx: &mut Context<'_>, take: impl FnOnce(&[u8])) -> Result<bool, Broken> {
        thread_local! {
            static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE]);
        }
        let Self::Stream { stream, .. } = self else { return Ok(false) };
        let read = BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            match stream.poll_read(cx, &mut buffer) {
                Poll::Pending => Some(false),
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    take(buffer.filled());
                    buffer.filled_mut().zeroize();
                    Some(true)
                }
                Poll::Ready(_) => None,
            }
        });
        read.ok_or_else(|| self.broken())
    }

    /// Ends the connection for good: nothing that is still in it is to be executed later.
    pub(crate) fn abort(&mut self) {
        if let Self::Stream { stream: Stream::Tcp(stream), .. } = &*self {
            // Where the system refuses, the drop below ends it in the ordinary way.
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
        *self = Self::Down;
    }
}

/// Connects on the network, to one of the terminals that were claimed: a name whose address has moved may lead to
/// another.
pub(crate) async fn connect_tcp(host: Host, port: u16, keys: Vec<String>) -> Result<(Stream, String), NoWay> {
    let found = match host {
        Host::Ip(ip) => vec![SocketAddr::new(ip, port)],
        Host::Name(name) => look_up(&name, port).await.map_err(NoWay::Failed)?,
    };
    let claimed = |key: &String| found.iter().find(|address| tcp_key(**address) == *key);
    let Some(address) = keys.iter().find_map(claimed) else {
        return Err(match found.first() {
            Some(other) => NoWay::Elsewhere(tcp_key(*other)),
            None => NoWay::Failed("the name has no address".to_owned()),
        });
    };
    let stream = TcpStream::connect(address).await.map_err(|error| NoWay::Failed(plain(&error)))?;
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE).with_interval(KEEP_ALIVE);
    let socket = SockRef::from(&stream);
    // A connection without them is slower to fail, not wrong.
    let _ = socket.set_tcp_keepalive(&keep_alive);
    let _ = stream.set_nodelay(true);
    Ok((Stream::Tcp(stream), tcp_key(*address)))
}

/// The addresses of a name, in the order in which they are tried: the same every time.
pub(crate) async fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let found = tokio::net::lookup_host((name, port)).await;
    let mut found: Vec<SocketAddr> =
        found.map_err(|_| format!("{name} is not known on this network"))?.collect();
    found.sort_by_key(|address| match address.ip() {
        IpAddr::V4(ip) => (0, ip.to_ipv6_mapped()),
        IpAddr::V6(ip) => (1, ip),
    });
    Ok(found)
}

/// Connects to a terminal within this process. One that restarts refuses.
pub(crate) fn attach(name: &str, time_scale: f64) -> Result<Stream, String> {
    let name = if name.is_empty() { "default" } else { name };
    let attached = danmal_simulator::attach(name, Settings::default().scaled(time_scale));
    attached.map(Stream::Simulator).map_err(|error| plain(&error))
}

/// What the system says, without addresses.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::TimedOut => "no answer to the connection".to_owned(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "not reachable".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_4_a_name_that_has_moved_is_not_connected_to() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let here = listener.local_addr().unwrap();
            let connect = |keys: &[&str]| {
                let keys = keys.iter().map(|key| (*key).to_owned()).collect();
                connect_tcp(Host::Name("localhost".to_owned()), here.port(), keys)
            };
            let before = format!("tcp://192.0.2.7:{}", here.port());
            let Err(elsewhere) = connect(&[&before]).await else { panic!("it was connected to") };
            assert!(matches!(&elsewhere, NoWay::Elsewhere(key) if *key != before), "{elsewhere:?}");
            // Claimed beside the first, it may be asked.
            let (_, key) = connect(&[&before, &tcp_key(here)]).await.ok().unwrap();
            assert_eq!(key, tcp_key(here));
        });
    }
}
