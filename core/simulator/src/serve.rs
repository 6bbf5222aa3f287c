//! A terminal on TCP, or within the process of its client.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

use crate::host::Host;
use crate::terminal::{Connection, Output, Settings, Terminal};

/// What a connection's writer is told; its end is the cut.
type Line = mpsc::UnboundedSender<Vec<u8>>;

struct Shared {
    terminal: Mutex<Terminal>,
    lines: Mutex<HashMap<Connection, Line>>,
    wake: Notify,
    start: Instant,
}

/// A served terminal. Clones are the same one.
#[derive(Clone)]
pub struct Server(Arc<Shared>);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// A terminal with its settings, and a new host.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Shared {
            terminal: Mutex::new(Terminal::new(settings, Host::default())),
            lines: Mutex::default(),
            wake: Notify::new(),
            start: Instant::now(),
        }))
    }

    /// The ledger behind it.
    #[must_use]
    pub fn host(&self) -> Host {
        lock(&self.0.terminal).host().clone()
    }

    /// Pulls the cable of every client.
    pub fn cut(&self) {
        let connections: Vec<Connection> =
            lock(&self.0.lines).drain().map(|(connection, _)| connection).collect();
        let mut terminal = lock(&self.0.terminal);
        for connection in connections {
            terminal.disconnect(connection);
        }
    }

    /// Lets time act on the terminal until the runtime ends.
    pub async fn run(&self) {
        loop {
            let due = {
                let mut terminal = lock(&self.0.terminal);
                terminal.advance(self.0.start.elapsed());
                self.deliver(&mut terminal);
                terminal.due()
            };
            match due {
                Some(due) => {
                    let rest = due.saturating_sub(self.0.start.elapsed());
                    let _ = tokio::time::timeout(rest.max(Duration::from_micros(50)), self.0.wake.notified())
                        .await;
                }
                None => self.0.wake.notified().await,
            }
        }
    }

    /// Accepts clients on TCP. Call within a runtime, beside [`run`](Self::run).
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn listen(&self, listener: TcpListener) -> io::Result<()> {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let server = self.clone();
            tokio::spawn(async move {
                server.serve(stream, |stream: &TcpStream| drop(stream.set_zero_linger())).await
            });
        }
    }

    /// Binds a TCP address; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind(address).await
    }

    async fn serve<S>(&self, mut stream: S, abort: impl Fn(&S))
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (line, mut bytes) = mpsc::unbounded_channel::<Vec<u8>>();
        let connection = lock(&self.0.terminal).connect();
        lock(&self.0.lines).insert(connection, line);
        let mut buffer = vec![0; 2048];
        loop {
            tokio::select! {
                read = stream.read(&mut buffer) => match read {
                    Ok(read) if read > 0 => {
                        let mut terminal = lock(&self.0.terminal);
                        terminal.receive(connection, &buffer[..read], self.0.start.elapsed());
                        self.deliver(&mut terminal);
                        drop(terminal);
                        self.0.wake.notify_one();
                    }
                    _ => break,
                },
                out = bytes.recv() => match out {
                    Some(out) => if stream.write_all(&out).await.is_err() { break },
                    None => {
                        abort(&stream);
                        break;
                    }
                },
            }
        }
        lock(&self.0.lines).remove(&connection);
        lock(&self.0.terminal).disconnect(connection);
    }

    fn deliver(&self, terminal: &mut Terminal) {
        let mut lines = lock(&self.0.lines);
        while let Some(output) = terminal.poll() {
            match output {
                Output::Bytes(connection, bytes) => {
                    if let Some(line) = lines.get(&connection) {
                        let _ = line.send(bytes);
                    }
                }
                Output::Cut(connection) => {
                    lines.remove(&connection);
                }
            }
        }
    }
}

/// The terminals within this process, by name.
fn instances() -> &'static Mutex<HashMap<String, Server>> {
    static INSTANCES: OnceLock<Mutex<HashMap<String, Server>>> = OnceLock::new();
    INSTANCES.get_or_init(Mutex::default)
}

/// The terminal of this name within the process, if a client has met it: for a look into its host.
#[must_use]
pub fn instance(name: &str) -> Option<Server> {
    lock(instances()).get(name).cloned()
}

/// Connects to the terminal of this name within the process; the first client switches it on. Call within a
/// runtime, on which the terminal then lives.
#[must_use]
pub fn attach(name: &str, settings: Settings) -> DuplexStream {
    let server = lock(instances())
        .entry(name.to_owned())
        .or_insert_with(|| {
            let server = Server::new(settings);
            let run = server.clone();
            tokio::spawn(async move { run.run().await });
            server
        })
        .clone();
    let (ours, theirs) = tokio::io::duplex(4096);
    tokio::spawn(async move { server.serve(theirs, |_| ()).await });
    ours
}
