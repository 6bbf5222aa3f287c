//! A terminal on TCP.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::Server;
use super::attached::{Attached, Received};
use crate::fault::Plan;
use crate::host::Host;
use crate::settings::Settings;

/// What is read at a time. It stands on the stack while it is used alone: a waiting connection has no buffer.
const PIECE: usize = 4_096;

impl Server {
    /// Binds a TCP address; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind(address).await
    }

    /// Accepts clients of this terminal on TCP, until the listener fails. While the terminal refuses
    /// connections its port is closed.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn listen(&self, listener: TcpListener) -> io::Result<()> {
        let address = listener.local_addr()?;
        let mut port = Port::of(listener);
        loop {
            let changed = self.0.listening_changed.notified();
            if !self.look(crate::Terminal::is_listening) {
                drop(port);
                self.until_listening().await;
                port = Port::of(bind_again(address).await?);
            }
            tokio::select! {
                accepted = port.listener.accept() => {
                    let (stream, _) = accepted?;
                    match self.attach() {
                        Ok(attached) => {
                            let (server, open) = (self.clone(), port.open.subscribe());
                            tokio::spawn(async move {
                                pump(stream, attached, server.until_closed_or_listening(open)).await;
                            });
                        }
                        // It came while the port was being closed.
                        Err(_) => drop(stream.set_zero_linger()),
                    }
                }
                () = changed => {}
            }
        }
    }

    /// Gives every client of a listener a terminal of its own, before one host. Ends when the listener fails.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn listen_each(
        listener: TcpListener,
        settings: Settings,
        plan: Plan,
        host: Host,
    ) -> io::Result<()> {
        loop {
            let (stream, _) = listener.accept().await?;
            if let Ok(attached) = Self::with(settings.clone(), plan.clone(), host.clone()).attach() {
                tokio::spawn(async move { pump(stream, attached, std::future::ready(())).await });
            }
        }
    }

    /// Waits until the port is closed, if the terminal closes it.
    async fn until_closed_or_listening(self, mut open: watch::Receiver<()>) {
        tokio::select! {
            // The port lets go of its end.
            _ = open.changed() => {}
            () = self.until_listening() => {}
        }
    }

    /// Waits until connections are accepted.
    pub(super) async fn until_listening(&self) {
        loop {
            let changed = self.0.listening_changed.notified();
            let (listening, due) = self.look(|terminal| (terminal.is_listening(), terminal.poll_timeout()));
            if listening {
                return;
            }
            let due = self.0.instant(due.unwrap_or(Duration::MAX));
            tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                () = changed => {}
            }
        }
    }
}

/// An open port, and how its connections hear that it is closed.
struct Port {
    // Fields are dropped in this order: the listener is closed before its connections hear of it.
    listener: TcpListener,
    open: watch::Sender<()>,
}

impl Port {
    fn of(listener: TcpListener) -> Self {
        Self { listener, open: watch::Sender::new(()) }
    }
}

/// The port may be held for a moment by a connection that is just ending.
async fn bind_again(address: SocketAddr) -> io::Result<TcpListener> {
    let mut tries = 0;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < 100 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            result => return result,
        }
    }
}

/// Carries bytes between a client and its end, until one of them ends. A terminal that restarts closes its port
/// before its connections end: whoever saw one end is refused.
async fn pump(mut stream: TcpStream, mut attached: Attached, port: impl Future<Output = ()>) {
    let _ = stream.set_nodelay(true);
    loop {
        tokio::select! {
            readable = stream.readable() => {
                let mut piece = [0; PIECE];
                match stream.try_read(&mut piece) {
                    Ok(0) => return,
                    Ok(count) => drop(attached.send(piece.get(..count).unwrap_or_default())),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
                if readable.is_err() {
                    return;
                }
            }
            received = attached.receive() => match received {
                Received::Bytes(bytes) => if stream.write_all(&bytes).await.is_err() { return },
                Received::Closed { reset } => {
                    port.await;
                    if reset {
                        // Where the system refuses, the end is an orderly one.
                        let _ = stream.set_zero_linger();
                    } else {
                        let _ = stream.shutdown().await;
                    }
                    return;
                }
            },
        }
    }
}
