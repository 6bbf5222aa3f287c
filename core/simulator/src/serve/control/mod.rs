//! The control port: for tests in other languages, which cannot look into this process. One JSON object a line
//! in, one a line out, in order.

mod answers;
mod command;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use command::Command;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Server;
use crate::event::{Event, Happened};
use crate::fault::Plan;
use crate::host::Host;
use crate::settings::Settings;
use crate::terminal::Terminal;

/// So many received requests are kept for a terminal.
const KEPT: usize = 10_000;
/// A command is no longer than that, bytes.
const LONGEST: usize = 1 << 20;

/// A request that a terminal has received, without what it holds.
#[derive(Clone)]
struct Received {
    client: u32,
    code: String,
    ptxid: Option<String>,
    bytes: usize,
}

/// What is remembered of one terminal for whoever asks.
#[derive(Default)]
struct Log {
    received: Vec<Received>,
    events: Vec<String>,
}

struct Controlled {
    server: Server,
    address: Option<SocketAddr>,
    settings: Settings,
    plan: Plan,
    log: Arc<Mutex<Log>>,
    listener: Option<JoinHandle<()>>,
}

impl Controlled {
    fn new(server: Server, settings: Settings, plan: Plan, address: Option<SocketAddr>) -> Self {
        Self { server, address, settings, plan, log: Arc::default(), listener: None }
    }
}

/// The terminals that a control port can reach.
///
/// The commands, each with the terminal it is about (`"terminal": 1`, which is the default) and an `id` that
/// comes back where one is given; the answer has `"ok": true`, or `"ok": false` and `error`:
///
/// | `do` | with | gives |
/// |---|---|---|
/// | `open` | `settings`, `faults`, `seed` and `rate` for chance, or `scenario` (a file's text) | `terminal`, `address`: a new terminal before a new host |
/// | `close` | | ends that terminal |
/// | `reset` | as `open` | the terminal as if just switched on, before an empty ledger, under the same address; without anything as it was first |
/// | `faults` | `rules`, `replace` | adds rules to the plan, or replaces it |
/// | `inject` | `fault` | lets it strike now |
/// | `settings` | `settings` | replaces the settings |
/// | `ledger` | `ptxid` for one request alone | `entries`, `net`, and of a ptxid `captured`, `reversed`, `cancelled`, `performed` |
/// | `papers` | | `papers`: what was printed |
/// | `received` | | `requests`: code, ptxid, bytes and client of each |
/// | `events` | | `events`: sentences since the last time |
/// | `screen` | | `screen`, `listening` |
/// | `check` | `ledger` (as in a scenario), `names` (operation to ptxid) | `wrong`: what differs |
/// | `magic` | | `magic`: the table of amounts |
/// | `terminals` | | `terminals`: numbers and addresses |
#[derive(Clone)]
pub struct Control(Arc<Mutex<BTreeMap<u64, Controlled>>>);

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

impl Control {
    /// A control port without a terminal.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::default())
    }

    fn terminals(&self) -> MutexGuard<'_, BTreeMap<u64, Controlled>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a terminal under control. `settings` and `plan` are those to which a reset returns. Returns its
    /// number; the first is 1.
    pub fn add(&self, server: &Server, settings: Settings, plan: Plan, address: Option<SocketAddr>) -> u64 {
        let controlled = Controlled::new(server.clone(), settings, plan, address);
        keep_log(&controlled.server, controlled.log.clone());
        let mut terminals = self.terminals();
        let number = terminals.last_key_value().map_or(1, |(number, _)| number + 1);
        terminals.insert(number, controlled);
        number
    }

    /// Serves commands that come on a stream until it ends.
    ///
    /// # Errors
    /// What the stream says.
    pub async fn serve(
        &self,
        reader: impl AsyncRead + Unpin,
        mut writer: impl AsyncWrite + Unpin,
    ) -> std::io::Result<()> {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        loop {
            line.clear();
            if !read_line(&mut reader, &mut line).await? {
                return Ok(());
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let mut answer = self.obey(&line).await.to_string();
            answer.push('\n');
            writer.write_all(answer.as_bytes()).await?;
            writer.flush().await?;
        }
    }

    /// Serves every client of a listener. Ends when it fails.
    ///
    /// # Errors
    /// What the listener says.
    pub async fn listen(&self, listener: TcpListener) -> std::io::Result<()> {
        loop {
            let (stream, _) = listener.accept().await?;
            let _ = stream.set_nodelay(true);
            let control = self.clone();
            tokio::spawn(async move {
                let (reader, writer) = stream.into_split();
                // A client that breaks off needs no answer.
                let _ = control.serve(reader, writer).await;
            });
        }
    }

    /// Obeys one command.
    pub async fn obey(&self, line: &[u8]) -> Value {
        let mut value: Value = match serde_json::from_slice(line) {
            Ok(value) => value,
            Err(error) => return json!({"ok": false, "error": format!("no JSON: {error}")}),
        };
        let id = value.as_object_mut().and_then(|command| command.remove("id"));
        let command: Result<Command, _> = serde_json::from_value(value);
        let done = match command {
            Ok(command) => self.act(command).await,
            Err(error) => Err(error.to_string()),
        };
        let mut answer = match done {
            Ok(Value::Object(map)) => map,
            Ok(_) => serde_json::Map::new(),
            Err(error) => serde_json::Map::from_iter([("error".to_owned(), error.into())]),
        };
        let ok = !answer.contains_key("error");
        answer.insert("ok".to_owned(), ok.into());
        if let Some(id) = id {
            answer.insert("id".to_owned(), id);
        }
        Value::Object(answer)
    }

    /// Opens a terminal on a port of its own.
    async fn open(&self, settings: Settings, plan: Plan) -> Result<Value, String> {
        let listener = Server::bind(([127, 0, 0, 1], 0).into()).await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let server = Server::with(settings.clone(), plan.clone(), Host::new());
        let number = self.add(&server, settings, plan, Some(address));
        let own = server.clone();
        let task = tokio::spawn(async move { drop(own.listen(listener).await) });
        if let Some(controlled) = self.terminals().get_mut(&number) {
            controlled.listener = Some(task);
        }
        Ok(json!({"terminal": number, "address": format!("tcp://{address}")}))
    }

    fn close(&self, number: u64) -> Result<Value, String> {
        let controlled = self.terminals().remove(&number).ok_or("there is no such terminal")?;
        if let Some(listener) = controlled.listener {
            listener.abort();
        }
        controlled.server.cut();
        Ok(json!({}))
    }

    fn with<T>(&self, number: u64, act: impl FnOnce(&mut Controlled) -> T) -> Result<T, String> {
        self.terminals().get_mut(&number).map(act).ok_or_else(|| "there is no such terminal".to_owned())
    }

    /// The terminal as if just switched on.
    fn reset(&self, number: u64, what: Option<(Settings, Plan)>) -> Result<Value, String> {
        self.with(number, |controlled| {
            if let Some((settings, plan)) = what {
                (controlled.settings, controlled.plan) = (settings, plan);
            }
            let settings = super::at_this_time(controlled.settings.clone());
            let terminal = Terminal::new(settings, Host::new()).with_plan(controlled.plan.clone());
            controlled.server.replace(terminal);
            *controlled.log.lock().unwrap_or_else(PoisonError::into_inner) = Log::default();
            json!({})
        })
    }
}

/// Reads a line without its end; whether there was one.
async fn read_line(reader: &mut (impl AsyncBufReadExt + Unpin), line: &mut Vec<u8>) -> std::io::Result<bool> {
    loop {
        let piece = reader.fill_buf().await?;
        if piece.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = piece.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(piece.get(..end.unwrap_or(piece.len())).unwrap_or_default());
        let taken = end.map_or(piece.len(), |end| end + 1);
        reader.consume(taken);
        if line.len() > LONGEST {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a command is too long"));
        }
        if end.is_some() {
            return Ok(true);
        }
    }
}

fn keep_log(server: &Server, log: Arc<Mutex<Log>>) {
    server.on_event(move |event: &Event| {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Happened::Received { connection, code, ptxid, bytes } = &event.what
            && log.received.len() < KEPT
        {
            let (client, code) = (connection.0, code.as_str().to_owned());
            log.received.push(Received { client, code, ptxid: ptxid.clone(), bytes: *bytes });
        }
        if log.events.len() < KEPT {
            log.events.push(event.to_string());
        }
    });
}
